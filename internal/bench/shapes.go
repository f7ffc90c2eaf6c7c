package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// A side is a provider that a shape runs on.
type side string

const (
	ours  side = "ours"
	noop  side = "no-op" // the same schemas, doing nothing
	bound side = "limit" // the no-op with bulk values handed through
)

// A shape is a configuration and what is done with it, step by step, on each
// side.
type shape struct {
	name        string
	sides       []side
	sizes       map[string]int // become locals, -n caps each
	body        string         // HCL
	environment []string       // of Terraform, and so of the provider
	seedUsers   int            // that are in the tenant before
	seedRooms   int
	steps       []step
}

// A step is one run of Terraform. One without a name is not reported.
type step struct {
	name      string
	arguments []string
	differs   bool // a plan that must propose something; all others must not
	goal      goal
}

// A goal is what a step at full size should reach. Zero values ask for nothing.
type goal struct {
	calls     int           // at most
	noListing bool          // no page of a list is asked for
	against   side          // what the wall time is held against
	factor    float64       // wall time: at most factor * against + plus
	plus      time.Duration //
	memory    int64         // of the provider: below so many bytes
}

const mebibyte = 1 << 20

// Steps that many shapes have.
func apply(name string, g goal, arguments ...string) step {
	return step{name: name, arguments: append([]string{"apply", "-auto-approve"}, arguments...), goal: g}
}

func plan(name string, g goal) step {
	return step{name: name, arguments: []string{"plan", "-detailed-exitcode"}, goal: g}
}

func destroy(name string, g goal, arguments ...string) step {
	return step{name: name, arguments: append([]string{"destroy", "-auto-approve"}, arguments...), goal: g}
}

// The pieces of configurations. Instances come by count: Terraform evaluates a
// for_each anew for each instance, and the benchmark would measure that. They
// refer to each other through locals: a reference from each of 1,000 instances
// to each of 1,000 others is a graph of a million edges.
const (
	singleUsers = `
resource "chat_ethora_user" "user" {
  count      = local.users
  user_id    = format("user-%05d", count.index)
  email      = format("user-%05d@example.com", count.index)
  first_name = "User"
  last_name  = format("Number %05d", count.index)
}
`
	rooms = `
resource "chat_ethora_room" "room" {
  count   = local.rooms
  room_id = format("room-%03d", count.index)
  title   = format("Room %03d", count.index)
}
`
	edges = `
locals {
  user_ids = chat_ethora_user.user[*].user_id
  room_ids = chat_ethora_room.room[*].room_id
}

resource "chat_ethora_room_access" "edge" {
  count   = local.edges
  room_id = local.room_ids[count.index % local.rooms]
  user_id = local.user_ids[count.index % local.users]
}
`
	manyRoomMembers = `
locals {
  room_ids = chat_ethora_room.room[*].room_id
}

resource "chat_ethora_room_members" "members" {
  count    = local.rooms
  room_id  = local.room_ids[count.index]
  user_ids = [for i in range(local.members) : format("user-%05d", count.index * local.members + i)]
}
`
	// range stops at 1,024 values.
	userIDs = `
locals {
  user_ids = slice(flatten([for hundred in range(ceil(local.users / 100)) :
    [for one in range(100) : format("user-%05d", hundred * 100 + one)]]), 0, local.users)
}
`
	bulkUsers = userIDs + `
resource "chat_ethora_users" "users" {
  users = { for id in local.user_ids : id => {
    email      = "${id}@example.com"
    first_name = "User"
    last_name  = "Number ${id}"
  } }
}
`
	oneRoomMembers = userIDs + `
resource "chat_ethora_room_members" "members" {
  room_id  = "room-000"
  user_ids = local.user_ids
}
`
	changingUsers = `
variable "changed" {
  default = "No"
}

resource "chat_ethora_user" "user" {
  count      = local.users
  user_id    = format("staff-%05d", count.index)
  email      = format("staff-%05d@example.com", count.index)
  first_name = count.index == 7 ? var.changed : "No"
  last_name  = "Change"
}
`
)

// shapes are the rows of the table, in its order.
func shapes() []shape {
	return slices.Concat(singleShapes(), bulkShapes(), apartShapes())
}

// Flags of a step.
const (
	ten     = "-parallelism=10" // Terraform's default
	hundred = "-parallelism=100"
)

// singleShapes have one resource for each object.
func singleShapes() []shape {
	return []shape{
		{
			name: "1,000 users, 100 rooms, 1,000 access edges", sides: []side{ours, noop},
			sizes: map[string]int{"users": 1000, "rooms": 100, "edges": 1000}, body: singleUsers + rooms + edges,
			steps: []step{
				apply("first apply", goal{against: noop}),
				plan("refresh", goal{calls: 40, against: noop, factor: 1.25}),
			},
		},
		{
			name: "1,000 single users, parallelism 10", sides: []side{ours, noop},
			sizes: map[string]int{"users": 1000}, body: singleUsers,
			steps: []step{
				apply("first apply", goal{calls: 250, against: noop, factor: 1, plus: 12 * time.Second}, ten),
				destroy("destroy", goal{calls: 150, against: noop}, ten),
			},
		},
		{
			name: "1,000 single users, parallelism 100", sides: []side{ours, noop},
			sizes: map[string]int{"users": 1000}, body: singleUsers,
			steps: []step{
				apply("first apply", goal{calls: 30, against: noop, factor: 1, plus: 1500 * time.Millisecond}, hundred),
				destroy("destroy", goal{against: noop}, hundred),
			},
		},
		{
			name: "one targeted user in a tenant of 10,000", sides: []side{ours, noop}, seedUsers: 10000,
			sizes: map[string]int{"users": 100}, body: changingUsers,
			steps: []step{
				apply("", goal{}),
				targeted("plan", goal{calls: 3, noListing: true, against: noop}, "plan", "-detailed-exitcode"),
				targeted("apply", goal{calls: 3, noListing: true, against: noop}, "apply", "-auto-approve"),
			},
		},
	}
}

// bulkShapes have one resource for many objects.
func bulkShapes() []shape {
	members := goal{calls: 105, against: bound, factor: 1.3, plus: 3 * time.Second}
	users := goal{calls: 230, against: bound, factor: 1.3, plus: 3 * time.Second, memory: 300 * mebibyte}
	return []shape{
		{
			name: "100 rooms with 1,000 members by chat_ethora_room_members", sides: []side{ours, noop, bound}, seedUsers: 1000,
			sizes: map[string]int{"rooms": 100, "members": 10}, body: rooms + manyRoomMembers,
			steps: []step{
				apply("first apply", goal{calls: 220, against: noop}),
				plan("refresh", goal{against: noop}),
			},
		},
		{
			name: "1,000 users in one chat_ethora_users", sides: []side{ours, noop, bound},
			sizes: map[string]int{"users": 1000}, body: bulkUsers,
			steps: []step{
				apply("first apply", goal{calls: 25, against: noop, factor: 1, plus: time.Second}),
				plan("second plan", goal{against: noop}),
			},
		},
		{
			name: "10,000 users in one chat_ethora_users", sides: []side{ours, bound},
			sizes: map[string]int{"users": 10000}, body: bulkUsers,
			steps: []step{apply("first apply", users), plan("second plan", users)},
		},
		{
			name: "10,000 members in one chat_ethora_room_members", sides: []side{ours, bound}, seedUsers: 10000, seedRooms: 1,
			sizes: map[string]int{"users": 10000}, body: oneRoomMembers,
			steps: []step{apply("first apply", members), plan("second plan", members)},
		},
	}
}

// apartShapes are the first ones with nothing shared and nothing batched.
func apartShapes() []shape {
	var apart []shape
	for _, s := range singleShapes()[:2] {
		s.name += ", each call for itself"
		s.sides = []side{ours}
		s.environment = []string{"CHAT_WITHOUT_COALESCING=1"}
		s.steps = slices.Clone(s.steps)
		for i := range s.steps {
			s.steps[i].goal = goal{}
		}
		apart = append(apart, s)
	}
	return apart
}

// targeted is a step about one user whose name changes.
func targeted(name string, g goal, arguments ...string) step {
	arguments = append(arguments, "-target=chat_ethora_user.user[7]", "-var=changed=Yes")
	return step{name: name, arguments: arguments, differs: arguments[0] == "plan", goal: g}
}

// scaled is the shape with no more than so many objects of a kind; 0 means no
// cap. Its goals are for its full size.
func (s shape) scaled(most int) shape {
	if most == 0 {
		return s
	}
	s.sizes = maps.Clone(s.sizes)
	for name, size := range s.sizes {
		s.sizes[name] = min(size, most)
	}
	s.seedUsers, s.seedRooms = min(s.seedUsers, max(most*most, batch)), min(s.seedRooms, most)
	return s
}

// configuration is all of the shape's HCL.
func (s shape) configuration(header string) string {
	var text strings.Builder
	text.WriteString(header + "\nlocals {\n")
	for _, name := range slices.Sorted(maps.Keys(s.sizes)) {
		fmt.Fprintf(&text, "  %s = %d\n", name, s.sizes[name])
	}
	text.WriteString("}\n" + s.body)
	return text.String()
}
