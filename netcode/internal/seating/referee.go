package seating

import (
	"slices"

	"github.com/visavis-netcode/visavis/netcode/internal/records"
	"github.com/visavis-netcode/visavis/rollback"
)

// Desired is how a match ought to be, as its referee sees it.
type Desired struct {
	Seats       [rollback.MaxSeats]records.StreamID // whose each seat is to be, or Nobody
	Paused      bool                                // the match is to stand,
	AheadFrames int                                 // or to do otherwise than it does not before so many frames, 0 to 255
	Refused     []Asked                             // requests that are turned down
}

// Desired returns how the match is, with all changes that are under way.
func (t *Table) Desired() (d Desired) {
	for k := range d.Seats {
		if d.Seats[k] = Nobody; k < t.config.Seats {
			d.Seats[k] = t.last(k).holder
		}
	}
	d.Paused = t.pauses.last().on
	return d
}

// Deal gives seats to those of the open streams that have come late: a machine that has
// come back gets those which it had, and whoever has fewer than players, as many as a
// machine may have, the lowest seats whose machines are gone, if anybody may come. Seats of
// streams that are not open stay theirs otherwise: they are empty, and kept for who comes
// back.
func (t *Table) Deal(d *Desired, open []records.StreamID, anybody bool, players func(machine uint8) int) {
	seats := d.Seats[:t.config.Seats]
	for _, id := range open {
		has := 0
		for k, holder := range seats {
			if holder.Machine == id.Machine {
				seats[k] = id
				has++
			}
		}
		if !anybody || id.Born == 0 {
			continue
		}
		wants := min(players(id.Machine), t.config.MachineSeats)
		for k := 0; has < wants && k < len(seats); k++ {
			if !slices.Contains(open, seats[k]) {
				seats[k] = id
				has++
			}
		}
	}
}

// AppendWants appends what a referee has to write into its record of a frame so that
// the match becomes as it ought to be, if nothing is under way beside what is folded (R3).
func (t *Table) AppendWants(dst []Entry, f rollback.Frame, d *Desired) []Entry {
	return t.appendWants(dst, f, d, nil)
}

// appendWants counts on what this machine has written as the referee already.
func (t *Table) appendWants(dst []Entry, f rollback.Frame, d *Desired, under []written) []Entry {
	for k := range t.config.Seats {
		last := t.last(k)
		for i := range under {
			if e := &under[i].entry; e.Kind == Seat && int(e.Seat) == k {
				last = tenure{e.From, e.Holder}
			}
		}
		if d.Seats[k] == last.holder {
			continue
		}
		e := Entry{Kind: Seat, Seat: uint8(k), Holder: d.Seats[k]}
		e.From = max(f+rollback.Frame(t.config.SeatLeadFrames()), last.from+1)
		e.Asked = t.asked(&e, under)
		if t.mayHold(f, &e) && e.From-f <= maxAheadFrames {
			dst = append(dst, e)
		}
	}
	last := t.pauses.last()
	for i := range under {
		if e := &under[i].entry; e.Kind == Pause {
			last = pause{e.From, e.On}
		}
	}
	if d.Paused != last.on && len(t.pauses) < maxChanges {
		from := max(f+1+rollback.Frame(min(max(d.AheadFrames, 0), 255)), last.from+1)
		dst = append(dst, Entry{Kind: Pause, On: d.Paused, From: from})
	}
	return t.appendAnswers(dst, d, under)
}

// asked returns the request that an entry grants, if there is one.
func (t *Table) asked(e *Entry, under []written) Asked {
	for i := range t.members {
		m := &t.members[i]
		if r := &m.request; r.Seat == e.Seat && r.Holder == e.Holder && t.pending(m, under) {
			return Asked{m.id, r.Asked.Number}
		}
	}
	return Asked{}
}

// pending reports whether a member's request has still to be answered.
func (t *Table) pending(m *member, under []written) bool {
	n := m.request.Asked.Number
	return n > m.answered && !slices.ContainsFunc(under, func(w written) bool { return w.entry.Asked == Asked{m.id, n} })
}

// appendAnswers answers requests that are refused, and those for which there is nothing
// to do.
func (t *Table) appendAnswers(dst []Entry, d *Desired, under []written) []Entry {
	for i := range t.members {
		m := &t.members[i]
		if !t.pending(m, under) {
			continue
		}
		r := &m.request
		name := Asked{m.id, r.Asked.Number}
		idle := int(r.Seat) >= t.config.Seats || t.last(int(r.Seat)).holder == r.Holder
		granted := slices.ContainsFunc(dst, func(e Entry) bool { return e.Asked == name })
		if !granted && (idle || slices.Contains(d.Refused, name)) {
			dst = append(dst, Entry{Kind: Answer, Asked: name})
		}
	}
	return dst
}
