package ethora

import (
	"fmt"
	"strings"
)

// DefaultXMPPHost is the chat host of the vendor's cloud (ethora-api.md §1.1 [sdk]).
const DefaultXMPPHost = "xmpp.chat.ethora.com"

// roomService is the label that room addresses carry before the host.
const roomService = "conference."

// Name is a room name, user name or address taken apart.
type Name struct {
	AppID string // 24 lower-case hex digits
	ID    string // the plain room or user id, without the app's prefix
	Host  string // without "conference."; empty for a bare name
	Room  bool   // the domain began with "conference."
}

// RoomName returns the room's name on the server, "<appID>_<roomID>". It takes
// a plain id, a name or an address; repeated prefixes collapse and a domain is
// dropped (ethora-api.md §1.2 [sdk]).
func RoomName(appID, roomID string) string {
	return appID + "_" + PlainID(appID, roomID)
}

// RoomJID returns the room's address, "<appID>_<roomID>@conference.<xmppHost>"
// (ethora-api.md §1.1 [sdk]). A host given with its "conference." label is
// accepted.
func RoomJID(appID, roomID, xmppHost string) string {
	return RoomName(appID, roomID) + "@" + roomService + strings.TrimPrefix(xmppHost, roomService)
}

// XMPPUsername returns the user's name in the chat, "<appID>_<userID>". It
// takes a plain id, a name or an address (ethora-api.md §1.1 [sdk]).
func XMPPUsername(appID, userID string) string {
	return appID + "_" + PlainID(appID, userID)
}

// PlainID returns the id that the caller chose: the domain is dropped, and so
// is every leading "<appID>_". Old data can hold the prefix twice
// (ethora-api.md §1.2 [client]). An id that is nothing but prefixes is left
// with its last one, so that an id never becomes empty.
func PlainID(appID, s string) string {
	s, _, _ = strings.Cut(s, "@")
	if appID == "" {
		return s
	}
	prefix := appID + "_"
	for strings.HasPrefix(s, prefix) && len(s) > len(prefix) {
		s = s[len(prefix):]
	}
	return s
}

// ParseName takes apart a prefixed room or user name or an address. A resource
// after "/" is dropped.
func ParseName(s string) (Name, error) {
	if strings.TrimSpace(s) == "" {
		return Name{}, fmt.Errorf("the name is empty; write it as <app_id>_<id>, with or without @<host>")
	}
	local, domain, hasDomain := strings.Cut(s, "@")
	if hasDomain {
		domain, _, _ = strings.Cut(domain, "/")
	}
	switch {
	case strings.ContainsAny(s, " \t\r\n"):
		return Name{}, fmt.Errorf("%q is not a chat name: it contains white space", s)
	case strings.Contains(domain, "@"):
		return Name{}, fmt.Errorf("%q is not an address: it has more than one @", s)
	case hasDomain && strings.TrimPrefix(domain, roomService) == "":
		return Name{}, fmt.Errorf("%q is not an address: the host after @ is missing", s)
	case strings.Contains(local, "/"):
		return Name{}, fmt.Errorf("%q is not a chat name: it contains a slash", s)
	}
	appID, _, hasPrefix := strings.Cut(local, "_")
	if !hasPrefix || !isObjectID(appID) {
		return Name{}, fmt.Errorf("%q does not begin with an app id (24 lower-case hex digits) and an underscore", s)
	}
	id := PlainID(appID, local)
	if id == local || strings.HasPrefix(id, appID+"_") {
		return Name{}, fmt.Errorf("%q has no room or user id after the app id %s", s, appID)
	}
	host := strings.TrimPrefix(domain, roomService)
	return Name{AppID: appID, ID: id, Host: host, Room: host != domain}, nil
}

// isObjectID reports whether s is 24 lower-case hex digits, the form of every
// id that the vendor gives (ethora-api.md §1.1 [doc]).
func isObjectID(s string) bool {
	if len(s) != 24 {
		return false
	}
	for _, r := range s {
		if !strings.ContainsRune("0123456789abcdef", r) {
			return false
		}
	}
	return true
}
