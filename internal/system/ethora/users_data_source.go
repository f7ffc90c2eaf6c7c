package ethora

import (
	"context"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-validators/setvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/chattenant/terraform-provider-chat/internal/api/ethora"
	"github.com/chattenant/terraform-provider-chat/internal/system"
)

var _ datasource.DataSourceWithConfigure = (*usersDataSource)(nil)

type usersDataSource struct {
	system.DataSource[*tenant]
}

type usersDataModel struct {
	AppID   types.String `tfsdk:"app_id"`
	RoomID  types.String `tfsdk:"room_id"`
	UserIDs types.Set    `tfsdk:"user_ids"`
	Users   []userRow    `tfsdk:"users"`
}

// userRow is a user as data sources show it.
type userRow struct {
	UserID          types.String `tfsdk:"user_id"`
	XMPPUsername    types.String `tfsdk:"xmpp_username"`
	Email           types.String `tfsdk:"email"`
	FirstName       types.String `tfsdk:"first_name"`
	LastName        types.String `tfsdk:"last_name"`
	Username        types.String `tfsdk:"username"`
	ProfileImageURL types.String `tfsdk:"profile_image_url"`
	Description     types.String `tfsdk:"description"`
	CreatedAt       types.String `tfsdk:"created_at"`
	Bot             types.Bool   `tfsdk:"bot"`
	System          types.Bool   `tfsdk:"system"`
}

func newUsersDataSource() datasource.DataSource {
	return &usersDataSource{system.DataSource[*tenant]{Base: base}}
}

func (d *usersDataSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_ethora_users"
}

func (d *usersDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Users of an Ethora app: all of them, the members of one room, or those with the given ids. " +
			"Archived users are left out; bots and the app's system account are not.",
		Attributes: map[string]schema.Attribute{
			"app_id": lookupAppID(),
			"room_id": schema.StringAttribute{
				MarkdownDescription: "Plain id of a room: only its members are read. A room that does not exist is an error. Not together with `user_ids`. Default: users of all rooms and of none.",
				Optional:            true,
				Validators: []validator.String{
					plainID{minimum: 1},
					stringvalidator.ConflictsWith(path.MatchRoot("user_ids")),
				},
			},
			"user_ids": schema.SetAttribute{
				MarkdownDescription: "Plain ids of the users to read, one call each. An id without a user is an error. Not together with `room_id`. Default: all users.",
				ElementType:         types.StringType,
				Optional:            true,
				Validators:          []validator.Set{setvalidator.ValueStringsAre(plainID{minimum: 2})},
			},
			"users": schema.ListNestedAttribute{
				MarkdownDescription: "The users, sorted by `user_id`.",
				Computed:            true,
				NestedObject:        schema.NestedAttributeObject{Attributes: userRowAttributes()},
			},
		},
	}
}

func userRowAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"user_id":           system.ComputedText("Plain id of the user, without the app's prefix."),
		"xmpp_username":     system.ComputedText("The user's name in XMPP: `<app_id>_<user_id>`."),
		"email":             system.ComputedText("E-mail address; empty for bots and the app's system account."),
		"first_name":        system.ComputedText("First name."),
		"last_name":         system.ComputedText("Last name."),
		"username":          system.ComputedText("Name shown beside the user's messages."),
		"profile_image_url": system.ComputedText("Address of the user's picture."),
		"description":       system.ComputedText("What the user says about themselves."),
		"created_at":        system.ComputedText("When the user was created, as RFC 3339. Null when Ethora does not tell it."),
		"bot":               system.ComputedBool("Whether the user is a bot."),
		"system":            system.ComputedBool("Whether the user is the app's system account."),
	}
}

func (d *usersDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var model usersDataModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &model)...)
	client, ok := d.Client(&resp.Diagnostics)
	if !ok || resp.Diagnostics.HasError() {
		return
	}

	appID := configuredApp(client, model.AppID)
	var users []ethora.User
	if model.UserIDs.IsNull() {
		users = listUsers(ctx, client, appID, model.RoomID, &resp.Diagnostics)
	} else {
		users = getUsers(ctx, client, appID, system.KnownTexts(model.UserIDs), &resp.Diagnostics)
	}
	if resp.Diagnostics.HasError() {
		return
	}
	model.AppID = types.StringValue(appID)
	model.Users = []userRow{}
	for _, user := range users {
		model.Users = append(model.Users, flattenUserRow(appID, user))
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, model)...)
}

// listUsers reads all users of an app, or of one of its rooms.
func listUsers(ctx context.Context, client *tenant, appID string, roomID types.String, diagnostics *diag.Diagnostics) []ethora.User {
	if roomID.IsNull() {
		users, err := client.AllUsers(ctx, appID)
		if err != nil {
			failLookup(diagnostics, err, "users of "+describeApp(appID), "app_id")
		}
		return users
	}
	users, err := client.ListUsers(ctx, appID, ethora.UserFilter{RoomID: roomID.ValueString()})
	if err != nil {
		failLookup(diagnostics, err, describeRoom(appID, roomID.ValueString()), "room_id")
	}
	return users
}

// getUsers reads the given users.
func getUsers(ctx context.Context, client *tenant, appID string, userIDs []string, diagnostics *diag.Diagnostics) []ethora.User {
	var users []ethora.User
	for _, userID := range userIDs {
		user, err := client.GetUser(ctx, appID, userID) // from a list when they are many
		switch {
		case err != nil:
			failLookup(diagnostics, err, describeUser(appID, userID), "user_ids")
		case user.Gone():
			noSuch(diagnostics, "active "+describeUser(appID, userID), "user_ids", fmt.Sprintf("Ethora says the user is %s.", user.Status))
		}
		users = append(users, user)
	}
	return users
}

func flattenUserRow(appID string, user ethora.User) userRow {
	return userRow{
		UserID:          types.StringValue(user.UserID),
		XMPPUsername:    types.StringValue(user.XMPPUsername),
		Email:           types.StringValue(user.Email),
		FirstName:       types.StringValue(user.FirstName),
		LastName:        types.StringValue(user.LastName),
		Username:        types.StringValue(user.Username),
		ProfileImageURL: types.StringValue(user.ProfileImage),
		Description:     types.StringValue(user.Description),
		CreatedAt:       toldText(user.CreatedAt),
		Bot:             types.BoolValue(isBot(user)),
		System:          types.BoolValue(user.UserID == appID),
	}
}

// isBot knows a bot by its mark or by its name (ethora-api.md §1.1 [doc]).
func isBot(user ethora.User) bool {
	return user.IsBot || strings.HasSuffix(user.UserID, "-bot")
}
