package tegrabox_test

import (
	"reflect"
	"testing"

	"github.com/chattenant/terraform-provider-chat/internal/acctest"
	mock "github.com/chattenant/terraform-provider-chat/internal/mock/tegrabox"
)

// The whole life of a user and a room, on each kind of server that TegraBox may
// turn out to be. The settings on the right are what the provider is told then.
func TestEveryServer(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		server   mock.Settings
		provider acctest.Object
	}{
		"as assumed":          {mock.Settings{}, nil},
		"data":                {mock.Settings{Envelope: "data"}, nil},
		"success":             {mock.Settings{Envelope: "success", CreateStatus: 200}, nil},
		"empty 200":           {mock.Settings{EmptyAnswer: "200 empty"}, nil},
		"success: true":       {mock.Settings{EmptyAnswer: "200"}, nil},
		"errors: message":     {mock.Settings{ErrorShape: "message"}, nil},
		"errors: error":       {mock.Settings{ErrorShape: "error"}, nil},
		"errors: nested":      {mock.Settings{ErrorShape: "nested"}, nil},
		"errors: text":        {mock.Settings{ErrorShape: "text"}, nil},
		"errors: none":        {mock.Settings{ErrorShape: "none"}, nil},
		"soft delete":         {mock.Settings{SoftDelete: true}, nil},
		"501 first":           {mock.Settings{UnimplementedAt: "first"}, nil},
		"501 last":            {mock.Settings{UnimplementedAt: "last"}, nil},
		"default name":        {mock.Settings{DisplayName: "username"}, nil},
		"wide update":         {mock.Settings{WideUpdate: true}, nil},
		"small pages":         {mock.Settings{PageLimit: 30, RefuseLimit: true, DefaultLimit: 1, OneEmptyPage: true}, nil},
		"project as _id":      {mock.Settings{ProjectField: "_id"}, nil},
		"project in a header": {mock.Settings{ProjectIn: "header", ProjectHeader: "X-Tenant"}, acctest.Object{"project_in": "header", "project_header": "X-Tenant"}},
		"other prefix":        {mock.Settings{Prefix: "/v2"}, acctest.Object{"path_prefix": "/v2"}},
		"no prefix":           {mock.Settings{Prefix: "/"}, acctest.Object{"path_prefix": "/"}},
		"key as bearer":       {mock.Settings{APIKeyHeader: "Authorization", APIKeyScheme: "Bearer"}, acctest.Object{"api_key_header": "Authorization", "api_key_scheme": "Bearer"}},
		"key as ApiKey":       {mock.Settings{APIKeyScheme: "ApiKey"}, acctest.Object{"api_key_scheme": "ApiKey"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := startTenant(t)
			e.Settings(t, test.server)
			life(t, e, e.ProtocolWith(t, test.provider))
		})
	}
}

// life is a user and a room from their creation to their end.
func life(t *testing.T, e tenant, p *acctest.Protocol) {
	t.Helper()
	ctx := t.Context()
	unchanged := func(typeName string, change acctest.Change) {
		t.Helper()
		if read := p.Refresh(ctx, typeName, change); change.Problems != nil || !reflect.DeepEqual(read.State, change.State) || read.Problems != nil {
			t.Errorf("%s: %v %q, read as %v %q", typeName, change.State, change.Problems, read.State, read.Problems)
		}
	}
	user := p.Apply(ctx, userType, acctest.Object{"username": "ann", "external_user_id": "crm-1"}, nil)
	unchanged(userType, user)
	for _, config := range []acctest.Object{
		{"username": "ann", "external_user_id": "crm-1", "display_name": "Ann", "status": "blocked"},
		{"username": "ann", "external_user_id": "crm-1", "display_name": "", "status": "active"},
		{"username": "ann", "external_user_id": "crm-1"},
	} {
		user = p.Apply(ctx, userType, config, &user)
		unchanged(userType, user)
	}
	taken := p.Apply(ctx, userType, acctest.Object{"username": "ann", "external_user_id": "crm-2"}, nil)
	onlyProblem(t, taken.Problems, "ERROR Can't create TegraBox user", "terraform import <address of this resource> '"+text(user.State, "id")+"'")

	room := p.Apply(ctx, roomType, general(text(user.State, "id")), nil)
	unchanged(roomType, room)
	refused := p.Apply(ctx, roomType, with(general(text(user.State, "id")), acctest.Object{"name": "Sales"}), &room)
	onlyProblem(t, refused.Problems, "ERROR TegraBox can't rename rooms yet")
	if got := read(t, p, "chat_tegrabox_user", acctest.Object{"external_user_id": "crm-1"}); got["id"] != user.State["id"] {
		t.Errorf("the data source read %v", got)
	}
	if opened := p.Open(ctx, tokenType, acctest.Object{"user_id": user.State["id"]}); opened.Problems != nil || text(opened.Result, "token") == "" {
		t.Errorf("no token: %q", opened.Problems)
	}
	for _, action := range []string{joinRoom, leaveRoom} {
		if _, problems := p.Invoke(ctx, action, acctest.Object{"room_id": room.State["id"], "user_id": user.State["id"]}); problems != nil {
			t.Errorf("%s: %q", action, problems)
		}
	}

	gone := p.Apply(ctx, roomType, nil, &room)
	onlyWarning(t, gone.Problems, "stays on the server")
	if deleted := p.Apply(ctx, userType, nil, &user); deleted.State != nil || deleted.Problems != nil || e.user("ann") != nil {
		t.Errorf("the destroy left %v %q", deleted.State, deleted.Problems)
	}
	after := p.Refresh(ctx, userType, user)
	onlyWarning(t, after.Problems, "no longer exists")
}
