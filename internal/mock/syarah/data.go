package syarah

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// The users that are there from the start, as GUIDs. Each but the last is the
// other side of a friendship with UserID; all are named after its status.
const (
	UserID         = "00000000-0000-4000-8000-0000000000a1"
	FriendID       = "00000000-0000-4000-8000-0000000000a2"
	SecondFriendID = "00000000-0000-4000-8000-0000000000a3" // has no avatar
	PendingID      = "00000000-0000-4000-8000-0000000000a4"
	RejectedID     = "00000000-0000-4000-8000-0000000000a5"
	BlockedID      = "00000000-0000-4000-8000-0000000000a6"
	StrangerID     = "00000000-0000-4000-8000-0000000000a7" // no friend of UserID
)

// The states of a friendship; without one it is null (§4).
const (
	Pending  = 0
	Accepted = 1
	Rejected = 2
	Blocked  = 3
)

// data is all that survives a restart. The JSON keys are the data file's. Lists
// are by id, which is by age.
type data struct {
	Version     int           `json:"version"`
	LastUser    int           `json:"lastUser"` // numbers given out
	LastChat    int           `json:"lastChat"`
	LastMessage int           `json:"lastMessage"`
	LastUpload  int           `json:"lastUpload"`
	Users       []*user       `json:"users"`
	Friendships []*friendship `json:"friendships"`
	Chats       []*chat       `json:"chats"`
	Messages    []*message    `json:"messages"`
	Uploads     []*upload     `json:"uploads"`
}

// dataVersion is raised when the data file changes its shape.
const dataVersion = 1

// A user comes from the backend's own user administration, which has no
// documented calls.
type user struct {
	ID     string  `json:"id"` // GUID in small letters
	Name   string  `json:"name"`
	Avatar *string `json:"avatar"`
}

// A friendship has no direction.
type friendship struct {
	Users  [2]string `json:"users"`
	Status int       `json:"status"`
}

// A chat is what the API calls a chat header: two users, or a group.
type chat struct {
	ID        int            `json:"id"`
	Group     bool           `json:"group"`
	Name      string         `json:"name"` // of a group
	Members   []string       `json:"members"`
	CreatedAt time.Time      `json:"createdAt"`
	Read      map[string]int `json:"read"` // by user: the newest message read
}

// A message of any type. For files, Text is the path of the upload.
type message struct {
	ID        int        `json:"id"`
	ChatID    int        `json:"chatId"`
	UserID    string     `json:"userId"`
	Text      string     `json:"text"`
	Type      int        `json:"type"`
	Caption   *string    `json:"caption"`
	CreatedAt time.Time  `json:"createdAt"`
	UpdatedAt *time.Time `json:"updatedAt"`
}

// An upload is what is known of a file; its content is gone.
type upload struct {
	Path   string `json:"path"`
	Type   int    `json:"type"`
	Name   string `json:"name"`
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"` // of what was sent, in hex
	UserID string `json:"userId"`
}

// seed returns the data from the start. Ids of chats and messages differ, so
// that no one passes for the other.
func seed() *data {
	d := &data{Version: dataVersion, LastChat: 100, LastMessage: 1000}
	for _, u := range []struct{ id, name, avatar string }{
		{UserID, "Omar Owner", "https://files.example/omar.jpg"},
		{FriendID, "Jane Friend", "https://files.example/jane.jpg"},
		{SecondFriendID, "Sami Friend", ""},
		{PendingID, "Pia Pending", "https://files.example/pia.jpg"},
		{RejectedID, "Rami Rejected", ""},
		{BlockedID, "Bilal Blocked", ""},
		{StrangerID, "Stella Stranger", ""},
	} {
		d.addUser(u.id, u.name, u.avatar)
	}
	for other, status := range map[string]int{FriendID: Accepted, SecondFriendID: Accepted, PendingID: Pending, RejectedID: Rejected, BlockedID: Blocked} {
		d.befriend(UserID, other, &status)
	}
	return d
}

func (d *data) addUser(id, name, avatar string) *user {
	u := &user{ID: id, Name: name}
	if avatar != "" {
		u.Avatar = &avatar
	}
	d.Users = append(d.Users, u)
	return u
}

func (d *data) user(id string) *user {
	if i := slices.IndexFunc(d.Users, func(u *user) bool { return u.ID == id }); i >= 0 {
		return d.Users[i]
	}
	return nil
}

func (d *data) friendship(one, other string) *friendship {
	users := pair(one, other)
	if i := slices.IndexFunc(d.Friendships, func(f *friendship) bool { return f.Users == users }); i >= 0 {
		return d.Friendships[i]
	}
	return nil
}

// befriend sets the friendship of two users; without a status it ends.
func (d *data) befriend(one, other string, status *int) {
	users := pair(one, other)
	d.Friendships = slices.DeleteFunc(d.Friendships, func(f *friendship) bool { return f.Users == users })
	if status != nil {
		d.Friendships = append(d.Friendships, &friendship{Users: users, Status: *status})
	}
	slices.SortFunc(d.Friendships, func(a, b *friendship) int { return slices.Compare(a.Users[:], b.Users[:]) })
}

func pair(one, other string) [2]string { return [2]string{min(one, other), max(one, other)} }

func (d *data) chat(id int) *chat {
	if i, found := slices.BinarySearchFunc(d.Chats, id, func(c *chat, id int) int { return cmp.Compare(c.ID, id) }); found {
		return d.Chats[i]
	}
	return nil
}

// chatOf returns the chat of two users, in whatever order, or nil.
func (d *data) chatOf(one, other string) *chat {
	i := slices.IndexFunc(d.Chats, func(c *chat) bool { return !c.Group && pair(c.Members[0], c.Members[1]) == pair(one, other) })
	if i < 0 {
		return nil
	}
	return d.Chats[i]
}

func (d *data) addChat(now time.Time, members ...string) *chat {
	d.LastChat++
	c := &chat{ID: d.LastChat, Members: members, CreatedAt: now, Read: map[string]int{}}
	d.Chats = append(d.Chats, c)
	return c
}

// deleteChat deletes a chat with its messages, and reports whether it was there.
func (d *data) deleteChat(id int) bool {
	before := len(d.Chats)
	d.Chats = slices.DeleteFunc(d.Chats, func(c *chat) bool { return c.ID == id })
	d.Messages = slices.DeleteFunc(d.Messages, func(m *message) bool { return m.ChatID == id })
	return len(d.Chats) < before
}

func (d *data) message(id int) *message {
	if i, found := slices.BinarySearchFunc(d.Messages, id, func(m *message, id int) int { return cmp.Compare(m.ID, id) }); found {
		return d.Messages[i]
	}
	return nil
}

// upload returns the upload with the path, or nil.
func (d *data) upload(path string) *upload {
	if i := slices.IndexFunc(d.Uploads, func(u *upload) bool { return u.Path == path }); i >= 0 {
		return d.Uploads[i]
	}
	return nil
}

func (c *chat) has(userID string) bool { return slices.Contains(c.Members, userID) }

// other returns the second member of an individual chat.
func (c *chat) other(userID string) string {
	if c.Members[0] == userID {
		return c.Members[1]
	}
	return c.Members[0]
}

// Export renders the data file.
func (b *backend) Export() ([]byte, error) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	return json.MarshalIndent(b.data, "", " ")
}

// Import reads a data file that Export has written.
func (b *backend) Import(raw []byte) error {
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
	b.mutex.Lock()
	defer b.mutex.Unlock()
	b.data = &read
	b.revision++
	return nil
}

// check refuses data that the calls could not work with.
func (d *data) check() error {
	if slices.Contains(d.Users, nil) || slices.Contains(d.Friendships, nil) || slices.Contains(d.Chats, nil) ||
		slices.Contains(d.Messages, nil) || slices.Contains(d.Uploads, nil) {
		return errors.New("something in one of its lists is null")
	}
	chats := slices.IsSortedFunc(d.Chats, func(a, b *chat) int { return cmp.Compare(a.ID, b.ID) })
	messages := slices.IsSortedFunc(d.Messages, func(a, b *message) int { return cmp.Compare(a.ID, b.ID) })
	if !chats || !messages {
		return errors.New("its chats or messages are not in the order of their ids")
	}
	if last := len(d.Chats) - 1; last >= 0 && d.Chats[last].ID > d.LastChat {
		return errors.New("it has a chat with an id that was never given out")
	}
	if last := len(d.Messages) - 1; last >= 0 && d.Messages[last].ID > d.LastMessage {
		return errors.New("it has a message with an id that was never given out")
	}
	return errors.Join(d.checkUsers(), d.checkChats())
}

func (d *data) checkUsers() error {
	for _, u := range d.Users {
		if !guidPattern.MatchString(u.ID) || u.ID != strings.ToLower(u.ID) {
			return fmt.Errorf("its user %q has no GUID in small letters", u.ID)
		}
	}
	return nil
}

// checkChats checks what chats and messages name.
func (d *data) checkChats() error {
	for _, c := range d.Chats {
		if !c.Group && (len(c.Members) != 2 || c.Members[0] == c.Members[1]) {
			return fmt.Errorf("its chat %d is not one of two users", c.ID)
		}
		if c.Read == nil {
			return fmt.Errorf("its chat %d does not tell who has read it", c.ID)
		}
		for _, member := range c.Members {
			if d.user(member) == nil {
				return fmt.Errorf("its chat %d has the unknown member %q", c.ID, member)
			}
		}
	}
	for _, m := range d.Messages {
		if d.chat(m.ChatID) == nil {
			return fmt.Errorf("its message %d is in the unknown chat %d", m.ID, m.ChatID)
		}
	}
	return nil
}

// stamp renders a time as the page's samples do.
func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }
