package ethora

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/chattenant/terraform-provider-chat/internal/api/ethora"
	"github.com/chattenant/terraform-provider-chat/internal/api/rest"
	"github.com/chattenant/terraform-provider-chat/internal/system"
)

var _ datasource.DataSourceWithConfigure = (*appDataSource)(nil)

type appDataSource struct {
	system.DataSource[*tenant]
}

func newAppDataSource() datasource.DataSource {
	return &appDataSource{system.DataSource[*tenant]{Base: base}}
}

func (d *appDataSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_ethora_app"
}

func (d *appDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "One Ethora app: the provider's own or one below it. An app that does not exist is an error; an archived one is not, see `status`. " +
			"The app's token and secret are not read.",
		Attributes: appDataAttributes(),
	}
}

func appDataAttributes() map[string]schema.Attribute {
	attributes := map[string]schema.Attribute{
		"id": schema.StringAttribute{
			MarkdownDescription: "Id of the app: 24 hexadecimal digits. Default: the provider's own app.",
			Optional:            true,
			Computed:            true,
			Validators:          appIDValidators(),
		},
		"status":        system.ComputedText("`active`, `archived`, `deleting` or `deleted`. Ethora may hide all else of an app that is not active; it is null then."),
		"parent_app_id": system.ComputedText("Id of the app this app was created below; empty for an app of its own."),
		"created_at":    system.ComputedText("When the app was created, as RFC 3339. Null when Ethora does not tell it."),
		"primary_color": system.ComputedText("Main colour, as `#RRGGBB`."),
		"sign_on_options": schema.SetAttribute{
			MarkdownDescription: "Ways to sign in: any of `email`, `google`, `apple`, `facebook`, `metamask`. Null when Ethora does not tell them.",
			ElementType:         types.StringType,
			Computed:            true,
		},
		"available_menu_items": schema.SingleNestedAttribute{
			MarkdownDescription: "Which entries the app's menu shows. Null when Ethora does not tell it.",
			Computed:            true,
			Attributes: map[string]schema.Attribute{
				"chats":    system.ComputedBool("Whether the menu shows the chats."),
				"profile":  system.ComputedBool("Whether the menu shows the profile."),
				"settings": system.ComputedBool("Whether the menu shows the settings."),
			},
		},
		"default_rooms": schema.SetNestedAttribute{
			MarkdownDescription: "The app's default rooms. New users enter the pinned ones by themselves.",
			Computed:            true,
			NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
				"room_id": system.ComputedText("Plain id of the room."),
				"pinned":  system.ComputedBool("Whether new users enter the room by themselves."),
			}},
		},
		"broadcast_sender": schema.SingleNestedAttribute{
			MarkdownDescription: "Who broadcast messages seem to come from. Null when nobody is set.",
			Computed:            true,
			Attributes: map[string]schema.Attribute{
				"name":      system.ComputedText("Name of the sender."),
				"photo_url": system.ComputedText("Address of the sender's picture."),
			},
		},
		"bot": botDataAttribute(),
	}
	for _, text := range appTexts {
		attributes[text.attribute] = system.ComputedText(text.description)
	}
	attributes["display_name"] = system.ComputedText("Name people see. It need not be unique.")
	for _, choice := range appSwitches {
		attributes[choice.attribute] = system.ComputedBool(choice.description)
	}
	return attributes
}

func botDataAttribute() schema.SingleNestedAttribute {
	return schema.SingleNestedAttribute{
		MarkdownDescription: "The app's own (legacy) bot. Null when the app has none.",
		Computed:            true,
		Attributes: map[string]schema.Attribute{
			"status":           system.ComputedText("`on` or `off`."),
			"trigger":          system.ComputedText("What the bot answers: `any_message`, or `/bot` for messages that begin so."),
			"prompt":           system.ComputedText("Instructions for the bot."),
			"greeting_message": system.ComputedText("First message to a new member of the room."),
			"chat_id":          system.ComputedText("Server-side id of the room the bot lives in."),
			"first_name":       system.ComputedText("First name of the bot's user."),
			"last_name":        system.ComputedText("Last name of the bot's user."),
			"is_rag":           system.ComputedBool("Whether the bot looks answers up in the app's sources."),
		},
	}
}

func (d *appDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var configured types.String
	resp.Diagnostics.Append(req.Config.GetAttribute(ctx, path.Root("id"), &configured)...)
	client, ok := d.Client(&resp.Diagnostics)
	if !ok || resp.Diagnostics.HasError() {
		return
	}

	id := configuredApp(client, configured)
	app, err := client.GetApp(ctx, id)
	switch {
	case rest.IsKind(err, rest.NotFound):
		noSuch(&resp.Diagnostics, describeApp(id), "id", "Ethora does not know it, or it is neither the provider's own app nor one below it.")
		return
	case err != nil:
		fail(&resp.Diagnostics, err, "read", describeApp(id), nil)
		return
	}
	for attribute, value := range appDataValues(ctx, app, &resp.Diagnostics) {
		resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root(attribute), value)...)
	}
}

// appDataValues are the values of an app's attributes. They are those of the
// resource, without its secrets and its settings for Terraform.
func appDataValues(ctx context.Context, app ethora.App, diagnostics *diag.Diagnostics) map[string]attr.Value {
	values := map[string]attr.Value{
		"id":         types.StringValue(app.ID),
		"status":     types.StringValue(appStatus(app)),
		"created_at": toldText(app.CreatedAt),
	}
	if app.DisplayName == nil { // archived, and the server says no more
		return values
	}
	var model appModel
	flattenApp(ctx, app, &model, diagnostics)
	values["parent_app_id"] = model.ParentAppID
	values["primary_color"] = model.PrimaryColor.StringValue
	values["sign_on_options"] = model.SignOnOptions
	values["available_menu_items"] = model.AvailableMenuItems
	values["default_rooms"] = model.DefaultRooms
	values["broadcast_sender"] = model.BroadcastSender
	values["bot"] = model.Bot
	for _, text := range appTexts {
		values[text.attribute] = *text.model(&model)
	}
	for _, choice := range appSwitches {
		values[choice.attribute] = *choice.model(&model)
	}
	return values
}

// appStatus is the app's status; no status means active (ethora-api.md §4.1).
func appStatus(app ethora.App) string {
	if app.Status == "" {
		return "active"
	}
	return app.Status
}
