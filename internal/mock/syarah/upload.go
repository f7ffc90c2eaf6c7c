package syarah

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
)

// An uploadRule is what a file of one messageType may be (§3) [seed].
type uploadRule struct {
	messageType int
	directory   string   // of the path; "images" is [seed], the rest is [assumed]
	extensions  []string // nil: any
	limit       func(Settings) int64
}

// uploadRules are by the messageType as forms have it.
var uploadRules = map[string]uploadRule{
	"1": {typeAudio, "audios", strings.Fields("mp3 wav ogg m4a aac flac wma"), func(s Settings) int64 { return s.AudioLimit }},
	"2": {typeImage, "images", nil, func(s Settings) int64 { return s.ImageLimit }},
	"3": {typeFile, "files", nil, func(s Settings) int64 { return s.FileLimit }},
	"4": {typeVideo, "videos", strings.Fields("mp4 avi mov wmv flv webm mkv"), func(s Settings) int64 { return s.VideoLimit }},
}

// A form is the body of an upload.
type form struct {
	messageType *string
	name        string
	content     []byte
	hasFile     bool
}

// uploadFile keeps a file and answers with its path.
func uploadFile(c *call) *answer {
	if query := c.request.URL.RawQuery; query != "" {
		return invalid("The call takes no query")
	}
	sent, refused := readForm(c.request)
	if refused != nil {
		return refused
	}
	if sent.messageType == nil {
		return invalid("messageType is required")
	}
	rule, known := uploadRules[*sent.messageType]
	if !known {
		return invalid("messageType must be 1, 2, 3 or 4")
	}
	extension := strings.ToLower(strings.TrimPrefix(filepath.Ext(sent.name), "."))
	if refused := rule.check(sent, extension, c.settings); refused != nil {
		return refused
	}
	if rule.messageType == typeImage {
		extension = "webp" // images are converted [seed]
	}
	c.data.LastUpload++
	hash := sha256.Sum256(sent.content)
	u := &upload{
		Path:   fmt.Sprintf("/uploads/chat-messages/%s/%032x", rule.directory, c.data.LastUpload),
		Type:   rule.messageType,
		Name:   sent.name,
		Size:   int64(len(sent.content)),
		SHA256: hex.EncodeToString(hash[:]),
	}
	if extension != "" {
		u.Path += "." + extension
	}
	if c.user != nil {
		u.UserID = c.user.ID
	}
	c.data.Uploads = append(c.data.Uploads, u)
	c.changed()
	return ok(u.Path)
}

// check refuses files that the type does not take. That a file may not be empty
// is [assumed], as that an image must be one.
func (r uploadRule) check(sent *form, extension string, settings Settings) *answer {
	limit := r.limit(settings)
	switch {
	case !sent.hasFile:
		return invalid("file is required")
	case len(sent.content) == 0:
		return invalid("The file is empty")
	case r.extensions != nil && !slices.Contains(r.extensions, extension):
		return invalid("The file must be one of " + strings.Join(r.extensions, ", "))
	case limit > 0 && int64(len(sent.content)) > limit:
		return failure(http.StatusRequestEntityTooLarge, fmt.Sprintf("The file has more than %d bytes", limit))
	case r.messageType == typeImage && !strings.HasPrefix(http.DetectContentType(sent.content), "image/"):
		return invalid("The file is not an image")
	}
	return nil
}

// readForm reads the body of an upload, in which nothing but the two fields may
// be.
func readForm(r *http.Request) (*form, *answer) {
	if mediaType, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); mediaType != "multipart/form-data" {
		return nil, failure(http.StatusUnsupportedMediaType, "The content type must be multipart/form-data")
	}
	reader, err := r.MultipartReader()
	if err != nil {
		return nil, invalid("The content type has no boundary")
	}
	sent := &form{}
	for {
		part, err := reader.NextPart()
		if errors.Is(err, io.EOF) {
			return sent, nil
		}
		if err != nil {
			return nil, invalid("The body is not multipart, or ended early")
		}
		if refused := sent.take(part); refused != nil {
			return nil, refused
		}
	}
}

// take reads one part of the body.
func (f *form) take(part *multipart.Part) *answer {
	var content bytes.Buffer
	if _, err := content.ReadFrom(part); err != nil {
		return invalid("The body ended early")
	}
	name := part.FormName()
	switch {
	case name == "file" && part.FileName() == "":
		return invalid("file must be a file")
	case name == "file" && !f.hasFile:
		f.hasFile, f.name, f.content = true, part.FileName(), content.Bytes()
	case name == "messageType" && part.FileName() != "":
		return invalid("messageType must not be a file")
	case name == "messageType" && f.messageType == nil:
		value := content.String()
		f.messageType = &value
	case name == "file" || name == "messageType":
		return invalid(name + " is there twice")
	default:
		return invalid(name + " is not allowed")
	}
	return nil
}
