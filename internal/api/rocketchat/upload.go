package rocketchat

import (
	"cmp"
	"context"
	"errors"
	"io"
	"mime"
	"net/http"
	"path/filepath"

	"github.com/chattenant/terraform-provider-chat/internal/api/rest"
)

// Upload is a file for a room.
type Upload struct {
	Name        string // with or without a folder, which is not sent
	ContentType string // empty: by the ending of the name
	Size        int64  // bytes
	Open        func() (io.ReadCloser, error)
	Description string
}

// UploadFile puts a file into an open room and returns the message with it. It is
// never repeated; an error that IsUncertain says that it may have been uploaded
// all the same. A token that is no visitor's and a room that is closed or not the
// visitor's are one and the same Forbidden error (rocketchat-livechat-api.md §2.6
// [openapi][server]).
func (c *Client) UploadFile(ctx context.Context, token, roomID string, file Upload) (Message, error) {
	name := filepath.Base(file.Name)
	if err := need("visitor token", token, "room id", roomID, "name of the file", file.Name); err != nil {
		return Message{}, err
	}
	if file.Open == nil {
		return Message{}, refuse(rest.Invalid, "the file %s has no content", name)
	}
	form := &rest.Form{File: rest.File{
		Field:       "file",
		Name:        name,
		ContentType: cmp.Or(file.ContentType, typeOf(name)),
		Size:        file.Size,
		Open:        file.Open,
	}}
	if file.Description != "" {
		form.Fields = map[string]string{"description": file.Description}
	}
	got, err := c.send(ctx, call{route: uploadRoute, ids: []string{roomID}, token: token, upload: form})
	if err != nil {
		return Message{}, explainUpload(err)
	}
	if text(got.root["_id"]) == "" {
		return Message{}, c.malformed(got, errors.New("it holds no message with an _id"))
	}
	return decodeMessage(got.root), nil
}

// typeOf is the type of a file by the ending of its name; empty when nobody knows.
func typeOf(name string) string {
	plain, _, err := mime.ParseMediaType(mime.TypeByExtension(filepath.Ext(name)))
	if err != nil {
		return ""
	}
	return plain
}

// explainUpload puts into words what the server keeps to itself.
func explainUpload(err error) error {
	var failure *rest.Error
	if errors.As(err, &failure) && (failure.Status == http.StatusUnauthorized || failure.Status == http.StatusForbidden) {
		failure.Kind = rest.Forbidden
		failure.Message = "the room is closed, or not the visitor's, or there is no visitor with this token"
	}
	return err
}
