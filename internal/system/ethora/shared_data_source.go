package ethora

import (
	"errors"

	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/chattenant/terraform-provider-chat/internal/api/rest"
)

// lookupAppID is the app_id of a data source.
func lookupAppID() schema.StringAttribute {
	return schema.StringAttribute{
		MarkdownDescription: "Id of the app to look in (24 hexadecimal digits). Default: the provider's own app.",
		Optional:            true,
		Computed:            true,
		Validators:          appIDValidators(),
	}
}

// configuredApp is the app that a configuration names, else the provider's own.
func configuredApp(client *tenant, appID types.String) string {
	if appID.IsNull() {
		return client.AppID()
	}
	return appID.ValueString()
}

// toldText is null where the server says nothing.
func toldText(text string) types.String {
	return optionalText(&text)
}

// failLookup reports that an object in an app could not be read. attribute is
// the one that names it; the app's own attribute is app_id.
func failLookup(diagnostics *diag.Diagnostics, err error, object, attribute string) {
	if !rest.IsKind(err, rest.NotFound) {
		fail(diagnostics, err, "read", object, nil)
		return
	}
	var answer *rest.Error
	_ = errors.As(err, &answer) // an error with a kind is one
	switch answer.Code {
	case "APP_ARCHIVED":
		diagnostics.AddAttributeError(path.Root("app_id"), "Can't read "+object,
			"The app is archived, and Ethora shows nothing of an archived app. Restore the app, or look in another one.")
	case "APP_NOT_FOUND":
		diagnostics.AddAttributeError(path.Root("app_id"), "Can't read "+object,
			"Ethora does not know the app. Check app_id: it must name the provider's own app or one below it.")
	default:
		noSuch(diagnostics, object, attribute, "Ethora does not know it.")
	}
}

// noSuch reports that what was looked for is not there.
func noSuch(diagnostics *diag.Diagnostics, object, attribute, reason string) {
	diagnostics.AddAttributeError(path.Root(attribute), "There is no "+object,
		reason+" Check the id. If a resource of this configuration creates it, take the id from that resource's attributes, "+
			"so that Terraform creates it first.")
}
