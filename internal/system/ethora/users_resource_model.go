package ethora

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/chattenant/terraform-provider-chat/internal/api/ethora"
	"github.com/chattenant/terraform-provider-chat/internal/api/rest"
	"github.com/chattenant/terraform-provider-chat/internal/system"
)

// usersElementTypes are the types of one user's attributes in the map.
var usersElementTypes = map[string]attr.Type{
	"email":               system.CaseInsensitiveType{},
	"first_name":          types.StringType,
	"last_name":           types.StringType,
	"username":            types.StringType,
	"profile_image_url":   types.StringType,
	"password_wo_version": types.Int64Type,
}

// userPath is where a user stands in the configuration.
func userPath(id string) path.Path { return path.Root("users").AtMapKey(id) }

// usersIn are the users of a map by id. Users that are not known are left out.
func usersIn(users types.Map) map[string]userModel {
	models := make(map[string]userModel, len(users.Elements()))
	for id, element := range users.Elements() {
		object, _ := element.(types.Object)
		if object.IsNull() || object.IsUnknown() {
			continue
		}
		models[id] = userIn(id, object.Attributes())
	}
	return models
}

// userIn reads one user. Going through reflection takes longer than asking the
// server for it.
func userIn(id string, attributes map[string]attr.Value) userModel {
	user := userModel{UserID: types.StringValue(id)}
	user.Email, _ = attributes["email"].(system.CaseInsensitive)
	user.FirstName, _ = attributes["first_name"].(types.String)
	user.LastName, _ = attributes["last_name"].(types.String)
	user.Username, _ = attributes["username"].(types.String)
	user.ProfileImageURL, _ = attributes["profile_image_url"].(types.String)
	user.PasswordWOVersion, _ = attributes["password_wo_version"].(types.Int64)
	return user
}

// usersMap is the inverse of usersIn, without passwords.
func usersMap(users map[string]userModel) types.Map {
	elements := make(map[string]attr.Value, len(users))
	for id, user := range users {
		elements[id] = types.ObjectValueMust(usersElementTypes, map[string]attr.Value{
			"email":               user.Email,
			"first_name":          user.FirstName,
			"last_name":           user.LastName,
			"username":            user.Username,
			"profile_image_url":   user.ProfileImageURL,
			"password_wo_version": user.PasswordWOVersion,
		})
	}
	return types.MapValueMust(types.ObjectType{AttrTypes: usersElementTypes}, elements)
}

// flattenBulkUser is flattenUser, but keeps the letter case of an e-mail
// address that is otherwise the same.
func flattenBulkUser(appID string, user ethora.User, model *userModel) {
	before := model.Email
	flattenUser(appID, user, model)
	if strings.EqualFold(before.ValueString(), model.Email.ValueString()) && !before.IsNull() && !before.IsUnknown() {
		model.Email = before
	}
}

func sortedIDs[V any](users map[string]V) []string {
	return slices.Sorted(maps.Keys(users))
}

// emailChanges and passwordChanges say whether a user would have to be created
// again. A value that is not known yet may turn out to be the same.
func emailChanges(planned, prior userModel) bool {
	return !planned.Email.IsUnknown() && !strings.EqualFold(planned.Email.ValueString(), prior.Email.ValueString())
}

func passwordChanges(planned, prior userModel) bool {
	return !prior.PasswordWOVersion.IsNull() && !planned.PasswordWOVersion.IsNull() && !planned.PasswordWOVersion.IsUnknown() &&
		!planned.PasswordWOVersion.Equal(prior.PasswordWOVersion)
}

// usersChanges is what an update does to which users; all ids are sorted. A user
// of keep changes in the state alone: the letter case of its e-mail address, or
// the first version of its password.
type usersChanges struct {
	remove, recreate, update, keep, create []string
}

// compareUsers tells how to come from what is there to what is wanted.
func compareUsers(wanted, prior map[string]userModel) usersChanges {
	var changes usersChanges
	for _, id := range sortedIDs(prior) {
		if _, stays := wanted[id]; !stays {
			changes.remove = append(changes.remove, id)
		}
	}
	for _, id := range sortedIDs(wanted) {
		user, exists := prior[id]
		switch {
		case !exists:
			changes.create = append(changes.create, id)
		case emailChanges(wanted[id], user) || passwordChanges(wanted[id], user):
			changes.recreate = append(changes.recreate, id)
		case isUpdate(expandUserUpdate(wanted[id], user)):
			changes.update = append(changes.update, id)
		default:
			changes.keep = append(changes.keep, id)
		}
	}
	return changes
}

// isUpdate reports whether an update changes anything.
func isUpdate(update ethora.UserUpdate) bool {
	return update != ethora.UserUpdate{UserID: update.UserID}
}

// keepPlannedUser puts back each planned value that the server answered
// differently, and names the attributes. Values that were left to the server
// are the prior ones where it did not tell.
func keepPlannedUser(planned, prior userModel, stored *userModel) (differing []string) {
	for _, part := range []struct {
		name           string
		planned, prior types.String
		stored         *types.String
	}{
		{"first_name", planned.FirstName, prior.FirstName, &stored.FirstName},
		{"last_name", planned.LastName, prior.LastName, &stored.LastName},
		{"username", planned.Username, prior.Username, &stored.Username},
		{"profile_image_url", planned.ProfileImageURL, prior.ProfileImageURL, &stored.ProfileImageURL},
	} {
		switch {
		case part.planned.IsUnknown() && part.stored.IsUnknown():
			*part.stored = part.prior
		case !part.planned.IsUnknown() && !part.planned.Equal(*part.stored):
			*part.stored = part.planned
			differing = append(differing, part.name)
		}
	}
	if !strings.EqualFold(planned.Email.ValueString(), stored.Email.ValueString()) {
		differing = append(differing, "email")
	}
	stored.Email = planned.Email
	return differing
}

// pendingJobsKey holds in the private state the jobs that still create users,
// by user id.
const pendingJobsKey = "pending_jobs"

// rememberJobs writes the jobs into the private state; none takes them out.
func rememberJobs(ctx context.Context, private privateState, jobs map[string]string) diag.Diagnostics {
	if len(jobs) == 0 {
		return private.SetKey(ctx, pendingJobsKey, nil)
	}
	encoded, err := json.Marshal(jobs)
	if err != nil {
		return diag.Diagnostics{diag.NewErrorDiagnostic("Can't write the private state", err.Error())}
	}
	return private.SetKey(ctx, pendingJobsKey, encoded)
}

// rememberedJobs is the inverse of rememberJobs.
func rememberedJobs(ctx context.Context, private privateState) (map[string]string, diag.Diagnostics) {
	encoded, problems := private.GetKey(ctx, pendingJobsKey)
	jobs := map[string]string{}
	if len(encoded) > 0 && json.Unmarshal(encoded, &jobs) != nil {
		problems.AddWarning("Can't read the private state", fmt.Sprintf("The value of %s is not understood and is passed over.", pendingJobsKey))
	}
	return jobs, problems
}

// awaitJobs waits for the jobs of users who are not there yet, and adds the
// users they made to found: a job that ends late would otherwise make a user
// that no state knows. It returns the users whose job goes on.
func awaitJobs(ctx context.Context, tenant *tenant, appID string, jobs map[string]string, found map[string]ethora.User, diagnostics *diag.Diagnostics) map[string]string {
	ends := map[string]error{}
	goingOn := map[string]string{}
	for _, id := range sortedIDs(jobs) {
		if _, exists := found[id]; exists {
			continue
		}
		job := jobs[id]
		if _, asked := ends[job]; !asked {
			_, ends[job] = tenant.WaitUsersBatchJob(ctx, appID, job)
		}
		err := ends[job]
		if err == nil {
			var user ethora.User
			user, err = tenant.Client.GetUser(ctx, appID, id) // newer than the job, as a shared answer need not be
			if err == nil {
				found[id] = user
			}
		}
		if err != nil && !rest.IsKind(err, rest.NotFound) { // a job that the server has forgotten makes nothing any more
			goingOn[id] = job
			if len(goingOn) == 1 {
				diagnostics.AddWarning(fmt.Sprintf("Users of %s are still being created", describeApp(appID)),
					fmt.Sprintf("The server has taken the order and has not finished it: %s. The state is kept as it is. Run the same command again later.", err))
			}
		}
	}
	return goingOn
}
