package ethora

import (
	"strings"
	"testing"
)

func TestNames(t *testing.T) {
	twice := ownApp + "_" + ownApp + "_support"
	for _, input := range []string{"support", ownApp + "_support", twice, ownApp + "_support@conference.chat.example.com", "support@chat.example.com"} {
		if got, want := RoomName(ownApp, input), ownApp+"_support"; got != want {
			t.Errorf("RoomName(%q) = %q, want %q", input, got, want)
		}
		if got, want := XMPPUsername(ownApp, input), ownApp+"_support"; got != want {
			t.Errorf("XMPPUsername(%q) = %q, want %q", input, got, want)
		}
		if got := PlainID(ownApp, input); got != "support" {
			t.Errorf("PlainID(%q) = %q, want support", input, got)
		}
		for _, host := range []string{"chat.example.com", "conference.chat.example.com"} {
			if got, want := RoomJID(ownApp, input, host), ownApp+"_support@conference.chat.example.com"; got != want {
				t.Errorf("RoomJID(%q, %q) = %q, want %q", input, host, got, want)
			}
		}
	}
	if got, want := XMPPUsername(ownApp, ownApp), ownApp+"_"+ownApp; got != want {
		t.Errorf("the system account is %q, want %q", got, want)
	}
}

func TestParseName(t *testing.T) {
	good := map[string]Name{
		ownApp + "_ann":                                   {AppID: ownApp, ID: "ann"},
		ownApp + "_ann_lee":                               {AppID: ownApp, ID: "ann_lee"},
		ownApp + "_" + ownApp + "_ann":                    {AppID: ownApp, ID: "ann"},
		ownApp + "_" + ownApp:                             {AppID: ownApp, ID: ownApp},
		ownApp + "_ann@chat.example.com":                  {AppID: ownApp, ID: "ann", Host: "chat.example.com"},
		ownApp + "_ann@chat.example.com/phone":            {AppID: ownApp, ID: "ann", Host: "chat.example.com"},
		ownApp + "_support@conference.chat.example.com":   {AppID: ownApp, ID: "support", Host: "chat.example.com", Room: true},
		ownApp + "_support@conference.chat.example.com/a": {AppID: ownApp, ID: "support", Host: "chat.example.com", Room: true},
	}
	for input, want := range good {
		got, err := ParseName(input)
		if err != nil || got != want {
			t.Errorf("ParseName(%q) = %+v, %v, want %+v", input, got, err, want)
		}
	}
	bad := map[string]string{
		"":                             "empty",
		" ":                            "empty",
		"ann":                          "does not begin with an app id",
		"short_ann":                    "does not begin with an app id",
		strings.ToUpper(ownApp) + "_a": "does not begin with an app id",
		ownApp + "_":                   "has no room or user id",
		ownApp + "_" + ownApp + "_":    "has no room or user id",
		ownApp + "_ann lee":            "white space",
		ownApp + "_ann@":               "the host after @ is missing",
		ownApp + "_ann@conference.":    "the host after @ is missing",
		ownApp + "_ann@a@b":            "more than one @",
		ownApp + "_ann/phone":          "slash",
	}
	for input, want := range bad {
		got, err := ParseName(input)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("ParseName(%q) = %+v, %v, want an error with %q", input, got, err, want)
		}
	}
}

func FuzzParseName(f *testing.F) {
	f.Add(ownApp + "_ann")
	f.Add(ownApp + "_" + ownApp + "_room@conference.chat.example.com/x")
	f.Add("@@")
	f.Fuzz(func(t *testing.T, input string) {
		name, err := ParseName(input)
		if err != nil {
			return
		}
		if name.AppID == "" || name.ID == "" {
			t.Fatalf("ParseName(%q) = %+v lacks a part", input, name)
		}
		again, err := ParseName(RoomName(name.AppID, name.ID))
		if err != nil || again.ID != name.ID || again.AppID != name.AppID {
			t.Fatalf("ParseName(%q) = %+v, written and parsed again %+v, %v", input, name, again, err)
		}
	})
}
