package replays

import (
	"context"

	"github.com/visavis-netcode/visavis/game/lilypad/rules"
	"github.com/visavis-netcode/visavis/netcode"
	"github.com/visavis-netcode/visavis/netcode/replay"
	"github.com/visavis-netcode/visavis/rollback"
)

// Mark is something that happened in a match.
type Mark struct {
	Frame rollback.Frame
	Kind  MarkKind
	Seat  int    // whose it is
	Other int    // who did it to him, -1 for nobody
	Who   string // of Left and Came: who has
}

// MarkKind is what happened.
type MarkKind uint8

// The kinds.
const (
	Splash MarkKind = iota // fell into the water
	Gold                   // ate a golden fly
	Knock                  // was hit by a bubble, or landed on
	Left                   // left, or was lost: a bot plays the seat from there on
	Came                   // came into the match, or back
	Round                  // won a round
	MarkKinds
)

// maxMarks is how many are kept of a match, the first ones; a round of eight has a few
// hundred.
const maxMarks = 8192

// marking is the steps between two looks at whether anybody still wants them.
const marking = 256

// Marks plays a match from its first frame to its last and returns what happened, in order.
// It takes about a hundredth of the match's time. An error comes with what there is before
// it.
func Marks(ctx context.Context, r *Replay, progress replay.Progress) ([]Mark, error) {
	m := marker{}
	if err := r.Seek(r.First()); err != nil {
		return nil, err
	}
	total := int64(r.End() - r.First())
	for r.Frame() < r.End() && len(m.marks) < maxMarks {
		if err := r.Step(1); err != nil {
			return m.marks, err
		}
		m.see(r)
		if done := int64(r.Frame() - r.First()); done%marking == 0 {
			if progress != nil {
				progress(done, total)
			}
			if ctx.Err() != nil {
				return m.marks, ctx.Err()
			}
		}
	}
	return m.marks, nil
}

// marker collects marks.
type marker struct {
	marks   []Mark
	notices []rollback.Notice
	lineup  rollback.Lineup  // of the frame before,
	cast    []netcode.Seated // and who played then
}

// nameOf is what whoever plays a seat is called.
func nameOf(cast []netcode.Seated, seat int) string {
	name := ""
	if seat < len(cast) {
		name = cast[seat].Name
	}
	return cleanName(name)
}

// see takes in the frame that was just stepped.
func (m *marker) see(r *Replay) {
	f := r.Frame() - 1
	if f == r.First() {
		m.lineup, m.cast = r.Lineup(), r.AppendCast(nil) // who is not there from the beginning has not left
	}
	if now := r.Lineup(); now.Absent != m.lineup.Absent {
		cast := r.AppendCast(nil)
		for seat := range r.Log().Header.Players {
			switch was, is := m.lineup.Present(seat), now.Present(seat); {
			case was && !is:
				m.marks = append(m.marks, Mark{f, Left, seat, -1, nameOf(m.cast, seat)})
			case !was && is:
				m.marks = append(m.marks, Mark{f, Came, seat, -1, nameOf(cast, seat)})
			}
		}
		m.lineup, m.cast = now, cast
	}
	m.notices = r.AppendNotices(m.notices[:0])
	for _, n := range m.notices {
		if n.Phase == rollback.Confirmed {
			m.hear(n.Event)
		}
	}
}

// hear marks an event, if it is worth it.
func (m *marker) hear(e rollback.Event) {
	seat, extra := int(e.Key), int(rules.PlaceOf(e.Value).Extra)
	mark := Mark{Frame: e.Frame, Seat: seat, Other: -1}
	switch e.Kind {
	case rules.EventSplash:
		mark.Kind, mark.Other = Splash, extra
	case rules.EventGold:
		mark.Kind = Gold
	case rules.EventSlam:
		mark.Kind, mark.Seat, mark.Other = Knock, extra, seat/rules.MaxSeats
	case rules.EventHit:
		mark.Kind, mark.Seat = Knock, extra
	case rules.EventRound, rules.EventOver:
		mark.Kind, mark.Seat = Round, int(e.Value)
	default:
		return
	}
	if mark.Seat >= 0 && mark.Seat < rules.MaxSeats {
		m.marks = append(m.marks, mark)
	}
}
