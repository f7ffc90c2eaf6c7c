package rocketchat

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"
)

// data is all that survives a restart. The JSON keys are the data file's. Lists
// are in the order of creation.
type data struct {
	Version     int           `json:"version"`
	Counter     uint64        `json:"counter"` // last id given out
	Guests      int           `json:"guests"`  // last number of a guest's username
	Users       []*user       `json:"users"`
	Departments []*department `json:"departments"`
	Definitions []*definition `json:"customFields"`
	Visitors    []*visitor    `json:"visitors"`
	Rooms       []*room       `json:"rooms"`
	Messages    []*message    `json:"messages"`
	Mails       []*mail       `json:"mails"`
}

// dataVersion is raised when the data file changes its shape.
const dataVersion = 1

// A user is somebody of the workspace, no visitor.
type user struct {
	ID       string `json:"id"`
	Username string `json:"username"`
	Name     string `json:"name"`
	Email    string `json:"email"`
	Status   string `json:"status"` // online or offline
	Admin    bool   `json:"admin"`
	Agent    bool   `json:"agent"`
	Manager  bool   `json:"manager"`
	Chats    int    `json:"chats"` // that were given to the agent; the one with the fewest is next
}

// A department keeps its attributes as they were sent.
type department struct {
	ID         string             `json:"id"`
	Attributes map[string]any     `json:"attributes"`
	Archived   *bool              `json:"archived"`  // nil until it was archived once
	NumAgents  *int               `json:"numAgents"` // nil until agents were changed once
	Agents     []*departmentAgent `json:"agents"`
	UpdatedAt  time.Time          `json:"updatedAt"`
}

// A departmentAgent is one agent in one department.
type departmentAgent struct {
	ID        string    `json:"id"`
	AgentID   string    `json:"agentId"`
	Username  string    `json:"username"`
	Count     int       `json:"count"` // the server adds one for each chat that it gives to the agent
	Order     int       `json:"order"`
	UpdatedAt time.Time `json:"updatedAt"`
}

// A definition is a custom field. Its id is the field's name.
type definition struct {
	ID         string         `json:"id"`
	Attributes map[string]any `json:"attributes"` // as they were sent: label, scope, visibility, ...
	UpdatedAt  time.Time      `json:"updatedAt"`
}

// A visitor that was deleted keeps its id only, and is Disabled.
type visitor struct {
	ID           string            `json:"id"`
	Token        string            `json:"token"`
	Username     string            `json:"username"`
	Name         string            `json:"name"`
	Email        string            `json:"email"`
	Phone        string            `json:"phone"`
	DepartmentID string            `json:"departmentId"`
	Status       string            `json:"status"`
	CustomFields map[string]string `json:"customFields"`
	Disabled     bool              `json:"disabled"`
	CreatedAt    time.Time         `json:"createdAt"`
	UpdatedAt    time.Time         `json:"updatedAt"`
}

// A room keeps who its visitor was when it was opened: a token that changes
// later does not open it any more.
type room struct {
	ID            string            `json:"id"`
	Name          string            `json:"name"`
	VisitorID     string            `json:"visitorId"`
	Username      string            `json:"username"`
	Token         string            `json:"token"`
	VisitorStatus string            `json:"visitorStatus"`
	DepartmentID  string            `json:"departmentId"`
	Open          bool              `json:"open"`
	Closer        string            `json:"closer"`   // "visitor" or "user" of a closed room
	Comment       string            `json:"comment"`  // of a closed room
	ServedBy      string            `json:"servedBy"` // id of the agent, "" for nobody
	ServedSince   time.Time         `json:"servedSince"`
	Survey        map[string]string `json:"survey"`
	CustomFields  map[string]string `json:"customFields"`
	CreatedAt     time.Time         `json:"createdAt"`
	UpdatedAt     time.Time         `json:"updatedAt"`
}

// A message keeps the names that its author had.
type message struct {
	ID        string            `json:"id"`
	RoomID    string            `json:"roomId"`
	Type      string            `json:"type"` // of a system message, else ""
	Text      string            `json:"text"`
	Token     string            `json:"token"`
	AuthorID  string            `json:"authorId"`
	Username  string            `json:"username"`
	Name      string            `json:"name"`
	File      *file             `json:"file"`
	Fields    map[string]string `json:"fields"` // text fields sent with a file
	CreatedAt time.Time         `json:"createdAt"`
	UpdatedAt time.Time         `json:"updatedAt"`
	EditedAt  *time.Time        `json:"editedAt"`
}

// A file is what is told of an upload. Its content is not kept.
type file struct {
	ID          string `json:"id"`
	Name        string `json:"name"`
	Type        string `json:"type"`
	Size        int    `json:"size"`
	SHA256      string `json:"sha256"`
	Width       int    `json:"width"` // of an image, else 0
	Height      int    `json:"height"`
	Description string `json:"description"`
}

// A mail is what the workspace has sent: "transcript" or "offline message".
type mail struct {
	Kind       string    `json:"kind"`
	RoomID     string    `json:"roomId"` // of a transcript
	Email      string    `json:"email"`  // who gets the transcript; who wrote the offline message
	Name       string    `json:"name"`
	Text       string    `json:"text"`
	Department string    `json:"department"`
	Host       string    `json:"host"`
	SentAt     time.Time `json:"sentAt"`
}

// newID returns the next id, as long as the server's are.
func (d *data) newID() string {
	d.Counter++
	return fmt.Sprintf("mock%013d", d.Counter)
}

// newHexID returns the next id of a visitor or a department, whose ids come
// from the database.
func (d *data) newHexID() string {
	d.Counter++
	return fmt.Sprintf("%024x", d.Counter)
}

// find returns the first that fits, or nil.
func find[T any](all []*T, fits func(*T) bool) *T {
	if i := slices.IndexFunc(all, fits); i >= 0 {
		return all[i]
	}
	return nil
}

func (d *data) user(id string) *user {
	return find(d.Users, func(u *user) bool { return u.ID == id })
}

func (d *data) department(id string) *department {
	return find(d.Departments, func(one *department) bool { return one.ID == id })
}

func (d *data) definition(id string) *definition {
	return find(d.Definitions, func(one *definition) bool { return one.ID == id })
}

// visitor finds the visitor with a token. Deleted visitors have none.
func (d *data) visitor(token string) *visitor {
	return find(d.Visitors, func(v *visitor) bool { return !v.Disabled && v.Token == token })
}

func (d *data) room(id string) *room {
	return find(d.Rooms, func(r *room) bool { return r.ID == id })
}

func (d *data) message(id string) *message {
	return find(d.Messages, func(m *message) bool { return m.ID == id })
}

// Export renders the data file.
func (w *workspace) Export() ([]byte, error) {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	return json.MarshalIndent(w.data, "", " ")
}

// Import reads a data file that Export has written.
func (w *workspace) Import(raw []byte) error {
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.DisallowUnknownFields()
	var read data
	if err := decoder.Decode(&read); err != nil {
		return fmt.Errorf("it is not the JSON that the mock writes: %w", err)
	}
	if read.Version != dataVersion {
		return fmt.Errorf("it has version %d, but this mock reads version %d", read.Version, dataVersion)
	}
	if err := read.check(); err != nil {
		return err
	}
	w.mutex.Lock()
	defer w.mutex.Unlock()
	if admin := read.user(w.adminUserID); admin == nil || !admin.Admin {
		return fmt.Errorf("its admin is not that of this mock (%q)", w.adminUserID)
	}
	w.data = &read
	w.touch()
	return nil
}

// check refuses data that would make a handler fail later.
func (d *data) check() error {
	for _, one := range d.Departments {
		if one != nil && slices.Contains(one.Agents, nil) {
			return errors.New("one of its departments has an empty agent")
		}
	}
	return errors.Join(
		complete("users", d.Users), complete("departments", d.Departments), complete("customFields", d.Definitions),
		complete("visitors", d.Visitors), complete("rooms", d.Rooms), complete("messages", d.Messages), complete("mails", d.Mails),
	)
}

func complete[T any](name string, all []*T) error {
	if slices.Contains(all, nil) {
		return fmt.Errorf("one of its %s is empty", name)
	}
	return nil
}

// stamp renders a time as JavaScript servers do.
func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }
