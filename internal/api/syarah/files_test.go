package syarah

import (
	"context"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/chattenant/terraform-provider-chat/internal/api/rest"
)

func image(content string) Upload {
	return Upload{
		Type: Image, Name: "logo.png", ContentType: "image/png", Size: int64(len(content)),
		Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(content)), nil },
	}
}

const uploaded = `{"success":true,"data":"/uploads/chat-messages/images/abc123.webp","message":null}`

func TestUploadFile(t *testing.T) {
	b := newBackend(t, scripted{200, uploaded})
	path, err := b.client(t).UploadFile(background(t), image("bytes"))
	if err != nil || path != "/uploads/chat-messages/images/abc123.webp" {
		t.Errorf("got %q, %v", path, err)
	}
	b.expect(t, "POST /api/chat/uploadFile")
	if got := b.headers[0].Get("Authorization"); got != "Bearer "+token {
		t.Errorf("the header is %q", got)
	}
	_, parameters, err := mime.ParseMediaType(b.headers[0].Get("Content-Type"))
	if err != nil {
		t.Fatal(err)
	}
	form, err := multipart.NewReader(strings.NewReader(b.bodies[0]), parameters["boundary"]).ReadForm(1 << 20)
	if err != nil || len(form.Value) != 1 || form.Value["messageType"][0] != "2" || len(form.File) != 1 || form.File["file"][0].Filename != "logo.png" {
		t.Errorf("got %+v, %v", form, err)
	}
}

func TestUploadsThatTheVendorRulesOut(t *testing.T) {
	b := newBackend(t, scripted{200, uploaded})
	client := b.client(t)
	for want, upload := range map[string]Upload{
		"cannot be of the type text; it must be audio, image, file or video": {Type: Text, Name: "a.txt"},
		"cannot be of the type 5": {Type: 5, Name: "a.txt"},
		"the file has no name":    {Type: File},
		"a.mp3 has 52428801 bytes, but a file of the type audio may have 52428800": {Type: Audio, Name: "a.mp3", Size: 50<<20 + 1},
		"a.bin has 52428801 bytes":  {Type: File, Name: "a.bin", Size: 50<<20 + 1},
		"a.mp4 has 524288001 bytes": {Type: Video, Name: "a.mp4", Size: 500<<20 + 1},
		"a.txt cannot be a file of the type video; its name must end in one of: mp4, ": {Type: Video, Name: "a.txt"},
		"a.pdf is empty":                         {Type: File, Name: "a.pdf"},
		"mp3 cannot be a file of the type audio": {Type: Audio, Name: "mp3"},
	} {
		if _, err := client.UploadFile(background(t), upload); !rest.IsKind(err, rest.Invalid) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v", want, err)
		}
	}
	for _, upload := range []Upload{
		{Type: Image, Name: "a.PNG", Size: 900 << 20}, {Type: Video, Name: "a.MKV", Size: 500 << 20},
		{Type: Audio, Name: "a.b.mp3", Size: 1}, {Type: File, Name: "a", Size: 1},
	} {
		if err := upload.Check(); err != nil {
			t.Errorf("%s: %v", upload.Name, err)
		}
	}
	if b.count() != 0 {
		t.Errorf("got %q", b.requests)
	}
	if got := (Upload{Size: 500 << 20}).timeout(); got != 30*time.Second+4000*time.Second {
		t.Errorf("a large file gets %s", got)
	}
}

func TestAnswersToUploads(t *testing.T) {
	for body, want := range map[string]string{
		`{"data":{"path":"/a"}}`: "/a",
		`{"result":"/a"}`:        "/a",
	} {
		b := newBackend(t, scripted{200, body})
		if path, err := b.client(t).UploadFile(background(t), image("x")); path != want || err != nil {
			t.Errorf("%s: got %q, %v", body, path, err)
		}
	}
	for _, body := range []string{``, `<html>`, `"x"`, `[]`, `{}`, `{"success":true,"data":null}`, `{"data":[]}`, `{"data":""}`, `{`} {
		b := newBackend(t, scripted{200, body})
		_, err := b.client(t).UploadFile(background(t), image("x"))
		if !rest.IsKind(err, rest.Malformed) || !rest.IsUncertain(err) || b.count() != 1 {
			t.Errorf("%s: got %v", body, err)
		}
	}
}

// An upload that may have arrived is not sent again.
func TestUploadsAreNotRepeated(t *testing.T) {
	for _, first := range []scripted{{0, ""}, {503, ""}} {
		b := newBackend(t, first, scripted{200, uploaded})
		if _, err := b.client(t).UploadFile(background(t), image("x")); !rest.IsUncertain(err) || !rest.IsKind(err, rest.Unavailable) || b.count() != 1 {
			t.Errorf("got %v after %d requests", err, b.count())
		}
	}
}

func TestUploadsAreFinishedAfterCancellation(t *testing.T) {
	ctx, cancel := context.WithCancel(background(t))
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		cancel()
		time.Sleep(20 * time.Millisecond)
		_, _ = io.WriteString(w, uploaded)
	}))
	defer server.Close()
	config := impatient()
	config.BackendURL = server.URL
	client := newClient(t, config)
	if path, err := client.UploadFile(ctx, image("x")); err != nil || path == "" {
		t.Errorf("got %q, %v", path, err)
	}
	if _, err := client.UploadFile(ctx, image("x")); !errors.Is(err, context.Canceled) || rest.IsUncertain(err) {
		t.Errorf("got %v", err)
	}
}

func TestBackendRefusals(t *testing.T) {
	for _, test := range []struct {
		status int
		body   string
		kind   rest.Kind
		words  string
	}{
		{200, `{"success":false,"data":null,"message":"The token ` + token + ` expired"}`, rest.Unauthorized, "Syarah refused GET /api/chat/getChatHeaderAsync: The token *** expired (200)"},
		{200, `{"success":false,"message":null}`, rest.Unknown, "it does not say why"},
		{200, `{"error":{"code":"Chat:1","message":"no","details":"really"}}`, rest.Unknown, "no; really (200, code Chat:1)"},
		{400, `{"error":{"message":"Your request is not valid!","validationErrors":[{"message":"is no GUID","members":["user1Id"]},7,{"members":[1,null]}]}}`, rest.Invalid, "user1Id: is no GUID"},
		{401, ``, rest.Unauthorized, "unauthorized (401)"},
		{403, `{"error":{"code":"Chat:2","message":"You are not friends"}}`, rest.Forbidden, "You are not friends (403, code Chat:2)"},
		{404, `{"error":{"message":"There is no such an entity."}}`, rest.NotFound, "There is no such an entity."},
		{404, `{"success":false,"data":null,"message":"User not found"}`, rest.NotFound, "User not found (404)"},
		{404, `<html>nothing here</html>`, rest.Unsupported, "web page"},
		{404, ``, rest.Unsupported, "check the backend URL (404)"},
		{404, `{"message":"Cannot GET /api"}`, rest.Unsupported, "check the backend URL; it said: Cannot GET /api"},
		{500, `{"success":false,"message":"boom"}`, rest.Unknown, "boom"},
		{302, ``, rest.Unknown, "it points to https://elsewhere/login; redirects are not followed, check the API URL (302)"},
		{302, `<html>moved</html>`, rest.Unknown, "it points to https://elsewhere/login; redirects are not followed, check the API URL (302)"},
	} {
		b := newBackend(t, scripted{test.status, test.body})
		_, err := b.client(t).GetOrCreateChat(background(t), "a", "b")
		if !rest.IsKind(err, test.kind) || !strings.Contains(err.Error(), test.words) || strings.Contains(err.Error(), token) || b.count() != 1 {
			t.Errorf("%d %s: got %v after %d requests", test.status, test.body, err, b.count())
		}
	}
	b := newBackend(t, scripted{400, `{"error":{"message":"x","validationErrors":[{"message":"is no GUID","members":["user1Id"]}]}}`})
	_, err := b.client(t).GetOrCreateChat(background(t), "a", "b")
	var failure *rest.Error
	if !errors.As(err, &failure) || failure.Fields["user1Id"] != "is no GUID" {
		t.Errorf("got %#v", err)
	}
}
