package coalesce

// Remembered is the number of keys whose writes a listing may not know.
func (s *Snapshot[K, V]) Remembered() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.keyed)
}
