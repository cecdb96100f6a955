package membership

import (
	"bytes"
	"slices"

	"github.com/visavis-netcode/visavis/netcode/internal/records"
	"github.com/visavis-netcode/visavis/rollback"
)

// candidacy is a ballot and what was reported to it, as its leader counts it: what follows
// from that is the same for everybody.
type candidacy struct {
	prepare  *Prepare
	reports  [MaxMachines]*Report
	reported Machines
	proposed bool
}

// count takes a report into account, if it is of this ballot and tells of the streams that
// are to be closed.
func (l *candidacy) count(r *Report, view *View) bool {
	if !l.prepare.Keep.Has(r.Author) || r.Prepare != digestOf(l.prepare) || !l.answers(r, view) {
		return false
	}
	l.reports[r.Author] = r
	l.reported |= One(r.Author)
	return true
}

// answers reports whether a report tells of the streams that are to be closed.
func (l *candidacy) answers(r *Report, view *View) bool {
	n := 0
	for _, id := range view.Members {
		if l.prepare.Keep.Has(id.Machine) {
			continue
		}
		if n >= len(r.Streams) || r.Streams[n].Stream != id {
			return false
		}
		n++
	}
	return n == len(r.Streams)
}

// follows returns the value that follows from a ballot and its reports, by nothing else
// (H4): the one that may have been decided before, or a new one. It is nil if that cannot
// be told, and if the reports do not hold what it needs, which does not happen among
// honest peers.
func (l *candidacy) follows(s *standing) *Value {
	value, open := l.adopted(&s.view, s.config.NoTie)
	if value == nil && !open {
		value = l.fresh(s)
	}
	return value
}

// adopted returns the value that was accepted in the highest ballot of all that are
// reported, unchanged: it may have been decided. If there are two of that ballot, its
// leader has lied, and it is the one that may have been decided: by those who report it,
// those who have not been asked, and the liar, if there are any who have not been asked.
// If both may have been, that is open (H6).
func (l *candidacy) adopted(view *View, noTie bool) (v *Value, open bool) {
	var highest Ballot
	for x := range l.reported.All {
		if a := l.reports[x].Accepted; a != nil && highest.less(a.Ballot) {
			highest = a.Ballot
		}
	}
	by := map[Digest]Machines{}
	values := map[Digest]*Value{}
	for x := range l.reported.All {
		if a := l.reports[x].Accepted; a != nil && a.Ballot == highest {
			d := a.Value.digest()
			by[d] |= One(x)
			values[d] = a.Value
		}
	}
	if len(values) < 2 {
		for _, v = range values {
			return v, false
		}
		return nil, false
	}
	voters := view.Machines() &^ l.byes()
	others := voters &^ l.prepare.Keep
	liar := One(highest.Machine)
	if others&^liar == 0 {
		others, liar = 0, 0
	}
	for d := range values {
		if !(by[d]&^One(highest.Machine) | others | liar).quorumOf(voters, noTie) {
			continue
		}
		if v != nil {
			return nil, true
		}
		v = values[d]
	}
	return v, false
}

// byes are those whose goodbyes the ballot shows.
func (l *candidacy) byes() (s Machines) {
	for _, b := range l.prepare.Byes {
		s |= One(b.author())
	}
	return s
}

// fresh makes a new value.
func (l *candidacy) fresh(s *standing) *Value {
	v := &Value{
		Number: s.view.Number + 1, Base: s.view.Digest, Origin: l.prepare.Ballot,
		Joins: l.prepare.Joins, From: 1 + l.limit(),
	}
	for i, id := range l.closed(&s.view) {
		from, _, _ := s.set.Bounds(id)
		c, ok := l.cut(i, id, from, s.config.Records)
		if !ok {
			return nil
		}
		v.Cuts = append(v.Cuts, c)
	}
	for _, id := range s.view.Members {
		if l.prepare.Keep.Has(id.Machine) {
			v.Members = append(v.Members, id)
		}
	}
	for _, j := range v.Joins {
		v.Members = append(v.Members, records.StreamID{Machine: j.Machine, Born: v.Number})
	}
	slices.SortFunc(v.Members, records.StreamID.Compare)
	return v
}

// closed returns the streams that the ballot is to close.
func (l *candidacy) closed(view *View) (list []records.StreamID) {
	for _, id := range view.Members {
		if !l.prepare.Keep.Has(id.Machine) {
			list = append(list, id)
		}
	}
	return list
}

// limit is the highest that anybody has reported. Nobody passes his own before the
// next view, so what begins above it was confirmed by nobody without it.
func (l *candidacy) limit() (limit rollback.Frame) {
	limit = rollback.NoFrame
	for x := range l.reported.All {
		limit = max(limit, l.reports[x].Limit)
	}
	return limit
}

// cut ends a stream, the i-th of each report, with the last record that anybody who
// stays holds, and carries the records that any of them, or a newcomer, may lack:
// whoever holds them alone may be gone by the time at which they are asked for.
func (l *candidacy) cut(i int, id records.StreamID, from rollback.Frame, config records.Config) (Cut, bool) {
	of := l.likeMost(i, config)
	most := &l.reports[of.Lowest()].Streams[i]
	least := most.Held
	for x := range of.All {
		h := &l.reports[x].Streams[i]
		least = min(least, h.Held)
		if h.Held > most.Held {
			most = h
		}
	}
	for _, j := range l.prepare.Joins {
		least = min(least, j.Through)
	}
	c := Cut{Stream: id, Last: most.Held, First: max(from, least+1), Digest: most.Digest}
	for _, r := range l.prepare.Reasons {
		if r.Machine == id.Machine {
			c.Reason = r.Reason
		}
	}
	if c.First < most.First {
		return c, false
	}
	c.Records = most.Records[c.First-most.First:]
	return c, true
}

// likeMost returns the reports of a stream, the i-th of each, that do not contradict one
// with which most others agree. Among honest peers that is all. If the stream's author has
// sent one thing to some and another to others, what most have stands; whoever has the
// other takes up the match anew (H14, X5). Of two things that as many have it is the one that its
// author has sealed further: who holds the other may be about to go, having seen that.
func (l *candidacy) likeMost(i int, config records.Config) (like Machines) {
	sealed := rollback.NoFrame // how far any of them shows that its author has sealed it
	for x := range l.reported.All {
		with, through := Machines(0), rollback.NoFrame
		for y := range l.reported.All {
			if l.reports[x].Streams[i].agrees(&l.reports[y].Streams[i]) {
				with |= One(y)
				through = max(through, l.reports[y].Streams[i].sealedThrough(config))
			}
		}
		if with.Len() > like.Len() || with.Len() == like.Len() && through > sealed {
			like, sealed = with, through
		}
	}
	return like
}

// sealedThrough returns through which frame the author of a stream has sealed what somebody holds
// of it, as far as that shows it: rollback.NoFrame if it does not.
func (h *Holding) sealedThrough(config records.Config) rollback.Frame {
	s := h.Seal
	if s == nil || s.Stream != h.Stream || s.Through > h.Held || s.Through < h.Held && (s.Through+1)%records.LinkFrames != 0 {
		return rollback.NoFrame
	}
	digest, from := s.Digest, s.Through+1
	if from <= h.Held && from < h.First {
		return rollback.NoFrame
	}
	for from <= h.Held {
		next := min(from+records.LinkFrames, h.Held+1)
		digest = config.DigestAfter(digest, from, h.Records[from-h.First:next-h.First])
		from = next
	}
	if digest != h.Digest {
		return rollback.NoFrame
	}
	return s.Through
}

// agrees reports whether what two hold of a stream is the same, as far as both tell it.
func (h *Holding) agrees(k *Holding) bool {
	if h.Held == k.Held && h.Digest != k.Digest || h.Ended && k.Held > h.Held || k.Ended && h.Held > k.Held {
		return false
	}
	for f := max(h.First, k.First); f <= min(h.Held, k.Held); f++ {
		if !bytes.Equal(h.Records[f-h.First], k.Records[f-k.First]) {
			return false
		}
	}
	return true
}
