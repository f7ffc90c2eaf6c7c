package rocketchat

import (
	"maps"
	"slices"
	"time"
)

// A State is everything that the mock holds, without secrets: the tokens of
// visitors are secrets, Server.VisitorID finds a visitor by one. Lists are in
// the order of creation.
type State struct {
	Users        []UserState        `json:"users"`
	Departments  []DepartmentState  `json:"departments"`
	CustomFields []CustomFieldState `json:"customFields"`
	Visitors     []VisitorState     `json:"visitors"`
	Rooms        []RoomState        `json:"rooms"`
	Messages     []MessageState     `json:"messages"`
	Mails        []MailState        `json:"mails"`
}

// A UserState is somebody of the workspace who is no visitor.
type UserState struct {
	ID       string `json:"id"`
	Username string `json:"username"`
	Agent    bool   `json:"agent"`
	Manager  bool   `json:"manager"`
}

// A DepartmentState is one department. Attributes are as the API names them.
type DepartmentState struct {
	ID         string                 `json:"id"`
	Name       string                 `json:"name"`
	Enabled    bool                   `json:"enabled"`
	Archived   bool                   `json:"archived"`
	Attributes map[string]any         `json:"attributes"`
	Agents     []DepartmentAgentState `json:"agents"`
}

// A DepartmentAgentState is one agent of a department.
type DepartmentAgentState struct {
	AgentID string `json:"agentId"`
	Count   int    `json:"count"`
	Order   int    `json:"order"`
}

// A CustomFieldState is the definition of a custom field.
type CustomFieldState struct {
	ID         string         `json:"id"`
	Attributes map[string]any `json:"attributes"` // as the API names them
}

// A VisitorState is one visitor. One that was deleted is Disabled and empty.
type VisitorState struct {
	ID           string            `json:"id"`
	Username     string            `json:"username"`
	Name         string            `json:"name"`
	Email        string            `json:"email"`
	Phone        string            `json:"phone"`
	DepartmentID string            `json:"departmentId"`
	CustomFields map[string]string `json:"customFields"`
	Disabled     bool              `json:"disabled"`
}

// A RoomState is one room.
type RoomState struct {
	ID           string            `json:"id"`
	Name         string            `json:"name"`
	VisitorID    string            `json:"visitorId"`
	DepartmentID string            `json:"departmentId"`
	Open         bool              `json:"open"`
	Closer       string            `json:"closer"`   // "visitor" or "user" of a closed room
	Comment      string            `json:"comment"`  // of a closed room
	ServedBy     string            `json:"servedBy"` // id of the agent
	Survey       map[string]string `json:"survey"`
	CustomFields map[string]string `json:"customFields"`
}

// A MessageState is one message. A system message has a type.
type MessageState struct {
	ID       string     `json:"id"`
	RoomID   string     `json:"roomId"`
	Type     string     `json:"type"`
	Text     string     `json:"text"`
	AuthorID string     `json:"authorId"`
	Edited   bool       `json:"edited"`
	File     *FileState `json:"file"`
}

// A FileState is what came with an upload.
type FileState struct {
	Name        string `json:"name"`
	Type        string `json:"type"`
	Size        int    `json:"size"`
	SHA256      string `json:"sha256"` // of the content, in hex
	Description string `json:"description"`
}

// A MailState is a mail that the workspace sent.
type MailState struct {
	Kind       string    `json:"kind"`   // "transcript" or "offline message"
	RoomID     string    `json:"roomId"` // of a transcript
	Email      string    `json:"email"`  // to whom the transcript went; who wrote the offline message
	Name       string    `json:"name"`
	Text       string    `json:"text"`
	Department string    `json:"department"`
	Host       string    `json:"host"`
	SentAt     time.Time `json:"sentAt"`
}

// Department returns the department with the id, or nil.
func (s State) Department(id string) *DepartmentState {
	return pick(s.Departments, func(d DepartmentState) bool { return d.ID == id })
}

// CustomField returns the definition with the id, or nil.
func (s State) CustomField(id string) *CustomFieldState {
	return pick(s.CustomFields, func(f CustomFieldState) bool { return f.ID == id })
}

// Visitor returns the visitor with the id, or nil.
func (s State) Visitor(id string) *VisitorState {
	return pick(s.Visitors, func(v VisitorState) bool { return v.ID == id })
}

// Room returns the room with the id, or nil.
func (s State) Room(id string) *RoomState {
	return pick(s.Rooms, func(r RoomState) bool { return r.ID == id })
}

// Message returns the message with the id, or nil.
func (s State) Message(id string) *MessageState {
	return pick(s.Messages, func(m MessageState) bool { return m.ID == id })
}

func pick[T any](all []T, fits func(T) bool) *T {
	if i := slices.IndexFunc(all, fits); i >= 0 {
		return &all[i]
	}
	return nil
}

// Snapshot returns everything the mock holds.
func (s *Server) Snapshot() State { return s.workspace.snapshot() }

// VisitorID returns the id of the visitor with the token, "" for nobody.
func (s *Server) VisitorID(token string) string {
	s.workspace.mutex.Lock()
	defer s.workspace.mutex.Unlock()
	if v := s.workspace.data.visitor(token); v != nil {
		return v.ID
	}
	return ""
}

// State is the snapshot for GET /_mock/state.
func (w *workspace) State() any { return w.snapshot() }

func (w *workspace) snapshot() State {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	return State{
		Users: each(w.data.Users, func(u *user) UserState {
			return UserState{ID: u.ID, Username: u.Username, Agent: u.Agent, Manager: u.Manager}
		}),
		Departments: each(w.data.Departments, (*department).state),
		CustomFields: each(w.data.Definitions, func(d *definition) CustomFieldState {
			return CustomFieldState{ID: d.ID, Attributes: maps.Clone(d.Attributes)}
		}),
		Visitors: each(w.data.Visitors, (*visitor).state),
		Rooms:    each(w.data.Rooms, (*room).state),
		Messages: each(w.data.Messages, (*message).state),
		Mails:    each(w.data.Mails, func(m *mail) MailState { return MailState(*m) }),
	}
}

// each renders all items of a list, which is never nil.
func each[T, S any](all []*T, state func(*T) S) []S {
	states := []S{}
	for _, one := range all {
		states = append(states, state(one))
	}
	return states
}

func (d *department) state() DepartmentState {
	return DepartmentState{
		ID:         d.ID,
		Name:       d.text("name"),
		Enabled:    d.enabled(),
		Archived:   d.archived(),
		Attributes: maps.Clone(d.Attributes),
		Agents: each(d.Agents, func(a *departmentAgent) DepartmentAgentState {
			return DepartmentAgentState{AgentID: a.AgentID, Count: a.Count, Order: a.Order}
		}),
	}
}

func (v *visitor) state() VisitorState {
	return VisitorState{
		ID:           v.ID,
		Username:     v.Username,
		Name:         v.Name,
		Email:        v.Email,
		Phone:        v.Phone,
		DepartmentID: v.DepartmentID,
		CustomFields: maps.Clone(v.CustomFields),
		Disabled:     v.Disabled,
	}
}

func (r *room) state() RoomState {
	return RoomState{
		ID:           r.ID,
		Name:         r.Name,
		VisitorID:    r.VisitorID,
		DepartmentID: r.DepartmentID,
		Open:         r.Open,
		Closer:       r.Closer,
		Comment:      r.Comment,
		ServedBy:     r.ServedBy,
		Survey:       maps.Clone(r.Survey),
		CustomFields: maps.Clone(r.CustomFields),
	}
}

func (m *message) state() MessageState {
	state := MessageState{ID: m.ID, RoomID: m.RoomID, Type: m.Type, Text: m.Text, AuthorID: m.AuthorID, Edited: m.EditedAt != nil}
	if m.File != nil {
		state.File = &FileState{Name: m.File.Name, Type: m.File.Type, Size: m.File.Size, SHA256: m.File.SHA256, Description: m.File.Description}
	}
	return state
}
