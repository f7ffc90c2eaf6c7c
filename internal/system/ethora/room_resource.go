package ethora

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/identityschema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringdefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/chattenant/terraform-provider-chat/internal/api/ethora"
	"github.com/chattenant/terraform-provider-chat/internal/api/rest"
	"github.com/chattenant/terraform-provider-chat/internal/system"
)

var (
	_ resource.ResourceWithConfigure   = (*roomResource)(nil)
	_ resource.ResourceWithIdentity    = (*roomResource)(nil)
	_ resource.ResourceWithImportState = (*roomResource)(nil)
	_ resource.ResourceWithModifyPlan  = (*roomResource)(nil)
)

type roomResource struct {
	system.Resource[*tenant]
}

type roomModel struct {
	ID          types.String   `tfsdk:"id"`
	AppID       types.String   `tfsdk:"app_id"`
	RoomID      types.String   `tfsdk:"room_id"`
	Title       types.String   `tfsdk:"title"`
	Description types.String   `tfsdk:"description"`
	Type        types.String   `tfsdk:"type"`
	PictureURL  types.String   `tfsdk:"picture_url"`
	Name        types.String   `tfsdk:"name"`
	JID         types.String   `tfsdk:"jid"`
	Timeouts    timeouts.Value `tfsdk:"timeouts"`
}

// roomAttributePaths maps Ethora's field names to attributes, for error marks.
var roomAttributePaths = map[string]path.Path{
	"uuid":        path.Root("room_id"),
	"title":       path.Root("title"),
	"description": path.Root("description"),
	"type":        path.Root("type"),
	"picture":     path.Root("picture_url"),
}

func newRoomResource() resource.Resource {
	return &roomResource{system.Resource[*tenant]{Base: base}}
}

func (r *roomResource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_ethora_room"
}

func (r *roomResource) Schema(ctx context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "A chat room of an Ethora app. Destroying it deletes the room and its messages. " +
			"Who may enter is managed with `chat_ethora_room_access` or `chat_ethora_room_members`.",
		Attributes: map[string]schema.Attribute{
			"id":     system.IDAttribute("<app_id>/<room_id>"),
			"app_id": appIDAttribute("room"),
			"room_id": schema.StringAttribute{
				MarkdownDescription: "The room's own id, chosen by you: 1 to 255 characters, no spaces and none of `\" & ' / : < > @`, without the app's prefix. " +
					"Unique in the app. Changing it replaces the room.",
				Required:      true,
				Validators:    []validator.String{plainID{minimum: 1}},
				PlanModifiers: []planmodifier.String{stringplanmodifier.RequiresReplace()},
			},
			"title": schema.StringAttribute{
				MarkdownDescription: "Name people see. Changed in place.",
				Required:            true,
				Validators:          []validator.String{stringvalidator.LengthAtLeast(1), system.Trimmed{}},
			},
			"description": schema.StringAttribute{
				MarkdownDescription: "Text below the title. Changed in place; set it to `\"\"` to clear it. Default: what the server has, at first nothing.",
				Optional:            true,
				Computed:            true,
				PlanModifiers:       []planmodifier.String{stringplanmodifier.UseStateForUnknown()},
			},
			"type": schema.StringAttribute{
				MarkdownDescription: "`group`: members only. `public`: every user of the app may enter. Changing it replaces the room. Default: `group`.",
				Optional:            true,
				Computed:            true,
				Default:             stringdefault.StaticString("group"),
				Validators:          []validator.String{stringvalidator.OneOf("group", "public")},
				PlanModifiers:       []planmodifier.String{stringplanmodifier.RequiresReplace()},
			},
			"picture_url": schema.StringAttribute{
				MarkdownDescription: "Address of the room's picture. Ethora takes it at creation only, so changing it replaces the room. Default: the server's.",
				Optional:            true,
				Computed:            true,
				Validators:          []validator.String{stringvalidator.LengthAtLeast(1)},
				PlanModifiers:       []planmodifier.String{stringplanmodifier.UseStateForUnknown(), stringplanmodifier.RequiresReplace()},
			},
			"name": schema.StringAttribute{
				MarkdownDescription: "The room's name in XMPP: `<app_id>_<room_id>`.",
				Computed:            true,
				PlanModifiers:       []planmodifier.String{stringplanmodifier.UseStateForUnknown()},
			},
			"jid": schema.StringAttribute{
				MarkdownDescription: "The room's address in XMPP: `<name>@conference.<xmpp_host>`.",
				Computed:            true,
				PlanModifiers:       []planmodifier.String{stringplanmodifier.UseStateForUnknown()},
			},
			"timeouts": system.TimeoutsAttribute(ctx, timeouts.Opts{Create: true, Update: true, Delete: true}),
		},
	}
}

func (r *roomResource) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	resp.IdentitySchema = identityschema.Schema{Attributes: map[string]identityschema.Attribute{
		"app_id":  identityschema.StringAttribute{RequiredForImport: true, Description: "Id of the room's app."},
		"room_id": identityschema.StringAttribute{RequiredForImport: true, Description: "Plain id of the room."},
	}}
}

func (r *roomResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	client, _ := r.Known(&resp.Diagnostics)
	planAppID(ctx, client, req, resp)
}

func (r *roomResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var plan roomModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	client, ok := r.Client(&resp.Diagnostics)
	if !ok || resp.Diagnostics.HasError() {
		return
	}
	ctx, cancel := system.Within(ctx, plan.Timeouts.Create, &resp.Diagnostics)
	defer cancel()

	appID, roomID := plan.AppID.ValueString(), plan.RoomID.ValueString()
	object := describeRoom(appID, roomID)
	host, err := client.XMPPHost(ctx) // asked first: nothing is created yet if this fails
	if err != nil {
		fail(&resp.Diagnostics, err, "create", object, nil)
		return
	}
	chat, err := client.CreateChat(ctx, appID, expandNewRoom(plan))
	switch {
	case rest.IsKind(err, rest.Conflict):
		conflict(&resp.Diagnostics, err, object, system.JoinID(appID, roomID), roomAttributePaths)
		return
	case err != nil:
		fail(&resp.Diagnostics, err, "create", object, roomAttributePaths)
		return
	}
	state := plan
	flattenRoom(appID, host, chat, &state)
	keepPlannedRoom(plan, &state, &resp.Diagnostics)
	resp.Diagnostics.Append(saveRoom(ctx, state, &resp.State, resp.Identity)...)
}

func (r *roomResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var state roomModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	resp.Diagnostics.Append(system.SaveIdentity(ctx, resp.Identity, state.identity())...)
	if r.Unknown() {
		return
	}
	client, ok := r.Client(&resp.Diagnostics)
	if !ok || resp.Diagnostics.HasError() {
		return
	}

	appID, roomID := state.AppID.ValueString(), state.RoomID.ValueString()
	object := describeRoom(appID, roomID)
	chat, err := client.GetChat(ctx, appID, roomID)
	if rest.IsKind(err, rest.NotFound) {
		system.WarnGone(&resp.Diagnostics, object, goneReason(err))
		resp.State.RemoveResource(ctx)
		return
	}
	var host string
	if err == nil {
		host, err = client.XMPPHost(ctx)
	}
	if err != nil {
		fail(&resp.Diagnostics, err, "read", object, nil)
		return
	}
	prior := state
	flattenRoom(appID, host, chat, &state)
	resp.Diagnostics.Append(system.SaveChanged(ctx, prior, state, &resp.State)...)
}

func (r *roomResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var plan, prior roomModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.State.Get(ctx, &prior)...)
	client, ok := r.Client(&resp.Diagnostics)
	if !ok || resp.Diagnostics.HasError() {
		return
	}
	ctx, cancel := system.Within(ctx, plan.Timeouts.Update, &resp.Diagnostics)
	defer cancel()

	appID, roomID := prior.AppID.ValueString(), prior.RoomID.ValueString()
	if fields := expandRoomUpdate(plan, prior); fields != (ethora.ChatFields{}) {
		if err := client.UpdateChat(ctx, appID, roomID, fields); err != nil {
			fail(&resp.Diagnostics, err, "update", describeRoom(appID, roomID), roomAttributePaths)
			return
		}
	}
	resp.Diagnostics.Append(saveRoom(ctx, plan, &resp.State, resp.Identity)...)
}

func (r *roomResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var state roomModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	client, ok := r.Client(&resp.Diagnostics)
	if !ok || resp.Diagnostics.HasError() {
		return
	}
	ctx, cancel := system.Within(ctx, state.Timeouts.Delete, &resp.Diagnostics)
	defer cancel()

	appID, roomID := state.AppID.ValueString(), state.RoomID.ValueString()
	if err := client.DeleteChat(ctx, appID, roomID); err != nil {
		fail(&resp.Diagnostics, err, "delete", describeRoom(appID, roomID), nil)
	}
}

func (r *roomResource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	importParts(ctx, req, resp, "app_id", "room_id")
}

func expandNewRoom(plan roomModel) ethora.NewChat {
	return ethora.NewChat{
		RoomID:      plan.RoomID.ValueString(),
		Title:       plan.Title.ValueString(),
		Type:        plan.Type.ValueString(),
		Description: plan.Description.ValueString(),
		Picture:     plan.PictureURL.ValueString(),
	}
}

// expandRoomUpdate lists what differs between the plan and what is there.
func expandRoomUpdate(plan, prior roomModel) ethora.ChatFields {
	var fields ethora.ChatFields
	if changed(plan.Title, prior.Title) {
		fields.Title = plan.Title.ValueStringPointer()
	}
	if changed(plan.Description, prior.Description) {
		fields.Description = plan.Description.ValueStringPointer()
	}
	return fields
}

// flattenRoom writes what the server says into the model.
func flattenRoom(appID, xmppHost string, chat ethora.Chat, model *roomModel) {
	model.ID = types.StringValue(system.JoinID(appID, chat.RoomID))
	model.AppID = types.StringValue(appID)
	model.RoomID = types.StringValue(chat.RoomID)
	model.Title = types.StringValue(chat.Title)
	model.Description = types.StringValue(chat.Description)
	keepUntold(chat.Type, "group", &model.Type)
	keepUntold(chat.Picture, "", &model.PictureURL)
	model.Name = types.StringValue(ethora.RoomName(appID, chat.RoomID))
	model.JID = types.StringValue(ethora.RoomJID(appID, chat.RoomID, xmppHost))
}

// keepUntold writes what the server told. A list promises no more than a room's
// name (ethora-api.md §8.3), and silence must not replace the object.
func keepUntold(told, otherwise string, value *types.String) {
	switch {
	case told != "":
		*value = types.StringValue(told)
	case value.IsNull() || value.IsUnknown():
		*value = types.StringValue(otherwise)
	}
}

// keepPlannedRoom puts back each planned value that the server answered
// differently, with a warning.
func keepPlannedRoom(plan roomModel, state *roomModel, diagnostics *diag.Diagnostics) {
	system.KeepPlanned(title, plan.RoomID, &state.RoomID, "room_id", diagnostics)
	system.KeepPlanned(title, plan.Title, &state.Title, "title", diagnostics)
	system.KeepPlanned(title, plan.Description, &state.Description, "description", diagnostics)
	system.KeepPlanned(title, plan.Type, &state.Type, "type", diagnostics)
	system.KeepPlanned(title, plan.PictureURL, &state.PictureURL, "picture_url", diagnostics)
}

// identity is what tells the object from all others, by attribute.
func (m roomModel) identity() map[string]types.String {
	return map[string]types.String{"app_id": m.AppID, "room_id": m.RoomID}
}

// saveRoom writes state and identity.
func saveRoom(ctx context.Context, model roomModel, state *tfsdk.State, identity *tfsdk.ResourceIdentity) diag.Diagnostics {
	problems := state.Set(ctx, model)
	problems.Append(system.SaveIdentity(ctx, identity, model.identity())...)
	return problems
}
