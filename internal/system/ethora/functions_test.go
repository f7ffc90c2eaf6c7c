package ethora_test

import (
	"reflect"
	"strings"
	"testing"
)

const (
	appA = "0123456789abcdef01234567"
	appB = "76543210fedcba9876543210"
)

func TestFunctions(t *testing.T) {
	p := connect(t, nil)
	for _, test := range []struct {
		name      string
		arguments []string
		want      any
	}{
		{"ethora_room_name", []string{appA, "support"}, appA + "_support"},
		{"ethora_room_name", []string{appA, appA + "_support"}, appA + "_support"},
		{"ethora_room_name", []string{appA, appA + "_" + appA + "_support"}, appA + "_support"},
		{"ethora_room_name", []string{appA, appA + "_support@conference.chat.example.com/phone"}, appA + "_support"},

		{"ethora_room_jid", []string{appA, "support"}, appA + "_support@conference.xmpp.chat.ethora.com"},
		{"ethora_room_jid", []string{appA, "support", "chat.example.com"}, appA + "_support@conference.chat.example.com"},
		{"ethora_room_jid", []string{appA, "support", "conference.chat.example.com"}, appA + "_support@conference.chat.example.com"},
		{"ethora_room_jid", []string{appA, appA + "_support@conference.chat.example.com"}, appA + "_support@conference.chat.example.com"},
		{"ethora_room_jid", []string{appA, appA + "_support@conference.chat.example.com", "other.example.com"}, appA + "_support@conference.other.example.com"},

		{"ethora_xmpp_username", []string{appA, "ann"}, appA + "_ann"},
		{"ethora_xmpp_username", []string{appA, appA + "_ann@chat.example.com"}, appA + "_ann"},
		{"ethora_xmpp_username", []string{appA, appA}, appA + "_" + appA},

		{"ethora_parse_name", []string{appA + "_ann"}, object{"app_id": appA, "id": "ann", "host": nil, "room": nil}},
		{"ethora_parse_name", []string{appA + "_ann@chat.example.com/phone"}, object{"app_id": appA, "id": "ann", "host": "chat.example.com", "room": false}},
		{"ethora_parse_name", []string{appA + "_support@conference.chat.example.com"}, object{"app_id": appA, "id": "support", "host": "chat.example.com", "room": true}},
	} {
		t.Run(test.name+" "+strings.Join(test.arguments, " "), func(t *testing.T) {
			got, fault, _ := p.call(test.name, test.arguments...)
			if fault != "" || !reflect.DeepEqual(got, test.want) {
				t.Errorf("it returned %v %s, want %v", got, fault, test.want)
			}
		})
	}
}

func TestFunctionsRefuseWhatIsNoName(t *testing.T) {
	p := connect(t, nil)
	for _, test := range []struct {
		name      string
		arguments []string
		argument  int64
		says      string
	}{
		{"ethora_room_name", []string{"acme", "support"}, 0, `"acme" is not an Ethora app id`},
		{"ethora_room_name", []string{strings.ToUpper(appA), "support"}, 0, "each 0-9 or a-f"},
		{"ethora_room_name", []string{appA, ""}, 1, `"" can't be an id`},
		{"ethora_room_name", []string{appA, "my room"}, 1, "no spaces"},
		{"ethora_room_name", []string{appA, strings.Repeat("x", 256)}, 1, "1 to 255"},
		{"ethora_room_name", []string{appA, appA + "_"}, 1, "has no id after it"},
		{"ethora_room_name", []string{appA, appB + "_support"}, 1, "names nothing in app " + appA},
		{"ethora_room_jid", []string{appA, "@conference.chat.example.com"}, 1, "can't be an id"},
		{"ethora_room_jid", []string{appA, "support", ""}, 2, `"" is not a host`},
		{"ethora_room_jid", []string{appA, "support", "user@host"}, 2, "is not a host"},
		{"ethora_room_jid", []string{appA, "support", "one.example.com", "two.example.com"}, 3, `"two.example.com" is one xmpp_host too many`},
		{"ethora_xmpp_username", []string{"", "ann"}, 0, "is not an Ethora app id"},
		{"ethora_xmpp_username", []string{appA, "a"}, 1, "2 to 255"},
		{"ethora_parse_name", []string{""}, 0, "the name is empty"},
		{"ethora_parse_name", []string{"ann"}, 0, "does not begin with an app id"},
		{"ethora_parse_name", []string{appA + "_"}, 0, "has no room or user id"},
		{"ethora_parse_name", []string{appA + "_ann@"}, 0, "the host after @ is missing"},
	} {
		t.Run(test.name+" "+strings.Join(test.arguments, " "), func(t *testing.T) {
			got, fault, argument := p.call(test.name, test.arguments...)
			if got != nil || !strings.Contains(fault, test.says) || argument != test.argument {
				t.Errorf("it returned %v and said %q of argument %d, want %q of argument %d", got, fault, argument, test.says, test.argument)
			}
		})
	}
}
