package oichat_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// tally counts the calls since the last reset by method and kind of path, and
// resets.
func (p project) tally() map[string]int {
	counts := map[string]int{}
	for _, request := range p.Requests() {
		parts := strings.Split(strings.TrimPrefix(request.Path, "/v1/"), "/")
		for i := 1; i < len(parts); i += 2 {
			parts[i] = "*"
		}
		counts[request.Method+" "+strings.Join(parts, "/")]++
	}
	p.ResetRequests()
	return counts
}

func (p project) mustTally(t *testing.T, what string, want map[string]int) {
	t.Helper()
	if got := p.tally(); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%s took %v, want %v", what, got, want)
	}
}

// What real Terraform makes of many rooms and participants: a plan asks once for
// each room, however many participants are managed one by one.
func TestCalls(t *testing.T) {
	t.Parallel()
	const rooms, participants = 10, 100
	p := startProject(t)
	config := func(name string) string {
		return fmt.Sprintf(`
resource "chat_oichat_room" "hall" {
  count                = %d
  type                 = "group"
  name                 = "%s ${count.index}"
  initial_participants = ["ann", "bob"]
}
resource "chat_oichat_room_participant" "edge" {
  count   = %d
  room_id = chat_oichat_room.hall[count.index %% %d].room_id
  user_id = "user-${count.index}"
}
`, rooms, name, participants, rooms)
	}
	w := p.workspace(t, config("Hall"))
	apply := []string{"apply", "-auto-approve", "-no-color", "-input=false", "-parallelism=30"}
	w.Must(apply...)
	p.mustTally(t, "the creation", map[string]int{"POST rooms": rooms, "POST rooms/*/participants": participants})
	w.MustPlanEmpty("-parallelism=30")
	p.mustTally(t, "an empty plan", map[string]int{"GET rooms/*": rooms})
	w.MustPlanEmpty("-parallelism=1")
	p.mustTally(t, "an empty plan, one after the other", map[string]int{"GET rooms/*": rooms})

	w.Write("main.tf", strings.ReplaceAll(readFile(t, w.Dir+"/main.tf"), "Hall $", "Room $"))
	w.Must(apply...)
	p.mustTally(t, "a change of all names", map[string]int{"GET rooms/*": rooms, "PATCH rooms/*": rooms})
	w.Must("destroy", "-auto-approve", "-no-color", "-input=false", "-parallelism=30")
	p.mustTally(t, "the destruction", map[string]int{"GET rooms/*": rooms, "DELETE rooms/*/participants/*": participants, "DELETE rooms/*": rooms})
}

// Rooms that are gone are asked for once each as well.
func TestCalls_goneRooms(t *testing.T) {
	t.Parallel()
	p := startProject(t)
	roomID := p.addRoom(t, "Support", append([]string{"ann", "bob"}, crowd(0, 20)...)...)
	run := p.Protocol(t)
	var edges []change
	for _, user := range crowd(0, 20) {
		edges = append(edges, run.Import(t.Context(), participantType, roomID+"/"+user, nil))
	}
	p.expect(t, "GET /rooms/R")
	p.Edit(t, "DELETE", "/v1/rooms/"+roomID, nil)
	run = p.Protocol(t)
	for _, edge := range edges {
		mustSay(t, "the refresh", run.Refresh(t.Context(), participantType, edge).Problems, "The room is gone.")
	}
	p.expect(t, "GET /rooms/R")
}

// A change of participants costs a call for each of them, and none for the rest
// of the room.
func TestCalls_listedParticipants(t *testing.T) {
	t.Parallel()
	p := startProject(t)
	config := supportRoom(map[string]any{"participants": crowd(0, 100)})
	room := p.mustApply(t, roomType, config, nil)
	p.mustTally(t, "the creation", map[string]int{"POST rooms": 1})
	config["participants"], config["name"] = crowd(10, 130), "Help"
	room = p.mustApply(t, roomType, config, &room)
	p.mustTally(t, "the change", map[string]int{"PATCH rooms/*": 1, "POST rooms/*/participants": 30, "DELETE rooms/*/participants/*": 10})
	if got := p.in(t); !slices.Equal(got, crowd(10, 130)) {
		t.Errorf("in the room are %d", len(got))
	}
	p.mustApply(t, roomType, nil, &room)
	p.mustTally(t, "the deletion", map[string]int{"DELETE rooms/*": 1})
}
