package syarah_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/chattenant/terraform-provider-chat/internal/mock/syarah"
)

const (
	png  = "\x89PNG\r\n\x1a\n and what belongs to it"
	path = "/uploads/chat-messages/%s/%032x.%s"
)

func TestUploads(t *testing.T) {
	b := newBench(t)
	for i, test := range []struct{ messageType, name, content, directory, extension string }{
		{"1", "a.MP3", "sound", "audios", "mp3"},
		{"1", "a.wma", "sound", "audios", "wma"},
		{"2", "a.png", png, "images", "webp"},
		{"2", "a", "GIF89a and more", "images", "webp"},
		{"3", "a.tar.gz", "anything", "files", "gz"},
		{"4", "a.mkv", "film", "videos", "mkv"},
	} {
		want := fmt.Sprintf(`{"data":"`+path+`","message":null,"success":true}`, test.directory, i+1, test.extension)
		b.upload(test.messageType, test.name, test.content).is(200).equals(want)
	}
	b.upload("3", "Makefile", "all:").is(200).has(fmt.Sprintf(strings.TrimSuffix(path, ".%s"), "files", 7), "data")
	uploads := b.mock.Snapshot().Uploads
	if u := uploads[2]; u.Type != 2 || u.Name != "a.png" || u.Size != int64(len(png)) || len(u.SHA256) != 64 || u.UserID != syarah.UserID {
		t.Errorf("the image is kept as %+v", u)
	}
	if log := b.lastLogged(); !strings.HasSuffix(fmt.Sprint(log.Body), "bytes that are not JSON>") || log.Headers["Authorization"] != "Bearer <hidden>" {
		t.Errorf("an upload is logged as %+v", log)
	}

	// The path is what messages carry, with the type of the upload alone.
	b.chat("CHAT", "FRIEND")
	b.set(syarah.Settings{AckWrites: true})
	c := b.owner()
	for i, test := range []struct {
		messageType int
		want        string
	}{{2, "[]"}, {3, `[{"error":"message must be the path of an uploaded file of this messageType"}]`}, {0, "[]"}} {
		c.ask("createMessage", fmt.Sprintf(`{"message":%q,"chatHeaderId":CHAT,"messageType":%d,"accessToken":"TOKEN","caption":"%d"}`, uploads[2].Path, test.messageType, i)).equals(test.want)
	}
	b.set(syarah.Settings{AckWrites: true, AnyPath: true})
	c.ask("createMessage", `{"message":"/elsewhere.mp4","chatHeaderId":CHAT,"messageType":4,"accessToken":"TOKEN"}`).equals("[]")
	if messages := b.mock.Snapshot().Messages; len(messages) != 3 || messages[0].Type != 2 || *messages[0].Caption != "0" || messages[2].Type != 4 {
		t.Errorf("the messages are %+v", messages)
	}
}

func TestRulesOfUploads(t *testing.T) {
	b := newBench(t, syarah.Settings{ImageLimit: 100, VideoLimit: 200, AudioLimit: 300, FileLimit: 400})
	long := strings.Repeat("x", 401)
	file := func(name, content string) part { return part{"file", name, content} }
	kind := func(messageType string) part { return part{"messageType", "", messageType} }
	for _, test := range []struct {
		parts   []part
		status  int
		message string
	}{
		{nil, 400, "messageType is required"},
		{[]part{file("a", "x")}, 400, "messageType is required"},
		{[]part{kind("3")}, 400, "file is required"},
		{[]part{kind("3"), {"file", "", "x"}}, 400, "file must be a file"},
		{[]part{{"messageType", "a", "3"}, file("a", "x")}, 400, "messageType must not be a file"},
		{[]part{kind("3"), file("a", "x"), file("b", "x")}, 400, "file is there twice"},
		{[]part{kind("3"), kind("3"), file("b", "x")}, 400, "messageType is there twice"},
		{[]part{kind("3"), file("a", "x"), {"caption", "", "x"}}, 400, "caption is not allowed"},
		{[]part{kind("0"), file("a", "x")}, 400, "messageType must be 1, 2, 3 or 4"},
		{[]part{kind("5"), file("a", "x")}, 400, "messageType must be 1, 2, 3 or 4"},
		{[]part{kind("image"), file("a.png", png)}, 400, "messageType must be 1, 2, 3 or 4"},
		{[]part{kind("3"), file("a", "")}, 400, "The file is empty"},
		{[]part{kind("1"), file("a", "x")}, 400, "The file must be one of mp3, wav, ogg, m4a, aac, flac, wma"},
		{[]part{kind("1"), file("a.mp4", "x")}, 400, "The file must be one of mp3, wav, ogg, m4a, aac, flac, wma"},
		{[]part{kind("4"), file("a.mp3", "x")}, 400, "The file must be one of mp4, avi, mov, wmv, flv, webm, mkv"},
		{[]part{kind("2"), file("a.png", "text")}, 400, "The file is not an image"},
		{[]part{kind("2"), file("a.png", png+long[:100])}, 413, "The file has more than 100 bytes"},
		{[]part{kind("4"), file("a.mp4", long[:201])}, 413, "The file has more than 200 bytes"},
		{[]part{kind("1"), file("a.mp3", long[:301])}, 413, "The file has more than 300 bytes"},
		{[]part{kind("3"), file("a", long)}, 413, "The file has more than 400 bytes"},
	} {
		body, contentType := formOf(t, test.parts...)
		b.rest("POST /api/chat/uploadFile", contentType, body).fails(test.status, test.message)
	}
	b.rest("POST /api/chat/uploadFile", "multipart/form-data", nil).fails(400, "The content type has no boundary")
	body, contentType := formOf(t, kind("3"), file("a", "x"))
	b.rest("POST /api/chat/uploadFile", contentType, body[:len(body)-20]).fails(400, "The body ended early")
	b.rest("POST /api/chat/uploadFile", contentType, bytes.Replace(body, []byte("Content-Disposition:"), []byte("Content-Disposition"), 1)).fails(400, "The body is not multipart, or ended early")
	if uploads := b.mock.Snapshot().Uploads; len(uploads) != 0 {
		t.Errorf("what was refused is kept: %+v", uploads)
	}
	b.upload("3", "a", long[:400]).is(200)
}

func TestUploadThatBreaksOff(t *testing.T) {
	b := newBench(t)
	body, contentType := formOf(t, part{"file", "a", "content"}, part{"messageType", "", "3"})
	broken := io.MultiReader(strings.NewReader(string(body[:150])), iotest.ErrReader(errors.New("gone")))
	r := httptest.NewRequestWithContext(t.Context(), "POST", "/api/chat/uploadFile", broken)
	r.Header.Set("Content-Type", contentType)
	r.Header.Set("Authorization", "Bearer "+b.mock.AccessToken())
	recorder := httptest.NewRecorder()
	b.mock.ServeHTTP(recorder, r)
	if recorder.Code != 400 || len(b.mock.Snapshot().Uploads) != 0 {
		t.Errorf("it was answered with %d %s", recorder.Code, recorder.Body)
	}
}
