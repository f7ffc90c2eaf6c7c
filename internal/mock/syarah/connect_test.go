package syarah_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/chattenant/terraform-provider-chat/internal/mock/syarah"
)

const unknownUser = "00000000-0000-4000-8000-0000000000ff"

// Query and auth at the connect: who is refused, and with what.
func TestConnect(t *testing.T) {
	b := newBench(t)
	token := b.mock.AccessToken()
	for _, test := range []struct {
		settings        syarah.Settings
		userID, auth    string
		status          int
		message, logged string
	}{
		{userID: syarah.UserID, status: 200, logged: `<nil>`},
		{userID: syarah.UserID, auth: `{}`, status: 200, logged: `map[]`},
		{userID: strings.ToUpper(syarah.UserID), auth: `{"accessToken":"` + token + `"}`, status: 200, logged: `map[accessToken:<hidden>]`},
		{userID: unknownUser, status: 200, logged: `<nil>`}, // nothing says that it is checked
		{userID: syarah.FriendID, auth: `{"accessToken":"` + token + `"}`, status: 200, logged: `map[accessToken:<hidden>]`},
		{status: 400, message: "userId is required", logged: `<nil>`},
		{userID: "ann", status: 400, message: "userId must be a GUID", logged: `<nil>`},
		{userID: syarah.UserID, auth: `{"accessToken":"x"}`, status: 401, message: "The access token is invalid", logged: `map[accessToken:<hidden>]`},
		{userID: syarah.UserID, auth: `{"accessToken":"Bearer ` + token + `"}`, status: 401, message: "The access token is invalid", logged: `map[accessToken:<hidden>]`},
		{userID: syarah.UserID, auth: `{"accessToken":"` + token + `x"}`, status: 401, message: "The access token is invalid", logged: `map[accessToken:<hidden>]`},
		{userID: syarah.UserID, auth: `{"accessToken":""}`, status: 400, message: "accessToken must not be empty", logged: `map[accessToken:<hidden>]`},
		{userID: syarah.UserID, auth: `{"accessToken":7}`, status: 400, message: "accessToken must be a string", logged: `map[accessToken:<hidden>]`},
		{userID: syarah.UserID, auth: `{"token":"` + token + `"}`, status: 400, message: "token is not allowed", logged: `map[token:<hidden>]`},
		{syarah.Settings{AuthKey: "token"}, syarah.UserID, `{"token":"` + token + `"}`, 200, "", `map[token:<hidden>]`},
		{syarah.Settings{AuthKey: "token"}, syarah.UserID, `{"accessToken":"` + token + `"}`, 400, "accessToken is not allowed", `map[accessToken:<hidden>]`},
		{syarah.Settings{LateAuth: true}, syarah.UserID, `{"accessToken":"x"}`, 200, "", `map[accessToken:<hidden>]`},
		{syarah.Settings{AuthOff: true}, syarah.UserID, `{"accessToken":"x"}`, 200, "", `map[accessToken:<hidden>]`},
		{syarah.Settings{CheckUserID: true}, syarah.FriendID, `{"accessToken":"` + token + `"}`, 403, "The userId is not that of the access token", `map[accessToken:<hidden>]`},
		{syarah.Settings{CheckUserID: true}, syarah.UserID, `{"accessToken":"` + token + `"}`, 200, "", `map[accessToken:<hidden>]`},
	} {
		b.set(test.settings)
		c := b.dial("&userId=" + test.userID)
		c.send("40" + test.auth)
		got := c.read()
		if test.status == 200 {
			if sid := (result{T: t, raw: got[2:]}).text("sid"); !strings.HasPrefix(got, "40{") || len(sid) != 20 {
				t.Errorf("%s %s was answered with %s", test.userID, test.auth, got)
			}
		} else if want := fmt.Sprintf(`44{"data":{"status":%d},"message":%q}`, test.status, test.message); got != want {
			t.Errorf("%s %s was answered with %s, want %s", test.userID, test.auth, got, want)
		}
		entry := b.lastLogged()
		if logged := fmt.Sprint(entry.Method, " ", entry.Path, " ", entry.Status, " ", entry.Body); logged != fmt.Sprintf("CONNECT /socket.io/ %d %s", test.status, test.logged) {
			t.Errorf("%s %s was logged as %s", test.userID, test.auth, logged)
		}
	}
	raw, err := json.Marshal(b.mock.Requests())
	if err != nil || strings.Contains(string(raw), token) {
		t.Errorf("the request log shows the token (%v)", err)
	}
}

// A refused client may try again on the same connection.
func TestConnectAgain(t *testing.T) {
	b := newBench(t)
	c := b.dial("&userId=" + syarah.UserID)
	c.send(`40{"accessToken":"x"}`)
	c.until("44{")
	c.send(c.fill(`40{"accessToken":"TOKEN"}`))
	c.until("40{")
	c.ask("getMyChats", "{}").equals("[[]]")
}

// The token is in the query by mistake: the log does not show it.
func TestTokenInTheQuery(t *testing.T) {
	b := newBench(t)
	token := b.mock.AccessToken()
	b.dial("&userId=" + syarah.UserID + "&accessToken=" + token)
	b.rest("GET /api/chat/getChatHeaderAsync?user1Id=OWNER&user2Id=FRIEND&AccessToken="+token, "", nil).fails(400, "AccessToken is not allowed")
	for _, entry := range b.mock.Requests() {
		if strings.Contains(entry.Query, token) || !strings.Contains(entry.Query, "hidden") {
			t.Errorf("%s %s was logged with the query %s", entry.Method, entry.Path, entry.Query)
		}
	}
}

// Handshakes are logged, what belongs to a session is not.
func TestLoggedHandshakes(t *testing.T) {
	b := newBench(t)
	c := b.owner()
	c.ask("getMyChats", "{}")
	if status, body := b.get("/socket.io/?EIO=4&transport=polling&userId=" + syarah.UserID); status != 200 || !strings.HasPrefix(body, "0{") {
		t.Errorf("the polling handshake was answered with %d %s", status, body)
	}
	if status, body := b.get("/socket.io/?EIO=3&transport=polling"); status != 400 || body != `{"code":5,"message":"Unsupported protocol version"}` {
		t.Errorf("EIO=3 was answered with %d %s", status, body)
	}
	b.get("/socket.io/?EIO=4&transport=polling&sid=x")
	var log []string
	for _, r := range b.mock.Requests() {
		log = append(log, fmt.Sprint(r.Method, " ", r.Path, " ", r.Status))
	}
	want := "GET /socket.io/ 101,CONNECT /socket.io/ 200,EMIT /socket.io/getMyChats 200,GET /socket.io/ 200,GET /socket.io/ 400"
	if got := strings.Join(log, ","); got != want {
		t.Errorf("the log is\n%s\nwant\n%s", got, want)
	}
}

// What is no Socket.IO, or comes at the wrong time, ends the connection.
func TestBrokenPackets(t *testing.T) {
	b := newBench(t)
	for _, packet := range []string{
		"", "x", "5", `51-["x"]`, `61-[]`, `4{}`, "0null", "0[]", `0"x"`, "0{", "1{}", "2", "2{}", "2[]", "2[", "2[null]", "2[{}]", "2null", `2["connect"]`,
		`2["disconnecting"]`, "3", "3{}", "3null", `299999999999999999999["x"]`, "0", `2/other,["x"]`, `3/other,1[]`, `1/other,`,
	} {
		c := b.owner()
		c.send("4" + packet)
		c.ends()
	}
	for _, packet := range []string{`2["getMyChats",{}]`, "1", "31[]"} {
		c := b.dial("&userId=" + syarah.UserID)
		c.send("4" + packet)
		c.ends()
	}
	c := b.owner()
	c.send("41")
	c.send(`42["getMyChats",{}]`)
	c.ends()
}

// A client that does not connect is shown out, one that does may stay.
func TestConnectTimeout(t *testing.T) {
	t.Parallel()
	b := newBench(t, syarah.Settings{ConnectTimeoutMS: 1})
	b.dial("&userId=" + syarah.UserID).ends()
	b.set(syarah.Settings{ConnectTimeoutMS: 2000})
	silent, c := b.dial("&userId="+syarah.UserID), b.owner()
	silent.ends() // after the same time
	c.ask("getMyChats", "{}").equals("[[]]")
}

// The settings of the connection reach the client.
func TestConnectionSettings(t *testing.T) {
	b := newBench(t, syarah.Settings{PingIntervalMS: 1000, PingTimeoutMS: 2000, MaxPayload: 500, Transports: []string{"polling"}})
	_, body := b.get("/socket.io/?EIO=4&transport=polling&userId=" + syarah.UserID)
	if result := (result{T: t, raw: body[1:]}); !strings.HasPrefix(body, "0{") {
		t.Errorf("the handshake is %s", body)
	} else {
		result.has("1000", "pingInterval").has("2000", "pingTimeout").has("500", "maxPayload").has("[]", "upgrades")
	}
	if status, body := b.get("/socket.io/?EIO=4&transport=websocket"); status != 400 || body != `{"code":0,"message":"Transport unknown"}` {
		t.Errorf("the websocket was answered with %d %s", status, body)
	}
	b.set(syarah.Settings{PingIntervalMS: 1, MaxPayload: 500})
	c := b.owner()
	if _, packet, err := c.socket.Read(t.Context()); err != nil || string(packet) != "2" {
		t.Errorf("got %s %v, want a ping", packet, err)
	}
	c.send("3")
	c.send("4" + strings.Repeat("x", 501))
	for {
		if _, err := c.tryRead(); err != nil {
			break
		}
	}
}

// Who is online is told to the others: with the first socket of the user, and
// after the last.
func TestClientStatus(t *testing.T) {
	b := newBench(t)
	c := b.owner()
	first := b.friend()
	second := b.friend()
	status := func(active bool) string {
		return fmt.Sprintf(`42["clientStatus",{"activeNow":%t,"clientType":"web","userId":%q}]`, active, syarah.FriendID)
	}
	c.hears(status(true))
	first.send("41")
	first.settle()
	c.hears()
	second.send("1")
	second.ends()
	if got := c.read(); got != status(false) {
		t.Errorf("the owner heard %s", got)
	}
	if sockets := b.mock.Snapshot().Sockets; len(sockets) != 1 || sockets[0].ID != c.id {
		t.Errorf("the sockets are %+v", sockets)
	}
}

func TestDisconnect(t *testing.T) {
	b := newBench(t)
	for how, want := range map[string]string{"cut": "", "close": "", "disconnect": "41"} {
		c := b.owner()
		b.control("POST /_mock/disconnect", fmt.Sprintf(`{"how":%q}`, how)).is(200)
		if want != "" {
			if got := c.read(); got != want {
				t.Errorf("by %s the socket heard %s", how, got)
			}
			_ = c.socket.CloseNow()
			continue
		}
		c.ends()
	}
	if err := b.mock.Disconnect("cut"); err != nil {
		t.Error(err)
	}
	b.control("POST /_mock/disconnect", `{"how":"kick"}`).is(400).has(`how is "kick", but must be "cut", "close" or "disconnect"`, "error")
}

// The server may send anything, and may want acks.
func TestFrames(t *testing.T) {
	b := newBench(t)
	c := b.owner()
	b.mock.SendFrame(`427["question",1]`)
	if got := c.read(); got != `427["question",1]` {
		t.Errorf("the socket heard %s", got)
	}
	c.send(`437["answer"]`)
	c.send(`43["without id",2]`)
	c.settle()
	log := b.mock.Requests()
	for i, want := range []string{`ACK /socket.io/7 200 answer`, `ACK /socket.io/ 200 [without id 2]`} {
		entry := log[len(log)-2+i]
		if got := fmt.Sprint(entry.Method, " ", entry.Path, " ", entry.Status, " ", entry.Body); got != want {
			t.Errorf("the ack was logged as %s, want %s", got, want)
		}
	}
	b.control("POST /_mock/frame", `{"frame":"45"}`).is(200)
	if got := c.read(); got != "45" {
		t.Errorf("the socket heard %s", got)
	}
}

// The whole way of a client that begins with polling.
func TestPollingClient(t *testing.T) {
	b := newBench(t)
	open := "/socket.io/?EIO=4&transport=polling&userId=" + syarah.UserID
	_, hello := b.get(open)
	query := open + "&sid=" + result{T: t, raw: hello[1:]}.text("sid")
	post := func(body string) {
		t.Helper()
		if got := b.call("POST "+query, []byte(body)); got.status != 200 || got.raw != "ok" {
			t.Errorf("%q was answered with %d %s", body, got.status, got.raw)
		}
	}
	post(fmt.Sprintf("40{\"accessToken\":%q}\x1e421[\"joinRoom\",{\"otherUserId\":%q}]\x1e42[\"readMessage\",{\"chatHeaderId\":101}]", b.mock.AccessToken(), syarah.FriendID))
	_, packets := b.get(query)
	got := strings.Split(packets, "\x1e")
	if len(got) != 3 || !strings.HasPrefix(got[0], `40{"sid":`) || !strings.HasPrefix(got[1], `431[{"chatHeaderId":101,`) || got[2] != `42["messageHasBeenRead",101]` {
		t.Errorf("the poll was answered with %q", got)
	}
	if sockets := b.mock.Snapshot().Sockets; len(sockets) != 1 || sockets[0].Transport != "polling" || fmt.Sprint(sockets[0].Rooms) != "[101]" || !sockets[0].HasToken {
		t.Errorf("the sockets are %+v", sockets)
	}
	post("41\x1e1")
}
