package ethora

import (
	"cmp"
	"encoding/json"
	"slices"

	"github.com/chattenant/terraform-provider-chat/internal/mock/control"
)

// A State is everything that the mock holds, without secrets. Lists are in the
// order of creation, archived objects included.
type State struct {
	Apps []AppState `json:"apps"`
	Jobs []JobState `json:"jobs"`
}

// An AppState is one app.
type AppState struct {
	ID         string         `json:"id"`
	Parent     string         `json:"parent"` // "" for the base app
	Status     string         `json:"status"` // active, archived, deleting
	Attributes map[string]any `json:"attributes"`
	Bot        map[string]any `json:"bot"`
	Users      []UserState    `json:"users"`
	Rooms      []RoomState    `json:"rooms"`
	Tokens     []TokenState   `json:"tokens"`
}

// A UserState is one user, bot or system account.
type UserState struct {
	ID              string `json:"id"`
	UUID            string `json:"uuid"`
	XMPPUsername    string `json:"xmppUsername"`
	Email           string `json:"email"`
	FirstName       string `json:"firstName"`
	LastName        string `json:"lastName"`
	Username        string `json:"username"`
	ProfileImage    string `json:"profileImage"`
	Status          string `json:"status"`
	Bot             bool   `json:"bot"`
	System          bool   `json:"system"`
	PasswordSet     bool   `json:"passwordSet"`
	PasswordVersion int    `json:"passwordVersion"` // how often a password was set
}

// A RoomState is one room. Members are xmppUsernames, without any lag.
type RoomState struct {
	ID          string   `json:"id"`
	Name        string   `json:"name"`
	Title       string   `json:"title"`
	Description string   `json:"description"`
	Picture     string   `json:"picture"`
	Type        string   `json:"type"`
	Default     bool     `json:"default"`
	Pinned      bool     `json:"pinned"`
	Members     []string `json:"members"`
}

// A TokenState is one minted token, without its value.
type TokenState struct {
	ID      string `json:"id"`
	Label   string `json:"label"`
	Revoked bool   `json:"revoked"`
}

// A JobState is one job.
type JobState struct {
	ID    string `json:"id"`
	Kind  string `json:"kind"`
	AppID string `json:"appId"`
	State string `json:"state"`
	Polls int    `json:"polls"`
	Error string `json:"error"`
}

// App returns the app with the id, or nil.
func (s State) App(id string) *AppState {
	return find(s.Apps, func(a AppState) bool { return a.ID == id })
}

// User returns the user with the plain id or xmppUsername, or nil.
func (a *AppState) User(id string) *UserState {
	return find(a.Users, func(u UserState) bool { return u.UUID == id || u.XMPPUsername == id })
}

// Room returns the room with the plain id or name, or nil.
func (a *AppState) Room(id string) *RoomState {
	return find(a.Rooms, func(r RoomState) bool { return r.Name == id || r.Name == a.ID+"_"+id })
}

func find[T any](all []T, matches func(T) bool) *T {
	if i := slices.IndexFunc(all, matches); i >= 0 {
		return &all[i]
	}
	return nil
}

// Snapshot returns everything the mock holds.
func (s *Server) Snapshot() State { return s.platform.snapshot() }

// State is the snapshot for GET /_mock/state.
func (p *platform) State() any { return p.snapshot() }

func (p *platform) snapshot() State {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	state := State{Apps: []AppState{}, Jobs: []JobState{}}
	for _, a := range p.data.Apps {
		state.Apps = append(state.Apps, a.state())
	}
	slices.SortFunc(state.Apps, func(x, y AppState) int { return cmp.Or(cmp.Compare(x.Parent, y.Parent), cmp.Compare(x.ID, y.ID)) })
	for _, j := range p.data.Jobs {
		state.Jobs = append(state.Jobs, JobState{ID: j.ID, Kind: j.Kind, AppID: j.AppID, State: j.State, Polls: j.Polls, Error: j.Error})
	}
	slices.SortFunc(state.Jobs, func(x, y JobState) int { return cmp.Compare(x.ID, y.ID) })
	return state
}

func (a *app) state() AppState {
	state := AppState{
		ID:         a.ID,
		Parent:     a.Parent,
		Status:     a.Status,
		Attributes: cloneObject(a.Attributes),
		Bot:        cloneObject(a.Bot),
		Users:      []UserState{},
		Rooms:      []RoomState{},
		Tokens:     []TokenState{},
	}
	for _, u := range a.usersInOrder() {
		state.Users = append(state.Users, UserState{
			ID:              u.ID,
			UUID:            u.UUID,
			XMPPUsername:    u.Name,
			Email:           u.Email,
			FirstName:       u.FirstName,
			LastName:        u.LastName,
			Username:        u.Username,
			ProfileImage:    u.ProfileImage,
			Status:          u.Status,
			Bot:             u.Bot,
			System:          u.System,
			PasswordSet:     u.PasswordHash != "",
			PasswordVersion: u.PasswordVersion,
		})
	}
	for _, r := range a.roomsInOrder() {
		state.Rooms = append(state.Rooms, RoomState{
			ID:          r.ID,
			Name:        r.Name,
			Title:       r.Title,
			Description: r.Description,
			Picture:     r.Picture,
			Type:        r.Type,
			Default:     r.Default,
			Pinned:      r.Pinned,
			Members:     slices.Clone(r.Members),
		})
	}
	for _, t := range a.Tokens {
		state.Tokens = append(state.Tokens, TokenState{ID: t.ID, Label: t.Label, Revoked: t.RevokedAt != nil})
	}
	return state
}

// cloneObject copies a JSON object to any depth, so that a snapshot does not
// change with the data.
func cloneObject(value map[string]any) map[string]any {
	raw, err := json.Marshal(value)
	if err != nil {
		return nil
	}
	var clone map[string]any
	_ = json.Unmarshal(raw, &clone)
	return clone
}

// Calls are the control calls of this backend.
func (p *platform) Calls() map[string]control.Call {
	return map[string]control.Call{
		"POST /_mock/check-password": func(body json.RawMessage) (any, error) {
			var question struct {
				AppID    string `json:"appId"`
				UserID   string `json:"userId"`
				Password string `json:"password"`
			}
			if err := control.Decode(body, &question); err != nil {
				return nil, err
			}
			match, err := p.checkPassword(question.AppID, question.UserID, question.Password)
			return map[string]bool{"match": match}, err
		},
	}
}
