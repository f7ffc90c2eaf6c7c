package tegrabox

import (
	"encoding/json"
	"net/http"
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

func TestDecodersAreTolerant(t *testing.T) {
	untold := Untold{DisplayName: true, Email: true, Status: true}
	for body, want := range map[string]User{
		`{"id":7,"username":null,"email":{"x":1},"created_at":"soon","new":[1]}`: {ID: "7", Untold: Untold{DisplayName: true, Status: true}},
		`{"_id":"u","externalUserId":"e","displayName":"d","status":true}`:       {ID: "u", ExternalUserID: "e", DisplayName: "d", Untold: Untold{Email: true}},
		`{"data":{"user":{"id":"u","username":5}},"success":true}`:               {ID: "u", Username: "5", Untold: untold},
		"\xef\xbb\xbf{\"user\":{\"id\":\"u\",\"updated_at\":1795244400}}\n":      {ID: "u", UpdatedAt: time.Date(2026, 11, 21, 7, 0, 0, 0, time.UTC), Untold: untold},
	} {
		root, err := parse([]byte(body))
		if err != nil {
			t.Fatal(err)
		}
		row, _ := find(root, "user", idKeys)
		if got := decodeUser(row); got != want {
			t.Errorf("%s: %+v, want %+v", body, got, want)
		}
	}
}

// bodies are seeds of the fuzz tests.
var bodies = []string{
	``, `null`, `7`, `"x"`, `[]`, `{}`, `<html>`, `{"data":null}`, `{"success":false}`,
	`{"items":[{"id":1},{"_id":"x"}],"page":1,"total":"2","totalPages":-1}`,
	`{"data":{"items":null}}`, `{"token":"t","expires_in":1e99}`, `{"user":{"userId":[]}}`,
	`{"error":{"message":["a","b"],"details":[{"field":"x","message":"y"},null]}}`,
}

func FuzzAnswers(f *testing.F) {
	for _, body := range bodies {
		f.Add([]byte(body))
	}
	client, err := New(impatient())
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		root, err := parse(body)
		if err != nil && root != nil {
			t.Errorf("parse gave %v and %v", root, err)
		}
		if row, found := find(root, "user", idKeys); found {
			if decodeUser(row).ID == "" || decodeRoom(row).ID == "" || decodeMessage(row).ID == "" {
				t.Error("an object without an id")
			}
		}
		if row, found := find(root, "token", []string{"token"}); found && client.decodeToken(row).Value == "" {
			t.Error("an empty token")
		}
		if page, err := decodePage(root); err == nil {
			for _, row := range page.rows {
				if text(row, idKeys...) == "" {
					t.Error("a row without an id")
				}
			}
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
		if e.Kind == rest.NotFound && status != http.StatusNotFound {
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
