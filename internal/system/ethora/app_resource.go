package ethora

import (
	"context"
	"errors"
	"fmt"
	"regexp"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework-validators/setvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/identityschema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/boolplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/objectplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/setplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/chattenant/terraform-provider-chat/internal/api/ethora"
	"github.com/chattenant/terraform-provider-chat/internal/api/rest"
	"github.com/chattenant/terraform-provider-chat/internal/system"
)

var (
	_ resource.ResourceWithConfigure   = (*appResource)(nil)
	_ resource.ResourceWithIdentity    = (*appResource)(nil)
	_ resource.ResourceWithImportState = (*appResource)(nil)
	_ resource.ResourceWithModifyPlan  = (*appResource)(nil)
)

type appResource struct {
	system.Resource[*tenant]
}

func newAppResource() resource.Resource {
	return &appResource{system.Resource[*tenant]{Base: base}}
}

func (r *appResource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_ethora_app"
}

func (r *appResource) Schema(ctx context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "An Ethora app: one chat tenant with its own users, rooms and branding. " +
			"The app is created below the app the provider signs in as.\n\n" +
			"An attribute that is left out is left alone on the server. To clear a text, set it to `\"\"`.",
		Attributes: appAttributes(ctx),
	}
}

func appAttributes(ctx context.Context) map[string]schema.Attribute {
	attributes := map[string]schema.Attribute{
		"id": schema.StringAttribute{
			MarkdownDescription: "Id of the app: 24 hexadecimal digits, chosen by the server.",
			Computed:            true,
			PlanModifiers:       []planmodifier.String{stringplanmodifier.UseStateForUnknown()},
		},
		"display_name": schema.StringAttribute{
			MarkdownDescription: "Name people see. It need not be unique. Changed in place.",
			Required:            true,
			Validators:          []validator.String{stringvalidator.LengthAtLeast(1)},
		},
		"primary_color": schema.StringAttribute{
			MarkdownDescription: "Main colour, as `#RRGGBB`. Letter case does not matter. Changed in place. Default: the server's.",
			CustomType:          system.CaseInsensitiveType{},
			Optional:            true,
			Computed:            true,
			Validators: []validator.String{
				stringvalidator.RegexMatches(regexp.MustCompile(`^#[0-9a-fA-F]{6}$`), "must be a colour as #RRGGBB, such as #1F6FEB"),
			},
			PlanModifiers: []planmodifier.String{stringplanmodifier.UseStateForUnknown()},
		},
		"sign_on_options": schema.SetAttribute{
			MarkdownDescription: "Ways to sign in: any of `email`, `google`, `apple`, `facebook`, `metamask`. Changed in place. Default: the server's.",
			ElementType:         types.StringType,
			Optional:            true,
			Computed:            true,
			Validators: []validator.Set{setvalidator.NoNullValues(), setvalidator.ValueStringsAre(
				stringvalidator.OneOf("email", "google", "apple", "facebook", "metamask"))},
			PlanModifiers: []planmodifier.Set{setplanmodifier.UseStateForUnknown()},
		},
		"available_menu_items": menuItemsAttribute(),
		"default_rooms":        defaultRoomsAttribute(),
		"broadcast_sender":     broadcastSenderAttribute(),
		"bot":                  botAttribute(),
		"create_default_chat": schema.BoolAttribute{
			MarkdownDescription: "Whether the server creates a first room, \"Main chat\", together with the app. " +
				"Used at creation only; changing it from one value to another replaces the app. Default: no room.",
			Optional: true,
			PlanModifiers: []planmodifier.Bool{boolplanmodifier.RequiresReplaceIf(replaceWhenBothSet,
				"Replaces the app when changed from one value to another.", "Replaces the app when changed from one value to another.")},
		},
		"hard_delete": schema.BoolAttribute{
			MarkdownDescription: "What destroying does. `false`: the app is archived; Ethora keeps its data and can restore it, and its `domain_name` stays taken. " +
				"`true`: the app and everything in it is purged for good, and the destroy waits until the purge is done. " +
				"It must be applied before the destroy that it is meant for. Default: `false`.",
			Optional: true,
		},
		"parent_app_id": schema.StringAttribute{
			MarkdownDescription: "Id of the app this app was created below.",
			Computed:            true,
			PlanModifiers:       []planmodifier.String{stringplanmodifier.UseStateForUnknown()},
		},
		"app_token": schema.StringAttribute{
			MarkdownDescription: "Token with which a front end signs users up and in. Stored in the state because the server may not tell it again.",
			Computed:            true,
			Sensitive:           true,
			PlanModifiers:       []planmodifier.String{stringplanmodifier.UseStateForUnknown()},
		},
		"app_secret": schema.StringAttribute{
			MarkdownDescription: "Secret that signs the app's own server and client tokens. Stored in the state because the server may not tell it again; " +
				"empty when the server never told it.",
			Computed:      true,
			Sensitive:     true,
			PlanModifiers: []planmodifier.String{stringplanmodifier.UseStateForUnknown()},
		},
		"timeouts": system.TimeoutsAttribute(ctx, timeouts.Opts{Create: true, Update: true, Delete: true}),
	}
	for _, a := range appTexts {
		if a.attribute == "display_name" {
			continue
		}
		attributes[a.attribute] = schema.StringAttribute{
			MarkdownDescription: a.description + " Changed in place. Default: the server's.",
			Optional:            true,
			Computed:            true,
			Validators:          a.validators,
			PlanModifiers:       []planmodifier.String{stringplanmodifier.UseStateForUnknown()},
		}
	}
	for _, a := range appSwitches {
		attributes[a.attribute] = schema.BoolAttribute{
			MarkdownDescription: a.description + " Changed in place. Default: the server's.",
			Optional:            true,
			Computed:            true,
			PlanModifiers:       []planmodifier.Bool{boolplanmodifier.UseStateForUnknown()},
		}
	}
	return attributes
}

func menuItemsAttribute() schema.SingleNestedAttribute {
	item := func(what string) schema.BoolAttribute {
		return schema.BoolAttribute{MarkdownDescription: "Whether the menu shows " + what + ".", Required: true}
	}
	return schema.SingleNestedAttribute{
		MarkdownDescription: "Which entries the app's menu shows. Changed in place. Default: the server's.",
		Optional:            true,
		Computed:            true,
		PlanModifiers:       []planmodifier.Object{objectplanmodifier.UseStateForUnknown()},
		Attributes: map[string]schema.Attribute{
			"chats":    item("the chats"),
			"profile":  item("the profile"),
			"settings": item("the settings"),
		},
	}
}

func defaultRoomsAttribute() schema.SetNestedAttribute {
	return schema.SetNestedAttribute{
		MarkdownDescription: "All default rooms of the app. New users enter the pinned ones by themselves; users who exist already do not. " +
			"The rooms must exist, so this can't be set in the apply that creates the app. Changed in place. Default: the server's.",
		Optional:      true,
		Computed:      true,
		PlanModifiers: []planmodifier.Set{setplanmodifier.UseStateForUnknown()},
		NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
			"room_id": schema.StringAttribute{
				MarkdownDescription: "Plain id of the room.",
				Required:            true,
				Validators:          []validator.String{plainID{minimum: 1}},
			},
			"pinned": schema.BoolAttribute{
				MarkdownDescription: "Whether new users enter the room by themselves.",
				Required:            true,
			},
		}},
	}
}

func broadcastSenderAttribute() schema.SingleNestedAttribute {
	return schema.SingleNestedAttribute{
		MarkdownDescription: "Who broadcast messages seem to come from. Changed in place. Default: the server's.",
		Optional:            true,
		Computed:            true,
		PlanModifiers:       []planmodifier.Object{objectplanmodifier.UseStateForUnknown()},
		Attributes: map[string]schema.Attribute{
			"name": schema.StringAttribute{
				MarkdownDescription: "Name of the sender.",
				Optional:            true,
				Validators:          []validator.String{stringvalidator.LengthAtLeast(1)},
			},
			"photo_url": schema.StringAttribute{
				MarkdownDescription: "Address of the sender's picture.",
				Optional:            true,
				Validators:          []validator.String{stringvalidator.LengthAtLeast(1)},
			},
		},
	}
}

func botAttribute() schema.SingleNestedAttribute {
	text := func(description string, validators ...validator.String) schema.StringAttribute {
		return schema.StringAttribute{
			MarkdownDescription: description, Optional: true, Computed: true, Validators: validators,
			PlanModifiers: []planmodifier.String{stringplanmodifier.UseNonNullStateForUnknown()},
		}
	}
	return schema.SingleNestedAttribute{
		MarkdownDescription: "The app's own (legacy) bot. Apps made through the API since Ethora 26.07 have none, and Ethora then refuses these settings. " +
			"Each part that is left out is left alone. Changed in place. Default: the server's.",
		Optional:      true,
		Computed:      true,
		PlanModifiers: []planmodifier.Object{objectplanmodifier.UseStateForUnknown()},
		Attributes: map[string]schema.Attribute{
			"status":           text("`on` or `off`.", stringvalidator.OneOf("on", "off")),
			"trigger":          text("What the bot answers: `any_message`, or `/bot` for messages that begin so.", stringvalidator.OneOf("any_message", "/bot")),
			"prompt":           text("Instructions for the bot."),
			"greeting_message": text("First message to a new member of the room."),
			"chat_id":          text("Server-side id of the room the bot lives in (24 hexadecimal digits)."),
			"first_name":       text("First name of the bot's user."),
			"last_name":        text("Last name of the bot's user."),
			"is_rag": schema.BoolAttribute{
				MarkdownDescription: "Whether the bot looks answers up in the app's sources.", Optional: true, Computed: true,
				PlanModifiers: []planmodifier.Bool{boolplanmodifier.UseNonNullStateForUnknown()},
			},
		},
	}
}

func (r *appResource) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	resp.IdentitySchema = identityschema.Schema{Attributes: map[string]identityschema.Attribute{
		"id": identityschema.StringAttribute{RequiredForImport: true, Description: "Id of the app."},
	}}
}

// ModifyPlan refuses what could not be applied, or only at the tenant's cost.
func (r *appResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	r.Known(&resp.Diagnostics)
	if req.Plan.Raw.IsNull() || resp.Diagnostics.HasError() {
		return
	}
	var config appModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if req.State.Raw.IsNull() {
		if len(config.DefaultRooms.Elements()) > 0 {
			resp.Diagnostics.AddAttributeError(path.Root("default_rooms"), "The default rooms of a new app can't be set yet",
				"The rooms must exist, and they can't before the app does. Leave default_rooms out of this apply and add it in the next one.")
		}
		return
	}
	var state appModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	replaced := !config.CreateDefaultChat.IsNull() && !config.CreateDefaultChat.IsUnknown() &&
		!state.CreateDefaultChat.IsNull() && !config.CreateDefaultChat.Equal(state.CreateDefaultChat)
	if replaced && !state.HardDelete.ValueBool() && state.DomainName.ValueString() != "" && config.DomainName.Equal(state.DomainName) {
		resp.Diagnostics.AddAttributeError(path.Root("create_default_chat"),
			fmt.Sprintf("%s can't be replaced", describeApp(state.ID.ValueString())),
			"Changing create_default_chat replaces the app. But destroying it archives it, and an archived app keeps its domain_name, "+
				"so the new one could not be created. Set the value back; or set hard_delete = true and apply, then make this change; or choose another domain_name.")
	}
}

func (r *appResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var plan appModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	client, ok := r.Client(&resp.Diagnostics)
	if !ok || resp.Diagnostics.HasError() {
		return
	}
	ctx, cancel := system.Within(ctx, plan.Timeouts.Create, &resp.Diagnostics)
	defer cancel()

	object := fmt.Sprintf("Ethora app %q", plan.DisplayName.ValueString())
	atCreation, afterwards := splitAppFields(expandApp(ctx, "", plan, nil, &resp.Diagnostics))
	app, err := client.CreateApp(ctx, atCreation, plan.CreateDefaultChat.ValueBoolPointer())
	if rest.IsKind(err, rest.Conflict) && refusedField(err, "domainName") {
		domainTaken(&resp.Diagnostics, err, "create", object)
		return
	}
	if rest.IsKind(err, rest.Conflict) {
		conflict(&resp.Diagnostics, err, object, "<app_id>", appAttributePaths())
		return
	}
	var lost *ethora.LostError
	if errors.As(err, &lost) || rest.IsUncertain(err) && !rest.IsKind(err, rest.Malformed) {
		system.AddError(&resp.Diagnostics, err, system.Failure{Action: "create", Object: object,
			Next: "Look on the server before you apply again, or there may be two apps of this name. " +
				"If the app is there, import it: terraform import <address of this resource> '<app_id>'."})
		return
	}
	if err != nil {
		fail(&resp.Diagnostics, err, "create", object, appAttributePaths())
		return
	}

	// The app exists from here on: its id goes into the state before anything else can fail.
	state := plan
	flattenApp(ctx, app, &state, &resp.Diagnostics)
	resp.Diagnostics.Append(saveApp(ctx, state, &resp.State, resp.Identity)...)

	ctx, cancelFinish := system.Outliving(ctx)
	defer cancelFinish()
	if app, err = finishApp(ctx, client, app, afterwards); err != nil {
		fail(&resp.Diagnostics, err, "finish creating", object, appAttributePaths())
		// Its replacement needs the domain name, which an archived app would keep.
		state.HardDelete = types.BoolValue(true)
		resp.Diagnostics.Append(saveApp(ctx, state, &resp.State, resp.Identity)...)
		resp.Diagnostics.AddWarning(fmt.Sprintf("%s exists and is tainted", object),
			fmt.Sprintf("Ethora created it as app %s, and only some of its settings are missing. To complete it in place, run terraform untaint on this resource "+
				"and apply again. Otherwise the next apply purges it, for nobody has used it yet, and creates another one.", state.ID.ValueString()))
		return
	}
	flattenApp(ctx, app, &state, &resp.Diagnostics)
	keepPlannedApp(plan, &state, &resp.Diagnostics)
	resp.Diagnostics.Append(saveApp(ctx, state, &resp.State, resp.Identity)...)
	if state.AppSecret.ValueString() == "" {
		resp.Diagnostics.AddAttributeWarning(path.Root("app_secret"), "Ethora did not tell the app's secret",
			fmt.Sprintf("%s is complete, but app_secret is empty: the server keeps it to itself, or the answer that carried it was lost. "+
				"If you need it to sign tokens for this app, take it from Ethora's admin panel.", object))
	}
}

// finishApp sends what can't be sent at creation, or else reads the app again
// for what the create's answer left out. The app exists and is complete without
// that read, so its failure is none of the creation's.
func finishApp(ctx context.Context, client *tenant, app ethora.App, afterwards ethora.AppFields) (ethora.App, error) {
	created := app
	var err error
	switch {
	case afterwards != ethora.AppFields{}:
		if afterwards.DefaultRooms != nil {
			qualifyDefaultRooms(app.ID, *afterwards.DefaultRooms)
		}
		app, err = updateNewApp(ctx, client, app.ID, afterwards)
	default:
		if read, readErr := client.GetApp(ctx, app.ID); readErr == nil {
			app = read
		}
	}
	// Only the create's answer is sure to tell these.
	if app.AppToken == "" {
		app.AppToken = created.AppToken
	}
	if app.AppSecret == "" {
		app.AppSecret = created.AppSecret
	}
	return app, err
}

func (r *appResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var state appModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	resp.Diagnostics.Append(system.SaveIdentity(ctx, resp.Identity, state.identity())...)
	if r.Unknown() {
		return
	}
	client, ok := r.Client(&resp.Diagnostics)
	if !ok || resp.Diagnostics.HasError() {
		return
	}

	object := describeApp(state.ID.ValueString())
	app, err := client.GetApp(ctx, state.ID.ValueString())
	switch {
	case rest.IsKind(err, rest.NotFound):
		system.WarnGone(&resp.Diagnostics, object, "Ethora does not know this app any more")
		resp.State.RemoveResource(ctx)
		return
	case err != nil:
		fail(&resp.Diagnostics, err, "read", object, nil)
		return
	case app.Gone():
		system.WarnGone(&resp.Diagnostics, object, fmt.Sprintf("Ethora says the app is %s", app.Status))
		resp.State.RemoveResource(ctx)
		return
	}
	flattenApp(ctx, app, &state, &resp.Diagnostics)
	resp.Diagnostics.Append(saveApp(ctx, state, &resp.State, resp.Identity)...)
}

func (r *appResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var plan, prior appModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.State.Get(ctx, &prior)...)
	client, ok := r.Client(&resp.Diagnostics)
	if !ok || resp.Diagnostics.HasError() {
		return
	}
	ctx, cancel := system.Within(ctx, plan.Timeouts.Update, &resp.Diagnostics)
	defer cancel()

	id := prior.ID.ValueString()
	state := plan
	if changed := expandApp(ctx, id, plan, &prior, &resp.Diagnostics); changed != (ethora.AppFields{}) {
		app, err := client.UpdateApp(ctx, id, changed)
		if rest.IsKind(err, rest.Conflict) && refusedField(err, "domainName") {
			domainTaken(&resp.Diagnostics, err, "update", describeApp(id))
			return
		}
		if err != nil {
			fail(&resp.Diagnostics, err, "update", describeApp(id), appAttributePaths())
			return
		}
		flattenApp(ctx, app, &state, &resp.Diagnostics)
		keepPlannedApp(plan, &state, &resp.Diagnostics)
	}
	resp.Diagnostics.Append(saveApp(ctx, state, &resp.State, resp.Identity)...)
}

func (r *appResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var state appModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	client, ok := r.Client(&resp.Diagnostics)
	if !ok || resp.Diagnostics.HasError() {
		return
	}
	ctx, cancel := system.Within(ctx, state.Timeouts.Delete, &resp.Diagnostics)
	defer cancel()

	id := state.ID.ValueString()
	if id == client.AppID() {
		resp.Diagnostics.AddAttributeError(path.Root("id"), "Can't delete "+describeApp(id),
			"The provider signs in as this app, so deleting it would lock the provider out. "+
				"To stop managing it, take it out of the state: terraform state rm, or a removed block with destroy = false.")
		return
	}
	if err := client.DeleteApp(ctx, id, ethora.DeleteOptions{Hard: state.HardDelete.ValueBool()}); err != nil {
		fail(&resp.Diagnostics, err, "delete", describeApp(id), nil)
	}
}

func (r *appResource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	id := req.ID
	if id == "" && req.Identity != nil {
		resp.Diagnostics.Append(req.Identity.GetAttribute(ctx, path.Root("id"), &id)...)
	}
	if !appIDPattern.MatchString(id) {
		resp.Diagnostics.AddError("Malformed import id",
			fmt.Sprintf("%q is not an Ethora app id: it must have 24 characters, each 0-9 or a-f.", id))
		return
	}
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("id"), id)...)
}
