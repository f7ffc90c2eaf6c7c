package ethora

import (
	"context"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"

	"github.com/chattenant/terraform-provider-chat/internal/api/ethora"
	"github.com/chattenant/terraform-provider-chat/internal/system"
)

type appModel struct {
	ID                       types.String           `tfsdk:"id"`
	DisplayName              types.String           `tfsdk:"display_name"`
	DomainName               types.String           `tfsdk:"domain_name"`
	Tagline                  types.String           `tfsdk:"tagline"`
	LogoImageURL             types.String           `tfsdk:"logo_image_url"`
	SublogoImageURL          types.String           `tfsdk:"sublogo_image_url"`
	PrimaryColor             system.CaseInsensitive `tfsdk:"primary_color"`
	SecondaryColor           types.String           `tfsdk:"secondary_color"`
	CoinSymbol               types.String           `tfsdk:"coin_symbol"`
	CoinName                 types.String           `tfsdk:"coin_name"`
	BundleID                 types.String           `tfsdk:"bundle_id"`
	AfterLoginPage           types.String           `tfsdk:"after_login_page"`
	FirebaseWebConfig        types.String           `tfsdk:"firebase_web_config"`
	GoogleServicesJSON       types.String           `tfsdk:"google_services_json"`
	GoogleServiceInfoPlist   types.String           `tfsdk:"google_service_info_plist"`
	DefaultBotInstanceID     types.String           `tfsdk:"default_bot_instance_id"`
	DefaultAccessProfileOpen types.Bool             `tfsdk:"default_access_profile_open"`
	DefaultAccessAssetsOpen  types.Bool             `tfsdk:"default_access_assets_open"`
	UsersCanFree             types.Bool             `tfsdk:"users_can_free"`
	AllowUsersToCreateRooms  types.Bool             `tfsdk:"allow_users_to_create_rooms"`
	SignOnOptions            types.Set              `tfsdk:"sign_on_options"`
	AvailableMenuItems       types.Object           `tfsdk:"available_menu_items"`
	DefaultRooms             types.Set              `tfsdk:"default_rooms"`
	BroadcastSender          types.Object           `tfsdk:"broadcast_sender"`
	Bot                      types.Object           `tfsdk:"bot"`
	CreateDefaultChat        types.Bool             `tfsdk:"create_default_chat"`
	HardDelete               types.Bool             `tfsdk:"hard_delete"`
	ParentAppID              types.String           `tfsdk:"parent_app_id"`
	AppToken                 types.String           `tfsdk:"app_token"`
	AppSecret                types.String           `tfsdk:"app_secret"`
	Timeouts                 timeouts.Value         `tfsdk:"timeouts"`
}

type menuItemsModel struct {
	Chats    types.Bool `tfsdk:"chats"`
	Profile  types.Bool `tfsdk:"profile"`
	Settings types.Bool `tfsdk:"settings"`
}

type defaultRoomModel struct {
	RoomID types.String `tfsdk:"room_id"`
	Pinned types.Bool   `tfsdk:"pinned"`
}

type broadcastSenderModel struct {
	Name     types.String `tfsdk:"name"`
	PhotoURL types.String `tfsdk:"photo_url"`
}

type botModel struct {
	Status          types.String `tfsdk:"status"`
	Trigger         types.String `tfsdk:"trigger"`
	Prompt          types.String `tfsdk:"prompt"`
	GreetingMessage types.String `tfsdk:"greeting_message"`
	ChatID          types.String `tfsdk:"chat_id"`
	FirstName       types.String `tfsdk:"first_name"`
	LastName        types.String `tfsdk:"last_name"`
	IsRAG           types.Bool   `tfsdk:"is_rag"`
}

var (
	menuItemsType = map[string]attr.Type{
		"chats": types.BoolType, "profile": types.BoolType, "settings": types.BoolType,
	}
	defaultRoomType = types.ObjectType{AttrTypes: map[string]attr.Type{
		"room_id": types.StringType, "pinned": types.BoolType,
	}}
	broadcastSenderType = map[string]attr.Type{"name": types.StringType, "photo_url": types.StringType}
	botType             = map[string]attr.Type{
		"status": types.StringType, "trigger": types.StringType, "prompt": types.StringType,
		"greeting_message": types.StringType, "chat_id": types.StringType,
		"first_name": types.StringType, "last_name": types.StringType, "is_rag": types.BoolType,
	}
)

// appText is one text of an app: its attribute, Ethora's name for it, and
// where both sides keep it.
type appText struct {
	attribute, field string
	model            func(*appModel) *types.String
	api              func(*ethora.AppFields) **string
	description      string
	validators       []validator.String

	// untold is true where reads are not known to carry the field: silence
	// then says nothing, otherwise it means an empty text.
	untold bool
}

// appTexts is the one table of an app's texts: schema, requests, state and
// error marks are all made from it.
var appTexts = []appText{
	{attribute: "display_name", field: "displayName",
		model: func(m *appModel) *types.String { return &m.DisplayName },
		api:   func(f *ethora.AppFields) **string { return &f.DisplayName }},
	{attribute: "domain_name", field: "domainName",
		model: func(m *appModel) *types.String { return &m.DomainName },
		api:   func(f *ethora.AppFields) **string { return &f.DomainName },
		description: "First label of the app's web address: `<domain_name>.chat.ethora.com` on Ethora's cloud. " +
			"Lower-case letters and digits; most servers refuse hyphens. Unique on the whole platform, archived apps included.",
		validators: []validator.String{domainName{}}},
	{attribute: "tagline", field: "appTagline",
		model:       func(m *appModel) *types.String { return &m.Tagline },
		api:         func(f *ethora.AppFields) **string { return &f.AppTagline },
		description: "Short text below the name."},
	{attribute: "logo_image_url", field: "logoImage",
		model:       func(m *appModel) *types.String { return &m.LogoImageURL },
		api:         func(f *ethora.AppFields) **string { return &f.LogoImage },
		description: "Address of the logo."},
	{attribute: "sublogo_image_url", field: "sublogoImage",
		model:       func(m *appModel) *types.String { return &m.SublogoImageURL },
		api:         func(f *ethora.AppFields) **string { return &f.SublogoImage },
		description: "Address of the smaller second logo."},
	{attribute: "secondary_color", field: "secondaryColor",
		model:       func(m *appModel) *types.String { return &m.SecondaryColor },
		api:         func(f *ethora.AppFields) **string { return &f.SecondaryColor },
		description: "Second colour."},
	{attribute: "coin_symbol", field: "coinSymbol",
		model:       func(m *appModel) *types.String { return &m.CoinSymbol },
		api:         func(f *ethora.AppFields) **string { return &f.CoinSymbol },
		description: "Symbol of the app's coin."},
	{attribute: "coin_name", field: "coinName",
		model:       func(m *appModel) *types.String { return &m.CoinName },
		api:         func(f *ethora.AppFields) **string { return &f.CoinName },
		description: "Name of the app's coin."},
	{attribute: "bundle_id", field: "bundleId",
		model:       func(m *appModel) *types.String { return &m.BundleID },
		api:         func(f *ethora.AppFields) **string { return &f.BundleID },
		description: "Bundle id of the mobile app, such as `com.example.chat`."},
	{attribute: "after_login_page", field: "afterLoginPage",
		model:       func(m *appModel) *types.String { return &m.AfterLoginPage },
		api:         func(f *ethora.AppFields) **string { return &f.AfterLoginPage },
		description: "Page that is shown first after signing in."},
	{attribute: "firebase_web_config", field: "firebaseWebConfigString", untold: true,
		model:       func(m *appModel) *types.String { return &m.FirebaseWebConfig },
		api:         func(f *ethora.AppFields) **string { return &f.FirebaseWebConfigString },
		description: "Firebase configuration of the web app, as the text that the Firebase console shows."},
	{attribute: "google_services_json", field: "googleServicesJson", untold: true,
		model:       func(m *appModel) *types.String { return &m.GoogleServicesJSON },
		api:         func(f *ethora.AppFields) **string { return &f.GoogleServicesJSON },
		description: "Text of the Android app's `google-services.json`."},
	{attribute: "google_service_info_plist", field: "googleServiceInfoPlist", untold: true,
		model:       func(m *appModel) *types.String { return &m.GoogleServiceInfoPlist },
		api:         func(f *ethora.AppFields) **string { return &f.GoogleServiceInfoPlist },
		description: "Text of the iOS app's `GoogleService-Info.plist`."},
	{attribute: "default_bot_instance_id", field: "defaultBotInstanceId",
		model:       func(m *appModel) *types.String { return &m.DefaultBotInstanceID },
		api:         func(f *ethora.AppFields) **string { return &f.DefaultBotInstanceID },
		description: "Id of the bot instance that answers the app's widget."},
}

// domainName accepts the first label of a web address. Ethora's servers refuse a
// hyphen, but its own texts disagree (ethora-api.md §4.1, conflict), and a tenant
// that has one must be manageable: a hyphen is warned of.
type domainName struct{}

var domainNamePattern = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$`)

func (domainName) Description(context.Context) string {
	return "1 to 63 lower-case letters and digits"
}

func (v domainName) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (v domainName) ValidateString(ctx context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	name := req.ConfigValue.ValueString()
	switch {
	case name == "": // null, unknown, or cleared
	case !domainNamePattern.MatchString(name):
		resp.Diagnostics.AddAttributeError(req.Path, "Not a domain name for an app",
			fmt.Sprintf("%q can't be a part of a web address here: it must have %s.", name, v.Description(ctx)))
	case strings.Contains(name, "-"):
		resp.Diagnostics.AddAttributeWarning(req.Path, "Ethora may refuse this domain name",
			fmt.Sprintf("%q has a hyphen, and most servers take %s only.", name, v.Description(ctx)))
	}
}

// appSwitch is one yes-or-no of an app, see appText.
type appSwitch struct {
	attribute, field string
	model            func(*appModel) *types.Bool
	api              func(*ethora.AppFields) **bool
	description      string
}

var appSwitches = []appSwitch{
	{attribute: "default_access_profile_open", field: "defaultAccessProfileOpen",
		model:       func(m *appModel) *types.Bool { return &m.DefaultAccessProfileOpen },
		api:         func(f *ethora.AppFields) **bool { return &f.DefaultAccessProfileOpen },
		description: "Whether the profiles of new users are open to others."},
	{attribute: "default_access_assets_open", field: "defaultAccessAssetsOpen",
		model:       func(m *appModel) *types.Bool { return &m.DefaultAccessAssetsOpen },
		api:         func(f *ethora.AppFields) **bool { return &f.DefaultAccessAssetsOpen },
		description: "Whether the assets of new users are open to others."},
	{attribute: "users_can_free", field: "usersCanFree",
		model:       func(m *appModel) *types.Bool { return &m.UsersCanFree },
		api:         func(f *ethora.AppFields) **bool { return &f.UsersCanFree },
		description: "Whether users may use the app free of charge."},
	{attribute: "allow_users_to_create_rooms", field: "allowUsersToCreateRooms",
		model:       func(m *appModel) *types.Bool { return &m.AllowUsersToCreateRooms },
		api:         func(f *ethora.AppFields) **bool { return &f.AllowUsersToCreateRooms },
		description: "Whether users may create rooms themselves."},
}

// appAttributePaths maps Ethora's field names to attributes, for error marks.
func appAttributePaths() map[string]path.Path {
	paths := map[string]path.Path{
		"primaryColor":       path.Root("primary_color"),
		"signonOptions":      path.Root("sign_on_options"),
		"availableMenuItems": path.Root("available_menu_items"),
		"defaultRooms":       path.Root("default_rooms"),
		"broadcastSender":    path.Root("broadcast_sender"),
		"createDefaultChat":  path.Root("create_default_chat"),
		"botStatus":          path.Root("bot").AtName("status"),
		"botTrigger":         path.Root("bot").AtName("trigger"),
		"botPrompt":          path.Root("bot").AtName("prompt"),
		"botGreetingMessage": path.Root("bot").AtName("greeting_message"),
		"botChatId":          path.Root("bot").AtName("chat_id"),
		"botFirstName":       path.Root("bot").AtName("first_name"),
		"botLastName":        path.Root("bot").AtName("last_name"),
		"botIsRAG":           path.Root("bot").AtName("is_rag"),
	}
	for _, text := range appTexts {
		paths[text.field] = path.Root(text.attribute)
	}
	for _, choice := range appSwitches {
		paths[choice.field] = path.Root(choice.attribute)
	}
	return paths
}

// changed is true when a planned value is known and differs from the prior one.
func changed(planned attr.Value, prior attr.Value) bool {
	return !planned.IsNull() && !planned.IsUnknown() && (prior == nil || !planned.Equal(prior))
}

// expandApp lists the fields to send: all known ones of a new app (prior nil),
// otherwise those that changed. appID is "" for a new app.
func expandApp(ctx context.Context, appID string, plan appModel, prior *appModel, diagnostics *diag.Diagnostics) ethora.AppFields {
	var fields ethora.AppFields
	before := appModel{}
	if prior != nil {
		before = *prior
	}
	for _, text := range appTexts {
		if planned := text.model(&plan); changed(*planned, *text.model(&before)) {
			*text.api(&fields) = planned.ValueStringPointer()
		}
	}
	for _, choice := range appSwitches {
		if planned := choice.model(&plan); changed(*planned, *choice.model(&before)) {
			*choice.api(&fields) = planned.ValueBoolPointer()
		}
	}
	if changed(plan.PrimaryColor, before.PrimaryColor) {
		fields.PrimaryColor = plan.PrimaryColor.ValueStringPointer()
	}
	if changed(plan.SignOnOptions, before.SignOnOptions) {
		options := []string{}
		diagnostics.Append(plan.SignOnOptions.ElementsAs(ctx, &options, false)...)
		slices.Sort(options)
		fields.SignonOptions = &options
	}
	if changed(plan.AvailableMenuItems, before.AvailableMenuItems) {
		var items menuItemsModel
		diagnostics.Append(plan.AvailableMenuItems.As(ctx, &items, basetypes.ObjectAsOptions{})...)
		fields.AvailableMenuItems = &ethora.MenuItems{
			Chats: items.Chats.ValueBoolPointer(), Profile: items.Profile.ValueBoolPointer(), Settings: items.Settings.ValueBoolPointer(),
		}
	}
	if changed(plan.BroadcastSender, before.BroadcastSender) {
		var sender broadcastSenderModel
		diagnostics.Append(plan.BroadcastSender.As(ctx, &sender, basetypes.ObjectAsOptions{})...)
		// A part that is left out of the object is cleared: the object is managed as a whole.
		fields.BroadcastSender = &ethora.BroadcastSender{
			Name: new(sender.Name.ValueString()), PhotoURL: new(sender.PhotoURL.ValueString()),
		}
	}
	expandDefaultRooms(ctx, appID, plan, before, &fields, diagnostics)
	expandBot(ctx, plan, before, &fields, diagnostics)
	return fields
}

func expandDefaultRooms(ctx context.Context, appID string, plan, before appModel, fields *ethora.AppFields, diagnostics *diag.Diagnostics) {
	if !changed(plan.DefaultRooms, before.DefaultRooms) {
		return
	}
	var rooms []defaultRoomModel
	diagnostics.Append(plan.DefaultRooms.ElementsAs(ctx, &rooms, false)...)
	list := make([]ethora.DefaultRoom, 0, len(rooms))
	for _, room := range rooms {
		list = append(list, ethora.DefaultRoom{JID: room.RoomID.ValueString(), Pinned: room.Pinned.ValueBool()})
	}
	if appID != "" {
		qualifyDefaultRooms(appID, list)
	}
	fields.DefaultRooms = &list
}

// qualifyDefaultRooms turns plain room ids into the names Ethora wants.
func qualifyDefaultRooms(appID string, rooms []ethora.DefaultRoom) {
	for i := range rooms {
		rooms[i].JID = ethora.RoomName(appID, rooms[i].JID)
	}
}

func expandBot(ctx context.Context, plan, before appModel, fields *ethora.AppFields, diagnostics *diag.Diagnostics) {
	if plan.Bot.IsNull() || plan.Bot.IsUnknown() {
		return
	}
	var planned, prior botModel
	diagnostics.Append(plan.Bot.As(ctx, &planned, basetypes.ObjectAsOptions{})...)
	if !before.Bot.IsNull() {
		diagnostics.Append(before.Bot.As(ctx, &prior, basetypes.ObjectAsOptions{})...)
	}
	for _, part := range []struct {
		planned, prior types.String
		field          **string
	}{
		{planned.Status, prior.Status, &fields.BotStatus},
		{planned.Trigger, prior.Trigger, &fields.BotTrigger},
		{planned.Prompt, prior.Prompt, &fields.BotPrompt},
		{planned.GreetingMessage, prior.GreetingMessage, &fields.BotGreetingMessage},
		{planned.ChatID, prior.ChatID, &fields.BotChatID},
		{planned.FirstName, prior.FirstName, &fields.BotFirstName},
		{planned.LastName, prior.LastName, &fields.BotLastName},
	} {
		if changed(part.planned, part.prior) {
			*part.field = part.planned.ValueStringPointer()
		}
	}
	if changed(planned.IsRAG, prior.IsRAG) {
		fields.BotIsRAG = planned.IsRAG.ValueBoolPointer()
	}
}

// splitAppFields separates what Ethora takes at creation from what it takes
// only in an update (ethora-api.md §4.1, column "writable").
func splitAppFields(all ethora.AppFields) (atCreation, afterwards ethora.AppFields) {
	atCreation = ethora.AppFields{
		DisplayName: all.DisplayName, DomainName: all.DomainName, AppTagline: all.AppTagline,
		LogoImage: all.LogoImage, SublogoImage: all.SublogoImage,
		PrimaryColor: all.PrimaryColor, SecondaryColor: all.SecondaryColor,
		CoinSymbol: all.CoinSymbol, CoinName: all.CoinName, BundleID: all.BundleID,
		DefaultAccessProfileOpen: all.DefaultAccessProfileOpen,
		DefaultAccessAssetsOpen:  all.DefaultAccessAssetsOpen,
		UsersCanFree:             all.UsersCanFree,
	}
	afterwards = all
	afterwards.DisplayName, afterwards.DomainName, afterwards.AppTagline = nil, nil, nil
	afterwards.LogoImage, afterwards.SublogoImage = nil, nil
	afterwards.PrimaryColor, afterwards.SecondaryColor = nil, nil
	afterwards.CoinSymbol, afterwards.CoinName, afterwards.BundleID = nil, nil, nil
	afterwards.DefaultAccessProfileOpen, afterwards.DefaultAccessAssetsOpen, afterwards.UsersCanFree = nil, nil, nil
	return atCreation, afterwards
}

// flattenApp writes what the server says into the model. It leaves alone what
// the server does not tell, and the settings that live in Terraform only.
func flattenApp(ctx context.Context, app ethora.App, model *appModel, diagnostics *diag.Diagnostics) {
	model.ID = types.StringValue(app.ID)
	model.ParentAppID = types.StringValue(app.ParentAppID)
	flattenSecret(app.AppToken, &model.AppToken)
	flattenSecret(app.AppSecret, &model.AppSecret)

	for _, text := range appTexts {
		told, value := *text.api(&app.AppFields), text.model(model)
		switch {
		case told != nil:
			*value = types.StringValue(*told)
		case !text.untold || value.IsUnknown():
			*value = types.StringValue("")
		}
	}
	for _, choice := range appSwitches {
		told, value := *choice.api(&app.AppFields), choice.model(model)
		if told != nil || value.IsUnknown() {
			*value = types.BoolPointerValue(told)
		}
	}
	model.PrimaryColor = system.NewCaseInsensitive(text(app.PrimaryColor))
	flattenAppCollections(ctx, app, model, diagnostics)
}

// flattenSecret keeps a secret that the server does not repeat.
func flattenSecret(told string, value *types.String) {
	if told != "" || value.IsUnknown() || value.IsNull() {
		*value = types.StringValue(told)
	}
}

// text is the text behind a pointer, "" for none.
func text(pointer *string) string {
	if pointer == nil {
		return ""
	}
	return *pointer
}

func flattenAppCollections(ctx context.Context, app ethora.App, model *appModel, diagnostics *diag.Diagnostics) {
	model.SignOnOptions = types.SetNull(types.StringType)
	if app.SignonOptions != nil {
		set, problems := types.SetValueFrom(ctx, types.StringType, *app.SignonOptions)
		diagnostics.Append(problems...)
		model.SignOnOptions = set
	}

	rooms := []defaultRoomModel{}
	if app.DefaultRooms != nil {
		for _, room := range *app.DefaultRooms {
			rooms = append(rooms, defaultRoomModel{
				RoomID: types.StringValue(ethora.PlainID(app.ID, room.JID)), Pinned: types.BoolValue(room.Pinned),
			})
		}
	}
	set, problems := types.SetValueFrom(ctx, defaultRoomType, rooms)
	diagnostics.Append(problems...)
	model.DefaultRooms = set

	model.AvailableMenuItems = types.ObjectNull(menuItemsType)
	if items := app.AvailableMenuItems; items != nil {
		model.AvailableMenuItems = types.ObjectValueMust(menuItemsType, map[string]attr.Value{
			"chats":    types.BoolPointerValue(items.Chats),
			"profile":  types.BoolPointerValue(items.Profile),
			"settings": types.BoolPointerValue(items.Settings),
		})
	}
	model.BroadcastSender = types.ObjectNull(broadcastSenderType)
	if sender := app.BroadcastSender; sender != nil && text(sender.Name)+text(sender.PhotoURL) != "" {
		model.BroadcastSender = types.ObjectValueMust(broadcastSenderType, map[string]attr.Value{
			"name": optionalText(sender.Name), "photo_url": optionalText(sender.PhotoURL),
		})
	}
	model.Bot = types.ObjectNull(botType)
	if app.HasBot {
		model.Bot = types.ObjectValueMust(botType, map[string]attr.Value{
			"status": types.StringValue(text(app.BotStatus)), "trigger": types.StringValue(text(app.BotTrigger)),
			"prompt": types.StringValue(text(app.BotPrompt)), "greeting_message": types.StringValue(text(app.BotGreetingMessage)),
			"chat_id":    types.StringValue(text(app.BotChatID)),
			"first_name": types.StringValue(text(app.BotFirstName)), "last_name": types.StringValue(text(app.BotLastName)),
			"is_rag": types.BoolPointerValue(app.BotIsRAG),
		})
	}
}

// optionalText is null for no text and for an empty one.
func optionalText(pointer *string) types.String {
	if text(pointer) == "" {
		return types.StringNull()
	}
	return types.StringValue(*pointer)
}

// keepPlannedApp puts back each planned value that the server answered
// differently after a write, with a warning.
func keepPlannedApp(plan appModel, state *appModel, diagnostics *diag.Diagnostics) {
	for _, text := range appTexts {
		system.KeepPlanned(title, *text.model(&plan), text.model(state), text.attribute, diagnostics)
	}
	for _, choice := range appSwitches {
		system.KeepPlanned(title, *choice.model(&plan), choice.model(state), choice.attribute, diagnostics)
	}
	system.KeepPlanned(title, plan.SignOnOptions, &state.SignOnOptions, "sign_on_options", diagnostics)
	system.KeepPlanned(title, plan.AvailableMenuItems, &state.AvailableMenuItems, "available_menu_items", diagnostics)
	system.KeepPlanned(title, plan.DefaultRooms, &state.DefaultRooms, "default_rooms", diagnostics)
	system.KeepPlanned(title, plan.BroadcastSender, &state.BroadcastSender, "broadcast_sender", diagnostics)
	if !strings.EqualFold(plan.PrimaryColor.ValueString(), state.PrimaryColor.ValueString()) {
		system.KeepPlanned(title, plan.PrimaryColor, &state.PrimaryColor, "primary_color", diagnostics)
	}
	keepPlannedBot(plan, state, diagnostics)
}

// keepPlannedBot does the same for each part of the bot that was planned.
func keepPlannedBot(plan appModel, state *appModel, diagnostics *diag.Diagnostics) {
	if plan.Bot.IsNull() || plan.Bot.IsUnknown() {
		return
	}
	parts := map[string]attr.Value{
		"status": types.StringNull(), "trigger": types.StringNull(), "prompt": types.StringNull(),
		"greeting_message": types.StringNull(), "chat_id": types.StringNull(),
		"first_name": types.StringNull(), "last_name": types.StringNull(), "is_rag": types.BoolNull(),
	}
	maps.Copy(parts, state.Bot.Attributes())
	for part, planned := range plan.Bot.Attributes() {
		stored := parts[part]
		system.KeepPlanned(title, planned, &stored, "bot", diagnostics)
		parts[part] = stored
	}
	state.Bot = types.ObjectValueMust(botType, parts)
}

// identity is what tells the object from all others, by attribute.
func (m appModel) identity() map[string]types.String {
	return map[string]types.String{"id": m.ID}
}

// saveApp writes state and identity.
func saveApp(ctx context.Context, model appModel, state *tfsdk.State, identity *tfsdk.ResourceIdentity) diag.Diagnostics {
	problems := state.Set(ctx, model)
	problems.Append(system.SaveIdentity(ctx, identity, model.identity())...)
	return problems
}
