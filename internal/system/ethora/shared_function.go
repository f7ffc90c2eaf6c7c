package ethora

import (
	"context"
	"fmt"
	"unicode/utf8"

	"github.com/hashicorp/terraform-plugin-framework/function"

	"github.com/chattenant/terraform-provider-chat/internal/api/ethora"
)

// appIDParameter is the app of every name.
func appIDParameter() function.StringParameter {
	return function.StringParameter{
		Name:                "app_id",
		MarkdownDescription: "Id of the app: 24 hexadecimal digits.",
		Validators:          []function.StringParameterValidator{appIDArgument{}},
	}
}

// appIDArgument accepts an app's id.
type appIDArgument struct{}

// ValidateParameterString implements function.StringParameterValidator.
func (appIDArgument) ValidateParameterString(_ context.Context, req function.StringParameterValidatorRequest, resp *function.StringParameterValidatorResponse) {
	if req.Value.IsUnknown() || appIDPattern.MatchString(req.Value.ValueString()) {
		return
	}
	resp.Error = function.NewArgumentFuncError(req.ArgumentPosition,
		fmt.Sprintf("%q is not an Ethora app id: it must have 24 characters, each 0-9 or a-f", req.Value.ValueString()))
}

// plainArgument takes the app's prefix and a domain off the id at a position,
// and refuses what is left if it can't be an id in this app.
func plainArgument(position int64, appID, id string, minimum int) (string, *function.FuncError) {
	plain := ethora.PlainID(appID, id)
	switch {
	case prefixedPattern.MatchString(plain):
		return "", function.NewArgumentFuncError(position,
			fmt.Sprintf("%q names nothing in app %s: it begins with an app id that is not this app's, or has no id after it", id, appID))
	case utf8.RuneCountInString(plain) < minimum || utf8.RuneCountInString(plain) > 255 || !plainIDPattern.MatchString(plain):
		return "", function.NewArgumentFuncError(position,
			fmt.Sprintf("%q can't be an id: it must have %d to 255 characters, no spaces and none of \" & ' / : < > @", id, minimum))
	}
	return plain, nil
}
