package rocketchat

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"time"

	"github.com/chattenant/terraform-provider-chat/internal/api/rest"
)

// Message is a message in a room as the server tells it (rocketchat-livechat-api.md
// §2.7 [server]). What is empty was not told.
type Message struct {
	ID             string
	RoomID         string
	Text           string
	Type           string // empty for what somebody wrote; else the kind of the server's own message
	Alias          string // the visitor's name
	AuthorID       string
	AuthorUsername string
	SentAt         time.Time
	EditedAt       time.Time // zero: it was not edited
	UpdatedAt      time.Time
	File           File // without an id: there is none
	Attachments    []Attachment
}

// File is an uploaded file.
type File struct {
	ID   string
	Name string
	Type string // for example image/png
}

// Attachment is how a file or a link is shown.
type Attachment struct {
	Title       string
	Description string
	Link        string // path on the server
	ImageURL    string // path on the server
}

func decodeMessage(row object) Message {
	author, file := child(row, "u"), child(row, "file")
	message := Message{
		ID:             text(row["_id"]),
		RoomID:         text(row["rid"]),
		Text:           text(row["msg"]),
		Type:           text(row["t"]),
		Alias:          text(row["alias"]),
		AuthorID:       text(author["_id"]),
		AuthorUsername: text(author["username"]),
		SentAt:         moment(row["ts"]),
		EditedAt:       moment(row["editedAt"]),
		UpdatedAt:      moment(row["_updatedAt"]),
		File:           File{ID: text(file["_id"]), Name: text(file["name"]), Type: text(file["type"])},
	}
	for _, attachment := range rows(row["attachments"]) {
		message.Attachments = append(message.Attachments, Attachment{
			Title:       text(attachment["title"]),
			Description: text(attachment["description"]),
			Link:        text(attachment["title_link"]),
			ImageURL:    text(attachment["image_url"]),
		})
	}
	return message
}

// NewMessage is a message to send.
type NewMessage struct {
	ID            string // empty: a random one
	Text          string
	AgentID       string // to whom; needs AgentUsername
	AgentUsername string
}

// SendMessage sends a message of a visitor into an open room. The client chooses
// its id, and so can look whether a message whose answer was lost is there; one
// that is not is sent again. A message that was there before is an ExistsError.
func (c *Client) SendMessage(ctx context.Context, token, roomID string, message NewMessage) (Message, error) {
	if err := need("visitor token", token, "room id", roomID); err != nil {
		return Message{}, err
	}
	if (message.AgentID == "") != (message.AgentUsername == "") {
		return Message{}, refuse(rest.Invalid, "the agent of a message needs both its id and its username")
	}
	if message.ID == "" {
		message.ID = NewMessageID()
	}
	var first time.Time // when the first attempt of all was sent
	for repeated := 0; ; repeated++ {
		sent, got, err := c.sendMessage(ctx, token, roomID, message)
		if first.IsZero() {
			first = got.sent
		}
		if err == nil {
			return c.checkSent(sent, got, roomID, first)
		}
		if !lost(err) && !isBare(err) {
			return Message{}, err
		}
		found, search := c.findSent(ctx, token, roomID, message.ID, first, err)
		if !isAbsent(search) || repeated >= c.config.MaxRetries || c.pause(ctx, repeated) != nil {
			return found, search
		}
	}
}

func (c *Client) sendMessage(ctx context.Context, token, roomID string, message NewMessage) (Message, answer, error) {
	type agent struct {
		ID       string `json:"agentId"`
		Username string `json:"username"`
	}
	body := struct {
		Token  string `json:"token"`
		RoomID string `json:"rid"`
		Text   string `json:"msg"`
		ID     string `json:"_id"`
		Agent  *agent `json:"agent,omitempty"`
	}{Token: token, RoomID: roomID, Text: message.Text, ID: message.ID}
	if message.AgentID != "" {
		body.Agent = &agent{message.AgentID, message.AgentUsername}
	}
	got, err := c.send(ctx, call{route: sendMessageRoute, token: token, body: body})
	if err != nil {
		return Message{}, got, err
	}
	row, err := c.find(got, "message")
	return decodeMessage(row), got, err
}

// checkSent tells a message that was sent from one that was there before: newer
// servers answer with the old one. A room that was closed at that very moment gets
// the message no more, and another one is opened for it.
func (c *Client) checkSent(sent Message, got answer, roomID string, first time.Time) (Message, error) {
	if since, known := got.createdSince(first, sent.SentAt); known && !since {
		return Message{}, &ExistsError{Object: fmt.Sprintf("a message with the id %q", sent.ID), ID: sent.ID}
	}
	if sent.RoomID != "" && sent.RoomID != roomID {
		return sent, refuse(rest.Conflict, "Rocket.Chat put message %s into room %s, for room %s was closed", sent.ID, sent.RoomID, roomID)
	}
	return sent, nil
}

// findSent looks for the message of an attempt that failed with cause.
func (c *Client) findSent(ctx context.Context, token, roomID, id string, first time.Time, cause error) (Message, error) {
	ctx, cancel := c.resolving(ctx)
	defer cancel()
	object := fmt.Sprintf("a message with the id %q", id)
	found, got, err := c.getMessage(ctx, token, roomID, id)
	switch {
	case err == nil:
		if since, known := got.createdSince(first, found.SentAt); known && !since || !known && !lost(cause) {
			return Message{}, &ExistsError{Object: object, ID: id, Err: cause}
		}
		return found, nil
	case !lost(cause):
		return Message{}, cause
	case HasCode(err, CodeInvalidMessage):
		return Message{}, &LostError{Object: object, Err: cause}
	}
	return Message{}, &LostError{Object: object, Err: cause, Search: err}
}

// GetMessage returns a message of a visitor's room. One that does not exist is a
// NotFound error.
func (c *Client) GetMessage(ctx context.Context, token, roomID, id string) (Message, error) {
	found, _, err := c.getMessage(ctx, token, roomID, id)
	return found, err
}

func (c *Client) getMessage(ctx context.Context, token, roomID, id string) (Message, answer, error) {
	if err := need("visitor token", token, "room id", roomID, "message id", id); err != nil {
		return Message{}, answer{}, err
	}
	query := url.Values{"token": {token}, "rid": {roomID}}
	got, err := c.send(ctx, call{route: getMessageRoute, ids: []string{id}, query: query, token: token})
	if err != nil {
		return Message{}, got, err
	}
	row, err := c.find(got, "message")
	return decodeMessage(row), got, err
}

// EditMessage changes the text of a visitor's own message. The server may not
// allow it, a Forbidden error with CodeActionNotAllowed.
func (c *Client) EditMessage(ctx context.Context, token, roomID, id, words string) (Message, error) {
	if err := need("visitor token", token, "room id", roomID, "message id", id); err != nil {
		return Message{}, err
	}
	got, err := c.send(ctx, call{route: editMessageRoute, ids: []string{id}, token: token, body: struct {
		Token  string `json:"token"`
		RoomID string `json:"rid"`
		Text   string `json:"msg"`
	}{token, roomID, words}})
	if err != nil {
		return Message{}, err
	}
	row, err := c.find(got, "message")
	return decodeMessage(row), err
}

// DeleteMessage deletes a visitor's own message. One that is gone is no error, nor
// is one whose room or visitor is. The server may not allow it, a Forbidden error
// with CodeActionNotAllowed.
func (c *Client) DeleteMessage(ctx context.Context, token, roomID, id string) error {
	if err := need("visitor token", token, "room id", roomID, "message id", id); err != nil {
		return err
	}
	_, err := c.send(ctx, call{route: deleteMessageRoute, ids: []string{id}, token: token, body: struct {
		Token  string `json:"token"`
		RoomID string `json:"rid"`
	}{token, roomID}})
	return unlessGone(err)
}

// HistoryQuery narrows a history.
type HistoryQuery struct {
	Before time.Time // zero: up to now
	Most   int       // how many of the newest; 0: all
}

// historyPageSize is how many messages are asked for at once. The server takes ten
// calls a minute, and tells twenty messages unless it is asked for more.
const historyPageSize = 100

// ListMessages returns the messages of a room, the newest first, those of the
// server itself included. The room may be closed.
func (c *Client) ListMessages(ctx context.Context, token, roomID string, wanted HistoryQuery) ([]Message, error) {
	query := url.Values{}
	if !wanted.Before.IsZero() {
		query.Set("end", wanted.Before.UTC().Format("2006-01-02T15:04:05.000Z"))
	}
	messages, seen := []Message{}, map[string]bool{}
	for offset := 0; ; {
		size := historyPageSize
		if wanted.Most > 0 {
			size = min(size, wanted.Most-len(messages))
		}
		query.Set("limit", strconv.Itoa(size))
		if offset > 0 {
			query.Set("offset", strconv.Itoa(offset))
		}
		page, err := c.historyPage(ctx, token, roomID, query)
		if err != nil {
			return nil, err
		}
		fresh := 0
		for _, row := range page { // new messages push old ones to the next page
			if message := decodeMessage(row); message.ID != "" && !seen[message.ID] {
				seen[message.ID] = true
				messages = append(messages, message)
				fresh++
			}
		}
		offset += len(page)
		if fresh == 0 || len(page) < size || len(messages) == wanted.Most {
			return messages, nil
		}
	}
}

func (c *Client) historyPage(ctx context.Context, token, roomID string, query url.Values) ([]object, error) {
	if err := need("visitor token", token, "room id", roomID); err != nil {
		return nil, err
	}
	query.Set("token", token)
	got, err := c.send(ctx, call{route: historyRoute, ids: []string{roomID}, query: query, token: token})
	if err != nil {
		return nil, err
	}
	if _, ok := got.root["messages"].([]any); !ok {
		return nil, c.malformed(got, errors.New("it holds no list of messages"))
	}
	return rows(got.root["messages"]), nil
}

// OfflineMessage is a message to a department when no agent is there. The server
// sends it by e-mail. Name, Email and Text are required; the vendor's page wants
// the others as well (rocketchat-livechat-api.md §2.7).
type OfflineMessage struct {
	Name       string `json:"name"`
	Email      string `json:"email"`
	Text       string `json:"message"`
	Department string `json:"department,omitempty"` // id or name
	Host       string `json:"host,omitempty"`       // where it was written
}

// SendOfflineMessage sends a message and returns what the server says to that. It
// is never repeated; an error that IsUncertain says that it may have been sent all
// the same.
func (c *Client) SendOfflineMessage(ctx context.Context, message OfflineMessage) (string, error) {
	if err := need("name", message.Name, "e-mail address", message.Email, "message", message.Text); err != nil {
		return "", err
	}
	got, err := c.send(ctx, call{route: offlineMessageRoute, body: message})
	return text(got.root["message"]), err
}
