package ethora

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/chattenant/terraform-provider-chat/internal/api/rest"
)

// How a lost creation is resolved.
const (
	maxCreateAttempts = 3
	// Clocks of this machine and of the server may differ by this much.
	clockSkew = 5 * time.Minute
	// An app without an id of our choice is taken for our own only within this much:
	// names need not be unique, and another run may have made one just before.
	adoptionSkew = 30 * time.Second
)

// ListApps returns all apps that the credentials reach, sorted by display name,
// then id (ethora-api.md §4.2 [sdk]; includeArchived is assumed).
func (c *Client) ListApps(ctx context.Context, options ListAppsOptions) ([]App, error) {
	request := listAppsRoute.request()
	request.Query = url.Values{"order": {"asc"}, "orderBy": {"createdAt"}}
	if options.IncludeArchived {
		request.Query.Set("includeArchived", "true")
	}
	rows, err := c.fetchAll(ctx, c.config.AppID, request, appIdentity, "items", "apps")
	if err != nil {
		return nil, err
	}
	apps := []App{}
	for _, row := range rows {
		app := decodeApp(row)
		if options.IncludeArchived || !app.Gone() {
			apps = append(apps, app)
		}
	}
	slices.SortFunc(apps, func(a, b App) int {
		return compare(value(a.DisplayName), value(b.DisplayName), a.ID, b.ID)
	})
	return apps, nil
}

// GetApp returns one app. An archived app is returned with its status, even
// where the server only says that it is archived. An unknown app is a NotFound
// error (ethora-api.md §4.2 [client]).
func (c *Client) GetApp(ctx context.Context, appID string) (App, error) {
	appID = c.app(appID)
	request := getAppRoute.request(appID)
	response, err := c.do(ctx, appID, request)
	switch {
	case rest.IsKind(err, rest.NotFound) && hasCode(err, codeAppArchived):
		return App{ID: appID, Status: "archived"}, nil
	case rest.IsKind(err, rest.Unsupported):
		return c.findApp(ctx, appID, err)
	case err != nil:
		return App{}, err
	}
	return c.readApp(request, response, appID)
}

// findApp looks an app up in the full list when the server's 404 does not say
// whether the app or the route is missing.
func (c *Client) findApp(ctx context.Context, appID string, unclear error) (App, error) {
	apps, err := c.ListApps(ctx, ListAppsOptions{IncludeArchived: true})
	if err != nil {
		return App{}, unclear
	}
	for _, app := range apps {
		if app.ID == appID {
			return app, nil
		}
	}
	return App{}, c.refuse(rest.NotFound, getAppRoute.request(appID), 404, "there is no app %s", appID)
}

// readApp reads the app of an answer and makes sure that it is the one asked
// for; appID "" takes any.
func (c *Client) readApp(request rest.Request, response rest.Response, appID string) (App, error) {
	row, err := unwrap(response.Body, appIdentity, "app", "apps")
	if err != nil {
		return App{}, c.rest.Malformed(request, response, err.Error())
	}
	app := decodeApp(row)
	if appID != "" && app.ID != appID {
		return App{}, c.rest.Malformed(request, response, fmt.Sprintf("it is about app %s, not about app %s", app.ID, appID))
	}
	return app, nil
}

// appCreates orders creations: of two apps with one display name, each must be
// known before the other can be looked for.
type appCreates struct {
	mutex sync.Mutex
	turns map[string]chan struct{}
	ids   map[string]bool // apps that this client created
}

// wait takes the turn for a display name. The caller gives it back with done.
func (a *appCreates) wait(ctx context.Context, name string) (done func(), err error) {
	a.mutex.Lock()
	turn, exists := a.turns[name]
	if !exists {
		turn = make(chan struct{}, 1)
		a.turns[name] = turn
	}
	a.mutex.Unlock()
	select {
	case turn <- struct{}{}:
		return func() { <-turn }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (a *appCreates) remember(id string) {
	a.mutex.Lock()
	defer a.mutex.Unlock()
	a.ids[id] = true
}

func (a *appCreates) knows(id string) bool {
	a.mutex.Lock()
	defer a.mutex.Unlock()
	return a.ids[id]
}

// CreateApp creates an app. The server gives every request an app of its own
// (ethora-api.md §4.2), so that an attempt without an answer is looked for
// before it is repeated. createDefaultChat seeds a "Main chat"; nil leaves the
// choice to the server.
func (c *Client) CreateApp(ctx context.Context, fields AppFields, createDefaultChat *bool) (App, error) {
	done, err := c.creates.wait(ctx, value(fields.DisplayName))
	if err != nil {
		return App{}, fmt.Errorf("app %q was not created: %w", value(fields.DisplayName), err)
	}
	defer done()
	app, err := c.createApp(ctx, fields, createDefaultChat)
	if err != nil {
		return App{}, withDomainField(err, fields)
	}
	c.creates.remember(app.ID)
	return c.completeApp(ctx, app), nil
}

func (c *Client) createApp(ctx context.Context, fields AppFields, createDefaultChat *bool) (App, error) {
	request := createAppRoute.request()
	request.Finish = true
	request.Body = struct {
		AppFields
		CreateDefaultChat *bool `json:"createDefaultChat,omitempty"`
	}{fields, createDefaultChat}

	started := c.config.Now()
	uncertain := false
	for attempt := 1; ; attempt++ {
		app, err := c.postApp(ctx, request)
		if err == nil {
			return app, nil
		}
		uncertain = uncertain || lost(err)
		if !uncertain {
			return App{}, err
		}
		earlier, found, findErr := c.findLostApp(ctx, fields, started)
		switch {
		case rest.IsKind(err, rest.Malformed) && rest.IsKind(findErr, rest.Malformed):
			return App{}, err // what answers here is no Ethora at all
		case findErr != nil:
			return App{}, findErr
		case found:
			return earlier, nil
		}
		// An app that was answered for, however badly, must not be made twice.
		// Nor one that a gateway or a timeout cut us off from: the server may be at work on it.
		if !connectionLost(err) || attempt == maxCreateAttempts || ctx.Err() != nil {
			return App{}, err
		}
	}
}

// connectionLost reports whether the request ended with its connection. After a
// gateway's 502 to 504 or a timeout the server may still carry it out.
func connectionLost(err error) bool {
	var answer *rest.Error
	return rest.IsUncertain(err) && errors.As(err, &answer) && answer.Status == 0 &&
		!errors.Is(err, context.DeadlineExceeded) && !errors.Is(err, rest.ErrAttemptTimeout)
}

func (c *Client) postApp(ctx context.Context, request rest.Request) (App, error) {
	response, err := c.do(ctx, c.config.AppID, request)
	if err == nil {
		err = c.checkDone(request, response)
	}
	if err != nil {
		return App{}, err
	}
	return c.readApp(request, response, "")
}

// findLostApp looks for the app of an attempt that got no answer. The server
// may still be at work, so it looks twice.
func (c *Client) findLostApp(ctx context.Context, fields AppFields, started time.Time) (App, bool, error) {
	ctx, cancel := c.resolving(ctx)
	defer cancel()
	for look := 1; ; look++ {
		apps, err := c.ListApps(ctx, ListAppsOptions{})
		if err != nil {
			return App{}, false, &LostError{Object: fmt.Sprintf("app %q", value(fields.DisplayName)), Err: err}
		}
		matches := c.matchingApps(apps, fields, started)
		switch {
		case len(matches) == 1 && recent(matches[0].CreatedAt, started.Add(clockSkew-adoptionSkew)):
			return matches[0], true, nil
		case len(matches) == 1 && look == 2:
			return App{}, false, c.refuse(rest.Conflict, createAppRoute.request(), 0,
				"the answer to the creation of app %q was lost, and app %s of that name is a little older than the request; if it is not another's, import it",
				value(fields.DisplayName), matches[0].ID)
		case len(matches) > 1:
			return App{}, false, c.refuse(rest.Conflict, createAppRoute.request(), 0,
				"the answer to the creation of app %q was lost, and several apps of that name have just been made: %s; import the right one and delete the others",
				value(fields.DisplayName), strings.Join(appIDs(matches), ", "))
		case look == 2:
			return App{}, false, nil
		}
		if err := pause(ctx, 2*c.config.PollWaitMin); err != nil {
			return App{}, false, &LostError{Object: fmt.Sprintf("app %q", value(fields.DisplayName)), Err: err}
		}
	}
}

func (c *Client) matchingApps(apps []App, fields AppFields, started time.Time) []App {
	matches := []App{}
	for _, app := range apps {
		switch {
		case value(app.DisplayName) != value(fields.DisplayName):
		case fields.DomainName != nil && value(app.DomainName) != *fields.DomainName:
		case c.creates.knows(app.ID):
		case app.CreatedAt == "" || !recent(app.CreatedAt, started):
		default:
			matches = append(matches, app)
		}
	}
	return matches
}

// completeApp reads back what a short answer to the creation left out
// (ethora-api.md §4.2). The app exists, so a failed read is no failure.
func (c *Client) completeApp(ctx context.Context, app App) App {
	if app.AppToken != "" && app.DisplayName != nil {
		return app
	}
	ctx, cancel := c.resolving(ctx)
	defer cancel()
	full, err := c.GetApp(ctx, app.ID)
	if err != nil || full.Gone() {
		return app
	}
	if full.AppToken == "" {
		full.AppToken = app.AppToken
	}
	if full.AppSecret == "" {
		full.AppSecret = app.AppSecret
	}
	return full
}

// UpdateApp changes the fields that are not nil and returns the app as it is
// afterwards. Servers differ in the verb: PATCH v2, PUT v2 and PUT v1 are tried
// in that order as long as the route is missing (ethora-api.md §4.2, §13 row 7).
func (c *Client) UpdateApp(ctx context.Context, appID string, fields AppFields) (App, error) {
	appID = c.app(appID)
	if fields == (AppFields{}) {
		return c.GetApp(ctx, appID)
	}
	err := c.sendAppUpdate(ctx, appID, fields)
	if err != nil {
		return App{}, withDomainField(err, fields)
	}
	return c.GetApp(ctx, appID)
}

// sendAppUpdate sends the fields by the first verb that the server knows. The
// verbs before it are not tried again.
func (c *Client) sendAppUpdate(ctx context.Context, appID string, fields AppFields) error {
	var err error
	missing := []route{}
	for _, route := range []route{patchAppRoute, putAppRoute, putOldAppRoute} {
		if c.routes.lacks(route, "") {
			continue
		}
		request := route.request(appID)
		request.Body = fields
		var response rest.Response
		response, err = c.do(ctx, appID, request)
		if err == nil {
			err = c.checkDone(request, response)
		}
		if !rest.IsKind(err, rest.Unsupported) {
			break
		}
		missing = append(missing, route)
	}
	if err == nil {
		for _, route := range missing {
			c.routes.miss(route, "")
		}
	}
	return err
}

// DeleteApp archives an app, or purges it when options.Hard is set, and then
// reads it to make sure (ethora-api.md §4.2, §13 row 8). An app that is gone
// already is a success.
func (c *Client) DeleteApp(ctx context.Context, appID string, options DeleteOptions) error {
	appID = c.app(appID)
	request := deleteAppRoute.request(appID)
	request.Query = url.Values{}
	if options.Hard {
		request.Query.Set("mode", "hard")
	}
	if options.Reason != "" {
		request.Query.Set("reason", options.Reason)
	}
	response, err := c.do(ctx, appID, request)
	if err != nil && !rest.IsKind(err, rest.NotFound, rest.Unsupported) {
		return err
	}
	if err == nil {
		if err := c.awaitPurge(ctx, appID, request, response); err != nil {
			return err
		}
	}
	return c.verifyAppDeleted(ctx, appID, options, request, err)
}

// awaitPurge waits for the purge job that a hard deletion starts.
func (c *Client) awaitPurge(ctx context.Context, appID string, request rest.Request, response rest.Response) error {
	jobID := jobIDOf(response.Body)
	if jobID == "" {
		return c.checkDone(request, response)
	}
	job, err := c.waitJob(ctx, appID, getPurgeJobRoute.request(jobID), jobID)
	switch {
	case rest.IsKind(err, rest.NotFound, rest.Unsupported):
		return nil // the read afterwards tells
	case err != nil:
		return fmt.Errorf("app %s is being purged: %w", appID, err)
	case job.state == "failed":
		return c.failedJob("purge app "+appID, jobID, job.failed)
	}
	return nil
}

// verifyAppDeleted reads the app until it is gone. deleteErr is what the
// deletion answered.
func (c *Client) verifyAppDeleted(ctx context.Context, appID string, options DeleteOptions, request rest.Request, deleteErr error) error {
	var app App
	var err error
	for range c.tries(ctx) {
		app, err = c.GetApp(ctx, appID)
		switch {
		case rest.IsKind(err, rest.NotFound):
			return nil
		case c.ownAppIsDeleted(appID, err, deleteErr):
			return nil
		case err == nil && app.Gone() && (!options.Hard || app.Status != "archived"):
			return nil
		case err != nil && !transient(err):
			return err
		}
	}
	switch {
	case rest.IsKind(deleteErr, rest.Unsupported):
		return deleteErr
	case err != nil:
		return fmt.Errorf("app %s was deleted, but reading it to make sure failed: %w", appID, err)
	case ctx.Err() != nil:
		return fmt.Errorf("app %s was deleted, but there was no time to make sure: %w", appID, ctx.Err())
	case app.Gone():
		return c.refuse(rest.Unsupported, request, 200,
			"app %s is only archived, although its purge was asked for; this server archives, or refuses to purge what is archived: restore the app first, or purge it in the admin panel", appID)
	}
	return c.refuse(rest.Unknown, request, 200, "the server took the deletion of app %s, but the app is still active; try again", appID)
}

// ownAppIsDeleted knows that the credentials end together with their own app.
func (c *Client) ownAppIsDeleted(appID string, err, deleteErr error) bool {
	return appID == c.config.AppID && deleteErr == nil && rest.IsKind(err, rest.Unauthorized)
}

// withDomainField points a conflict at the domain: it is the only field of an
// app that must be unique (ethora-api.md §4.1).
func withDomainField(err error, fields AppFields) error {
	var answer *rest.Error
	if fields.DomainName == nil || !errors.As(err, &answer) || answer.Kind != rest.Conflict || answer.Status == 0 {
		return err
	}
	if answer.Fields == nil {
		answer.Fields = map[string]string{"domainName": answer.Message}
	}
	return err
}

// decodeApp reads what the server tells of an app.
func decodeApp(row object) App {
	bot := child(row, "aiBot")
	app := App{
		ID:            appIdentity(row),
		AppToken:      text(row, "appToken"),
		AppSecret:     text(row, "appSecret"),
		ParentAppID:   text(row, "parentAppId"),
		CreatorID:     text(row, "creatorId"),
		Status:        text(row, "status"),
		SystemChatJID: text(child(row, "systemChatAccount"), "jid"),
		CreatedAt:     text(row, "createdAt"),
		HasBot:        bot != nil,
		AppFields: AppFields{
			DisplayName:              textPointer(row, "displayName"),
			DomainName:               textPointer(row, "domainName"),
			AppTagline:               textPointer(row, "appTagline"),
			LogoImage:                textPointer(row, "logoImage"),
			SublogoImage:             textPointer(row, "sublogoImage"),
			PrimaryColor:             textPointer(row, "primaryColor"),
			SecondaryColor:           textPointer(row, "secondaryColor"),
			CoinSymbol:               textPointer(row, "coinSymbol"),
			CoinName:                 textPointer(row, "coinName"),
			BundleID:                 textPointer(row, "bundleId"),
			AfterLoginPage:           textPointer(row, "afterLoginPage"),
			FirebaseWebConfigString:  textPointer(row, "firebaseWebConfigString"),
			GoogleServicesJSON:       textPointer(row, "googleServicesJson"),
			GoogleServiceInfoPlist:   textPointer(row, "googleServiceInfoPlist"),
			DefaultBotInstanceID:     textPointer(row, "defaultBotInstanceId"),
			DefaultAccessProfileOpen: flagPointer(row, "defaultAccessProfileOpen"),
			DefaultAccessAssetsOpen:  flagPointer(row, "defaultAccessAssetsOpen"),
			UsersCanFree:             flagPointer(row, "usersCanFree"),
			AllowUsersToCreateRooms:  flagPointer(row, "allowUsersToCreateRooms"),
			SignonOptions:            decodeTexts(row, "signonOptions"),
			AvailableMenuItems:       decodeMenuItems(child(row, "availableMenuItems")),
			DefaultRooms:             decodeDefaultRooms(row),
			BroadcastSender:          decodeBroadcastSender(child(row, "broadcastSender")),
			BotStatus:                textPointer(bot, "status"),
			BotPrompt:                textPointer(bot, "prompt"),
			BotGreetingMessage:       textPointer(bot, "greetingMessage"),
			BotTrigger:               textPointer(bot, "trigger"),
			BotChatID:                textPointer(bot, "chatId"),
			BotFirstName:             textPointer(child(bot, "user"), "firstName"),
			BotLastName:              textPointer(child(bot, "user"), "lastName"),
			BotIsRAG:                 flagPointer(bot, "isRAG"),
		},
	}
	return app
}

func decodeTexts(row object, key string) *[]string {
	items, ok := row[key].([]any)
	if !ok {
		return nil
	}
	texts := []string{}
	for _, item := range items {
		if words := scalar(item); words != "" {
			texts = append(texts, words)
		}
	}
	return &texts
}

func decodeMenuItems(row object) *MenuItems {
	if row == nil {
		return nil
	}
	return &MenuItems{
		Chats:    flagPointer(row, "chats"),
		Profile:  flagPointer(row, "profile"),
		Settings: flagPointer(row, "settings"),
	}
}

func decodeDefaultRooms(row object) *[]DefaultRoom {
	items, ok := row["defaultRooms"].([]any)
	if !ok {
		return nil
	}
	rooms := []DefaultRoom{}
	for _, item := range items {
		room, _ := item.(object)
		if jid := text(room, "jid"); jid != "" {
			rooms = append(rooms, DefaultRoom{JID: jid, Pinned: flag(room, "pinned")})
		}
	}
	return &rooms
}

func decodeBroadcastSender(row object) *BroadcastSender {
	if row == nil {
		return nil
	}
	return &BroadcastSender{Name: textPointer(row, "name"), PhotoURL: textPointer(row, "photoUrl")}
}

func appIDs(apps []App) []string {
	ids := []string{}
	for _, app := range apps {
		ids = append(ids, app.ID)
	}
	return ids
}

// value is what a pointer points to, or "".
func value(pointer *string) string {
	if pointer == nil {
		return ""
	}
	return *pointer
}
