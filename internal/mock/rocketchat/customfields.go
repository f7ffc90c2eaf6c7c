package rocketchat

import (
	"maps"
	"regexp"
	"slices"
	"strings"
)

// text reads an attribute of a definition.
func (d *definition) text(key string) string { return fields(d.Attributes).text(key) }

// required reports whether POST /visitor wants the field.
func (d *definition) required(s Settings) bool {
	return fields(d.Attributes).flag("required") || slices.Contains(s.RequiredFields, d.ID)
}

// refuse returns why the field may not have the value. A pattern that Go does
// not know is treated as one that JavaScript does not know.
func (d *definition) refuse(value string) *answer {
	given := d.text("regexp")
	if given == "" {
		return nil
	}
	pattern, err := regexp.Compile(given)
	switch {
	case err != nil:
		return failure("Invalid regular expression: /" + given + "/")
	case !pattern.MatchString(value):
		return failure("Invalid value for " + d.ID + " field")
	}
	return nil
}

// saveVisitorFields is the last part of POST /visitor. Keys without a visible
// definition for visitors are dropped without a word, and no pattern is looked
// at (§2.2; hidden ones: server source).
func (c *call) saveVisitorFields(v *visitor, given []fields) *answer {
	if len(given) == 0 {
		return nil
	}
	known := map[string]bool{}
	var missing []string
	for _, d := range c.data.Definitions {
		if d.text("scope") != "visitor" || d.text("visibility") == "hidden" {
			continue
		}
		known[d.ID] = true
		sent := slices.ContainsFunc(given, func(f fields) bool { return f.text("key") == d.ID })
		if !sent && d.required(c.settings) {
			missing = append(missing, d.ID)
		}
	}
	if len(missing) > 0 && !c.settings.older() {
		return failure("Missing required custom fields: " + strings.Join(missing, ", "))
	}
	for _, f := range given {
		if known[f.text("key")] {
			putField(&v.CustomFields, f)
		}
	}
	return nil
}

// putField sets a value, unless there is one that may not be overwritten.
func putField(values *map[string]string, given fields) {
	if _, present := (*values)[given.text("key")]; present && !given.flag("overwrite") {
		return
	}
	if *values == nil {
		*values = map[string]string{}
	}
	(*values)[given.text("key")] = given.text("value")
}

// fieldSchema are the keys of one custom field in a request.
var fieldSchema = []field{required("key", text{}), required("value", text{}), required("overwrite", flag{})}

func setCustomField(c *call) *answer {
	given, refused := c.read(append([]field{required("token", text{})}, fieldSchema...)...)
	if refused != nil {
		return refused
	}
	v := c.data.visitor(given.text("token"))
	if v == nil {
		return invalidToken()
	}
	if refused := c.checkField(given); refused != nil {
		return refused
	}
	c.putAnyField(v, given)
	delete(given, "token")
	return ok(map[string]any{"field": given})
}

// checkField finds the definition and asks it.
func (c *call) checkField(given fields) *answer {
	d := c.data.definition(given.text("key"))
	if d == nil {
		return failure("invalid-custom-field")
	}
	return d.refuse(given.text("value"))
}

// putAnyField sets a field of the visitor or of the visitor's open room.
func (c *call) putAnyField(v *visitor, given fields) {
	if c.data.definition(given.text("key")).text("scope") != "room" {
		putField(&v.CustomFields, given)
		return
	}
	if open := c.data.openRooms(v.Token); len(open) > 0 {
		putField(&open[0].CustomFields, given)
	}
}

// setCustomFields sets all fields or none. The answer has a key with a capital
// letter, and fields of rooms first (§2.2).
func setCustomFields(c *call) *answer {
	given, refused := c.read(required("token", text{}), required("customFields", list{of: closed(fieldSchema...)}))
	if refused != nil {
		return refused
	}
	v := c.data.visitor(given.text("token"))
	if v == nil {
		return invalidToken()
	}
	all := given.objects("customFields")
	if len(all) == 0 {
		return failure("invalid-custom-field")
	}
	for _, one := range all {
		if refused := c.checkField(one); refused != nil {
			return refused
		}
	}
	ofRooms, ofVisitors := []any{}, []any{}
	for _, one := range all {
		c.putAnyField(v, one)
		view := map[string]any{"Key": one["key"], "value": one["value"], "overwrite": one["overwrite"]}
		if c.data.definition(one.text("key")).text("scope") == "room" {
			ofRooms = append(ofRooms, view)
		} else {
			ofVisitors = append(ofVisitors, view)
		}
	}
	return ok(map[string]any{"fields": append(ofRooms, ofVisitors...)})
}

// definitionView renders a custom field for the admin.
func definitionView(d *definition) map[string]any {
	view := maps.Clone(d.Attributes)
	if view == nil {
		view = map[string]any{}
	}
	view["_id"], view["_updatedAt"] = d.ID, stamp(d.UpdatedAt)
	return view
}

func listDefinitions(c *call) *answer {
	query, refused := c.query(paging(optional("text", text{}))...)
	if refused != nil {
		return refused
	}
	rows := []map[string]any{}
	for _, d := range c.data.Definitions {
		if contains(d.ID, query.text("text")) || contains(d.text("label"), query.text("text")) {
			rows = append(rows, definitionView(d))
		}
	}
	return c.page("customFields", rows, "label", query)
}

// contains ignores case, as the server's searches do.
func contains(in, part string) bool {
	return strings.Contains(strings.ToLower(in), strings.ToLower(part))
}

// getDefinition answers 200 even when there is none (§3).
func getDefinition(c *call) *answer {
	body := map[string]any{}
	if d := c.data.definition(c.path["_id"]); d != nil {
		body["customField"] = definitionView(d)
	} else if c.settings.Missing == "null" {
		body["customField"] = nil
	}
	return ok(body)
}

// definitionSchema are the keys of a custom field. The server's own schema is
// not public: these are the page's, §3.
var definitionSchema = closed(
	required("field", text{}),
	required("label", text{}),
	required("scope", text{oneOf: []string{"visitor", "room"}}),
	required("visibility", text{oneOf: []string{"visible", "hidden"}}),
	optional("type", text{oneOf: []string{"input", "select"}}),
	optional("searchable", flag{}),
	optional("regexp", text{}),
	optional("required", flag{}),
	optional("defaultValue", text{}),
	optional("options", text{}),
	optional("public", flag{}),
)

// saveDefinition creates a custom field, or updates the one that is named. The
// name of the field cannot be changed (§3).
func saveDefinition(c *call) *answer {
	given, refused := c.read(optional("customFieldId", text{}), required("customFieldData", definitionSchema))
	if refused != nil {
		return refused
	}
	attributes := maps.Clone(given.object("customFieldData"))
	id, name := given.text("customFieldId"), attributes.text("field")
	delete(attributes, "field")
	d := c.data.definition(id)
	switch {
	case id != "" && d == nil:
		return failure("Custom Field Not found")
	case id == "" && c.data.definition(name) != nil:
		return failure("Custom Field already exists")
	case id == "":
		d = &definition{ID: name, Attributes: map[string]any{}}
		c.data.Definitions = append(c.data.Definitions, d)
	case d.Attributes == nil:
		d.Attributes = map[string]any{}
	}
	maps.Copy(d.Attributes, attributes)
	d.UpdatedAt = c.now()
	// The record that was sent, without an id (§3).
	attributes["_updatedAt"] = stamp(d.UpdatedAt)
	return ok(map[string]any{"customField": attributes})
}

func deleteDefinition(c *call) *answer {
	given, refused := c.read(required("customFieldId", text{}))
	if refused != nil {
		return refused
	}
	d := c.data.definition(given.text("customFieldId"))
	if d == nil {
		return failure("Custom field not found")
	}
	c.data.Definitions = slices.DeleteFunc(c.data.Definitions, func(other *definition) bool { return other == d })
	return ok(nil)
}
