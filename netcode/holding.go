package netcode

import (
	"slices"
	"time"

	"github.com/visavis-netcode/visavis/netcode/internal/agreement"
	"github.com/visavis-netcode/visavis/netcode/internal/membership"
	"github.com/visavis-netcode/visavis/netcode/internal/records"
	"github.com/visavis-netcode/visavis/netcode/internal/wire"
	"github.com/visavis-netcode/visavis/rollback"
)

// Where worlds differ all tell each other what records they hold (package agreement), before
// anybody is judged by what he has computed of them.

// answerAgain is how long somebody who has been told what this machine holds is told it no more.
const answerAgain = 100 * time.Millisecond

// holding is what this machine holds of everybody's records before a frame, nil if it has not
// confirmed all of them.
func (p *presence) holding(f rollback.Frame) *wire.Holding {
	set := p.member.Records()
	if f < 1 || f > set.Confirmed()+1 {
		return nil
	}
	m := &wire.Holding{Match: p.match, Frame: int32(f)}
	for _, id := range set.Streams(nil) {
		from, _, end := set.Bounds(id)
		if from >= f || len(m.Streams) == wire.MaxHeldStreams {
			continue
		}
		if digest, kept := set.DigestThrough(id, min(f-1, end)); kept {
			m.Streams = append(m.Streams, wire.HeldStream{Machine: id.Machine, Born: id.Born, Digest: digest})
		}
	}
	return m
}

// sealedBefore reports whether the author of a stream has sealed what this machine holds of it
// before a frame.
func (p *presence) sealedBefore(id records.StreamID, f rollback.Frame) bool {
	_, _, end := p.member.Records().Bounds(id)
	through := min(f-1, end)
	return slices.ContainsFunc(p.member.KeptSeals(id.Machine), func(s membership.Seal) bool { return s.Stream == id && s.Through >= through })
}

// holding is what this machine holds before a frame, and whose worlds differ from its own.
func (a *accord) holding(f rollback.Frame) *wire.Holding {
	m := a.who.holding(f)
	if m != nil {
		m.Differ = uint16(a.jury.Differing())
	}
	return m
}

// showHolding tells the others what this machine holds before a frame, and asks them.
func (a *accord) showHolding(f rollback.Frame) {
	if m := a.holding(f); m != nil {
		m.Asks = true
		a.who.sendAll(m)
		a.jury.TakeHolding(a.who.room.me, held(m))
	}
}

// holdingCame takes what a peer holds, and answers if that is asked.
func (a *accord) holdingCame(q *peer, m *wire.Holding) {
	a.jury.TakeHolding(q.machine, held(m))
	if !m.Asks || a.who.room.now()-q.answeredAt < answerAgain {
		return
	}
	q.answeredAt = a.who.room.now()
	if answer := a.holding(rollback.Frame(m.Frame)); answer != nil {
		q.conn.Send(answer)
	}
}

// held is what a machine says that it holds, as the jury takes it.
func held(m *wire.Holding) agreement.Holding {
	h := agreement.Holding{Frame: rollback.Frame(m.Frame), Digests: map[records.StreamID]records.Digest{}, Differ: membership.Machines(m.Differ)}
	for i := range m.Streams {
		s := &m.Streams[i]
		h.Digests[records.StreamID{Machine: s.Machine, Born: s.Born}] = s.Digest
	}
	return h
}
