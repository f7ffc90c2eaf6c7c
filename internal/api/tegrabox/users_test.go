package tegrabox

import (
	"context"
	"errors"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/chattenant/terraform-provider-chat/internal/api/rest"
	"github.com/chattenant/terraform-provider-chat/internal/mock/control"
	mock "github.com/chattenant/terraform-provider-chat/internal/mock/tegrabox"
)

func TestUserLifecycle(t *testing.T) {
	for name, settings := range map[string]mock.Settings{
		"bare":            {},
		"data":            {Envelope: "data"},
		"success":         {Envelope: "success", CreateStatus: 200},
		"no bodies":       {EmptyAnswer: "200 empty"},
		"success: true":   {EmptyAnswer: "200"},
		"errors: message": {ErrorShape: "message"},
		"errors: error":   {ErrorShape: "error"},
		"errors: nested":  {ErrorShape: "nested"},
		"errors: text":    {ErrorShape: "text"},
		"errors: none":    {ErrorShape: "none"},
		"soft delete":     {SoftDelete: true},
		"in header":       {ProjectIn: "header"},
		"key as bearer":   {APIKeyHeader: "Authorization", APIKeyScheme: "Bearer"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			config := impatient()
			if settings.ProjectIn != "" {
				config.ProjectIn = InHeader
			}
			config.Headers.APIKey, config.APIKeyScheme = settings.APIKeyHeader, settings.APIKeyScheme
			client, _ := startMockWith(t, config, settings)
			ctx := background(t)
			created := mustUser(t, client, ann())
			want := User{ID: created.ID, Username: "ann", ExternalUserID: "ext-ann", DisplayName: "Ann", Email: "ann@example.com", Status: "active", CreatedAt: created.CreatedAt, UpdatedAt: created.UpdatedAt}
			if created.ID == "" || created.CreatedAt.IsZero() || created != want {
				t.Errorf("created %+v", created)
			}
			if read, err := client.GetUser(ctx, created.ID); err != nil || read != created {
				t.Errorf("read %+v, %v", read, err)
			}
			if found, err := client.FindUser(ctx, "ext-ann"); err != nil || found != created {
				t.Errorf("found %+v, %v", found, err)
			}
			if _, err := client.FindUser(ctx, "ext-bob"); !rest.IsKind(err, rest.NotFound) {
				t.Errorf("finding nobody: %v", err)
			}
			updated, err := client.UpdateUser(ctx, created.ID, UserFields{DisplayName: pointer("Annie"), Status: pointer("blocked")})
			if err != nil || updated.DisplayName != "Annie" || updated.Status != "blocked" || updated.Username != "ann" {
				t.Errorf("updated %+v, %v", updated, err)
			}
			if same, err := client.UpdateUser(ctx, created.ID, UserFields{}); err != nil || same != updated {
				t.Errorf("without a change: %+v, %v", same, err)
			}
			for range 2 {
				if err := client.DeleteUser(ctx, created.ID); err != nil {
					t.Error(err)
				}
			}
			if user, err := client.GetUser(ctx, created.ID); !rest.IsKind(err, rest.NotFound) {
				t.Errorf("after deleting: %+v, %v", user, err)
			}
		})
	}
}

func TestAConflictNamesWhoIsThere(t *testing.T) {
	client, server := startMock(t, mock.Settings{})
	there := mustUser(t, client, ann())
	for want, user := range map[string]NewUser{
		`a user with the external id "ext-ann" exists already in TegraBox: id ` + there.ID: ann(),
		`a user with the username "ann" exists already in TegraBox: id ` + there.ID:        {Username: "ann", ExternalUserID: "ext-2"},
	} {
		server.ResetRequests()
		_, err := client.CreateUser(background(t), user)
		var exists *ExistsError
		if !errors.As(err, &exists) || exists.ID != there.ID || !rest.IsKind(err, rest.Conflict) || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
		expect(t, server, "POST "+base+"/users", "GET "+base+"/users?limit=100&page=1")
	}
	for name, list := range map[string]scripted{"not listed": {200, `[]`}, "no list": {403, `{}`}} {
		refused := inTurn(scripted{409, `{"message":"email taken"}`}, list)
		_, err := scriptedClient(t, refused).CreateUser(background(t), ann())
		var exists *ExistsError
		if errors.As(err, &exists) || !rest.IsKind(err, rest.Conflict) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestACreatedUserIsReadBackWhenTheAnswerIsShort(t *testing.T) {
	const full = `{"id":"u","username":"ann","external_user_id":"ext-ann"}`
	for name, test := range map[string]struct {
		server *script
		id     string
		fails  string
		calls  int
	}{
		"what it must":     {says(full), "u", "", 1},
		"wrapped":          {says(`{"data":{"user":` + full + `}}`), "u", "", 1},
		"the id only":      {inTurn(scripted{201, `{"id":"u"}`}, scripted{200, full}), "u", "", 2},
		"and then refused": {inTurn(scripted{201, `{"id":"u"}`}, scripted{403, `{}`}), "u", "TegraBox created user u, but it cannot be read", 2},
		"another's":        {inTurn(scripted{201, `{"id":"u"}`}, scripted{200, `{"id":"v"}`}), "u", "it is about user v", 2},
	} {
		user, err := scriptedClient(t, test.server).CreateUser(background(t), ann())
		if user.ID != test.id || (err != nil) != (test.fails != "") || err != nil && !strings.Contains(err.Error(), test.fails) || len(test.server.seen) != test.calls {
			t.Errorf("%s: %+v, %v, %q", name, user, err, test.server.seen)
		}
	}
}

func TestALostUserIsFound(t *testing.T) {
	post := func(rule control.FaultRule) control.FaultRule {
		rule.Method, rule.Path, rule.Times = "POST", "/users$", 1
		return rule
	}
	const created, listed = "POST " + base + "/users", "GET " + base + "/users?limit=100&page=1"
	for name, test := range map[string]struct {
		rule  control.FaultRule
		calls []string
	}{
		"cut after":   {post(control.FaultRule{Drop: "after"}), []string{created, listed}},
		"half a body": {post(control.FaultRule{Body: `{"id":`}), []string{created, listed}},
		"web page":    {post(control.FaultRule{Body: `<html>`}), []string{created, listed}},
		"empty":       {post(control.FaultRule{Empty: true}), []string{created, listed}},
		"cut before":  {post(control.FaultRule{Drop: "before"}), []string{created, listed, created}},
		"503":         {post(control.FaultRule{Status: 503}), []string{created, listed, created}},
		"429":         {post(control.FaultRule{Status: 429}), []string{created, created}},
	} {
		client, server := startMock(t, mock.Settings{})
		mustUser(t, client, number(1))
		server.ResetRequests()
		client.CloseIdleConnections()
		fault(t, server, test.rule)
		user, err := client.CreateUser(background(t), ann())
		if err != nil || user.Username != "ann" || user.ID == "" || len(server.Snapshot().Users) != 2 {
			t.Errorf("%s: %+v, %v, %d users", name, user, err, len(server.Snapshot().Users))
		}
		expect(t, server, test.calls...)
	}
}

func TestALostUserIsNotTakenFromOthers(t *testing.T) {
	now := time.Now().UTC().Format(time.RFC3339)
	listed := func(row string) scripted { return scripted{200, `{"items":[` + row + `],"total":1,"totalPages":1}`} }
	row := func(change ...string) string {
		return strings.NewReplacer(change...).Replace(`{"id":"u","username":"ann","external_user_id":"ext-ann","display_name":"Ann","email":"ann@example.com","created_at":"` + now + `"}`)
	}
	for name, test := range map[string]struct {
		row  string
		ours bool
	}{
		"the same":       {row(), true},
		"without a time": {row(`,"created_at":"`+now+`"`, ""), true},
		"other name":     {row(`"ann"`, `"eve"`), false},
		"other display":  {row(`"Ann"`, `"Eve"`), false},
		"other email":    {row(`ann@example.com`, `eve@example.com`), false},
		"null email":     {row(`"ann@example.com"`, `null`), false},
		"less told":      {row(`"display_name":"Ann","email":"ann@example.com",`, ``), true},
		"old":            {row(now, "2020-01-01T00:00:00Z"), false},
	} {
		server := inTurn(scripted{502, `{}`}, listed(test.row))
		user, err := scriptedClient(t, server).CreateUser(background(t), ann())
		var exists *ExistsError
		if test.ours != (err == nil && user.ID == "u") || !test.ours && (!errors.As(err, &exists) || exists.ID != "u" || !strings.Contains(err.Error(), "import it")) {
			t.Errorf("%s: %+v, %v", name, user, err)
		}
	}
}

func TestAUserThatStaysLost(t *testing.T) {
	const empty = `{"items":[],"total":0}`
	for name, test := range map[string]struct {
		answers []scripted
		retries int
		want    string
		calls   int
	}{
		"no repetition":      {[]scripted{{502, ``}, {200, empty}}, -1, "not in the list so far", 2},
		"repeated in vain":   {[]scripted{{504, ``}, {200, empty}, {504, ``}, {200, empty}}, 1, "not in the list so far", 4},
		"then refused":       {[]scripted{{502, ``}, {200, empty}, {400, `{"message":"bad name"}`}}, 1, "bad name", 3},
		"then taken by name": {[]scripted{{502, ``}, {200, empty}, {409, `{"message":"username taken"}`}, {200, empty}}, 1, "username taken", 5},
		"500":                {[]scripted{{500, ``}, {200, empty}}, 1, "not in the list so far", 2},
		"list refused":       {[]scripted{{502, ``}, {403, `{"message":"no lists"}`}}, 1, "the list cannot be read", 2},
		"web page":           {[]scripted{{200, `<html>`}, {200, empty}}, 1, "not in the list so far", 2},
	} {
		server := inTurn(test.answers...)
		config := impatient()
		config.ProjectID = "p"
		config.MaxRetries = test.retries
		_, err := serve(t, config, server).CreateUser(background(t), ann())
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v", name, err)
		}
		if len(server.seen) != test.calls {
			t.Errorf("%s: %q", name, server.seen)
		}
	}
}

func TestARepeatedCreationThatMeetsItsFirstIsOurs(t *testing.T) {
	now := time.Now().UTC().Format(time.RFC3339)
	server := inTurn(
		scripted{504, ``}, scripted{200, `{"items":[],"total":0}`}, // still at work on it
		scripted{409, `{"message":"exists"}`},
		scripted{200, `{"items":[{"id":"u","username":"ann","external_user_id":"ext-ann","display_name":"Ann","email":"ann@example.com","created_at":"` + now + `"}]}`})
	config := impatient()
	config.ProjectID = "p"
	if user, err := serve(t, config, server).CreateUser(background(t), ann()); err != nil || user.ID != "u" {
		t.Errorf("%+v, %v", user, err)
	}
}

func TestACreationIsFinishedAfterCancellation(t *testing.T) {
	server := mock.New(mock.Options{APIKey: apiKey})
	ctx, cancel := context.WithCancel(background(t))
	config := impatient()
	config.ProjectID = mock.DefaultProjectID
	posts := 0
	client := serve(t, config, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			posts++
			cancel() // as Ctrl-C does while the creation is on the wire
			server.ServeHTTP(w, r)
			return
		}
		server.ServeHTTP(w, r)
	}))
	fault(t, server, control.FaultRule{Method: "POST", Body: "<html>"})
	user, err := client.CreateUser(ctx, ann())
	if err != nil || user.Username != "ann" || posts != 1 {
		t.Errorf("%+v, %v, %d posts", user, err, posts)
	}
}

func TestAnUnclear404IsHeldAgainstTheList(t *testing.T) {
	const get, list = "GET /api/projects/p/users/u", "GET /api/projects/p/users?limit=100&page=1"
	for name, test := range map[string]struct {
		list scripted
		user string
		kind rest.Kind
	}{
		"listed":       {scripted{200, `{"items":[{"id":"u","username":"ann"}]}`}, "ann", -1},
		"not listed":   {scripted{200, `{"items":[{"id":"v"}]}`}, "", rest.NotFound},
		"deleted":      {scripted{200, `{"items":[{"id":"u","status":"deleted"}]}`}, "", rest.NotFound},
		"no such path": {scripted{404, `<html>`}, "", rest.Unsupported},
	} {
		server := inTurn(scripted{404, ``}, test.list)
		user, err := scriptedClient(t, server).GetUser(background(t), "u")
		if user.Username != test.user || test.kind < 0 && err != nil || test.kind >= 0 && !rest.IsKind(err, test.kind) {
			t.Errorf("%s: %+v, %v", name, user, err)
		}
		if got := server.seen[:2]; !reflect.DeepEqual(got, []string{get, list}) {
			t.Errorf("%s: %q", name, server.seen)
		}
	}
}

func TestUpdateUserReadsBack(t *testing.T) {
	const patch, get = "PATCH /api/projects/p/users/u", "GET /api/projects/p/users/u"
	const full = `{"id":"u","username":"ann","external_user_id":"e","display_name":"n"}`
	for answered, calls := range map[string][]string{
		full:                               {patch},
		`{"user":` + full + `}`:            {patch},
		``:                                 {patch, get},
		`OK`:                               {patch, get},
		`{"id":"u"}`:                       {patch, get},
		`{"success":true}`:                 {patch, get},
		strings.Replace(full, "u", "v", 1): {patch, get},
	} {
		server := inTurn(scripted{200, answered}, scripted{200, full})
		user, err := scriptedClient(t, server).UpdateUser(background(t), "u", UserFields{DisplayName: pointer("n")})
		if err != nil || user.DisplayName != "n" {
			t.Errorf("%s: %+v, %v", answered, user, err)
		}
		server.expect(t, calls...)
	}
	server := inTurn(scripted{400, `{"message":"no"}`})
	if _, err := scriptedClient(t, server).UpdateUser(background(t), "u", UserFields{Status: pointer("x")}); !rest.IsKind(err, rest.Invalid) {
		t.Errorf("got %v", err)
	}
}

func TestWhatAnAnswerDoesNotTell(t *testing.T) {
	nothing := Untold{DisplayName: true, Email: true, Status: true}
	for row, want := range map[string]Untold{
		`{"id":"u"}`: nothing,
		`{"id":"u","display_name":null,"email":null,"status":null}`: {},
		`{"id":"u","displayName":"Ann"}`:                            {Email: true, Status: true},
	} {
		user, err := scriptedClient(t, says(row)).GetUser(background(t), "u")
		if err != nil || user.Untold != want {
			t.Errorf("%s: %+v, %v", row, user, err)
		}
	}
}

// A proxy may answer a deletion with nothing, too.
func TestADeletionWithoutWordsIsLookedAt(t *testing.T) {
	missing := scripted{404, `{"message":"User or room not found"}`}
	for name, test := range map[string]struct {
		answers []scripted
		want    string // of the error; "": none
		calls   int
	}{
		"said so":        {[]scripted{{200, `{"success":true}`}}, "", 1},
		"no content":     {[]scripted{{204, ``}}, "", 1},
		"what it was":    {[]scripted{{200, `{"id":"x"}`}}, "", 1},
		"another":        {[]scripted{{200, `{"data":{"id":"y"}}`}, {200, `{"id":"x"}`}}, "it is still there", 2},
		"gone":           {[]scripted{{200, ``}, missing}, "", 2},
		"still there":    {[]scripted{{200, ``}, {200, `{"id":"x"}`}}, "it is still there", 2},
		"other words":    {[]scripted{{200, `{"message":"bye"}`}, missing}, "", 2},
		"no success":     {[]scripted{{200, `{"status":"ok"}`}, {200, `{"id":"x"}`}}, "it is still there", 2},
		"OK, but there":  {[]scripted{{200, `OK`}, {200, `{"id":"x"}`}}, "it is still there", 2},
		"not to be read": {[]scripted{{200, ``}, {403, `{"message":"no"}`}}, "does not tell whether it was done, and what is there cannot be read", 2},
	} {
		for _, remove := range []func(*Client) error{
			func(c *Client) error { return c.DeleteUser(background(t), "x") },
			func(c *Client) error { return c.DeleteRoom(background(t), "x") },
		} {
			server := inTurn(test.answers...)
			err := remove(scriptedClient(t, server))
			if (err != nil) != (test.want != "") || err != nil && !strings.Contains(err.Error(), test.want) || len(server.seen) != test.calls {
				t.Errorf("%s: %v, %q", name, err, server.seen)
			}
		}
	}
}

func TestAWebPageIsNoDeletion(t *testing.T) {
	for _, body := range []string{"<!doctype html>", `{"success":false,"error":"no"}`} {
		client := scriptedClient(t, says(body))
		for _, err := range []error{client.DeleteUser(background(t), "u"), client.DeleteRoom(background(t), "r"), client.DeleteMessage(background(t), "r", "m")} {
			if !rest.IsKind(err, rest.Malformed) {
				t.Errorf("%s: %v", body, err)
			}
		}
	}
}
