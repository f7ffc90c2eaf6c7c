package tegrabox

import (
	"net/http"
	"slices"
)

// active is the status of a new user (§3) [assumed].
const active = "active"

// userView renders a user; the shape is [assumed] beyond the names of the
// request.
func (c *call) userView(u *user) map[string]any {
	status := u.Status
	if u.DeletedAt != nil {
		status = "deleted"
	}
	return map[string]any{
		"id":               u.ID,
		"project_id":       c.id,
		"username":         u.Username,
		"external_user_id": u.ExternalUserID,
		"display_name":     u.DisplayName,
		"email":            u.Email,
		"status":           status,
		"created_at":       stamp(u.CreatedAt),
		"updated_at":       stamp(u.UpdatedAt),
	}
}

func createUser(c *call) *answer {
	given, refused := c.read(
		field{key: "username", required: true},
		field{key: "external_user_id", required: true},
		field{key: "display_name", empty: true},
		field{key: "email", email: true},
	)
	if refused != nil {
		return refused
	}
	u := &user{
		Username:       given["username"],
		ExternalUserID: given["external_user_id"],
		DisplayName:    given.optional("display_name"),
		Email:          given.optional("email"),
		Status:         active,
	}
	if u.DisplayName == nil && c.settings.DisplayName == "username" {
		u.DisplayName = given.optional("username")
	}
	if refused := c.checkUnique(u); refused != nil {
		return refused
	}
	u.ID, u.CreatedAt, u.UpdatedAt = c.data.newID(), c.now(), c.now()
	c.data.Users = append(c.data.Users, u)
	return c.created(c.userView(u))
}

// optional returns the value, or nil when it is absent.
func (v values) optional(key string) *string {
	value, present := v[key]
	if !present {
		return nil
	}
	return &value
}

// checkUnique: a duplicate is a ConflictError, there is no get-or-create (§3).
func (c *call) checkUnique(u *user) *answer {
	byName := c.settings.Unique == "both" || c.settings.Unique == "username"
	byExternal := c.settings.Unique == "both" || c.settings.Unique == "external_user_id"
	for _, other := range c.data.Users {
		switch {
		case other.ID == u.ID:
		case byName && other.Username == u.Username:
			return failure(http.StatusConflict, "A user with this username already exists")
		case byExternal && other.ExternalUserID == u.ExternalUserID:
			return failure(http.StatusConflict, "A user with this external_user_id already exists")
		}
	}
	return nil
}

func listUsers(c *call) *answer {
	live := slices.DeleteFunc(slices.Clone(c.data.Users), func(u *user) bool { return u.DeletedAt != nil })
	return list(c, live, usualUsers, c.userView)
}

func getUser(c *call) *answer {
	u := c.data.user(c.path["id"])
	if u == nil {
		return userMissing()
	}
	return ok(c.userView(u))
}

func userMissing() *answer { return failure(http.StatusNotFound, "User not found") }

// updateUser changes display name and status; more only when the settings
// allow it.
func updateUser(c *call) *answer {
	allowed := []field{{key: "display_name", empty: true}, {key: "status", oneOf: c.settings.Statuses}}
	if c.settings.WideUpdate {
		allowed = append(allowed, field{key: "username"}, field{key: "external_user_id"}, field{key: "email", email: true})
	}
	given, refused := c.read(allowed...)
	if refused != nil {
		return refused
	}
	u := c.data.liveUser(c.path["id"])
	if u == nil {
		return userMissing()
	}
	changed := *u
	for key, value := range given {
		switch key {
		case "display_name":
			changed.DisplayName = &value
		case "status":
			changed.Status = value
		case "username":
			changed.Username = value
		case "external_user_id":
			changed.ExternalUserID = value
		case "email":
			changed.Email = &value
		}
	}
	if refused := c.checkUnique(&changed); refused != nil {
		return refused
	}
	changed.UpdatedAt = c.now()
	*u = changed
	return ok(c.userView(u))
}

// deleteUser ends the user's tokens and memberships. Rooms and messages of the
// user stay.
func deleteUser(c *call) *answer {
	u := c.data.liveUser(c.path["id"])
	if u == nil {
		return userMissing()
	}
	c.data.revokeTokens(u.ID)
	for _, r := range c.data.Rooms {
		r.leave(u.ID)
	}
	if c.settings.SoftDelete {
		now := c.now()
		u.DeletedAt, u.UpdatedAt = &now, now
		return c.nothing()
	}
	c.data.Users = slices.DeleteFunc(c.data.Users, func(other *user) bool { return other == u })
	return c.nothing()
}
