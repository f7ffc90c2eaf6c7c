package rocketchat

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/chattenant/terraform-provider-chat/internal/api/rest"
)

// Visitor is a visitor as the server tells it (rocketchat-livechat-api.md §2.2
// [openapi][server]). What is empty was not told.
type Visitor struct {
	ID           string
	Token        string // a secret
	Username     string // guest-N unless another was chosen
	Name         string
	Email        string // the first one; the server writes it in lower case
	Phone        string // the first one
	Department   string // id
	Status       string // for example online
	CustomFields map[string]string
	CreatedAt    time.Time
	UpdatedAt    time.Time
}

func decodeVisitor(row object) Visitor {
	return Visitor{
		ID:           text(row["_id"]),
		Token:        text(row["token"]),
		Username:     text(row["username"]),
		Name:         text(row["name"]),
		Email:        first(row["visitorEmails"], "address"),
		Phone:        first(row["phone"], "phoneNumber"),
		Department:   text(row["department"]),
		Status:       text(row["status"]),
		CustomFields: textMap(row["livechatData"]),
		CreatedAt:    moment(row["ts"]),
		UpdatedAt:    moment(row["_updatedAt"]),
	}
}

// VisitorFields are what a visitor may be registered or changed with. The server
// ignores what is empty: a name, an e-mail address, a phone number, a department
// and a custom field cannot be cleared (rocketchat-livechat-api.md §2.2 [server]).
type VisitorFields struct {
	Token        string // required
	Name         string
	Email        string
	Phone        string
	Department   string // id or name
	Username     string
	ID           string            // of a new visitor; NewVisitorID makes one, by which a new visitor is known for sure
	CustomFields map[string]string // those that the server does not know as a visitor's are dropped without a word
}

// wire is the body of a registration. The SDK sends the fields without the object
// around them, which the server refuses (rocketchat-livechat-api.md §2.2 [server]).
func (f VisitorFields) wire() any {
	type visitor struct {
		Token        string       `json:"token"`
		ID           string       `json:"id,omitempty"`
		Username     string       `json:"username,omitempty"`
		Name         string       `json:"name,omitempty"`
		Email        string       `json:"email,omitempty"`
		Phone        string       `json:"phone,omitempty"`
		Department   string       `json:"department,omitempty"`
		CustomFields []fieldValue `json:"customFields,omitempty"`
	}
	return struct {
		Visitor visitor `json:"visitor"`
	}{visitor{f.Token, f.ID, f.Username, f.Name, f.Email, f.Phone, f.Department, fieldValues(f.CustomFields)}}
}

// fieldValue is the value of a custom field. Older servers want to be told whether
// it replaces another (rocketchat-livechat-api.md §2.2 [server]).
type fieldValue struct {
	Key       string `json:"key"`
	Value     string `json:"value"`
	Overwrite bool   `json:"overwrite"`
}

func fieldValues(values map[string]string) []fieldValue {
	fields := make([]fieldValue, 0, len(values))
	for _, key := range slices.Sorted(maps.Keys(values)) {
		fields = append(fields, fieldValue{key, values[key], true})
	}
	return fields
}

// RegisterVisitor registers a new visitor. One whose token, phone number or e-mail
// address the server finds with another visitor is an OtherVisitorError: that
// visitor was changed. To leave a visitor alone who may have the token already,
// call GetVisitor before.
//
// The server registers a visitor before it looks at the custom fields. When it
// refuses those, the visitor is returned besides the error, for it exists.
func (c *Client) RegisterVisitor(ctx context.Context, fields VisitorFields) (Visitor, error) {
	registered, got, err := c.register(ctx, fields)
	if lost(err) || rest.IsKind(err, rest.Invalid) && len(fields.CustomFields) > 0 && !got.sent.IsZero() {
		return c.findRegistered(ctx, fields, got.sent, err)
	}
	if err != nil {
		return Visitor{}, err
	}
	if err := c.claim(registered, fields, got, got.sent); err != nil {
		return Visitor{}, err
	}
	return registered, nil
}

// claim remembers a visitor who was registered with these fields at a time, unless
// it is another one's. A server that has once given a visitor the id that was asked
// for ("id becomes _id", rocketchat-livechat-api.md §2.2 [server]) does so for every
// new one; of any other server the age of the visitor tells, but for moments.
func (c *Client) claim(found Visitor, fields VisitorFields, got answer, sent time.Time) error {
	since, known := got.createdSince(sent, found.CreatedAt)
	older := known && !since
	switch {
	case fields.ID == "" || found.ID == "":
	case found.ID == fields.ID:
		older = false
		c.visitors.chosen.Store(true)
	case c.visitors.chosen.Load():
		older = true
	}
	return c.visitors.claim(found, fields.Token, older)
}

// findRegistered looks for the visitor of a registration that failed with cause.
func (c *Client) findRegistered(ctx context.Context, fields VisitorFields, sent time.Time, cause error) (Visitor, error) {
	ctx, cancel := c.resolving(ctx)
	defer cancel()
	found, got, err := c.getVisitor(ctx, fields.Token)
	switch {
	case rest.IsKind(err, rest.NotFound) && !lost(cause):
		return Visitor{}, cause
	case rest.IsKind(err, rest.NotFound):
		return Visitor{}, &LostError{Object: "a visitor", Err: cause}
	case err != nil:
		return Visitor{}, &LostError{Object: "a visitor", Err: cause, Search: err}
	}
	other := c.claim(found, fields, got, sent)
	switch {
	case other != nil && lost(cause):
		return Visitor{}, other
	case other != nil:
		return Visitor{}, errors.Join(cause, other)
	case lost(cause):
		return found, nil
	}
	return found, cause
}

// UpdateVisitor changes the visitor with the token and returns it as it is
// afterwards. When it is not the visitor with the id, who was deleted then, the
// error is an OtherVisitorError.
func (c *Client) UpdateVisitor(ctx context.Context, id string, fields VisitorFields) (Visitor, error) {
	if err := need("visitor id", id); err != nil {
		return Visitor{}, err
	}
	updated, _, err := c.register(ctx, fields)
	switch {
	case err != nil:
		return Visitor{}, err
	case updated.ID != id:
		return Visitor{}, &OtherVisitorError{ID: updated.ID, Expected: id}
	}
	return updated, nil
}

// register creates or changes a visitor. Made twice it ends as made once, for the
// second time the server finds the visitor by its token.
func (c *Client) register(ctx context.Context, fields VisitorFields) (Visitor, answer, error) {
	if err := need("visitor token", fields.Token); err != nil {
		return Visitor{}, answer{}, err
	}
	got, err := c.send(ctx, call{route: registerRoute, body: fields.wire(), token: fields.Token, repeatable: true})
	if err != nil {
		return Visitor{}, got, err
	}
	row, err := c.find(got, "visitor")
	return decodeVisitor(row), got, err
}

// GetVisitor returns the visitor with a token. One who does not exist is a
// NotFound error.
func (c *Client) GetVisitor(ctx context.Context, token string) (Visitor, error) {
	found, _, err := c.getVisitor(ctx, token)
	if err == nil {
		c.visitors.meet(found.ID, token)
	}
	return found, err
}

func (c *Client) getVisitor(ctx context.Context, token string) (Visitor, answer, error) {
	if err := need("visitor token", token); err != nil {
		return Visitor{}, answer{}, err
	}
	got, err := c.send(ctx, call{route: getVisitorRoute, ids: []string{token}, token: token})
	if err != nil {
		return Visitor{}, got, err
	}
	row, err := c.find(got, "visitor")
	return decodeVisitor(row), got, err
}

// DeleteVisitor deletes a visitor with all its rooms, messages and files
// (rocketchat-livechat-api.md §2.2 [server]). One who is gone is no error. One who
// has open rooms is a Conflict error with CodeOpenRooms.
func (c *Client) DeleteVisitor(ctx context.Context, token string) error {
	if err := need("visitor token", token); err != nil {
		return err
	}
	_, err := c.send(ctx, call{route: deleteVisitorRoute, ids: []string{token}, token: token})
	return unlessGone(err)
}

// SetCustomField gives one custom field of a visitor a value. One that the server
// does not know, or whose pattern the value does not match, is an Invalid error
// (rocketchat-livechat-api.md §2.2 [server]).
func (c *Client) SetCustomField(ctx context.Context, token, key, value string) error {
	if err := need("visitor token", token, "key of the custom field", key); err != nil {
		return err
	}
	_, err := c.send(ctx, call{route: setFieldRoute, token: token, repeatable: true, body: struct {
		Token string `json:"token"`
		fieldValue
	}{token, fieldValue{key, value, true}}})
	return err
}

// SetCustomFields gives several custom fields of a visitor their values, with one
// call.
func (c *Client) SetCustomFields(ctx context.Context, token string, values map[string]string) error {
	if err := need("visitor token", token); err != nil || len(values) == 0 {
		return err
	}
	_, err := c.send(ctx, call{route: setFieldsRoute, token: token, repeatable: true, body: struct {
		Token  string       `json:"token"`
		Fields []fieldValue `json:"customFields"`
	}{token, fieldValues(values)}})
	return err
}

// visitorIDs remembers which token each visitor was met with. Two registrations at
// the same time with one e-mail address end in one visitor, and nothing in the
// second answer tells so but its id.
type visitorIDs struct {
	chosen atomic.Bool // the server gives a new visitor the id that is asked for
	mutex  sync.Mutex
	tokens map[string]string // by id
}

func (v *visitorIDs) meet(id, token string) {
	v.mutex.Lock()
	defer v.mutex.Unlock()
	v.tokens[id] = token
}

// claim remembers a visitor who was registered with a token, unless it is another
// one's: older than the registration, or met before with another token.
func (v *visitorIDs) claim(found Visitor, token string, older bool) error {
	v.mutex.Lock()
	defer v.mutex.Unlock()
	keep := func() string { return found.Token }
	if found.Token != "" && found.Token != token {
		return &OtherVisitorError{ID: found.ID, OldToken: true, token: keep}
	}
	if known, met := v.tokens[found.ID]; older || met && known != token {
		return &OtherVisitorError{ID: found.ID, token: keep}
	}
	v.tokens[found.ID] = token
	return nil
}
