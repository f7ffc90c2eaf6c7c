package rocketchat

import (
	"fmt"
	"slices"
)

// Settings are the version of the server and the settings that its admin can
// turn. The zero value is a newer server as it is installed, without rate
// limits. PUT /_mock/settings replaces all of them.
type Settings struct {
	// Version is "newer" (default) or "older". The page tells them apart by
	// their error bodies (§1); custom fields and closed rooms can be changed by
	// the newer one only (§3).
	Version string `json:"version,omitempty"`
	// Missing is how the department or custom field that is not there is
	// told: "null" (default) or "absent", without its key. §3
	Missing string `json:"missing,omitempty"`
	// FlatVisitors takes the flat body that the SDK sends, which the server
	// refuses. §2.2
	FlatVisitors bool `json:"flatVisitors,omitempty"`

	// OmnichannelOff is Livechat_enabled off. §2.1, §2.5
	OmnichannelOff bool `json:"omnichannelOff,omitempty"`
	// AgentsOffline has no agent online. §2.5
	AgentsOffline bool `json:"agentsOffline,omitempty"`
	// AcceptWithoutAgents is Livechat_accept_chats_with_no_agents: rooms are
	// opened, and nobody serves them.
	AcceptWithoutAgents bool `json:"acceptWithoutAgents,omitempty"`
	// ContactsBlocked refuses new rooms as those of a blocked contact. §2.5
	ContactsBlocked bool `json:"contactsBlocked,omitempty"`
	// VisitorsMayNotClose is Omnichannel_allow_visitors_to_close_conversation
	// off. §2.4
	VisitorsMayNotClose bool `json:"visitorsMayNotClose,omitempty"`
	// ClosedByVisitor is the comment of rooms that visitors close, in the
	// language of the server; default "Closed by visitor". §2.4
	ClosedByVisitor string `json:"closedByVisitor,omitempty"`
	// DeleteWithOpenRooms is Livechat_Allow_collect_and_store_HTTP_header_informations,
	// the GDPR switch that lets visitors be deleted with their open rooms. §2.2
	DeleteWithOpenRooms bool `json:"deleteWithOpenRooms,omitempty"`
	// RequiredFields are custom fields that are required, whatever their
	// definition says. §2.2
	RequiredFields []string `json:"requiredFields,omitempty"`
	// HideAgent is Livechat_show_agent_info off. §2.3
	HideAgent bool `json:"hideAgent,omitempty"`
	// HideAgentEmail is Livechat_show_agent_email off. §2.3
	HideAgentEmail bool `json:"hideAgentEmail,omitempty"`

	// NoEditing is Message_AllowEditing off. §2.7
	NoEditing bool `json:"noEditing,omitempty"`
	// NoDeleting is Message_AllowDeleting off. §2.7
	NoDeleting bool `json:"noDeleting,omitempty"`
	// MessageLimit is Livechat_message_character_limit. 0: none. §2.7
	MessageLimit int `json:"messageLimit,omitempty"`
	// MaskedWords are words that a content filter turns into asterisks. §5
	MaskedWords []string `json:"maskedWords,omitempty"`
	// HideSystemMessages is Hide_System_Messages: the history tells not when
	// a room was opened, taken and closed.
	HideSystemMessages bool `json:"hideSystemMessages,omitempty"`
	// MailFails lets no transcript and no offline message out. §2.4, §2.7
	MailFails bool `json:"mailFails,omitempty"`

	// NoUploads is Livechat_fileupload_enabled off. §2.6
	NoUploads bool `json:"noUploads,omitempty"`
	// UploadTypes is FileUpload_MediaTypeWhiteList: media types, "image/*"
	// too; default all but image/svg+xml. §2.6
	UploadTypes []string `json:"uploadTypes,omitempty"`
	// MaxUpload is FileUpload_MaxFileSize in bytes; default 104857600,
	// -1 without end. §2.6
	MaxUpload int64 `json:"maxUpload,omitempty"`

	// DepartmentRemoval is Omnichannel_enable_department_removal. §3
	DepartmentRemoval bool `json:"departmentRemoval,omitempty"`
	// MaxDepartments is how many departments there may be; a workspace
	// without a licence has 1. 0: any number.
	MaxDepartments int `json:"maxDepartments,omitempty"`
	// PageLimit is API_Upper_Count_Limit, the largest page; default 100. The
	// page without a count has 50 rows, or as many as PageLimit.
	PageLimit int `json:"pageLimit,omitempty"`

	// RateLimits counts calls per client address, route and method. §1
	RateLimits bool `json:"rateLimits,omitempty"`
	// RateWindowMS makes all windows so long, in milliseconds; default a
	// minute, and 5 seconds for offline messages.
	RateWindowMS int `json:"rateWindowMs,omitempty"`
	// RateCalls is how many calls of a route without a limit of its own are
	// answered in a window; default 10.
	RateCalls int `json:"rateCalls,omitempty"`
	// LimitAdmin counts the calls of the admin too, who by default has the
	// permission api-bypass-rate-limit.
	LimitAdmin bool `json:"limitAdmin,omitempty"`
}

const (
	newer = "newer"
	older = "older"
)

// withDefaults fills in what has a default that is not zero.
func (s Settings) withDefaults() Settings {
	setDefault(&s.Version, newer)
	setDefault(&s.Missing, "null")
	setDefault(&s.ClosedByVisitor, "Closed by visitor")
	setDefault(&s.MaxUpload, 104857600)
	setDefault(&s.PageLimit, 100)
	setDefault(&s.RateCalls, 10)
	return s
}

func setDefault[T comparable](value *T, fallback T) {
	var zero T
	if *value == zero {
		*value = fallback
	}
}

// check refuses values that the mock does not know.
func (s Settings) check() error {
	for _, word := range []struct {
		name, value string
		known       []string
	}{
		{"version", s.Version, []string{newer, older}},
		{"missing", s.Missing, []string{"null", "absent"}},
	} {
		if !slices.Contains(word.known, word.value) {
			return fmt.Errorf("the setting %s is %q, but must be one of %q", word.name, word.value, word.known)
		}
	}
	if min(s.MessageLimit, s.MaxDepartments, s.PageLimit, s.RateWindowMS, s.RateCalls) < 0 {
		return fmt.Errorf("a setting is negative; counts, limits and milliseconds cannot be")
	}
	if s.MaxUpload < -1 {
		return fmt.Errorf("the setting maxUpload is %d, but must be a size in bytes, or -1 for any size", s.MaxUpload)
	}
	return nil
}

func (s Settings) older() bool { return s.Version == older }
