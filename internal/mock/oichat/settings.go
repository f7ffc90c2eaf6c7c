package oichat

import (
	"fmt"
	"slices"
	"strings"
)

// Settings switch between the ways in which the real server may work: the
// reference knows the SDK, not the server. The zero value is the proposal of
// oichat-api.md. PUT /_mock/settings replaces all of them.
type Settings struct {
	// Prefix stands before every path: default "/v1", "/" for none. §3
	Prefix string `json:"prefix,omitempty"`
	// Paths replace methods and paths, prefix left out, by the name of the SDK's
	// operation: {"rooms.update": "PUT /rooms/{room_id}"}. §3
	Paths map[string]string `json:"paths,omitempty"`

	// Authentication is "headers" (default: three headers) or "bearer"
	// (Authorization: Bearer with the secret key, and the project's header). §1
	Authentication string `json:"authentication,omitempty"`
	// APIKeyHeader defaults to X-API-Key. §1
	APIKeyHeader string `json:"apiKeyHeader,omitempty"`
	// SecretKeyHeader defaults to X-Secret-Key. §1
	SecretKeyHeader string `json:"secretKeyHeader,omitempty"`
	// ProjectHeader defaults to X-Project-Id. §1
	ProjectHeader string `json:"projectHeader,omitempty"`

	// Envelope is around successful answers: "" none, or "success"
	// ({"success":true,"data":{}}). §2
	Envelope string `json:"envelope,omitempty"`
	// ErrorShape is the body of an error: "" nested ({"error":{"code","message"}}),
	// or flat with the code as "code", "error_code", "errorCode" or "error", or
	// "text", which is no JSON. §2
	ErrorShape string `json:"errorShape,omitempty"`
	// CreateStatus is the status of creations: 201 (default) or 200.
	CreateStatus int `json:"createStatus,omitempty"`
	// EmptyAnswer is the answer of calls that have nothing to tell: "204"
	// (default), "200" ({"success":true}) or "200 empty" (no body). §3
	EmptyAnswer string `json:"emptyAnswer,omitempty"`
	// EmptyUpdate and EmptyAdd make rooms.update and rooms.addParticipant tell
	// nothing; by default they answer with the room. §3
	EmptyUpdate bool `json:"emptyUpdate,omitempty"`
	EmptyAdd    bool `json:"emptyAdd,omitempty"`

	// TokenSeconds is how long a token lives; default 24 hours. §3 [seed]
	TokenSeconds int `json:"tokenSeconds,omitempty"`
	// ExpiresAt is the form of expires_at: "" RFC 3339, "seconds" or
	// "milliseconds" since 1970. §3
	ExpiresAt string `json:"expiresAt,omitempty"`
	// NoRefreshExpiry leaves expires_at out of refreshed tokens. §3
	NoRefreshExpiry bool `json:"noRefreshExpiry,omitempty"`
	// BadTokenStatus answers a token that cannot be refreshed: 401 (default) or
	// 400.
	BadTokenStatus int `json:"badTokenStatus,omitempty"`

	// Metadata says what an update does to it: "replace" (default) or "merge"
	// (of its top-level keys). §3
	Metadata string `json:"metadata,omitempty"`
	// EmptyMetadata is how a room without metadata shows it: "" {}, "null" or
	// "absent".
	EmptyMetadata string `json:"emptyMetadata,omitempty"`
	// NullName is what "name": null does to a room: "" clears the name,
	// "refuse" is a 400, "ignore" changes nothing. §6
	NullName string `json:"nullName,omitempty"`
	// HideParticipants leaves participants out of rooms: "" nowhere, "get" in
	// rooms.get, "list" in rooms.list, "always". §6
	HideParticipants string `json:"hideParticipants,omitempty"`
	// DeletedRoom is what rooms.get answers about a deleted room: "404"
	// (default), or the room with "deleted_at", or with "status" deleted. §4
	DeletedRoom string `json:"deletedRoom,omitempty"`
	// ListDeleted keeps deleted rooms in rooms.list, marked as DeletedRoom
	// says, or with deleted_at. §4
	ListDeleted bool `json:"listDeleted,omitempty"`
	// DeleteAgain lets rooms.delete succeed on a deleted room; by default it is
	// a 404. §4
	DeleteAgain bool `json:"deleteAgain,omitempty"`

	// ParticipantLimit is the most participants of a room; default 500. [seed]
	ParticipantLimit int `json:"participantLimit,omitempty"`
	// LooseDirect lets a direct room have more than two participants. §4
	LooseDirect bool `json:"looseDirect,omitempty"`
	// ReuseDirect answers the creation of a direct room with the one that its
	// two participants already have. §4
	ReuseDirect bool `json:"reuseDirect,omitempty"`
	// DuplicateParticipant is the status of adding somebody who is there: 409
	// (default) or 200. §5
	DuplicateParticipant int `json:"duplicateParticipant,omitempty"`
	// RemoveDestroys destroys a room when its last participant is removed; by
	// default only leaving does. §4
	RemoveDestroys bool `json:"removeDestroys,omitempty"`
	// AnySender lets everybody send messages; by default the participants and
	// "system". §3
	AnySender bool `json:"anySender,omitempty"`
	// ContentTypeRequired makes content_type obligatory; by default it is
	// "text". §3
	ContentTypeRequired bool `json:"contentTypeRequired,omitempty"`

	// PageLimit is how many rooms a page has at most, whatever the limit of the
	// call; default 100. A limit outside 1-100 is refused all the same.
	PageLimit int `json:"pageLimit,omitempty"`
	// LastPage is how the last page looks: "" next_cursor null, "empty" (""),
	// "absent", or "repeat" (has_more stays true and the cursor comes back). §4
	LastPage string `json:"lastPage,omitempty"`

	// ReusedKeyStatus answers an Idempotency-Key that comes back with another
	// body: 409 (default) or 422. §4
	ReusedKeyStatus int `json:"reusedKeyStatus,omitempty"`
	// IgnoreKeys processes each POST, whatever its Idempotency-Key.
	IgnoreKeys bool `json:"ignoreKeys,omitempty"`
	// RequireKeys refuses a POST without an Idempotency-Key.
	RequireKeys bool `json:"requireKeys,omitempty"`

	// RateLimit is how many calls per second are answered; the next ones get
	// 429 with Retry-After. 0: no limit. §1
	RateLimit int `json:"rateLimit,omitempty"`
	// BodyLimit is the largest request body in bytes; default 1 MiB.
	BodyLimit int64 `json:"bodyLimit,omitempty"`
}

// withDefaults fills in what has a default that is not zero.
func (s Settings) withDefaults() Settings {
	setDefault(&s.Prefix, "/v1")
	setDefault(&s.Authentication, "headers")
	setDefault(&s.APIKeyHeader, "X-API-Key")
	setDefault(&s.SecretKeyHeader, "X-Secret-Key")
	setDefault(&s.ProjectHeader, "X-Project-Id")
	setDefault(&s.CreateStatus, 201)
	setDefault(&s.EmptyAnswer, "204")
	setDefault(&s.TokenSeconds, 24*60*60)
	setDefault(&s.BadTokenStatus, 401)
	setDefault(&s.Metadata, "replace")
	setDefault(&s.DeletedRoom, "404")
	setDefault(&s.ParticipantLimit, 500)
	setDefault(&s.DuplicateParticipant, 409)
	setDefault(&s.PageLimit, maxLimit)
	setDefault(&s.ReusedKeyStatus, 409)
	setDefault(&s.BodyLimit, 1<<20)
	return s
}

func setDefault[T comparable](value *T, fallback T) {
	var zero T
	if *value == zero {
		*value = fallback
	}
}

// check refuses values that the mock does not know.
func (s Settings) check() error {
	words := []struct {
		name, value string
		known       []string
	}{
		{"authentication", s.Authentication, []string{"headers", "bearer"}},
		{"envelope", s.Envelope, []string{"", "success"}},
		{"errorShape", s.ErrorShape, []string{"", "code", "error_code", "errorCode", "error", "text"}},
		{"emptyAnswer", s.EmptyAnswer, []string{"204", "200", "200 empty"}},
		{"expiresAt", s.ExpiresAt, []string{"", "seconds", "milliseconds"}},
		{"metadata", s.Metadata, []string{"replace", "merge"}},
		{"emptyMetadata", s.EmptyMetadata, []string{"", "null", "absent"}},
		{"nullName", s.NullName, []string{"", "refuse", "ignore"}},
		{"hideParticipants", s.HideParticipants, []string{"", "get", "list", "always"}},
		{"deletedRoom", s.DeletedRoom, []string{"404", "deleted_at", "status"}},
		{"lastPage", s.LastPage, []string{"", "empty", "absent", "repeat"}},
	}
	for _, word := range words {
		if !slices.Contains(word.known, word.value) {
			return fmt.Errorf("the setting %s is %q, but must be one of %q", word.name, word.value, word.known)
		}
	}
	statuses := []struct {
		name         string
		value        int
		usual, other int
	}{
		{"createStatus", s.CreateStatus, 201, 200},
		{"badTokenStatus", s.BadTokenStatus, 401, 400},
		{"duplicateParticipant", s.DuplicateParticipant, 409, 200},
		{"reusedKeyStatus", s.ReusedKeyStatus, 409, 422},
	}
	for _, status := range statuses {
		if status.value != status.usual && status.value != status.other {
			return fmt.Errorf("the setting %s is %d, but must be %d or %d", status.name, status.value, status.usual, status.other)
		}
	}
	if !strings.HasPrefix(s.Prefix, "/") {
		return fmt.Errorf("the setting prefix is %q, but must start with a slash", s.Prefix)
	}
	if min(s.TokenSeconds, s.ParticipantLimit, s.PageLimit, s.RateLimit, int(s.BodyLimit)) < 0 {
		return fmt.Errorf("a setting is negative; counts, limits and seconds cannot be")
	}
	return s.checkPaths()
}

// checkPaths: every replaced path belongs to an operation and has at least its
// parameters.
func (s Settings) checkPaths() error {
	for operation, path := range s.Paths {
		i := slices.IndexFunc(routes, func(r route) bool { return r.operation == operation })
		if i < 0 {
			return fmt.Errorf("the setting paths names %q, which is no operation", operation)
		}
		method, pattern, _ := strings.Cut(path, " ")
		if method == "" || !strings.HasPrefix(pattern, "/") {
			return fmt.Errorf("the path of %s is %q, but must look like %q", operation, path, routes[i].path)
		}
		for _, part := range strings.Split(routes[i].path, "/") {
			if strings.HasPrefix(part, "{") && !slices.Contains(strings.Split(pattern, "/"), part) {
				return fmt.Errorf("the path of %s is %q, but must contain %s", operation, path, part)
			}
		}
	}
	return nil
}
