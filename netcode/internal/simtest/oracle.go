package simtest

import (
	"errors"
	"fmt"
	"math"
	"reflect"
	"slices"
	"time"

	"github.com/visavis-netcode/visavis/netcode"
	"github.com/visavis-netcode/visavis/rollback"
)

// judge asks whether the match that has just ended is as it must be.
func (r *run) judge() error {
	var left []*peer // who is still here
	for _, p := range r.peers {
		if !p.gone {
			left = append(left, p)
		}
		if m := p.matches[r.number]; m.Match != nil {
			st := m.Stats()
			r.figures.Frames += uint64(st.Frame)
			r.figures.Rollbacks += st.Rollbacks
			r.figures.Resteps += st.Resteps
			r.figures.Stalls += st.Stalls
			r.figures.Ticks += st.Ticks
			r.figures.MaxDepth = max(r.figures.MaxDepth, st.MaxDepth)
		}
	}
	if r.plan.Lie != Truth {
		if err := r.endures(); err != nil {
			return fmt.Errorf("match %d: %w\n%s", r.number, err, r.states())
		}
		return nil
	}
	for _, check := range []func([]*peer) error{r.setups, r.results, r.agreement, r.checksums, r.inputs, r.reference, r.rollbacks, r.honest} {
		if err := check(left); err != nil {
			return fmt.Errorf("match %d: %w\n%s", r.number, err, r.states())
		}
	}
	return nil
}

// setups: all have started from the same, and each plays the seats that it says are its.
func (r *run) setups([]*peer) error {
	var first *match
	for _, p := range r.peers {
		m := p.matches[r.number]
		if m.Match == nil {
			continue
		}
		if first == nil {
			first = m
		}
		setup := m.Setup()
		if !reflect.DeepEqual(setup, first.Setup()) || len(setup.Roster) != setup.Seats || setup.Seats > rollback.MaxSeats {
			return fmt.Errorf("peer %d started from %+v, others from %+v", p.index, setup, first.Setup())
		}
		mine := 0
		for _, s := range m.Seats() {
			if s.You {
				mine++
			}
		}
		if mine != len(m.LocalSeats()) && (!p.back || len(m.LocalSeats()) > 0) {
			return fmt.Errorf("peer %d plays %v of %+v", p.index, m.LocalSeats(), m.Seats())
		}
	}
	return nil
}

// results: those who are left end at one frame with one world, as planned.
func (r *run) results(left []*peer) error {
	first, _ := left[0].matches[r.number].Result()
	planned := r.plan.Ending
	if r.number < r.plan.Matches-1 && planned != Over {
		planned = Length
	}
	for _, p := range left {
		if p.matches[r.number].Match == nil && p.back {
			if err := r.shut(p); err != nil {
				return err
			}
			continue
		}
		result, over := p.matches[r.number].Result()
		if !over {
			return fmt.Errorf("peer %d has no result", p.index)
		}
		// Who leaves while the others agree on something is gone as by a crash.
		hasty := planned == Leave && len(r.plan.Gone) > 1
		if planned == Partition || (planned == Vanish || hasty) && !r.quorum(left) {
			if result.Err == nil && result.Frame != rollback.Frame(r.plan.Frames) {
				return fmt.Errorf("peer %d ended at %d without a word", p.index, result.Frame)
			}
			continue
		}
		if result.Frame != first.Frame || result.Hash != first.Hash || result.Hash == 0 {
			return fmt.Errorf("peer %d ended with %+v, P%d with %+v", p.index, result, left[0].index, first)
		}
		// Who is the only one left has nobody to agree with, unless the others had their
		// result before they left.
		if planned != Vanish && !result.Agreed && (r.playing(left) > 1 || len(r.peers) == 1) {
			return fmt.Errorf("peer %d: %+v is not agreed", p.index, result)
		}
		wanted := result.Frame == rollback.Frame(r.plan.Frames)
		if (planned == Length || planned == Over || r.plan.Absent != netcode.AbsentEnds) && !wanted || wanted != (result.Err == nil) {
			return fmt.Errorf("peer %d ended at %d: %v", p.index, result.Frame, result.Err)
		}
		leftErr, lostErr := new(netcode.LeftError), new(netcode.LostError)
		switch {
		case result.Err == nil:
		case (planned == Leave || planned == Kick) && !errors.As(result.Err, &leftErr):
			return fmt.Errorf("peer %d: somebody left, but: %w", p.index, result.Err)
		case planned == Vanish && !errors.As(result.Err, &lostErr):
			return fmt.Errorf("peer %d: somebody vanished, but: %w", p.index, result.Err)
		}
	}
	return nil
}

// playing is how many of some have been in the match from its start to its end: who comes
// back may come too late to have a part in its end.
func (r *run) playing(peers []*peer) (n int) {
	for _, p := range peers {
		if p.matches[r.number].Match != nil && !p.back {
			n++
		}
	}
	return n
}

// shut: who has come back, and is not in the match when it ends, had too little time.
func (r *run) shut(p *peer) error {
	who := slices.IndexFunc(r.peers, func(q *peer) bool { return q.name == p.name })
	since := r.network.Now() - r.started - r.plan.Back[who]
	if most := r.plan.bound() - time.Duration(r.plan.Frames)*r.plan.tick(); since > most {
		return fmt.Errorf("peer %d has come back %v before the end, and is not in the match: %v, %v", p.index, since, p.lobby.State(), p.lobby.Err())
	}
	return nil
}

// quorum reports whether those who are left of a match go on: more than half, or half
// with the one who has the lowest number.
func (r *run) quorum(left []*peer) bool {
	lowest, among := -1, false
	for _, p := range r.peers {
		if m := p.matches[r.number]; m.Match != nil {
			if machine := r.machineOf(p); lowest < 0 || machine < lowest {
				lowest, among = machine, !p.gone
			}
		}
	}
	return 2*len(left) > len(r.peers) || 2*len(left) == len(r.peers) && among
}

// machineOf is the number that a peer has in a match.
func (r *run) machineOf(p *peer) int {
	for _, s := range p.matches[r.number].Seats() {
		if s.You {
			return s.Machine
		}
	}
	return -1
}

// agreement: there is one agreed result at most, whoever was cut off from whom, and
// somebody else in the match has confirmed it.
func (r *run) agreement([]*peer) error {
	var agreed *netcode.Result
	for _, p := range r.peers {
		m := p.matches[r.number]
		if m.Match == nil {
			continue
		}
		result, over := m.Result()
		if !over || !result.Agreed {
			continue
		}
		if agreed == nil {
			agreed = &result
		}
		if result.Frame != agreed.Frame || result.Hash != agreed.Hash {
			return fmt.Errorf("peer %d agrees on %+v, another on %+v", p.index, result, *agreed)
		}
		if len(result.ConfirmedBy) == 0 && len(r.peers) > 1 {
			return fmt.Errorf("peer %d: %+v is agreed, but nobody has confirmed it", p.index, result)
		}
		for _, machine := range result.ConfirmedBy {
			if name := m.nameOf(machine); name == "" || name == p.name {
				return fmt.Errorf("peer %d: %+v was confirmed by %q", p.index, result, name)
			}
		}
	}
	return nil
}

// result is how the match has ended for a peer, if it has begun.
func (m *match) result() (netcode.Result, bool) {
	if m.Match == nil {
		return netcode.Result{}, false
	}
	return m.Result()
}

// nameOf is the name of a machine's first player.
func (m *match) nameOf(machine int) string {
	for _, seat := range m.Seats() {
		if seat.Machine == machine {
			return seat.Name
		}
	}
	return ""
}

// stray reports whether a peer is not among those who have played on: what it had
// confirmed last counts for nothing, as the others may have agreed on something else.
func (r *run) stray(p *peer) bool {
	m := p.matches[r.number]
	if m.Match == nil || p.gone {
		return true
	}
	result, _ := m.Result()
	excluded := new(netcode.ExcludedError)
	return errors.As(result.Err, &excluded) || result.Err != nil && !result.Agreed
}

// common is the frame before which a peer must know what the others do: for one who has
// not played on, the first in which somebody was absent for those who have.
func (r *run) common(p *peer) int {
	common := math.MaxInt32
	if !r.stray(p) {
		return common
	}
	for _, q := range r.peers {
		if result, over := q.matches[r.number].result(); over && r.plan.Absent == netcode.AbsentEnds && !q.gone && result.Err != nil {
			common = min(common, int(result.Frame)) // the first in which somebody was absent, for whoever went on
		}
		if r.stray(q) {
			continue
		}
		for f, absent := range q.matches[r.number].log.absent[:r.end(q)] {
			if len(absent) > 0 {
				common = min(common, f)
			}
		}
	}
	return common
}

// checksums: all that were made of one frame are equal, of the gone ones too.
func (r *run) checksums([]*peer) error {
	for _, p := range r.peers {
		for f, sum := range p.matches[r.number].sums {
			for _, q := range r.peers {
				if int(f) > min(r.common(p), r.common(q)) {
					continue
				}
				if other, ok := q.matches[r.number].sums[f]; ok && other != sum {
					return fmt.Errorf("peers %d and %d differ at frame %d: %+v, %+v", p.index, q.index, f, sum, other)
				}
			}
		}
	}
	return nil
}

// end is the newest frame before which everything was confirmed for a peer.
func (r *run) end(p *peer) int {
	m := p.matches[r.number]
	if m.Match == nil {
		return 0
	}
	if result, over := m.Result(); over && !p.gone {
		return int(result.Frame)
	}
	return max(0, min(int(m.confirmed)+1-r.plan.WindowFrames, int(m.frame)-r.plan.WindowFrames, len(m.log.fed)))
}

// inputs: all were fed the same, and of every player what was put in, in order.
func (r *run) inputs([]*peer) error {
	for _, p := range r.peers {
		fed := p.matches[r.number].log.fed
		for _, q := range r.peers[:p.index] {
			theirs := q.matches[r.number].log.fed
			for f := range min(r.end(p), r.end(q), r.common(p), r.common(q)) {
				if f < max(p.matches[r.number].from, q.matches[r.number].from) {
					continue
				}
				if !slices.Equal(fed[f], theirs[f]) {
					return fmt.Errorf("frame %d: P%d was fed %x, P%d %x", f, p.index, fed[f], q.index, theirs[f])
				}
			}
		}
		for _, owner := range r.peers {
			if owner.matches[r.number].Match == nil || owner.back || p.back {
				continue
			}
			for _, seat := range owner.matches[r.number].LocalSeats() {
				last, absent := uint32(0), r.plan.absence()
				for f := range min(r.end(p), r.common(p)) {
					v := fed[f][seat]
					if slices.Contains(p.matches[r.number].log.absent[f], seat) {
						if !absent.may(v) {
							return fmt.Errorf("peer %d, frame %d: seat %d, which nobody plays, was fed %x after %x", p.index, f, seat, v, last)
						}
						continue
					}
					if absent.seen && r.isBack(owner.index) {
						absent, last = r.plan.absence(), 0
					}
					if absent.seen {
						return fmt.Errorf("peer %d, frame %d: seat %d is played again", p.index, f, seat)
					}
					absent.last = v
					if v < last || v != 0 && v>>24 != uint32(seat+1) || v&0xffffff > uint32(r.samples(owner)/owner.plan.HoldFrames+1) {
						return fmt.Errorf("peer %d, frame %d: seat %d was fed %x after %x", p.index, f, seat, v, last)
					}
					last = v
				}
			}
		}
	}
	return nil
}

// samples is how often a player was asked for input at most, by any of his processes.
func (r *run) samples(owner *peer) (most int) {
	for _, p := range r.peers {
		if p.name == owner.name {
			most = max(most, p.matches[r.number].samples)
		}
	}
	return most
}

// absence is what a seat may do that nobody plays.
type absence struct {
	kind netcode.Absence
	seen bool
	last uint32 // while somebody played it
}

func (p *Plan) absence() absence { return absence{kind: p.Absent} }

func (a *absence) may(v uint32) bool {
	a.seen = true
	switch a.kind {
	case netcode.AbsentIdle:
		return v == 0
	case netcode.AbsentFrozen:
		return v == a.last
	}
	return true // the reference tells whether it was the bot
}

// reference: a simulation of the confirmed inputs, from the start and without
// netcode, has the same hashes everywhere.
func (r *run) reference([]*peer) error {
	longest := r.peers[0]
	for _, p := range r.peers {
		if r.stray(longest) && !r.stray(p) || r.stray(longest) == r.stray(p) && r.end(p) > r.end(longest) {
			longest = p
		}
	}
	m := longest.matches[r.number]
	if m.Match == nil {
		return nil
	}
	ref, err := replay(m.Setup(), &m.log, r.end(longest))
	if err != nil {
		return err
	}
	for _, p := range r.peers {
		for f, sum := range p.matches[r.number].sums {
			if int(f) < len(ref.hashes) && int(f) <= r.common(p) && sum.World != ref.hashes[f] {
				return fmt.Errorf("peer %d: the world before frame %d is not the reference's", p.index, f)
			}
		}
		if m := p.matches[r.number]; m.Match != nil && !r.stray(p) {
			if result, _ := m.Result(); result.Hash != 0 && result.Hash != ref.hashes[result.Frame] {
				return fmt.Errorf("peer %d: the last world, before frame %d, is not the reference's", p.index, result.Frame)
			}
		}
	}
	return nil
}

// rollbacks: there are some where inputs change every frame and come late, and
// none in lockstep.
func (r *run) rollbacks(left []*peer) error {
	if len(r.peers) < 2 {
		return nil
	}
	for _, p := range left {
		if p.matches[r.number].Match == nil {
			continue // back too late
		}
		st := p.matches[r.number].Stats()
		if r.plan.WindowFrames == 0 {
			if st.Rollbacks > 0 {
				return fmt.Errorf("peer %d rolled back in lockstep", p.index)
			}
			continue
		}
		for _, q := range r.peers {
			if p.back || q.back || q.gone {
				continue
			}
			way, back := r.plan.Paths[q.index][p.index], r.plan.Paths[p.index][q.index]
			must := q.plan.HoldFrames == 1 && q.plan.ManualDelay && q.plan.DelayEvery == 0 && q.index != p.index &&
				way.Delay-way.Jitter > time.Duration(q.plan.DelayFrames+2)*r.plan.tick()
			// Both sides predict equally deep: who delays his own inputs runs behind, and what
			// the others press is there before he needs it.
			delays := q.plan.DelayFrames + max(p.plan.DelayFrames, st.DelayFrames)
			must = must && way.Delay-way.Jitter+back.Delay-back.Jitter > time.Duration(delays+4)*r.plan.tick()
			// Faults may leave a peer so far behind that nothing comes late, and so may the start, for
			// as long as paces take to become alike.
			must = must && st.Frame > 150 && time.Duration(st.Frame)*r.plan.tick() > 1500*time.Millisecond && len(r.plan.Stalls)+len(r.plan.Blackouts) == 0
			if must && st.Rollbacks == 0 {
				return fmt.Errorf("peer %d never rolled back, though P%d is %v away", p.index, q.index, way.Delay)
			}
		}
	}
	return nil
}

// honest: nobody's datagrams were taken for malformed ones.
func (r *run) honest([]*peer) error {
	for _, p := range r.peers {
		if m := p.matches[r.number]; m.Match != nil {
			for _, q := range m.AppendPeers(nil) {
				if q.Malformed > 0 {
					return fmt.Errorf("peer %d took %d datagrams of P%d for malformed ones", p.index, q.Malformed, q.Machine)
				}
			}
		}
	}
	return nil
}
