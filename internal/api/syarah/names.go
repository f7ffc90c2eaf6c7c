package syarah

import (
	"slices"
	"strconv"
)

// MessageType is what a message is (syarah-api.md §4 [seed]).
type MessageType int

// The types of messages. Files have each of them but Text.
const (
	Text  MessageType = 0
	Audio MessageType = 1
	Image MessageType = 2 // the server makes WebP of it, at most 1920 by 1920 pixels
	File  MessageType = 3
	Video MessageType = 4

	unknownType MessageType = -1 // the server did not say
)

var messageTypeNames = []string{Text: "text", Audio: "audio", Image: "image", File: "file", Video: "video"}

// MessageTypeNames lists the names of all types, in the order of their numbers.
func MessageTypeNames() []string { return slices.Clone(messageTypeNames) }

// ParseMessageType finds a type by its name.
func ParseMessageType(name string) (MessageType, bool) {
	i := slices.Index(messageTypeNames, name)
	return MessageType(i), i >= 0
}

// String is the name of the type; a number that has none stands for itself.
func (t MessageType) String() string { return nameOf(messageTypeNames, int(t)) }

const megabyte = 1 << 20 // the vendor says MB; the larger reading refuses nothing that he takes

// MaxFileSize is how many bytes a file of the type may have (syarah-api.md §3
// [seed]); 0 when no limit is known.
func (t MessageType) MaxFileSize() int64 {
	switch t {
	case Audio, File:
		return 50 * megabyte
	case Video:
		return 500 * megabyte
	}
	return 0
}

// FileExtensions are the endings that a file of the type may have, lower case and
// without the dot (syarah-api.md §3 [seed]); nil when any will do.
func (t MessageType) FileExtensions() []string {
	switch t {
	case Audio:
		return []string{"mp3", "wav", "ogg", "m4a", "aac", "flac", "wma"}
	case Video:
		return []string{"mp4", "avi", "mov", "wmv", "flv", "webm", "mkv"}
	}
	return nil
}

// FriendshipStatus is how two users of an individual chat stand to each other
// (syarah-api.md §4 [seed]).
type FriendshipStatus int

// The statuses; the server says null for NoFriendship.
const (
	NoFriendship       FriendshipStatus = -1
	FriendshipPending  FriendshipStatus = 0
	FriendshipAccepted FriendshipStatus = 1
	FriendshipRejected FriendshipStatus = 2
	FriendshipBlocked  FriendshipStatus = 3
)

var friendshipStatusNames = []string{"pending", "accepted", "rejected", "blocked"}

// FriendshipStatusNames lists the names of all statuses but "none", in the order
// of their numbers.
func FriendshipStatusNames() []string { return slices.Clone(friendshipStatusNames) }

// ParseFriendshipStatus finds a status by its name; "none" is NoFriendship.
func ParseFriendshipStatus(name string) (FriendshipStatus, bool) {
	if name == "none" {
		return NoFriendship, true
	}
	i := slices.Index(friendshipStatusNames, name)
	return FriendshipStatus(i), i >= 0
}

// String is the name of the status; a number that has none stands for itself.
func (s FriendshipStatus) String() string {
	if s == NoFriendship {
		return "none"
	}
	return nameOf(friendshipStatusNames, int(s))
}

func nameOf(names []string, i int) string {
	if i < 0 || i >= len(names) {
		return strconv.Itoa(i)
	}
	return names[i]
}
