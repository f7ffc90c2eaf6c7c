package rocketchat

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"image"
	_ "image/gif" // the sizes of images are told
	_ "image/jpeg"
	_ "image/png"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// uploadFile adds a message with a file to an open room. The answer is the
// message itself, without an envelope, and its failures have a reason and no
// error (§2.6).
func uploadFile(c *call) *answer {
	token := c.request.Header.Get("X-Visitor-Token")
	if token == "" {
		return c.forbidden()
	}
	if c.settings.NoUploads {
		return because("error-file-upload-disabled")
	}
	v, r := c.data.visitor(token), c.data.room(c.path["rid"])
	if v == nil || r == nil || !r.Open || r.Token != token {
		return c.forbidden()
	}
	form, refused := c.readForm()
	if refused != nil {
		return refused
	}
	form.file.ID = c.data.newID()
	form.file.Description = form.fields["description"]
	delete(form.fields, "description")
	m := c.newMessage(r, v)
	m.File, m.Text = form.file, form.fields["msg"]
	delete(form.fields, "msg")
	m.Fields = form.fields
	view := messageView(m)
	view["newRoom"], view["showConnecting"] = false, false
	return ok(view)
}

// forbidden refuses an upload without a token that opens the room.
func (c *call) forbidden() *answer {
	status := http.StatusForbidden
	if c.settings.older() {
		status = http.StatusUnauthorized
	}
	return failure("unauthorized").with(status)
}

// A form is what an upload brings.
type form struct {
	file   *file
	fields map[string]string
}

// messageFields are the text fields that a message can have beside a file
// [server source].
var messageFields = []string{"description", "msg", "alias", "avatar", "emoji"}

// readForm reads the multipart body. Of several files the first is taken.
func (c *call) readForm() (*form, *answer) {
	mediaType, parameters, _ := mime.ParseMediaType(c.request.Header.Get("Content-Type"))
	read := &form{fields: map[string]string{}}
	if mediaType != "multipart/form-data" {
		return nil, because("error-no-file-uploaded")
	}
	parts := multipart.NewReader(bytes.NewReader(c.raw), parameters["boundary"])
	for {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, because("error-no-file-uploaded")
		}
		content, err := io.ReadAll(part)
		switch {
		case err != nil:
			return nil, because("error-no-file-uploaded")
		case part.FormName() == "file" && part.FileName() != "" && read.file == nil:
			read.file = newFile(part.FileName(), part.Header.Get("Content-Type"), content)
		case part.FileName() == "" && slices.Contains(messageFields, part.FormName()):
			read.fields[part.FormName()] = string(content)
		case part.FileName() == "":
			return nil, failure("Match error: Unknown key in field " + part.FormName())
		}
	}
	return read, c.checkFile(read.file)
}

// checkFile returns why the file may not be uploaded, or nil.
func (c *call) checkFile(f *file) *answer {
	switch {
	case f == nil:
		return because("error-no-file-uploaded")
	case c.settings.MaxUpload >= 0 && int64(f.Size) > c.settings.MaxUpload:
		refused := because("error-size-not-allowed")
		if c.settings.older() {
			refused.body["sizeAllowed"] = c.settings.MaxUpload
		}
		return refused
	case !c.settings.takes(f.Type):
		return because("error-type-not-allowed")
	}
	return nil
}

// takes reports whether files of a media type may be uploaded.
func (s Settings) takes(mediaType string) bool {
	if len(s.UploadTypes) == 0 {
		return mediaType != "image/svg+xml"
	}
	return slices.ContainsFunc(s.UploadTypes, func(allowed string) bool {
		group, isGroup := strings.CutSuffix(allowed, "*")
		return allowed == mediaType || isGroup && strings.HasPrefix(mediaType, group)
	})
}

func newFile(name, contentType string, content []byte) *file {
	mediaType, _, err := mime.ParseMediaType(contentType)
	if err != nil {
		mediaType = "application/octet-stream"
	}
	sum := sha256.Sum256(content)
	f := &file{Name: name, Type: mediaType, Size: len(content), SHA256: hex.EncodeToString(sum[:])}
	if size, _, err := image.DecodeConfig(bytes.NewReader(content)); err == nil {
		f.Width, f.Height = size.Width, size.Height
	}
	return f
}

// link is where the file could be got, if the mock kept it.
func (f *file) link() string { return "/file-upload/" + f.ID + "/" + url.PathEscape(f.Name) }

// view renders what a file adds to its message.
func (f *file) view(at time.Time) map[string]any {
	short := map[string]any{"_id": f.ID, "name": f.Name, "type": f.Type}
	attachment := map[string]any{
		"ts":                  stamp(at),
		"title":               f.Name,
		"title_link":          f.link(),
		"title_link_download": true,
		"type":                "file",
	}
	if f.Description != "" {
		attachment["description"], attachment["descriptionMd"] = f.Description, paragraph(f.Description)
	}
	if strings.HasPrefix(f.Type, "image/") {
		attachment["image_url"], attachment["image_type"], attachment["image_size"] = f.link(), f.Type, f.Size
		if f.Width > 0 {
			attachment["image_dimensions"] = map[string]any{"width": f.Width, "height": f.Height}
		}
	}
	return map[string]any{"file": short, "files": []any{short}, "attachments": []any{attachment}}
}
