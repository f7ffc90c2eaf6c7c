package ethora

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/chattenant/terraform-provider-chat/internal/api/ethora"
	"github.com/chattenant/terraform-provider-chat/internal/api/rest"
	"github.com/chattenant/terraform-provider-chat/internal/system"
)

// What an update does, told from what is wanted and what is there.
func TestCompareUsers(t *testing.T) {
	t.Parallel()
	base := userModel{
		UserID: types.StringValue("ann"), Email: system.NewCaseInsensitive("ann@example.com"),
		FirstName: types.StringValue("Ann"), LastName: types.StringValue("Lee"),
		Username: types.StringValue(""), ProfileImageURL: types.StringValue(""),
	}
	like := func(change func(*userModel)) userModel {
		changed := base
		change(&changed)
		return changed
	}
	versioned := func(version types.Int64) userModel {
		return like(func(user *userModel) { user.PasswordWOVersion = version })
	}
	one := []string{"ann"}
	for name, test := range map[string]struct {
		wanted, prior map[string]userModel
		want          usersChanges
	}{
		"nothing at all": {},
		"the same":       {map[string]userModel{"ann": base}, map[string]userModel{"ann": base}, usersChanges{keep: one}},
		"a new one":      {map[string]userModel{"ann": base}, nil, usersChanges{create: one}},
		"one too many":   {nil, map[string]userModel{"ann": base}, usersChanges{remove: one}},
		"another name": {
			map[string]userModel{"ann": like(func(user *userModel) { user.FirstName = types.StringValue("Anna") })},
			map[string]userModel{"ann": base}, usersChanges{update: one},
		},
		"a username": {
			map[string]userModel{"ann": like(func(user *userModel) { user.Username = types.StringValue("annie") })},
			map[string]userModel{"ann": base}, usersChanges{update: one},
		},
		"a username left to the server": {
			map[string]userModel{"ann": like(func(user *userModel) { user.Username = types.StringUnknown() })},
			map[string]userModel{"ann": base}, usersChanges{keep: one},
		},
		"another e-mail address": {
			map[string]userModel{"ann": like(func(user *userModel) { user.Email = system.NewCaseInsensitive("ann@example.org") })},
			map[string]userModel{"ann": base}, usersChanges{recreate: one},
		},
		"other letter case": {
			map[string]userModel{"ann": like(func(user *userModel) { user.Email = system.NewCaseInsensitive("Ann@Example.com") })},
			map[string]userModel{"ann": base}, usersChanges{keep: one},
		},
		"another e-mail address and another name": {
			map[string]userModel{"ann": like(func(user *userModel) {
				user.Email, user.LastName = system.NewCaseInsensitive("ann@example.org"), types.StringValue("Li")
			})},
			map[string]userModel{"ann": base}, usersChanges{recreate: one},
		},
		"another password": {map[string]userModel{"ann": versioned(types.Int64Value(2))}, map[string]userModel{"ann": versioned(types.Int64Value(1))}, usersChanges{recreate: one}},
		"a first password": {map[string]userModel{"ann": versioned(types.Int64Value(1))}, map[string]userModel{"ann": base}, usersChanges{keep: one}},
		"no password":      {map[string]userModel{"ann": base}, map[string]userModel{"ann": versioned(types.Int64Value(1))}, usersChanges{keep: one}},
		"all at once, sorted": {
			map[string]userModel{
				"dan": base, "cid": base, "ben": base,
				"ann": like(func(user *userModel) { user.FirstName = types.StringValue("Anna") }),
			},
			map[string]userModel{"ann": base, "ben": base, "yan": base, "xia": base},
			usersChanges{remove: []string{"xia", "yan"}, update: one, keep: []string{"ben"}, create: []string{"cid", "dan"}},
		},
	} {
		if got := compareUsers(test.wanted, test.prior); !reflect.DeepEqual(got, test.want) {
			t.Errorf("%s: %+v, want %+v", name, got, test.want)
		}
	}
}

// One error for each cause; those who share one are named, up to twenty.
func TestBulkFailures(t *testing.T) {
	t.Parallel()
	const app = "66500000000000000000ba5e"
	refused := func(id, reason string) error {
		return &rest.Error{Kind: rest.Invalid, System: "Ethora", Message: fmt.Sprintf("user %q was not created: %s", id, reason)}
	}
	failed := newUserFailures("create", app)
	failed.add("ann", "ann@example.com", refused("ann", "no such luck"))
	failed.add("ben", "ben@example.com", refused("ben", "ben@example.com is on a list"))
	for i := range namesShown + 4 {
		id := fmt.Sprintf("user-%04d", i)
		failed.add(id, id+"@example.com", refused(id, id+"@example.com is on a list"))
	}
	failed.add("cid", "cid@example.com", &ethora.PendingError{JobID: "j1", Err: context.DeadlineExceeded})
	failed.add("dan", "dan@example.com", &ethora.PendingError{JobID: "j2", Err: context.DeadlineExceeded})
	for id, holder := range map[string]string{"eva": "x1"} {
		failed.add(id, id+"@example.com", &rest.Error{
			Kind: rest.Conflict, Message: "taken", Fields: map[string]string{"email": "in use by " + holder},
		})
	}
	failed.add("flo", "flo@example.com", errors.New("out of paper"))
	var problems diag.Diagnostics
	failed.report(&problems)

	type told struct{ path, summary, detail string }
	var got []told
	for _, problem := range problems {
		marked := problem.(diag.DiagnosticWithPath).Path().String()
		got = append(got, told{marked, problem.Summary(), problem.Detail()})
	}
	one := func(id string) string { return fmt.Sprintf("Can't create Ethora user %q of app %s", id, app) }
	many := func(count int) string { return fmt.Sprintf("Can't create %d users of Ethora app %s", count, app) }
	want := []told{
		{`users["ann"]`, one("ann"), `User "ann" was not created: no such luck.`},
		{`users`, many(namesShown + 5), `"user-0997", "user-0998" and 5 more.`},
		{`users`, many(2), `so it went for "cid", "dan".`},
		{`users["eva"].email`, one("eva"), "in use by x1\n\n"},
		{`users["flo"]`, one("flo"), "Out of paper."},
	}
	for i := range want {
		if i >= len(got) || got[i].path != want[i].path || got[i].summary != want[i].summary || !strings.Contains(got[i].detail, want[i].detail) {
			t.Errorf("problem %d is not %+v; all: %+v", i, want[i], got)
		}
	}
	if len(got) != len(want) {
		t.Errorf("%d problems, want %d", len(got), len(want))
	}
}

func TestSplitUsersID(t *testing.T) {
	t.Parallel()
	const app = "66500000000000000000ba5e"
	for id, want := range map[string][]string{
		app + "/ann": {"ann"}, app + "/ann/ben": {"ann", "ben"},
		app + "_ann": {"ann"}, app + "_ann/ben": {"ann", "ben"}, app + "_ann@host/" + app + "_ben": {"ann", "ben"},
		app + "/" + app + "_ann/ben@host": {"ann", "ben"},
		app:                               nil, app + "/": nil, "ann": nil, "": nil, "acme/ann": nil, app + "/a": nil,
		app + "/ann//ben": nil, app + "/ ann": nil, app + "/66500000000000000000dead_ann": nil,
	} {
		appID, got, err := splitUsersID(id)
		if (err == nil) != (want != nil) || !slices.Equal(got, want) && want != nil || want != nil && appID != app {
			t.Errorf("%q: %q of %q, %v", id, got, appID, err)
		}
	}
}

// What goes into the state comes out of it.
func TestUsersMap(t *testing.T) {
	t.Parallel()
	users := manyUsers(3)
	if got := usersIn(usersMap(users)); !reflect.DeepEqual(got, users) {
		t.Errorf("got %v, want %v", got, users)
	}
	unknown := types.MapValueMust(types.ObjectType{AttrTypes: usersElementTypes}, map[string]attr.Value{"ann": types.ObjectUnknown(usersElementTypes)})
	for _, set := range []types.Map{{}, types.MapUnknown(types.StringType), unknown} {
		if got := usersIn(set); len(got) != 0 {
			t.Errorf("%v holds %v", set, got)
		}
	}
}

func manyUsers(count int) map[string]userModel {
	users := make(map[string]userModel, count)
	for i := range count {
		id := fmt.Sprintf("user-%05d", i)
		users[id] = userModel{
			UserID: types.StringValue(id), Email: system.NewCaseInsensitive(id + "@example.com"),
			FirstName: types.StringValue("First"), LastName: types.StringValue("Last"),
			Username: types.StringValue(""), ProfileImageURL: types.StringValue(""),
			PasswordWO: types.StringNull(), PasswordWOVersion: types.Int64Null(),
		}
	}
	return users
}

// BenchmarkUsers is what 10,000 users cost on their way into the state and out
// of it.
func BenchmarkUsers(b *testing.B) {
	ctx := b.Context()
	var schema resource.SchemaResponse
	newUsersResource().Schema(ctx, resource.SchemaRequest{}, &schema)
	users := manyUsers(10_000)
	kept := schema.Schema.Attributes["timeouts"].GetType().(timeouts.Type)
	model := usersModel{ID: types.StringValue("app"), AppID: types.StringValue("app"), Users: usersMap(users), PasswordsWO: types.MapNull(types.StringType),
		Timeouts: timeouts.Value{Object: types.ObjectNull(kept.AttrTypes)}}
	state := tfsdk.State{Schema: schema.Schema}
	if problems := state.Set(ctx, model); problems.HasError() {
		b.Fatal(problems)
	}
	b.Run("Map", func(b *testing.B) {
		for b.Loop() {
			usersMap(users)
		}
	})
	b.Run("In", func(b *testing.B) {
		for b.Loop() {
			usersIn(model.Users)
		}
	})
	b.Run("StateSet", func(b *testing.B) {
		for b.Loop() {
			state := tfsdk.State{Schema: schema.Schema}
			state.Set(ctx, model)
		}
	})
	b.Run("StateGet", func(b *testing.B) {
		for b.Loop() {
			var got usersModel
			state.Get(ctx, &got)
		}
	})
	b.Run("Compare", func(b *testing.B) {
		for b.Loop() {
			compareUsers(users, users)
		}
	})
}
