package rocketchat_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"image"
	"image/png"
	"mime/multipart"
	"net/textproto"
	"strings"
	"testing"
	"time"

	"github.com/chattenant/terraform-provider-chat/internal/mock/rocketchat"
)

func TestMessage(t *testing.T) {
	b := newBench(t)
	b.send("POST /visitor", `{"visitor":{"token":"ann","name":"Ann"}}`).is(200)
	b.room("chat", "ann")
	const keys = "_id rid msg token alias ts u _updatedAt urls mentions channels md"
	sent := b.send("POST /message", `{"token":"ann","rid":"CHAT","msg":"Hello <World>","_id":"my-id","agent":{"agentId":"ALICE","username":"alice"}}`).is(200).
		keys("message success").keys(keys, "message").keys("_id username name", "message", "u").has("my-id", "message", "_id").has(b.names["CHAT"], "message", "rid").
		has("Hello <World>", "message", "msg").has("ann", "message", "token").has("Ann", "message", "alias").has("[]", "message", "urls").
		has("Hello <World>", "message", "md", 0, "value", 0, "value").has(b.mock.VisitorID("ann"), "message", "u", "_id")
	if got := b.send("GET /message/my-id?token=ann&rid=CHAT", "").is(200); got.raw != sent.raw {
		t.Errorf("sent was %s, read is %s", sent.raw, got.raw)
	}
	b.wait(time.Minute)
	b.send("PUT /message/my-id", `{"token":"ann","rid":"CHAT","msg":"Edited"}`).is(200).keys(keys+" editedAt editedBy", "message").
		has("Edited", "message", "msg").has("2026-11-21T12:01:00.000Z", "message", "editedAt").has("2026-11-21T12:00:00.000Z", "message", "ts").
		has("guest-1", "message", "editedBy", "username")
	b.send("DELETE /message/my-id", `{"token":"ann","rid":"CHAT"}`).is(200).keys("message success").keys("_id ts", "message").
		has("my-id", "message", "_id").has("2026-11-21T12:01:00.000Z", "message", "ts")
	b.send("DELETE /message/my-id", `{"token":"ann","rid":"CHAT"}`).fails("invalid-message")
	b.send("GET /message/my-id?token=ann&rid=CHAT", "").fails("invalid-message")
	if b.mock.Snapshot().Message("my-id") != nil {
		t.Error("the message is still there")
	}
}

// A second message with the id of the first changes nothing.
func TestMessagesWithTheSameID(t *testing.T) {
	b := newBench(t)
	b.chat()
	b.visitor("bob")
	b.room("other", "bob")
	b.send("POST /message", `{"token":"ann","rid":"CHAT","msg":"First","_id":"id"}`).is(200)
	b.send("POST /message", `{"token":"ann","rid":"CHAT","msg":"Second","_id":"id"}`).is(200).has("First", "message", "msg")
	b.send("POST /message", `{"token":"bob","rid":"OTHER","msg":"Third","_id":"id"}`).is(200).has("First", "message", "msg").has(b.names["CHAT"], "message", "rid")
	b.send("GET /room?token=ann", "").is(200).has("2", "room", "msgs")
}

func TestMessageRules(t *testing.T) {
	b := newBench(t)
	b.chat()
	b.visitor("bob")
	b.room("other", "bob")
	b.message("Theirs", "bob", "OTHER")
	system := b.mock.Snapshot().Messages[1] // what the agent said by taking the room
	if system.Type != "command" || system.AuthorID != rocketchat.AliceID {
		t.Fatalf("the second message is %+v", system)
	}
	b.names["TAKEN"] = system.ID
	for _, test := range []struct{ call, body, code, text string }{
		{"POST /message", `{"rid":"CHAT","msg":"x"}`, "invalid-params", "must have required property 'token'"},
		{"POST /message", `{"token":"ann","rid":"CHAT"}`, "invalid-params", "must have required property 'msg'"},
		{"POST /message", `{"token":"ann","rid":"CHAT","msg":"x","colour":1}`, "invalid-params", "must NOT have additional properties"},
		{"POST /message", `{"token":"ann","rid":"CHAT","msg":1}`, "invalid-params", "must be string"},
		{"POST /message", `{"token":"ann","rid":"CHAT","msg":"x","agent":{"agentId":"ALICE"}}`, "invalid-params", "must have required property 'username'"},
		{"POST /message", `{"token":"x","rid":"CHAT","msg":"x"}`, "", "invalid-token"},
		{"POST /message", `{"token":"ann","rid":"OTHER","msg":"x"}`, "", "invalid-room"},
		{"GET /message/HELLO?token=ann", ``, "error-invalid-params", "must have required property 'rid'"},
		{"GET /message/HELLO?token=ann&rid=CHAT&x=1", ``, "error-invalid-params", "must NOT have additional properties"},
		{"GET /message/HELLO?token=x&rid=CHAT", ``, "", "invalid-token"},
		{"GET /message/HELLO?token=ann&rid=OTHER", ``, "", "invalid-room"},
		{"GET /message/THEIRS?token=ann&rid=CHAT", ``, "", "invalid-message"},
		{"PUT /message/HELLO", `{"token":"ann","rid":"CHAT"}`, "invalid-params", "must have required property 'msg'"},
		{"PUT /message/HELLO", `{"token":"x","rid":"CHAT","msg":"x"}`, "", "invalid-token"},
		{"PUT /message/HELLO", `{"token":"ann","rid":"OTHER","msg":"x"}`, "", "invalid-room"},
		{"PUT /message/x", `{"token":"ann","rid":"CHAT","msg":"x"}`, "", "invalid-message"},
		{"PUT /message/THEIRS", `{"token":"ann","rid":"CHAT","msg":"x"}`, "", "error-action-not-allowed"},
		{"PUT /message/TAKEN", `{"token":"ann","rid":"CHAT","msg":"x"}`, "", "error-action-not-allowed"},
		{"DELETE /message/HELLO?token=ann&rid=CHAT", ``, "invalid-params", "must have required property 'token'"},
		{"DELETE /message/x", `{"token":"ann","rid":"CHAT"}`, "", "invalid-message"},
		{"DELETE /message/THEIRS", `{"token":"ann","rid":"CHAT"}`, "", "error-action-not-allowed"},
		{"GET /messages.history/CHAT", ``, "error-invalid-params", "must have required property 'token'"},
		{"GET /messages.history/CHAT?token=ann&page=1", ``, "error-invalid-params", "must NOT have additional properties"},
		{"GET /messages.history/CHAT?token=ann&limit=x", ``, "error-invalid-params", "must be number"},
		{"GET /messages.history/CHAT?token=ann&end=yesterday", ``, "", `The "end" query parameter must be a valid date.`},
		{"GET /messages.history/CHAT?token=x", ``, "", "invalid-token"},
		{"GET /messages.history/OTHER?token=ann", ``, "", "invalid-room"},
	} {
		before := fmt.Sprintf("%+v", b.mock.Snapshot())
		got := b.send(test.call, test.body)
		if test.code == "" {
			got.fails(test.text)
		} else {
			got.refuses(test.code, test.text)
		}
		if after := fmt.Sprintf("%+v", b.mock.Snapshot()); after != before {
			t.Errorf("the refused call %s has changed\n%s\nto\n%s", test.call, before, after)
		}
	}
}

func TestMessageSettings(t *testing.T) {
	b := newBench(t)
	b.chat()
	b.set(rocketchat.Settings{MessageLimit: 5, MaskedWords: []string{"darn", ""}})
	b.send("POST /message", `{"token":"ann","rid":"CHAT","msg":"123456"}`).fails("message-length-exceeds-character-limit")
	b.send("POST /message", `{"token":"ann","rid":"CHAT","msg":"äöü😀"}`).is(200)
	b.send("POST /message", `{"token":"ann","rid":"CHAT","msg":"äöü😀€"}`).fails("message-length-exceeds-character-limit")
	b.send("POST /message", `{"token":"ann","rid":"CHAT","msg":"darn!"}`).is(200).has("****!", "message", "msg")
	b.send("PUT /message/HELLO", `{"token":"ann","rid":"CHAT","msg":"darned long"}`).is(200).has("****ed long", "message", "msg")
	b.set(rocketchat.Settings{NoEditing: true})
	b.send("PUT /message/HELLO", `{"token":"ann","rid":"CHAT","msg":"x"}`).fails("error-action-not-allowed")
	b.set(rocketchat.Settings{OmnichannelOff: true})
	b.send("POST /message", `{"token":"ann","rid":"CHAT","msg":"x"}`).refuses("error-omnichannel-is-disabled", "[error-omnichannel-is-disabled]")
	b.set(rocketchat.Settings{ContactsBlocked: true})
	b.send("POST /message", `{"token":"ann","rid":"CHAT","msg":"x"}`).fails("error-contact-channel-blocked")
	b.set(rocketchat.Settings{NoDeleting: true})
	b.send("DELETE /message/HELLO", `{"token":"ann","rid":"CHAT"}`).fails("error-action-not-allowed")
	b.set(rocketchat.Settings{})
	b.send("DELETE /message/HELLO", `{"token":"ann","rid":"CHAT"}`).is(200)
}

func TestHistory(t *testing.T) {
	b := newBench(t)
	b.visitor("ann")
	b.room("chat", "ann")
	b.send("GET /messages.history/CHAT?token=ann", "").is(200).keys("messages success").lists("command livechat-started", "messages", "t").
		has("connected", "messages", 0, "msg")
	b.set(rocketchat.Settings{HideSystemMessages: true})
	b.send("GET /messages.history/CHAT?token=ann", "").is(200).equals(map[string]any{"messages": []any{}, "success": true})
	for i := range 25 {
		b.wait(time.Second)
		b.message(fmt.Sprintf("m%02d", i), "ann", "CHAT")
	}
	history := func(query, want string) {
		t.Helper()
		b.send("GET /messages.history/CHAT?token=ann"+query, "").is(200).lists(want, "messages", "msg")
	}
	history("&limit=3", "m24 m23 m22")
	history("&limit=3&offset=3", "m21 m20 m19")
	history("&limit=3&offset=24", "m00")
	history("&limit=3&offset=25", "")
	history("&limit=2&end=2026-11-21T12:00:03.000Z", "m01 m00") // before, not at
	history("&limit=2&ls=2026-11-21T12:00:20.000Z&count=1&sort=x&searchText=y", "m24 m23")
	if got := len(strings.Fields(b.send("GET /messages.history/CHAT?token=ann&limit=0", "").column("messages", "msg"))); got != 20 {
		t.Errorf("without a limit there are %d messages", got)
	}
	b.send("POST /room.close", `{"token":"ann","rid":"CHAT"}`).is(200)
	history("&limit=1", "m24")
	b.set(rocketchat.Settings{})
	history("&limit=2", "Closed by visitor m24")
}

func TestOfflineMessage(t *testing.T) {
	b := newBench(t)
	const all = `{"name":"Ann","email":"a@x.example","message":"Help","department":"Sales","host":"x.example"}`
	b.send("POST /offline.message", all).is(200).equals(map[string]any{"message": "Livechat offline message sent", "success": true})
	b.send("POST /offline.message", `{"name":"Ann","email":"a@x.example","message":"Help"}`).is(200)
	b.send("POST /offline.message", `{"name":"Ann","email":"","message":"Help"}`).fails("Error sending Omnichannel offline message")
	b.send("POST /offline.message", `{"name":"Ann","email":"a@x.example"}`).refuses("invalid-params", "must have required property 'message'")
	b.send("POST /offline.message", `{"name":"Ann","email":"a@x.example","message":"x","token":"y"}`).refuses("invalid-params", "must NOT have additional properties")
	b.set(rocketchat.Settings{MailFails: true})
	b.send("POST /offline.message", all).fails("Error sending Omnichannel offline message")
	mails := b.mock.Snapshot().Mails
	if len(mails) != 2 || mails[0].Kind != "offline message" || mails[0].Text != "Help" || mails[0].Department != "Sales" || mails[0].Host != "x.example" || mails[0].Name != "Ann" {
		t.Errorf("the mails are %+v", mails)
	}
}

// A part is one part of a multipart body. One with a type is a file.
type part struct{ field, name, kind, content string }

// upload sends the parts with a token.
func (b *bench) upload(rid, token string, parts ...part) result {
	b.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for _, p := range parts {
		header := textproto.MIMEHeader{"Content-Disposition": {fmt.Sprintf(`form-data; name=%q`, p.field)}}
		if p.kind != "" {
			header.Set("Content-Disposition", fmt.Sprintf(`form-data; name=%q; filename=%q`, p.field, p.name))
			header.Set("Content-Type", p.kind)
		}
		w, err := form.CreatePart(header)
		if err != nil {
			b.Fatal(err)
		}
		fmt.Fprint(w, p.content)
	}
	form.Close()
	names := b.names
	b.names = map[string]string{"RID": names[rid]}
	defer func() { b.names = names }()
	return b.call("POST /upload/RID", body.String(), map[string]string{"Content-Type": form.FormDataContentType(), "X-Visitor-Token": token})
}

func TestUpload(t *testing.T) {
	b := newBench(t)
	b.chat()
	var picture bytes.Buffer
	if err := png.Encode(&picture, image.NewGray(image.Rect(0, 0, 7, 3))); err != nil {
		t.Fatal(err)
	}
	got := b.upload("CHAT", "ann", part{"description", "", "", "A picture"}, part{"file", "my pic.png", "image/png", picture.String()}).is(200).
		keys("_id rid msg token file files attachments ts u _updatedAt urls mentions channels newRoom showConnecting success").
		keys("_id name type", "file").has("", "msg").has("my pic.png", "file", "name").has("image/png", "file", "type").
		has("my pic.png", "attachments", 0, "title").has("A picture", "attachments", 0, "description").has("7", "attachments", 0, "image_dimensions", "width").
		has("image/png", "attachments", 0, "image_type").has(fmt.Sprint(picture.Len()), "attachments", 0, "image_size").has("true", "attachments", 0, "title_link_download")
	sum := sha256.Sum256(picture.Bytes())
	want := rocketchat.FileState{Name: "my pic.png", Type: "image/png", Size: picture.Len(), SHA256: hex.EncodeToString(sum[:]), Description: "A picture"}
	if state := b.mock.Snapshot().Message(got.text("_id")); state == nil || *state.File != want {
		t.Errorf("kept is %+v, want %+v", state, want)
	}
	b.names["PICTURE"] = got.text("_id")
	b.send("GET /message/PICTURE?token=ann&rid=CHAT", "").is(200).has("image/png", "message", "fileUpload", "type").
		has("/file-upload/"+got.text("file", "_id")+"/my%20pic.png", "message", "fileUpload", "publicFilePath")
	b.upload("CHAT", "ann", part{"msg", "", "", "See this"}, part{"file", "a.txt", "text/plain; charset=utf-8", "a"}, part{"file", "b.txt", "text/plain", "b"}).is(200).
		has("See this", "msg").has("a.txt", "file", "name").has("text/plain", "file", "type")
	b.upload("CHAT", "ann", part{"alias", "", "", "Anonymous"}, part{"file", "a", "no type", "a"}).is(200).
		has("Anonymous", "alias").has("application/octet-stream", "file", "type")
	b.send("PUT /message/PICTURE", `{"token":"ann","rid":"CHAT","msg":"New text"}`).is(200).has("New text", "message", "msg").has("my pic.png", "message", "file", "name")
}

func TestUploadsThatAreRefused(t *testing.T) {
	b := newBench(t)
	b.chat()
	b.visitor("bob")
	file := part{"file", "a.txt", "text/plain", "0123456789"}
	because := func(got result, reason string) {
		t.Helper()
		got.is(400).equals(map[string]any{"success": false, "reason": reason})
	}
	for _, token := range []string{"", "nobody", "bob"} {
		b.upload("CHAT", token, file).is(403).equals(map[string]any{"success": false, "error": "unauthorized"})
	}
	because(b.upload("CHAT", "ann"), "error-no-file-uploaded")
	because(b.upload("CHAT", "ann", part{"document", "a.txt", "text/plain", "a"}), "error-no-file-uploaded")
	because(b.call("POST /upload/CHAT", `{}`, map[string]string{"X-Visitor-Token": "ann"}), "error-no-file-uploaded")
	because(b.call("POST /upload/CHAT", "--x", map[string]string{"X-Visitor-Token": "ann", "Content-Type": "multipart/form-data; boundary=x"}), "error-no-file-uploaded")
	because(b.upload("CHAT", "ann", part{"file", "a.svg", "image/svg+xml", "<svg/>"}), "error-type-not-allowed")
	b.upload("CHAT", "ann", file, part{"colour", "", "", "red"}).fails("Match error: Unknown key in field colour")
	b.set(rocketchat.Settings{UploadTypes: []string{"image/*", "application/pdf"}})
	because(b.upload("CHAT", "ann", file), "error-type-not-allowed")
	b.upload("CHAT", "ann", part{"file", "a.svg", "image/svg+xml", "<svg/>"}).is(200)
	b.upload("CHAT", "ann", part{"file", "a.pdf", "application/pdf", "%PDF"}).is(200).keys("ts title title_link title_link_download type", "attachments", 0)
	b.set(rocketchat.Settings{MaxUpload: 9})
	because(b.upload("CHAT", "ann", file), "error-size-not-allowed")
	b.set(rocketchat.Settings{MaxUpload: 9, Version: "older"})
	b.upload("CHAT", "ann", file).is(400).equals(map[string]any{"success": false, "reason": "error-size-not-allowed", "sizeAllowed": 9})
	b.upload("CHAT", "bob", file).is(401).equals(map[string]any{"success": false, "error": "unauthorized"})
	b.set(rocketchat.Settings{MaxUpload: -1})
	b.upload("CHAT", "ann", file).is(200)
	b.set(rocketchat.Settings{NoUploads: true})
	because(b.upload("CHAT", "nobody", file), "error-file-upload-disabled")
	b.set(rocketchat.Settings{})
	b.send("POST /room.close", `{"token":"ann","rid":"CHAT"}`).is(200)
	b.upload("CHAT", "ann", file).is(403)
	if raw, err := json.Marshal(b.mock.Snapshot().Messages); err != nil || strings.Count(string(raw), `"file":{`) != 3 {
		t.Errorf("the messages are %s (%v)", raw, err)
	}
}
