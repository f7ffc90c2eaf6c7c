package ethora

import (
	"context"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// defaultTokenLifetime is as long as the vendor's own scripts let tokens live
// (ethora-api.md §2.2 [client]).
const defaultTokenLifetime = time.Hour

// tokenModel is what all tokens have.
type tokenModel struct {
	AppID     types.String `tfsdk:"app_id"`
	AppSecret types.String `tfsdk:"app_secret"`
	TTL       types.String `tfsdk:"ttl"`
	Token     types.String `tfsdk:"token"`
	IssuedAt  types.String `tfsdk:"issued_at"`
	ExpiresAt types.String `tfsdk:"expires_at"`
}

func tokenAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"app_id": schema.StringAttribute{
			MarkdownDescription: "Id of the app the token is for (24 hexadecimal digits). Needs `app_secret`. Default: the provider's own app.",
			Optional:            true,
			Computed:            true,
			Validators: append(appIDValidators(),
				stringvalidator.AlsoRequires(path.MatchRoot("app_secret"))),
		},
		"app_secret": schema.StringAttribute{
			MarkdownDescription: "Secret of that app, which signs the token on this machine. Needs `app_id`. Default: the provider's own secret.",
			Optional:            true,
			Sensitive:           true,
			Validators: []validator.String{
				stringvalidator.LengthAtLeast(1),
				stringvalidator.AlsoRequires(path.MatchRoot("app_id")),
			},
		},
		"ttl": schema.StringAttribute{
			MarkdownDescription: "How long the token is good for: a number and a unit of `s`, `m` or `h`, such as `15m` or `720h`, at least `1s`. " +
				"Every token expires: for one that a server keeps, choose a long time. Default: `1h`.",
			Optional:   true,
			Validators: []validator.String{tokenLifetime{}},
		},
		"token": schema.StringAttribute{
			MarkdownDescription: "The token, a signed JWT.",
			Computed:            true,
			Sensitive:           true,
		},
		"issued_at": schema.StringAttribute{
			MarkdownDescription: "When the token was signed, as RFC 3339 in UTC.",
			Computed:            true,
		},
		"expires_at": schema.StringAttribute{
			MarkdownDescription: "From when on the token is refused, as RFC 3339 in UTC.",
			Computed:            true,
		},
	}
}

// sign makes the token and fills in the results.
func (m *tokenModel) sign(signed func(issued time.Time, ttl time.Duration) (string, error), diagnostics *diag.Diagnostics) {
	issued, ttl := time.Now().UTC().Truncate(time.Second), defaultTokenLifetime // tokens count whole seconds
	if !m.TTL.IsNull() {
		ttl, _ = time.ParseDuration(m.TTL.ValueString()) // validated
	}
	token, err := signed(issued, ttl)
	if err != nil {
		diagnostics.AddError("Can't sign the token", err.Error())
		return
	}
	m.Token = types.StringValue(token)
	m.IssuedAt = types.StringValue(issued.Format(time.RFC3339))
	m.ExpiresAt = types.StringValue(issued.Add(ttl).Format(time.RFC3339))
}

// tokenLifetime accepts a duration of a second or more.
type tokenLifetime struct{}

// Description implements validator.Describer.
func (tokenLifetime) Description(context.Context) string {
	return "a number and a unit of s, m or h, such as 15m or 720h, at least 1s"
}

// MarkdownDescription implements validator.Describer.
func (v tokenLifetime) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

// ValidateString implements validator.String.
func (v tokenLifetime) ValidateString(ctx context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	ttl, err := time.ParseDuration(req.ConfigValue.ValueString())
	if err != nil || ttl < time.Second {
		resp.Diagnostics.AddAttributeError(req.Path, "Not a lifetime",
			fmt.Sprintf("%q can't be how long a token is good for. It must be %s.", req.ConfigValue.ValueString(), v.Description(ctx)))
	}
}
