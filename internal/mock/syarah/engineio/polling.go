package engineio

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
)

// separator stands between the packets of one polling body.
const separator = "\x1e"

// poll answers a GET with what there is to send, or waits for it.
func (c *Conn) poll(w http.ResponseWriter, r *http.Request) {
	if !c.claim(&c.polling) {
		c.end(errOverlap)
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	defer c.release(&c.polling)
	packets := c.await(r.Context())
	if c.isOver(errCut) {
		cut(w)
		return
	}
	respond(w, "text/plain; charset=UTF-8", strings.Join(packets, separator))
}

// await returns the packets of one answer.
func (c *Conn) await(caller context.Context) []string {
	c.mutex.Lock()
	probed := c.probed
	c.mutex.Unlock()
	for {
		if packets := c.take(); len(packets) > 0 {
			return packets
		}
		select {
		case <-c.wake:
		case <-probed:
			return []string{packetNoop}
		case <-c.closing:
			c.end(errServerClosed)
			return append(c.take(), packetClose)
		case <-c.ctx.Done():
			if c.isOver(errClientClosed) {
				return []string{packetNoop}
			}
			return []string{packetClose}
		case <-caller.Done():
			c.end(errLeft)
			return nil
		}
	}
}

// post reads the packets of a POST.
func (c *Conn) post(w http.ResponseWriter, r *http.Request) {
	if !c.claim(&c.posting) {
		c.end(errOverlap)
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	defer c.release(&c.posting)
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, c.settings.MaxPayload))
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		c.Close()
		w.WriteHeader(http.StatusRequestEntityTooLarge)
		return
	case err != nil, r.Header.Get("Content-Type") == "application/octet-stream":
		c.Close()
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	for _, packet := range strings.Split(string(body), separator) {
		c.receive(packet)
	}
	if c.isOver(errCut) {
		cut(w)
		return
	}
	respond(w, "text/html", "ok")
}

// claim takes a place that one request may have at a time.
func (c *Conn) claim(place *bool) bool {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if *place {
		return false
	}
	*place = true
	return true
}

func (c *Conn) release(place *bool) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	*place = false
}

func respond(w http.ResponseWriter, contentType, body string) {
	w.Header().Set("Content-Type", contentType)
	w.Header().Set("Cache-Control", "no-store")
	_, _ = io.WriteString(w, body)
}

// cut ends the TCP connection without an answer.
func cut(w http.ResponseWriter) {
	connection, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		// HTTP/2 connections cannot be taken over; this aborts the stream.
		panic(http.ErrAbortHandler)
	}
	_ = connection.Close()
}
