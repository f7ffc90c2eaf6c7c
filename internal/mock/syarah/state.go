package syarah

import (
	"cmp"
	"maps"
	"slices"
)

// A State is everything that the mock holds, without tokens. Lists are in the
// order of creation where nothing else is said.
type State struct {
	Users       []UserState       `json:"users"`
	Friendships []FriendshipState `json:"friendships"` // by the ids of the users
	Chats       []ChatState       `json:"chats"`
	Messages    []MessageState    `json:"messages"`
	Uploads     []UploadState     `json:"uploads"`
	Pushes      []PushState       `json:"pushes"`  // since the start
	Sockets     []SocketState     `json:"sockets"` // by id
}

// A UserState is one user.
type UserState struct {
	ID     string  `json:"id"`
	Name   string  `json:"name"`
	Avatar *string `json:"avatar"`
}

// A FriendshipState is the friendship of two users.
type FriendshipState struct {
	UserIDs [2]string `json:"userIds"`
	Status  int       `json:"status"`
}

// A ChatState is one chat.
type ChatState struct {
	ID      int      `json:"id"`
	Group   bool     `json:"group"`
	Name    string   `json:"name"`
	Members []string `json:"members"`
}

// A MessageState is one message.
type MessageState struct {
	ID      int     `json:"id"`
	ChatID  int     `json:"chatId"`
	UserID  string  `json:"userId"`
	Message string  `json:"message"`
	Type    int     `json:"type"`
	Caption *string `json:"caption"`
}

// An UploadState is one uploaded file.
type UploadState struct {
	Path   string `json:"path"`
	Type   int    `json:"type"`
	Name   string `json:"name"`
	Size   int64  `json:"size"`   // in bytes
	SHA256 string `json:"sha256"` // in hex, of the file as it was sent
	UserID string `json:"userId"`
}

// A PushState is one push notification that the real server would have sent.
type PushState struct {
	UserID    string `json:"userId"`
	MessageID int    `json:"messageId"`
}

// A SocketState is one socket that is connected.
type SocketState struct {
	ID        string `json:"id"`
	UserID    string `json:"userId"`    // of the query
	HasToken  bool   `json:"hasToken"`  // in auth
	Transport string `json:"transport"` // "websocket" or "polling"
	Rooms     []int  `json:"rooms"`     // chats that it has joined
}

// Chat returns the chat of two users, in whatever order, or nil.
func (s State) Chat(one, other string) *ChatState {
	i := slices.IndexFunc(s.Chats, func(c ChatState) bool {
		return !c.Group && slices.Contains(c.Members, one) && slices.Contains(c.Members, other)
	})
	if i < 0 {
		return nil
	}
	return &s.Chats[i]
}

// Snapshot returns the state.
func (s *Server) Snapshot() State { return s.backend.snapshot() }

// State is the snapshot for GET /_mock/state.
func (b *backend) State() any { return b.snapshot() }

func (b *backend) snapshot() State {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	state := State{
		Users: []UserState{}, Friendships: []FriendshipState{}, Chats: []ChatState{}, Messages: []MessageState{},
		Uploads: []UploadState{}, Pushes: append([]PushState{}, b.pushes...), Sockets: []SocketState{},
	}
	for _, u := range b.data.Users {
		state.Users = append(state.Users, UserState(*u))
	}
	for _, f := range b.data.Friendships {
		state.Friendships = append(state.Friendships, FriendshipState{UserIDs: f.Users, Status: f.Status})
	}
	for _, c := range b.data.Chats {
		state.Chats = append(state.Chats, ChatState{ID: c.ID, Group: c.Group, Name: c.Name, Members: slices.Clone(c.Members)})
	}
	for _, m := range b.data.Messages {
		state.Messages = append(state.Messages, MessageState{ID: m.ID, ChatID: m.ChatID, UserID: m.UserID, Message: m.Text, Type: m.Type, Caption: m.Caption})
	}
	for _, u := range b.data.Uploads {
		state.Uploads = append(state.Uploads, UploadState(*u))
	}
	for _, s := range b.sockets {
		state.Sockets = append(state.Sockets, SocketState{
			ID: s.id, UserID: s.userID, HasToken: s.token != "", Transport: s.connection.Transport(), Rooms: slices.AppendSeq([]int{}, maps.Keys(s.rooms)),
		})
		slices.Sort(state.Sockets[len(state.Sockets)-1].Rooms)
	}
	slices.SortFunc(state.Sockets, func(a, b SocketState) int { return cmp.Compare(a.ID, b.ID) })
	return state
}
