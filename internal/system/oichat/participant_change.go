package oichat

import (
	"context"
	"fmt"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"golang.org/x/sync/errgroup"

	"github.com/chattenant/terraform-provider-chat/internal/system"
)

// concurrentCalls is how many participants of a room are added or removed at
// once: OiChat takes one in a call.
const concurrentCalls = 8

// participantChange makes the participants of a room those that are wanted.
type participantChange struct {
	client  *tenant
	roomID  string
	present []string // who is there, as far as OiChat has said so
	most    int      // who may be there
}

// apply adds and removes users until a call fails. Who is to come goes first, so
// that the room is never empty, which would destroy it; where the room is full,
// somebody leaves before.
func (c *participantChange) apply(ctx context.Context, wanted []string, diagnostics *diag.Diagnostics) {
	entering, leaving := system.Without(wanted, c.present), system.Without(c.present, wanted)
	for len(entering)+len(leaving) > 0 && !diagnostics.HasError() {
		free := c.most - len(c.present)
		if len(entering) > 0 && (free > 0 || len(leaving) == 0) {
			n := len(entering)
			if free > 0 {
				n = min(n, free)
			}
			c.add(ctx, entering[:n], diagnostics)
			entering = entering[n:]
			continue
		}
		n := min(len(leaving), max(len(c.present)-1, 1))
		if len(entering) > 0 {
			n = min(n, len(entering))
		}
		c.remove(ctx, leaving[:n], diagnostics)
		leaving = leaving[n:]
	}
}

func (c *participantChange) add(ctx context.Context, userIDs []string, diagnostics *diag.Diagnostics) {
	added, err := c.each(ctx, userIDs, c.client.AddParticipant)
	c.present = append(c.present, added...)
	c.report(err, "add", userIDs, added, diagnostics)
}

func (c *participantChange) remove(ctx context.Context, userIDs []string, diagnostics *diag.Diagnostics) {
	removed, err := c.each(ctx, userIDs, c.client.RemoveParticipant)
	c.present = system.Without(c.present, removed)
	c.report(err, "remove", userIDs, removed, diagnostics)
}

// each makes a call for each user, several at once, and returns those for whom
// it succeeded and the first error.
func (c *participantChange) each(ctx context.Context, userIDs []string, call func(ctx context.Context, roomID, userID string) error) ([]string, error) {
	succeeded := make([]bool, len(userIDs))
	var group errgroup.Group
	group.SetLimit(concurrentCalls)
	for i, userID := range userIDs {
		group.Go(func() error {
			err := call(ctx, c.roomID, userID)
			succeeded[i] = err == nil
			return err
		})
	}
	err := group.Wait()
	done := []string{}
	for i, userID := range userIDs {
		if succeeded[i] {
			done = append(done, userID)
		}
	}
	return done, err
}

// report makes one error of all that went wrong: it went wrong for one reason,
// most often.
func (c *participantChange) report(err error, action string, userIDs, succeeded []string, diagnostics *diag.Diagnostics) {
	if err == nil {
		return
	}
	failed := system.Without(userIDs, succeeded)
	slices.Sort(failed)
	fail(diagnostics, err, action, fmt.Sprintf("participants of %s: %s", describeRoom(c.roomID), quoted(failed)),
		map[string]path.Path{"user_id": path.Root("participants")})
}
