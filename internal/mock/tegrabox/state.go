package tegrabox

import "slices"

// A State is everything that the mock holds, without secrets. Lists are in the
// order of creation.
type State struct {
	ProjectID string         `json:"projectId"`
	Users     []UserState    `json:"users"`
	Rooms     []RoomState    `json:"rooms"`
	Messages  []MessageState `json:"messages"`
	Tokens    []TokenState   `json:"tokens"`
}

// A UserState is one user.
type UserState struct {
	ID             string  `json:"id"`
	Username       string  `json:"username"`
	ExternalUserID string  `json:"externalUserId"`
	DisplayName    *string `json:"displayName"`
	Email          *string `json:"email"`
	Status         string  `json:"status"`
	Deleted        bool    `json:"deleted"` // softly
}

// A RoomState is one room. Members are ids of users.
type RoomState struct {
	ID        string   `json:"id"`
	Name      string   `json:"name"`
	CreatedBy string   `json:"createdBy"`
	Members   []string `json:"members"`
}

// A MessageState is one message.
type MessageState struct {
	ID      string `json:"id"`
	RoomID  string `json:"roomId"`
	UserID  string `json:"userId"`
	Content string `json:"content"`
}

// A TokenState is one issued token, without its value.
type TokenState struct {
	ID      string `json:"id"`
	UserID  string `json:"userId"`
	Revoked bool   `json:"revoked"`
}

// User returns the user with the id, or nil.
func (s State) User(id string) *UserState {
	if i := slices.IndexFunc(s.Users, func(u UserState) bool { return u.ID == id }); i >= 0 {
		return &s.Users[i]
	}
	return nil
}

// Room returns the room with the id, or nil.
func (s State) Room(id string) *RoomState {
	if i := slices.IndexFunc(s.Rooms, func(r RoomState) bool { return r.ID == id }); i >= 0 {
		return &s.Rooms[i]
	}
	return nil
}

// Snapshot returns everything the mock holds.
func (s *Server) Snapshot() State { return s.project.snapshot() }

// State is the snapshot for GET /_mock/state.
func (p *project) State() any { return p.snapshot() }

func (p *project) snapshot() State {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	state := State{ProjectID: p.id, Users: []UserState{}, Rooms: []RoomState{}, Messages: []MessageState{}, Tokens: []TokenState{}}
	for _, u := range p.data.Users {
		state.Users = append(state.Users, UserState{
			ID:             u.ID,
			Username:       u.Username,
			ExternalUserID: u.ExternalUserID,
			DisplayName:    u.DisplayName,
			Email:          u.Email,
			Status:         u.Status,
			Deleted:        u.DeletedAt != nil,
		})
	}
	for _, r := range p.data.Rooms {
		state.Rooms = append(state.Rooms, RoomState{ID: r.ID, Name: r.Name, CreatedBy: r.CreatedBy, Members: slices.Clone(r.Members)})
	}
	for _, m := range p.data.Messages {
		state.Messages = append(state.Messages, MessageState{ID: m.ID, RoomID: m.RoomID, UserID: m.UserID, Content: m.Content})
	}
	for _, t := range p.data.Tokens {
		state.Tokens = append(state.Tokens, TokenState{ID: t.ID, UserID: t.UserID, Revoked: t.Revoked})
	}
	return state
}
