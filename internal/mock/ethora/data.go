package ethora

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"
)

// States of apps and users (ethora-api.md §4.1, §5.4).
const (
	active   = "active"
	archived = "archived"
	deleting = "deleting"
)

// data is all that survives a restart. The JSON keys are the data file's.
type data struct {
	Version int             `json:"version"`
	Counter uint64          `json:"counter"` // last id given out
	BaseID  string          `json:"baseId"`
	Apps    map[string]*app `json:"apps"`
	Jobs    map[string]*job `json:"jobs"`
}

// dataVersion is raised when the data file changes its shape.
const dataVersion = 1

// An app is a tenant with everything in it.
type app struct {
	ID            string           `json:"id"`
	Parent        string           `json:"parent"` // "" for the base app
	Secret        string           `json:"secret"`
	Token         string           `json:"token"`
	Status        string           `json:"status"`
	ArchiveReason string           `json:"archiveReason,omitempty"`
	Attributes    fields           `json:"attributes"` // the writable ones that were set
	Bot           map[string]any   `json:"bot,omitempty"`
	Users         map[string]*user `json:"users"` // by xmppUsername
	Rooms         map[string]*room `json:"rooms"` // by name
	Tokens        []*appToken      `json:"tokens"`
	CreatedAt     time.Time        `json:"createdAt"`
	UpdatedAt     time.Time        `json:"updatedAt"`
	ArchivedAt    *time.Time       `json:"archivedAt,omitempty"`

	index *index // of Users; nil until it is asked for
}

// A user is a person, a bot, or the app's system account.
type user struct {
	ID              string     `json:"id"`
	UUID            string     `json:"uuid,omitempty"`
	Name            string     `json:"name"` // xmppUsername
	Email           string     `json:"email"`
	FirstName       string     `json:"firstName"`
	LastName        string     `json:"lastName"`
	Username        string     `json:"username,omitempty"`
	ProfileImage    string     `json:"profileImage,omitempty"`
	PasswordSalt    string     `json:"passwordSalt,omitempty"`
	PasswordHash    string     `json:"passwordHash,omitempty"`
	PasswordVersion int        `json:"passwordVersion"`
	Bot             bool       `json:"bot,omitempty"`
	System          bool       `json:"system,omitempty"`
	Status          string     `json:"status"`
	CreatedAt       time.Time  `json:"createdAt"`
	UpdatedAt       time.Time  `json:"updatedAt"`
	ArchivedAt      *time.Time `json:"archivedAt,omitempty"`
}

// A room is a chat. Members are xmppUsernames in the order of their arrival.
type room struct {
	ID          string    `json:"id"`
	Name        string    `json:"name"`
	Title       string    `json:"title"`
	Description string    `json:"description"`
	Picture     string    `json:"picture,omitempty"`
	Type        string    `json:"type"`
	Default     bool      `json:"default,omitempty"` // listed in the app's defaultRooms
	Pinned      bool      `json:"pinned,omitempty"`  // new users join by themselves
	Members     []string  `json:"members"`
	CreatedAt   time.Time `json:"createdAt"`
	UpdatedAt   time.Time `json:"updatedAt"`

	present map[string]bool // the members; nil until it is asked for
}

// An appToken is a minted token. Its value is told once and not kept.
type appToken struct {
	ID        string     `json:"id"`
	Label     string     `json:"label,omitempty"`
	CreatedAt time.Time  `json:"createdAt"`
	RotatedAt *time.Time `json:"rotatedAt,omitempty"`
	RevokedAt *time.Time `json:"revokedAt,omitempty"`
}

// live reports whether the user exists for the vendor's callers.
func (u *user) live() bool { return u.Status == active && !u.System }

// setPassword keeps a salted hash. It is meant for tests, not for an attacker:
// the hash is fast.
func (u *user) setPassword(password string) {
	if password == "" {
		return
	}
	salt := make([]byte, 8)
	_, _ = rand.Read(salt) // never fails
	u.PasswordSalt = hex.EncodeToString(salt)
	u.PasswordHash = hashPassword(u.PasswordSalt, password)
	u.PasswordVersion++
}

func (u *user) passwordIs(password string) bool {
	return u.PasswordHash != "" && u.PasswordHash == hashPassword(u.PasswordSalt, password)
}

func hashPassword(salt, password string) string {
	sum := sha256.Sum256([]byte(salt + password))
	return hex.EncodeToString(sum[:])
}

// xmppUsername is the name of a user in its app (§1.1).
func (a *app) xmppUsername(id string) string { return a.ID + "_" + id }

func (a *app) systemAccount() string { return a.xmppUsername(a.ID) }

// localpart turns what callers use for a room or a user into its name: a plain
// id, a prefixed name, or either with a domain (§1.2).
func (a *app) localpart(id string) string {
	id, _, _ = strings.Cut(id, "@")
	if strings.HasPrefix(id, a.ID+"_") {
		return id
	}
	return a.ID + "_" + id
}

// room finds a room by any of its ids, or returns nil.
func (a *app) room(id string) *room { return a.Rooms[a.localpart(id)] }

// member finds a user, archived or not, by plain id or name; or nil.
func (a *app) member(id string) *user {
	// The plain id first: it may itself look like a name or an address.
	if u := a.Users[a.xmppUsername(id)]; u != nil {
		return u
	}
	return a.Users[a.localpart(id)]
}

// user is member, and also takes a Mongo id.
func (a *app) user(id string) *user {
	if u := a.member(id); u != nil {
		return u
	}
	return a.indexed().byID[id]
}

// liveUser is user without the archived ones and the system account.
func (a *app) liveUser(id string) *user {
	if u := a.user(id); u != nil && u.live() {
		return u
	}
	return nil
}

// usersInOrder returns all users, oldest first. The list is not the caller's.
func (a *app) usersInOrder() []*user { return a.indexed().inOrder }

// roomsInOrder returns all rooms, oldest first.
func (a *app) roomsInOrder() []*room {
	rooms := make([]*room, 0, len(a.Rooms))
	for _, r := range a.Rooms {
		rooms = append(rooms, r)
	}
	slices.SortFunc(rooms, func(x, y *room) int { return strings.Compare(x.ID, y.ID) })
	return rooms
}

// newID returns the next 24-hex id. Ids grow, so they also tell the order.
func (d *data) newID() string {
	d.Counter++
	return fmt.Sprintf("6650aa00%016x", d.Counter)
}

// deriveKey makes the signing key of JWTs from an app secret: the lower-case
// hex of an HMAC over the purpose (§2.2).
func deriveKey(secret, purpose string) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(purpose))
	return hex.EncodeToString(mac.Sum(nil))
}

// stamp renders a time as the vendor does.
func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }
