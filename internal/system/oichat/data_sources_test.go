package oichat_test

import (
	"fmt"
	"reflect"
	"slices"
	"sync"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/chattenant/terraform-provider-chat/internal/acctest"
)

func TestRoomDataSource(t *testing.T) {
	t.Parallel()
	p := startProject(t)
	roomID := p.addRoom(t, "Support", "bob", "ann")
	p.change(t, map[string]any{"metadata": map[string]any{"b": []any{true, nil}, "a": "x"}, "status": "resolved"})()
	const support = "data.chat_oichat_room.support"
	config := func(id string) string {
		return p.Provider() + fmt.Sprintf("data \"chat_oichat_room\" \"support\" {\n room_id = %q\n}\n", id)
	}
	acctest.Run(t, resource.TestCase{Steps: []resource.TestStep{
		{Config: config("room-unknown"), ExpectError: says("There is no OiChat room room-unknown")},
		{Config: config(""), ExpectError: says("Attribute room_id string length must be at least 1, got: 0")},
		{Config: config(" x"), ExpectError: says(`" x" begins or ends with a space.`)},
		{
			Config: config(roomID),
			ConfigStateChecks: []statecheck.StateCheck{
				value(support, "id", text(roomID)),
				value(support, "type", text("group")),
				value(support, "name", text("Support")),
				value(support, "participants", knownvalue.ListExact([]knownvalue.Check{text("ann"), text("bob")})),
				value(support, "metadata", text(`{"a":"x","b":[true,null]}`)),
				value(support, "status", text("resolved")),
				value(support, "created_at", knownvalue.NotNull()),
				value(support, "updated_at", knownvalue.NotNull()),
			},
		},
	}})
}

// What the server leaves out is null, and what a room lacks is empty.
func TestRoomDataSource_untold(t *testing.T) {
	t.Parallel()
	p := startProjectWith(t, mockSettings{HideParticipants: "get", EmptyMetadata: "absent"})
	roomID := p.addRoom(t, "", "ann", "bob")
	room, problems := p.Protocol(t).ReadDataSource(t.Context(), roomType, acctest.Object{"room_id": roomID})
	if problems != nil || room["participants"] != nil || room["metadata"] != "{}" || room["name"] != "" {
		t.Errorf("it read %v: %q", room, problems)
	}
}

// Whoever asks for one room at the same time shares one call, whatever asks.
func TestRoomDataSource_shared(t *testing.T) {
	t.Parallel()
	p := startProject(t)
	room := p.mustApply(t, roomType, supportRoom(nil), nil)
	roomID := p.onlyRoom(t).ID
	p.ResetRequests()
	run := p.Protocol(t)
	var group sync.WaitGroup
	for range 20 {
		group.Go(func() {
			if _, problems := run.ReadDataSource(t.Context(), roomType, acctest.Object{"room_id": roomID}); problems != nil {
				t.Error(problems)
			}
		})
		group.Go(func() {
			if read := run.Refresh(t.Context(), roomType, room); read.Problems != nil {
				t.Error(read.Problems)
			}
		})
	}
	group.Wait()
	p.expect(t, "GET /rooms/R")
}

func TestRoomsDataSource(t *testing.T) {
	t.Parallel()
	p := startProjectWith(t, mockSettings{PageLimit: 3})
	want := []string{}
	for n := range 8 {
		want = append(want, p.addRoom(t, fmt.Sprint("Room ", n), "ann", "bob"))
	}
	p.addRoom(t, "Not hers", "cara", "bob")
	p.Edit(t, "DELETE", "/v1/rooms/"+want[7], nil)
	want = want[:7]
	run := p.Protocol(t)
	read := func(config acctest.Object) []string {
		t.Helper()
		found, problems := run.ReadDataSource(t.Context(), "chat_oichat_rooms", config)
		if problems != nil {
			t.Fatal(problems)
		}
		ids := []string{}
		for _, room := range found["rooms"].([]any) {
			ids = append(ids, room.(acctest.Object)["room_id"].(string))
		}
		slices.Sort(ids)
		return ids
	}
	if got := read(acctest.Object{"user_id": "ann"}); !reflect.DeepEqual(got, want) {
		t.Errorf("Ann is in %q, want %q", got, want)
	}
	p.expect(t, "GET /rooms", "GET /rooms", "GET /rooms")
	if got := read(acctest.Object{"user_id": "ann", "limit": 2}); !reflect.DeepEqual(got, want[:2]) {
		t.Errorf("the first two are %q", got)
	}
	p.expect(t, "GET /rooms")
	if got := read(acctest.Object{"user_id": "nobody"}); len(got) != 0 {
		t.Errorf("nobody is in %q", got)
	}
	_, problems := run.ReadDataSource(t.Context(), "chat_oichat_rooms", acctest.Object{"user_id": "ann", "limit": 0})
	mustSay(t, "a limit of 0", problems, "Attribute limit value must be at least 1, got: 0")
}

// The order is fixed, whatever OiChat's is, so that a plan does not change.
func TestRoomsDataSource_inTerraform(t *testing.T) {
	t.Parallel()
	p := startProject(t)
	one, two := p.addRoom(t, "One", "ann", "bob"), p.addRoom(t, "", "ann", "bob")
	const rooms = "data.chat_oichat_rooms.ann"
	at := func(n int, attribute string) tfjsonpath.Path {
		return tfjsonpath.New("rooms").AtSliceIndex(n).AtMapKey(attribute)
	}
	acctest.Run(t, resource.TestCase{Steps: []resource.TestStep{{
		Config: p.Provider() + "data \"chat_oichat_rooms\" \"ann\" {\n user_id = \"ann\"\n}\n",
		ConfigStateChecks: []statecheck.StateCheck{
			value(rooms, "rooms", knownvalue.ListSizeExact(2)),
			statecheck.ExpectKnownValue(rooms, at(0, "room_id"), text(one)),
			statecheck.ExpectKnownValue(rooms, at(0, "name"), text("One")),
			statecheck.ExpectKnownValue(rooms, at(0, "participants"), knownvalue.ListExact([]knownvalue.Check{text("ann"), text("bob")})),
			statecheck.ExpectKnownValue(rooms, at(1, "room_id"), text(two)),
			statecheck.ExpectKnownValue(rooms, at(1, "name"), text("")),
			statecheck.ExpectKnownValue(rooms, at(1, "metadata"), text("{}")),
			statecheck.ExpectKnownValue(rooms, at(1, "status"), text("open")),
		},
	}}})
}
