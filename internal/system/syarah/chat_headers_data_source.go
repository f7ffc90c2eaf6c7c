package syarah

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework-jsontypes/jsontypes"
	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/chattenant/terraform-provider-chat/internal/system"
)

var _ datasource.DataSourceWithConfigure = (*chatHeadersDataSource)(nil)

type chatHeadersDataSource struct {
	system.DataSource[*tenant]
}

type chatHeadersDataModel struct {
	Limit       types.Int64     `tfsdk:"limit"`
	ChatHeaders []chatHeaderRow `tfsdk:"chat_headers"`
}

// chatHeaderRow is a conversation as the data source shows it.
type chatHeaderRow struct {
	ChatHeaderID types.Int64          `tfsdk:"chat_header_id"`
	JSON         jsontypes.Normalized `tfsdk:"json"`
}

func newChatHeadersDataSource() datasource.DataSource {
	return &chatHeadersDataSource{system.DataSource[*tenant]{Base: base}}
}

func (d *chatHeadersDataSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_syarah_chat_headers"
}

func (d *chatHeadersDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "All conversations of the user of the provider, groups included. Syarah has not published what it tells of them, so that each is shown as it came, as JSON. " +
			"What is documented of chats of two is in `chat_syarah_chats`. Whatever Syarah tells, messages perhaps, is stored in the state, for everybody to read who can read the state.",
		Attributes: map[string]schema.Attribute{
			"limit": schema.Int64Attribute{
				MarkdownDescription: "How many conversations to read at most, 1 or more, from the beginning of Syarah's list. Default: all of them.",
				Optional:            true,
				Validators:          []validator.Int64{int64validator.AtLeast(1)},
			},
			"chat_headers": schema.ListNestedAttribute{
				MarkdownDescription: "The conversations, in Syarah's own order.",
				Computed:            true,
				NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
					"chat_header_id": computedNumber("Id of the conversation. Null when Syarah does not tell it."),
					"json": schema.StringAttribute{
						MarkdownDescription: "Everything that Syarah tells of the conversation: a JSON object, which `jsondecode` reads. Some of it, such as who is online, may change by itself.",
						CustomType:          jsontypes.NormalizedType{},
						Computed:            true,
					},
				}},
			},
		},
	}
}

func (d *chatHeadersDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var model chatHeadersDataModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &model)...)
	client, ok := d.Client(&resp.Diagnostics)
	if !ok || resp.Diagnostics.HasError() || !hasGateway(client, "Reading conversations", &resp.Diagnostics) {
		return
	}
	headers, err := client.ListChatHeaders(ctx, int(model.Limit.ValueInt64()))
	if err != nil {
		fail(&resp.Diagnostics, err, "list", "Syarah conversations", nil)
		return
	}
	model.ChatHeaders = []chatHeaderRow{}
	for _, header := range headers {
		model.ChatHeaders = append(model.ChatHeaders, chatHeaderRow{
			ChatHeaderID: toldID(header.ID),
			JSON:         jsontypes.NewNormalizedValue(string(header.Raw)),
		})
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, model)...)
}
