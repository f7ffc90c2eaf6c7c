package tegrabox

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// data is all that survives a restart. The JSON keys are the data file's. Lists
// are by id, which is by age.
type data struct {
	Version   int        `json:"version"`
	Counter   uint64     `json:"counter"` // last id given out
	ProjectID string     `json:"projectId"`
	APIKey    string     `json:"apiKey"`
	Users     []*user    `json:"users"`
	Rooms     []*room    `json:"rooms"`
	Messages  []*message `json:"messages"`
	Tokens    []*token   `json:"tokens"`
}

// dataVersion is raised when the data file changes its shape.
const dataVersion = 1

// A user is somebody of the project.
type user struct {
	ID             string    `json:"id"`
	Username       string    `json:"username"`
	ExternalUserID string    `json:"externalUserId"`
	DisplayName    *string   `json:"displayName"`
	Email          *string   `json:"email"`
	Status         string    `json:"status"`
	CreatedAt      time.Time `json:"createdAt"`
	UpdatedAt      time.Time `json:"updatedAt"`
	// DeletedAt belongs to Settings.SoftDelete.
	DeletedAt *time.Time `json:"deletedAt,omitempty"`
}

// A room has members that no call lists.
type room struct {
	ID        string    `json:"id"`
	Name      string    `json:"name"`
	CreatedBy string    `json:"createdBy"`
	Members   []string  `json:"members"` // ids of users, in the order of their arrival
	CreatedAt time.Time `json:"createdAt"`
	UpdatedAt time.Time `json:"updatedAt"`
}

// A message keeps the name that its sender had.
type message struct {
	ID        string    `json:"id"`
	RoomID    string    `json:"roomId"`
	UserID    string    `json:"userId"`
	Username  string    `json:"username"`
	Content   string    `json:"content"`
	CreatedAt time.Time `json:"createdAt"`
}

// A token is an issued token without its value.
type token struct {
	ID        string     `json:"id"` // the jti
	UserID    string     `json:"userId"`
	IssuedAt  time.Time  `json:"issuedAt"`
	ExpiresAt *time.Time `json:"expiresAt"`
	Revoked   bool       `json:"revoked"`
}

func (u *user) id() string    { return u.ID }
func (r *room) id() string    { return r.ID }
func (m *message) id() string { return m.ID }
func (t *token) id() string   { return t.ID }

// leave takes a member out, and reports whether there was one.
func (r *room) leave(userID string) bool {
	i := slices.Index(r.Members, userID)
	if i >= 0 {
		r.Members = slices.Delete(r.Members, i, i+1)
	}
	return i >= 0
}

// newID returns the next id. Ids grow, so they also tell the order.
func (d *data) newID() string {
	d.Counter++
	return fmt.Sprintf("00000000-0000-4000-8000-%012x", d.Counter)
}

// find searches a list by id, and returns the zero value without a hit.
func find[T interface{ id() string }](all []T, id string) T {
	if i, found := slices.BinarySearchFunc(all, id, func(one T, id string) int { return strings.Compare(one.id(), id) }); found {
		return all[i]
	}
	var none T
	return none
}

func (d *data) user(id string) *user   { return find(d.Users, id) }
func (d *data) room(id string) *room   { return find(d.Rooms, id) }
func (d *data) token(id string) *token { return find(d.Tokens, id) }

// liveUser is user without the deleted ones.
func (d *data) liveUser(id string) *user {
	if u := d.user(id); u != nil && u.DeletedAt == nil {
		return u
	}
	return nil
}

func (d *data) revokeTokens(userID string) {
	for _, t := range d.Tokens {
		if t.UserID == userID {
			t.Revoked = true
		}
	}
}

// Export renders the data file.
func (p *project) Export() ([]byte, error) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	return json.MarshalIndent(p.data, "", " ")
}

// Import reads a data file that Export has written.
func (p *project) Import(raw []byte) error {
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.DisallowUnknownFields()
	var read data
	if err := decoder.Decode(&read); err != nil {
		return fmt.Errorf("it is not the JSON that the mock writes: %w", err)
	}
	if read.Version != dataVersion {
		return fmt.Errorf("it has version %d, but this mock reads version %d", read.Version, dataVersion)
	}
	if read.ProjectID != p.id || read.APIKey != p.apiKey {
		return fmt.Errorf("its project is %q, and its key is not that of this mock (%q)", read.ProjectID, p.id)
	}
	if err := errors.Join(inOrder("users", read.Users), inOrder("rooms", read.Rooms),
		inOrder("messages", read.Messages), inOrder("tokens", read.Tokens)); err != nil {
		return err
	}
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.data = &read
	p.revision++
	return nil
}

// inOrder refuses a list that find cannot search.
func inOrder[T interface {
	comparable
	id() string
}](name string, all []T) error {
	var none T
	if slices.Contains(all, none) {
		return fmt.Errorf("one of its %s is empty", name)
	}
	if !slices.IsSortedFunc(all, func(a, b T) int { return strings.Compare(a.id(), b.id()) }) {
		return fmt.Errorf("its %s are not in the order of their ids", name)
	}
	return nil
}

// stamp renders a time as JavaScript servers do.
func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }
