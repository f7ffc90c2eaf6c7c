package rocketchat_test

import (
	"fmt"
	"reflect"
	"slices"
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
	departmentType = "chat_rocketchat_department"
	departmentName = "chat_rocketchat_department.billing"
)

// billingBlock is a department in HCL, with some of it replaced.
func billingBlock(replacements ...string) string {
	return strings.NewReplacer(replacements...).Replace(`
resource "chat_rocketchat_department" "billing" {
  name        = "Billing"
  email       = "billing@example.com"
  description = "Invoices and payments"
  agents = {
    mockAgent00000001 = {}
    mockAgent00000002 = { order = 1 }
  }
}
`)
}

// billing is the same for the protocol.
func billing() acctest.Object {
	return acctest.Object{
		"name": "Billing", "email": "billing@example.com", "enabled": true, "show_on_registration": false, "show_on_offline_form": false,
		"description": "Invoices and payments",
		"agents":      acctest.Object{mock.AliceID: acctest.Object{"order": 0}, mock.BobID: acctest.Object{"order": 1}},
	}
}

// department is the only department of a name that is not archived; nil: there
// is none.
func (e tenant) department(name string) *mock.DepartmentState {
	for _, department := range e.Snapshot().Departments {
		if department.Name == name && !department.Archived {
			return &department
		}
	}
	return nil
}

// agents are the agents of a department, as "id:order".
func agentsOf(department *mock.DepartmentState) []string {
	all := []string{}
	for _, agent := range department.Agents {
		all = append(all, fmt.Sprintf("%s:%d", agent.AgentID, agent.Order))
	}
	slices.Sort(all)
	return all
}

func TestDepartment_life(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	e.Settings(t, mock.Settings{DepartmentRemoval: true})
	config := e.Provider() + billingBlock()
	updated := expect(departmentName, plancheck.ResourceActionUpdate)
	// change changes the department by hand.
	change := func(key string, value any) func() {
		return func() {
			fields := map[string]any{"name": "Billing", "email": "billing@example.com", "enabled": true, "showOnRegistration": false, "showOnOfflineForm": false}
			fields[key] = value
			e.edit(t, "PUT /department/"+e.department("Billing").ID, map[string]any{"department": fields})
		}
	}
	changeAgents := func(upsert, remove []any) func() {
		return func() {
			e.edit(t, "POST /department/"+e.department("Billing").ID+"/agents", map[string]any{"upsert": upsert, "remove": remove})
		}
	}
	alice := map[string]any{"agentId": mock.AliceID, "username": "alice"}
	carol := map[string]any{"agentId": mock.CarolID, "username": "carol"}
	holds := func(want ...string) resource.TestCheckFunc {
		return func(*terraform.State) error {
			if got := agentsOf(e.department("Billing")); !slices.Equal(got, want) {
				return fmt.Errorf("the agents are %q, not %q", got, want)
			}
			return nil
		}
	}
	acctest.Run(t, resource.TestCase{
		Steps: []resource.TestStep{
			{
				Config: config,
				ConfigStateChecks: []statecheck.StateCheck{
					statecheck.ExpectKnownValue(departmentName, tfjsonpath.New("enabled"), knownvalue.Bool(true)),
					statecheck.ExpectKnownValue(departmentName, tfjsonpath.New("show_on_registration"), knownvalue.Bool(false)),
					statecheck.ExpectKnownValue(departmentName, tfjsonpath.New("waiting_queue_message"), knownvalue.StringExact("")),
					statecheck.ExpectKnownValue(departmentName, tfjsonpath.New("agents").AtMapKey(mock.BobID).AtMapKey("order"), knownvalue.Int64Exact(1)),
				},
				Check: holds(mock.AliceID+":0", mock.BobID+":1"),
			},
			{Config: config, PlanOnly: true},
			{ResourceName: departmentName, ImportState: true, ImportStateVerify: true},
			{ResourceName: departmentName, ImportState: true, ImportStateId: "nowhere", ExpectError: says("Cannot import non-existent remote object")},

			// Everything is changed in place.
			{Config: e.Provider() + billingBlock("\"Billing\"", "\"Invoices\"", "billing@", "invoices@", "Invoices and", "Bills and"), ConfigPlanChecks: updated},
			{Config: e.Provider() + billingBlock("description = \"Invoices and payments\"", `
  description                     = ""
  enabled                         = false
  show_on_registration            = true
  show_on_offline_form            = true
  request_tag_before_closing_chat = true
  chat_closing_tags               = ["paid", "refunded"]
  offline_message_channel_name    = "billing"
  waiting_queue_message           = "One moment"
  fallback_forward_department     = "`+mock.SalesID+`"
  departments_allowed_to_forward  = ["`+mock.SupportID+`"]
  allow_receive_forward_offline   = true
`), ConfigPlanChecks: updated, Check: func(*terraform.State) error {
				got := e.department("Billing").Attributes
				for key, want := range map[string]any{
					"description": "", "enabled": false, "showOnRegistration": true, "showOnOfflineForm": true, "requestTagBeforeClosingChat": true,
					"chatClosingTags": []any{"paid", "refunded"}, "offlineMessageChannelName": "billing", "waitingQueueMessage": "One moment",
					"fallbackForwardDepartment": mock.SalesID, "departmentsAllowedToForward": []any{mock.SupportID}, "allowReceiveForwardOffline": true,
				} {
					if !reflect.DeepEqual(got[key], want) {
						return fmt.Errorf("%s is %v, not %v", key, got[key], want)
					}
				}
				return nil
			}},
			{Config: config, ConfigPlanChecks: updated}, // what is left out stays
			{Config: e.Provider() + billingBlock("mockAgent00000001 = {}", ""), ConfigPlanChecks: updated, Check: holds(mock.BobID + ":1")},
			{Config: e.Provider() + billingBlock("mockAgent00000001 = {}", "", "mockAgent00000002 = { order = 1 }", ""), ConfigPlanChecks: updated, Check: holds()},
			{Config: config, ConfigPlanChecks: updated, Check: holds(mock.AliceID+":0", mock.BobID+":1")},

			// Each drift is seen, and set right.
			{PreConfig: change("email", "eve@example.com"), Config: config, ConfigPlanChecks: updated},
			{PreConfig: change("description", "x"), Config: config, ConfigPlanChecks: updated},
			{PreConfig: change("enabled", false), Config: config, ConfigPlanChecks: updated},
			{PreConfig: change("showOnRegistration", true), Config: config, ConfigPlanChecks: updated},
			{PreConfig: change("showOnOfflineForm", true), Config: config, ConfigPlanChecks: updated},
			{PreConfig: changeAgents([]any{}, []any{alice}), Config: config, ConfigPlanChecks: updated, Check: holds(mock.AliceID+":0", mock.BobID+":1")},
			{PreConfig: changeAgents([]any{carol}, []any{}), Config: config, ConfigPlanChecks: updated, Check: holds(mock.AliceID+":0", mock.BobID+":1")},
			{
				PreConfig: changeAgents([]any{map[string]any{"agentId": mock.AliceID, "username": "alice", "order": 7}}, []any{}),
				Config:    config, ConfigPlanChecks: updated, Check: holds(mock.AliceID+":0", mock.BobID+":1"),
			},
			{ // An archived department is taken out of the archive, and stays the same one.
				PreConfig: func() { e.edit(t, "POST /department/"+e.department("Billing").ID+"/archive", nil) },
				Config:    config, ConfigPlanChecks: updated,
				Check: func(*terraform.State) error {
					if found := e.department("Billing"); found == nil || !found.Enabled || len(e.Snapshot().Departments) != 3 {
						return fmt.Errorf("the departments are %+v", e.Snapshot().Departments)
					}
					return nil
				},
			},

			// Agents that are not configured are left alone.
			{Config: e.Provider() + billingBlock("agents = {", "timeouts = {", "mockAgent00000001 = {}", "create = \"5m\"", "mockAgent00000002 = { order = 1 }", ""), ConfigPlanChecks: updated, Check: holds(mock.AliceID+":0", mock.BobID+":1")},
			{
				PreConfig: changeAgents([]any{carol}, []any{alice}),
				Config:    e.Provider() + billingBlock("agents = {", "timeouts = {", "mockAgent00000001 = {}", "create = \"5m\"", "mockAgent00000002 = { order = 1 }", ""), PlanOnly: true,
			},
			{Config: config},
			{
				PreConfig: func() { e.edit(t, "DELETE /department/"+e.department("Billing").ID, nil) },
				Config:    config, ConfigPlanChecks: expect(departmentName, plancheck.ResourceActionCreate),
			},
		},
		CheckDestroy: func(*terraform.State) error {
			if left := e.department("Billing"); left != nil {
				return fmt.Errorf("it is left: %+v", left)
			}
			return nil
		},
	})
}

func TestDepartment_identity(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	acctest.Run(t, resource.TestCase{
		TerraformVersionChecks: []tfversion.TerraformVersionCheck{tfversion.SkipBelow(tfversion.Version1_12_0)},
		Steps: []resource.TestStep{
			{
				Config: e.Provider() + billingBlock(),
				ConfigStateChecks: []statecheck.StateCheck{
					statecheck.ExpectIdentityValueMatchesState(departmentName, tfjsonpath.New("id")),
				},
			},
			{ResourceName: departmentName, ImportState: true, ImportStateKind: resource.ImportBlockWithResourceIdentity},
		},
	})
}

func TestDepartment_calls(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	e.Settings(t, mock.Settings{DepartmentRemoval: true})
	p := e.Protocol(t)
	department := p.Apply(t.Context(), departmentType, billing(), nil)
	id := text(department.State, "id")
	if department.Problems != nil || !reflect.DeepEqual(department.Identity, acctest.Object{"id": id}) {
		t.Fatalf("%v %v %q", department.State, department.Identity, department.Problems)
	}
	want := `{"agents":[{"agentId":"mockAgent00000001"},{"agentId":"mockAgent00000002","order":1}],` +
		`"department":{"description":"Invoices and payments","email":"billing@example.com","enabled":true,"name":"Billing","showOnOfflineForm":false,"showOnRegistration":false}}`
	if got := e.body(t, "POST", "/department"); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	e.wantCalls(t, "POST /department")

	read := p.Refresh(t.Context(), departmentType, department)
	if !reflect.DeepEqual(read.State, department.State) {
		t.Errorf("the refresh changed the state from %v to %v", department.State, read.State)
	}
	e.wantCalls(t, "GET /department/"+id+"?includeAgents=true")

	// The agents' counters run on: the server's next choice is not set back.
	e.edit(t, "PUT /department/"+id, map[string]any{
		"department": map[string]any{"name": "Billing", "email": "billing@example.com", "enabled": true, "showOnRegistration": false, "showOnOfflineForm": false},
		"agents":     []any{map[string]any{"agentId": mock.AliceID, "count": 7}},
	})
	counted := e.Protocol(t).Refresh(t.Context(), departmentType, read)
	if !reflect.DeepEqual(counted.State, read.State) {
		t.Errorf("a counter is drift: %v", counted.State)
	}
	e.ResetRequests()
	renamed := p.Apply(t.Context(), departmentType, with(billing(), acctest.Object{"name": "Bills"}), &read)
	e.wantCalls(t, "GET /department/"+id+"?includeAgents=true", "PUT /department/"+id)
	onlyAlice := with(billing(), acctest.Object{"name": "Bills", "agents": acctest.Object{mock.AliceID: acctest.Object{"order": 3}}})
	thinned := p.Apply(t.Context(), departmentType, onlyAlice, &renamed)
	e.wantCalls(t, "GET /department/"+id+"?includeAgents=true", "PUT /department/"+id, "POST /department/"+id+"/agents")
	if got := e.Snapshot().Department(id).Agents; thinned.Problems != nil || len(got) != 1 || got[0].Count != 7 || got[0].Order != 3 {
		t.Errorf("%q, and the agents are %+v", thinned.Problems, got)
	}

	changed := p.Apply(t.Context(), departmentType, with(onlyAlice, acctest.Object{"on_destroy": "fail"}), &thinned)
	if changed.Problems != nil || changed.State["on_destroy"] != "fail" {
		t.Errorf("%v %q", changed.State, changed.Problems)
	}
	e.wantCalls(t)
	p.Apply(t.Context(), departmentType, nil, &changed)
	e.wantCalls(t, "DELETE /department/"+id)
	if again := p.Apply(t.Context(), departmentType, nil, &changed); again.Problems != nil {
		t.Errorf("the destroy of what is gone says %q", again.Problems)
	}
}

// Where the server deletes no departments, on_destroy says what happens.
func TestDepartment_destroyWithoutRemoval(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	for _, onDestroy := range []any{nil, "archive"} {
		p := e.Protocol(t)
		department := p.Apply(t.Context(), departmentType, with(billing(), acctest.Object{"on_destroy": onDestroy}), nil)
		id := text(department.State, "id")
		e.ResetRequests()
		gone := p.Apply(t.Context(), departmentType, nil, &department)
		onlyWarning(t, gone.Problems, "Rocket.Chat department "+id+" is archived, not deleted", "Omnichannel_enable_department_removal",
			"terraform import chat_rocketchat_department.<name> '"+id+"'")
		if gone.State != nil || !e.Snapshot().Department(id).Archived {
			t.Errorf("the state is %v, the server has %+v", gone.State, e.Snapshot().Department(id))
		}
		e.wantCalls(t, "DELETE /department/"+id, "POST /department/"+id+"/archive")

		// The import takes it back, and the next apply takes it out of the archive.
		imported := p.Import(t.Context(), departmentType, id, nil)
		back := p.Apply(t.Context(), departmentType, billing(), &imported)
		if back.Problems != nil || e.Snapshot().Department(id).Archived || !e.Snapshot().Department(id).Enabled {
			t.Errorf("%q, and the server has %+v", back.Problems, e.Snapshot().Department(id))
		}
	}
	p := e.Protocol(t)
	department := p.Apply(t.Context(), departmentType, with(billing(), acctest.Object{"on_destroy": "fail"}), nil)
	failed := p.Apply(t.Context(), departmentType, nil, &department)
	onlyProblem(t, failed.Problems, "ERROR Can't delete Rocket.Chat department", "Omnichannel_enable_department_removal", `on_destroy = "archive"`)
	if !reflect.DeepEqual(failed.State, department.State) {
		t.Errorf("the state is %v", failed.State)
	}
}

// A department that is archived by hand is told, and healed in place.
func TestDepartment_archivedByHand(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	department := e.Protocol(t).Apply(t.Context(), departmentType, billing(), nil)
	id := text(department.State, "id")
	e.edit(t, "POST /department/"+id+"/archive", nil)
	p := e.Protocol(t)
	read := p.Refresh(t.Context(), departmentType, department)
	onlyWarning(t, read.Problems, "Rocket.Chat department "+id+" is archived", "takes it out of the archive")
	e.ResetRequests()
	if healed := p.Apply(t.Context(), departmentType, billing(), &read); healed.Problems != nil || e.Snapshot().Department(id).Archived {
		t.Errorf("%q", healed.Problems)
	}
	e.wantCalls(t, "GET /department/"+id+"?includeAgents=true", "POST /department/"+id+"/unarchive", "PUT /department/"+id)
}

// The department exists before the server looks at the agents, and passes over
// those it does not know.
func TestDepartment_unknownAgents(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	p := e.Protocol(t)
	config := with(billing(), acctest.Object{"agents": acctest.Object{"nobody": acctest.Object{"order": 0}}})
	department := p.Apply(t.Context(), departmentType, config, nil)
	onlyProblem(t, department.Problems, "ERROR Can't finish creating Rocket.Chat department", "nobody", "terraform untaint")
	if found := e.department("Billing"); found == nil || text(department.State, "id") != found.ID {
		t.Fatalf("the state is %v, the server has %+v", department.State, found)
	}
	other := p.Apply(t.Context(), departmentType, billing(), &department)
	if other.Problems != nil {
		t.Fatal(other.Problems)
	}
	updated := p.Apply(t.Context(), departmentType, config, &other)
	onlyProblem(t, updated.Problems, "ERROR Can't finish updating Rocket.Chat department", "nobody")
	refreshed := p.Refresh(t.Context(), departmentType, updated)
	if healed := p.Apply(t.Context(), departmentType, billing(), &refreshed); healed.Problems != nil || len(e.department("Billing").Agents) != 2 {
		t.Errorf("%q", healed.Problems)
	}
}

// Without a licence there is one department.
func TestDepartment_licence(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	e.Settings(t, mock.Settings{MaxDepartments: 1})
	department := e.Protocol(t).Apply(t.Context(), departmentType, billing(), nil)
	onlyProblem(t, department.Problems, `ERROR Can't create Rocket.Chat department "Billing"`, "Maximum number of departments reached",
		"terraform import chat_rocketchat_department.<name> '<id>'", "include_archived = true")
}

func TestDepartment_needsAnAdministrator(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	const want = "needs an administrator"
	for typeName, config := range map[string]acctest.Object{departmentType: billing(), customFieldType: priority()} {
		made := e.Protocol(t).Apply(t.Context(), typeName, config, nil)
		e.ResetRequests()
		p := e.VisitorProtocol(t)
		for what, problems := range map[string][]string{
			"plan":    p.Apply(t.Context(), typeName, config, nil).Problems,
			"refresh": p.Refresh(t.Context(), typeName, made).Problems,
			"destroy": p.Apply(t.Context(), typeName, nil, &made).Problems,
		} {
			onlyProblem(t, problems, "ERROR "+typeName+" "+want, "ROCKETCHAT_AUTH_TOKEN", "ROCKETCHAT_USER_ID")
			if t.Failed() {
				t.Log(what)
			}
		}
		e.wantCalls(t)
	}
	agent := e.ProtocolWith(t, acctest.Object{"auth_token": e.AgentToken(), "user_id": e.AgentUserID()})
	onlyProblem(t, agent.Apply(t.Context(), departmentType, with(billing(), acctest.Object{"name": "Other"}), nil).Problems,
		`ERROR Can't create Rocket.Chat department "Other"`, "403", "lacks a permission")
}

func TestDepartment_badInput(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	var steps []resource.TestStep
	for _, bad := range []struct{ old, replacement, want string }{
		{"\"Billing\"", "\"\"", "Attribute name string length must be at least 1, got: 0"},
		{"billing@example.com", "billing", "Attribute email must be an e-mail address such as ann@example.com, without spaces"},
		{"Invoices and payments", " x", `" x" begins or ends with a space.`},
		{"description ", "on_destroy = \"delete\"\n  description ", `Attribute on_destroy value must be one of: ["archive" "fail"], got: "delete"`},
		{"description ", "request_tag_before_closing_chat = true\n  description ", "there must be at least one in chat_closing_tags"},
		{"mockAgent00000001 = {}", "\"\" = {}", "string length must be at least 1, got: 0"},
	} {
		steps = append(steps, resource.TestStep{Config: e.Provider() + billingBlock(bad.old, bad.replacement), PlanOnly: true, ExpectError: says(bad.want)})
	}
	acctest.Run(t, resource.TestCase{Steps: steps})
	e.wantCalls(t)
}

// Departments may have the same name, so that a creation is never repeated: what
// may have been created is looked for.
func TestDepartment_createFaults(t *testing.T) {
	t.Parallel()
	for _, fault := range faults {
		t.Run(fault.name, func(t *testing.T) {
			t.Parallel()
			e := startTenant(t)
			p := e.Protocol(t)
			e.Faults(t, fault.on("POST", "/department$"))
			department := p.Apply(t.Context(), departmentType, billing(), nil)
			created := e.department("Billing")
			switch {
			case created != nil && (text(department.State, "id") != created.ID || department.Problems != nil):
				t.Errorf("it exists, and the state says %v, %q", department.State, department.Problems)
			case created == nil:
				onlyProblem(t, department.Problems, `ERROR Can't create Rocket.Chat department "Billing"`, fault.want)
			}
			if created == nil {
				department = p.Apply(t.Context(), departmentType, billing(), nil)
			}
			if department.Problems != nil || len(e.Snapshot().Departments) != 3 {
				t.Errorf("then %v, %q, of %d departments", department.State, department.Problems, len(e.Snapshot().Departments))
			}
		})
	}
}

// Where two departments may be the one, neither is taken, and both are named.
func TestDepartment_outcomeUnknown(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	first := e.Protocol(t).Apply(t.Context(), departmentType, billing(), nil)
	e.Faults(t, control.FaultRule{Method: "POST", Path: "/department$", Drop: "after"})
	lost := e.Protocol(t).Apply(t.Context(), departmentType, billing(), nil)
	onlyProblem(t, lost.Problems, "It is not known whether Rocket.Chat created the department", "import chat_rocketchat_department.<name> '"+text(first.State, "id")+"'")
}

func TestDepartment_readUpdateAndDeleteFaults(t *testing.T) {
	t.Parallel()
	for _, fault := range faults {
		t.Run(fault.name, func(t *testing.T) {
			t.Parallel()
			e := startTenant(t)
			e.Settings(t, mock.Settings{DepartmentRemoval: true})
			department := e.Protocol(t).Apply(t.Context(), departmentType, billing(), nil)
			path := "/department/" + text(department.State, "id") + "$"

			e.Faults(t, fault.on("GET", path))
			read := e.Protocol(t).Refresh(t.Context(), departmentType, department)
			checkFault(t, fault, read.Problems, "Can't read Rocket.Chat department")
			if !reflect.DeepEqual(read.State, department.State) {
				t.Errorf("the refresh left %v", read.State)
			}

			p := e.Protocol(t)
			e.Faults(t, fault.on("PUT", path))
			config := with(billing(), acctest.Object{"name": "Bills"})
			updated := p.Apply(t.Context(), departmentType, config, &department)
			checkFault(t, fault, updated.Problems, "Can't update Rocket.Chat department")
			e.Faults(t)
			refreshed := p.Refresh(t.Context(), departmentType, updated)
			if healed := p.Apply(t.Context(), departmentType, config, &refreshed); healed.Problems != nil || e.department("Bills") == nil {
				t.Errorf("the next apply says %q", healed.Problems)
			}

			e.Faults(t, fault.on("DELETE", path))
			deleted := p.Apply(t.Context(), departmentType, nil, &department)
			if left := e.department("Bills") != nil; left && deleted.State == nil {
				t.Errorf("the destroy claims to be done, and the department is left: %q", deleted.Problems)
			} else if left && deleted.Problems == nil {
				t.Error("the department is left, and nobody says why")
			}
			if again := p.Apply(t.Context(), departmentType, nil, &department); again.Problems != nil || e.department("Bills") != nil {
				t.Errorf("the next destroy says %q", again.Problems)
			}
		})
	}
}
