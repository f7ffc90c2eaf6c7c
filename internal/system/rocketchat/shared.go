package rocketchat

import (
	"context"
	"regexp"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	resourceschema "github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/chattenant/terraform-provider-chat/internal/system"
)

// base is what everything of this system is built on.
var base = system.Base[*tenant]{System: name}

// emailPattern is as loose as e-mail addresses are; the server has the last word.
var emailPattern = regexp.MustCompile(`^[^\s@]+@[^\s@]+\.[^\s@]+$`)

const emailRule = "must be an e-mail address such as ann@example.com, without spaces"

// defaultTimeout is longer than that of other systems: five visitors can be
// created in a minute, and so many may wait for their turn.
const defaultTimeout = time.Hour

func timeoutsAttribute(ctx context.Context) resourceschema.Attribute {
	return system.TimeoutsAttributeOf(ctx, defaultTimeout, timeouts.Opts{Create: true, Update: true, Delete: true})
}

func noTimeouts() timeouts.Value { return system.NoTimeouts("create", "update", "delete") }

// within bounds an operation by the resource's timeouts attribute.
func within(
	ctx context.Context,
	setting func(context.Context, time.Duration) (time.Duration, diag.Diagnostics),
	diagnostics *diag.Diagnostics,
) (context.Context, context.CancelFunc) {
	return system.WithinOf(ctx, defaultTimeout, setting, diagnostics)
}

// idAttribute is the id that Rocket.Chat gives an object, by which Terraform and
// its users call it, too.
func idAttribute(kind string) resourceschema.StringAttribute {
	return resourceschema.StringAttribute{
		MarkdownDescription: "Id of the " + kind + ", given by Rocket.Chat.",
		Computed:            true,
		PlanModifiers:       []planmodifier.String{stringplanmodifier.UseStateForUnknown()},
	}
}

// visitorTokenAttribute says whose room or message it is.
func visitorTokenAttribute(description string) resourceschema.StringAttribute {
	return resourceschema.StringAttribute{
		MarkdownDescription: description,
		Required:            true,
		Sensitive:           true,
		Validators:          tokenValidators(),
		PlanModifiers:       []planmodifier.String{stringplanmodifier.RequiresReplace()},
	}
}

// tokenValidators accept a visitor's token. It stands in paths, where dots alone
// mean something else.
func tokenValidators() []validator.String {
	return []validator.String{stringvalidator.LengthAtLeast(1), system.Trimmed{}, stringvalidator.NoneOf(".", "..")}
}

// textValidators accept a text that is not empty.
func textValidators() []validator.String {
	return []validator.String{stringvalidator.LengthAtLeast(1), system.Trimmed{}}
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
