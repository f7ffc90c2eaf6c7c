package ethora

import (
	"errors"
	"testing"
)

func TestUnwrap(t *testing.T) {
	for _, body := range []string{
		`{"app":{"_id":"x"}}`,
		`{"result":{"_id":"x"}}`,
		`{"result":{"app":{"_id":"x"}}}`,
		`{"data":{"_id":"x"}}`,
		`{"data":{"app":{"_id":"x"}}}`,
		`{"data":{"result":{"app":{"_id":"x"}}}}`,
		`{"apps":[{"_id":"x"}],"total":1}`,
		`{"result":{"apps":[{"_id":"x"}]}}`,
		`{"_id":"x"}`,
		`{"id":"x","name":5}`,
		`{"app":null,"result":[],"data":7,"_id":"x"}`,
		`[{"_id":"x"}]`,
		"\xef\xbb\xbf {\"_id\":\"x\"}\n",
	} {
		row, err := unwrap([]byte(body), appIdentity, "app", "apps")
		if err != nil || appIdentity(row) != "x" {
			t.Errorf("unwrap(%s) = %v, %v", body, row, err)
		}
	}
	for body, want := range map[string]error{
		"":                                   errEmpty,
		" \n":                                errEmpty,
		"<!doctype html><html></html>":       errHTML,
		`{"app":`:                            errBroken,
		`{"_id":"x"} trailing`:               errBroken,
		"OK":                                 errBroken,
		"null":                               errNoID,
		"[]":                                 errNoID,
		`{"ok":true}`:                        errNoID,
		`{"app":{"_id":null}}`:               errNoID,
		`{"apps":[{"_id":"x"},{"_id":"y"}]}`: errNoID,
	} {
		if row, err := unwrap([]byte(body), appIdentity, "app", "apps"); !errors.Is(err, want) {
			t.Errorf("unwrap(%s) = %v, %v, want %v", body, row, err, want)
		}
	}
}

func TestUnwrapList(t *testing.T) {
	for body, want := range map[string]list{
		`[{"_id":"x"}]`: {total: -1, limit: -1},
		`{"items":[{"_id":"x"}],"total":1,"limit":100}`:              {total: 1, limit: 100},
		`{"results":[{"_id":"x"}],"total":"7"}`:                      {total: 7, limit: -1},
		`{"users":[{"_id":"x"}]}`:                                    {total: -1, limit: -1},
		`{"data":{"items":[{"_id":"x"}],"total":3}}`:                 {total: 3, limit: -1},
		`{"data":{"items":[{"_id":"x"}]},"total":3}`:                 {total: 3, limit: -1},
		`{"data":[{"_id":"x"}]}`:                                     {total: -1, limit: -1},
		`{"result":{"results":[{"_id":"x"}]}}`:                       {total: -1, limit: -1},
		`{"result":[{"_id":"x"}],"total":-4,"limit":"many"}`:         {total: -1, limit: -1},
		`{"users":{"nonsense":1},"results":{"users":[{"_id":"x"}]}}`: {total: -1, limit: -1},
	} {
		got, err := unwrapList([]byte(body), "users")
		if err != nil || len(got.items) != 1 || appIdentity(got.items[0]) != "x" || got.total != want.total || got.limit != want.limit {
			t.Errorf("unwrapList(%s) = %+v, %v", body, got, err)
		}
	}
	for _, body := range []string{`{"users":[]}`, `{"users":null}`, `[]`, `{"data":{"items":[]}}`} {
		if got, err := unwrapList([]byte(body), "users"); err != nil || len(got.items) != 0 {
			t.Errorf("unwrapList(%s) = %+v, %v, want an empty list", body, got, err)
		}
	}
	for _, body := range []string{"", "<html>", `{"users":`, `{"ok":true}`, `7`, `["a"]`, `{"users":[null]}`} {
		if got, err := unwrapList([]byte(body), "users"); err == nil {
			t.Errorf("unwrapList(%s) = %+v, want an error", body, got)
		}
	}
}

func FuzzUnwrap(f *testing.F) {
	f.Add([]byte(`{"result":{"app":{"_id":"x"}}}`))
	f.Add([]byte(`[[[{"data":{"result":null}}]]]`))
	f.Fuzz(func(t *testing.T, body []byte) {
		row, err := unwrap(body, appIdentity, "app", "apps")
		if err == nil && appIdentity(row) == "" {
			t.Fatalf("unwrap(%q) found an object without an id", body)
		}
	})
}

func FuzzUnwrapList(f *testing.F) {
	f.Add([]byte(`{"data":{"items":[{"_id":"x"}],"total":3}}`))
	f.Add([]byte(`{"users":null,"total":1e9}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		page, err := unwrapList(body, "users")
		if err == nil && page.items == nil {
			t.Fatalf("unwrapList(%q) found no list and told no error", body)
		}
	})
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte(`{"_id":"x","displayName":7,"aiBot":{"user":null},"defaultRooms":[1,{"jid":2}],"members":["a",{}],"emails":[3],"usersCnt":"2"}`))
	f.Add([]byte(`{"status":"created","user":{"xmppUsername":"a_b"},"error":["x"],"state":"completed"}`))
	client, err := NewClient(Config{APIURL: "http://localhost", AppID: ownApp, AppSecret: secret})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		root, _ := parse(body)
		row, _ := root.(object)
		app := decodeApp(row)
		if app.HasBot != (child(row, "aiBot") != nil) {
			t.Fatal("an app without a bot has one")
		}
		user := decodeUser(ownApp, row)
		if user.UserID != PlainID(ownApp, user.UserID) {
			t.Fatalf("the user id %q is not plain", user.UserID)
		}
		chat := decodeChat(ownApp, row)
		for _, member := range chat.Members {
			if member.XMPPUsername == "" {
				t.Fatal("a member has no name")
			}
		}
		result := client.decodeUserResult(ownApp, row)
		if len([]rune(result.Raw)) > 500 {
			t.Fatal("a raw item is too long")
		}
	})
}
