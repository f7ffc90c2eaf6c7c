package ethora

import (
	"errors"
	"fmt"
	"maps"
	"strconv"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/chattenant/terraform-provider-chat/internal/api/ethora"
	"github.com/chattenant/terraform-provider-chat/internal/api/rest"
	"github.com/chattenant/terraform-provider-chat/internal/system"
)

// namesShown is how many users one message names: whoever mends them wants each
// name. Beyond that it is the cause that is to be mended, and the message says
// how many more there are.
const namesShown = 1000

// bulkFailures are the failures of one step on many users, gathered by cause.
type bulkFailures struct {
	action     string                               // the verb: "create"
	one        func(id string) string               // names one object: `Ethora user "ann" of app 64b…`
	many       func(count int) string               // names several
	mark       func(id string) path.Path            // where one user stands
	whole      path.Path                            // where all stand
	attributes func(id string) map[string]path.Path // where one user's fields stand; nil where they don't
	advice     map[rest.Kind]string                 // what to do next
	causes     []*bulkCause                         // in the order of their first users
	known      map[string]*bulkCause
}

// A bulkCause is one reason and all users that failed for it.
type bulkCause struct {
	err   error // as told of the first user
	users []string
	told  []string // each user, with what is particular to it
}

// newUserFailures are failures with users of a chat_ethora_users.
func newUserFailures(action, appID string) *bulkFailures {
	return &bulkFailures{
		action:     action,
		one:        func(id string) string { return describeUser(appID, id) },
		many:       func(count int) string { return fmt.Sprintf("%d users of %s", count, describeApp(appID)) },
		mark:       userPath,
		whole:      path.Root("users"),
		attributes: elementPaths,
		advice:     bulkAdvice(),
		known:      map[string]*bulkCause{},
	}
}

// newMemberFailures are failures with users of a chat_ethora_room_members. way
// is "to" or "from".
func newMemberFailures(action, way, appID, roomID string) *bulkFailures {
	whole := path.Root("user_ids")
	room := fmt.Sprintf(" %s %s", way, describeRoom(appID, roomID))
	next := maps.Clone(advice)
	next[rest.NotFound] = fmt.Sprintf("App %s has no such active user. Take the ids from the resources that create the users, "+
		"so that Terraform creates them first, or take them out of user_ids.", appID)
	return &bulkFailures{
		action:     action,
		one:        func(id string) string { return fmt.Sprintf("user %q", id) + room },
		many:       func(count int) string { return fmt.Sprintf("%d users", count) + room },
		mark:       func(string) path.Path { return whole },
		whole:      whole,
		attributes: func(string) map[string]path.Path { return map[string]path.Path{"members": whole} },
		advice:     next,
		known:      map[string]*bulkCause{},
	}
}

// add records the failure of one user. email is "" where there is none.
func (f *bulkFailures) add(id, email string, err error) {
	key, told := causeOf(id, email, err), strconv.Quote(id)
	if emailIsTaken(err) {
		var answer *rest.Error
		errors.As(err, &answer)
		told += " (" + answer.Fields["email"] + ")"
	}
	cause := f.known[key]
	if cause == nil {
		cause = &bulkCause{err: err}
		f.known[key] = cause
		f.causes = append(f.causes, cause)
	}
	cause.users = append(cause.users, id)
	cause.told = append(cause.told, told)
}

func emailIsTaken(err error) bool {
	return rest.IsKind(err, rest.Conflict) && refusedField(err, "email")
}

// causeOf is what the failures of several users have in common: the error
// without what names the user, the request or the job.
func causeOf(id, email string, err error) string {
	var pending *ethora.PendingError
	var answer *rest.Error
	if errors.As(err, &pending) {
		err = pending.Err
	}
	text := err.Error()
	if errors.As(err, &answer) && answer.Message != "" {
		text = answer.Message
	}
	if answer != nil {
		text = fmt.Sprintf("%d %d %s %s", answer.Kind, answer.Status, answer.Code, text)
	}
	if emailIsTaken(err) {
		return "the e-mail address is taken"
	}
	text = strings.ReplaceAll(text, strconv.Quote(id), "(id)")
	if email != "" {
		text = strings.ReplaceAll(text, email, "(email)")
	}
	return fmt.Sprint(pending != nil, " ", text)
}

// report makes one error of each cause: on the user, or on the collection when
// it concerns several.
func (f *bulkFailures) report(diagnostics *diag.Diagnostics) {
	for _, cause := range f.causes {
		first, err := cause.users[0], cause.err
		failure := system.Failure{Action: f.action, Object: f.one(first), Attributes: f.attributes(first), Advice: f.advice}
		marked := f.mark(first)
		if len(cause.users) > 1 {
			failure.Object, failure.Attributes, marked = f.many(len(cause.users)), nil, f.whole
			err = fmt.Errorf("%w; so it went for %s", err, someTexts(cause.told))
		}
		var problems diag.Diagnostics
		system.AddError(&problems, err, failure)
		for _, problem := range problems {
			if _, hasPath := problem.(diag.DiagnosticWithPath); !hasPath {
				problem = diag.WithPath(marked, problem)
			}
			diagnostics.Append(problem)
		}
	}
}

// elementPaths are userAttributePaths for one user of the map.
func elementPaths(id string) map[string]path.Path {
	paths := map[string]path.Path{"uuid": userPath(id)}
	for field, root := range userAttributePaths {
		if step, ok := root.Steps()[0].(path.PathStepAttributeName); ok && field != "uuid" {
			paths[field] = userPath(id).AtName(string(step))
		}
	}
	return paths
}

// bulkAdvice is advice, with what to do about users that are in the way.
func bulkAdvice() map[rest.Kind]string {
	all := maps.Clone(advice)
	all[rest.Conflict] = "Another user has the id or the e-mail address, and is left alone. If it is another resource's that this apply removes, apply again. Otherwise choose others; or take the user over: " +
		"let go of this resource with terraform state rm, then import it again as <app_id>/<user_id>/<user_id>/... with that user's id among the others."
	return all
}

// someOf names up to namesShown users.
func someOf(ids []string) string {
	quoted := make([]string, len(ids))
	for i, id := range ids {
		quoted[i] = strconv.Quote(id)
	}
	return someTexts(quoted)
}

// someTexts joins up to namesShown texts and says how many are left out.
func someTexts(texts []string) string {
	if more := len(texts) - namesShown; more > 0 {
		return strings.Join(texts[:namesShown], ", ") + fmt.Sprintf(" and %d more", more)
	}
	return strings.Join(texts, ", ")
}

// countOf is a number and what it counts: "1 user", "20 users".
func countOf(count int, thing string) string {
	if count == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", count, thing)
}
