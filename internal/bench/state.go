package main

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"sync"
	"time"
)

// A stateBackend is what Terraform's "http" backend speaks to: a state per
// path, kept in memory. The local backend would not do: it writes and syncs
// the whole state after each instance, and a benchmark would measure that.
type stateBackend struct {
	url    string
	server *http.Server

	mutex  sync.Mutex
	states map[string][]byte
	locked map[string]bool
}

// startStates serves on a free port of the loopback interface.
func startStates(ctx context.Context) (*stateBackend, error) {
	var listening net.ListenConfig
	listener, err := listening.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	b := &stateBackend{url: "http://" + listener.Addr().String(), states: map[string][]byte{}, locked: map[string]bool{}}
	b.server = &http.Server{Handler: b, ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = b.server.Serve(listener) }() // ends with close
	return b, nil
}

func (b *stateBackend) close() { _ = b.server.Close() }

// ServeHTTP implements the calls of Terraform's http backend.
func (b *stateBackend) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	b.mutex.Lock()
	defer b.mutex.Unlock()
	name := r.URL.Path
	switch r.Method {
	case http.MethodGet:
		if b.states[name] == nil {
			w.WriteHeader(http.StatusNoContent)
			return
		}
		_, _ = w.Write(b.states[name])
	case http.MethodPost:
		b.states[name] = body
	case http.MethodDelete:
		delete(b.states, name)
	case "LOCK":
		if b.locked[name] {
			w.WriteHeader(http.StatusLocked)
			return
		}
		b.locked[name] = true
	case "UNLOCK":
		delete(b.locked, name)
	default:
		http.Error(w, errors.ErrUnsupported.Error(), http.StatusMethodNotAllowed)
	}
}
