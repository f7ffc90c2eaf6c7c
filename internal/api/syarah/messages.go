package syarah

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/chattenant/terraform-provider-chat/internal/api/rest"
	"github.com/chattenant/terraform-provider-chat/internal/api/syarah/socketio"
)

// Message is a message as the server tells it. The shape is not documented
// (syarah-api.md §4, §5): a field that was not recognised is empty, and Raw holds
// everything.
type Message struct {
	ID           int64       // 0: the server did not say
	ChatHeaderID int64       // 0: the server did not say
	SenderID     string      // GUID of a user
	Type         MessageType // -1: the server did not say
	Text         string      // what was written; the path of the file for all types but Text
	Caption      string
	CreationTime time.Time // zero: the server did not say
	Deleted      bool      // only marked as deleted
	Raw          json.RawMessage
}

// decodeMessage reads a message, or an object around one.
func decodeMessage(root any, raw json.RawMessage) Message {
	outer, _ := root.(object)
	fields := outer
	if inner := child(outer, messageKeys...); inner != nil {
		fields = inner
	}
	sender := text(fields, senderKeys...)
	if sender == "" {
		sender = text(child(fields, senderObjectKeys...), "id", "userId")
	}
	message := Message{
		ID:           identifier(fields, idKeys...),
		ChatHeaderID: identifier(fields, chatHeaderIDKeys...),
		SenderID:     sender,
		Type:         unknownType,
		Text:         text(fields, textKeys...),
		Caption:      text(fields, "caption"),
		CreationTime: moment(get(fields, createdKeys...)),
		Deleted:      get(fields, deletedKeys...) == true,
		Raw:          raw,
	}
	if kind, ok := integer(get(fields, typeKeys...)); ok {
		message.Type = MessageType(kind)
	}
	if message.ChatHeaderID == 0 {
		message.ChatHeaderID = identifier(outer, chatHeaderIDKeys...)
	}
	return message
}

// messagesPage is what the vendor's sample asks for [seed], so that the server
// surely gives as many.
const messagesPage = 50

// ListMessages returns the messages of a chat in the server's order, which is not
// documented; most bounds how many, 0 means all.
func (c *Client) ListMessages(ctx context.Context, chatHeaderID int64, most int) ([]Message, error) {
	if err := needNumber("chat header id", chatHeaderID); err != nil {
		return nil, err
	}
	messages := []Message{}
	err := c.eachMessage(ctx, chatHeaderID, func(message Message) (more bool) {
		messages = append(messages, message)
		return most <= 0 || len(messages) < most
	})
	return messages, err
}

// eachMessage visits the messages of a chat that are not deleted.
func (c *Client) eachMessage(ctx context.Context, chatHeaderID int64, visit func(Message) (more bool)) error {
	listing := listing{
		event: findAllMessagesEvent,
		size:  messagesPage,
		keys:  idKeys,
		payload: func(skip, count int) any {
			return findAllMessagesPayload{strconv.FormatInt(chatHeaderID, 10), c.config.AccessToken, skip, count}
		},
	}
	return c.eachRow(ctx, listing, func(row row) bool {
		message := decodeMessage(row.object, row.raw)
		return message.Deleted || visit(message)
	})
}

// NewMessage is a message to send.
type NewMessage struct {
	ChatHeaderID int64
	Type         MessageType
	Text         string // for all types but Text the path that UploadFile returned
	Caption      string // of a file; empty for none
}

func (m NewMessage) check() error {
	switch {
	case strings.TrimSpace(m.Text) == "":
		return refuse(rest.Invalid, "the message is empty")
	case m.Type < Text || m.Type > Video:
		return refuse(rest.Invalid, "%d is no message type; it must be %d to %d", m.Type, Text, Video)
	}
	return needNumber("chat header id", m.ChatHeaderID)
}

// SendMessage sends a message, and returns it as the server tells it. The room of
// the chat is joined for that and left afterwards. A message is never sent twice:
// when it is not confirmed, the error is a LostError. Others may send the same at
// the same time with the same token; their message may be taken for ours.
func (c *Client) SendMessage(ctx context.Context, message NewMessage) (Message, error) {
	if err := message.check(); err != nil {
		return Message{}, err
	}
	newest, known := int64(0), false
	return c.carryOut(ctx, write{
		event: createMessageEvent,
		payload: createMessagePayload{
			Message:      message.Text,
			ChatHeaderID: message.ChatHeaderID,
			AccessToken:  c.config.AccessToken,
			MessageType:  message.Type,
			Caption:      message.Caption,
		},
		room:   message.ChatHeaderID,
		object: fmt.Sprintf("the message to chat %d", message.ChatHeaderID),
		prepare: func(ctx context.Context) error {
			newest, known = c.newestMessage(ctx, message.ChatHeaderID)
			return ctx.Err()
		},
		hear: func(event socketio.Event) (Message, bool) {
			root, heard := broadcast(event, messageEvent)
			if !heard {
				return Message{}, false
			}
			found := decodeMessage(root, event.Arguments[0])
			// One that does not name its chat may be from another room.
			return found, c.isOurs(found, message) && (found.ChatHeaderID != 0 || c.turns.alone())
		},
		look: func(ctx context.Context) (Message, bool, error) {
			if !known {
				return Message{}, false, errors.New("it could not be told from older messages")
			}
			return c.findSent(ctx, message, newest)
		},
	})
}

// isOurs reports whether a message is the one that was sent, as far as the server
// tells. Only its words must be told.
func (c *Client) isOurs(found Message, sent NewMessage) bool {
	words, want := strings.TrimSpace(found.Text), strings.TrimSpace(sent.Text)
	same := words == want
	if sent.Type != Text {
		same = words != "" && strings.HasSuffix(words, want) // the path may have become a URL
	}
	return same &&
		(found.ChatHeaderID == 0 || found.ChatHeaderID == sent.ChatHeaderID) &&
		(found.SenderID == "" || strings.EqualFold(found.SenderID, c.config.UserID)) &&
		(found.Type == unknownType || found.Type == sent.Type) &&
		(found.Caption == "" || found.Caption == sent.Caption)
}

// newestMessage is the largest id in a chat, which is larger than that of every
// message that is there; 0 for an empty chat. known is false when that cannot be
// told: the message is then sent all the same, and only a broadcast confirms it.
func (c *Client) newestMessage(ctx context.Context, chatHeaderID int64) (newest int64, known bool) {
	known = true
	var order order
	err := c.eachMessage(ctx, chatHeaderID, func(message Message) bool {
		known = known && message.ID > 0
		order.add(message.ID)
		return known && !order.isNewestFirst()
	})
	return order.largest, known && err == nil
}

// order finds out whether a chat is told newest message first, which is not
// documented.
type order struct {
	count          int
	first, largest int64
}

func (o *order) add(id int64) {
	if o.count == 0 {
		o.first = id
	}
	o.largest = max(o.largest, id)
	o.count++
}

// isNewestFirst is sure of it after a whole page.
func (o *order) isNewestFirst() bool { return o.count >= messagesPage && o.first == o.largest }

// findSent looks for a message that was sent after another one.
func (c *Client) findSent(ctx context.Context, sent NewMessage, after int64) (found Message, ok bool, err error) {
	var order order
	err = c.eachMessage(ctx, sent.ChatHeaderID, func(message Message) bool {
		order.add(message.ID)
		if message.ID > after && c.isOurs(message, sent) {
			found, ok = message, true
		}
		onlyOlderFollow := order.isNewestFirst() && message.ID <= after
		return !ok && !onlyOlderFollow
	})
	return found, ok, err
}

// MessageChange changes what a message says.
type MessageChange struct {
	ID           int64
	ChatHeaderID int64
	Text         string
	Caption      *string // nil leaves it alone
}

func (m MessageChange) check() error {
	if strings.TrimSpace(m.Text) == "" {
		return refuse(rest.Invalid, "the message is empty; remove it instead")
	}
	return errors.Join(needNumber("message id", m.ID), needNumber("chat header id", m.ChatHeaderID))
}

// made reports whether a message says what it was changed to.
func (m MessageChange) made(found Message) bool {
	return strings.TrimSpace(found.Text) == strings.TrimSpace(m.Text) && (m.Caption == nil || found.Caption == *m.Caption)
}

// UpdateMessage changes a message, and returns it as the server tells it. The room
// of the chat is joined for that and left afterwards. A NotFound error says that
// the chat has no such message; a LostError, that the change is not confirmed.
func (c *Client) UpdateMessage(ctx context.Context, change MessageChange) (Message, error) {
	if err := change.check(); err != nil {
		return Message{}, err
	}
	return c.carryOut(ctx, write{
		event: updateMessageEvent,
		payload: updateMessagePayload{
			ID:           change.ID,
			Message:      change.Text,
			ChatHeaderID: change.ChatHeaderID,
			AccessToken:  c.config.AccessToken,
			Caption:      change.Caption,
		},
		room:   change.ChatHeaderID,
		object: fmt.Sprintf("message %d of chat %d", change.ID, change.ChatHeaderID),
		hear: func(event socketio.Event) (Message, bool) {
			root, heard := broadcast(event, messageUpdatedEvent)
			if !heard {
				return Message{}, false
			}
			found := decodeMessage(root, event.Arguments[0])
			return found, found.ID == change.ID && (found.Text == "" || change.made(found))
		},
		look: func(ctx context.Context) (Message, bool, error) {
			found, err := c.findMessages(ctx, change.ChatHeaderID, change.ID)
			switch {
			case err != nil:
				return Message{}, false, err
			case len(found) == 0:
				return Message{}, true, refuse(rest.NotFound, "there is no message %d in Syarah's chat %d", change.ID, change.ChatHeaderID)
			}
			return found[0], change.made(found[0]), nil
		},
	})
}

// findMessages looks for messages by their ids. It fails when the server does not
// tell ids, for then it proves nothing that one is missing.
func (c *Client) findMessages(ctx context.Context, chatHeaderID int64, ids ...int64) ([]Message, error) {
	var found []Message
	nameless := false
	err := c.eachMessage(ctx, chatHeaderID, func(message Message) bool {
		nameless = nameless || message.ID == 0
		if slices.Contains(ids, message.ID) {
			found = append(found, message)
		}
		return !nameless && len(found) < len(ids)
	})
	if err == nil && nameless {
		err = refuse(rest.Malformed, "Syarah gave an answer to %s that cannot be used: it holds a message without an id", findAllMessagesEvent)
	}
	return found, err
}

// RemoveMessages removes messages of a chat. Those that are gone already are no
// error. The room of the chat is joined for that and left afterwards. A LostError
// says that it is not confirmed for all of them.
func (c *Client) RemoveMessages(ctx context.Context, chatHeaderID int64, ids ...int64) error {
	if err := needNumber("chat header id", chatHeaderID); err != nil {
		return err
	}
	for _, id := range ids {
		if err := needNumber("message id", id); err != nil {
			return err
		}
	}
	if len(ids) == 0 {
		return nil
	}
	ids = slices.Compact(slices.Sorted(slices.Values(ids)))
	left := slices.Clone(ids)
	var mutex sync.Mutex // a connection that was lost may still be heard while the next one is
	_, err := c.carryOut(ctx, write{
		event:   removeMessageEvent,
		payload: removeMessagePayload{IDs: ids, ChatHeaderID: chatHeaderID, AccessToken: c.config.AccessToken},
		room:    chatHeaderID,
		object:  fmt.Sprintf("%d of the messages of chat %d", len(ids), chatHeaderID),
		hear: func(event socketio.Event) (Message, bool) {
			mutex.Lock()
			defer mutex.Unlock()
			if root, heard := broadcast(event, messageDeletedEvent); heard {
				id := mentioned(root, idKeys)
				left = slices.DeleteFunc(left, func(other int64) bool { return other == id })
			}
			return Message{}, len(left) == 0
		},
		look: func(ctx context.Context) (Message, bool, error) {
			found, err := c.findMessages(ctx, chatHeaderID, ids...)
			return Message{}, err == nil && len(found) == 0, err
		},
	})
	return err
}

// MarkRead marks the messages of a chat as read by the user. The room of the chat
// is joined for that and left afterwards. A LostError says that it is not
// confirmed, which for a chat of more than two nothing but a broadcast does.
func (c *Client) MarkRead(ctx context.Context, chatHeaderID int64) error {
	if err := needNumber("chat header id", chatHeaderID); err != nil {
		return err
	}
	_, err := c.carryOut(ctx, write{
		event:   readMessageEvent,
		payload: readMessagePayload{chatHeaderID},
		room:    chatHeaderID,
		object:  fmt.Sprintf("the messages of chat %d", chatHeaderID),
		hear: func(event socketio.Event) (Message, bool) {
			root, heard := broadcast(event, messageHasBeenReadEvent)
			return Message{}, heard && mentioned(root, chatHeaderIDKeys) == chatHeaderID
		},
		look: func(ctx context.Context) (Message, bool, error) {
			chats, err := c.ListChats(ctx)
			if err != nil {
				return Message{}, false, err
			}
			read := slices.ContainsFunc(chats, func(chat Chat) bool {
				return chat.ChatHeaderID == chatHeaderID && chat.UnreadCount == 0
			})
			return Message{}, read, nil
		},
	})
	return err
}
