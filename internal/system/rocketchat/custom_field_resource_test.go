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
	customFieldType = "chat_rocketchat_custom_field"
	customFieldName = "chat_rocketchat_custom_field.priority"
)

// priorityBlock is a custom field in HCL, with some of it replaced.
func priorityBlock(replacements ...string) string {
	return strings.NewReplacer(replacements...).Replace(`
resource "chat_rocketchat_custom_field" "priority" {
  field   = "priority"
  label   = "Priority"
  scope   = "visitor"
  type    = "select"
  options = ["low", "high"]
}
`)
}

// priority is the same for the protocol, with what the provider adds.
func priority() acctest.Object {
	return acctest.Object{
		"field": "priority", "label": "Priority", "scope": "visitor", "type": "select", "options": []string{"low", "high"},
		"visibility": "visible", "default_value": "", "regexp": "", "required": false, "searchable": false, "public": false,
	}
}

func TestCustomField_life(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	e.Settings(t, mock.Settings{Missing: "absent"})
	config := e.Provider() + priorityBlock()
	updated := expect(customFieldName, plancheck.ResourceActionUpdate)
	change := func(key string, value any) func() {
		return func() {
			fields := map[string]any{"field": "priority", "label": "Priority", "scope": "visitor", "visibility": "visible", "type": "select", "options": "low,high"}
			fields[key] = value
			e.edit(t, "POST /custom-fields.save", map[string]any{"customFieldId": "priority", "customFieldData": fields})
		}
	}
	steps := []resource.TestStep{
		{
			Config: config,
			ConfigStateChecks: []statecheck.StateCheck{
				statecheck.ExpectKnownValue(customFieldName, tfjsonpath.New("id"), knownvalue.StringExact("priority")),
				statecheck.ExpectKnownValue(customFieldName, tfjsonpath.New("visibility"), knownvalue.StringExact("visible")),
				statecheck.ExpectKnownValue(customFieldName, tfjsonpath.New("required"), knownvalue.Bool(false)),
			},
		},
		{Config: config, PlanOnly: true},
		{ResourceName: customFieldName, ImportState: true, ImportStateVerify: true},
		{ResourceName: customFieldName, ImportState: true, ImportStateId: "nowhere", ExpectError: says("Cannot import non-existent remote object")},
		{Config: e.Provider() + priorityBlock("Priority", "How urgent", "type    = \"select\"", "required = true\nsearchable = true\npublic = true\ndefault_value = \"low\"\nregexp = \"^[a-z]+$\"\nvisibility = \"hidden\"",
			"options = [\"low\", \"high\"]", ""), ConfigPlanChecks: updated},
		{Config: config, ConfigPlanChecks: updated},
	}
	for key, value := range map[string]any{
		"label": "x", "visibility": "hidden", "type": "input", "options": "low,middle,high", "defaultValue": "low", "regexp": "x", "required": true, "searchable": true, "public": true,
		"scope": "room", // by hand even the scope can change
	} {
		action := updated
		if key == "scope" {
			action = expect(customFieldName, plancheck.ResourceActionReplace)
		}
		steps = append(steps, resource.TestStep{PreConfig: change(key, value), Config: config, ConfigPlanChecks: action})
	}
	steps = append(steps,
		resource.TestStep{PreConfig: change("options", " low , high "), Config: config, PlanOnly: true},
		resource.TestStep{Config: e.Provider() + priorityBlock("\"visitor\"", "\"room\""), ConfigPlanChecks: expect(customFieldName, plancheck.ResourceActionReplace)},
		resource.TestStep{Config: e.Provider() + priorityBlock("\"priority\"\n", "\"urgency\"\n"), ConfigPlanChecks: expect(customFieldName, plancheck.ResourceActionReplace)},
		resource.TestStep{
			PreConfig: func() { e.edit(t, "POST /custom-fields.delete", map[string]any{"customFieldId": "urgency"}) },
			Config:    config, ConfigPlanChecks: expect(customFieldName, plancheck.ResourceActionCreate),
		},
	)
	acctest.Run(t, resource.TestCase{Steps: steps, CheckDestroy: func(*terraform.State) error {
		if fields := e.Snapshot().CustomFields; len(fields) != 4 {
			return fmt.Errorf("the custom fields are %+v", fields)
		}
		return nil
	}})
}

func TestCustomField_identity(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	acctest.Run(t, resource.TestCase{
		TerraformVersionChecks: []tfversion.TerraformVersionCheck{tfversion.SkipBelow(tfversion.Version1_12_0)},
		Steps: []resource.TestStep{
			{
				Config: e.Provider() + priorityBlock(),
				ConfigStateChecks: []statecheck.StateCheck{
					statecheck.ExpectIdentityValueMatchesState(customFieldName, tfjsonpath.New("field")),
				},
			},
			{ResourceName: customFieldName, ImportState: true, ImportStateKind: resource.ImportBlockWithResourceIdentity},
		},
	})
}

func TestCustomField_calls(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	p := e.Protocol(t)
	field := p.Apply(t.Context(), customFieldType, priority(), nil)
	identity := acctest.Object{"field": "priority"}
	if field.Problems != nil || !reflect.DeepEqual(field.Identity, identity) {
		t.Fatalf("%v %v %q", field.State, field.Identity, field.Problems)
	}
	e.wantCalls(t, "POST /custom-fields.save")
	read := p.Refresh(t.Context(), customFieldType, field)
	if !reflect.DeepEqual(read.State, field.State) {
		t.Errorf("the refresh changed the state from %v to %v", field.State, read.State)
	}
	e.wantCalls(t, "GET /custom-fields/priority")
	changed := p.Apply(t.Context(), customFieldType, with(priority(), acctest.Object{"label": "Urgency"}), &read)
	e.wantCalls(t, "POST /custom-fields.save")
	changed = p.Apply(t.Context(), customFieldType, with(priority(), acctest.Object{"label": "Urgency", "timeouts": acctest.Object{"create": "1m"}}), &changed)
	if changed.Problems != nil {
		t.Error(changed.Problems)
	}
	e.wantCalls(t)
	for _, spelling := range []string{"priority", ""} {
		imported := p.Import(t.Context(), customFieldType, spelling, identity)
		if imported.Problems != nil || text(imported.State, "label") != "Urgency" || !reflect.DeepEqual(imported.Identity, identity) {
			t.Errorf("the import of %q gave %v %v %q", spelling, imported.State, imported.Identity, imported.Problems)
		}
	}
	e.ResetRequests()
	p.Apply(t.Context(), customFieldType, nil, &changed)
	e.wantCalls(t, "POST /custom-fields.delete")
	if again := p.Apply(t.Context(), customFieldType, nil, &changed); again.Problems != nil {
		t.Errorf("the destroy of what is gone says %q", again.Problems)
	}
}

// Definitions are used by visitors of the same run.
func TestCustomField_usedByAVisitor(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	w := e.workspace(t, priorityBlock()+`
resource "chat_rocketchat_visitor" "ann" {
  custom_fields = {
    (chat_rocketchat_custom_field.priority.field) = "high"
  }
}
`)
	apply(w, 10)
	w.MustPlanEmpty()
	if fields := e.visitors()[0].CustomFields; !reflect.DeepEqual(fields, map[string]string{"priority": "high"}) {
		t.Errorf("the visitor has %v", fields)
	}
	destroy(w)
}

func TestCustomField_exists(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	field := e.Protocol(t).Apply(t.Context(), customFieldType, with(priority(), acctest.Object{"field": mock.TierField}), nil)
	onlyProblem(t, field.Problems, `ERROR Can't create Rocket.Chat custom field "tier"`, "exists already", "terraform import chat_rocketchat_custom_field.<name> 'tier'")
	if field.State != nil {
		t.Errorf("the state is %v", field.State)
	}
}

// An older server has no such call.
func TestCustomField_olderServer(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	e.Settings(t, mock.Settings{Version: "older"})
	field := e.Protocol(t).Apply(t.Context(), customFieldType, priority(), nil)
	onlyProblem(t, field.Problems, "ERROR Can't create Rocket.Chat custom field", "it needs Rocket.Chat 7.11.0 or newer")
}

func TestCustomField_badInput(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	var steps []resource.TestStep
	for _, bad := range []struct{ old, replacement, want string }{
		{"\"priority\"\n", "\"how urgent\"\n", "Attribute field must consist of letters, digits, dashes and underscores"},
		{"\"Priority\"", "\"\"", "Attribute label string length must be at least 1, got: 0"},
		{"\"visitor\"", "\"agent\"", `Attribute scope value must be one of: ["visitor" "room"], got: "agent"`},
		{"\"select\"", "\"date\"", `Attribute type value must be one of: ["input" "select"], got: "date"`},
		{"\"select\"", "\"input\"", "Only a field of the type select has options."},
		{"[\"low\", \"high\"]", "[]", "A field of the type select needs at least one option to choose from."},
		{"\"low\"", "\"low,lower\"", "must hold no comma, which is what Rocket.Chat puts between options"},
		{"type ", "visibility = \"shown\"\n  type ", `Attribute visibility value must be one of: ["visible" "hidden"], got: "shown"`},
	} {
		steps = append(steps, resource.TestStep{Config: e.Provider() + priorityBlock(bad.old, bad.replacement), PlanOnly: true, ExpectError: says(bad.want)})
	}
	acctest.Run(t, resource.TestCase{Steps: steps})
	e.wantCalls(t)
}

// A definition is known by its name, so that a creation may be repeated.
func TestCustomField_createFaults(t *testing.T) {
	t.Parallel()
	for _, fault := range faults {
		t.Run(fault.name, func(t *testing.T) {
			t.Parallel()
			e := startTenant(t)
			p := e.Protocol(t)
			e.Faults(t, fault.on("POST", "/custom-fields.save$"))
			field := p.Apply(t.Context(), customFieldType, priority(), nil)
			if created := e.Snapshot().CustomField("priority") != nil; created != (field.State != nil) || created != (field.Problems == nil) {
				t.Errorf("it exists: %t, and the state says %v, %q", created, field.State, field.Problems)
			}
			if field.State == nil {
				onlyProblem(t, field.Problems, `ERROR Can't create Rocket.Chat custom field "priority"`, fault.want)
				field = p.Apply(t.Context(), customFieldType, priority(), nil)
			}
			if field.Problems != nil {
				t.Errorf("then %v, %q", field.State, field.Problems)
			}
		})
	}
}

func TestCustomField_readUpdateAndDeleteFaults(t *testing.T) {
	t.Parallel()
	for _, fault := range faults {
		t.Run(fault.name, func(t *testing.T) {
			t.Parallel()
			e := startTenant(t)
			field := e.Protocol(t).Apply(t.Context(), customFieldType, priority(), nil)

			e.Faults(t, fault.on("GET", "/custom-fields/"))
			read := e.Protocol(t).Refresh(t.Context(), customFieldType, field)
			checkFault(t, fault, read.Problems, "Can't read Rocket.Chat custom field")
			if !reflect.DeepEqual(read.State, field.State) {
				t.Errorf("the refresh left %v", read.State)
			}

			p := e.Protocol(t)
			e.Faults(t, fault.on("POST", "/custom-fields.save$"))
			config := with(priority(), acctest.Object{"label": "Urgency"})
			updated := p.Apply(t.Context(), customFieldType, config, &field)
			checkFault(t, fault, updated.Problems, "Can't update Rocket.Chat custom field")
			e.Faults(t)
			refreshed := p.Refresh(t.Context(), customFieldType, updated)
			if healed := p.Apply(t.Context(), customFieldType, config, &refreshed); healed.Problems != nil || e.Snapshot().CustomField("priority").Attributes["label"] != "Urgency" {
				t.Errorf("the next apply says %q", healed.Problems)
			}

			e.Faults(t, fault.on("POST", "/custom-fields.delete$"))
			deleted := p.Apply(t.Context(), customFieldType, nil, &field)
			if left := e.Snapshot().CustomField("priority") != nil; left && deleted.State == nil {
				t.Errorf("the destroy claims to be done, and the field is left: %q", deleted.Problems)
			} else if left && deleted.Problems == nil {
				t.Error("the field is left, and nobody says why")
			}
			if again := p.Apply(t.Context(), customFieldType, nil, &field); again.Problems != nil || e.Snapshot().CustomField("priority") != nil {
				t.Errorf("the next destroy says %q", again.Problems)
			}
		})
	}
}

// Many definitions are read with one list.
func TestCustomField_readsOfMany(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	w := e.workspace(t, `
resource "chat_rocketchat_custom_field" "many" {
  count = 12
  field = "field-${count.index}"
  label = "Field"
  scope = "visitor"
}
`)
	apply(w, 10)
	e.ResetRequests()
	w.MustPlanEmpty("-parallelism=10")
	if alone, lists := e.Count("GET", "/custom-fields/"), e.Count("GET", "/custom-fields$"); alone > 3 || lists != 1 {
		t.Errorf("%d were read alone, and %d lists", alone, lists)
	}
	e.Faults(t, control.FaultRule{Method: "GET", Path: "/custom-fields$", Status: 500})
	w.MustPlanEmpty("-parallelism=10")
}
