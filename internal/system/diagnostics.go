package system

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/chattenant/terraform-provider-chat/internal/api/rest"
)

// Failure says what was being done when a call failed.
type Failure struct {
	// Action is the verb: "create", "read", "update", "delete", "list".
	Action string

	// Object names the thing: `user "ann" of app 64b…`.
	Object string

	// Attributes maps the vendor's field names to the attributes that carry
	// them, so that a refused field is marked in the configuration.
	Attributes map[string]path.Path

	// Advice is added for errors of a kind: what to do next.
	Advice map[rest.Kind]string

	// Next is what to do next whatever the error's kind; "" leaves it to Advice.
	Next string
}

// AddError turns a client error into diagnostics: one for each refused field,
// otherwise one for the whole object.
func AddError(diagnostics *diag.Diagnostics, err error, failure Failure) {
	summary := fmt.Sprintf("Can't %s %s", failure.Action, failure.Object)
	detail := explain(err, failure)

	var answer *rest.Error
	marked := false
	if errors.As(err, &answer) {
		for _, field := range slices.Sorted(maps.Keys(answer.Fields)) {
			if attribute, ok := failure.Attributes[field]; ok {
				diagnostics.AddAttributeError(attribute, summary, answer.Fields[field]+"\n\n"+detail)
				marked = true
			}
		}
	}
	if !marked {
		diagnostics.AddError(summary, detail)
	}
}

// explain writes the error and what to do about it.
func explain(err error, failure Failure) string {
	next := failure.Next
	var answer *rest.Error
	switch {
	case next != "":
	case errors.Is(err, context.DeadlineExceeded):
		next = "The time allowed for this operation ran out. Try again, or raise the value in the resource's timeouts."
	case errors.Is(err, context.Canceled):
		next = "The operation was cancelled. Run the same command again: it goes on from what is done."
	case errors.As(err, &answer):
		next = failure.Advice[answer.Kind]
		if next == "" {
			next = generalAdvice[answer.Kind]
		}
	}
	return strings.TrimSpace(sentence(err.Error()) + "\n\n" + next)
}

// InTheWay says what to do about an object that is where a new one was to be. The
// command that imports it follows.
const InTheWay = "It was there before, so it is left alone. If it is another resource's that this apply removes, or the one to be replaced, apply again, and without create_before_destroy. " +
	"Otherwise something else made it, or an apply that was interrupted before it could save. To manage it from here, import it:\n\n  "

// generalAdvice is what to do next where a system has nothing better to say.
var generalAdvice = map[rest.Kind]string{
	rest.RateLimited: "The server limits how often it may be called. Wait a little and run the same command again, or lower -parallelism.",
	rest.Unavailable: "The server could not be reached or did not answer in time. Check the address and the network, then run the same command again.",
	rest.Malformed:   "The answer is not what the API promises. Check that the address is the API's own and not a proxy, a login page or a web site.",
	rest.Unsupported: "The server does not know this call. Check the address and the server's version.",
}

// sentence gives a text a capital and a full stop.
func sentence(text string) string {
	text = strings.TrimSpace(text)
	if text == "" {
		return ""
	}
	text = strings.ToUpper(text[:1]) + text[1:]
	if !strings.HasSuffix(text, ".") {
		text += "."
	}
	return text
}

// WarnGone tells the user why an object is leaving the state.
func WarnGone(diagnostics *diag.Diagnostics, object, reason string) {
	diagnostics.AddWarning(
		fmt.Sprintf("%s no longer exists", sentence(object)[:len(sentence(object))-1]),
		fmt.Sprintf("%s It is removed from the state. If it is still in the configuration, "+
			"the plan proposes to create it again; if that is not wanted, take it out of the configuration.", sentence(reason)),
	)
}
