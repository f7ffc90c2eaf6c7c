package oichat_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/chattenant/terraform-provider-chat/internal/acctest"
	mock "github.com/chattenant/terraform-provider-chat/internal/mock/oichat"
)

const (
	roomType        = "chat_oichat_room"
	participantType = "chat_oichat_room_participant"
)

// project is a mock of OiChat, and what tests do with it.
type project struct{ *acctest.OiChat }

func startProject(t *testing.T) project {
	t.Helper()
	return project{acctest.StartOiChat(t)}
}

// startProjectWith starts a mock that works in another way than usual.
func startProjectWith(t *testing.T, settings mock.Settings) project {
	t.Helper()
	p := startProject(t)
	p.Settings(t, settings)
	return p
}

// supportRoom is a room of ann and bob that lists its participants.
func supportRoom(more acctest.Object) acctest.Object {
	return with(acctest.Object{"type": "group", "name": "Support", "participants": []string{"ann", "bob"}}, more)
}

func with(object, more acctest.Object) acctest.Object {
	all := maps.Clone(object)
	maps.Copy(all, more)
	return all
}

// edge is a participant with a resource of its own.
func edge(roomID, userID string) acctest.Object {
	return acctest.Object{"room_id": roomID, "user_id": userID}
}

// mustApply applies on a provider of its own, as a run of Terraform does, and
// fails the test when anything is said.
func (p project) mustApply(t *testing.T, typeName string, config acctest.Object, prior *acctest.Change) acctest.Change {
	t.Helper()
	change := p.Protocol(t).Apply(t.Context(), typeName, config, prior)
	if change.Problems != nil {
		t.Fatalf("applying %s %v: %q", typeName, config, change.Problems)
	}
	return change
}

// refresh reads on a provider of its own.
func (p project) refresh(t *testing.T, typeName string, prior acctest.Change) acctest.Change {
	t.Helper()
	return p.Protocol(t).Refresh(t.Context(), typeName, prior)
}

// open are the rooms that are not deleted.
func (p project) open() []mock.RoomState {
	return slices.DeleteFunc(p.Snapshot().Rooms, func(room mock.RoomState) bool { return room.Deleted })
}

// onlyRoom is the one room that is not deleted.
func (p project) onlyRoom(t *testing.T) mock.RoomState {
	t.Helper()
	rooms := p.open()
	if len(rooms) != 1 {
		t.Fatalf("the server has %d rooms, want one: %+v", len(rooms), rooms)
	}
	return rooms[0]
}

// noRooms checks that a destroy has left nothing.
func (p project) noRooms(*terraform.State) error {
	if rooms := p.open(); len(rooms) > 0 {
		return fmt.Errorf("rooms are left: %+v", rooms)
	}
	return nil
}

// addRoom makes a room behind Terraform's back.
func (p project) addRoom(t *testing.T, name string, participants ...string) (roomID string) {
	t.Helper()
	answer := p.Edit(t, "POST", "/v1/rooms", map[string]any{"type": "group", "name": name, "participants": participants})
	return answer["room_id"].(string)
}

// change changes the one room behind Terraform's back.
func (p project) change(t *testing.T, fields map[string]any) func() {
	return func() { p.Edit(t, "PATCH", "/v1/rooms/"+p.onlyRoom(t).ID, fields) }
}

// enter and leave are what users do by themselves.
func (p project) enter(t *testing.T, userID string) func() {
	return func() {
		p.Edit(t, "POST", "/v1/rooms/"+p.onlyRoom(t).ID+"/participants", map[string]any{"user_id": userID})
	}
}

func (p project) leave(t *testing.T, userID string) func() {
	return func() {
		p.Edit(t, "POST", "/v1/rooms/"+p.onlyRoom(t).ID+"/leave", map[string]any{"user_id": userID})
	}
}

// holds checks who is in the one room.
func (p project) holds(t *testing.T, userIDs ...string) resource.TestCheckFunc {
	return func(*terraform.State) error {
		if got := slices.Sorted(slices.Values(p.onlyRoom(t).Participants)); !slices.Equal(got, slices.Sorted(slices.Values(userIDs))) {
			return fmt.Errorf("in the room are %q, want %q", got, userIDs)
		}
		return nil
	}
}

// lines are the calls since the last reset: method and path, with R for the id
// of the first room.
func (p project) lines() []string {
	lines := []string{}
	for _, request := range p.Requests() {
		line := request.Method + " " + strings.TrimPrefix(request.Path, "/v1")
		for i, room := range p.Snapshot().Rooms {
			line = strings.ReplaceAll(line, room.ID, "R"+strings.Repeat("'", i))
		}
		lines = append(lines, line)
	}
	return lines
}

// expect checks the calls since the last reset, in any order, and resets.
func (p project) expect(t *testing.T, want ...string) {
	t.Helper()
	if got := slices.Sorted(slices.Values(p.lines())); !slices.Equal(got, slices.Sorted(slices.Values(want))) {
		t.Errorf("calls:\n got %q\nwant %q", got, want)
	}
	p.ResetRequests()
}

// called is expect for a step of an acceptance test. It counts writes alone:
// how often Terraform reads is its own affair.
func (p project) called(want ...string) resource.TestCheckFunc {
	return func(*terraform.State) error {
		got := slices.DeleteFunc(p.lines(), func(line string) bool { return strings.HasPrefix(line, "GET ") })
		p.ResetRequests()
		if !slices.Equal(slices.Sorted(slices.Values(got)), slices.Sorted(slices.Values(want))) {
			return fmt.Errorf("writes:\n got %q\nwant %q", got, want)
		}
		return nil
	}
}

// bodies are what the calls with a method and path sent.
func (p project) bodies(t *testing.T, method, path string) []map[string]any {
	t.Helper()
	pattern := regexp.MustCompile(path)
	var all []map[string]any
	for _, request := range p.Requests() {
		if request.Method != method || !pattern.MatchString(request.Path) {
			continue
		}
		var body map[string]any
		raw, err := json.Marshal(request.Body)
		if err == nil {
			err = json.Unmarshal(raw, &body)
		}
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, body)
	}
	return all
}

// workspace is a workspace for the mock with a configuration in it.
func (p project) workspace(t *testing.T, config string, environment ...string) *acctest.Workspace {
	t.Helper()
	files := map[string]string{"main.tf": acctest.RequiredProviders + "provider \"chat\" {\n  oichat = {}\n}\n" + config}
	return acctest.NewWorkspace(t, files, append(p.Environment(), environment...)...)
}

// run runs an acceptance test that must leave nothing behind.
func (p project) run(t *testing.T, steps ...resource.TestStep) {
	t.Helper()
	acctest.Run(t, resource.TestCase{CheckDestroy: p.noRooms, Steps: steps})
}

// mustSay fails unless one problem, or none for "", was reported.
func mustSay(t *testing.T, where string, problems []string, want string) {
	t.Helper()
	switch {
	case want == "" && len(problems) == 0:
	case len(problems) != 1 || want == "" || !strings.Contains(problems[0], want):
		t.Errorf("%s: it said %q, want %q", where, problems, want)
	}
}

// sameExcept compares two states but for some attributes.
func sameExcept(a, b acctest.Object, attributes ...string) bool {
	a, b = maps.Clone(a), maps.Clone(b)
	for _, attribute := range attributes {
		delete(a, attribute)
		delete(b, attribute)
	}
	return reflect.DeepEqual(a, b)
}

func value(address, attribute string, check knownvalue.Check) statecheck.StateCheck {
	return statecheck.ExpectKnownValue(address, tfjsonpath.New(attribute), check)
}

func text(value string) knownvalue.Check { return knownvalue.StringExact(value) }

func texts(values ...string) knownvalue.Check {
	checks := []knownvalue.Check{}
	for _, value := range values {
		checks = append(checks, text(value))
	}
	return knownvalue.SetExact(checks)
}

// plans expects one action in the plan of a step.
func plans(address string, action plancheck.ResourceActionType) resource.ConfigPlanChecks {
	return resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectResourceAction(address, action)}}
}

// says matches a text in what Terraform prints, which breaks lines anywhere.
func says(text string) *regexp.Regexp {
	return regexp.MustCompile(strings.ReplaceAll(regexp.QuoteMeta(text), " ", `[\s│]+`))
}

// mockSettings are the ways in which a server may work.
type mockSettings = mock.Settings

// change is the outcome of an apply.
type change = acctest.Change
