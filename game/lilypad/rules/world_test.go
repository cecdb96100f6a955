package rules

import (
	"testing"

	"github.com/visavis-netcode/visavis/rollback"
)

// idle is a frame in which no player does anything.
var idle = rollback.InputsOf[Pad]()

// table is a rollback session in which every seat is here, for tests that
// look at events.
type table struct {
	*rollback.Session[World, Pad]
	notices []rollback.Notice
}

func newTable(t testing.TB, w World, seats int) *table {
	t.Helper()
	local := make([]int, seats)
	for i := range local {
		local[i] = i
	}
	s, err := rollback.New(rollback.Config[World, Pad]{
		Start: w, Step: (*World).Step, Seats: seats, Local: local, ChecksumFrames: -1,
	})
	if err != nil {
		t.Fatal(err)
	}
	return &table{Session: s}
}

// tick steps one frame and returns what was emitted in it.
func (s *table) tick(pads ...Pad) []rollback.Notice {
	s.Tick(pads...)
	s.notices = s.AppendNotices(s.notices[:0])
	return s.notices
}
