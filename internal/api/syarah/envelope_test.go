package syarah

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/chattenant/terraform-provider-chat/internal/api/rest"
	"github.com/chattenant/terraform-provider-chat/internal/api/syarah/socketio"
)

func TestMoments(t *testing.T) {
	want := time.Date(2024, 1, 15, 10, 30, 0, 0, time.UTC)
	for _, words := range []string{"2024-01-15T10:30:00Z", "2024-01-15T12:30:00+02:00", "2024-01-15T10:30:00", "2024-01-15T10:30:00.000"} {
		if got := moment(words); !got.Equal(want) {
			t.Errorf("%s is %v", words, got)
		}
	}
	for _, value := range []any{nil, "", "soon", true, json.Number("7"), object{}} {
		if got := moment(value); !got.IsZero() {
			t.Errorf("%v is %v", value, got)
		}
	}
}

func TestKeysAreFoundWhateverTheirCase(t *testing.T) {
	value := object{"Id": json.Number("7"), "id": nil, "MESSAGE": "x", "odd": []any{}}
	if identifier(value, "id") != 7 || text(value, "message") != "x" || text(value, "odd", "none") != "" || get(nil, "id") != nil || child(value, "odd") != nil {
		t.Errorf("got %v", value)
	}
	for _, id := range []any{nil, "x", json.Number("0"), json.Number("-1"), json.Number("1.5"), json.Number("99999999999999999999"), true} {
		if got := identifier(object{"id": id}, "id"); got != 0 {
			t.Errorf("%v is %d", id, got)
		}
	}
}

func TestKindsOfWords(t *testing.T) {
	for words, want := range map[string]rest.Kind{
		"Unauthorized":                              rest.Unauthorized,
		"Access token not found":                    rest.Unauthorized,
		"jwt expired":                               rest.Unauthorized,
		"Forbidden resource":                        rest.Forbidden,
		"Chat header not found":                     rest.NotFound,
		"The message does not exist":                rest.NotFound,
		"The room does not exist, or access denied": rest.Forbidden,
		"User not found":                            rest.Unknown, // says nothing about a chat
		"friendship already exists":                 rest.Conflict,
		"chatHeaderId must be a number":             rest.Invalid,
		"Too many requests":                         rest.RateLimited,
		"Internal server error":                     rest.Unknown,
		"":                                          rest.Unknown,
	} {
		if got := kindOfWords(words); got != want {
			t.Errorf("%q is %v, want %v", words, got, want)
		}
	}
}

func TestLongWordsAreShortened(t *testing.T) {
	config := impatient()
	config.GatewayURL = "http://x"
	client := newClient(t, config)
	got := client.line(strings.Repeat("ä ", 20000) + token)
	if len([]rune(got)) != maxWords || !strings.HasSuffix(got, "…") {
		t.Errorf("got %d runes: %s", len([]rune(got)), got)
	}
	if got := client.line("a\n\x00 b\t" + token + "\xff"); got != "a b ***" {
		t.Errorf("got %q", got)
	}
}

// bodies are seeds of the fuzz tests.
var bodies = []string{
	``, `null`, `7`, `"x"`, `[]`, `{}`, `<html>`, `{"data":null}`, `{"success":false}`, `{"error":{"message":["a","b"],"validationErrors":[null,{"members":[1]}]}}`,
	`[{"id":1},{"Id":"2","chatMessage":{"id":3}}]`, `{"items":[{"chatHeaderId":1e99}]}`, `{"chatMessage":{"id":1,"message":"x","userId":"u"}}`,
	`{"data":{"result":{"items":[]}}}`, `{"status":"error","cause":{"pattern":7}}`, `[[1],[2]]`, `{"message":{"id":1}}`,
}

// Whatever the gateway acknowledges or tells is read without a panic, and an
// error never holds the token.
func FuzzAcknowledgements(f *testing.F) {
	for _, body := range bodies {
		f.Add([]byte(body))
	}
	config := impatient()
	config.GatewayURL = "http://x"
	client, err := New(config)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		if !json.Valid(body) {
			return // package socketio takes valid JSON alone out of a packet
		}
		event := socketio.Event{Name: "exception", Arguments: []json.RawMessage{body}}
		_, _ = readComplaintEvent(event)
		if root, heard := broadcast(event, "exception"); heard {
			message := decodeMessage(root, body)
			if message.ID < 0 || mentioned(root, idKeys) < 0 && message.ID > 0 {
				t.Errorf("got %+v", message)
			}
			_ = client.isOurs(message, hello())
		}
		answer, err := client.open("x", []json.RawMessage{body})
		if err == nil && answer != nil {
			_, err = rows(answer)
		}
		if err != nil && strings.Contains(err.Error(), token) {
			t.Errorf("got %v", err)
		}
		if room, err := client.joined(answer, 7, nil); err == nil && room.ChatHeaderID != 7 {
			t.Errorf("got %+v", room)
		}
	})
}

func FuzzEnvelope(f *testing.F) {
	for _, body := range bodies {
		f.Add(404, []byte(body))
	}
	config := impatient()
	config.BackendURL = "http://x"
	client, err := New(config)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, status int, body []byte) {
		e := rest.Error{Kind: rest.Forbidden}
		classify(status, http.Header{}, body, &e)
		if e.Kind == rest.NotFound {
			t.Errorf("status %d is read as not found", status)
		}
		got, err := client.unwrap(rest.Request{Method: "GET", Path: "/x"}, rest.Response{Status: 200, Body: body})
		if err == nil && !json.Valid(got.data) {
			t.Errorf("got %q", got.data)
		}
	})
}
