package ethora

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/chattenant/terraform-provider-chat/internal/api/ethora"
	"github.com/chattenant/terraform-provider-chat/internal/api/rest"
)

// What a creation left undone is kept in the private state: pendingJobKey holds
// the id of the job that still creates a user.
const pendingJobKey = "pending_job"

// privateState is the framework's private state, whose type it does not export.
type privateState interface {
	GetKey(context.Context, string) ([]byte, diag.Diagnostics)
	SetKey(context.Context, string, []byte) diag.Diagnostics
}

// remember writes a text into the private state; "" takes the key out.
func remember(ctx context.Context, private privateState, key, value string) diag.Diagnostics {
	if value == "" {
		return private.SetKey(ctx, key, nil)
	}
	encoded, err := json.Marshal(value)
	if err != nil {
		return diag.Diagnostics{diag.NewErrorDiagnostic("Can't write the private state", err.Error())}
	}
	return private.SetKey(ctx, key, encoded)
}

// remembered is the inverse of remember.
func remembered(ctx context.Context, private privateState, key string) (string, diag.Diagnostics) {
	encoded, problems := private.GetKey(ctx, key)
	var value string
	if len(encoded) > 0 && json.Unmarshal(encoded, &value) != nil {
		problems.AddWarning("Can't read the private state", fmt.Sprintf("The value of %s is not a text and is passed over.", key))
	}
	return value, problems
}

// readCreatedUser reads a user whose creation may still be under way: jobID, ""
// for none. A user who is not there yet is waited for, for a job that ends late
// would otherwise make a user that no state knows. The error is a
// *ethora.PendingError when the job has not ended within the context. known is
// what the state tells of the user.
func readCreatedUser(ctx context.Context, client *tenant, appID, userID, jobID string, known ethora.User) (ethora.User, error) {
	user, err := client.GetKnownUser(ctx, appID, userID, known)
	if jobID == "" || !rest.IsKind(err, rest.NotFound) {
		return user, err
	}
	_, jobErr := client.WaitUsersBatchJob(ctx, appID, jobID)
	switch {
	case rest.IsKind(jobErr, rest.NotFound):
		return user, err // the server has forgotten the job, so nothing comes of it any more
	case jobErr != nil:
		return user, &ethora.PendingError{JobID: jobID, Err: jobErr}
	}
	return client.GetUser(ctx, appID, userID)
}

// updateNewApp completes an app. The update may be repeated, and an app that
// stays half done is tainted, so a server's fault is tried again.
func updateNewApp(ctx context.Context, client *tenant, appID string, fields ethora.AppFields) (ethora.App, error) {
	for attempt := 1; ; attempt++ {
		app, err := client.UpdateApp(ctx, appID, fields)
		if attempt == 3 || !rest.IsKind(err, rest.Unknown, rest.Malformed) {
			return app, err
		}
		select {
		case <-time.After(time.Second):
		case <-ctx.Done():
			return app, err
		}
	}
}
