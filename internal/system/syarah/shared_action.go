package syarah

import (
	"context"
	"errors"

	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/action/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"

	"github.com/chattenant/terraform-provider-chat/internal/api/rest"
	"github.com/chattenant/terraform-provider-chat/internal/api/syarah"
	"github.com/chattenant/terraform-provider-chat/internal/system"
)

// gatewayAction is the base of all actions: they go over the gateway.
type gatewayAction struct {
	system.Action[*tenant]
}

// ModifyPlan refuses to plan what can't be run: missing settings.
func (a *gatewayAction) ModifyPlan(_ context.Context, _ action.ModifyPlanRequest, resp *action.ModifyPlanResponse) {
	if client, known := a.Known(&resp.Diagnostics); known {
		hasGateway(client, "The action", &resp.Diagnostics)
	}
}

// gateway returns the client for a run whose configuration was read, if there is
// a gateway.
func (a *gatewayAction) gateway(resp *action.InvokeResponse) (*tenant, bool) {
	client, ok := a.Client(&resp.Diagnostics)
	return client, ok && !resp.Diagnostics.HasError() && hasGateway(client, "The action", &resp.Diagnostics)
}

// requiredID is the id of a chat or a message.
func requiredID(description string) schema.Int64Attribute {
	return schema.Int64Attribute{
		MarkdownDescription: description,
		Required:            true,
		Validators:          []validator.Int64{int64validator.AtLeast(1)},
	}
}

// chatHeaderIDAttribute says which chat an action is about.
func chatHeaderIDAttribute() schema.Int64Attribute {
	return requiredID("Id of the chat: the `chat_header_id` of a `chat_syarah_chat`. The user of the provider must take part in it.")
}

func requiredText(description string) schema.StringAttribute {
	return schema.StringAttribute{
		MarkdownDescription: description,
		Required:            true,
		Validators:          []validator.String{stringvalidator.LengthAtLeast(1)},
	}
}

// tell shows what was done, while Terraform runs.
func tell(resp *action.InvokeResponse, message string) {
	resp.SendProgress(action.InvokeProgressEvent{Message: message})
}

// failWrite reports that an event failed, or that nobody knows. again is what
// running the action once more does.
func failWrite(diagnostics *diag.Diagnostics, err error, action, object, again string) {
	failure := system.Failure{Action: action, Object: object, Advice: advice}
	var lost *syarah.LostError
	if errors.As(err, &lost) || rest.IsUncertain(err) {
		failure.Next = "Syarah does not acknowledge this, and nothing confirmed it in time. Look at the chat with the data source chat_syarah_messages before you run the action again: " + again
	}
	system.AddError(diagnostics, err, failure)
}
