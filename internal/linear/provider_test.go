package linear_test

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"

	"github.com/hashicorp/terraform-plugin-framework-validators/mapvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/resourcevalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/setvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/identityschema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/booldefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/boolplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/int64default"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/int64planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringdefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/chattenant/terraform-provider-chat/internal/linear"
)

// most is how many users and members a club may have, which tests exceed.
const most = 12000

// club is a resource with large collections and one attribute of each kind that
// the framework plans in a way of its own.
type club struct {
	modifiers *atomic.Int64 // calls of plan modifiers
}

type clubModel struct {
	ID       types.String          `tfsdk:"id"`
	Name     types.String          `tfsdk:"name"`
	Revision types.String          `tfsdk:"revision"`
	Rules    types.String          `tfsdk:"rules"`
	Users    map[string]userModel  `tfsdk:"users"`
	Members  linear.StringSetValue `tfsdk:"members"`
	Labels   map[string]string     `tfsdk:"labels"`
}

type userModel struct {
	ID       types.String `tfsdk:"id"`
	Name     types.String `tfsdk:"name"`
	Role     types.String `tfsdk:"role"`
	Age      types.Int64  `tfsdk:"age"`
	VIP      types.Bool   `tfsdk:"vip"`
	Trusted  types.Bool   `tfsdk:"trusted"`
	Level    types.Int64  `tfsdk:"level"`
	Note     types.String `tfsdk:"note"`
	Password types.String `tfsdk:"password"`
	Email    emailValue   `tfsdk:"email"`
	Seen     types.String `tfsdk:"seen"`
}

func (c *club) Metadata(_ context.Context, _ resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = "test_club"
}

func (c *club) LargeAttributes() []string { return []string{"users", "members", "labels"} }

func (c *club) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = schema.Schema{Attributes: map[string]schema.Attribute{
		"id":       schema.StringAttribute{Computed: true, PlanModifiers: []planmodifier.String{c.counted(), stringplanmodifier.UseStateForUnknown()}},
		"name":     schema.StringAttribute{Optional: true, PlanModifiers: []planmodifier.String{stringplanmodifier.RequiresReplace()}},
		"revision": schema.StringAttribute{Computed: true},
		"rules":    schema.StringAttribute{Optional: true, Computed: true, Default: stringdefault.StaticString("none")},
		"users": schema.MapNestedAttribute{
			Optional:   true,
			Validators: []validator.Map{mapvalidator.NoNullValues(), mapvalidator.SizeAtMost(most)},
			NestedObject: schema.NestedAttributeObject{Validators: []validator.Object{adult{}}, Attributes: map[string]schema.Attribute{
				"id":      schema.StringAttribute{Computed: true, PlanModifiers: []planmodifier.String{c.counted(), stringplanmodifier.UseStateForUnknown()}},
				"name":    schema.StringAttribute{Required: true, PlanModifiers: []planmodifier.String{refuse{}, stringplanmodifier.RequiresReplace()}, Validators: []validator.String{refuse{}}},
				"role":    schema.StringAttribute{Optional: true, Computed: true, Default: stringdefault.StaticString("guest")},
				"age":     schema.Int64Attribute{Optional: true, Computed: true, Default: int64default.StaticInt64(18), PlanModifiers: []planmodifier.Int64{int64planmodifier.RequiresReplaceIfConfigured()}},
				"vip":     schema.BoolAttribute{Optional: true, Computed: true, PlanModifiers: []planmodifier.Bool{boolplanmodifier.UseStateForUnknown(), boolplanmodifier.RequiresReplace()}},
				"trusted": schema.BoolAttribute{Optional: true, Computed: true, Default: booldefault.StaticBool(false)},
				"level":   schema.Int64Attribute{Optional: true, Computed: true, PlanModifiers: []planmodifier.Int64{int64planmodifier.UseNonNullStateForUnknown()}},
				"note":    schema.StringAttribute{Optional: true, Computed: true, PlanModifiers: []planmodifier.String{stringplanmodifier.UseStateForUnknown()}},
				"password": schema.StringAttribute{Optional: true, WriteOnly: true, Validators: []validator.String{
					stringvalidator.AlsoRequires(path.MatchRelative().AtParent().AtName("email")),
				}},
				"email": schema.StringAttribute{Optional: true, CustomType: emailType{}},
				"seen":  schema.StringAttribute{Computed: true},
			}},
		},
		"members": schema.SetAttribute{Optional: true, CustomType: linear.StringSetType{}, Validators: []validator.Set{
			setvalidator.NoNullValues(), setvalidator.SizeAtMost(most), setvalidator.ValueStringsAre(refuse{}),
		}},
		"labels": schema.MapAttribute{Optional: true, ElementType: types.StringType, Validators: []validator.Map{
			mapvalidator.KeysAre(refuse{}), mapvalidator.ValueStringsAre(refuse{}),
		}},
	}}
}

func (c *club) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	resp.IdentitySchema = identityschema.Schema{Attributes: map[string]identityschema.Attribute{
		"id": identityschema.StringAttribute{RequiredForImport: true},
	}}
}

func (c *club) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var plan clubModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	if resp.Diagnostics.HasError() {
		return
	}
	plan.complete()
	resp.Diagnostics.Append(resp.State.Set(ctx, plan)...)
	resp.Diagnostics.Append(resp.Identity.SetAttribute(ctx, path.Root("id"), plan.ID)...)
}

func (c *club) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var state clubModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	if resp.Diagnostics.HasError() {
		return
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, state)...)
	resp.Diagnostics.Append(resp.Identity.SetAttribute(ctx, path.Root("id"), state.ID)...)
}

func (c *club) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var plan clubModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	if resp.Diagnostics.HasError() {
		return
	}
	plan.complete()
	resp.Diagnostics.Append(resp.State.Set(ctx, plan)...)
}

func (c *club) Delete(context.Context, resource.DeleteRequest, *resource.DeleteResponse) {}

// strictClub is a club with opinions about its users as a whole.
type strictClub struct{ club }

func (c *strictClub) ConfigValidators(context.Context) []resource.ConfigValidator {
	return []resource.ConfigValidator{resourcevalidator.AtLeastOneOf(path.MatchRoot("users"), path.MatchRoot("members"))}
}

// ValidateConfig refuses two users with one address, and users who are no members.
func (c *strictClub) ValidateConfig(ctx context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse) {
	var users types.Map
	var members linear.StringSetValue
	resp.Diagnostics.Append(req.Config.GetAttribute(ctx, path.Root("users"), &users)...)
	resp.Diagnostics.Append(req.Config.GetAttribute(ctx, path.Root("members"), &members)...)
	holders := map[string]bool{}
	for key, user := range users.Elements() {
		email, ok := user.(types.Object).Attributes()["email"].(emailValue)
		if ok && email.ValueString() != "" && holders[email.ValueString()] {
			resp.Diagnostics.AddAttributeError(path.Root("users"), "Two users share an address", email.ValueString())
		}
		holders[email.ValueString()] = true
		for _, member := range members.Elements() {
			if member.Equal(types.StringValue(key)) {
				resp.Diagnostics.AddAttributeWarning(path.Root("members"), "A user and a member", key)
			}
		}
	}
}

// ModifyPlan gives users of one role a note, replaces the club for a fourth
// user, and remembers that it planned.
func (c *strictClub) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if req.Plan.Raw.IsNull() {
		resp.Diagnostics.AddWarning("Goodbye", "The club is destroyed.")
		return
	}
	resp.Diagnostics.Append(resp.Private.SetKey(ctx, "planned", []byte(`{"yes":true}`))...)
	var planned, before types.Map
	resp.Diagnostics.Append(resp.Plan.GetAttribute(ctx, path.Root("users"), &planned)...)
	resp.Diagnostics.Append(req.State.GetAttribute(ctx, path.Root("users"), &before)...)
	if len(planned.Elements()) > 3 && len(before.Elements()) <= 3 {
		resp.RequiresReplace = append(resp.RequiresReplace, path.Root("users"))
	}
	for key, user := range planned.Elements() {
		if user.IsNull() || user.IsUnknown() {
			continue
		}
		if user.(types.Object).Attributes()["role"].Equal(types.StringValue("owner")) {
			resp.Diagnostics.Append(resp.Plan.SetAttribute(ctx, path.Root("users").AtMapKey(key).AtName("note"), "by plan")...)
			resp.Diagnostics.AddAttributeWarning(path.Root("users").AtMapKey(key), "An owner", "Owners get a note.")
		}
	}
	var name types.String
	resp.Diagnostics.Append(req.Config.GetAttribute(ctx, path.Root("name"), &name)...)
	if name.ValueString() == "unplannable" {
		resp.Diagnostics.AddAttributeError(path.Root("name"), "Can't plan", "This club can't be planned.")
	}
}

// complete is the server of a club: it gives ids, and addresses in small letters.
func (m *clubModel) complete() {
	known := func(value *types.String, text string) {
		if value.IsUnknown() {
			*value = types.StringValue(text)
		}
	}
	known(&m.ID, "club")
	known(&m.Revision, "1")
	for key, user := range m.Users {
		known(&user.ID, "id-"+key)
		known(&user.Note, "noted")
		known(&user.Seen, "now")
		if user.VIP.IsUnknown() {
			user.VIP = types.BoolValue(true)
		}
		if user.Level.IsUnknown() {
			user.Level = types.Int64Value(7)
		}
		if !user.Email.IsNull() {
			user.Email = emailValue{types.StringValue(strings.ToLower(user.Email.ValueString()))}
		}
		m.Users[key] = user
	}
}

// counted counts how often the framework asks plan modifiers.
func (c *club) counted() planmodifier.String { return counter{calls: c.modifiers} }

type counter struct{ calls *atomic.Int64 }

func (counter) Description(context.Context) string         { return "counts" }
func (counter) MarkdownDescription(context.Context) string { return "counts" }
func (m counter) PlanModifyString(context.Context, planmodifier.StringRequest, *planmodifier.StringResponse) {
	m.calls.Add(1)
}

// adult is a rule for a whole user.
type adult struct{}

func (adult) Description(context.Context) string         { return "is an adult" }
func (adult) MarkdownDescription(context.Context) string { return "is an adult" }
func (adult) ValidateObject(_ context.Context, req validator.ObjectRequest, resp *validator.ObjectResponse) {
	if age, ok := req.ConfigValue.Attributes()["age"].(types.Int64); ok && age.ValueInt64() < 0 {
		resp.Diagnostics.AddAttributeError(req.Path, "Not born", "A user must be born.")
	}
}

// refuse objects to some names: at validation and in the plan.
type refuse struct{}

func (refuse) Description(context.Context) string         { return "refuses" }
func (refuse) MarkdownDescription(context.Context) string { return "refuses" }
func (refuse) PlanModifyString(_ context.Context, req planmodifier.StringRequest, resp *planmodifier.StringResponse) {
	if req.PlanValue.ValueString() == "unplannable" {
		resp.Diagnostics.AddAttributeError(req.Path, "Can't plan", "This name can't be planned.")
	}
	if req.PlanValue.ValueString() == "doubtful" {
		resp.Diagnostics.AddAttributeWarning(req.Path, "Doubtful", "This name is doubtful.")
		resp.Diagnostics.AddWarning("Doubtful", "There is a doubtful name.")
	}
}
func (refuse) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if req.ConfigValue.ValueString() == "invalid" {
		resp.Diagnostics.AddAttributeError(req.Path, "Invalid", "This name is not valid.")
	}
}

// emailType is a string whose case does not matter.
type emailType struct{ basetypes.StringType }

func (emailType) Equal(other attr.Type) bool { _, ok := other.(emailType); return ok }
func (emailType) String() string             { return "email" }
func (emailType) ValueFromString(_ context.Context, in basetypes.StringValue) (basetypes.StringValuable, diag.Diagnostics) {
	return emailValue{in}, nil
}
func (emailType) ValueFromTerraform(ctx context.Context, in tftypes.Value) (attr.Value, error) {
	value, err := basetypes.StringType{}.ValueFromTerraform(ctx, in)
	if err != nil {
		return nil, err
	}
	text, ok := value.(basetypes.StringValue)
	if !ok {
		return nil, fmt.Errorf("a string became a %T", value)
	}
	return emailValue{text}, nil
}
func (emailType) ValueType(context.Context) attr.Value { return emailValue{} }

type emailValue struct{ basetypes.StringValue }

func (emailValue) Type(context.Context) attr.Type { return emailType{} }
func (v emailValue) Equal(other attr.Value) bool {
	email, ok := other.(emailValue)
	return ok && v.StringValue.Equal(email.StringValue)
}
func (v emailValue) StringSemanticEquals(_ context.Context, other basetypes.StringValuable) (bool, diag.Diagnostics) {
	email, ok := other.(emailValue)
	return ok && strings.EqualFold(v.ValueString(), email.ValueString()), nil
}

// clubs is a provider with that one resource.
type clubs struct{ resource func() resource.Resource }

func (clubs) Metadata(_ context.Context, _ provider.MetadataRequest, resp *provider.MetadataResponse) {
	resp.TypeName = "test"
}
func (clubs) Schema(context.Context, provider.SchemaRequest, *provider.SchemaResponse)          {}
func (clubs) Configure(context.Context, provider.ConfigureRequest, *provider.ConfigureResponse) {}
func (clubs) DataSources(context.Context) []func() datasource.DataSource                        { return nil }
func (p clubs) Resources(context.Context) []func() resource.Resource {
	return []func() resource.Resource{p.resource}
}
