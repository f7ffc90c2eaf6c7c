package oichat_test

import (
	"fmt"
	"net/http"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chattenant/terraform-provider-chat/internal/acctest"
	"github.com/chattenant/terraform-provider-chat/internal/mock/control"
)

// An operation is something that the provider does with one call, most often.
// Before it there is a room of ann and bob, whose state is given.
type operation struct {
	method, path string
	run          func(*testing.T, *acctest.Protocol, acctest.Change) (acctest.Change, []string)
	done         func(*testing.T, project) bool // the server has what was wanted, once
	reads        bool
}

// outcome is what the operation of a resource ended with.
func outcome(change acctest.Change) (acctest.Change, []string) { return change, change.Problems }

// roomIDOf is the id of the room whose state is given.
func roomIDOf(room acctest.Change) string { return room.State["room_id"].(string) }

var operations = map[string]operation{
	"create a room": {"POST", "/rooms$",
		func(t *testing.T, p *acctest.Protocol, _ acctest.Change) (acctest.Change, []string) {
			return outcome(p.Apply(t.Context(), roomType, supportRoom(acctest.Object{"name": "Second"}), nil))
		}, func(_ *testing.T, p project) bool { return len(p.Snapshot().Rooms) == 2 }, false},
	"read a room": {"GET", "/rooms/",
		func(t *testing.T, p *acctest.Protocol, room acctest.Change) (acctest.Change, []string) {
			return outcome(p.Refresh(t.Context(), roomType, room))
		}, nil, true},
	"rename a room": {"PATCH", "/rooms/",
		func(t *testing.T, p *acctest.Protocol, room acctest.Change) (acctest.Change, []string) {
			return outcome(p.Apply(t.Context(), roomType, supportRoom(acctest.Object{"name": "Renamed"}), &room))
		}, func(t *testing.T, p project) bool { return *p.onlyRoom(t).Name == "Renamed" }, false},
	"add a listed participant": {"POST", "/participants$",
		func(t *testing.T, p *acctest.Protocol, room acctest.Change) (acctest.Change, []string) {
			return outcome(p.Apply(t.Context(), roomType, supportRoom(acctest.Object{"participants": []string{"ann", "bob", "cara"}}), &room))
		}, func(t *testing.T, p project) bool { return slices.Equal(p.in(t), []string{"ann", "bob", "cara"}) }, false},
	"exchange listed participants": {"DELETE", "/participants/",
		func(t *testing.T, p *acctest.Protocol, room acctest.Change) (acctest.Change, []string) {
			return outcome(p.Apply(t.Context(), roomType, supportRoom(acctest.Object{"participants": []string{"bob", "cara"}}), &room))
		}, func(t *testing.T, p project) bool { return slices.Equal(p.in(t), []string{"bob", "cara"}) }, false},
	"delete a room": {"DELETE", "/rooms/[^/]+$",
		func(t *testing.T, p *acctest.Protocol, room acctest.Change) (acctest.Change, []string) {
			return outcome(p.Apply(t.Context(), roomType, nil, &room))
		}, func(_ *testing.T, p project) bool { return len(p.open()) == 0 }, false},
	"add a participant": {"POST", "/participants$",
		func(t *testing.T, p *acctest.Protocol, room acctest.Change) (acctest.Change, []string) {
			return outcome(p.Apply(t.Context(), participantType, edge(roomIDOf(room), "cara"), nil))
		}, func(t *testing.T, p project) bool { return slices.Equal(p.in(t), []string{"ann", "bob", "cara"}) }, false},
	"read a participant": {"GET", "/rooms/",
		func(t *testing.T, p *acctest.Protocol, room acctest.Change) (acctest.Change, []string) {
			return outcome(p.Import(t.Context(), participantType, roomIDOf(room)+"/ann", nil))
		}, nil, true},
	"remove a participant": {"DELETE", "/participants/",
		func(t *testing.T, p *acctest.Protocol, room acctest.Change) (acctest.Change, []string) {
			bob := p.Import(t.Context(), participantType, roomIDOf(room)+"/bob", nil)
			if bob.State == nil {
				return bob, nil // gone with the first try
			}
			return outcome(p.Apply(t.Context(), participantType, nil, &bob))
		}, func(t *testing.T, p project) bool { return slices.Equal(p.in(t), []string{"ann"}) }, false},
	"look a room up": {"GET", "/rooms/",
		func(t *testing.T, p *acctest.Protocol, room acctest.Change) (acctest.Change, []string) {
			state, problems := p.ReadDataSource(t.Context(), roomType, acctest.Object{"room_id": roomIDOf(room)})
			return acctest.Change{State: state}, problems
		}, nil, true},
	"look rooms up": {"GET", "/rooms$",
		func(t *testing.T, p *acctest.Protocol, _ acctest.Change) (acctest.Change, []string) {
			state, problems := p.ReadDataSource(t.Context(), "chat_oichat_rooms", acctest.Object{"user_id": "ann"})
			return acctest.Change{State: state}, problems
		}, nil, true},
	"list rooms": {"GET", "/rooms$",
		func(t *testing.T, p *acctest.Protocol, _ acctest.Change) (acctest.Change, []string) {
			results := p.List(t.Context(), roomType, acctest.Object{"user_id": "ann"}, 100, true)
			return acctest.Change{State: results[0].Resource}, results[0].Problems
		}, nil, true},
	"list participants": {"GET", "/rooms/",
		func(t *testing.T, p *acctest.Protocol, room acctest.Change) (acctest.Change, []string) {
			results := p.List(t.Context(), participantType, acctest.Object{"room_id": roomIDOf(room)}, 100, true)
			return acctest.Change{State: results[0].Resource}, results[0].Problems
		}, nil, true},
	"issue a token": {"POST", "/auth/token$",
		func(t *testing.T, p *acctest.Protocol, _ acctest.Change) (acctest.Change, []string) {
			opened := p.Open(t.Context(), tokenType, acctest.Object{"user_id": "ann"})
			return acctest.Change{State: opened.Result}, opened.Problems
		}, nil, true},
	"refresh a token": {"POST", "/auth/token/refresh$",
		func(t *testing.T, p *acctest.Protocol, _ acctest.Change) (acctest.Change, []string) {
			renewed := p.Renew(t.Context(), p.Open(t.Context(), tokenType, acctest.Object{"user_id": "ann"}))
			problems := slices.DeleteFunc(renewed.Problems, func(problem string) bool { return strings.HasPrefix(problem, "WARNING A token was refreshed") })
			if renewed.RenewAt.IsZero() {
				return acctest.Change{}, problems
			}
			return acctest.Change{State: acctest.Object{"renewed": true}}, problems
		}, nil, true},
	"send a message": {"POST", "/messages$",
		func(t *testing.T, p *acctest.Protocol, room acctest.Change) (acctest.Change, []string) {
			progress, problems := p.Invoke(t.Context(), sendMessage, acctest.Object{"room_id": roomIDOf(room), "content": "Hello"})
			return acctest.Change{State: acctest.Object{"progress": progress}}, problems
		}, func(_ *testing.T, p project) bool { return len(p.Snapshot().Messages) == 1 }, false},
	"leave a room": {"POST", "/leave$",
		func(t *testing.T, p *acctest.Protocol, room acctest.Change) (acctest.Change, []string) {
			progress, problems := p.Invoke(t.Context(), leaveRoom, edge(roomIDOf(room), "bob"))
			return acctest.Change{State: acctest.Object{"progress": progress}}, problems
		}, func(t *testing.T, p project) bool { return slices.Equal(p.in(t), []string{"ann"}) }, false},
}

// keys are the idempotency keys of the calls to a path.
func (p project) keys(path string) map[string]bool {
	pattern := regexp.MustCompile(path)
	keys := map[string]bool{}
	for _, request := range p.Requests() {
		if request.Method == http.MethodPost && pattern.MatchString(request.Path) {
			keys[request.Headers["Idempotency-Key"]] = true
		}
	}
	return keys
}

// startWithRoom starts a mock with a room of ann and bob, and returns its state.
func startWithRoom(t *testing.T) (project, acctest.Change) {
	t.Helper()
	p := startProject(t)
	return p, p.mustApply(t, roomType, supportRoom(nil), nil)
}

// What goes wrong once is not noticed, by no operation, and nothing is done
// twice.
func TestFaults_once(t *testing.T) {
	t.Parallel()
	for fault, rule := range map[string]control.FaultRule{
		"429 with Retry-After":    {Status: 429, Headers: map[string]string{"Retry-After": "0"}},
		"429 without Retry-After": {Status: 429},
		"500":                     {Status: 500, Body: `{"error":{"code":"INTERNAL","message":"oops"}}`},
		"502":                     {Status: 502, Body: "<html>Bad gateway</html>"},
		"503":                     {Status: 503, Headers: map[string]string{"Retry-After": "0"}},
		"504":                     {Status: 504},
		"cut before":              {Drop: "before"},
		"cut after":               {Drop: "after"},
	} {
		for name, operation := range operations {
			t.Run(fault+", "+name, func(t *testing.T) {
				t.Parallel()
				p, room := startWithRoom(t)
				rule := rule // the subtests run at the same time
				rule.Method, rule.Path, rule.Times = operation.method, operation.path, 1
				p.Faults(t, rule)
				p.ResetRequests()
				change, problems := operation.run(t, p.Protocol(t), room)
				if len(problems) > 0 || change.State == nil && !strings.HasPrefix(name, "delete") && !strings.HasPrefix(name, "remove") {
					t.Errorf("it ended with %v and said %q", change.State, problems)
				}
				if operation.done != nil && !operation.done(t, p) {
					t.Errorf("the server has %+v", p.Snapshot())
				}
				if calls := p.Count(operation.method, operation.path); calls != 2 {
					t.Errorf("there were %d calls, want one and its repetition", calls)
				}
				if keys := p.keys(operation.path); operation.method == "POST" && (len(keys) != 1 || keys[""]) {
					t.Errorf("the call and its repetition had the idempotency keys %v", keys)
				}
			})
		}
	}
}

// What goes on going wrong is told in one error, changes nothing in the state,
// and is made good by the next run, without doing anything twice.
func TestFaults_always(t *testing.T) {
	t.Parallel()
	for fault, test := range map[string]struct {
		rule control.FaultRule
		want string
	}{
		"429":        {control.FaultRule{Status: 429}, "too many requests"},
		"500":        {control.FaultRule{Status: 500, Body: `{"error":{"code":"INTERNAL","message":"oops"}}`}, "oops (500, code INTERNAL"},
		"503":        {control.FaultRule{Status: 503}, "(503, 3 attempts)"},
		"cut before": {control.FaultRule{Drop: "before"}, "The server could not be reached or did not answer in time."},
		"401":        {control.FaultRule{Status: 401, Body: `{"error":{"code":"BAD_KEY","message":"who are you?"}}`}, "OiChat does not accept the credentials."},
		"403":        {control.FaultRule{Status: 403, Body: `{"error":{"code":"FORBIDDEN","message":"not here"}}`}, "Check that the keys belong to the project"},
		"HTML 404":   {control.FaultRule{Status: 404, Body: "<html>404</html>"}, "OiChat does not publish the paths of its API"},
		"empty 404":  {control.FaultRule{Status: 404, Empty: true}, "OiChat does not publish the paths of its API"},
		"501":        {control.FaultRule{Status: 501}, "OiChat does not publish the paths of its API"},
	} {
		for name, operation := range operations {
			t.Run(fault+", "+name, func(t *testing.T) {
				t.Parallel()
				p, room := startWithRoom(t)
				rule := test.rule
				rule.Method, rule.Path = operation.method, operation.path
				p.Faults(t, rule)
				before := room.State
				change, problems := operation.run(t, p.Protocol(t), room)
				want := test.want
				if name == "create a room" && fault == "cut before" { // nobody knows that it was before
					want = "It is not known whether OiChat created the room"
				}
				mustFail(t, problems, want)
				if operation.done != nil && operation.done(t, p) {
					t.Error("it was done all the same")
				}
				if name == "read a room" || name == "rename a room" || name == "delete a room" {
					if !reflect.DeepEqual(change.State, before) {
						t.Errorf("the state became %v", change.State)
					}
				}
				p.Faults(t)
				if strings.HasPrefix(name, "add a listed") || strings.HasPrefix(name, "exchange") {
					room = change // part of it may be done, and the state says which
				}
				if _, problems = operation.run(t, p.Protocol(t), room); len(problems) > 0 {
					t.Errorf("the next run said %q", problems)
				}
				if operation.done != nil && !operation.done(t, p) {
					t.Errorf("the next run left %+v", p.Snapshot())
				}
			})
		}
	}
}

// mustFail fails unless there is one error that says what is wanted.
func mustFail(t *testing.T, problems []string, want string) {
	t.Helper()
	if len(problems) != 1 || !strings.HasPrefix(problems[0], "ERROR Can't ") || !strings.Contains(problems[0], want) {
		t.Errorf("it said %q, want one error with %q", problems, want)
	}
}

// An answer that can't be read, though the call was carried out. Reads fail and
// keep the state; writes succeed where they need not know the answer, or ask
// again.
func TestFaults_unreadableAnswers(t *testing.T) {
	t.Parallel()
	for fault, test := range map[string]struct {
		rule  control.FaultRule
		fails []string // of the writes
	}{
		"malformed JSON": {control.FaultRule{Body: `{"room_id":`}, nil},
		"empty body":     {control.FaultRule{Empty: true}, nil},
		"web page": {control.FaultRule{Body: "<html>Welcome</html>"}, []string{"rename a room", "add a listed participant", "exchange listed participants",
			"delete a room", "add a participant", "remove a participant", "send a message", "leave a room"}},
		"another room": {control.FaultRule{Body: `{"room_id":"other","type":"group","status":"open","participants":[]}`}, nil},
	} {
		for name, operation := range operations {
			if fault == "another room" && (operation.path != "/rooms/" || !operation.reads) {
				continue
			}
			t.Run(fault+", "+name, func(t *testing.T) {
				t.Parallel()
				p, room := startWithRoom(t)
				p.Settings(t, mockSettings{EmptyAnswer: "200"}) // a 204 has no body that could be another
				rule := test.rule
				rule.Method, rule.Path, rule.Times = operation.method, operation.path, 1
				p.Faults(t, rule)
				change, problems := operation.run(t, p.Protocol(t), room)
				if operation.reads || slices.Contains(test.fails, name) {
					mustFail(t, problems, "The answer is not what the API promises.")
				} else if len(problems) > 0 {
					t.Errorf("it said %q", problems)
				}
				if name == "read a room" && !reflect.DeepEqual(change.State, room.State) {
					t.Errorf("the state became %v", change.State)
				}
				// The call was carried out, so there is nothing left to do; leaving
				// alone can't be done twice.
				if operation.done != nil && !operation.done(t, p) {
					t.Errorf("the server has %+v", p.Snapshot())
				}
			})
		}
	}
}

// A server that gets slower than the provider's patience.
func TestFaults_timeouts(t *testing.T) {
	t.Parallel()
	p, room := startWithRoom(t)
	p.Faults(t, control.FaultRule{Method: "PATCH", LatencyMS: 3000})
	config := supportRoom(acctest.Object{"name": "Renamed", "timeouts": acctest.Object{"update": "100ms"}})
	late := p.Protocol(t).Apply(t.Context(), roomType, config, &room)
	mustFail(t, late.Problems, "The time allowed for this operation ran out. Try again, or raise the value in the resource's timeouts.")
	if late.State["name"] != "Support" {
		t.Errorf("the state says %v", late.State["name"])
	}
}

// A creation that nobody answers tells its key, and the key brings the room.
func TestFaults_lostCreation(t *testing.T) {
	t.Parallel()
	p := startProject(t)
	p.Faults(t, control.FaultRule{Method: "POST", Path: "/rooms$", Drop: "after"})
	lost := p.Protocol(t).Apply(t.Context(), roomType, supportRoom(nil), nil)
	mustFail(t, lost.Problems, "It is not known whether OiChat created the room \"Support\"")
	if lost.State != nil || len(p.Snapshot().Rooms) != 1 || p.Count("POST", "/rooms$") != 3 {
		t.Errorf("the state is %v, the server has %+v after %d calls", lost.State, p.Snapshot().Rooms, p.Count("POST", "/rooms$"))
	}
	var key string
	if _, rest, found := strings.Cut(lost.Problems[0], "idempotency_key = "); found {
		_, _ = fmt.Sscanf(rest, "%q", &key)
	}
	if key == "" || key != p.Requests()[0].Headers["Idempotency-Key"] {
		t.Fatalf("the key %q is not that of the call", key)
	}
	p.Faults(t)
	room := p.mustApply(t, roomType, supportRoom(acctest.Object{"idempotency_key": key}), nil)
	if rooms := p.Snapshot().Rooms; len(rooms) != 1 || roomIDOf(room) != rooms[0].ID {
		t.Errorf("the state is %v, the server has %+v", room.State, rooms)
	}
	// A room with a key of its own needs no new one.
	p.Faults(t, control.FaultRule{Method: "POST", Path: "/rooms$", Drop: "after"})
	keyed := supportRoom(acctest.Object{"idempotency_key": "order-1234"})
	mustFail(t, p.Protocol(t).Apply(t.Context(), roomType, keyed, nil).Problems, "Apply again within 24 hours: with the same idempotency_key OiChat returns the room")
	p.Faults(t)
	p.mustApply(t, roomType, keyed, nil)
	if rooms := p.Snapshot().Rooms; len(rooms) != 2 {
		t.Errorf("the server has %+v", rooms)
	}

	// The key stays in the configuration, or goes, and nothing happens.
	p.ResetRequests()
	kept := p.mustApply(t, roomType, supportRoom(acctest.Object{"idempotency_key": key}), &room)
	p.mustApply(t, roomType, supportRoom(nil), &kept)
	p.expect(t)
}

// A key brings back what it once made: not for another room, not for one that
// was deleted, and not for two resources.
func TestRoom_idempotencyKey(t *testing.T) {
	t.Parallel()
	p := startProject(t)
	keyed := supportRoom(acctest.Object{"idempotency_key": "order-1234"})
	run := p.Protocol(t)
	room := run.Apply(t.Context(), roomType, keyed, nil)
	if room.Problems != nil {
		t.Fatal(room.Problems)
	}
	p.expect(t, "POST /rooms", "GET /rooms/R")
	mustFail(t, run.Apply(t.Context(), roomType, keyed, nil).Problems, "which another resource of this configuration has just created.")
	mustFail(t, p.Protocol(t).Apply(t.Context(), roomType, with(keyed, acctest.Object{"name": "Other"}), nil).Problems,
		"A room with the same idempotency_key, but with other values, was created in the last 24 hours.")
	p.mustApply(t, roomType, nil, &room)
	gone := p.Protocol(t).Apply(t.Context(), roomType, keyed, nil)
	mustFail(t, gone.Problems, "which was created with the same idempotency_key and is deleted since. Choose another key, or leave idempotency_key out.")
	if gone.State != nil {
		t.Errorf("the state is %v", gone.State)
	}
	p.mustApply(t, roomType, with(keyed, acctest.Object{"idempotency_key": "order-1234-b"}), nil)
}

// A replacement that creates first may be answered with the room that it is to
// replace. Deleting that would leave none.
func TestRoom_replacedByItself(t *testing.T) {
	t.Parallel()
	for name, room := range map[string]acctest.Object{
		"the same key":                   supportRoom(acctest.Object{"idempotency_key": "order-1234"}),
		"one direct room for each users": supportRoom(acctest.Object{"type": "direct"}),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := startProjectWith(t, mockSettings{ReuseDirect: true})
			old := p.mustApply(t, roomType, room, nil)
			run := p.Protocol(t)
			again := run.Apply(t.Context(), roomType, room, nil)
			if again.Problems != nil || roomIDOf(again) != roomIDOf(old) {
				t.Fatalf("the replacement is %v: %q", again.State, again.Problems)
			}
			deposed := run.Apply(t.Context(), roomType, nil, &old)
			mustSay(t, "deleting the old one", deposed.Problems, "stays, in place of a new one")
			if deposed.State != nil || p.onlyRoom(t).ID != roomIDOf(again) {
				t.Errorf("the state of the old one is %v", deposed.State)
			}
			p.mustApply(t, roomType, nil, &again)
			if left := p.open(); len(left) > 0 {
				t.Errorf("a later destroy left %+v", left)
			}
		})
	}
}

// While one resource deletes a room, another one may be answered with it. It waits
// for the end of that, and does not keep what is gone.
func TestRoom_answeredWhileItIsDeleted(t *testing.T) {
	t.Parallel()
	p := startProject(t)
	keyed := supportRoom(acctest.Object{"idempotency_key": "order-1234"})
	old := p.mustApply(t, roomType, keyed, nil)
	run := p.Protocol(t)
	p.Faults(t, control.FaultRule{Method: "DELETE", LatencyMS: 300})
	deleted := make(chan acctest.Change)
	go func() { deleted <- run.Apply(t.Context(), roomType, nil, &old) }()
	for p.Count("DELETE", "/rooms/") == 0 {
		time.Sleep(time.Millisecond)
	}
	created := run.Apply(t.Context(), roomType, keyed, nil)
	mustSay(t, "creating it again", created.Problems, "deleted since")
	if gone := <-deleted; gone.Problems != nil || created.State != nil || len(p.open()) > 0 {
		t.Errorf("deleting said %q; the new one is %v; open are %+v", gone.Problems, created.State, p.open())
	}
}

// The keys of different creations differ.
func TestRoom_keysOfCreations(t *testing.T) {
	t.Parallel()
	p := startProject(t)
	run := p.Protocol(t)
	for range 3 {
		run.Apply(t.Context(), roomType, supportRoom(nil), nil)
	}
	keys := p.keys("/rooms$")
	if len(keys) != 3 || keys[""] || len(p.open()) != 3 {
		t.Errorf("3 creations had the keys %v and made %d rooms", keys, len(p.open()))
	}
}

// A room that was created stays in the state, whatever comes after.
func TestRoom_createdButNotFinished(t *testing.T) {
	t.Parallel()
	resolved := supportRoom(acctest.Object{"status": "resolved"})
	for name, test := range map[string]struct {
		settings mockSettings
		config   acctest.Object
		rule     control.FaultRule
		want     []string
	}{
		"can't be resolved": {mockSettings{}, resolved, control.FaultRule{Method: "PATCH", Status: 403}, []string{
			"ERROR Can't set the status of OiChat room ", "  terraform untaint <address of this resource>"}},
		"can't be read": {mockSettings{HideParticipants: "always"}, supportRoom(nil), control.FaultRule{Method: "GET", Status: 403}, []string{
			"WARNING The room was created, but not seen: OiChat created room "}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := startProjectWith(t, test.settings)
			p.Faults(t, test.rule)
			room := p.Protocol(t).Apply(t.Context(), roomType, test.config, nil)
			if len(room.Problems) != len(test.want) {
				t.Fatalf("it said %q", room.Problems)
			}
			for i, want := range test.want {
				mustSay(t, "the apply", room.Problems[i:i+1], want)
			}
			if room.State["room_id"] != p.onlyRoom(t).ID || room.State["status"] != "open" || !reflect.DeepEqual(room.State["participants"], []any{"ann", "bob"}) {
				t.Errorf("the state is %v", room.State)
			}
		})
	}
}

// What a server stores otherwise than it was asked to is told, and shown by the
// next plan.
func TestRoom_storedOtherwise(t *testing.T) {
	t.Parallel()
	p := startProject(t)
	answer := `{"room_id":"room-1","type":"group","name":"SUPPORT","participants":["ann","bob"],"metadata":{"a":1},"status":"open"}`
	p.Faults(t, control.FaultRule{Method: "POST", Path: "/rooms$", Status: 201, Body: answer})
	room := p.Protocol(t).Apply(t.Context(), roomType, supportRoom(acctest.Object{"metadata": `{"a": 1.0}`}), nil)
	mustSay(t, "the creation", room.Problems, "WARNING OiChat stored another value: For name it answered another value than it was asked to store. The next plan will show the difference.")
	if room.State["name"] != "Support" || room.State["metadata"] != `{"a": 1.0}` {
		t.Errorf("the state is %v", room.State)
	}
	p.Faults(t, control.FaultRule{Status: 200, Body: answer})
	run := p.Protocol(t)
	read := run.Refresh(t.Context(), roomType, room)
	if read.State["name"] != "SUPPORT" || read.State["metadata"] != `{"a": 1.0}` {
		t.Errorf("the state is %v", read.State)
	}
	for attribute, value := range map[string]any{"name": "Support", "status": "resolved", "metadata": `{"b":1}`} {
		config := supportRoom(acctest.Object{"name": "SUPPORT", "metadata": `{"a":1}`})
		config[attribute] = value
		failed := run.Apply(t.Context(), roomType, config, &read)
		mustSay(t, attribute, failed.Problems, "ERROR OiChat room room-1 did not take the "+attribute+": OiChat accepted the change, but stored something else.")
		if !reflect.DeepEqual(failed.State[attribute], read.State[attribute]) {
			t.Errorf("%s is %v in the state", attribute, failed.State[attribute])
		}
	}
}
