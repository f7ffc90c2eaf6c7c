package ethora

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/chattenant/terraform-provider-chat/internal/api/ethora"
	"github.com/chattenant/terraform-provider-chat/internal/system"
)

var (
	appIDPattern    = regexp.MustCompile(`^[0-9a-f]{24}$`)
	plainIDPattern  = regexp.MustCompile(`^[^\s"&'/:<>@]+$`)
	prefixedPattern = regexp.MustCompile(`^[0-9a-f]{24}_`)
)

// appIDValidators accept an app's id.
func appIDValidators() []validator.String {
	return []validator.String{
		stringvalidator.RegexMatches(appIDPattern, "must be an Ethora app id: 24 characters, each 0-9 or a-f"),
	}
}

// plainID accepts a user's or room's own id: what its creator chose, without
// the app's prefix and without a domain.
type plainID struct{ minimum int }

func (v plainID) Description(context.Context) string {
	return fmt.Sprintf("%d to 255 characters, no spaces and none of \" & ' / : < > @", v.minimum)
}

func (v plainID) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (v plainID) ValidateString(ctx context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	id := req.ConfigValue.ValueString()
	switch {
	case strings.Contains(id, "@") || prefixedPattern.MatchString(id):
		resp.Diagnostics.AddAttributeError(req.Path, "Not a plain id",
			fmt.Sprintf("%q looks like an XMPP name or address. Write the plain id alone: of \"<app id>_ann@host\" it is \"ann\". "+
				"The function provider::chat::ethora_parse_name takes such a name apart.", id))
	case utf8.RuneCountInString(id) < v.minimum || utf8.RuneCountInString(id) > 255 || !plainIDPattern.MatchString(id):
		resp.Diagnostics.AddAttributeError(req.Path, "Malformed id",
			fmt.Sprintf("%q can't be an id. It must have %s.", id, v.Description(ctx)))
	}
}

// appIDAttribute is the app_id of everything that lives in an app.
func appIDAttribute(thing string) schema.StringAttribute {
	return schema.StringAttribute{
		MarkdownDescription: "Id of the app the " + thing + " belongs to (24 hexadecimal digits). " +
			"Default: the provider's own app. Changing it replaces this resource.",
		Optional:      true,
		Computed:      true,
		Validators:    appIDValidators(),
		PlanModifiers: []planmodifier.String{stringplanmodifier.UseStateForUnknown()},
	}
}

// planAppID fills in the provider's own app where the configuration names
// none, and plans a replacement when the object moves to another app.
func planAppID(ctx context.Context, client *tenant, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if req.Plan.Raw.IsNull() {
		return
	}
	// Every plan of every object comes by here, so the values are taken from
	// where they are: by path, each would cost a walk through the schema.
	configured, planned, prior := rawAppID(req.Config.Raw), rawAppID(req.Plan.Raw), rawAppID(req.State.Raw)
	if configured.IsNull() && client != nil && planned.ValueString() != client.AppID() {
		planned = types.StringValue(client.AppID())
		resp.Diagnostics.Append(resp.Plan.SetAttribute(ctx, path.Root("app_id"), planned)...)
	}
	if !req.State.Raw.IsNull() && !planned.Equal(prior) {
		resp.RequiresReplace = append(resp.RequiresReplace, path.Root("app_id"))
	}
}

// rawAppID is the app_id of an object, or null where there is no object.
func rawAppID(object tftypes.Value) types.String {
	var attributes map[string]tftypes.Value
	if object.IsNull() || object.As(&attributes) != nil {
		return types.StringNull()
	}
	value := attributes["app_id"]
	var text *string
	switch {
	case !value.IsKnown():
		return types.StringUnknown()
	case value.As(&text) != nil:
		return types.StringNull()
	}
	return types.StringPointerValue(text)
}

// splitID reads an import id of the given parts, the first of which is
// "app_id". It also takes what Ethora's own tools print: names with the app's
// prefix (<app_id>_ann) and full addresses (<app_id>_ann@host); the first part
// may then be left out.
func splitID(id string, parts ...string) ([]string, error) {
	values := strings.Split(id, "/")
	if len(values) == len(parts)-1 {
		if parsed, err := ethora.ParseName(values[0]); err == nil && appIDPattern.MatchString(parsed.AppID) {
			id = system.JoinID(parsed.AppID, id)
		}
	}
	values, err := system.SplitID(id, parts...)
	if err != nil {
		return nil, err
	}
	for i, value := range values[1:] {
		values[i+1] = ethora.PlainID(values[0], value)
	}
	return values, nil
}

// importParts sets the attributes named by parts, and id, from an import id or
// an identity with the same attribute names.
func importParts(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse, parts ...string) {
	values := make([]string, len(parts))
	if req.ID == "" && req.Identity != nil {
		for i, part := range parts {
			resp.Diagnostics.Append(req.Identity.GetAttribute(ctx, path.Root(part), &values[i])...)
		}
	} else {
		var err error
		if values, err = splitID(req.ID, parts...); err != nil {
			resp.Diagnostics.AddError("Malformed import id", err.Error()+
				". Ethora's own spellings of a user or room (<app_id>_<id>, with or without @host) are accepted for the ids.")
		}
	}
	if resp.Diagnostics.HasError() {
		return
	}
	if !appIDPattern.MatchString(values[0]) {
		resp.Diagnostics.AddError("Malformed import id",
			"The app id "+values[0]+" is not one of Ethora's: it must have 24 characters, each 0-9 or a-f. The import id is "+system.IDFormat(parts...)+".")
		return
	}
	for i, part := range parts {
		resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root(part), values[i])...)
	}
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("id"), system.JoinID(values...))...)
}
