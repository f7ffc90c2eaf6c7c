package system

import (
	"context"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
)

// SplitID splits an import id like "<app_id>/<user_id>" into its parts. The
// error says what the id should look like.
func SplitID(id string, parts ...string) ([]string, error) {
	values := strings.Split(id, "/")
	complete := len(values) == len(parts)
	for _, value := range values {
		complete = complete && strings.TrimSpace(value) == value && value != ""
	}
	if !complete {
		return nil, fmt.Errorf("the import id %q is not of the form %s", id, IDFormat(parts...))
	}
	return values, nil
}

// JoinID is the inverse of SplitID.
func JoinID(values ...string) string {
	return strings.Join(values, "/")
}

// IDFormat writes the form of an import id: "<app_id>/<user_id>".
func IDFormat(parts ...string) string {
	return "<" + strings.Join(parts, ">/<") + ">"
}

// FailImport reports that there is no object of an import id that the server
// chose. advice says what such an id is, and what tells it.
func FailImport(diagnostics *diag.Diagnostics, object, advice string) {
	diagnostics.AddError(fmt.Sprintf("There is no %s to import", object), "The server does not know it. "+advice)
}

// ImportParts sets the attributes named by parts, and id, from an import id or
// an identity with the same attribute names.
func ImportParts(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse, parts ...string) {
	values := make([]string, len(parts))
	if req.ID == "" && req.Identity != nil {
		for i, part := range parts {
			resp.Diagnostics.Append(req.Identity.GetAttribute(ctx, path.Root(part), &values[i])...)
		}
	} else {
		var err error
		if values, err = SplitID(req.ID, parts...); err != nil {
			resp.Diagnostics.AddError("Malformed import id", sentence(err.Error()))
		}
	}
	if resp.Diagnostics.HasError() {
		return
	}
	for i, part := range parts {
		resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root(part), values[i])...)
	}
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("id"), JoinID(values...))...)
}
