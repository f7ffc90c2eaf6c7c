package rocketchat_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"
	"github.com/hashicorp/terraform-plugin-testing/tfversion"

	"github.com/chattenant/terraform-provider-chat/internal/acctest"
	"github.com/chattenant/terraform-provider-chat/internal/mock/control"
	mock "github.com/chattenant/terraform-provider-chat/internal/mock/rocketchat"
)

const (
	visitorType = "chat_rocketchat_visitor"
	annName     = "chat_rocketchat_visitor.ann"
)

// annBlock is a visitor in HCL, with some of it replaced.
func annBlock(replacements ...string) string {
	return strings.NewReplacer(replacements...).Replace(`
resource "chat_rocketchat_visitor" "ann" {
  name       = "Ann"
  email      = "Ann@Example.com"
  phone      = "+1 555 0100"
  department = "Support"
  custom_fields = {
    company = "Acme"
    tier    = "gold"
  }
}
`)
}

// ann is the same for the protocol.
func ann() acctest.Object {
	return acctest.Object{
		"name": "Ann", "email": "Ann@Example.com", "phone": "+1 555 0100", "department": "Support",
		"custom_fields": acctest.Object{"company": "Acme", "tier": "gold"},
	}
}

// changeAnn is what the widget of the visitor with the token ann-1 sends.
func (e tenant) changeAnn(t *testing.T, fields map[string]any) {
	t.Helper()
	fields["token"] = "ann-1"
	e.edit(t, "POST /visitor", map[string]any{"visitor": fields})
}

func TestVisitor_life(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	config := e.Provider() + annBlock()
	known := e.Provider() + annBlock("name ", "token = \"ann-1\"\nname ")
	replaced := expect(annName, plancheck.ResourceActionReplace)
	acctest.Run(t, resource.TestCase{
		Steps: []resource.TestStep{
			{
				Config: config,
				ConfigStateChecks: []statecheck.StateCheck{
					statecheck.ExpectKnownValue(annName, tfjsonpath.New("username"), knownvalue.StringExact("guest-1")),
					statecheck.ExpectKnownValue(annName, tfjsonpath.New("email"), knownvalue.StringExact("Ann@Example.com")),
					statecheck.ExpectKnownValue(annName, tfjsonpath.New("department"), knownvalue.StringExact("Support")),
					statecheck.ExpectKnownValue(annName, tfjsonpath.New("department_id"), knownvalue.StringExact(mock.SupportID)),
					statecheck.ExpectSensitiveValue(annName, tfjsonpath.New("token")),
				},
				Check: func(state *terraform.State) error {
					visitor := e.visitor(t, "Ann")
					if visitor.ID != state.RootModule().Resources[annName].Primary.ID || visitor.Email != "ann@example.com" ||
						visitor.DepartmentID != mock.SupportID || !reflect.DeepEqual(visitor.CustomFields, map[string]string{"company": "Acme", "tier": "gold"}) {
						return fmt.Errorf("the server has %+v", visitor)
					}
					return nil
				},
			},
			{Config: config, PlanOnly: true},
			{Config: e.Provider() + annBlock("Ann@", "ANN@"), ConfigPlanChecks: expect(annName, plancheck.ResourceActionUpdate)},
			{Config: e.Provider() + annBlock("\"Ann\"", "\"Anna\"", "Acme", "Initech"), ConfigPlanChecks: expect(annName, plancheck.ResourceActionUpdate)},
			{Config: e.Provider() + annBlock("Support", "Sales"), ConfigPlanChecks: expect(annName, plancheck.ResourceActionUpdate),
				ConfigStateChecks: []statecheck.StateCheck{
					statecheck.ExpectKnownValue(annName, tfjsonpath.New("department_id"), knownvalue.StringExact(mock.SalesID)),
				}},
			{Config: config},

			// Each removal replaces, and so does another token.
			{Config: e.Provider() + annBlock(`name       = "Ann"`, ""), ConfigPlanChecks: replaced},
			{Config: config, ConfigPlanChecks: expect(annName, plancheck.ResourceActionUpdate)},
			{Config: e.Provider() + annBlock(`email      = "Ann@Example.com"`, ""), ConfigPlanChecks: replaced},
			{Config: config},
			{Config: e.Provider() + annBlock(`phone      = "+1 555 0100"`, ""), ConfigPlanChecks: replaced},
			{Config: config},
			{Config: e.Provider() + annBlock(`department = "Support"`, ""), ConfigPlanChecks: replaced,
				ConfigStateChecks: []statecheck.StateCheck{
					statecheck.ExpectKnownValue(annName, tfjsonpath.New("department_id"), knownvalue.Null()),
				}},
			{Config: config},
			{Config: e.Provider() + annBlock(`tier    = "gold"`, ""), ConfigPlanChecks: replaced},
			{Config: config},
			{Config: known, ConfigPlanChecks: replaced},
			{Config: e.Provider() + annBlock(`name `, "token = \"ann-1\"\nusername = \"ann\"\nname "), ConfigPlanChecks: replaced},
			{Config: config},

			// Each drift is seen, and set right.
			{Config: known},
			{PreConfig: func() { e.changeAnn(t, map[string]any{"name": "Eve"}) }, Config: known, ConfigPlanChecks: expect(annName, plancheck.ResourceActionUpdate)},
			{PreConfig: func() { e.changeAnn(t, map[string]any{"email": "eve@example.com"}) }, Config: known, ConfigPlanChecks: expect(annName, plancheck.ResourceActionUpdate)},
			{PreConfig: func() { e.changeAnn(t, map[string]any{"phone": "1"}) }, Config: known, ConfigPlanChecks: expect(annName, plancheck.ResourceActionUpdate)},
			{PreConfig: func() { e.changeAnn(t, map[string]any{"department": "Sales"}) }, Config: known, ConfigPlanChecks: expect(annName, plancheck.ResourceActionUpdate)},
			{
				PreConfig: func() {
					e.changeAnn(t, map[string]any{"customFields": []any{map[string]any{"key": "tier", "value": "silver", "overwrite": true}}})
				},
				Config: known, ConfigPlanChecks: expect(annName, plancheck.ResourceActionUpdate),
			},
			{
				PreConfig: func() { e.edit(t, "DELETE /visitor/ann-1", nil) },
				Config:    known, ConfigPlanChecks: expect(annName, plancheck.ResourceActionCreate),
			},
		},
		CheckDestroy: func(*terraform.State) error {
			if left := e.visitors(); len(left) > 0 {
				return fmt.Errorf("visitors are left: %+v", left)
			}
			return nil
		},
	})
}

// What the configuration does not set belongs to the visitor: no plan shows it,
// and no refresh takes it into the state.
func TestVisitor_leavesAloneWhatIsNotConfigured(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	config := e.Provider() + `
resource "chat_rocketchat_visitor" "ann" {
  token         = "ann-1"
  email         = "ann@example.com"
  custom_fields = { company = "Acme" }
}
`
	acctest.Run(t, resource.TestCase{Steps: []resource.TestStep{
		{Config: config},
		{
			PreConfig: func() {
				e.changeAnn(t, map[string]any{"name": "Ann herself", "phone": "7", "department": "Sales",
					"customFields": []any{map[string]any{"key": "tier", "value": "gold", "overwrite": true}}})
			},
			Config: config, PlanOnly: true,
		},
		{Config: config, ConfigStateChecks: []statecheck.StateCheck{
			statecheck.ExpectKnownValue(annName, tfjsonpath.New("name"), knownvalue.Null()),
			statecheck.ExpectKnownValue(annName, tfjsonpath.New("department"), knownvalue.Null()),
			statecheck.ExpectKnownValue(annName, tfjsonpath.New("custom_fields"), knownvalue.MapSizeExact(1)),
		}},
	}})
}

// The plan says why the visitor is replaced and what that costs.
func TestVisitor_planWarnsOfReplacement(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	w := e.workspace(t, annBlock())
	apply(w, 1)
	for attribute, removed := range map[string]string{
		"phone":                      `phone      = "+1 555 0100"`,
		"the custom field tier":      `tier    = "gold"`,
		"department":                 `department = "Support"`,
		"email":                      `email      = "Ann@Example.com"`,
		"the custom field company, ": "custom_fields = {\n    company = \"Acme\"\n    tier    = \"gold\"\n  }",
	} {
		w.Write("main.tf", acctest.RequiredProviders+e.Provider()+annBlock(removed, ""))
		plan := w.Must("plan", "-no-color", "-input=false")
		for _, want := range []string{
			"The visitor is replaced, because Rocket.Chat can't clear " + attribute,
			"this plan deletes the visitor, with all its rooms, messages and files, and creates another",
			"must be replaced", "# forces replacement",
		} {
			if !says(strings.TrimSpace(want)).MatchString(plan) {
				t.Errorf("without %s the plan lacks %q:\n%s", attribute, want, plan)
			}
		}
	}
}

func TestVisitor_import(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	id := e.addVisitor(t, "ann-1", map[string]any{"name": "Ann", "email": "ann@example.com", "phone": "7", "department": "Support",
		"customFields": []any{map[string]any{"key": "tier", "value": "gold", "overwrite": true}}})
	want := acctest.Object{
		"id": id, "token": "ann-1", "username": "guest-1", "name": "Ann", "email": "ann@example.com", "phone": "7",
		"department": mock.SupportID, "department_id": mock.SupportID, "custom_fields": acctest.Object{"tier": "gold"},
		"adopt_existing": nil, "force_close_rooms": nil, "timeouts": nil,
	}
	identity := acctest.Object{"id": id}

	byToken := e.VisitorProtocol(t).Import(t.Context(), visitorType, "ann-1", nil)
	if !reflect.DeepEqual(byToken.State, want) || !reflect.DeepEqual(byToken.Identity, identity) || byToken.Problems != nil {
		t.Errorf("the import by token gave %v %v %q", byToken.State, byToken.Identity, byToken.Problems)
	}
	e.wantCalls(t, "GET /visitor/:token")

	// Without a room nothing tells the token of a visitor.
	for _, spelling := range []string{id, ""} {
		onlyProblem(t, e.Protocol(t).Import(t.Context(), visitorType, spelling, identity).Problems, "ERROR No room tells the token of the visitor")
	}
	onlyProblem(t, e.VisitorProtocol(t).Import(t.Context(), visitorType, "", identity).Problems,
		"ERROR An import of a visitor without the visitor's token needs an administrator", "ROCKETCHAT_AUTH_TOKEN", "ROCKETCHAT_USER_ID")

	// A room tells it, open or closed.
	room := e.openRoom(t, "ann-1")
	for range 2 {
		for _, spelling := range []string{id, "", "ann-1"} {
			imported := e.Protocol(t).Import(t.Context(), visitorType, spelling, identity)
			if !reflect.DeepEqual(imported.State, want) || !reflect.DeepEqual(imported.Identity, identity) || imported.Problems != nil {
				t.Errorf("the import of %q gave %v %v %q", spelling, imported.State, imported.Identity, imported.Problems)
			}
		}
		e.Edit(t, "POST", base+"/room.closeByUser", map[string]any{"rid": room})
		room = e.openRoom(t, "ann-1")
	}
	if n := e.opening(); n > 0 {
		t.Errorf("the imports opened %d rooms", n)
	}
	unknown := e.VisitorProtocol(t).Import(t.Context(), visitorType, "nobody", nil)
	onlyProblem(t, unknown.Problems, "ERROR No visitor has the token to import", "an import by id needs an administrator", "ROCKETCHAT_AUTH_TOKEN")
	if mentions(unknown.Problems, "nobody") {
		t.Errorf("an import repeats the token: %q", unknown.Problems)
	}
}

// What a visitor has whom Terraform only imported was not set by Terraform: no
// plan takes it away, least of all with the visitor.
func TestVisitor_importedValuesAreNotTakenAway(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	id := e.addVisitor(t, "ann-1", map[string]any{"name": "Ann", "phone": "7", "email": "ann@example.com"})
	p := e.Protocol(t)
	imported := p.Import(t.Context(), visitorType, "ann-1", nil)
	config := acctest.Object{"token": "ann-1", "name": "Ann"}
	if planned := p.Plan(t.Context(), visitorType, config, &imported); len(planned.Problems) != 2 || len(planned.Replaces) > 0 ||
		!mentions(planned.Problems, "WARNING The visitor keeps email") || !mentions(planned.Problems, "WARNING The visitor keeps phone") {
		t.Errorf("the plan replaces for %q and says %q", planned.Replaces, planned.Problems)
	}
	changed := p.Apply(t.Context(), visitorType, config, &imported)
	if changed.Problems != nil || text(changed.State, "id") != id || changed.State["phone"] != nil {
		t.Fatalf("%v %q", changed.State, changed.Problems)
	}
	if read := p.Refresh(t.Context(), visitorType, changed); !reflect.DeepEqual(read.State, changed.State) {
		t.Errorf("the refresh left %v", read.State)
	}
	// From here on the name is Terraform's.
	replaced := p.Apply(t.Context(), visitorType, acctest.Object{"token": "ann-1"}, &changed)
	if !mentions(replaced.Problems, "Rocket.Chat can't clear name") && replaced.Problems == nil {
		t.Logf("the harness applies a replacement as an update: %v", replaced.State)
	}
}

func TestVisitor_identity(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	acctest.Run(t, resource.TestCase{
		TerraformVersionChecks: []tfversion.TerraformVersionCheck{tfversion.SkipBelow(tfversion.Version1_12_0)},
		Steps: []resource.TestStep{
			{
				Config: e.Provider() + annBlock(),
				ConfigStateChecks: []statecheck.StateCheck{
					statecheck.ExpectIdentityValueMatchesState(annName, tfjsonpath.New("id")),
				},
			},
			{ResourceName: annName, ImportState: true, ImportStateKind: resource.ImportBlockWithResourceIdentity},
		},
	})
}

// Each operation is one request, and what changes nothing is none.
func TestVisitor_calls(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	p := e.Protocol(t)
	visitor := p.Apply(t.Context(), visitorType, ann(), nil)
	if visitor.Problems != nil || len(text(visitor.State, "token")) < 32 || !reflect.DeepEqual(visitor.Identity, acctest.Object{"id": visitor.State["id"]}) {
		t.Fatalf("%v %v %q", visitor.State, visitor.Identity, visitor.Problems)
	}
	want := `{"visitor":{"customFields":[{"key":"company","overwrite":true,"value":"Acme"},{"key":"tier","overwrite":true,"value":"gold"}],` +
		`"department":"Support","email":"Ann@Example.com","id":"` + text(visitor.State, "id") + `","name":"Ann","phone":"+1 555 0100","token":"<hidden>"}}`
	if got := strings.ReplaceAll(e.body(t, "POST", "/visitor"), `\u003chidden\u003e`, "<hidden>"); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	e.wantCalls(t, "POST /visitor")

	read := p.Refresh(t.Context(), visitorType, visitor)
	if !reflect.DeepEqual(read.State, visitor.State) {
		t.Errorf("the refresh changed the state from %v to %v", visitor.State, read.State)
	}
	e.wantCalls(t, "GET /visitor/:token")

	changed := p.Apply(t.Context(), visitorType, with(ann(), acctest.Object{"name": "Anna"}), &read)
	if changed.Problems != nil || changed.State["token"] != visitor.State["token"] || e.visitor(t, "Anna").ID != visitor.State["id"] {
		t.Errorf("%v %q", changed.State, changed.Problems)
	}
	e.wantCalls(t, "POST /visitor")

	changed = p.Apply(t.Context(), visitorType, with(ann(), acctest.Object{"name": "Anna", "force_close_rooms": true, "adopt_existing": true}), &changed)
	if changed.Problems != nil || changed.State["force_close_rooms"] != true {
		t.Errorf("%v %q", changed.State, changed.Problems)
	}
	e.wantCalls(t)

	if gone := p.Apply(t.Context(), visitorType, nil, &changed); gone.Problems != nil || len(e.visitors()) > 0 {
		t.Errorf("%q, and the server has %v", gone.Problems, e.visitors())
	}
	e.wantCalls(t, "DELETE /visitor/:token")
	if again := p.Apply(t.Context(), visitorType, nil, &changed); again.Problems != nil {
		t.Errorf("the destroy of what is gone says %q", again.Problems)
	}
}

// A token that somebody chose may be somebody's: it is looked up before anything
// is changed.
func TestVisitor_tokenThatIsTaken(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	id := e.addVisitor(t, "bob-1", map[string]any{"name": "Bob"})
	refused := e.Protocol(t).Apply(t.Context(), visitorType, with(ann(), acctest.Object{"token": "bob-1"}), nil)
	onlyProblem(t, refused.Problems, `ERROR Can't create Rocket.Chat visitor "Ann"`, "A visitor with this token exists already", "visitor "+id, "adopt_existing = true",
		"terraform import chat_rocketchat_visitor.<name> '<token>'")
	if refused.State != nil || mentions(refused.Problems, "bob-1") {
		t.Errorf("the state is %v, the problems %q", refused.State, refused.Problems)
	}
	e.wantCalls(t, "GET /visitor/:token")
	if bob := e.visitor(t, "Bob"); bob.Email != "" {
		t.Errorf("Bob was changed: %+v", bob)
	}

	adopted := e.Protocol(t).Apply(t.Context(), visitorType, with(ann(), acctest.Object{"token": "bob-1", "adopt_existing": true}), nil)
	if adopted.Problems != nil || text(adopted.State, "id") != id || len(e.visitors()) != 1 {
		t.Errorf("%v %q %v", adopted.State, adopted.Problems, e.visitors())
	}
	e.wantCalls(t, "GET /visitor/:token", "POST /visitor")
}

// A registration that meets another visitor is an error that names it, and takes
// nothing over, unless that was asked for.
func TestVisitor_merge(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		bob   map[string]any
		token any
		want  []string
	}{
		"same address, chosen token": {map[string]any{"email": "ann@example.com"}, "ann-1", []string{"or e-mail address", "import it by the token", "adopt_existing = true"}},
		"same address, random token": {map[string]any{"email": "ann@example.com"}, nil, []string{"or e-mail address", "one that nobody knows", "adopt_existing = true"}},
		"same number":                {map[string]any{"phone": "+1 555 0100"}, "ann-1", []string{"the same phone number and kept a token of its own", "Choose a phone number that no other visitor has", "remove token"}},
		"same number, random token":  {map[string]any{"phone": "+1 555 0100"}, nil, []string{"kept a token of its own", "adopt_existing = true and apply again"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e, catchUp := startOldTenant(t)
			id := e.addVisitor(t, "bob-1", test.bob)
			catchUp()
			merged := e.Protocol(t).Apply(t.Context(), visitorType, with(ann(), acctest.Object{"token": test.token}), nil)
			onlyProblem(t, merged.Problems, append([]string{`ERROR Can't create Rocket.Chat visitor "Ann"`, "visitor " + id}, test.want...)...)
			if merged.State != nil || len(e.visitors()) != 1 || mentions(merged.Problems, "bob-1") || mentions(merged.Problems, "ann-1") {
				t.Errorf("the state is %v, the server has %+v, the problems are %q", merged.State, e.visitors(), merged.Problems)
			}

			adopted := e.Protocol(t).Apply(t.Context(), visitorType, with(ann(), acctest.Object{"token": test.token, "adopt_existing": true}), nil)
			if test.bob["phone"] != nil && test.token != nil {
				onlyProblem(t, adopted.Problems, "ERROR", "kept a token of its own", "remove token")
				adopted = e.Protocol(t).Apply(t.Context(), visitorType, with(ann(), acctest.Object{"adopt_existing": true}), nil)
			}
			if adopted.Problems != nil || text(adopted.State, "id") != id {
				t.Fatalf("%v %q", adopted.State, adopted.Problems)
			}
			p := e.Protocol(t)
			if read := p.Refresh(t.Context(), visitorType, adopted); !reflect.DeepEqual(read.State, adopted.State) {
				t.Errorf("the refresh left %v of %v", read.State, adopted.State)
			}
			if gone := p.Apply(t.Context(), visitorType, nil, &adopted); gone.Problems != nil || len(e.visitors()) > 0 {
				t.Errorf("%q %v", gone.Problems, e.visitors())
			}
		})
	}
}

// Two visitors of one run with one address would become one visitor: the second
// is not sent.
func TestVisitor_sameAddressInOneRun(t *testing.T) {
	t.Parallel()
	for _, attribute := range []string{"email", "phone"} {
		e := startTenant(t)
		p := e.Protocol(t)
		first := p.Apply(t.Context(), visitorType, acctest.Object{"name": "Ann", attribute: ann()[attribute]}, nil)
		second := p.Apply(t.Context(), visitorType, acctest.Object{"name": "Bob", "adopt_existing": true, attribute: strings.ToLower(text(ann(), attribute))}, nil)
		onlyProblem(t, second.Problems, "ERROR Two visitors have the same "+attribute, "Rocket.Chat knows visitors by it")
		e.wantCalls(t, "POST /visitor")

		// A replacement gives the address back.
		p.Apply(t.Context(), visitorType, nil, &first)
		if again := p.Apply(t.Context(), visitorType, acctest.Object{"name": "Bob", attribute: ann()[attribute]}, nil); again.Problems != nil {
			t.Error(again.Problems)
		}
	}
}

// Somebody who registers with the address takes the token away.
func TestVisitor_tokenTakenAway(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	visitor := e.Protocol(t).Apply(t.Context(), visitorType, ann(), nil)
	id := text(visitor.State, "id")
	e.addVisitor(t, "thief", map[string]any{"email": "ann@example.com"})
	gone := e.Protocol(t).Refresh(t.Context(), visitorType, visitor)
	onlyWarning(t, gone.Problems, "Rocket.Chat visitor "+id+` "Ann" no longer exists`, "somebody registered with its e-mail address")
	if gone.State != nil {
		t.Errorf("it stays in the state: %v", gone.State)
	}
}

// Somebody else's visitor may be a moment old. The id that each new visitor is
// given tells, once the server has shown that it takes ids.
func TestVisitor_mergeWithAYoungOne(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	p := e.Protocol(t)
	if first := p.Apply(t.Context(), visitorType, acctest.Object{"name": "Cid"}, nil); first.Problems != nil {
		t.Fatal(first.Problems)
	}
	id := e.addVisitor(t, "bob-1", map[string]any{"email": "ann@example.com"})
	merged := p.Apply(t.Context(), visitorType, ann(), nil)
	onlyProblem(t, merged.Problems, `ERROR Can't create Rocket.Chat visitor "Ann"`, "visitor "+id, "adopt_existing = true")
	if merged.State != nil {
		t.Errorf("the state is %v", merged.State)
	}
}

// A token may become another visitor's, when the first one is deleted.
func TestVisitor_anotherOneWithTheToken(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	config := with(ann(), acctest.Object{"token": "ann-1"})
	visitor := e.Protocol(t).Apply(t.Context(), visitorType, config, nil)
	e.edit(t, "DELETE /visitor/ann-1", nil)
	other := e.addVisitor(t, "ann-1", nil)
	gone := e.Protocol(t).Refresh(t.Context(), visitorType, visitor)
	onlyWarning(t, gone.Problems, "no longer exists", "Its token is that of visitor "+other+" now")
	if gone.State != nil {
		t.Errorf("it stays in the state: %v", gone.State)
	}
	updated := e.Protocol(t).Apply(t.Context(), visitorType, with(config, acctest.Object{"name": "Anna"}), &visitor)
	onlyProblem(t, updated.Problems, "ERROR Can't update Rocket.Chat visitor", "instead of visitor "+text(visitor.State, "id"), "refresh, and apply again")
}

// Rocket.Chat drops what it does not know, or shows to nobody, without a word.
func TestVisitor_droppedCustomFields(t *testing.T) {
	t.Parallel()
	for field, name := range map[string]string{"unknown": "unknown", "hidden": mock.HiddenField, "of rooms": mock.OrderField} {
		t.Run(field, func(t *testing.T) {
			t.Parallel()
			e := startTenant(t)
			p := e.Protocol(t)
			config := with(ann(), acctest.Object{"custom_fields": acctest.Object{"tier": "gold", name: "7"}})
			visitor := p.Apply(t.Context(), visitorType, config, nil)
			onlyProblem(t, visitor.Problems, "ERROR Rocket.Chat dropped custom fields", "was stored without "+name, "chat_rocketchat_custom_field")
			if len(e.visitors()) != 1 || text(visitor.State, "id") != e.visitors()[0].ID {
				t.Errorf("the visitor is not in the state: %v", visitor.State)
			}

			visitor = p.Apply(t.Context(), visitorType, ann(), nil)
			onlyProblem(t, visitor.Problems, "ERROR Two visitors have the same email")
			p = e.Protocol(t)
			other := p.Apply(t.Context(), visitorType, acctest.Object{"name": "Bob"}, nil)
			changed := p.Apply(t.Context(), visitorType, acctest.Object{"name": "Bob", "custom_fields": acctest.Object{name: "7"}}, &other)
			onlyProblem(t, changed.Problems, "ERROR Rocket.Chat dropped custom fields")
			if len(changed.State["custom_fields"].(acctest.Object)) != 0 {
				t.Errorf("the state says %v", changed.State)
			}
		})
	}
}

// The server registers a visitor before it looks at the fields that it requires.
func TestVisitor_requiredCustomFields(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	e.Settings(t, mock.Settings{RequiredFields: []string{"company"}})
	config := with(ann(), acctest.Object{"custom_fields": acctest.Object{"tier": "gold"}})
	visitor := e.Protocol(t).Apply(t.Context(), visitorType, config, nil)
	onlyProblem(t, visitor.Problems, "ERROR Can't finish creating Rocket.Chat visitor", "Missing required custom fields: company")
	if len(e.visitors()) != 1 || text(visitor.State, "id") != e.visitors()[0].ID {
		t.Errorf("the visitor is not in the state: %v", visitor.State)
	}
}

func TestVisitor_unknownDepartment(t *testing.T) {
	t.Parallel()
	for _, settings := range versions {
		e := startTenant(t)
		e.Settings(t, settings)
		acctest.Run(t, resource.TestCase{Steps: []resource.TestStep{
			{Config: e.Provider() + annBlock("Support", "Nowhere"), ExpectError: says(`department = "Nowhere"`)},
		}})
		if len(e.visitors()) > 0 {
			t.Errorf("the server has %v", e.visitors())
		}
	}
}

// An open room keeps a visitor from being deleted, unless it may be closed.
func TestVisitor_destroyWithOpenRooms(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	p := e.Protocol(t)
	visitor := p.Apply(t.Context(), visitorType, with(ann(), acctest.Object{"token": "ann-1"}), nil)
	room := e.openRoom(t, "ann-1")
	refused := p.Apply(t.Context(), visitorType, nil, &visitor)
	onlyProblem(t, refused.Problems, "ERROR Can't delete Rocket.Chat visitor", "Cannot remove visitors with opened rooms", "force_close_rooms = true", "Nothing was deleted")
	if !reflect.DeepEqual(refused.State, visitor.State) || len(e.openRooms()) != 1 {
		t.Errorf("the state is %v, the open rooms are %v", refused.State, e.openRooms())
	}

	forced := p.Apply(t.Context(), visitorType, with(ann(), acctest.Object{"token": "ann-1", "force_close_rooms": true}), &visitor)
	e.ResetRequests()
	gone := p.Apply(t.Context(), visitorType, nil, &forced)
	if gone.Problems != nil || len(e.visitors()) > 0 || e.Snapshot().Room(room) != nil {
		t.Errorf("%q, and the server has %v %v", gone.Problems, e.visitors(), e.Snapshot().Room(room))
	}
	e.wantCalls(t, "DELETE /visitor/:token", "GET /config?token=<hidden>", "POST /room.close", "DELETE /visitor/:token")
}

// Where the server does not let visitors close rooms, an administrator does.
func TestVisitor_forcedDestroyByTheAdministrator(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	config := with(ann(), acctest.Object{"token": "ann-1", "force_close_rooms": true})
	visitor := e.Protocol(t).Apply(t.Context(), visitorType, config, nil)
	room := e.openRoom(t, "ann-1")
	e.Settings(t, mock.Settings{VisitorsMayNotClose: true})
	refused := e.VisitorProtocol(t).Apply(t.Context(), visitorType, nil, &visitor)
	onlyProblem(t, refused.Problems, "ERROR Can't delete Rocket.Chat visitor", "Omnichannel_allow_visitors_to_close_conversation")
	if gone := e.Protocol(t).Apply(t.Context(), visitorType, nil, &visitor); gone.Problems != nil || e.Snapshot().Room(room) != nil {
		t.Errorf("%q, and the room is %v", gone.Problems, e.Snapshot().Room(room))
	}

	// With the server's own switch, visitors are deleted with their open rooms.
	e.Settings(t, mock.Settings{DeleteWithOpenRooms: true})
	visitor = e.Protocol(t).Apply(t.Context(), visitorType, with(ann(), acctest.Object{"token": "ann-2"}), nil)
	e.openRoom(t, "ann-2")
	if gone := e.VisitorProtocol(t).Apply(t.Context(), visitorType, nil, &visitor); gone.Problems != nil || len(e.openRooms()) > 0 {
		t.Errorf("%q, and the rooms are %v", gone.Problems, e.openRooms())
	}
}

func TestVisitor_badInput(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	var steps []resource.TestStep
	for _, bad := range []struct{ old, replacement, want string }{
		{"\"Ann\"", "\"\"", "Attribute name string length must be at least 1, got: 0"},
		{"\"Ann\"", "\" Ann\"", `" Ann" begins or ends with a space.`},
		{"Ann@Example.com", "ann", "Attribute email must be an e-mail address such as ann@example.com, without spaces"},
		{"Ann@Example.com", " ann@example.com", `" ann@example.com" begins or ends with a space.`},
		{"+1 555 0100", "", "Attribute phone string length must be at least 1, got: 0"},
		{"Support", "", "Attribute department string length must be at least 1, got: 0"},
		{"\"gold\"", "\"\"", "Attribute custom_fields[\"tier\"] string length must be at least 1, got: 0"},
		{"\"gold\"", "null", "Null Map Value"},
		{"name ", "token = \"\"\nname ", "Attribute token string length must be at least 1, got: 0"},
		{"name ", "token = \"..\"\nname ", `Attribute token value must be none of: ["." ".."], got: ".."`},
		{"name ", "username = \"\"\nname ", "Attribute username string length must be at least 1, got: 0"},
	} {
		steps = append(steps, resource.TestStep{Config: e.Provider() + annBlock(bad.old, bad.replacement), PlanOnly: true, ExpectError: says(bad.want)})
	}
	acctest.Run(t, resource.TestCase{Steps: steps})
	e.wantCalls(t)
}

// A registration may be repeated: the token tells whether it was carried out.
func TestVisitor_createFaults(t *testing.T) {
	t.Parallel()
	for _, fault := range faults {
		t.Run(fault.name, func(t *testing.T) {
			t.Parallel()
			e := startTenant(t)
			p := e.Protocol(t)
			e.Faults(t, fault.on("POST", "/visitor$"))
			visitor := p.Apply(t.Context(), visitorType, ann(), nil)
			committed := len(e.visitors()) > 0
			switch {
			case committed && text(visitor.State, "id") != e.visitors()[0].ID:
				t.Errorf("the server has a visitor, and the state says %v, %q", visitor.State, visitor.Problems)
			case committed && visitor.Problems != nil:
				t.Errorf("it is there, and all the same %q", visitor.Problems)
			case !committed && fault.want == "cannot be read":
				onlyProblem(t, visitor.Problems, "ERROR Can't create", "it is not there so far", "Its token is kept in the state")
			case !committed:
				onlyProblem(t, visitor.Problems, "ERROR Can't create Rocket.Chat visitor \"Ann\"", fault.want)
			}
			if committed {
				return
			}
			// What is in the state without an id is looked for, and then forgotten.
			if visitor.State != nil {
				gone := p.Refresh(t.Context(), visitorType, visitor)
				onlyWarning(t, gone.Problems, `Rocket.Chat visitor "Ann" no longer exists`)
			}
			if again := p.Apply(t.Context(), visitorType, ann(), nil); again.Problems != nil || len(e.visitors()) != 1 {
				t.Errorf("the next apply says %q", again.Problems)
			}
		})
	}
}

// Nothing is lost when the server is gone at the very moment of the answer: the
// token is in the state, and the next apply finds the visitor.
func TestVisitor_outcomeUnknown(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	e.Faults(t, control.FaultRule{Method: "POST", Path: "/visitor$", Drop: "after"}, control.FaultRule{Method: "GET", Path: "/visitor/", Status: 503})
	lost := e.Protocol(t).Apply(t.Context(), visitorType, ann(), nil)
	onlyProblem(t, lost.Problems, "ERROR Can't create", "It is not known whether Rocket.Chat created a visitor", "Its token is kept in the state, and the resource is tainted")
	if text(lost.State, "token") == "" || mentions(lost.Problems, text(lost.State, "token")) {
		t.Fatalf("the state is %v, the problems %q", lost.State, lost.Problems)
	}
	e.Faults(t)
	p := e.Protocol(t)
	found := p.Refresh(t.Context(), visitorType, lost)
	if found.Problems != nil || text(found.State, "id") != e.visitor(t, "Ann").ID || !reflect.DeepEqual(found.Identity, acctest.Object{"id": found.State["id"]}) {
		t.Errorf("the refresh gave %v %v %q", found.State, found.Identity, found.Problems)
	}
	if gone := p.Apply(t.Context(), visitorType, nil, &lost); gone.Problems != nil || len(e.visitors()) > 0 {
		t.Errorf("%q, and the server has %v", gone.Problems, e.visitors())
	}
}

func TestVisitor_readUpdateAndDeleteFaults(t *testing.T) {
	t.Parallel()
	for _, fault := range faults {
		t.Run(fault.name, func(t *testing.T) {
			t.Parallel()
			e := startTenant(t)
			visitor := e.Protocol(t).Apply(t.Context(), visitorType, ann(), nil)

			e.Faults(t, fault.on("GET", "/visitor/"))
			read := e.Protocol(t).Refresh(t.Context(), visitorType, visitor)
			checkFault(t, fault, read.Problems, "Can't read Rocket.Chat visitor")
			if !reflect.DeepEqual(read.State, visitor.State) {
				t.Errorf("the refresh left %v", read.State)
			}

			p := e.Protocol(t)
			e.Faults(t, fault.on("POST", "/visitor$"))
			config := with(ann(), acctest.Object{"name": "Anna"})
			updated := p.Apply(t.Context(), visitorType, config, &visitor)
			checkFault(t, fault, updated.Problems, "Can't update Rocket.Chat visitor")
			e.Faults(t)
			refreshed := p.Refresh(t.Context(), visitorType, updated)
			if healed := p.Apply(t.Context(), visitorType, config, &refreshed); healed.Problems != nil || e.visitor(t, "Anna").ID != visitor.State["id"] {
				t.Errorf("the next apply says %q", healed.Problems)
			}

			e.Faults(t, fault.on("DELETE", "/visitor/"))
			deleted := p.Apply(t.Context(), visitorType, nil, &visitor)
			if left := len(e.visitors()) > 0; left && deleted.State == nil {
				t.Errorf("the destroy claims to be done, and the visitor is left: %q", deleted.Problems)
			} else if left && deleted.Problems == nil {
				t.Error("the visitor is left, and nobody says why")
			}
			if again := p.Apply(t.Context(), visitorType, nil, &visitor); again.Problems != nil || len(e.visitors()) > 0 {
				t.Errorf("the next destroy says %q", again.Problems)
			}
		})
	}
}

// A visitor that a resource of another address has adopted, or a replacement with
// create_before_destroy, is not deleted with the old resource in the same run.
func TestVisitor_adoptedInOneRun(t *testing.T) {
	t.Parallel()
	for name, token := range map[string]any{"by its token": "ann-1", "by its address": nil} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := startTenant(t)
			config := with(ann(), acctest.Object{"token": token, "adopt_existing": true})
			old := e.Protocol(t).Apply(t.Context(), visitorType, config, nil)
			run := e.Protocol(t)
			adopted := run.Apply(t.Context(), visitorType, config, nil)
			if old.Problems != nil || adopted.Problems != nil || text(adopted.State, "id") != text(old.State, "id") {
				t.Fatalf("%q, %q: %v was adopted in place of %v", old.Problems, adopted.Problems, adopted.State, old.State)
			}
			gone := run.Apply(t.Context(), visitorType, nil, &old)
			onlyProblem(t, gone.Problems, "WARNING Rocket.Chat visitor "+text(old.State, "id"), "stays", "was to be deleted")
			if gone.State != nil || len(e.visitors()) != 1 {
				t.Errorf("the state of the old one is %v, and there are %v", gone.State, e.visitors())
			}
			if last := e.Protocol(t).Apply(t.Context(), visitorType, nil, &adopted); last.Problems != nil || len(e.visitors()) > 0 {
				t.Errorf("a later destroy left %v: %q", e.visitors(), last.Problems)
			}
		})
	}
}

// A resource that gets another address is created before the old one is destroyed,
// if Terraform likes. That meets the visitor of the old one, and gives it another
// token, by which the old one is destroyed then: nothing is left that no state has.
func TestVisitor_metByItsSuccessor(t *testing.T) {
	t.Parallel()
	e, catchUp := startOldTenant(t)
	config := acctest.Object{"name": "Ann", "email": "ann@example.com"}
	old := e.Protocol(t).Apply(t.Context(), visitorType, config, nil)
	catchUp()
	run := e.Protocol(t)
	met := run.Apply(t.Context(), visitorType, config, nil)
	onlyProblem(t, met.Problems, "ERROR Can't create Rocket.Chat visitor", "visitor "+text(old.State, "id"), "adopt_existing = true")
	if gone := run.Apply(t.Context(), visitorType, nil, &old); gone.Problems != nil || gone.State != nil || len(e.visitors()) > 0 {
		t.Errorf("the old one is %v: %q; the server has %v", gone.State, gone.Problems, e.visitors())
	}
	if again := e.Protocol(t).Apply(t.Context(), visitorType, config, nil); again.Problems != nil {
		t.Errorf("the next apply: %q", again.Problems)
	}
}
