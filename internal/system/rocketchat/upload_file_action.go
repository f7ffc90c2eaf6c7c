package rocketchat

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/action/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/chattenant/terraform-provider-chat/internal/api/rocketchat"
	"github.com/chattenant/terraform-provider-chat/internal/system"
)

var _ action.ActionWithConfigure = (*uploadFileAction)(nil)

type uploadFileAction struct {
	system.Action[*tenant]
}

type uploadFileModel struct {
	roomAction
	Source      types.String `tfsdk:"source"`
	Name        types.String `tfsdk:"name"`
	ContentType types.String `tfsdk:"content_type"`
	Description types.String `tfsdk:"description"`
}

func newUploadFileAction() action.Action {
	return &uploadFileAction{system.Action[*tenant]{Base: base}}
}

func (a *uploadFileAction) Metadata(_ context.Context, req action.MetadataRequest, resp *action.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_rocketchat_upload_file"
}

func (a *uploadFileAction) Schema(_ context.Context, _ action.SchemaRequest, resp *action.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Uploads a file into a room of Rocket.Chat Livechat, as its visitor would. Each run uploads it once more.\n\n" +
			"When the answer is lost it is not known whether the file was uploaded. It is not uploaded again; the action fails and says so.",
		Attributes: roomAttributes("open", map[string]schema.Attribute{
			"source":       requiredText("Path of the file on the machine that runs Terraform. The server may set limits on size and type (`FileUpload_MaxFileSize`, `FileUpload_MediaTypeWhiteList`)."),
			"name":         optionalText("Name that people see. Default: that of the file, without its folder."),
			"content_type": optionalText("Media type of the file, such as `image/png`. Default: by the ending of the name."),
			"description":  optionalText("Words beside the file. Default: none."),
		}),
	}
}

func (a *uploadFileAction) Invoke(ctx context.Context, req action.InvokeRequest, resp *action.InvokeResponse) {
	var model uploadFileModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &model)...)
	client, ok := a.Client(&resp.Diagnostics)
	if !ok || resp.Diagnostics.HasError() {
		return
	}

	source := model.Source.ValueString()
	file, err := os.Stat(source)
	switch {
	case err != nil:
		resp.Diagnostics.AddAttributeError(path.Root("source"), "Can't read the file", fmt.Sprintf("%s. Check the path, and that the user who runs Terraform may read it.", err))
		return
	case !file.Mode().IsRegular():
		resp.Diagnostics.AddAttributeError(path.Root("source"), "Not a file", fmt.Sprintf("%s is no regular file. Name a single file.", source))
		return
	}
	message, err := client.UploadFile(ctx, model.VisitorToken.ValueString(), model.RoomID.ValueString(), rocketchat.Upload{
		Name:        cmp.Or(model.Name.ValueString(), filepath.Base(source)),
		ContentType: model.ContentType.ValueString(),
		Size:        file.Size(),
		Open:        func() (io.ReadCloser, error) { return os.Open(source) },
		Description: model.Description.ValueString(),
	})
	if err != nil {
		failOnce(&resp.Diagnostics, err, "upload", fmt.Sprintf("%s into %s", source, describe("room", model.RoomID.ValueString())))
		return
	}
	tell(resp, fmt.Sprintf("The file is in message %s.", message.ID))
}
