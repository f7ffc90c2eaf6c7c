package syarah

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/chattenant/terraform-provider-chat/internal/api/rest"
)

// Upload is a file to upload.
type Upload struct {
	Type        MessageType // every type but Text
	Name        string      // what the server is told that the file is called, without a folder
	ContentType string      // default application/octet-stream
	Size        int64       // bytes
	// Open is called before the first attempt and for each of them. What it returns
	// is closed.
	Open func() (io.ReadCloser, error)
}

// Check refuses what the vendor's page rules out (syarah-api.md §3 [seed]), before
// hundreds of megabytes are sent for nothing, and a file without content
// [assumed]. The error is Invalid. It makes no call and does not open the file.
func (u Upload) Check() error {
	extensions := u.Type.FileExtensions()
	extension := strings.ToLower(strings.TrimPrefix(path.Ext(u.Name), "."))
	switch limit := u.Type.MaxFileSize(); {
	case u.Type <= Text || u.Type > Video:
		return refuse(rest.Invalid, "a file cannot be of the type %s; it must be %s, %s, %s or %s", u.Type, Audio, Image, File, Video)
	case u.Name == "":
		return refuse(rest.Invalid, "the file has no name")
	case limit > 0 && u.Size > limit:
		return refuse(rest.Invalid, "%s has %d bytes, but a file of the type %s may have %d at most", u.Name, u.Size, u.Type, limit)
	case extensions != nil && !slices.Contains(extensions, extension):
		return refuse(rest.Invalid, "%s cannot be a file of the type %s; its name must end in one of: %s", u.Name, u.Type, strings.Join(extensions, ", "))
	case u.Size == 0:
		return refuse(rest.Invalid, "%s is empty", u.Name)
	}
	return nil
}

const (
	shortestUpload = 30 * time.Second
	slowestUpload  = 128 << 10 // bytes a second that are waited for
)

// timeout of one attempt.
func (u Upload) timeout() time.Duration {
	return shortestUpload + time.Duration(u.Size/slowestUpload)*time.Second
}

// UploadFile uploads a file and returns its path on the server, which is the text
// of a message of the file's type. It is not repeated once it may have arrived, as
// nothing finds or removes an upload; an uncertain error says so. Once on the wire
// it is finished after cancellation.
func (c *Client) UploadFile(ctx context.Context, upload Upload) (string, error) {
	if err := upload.Check(); err != nil {
		return "", err
	}
	answer, err := c.send(ctx, uploadFileRoute, rest.Request{
		Form: &rest.Form{
			Fields: map[string]string{messageTypeField: strconv.Itoa(int(upload.Type))},
			File: rest.File{
				Field:       fileField,
				Name:        upload.Name,
				ContentType: upload.ContentType,
				Size:        upload.Size,
				Open:        upload.Open,
			},
		},
		Timeout: max(upload.timeout(), c.config.RequestTimeout),
		Finish:  true,
	})
	if err != nil {
		return "", err
	}
	uploaded := scalar(answer.value)
	if fields, ok := answer.value.(object); ok {
		uploaded = text(fields, pathKeys...)
	}
	if uploaded == "" {
		return "", answer.malformed("it holds no path")
	}
	return uploaded, nil
}

// answer is a good answer to a REST call.
type answer struct {
	client   *Client
	request  rest.Request
	response rest.Response
	data     json.RawMessage // what stands in the envelope
	value    any             // the same, parsed
}

func (a answer) malformed(why string) error {
	return a.client.rest.Malformed(a.request, a.response, why)
}

// send makes a REST call and opens the envelope {success, data, message}
// (syarah-api.md §3 [seed]); one that says it failed is an error whatever its
// status.
func (c *Client) send(ctx context.Context, route route, request rest.Request) (answer, error) {
	if c.rest == nil {
		return answer{}, refuse(rest.Unsupported, "%s needs the URL of Syarah's backend, which is not configured", route.path)
	}
	request.Method, request.Path = route.method, route.path
	response, err := c.rest.Do(ctx, request)
	if err != nil {
		return answer{}, err
	}
	return c.unwrap(request, response)
}

func (c *Client) unwrap(request rest.Request, response rest.Response) (answer, error) {
	got := answer{client: c, request: request, response: response}
	root, err := parse(response.Body)
	if err != nil {
		return got, got.malformed(err.Error())
	}
	fields, ok := root.(object)
	if !ok {
		return got, got.malformed("it is no envelope")
	}
	if said, found := readRefusal(root); found {
		e := c.rest.Malformed(request, response, said.words)
		e.Kind, e.Code, e.Body, e.Uncertain = kindOfWords(said.words), c.line(said.code), "", false
		return got, e
	}
	got.value = get(fields, wrapperKeys...)
	if got.data, err = json.Marshal(got.value); err != nil {
		return got, got.malformed(fmt.Sprintf("its data is odd: %v", err))
	}
	return got, nil
}
