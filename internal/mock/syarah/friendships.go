package syarah

// friendshipStatus is 0 to 3, or nil without a friendship (§4) [seed].
func (c *call) friendshipStatus(one, other string) any {
	if f := c.data.friendship(one, other); f != nil {
		return f.Status
	}
	return nil
}

// getMyFriendships tells the accepted friends of the user (§4) [seed].
func getMyFriendships(c *call) *answer {
	rows := []map[string]any{}
	for _, f := range c.data.Friendships {
		if f.Status != Accepted {
			continue
		}
		friend := c.friendIn(f)
		if friend == nil {
			continue
		}
		row := map[string]any{
			"userId":       friend.ID,
			"name":         friend.Name,
			"avatar":       friend.Avatar,
			"isOnline":     c.online(friend.ID),
			"chatHeaderId": nil,
		}
		if shared := c.data.chatOf(c.user.ID, friend.ID); shared != nil {
			row["chatHeaderId"] = shared.ID
		}
		rows = append(rows, row)
	}
	return ok(rows)
}

// friendIn returns the other side of a friendship of the user, nil in one of
// others.
func (c *call) friendIn(f *friendship) *user {
	switch c.user.ID {
	case f.Users[0]:
		return c.data.user(f.Users[1])
	case f.Users[1]:
		return c.data.user(f.Users[0])
	}
	return nil
}
