package rollback

import (
	"slices"
	"testing"
)

// TestEventValueMayChange: an event is known by frame, kind and key; Confirmed
// carries the value that stays.
func TestEventValueMayChange(t *testing.T) {
	type none struct{}
	s := mustNew(t, Config[none, uint8]{Seats: 2, Local: []int{0}, Step: func(_ *none, in Inputs[uint8]) {
		in.Emit(1, 0, int64(in.At(1)))
		in.Emit(1, 0, 99) // the same event again: the first one counts
	}})
	s.Tick(0)
	expectNotices(t, s.AppendNotices(nil), Notice{Event{0, 1, 0, 0}, Predicted})
	mustConfirm(t, s, 1, 0, 7)
	s.Tick(0)
	expectNotices(t, s.AppendNotices(nil),
		Notice{Event{1, 1, 0, 7}, Predicted}, Notice{Event{0, 1, 0, 7}, Confirmed})
}

func expectNotices(t *testing.T, got []Notice, want ...Notice) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Fatalf("notices %v\nwant %v", got, want)
	}
}

// TestEventsOfKnownFrames: no Predicted where nothing is guessed.
func TestEventsOfKnownFrames(t *testing.T) {
	s := mustNew(t, ledgerConfig(1))
	mustConfirm(t, s, 0, 0, 3)
	mustConfirm(t, s, 0, 1, 4)
	mustConfirm(t, s, 0, 2, 10)
	s.Follow(9)
	expectNotices(t, s.AppendNotices(nil),
		Notice{Event{0, 1, 0, 3}, Confirmed}, Notice{Event{2, 1, 0, 10}, Confirmed})
}

// TestEventsBeyondTheLimit: more than MaxEventsPerFrame are dropped, and
// outside a session Emit does nothing.
func TestEventsBeyondTheLimit(t *testing.T) {
	type none struct{}
	step := func(_ *none, in Inputs[uint8]) {
		for key := range uint32(MaxEventsPerFrame + 10) {
			in.Emit(2, key, 0)
		}
	}
	step(nil, InputsOf[uint8](1))
	s := mustNew(t, Config[none, uint8]{Seats: 1, Local: []int{0}, Step: step})
	s.Tick(1)
	got := s.AppendNotices(nil)
	if len(got) != MaxEventsPerFrame || got[len(got)-1].Key != MaxEventsPerFrame-1 {
		t.Errorf("%d notices, the last %v", len(got), got[len(got)-1])
	}
}

// TestNobodyReads: notices and checksums are bounded, the newest stay.
func TestNobodyReads(t *testing.T) {
	config := ledgerConfig(1, 0)
	config.ChecksumFrames = 1
	config.Step = func(w *ledger, in Inputs[uint16]) { w.Frame++; in.Emit(1, 0, 0); in.Emit(1, 1, 0) }
	s := mustNew(t, config)
	for range 20 * noticeQueue {
		s.Tick(0)
	}
	last := s.Current() - 1
	notices := s.AppendNotices(nil)
	if missed := s.Stats().NoticesMissed; missed != uint64(2*(last+1))-noticeQueue {
		t.Errorf("%d notices are said to be missed", missed)
	}
	if len(notices) != noticeQueue || notices[0].Frame != last-noticeQueue/2+1 || notices[noticeQueue-1].Frame != last {
		t.Errorf("%d notices from frame %d to %d at %d", len(notices), notices[0].Frame, notices[len(notices)-1].Frame, last)
	}
	sums := s.AppendChecksums(nil)
	if n := len(sums); n < checksumQueue/2 || n > checksumQueue || sums[n-1].Frame != last+1 || sums[0].Frame != last+2-Frame(n) {
		t.Errorf("%d checksums from frame %d to %d at %d", n, sums[0].Frame, sums[n-1].Frame, last)
	}
	if len(s.AppendNotices(nil)) != 0 || len(s.AppendChecksums(nil)) != 0 {
		t.Error("what was read comes again")
	}
}
