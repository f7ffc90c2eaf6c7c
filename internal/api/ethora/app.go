package ethora

// AppFields are the fields of an app that the server JWT may write
// (ethora-api.md §4.1). On a write, nil leaves the field alone; on a read, nil
// means that the server did not say.
type AppFields struct {
	DisplayName             *string `json:"displayName,omitempty"`
	DomainName              *string `json:"domainName,omitempty"` // letters and digits, unique on the platform
	AppTagline              *string `json:"appTagline,omitempty"`
	LogoImage               *string `json:"logoImage,omitempty"`    // URL
	SublogoImage            *string `json:"sublogoImage,omitempty"` // URL
	PrimaryColor            *string `json:"primaryColor,omitempty"` // #RRGGBB
	SecondaryColor          *string `json:"secondaryColor,omitempty"`
	CoinSymbol              *string `json:"coinSymbol,omitempty"`
	CoinName                *string `json:"coinName,omitempty"`
	BundleID                *string `json:"bundleId,omitempty"`
	AfterLoginPage          *string `json:"afterLoginPage,omitempty"`
	FirebaseWebConfigString *string `json:"firebaseWebConfigString,omitempty"`
	GoogleServicesJSON      *string `json:"googleServicesJson,omitempty"`
	GoogleServiceInfoPlist  *string `json:"googleServiceInfoPlist,omitempty"`
	DefaultBotInstanceID    *string `json:"defaultBotInstanceId,omitempty"`

	DefaultAccessProfileOpen *bool `json:"defaultAccessProfileOpen,omitempty"`
	DefaultAccessAssetsOpen  *bool `json:"defaultAccessAssetsOpen,omitempty"`
	UsersCanFree             *bool `json:"usersCanFree,omitempty"`
	AllowUsersToCreateRooms  *bool `json:"allowUsersToCreateRooms,omitempty"`

	SignonOptions      *[]string        `json:"signonOptions,omitempty"` // email, google, apple, facebook, metamask; always the full list
	AvailableMenuItems *MenuItems       `json:"availableMenuItems,omitempty"`
	DefaultRooms       *[]DefaultRoom   `json:"defaultRooms,omitempty"`
	BroadcastSender    *BroadcastSender `json:"broadcastSender,omitempty"`

	// The bot's fields are written under these names and read from "aiBot".
	BotStatus          *string `json:"botStatus,omitempty"` // on, off
	BotPrompt          *string `json:"botPrompt,omitempty"`
	BotGreetingMessage *string `json:"botGreetingMessage,omitempty"`
	BotTrigger         *string `json:"botTrigger,omitempty"` // any_message, /bot
	BotChatID          *string `json:"botChatId,omitempty"`
	BotFirstName       *string `json:"botFirstName,omitempty"`
	BotLastName        *string `json:"botLastName,omitempty"`
	BotIsRAG           *bool   `json:"botIsRAG,omitempty"`
}

// MenuItems says which entries the app's menu shows.
type MenuItems struct {
	Chats    *bool `json:"chats,omitempty"`
	Profile  *bool `json:"profile,omitempty"`
	Settings *bool `json:"settings,omitempty"`
}

// DefaultRoom is a room that new users see; they join it when it is pinned.
type DefaultRoom struct {
	JID    string `json:"jid"`
	Pinned bool   `json:"pinned"`
}

// BroadcastSender is who broadcasts seem to come from.
type BroadcastSender struct {
	Name     *string `json:"name,omitempty"`
	PhotoURL *string `json:"photoUrl,omitempty"`
}

// App is an app as the server tells it (ethora-api.md §4.1).
type App struct {
	ID string
	AppFields
	AppToken      string // secret
	AppSecret     string // secret; may be absent on reads
	ParentAppID   string
	CreatorID     string
	Status        string // "" and "active" both mean active
	SystemChatJID string
	CreatedAt     string // ISO 8601
	HasBot        bool
}

// Gone reports whether the app is archived, being purged or purged.
func (a App) Gone() bool { return goneStatus(a.Status) }

// ListAppsOptions chooses what ListApps returns.
type ListAppsOptions struct {
	IncludeArchived bool
}

// DeleteOptions says how an app or a user is deleted.
type DeleteOptions struct {
	Hard   bool   // purge instead of archive
	Reason string // free text kept by the server; apps only
}

// goneStatus knows the statuses of objects that are archived or purged
// (ethora-api.md §4.1, §5.4 [client]).
func goneStatus(status string) bool {
	switch status {
	case "archived", "deleting", "deleted":
		return true
	}
	return false
}
