package rocketchat

import (
	"context"
	"net/url"
)

// Agent is who serves visitors, as the server tells it (rocketchat-livechat-api.md
// §2.3 [seed][server]). What is empty was not told.
type Agent struct {
	ID                  string
	Username            string
	Name                string
	Status              string   // for example online
	Emails              []string // the server tells them only when its settings say so
	MaxSimultaneousChat string   // a number as text; empty: no limit
	Hidden              bool     // the server's settings hide who it is
}

func decodeAgent(row object) Agent {
	agent := Agent{
		ID:                  text(row["_id"]),
		Username:            text(row["username"]),
		Name:                text(row["name"]),
		Status:              text(row["status"]),
		MaxSimultaneousChat: text(child(row, "livechat")["maxNumberSimultaneousChat"]),
		Hidden:              yes(row["hiddenInfo"]),
	}
	for _, email := range rows(row["emails"]) {
		agent.Emails = append(agent.Emails, text(email["address"]))
	}
	return agent
}

// AgentOfRoom returns who serves a room. When nobody does, the error is NotFound
// with CodeInvalidAgent.
func (c *Client) AgentOfRoom(ctx context.Context, token, roomID string) (Agent, error) {
	if err := need("visitor token", token, "room id", roomID); err != nil {
		return Agent{}, err
	}
	got, err := c.send(ctx, call{route: agentOfRoomRoute, ids: []string{roomID, token}, token: token})
	if err != nil {
		return Agent{}, err
	}
	agent := decodeAgent(child(got.root, "agent"))
	if !agent.Hidden {
		_, err = c.find(got, "agent")
	}
	return agent, err
}

// NextAgent returns who would serve the visitor's next room; nil while the visitor
// has an open room, for which the server names nobody. The department may be empty.
// When no agent is there, the error is NotFound with CodeAgentNotFound. The server
// does not look whether the token is one.
func (c *Client) NextAgent(ctx context.Context, token, departmentID string) (*Agent, error) {
	if err := need("visitor token", token); err != nil {
		return nil, err
	}
	query := url.Values{}
	if departmentID != "" {
		query.Set("department", departmentID)
	}
	got, err := c.send(ctx, call{route: nextAgentRoute, ids: []string{token}, query: query, token: token})
	if err != nil {
		return nil, err
	}
	agent := decodeAgent(child(got.root, "agent"))
	switch {
	case agent.ID != "" || agent.Hidden:
		return &agent, nil
	case got.root["agent"] != nil:
		_, err = c.find(got, "agent")
	}
	return nil, err
}
