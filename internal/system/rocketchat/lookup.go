package rocketchat

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/chattenant/terraform-provider-chat/internal/api/rocketchat"
)

// findToken looks through the rooms for the token of a visitor, which imports by
// id need. No other call tells tokens, and only administrators are told.
func findToken(
	ctx context.Context, client *tenant, kind, id string, wanted func(rocketchat.Room) bool, diagnostics *diag.Diagnostics,
) string {
	if !needAdministrator(client, "An import of a "+kind+" without the visitor's token", diagnostics) {
		return ""
	}
	room, found, err := client.findRoom(ctx, wanted)
	switch {
	case err != nil:
		fail(diagnostics, err, "look up the token for", describe(kind, id), nil)
	case !found:
		diagnostics.AddError("No room tells the token of the visitor",
			"Rocket.Chat tells the tokens of visitors only in the list of their rooms, and no room there belongs to the "+kind+" to import. "+
				"Check the id. If it is right, import with the visitor's token; the page of the resource shows how.")
	}
	return room.VisitorToken
}

// failImport says what an import id looks like. It does not repeat what was
// given, which may hold a token.
func failImport(diagnostics *diag.Diagnostics, form string) {
	diagnostics.AddError("Malformed import id", "The import id must be of the form "+form+".")
}
