package ethora

import (
	"context"
	"errors"
	"regexp"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/resource/schema/boolplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/int64planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"

	"github.com/chattenant/terraform-provider-chat/internal/api/rest"
	"github.com/chattenant/terraform-provider-chat/internal/system"
)

// base is what everything of this system is built on.
var base = system.Base[*tenant]{System: name}

// replaceWhenBothSet replaces when a create-only value changes from one set
// value to another. Setting it later, as after an import, does nothing.
func replaceWhenBothSet(_ context.Context, req planmodifier.BoolRequest, resp *boolplanmodifier.RequiresReplaceIfFuncResponse) {
	resp.RequiresReplace = !req.StateValue.IsNull() && !req.PlanValue.IsNull()
}

// replaceWhenBothVersionsSet is replaceWhenBothSet for a version number. A number
// that is not known yet may turn out unchanged, and a user is not replaced for that.
func replaceWhenBothVersionsSet(_ context.Context, req planmodifier.Int64Request, resp *int64planmodifier.RequiresReplaceIfFuncResponse) {
	resp.RequiresReplace = !req.StateValue.IsNull() && !req.PlanValue.IsNull() && !req.PlanValue.IsUnknown()
}

// replaceUnlessSameLetters replaces unless only the letter case changes.
func replaceUnlessSameLetters(_ context.Context, req planmodifier.StringRequest, resp *stringplanmodifier.RequiresReplaceIfFuncResponse) {
	resp.RequiresReplace = req.PlanValue.IsUnknown() || !strings.EqualFold(req.PlanValue.ValueString(), req.StateValue.ValueString())
}

// goneReason says in the server's words why an object is gone.
func goneReason(err error) string {
	var answer *rest.Error
	switch {
	case !errors.As(err, &answer):
		return "Ethora does not know it any more"
	case answer.Code == "APP_ARCHIVED":
		return "The app it belongs to is archived"
	case answer.Code == "APP_NOT_FOUND":
		return "The app it belongs to is gone"
	default:
		return "Ethora does not know it any more"
	}
}

// emailPattern is as loose as e-mail addresses are; the server has the last word.
var emailPattern = regexp.MustCompile(`^[^\s@]+@[^\s@]+\.[^\s@]+$`)
