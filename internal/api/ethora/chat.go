package ethora

// Chat is a room as the server tells it (ethora-api.md §8.1).
type Chat struct {
	ID          string // the server's own id
	Name        string // <appID>_<roomID>
	RoomID      string // the plain id given at creation
	Title       string
	Description string
	Type        string // group, public, private
	Picture     string // URL
	CreatedBy   string
	CreatedAt   string   // ISO 8601
	MemberCount *int     // nil: the server did not say
	Members     []Member // sorted by XMPPUsername; may be cut short, see MemberCount
	HasMembers  bool     // the server sent a list of members, perhaps an empty one
}

// Member is a user in a room.
type Member struct {
	XMPPUsername string
	UserID       string // plain id
	FirstName    string
	LastName     string
	Bot          bool // the server says so, or the name ends in "-bot"
	System       bool // the app's own account, <appID>_<appID>
}

// NewChat is a room to create. Empty optional fields are not sent.
type NewChat struct {
	RoomID      string // sent as uuid
	Title       string
	Type        string // group or public
	Description string // optional
	Picture     string // URL, optional
}

// ChatFields changes a room; nil leaves a field alone.
type ChatFields struct {
	Title       *string `json:"title,omitempty"`
	Description *string `json:"description,omitempty"`
}
