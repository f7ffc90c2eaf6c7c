package syarah_test

import (
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/chattenant/terraform-provider-chat/internal/mock/syarah"
)

var sessionID = regexp.MustCompile(`"sid":"([^"]+)"`)

// No packet makes the mock fail, and the socket's next packet is answered
// unless the connection is over.
func FuzzPackets(f *testing.F) {
	for _, packet := range []string{
		`421["createMessage",{"message":"x","chatHeaderId":101,"messageType":0,"accessToken":"TOKEN"}]`,
		`421["findAllMessages",{"chatHeaderId":"101","accessToken":"TOKEN","skipCount":1e9}]`,
		`421["findAllChatHeaders",{"AccessToken":"TOKEN","RoomsWithLastMessageIds":[{"ChatHeaderId":101,"LastMessageId":0}]}]`,
		`421["joinRoom",{"otherUserId":"00000000-0000-4000-8000-0000000000a2"}]`, `421["leaveRoom",{"chatHeaderId":101}]`, `42["roomTyping",{"isTyping":true,"name":"x","chatHeaderId":101}]`,
		`421["updateMessage",{"id":1001,"message":"x","chatHeaderId":101,"accessToken":"TOKEN"}]`, `421["removeMessage",{"ids":[1001,null],"chatHeaderId":101,"accessToken":"TOKEN"}]`,
		`421["getMyChats"]`, `421["getMyFriendships",{}]`, `42["readMessage",{"chatHeaderId":101}]`, `40/x,{}`, `431["x"]`, `41`, `2`,
	} {
		f.Add(packet)
	}
	f.Fuzz(func(t *testing.T, packet string) {
		mock := syarah.New(syarah.Options{})
		defer mock.Close()
		if err := mock.SetSettings(syarah.Settings{AckWrites: true, ConnectTimeoutMS: 3600_000}); err != nil {
			t.Fatal(err)
		}
		call := func(method, query, body string) (int, string) {
			t.Helper()
			recorder := httptest.NewRecorder()
			mock.ServeHTTP(recorder, httptest.NewRequestWithContext(t.Context(), method, "/socket.io/?EIO=4&transport=polling&userId="+syarah.UserID+query, strings.NewReader(body)))
			return recorder.Code, recorder.Body.String()
		}
		_, hello := call("GET", "", "")
		query := "&sid=" + sessionID.FindStringSubmatch(hello)[1]
		packet = strings.ReplaceAll(packet, "TOKEN", mock.AccessToken())
		call("POST", query, `40{"accessToken":"`+mock.AccessToken()+`"}`+"\x1e"+`42["joinRoom",{"otherUserId":"`+syarah.FriendID+`"}]`)
		if status, answer := call("POST", query, packet); status >= 500 {
			t.Errorf("%s was answered with %d %s", packet, status, answer)
		}
		call("POST", query, `42777["getMyChats",{}]`)
		_, packets := call("GET", query, "")
		if strings.Contains(packets, "43777[[") || strings.Contains(packet, "\x1e") {
			return
		}
		// The end may have come with the packets before it, or after them.
		_, more := call("GET", query, "")
		if end := packets + more; !strings.HasSuffix(end, "1") && !strings.HasSuffix(end, "6") && !strings.Contains(end, "Session ID unknown") {
			t.Errorf("after %s the mock sent %q, then %q", packet, packets, more)
		}
		mock.Snapshot()
	})
}

// No form makes the mock fail.
func FuzzUpload(f *testing.F) {
	f.Add("--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\nx\r\n--b\r\nContent-Disposition: form-data; name=\"messageType\"\r\n\r\n3\r\n--b--\r\n")
	f.Add("--b--")
	f.Fuzz(func(t *testing.T, body string) {
		mock := syarah.New(syarah.Options{})
		r := httptest.NewRequestWithContext(t.Context(), "POST", "/api/chat/uploadFile", strings.NewReader(body))
		r.Header.Set("Content-Type", "multipart/form-data; boundary=b")
		r.Header.Set("Authorization", "Bearer "+mock.AccessToken())
		recorder := httptest.NewRecorder()
		if mock.ServeHTTP(recorder, r); recorder.Code >= 500 {
			t.Errorf("%q was answered with %d %s", body, recorder.Code, recorder.Body)
		}
		mock.Snapshot()
	})
}
