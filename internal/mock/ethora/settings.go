package ethora

import (
	"fmt"
	"slices"
)

// Settings switch between the ways in which real servers are known, or
// suspected, to differ (ethora-api.md §13). The zero value is the canonical
// server of §11. PUT /_mock/settings replaces all of them.
type Settings struct {
	// ObjectEnvelope is where a single object stands in an answer: "" as
	// canonical for each call, else "named" ({"app":{}}, {"chat":{}},
	// {"user":{}}), "result", "result.named", "data", "data.named", "list"
	// ({"apps":[{}]}) or "root". §13.1
	ObjectEnvelope string `json:"objectEnvelope,omitempty"`
	// ListEnvelope is where a list stands: "" as canonical for each call, else
	// "items", "results", "named" ({"apps":[]}), "data.items" or "array". §13.3
	ListEnvelope string `json:"listEnvelope,omitempty"`
	// CreateStatus is the status of creations, 200 (default) or 201. §13.4
	CreateStatus int `json:"createStatus,omitempty"`
	// AbsentFields renders app attributes that were never set: "" leaves them
	// out, "null" or "empty" ("") shows them.
	AbsentFields string `json:"absentFields,omitempty"`
	// RefuseEmptyStrings makes "" in an app attribute a 422.
	RefuseEmptyStrings bool `json:"refuseEmptyStrings,omitempty"`
	// AppSecret says which answers carry appSecret: "" creation only,
	// "always", or "never". §13.13
	AppSecret string `json:"appSecret,omitempty"`

	// Patch is the answer to PATCH /v2/apps/{appId}: "" works, "404" or "405"
	// is refused, and then PUT /v2 and PUT /v1 work instead. §13.7
	Patch string `json:"patch,omitempty"`
	// NoPutV2 leaves only PUT /v1/apps/{appId} of the two fallbacks.
	NoPutV2 bool `json:"noPutV2,omitempty"`
	// ArchivedApp is the status of GET on an archived app: 200 (default), 403
	// or 404. §13.8
	ArchivedApp int `json:"archivedApp,omitempty"`
	// ArchivedUser is the status of GET /v1/apps/users/{name} for an archived
	// user: 200 (default) or 404. §13.9
	ArchivedUser int `json:"archivedUser,omitempty"`
	// OwnUsersOnly makes GET /v1/apps/users/{name} blind to child apps.
	OwnUsersOnly bool `json:"ownUsersOnly,omitempty"`
	// MissingStatus is the status for an unknown chat or user: 0 keeps the
	// canonical ones (404, and 422 on deletions), else 404, 422 or 400. §13.10
	MissingStatus int `json:"missingStatus,omitempty"`
	// ConflictStatus is the status for something that exists already: 422
	// (default) or 409. §13.11
	ConflictStatus int `json:"conflictStatus,omitempty"`
	// PartialDelete makes DELETE users/batch skip unknown users and tell so in
	// "results", instead of refusing the whole call with 422.
	PartialDelete bool `json:"partialDelete,omitempty"`

	// JobPolls is after how many polls a job is completed; default 2. The poll
	// before the last one answers "running", earlier ones "pending".
	JobPolls int `json:"jobPolls,omitempty"`
	// JobField names the state of a job: "state" (default) or "status". §13.5
	JobField string `json:"jobField,omitempty"`
	// JobResults is "result.results" (default) or "results". §13.5
	JobResults string `json:"jobResults,omitempty"`
	// BareJobItems leaves uuid and email out of job items. §5.2
	BareJobItems bool `json:"bareJobItems,omitempty"`
	// EndlessJobs never finish.
	EndlessJobs bool `json:"endlessJobs,omitempty"`
	// FailJobs is the error with which every job ends as failed.
	FailJobs string `json:"failJobs,omitempty"`
	// FailUsers are the errors of single users in a batch, by uuid.
	FailUsers map[string]string `json:"failUsers,omitempty"`
	// AbandonedJobMS is after how many milliseconds a job that nobody has ever
	// polled is done; default 1000.
	AbandonedJobMS int `json:"abandonedJobMs,omitempty"`

	// MembershipLagReads and MembershipLagMS hide a change of membership from
	// the reads of a view (chats, chats/users, a user's chats) until the view
	// was read so often and so many milliseconds have passed. §8.6, §13.21
	MembershipLagReads int `json:"membershipLagReads,omitempty"`
	MembershipLagMS    int `json:"membershipLagMs,omitempty"`
	// PageLimit is the largest page; a larger limit is cut silently. Default
	// 100. §13.14
	PageLimit int `json:"pageLimit,omitempty"`
	// IgnoreFilters makes GET chats/users return all users. §13.15
	IgnoreFilters bool `json:"ignoreFilters,omitempty"`
	// NoAppUserList removes GET /v2/apps/{appId}/chats/users. §13.26
	NoAppUserList bool `json:"noAppUserList,omitempty"`
	// ThinUserList leaves username and pictures out of the rows of every list of
	// users, as servers do that list a projection of what one user shows. §5.6
	ThinUserList bool `json:"thinUserList,omitempty"`
	// GetChat adds GET /v2/apps/{appId}/chats/{name}. §13.26
	GetChat bool `json:"getChat,omitempty"`
	// MemberListLimit is how many members a chat lists at most, 0 all; real
	// chat lists cut at 30. §8.1
	MemberListLimit int `json:"memberListLimit,omitempty"`
	// HideSystemAccount leaves the app's system account out of member lists.
	HideSystemAccount bool `json:"hideSystemAccount,omitempty"`
	// FirstNameMin is the shortest first name; default 2. §13.16
	FirstNameMin int `json:"firstNameMin,omitempty"`

	// RateLimit is how many calls per second are answered; the next ones get
	// 429 with Retry-After. 0: no limit. §13.20
	RateLimit int `json:"rateLimit,omitempty"`
	// BodyLimit is the largest request body in bytes; default 1 MiB.
	BodyLimit int64 `json:"bodyLimit,omitempty"`
	// XMPPHost is what get-config tells; default "xmpp.chat.ethora.com".
	XMPPHost string `json:"xmppHost,omitempty"`
	// SeedBot gives an app its legacy bot when the settings are applied.
	SeedBot *SeedBot `json:"seedBot,omitempty"`
}

// A SeedBot names the app that gets a bot and the rooms the bot enters.
type SeedBot struct {
	AppID string   `json:"appId,omitempty"` // default: the base app
	Rooms []string `json:"rooms,omitempty"` // room ids
}

// withDefaults fills in the numbers whose zero means the default.
func (s Settings) withDefaults() Settings {
	setDefault(&s.CreateStatus, 200)
	setDefault(&s.ArchivedApp, 200)
	setDefault(&s.ArchivedUser, 200)
	setDefault(&s.ConflictStatus, 422)
	setDefault(&s.JobPolls, 2)
	setDefault(&s.JobField, "state")
	setDefault(&s.JobResults, "result.results")
	setDefault(&s.AbandonedJobMS, 1000)
	setDefault(&s.PageLimit, 100)
	setDefault(&s.FirstNameMin, 2)
	setDefault(&s.BodyLimit, 1<<20)
	setDefault(&s.XMPPHost, "xmpp.chat.ethora.com")
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
	words := []struct {
		name, value string
		known       []string
	}{
		{"objectEnvelope", s.ObjectEnvelope, []string{"", "named", "result", "result.named", "data", "data.named", "list", "root"}},
		{"listEnvelope", s.ListEnvelope, []string{"", "items", "results", "named", "data.items", "array"}},
		{"absentFields", s.AbsentFields, []string{"", "null", "empty"}},
		{"appSecret", s.AppSecret, []string{"", "always", "never"}},
		{"patch", s.Patch, []string{"", "404", "405"}},
		{"jobField", s.JobField, []string{"state", "status"}},
		{"jobResults", s.JobResults, []string{"result.results", "results"}},
	}
	for _, word := range words {
		if !slices.Contains(word.known, word.value) {
			return fmt.Errorf("the setting %s is %q, but must be one of %q", word.name, word.value, word.known)
		}
	}
	statuses := []struct {
		name  string
		value int
		known []int
	}{
		{"createStatus", s.CreateStatus, []int{200, 201}},
		{"archivedApp", s.ArchivedApp, []int{200, 403, 404}},
		{"archivedUser", s.ArchivedUser, []int{200, 404}},
		{"missingStatus", s.MissingStatus, []int{0, 400, 404, 422}},
		{"conflictStatus", s.ConflictStatus, []int{409, 422}},
	}
	for _, status := range statuses {
		if !slices.Contains(status.known, status.value) {
			return fmt.Errorf("the setting %s is %d, but must be one of %d", status.name, status.value, status.known)
		}
	}
	counts := []int{s.JobPolls, s.AbandonedJobMS, s.MembershipLagReads, s.MembershipLagMS, s.PageLimit,
		s.MemberListLimit, s.FirstNameMin, s.RateLimit, int(s.BodyLimit)}
	if slices.Min(counts) < 0 {
		return fmt.Errorf("a setting is negative; counts, limits and milliseconds cannot be")
	}
	return nil
}
