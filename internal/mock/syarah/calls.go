package syarah

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/chattenant/terraform-provider-chat/internal/mock/control"
)

// Calls are the control calls of this backend: what is done behind the API's
// back, for it has no calls for it.
//
//	POST   /_mock/user        {"name","avatar"?} adds a user: {"id","accessToken"}
//	PUT    /_mock/friendship  {"user1Id","user2Id","status"} 0 to 3, or null to end it
//	POST   /_mock/group       {"name","members"} adds a group chat: {"id"}
//	DELETE /_mock/chat        {"id"} deletes a chat with its messages
//	POST   /_mock/disconnect  {"how"} see Server.Disconnect
//	POST   /_mock/frame       {"frame"} see Server.SendFrame
func (b *backend) Calls() map[string]control.Call {
	return map[string]control.Call{
		"POST /_mock/user": answering(func(given struct{ Name, Avatar string }) (any, error) {
			id := b.addUser(given.Name, given.Avatar)
			return map[string]string{"id": id, "accessToken": accessToken(id)}, nil
		}),
		"PUT /_mock/friendship": answering(func(given struct {
			User1ID string
			User2ID string
			Status  *int
		}) (any, error) {
			return map[string]bool{"ok": true}, b.setFriendship(given.User1ID, given.User2ID, given.Status)
		}),
		"POST /_mock/group": answering(func(given struct {
			Name    string
			Members []string
		}) (any, error) {
			id, err := b.addGroup(given.Name, given.Members)
			return map[string]int{"id": id}, err
		}),
		"DELETE /_mock/chat": answering(func(given struct{ ID int }) (any, error) {
			return map[string]bool{"ok": true}, b.deleteChat(given.ID)
		}),
		"POST /_mock/disconnect": answering(func(given struct{ How string }) (any, error) {
			return map[string]bool{"ok": true}, b.disconnect(given.How)
		}),
		"POST /_mock/frame": answering(func(given struct{ Frame string }) (any, error) {
			b.sendFrame(given.Frame)
			return map[string]bool{"ok": true}, nil
		}),
	}
}

// answering reads the body of a control call.
func answering[T any](run func(T) (any, error)) control.Call {
	return func(body json.RawMessage) (any, error) {
		var given T
		if err := control.Decode(body, &given); err != nil {
			return nil, err
		}
		return run(given)
	}
}

// AddUser adds a user without friends and returns its GUID. An empty avatar is
// none.
func (s *Server) AddUser(name, avatar string) string { return s.backend.addUser(name, avatar) }

// SetFriendship sets the friendship of two users: Pending, Accepted, Rejected or
// Blocked, or nil for none.
func (s *Server) SetFriendship(one, other string, status *int) error {
	return s.backend.setFriendship(one, other, status)
}

// AddGroup adds a group chat and returns its id.
func (s *Server) AddGroup(name string, members ...string) (int, error) {
	return s.backend.addGroup(name, members)
}

// DeleteChat deletes a chat with its messages, as only the vendor could.
func (s *Server) DeleteChat(id int) error { return s.backend.deleteChat(id) }

// Disconnect ends all sockets: by "cut", as a broken network does, by "close",
// as a server does that stops, or by "disconnect", as a server does that throws
// a user out: with a Socket.IO DISCONNECT, after which the official client does
// not reconnect by itself.
func (s *Server) Disconnect(how string) error { return s.backend.disconnect(how) }

// SendFrame sends an Engine.IO packet to all sockets, well formed or not:
// `42["event",{}]`, or `421["event"]` for an event that wants an ack.
func (s *Server) SendFrame(frame string) { s.backend.sendFrame(frame) }

func (b *backend) addUser(name, avatar string) string {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	b.data.LastUser++
	b.revision++
	return b.data.addUser(fmt.Sprintf("00000000-0000-4000-9000-%012x", b.data.LastUser), name, avatar).ID
}

func (b *backend) setFriendship(one, other string, status *int) error {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	one, other = strings.ToLower(one), strings.ToLower(other)
	if err := b.knowsAll(one, other); err != nil {
		return err
	}
	if one == other {
		return fmt.Errorf("a friendship is between two different users")
	}
	if status != nil && (*status < Pending || *status > Blocked) {
		return fmt.Errorf("the status is %d, but must lie between 0 and 3, or be null", *status)
	}
	b.data.befriend(one, other, status)
	b.revision++
	return nil
}

func (b *backend) addGroup(name string, members []string) (int, error) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	if err := b.knowsAll(members...); err != nil {
		return 0, err
	}
	group := b.data.addChat(b.now(), slices.Clone(members)...)
	group.Group, group.Name = true, name
	b.revision++
	return group.ID, nil
}

func (b *backend) knowsAll(userIDs ...string) error {
	for _, id := range userIDs {
		if b.data.user(id) == nil {
			return fmt.Errorf("there is no user %q", id)
		}
	}
	return nil
}

func (b *backend) deleteChat(id int) error {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	if !b.data.deleteChat(id) {
		return fmt.Errorf("there is no chat %d", id)
	}
	for _, s := range b.sockets {
		delete(s.rooms, id)
	}
	b.revision++
	return nil
}

func (b *backend) disconnect(how string) error {
	if !slices.Contains([]string{"cut", "close", "disconnect"}, how) {
		return fmt.Errorf("how is %q, but must be \"cut\", \"close\" or \"disconnect\"", how)
	}
	b.mutex.Lock()
	var open []*socket
	for _, s := range b.sockets {
		open = append(open, s)
	}
	b.mutex.Unlock()
	for _, s := range open {
		switch how {
		case "cut":
			s.connection.Cut()
		case "close":
			s.connection.Close()
		case "disconnect":
			s.connection.Send(string(packetDisconnect))
			b.leave(s.connection)
		}
	}
	return nil
}

func (b *backend) sendFrame(frame string) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	for _, s := range b.sockets {
		s.connection.SendPacket(frame)
	}
}
