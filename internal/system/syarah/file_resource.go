package syarah

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"mime"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/chattenant/terraform-provider-chat/internal/api/rest"
	"github.com/chattenant/terraform-provider-chat/internal/api/syarah"
	"github.com/chattenant/terraform-provider-chat/internal/system"
)

var (
	_ resource.ResourceWithConfigure  = (*fileResource)(nil)
	_ resource.ResourceWithModifyPlan = (*fileResource)(nil)
)

type fileResource struct {
	system.Resource[*tenant]
}

type fileModel struct {
	Path          types.String   `tfsdk:"path"`
	Source        types.String   `tfsdk:"source"`
	MessageType   types.String   `tfsdk:"message_type"`
	ContentSHA256 types.String   `tfsdk:"content_sha256"`
	Timeouts      timeouts.Value `tfsdk:"timeouts"`
}

func newFileResource() resource.Resource {
	return &fileResource{system.Resource[*tenant]{Base: base}}
}

func (r *fileResource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_syarah_file"
}

func (r *fileResource) Schema(ctx context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "A file that is uploaded to Syarah, to be sent in messages by its `path`.\n\n" +
			"Syarah has no call that reads or deletes an upload. So no plan sees what becomes of it there, it can't be imported, and destroying or replacing this resource takes it out of the state, with a warning: **the upload stays on the server**. " +
			"What is compared in each plan is the file on this machine: when its content has changed, it is uploaded again, under another path.",
		Attributes: map[string]schema.Attribute{
			"path": schema.StringAttribute{
				MarkdownDescription: "Path of the upload on the server, given by Syarah, such as `/uploads/chat-messages/images/abc123.webp`. It is what a message of the file's type says.",
				Computed:            true,
				PlanModifiers:       []planmodifier.String{stringplanmodifier.UseStateForUnknown()},
			},
			"source": schema.StringAttribute{
				MarkdownDescription: "Path of the file on this machine, such as `\"${path.module}/logo.png\"`. The file must not be empty. Syarah is told its name, without the folder. " +
					"Another folder changes nothing; another name uploads the file again.",
				Required:   true,
				Validators: []validator.String{stringvalidator.LengthAtLeast(1)},
				PlanModifiers: []planmodifier.String{stringplanmodifier.RequiresReplaceIf(hasAnotherName,
					"Another name replaces the upload.", "Another name replaces the upload.")},
			},
			"message_type": schema.StringAttribute{
				MarkdownDescription: "What kind of message the file is for. `image`: Syarah makes WebP of it, at most 1920 by 1920 pixels, so that the upload never equals the file. " +
					"`audio`: " + describeLimits(syarah.Audio) + ". `video`: " + describeLimits(syarah.Video) + ". `file`: " + describeLimits(syarah.File) + ". Changing it uploads the file again.",
				Required:      true,
				Validators:    []validator.String{stringvalidator.OneOf(fileTypeNames()...)},
				PlanModifiers: []planmodifier.String{stringplanmodifier.RequiresReplace()},
			},
			"content_sha256": schema.StringAttribute{
				MarkdownDescription: "SHA-256 of the file on this machine as it was uploaded, in hexadecimal digits. Another content uploads the file again.",
				Computed:            true,
			},
			"timeouts": system.TimeoutsAttribute(ctx, timeouts.Opts{Create: true}),
		},
	}
}

// fileTypeNames are the types of messages that have a file.
func fileTypeNames() []string {
	return slices.DeleteFunc(syarah.MessageTypeNames(), func(name string) bool { return name == syarah.Text.String() })
}

// describeLimits says what a file of a type may be.
func describeLimits(kind syarah.MessageType) string {
	words := "any name"
	if extensions := kind.FileExtensions(); extensions != nil {
		words = "a name that ends in `." + strings.Join(extensions, "`, `.") + "`"
	}
	return words + fmt.Sprintf(", at most %d MB", kind.MaxFileSize()>>20)
}

func hasAnotherName(_ context.Context, req planmodifier.StringRequest, resp *stringplanmodifier.RequiresReplaceIfFuncResponse) {
	resp.RequiresReplace = req.PlanValue.IsUnknown() || filepath.Base(req.PlanValue.ValueString()) != filepath.Base(req.StateValue.ValueString())
}

// ModifyPlan reads the file, for its content decides whether it is uploaded
// again. It asks no server.
func (r *fileResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if req.Plan.Raw.IsNull() {
		return // destroying makes no call
	}
	client, known := r.Known(&resp.Diagnostics)
	var plan, state fileModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	exists := !req.State.Raw.IsNull()
	if exists {
		resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	}
	if resp.Diagnostics.HasError() || known && !exists && !hasBackend(client, "Uploading a file", &resp.Diagnostics) {
		return
	}
	planned := planContent(plan, state, &resp.Diagnostics)
	resp.Diagnostics.Append(resp.Plan.SetAttribute(ctx, path.Root("content_sha256"), planned)...)
	if exists && !planned.Equal(state.ContentSHA256) {
		resp.RequiresReplace.Append(path.Root("content_sha256"))
	}
}

// planContent is the hash of the state, as long as the file has it or is not on
// this machine. A new one is unknown until the file is uploaded: Terraform plans
// once more when it applies, and another answer then would be an error.
func planContent(plan, state fileModel, diagnostics *diag.Diagnostics) types.String {
	if plan.Source.IsUnknown() || plan.MessageType.IsUnknown() {
		return types.StringUnknown()
	}
	_, content, err := readSource(plan)
	switch {
	case err == nil && content == state.ContentSHA256.ValueString():
		return state.ContentSHA256
	case err == nil:
	case !errors.Is(err, fs.ErrNotExist):
		refuseSource(diagnostics, plan, err)
	case state.ContentSHA256.IsNull():
		diagnostics.AddAttributeWarning(path.Root("source"), "There is no file "+plan.Source.ValueString(),
			"It can't be checked before it is there. The apply will fail, unless something makes the file before it is uploaded.")
	default:
		diagnostics.AddAttributeWarning(path.Root("source"), "There is no file "+plan.Source.ValueString(),
			"It can't be seen whether it has changed since it was uploaded to "+state.Path.ValueString()+". The upload stays as it is.")
		return state.ContentSHA256
	}
	return types.StringUnknown()
}

func (r *fileResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var plan fileModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	client, ok := r.Client(&resp.Diagnostics)
	if !ok || resp.Diagnostics.HasError() || !hasBackend(client, "Uploading a file", &resp.Diagnostics) {
		return
	}
	ctx, cancel := system.Within(ctx, plan.Timeouts.Create, &resp.Diagnostics)
	defer cancel()

	upload, content, err := readSource(plan)
	if err != nil {
		refuseSource(&resp.Diagnostics, plan, err)
		return
	}
	uploaded, err := client.UploadFile(ctx, upload)
	if err != nil {
		failUpload(&resp.Diagnostics, err, plan)
		return
	}
	plan.Path, plan.ContentSHA256 = types.StringValue(uploaded), types.StringValue(content)
	resp.Diagnostics.Append(resp.State.Set(ctx, plan)...)
}

// failUpload reports that a file was not uploaded, or may have been.
func failUpload(diagnostics *diag.Diagnostics, err error, plan fileModel) {
	failure := system.Failure{
		Action: "upload", Object: plan.Source.ValueString() + " to Syarah", Advice: advice,
		Attributes: map[string]path.Path{"file": path.Root("source"), "messageType": path.Root("message_type")},
	}
	if rest.IsUncertain(err) {
		failure.Next = "The file may be on the server all the same, under a path that nobody knows: Syarah can't be asked for uploads, and can't delete any. " +
			"Applying again uploads it once more."
	}
	system.AddError(diagnostics, err, failure)
}

// Read keeps the state: Syarah has no call that tells of an upload.
func (r *fileResource) Read(context.Context, resource.ReadRequest, *resource.ReadResponse) {}

// Update changes what Syarah does not know of: the folder of the file.
func (r *fileResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var plan fileModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	if resp.Diagnostics.HasError() {
		return
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, plan)...)
}

// Delete leaves the upload behind and says so. It is named in the summary, for
// Terraform may show warnings of the same summary once.
func (r *fileResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var state fileModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	if resp.Diagnostics.HasError() {
		return
	}
	resp.Diagnostics.AddWarning(fmt.Sprintf("Syarah upload %s stays on the server", state.Path.ValueString()),
		fmt.Sprintf("Syarah has no call that deletes uploads. The upload of %s has left the state, and Terraform does not know it any more. It can still be sent in messages by its path.", state.Source.ValueString()))
}

// readSource reads the file that is to be uploaded, and returns the hash of its
// content. The error says what is wrong with it, without its name.
func readSource(model fileModel) (upload syarah.Upload, content string, err error) {
	source := model.Source.ValueString()
	file, err := os.Open(source)
	if err != nil {
		return upload, "", withoutName(err)
	}
	defer file.Close()
	about, err := file.Stat()
	switch {
	case err != nil:
		return upload, "", withoutName(err)
	case !about.Mode().IsRegular():
		return upload, "", errors.New("it is not a file, but a folder or a device")
	}
	kind, _ := syarah.ParseMessageType(model.MessageType.ValueString())
	upload = syarah.Upload{
		Type:        kind,
		Name:        filepath.Base(source),
		ContentType: mime.TypeByExtension(filepath.Ext(source)),
		Size:        about.Size(),
		Open:        func() (io.ReadCloser, error) { return os.Open(source) },
	}
	if err := upload.Check(); err != nil {
		return upload, "", err
	}
	hash := sha256.New()
	if _, err := io.Copy(hash, file); err != nil {
		return upload, "", withoutName(err)
	}
	return upload, hex.EncodeToString(hash.Sum(nil)), nil
}

// withoutName takes the name of the file, which the diagnostic tells, out of an
// error of the operating system.
func withoutName(err error) error {
	var about *fs.PathError
	if errors.As(err, &about) {
		return about.Err
	}
	return err
}

func refuseSource(diagnostics *diag.Diagnostics, model fileModel, reason error) {
	diagnostics.AddAttributeError(path.Root("source"), fmt.Sprintf("Can't upload %s to Syarah", model.Source.ValueString()),
		fmt.Sprintf("The file can't be used: %s.", reason))
}
