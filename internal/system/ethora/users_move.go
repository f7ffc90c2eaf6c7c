package ethora

import (
	"context"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/chattenant/terraform-provider-chat/internal/api/ethora"
	"github.com/chattenant/terraform-provider-chat/internal/system"
)

var _ resource.ResourceWithMoveState = (*userResource)(nil)

// MoveState takes over the state of a single user, as the only user of the map.
func (r *usersResource) MoveState(ctx context.Context) []resource.StateMover {
	var source resource.SchemaResponse
	newUserResource().Schema(ctx, resource.SchemaRequest{}, &source)
	return []resource.StateMover{{SourceSchema: &source.Schema, StateMover: moveUserIntoUsers}}
}

func moveUserIntoUsers(ctx context.Context, req resource.MoveStateRequest, resp *resource.MoveStateResponse) {
	if !comesFrom(req, "chat_ethora_user") {
		return
	}
	var user userModel
	resp.Diagnostics.Append(req.SourceState.Get(ctx, &user)...)
	jobID, problems := remembered(ctx, req.SourcePrivate, pendingJobKey)
	resp.Diagnostics.Append(problems...)
	if resp.Diagnostics.HasError() {
		return
	}
	userID := user.UserID.ValueString()
	resp.Diagnostics.Append(resp.TargetState.Set(ctx, usersModel{
		ID:                      user.AppID,
		AppID:                   user.AppID,
		Users:                   usersMap(map[string]userModel{userID: user}),
		PasswordsWO:             types.MapNull(types.StringType),
		BypassEmailConfirmation: user.BypassEmailConfirmation,
		HardDelete:              user.HardDelete,
		Timeouts:                user.Timeouts,
	})...)
	if jobID != "" {
		resp.Diagnostics.Append(rememberJobs(ctx, resp.TargetPrivate, map[string]string{userID: jobID})...)
	}
}

// MoveState takes over the only user of a map.
func (r *userResource) MoveState(ctx context.Context) []resource.StateMover {
	var source resource.SchemaResponse
	newUsersResource().Schema(ctx, resource.SchemaRequest{}, &source)
	return []resource.StateMover{{SourceSchema: &source.Schema, StateMover: moveUserOutOfUsers}}
}

func moveUserOutOfUsers(ctx context.Context, req resource.MoveStateRequest, resp *resource.MoveStateResponse) {
	if !comesFrom(req, "chat_ethora_users") {
		return
	}
	var all usersModel
	resp.Diagnostics.Append(req.SourceState.Get(ctx, &all)...)
	jobs, problems := rememberedJobs(ctx, req.SourcePrivate)
	resp.Diagnostics.Append(problems...)
	if resp.Diagnostics.HasError() {
		return
	}
	appID, users := all.AppID.ValueString(), usersIn(all.Users)
	if len(users) != 1 {
		resp.Diagnostics.AddError("Can't move several users to one chat_ethora_user",
			fmt.Sprintf("This chat_ethora_users of app %s holds %s, and a moved block moves one. "+
				"Use a removed block for it and an import block for each user instead: the provider's guide on users in bulk shows how.",
				appID, countOf(len(users), "user")))
		return
	}
	for id, user := range users {
		user.ID = types.StringValue(system.JoinID(appID, id))
		user.AppID = all.AppID
		user.XMPPUsername = types.StringValue(ethora.XMPPUsername(appID, id))
		user.BypassEmailConfirmation = all.BypassEmailConfirmation
		user.HardDelete = all.HardDelete
		user.Timeouts = all.Timeouts
		resp.Diagnostics.Append(resp.TargetState.Set(ctx, user)...)
		resp.Diagnostics.Append(system.SaveIdentity(ctx, resp.TargetIdentity, user.identity())...)
		resp.Diagnostics.Append(remember(ctx, resp.TargetPrivate, pendingJobKey, jobs[id])...)
	}
}

// comesFrom reports whether a move starts at a type of this provider, whatever
// registry the provider came from.
func comesFrom(req resource.MoveStateRequest, typeName string) bool {
	return req.SourceTypeName == typeName && req.SourceState != nil && strings.HasSuffix(req.SourceProviderAddress, "/chat")
}
