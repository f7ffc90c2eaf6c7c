package control

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
)

// A store keeps the backend's data in a file. Without a path it does nothing.
type store struct {
	mutex sync.Mutex
	path  string
	saved uint64 // revision of the data that the file holds
}

// open loads the file when there is one, and creates it when there is none.
func (s *store) open(path string, backend Backend) error {
	data, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("reading the data file: %w", err)
	}
	exists := err == nil
	if exists {
		if err := backend.Import(data); err != nil {
			return fmt.Errorf("the data file %s cannot be used and is left as it is: %w. Move it away to start with fresh data", path, err)
		}
	}
	s.mutex.Lock()
	s.path = path
	s.saved = backend.Revision()
	s.mutex.Unlock()
	if exists {
		return nil
	}
	return s.write(backend)
}

// save writes the file when the data has changed since it was last written.
func (s *store) save(backend Backend) error {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if s.path == "" || s.saved == backend.Revision() {
		return nil
	}
	return s.writeLocked(backend)
}

func (s *store) write(backend Backend) error {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.writeLocked(backend)
}

// writeLocked writes a temporary file and renames it, so that the data file is
// whole at every moment. It is not synced: it must survive the end of the
// process, not of the machine.
func (s *store) writeLocked(backend Backend) error {
	// Taken before the export: a change in between is written once more.
	revision := backend.Revision()
	data, err := backend.Export()
	if err != nil {
		return fmt.Errorf("rendering the data for %s: %w", s.path, err)
	}
	file, err := os.CreateTemp(filepath.Dir(s.path), filepath.Base(s.path)+".*.tmp")
	if err != nil {
		return fmt.Errorf("writing the data file: %w", err)
	}
	_, err = file.Write(data)
	err = errors.Join(err, file.Close())
	if err == nil {
		err = os.Rename(file.Name(), s.path)
	}
	if err != nil {
		_ = os.Remove(file.Name())
		return fmt.Errorf("writing the data file %s: %w", s.path, err)
	}
	s.saved = revision
	return nil
}
