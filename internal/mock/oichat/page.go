package oichat

import (
	"encoding/base64"
	"strconv"
	"strings"
)

// How many rooms a page has without a limit, and at most (§3) [seed].
const (
	defaultLimit = 20
	maxLimit     = 100
)

// limitOf reads the limit of a list.
func limitOf(given string) (int, *answer) {
	if given == "" {
		return defaultLimit, nil
	}
	limit, err := strconv.Atoi(given)
	if err != nil || limit < 1 || limit > maxLimit {
		return 0, invalid("limit must be a number from 1 to 100")
	}
	return limit, nil
}

// makeCursor names the last room of a page. It is good for one user's list.
func makeCursor(userID, lastID string) string {
	return base64.RawURLEncoding.EncodeToString([]byte(lastID + " " + userID))
}

// readCursor returns the last room that the caller has seen, "" on the first
// page.
func readCursor(cursor, userID string) (string, *answer) {
	if cursor == "" {
		return "", nil
	}
	raw, err := base64.RawURLEncoding.DecodeString(cursor)
	lastID, user, found := strings.Cut(string(raw), " ")
	if err != nil || !found || user != userID {
		return "", invalid("cursor was not issued for this list")
	}
	return lastID, nil
}
