package linear_test

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/identityschema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/int64default"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringdefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/chattenant/terraform-provider-chat/internal/linear"
)

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
			Optional: true,
			NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
				"id":       schema.StringAttribute{Computed: true, PlanModifiers: []planmodifier.String{c.counted(), stringplanmodifier.UseStateForUnknown()}},
				"name":     schema.StringAttribute{Required: true, PlanModifiers: []planmodifier.String{refuse{}, stringplanmodifier.RequiresReplace()}, Validators: []validator.String{refuse{}}},
				"role":     schema.StringAttribute{Optional: true, Computed: true, Default: stringdefault.StaticString("guest")},
				"age":      schema.Int64Attribute{Optional: true, Computed: true, Default: int64default.StaticInt64(18)},
				"note":     schema.StringAttribute{Optional: true, Computed: true, PlanModifiers: []planmodifier.String{stringplanmodifier.UseStateForUnknown()}},
				"password": schema.StringAttribute{Optional: true, WriteOnly: true},
				"email":    schema.StringAttribute{Optional: true, CustomType: emailType{}},
				"seen":     schema.StringAttribute{Computed: true},
			}},
		},
		"members": schema.SetAttribute{Optional: true, CustomType: linear.StringSetType{}},
		"labels":  schema.MapAttribute{Optional: true, ElementType: types.StringType},
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
