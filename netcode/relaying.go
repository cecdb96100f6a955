package netcode

import (
	"net/netip"
	"slices"
	"time"

	"github.com/visavis-netcode/visavis/nat/pathfinder"
	"github.com/visavis-netcode/visavis/nat/relay"
	"github.com/visavis-netcode/visavis/netcode/internal/link"
	"github.com/visavis-netcode/visavis/netcode/internal/wire"
)

const (
	maxHelpers   = 3                // members that are asked for one other member; the nearest who grants it is used
	askAgain     = 2 * time.Second  // what was asked is said again: rosters reach members at different times
	refusedFor   = 10 * time.Second // who does not want to, or has no room, is not asked
	indirectFor  = time.Second      // nor is one who has no direct way itself; it may yet find one
	relayPause   = 20 * time.Millisecond
	askCost      = time.Second     // one ask a second is answered anew,
	askBurst     = 8 * time.Second // and eight at once
	passagePause = time.Second     // before a passage that has ended is opened again
)

// relaying is how two members who have no direct way to each other play through
// a third who reaches both. Each of the two asks the same members, in the order
// of their machines; one of these opens a passage when both have asked. All of it
// is said in states, not in steps, so nothing is lost when it is said twice or
// late. Owner: the room.
type relaying struct {
	keys   [wire.MaxMachines]link.Key // whom all of this is about
	stepAt time.Duration

	// What this machine asks of others, by whom it asks.
	asked   [wire.MaxMachines]uint16
	askedAt [wire.MaxMachines]time.Duration
	refused [wire.MaxMachines][wire.MaxMachines]time.Duration // until when; by whom, and to whom
	ways    []way                                             // at most one for each of them and each member

	// What others ask of this machine, by who asks.
	wants    [wire.MaxMachines]uint16
	told     [wire.MaxMachines]uint16 // about whom it has been refused
	asks     [wire.MaxMachines]budget // of refusals that are said again
	passages []passage                // at most relay.MaxChannels
	ended    [wire.MaxMachines][wire.MaxMachines]time.Duration
}

// way is what another member has granted: it passes packets on to a third.
type way struct {
	by, to uint8
	detour pathfinder.Detour
}

// passage is what this machine does for two others, the one with the lower
// number first.
type passage struct {
	ends     [2]uint8
	virtuals [2]netip.AddrPort
	channel  relay.Channel
}

// stepRelaying asks others to pass packets on, and does so for them.
func (r *Room) stepRelaying(now time.Duration) {
	s := &r.relaying
	if r.node.finder == nil || now < s.stepAt || r.state == Connecting {
		return
	}
	s.stepAt = now + relayPause
	for i, m := range r.members {
		key := link.Key{}
		if m != nil {
			key = m.Key
		}
		if key != s.keys[i] {
			r.forgetRelaying(i)
			s.keys[i] = key
		}
	}
	r.askHelpers(now)
	r.help(now)
}

// forgetRelaying forgets everything about a place whose member has changed.
func (r *Room) forgetRelaying(machine int) {
	s := &r.relaying
	r.dropWays(func(w way) bool { return int(w.by) == machine || int(w.to) == machine })
	r.endPassages(func(p passage) bool { return int(p.ends[0]) == machine || int(p.ends[1]) == machine }, wire.RefusalOver)
	s.asked[machine], s.wants[machine], s.told[machine] = 0, 0, 0
	for i := range r.members {
		s.asked[i] &^= 1 << machine
		s.wants[i] &^= 1 << machine
		s.told[i] &^= 1 << machine
		s.refused[i][machine], s.refused[machine][i] = 0, 0
		s.ended[i][machine], s.ended[machine][i] = 0, 0
	}
}

// askHelpers asks, for each member to whom there is no direct way, those who
// reach both.
func (r *Room) askHelpers(now time.Duration) {
	s := &r.relaying
	var wanted [wire.MaxMachines]uint16
	for _, m := range r.members {
		if m == nil || m.Machine == r.me || !r.node.finder.WantsDetour(m.Key) {
			continue
		}
		asked := 0
		for _, h := range r.members {
			if asked < maxHelpers && r.mayHelp(h, m, now) {
				wanted[h.Machine] |= 1 << m.Machine
				asked++
			}
		}
	}
	r.dropWays(func(w way) bool {
		return wanted[w.by]>>w.to&1 == 0 || virtualOf(r.members[w.by]) != w.detour.Via
	})
	for i, h := range r.members {
		again := wanted[i] != 0 && now-s.askedAt[i] >= askAgain
		if h == nil || h.conn == nil || wanted[i] == s.asked[i] && !again {
			continue
		}
		s.asked[i], s.askedAt[i] = wanted[i], now
		h.conn.send(&wire.RelayAsk{Machines: wanted[i]})
		for _, w := range s.ways {
			if int(w.by) == i {
				r.node.finder.AddDetour(w.detour) // in case that the search has begun anew
			}
		}
	}
}

// mayHelp reports whether a member may be able to pass packets on to another.
func (r *Room) mayHelp(h, to *member, now time.Duration) bool {
	return h != nil && h.Machine != r.me && h.Machine != to.Machine && h.Linked>>to.Machine&1 != 0 &&
		r.direct(h) && now >= r.relaying.refused[h.Machine][to.Machine]
}

// direct reports whether the link to a member leads straight to it.
func (r *Room) direct(m *member) bool {
	if m == nil || m.conn == nil || !virtualOf(m).IsValid() {
		return false
	}
	return !r.pathOf(m.Machine, m.conn).Relayed()
}

// virtualOf is the address of a member on this machine's socket: see
// pathconn.Conn.Virtual. It is invalid without a link.
func virtualOf(m *member) (virtual netip.AddrPort) {
	if m == nil || m.conn == nil || m.conn.link.State() != link.Open {
		return virtual
	}
	return m.conn.link.Virtual()
}

// answeredToAsk takes a member's word about passing packets on.
func (r *Room) answeredToAsk(by uint8, m *wire.RelayWay) {
	s := &r.relaying
	if r.node.finder == nil || m.Machine == r.me || m.Machine == by || s.asked[by]>>m.Machine&1 == 0 || r.members[m.Machine] == nil {
		return // nobody asked, or not any more
	}
	r.dropWays(func(w way) bool { return w.by == by && w.to == m.Machine })
	switch {
	case m.Header == [8]byte{}:
		switch m.Refusal {
		case wire.RefusalUnwilling, wire.RefusalFull:
			s.refused[by][m.Machine] = r.now() + refusedFor
		case wire.RefusalIndirect:
			s.refused[by][m.Machine] = r.now() + indirectFor
		}
	case m.Header[0] == relay.FirstByte:
		w := way{by: by, to: m.Machine, detour: pathfinder.Detour{
			To: r.members[m.Machine].Key, Via: virtualOf(r.members[by]), Header: m.Header, Name: r.members[by].Name}}
		s.ways = append(s.ways, w)
		r.node.finder.AddDetour(w.detour)
	}
}

func (r *Room) dropWays(gone func(way) bool) {
	s := &r.relaying
	s.ways = slices.DeleteFunc(s.ways, func(w way) bool {
		if gone(w) {
			r.node.finder.RemoveDetour(w.detour)
			return true
		}
		return false
	})
}

// asksForHelp takes a member's wish that packets be passed on.
func (r *Room) asksForHelp(by uint8, m *wire.RelayAsk) {
	s := &r.relaying
	s.wants[by] = m.Machines &^ (1<<by | 1<<r.me)
	if s.asks[by].take(r.now(), askCost, askBurst) {
		s.told[by] = 0
	}
}

// help opens passages for those who both want one, and ends those that are not
// wanted or not possible any more.
func (r *Room) help(now time.Duration) {
	s := &r.relaying
	r.endPassages(func(p passage) bool {
		return !s.wanted(p.ends[0], p.ends[1])
	}, wire.RefusalOver)
	r.endPassages(func(p passage) bool {
		a, b := r.members[p.ends[0]], r.members[p.ends[1]]
		return !r.direct(a) || !r.direct(b) || virtualOf(a) != p.virtuals[0] || virtualOf(b) != p.virtuals[1]
	}, wire.RefusalIndirect)
	for a := range r.members {
		for b := range r.members {
			if s.wants[a]>>b&1 == 0 || s.told[a]>>b&1 != 0 {
				continue
			}
			why := r.unhelpful(r.members[a], r.members[b])
			if why == 0 && a < b && s.wanted(uint8(a), uint8(b)) && now >= s.ended[a][b] && !r.passageOpen(uint8(a), uint8(b)) {
				why = r.openPassage(r.members[a], r.members[b])
			}
			if why != 0 {
				s.told[a] |= 1 << b
				r.answerAsk(a, b, wire.RelayWay{Refusal: why})
			}
		}
	}
}

// wanted reports whether two have both asked.
func (s *relaying) wanted(a, b uint8) bool { return s.wants[a]>>b&1 != 0 && s.wants[b]>>a&1 != 0 }

// unhelpful is why this machine does not pass packets on between two, 0 if it
// does.
func (r *Room) unhelpful(a, b *member) wire.Refusal {
	switch {
	case r.node.forwarder == nil:
		return wire.RefusalUnwilling
	case !r.direct(a) || !r.direct(b):
		return wire.RefusalIndirect
	}
	return 0
}

func (r *Room) passageOpen(a, b uint8) bool {
	return slices.ContainsFunc(r.relaying.passages, func(p passage) bool { return p.ends == [2]uint8{a, b} })
}

func (r *Room) openPassage(a, b *member) wire.Refusal {
	p := passage{ends: [2]uint8{a.Machine, b.Machine}, virtuals: [2]netip.AddrPort{virtualOf(a), virtualOf(b)}}
	channel, err := r.node.forwarder.Open(p.virtuals[0], p.virtuals[1])
	if err != nil {
		return wire.RefusalFull
	}
	p.channel = channel
	r.relaying.passages = append(r.relaying.passages, p)
	for i, machine := range p.ends {
		r.answerAsk(int(machine), int(p.ends[1-i]), wire.RelayWay{Header: channel.Headers[i]})
	}
	return 0
}

// endPassages closes passages and tells both why.
func (r *Room) endPassages(over func(passage) bool, why wire.Refusal) {
	s := &r.relaying
	s.passages = slices.DeleteFunc(s.passages, func(p passage) bool {
		if !over(p) {
			return false
		}
		r.node.forwarder.Close(p.channel)
		s.ended[p.ends[0]][p.ends[1]] = r.now() + passagePause
		for i, machine := range p.ends {
			r.answerAsk(int(machine), int(p.ends[1-i]), wire.RelayWay{Refusal: why})
		}
		return true
	})
}

func (r *Room) answerAsk(to, about int, answer wire.RelayWay) {
	if m := r.members[to]; m != nil {
		answer.Machine = uint8(about)
		m.conn.send(&answer)
	}
}

// endRelaying ends all of it with the room.
func (r *Room) endRelaying() {
	if r.node.finder == nil {
		return
	}
	r.dropWays(func(way) bool { return true })
	r.endPassages(func(passage) bool { return true }, wire.RefusalOver)
}

// Helping returns for how many pairs of other members this machine passes
// packets on now, because they have no direct way to each other, and how many
// bytes the node has passed on so far.
func (n *Node) Helping() (pairs int, bytes uint64) {
	if n.forwarder == nil {
		return 0, 0
	}
	stats := n.forwarder.Stats()
	return stats.Channels, stats.Bytes
}
