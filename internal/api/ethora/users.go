package ethora

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/chattenant/terraform-provider-chat/internal/api/rest"
)

// batchLimit is how many users one request may carry (ethora-api.md §5.1,
// §5.5, §5.7 [client]); members of a room are sent alike (§8.6).
const batchLimit = 100

var errArgument = errors.New("the request cannot be made")

// needID is the error of an empty id: with one the path would name something
// else.
func needID(what, id string) error {
	if id == "" {
		return fmt.Errorf("%w: the %s is empty", errArgument, what)
	}
	return nil
}

// GetUsersBatchJob returns the state of a creation of users (ethora-api.md §5.2
// [client]). An unknown job is a NotFound error.
func (c *Client) GetUsersBatchJob(ctx context.Context, appID, jobID string) (UsersBatchJob, error) {
	appID = c.app(appID)
	if err := needID("job id", jobID); err != nil {
		return UsersBatchJob{}, err
	}
	current, err := c.pollJob(ctx, appID, getUsersJobRoute.request(appID, jobID), jobID)
	if err != nil {
		return UsersBatchJob{}, err
	}
	return c.decodeUsersJob(appID, current), nil
}

// WaitUsersBatchJob polls a creation of users until it is done or ctx ends.
// Polls that fail for a reason that may pass are survived.
func (c *Client) WaitUsersBatchJob(ctx context.Context, appID, jobID string) (UsersBatchJob, error) {
	appID = c.app(appID)
	if err := needID("job id", jobID); err != nil {
		return UsersBatchJob{}, err
	}
	ended, err := c.waitJob(ctx, appID, getUsersJobRoute.request(appID, jobID), jobID)
	if err != nil {
		return UsersBatchJob{}, err
	}
	return c.decodeUsersJob(appID, ended), nil
}

// decodeUsersJob reads the results, which are at result.results or results
// (ethora-api.md §13 row 5). A job that is under way has none.
func (c *Client) decodeUsersJob(appID string, current job) UsersBatchJob {
	decoded := UsersBatchJob{ID: current.id, State: current.state, Error: current.failed}
	page, err := unwrapList(current.body)
	if err == nil {
		decoded.Results = c.decodeUserResults(appID, page.items)
	}
	return decoded
}

func (c *Client) decodeUserResults(appID string, rows []object) []UserResult {
	results := make([]UserResult, 0, len(rows))
	for _, row := range rows {
		results = append(results, c.decodeUserResult(appID, row))
	}
	return results
}

func (c *Client) decodeUserResult(appID string, row object) UserResult {
	result := UserResult{
		Status:       strings.ToLower(text(row, "status")),
		XMPPUsername: text(row, "xmppUsername"),
		UserID:       text(row, "uuid"),
		Email:        text(row, "email"),
		Error:        c.rest.Redact(flatten(row["error"])),
	}
	if !result.succeeded() {
		result.Raw = c.excerpt(row)
	}
	if result.Error == "" {
		result.Error = c.rest.Redact(text(row, "message", "reason"))
	}
	if result.Status == "not_found" || result.Status == "notfound" {
		result.Status = "not-found"
	}
	if inner := child(row, "user"); inner != nil {
		user := decodeUser(appID, inner)
		result.User = &user
		result.XMPPUsername = first(result.XMPPUsername, user.XMPPUsername)
		result.UserID = first(result.UserID, user.UserID)
		result.Email = first(result.Email, user.Email)
	}
	if result.UserID == "" && result.XMPPUsername != "" {
		result.UserID = result.XMPPUsername
	}
	result.UserID = PlainID(appID, result.UserID)
	return result
}

// succeeded reports a status that nobody asks about. An excerpt of each such item
// would cost a large batch most of its time.
func (r UserResult) succeeded() bool {
	return r.Status == "created" || r.Status == "updated" || r.Status == "skipped"
}

// excerpt is an item as short JSON without secrets.
func (c *Client) excerpt(row object) string {
	raw, err := json.Marshal(row)
	if err != nil {
		return ""
	}
	runes := []rune(c.rest.Redact(string(raw)))
	if len(runes) > 500 {
		return string(runes[:499]) + "…"
	}
	return string(runes)
}

// userIdentity tells users apart.
func userIdentity(row object) string { return text(row, "xmppUsername", "uuid", "_id", "id") }

// decodeUser reads what the server tells of a user (ethora-api.md §5.4).
func decodeUser(appID string, row object) User {
	user := User{
		ID:           text(row, "_id", "id"),
		XMPPUsername: memberName(appID, text(row, "xmppUsername")),
		Email:        text(row, "email"),
		FirstName:    text(row, "firstName"),
		LastName:     text(row, "lastName"),
		Username:     text(row, "username"),
		ProfileImage: text(row, "profileImage", "profilePicture"),
		Description:  text(row, "description"),
		Status:       text(row, "status"),
		CreatedAt:    text(row, "createdAt"),
		IsBot:        flag(row, "isBot"),
	}
	if user.XMPPUsername == "" {
		user.XMPPUsername = memberName(appID, text(row, "uuid"))
	}
	user.UserID = PlainID(appID, first(user.XMPPUsername, text(row, "uuid")))
	if emails, ok := row["emails"].([]any); ok && user.Email == "" && len(emails) > 0 {
		entry, _ := emails[0].(object)
		user.Email = text(entry, "email")
	}
	return user
}

// memberName is a user's name in the chat as this client writes it: without a
// domain, with the app's prefix once. The name of another app's user is kept.
func memberName(appID, name string) string {
	name, _, _ = strings.Cut(name, "@")
	if name == "" {
		return ""
	}
	if prefix, _, found := strings.Cut(name, "_"); found && prefix != appID && isObjectID(prefix) {
		return name
	}
	return XMPPUsername(appID, name)
}

// GetUser returns one user, archived ones included where the server shows them.
// A user that does not exist is a NotFound error. The direct route is not sure
// to serve child apps (ethora-api.md §5.6), so that there its "not found" is
// confirmed by the app's own list.
func (c *Client) GetUser(ctx context.Context, appID, userID string) (User, error) {
	appID = c.app(appID)
	if err := needID("user id", userID); err != nil {
		return User{}, err
	}
	kind := c.appKind(appID)
	if c.routes.lacks(getUserRoute, kind) {
		return c.findUser(ctx, appID, userID)
	}
	user, err := c.getUserDirectly(ctx, appID, userID)
	switch {
	case err == nil || hasCode(err, codeAppArchived, codeAppNotFound):
		return user, err
	case rest.IsKind(err, rest.Unsupported, rest.Forbidden):
		c.routes.miss(getUserRoute, kind)
		return c.findUser(ctx, appID, userID)
	case kind == "child" && rest.IsKind(err, rest.Malformed):
		return c.findUser(ctx, appID, userID)
	case rest.IsKind(err, rest.NotFound) && (kind == "child" || !saidSo(err)):
		listed, listErr := c.findUser(ctx, appID, userID)
		if rest.IsKind(listErr, rest.Unsupported) {
			return User{}, c.withoutUserList(ctx, appID, userID, err)
		}
		return listed, listErr
	}
	return User{}, err
}

// saidSo reports whether the server denied an object in its own words.
func saidSo(err error) bool {
	var denied *rest.Error
	return errors.As(err, &denied) && inVendorsWords(denied)
}

// withoutUserList confirms by the user's rooms that a child app lacks a user, where
// the server lists no users: the direct route may know the own app's alone.
func (c *Client) withoutUserList(ctx context.Context, appID, userID string, denied error) error {
	_, err := c.ListUserChats(ctx, appID, userID, false)
	if err == nil {
		return c.refuse(rest.Unsupported, getUserRoute.request(XMPPUsername(appID, userID)), 404,
			"this server does not show the users of app %s; configure a provider alias with that app's own credentials", appID)
	}
	if rest.IsKind(err, rest.NotFound) {
		return denied
	}
	return err
}

func (c *Client) getUserDirectly(ctx context.Context, appID, userID string) (User, error) {
	request := getUserRoute.request(XMPPUsername(appID, userID))
	response, err := c.do(ctx, appID, request)
	if err != nil {
		return User{}, err
	}
	row, err := unwrap(response.Body, userIdentity, "user", "users", "items", "results")
	if err != nil {
		return User{}, c.rest.Malformed(request, response, err.Error())
	}
	user := decodeUser(appID, row)
	if user.XMPPUsername != XMPPUsername(appID, userID) {
		return User{}, c.rest.Malformed(request, response, fmt.Sprintf("it is about user %q, not about user %q", user.UserID, PlainID(appID, userID)))
	}
	return user, nil
}

// findUser looks a user up in the list.
func (c *Client) findUser(ctx context.Context, appID, userID string) (User, error) {
	name := XMPPUsername(appID, userID)
	users, err := c.queryUsers(ctx, appID, url.Values{"xmppUsername": {name}})
	if err != nil {
		return User{}, err
	}
	for _, user := range users {
		if user.XMPPUsername == name {
			return user, nil
		}
	}
	return User{}, c.refuse(rest.NotFound, listUsersRoute.request(appID), 404, "there is no user %q in app %s", PlainID(appID, userID), appID)
}

// queryUsers follows the app's list of users. Servers without the app-scoped
// route still list the own app (ethora-api.md §5.6).
func (c *Client) queryUsers(ctx context.Context, appID string, filter url.Values) ([]User, error) {
	kind := c.appKind(appID)
	request := listUsersRoute.request(appID)
	if kind == "own" && c.routes.lacks(listUsersRoute, "") {
		request = listOwnUsersRoute.request()
	}
	request.Query = filter
	rows, err := c.fetchAll(ctx, appID, request, userIdentity, "users")
	if !filter.Has("chatName") && takenForChat(err) {
		err = c.refuse(rest.Unsupported, request, http.StatusNotFound, "this server does not list the users of app %s", appID)
	}
	if rest.IsKind(err, rest.Unsupported) && kind == "own" && request.Path == listUsersRoute.request(appID).Path {
		c.routes.miss(listUsersRoute, "")
		return c.queryUsers(ctx, appID, filter)
	}
	if err != nil {
		return nil, err
	}
	users := make([]User, 0, len(rows))
	for _, row := range rows {
		users = append(users, decodeUser(appID, row))
	}
	slices.SortFunc(users, func(a, b User) int { return compare(a.UserID, b.UserID, a.ID, b.ID) })
	return slices.CompactFunc(users, func(a, b User) bool { return a.XMPPUsername != "" && a.XMPPUsername == b.XMPPUsername }), nil
}

// takenForChat reports whether the server took chats/users for the room "users":
// it has a route for one room and none for the list.
func takenForChat(err error) bool {
	var denied *rest.Error
	return rest.IsKind(err, rest.NotFound) && errors.As(err, &denied) &&
		(denied.Code == "CHAT_NOT_FOUND" || strings.HasPrefix(strings.ToLower(denied.Message), "chat"))
}

// ListUsers returns the users of an app, or the members of a room, sorted by
// user id. Archived users are left out (ethora-api.md §5.6). A room that does
// not exist is a NotFound error.
func (c *Client) ListUsers(ctx context.Context, appID string, filter UserFilter) ([]User, error) {
	appID = c.app(appID)
	query := url.Values{}
	if filter.UserID != "" {
		query.Set("xmppUsername", XMPPUsername(appID, filter.UserID))
	}
	members := map[string]bool{}
	var told roomUsers
	if filter.RoomID != "" {
		query.Set("chatName", RoomName(appID, filter.RoomID))
		listed, users, err := c.listMembers(ctx, appID, filter.RoomID)
		if err != nil {
			return nil, err
		}
		told = users
		for _, member := range listed {
			members[member.XMPPUsername] = true
		}
	}
	users := told.users
	if !told.known {
		var err error
		users, err = c.queryUsers(ctx, appID, query)
		if err != nil {
			return nil, err
		}
	}
	return slices.DeleteFunc(users, func(user User) bool {
		return user.Gone() ||
			filter.UserID != "" && user.XMPPUsername != XMPPUsername(appID, filter.UserID) ||
			filter.RoomID != "" && !members[user.XMPPUsername]
	}), nil
}

// explain is what the server said of an item that it did not carry out.
func (r UserResult) explain() string {
	switch {
	case r.Error != "" && r.Status != "":
		return r.Status + ": " + r.Error
	case r.Error != "":
		return r.Error
	case r.Status != "":
		return "status " + r.Status + " in " + r.Raw
	}
	return "the item " + r.Raw + " has no status"
}

// RestoreUser revives an archived user (ethora-api.md §5.5 [client]).
func (c *Client) RestoreUser(ctx context.Context, appID, userID string) error {
	appID = c.app(appID)
	if err := needID("user id", userID); err != nil {
		return err
	}
	request := restoreUserRoute.request(appID, PlainID(appID, userID))
	request.Repeatable = true
	response, err := c.do(ctx, appID, request)
	if err != nil {
		return err
	}
	return c.checkDone(request, response)
}

// first is the first text that is not empty.
func first(texts ...string) string {
	for _, words := range texts {
		if words != "" {
			return words
		}
	}
	return ""
}
