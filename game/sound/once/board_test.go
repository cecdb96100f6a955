package once

import (
	"testing"

	"github.com/visavis-netcode/visavis/rollback"
)

const (
	hop    uint16 = 1
	splash uint16 = 2
)

// fed runs notices, a tick after each slice, and counts starts and stops.
func fed(t *testing.T, ticks ...[]rollback.Notice) (starts, stops int) {
	t.Helper()
	b := New(func(kind uint16) bool { return kind == splash })
	open := make(map[uint64]bool)
	for _, notices := range ticks {
		for _, n := range notices {
			if cue, start := b.Feed(n); start {
				starts++
				if open[cue.ID] {
					t.Errorf("cue %d started twice", cue.ID)
				}
				open[cue.ID] = true
			}
		}
		for _, cue := range b.Tick() {
			stops++
			if !open[cue.ID] {
				t.Errorf("cue %d stopped and was not playing", cue.ID)
			}
			delete(open, cue.ID)
		}
	}
	return starts, stops
}

func notice(phase rollback.Phase, frame rollback.Frame, kind uint16, key uint32) rollback.Notice {
	return rollback.Notice{Event: rollback.Event{Frame: frame, Kind: kind, Key: key}, Phase: phase}
}

func TestBoard(t *testing.T) {
	predicted, confirmed, cancelled := rollback.Predicted, rollback.Confirmed, rollback.Cancelled
	idle := make([][]rollback.Notice, YoungTicks+2)
	tests := []struct {
		name          string
		ticks         [][]rollback.Notice
		starts, stops int
	}{
		{"predicted, then confirmed", [][]rollback.Notice{
			{notice(predicted, 100, hop, 0)}, {}, {notice(confirmed, 100, hop, 0)}}, 1, 0},
		{"confirmed at once", [][]rollback.Notice{{notice(confirmed, 100, hop, 0)}}, 1, 0},
		{"cancelled", [][]rollback.Notice{{notice(predicted, 100, hop, 0)}, {notice(cancelled, 100, hop, 0)}}, 1, 1},
		{"cancelled too late to stop", append(append([][]rollback.Notice{{notice(predicted, 100, hop, 0)}}, idle...),
			[]rollback.Notice{notice(cancelled, 100, hop, 0)}), 1, 0},
		{"moved, cancelled first", [][]rollback.Notice{
			{notice(predicted, 100, hop, 0)}, {notice(cancelled, 100, hop, 0), notice(predicted, 102, hop, 0)}}, 1, 0},
		{"moved, cancelled last", [][]rollback.Notice{
			{notice(predicted, 100, hop, 0)}, {notice(predicted, 98, hop, 0), notice(cancelled, 100, hop, 0)}, {notice(confirmed, 98, hop, 0)}}, 1, 0},
		{"moved into a confirmed frame", [][]rollback.Notice{
			{notice(predicted, 100, hop, 0)}, {notice(cancelled, 100, hop, 0), notice(confirmed, 99, hop, 0)}}, 1, 0},
		{"moved too far", [][]rollback.Notice{
			{notice(predicted, 100, hop, 0)}, {notice(cancelled, 100, hop, 0), notice(predicted, 105, hop, 0)}}, 2, 1},
		{"another key", [][]rollback.Notice{{notice(predicted, 100, hop, 0), notice(predicted, 100, hop, 1)}}, 2, 0},
		{"another kind", [][]rollback.Notice{{notice(predicted, 100, hop, 0), notice(predicted, 100, 9, 0)}}, 2, 0},
		{"twice soon after, both true", [][]rollback.Notice{{notice(confirmed, 100, hop, 0)}, {notice(confirmed, 103, hop, 0)}}, 2, 0},
		{"only when certain", [][]rollback.Notice{{notice(predicted, 100, splash, 0)}, {notice(confirmed, 100, splash, 0)}}, 1, 0},
		{"never certain", [][]rollback.Notice{{notice(predicted, 100, splash, 0)}, {notice(cancelled, 100, splash, 0)}}, 0, 0},
		{"the same guess made again after a rest", [][]rollback.Notice{
			{notice(predicted, 100, hop, 0)}, {notice(cancelled, 100, hop, 0)}, {notice(predicted, 100, hop, 0)}}, 2, 1},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if starts, stops := fed(t, test.ticks...); starts != test.starts || stops != test.stops {
				t.Errorf("%d starts and %d stops, want %d and %d", starts, stops, test.starts, test.stops)
			}
		})
	}
}

// A moved cancellation refers to the frame the event was moved to.
func TestMovedThenCancelled(t *testing.T) {
	starts, stops := fed(t,
		[]rollback.Notice{notice(rollback.Predicted, 100, hop, 0)},
		[]rollback.Notice{notice(rollback.Cancelled, 100, hop, 0), notice(rollback.Predicted, 103, hop, 0)},
		[]rollback.Notice{notice(rollback.Cancelled, 103, hop, 0)})
	if starts != 1 || stops != 1 {
		t.Errorf("%d starts and %d stops, want 1 and 1", starts, stops)
	}
}

// More events than the board has places do no harm: the oldest is forgotten.
func TestBoardIsBounded(t *testing.T) {
	b := New(nil)
	for key := range uint32(10 * places) {
		if _, start := b.Feed(notice(rollback.Predicted, 5, hop, key)); !start {
			t.Fatalf("event %d did not start", key)
		}
	}
	stops := 0
	for key := range uint32(10 * places) {
		b.Feed(notice(rollback.Cancelled, 5, hop, key))
	}
	stops += len(b.Tick())
	if stops != places {
		t.Errorf("%d cues stopped, want the %d that are remembered", stops, places)
	}
}

func TestResetForgets(t *testing.T) {
	b := New(nil)
	b.Feed(notice(rollback.Predicted, 5, hop, 0))
	b.Reset()
	if _, start := b.Feed(notice(rollback.Predicted, 5, hop, 0)); !start {
		t.Error("an event of the new match did not start")
	}
}
