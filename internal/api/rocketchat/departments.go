package rocketchat

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/chattenant/terraform-provider-chat/internal/api/rest"
)

// Department is a group of agents as the server tells it
// (rocketchat-livechat-api.md §3 [openapi][server]). What is empty was not told.
type Department struct {
	ID                               string
	Name                             string
	Description                      string
	Email                            string
	Enabled                          bool
	ShowOnRegistration               bool
	ShowOnOfflineForm                bool
	Archived                         bool
	UnitID                           string // of the unit that it belongs to; only some editions have units
	RequestTagBeforeClosingChat      bool
	ChatClosingTags                  []string
	OfflineMessageChannelName        string
	AbandonedRoomsCloseCustomMessage string
	WaitingQueueMessage              string
	FallbackForwardDepartment        string // id
	DepartmentsAllowedToForward      []string
	AllowReceiveForwardOffline       bool
	UpdatedAt                        time.Time

	// Agents are those of the department; nil when they were not told, as in lists.
	Agents []DepartmentAgent
}

// DepartmentAgent is an agent of a department. Agents of a lower order get visitors
// first.
type DepartmentAgent struct {
	AgentID  string `json:"agentId"`
	Username string `json:"-"` // told by the server, never sent
	Count    int    `json:"count,omitempty"`
	Order    int    `json:"order,omitempty"`
}

func decodeDepartment(row object) Department {
	return Department{
		ID:                               text(row["_id"]),
		Name:                             text(row["name"]),
		Description:                      text(row["description"]),
		Email:                            text(row["email"]),
		Enabled:                          yes(row["enabled"]),
		ShowOnRegistration:               yes(row["showOnRegistration"]),
		ShowOnOfflineForm:                yes(row["showOnOfflineForm"]),
		Archived:                         yes(row["archived"]),
		UnitID:                           text(row["parentId"]),
		RequestTagBeforeClosingChat:      yes(row["requestTagBeforeClosingChat"]),
		ChatClosingTags:                  texts(row["chatClosingTags"]),
		OfflineMessageChannelName:        text(row["offlineMessageChannelName"]),
		AbandonedRoomsCloseCustomMessage: text(row["abandonedRoomsCloseCustomMessage"]),
		WaitingQueueMessage:              text(row["waitingQueueMessage"]),
		FallbackForwardDepartment:        text(row["fallbackForwardDepartment"]),
		DepartmentsAllowedToForward:      texts(row["departmentsAllowedToForward"]),
		AllowReceiveForwardOffline:       yes(row["allowReceiveForwardOffline"]),
		UpdatedAt:                        moment(row["_updatedAt"]),
	}
}

// decodeWithAgents reads {department, agents}. Who may not see the agents is told
// none.
func decodeWithAgents(root object) Department {
	department := decodeDepartment(child(root, "department"))
	if _, told := root["agents"].([]any); !told {
		return department
	}
	department.Agents = []DepartmentAgent{}
	for _, row := range rows(root["agents"]) {
		department.Agents = append(department.Agents, DepartmentAgent{
			AgentID:  text(row["agentId"]),
			Username: text(row["username"]),
			Count:    whole(row["count"]),
			Order:    whole(row["order"]),
		})
	}
	return department
}

// DepartmentFields are what a department is created or changed with. The server
// wants the first five each time, and leaves alone what is nil.
type DepartmentFields struct {
	Name               string `json:"name"`
	Email              string `json:"email"`
	Enabled            bool   `json:"enabled"`
	ShowOnRegistration bool   `json:"showOnRegistration"`
	ShowOnOfflineForm  bool   `json:"showOnOfflineForm"`

	Description                      *string   `json:"description,omitempty"`
	RequestTagBeforeClosingChat      *bool     `json:"requestTagBeforeClosingChat,omitempty"`
	ChatClosingTags                  *[]string `json:"chatClosingTags,omitempty"`
	OfflineMessageChannelName        *string   `json:"offlineMessageChannelName,omitempty"`
	AbandonedRoomsCloseCustomMessage *string   `json:"abandonedRoomsCloseCustomMessage,omitempty"`
	WaitingQueueMessage              *string   `json:"waitingQueueMessage,omitempty"`
	FallbackForwardDepartment        *string   `json:"fallbackForwardDepartment,omitempty"`
	DepartmentsAllowedToForward      *[]string `json:"departmentsAllowedToForward,omitempty"`
	AllowReceiveForwardOffline       *bool     `json:"allowReceiveForwardOffline,omitempty"`

	// UnitID is the unit that the department is to belong to. It cannot be left alone:
	// an update without it takes the department out of its unit.
	UnitID string `json:"-"`
}

// departmentBody is the body of a creation and of an update.
type departmentBody struct {
	Department DepartmentFields  `json:"department"`
	Agents     []DepartmentAgent `json:"agents,omitempty"`
	Unit       *departmentUnit   `json:"departmentUnit,omitempty"`
}

type departmentUnit struct {
	ID string `json:"_id"`
}

func (f DepartmentFields) body(agents []DepartmentAgent) departmentBody {
	body := departmentBody{Department: f, Agents: agents}
	if f.UnitID != "" {
		body.Unit = &departmentUnit{f.UnitID}
	}
	return body
}

func (f DepartmentFields) check(agents []DepartmentAgent) error {
	problems := []error{need("name of the department", f.Name, "e-mail address of the department", f.Email)}
	for _, agent := range agents {
		problems = append(problems, need("agent id", agent.AgentID))
	}
	return errors.Join(problems...)
}

// areOf reports whether a department that was just created with the fields may be
// this one.
func (f DepartmentFields) areOf(d Department) bool {
	return f.Name == d.Name && f.Email == d.Email && f.Enabled == d.Enabled && f.ShowOnRegistration == d.ShowOnRegistration &&
		f.ShowOnOfflineForm == d.ShowOnOfflineForm && (f.Description == nil || *f.Description == d.Description)
}

// DepartmentsQuery narrows a list of departments.
type DepartmentsQuery struct {
	Text         string // in the name
	EnabledOnly  bool
	ShowArchived bool // besides the others
}

// ListDepartments returns all departments, without their agents. For
// administrators.
func (c *Client) ListDepartments(ctx context.Context, wanted DepartmentsQuery) ([]Department, error) {
	query := url.Values{}
	if wanted.Text != "" {
		query.Set("text", wanted.Text)
	}
	if wanted.EnabledOnly {
		query.Set("enabled", "true")
	}
	if wanted.ShowArchived {
		query.Set("showArchived", "true")
	}
	listed, err := c.list(ctx, listDepartmentsRoute, "departments", query)
	if err != nil {
		return nil, err
	}
	found := make([]Department, 0, len(listed))
	for _, row := range listed {
		found = append(found, decodeDepartment(row))
	}
	return found, nil
}

// GetDepartment returns a department, which may be archived, with its agents. One
// that does not exist is a NotFound error, although the server answers 200. For
// administrators.
func (c *Client) GetDepartment(ctx context.Context, id string) (Department, error) {
	if err := need("department id", id); err != nil {
		return Department{}, err
	}
	// Some servers leave the agents out unless they are asked for.
	query := url.Values{"includeAgents": {"true"}}
	got, err := c.send(ctx, call{route: getDepartmentRoute, ids: []string{id}, query: query})
	switch {
	case err != nil:
		return Department{}, err
	case got.root["department"] == nil:
		return Department{}, refuse(rest.NotFound, "there is no Rocket.Chat department %s", id)
	}
	return c.readDepartment(got, id)
}

// readDepartment reads a department with its agents; its id is known unless it was
// just created.
func (c *Client) readDepartment(got answer, id string) (Department, error) {
	row, err := c.find(got, "department")
	if err == nil && id != "" && text(row["_id"]) != id {
		err = c.malformed(got, fmt.Errorf("it is about department %s", text(row["_id"])))
	}
	if err != nil {
		return Department{}, err
	}
	return decodeWithAgents(got.root), nil
}

// refusedFirst are the codes of what the server looks at before it creates a
// department (rocketchat-livechat-api.md §3 [server]).
var refusedFirst = []string{
	CodeDepartmentLimit, "error-validating-department-chat-closing-tags", "error-fallback-department-circular", "error-fallback-department-not-found",
}

// CreateDepartment creates a department with agents. When the server passes over
// agents, the department is returned besides the error, for it exists. The server
// takes any number of departments of one name, and no id: when the answer is lost,
// a department with the same fields that has been changed since is taken for the
// new one if it is the only one. After a refusal, but for one of the agents, none
// is, for it may be somebody else's: a LostError names it. For administrators.
func (c *Client) CreateDepartment(ctx context.Context, fields DepartmentFields, agents []DepartmentAgent) (Department, error) {
	if err := fields.check(agents); err != nil {
		return Department{}, err
	}
	got, err := c.send(ctx, call{route: createDepartmentRoute, body: fields.body(agents)})
	// The server may create the department before it refuses the agents or the unit.
	halfDone := rest.IsKind(err, rest.Invalid) && !got.sent.IsZero() && (len(agents) > 0 || fields.UnitID != "") && !HasCode(err, refusedFirst...)
	if lost(err) || halfDone {
		return c.findCreated(ctx, fields, got.sent, err)
	}
	if err != nil {
		return Department{}, err
	}
	created, err := c.readDepartment(got, "")
	switch {
	case lost(err):
		return c.findCreated(ctx, fields, got.sent, err)
	case err != nil:
		return Department{}, err
	}
	return created, checkAgents(created, agents)
}

// findCreated looks for the department of a creation that failed with cause.
func (c *Client) findCreated(ctx context.Context, fields DepartmentFields, sent time.Time, cause error) (Department, error) {
	ctx, cancel := c.resolving(ctx)
	defer cancel()
	found, err := c.likelyCreated(ctx, fields, sent)
	switch {
	case len(found) == 0 && err == nil && !lost(cause):
		return Department{}, cause
	case err != nil || len(found) != 1 || !lost(cause) && !refusesAgents(cause):
		ids := make([]string, 0, len(found))
		for _, department := range found {
			ids = append(ids, department.ID)
		}
		return Department{}, &LostError{Object: fmt.Sprintf("the department %q", fields.Name), Found: ids, Err: cause, Search: err}
	case lost(cause):
		cause = nil
	}
	created, err := c.GetDepartment(ctx, found[0].ID)
	if err != nil {
		return found[0], fmt.Errorf("Rocket.Chat created department %s, but it cannot be read: %w", found[0].ID, err)
	}
	return created, cause
}

// refusesAgents reports whether an error is about the agents, whom the server looks
// at when it has created the department. It names its own variable there: "Match
// error: Expected integer in field upsert[0].count" [server].
func refusesAgents(err error) bool {
	var refusal *rest.Error
	return errors.As(err, &refusal) && strings.Contains(refusal.Message, "upsert[")
}

// likelyCreated lists the departments with these fields that have changed since a
// time. When the server does not tell the time, they are all that have the fields.
func (c *Client) likelyCreated(ctx context.Context, fields DepartmentFields, sent time.Time) ([]Department, error) {
	query := url.Values{"text": {fields.Name}, "showArchived": {"true"}, "count": {fmt.Sprint(pageSize)}}
	got, err := c.send(ctx, call{route: listDepartmentsRoute, query: query})
	if err != nil {
		return nil, err
	}
	items, ok := got.root["departments"].([]any)
	if !ok {
		return nil, c.malformed(got, errors.New("it holds no list of departments"))
	}
	var likely []Department
	for _, row := range rows(items) {
		department := decodeDepartment(row)
		since, known := got.createdSince(sent, department.UpdatedAt)
		if fields.areOf(department) && (since || !known) {
			likely = append(likely, department)
		}
	}
	return likely, nil
}

// UpdateDepartment changes a department and, unless agents is nil, makes them its
// agents: others are removed, with a second call. For administrators; agents also
// need add-livechat-department-agents.
func (c *Client) UpdateDepartment(ctx context.Context, id string, fields DepartmentFields, agents []DepartmentAgent) (Department, error) {
	if err := errors.Join(need("department id", id), fields.check(agents)); err != nil {
		return Department{}, err
	}
	got, err := c.send(ctx, call{route: updateDepartmentRoute, ids: []string{id}, body: fields.body(agents)})
	if err != nil {
		return Department{}, err
	}
	updated, err := c.readDepartment(got, id)
	if err != nil || agents == nil {
		return updated, err
	}
	if err := checkAgents(updated, agents); err != nil {
		return updated, err
	}
	return c.removeOthers(ctx, updated, agents)
}

// checkAgents makes sure that the server took all agents: those that it does not
// know, and those of an administrator who may not add any, it passes over without
// a word.
func checkAgents(department Department, wanted []DepartmentAgent) error {
	var missing []string
	for _, agent := range wanted {
		if !slices.ContainsFunc(department.Agents, func(found DepartmentAgent) bool { return found.AgentID == agent.AgentID }) {
			missing = append(missing, agent.AgentID)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	return &rest.Error{
		Kind: rest.Invalid, System: "Rocket.Chat", Fields: map[string]string{"agents": "not taken: " + strings.Join(missing, ", ")},
		Message: fmt.Sprintf("Rocket.Chat did not make these agents of department %s: %s; check that they are ids of users, "+
			"and that the administrator may add agents (add-livechat-department-agents)", department.ID, strings.Join(missing, ", ")),
	}
}

// removeOthers removes from a department the agents that are not wanted. An update
// only adds agents.
func (c *Client) removeOthers(ctx context.Context, department Department, wanted []DepartmentAgent) (Department, error) {
	type agent struct {
		ID       string `json:"agentId"`
		Username string `json:"username"`
	}
	keep, remove := []DepartmentAgent{}, []agent{}
	for _, found := range department.Agents {
		if slices.ContainsFunc(wanted, func(agent DepartmentAgent) bool { return agent.AgentID == found.AgentID }) {
			keep = append(keep, found)
		} else {
			remove = append(remove, agent{found.AgentID, found.Username})
		}
	}
	if len(remove) == 0 {
		return department, nil
	}
	_, err := c.send(ctx, call{route: departmentAgentsRoute, ids: []string{department.ID}, repeatable: true, body: struct {
		Upsert []agent `json:"upsert"`
		Remove []agent `json:"remove"`
	}{[]agent{}, remove}})
	if err != nil {
		return department, err
	}
	department.Agents = keep
	return department, nil
}

// DeleteDepartment deletes a department. One that is gone is no error. The server
// may not allow it, a Forbidden error with CodeDepartmentRemovalDisabled;
// ArchiveDepartment may do then. For administrators.
func (c *Client) DeleteDepartment(ctx context.Context, id string) error {
	if err := need("department id", id); err != nil {
		return err
	}
	_, err := c.send(ctx, call{route: deleteDepartmentRoute, ids: []string{id}})
	return unlessGone(err)
}

// ArchiveDepartment puts a department away, and disables it. One that is archived
// already is no error. For administrators.
func (c *Client) ArchiveDepartment(ctx context.Context, id string) error {
	return c.changeArchive(ctx, archiveDepartmentRoute, id)
}

// UnarchiveDepartment takes a department out of the archive. It stays disabled.
// For administrators.
func (c *Client) UnarchiveDepartment(ctx context.Context, id string) error {
	return c.changeArchive(ctx, unarchiveDepartmentRoute, id)
}

func (c *Client) changeArchive(ctx context.Context, route route, id string) error {
	if err := need("department id", id); err != nil {
		return err
	}
	_, err := c.send(ctx, call{route: route, ids: []string{id}, repeatable: true})
	return err
}
