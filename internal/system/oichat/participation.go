package oichat

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/chattenant/terraform-provider-chat/internal/system"
)

// participation is who manages the participants of a room in this run: the room,
// which removes everybody it does not list, or resources of one participant
// each. Together they would undo each other's work in every apply.
type participation struct {
	turns system.Turns // by user id, and of the room itself by theRoom

	mutex  sync.Mutex
	whole  bool            // the room lists them
	single map[string]bool // those with a resource of their own
}

// theRoom is the turn of the room itself. No user has an empty id.
const theRoom = ""

// claimWhole notes whether a room lists its participants, and refuses to when
// some have resources of their own.
func (p *participation) claimWhole(roomID string, whole bool, diagnostics *diag.Diagnostics) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.whole = whole
	if whole && len(p.single) > 0 {
		refuseBoth(roomID, path.Root("participants"), slices.Sorted(maps.Keys(p.single)), diagnostics)
	}
}

// claimSingle notes that a participant has a resource of its own, and refuses
// that when the room lists its participants.
func (p *participation) claimSingle(roomID, userID string, diagnostics *diag.Diagnostics) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	if p.single == nil {
		p.single = map[string]bool{}
	}
	p.single[userID] = true
	if p.whole {
		refuseBoth(roomID, path.Root("room_id"), []string{userID}, diagnostics)
	}
}

// dropSingle notes that a participant has no resource any more.
func (p *participation) dropSingle(userID string) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	delete(p.single, userID)
}

func refuseBoth(roomID string, attribute path.Path, userIDs []string, diagnostics *diag.Diagnostics) {
	diagnostics.AddAttributeError(attribute, fmt.Sprintf("The participants of %s are managed twice", describeRoom(roomID)),
		fmt.Sprintf("Its chat_oichat_room lists participants, and so removes everybody else; but there is a chat_oichat_room_participant for %s. "+
			"They would undo each other's work in every apply. Keep one of the two:\n\n"+
			"  - List everybody in participants of the room, and remove the chat_oichat_room_participant.\n"+
			"  - Rename participants of the room to initial_participants, which only counts when the room is created.", quoted(userIDs)))
}

// mostQuoted is how many ids an error repeats.
const mostQuoted = 5

// quoted is a list of ids in words, cut where it becomes long.
func quoted(ids []string) string {
	words := []string{}
	for _, id := range ids[:min(len(ids), mostQuoted)] {
		words = append(words, fmt.Sprintf("%q", id))
	}
	text := strings.Join(words, ", ")
	if more := len(ids) - mostQuoted; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}
