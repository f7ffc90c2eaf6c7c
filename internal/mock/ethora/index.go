package ethora

import (
	"slices"
	"strings"
)

// An index spares a walk over all users of an app, so that a call costs the
// same in an app of 10,000. It is made when it is first asked for.
type index struct {
	byEmail map[string]*user
	byID    map[string]*user
	inOrder []*user // oldest first
}

// indexed returns the index of the app's users.
func (a *app) indexed() *index {
	if a.index == nil {
		a.index = &index{byEmail: map[string]*user{}, byID: map[string]*user{}}
		for _, u := range a.Users {
			a.index.byEmail[u.Email], a.index.byID[u.ID] = u, u
			a.index.inOrder = append(a.index.inOrder, u)
		}
		slices.SortFunc(a.index.inOrder, byAge)
	}
	return a.index
}

// put adds a user to the app.
func (a *app) put(u *user) {
	known := a.indexed()
	a.Users[u.Name] = u
	known.byEmail[u.Email], known.byID[u.ID] = u, u
	place, _ := slices.BinarySearchFunc(known.inOrder, u, byAge)
	known.inOrder = slices.Insert(known.inOrder, place, u)
}

// drop takes a user out of the app.
func (a *app) drop(u *user) {
	delete(a.Users, u.Name)
	a.index = nil // many are dropped in a row: one walk afterwards is less than one for each
}

// byAge compares users: ids grow.
func byAge(x, y *user) int { return strings.Compare(x.ID, y.ID) }

// has reports whether somebody is a member of the room.
func (r *room) has(name string) bool {
	if r.present == nil {
		r.present = make(map[string]bool, len(r.Members))
		for _, member := range r.Members {
			r.present[member] = true
		}
	}
	return r.present[name]
}
