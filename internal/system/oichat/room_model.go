package oichat

import (
	"context"
	"fmt"
	"reflect"
	"regexp"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/chattenant/terraform-provider-chat/internal/api/oichat"
	"github.com/chattenant/terraform-provider-chat/internal/linear"
	"github.com/chattenant/terraform-provider-chat/internal/system"
)

// How many participants a room is created with (oichat-api.md §3 [seed]).
const (
	leastParticipants = 2
	mostParticipants  = 500
)

// goneReason is why a room leaves the state. OiChat does not say more.
const goneReason = "OiChat does not know it any more: it was deleted, or destroyed when its last participant left"

// keyForm is what an idempotency key may be, for it travels in a header.
var keyForm = regexp.MustCompile(`^[!-~]{1,255}$`)

const keyRule = "must be 1 to 255 visible ASCII characters without spaces"

// mostIn is how many participants a room holds. That a direct room has two is
// assumed (oichat-api.md §4); it only decides who goes first in an exchange.
func mostIn(roomType string) int {
	if roomType == "direct" {
		return leastParticipants
	}
	return mostParticipants
}

func expandNewRoom(plan roomModel) oichat.NewRoom {
	participants := plan.Participants
	if participants.IsNull() {
		participants = plan.InitialParticipants
	}
	room := oichat.NewRoom{
		Type:           plan.Type.ValueString(),
		Participants:   system.KnownTexts(participants.SetValue),
		Name:           plan.Name.ValueString(),
		IdempotencyKey: plan.IdempotencyKey.ValueString(),
	}
	if metadata := plan.Metadata.ValueString(); !isEmptyObject(metadata) {
		room.Metadata = rawJSON(plan.Metadata)
	}
	return room
}

func isEmptyObject(text string) bool {
	object, _ := decodeJSON(text).(map[string]any)
	return len(object) == 0
}

// expandRoomUpdate lists what differs between the plan and what is there.
func expandRoomUpdate(plan, prior roomModel) (fields oichat.RoomFields, differs bool) {
	switch {
	case plan.Name.Equal(prior.Name):
	case plan.Name.ValueString() == "":
		fields.ClearName, differs = true, true
	default:
		fields.Name, differs = plan.Name.ValueStringPointer(), true
	}
	if !plan.Metadata.Equal(prior.Metadata) {
		fields.Metadata, differs = rawJSON(plan.Metadata), true
	}
	if !plan.Status.Equal(prior.Status) {
		fields.Status, differs = plan.Status.ValueStringPointer(), true
	}
	return fields, differs
}

// flattenRoom writes what the server says into the model, without the
// participants.
func flattenRoom(room oichat.Room, model *roomModel) {
	model.ID = types.StringValue(room.ID)
	model.RoomID = types.StringValue(room.ID)
	if room.Type != "" { // one that nobody knows must not replace the room
		model.Type = types.StringValue(room.Type)
	}
	model.Name = types.StringValue(room.Name)
	storeJSON(room.Metadata, &model.Metadata)
	keepUntold(room.Status, "open", &model.Status)
}

// flattenParticipants writes the participants into a model that lists them, or
// that is imported.
func flattenParticipants(room oichat.Room, imported bool, model *roomModel, diagnostics *diag.Diagnostics) {
	switch {
	case model.Participants.IsNull() && !imported:
	case room.HasParticipants:
		model.Participants = linear.NewStringSetValue(room.Participants)
	default:
		warnUntold(room.ID, diagnostics)
	}
}

// warnUntold tells that participants can't be compared.
func warnUntold(roomID string, diagnostics *diag.Diagnostics) {
	diagnostics.AddWarning("OiChat does not tell who is in a room",
		fmt.Sprintf("Its answer about %s lists no participants, so who is there can't be compared with the configuration. The state stays as it is.", describeRoom(roomID)))
}

// keepPlannedRoom puts back each planned value that the server answered
// differently, with a warning.
func keepPlannedRoom(plan roomModel, state *roomModel, diagnostics *diag.Diagnostics) {
	system.KeepPlanned(title, plan.Type, &state.Type, "type", diagnostics)
	system.KeepPlanned(title, plan.Name, &state.Name, "name", diagnostics)
	system.KeepPlanned(title, plan.Metadata, &state.Metadata, "metadata", diagnostics)
	if !diagnostics.HasError() { // of the status, which is set last
		system.KeepPlanned(title, plan.Status, &state.Status, "status", diagnostics)
	}
}

// mustBeStored reports each field that the server was asked to change and left
// as it was.
func mustBeStored(plan, reached roomModel, fields oichat.RoomFields, diagnostics *diag.Diagnostics) {
	roomID := reached.RoomID.ValueString()
	switch {
	case fields.ClearName && !plan.Name.Equal(reached.Name):
		failClearing(diagnostics, nil, roomID)
	case fields.Name != nil && !plan.Name.Equal(reached.Name):
		failStoring(diagnostics, "name", roomID, fmt.Sprintf("It answers that the name is %q.", reached.Name.ValueString()))
	}
	if fields.Metadata != nil && !reflect.DeepEqual(decodeJSON(plan.Metadata.ValueString()), decodeJSON(reached.Metadata.ValueString())) {
		failStoring(diagnostics, "metadata", roomID, fmt.Sprintf("It answers that the metadata is %s. "+
			"Whether OiChat replaces metadata or adds to it is not documented: where it adds, a key stays until it is overwritten. "+
			"Keep the keys that you do not need any more, with the value null.", reached.Metadata.ValueString()))
	}
	if fields.Status != nil && !plan.Status.Equal(reached.Status) {
		failStoring(diagnostics, "status", roomID, fmt.Sprintf("It answers that the status is %q.", reached.Status.ValueString()))
	}
}

func failStoring(diagnostics *diag.Diagnostics, attribute, roomID, answer string) {
	diagnostics.AddAttributeError(path.Root(attribute), fmt.Sprintf("%s did not take the %s", describeRoom(roomID), attribute),
		"OiChat accepted the change, but stored something else. "+answer)
}

// failClearing reports that a room keeps its name. err is nil when the server
// did not even refuse.
func failClearing(diagnostics *diag.Diagnostics, err error, roomID string) {
	detail := "OiChat was asked to take the name away, and the room still has it."
	if err != nil {
		detail = err.Error() + "."
	}
	diagnostics.AddAttributeError(path.Root("name"), "Can't take the name of "+describeRoom(roomID)+" away",
		detail+" That OiChat can do this is not documented. Give the room another name, or leave name out to keep the one it has.")
}

// warnWithoutEffect tells of changes that are stored in the state alone.
func warnWithoutEffect(plan, prior roomModel, diagnostics *diag.Diagnostics) {
	if changed(plan.InitialParticipants, prior.InitialParticipants) {
		diagnostics.AddAttributeWarning(path.Root("initial_participants"), "Nobody enters or leaves the room",
			"initial_participants only counts when the room is created. To change who is in the room that exists, use chat_oichat_room_participant, "+
				"or participants in place of initial_participants.")
	}
	if plan.Participants.IsNull() && !prior.Participants.IsNull() {
		diagnostics.AddAttributeWarning(path.Root("participants"), "Nobody is removed from the room",
			"The plan shows participants as removed because Terraform lets go of them: they stay in the room, and from now on Terraform leaves alone who is there.")
	}
}

// warnSameRoom tells that a room stays, which a creation of this run was answered
// with: to delete it would delete what the state now has.
func warnSameRoom(roomID string, diagnostics *diag.Diagnostics) {
	diagnostics.AddWarning(describeRoom(roomID)+" stays, in place of a new one",
		"It was to be replaced, but OiChat answered the creation of the new room with this one: it does so for 24 hours where both have the same idempotency_key, "+
			"and may do so for direct rooms. So it was not deleted, and is managed as before. For a new room, choose another idempotency_key.")
}

// changed is true when a value that was set becomes another one.
func changed(planned, prior attr.Value) bool {
	return !planned.IsNull() && !planned.IsUnknown() && !prior.IsNull() && !planned.Equal(prior)
}

// identity is what tells the object from all others, by attribute.
func (m roomModel) identity() map[string]types.String {
	return map[string]types.String{"room_id": m.RoomID}
}

// saveRoom writes state and identity.
func saveRoom(ctx context.Context, model roomModel, state *tfsdk.State, identity *tfsdk.ResourceIdentity) diag.Diagnostics {
	problems := state.Set(ctx, model)
	problems.Append(system.SaveIdentity(ctx, identity, model.identity())...)
	return problems
}
