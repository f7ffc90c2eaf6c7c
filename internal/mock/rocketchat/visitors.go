package rocketchat

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// visitorBody is the schema of POST /visitor. An older server takes unknown
// keys in the visitor and wants "overwrite" to be said (§2.2).
func visitorBody(s Settings) object {
	overwrite := field{"overwrite", s.older(), flag{}}
	customField := object{[]field{required("key", text{}), required("value", text{}), overwrite}, s.older()}
	return closed(required("visitor", object{[]field{
		required("token", text{}),
		optional("name", text{}),
		optional("email", text{}),
		optional("department", text{}),
		optional("phone", text{}),
		optional("username", text{}),
		optional("id", text{}),
		optional("connectionData", object{open: true}),
		optional("customFields", list{of: customField}),
	}, s.older()}))
}

// readVisitor checks the body of POST /visitor.
func (c *call) readVisitor() (fields, *answer) {
	body := c.body
	if flat, isObject := body.(map[string]any); isObject && c.settings.FlatVisitors && flat["visitor"] == nil {
		body = map[string]any{"visitor": flat}
	}
	wrong := visitorBody(c.settings).refuse(body)
	switch {
	case wrong == nil:
		return fields(body.(map[string]any)).object("visitor"), nil
	case c.settings.older():
		return nil, failure(wrong.matchError())
	}
	return nil, c.invalidBody(wrong.text)
}

// registerVisitor creates or updates a visitor. The custom fields come last:
// when they are refused, the visitor is there all the same [server source].
func registerVisitor(c *call) *answer {
	given, refused := c.readVisitor()
	if refused != nil {
		return refused
	}
	if strings.TrimSpace(given.text("token")) == "" {
		return refusal("error-invalid-token", "Token cannot be empty")
	}
	v, refused := c.upsertVisitor(given)
	if refused != nil {
		return refused
	}
	for _, r := range c.data.Rooms {
		if r.Open && r.Token == v.Token && strings.TrimSpace(v.Name) != "" {
			r.Name = v.Name
		}
	}
	if refused := c.saveVisitorFields(v, given.objects("customFields")); refused != nil {
		return refused
	}
	return ok(map[string]any{"visitor": visitorView(v)})
}

// emailPattern is the mock's own; the server's is more exact.
var emailPattern = regexp.MustCompile(`^[^\s@]+@[^\s@]+$`)

// upsertVisitor finds the visitor by token, then by phone, then by address, and
// else creates one (§2.2). What is empty changes nothing.
func (c *call) upsertVisitor(given fields) (*visitor, *answer) {
	email := strings.ToLower(strings.TrimSpace(given.text("email")))
	if given.text("email") != "" && !emailPattern.MatchString(email) {
		return nil, refusal("error-invalid-email", "Invalid email "+email)
	}
	var departmentID string
	if named := given.text("department"); named != "" {
		one := c.data.departmentByIDOrName(named)
		switch {
		case one == nil && c.settings.older():
			return nil, refusal("error-invalid-department", "The provided department is invalid")
		case one == nil:
			return nil, failure("error-invalid-department")
		}
		departmentID = one.ID
	}
	v := c.matchVisitor(given)
	v.Status = "online"
	v.UpdatedAt = c.now()
	setGiven(&v.Name, given.text("name"))
	setGiven(&v.Phone, given.text("phone"))
	setGiven(&v.Email, email)
	setGiven(&v.DepartmentID, departmentID)
	return v, nil
}

func setGiven(value *string, given string) {
	if given != "" {
		*value = given
	}
}

// matchVisitor returns the visitor that the body means. One that is matched by
// phone keeps its token; one that is matched by address gets the new token, and
// the old one is lost.
func (c *call) matchVisitor(given fields) *visitor {
	token := given.text("token")
	if v := c.data.visitor(token); v != nil {
		return v
	}
	if phone := given.text("phone"); phone != "" {
		if v := find(c.data.Visitors, func(v *visitor) bool { return v.Phone == phone }); v != nil {
			return v
		}
	}
	// Not trimmed, as in the server's source.
	if email := strings.ToLower(given.text("email")); email != "" {
		if v := find(c.data.Visitors, func(v *visitor) bool { return v.Email == email }); v != nil {
			v.Token = token
			return v
		}
	}
	return c.newVisitor(given)
}

// newVisitor creates a visitor. Who sends the id of another visitor takes that
// one over [server source].
func (c *call) newVisitor(given fields) *visitor {
	id := given.text("id")
	v := find(c.data.Visitors, func(v *visitor) bool { return id != "" && v.ID == id })
	if v == nil {
		v = &visitor{ID: id}
		setDefault(&v.ID, c.data.newHexID())
		c.data.Visitors = append(c.data.Visitors, v)
	}
	v.Token, v.Username, v.CreatedAt, v.Disabled = given.text("token"), given.text("username"), c.now(), false
	if v.Username == "" {
		c.data.Guests++
		v.Username = "guest-" + strconv.Itoa(c.data.Guests)
	}
	return v
}

// visitorView renders a visitor: other names than in the request (§2.2).
func visitorView(v *visitor) map[string]any {
	view := map[string]any{
		"_id":        v.ID,
		"username":   v.Username,
		"status":     v.Status,
		"ts":         stamp(v.CreatedAt),
		"_updatedAt": stamp(v.UpdatedAt),
		"token":      v.Token,
	}
	if v.Name != "" {
		view["name"] = v.Name
	}
	if v.Phone != "" {
		view["phone"] = []any{map[string]any{"phoneNumber": v.Phone}}
	}
	if v.Email != "" {
		view["visitorEmails"] = []any{map[string]any{"address": v.Email}}
	}
	if v.DepartmentID != "" {
		view["department"] = v.DepartmentID
	}
	if len(v.CustomFields) > 0 {
		view["livechatData"] = v.CustomFields
	}
	return view
}

// noVisitor is how the routes of a visitor tell that there is none; the other
// routes answer invalidToken (§2.2).
func (c *call) noVisitor() *answer {
	if c.settings.older() {
		return refusal("invalid-token", "")
	}
	return refusal("invalid-token", "Invalid token")
}

func getVisitor(c *call) *answer {
	v := c.data.visitor(c.path["token"])
	if v == nil {
		return c.noVisitor()
	}
	return ok(map[string]any{"visitor": visitorView(v)})
}

// deleteVisitor removes the visitor's rooms and all in them. Of the visitor the
// id stays.
func deleteVisitor(c *call) *answer {
	v := c.data.visitor(c.path["token"])
	if v == nil {
		return c.noVisitor()
	}
	if len(c.data.openRooms(v.Token)) > 0 && !c.settings.DeleteWithOpenRooms {
		return refusal("visitor-has-open-rooms", "Cannot remove visitors with opened rooms")
	}
	for _, r := range slices.Clone(c.data.Rooms) {
		if r.VisitorID == v.ID {
			c.data.removeRoom(r)
		}
	}
	*v = visitor{ID: v.ID, Disabled: true, UpdatedAt: c.now()}
	return ok(map[string]any{"visitor": map[string]any{"_id": v.ID, "ts": stamp(c.now())}})
}

// listOpenRooms tells the admin which rooms hinder the deletion of a visitor.
func listOpenRooms(c *call) *answer {
	rooms := []any{}
	for _, r := range c.data.openRooms(c.path["token"]) {
		view := map[string]any{"_id": r.ID, "t": "l", "cl": false}
		if served := c.servedBy(r); served != nil {
			view["servedBy"] = served
		}
		rooms = append(rooms, view)
	}
	return ok(map[string]any{"rooms": rooms})
}

// setVisitorStatus changes the status that the visitor's open rooms show, not
// the visitor [server source].
func setVisitorStatus(c *call) *answer {
	given, refused := c.read(required("token", text{}), required("status", text{}))
	if refused != nil {
		return refused
	}
	token, status := given.text("token"), given.text("status")
	if c.data.visitor(token) == nil {
		return c.noVisitor()
	}
	for _, r := range c.data.openRooms(token) {
		r.VisitorStatus = status
	}
	return ok(map[string]any{"token": token, "status": status})
}
