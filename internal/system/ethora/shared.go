package ethora

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/boolplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/int64planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

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

// keepPlanned puts a planned value back where the server answered another one
// after a write, and says so. Terraform would otherwise call it a bug of the
// provider; the next plan shows the difference.
func keepPlanned[T attr.Value](planned T, stored *T, attribute string, diagnostics *diag.Diagnostics) {
	if planned.IsUnknown() || planned.Equal(*stored) {
		return
	}
	diagnostics.AddAttributeWarning(path.Root(attribute), "Ethora stored another value",
		fmt.Sprintf("For %s it answered another value than it was asked to store. The next plan will show the difference.", attribute))
	*stored = planned
}

// saveIdentity writes the identity attributes, which are named as the
// attributes they repeat. A Read does so first of all: the framework wants the
// identity of an object that turns out to be gone, too.
func saveIdentity(ctx context.Context, identity *tfsdk.ResourceIdentity, values map[string]types.String) diag.Diagnostics {
	var problems diag.Diagnostics
	if identity == nil {
		return problems
	}
	for attribute, value := range values {
		problems.Append(identity.SetAttribute(ctx, path.Root(attribute), value)...)
	}
	return problems
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

// trimmed refuses leading and trailing spaces, which the server would cut off.
type trimmed struct{}

func (trimmed) Description(context.Context) string { return "no spaces at the beginning or the end" }

func (v trimmed) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (v trimmed) ValidateString(ctx context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if value := req.ConfigValue.ValueString(); value != strings.TrimSpace(value) {
		resp.Diagnostics.AddAttributeError(req.Path, "Spaces around the value",
			fmt.Sprintf("%q begins or ends with a space. Write it with %s.", value, v.Description(ctx)))
	}
}

// recordBudget is how long a cancelled operation may still take to find out
// what the state must say.
const recordBudget = 10 * time.Second

// outliving returns a context that lives on for recordBudget when ctx ends. An
// object that is created but not finished is tainted, and the next apply would
// replace what a moment more completes.
func outliving(ctx context.Context) (context.Context, context.CancelFunc) {
	longer, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() { time.AfterFunc(recordBudget, cancel) })
	return longer, func() {
		stop()
		cancel()
	}
}

// knownTexts are the known elements of a set of texts, sorted.
func knownTexts(set types.Set) []string {
	texts := []string{}
	for _, element := range set.Elements() {
		if value, ok := element.(types.String); ok && !value.IsUnknown() && !value.IsNull() {
			texts = append(texts, value.ValueString())
		}
	}
	slices.Sort(texts)
	return texts
}

// without lists the elements of one list that another lacks.
func without(list, other []string) []string {
	known := make(map[string]bool, len(other))
	for _, element := range other {
		known[element] = true
	}
	rest := []string{}
	for _, element := range list {
		if !known[element] {
			rest = append(rest, element)
		}
	}
	return rest
}
