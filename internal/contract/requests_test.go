//go:build contract

package contract

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	api "github.com/chattenant/terraform-provider-chat/internal/api/ethora"
	"github.com/chattenant/terraform-provider-chat/internal/api/rest"
	"github.com/chattenant/terraform-provider-chat/internal/mock/control"
	mock "github.com/chattenant/terraform-provider-chat/internal/mock/ethora"
)

// An operation is one thing to do, by the SDK and by our client, with the same
// input on the same tenant.
type operation struct {
	call    string // the SDK's method
	variant string // what is special about the input or the server
	prepare func(*testing.T, *stage)
	sdk     func(*stage) []any // arguments of the call
	method  string             // our client's method
	ours    func(context.Context, *stage) error
	carries int // which of our requests carries the operation out, from 0
}

func (o operation) name() string { return strings.TrimSpace(o.call + " " + o.variant) }

// outcome is what one side did.
type outcome struct {
	requests []sent
	result   string // "done", or the status of the refusal
	tenant   mock.State
}

// TestRequestsAreTheSDKs compares the requests of both sides. What differs must
// stand in the table of differences, and what stands there must differ.
func TestRequestsAreTheSDKs(t *testing.T) {
	s := newStage(t)
	names := []string{everyOperation, everyWithoutBody}
	for _, operation := range operations {
		names = append(names, operation.name())
		t.Run(operation.name(), func(t *testing.T) {
			theirs := s.runSDK(t, operation)
			ours := s.runOurs(t, operation)
			found := s.compare(t, theirs, ours, operation.carries)
			checkDifferences(t, rowsOf(operation, theirs.requests[0]), found)
		})
	}
	for _, row := range differences {
		if !slices.Contains(names, row.operation) {
			t.Errorf("the table of differences names an operation %q that is not compared", row.operation)
		}
	}
}

func (s *stage) begin(t *testing.T, operation operation) {
	t.Helper()
	s.reset(t)
	if operation.prepare != nil {
		operation.prepare(t, s)
	}
}

func (s *stage) runSDK(t *testing.T, operation operation) outcome {
	t.Helper()
	s.begin(t, operation)
	result := "done"
	if _, thrown := s.sdk.try(t, operation.call, operation.sdk(s)...); thrown != nil {
		result = strconv.Itoa(thrown.Status)
	}
	return outcome{requests: []sent{s.wire.one(t)}, result: result, tenant: s.mock.Snapshot()}
}

func (s *stage) runOurs(t *testing.T, operation operation) outcome {
	t.Helper()
	s.begin(t, operation)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	result := "done"
	if err := operation.ours(ctx, s); err != nil {
		var refused *rest.Error
		if !errors.As(err, &refused) {
			t.Fatal(err)
		}
		result = strconv.Itoa(refused.Status)
	}
	requests := s.wire.take()
	if len(requests) <= operation.carries {
		t.Fatalf("our client sent %d requests", len(requests))
	}
	return outcome{requests: requests, result: result, tenant: s.mock.Snapshot()}
}

// compare returns what differs, without reasons. Where both sides succeeded,
// the tenant must be the same afterwards.
func (s *stage) compare(t *testing.T, theirs, ours outcome, carries int) []difference {
	t.Helper()
	var found []difference
	add := func(fact, sdk, ours string) {
		if sdk != ours {
			found = append(found, difference{fact: fact, sdk: sdk, ours: ours})
		}
	}
	add("result", theirs.result, ours.result)
	for i, extra := range ours.requests {
		if i != carries {
			add(fmt.Sprintf("request %d", i+1), "", s.readable(extra.line()))
		}
	}
	sdkFacts, ourFacts := s.facts(t, theirs.requests[0]), s.facts(t, ours.requests[carries])
	for _, fact := range slices.Sorted(maps.Keys(merge(sdkFacts, ourFacts))) {
		add(fact, sdkFacts[fact], ourFacts[fact])
	}
	if theirs.result == "done" && ours.result == "done" && !reflect.DeepEqual(theirs.tenant, ours.tenant) {
		t.Errorf("the tenant differs afterwards:\n SDK %+v\nours %+v", theirs.tenant, ours.tenant)
	}
	return found
}

func merge(one, other map[string]string) map[string]string {
	both := maps.Clone(one)
	maps.Copy(both, other)
	return both
}

// readable writes ids as names.
func (s *stage) readable(words string) string {
	return strings.NewReplacer(s.own, "{own}", s.acme, "{acme}").Replace(words)
}

// facts takes a request apart: every header, query value, body value and token
// claim by a name of its own. A fact that is absent has no entry.
func (s *stage) facts(t *testing.T, request sent) map[string]string {
	t.Helper()
	facts := map[string]string{"method": request.method, "path": s.readable(request.path)}
	for key, values := range request.query {
		facts["query "+key] = s.readable(strings.Join(values, ", "))
	}
	for key, values := range request.header {
		if key != "Content-Length" { // follows from the body
			facts["header "+key] = strings.Join(values, ", ")
		}
	}
	for _, header := range []string{"Authorization", "X-Custom-Token"} {
		token, scheme := strings.CutPrefix(request.header.Get(header), "Bearer ")
		facts["header "+header] = "{token}"
		if scheme {
			facts["header "+header] = "Bearer {token}"
		}
		maps.Copy(facts, s.claims(t, header, token))
	}
	s.flatten(t, "body", request.body, facts)
	return facts
}

// claims verifies a server token and takes it apart. Moments are told relative
// to the one of signing.
func (s *stage) claims(t *testing.T, header, token string) map[string]string {
	t.Helper()
	payload := jwt.MapClaims{}
	key := api.DeriveKey(s.mock.AppSecret(), "ethora:server:v1")
	parsed, err := jwt.ParseWithClaims(token, payload,
		func(*jwt.Token) (any, error) { return []byte(key), nil }, jwt.WithValidMethods([]string{"HS256"}))
	if err != nil {
		t.Fatalf("the token in %s: %v", header, err)
	}
	issued, err := payload.GetIssuedAt()
	if err != nil || issued == nil {
		t.Fatalf("the token in %s does not say when it was issued (%v)", header, err)
	}
	facts := map[string]string{}
	if expires, err := payload.GetExpirationTime(); err == nil && expires != nil {
		facts["token exp"] = "iat + " + expires.Sub(issued.Time).String()
	}
	delete(payload, "iat")
	delete(payload, "exp")
	s.flatten(t, "token header", parsed.Header, facts)
	s.flatten(t, "token", map[string]any(payload), facts)
	return facts
}

// flatten names every value in a JSON value by its path.
func (s *stage) flatten(t *testing.T, name string, value any, into map[string]string) {
	t.Helper()
	switch value := value.(type) {
	case nil:
	case object:
		for key, inner := range value {
			s.flatten(t, name+" "+key, inner, into)
		}
	case []any:
		for i, inner := range value {
			s.flatten(t, name+" "+strconv.Itoa(i), inner, into)
		}
	default:
		raw, err := json.Marshal(value)
		if err != nil {
			t.Fatal(err)
		}
		into[name] = s.readable(string(raw))
	}
}

// rowsOf returns the rows of the table that speak of the operation.
func rowsOf(operation operation, request sent) []difference {
	var rows []difference
	for _, row := range differences {
		switch row.operation {
		case operation.name(), everyOperation:
			rows = append(rows, row)
		case everyWithoutBody:
			if request.body == nil {
				rows = append(rows, row)
			}
		}
	}
	return rows
}

// checkDifferences holds what was found against the rows.
func checkDifferences(t *testing.T, rows, found []difference) {
	t.Helper()
	for _, row := range rows {
		i := slices.IndexFunc(found, func(d difference) bool {
			return d.fact == row.fact && d.sdk == row.sdk && d.ours == row.ours
		})
		if i < 0 {
			t.Errorf("the table lists a difference that is not there any more: %s, the SDK %q, ours %q", row.fact, row.sdk, row.ours)
			continue
		}
		found = slices.Delete(found, i, i+1)
	}
	for _, d := range found {
		t.Errorf("%s differs: the SDK %q, ours %q; mend it, or list it with its reason", d.fact, d.sdk, d.ours)
	}
}

// Methods that only one side has, or that are not compared here, with the
// reason. A new method of the SDK or of our client fails until it is compared
// or listed.
func TestEveryMethodIsComparedOrExcused(t *testing.T) {
	s := newStage(t)
	theirs := []string{}
	for _, name := range s.sdk.call(t, "surface").([]any) {
		theirs = append(theirs, name.(string))
	}
	ours := []string{}
	client := reflect.TypeFor[*api.Client]()
	for i := range client.NumMethod() {
		ours = append(ours, client.Method(i).Name)
	}
	calls, methods := map[string]bool{}, map[string]bool{}
	for _, operation := range operations {
		calls[operation.call] = true
		methods[operation.method] = true
	}
	checkExcuses(t, "the SDK", theirs, calls, sdkAlone)
	checkExcuses(t, "our client", ours, methods, oursAlone)
}

func checkExcuses(t *testing.T, side string, names []string, compared map[string]bool, excuses map[string]string) {
	t.Helper()
	for _, name := range names {
		switch _, excused := excuses[name]; {
		case !compared[name] && !excused:
			t.Errorf("%s has %s: compare it with the other side, or say why not", side, name)
		case compared[name] && excused:
			t.Errorf("%s of %s is compared and needs no excuse", name, side)
		}
	}
	for name := range excuses {
		if !slices.Contains(names, name) {
			t.Errorf("there is an excuse for %s, which %s does not have", name, side)
		}
	}
	for name := range compared {
		if !slices.Contains(names, name) {
			t.Errorf("%s has no method %s", side, name)
		}
	}
}

// Room names and addresses are computed, not asked for.
func TestNamesAreTheSDKs(t *testing.T) {
	s := newStage(t)
	for _, id := range []string{"support", "Support-1", "a_b"} {
		if theirs, ours := s.sdk.call(t, "createChatName", id, false), api.RoomName(s.own, id); theirs != ours {
			t.Errorf("the name of room %s: the SDK %v, ours %s", id, theirs, ours)
		}
		if theirs, ours := s.sdk.call(t, "createChatName", id), api.RoomJID(s.own, id, api.DefaultXMPPHost); theirs != ours {
			t.Errorf("the address of room %s: the SDK %v, ours %s", id, theirs, ours)
		}
	}
	// The SDK prefixes a prefixed name again; the page says not to copy that.
	name := s.own + "_support"
	if theirs := s.sdk.call(t, "createChatName", name, false); theirs != s.own+"_"+name {
		t.Errorf("the SDK now names room %s %v: mend the test and the reference", name, theirs)
	}
	if ours := api.RoomName(s.own, name); ours != name {
		t.Errorf("our name of room %s is %s", name, ours)
	}
}

// withoutRoute makes the server answer a route as if it did not exist.
func withoutRoute(method, path string) func(*testing.T, *stage) {
	return func(t *testing.T, s *stage) {
		t.Helper()
		plan := control.FaultPlan{Rules: []control.FaultRule{{
			Method:  method,
			Path:    path,
			Status:  http.StatusNotFound,
			Headers: map[string]string{"Content-Type": "text/html"},
			Body:    "<html><body><pre>Cannot " + method + "</pre></body></html>",
		}}}
		if err := s.mock.SetFaults(plan); err != nil {
			t.Fatal(err)
		}
	}
}
