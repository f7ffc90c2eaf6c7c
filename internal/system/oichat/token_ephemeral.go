package oichat

import (
	"context"
	"encoding/json"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-jsontypes/jsontypes"
	"github.com/hashicorp/terraform-plugin-framework-validators/setvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/chattenant/terraform-provider-chat/internal/api/oichat"
	"github.com/chattenant/terraform-provider-chat/internal/api/rest"
	"github.com/chattenant/terraform-provider-chat/internal/system"
)

// It has no Close: OiChat can't take a token back.
var (
	_ ephemeral.EphemeralResourceWithConfigure = (*tokenEphemeral)(nil)
	_ ephemeral.EphemeralResourceWithRenew     = (*tokenEphemeral)(nil)
)

const (
	// tokenLifetime is how long a token lives of which nobody tells the end
	// (oichat-api.md §3 [seed]).
	tokenLifetime = 24 * time.Hour
	// renewBefore is how long before its end a token is refreshed.
	renewBefore = 5 * time.Minute
	// soonestRenewal keeps a machine whose clock is wrong from refreshing without
	// a pause.
	soonestRenewal = time.Minute
)

// privateToken is the key under which Terraform keeps the latest token for Renew,
// in its memory alone.
const privateToken = "token"

type tokenEphemeral struct {
	system.EphemeralResource[*tenant]
}

type tokenModel struct {
	UserID    types.String   `tfsdk:"user_id"`
	UserName  types.String   `tfsdk:"user_name"`
	UserInfo  *userInfoModel `tfsdk:"user_info"`
	Channels  types.Set      `tfsdk:"channels"`
	Role      types.String   `tfsdk:"role"`
	Token     types.String   `tfsdk:"token"`
	ExpiresAt types.String   `tfsdk:"expires_at"`
}

type userInfoModel struct {
	AvatarURL types.String         `tfsdk:"avatar_url"`
	Nickname  types.String         `tfsdk:"nickname"`
	Badge     types.String         `tfsdk:"badge"`
	Custom    jsontypes.Normalized `tfsdk:"custom"`
}

func newTokenEphemeral() ephemeral.EphemeralResource {
	return &tokenEphemeral{system.EphemeralResource[*tenant]{Base: base}}
}

func (e *tokenEphemeral) Metadata(_ context.Context, req ephemeral.MetadataRequest, resp *ephemeral.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_oichat_token"
}

func (e *tokenEphemeral) Schema(_ context.Context, _ ephemeral.SchemaRequest, resp *ephemeral.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "A token with which a user's chat client signs in to OiChat, for 24 hours. Whoever has it is that user until it expires: OiChat can't take it back. " +
			"It is issued anew in each run, and is never stored in a plan or state.",
		Attributes: map[string]schema.Attribute{
			"user_id": schema.StringAttribute{
				MarkdownDescription: "Id of the user, as your application chose it. OiChat has no list of users, and does not check it.",
				Required:            true,
				Validators:          idValidators(),
			},
			"user_name": optionalText("Name under which the user is shown. Default: none."),
			"user_info": schema.SingleNestedAttribute{
				MarkdownDescription: "What others see of the user. Default: nothing.",
				Optional:            true,
				Attributes: map[string]schema.Attribute{
					"avatar_url": optionalText("Address of the user's picture. Default: none."),
					"nickname":   optionalText("Nickname. Default: none."),
					"badge":      optionalText("Badge beside the name, such as `VIP`. Default: none."),
					"custom": schema.StringAttribute{
						MarkdownDescription: "Data of your own: a JSON object, best written with `jsonencode`. Default: none.",
						CustomType:          jsontypes.NormalizedType{},
						Optional:            true,
						Validators:          []validator.String{jsonObject{}},
					},
				},
			},
			"channels": schema.SetAttribute{
				MarkdownDescription: "Further channels that the client subscribes to. Default: none.",
				ElementType:         types.StringType,
				Optional:            true,
				Validators:          []validator.Set{setvalidator.NoNullValues(), setvalidator.ValueStringsAre(stringvalidator.LengthAtLeast(1))},
			},
			"role": schema.StringAttribute{
				MarkdownDescription: "`user` or `agent`. Default: what OiChat chooses, which should be `user`.",
				Optional:            true,
				Validators:          []validator.String{stringvalidator.OneOf("user", "agent")},
			},
			"token": schema.StringAttribute{
				MarkdownDescription: "The token, a signed JWT.",
				Computed:            true,
				Sensitive:           true,
			},
			"expires_at": schema.StringAttribute{
				MarkdownDescription: "From when on the token is refused, as RFC 3339 in UTC. Null when OiChat does not tell it.",
				Computed:            true,
			},
		},
	}
}

func optionalText(description string) schema.StringAttribute {
	return schema.StringAttribute{
		MarkdownDescription: description,
		Optional:            true,
		Validators:          []validator.String{stringvalidator.LengthAtLeast(1)},
	}
}

func (e *tokenEphemeral) Open(ctx context.Context, req ephemeral.OpenRequest, resp *ephemeral.OpenResponse) {
	var model tokenModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &model)...)
	client, ok := e.Client(&resp.Diagnostics)
	if !ok || resp.Diagnostics.HasError() {
		return
	}
	token, err := client.CreateToken(ctx, expandNewToken(model))
	if err != nil {
		failToken(&resp.Diagnostics, err, "issue", model.UserID.ValueString())
		return
	}
	model.Token = types.StringValue(token.Value)
	model.ExpiresAt = toldTime(token.ExpiresAt)
	resp.Diagnostics.Append(resp.Result.Set(ctx, model)...)
	resp.RenewAt = renewal(token, time.Now())
	resp.Diagnostics.Append(keepToken(ctx, resp.Private, token, model.UserID.ValueString())...)
}

// Renew refreshes the token before its end. Terraform can't hand the new one to
// what has received the first, and so the user is told of the end.
func (e *tokenEphemeral) Renew(ctx context.Context, req ephemeral.RenewRequest, resp *ephemeral.RenewResponse) {
	var kept keptToken
	stored, problems := req.Private.GetKey(ctx, privateToken)
	resp.Diagnostics.Append(problems...)
	client, ok := e.Client(&resp.Diagnostics)
	if !ok || resp.Diagnostics.HasError() {
		return
	}
	if json.Unmarshal(stored, &kept) != nil {
		resp.Diagnostics.AddError("The token to refresh is missing", "Terraform did not give back what it was to keep. This is a bug in the provider: please report it.")
		return
	}
	token, err := client.RefreshToken(ctx, kept.Token)
	if err != nil {
		failToken(&resp.Diagnostics, err, "refresh", kept.UserID)
		return
	}
	resp.RenewAt = renewal(token, time.Now())
	resp.Diagnostics.Append(keepToken(ctx, resp.Private, token, kept.UserID)...)
	resp.Diagnostics.AddWarning("A token was refreshed while Terraform ran",
		"The run took so long that the token of OiChat user "+kept.UserID+" had to be refreshed. Terraform can't hand the new one to what received the first: "+
			"whatever took the token from this run must sign in again when that expires. Run Terraform again to give it a new one.")
}

// keptToken is what Renew needs.
type keptToken struct {
	Token  string `json:"token"`
	UserID string `json:"user_id"`
}

// keepToken gives Terraform the token to keep for Renew.
func keepToken(ctx context.Context, private interface {
	SetKey(ctx context.Context, key string, value []byte) diag.Diagnostics
}, token oichat.Token, userID string) diag.Diagnostics {
	stored, _ := json.Marshal(keptToken{token.Value, userID}) // texts alone, which can't fail
	return private.SetKey(ctx, privateToken, stored)
}

// renewal is when a token is to be refreshed: shortly before its end, by this
// machine's clock.
func renewal(token oichat.Token, now time.Time) time.Time {
	end := token.ExpiresAt
	if end.IsZero() {
		end = now.Add(tokenLifetime)
	}
	at, soonest := end.Add(-renewBefore), now.Add(soonestRenewal)
	if at.Before(soonest) {
		return soonest
	}
	return at
}

func expandNewToken(model tokenModel) oichat.NewToken {
	token := oichat.NewToken{
		UserID:   model.UserID.ValueString(),
		UserName: model.UserName.ValueString(),
		Channels: system.KnownTexts(model.Channels),
		Role:     model.Role.ValueString(),
	}
	if info := model.UserInfo; info != nil {
		token.UserInfo = &oichat.UserInfo{
			AvatarURL: info.AvatarURL.ValueString(),
			Nickname:  info.Nickname.ValueString(),
			Badge:     info.Badge.ValueString(),
			Custom:    rawJSON(info.Custom),
		}
	}
	return token
}

func failToken(diagnostics *diag.Diagnostics, err error, action, userID string) {
	system.AddError(diagnostics, err, system.Failure{
		Action: action, Object: "a token for OiChat user " + userID,
		Advice: map[rest.Kind]string{
			rest.Unauthorized: advice[rest.Unauthorized], rest.Forbidden: advice[rest.Forbidden],
			rest.Unsupported: advice[rest.Unsupported], rest.Invalid: advice[rest.Invalid],
		},
	})
}
