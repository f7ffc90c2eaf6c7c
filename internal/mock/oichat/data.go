package oichat

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"
)

// data is all that survives a restart. The JSON keys are the data file's.
type data struct {
	Version   int               `json:"version"`
	Counter   uint64            `json:"counter"` // last id given out
	ProjectID string            `json:"projectId"`
	APIKey    string            `json:"apiKey"`
	SecretKey string            `json:"secretKey"`
	Rooms     []*room           `json:"rooms"` // by id, which is by age
	Messages  []*message        `json:"messages"`
	Tokens    []*token          `json:"tokens"`
	Replies   map[string]*reply `json:"replies"` // by operation and key; those of tokens hold the tokens
}

// dataVersion is raised when the data file changes its shape.
const dataVersion = 1

// A room is kept after its deletion.
type room struct {
	ID           string         `json:"id"`
	Type         string         `json:"type"`
	Name         *string        `json:"name"`
	Participants []string       `json:"participants"` // in the order of their arrival
	Metadata     map[string]any `json:"metadata,omitempty"`
	Status       string         `json:"status"`
	CreatedAt    time.Time      `json:"createdAt"`
	UpdatedAt    time.Time      `json:"updatedAt"`
	DeletedAt    *time.Time     `json:"deletedAt,omitempty"`
}

// A message is what somebody wrote into a room.
type message struct {
	ID          string         `json:"id"`
	RoomID      string         `json:"roomId"`
	SenderID    string         `json:"senderId"`
	Content     string         `json:"content"`
	ContentType string         `json:"contentType"`
	Metadata    map[string]any `json:"metadata,omitempty"`
	CreatedAt   time.Time      `json:"createdAt"`
}

// A token is an issued token without its value.
type token struct {
	ID        string    `json:"id"`
	UserID    string    `json:"userId"`
	UserName  string    `json:"userName,omitempty"`
	Role      string    `json:"role"`
	IssuedAt  time.Time `json:"issuedAt"`
	ExpiresAt time.Time `json:"expiresAt"`
}

// newID returns the next id. The ids of a kind grow, so they also tell the
// order.
func (d *data) newID(prefix string) string {
	d.Counter++
	return fmt.Sprintf("%s%012x", prefix, d.Counter)
}

func (d *data) addRoom(r *room, now time.Time) {
	r.ID = d.newID("room_")
	r.CreatedAt, r.UpdatedAt = now, now
	d.Rooms = append(d.Rooms, r)
}

// room finds a room, deleted or not, or returns nil.
func (d *data) room(id string) *room {
	if i, found := slices.BinarySearchFunc(d.Rooms, id, searchRoom); found {
		return d.Rooms[i]
	}
	return nil
}

// roomsOf returns up to so many rooms of a user behind the one with the id.
func (d *data) roomsOf(userID, after string, most int, deletedToo bool) []*room {
	start, found := slices.BinarySearchFunc(d.Rooms, after, searchRoom)
	if found {
		start++
	}
	var rooms []*room
	for _, r := range d.Rooms[start:] {
		if len(rooms) == most {
			break
		}
		if slices.Contains(r.Participants, userID) && (deletedToo || r.DeletedAt == nil) {
			rooms = append(rooms, r)
		}
	}
	return rooms
}

func (r *room) delete(now time.Time) { r.DeletedAt, r.UpdatedAt = &now, now }

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
	decoder.UseNumber()
	var read data
	if err := decoder.Decode(&read); err != nil {
		return fmt.Errorf("it is not the JSON that the mock writes: %w", err)
	}
	if err := read.check(p); err != nil {
		return err
	}
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.data = &read
	p.revision++
	return nil
}

// check refuses data that would make a handler fail later.
func (d *data) check(p *project) error {
	if d.Version != dataVersion {
		return fmt.Errorf("it has version %d, but this mock reads version %d", d.Version, dataVersion)
	}
	if d.ProjectID != p.id || d.APIKey != p.apiKey || d.SecretKey != p.secretKey {
		return fmt.Errorf("its project is %q, and its credentials are not those of this mock (%q)", d.ProjectID, p.id)
	}
	if slices.Contains(d.Rooms, nil) || slices.Contains(d.Messages, nil) || slices.Contains(d.Tokens, nil) {
		return errors.New("it has an empty room, message or token")
	}
	if !slices.IsSortedFunc(d.Rooms, func(a, b *room) int { return searchRoom(a, b.ID) }) {
		return errors.New("its rooms are not in the order of their ids")
	}
	if d.Replies == nil {
		return errors.New("it has no replies")
	}
	for key, reply := range d.Replies {
		if reply == nil || reply.Status < 200 || reply.Status > 599 {
			return fmt.Errorf("its reply to %q is incomplete", key)
		}
	}
	return nil
}

// stamp renders a time as JavaScript servers do.
func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }
