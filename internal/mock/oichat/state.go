package oichat

import (
	"maps"
	"slices"
	"time"
)

// A State is everything that the mock holds, without secrets. Lists are in the
// order of creation, deleted rooms included.
type State struct {
	ProjectID string         `json:"projectId"`
	Rooms     []RoomState    `json:"rooms"`
	Messages  []MessageState `json:"messages"`
	Tokens    []TokenState   `json:"tokens"`
}

// A RoomState is one room. A room without a name has none.
type RoomState struct {
	ID           string         `json:"id"`
	Type         string         `json:"type"`
	Name         *string        `json:"name"`
	Participants []string       `json:"participants"`
	Metadata     map[string]any `json:"metadata"`
	Status       string         `json:"status"`
	Deleted      bool           `json:"deleted"`
}

// A MessageState is one message.
type MessageState struct {
	ID          string         `json:"id"`
	RoomID      string         `json:"roomId"`
	SenderID    string         `json:"senderId"`
	Content     string         `json:"content"`
	ContentType string         `json:"contentType"`
	Metadata    map[string]any `json:"metadata"`
}

// A TokenState is one issued token, without its value.
type TokenState struct {
	ID        string    `json:"id"`
	UserID    string    `json:"userId"`
	UserName  string    `json:"userName"`
	Role      string    `json:"role"`
	ExpiresAt time.Time `json:"expiresAt"`
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
	state := State{ProjectID: p.id, Rooms: []RoomState{}, Messages: []MessageState{}, Tokens: []TokenState{}}
	for _, r := range p.data.Rooms {
		state.Rooms = append(state.Rooms, RoomState{
			ID:           r.ID,
			Type:         r.Type,
			Name:         r.Name,
			Participants: slices.Clone(r.Participants),
			Metadata:     maps.Clone(r.Metadata),
			Status:       r.Status,
			Deleted:      r.DeletedAt != nil,
		})
	}
	for _, m := range p.data.Messages {
		state.Messages = append(state.Messages, MessageState{
			ID:          m.ID,
			RoomID:      m.RoomID,
			SenderID:    m.SenderID,
			Content:     m.Content,
			ContentType: m.ContentType,
			Metadata:    maps.Clone(m.Metadata),
		})
	}
	for _, t := range p.data.Tokens {
		state.Tokens = append(state.Tokens, TokenState{ID: t.ID, UserID: t.UserID, UserName: t.UserName, Role: t.Role, ExpiresAt: t.ExpiresAt})
	}
	return state
}
