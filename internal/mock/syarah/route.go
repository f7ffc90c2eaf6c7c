package syarah

import (
	"net/http"
	"slices"
)

// An event is one that clients may emit.
type event struct {
	token         string // key of the access token; "": the event has none
	tokenOptional bool   // not needed on a connection with a token
	acked         bool   // the page shows an ack
	fields        []field
	serve         func(*call) *answer
}

// events are all events of clients (syarah-api.md §4) [seed], their keys as
// they are written there. The order of fields is that of the checks.
var events = map[string]event{
	"createMessage": {token: "accessToken", serve: createMessage, fields: []field{
		{"chatHeaderId", id, required}, {"message", text, required}, {"messageType", count, required}, {"caption", anyText, optional},
	}},
	"findAllMessages": {token: "accessToken", acked: true, serve: findAllMessages, fields: []field{
		{"chatHeaderId", textID, required}, {"lastMessageId", count, optional}, {"LastMessageId", count, optional},
		{"skipCount", count, optional}, {"maxResultCount", id, optional},
	}},
	"findAllChatHeaders": {token: "AccessToken", acked: true, serve: findAllChatHeaders, fields: []field{
		{"UserId", guid, optional}, {"userId", guid, optional}, {"RoomsWithLastMessageIds", chatCursor, optional},
		{"SkipCount", count, optional}, {"MaxResultCount", id, optional},
	}},
	"joinRoom": {token: "accessToken", tokenOptional: true, acked: true, serve: joinRoom, fields: []field{
		{"chatHeaderId", id, optional}, {"otherUserId", guid, optional},
		{"userId", guid, requiredWithoutToken}, {"socketId", text, requiredWithoutToken},
	}},
	"leaveRoom":     {token: "accessToken", tokenOptional: true, acked: true, serve: leaveRoom, fields: []field{{"chatHeaderId", id, required}}},
	"roomTyping":    {serve: roomTyping, fields: []field{{"chatHeaderId", id, required}, {"isTyping", flag, required}, {"name", text, required}}},
	"updateMessage": {token: "accessToken", serve: updateMessage, fields: []field{{"id", id, required}, {"message", text, required}, {"chatHeaderId", id, required}, {"caption", anyText, optional}}},
	"removeMessage": {token: "accessToken", serve: removeMessage, fields: []field{
		{"chatHeaderId", id, required}, {"id", id, optional}, {"ids", ids, optional},
	}},
	"readMessage":      {serve: readMessage, fields: []field{{"chatHeaderId", id, required}}},
	"getMyFriendships": {token: "accessToken", tokenOptional: true, acked: true, serve: getMyFriendships},
	"getMyChats":       {token: "accessToken", tokenOptional: true, acked: true, serve: getMyChats},
}

// restCalls are all REST calls (§3) [seed].
var restCalls = map[string]func(*call) *answer{
	"POST /api/chat/uploadFile":        uploadFile,
	"GET /api/chat/getChatHeaderAsync": getChatHeader,
}

// serveREST answers a REST call.
func (c *call) serveREST() *answer {
	path := c.request.URL.EscapedPath()
	serve := restCalls[c.request.Method+" "+path]
	if serve == nil {
		if restCalls["GET "+path] != nil || restCalls["POST "+path] != nil {
			return failure(http.StatusMethodNotAllowed, "The method is not allowed")
		}
		return failure(http.StatusNotFound, "There is no "+path)
	}
	if refused := c.authenticateREST(); refused != nil {
		return refused
	}
	return serve(c)
}

// serveEvent answers an event. One that is not known is heard by nobody, as on
// npm socket.io.
func (c *call) serveEvent(name string, raw []byte) *answer {
	known, found := events[name]
	if !found {
		return failure(http.StatusNotFound, "There is no event "+name)
	}
	c.event = known
	payload, reason := readPayload(raw)
	if reason != "" {
		return invalid(reason)
	}
	fields := known.fields
	if known.token != "" {
		fields = append(slices.Clone(fields), field{known.token, anyText, optional})
	}
	hasToken := c.operator || c.socket.token != "" || c.settings.AuthOff
	var refused *answer
	if c.given, refused = read(payload, hasToken, fields); refused != nil {
		return refused
	}
	if refused := c.authenticateEvent(); refused != nil {
		return refused
	}
	return known.serve(c)
}
