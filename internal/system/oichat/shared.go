package oichat

import (
	"context"
	"encoding/json"
	"reflect"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-jsontypes/jsontypes"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/chattenant/terraform-provider-chat/internal/system"
)

// idValidators accept the id of a room or a user. OiChat does not document what
// ids look like.
func idValidators() []validator.String {
	return []validator.String{stringvalidator.LengthAtLeast(1), system.Trimmed{}}
}

// jsonObject accepts the text of a JSON object.
type jsonObject struct{}

// Description implements validator.Describer.
func (jsonObject) Description(context.Context) string {
	return "a JSON object, such as jsonencode({ order_id = \"1234\" })"
}

// MarkdownDescription implements validator.Describer.
func (v jsonObject) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

// ValidateString implements validator.String. That the text is JSON at all is
// checked by its type.
func (v jsonObject) ValidateString(ctx context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	text := req.ConfigValue
	if text.IsNull() || text.IsUnknown() || !json.Valid([]byte(text.ValueString())) {
		return
	}
	if _, isObject := decodeJSON(text.ValueString()).(map[string]any); !isObject {
		resp.Diagnostics.AddAttributeError(req.Path, "Not a JSON object", "The value is JSON, but it must be "+v.Description(ctx)+".")
	}
}

// sameSpelling plans no change where only the spelling of JSON changes: spaces,
// and the order of keys.
type sameSpelling struct{}

// Description implements planmodifier.Describer.
func (sameSpelling) Description(context.Context) string {
	return "Another spelling of the same JSON is no change."
}

// MarkdownDescription implements planmodifier.Describer.
func (m sameSpelling) MarkdownDescription(ctx context.Context) string { return m.Description(ctx) }

// PlanModifyString implements planmodifier.String.
func (sameSpelling) PlanModifyString(ctx context.Context, req planmodifier.StringRequest, resp *planmodifier.StringResponse) {
	if req.StateValue.IsNull() || req.PlanValue.IsNull() || req.PlanValue.IsUnknown() {
		return
	}
	state, plan := jsontypes.NewNormalizedValue(req.StateValue.ValueString()), jsontypes.NewNormalizedValue(req.PlanValue.ValueString())
	if same, problems := plan.StringSemanticEquals(ctx, state); same && !problems.HasError() {
		resp.PlanValue = req.StateValue
	}
}

// decodeJSON is what a text of JSON means; nil when it is none. Numbers are what
// JavaScript makes of them: a server may write 1.0 as 1.
func decodeJSON(text string) any {
	var value any
	_ = json.Unmarshal([]byte(text), &value)
	return value
}

// storeJSON writes a JSON object that the server told; no object is an empty
// one. A value that means the same keeps its spelling.
func storeJSON(told json.RawMessage, value *jsontypes.Normalized) {
	if told == nil {
		told = json.RawMessage("{}")
	}
	if value.IsNull() || value.IsUnknown() || !reflect.DeepEqual(decodeJSON(value.ValueString()), decodeJSON(string(told))) {
		*value = jsontypes.NewNormalizedValue(string(told))
	}
}

// rawJSON is a configured JSON object as the client takes it; nil for none.
func rawJSON(value jsontypes.Normalized) json.RawMessage {
	if value.IsNull() || value.IsUnknown() {
		return nil
	}
	return json.RawMessage(value.ValueString())
}

// keepUntold writes what the server told, and leaves a value alone of which it
// says nothing; a value that nobody has told yet becomes the usual one.
func keepUntold(told, usual string, value *types.String) {
	switch {
	case told != "":
		*value = types.StringValue(told)
	case value.IsNull() || value.IsUnknown():
		*value = types.StringValue(usual)
	}
}

// toldText is null where the server says nothing.
func toldText(text string) types.String {
	if text == "" {
		return types.StringNull()
	}
	return types.StringValue(text)
}

// toldTime is null where the server says nothing.
func toldTime(moment time.Time) types.String {
	if moment.IsZero() {
		return types.StringNull()
	}
	return types.StringValue(moment.UTC().Format(time.RFC3339))
}
