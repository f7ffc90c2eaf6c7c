package syarah

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/chattenant/terraform-provider-chat/internal/mock/control"
	"github.com/chattenant/terraform-provider-chat/internal/mock/syarah/engineio"
)

// Settings switch between the ways in which the real server may work: its page
// leaves much open. The zero value is what syarah-api.md holds for likely. PUT
// /_mock/settings replaces all of them.
type Settings struct {
	// RestErrors is how REST calls fail: "" ({success,data,message} with a
	// status from 400), "200" (the same with status 200) or "abp"
	// ({error:{code,message,details}} with a status from 400). §3
	RestErrors string `json:"restErrors,omitempty"`
	// SocketErrors is how events fail: "" (the ack is {error}), "exception" (an
	// event of that name in place of the ack, as NestJS has it) or "none". §4
	SocketErrors string `json:"socketErrors,omitempty"`
	// NoAcks leaves all events without an ack. §4
	NoAcks bool `json:"noAcks,omitempty"`
	// AckWrites acks the events too for which the page shows no ack: with
	// nothing, or with their error. §4
	AckWrites bool `json:"ackWrites,omitempty"`
	// LeaveAnswer is the ack of leaveRoom: "" ({success:true}), "null" or
	// "empty" (no arguments at all). §4
	LeaveAnswer string `json:"leaveAnswer,omitempty"`
	// JoinAnswer is where joinRoom tells the chat: "" in chatHeaderId, or
	// "chatHeader" in chatHeader.id. §4
	JoinAnswer string `json:"joinAnswer,omitempty"`
	// ListEnvelope is around messages and chat headers: "" none, "items"
	// ({totalCount,items}) or "data" ({success,data,message}). §4
	ListEnvelope string `json:"listEnvelope,omitempty"`
	// PascalCase writes the keys of messages and chat headers in capitals. §4
	PascalCase bool `json:"pascalCase,omitempty"`

	// HideEmptyChats leaves chats without messages out of getMyChats. §8
	HideEmptyChats bool `json:"hideEmptyChats,omitempty"`
	// ChatsLimit is how many chats getMyChats tells, 0 all of them. §8
	ChatsLimit int `json:"chatsLimit,omitempty"`
	// PageLimit is a page without maxResultCount; default 10, as ABP has it. §5
	PageLimit int `json:"pageLimit,omitempty"`
	// MaxResults is the largest page; default 1000, as ABP has it. §5
	MaxResults int `json:"maxResults,omitempty"`
	// RefuseMaxResults makes a larger maxResultCount an error; by default it is
	// cut. §5
	RefuseMaxResults bool `json:"refuseMaxResults,omitempty"`
	// OldestFirst lists messages from the oldest, and what follows
	// lastMessageId; by default from the newest, and what came before. §5
	OldestFirst bool `json:"oldestFirst,omitempty"`
	// SkipSender keeps broadcasts from the socket that has caused them. §5
	SkipSender bool `json:"skipSender,omitempty"`

	// AuthKey names the token in auth: "accessToken" (default) or "token". §2
	AuthKey string `json:"authKey,omitempty"`
	// LateAuth accepts connections with a wrong token, whose events fail. §2
	LateAuth bool `json:"lateAuth,omitempty"`
	// AuthOff asks for no token: who has none is the userId of the query.
	AuthOff bool `json:"authOff,omitempty"`
	// TokenSeconds is how long after the start tokens work; 0: for ever.
	TokenSeconds int `json:"tokenSeconds,omitempty"`
	// CheckUserID refuses a connection whose token is of another user. §2
	CheckUserID bool `json:"checkUserId,omitempty"`
	// Strangers lets everybody get the chat of two others by REST. §3
	Strangers bool `json:"strangers,omitempty"`
	// AnyPath sends files whatever their path; by default uploaded ones. §3
	AnyPath bool `json:"anyPath,omitempty"`

	// The largest uploads in bytes: by default none for images, 500 MiB for
	// videos, 50 MiB for audio and other files. §3
	ImageLimit int64 `json:"imageLimit,omitempty"`
	VideoLimit int64 `json:"videoLimit,omitempty"`
	AudioLimit int64 `json:"audioLimit,omitempty"`
	FileLimit  int64 `json:"fileLimit,omitempty"`

	// Transports are "websocket" and "polling"; default both. §2
	Transports []string `json:"transports,omitempty"`
	// PingIntervalMS and PingTimeoutMS are told to clients in milliseconds;
	// default 25000 and 20000, as npm socket.io has it. §6
	PingIntervalMS int `json:"pingIntervalMs,omitempty"`
	PingTimeoutMS  int `json:"pingTimeoutMs,omitempty"`
	// NoPings sends none, as a server does that hangs. §6
	NoPings bool `json:"noPings,omitempty"`
	// ConnectTimeoutMS is how long a client may take to its CONNECT; default
	// 45000, as npm socket.io has it.
	ConnectTimeoutMS int `json:"connectTimeoutMs,omitempty"`
	// MaxPayload is the largest message of a client in bytes; default 1000000. §6
	MaxPayload int64 `json:"maxPayload,omitempty"`
}

// withDefaults fills in what has a default that is not zero.
func (s Settings) withDefaults() Settings {
	setDefault(&s.PageLimit, 10)
	setDefault(&s.MaxResults, 1000)
	setDefault(&s.AuthKey, "accessToken")
	setDefault(&s.VideoLimit, 500<<20)
	setDefault(&s.AudioLimit, 50<<20)
	setDefault(&s.FileLimit, 50<<20)
	setDefault(&s.PingIntervalMS, 25_000)
	setDefault(&s.PingTimeoutMS, 20_000)
	setDefault(&s.ConnectTimeoutMS, 45_000)
	setDefault(&s.MaxPayload, 1_000_000)
	if s.Transports == nil {
		s.Transports = []string{engineio.Polling, engineio.WebSocket}
	}
	return s
}

func setDefault[T comparable](value *T, fallback T) {
	var zero T
	if *value == zero {
		*value = fallback
	}
}

// check refuses values that the mock does not know.
func (s Settings) check() error {
	words := []struct {
		name, value string
		known       []string
	}{
		{"restErrors", s.RestErrors, []string{"", "200", "abp"}},
		{"socketErrors", s.SocketErrors, []string{"", "exception", "none"}},
		{"leaveAnswer", s.LeaveAnswer, []string{"", "null", "empty"}},
		{"joinAnswer", s.JoinAnswer, []string{"", "chatHeader"}},
		{"listEnvelope", s.ListEnvelope, []string{"", "items", "data"}},
		{"authKey", s.AuthKey, []string{"accessToken", "token"}},
	}
	for _, word := range words {
		if !slices.Contains(word.known, word.value) {
			return fmt.Errorf("the setting %s is %q, but must be one of %q", word.name, word.value, word.known)
		}
	}
	for _, transport := range s.Transports {
		if transport != engineio.Polling && transport != engineio.WebSocket {
			return fmt.Errorf("the setting transports has %q, but knows %q and %q", transport, engineio.Polling, engineio.WebSocket)
		}
	}
	counts := min(s.ChatsLimit, s.PageLimit, s.MaxResults, s.TokenSeconds, s.PingIntervalMS, s.PingTimeoutMS, s.ConnectTimeoutMS)
	sizes := min(s.ImageLimit, s.VideoLimit, s.AudioLimit, s.FileLimit, s.MaxPayload)
	if counts < 0 || sizes < 0 {
		return fmt.Errorf("a setting is negative; counts, limits and times cannot be")
	}
	return nil
}

// engine are the settings of the layer below.
func (s Settings) engine() engineio.Settings {
	return engineio.Settings{
		Transports:   s.Transports,
		PingInterval: milliseconds(s.PingIntervalMS),
		PingTimeout:  milliseconds(s.PingTimeoutMS),
		NoPings:      s.NoPings,
		MaxPayload:   s.MaxPayload,
	}
}

func milliseconds(count int) time.Duration { return time.Duration(count) * time.Millisecond }

// ApplySettings replaces the settings from JSON.
func (b *backend) ApplySettings(raw json.RawMessage) error {
	var settings Settings
	if err := control.Decode(raw, &settings); err != nil {
		return err
	}
	return b.setSettings(settings)
}

func (b *backend) setSettings(settings Settings) error {
	settings = settings.withDefaults()
	if err := settings.check(); err != nil {
		return err
	}
	b.mutex.Lock()
	defer b.mutex.Unlock()
	b.settings = settings
	return nil
}
