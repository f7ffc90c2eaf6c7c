package rest

import (
	"bytes"
	"errors"
	"io"
	"maps"
	"mime/multipart"
	"net/textproto"
	"slices"
)

// Form is a body of texts and one file, as a browser sends it: multipart/form-data (RFC 7578).
type Form struct {
	Fields map[string]string // texts; sent in the order of their names, before the file
	File   File
}

// File is the file of a form. It is read while it is sent and never held in memory whole.
type File struct {
	Field       string // name of the field, for example "file"
	Name        string // what the server is told that the file is called, without a folder
	ContentType string // default application/octet-stream
	Size        int64  // bytes
	// Open is called before the first attempt and for each of them. What it returns is closed. A
	// file that is not Size bytes long is an Invalid error, and the server gets no whole request.
	Open func() (io.ReadCloser, error)
}

// encode returns what opens the body of an attempt, a func() (io.Reader, error), and its content type.
func (f Form) encode() (body any, contentType string, err error) {
	var text bytes.Buffer
	writer := multipart.NewWriter(&text)
	for _, name := range slices.Sorted(maps.Keys(f.Fields)) {
		if err := writer.WriteField(name, f.Fields[name]); err != nil {
			return nil, "", err
		}
	}
	header := textproto.MIMEHeader{}
	header.Set("Content-Disposition", multipart.FileContentDisposition(f.File.Field, f.File.Name))
	header.Set("Content-Type", f.File.contentType())
	if _, err := writer.CreatePart(header); err != nil {
		return nil, "", err
	}
	head := bytes.Clone(text.Bytes())
	text.Reset()
	if err := writer.Close(); err != nil {
		return nil, "", err
	}
	tail := text.Bytes()
	open := func() (io.Reader, error) {
		file, err := f.File.Open()
		if err != nil {
			return nil, &unreadableError{err}
		}
		return &formBody{
			Reader: io.MultiReader(bytes.NewReader(head), &wholeFile{file, f.File.Size}, bytes.NewReader(tail)),
			Closer: file,
			length: len(head) + int(f.File.Size) + len(tail),
		}, nil
	}
	return open, writer.FormDataContentType(), nil
}

func (f File) contentType() string {
	if f.ContentType == "" {
		return "application/octet-stream"
	}
	return f.ContentType
}

// formBody is the body of one attempt.
type formBody struct {
	io.Reader
	io.Closer
	length int
}

// Len tells retryablehttp the length, so that the body is not sent in chunks, which some servers refuse.
func (b *formBody) Len() int { return b.length }

// wholeFile hands out a file, and fails when it is not as long as it was said to be.
type wholeFile struct {
	file io.Reader
	left int64
}

func (w *wholeFile) Read(buffer []byte) (int, error) {
	n, err := w.file.Read(buffer)
	w.left -= int64(n)
	switch {
	case w.left < 0 || err == io.EOF && w.left > 0:
		return 0, &unreadableError{errors.New("its length has changed")}
	case err != nil && err != io.EOF:
		return n, &unreadableError{err}
	}
	return n, err
}

// unreadableError is a failure on this side of the wire.
type unreadableError struct{ err error }

func (e *unreadableError) Error() string { return "the file cannot be read: " + e.err.Error() }
func (e *unreadableError) Unwrap() error { return e.err }
