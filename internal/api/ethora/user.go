package ethora

// User is a user as the server tells it (ethora-api.md §5.4). The XMPP
// password that the server also sends is never kept.
type User struct {
	ID           string // the server's own id
	UserID       string // the plain id given at creation
	XMPPUsername string // <appID>_<userID>
	Email        string
	FirstName    string
	LastName     string
	Username     string
	ProfileImage string // URL
	Description  string
	Status       string // "" and "active" both mean active
	CreatedAt    string // ISO 8601
	IsBot        bool
}

// Gone reports whether the user is archived, being purged or purged.
func (u User) Gone() bool { return goneStatus(u.Status) }

// whole reports whether the server told all that it knows of every user.
func (u User) whole() bool {
	return u.ID != "" && u.UserID != "" && u.Email != "" && u.FirstName != "" && u.LastName != ""
}

// NewUser is a user to create. Empty optional fields are not sent.
type NewUser struct {
	UserID       string // sent as uuid; at least 2 characters
	Email        string
	FirstName    string // at least 2 characters
	LastName     string // at least 2 characters
	Password     string // secret, optional
	ProfileImage string // URL, optional
}

// UsersBatch is a request to create 1 to 100 users.
type UsersBatch struct {
	BypassEmailConfirmation bool // false: every user gets a mail
	Users                   []NewUser
}

// UsersBatchJob is the state of an asynchronous creation of users
// (ethora-api.md §5.2 [client]).
type UsersBatchJob struct {
	ID      string
	State   string // pending, running, completed, failed; others are possible
	Error   string
	Results []UserResult
}

// Done reports whether the job has ended, well or badly. An unknown state is
// not an end.
func (j UsersBatchJob) Done() bool { return j.State == "completed" || j.State == "failed" }

// UserResult is what the server did with one user of a batch.
type UserResult struct {
	Status       string // created, updated, skipped, exists, uuid_exists, not-found or an unnamed failure
	UserID       string // plain id
	XMPPUsername string
	Email        string
	Error        string
	User         *User  // when the server sent it
	Raw          string // the item as JSON, redacted and capped at 500 characters; "" for one that succeeded

	unnamed bool // the answer has no result for the user
}

// UserUpdate changes one user; nil leaves a field alone.
type UserUpdate struct {
	UserID       string
	FirstName    *string
	LastName     *string
	Username     *string
	ProfileImage *string // URL
}

// UserFilter narrows ListUsers to the members of a room, to one user, or both.
type UserFilter struct {
	RoomID string
	UserID string
}

// CreateUserOutcome is a created user and how it came to be.
type CreateUserOutcome struct {
	User     User
	Adopted  bool // an earlier attempt, whose answer was lost, had created it
	Restored bool // an archived user of the same id and email was revived; it keeps its old password
}
