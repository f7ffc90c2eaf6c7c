package syarah

import "net/http"

// All of the vendor's names, in one place (syarah-api.md §3 to §5). What is not
// marked is [seed]; the head of that page explains the tags.

// route is a REST call, which takes "Authorization: Bearer <token>".
type route struct {
	method string
	path   string
}

var (
	uploadFileRoute    = route{http.MethodPost, "/api/chat/uploadFile"}
	getChatHeaderRoute = route{http.MethodGet, "/api/chat/getChatHeaderAsync"} // creates what is not there
)

// The fields of the form of uploadFile, and the query of getChatHeaderAsync.
const (
	fileField        = "file"
	messageTypeField = "messageType"
	user1Query       = "user1Id"
	user2Query       = "user2Id"
)

// The connection: userId stands in the query, and the access token in the packet
// that begins the session.
const userIDQuery = "userId"

type connectAuth struct {
	AccessToken string `json:"accessToken"` // the name is [assumed]
}

// Events to the server. Some spell their keys in their own way.
const (
	createMessageEvent      = "createMessage"      // no ack; message
	updateMessageEvent      = "updateMessage"      // no ack; messageUpdated
	removeMessageEvent      = "removeMessage"      // no ack; messageDeleted for each id
	readMessageEvent        = "readMessage"        // no ack; messageHasBeenRead
	findAllMessagesEvent    = "findAllMessages"    // ack: messages, shape [assumed]
	findAllChatHeadersEvent = "findAllChatHeaders" // ack: chat headers, shape [assumed]
	joinRoomEvent           = "joinRoom"           // ack
	leaveRoomEvent          = "leaveRoom"          // ack, which may be empty [assumed]
	getMyFriendshipsEvent   = "getMyFriendships"   // ack: an array
	getMyChatsEvent         = "getMyChats"         // ack: an array
)

type createMessagePayload struct {
	Message      string      `json:"message"`
	ChatHeaderID int64       `json:"chatHeaderId"`
	AccessToken  string      `json:"accessToken"`
	MessageType  MessageType `json:"messageType"`
	Caption      string      `json:"caption,omitempty"`
}

type updateMessagePayload struct {
	ID           int64   `json:"id"`
	Message      string  `json:"message"`
	ChatHeaderID int64   `json:"chatHeaderId"`
	AccessToken  string  `json:"accessToken"`
	Caption      *string `json:"caption,omitempty"`
}

type removeMessagePayload struct {
	IDs          []int64 `json:"ids"`
	ChatHeaderID int64   `json:"chatHeaderId"`
	AccessToken  string  `json:"accessToken"`
}

type readMessagePayload struct {
	ChatHeaderID int64 `json:"chatHeaderId"`
}

type findAllMessagesPayload struct {
	ChatHeaderID   string `json:"chatHeaderId"` // a string here and nowhere else
	AccessToken    string `json:"accessToken"`
	SkipCount      int    `json:"skipCount"`
	MaxResultCount int    `json:"maxResultCount"`
}

type findAllChatHeadersPayload struct {
	AccessToken    string `json:"AccessToken"`
	UserID         string `json:"UserId"`
	SkipCount      int    `json:"SkipCount"`
	MaxResultCount int    `json:"MaxResultCount"`
}

type joinRoomPayload struct {
	ChatHeaderID int64  `json:"chatHeaderId,omitempty"` // or OtherUserID
	OtherUserID  string `json:"otherUserId,omitempty"`
	UserID       string `json:"userId"`
	SocketID     string `json:"socketId"`
	AccessToken  string `json:"accessToken"`
}

type leaveRoomPayload struct {
	ChatHeaderID int64  `json:"chatHeaderId"`
	AccessToken  string `json:"accessToken"`
}

// tokenPayload is that of getMyFriendships and getMyChats.
type tokenPayload struct {
	AccessToken string `json:"accessToken"`
}

// Events from the server.
const (
	messageEvent            = "message"            // an object that holds chatMessage
	messageUpdatedEvent     = "messageUpdated"     // a message
	messageDeletedEvent     = "messageDeleted"     // the id of a message
	messageHasBeenReadEvent = "messageHasBeenRead" // the id of a chat header
)

// complaintEvents are how servers complain of events that have no ack; "exception"
// is NestJS's [assumed].
var complaintEvents = []string{"exception", "error"}

// The keys in answers whose shapes are not documented [assumed], the likeliest
// first. They are found whatever their case is.
var (
	listKeys         = []string{"items", "data", "result", "messages", "chatMessages", "chatHeaders", "headers"}
	wrapperKeys      = []string{"data", "result"}
	messageKeys      = []string{"chatMessage", "message", "data"} // around a message
	idKeys           = []string{"id", "messageId", "_id"}         // of a message
	headerIDKeys     = []string{"id", "chatHeaderId", "headerId"} // of a chat header; "id" is [seed] for getChatHeaderAsync
	chatHeaderIDKeys = []string{"chatHeaderId", "headerId"}
	textKeys         = []string{"message", "content", "text"}
	senderKeys       = []string{"userId", "senderId", "creatorId", "fromUserId"}
	senderObjectKeys = []string{"user", "sender", "creator"}
	typeKeys         = []string{"messageType", "type"}
	createdKeys      = []string{"creationTime", "createdAt", "createdDate", "sentAt"}
	deletedKeys      = []string{"isDeleted", "deleted"}
	pathKeys         = []string{"path", "filePath", "url"} // of an upload; the sample shows a bare string
)
