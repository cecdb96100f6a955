package screens

import "github.com/visavis-netcode/visavis/rollback"

// speaker plays what a round tells.
type speaker struct{ muted bool }

func newSpeaker(mute bool) *speaker { return &speaker{muted: mute} }

func (s *speaker) setVolume(percent int, mute bool) { s.muted = mute }
func (s *speaker) begin()                           {}
func (s *speaker) end()                             {}
func (s *speaker) update()                          {}
func (s *speaker) hear(notices []rollback.Notice)   {}
func (s *speaker) silent() bool                     { return s.muted }
func (s *speaker) close()                           {}
