package rocketchat

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"time"

	"github.com/chattenant/terraform-provider-chat/internal/api/rest"
)

// CustomField is the definition of a custom field (rocketchat-livechat-api.md §3
// [openapi][server]).
type CustomField struct {
	Field        string // its id
	Label        string
	Scope        string // visitor or room
	Visibility   string // visible or hidden
	Type         string // input or select
	Searchable   bool
	Required     bool
	Public       bool
	Regexp       string
	DefaultValue string
	Options      string // of a select, separated by commas
	UpdatedAt    time.Time
}

// decodeCustomField reads a definition; field is its id where the server leaves
// that out, as after saving.
func decodeCustomField(row object, field string) CustomField {
	decoded := CustomField{
		Field:        text(row["_id"]),
		Label:        text(row["label"]),
		Scope:        text(row["scope"]),
		Visibility:   text(row["visibility"]),
		Type:         text(row["type"]),
		Searchable:   yes(row["searchable"]),
		Required:     yes(row["required"]),
		Public:       yes(row["public"]),
		Regexp:       text(row["regexp"]),
		DefaultValue: text(row["defaultValue"]),
		Options:      text(row["options"]),
		UpdatedAt:    moment(row["_updatedAt"]),
	}
	if decoded.Field == "" {
		decoded.Field = field
	}
	return decoded
}

// customFieldBody is the body of a creation and of an update.
type customFieldBody struct {
	ID   string          `json:"customFieldId,omitempty"` // only of one that exists
	Data customFieldData `json:"customFieldData"`
}

type customFieldData struct {
	Field        string `json:"field"`
	Label        string `json:"label"`
	Scope        string `json:"scope"`
	Visibility   string `json:"visibility"`
	Type         string `json:"type,omitempty"`
	Searchable   bool   `json:"searchable"`
	Required     bool   `json:"required"`
	Public       bool   `json:"public"`
	Regexp       string `json:"regexp"`
	DefaultValue string `json:"defaultValue"`
	Options      string `json:"options"`
}

func (f CustomField) body(id string) customFieldBody {
	return customFieldBody{ID: id, Data: customFieldData{
		f.Field, f.Label, f.Scope, f.Visibility, f.Type, f.Searchable, f.Required, f.Public, f.Regexp, f.DefaultValue, f.Options,
	}}
}

func (f CustomField) check() error {
	return need("field", f.Field, "label of the custom field", f.Label, "scope of the custom field", f.Scope,
		"visibility of the custom field", f.Visibility)
}

// ListCustomFields returns the definitions of all custom fields. For
// administrators.
func (c *Client) ListCustomFields(ctx context.Context) ([]CustomField, error) {
	listed, err := c.list(ctx, listCustomFieldsRoute, "customFields", url.Values{})
	if err != nil {
		return nil, err
	}
	found := make([]CustomField, 0, len(listed))
	for _, row := range listed {
		found = append(found, decodeCustomField(row, ""))
	}
	return found, nil
}

// GetCustomField returns the definition of a custom field. One that does not exist
// is a NotFound error, although the server answers 200. For administrators.
func (c *Client) GetCustomField(ctx context.Context, field string) (CustomField, error) {
	found, _, err := c.getCustomField(ctx, field)
	return found, err
}

func (c *Client) getCustomField(ctx context.Context, field string) (CustomField, answer, error) {
	if err := need("field", field); err != nil {
		return CustomField{}, answer{}, err
	}
	got, err := c.send(ctx, call{route: getCustomFieldRoute, ids: []string{field}})
	switch {
	case err != nil:
		return CustomField{}, got, err
	case got.root["customField"] == nil:
		return CustomField{}, got, refuse(rest.NotFound, "there is no Rocket.Chat custom field %q", field)
	}
	row, err := c.find(got, "customField")
	if err != nil {
		return CustomField{}, got, err
	}
	return decodeCustomField(row, field), got, nil
}

// CreateCustomField defines a new custom field. One that exists already is an
// ExistsError. When the answer is lost, it is looked for; one that is not there is
// created again. For administrators, since Rocket.Chat 7.11.
func (c *Client) CreateCustomField(ctx context.Context, field CustomField) (CustomField, error) {
	if err := field.check(); err != nil {
		return CustomField{}, err
	}
	object := fmt.Sprintf("the custom field %q", field.Field)
	var first time.Time // when the first attempt of all was sent
	for repeated := 0; ; repeated++ {
		created, got, err := c.saveCustomField(ctx, field, "")
		if first.IsZero() {
			first = got.sent
		}
		switch {
		case rest.IsKind(err, rest.Conflict) && repeated == 0:
			return CustomField{}, &ExistsError{Object: object, ID: field.Field, Err: err}
		case !lost(err) && !rest.IsKind(err, rest.Conflict):
			return created, err
		}
		found, search := c.findDefined(ctx, field.Field, object, first, err)
		if !isAbsent(search) || repeated >= c.config.MaxRetries || c.pause(ctx, repeated) != nil {
			return found, search
		}
	}
}

// findDefined looks for the custom field of a creation that failed with cause.
func (c *Client) findDefined(ctx context.Context, field, object string, first time.Time, cause error) (CustomField, error) {
	ctx, cancel := c.resolving(ctx)
	defer cancel()
	found, got, err := c.getCustomField(ctx, field)
	switch {
	case rest.IsKind(err, rest.NotFound):
		return CustomField{}, &LostError{Object: object, Err: cause}
	case err != nil:
		return CustomField{}, &LostError{Object: object, Err: cause, Search: err}
	}
	if since, known := got.createdSince(first, found.UpdatedAt); known && !since {
		return CustomField{}, &ExistsError{Object: object, ID: field, Err: cause}
	}
	return found, nil
}

// UpdateCustomField changes the definition of a custom field. One that does not
// exist is a NotFound error. For administrators, since Rocket.Chat 7.11.
func (c *Client) UpdateCustomField(ctx context.Context, field CustomField) (CustomField, error) {
	if err := field.check(); err != nil {
		return CustomField{}, err
	}
	updated, _, err := c.saveCustomField(ctx, field, field.Field)
	return updated, err
}

func (c *Client) saveCustomField(ctx context.Context, field CustomField, id string) (CustomField, answer, error) {
	got, err := c.send(ctx, call{route: saveCustomFieldRoute, repeatable: id != "", body: field.body(id)})
	if err != nil {
		return CustomField{}, got, err
	}
	row := child(got.root, "customField")
	if text(row["label"]) == "" {
		return CustomField{}, got, c.malformed(got, errors.New("it holds no customField with a label"))
	}
	return decodeCustomField(row, field.Field), got, nil
}

// DeleteCustomField deletes the definition of a custom field; the values stay with
// their visitors and rooms. One that is gone is no error. For administrators,
// since Rocket.Chat 7.11.
func (c *Client) DeleteCustomField(ctx context.Context, field string) error {
	if err := need("field", field); err != nil {
		return err
	}
	_, err := c.send(ctx, call{route: deleteCustomFieldRoute, repeatable: true, body: struct {
		ID string `json:"customFieldId"`
	}{field}})
	return unlessGone(err)
}
