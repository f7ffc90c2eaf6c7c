package tegrabox

import (
	"fmt"
	"slices"
	"strings"
)

// Settings switch between the ways in which the real server may work: the
// reference knows the SDK, not the server. The zero value is the proposal of
// tegrabox-api.md. PUT /_mock/settings replaces all of them.
type Settings struct {
	// Prefix stands before every path: default "/api", "/" for none. §3
	Prefix string `json:"prefix,omitempty"`
	// ProjectIn says where calls name the project: "path" (default) or
	// "header", and then P in a path is nothing. §1
	ProjectIn string `json:"projectIn,omitempty"`
	// Paths replace methods and paths, prefix left out, by the name of the SDK's
	// operation: {"users.revokeToken": "POST P/users/{id}/revoke"}. The lookup
	// of the project is "projects.me". §1, §3
	Paths map[string]string `json:"paths,omitempty"`

	// APIKeyHeader defaults to X-API-Key. §1
	APIKeyHeader string `json:"apiKeyHeader,omitempty"`
	// APIKeyScheme stands before the key: "" nothing, "Bearer" or "ApiKey". §1
	APIKeyScheme string `json:"apiKeyScheme,omitempty"`
	// BadKeyStatus answers a wrong key or token: 401 (default) or 403. §2
	BadKeyStatus int `json:"badKeyStatus,omitempty"`
	// TokenHeader carries "Bearer <JWT>"; default Authorization. §1
	TokenHeader string `json:"tokenHeader,omitempty"`
	// ProjectHeader is used with ProjectIn header; default X-Project-Id. §1
	ProjectHeader string `json:"projectHeader,omitempty"`

	// Envelope is around successful answers: "" none, "data" ({"data":{}}) or
	// "success" ({"success":true,"data":{}}). §3
	Envelope string `json:"envelope,omitempty"`
	// ErrorShape is the body of an error: "" ({"error","message","statusCode"}),
	// "message", "error" (the message in error), "nested" ({"error":{"message"}}),
	// "text" (no JSON) or "none". §2
	ErrorShape string `json:"errorShape,omitempty"`
	// CreateStatus is the status of creations: 201 (default) or 200.
	CreateStatus int `json:"createStatus,omitempty"`
	// EmptyAnswer is the answer of calls that have nothing to tell: "204"
	// (default), "200" ({"success":true}) or "200 empty" (no body). §3
	EmptyAnswer string `json:"emptyAnswer,omitempty"`
	// ProjectField is the id's key in the looked-up project: "id" (default),
	// "_id", "project_id" or "projectId". §1
	ProjectField string `json:"projectField,omitempty"`

	// Implemented names the operations that work in place of their 501:
	// rooms.update, rooms.delete, messages.delete. §3
	Implemented []string `json:"implemented,omitempty"`
	// UnimplementedAt says when the 501 comes: "after auth" (default), "first",
	// before it, or "last", after 400 and 404. §3
	UnimplementedAt string `json:"unimplementedAt,omitempty"`

	// Unique says what of a user is unique in the project: "both" (default),
	// "username", "external_user_id" or "none". §3
	Unique string `json:"unique,omitempty"`
	// DisplayName is what a user created without one gets: "" null, or
	// "username". §3
	DisplayName string `json:"displayName,omitempty"`
	// Statuses are the states that users.update takes; default any word. §3
	Statuses []string `json:"statuses,omitempty"`
	// WideUpdate lets users.update change username, external_user_id and email
	// too. §5
	WideUpdate bool `json:"wideUpdate,omitempty"`
	// SoftDelete keeps a deleted user, who can be got with the status "deleted"
	// but is in no list and keeps the name. By default a deleted user is a 404.
	SoftDelete bool `json:"softDelete,omitempty"`
	// UnknownUserStatus answers a body that names an unknown user: 404
	// (default) or 400.
	UnknownUserStatus int `json:"unknownUserStatus,omitempty"`

	// UserClaim is where a JWT names its user: "userId" (default), "user_id",
	// "sub" or "user" ({"user":{"userId"}}). §3
	UserClaim string `json:"userClaim,omitempty"`
	// TokenSeconds is how long a token lives; default 24 hours. §3
	TokenSeconds int `json:"tokenSeconds,omitempty"`
	// EndlessTokens have no exp. §5
	EndlessTokens bool `json:"endlessTokens,omitempty"`
	// ExpiryField tells the end of a token beside it: "" not at all,
	// "expires_at", "expiresAt" (RFC 3339) or "expires_in" (seconds). §3
	ExpiryField string `json:"expiryField,omitempty"`
	// RevokedTokensWork lets tokens live until they expire, whoever revokes
	// them.
	RevokedTokensWork bool `json:"revokedTokensWork,omitempty"`

	// JoinAgain is the status of joining a room twice: 200 (default), which is
	// the usual empty answer, or 409.
	JoinAgain int `json:"joinAgain,omitempty"`
	// LeaveAnyway lets somebody leave who is no member; by default it is a 404.
	LeaveAnyway bool `json:"leaveAnyway,omitempty"`
	// AnySender lets all users send messages; by default the room's members.
	AnySender bool `json:"anySender,omitempty"`

	// DefaultLimit is the page without a limit; default 20, and 50 for
	// messages. §3 "varies by endpoint"
	DefaultLimit int `json:"defaultLimit,omitempty"`
	// PageLimit is the largest page; default 100. §3
	PageLimit int `json:"pageLimit,omitempty"`
	// RefuseLimit makes a larger limit a 400; by default it is cut.
	RefuseLimit bool `json:"refuseLimit,omitempty"`
	// EchoLimit adds the limit to a page. §3
	EchoLimit bool `json:"echoLimit,omitempty"`
	// OneEmptyPage makes totalPages of an empty list 1 in place of 0. §3
	OneEmptyPage bool `json:"oneEmptyPage,omitempty"`

	// RateLimit is how many calls per second are answered; the next ones get
	// 429 with Retry-After. 0: no limit. §2
	RateLimit int `json:"rateLimit,omitempty"`
	// BodyLimit is the largest request body in bytes; default 1 MiB.
	BodyLimit int64 `json:"bodyLimit,omitempty"`
}

// withDefaults fills in what has a default that is not zero.
func (s Settings) withDefaults() Settings {
	setDefault(&s.Prefix, "/api")
	setDefault(&s.ProjectIn, "path")
	setDefault(&s.APIKeyHeader, "X-API-Key")
	setDefault(&s.BadKeyStatus, 401)
	setDefault(&s.TokenHeader, "Authorization")
	setDefault(&s.ProjectHeader, "X-Project-Id")
	setDefault(&s.CreateStatus, 201)
	setDefault(&s.EmptyAnswer, "204")
	setDefault(&s.ProjectField, "id")
	setDefault(&s.UnimplementedAt, "after auth")
	setDefault(&s.Unique, "both")
	setDefault(&s.UnknownUserStatus, 404)
	setDefault(&s.UserClaim, "userId")
	setDefault(&s.TokenSeconds, 24*60*60)
	setDefault(&s.JoinAgain, 200)
	setDefault(&s.PageLimit, 100)
	setDefault(&s.BodyLimit, 1<<20)
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
		{"projectIn", s.ProjectIn, []string{"path", "header"}},
		{"apiKeyScheme", s.APIKeyScheme, []string{"", "Bearer", "ApiKey"}},
		{"envelope", s.Envelope, []string{"", "data", "success"}},
		{"errorShape", s.ErrorShape, []string{"", "message", "error", "nested", "text", "none"}},
		{"emptyAnswer", s.EmptyAnswer, []string{"204", "200", "200 empty"}},
		{"projectField", s.ProjectField, []string{"id", "_id", "project_id", "projectId"}},
		{"unimplementedAt", s.UnimplementedAt, []string{"after auth", "first", "last"}},
		{"unique", s.Unique, []string{"both", "username", "external_user_id", "none"}},
		{"displayName", s.DisplayName, []string{"", "username"}},
		{"userClaim", s.UserClaim, []string{"userId", "user_id", "sub", "user"}},
		{"expiryField", s.ExpiryField, []string{"", "expires_at", "expiresAt", "expires_in"}},
	}
	for _, word := range words {
		if !slices.Contains(word.known, word.value) {
			return fmt.Errorf("the setting %s is %q, but must be one of %q", word.name, word.value, word.known)
		}
	}
	statuses := []struct {
		name         string
		value        int
		usual, other int
	}{
		{"badKeyStatus", s.BadKeyStatus, 401, 403},
		{"createStatus", s.CreateStatus, 201, 200},
		{"unknownUserStatus", s.UnknownUserStatus, 404, 400},
		{"joinAgain", s.JoinAgain, 200, 409},
	}
	for _, status := range statuses {
		if status.value != status.usual && status.value != status.other {
			return fmt.Errorf("the setting %s is %d, but must be %d or %d", status.name, status.value, status.usual, status.other)
		}
	}
	if min(s.TokenSeconds, s.DefaultLimit, s.PageLimit, s.RateLimit, int(s.BodyLimit)) < 0 {
		return fmt.Errorf("a setting is negative; counts, limits and seconds cannot be")
	}
	return s.checkOperations()
}

// checkOperations checks the settings that name operations.
func (s Settings) checkOperations() error {
	for _, operation := range s.Implemented {
		if r := findOperation(operation); r == nil || !r.missing {
			return fmt.Errorf("the setting implemented names %q, which is no operation that answers 501", operation)
		}
	}
	if !strings.HasPrefix(s.Prefix, "/") {
		return fmt.Errorf("the setting prefix is %q, but must start with a slash", s.Prefix)
	}
	for operation, path := range s.Paths {
		r := findOperation(operation)
		if r == nil {
			return fmt.Errorf("the setting paths names %q, which is no operation", operation)
		}
		method, pattern, _ := strings.Cut(path, " ")
		parts := strings.Split(pattern, "/")
		if method == "" || len(parts) < 2 || parts[0] != "" && parts[0] != "P" {
			return fmt.Errorf("the path of %s is %q, but must look like %q", operation, path, r.path)
		}
		for _, part := range strings.Split(r.path, "/") {
			if strings.HasPrefix(part, "{") && !slices.Contains(parts, part) {
				return fmt.Errorf("the path of %s is %q, but must contain %s", operation, path, part)
			}
		}
	}
	return nil
}
