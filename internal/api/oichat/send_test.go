package oichat

import (
	"context"
	"errors"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/chattenant/terraform-provider-chat/internal/api/rest"
	"github.com/chattenant/terraform-provider-chat/internal/mock/control"
	mock "github.com/chattenant/terraform-provider-chat/internal/mock/oichat"
)

func asError(err error, failure **rest.Error) bool { return errors.As(err, failure) }

func TestEveryPostHasAKeyAndNothingElse(t *testing.T) {
	uuid := regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)
	server := says(`{"room_id":"r","token":"t","participants":[]}`)
	client := serve(t, impatient(), server)
	ctx := background(t)
	for _, err := range []error{
		second(client.CreateRoom(ctx, group("x"))),
		second(client.GetRoom(ctx, "r")),
		second(client.ListRooms(ctx, "ann", 0)),
		second(client.UpdateRoom(ctx, "r", RoomFields{Name: pointer("n")})),
		client.AddParticipant(ctx, "r", "ann"),
		client.RemoveParticipant(ctx, "r", "ann"),
		second(client.Leave(ctx, "r", "ann", "")),
		second(client.SendMessage(ctx, NewMessage{RoomID: "r", SenderID: "system", Content: "x"})),
		second(client.CreateToken(ctx, NewToken{UserID: "ann"})),
		second(client.RefreshToken(ctx, "old")),
		client.DeleteRoom(ctx, "r"),
	} {
		if err != nil && !strings.Contains(err.Error(), "holds no list") {
			t.Error(err)
		}
	}
	keys := map[string]bool{}
	for i, line := range server.seen {
		key := server.headers[i].Get("Idempotency-Key")
		if posted := strings.HasPrefix(line, "POST"); posted != uuid.MatchString(key) || !posted && key != "" || keys[key] && key != "" {
			t.Errorf("%s has the key %q", line, key)
		}
		keys[key] = true
	}
	if len(keys) != 7 { // six POSTs, and none
		t.Errorf("keys %v", keys)
	}
}

func second[T any](_ T, err error) error { return err }

func TestFaultsAreRepeatedOrNot(t *testing.T) {
	calls := map[string]func(context.Context, *Client, string) error{
		"GET": func(ctx context.Context, c *Client, id string) error { return second(c.GetRoom(ctx, id)) },
		"PATCH": func(ctx context.Context, c *Client, id string) error {
			return second(c.UpdateRoom(ctx, id, RoomFields{Name: pointer("n")}))
		},
		"POST":   func(ctx context.Context, c *Client, id string) error { return second(c.Leave(ctx, id, "ann", "")) },
		"DELETE": func(ctx context.Context, c *Client, id string) error { return c.DeleteRoom(ctx, id) },
	}
	for name, test := range map[string]struct {
		rule control.FaultRule // as often as times says
		want int               // attempts
		kind rest.Kind
	}{
		"500 once":         {control.FaultRule{Status: 500, Times: 1}, 2, -1},
		"500 for ever":     {control.FaultRule{Status: 500}, 3, rest.Unknown},
		"507 for ever":     {control.FaultRule{Status: 507}, 3, rest.Unknown},
		"503 twice":        {control.FaultRule{Status: 503, Times: 2}, 3, -1},
		"503 for ever":     {control.FaultRule{Status: 503}, 3, rest.Unavailable},
		"501":              {control.FaultRule{Status: 501}, 1, rest.Unsupported},
		"400":              {control.FaultRule{Status: 400}, 1, rest.Invalid},
		"401":              {control.FaultRule{Status: 401}, 1, rest.Unauthorized},
		"403":              {control.FaultRule{Status: 403}, 1, rest.Forbidden},
		"408":              {control.FaultRule{Status: 408}, 1, rest.Unavailable},
		"429 once":         {control.FaultRule{Status: 429, Times: 1}, 2, -1},
		"cut before once":  {control.FaultRule{Drop: "before", Times: 1}, 2, -1},
		"cut after once":   {control.FaultRule{Drop: "after", Times: 1}, 2, -1},
		"cut for ever":     {control.FaultRule{Drop: "before"}, 3, rest.Unavailable},
		"web page for 200": {control.FaultRule{Body: "<html>"}, 1, rest.Malformed},
		"slow":             {control.FaultRule{LatencyMS: 300}, 3, rest.Unavailable},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for method, call := range calls {
				attempts := newCounter()
				config := impatient()
				config.Transport = attempts
				if test.rule.LatencyMS > 0 {
					config.RequestTimeout = 50 * time.Millisecond
				}
				client, server := startMockWith(t, config, mock.Settings{EmptyAnswer: "200"})
				room := mustCreate(t, serve(t, impatient(), server), group("x"))
				fault(t, server, test.rule)
				err := call(background(t), client, room.ID)
				if test.kind < 0 && err != nil || test.kind >= 0 && !rest.IsKind(err, test.kind) {
					t.Errorf("%s: %v", method, err)
				}
				if got := int(attempts.attempts.Load()); got != test.want {
					t.Errorf("%s: %d attempts, want %d", method, got, test.want)
				}
			}
		})
	}
}

func TestRetriesCanBeTurnedOff(t *testing.T) {
	config := impatient()
	config.MaxRetries, config.RateLimitPatience = -1, -1
	for _, status := range []int{429, 500, 503} {
		server := inTurn(scripted{status, `{}`})
		if err := serve(t, config, server).DeleteRoom(background(t), "r"); err == nil || len(server.seen) != 1 {
			t.Errorf("%d: %v after %d requests", status, err, len(server.seen))
		}
	}
}

func TestCancellationEndsTheWait(t *testing.T) {
	config := impatient()
	config.RetryWaitMin, config.RetryWaitMax = time.Hour, time.Hour
	ctx, cancel := context.WithCancel(background(t))
	posts := 0
	client := serve(t, config, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		posts++
		cancel()
		w.WriteHeader(http.StatusInternalServerError)
	}))
	_, err := client.CreateRoom(ctx, group("x"))
	var lost *LostError
	if !errors.As(err, &lost) || posts != 1 {
		t.Errorf("%v after %d posts", err, posts)
	}
}

func TestAWebPageIsNoDeletion(t *testing.T) {
	for _, body := range []string{"<!doctype html>", `{"success":false,"error":"NOPE"}`} {
		server := says(body)
		if err := serve(t, impatient(), server).DeleteRoom(background(t), "r"); !rest.IsKind(err, rest.Malformed) {
			t.Errorf("%s: %v", body, err)
		}
	}
}

func TestSecretsStayOut(t *testing.T) {
	echo := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusBadRequest)
		_, _ = w.Write([]byte(`{"error":{"code":"BAD","message":"` + r.Header.Get("X-Secret-Key") + ` ` + r.Header.Get("X-API-Key") + `"}}`))
	})
	_, err := serve(t, impatient(), echo).GetRoom(background(t), "r")
	if err == nil || strings.Contains(err.Error(), "canary") {
		t.Errorf("got %v", err)
	}
}
