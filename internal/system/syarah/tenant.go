package syarah

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/chattenant/terraform-provider-chat/internal/api/syarah"
	"github.com/chattenant/terraform-provider-chat/internal/coalesce"
)

// withoutCoalescing is the environment variable that makes each resource speak
// to the server alone. It is there for benchmarks.
const withoutCoalescing = "CHAT_WITHOUT_COALESCING"

// tenant is one user of Syarah as the resources see it: the client, with lists
// that are shared by all who ask for them. There is no call that reads one chat,
// so that a list answers even a single read. Methods do what the client's of the
// same name do; all that are not here are the client's own.
type tenant struct {
	*syarah.Client
	userID  string
	chats   *coalesce.Snapshot[int64, syarah.Chat]       // by the id of the chat
	headers *coalesce.Snapshot[int64, syarah.ChatHeader] // by the same
}

func newTenant(client *syarah.Client, userID string) *tenant {
	t := &tenant{Client: client, userID: userID}
	t.chats = newSnapshot(t.listChats)
	t.headers = newSnapshot(t.listHeaders)
	return t
}

func newSnapshot[V any](list func(context.Context) (map[int64]V, error)) *coalesce.Snapshot[int64, V] {
	config := coalesce.SnapshotConfig[int64, V]{List: list}
	if _, alone := os.LookupEnv(withoutCoalescing); alone {
		config.Fresh = -1
	}
	return coalesce.NewSnapshot(config)
}

func (t *tenant) listChats(ctx context.Context) (map[int64]syarah.Chat, error) {
	listed, err := t.Client.ListChats(ctx)
	all := make(map[int64]syarah.Chat, len(listed))
	for _, chat := range listed {
		all[chat.ChatHeaderID] = chat
	}
	return all, err
}

// listHeaders fails where the server does not tell the id of each chat: what is
// not in the map must not be there.
func (t *tenant) listHeaders(ctx context.Context) (map[int64]syarah.ChatHeader, error) {
	listed, err := t.Client.ListChatHeaders(ctx, 0)
	all := make(map[int64]syarah.ChatHeader, len(listed))
	for _, header := range listed {
		if header.ID == 0 {
			return nil, errors.New("a chat is listed without its id")
		}
		all[header.ID] = header
	}
	return all, err
}

// isMe reports whether an id is that of the user of the provider.
func (t *tenant) isMe(userID string) bool { return sameUser(userID, t.userID) }

// sameUser compares ids: GUIDs have no letter case.
func sameUser(one, other string) bool { return strings.EqualFold(one, other) }

// AllChats returns the individual chats of the user by their ids, from a list
// that all who ask at the same time share.
func (t *tenant) AllChats(ctx context.Context) (map[int64]syarah.Chat, error) {
	return t.chats.All(ctx)
}

// ListChats returns the same in the order of their ids: the server's own order
// changes with each message.
func (t *tenant) ListChats(ctx context.Context) ([]syarah.Chat, error) {
	chats, err := t.AllChats(ctx)
	return slices.SortedFunc(maps.Values(chats), func(a, b syarah.Chat) int { return cmp.Compare(a.ChatHeaderID, b.ChatHeaderID) }), err
}

// HasHeader reports whether a chat is among all conversations of the user,
// empty ones included. The list is shared, too.
func (t *tenant) HasHeader(ctx context.Context, chatHeaderID int64) (bool, error) {
	headers, err := t.headers.All(ctx)
	_, found := headers[chatHeaderID]
	return found, err
}

// GetOrCreateChat returns the chat of two users, which it creates if need be.
func (t *tenant) GetOrCreateChat(ctx context.Context, user1ID, user2ID string) (syarah.ChatHeader, error) {
	defer t.written()
	return t.Client.GetOrCreateChat(ctx, user1ID, user2ID)
}

// SendMessage sends a message.
func (t *tenant) SendMessage(ctx context.Context, message syarah.NewMessage) (syarah.Message, error) {
	defer t.written()
	return t.Client.SendMessage(ctx, message)
}

// UpdateMessage changes a message.
func (t *tenant) UpdateMessage(ctx context.Context, change syarah.MessageChange) (syarah.Message, error) {
	defer t.written()
	return t.Client.UpdateMessage(ctx, change)
}

// RemoveMessages removes messages.
func (t *tenant) RemoveMessages(ctx context.Context, chatHeaderID int64, ids ...int64) error {
	defer t.written()
	return t.Client.RemoveMessages(ctx, chatHeaderID, ids...)
}

// MarkRead marks the messages of a chat as read.
func (t *tenant) MarkRead(ctx context.Context, chatHeaderID int64) error {
	defer t.written()
	return t.Client.MarkRead(ctx, chatHeaderID)
}

// written makes known that lists from before are old: they tell of messages, too.
func (t *tenant) written() {
	t.chats.Written()
	t.headers.Written()
}
