package ethora

import (
	"context"
	"errors"
)

var errUnfinished = errors.New("not built yet")

type PendingError struct {
	JobID string
	Err   error
}

func (e *PendingError) Error() string { return e.JobID }
func (e *PendingError) Unwrap() error { return e.Err }

func NewClient(config Config) (*Client, error)                 { return nil, errUnfinished }
func (c *Client) AppID() string                                { return c.config.AppID }
func (c *Client) XMPPHost(ctx context.Context) (string, error) { return "", errUnfinished }
func (c *Client) CloseIdleConnections()                        {}
func (c *Client) ListApps(ctx context.Context, options ListAppsOptions) ([]App, error) {
	return nil, errUnfinished
}
func (c *Client) GetApp(ctx context.Context, appID string) (App, error) { return App{}, errUnfinished }
func (c *Client) CreateApp(ctx context.Context, fields AppFields, createDefaultChat *bool) (App, error) {
	return App{}, errUnfinished
}
func (c *Client) UpdateApp(ctx context.Context, appID string, fields AppFields) (App, error) {
	return App{}, errUnfinished
}
func (c *Client) DeleteApp(ctx context.Context, appID string, options DeleteOptions) error {
	return errUnfinished
}
func (c *Client) CreateUsers(ctx context.Context, appID string, batch UsersBatch) (UsersBatchJob, error) {
	return UsersBatchJob{}, errUnfinished
}
func (c *Client) GetUsersBatchJob(ctx context.Context, appID, jobID string) (UsersBatchJob, error) {
	return UsersBatchJob{}, errUnfinished
}
func (c *Client) WaitUsersBatchJob(ctx context.Context, appID, jobID string) (UsersBatchJob, error) {
	return UsersBatchJob{}, errUnfinished
}
func (c *Client) CreateUser(ctx context.Context, appID string, user NewUser, bypassEmailConfirmation bool) (CreateUserOutcome, error) {
	return CreateUserOutcome{}, errUnfinished
}
func (c *Client) UpdateUsers(ctx context.Context, appID string, updates []UserUpdate) ([]UserResult, error) {
	return nil, errUnfinished
}
func (c *Client) UpdateUser(ctx context.Context, appID string, update UserUpdate) error {
	return errUnfinished
}
func (c *Client) DeleteUsers(ctx context.Context, appID string, userIDs []string, options DeleteOptions) error {
	return errUnfinished
}
func (c *Client) DeleteUser(ctx context.Context, appID, userID string, options DeleteOptions) error {
	return errUnfinished
}
func (c *Client) GetUser(ctx context.Context, appID, userID string) (User, error) {
	return User{}, errUnfinished
}
func (c *Client) RestoreUser(ctx context.Context, appID, userID string) error { return errUnfinished }
func (c *Client) ListUsers(ctx context.Context, appID string, filter UserFilter) ([]User, error) {
	return nil, errUnfinished
}
func (c *Client) CreateChat(ctx context.Context, appID string, chat NewChat) (Chat, error) {
	return Chat{}, errUnfinished
}
func (c *Client) GetChat(ctx context.Context, appID, roomID string) (Chat, error) {
	return Chat{}, errUnfinished
}
func (c *Client) ListChats(ctx context.Context, appID string, includeMembers bool) ([]Chat, error) {
	return nil, errUnfinished
}
func (c *Client) UpdateChat(ctx context.Context, appID, roomID string, fields ChatFields) error {
	return errUnfinished
}
func (c *Client) DeleteChat(ctx context.Context, appID, roomID string) error { return errUnfinished }
func (c *Client) GrantAccess(ctx context.Context, appID, roomID string, userIDs []string) error {
	return errUnfinished
}
func (c *Client) RemoveAccess(ctx context.Context, appID, roomID string, userIDs []string) error {
	return errUnfinished
}
func (c *Client) ListUserChats(ctx context.Context, appID, userID string, includeMembers bool) ([]Chat, error) {
	return nil, errUnfinished
}
func (c *Client) ListMembers(ctx context.Context, appID, roomID string) ([]Member, error) {
	return nil, errUnfinished
}
func (c *Client) HasAccess(ctx context.Context, appID, roomID, userID string) (bool, error) {
	return false, errUnfinished
}
func (c *Client) WaitAccess(ctx context.Context, appID, roomID string, present, absent []string) (missing, lingering []string, err error) {
	return nil, nil, errUnfinished
}
