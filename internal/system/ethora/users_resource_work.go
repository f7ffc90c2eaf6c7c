package ethora

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/chattenant/terraform-provider-chat/internal/api/ethora"
	"github.com/chattenant/terraform-provider-chat/internal/api/rest"
	"github.com/chattenant/terraform-provider-chat/internal/system"
)

// usersWork changes many users at once. state is what the state must say by
// now: each step that succeeds is recorded there, user by user.
type usersWork struct {
	tenant *tenant
	appID  string
	bypass bool
	hard   bool
	wanted map[string]userModel // with passwords
	state  map[string]userModel
	jobs   map[string]string // job by the user it still creates
}

// newUsersWork takes the passwords from the configuration: a plan has none.
func newUsersWork(tenant *tenant, plan usersModel, passwords types.Map, state map[string]userModel) *usersWork {
	wanted := usersIn(plan.Users)
	for id, password := range passwords.Elements() {
		if planned, exists := wanted[id]; exists {
			planned.PasswordWO, _ = password.(types.String)
			wanted[id] = planned
		}
	}
	if state == nil {
		state = map[string]userModel{}
	}
	return &usersWork{
		tenant: tenant,
		appID:  plan.AppID.ValueString(),
		bypass: plan.BypassEmailConfirmation.ValueBool(),
		wanted: wanted,
		state:  state,
		jobs:   map[string]string{},
	}
}

// namesAreFree looks for users that have the ids or e-mail addresses of ours. A
// creation that fails in its middle taints the whole resource, so it is not
// even begun then. A server that does not list users is asked nothing.
func (w *usersWork) namesAreFree(ctx context.Context, diagnostics *diag.Diagnostics) bool {
	if len(w.wanted) == 0 {
		return true
	}
	existing, err := w.tenant.ListUsers(ctx, w.appID, ethora.UserFilter{})
	if err != nil && !rest.IsKind(err, rest.Unsupported) {
		fail(diagnostics, err, "create", "users of "+describeApp(w.appID), nil)
		return false
	}
	addresses := make(map[string]string, len(w.wanted))
	for id, user := range w.wanted {
		addresses[strings.ToLower(user.Email.ValueString())] = id
	}
	var ids, emails []string
	for _, user := range existing {
		if _, taken := w.wanted[user.UserID]; taken {
			ids = append(ids, user.UserID)
		} else if id, taken := addresses[strings.ToLower(user.Email)]; taken {
			emails = append(emails, fmt.Sprintf("%s of %q belongs to %q", user.Email, id, user.UserID))
		}
	}
	if len(ids)+len(emails) == 0 {
		return true
	}
	diagnostics.AddAttributeError(path.Root("users"),
		fmt.Sprintf("Can't create users of %s: others have their ids or e-mail addresses", describeApp(w.appID)), takenNames(w.appID, ids, emails))
	return false
}

// takenNames says who is in the way and how to take them over.
func takenNames(appID string, ids, emails []string) string {
	text := []string{"Nothing was created."}
	if len(ids) > 0 {
		command := system.JoinID(append([]string{appID}, ids...)...)
		if len(ids) > namesShown {
			command = appID + "/<user_id>/<user_id>/..."
		}
		text = append(text, fmt.Sprintf("These users exist already, so they are left alone: %s. If they are another resource's that this apply removes, apply again. "+
			"Otherwise something else made them, or an apply that was interrupted before it could save. To manage them from here, import them, and the next apply creates the others:\n\n"+
			"  terraform import <address of this resource> '%s'\n\nOr choose other ids.", someOf(ids), command))
	}
	if len(emails) > 0 {
		text = append(text, fmt.Sprintf("These e-mail addresses are taken, and an address belongs to one user of an app: %s. "+
			"Choose others, or manage the users that have them under their own ids.", someTexts(emails)))
	}
	return strings.Join(text, "\n\n")
}

// create creates users and sends what Ethora takes only afterwards.
func (w *usersWork) create(ctx context.Context, ids []string, diagnostics *diag.Diagnostics) {
	if len(ids) == 0 {
		return
	}
	users := make([]ethora.NewUser, len(ids))
	for i, id := range ids {
		users[i] = expandNewUser(w.wanted[id], w.wanted[id].PasswordWO)
	}
	failed, unfinished := newUserFailures("create", w.appID), newUserFailures("finish creating", w.appID)
	var created, revived []string
	for i, result := range w.tenant.CreateUsers(ctx, w.appID, users, w.bypass) {
		id := ids[i]
		planned, user := w.wanted[id], result.Outcome.User
		var pending *ethora.PendingError
		switch {
		case errors.As(result.Err, &pending):
			// The server took the order: the user exists or will. Losing it would leave an orphan.
			user = ethora.User{UserID: id, Email: users[i].Email, FirstName: users[i].FirstName, LastName: users[i].LastName}
			w.jobs[id] = pending.JobID
			unfinished.add(id, users[i].Email, result.Err)
		case result.Err != nil:
			failed.add(id, users[i].Email, result.Err)
			continue
		default:
			created = append(created, id)
		}
		if result.Outcome.Restored && !planned.PasswordWO.IsNull() {
			revived = append(revived, id)
		}
		flattenBulkUser(w.appID, user, &planned)
		w.state[id] = planned
	}
	w.finish(ctx, created, unfinished)
	warnRevived(revived, diagnostics)
	failed.report(diagnostics)
	unfinished.report(diagnostics)
}

// progress says how far a creation came. Users with a job may not exist yet.
func (w *usersWork) progress() string {
	text := fmt.Sprintf("%d of %d users were created in %s", len(w.state)-len(w.jobs), len(w.wanted), describeApp(w.appID))
	if len(w.jobs) > 0 {
		text += fmt.Sprintf(", and %d are still being created", len(w.jobs))
	}
	return text
}

// finish brings new users to what is planned. A user that stays unfinished
// fails the resource, so that Ctrl-C does not stop this at once.
func (w *usersWork) finish(ctx context.Context, created []string, unfinished *bulkFailures) {
	var ids []string
	var updates []ethora.UserUpdate
	for _, id := range created {
		if update := expandUserUpdate(w.wanted[id], w.state[id]); isUpdate(update) {
			ids, updates = append(ids, id), append(updates, update)
		}
		// The answers are older than the updates, so a difference means nothing.
		stored := w.state[id]
		keepPlannedUser(w.wanted[id], stored, &stored)
		w.state[id] = stored
	}
	if len(updates) == 0 {
		return
	}
	ctx, cancel := system.Outliving(ctx)
	defer cancel()
	for i, result := range w.tenant.UpdateUsers(ctx, w.appID, updates) {
		if result.Err != nil {
			unfinished.add(ids[i], "", result.Err)
		}
	}
}

func warnRevived(ids []string, diagnostics *diag.Diagnostics) {
	if len(ids) > 0 {
		diagnostics.AddAttributeWarning(path.Root("users"), "Users were revived with their old passwords",
			fmt.Sprintf("%s had been archived. Ethora revived them and takes no new password, so the old ones still hold.", someOf(ids)))
	}
}

// update changes users in place. One that fails keeps its prior state.
func (w *usersWork) update(ctx context.Context, changes usersChanges, diagnostics *diag.Diagnostics) {
	for _, id := range changes.keep {
		stored := w.wanted[id]
		keepPlannedUser(w.wanted[id], w.state[id], &stored)
		w.state[id] = stored
	}
	if len(changes.update) == 0 {
		return
	}
	updates := make([]ethora.UserUpdate, len(changes.update))
	for i, id := range changes.update {
		updates[i] = expandUserUpdate(w.wanted[id], w.state[id])
	}
	failed := newUserFailures("update", w.appID)
	var differing []string
	for i, result := range w.tenant.UpdateUsers(ctx, w.appID, updates) {
		id := changes.update[i]
		if result.Err != nil {
			failed.add(id, "", result.Err)
			continue
		}
		stored := w.wanted[id]
		if result.User != nil {
			flattenBulkUser(w.appID, *result.User, &stored)
		}
		for _, attribute := range keepPlannedUser(w.wanted[id], w.state[id], &stored) {
			differing = append(differing, fmt.Sprintf("%s of %q", attribute, id))
		}
		w.state[id] = stored
	}
	if len(differing) > 0 {
		diagnostics.AddAttributeWarning(path.Root("users"), "Ethora stored other values",
			fmt.Sprintf("It answered other values than it was asked to store: %s. The next plan will show the difference.", someTexts(differing)))
	}
	failed.report(diagnostics)
}

// remove deletes users.
func (w *usersWork) remove(ctx context.Context, ids []string, diagnostics *diag.Diagnostics) {
	if len(ids) == 0 {
		return
	}
	failed := newUserFailures("delete", w.appID)
	for i, err := range w.tenant.DeleteUsers(ctx, w.appID, ids, ethora.DeleteOptions{Hard: w.hard}) {
		if err != nil {
			failed.add(ids[i], "", err)
			continue
		}
		delete(w.state, ids[i])
	}
	failed.report(diagnostics)
}
