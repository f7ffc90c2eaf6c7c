package syarah

import (
	"slices"
	"testing"
)

func TestMessageTypes(t *testing.T) {
	want := []string{"text", "audio", "image", "file", "video"}
	if got := MessageTypeNames(); !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
	for number, name := range want {
		kind, found := ParseMessageType(name)
		if !found || kind != MessageType(number) || kind.String() != name {
			t.Errorf("%s: got %d, %v, %s", name, kind, found, kind)
		}
	}
	if _, found := ParseMessageType("Text"); found || MessageType(9).String() != "9" || unknownType.String() != "-1" {
		t.Error("there are more types than the vendor's")
	}
	if Image.MaxFileSize() != 0 || Text.MaxFileSize() != 0 || File.FileExtensions() != nil || len(Video.FileExtensions()) != 7 || len(Audio.FileExtensions()) != 7 {
		t.Error("the limits are not the vendor's")
	}
}

func TestFriendshipStatuses(t *testing.T) {
	want := []string{"pending", "accepted", "rejected", "blocked"}
	if got := FriendshipStatusNames(); !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
	for i, name := range append([]string{"none"}, want...) {
		status, found := ParseFriendshipStatus(name)
		if !found || status != FriendshipStatus(i-1) || status.String() != name {
			t.Errorf("%s: got %d, %v, %s", name, status, found, status)
		}
	}
	if _, found := ParseFriendshipStatus("friends"); found || FriendshipStatus(4).String() != "4" {
		t.Error("there are more statuses than the vendor's")
	}
}
