package tegrabox

import (
	"context"
	"fmt"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework-validators/datasourcevalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"

	"github.com/chattenant/terraform-provider-chat/internal/api/tegrabox"
	"github.com/chattenant/terraform-provider-chat/internal/system"
)

var (
	_ datasource.DataSourceWithConfigure        = (*userDataSource)(nil)
	_ datasource.DataSourceWithConfigValidators = (*userDataSource)(nil)
)

type userDataSource struct {
	system.DataSource[*tenant]
}

func newUserDataSource() datasource.DataSource {
	return &userDataSource{system.DataSource[*tenant]{Base: base}}
}

func (d *userDataSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_tegrabox_user"
}

func (d *userDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	attributes := userRowAttributes()
	attributes["id"] = lookupAttribute("Id of the user, given by TegraBox. It is read by one call.")
	attributes["external_user_id"] = lookupAttribute("The user's id in your own system. All users are listed to find it.")
	attributes["username"] = lookupAttribute("Name the user goes by in the chat. All users are listed to find it.")
	resp.Schema = schema.Schema{
		MarkdownDescription: "One user of a TegraBox project, found by exactly one of `id`, `external_user_id` and `username`. A user that does not exist is an error.",
		Attributes:          attributes,
	}
}

// lookupAttribute is one of the things by which an object can be found.
func lookupAttribute(description string) schema.StringAttribute {
	return schema.StringAttribute{
		MarkdownDescription: description,
		Optional:            true,
		Computed:            true,
		Validators:          []validator.String{stringvalidator.LengthAtLeast(1)},
	}
}

func (d *userDataSource) ConfigValidators(context.Context) []datasource.ConfigValidator {
	return []datasource.ConfigValidator{datasourcevalidator.ExactlyOneOf(
		path.MatchRoot("id"), path.MatchRoot("external_user_id"), path.MatchRoot("username"))}
}

func (d *userDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var wanted userRow
	resp.Diagnostics.Append(req.Config.Get(ctx, &wanted)...)
	client, ok := d.Client(&resp.Diagnostics)
	if !ok || resp.Diagnostics.HasError() {
		return
	}

	var user tegrabox.User
	switch {
	case !wanted.ExternalUserID.IsNull():
		user = findUser(ctx, client, "external_user_id", wanted.ExternalUserID.ValueString(), &resp.Diagnostics)
	case !wanted.Username.IsNull():
		user = findUser(ctx, client, "username", wanted.Username.ValueString(), &resp.Diagnostics)
	default:
		user = getUser(ctx, client, wanted.ID.ValueString(), &resp.Diagnostics)
	}
	if !resp.Diagnostics.HasError() {
		resp.Diagnostics.Append(resp.State.Set(ctx, flattenUserRow(user))...)
	}
}

func getUser(ctx context.Context, client *tenant, userID string, diagnostics *diag.Diagnostics) tegrabox.User {
	user, err := client.GetUser(ctx, userID)
	if err != nil {
		failLookup(diagnostics, err, "TegraBox user "+userID, "id")
	}
	return user
}

// findUser looks through all users for the one whose attribute has a value, as
// TegraBox has no call for it.
func findUser(ctx context.Context, client *tenant, attribute, value string, diagnostics *diag.Diagnostics) tegrabox.User {
	object := fmt.Sprintf("TegraBox user with the %s %q", attribute, value)
	users, err := client.AllUsers(ctx)
	if err != nil {
		fail(diagnostics, err, "read", object, nil)
		return tegrabox.User{}
	}
	users = slices.DeleteFunc(users, func(user tegrabox.User) bool {
		return value != map[string]string{"external_user_id": user.ExternalUserID, "username": user.Username}[attribute]
	})
	switch len(users) {
	case 0:
		noSuch(diagnostics, object, attribute)
		return tegrabox.User{}
	case 1:
		return getUser(ctx, client, users[0].ID, diagnostics) // from the same list, if that tells all
	}
	diagnostics.AddAttributeError(path.Root(attribute), "There is more than one "+object,
		fmt.Sprintf("TegraBox has %d: %s and %s, for example. Name the one you mean by its id.", len(users), users[0].ID, users[1].ID))
	return tegrabox.User{}
}
