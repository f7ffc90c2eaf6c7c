package ethora

import (
	"github.com/hashicorp/terraform-plugin-framework/list/schema"
)

// listAppID is the app_id of a list resource.
func listAppID() schema.StringAttribute {
	return schema.StringAttribute{
		MarkdownDescription: "Id of the app to list (24 hexadecimal digits). Default: the provider's own app.",
		Optional:            true,
		Validators:          appIDValidators(),
	}
}
