package acctest_test

import (
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/chattenant/terraform-provider-chat/internal/acctest"
	"github.com/chattenant/terraform-provider-chat/internal/mock/control"
)

// A stage is a chat server on which an example runs.
type stage struct {
	system       string   // and the key of its block in the provider configuration
	environment  []string // that the block needs, as NAME=value
	placeholders []string // what examples write, and what is put in its place, in turn
	outputs      []string // the reverse for outputs: what is real, and what tests call it
	holds        func() []string
	spellings    func(id string) []string // other ways to write an import id that the pages promise
	protocol     func(*testing.T) *acctest.Protocol
	requests     func() []control.Request

	wantOutputs  map[string]map[string]any                   // of the examples, by directory
	outputChecks map[string]func(*testing.T, map[string]any) // for outputs with ids that the server chooses
	wantListed   map[string]int                              // how many objects a list finds where the resource's example was applied
	actionChecks map[string]func(t *testing.T, on stage)     // see that the server did what an example of an action asked for
}

// stages start a server for each system.
var stages = map[string]func(*testing.T) stage{
	"ethora":     func(t *testing.T) stage { return onEthora(acctest.StartEthora(t)) },
	"oichat":     func(t *testing.T) stage { return onOiChat(acctest.StartOiChat(t)) },
	"tegrabox":   func(t *testing.T) stage { return onTegraBox(startTegraBox(t)) },
	"rocketchat": func(t *testing.T) stage { return onRocketChat(acctest.StartRocketChat(t)) },
	"syarah":     func(t *testing.T) stage { return onSyarah(startSyarah(t)) },
}

// stageOf starts the server that an example needs. Its directory names the
// system; where it names none, the system is Ethora.
func stageOf(t *testing.T, directory string) stage {
	t.Helper()
	name := strings.TrimPrefix(path.Base(directory), "chat_")
	system, _, _ := strings.Cut(name, "_")
	start, found := stages[system]
	if !found {
		start = stages["ethora"]
	}
	return start(t)
}

// mustHold fails the test unless the server holds exactly this.
func (s stage) mustHold(t *testing.T, want []string) {
	t.Helper()
	if got := s.holds(); !slices.Equal(got, want) {
		t.Errorf("after the destroy the server holds\n  %s\nand should hold\n  %s", strings.Join(got, "\n  "), strings.Join(want, "\n  "))
	}
}

// onEthora is a stage on a mock that has started.
func onEthora(mock *acctest.Ethora) stage {
	return stage{
		system:       "ethora",
		environment:  mock.Environment(),
		placeholders: []string{exampleAppID, mock.AppID(), exampleURL, mock.URL},
		outputs:      []string{mock.AppID(), "APP"},
		holds:        func() []string { return holds(mock) },
		spellings:    spellings,
		protocol:     mock.Protocol,
		requests:     mock.Requests,
		wantOutputs:  wantOutputs,
		outputChecks: outputChecks,
		wantListed:   wantListed,
	}
}

// spellings are the other ways to write an import id that the pages promise.
func spellings(id string) []string {
	parts := strings.Split(id, "/")
	if len(parts) == 1 {
		return nil
	}
	name := parts[0] + "_" + parts[1]
	var all []string
	for _, first := range []string{name, name + "@example.com", name + "@conference.example.com"} {
		parts[1] = first
		all = append(all, strings.Join(parts, "/"), strings.Join(parts[1:], "/"))
	}
	return all
}

// holds lists what a mock of Ethora holds and is in use: "user <app>/<id>" and
// so on.
func holds(mock *acctest.Ethora) []string {
	var all []string
	for _, app := range mock.Snapshot().Apps {
		if app.Status != "active" {
			continue
		}
		all = append(all, "app "+app.ID)
		for _, user := range app.Users {
			if user.Status == "active" {
				all = append(all, "user "+user.XMPPUsername)
			}
		}
		for _, room := range app.Rooms {
			all = append(all, "room "+room.Name)
			for _, member := range room.Members {
				all = append(all, "member "+room.Name+"/"+member)
			}
		}
	}
	slices.Sort(all)
	return all
}

// mustHold fails the test unless the mock holds exactly this.
func mustHold(t *testing.T, mock *acctest.Ethora, want []string) {
	t.Helper()
	onEthora(mock).mustHold(t, want)
}
