package oichat

import (
	"encoding/json"
	"net/http"
	"reflect"
	"testing"
	"time"

	"github.com/chattenant/terraform-provider-chat/internal/api/rest"
)

func TestMoment(t *testing.T) {
	want := time.Date(2026, 11, 21, 7, 0, 0, 0, time.UTC)
	for _, value := range []any{
		"2026-11-21T07:00:00Z", "2026-11-21T08:00:00.000+01:00", "2026-11-21T07:00:00", "2026-11-21 07:00:00",
		json.Number("1795244400"), json.Number("1795244400000"), "1795244400", json.Number("1795244400.0"),
	} {
		if got := moment(value); !got.Equal(want) {
			t.Errorf("moment(%v) = %v, want %v", value, got, want)
		}
	}
	for _, value := range []any{nil, "", "soon", "NaN", "Inf", json.Number("0"), json.Number("-5"), json.Number("1e30"), true, []any{}, object{}} {
		if got := moment(value); !got.IsZero() {
			t.Errorf("moment(%v) = %v, want none", value, got)
		}
	}
}

func TestDecodeRoomIsTolerant(t *testing.T) {
	for body, want := range map[string]Room{
		`{"room_id":7,"type":null,"name":null,"participants":null,"metadata":null,"deleted_at":null,"new":{"x":1}}`: {ID: "7"},
		`{"roomId":"r","participants":[{"user_id":"b"},"a",7,"a"]}`:                                                 {ID: "r", Participants: []string{"7", "a", "b"}, HasParticipants: true},
		`{"id":"r","participants":[]}`:                        {ID: "r", Participants: []string{}, HasParticipants: true},
		`{"room_id":"r","metadata":{"b":1.50,"a":"<&>"}}`:     {ID: "r", Metadata: json.RawMessage(`{"a":"<&>","b":1.50}`)},
		`{"room_id":"r","metadata":"{\"b\":1}"}`:              {ID: "r", Metadata: json.RawMessage(`{"b":1}`)},
		`{"room_id":"r","metadata":{}}`:                       {ID: "r", Metadata: json.RawMessage(`{}`)},
		`{"room_id":"r","metadata":[1]}`:                      {ID: "r"},
		`{"room_id":"r","status":"deleted"}`:                  {ID: "r", Status: "deleted", Deleted: true},
		`{"room_id":"r","deleted_at":1795244400}`:             {ID: "r", Deleted: true},
		`{"room_id":"r","deleted_at":"2026-01-01T00:00:00Z"}`: {ID: "r", Deleted: true},
		`{"success":true,"data":{"room_id":"r"}}`:             {ID: "r"},
		`{"data":{"room":{"room_id":"r"}}}`:                   {ID: "r"},
		"\xef\xbb\xbf{\"room_id\":\"r\"}\n":                   {ID: "r"},
	} {
		root, err := parse([]byte(body))
		if err != nil {
			t.Fatal(err)
		}
		row, _ := find(root, roomNames, roomKeys)
		if got, err := decodeRoom(row); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %+v, %v, want %+v", body, got, err, want)
		}
	}
}

// bodies are seeds of the fuzz tests.
var bodies = []string{
	``, `null`, `7`, `"x"`, `[]`, `{}`, `<html>`, `{"data":null}`, `{"success":false}`,
	`{"room_id":"r","participants":["a",null],"metadata":"{}","deleted_at":0}`,
	`{"success":true,"data":{"data":[{"room_id":1}],"next_cursor":2,"has_more":"true"}}`,
	`{"token":"t","expires_at":1e99}`, `{"message":{"message_id":[]}}`,
	`{"error":{"code":"ROOM_NOT_FOUND","message":["a","b"],"details":[{"field":"x","message":"y"},null]}}`,
}

func FuzzAnswers(f *testing.F) {
	for _, body := range bodies {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		root, err := parse(body)
		if err != nil && root != nil {
			t.Errorf("parse gave %v and %v", root, err)
		}
		if row, found := find(root, roomNames, roomKeys); found {
			room, err := decodeRoom(row)
			if err == nil && room.ID == "" {
				t.Error("a room without an id")
			}
			if room.Metadata != nil && !json.Valid(room.Metadata) {
				t.Errorf("metadata %q", room.Metadata)
			}
		}
		if page, err := decodePage(root); err == nil {
			for _, row := range page.rows {
				if text(row, roomKeys...) == "" {
					t.Error("a row without an id")
				}
			}
		}
		if row, found := find(root, nil, []string{"token"}); found && text(row, "token") == "" {
			t.Error("an empty token")
		}
	})
}

func FuzzClassify(f *testing.F) {
	for _, body := range bodies {
		f.Add(404, []byte(body))
	}
	f.Fuzz(func(t *testing.T, status int, body []byte) {
		e := rest.Error{Kind: rest.Forbidden}
		classify(status, http.Header{}, body, &e)
		if e.Kind == rest.NotFound && (status < 400 || status > 499) {
			t.Errorf("status %d is read as not found", status)
		}
	})
}

func FuzzHide(f *testing.F) {
	f.Add("the token opaque-token is bad: opaque-to", "opaque-token")
	f.Add("a", "")
	f.Fuzz(func(t *testing.T, text, secret string) {
		clean := hide(text, secret)
		if secret == "" && clean != text {
			t.Errorf("hide(%q, %q) = %q", text, secret, clean)
		}
	})
}
