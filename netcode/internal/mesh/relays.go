package mesh

import (
	"net/netip"
	"slices"
	"time"

	"github.com/visavis-netcode/visavis/nat/pathfinder"
	"github.com/visavis-netcode/visavis/nat/relay"
	"github.com/visavis-netcode/visavis/netcode/internal/link"
	"github.com/visavis-netcode/visavis/netcode/internal/source"
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

// relays are how two members who have no direct way to each other play through
// a third who reaches both. Each of the two asks the same members, in the order
// of their machines; one of these opens a passage when both have asked. All of it
// is said in states, not in steps, so nothing is lost when it is said twice or
// late. Owner: the mesh.
type relays struct {
	mesh   *Mesh
	keys   [wire.MaxMachines]link.Key // whom all of this is about
	stepAt time.Duration

	// What this machine asks of others, by whom it asks.
	asked   [wire.MaxMachines]uint16
	askedAt [wire.MaxMachines]time.Duration
	refused [wire.MaxMachines][wire.MaxMachines]time.Duration // until when; by whom, and to whom
	ways    []way                                             // at most one for each of them and each member

	// What others ask of this machine, by who asks.
	wants    [wire.MaxMachines]uint16
	told     [wire.MaxMachines]uint16        // about whom it has been refused
	asks     [wire.MaxMachines]source.Budget // of refusals that are said again
	passages []passage                       // at most relay.MaxChannels
	ended    [wire.MaxMachines][wire.MaxMachines]time.Duration
}

// Relays is what there is of that at a moment.
type Relays struct {
	Wants    [wire.MaxMachines]uint16 // what others ask, by who asks
	Ways     int                      // that others have granted
	Refused  [wire.MaxMachines][wire.MaxMachines]time.Duration
	Passages []relay.Channel // for others
}

// Relays returns what the machines of the mesh do for each other, as far as it is known here.
func (m *Mesh) Relays() Relays {
	s := &m.relays
	r := Relays{Wants: s.wants, Ways: len(s.ways), Refused: s.refused}
	for _, p := range s.passages {
		r.Passages = append(r.Passages, p.channel)
	}
	return r
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

// step asks others to pass packets on, and does so for them.
func (s *relays) step(now time.Duration) {
	if s.mesh.config.Finder == nil || now < s.stepAt {
		return
	}
	s.stepAt = now + relayPause
	for i, m := range s.mesh.peers {
		key := link.Key{}
		if m != nil {
			key = m.Key
		}
		if key != s.keys[i] {
			s.forget(i)
			s.keys[i] = key
		}
	}
	s.askHelpers(now)
	s.help(now)
}

// forget forgets everything about a place whose member has changed.
func (s *relays) forget(machine int) {
	s.dropWays(func(w way) bool { return int(w.by) == machine || int(w.to) == machine })
	s.endPassages(func(p passage) bool { return int(p.ends[0]) == machine || int(p.ends[1]) == machine }, wire.RefusalOver)
	s.asked[machine], s.wants[machine], s.told[machine] = 0, 0, 0
	for i := range s.mesh.peers {
		s.asked[i] &^= 1 << machine
		s.wants[i] &^= 1 << machine
		s.told[i] &^= 1 << machine
		s.refused[i][machine], s.refused[machine][i] = 0, 0
		s.ended[i][machine], s.ended[machine][i] = 0, 0
	}
}

// askHelpers asks, for each member to whom there is no direct way, those who
// reach both.
func (s *relays) askHelpers(now time.Duration) {
	var wanted [wire.MaxMachines]uint16
	for _, m := range s.mesh.peers {
		if m == nil || !s.mesh.config.Finder.WantsDetour(m.Key) {
			continue
		}
		asked := 0
		for _, h := range s.mesh.peers {
			if asked < maxHelpers && s.mayHelp(h, m, now) {
				wanted[h.Machine] |= 1 << m.Machine
				asked++
			}
		}
	}
	s.dropWays(func(w way) bool {
		return wanted[w.by]>>w.to&1 == 0 || virtualOf(s.mesh.peers[w.by]) != w.detour.Via
	})
	for i, h := range s.mesh.peers {
		again := wanted[i] != 0 && now-s.askedAt[i] >= askAgain
		if h == nil || h.conn == nil || wanted[i] == s.asked[i] && !again {
			continue
		}
		s.asked[i], s.askedAt[i] = wanted[i], now
		h.conn.Send(&wire.RelayAsk{Machines: wanted[i]})
		for _, w := range s.ways {
			if int(w.by) == i {
				s.mesh.config.Finder.AddDetour(w.detour) // in case that the search has begun anew
			}
		}
	}
}

// mayHelp reports whether a member may be able to pass packets on to another.
func (s *relays) mayHelp(h, to *peer, now time.Duration) bool {
	return h != nil && h.Machine != to.Machine && h.Linked>>to.Machine&1 != 0 &&
		s.direct(h) && now >= s.refused[h.Machine][to.Machine]
}

// direct reports whether the link to a member leads straight to it.
func (s *relays) direct(m *peer) bool {
	if m == nil || m.conn == nil || !virtualOf(m).IsValid() {
		return false
	}
	return !s.mesh.Kind(m.Machine, m.conn, pathfinder.NoPath).Relayed()
}

// virtualOf is the address of a member on this machine's socket: see
// pathconn.Conn.Virtual. It is invalid without a link.
func virtualOf(m *peer) (virtual netip.AddrPort) {
	if m == nil || m.conn == nil || m.conn.Link.State() != link.Open {
		return virtual
	}
	return m.conn.Link.Virtual()
}

// answerCame takes a member's word about passing packets on.
func (s *relays) answerCame(by uint8, m *wire.RelayWay) {
	if s.mesh.config.Finder == nil || m.Machine == by || s.asked[by]>>m.Machine&1 == 0 || s.mesh.peers[m.Machine] == nil {
		return // nobody asked, or not any more
	}
	s.dropWays(func(w way) bool { return w.by == by && w.to == m.Machine })
	switch {
	case m.Header == [8]byte{}:
		switch m.Refusal {
		case wire.RefusalUnwilling, wire.RefusalFull:
			s.refused[by][m.Machine] = s.mesh.now() + refusedFor
		case wire.RefusalIndirect:
			s.refused[by][m.Machine] = s.mesh.now() + indirectFor
		}
	case m.Header[0] == relay.FirstByte:
		w := way{by: by, to: m.Machine, detour: pathfinder.Detour{
			To: s.mesh.peers[m.Machine].Key, Via: virtualOf(s.mesh.peers[by]), Header: m.Header, Name: s.mesh.owner.Name(by)}}
		s.ways = append(s.ways, w)
		s.mesh.config.Finder.AddDetour(w.detour)
	}
}

func (s *relays) dropWays(gone func(way) bool) {
	s.ways = slices.DeleteFunc(s.ways, func(w way) bool {
		if gone(w) {
			s.mesh.config.Finder.RemoveDetour(w.detour)
			return true
		}
		return false
	})
}

// askCame takes a member's wish that packets be passed on.
func (s *relays) askCame(by uint8, m *wire.RelayAsk) {
	s.wants[by] = m.Machines &^ (1<<by | 1<<s.mesh.me)
	if s.asks[by].Take(s.mesh.now(), askCost, askBurst) {
		s.told[by] = 0
	}
}

// help opens passages for those who both want one, and ends those that are not
// wanted or not possible any more.
func (s *relays) help(now time.Duration) {
	s.endPassages(func(p passage) bool {
		return !s.wanted(p.ends[0], p.ends[1])
	}, wire.RefusalOver)
	s.endPassages(func(p passage) bool {
		a, b := s.mesh.peers[p.ends[0]], s.mesh.peers[p.ends[1]]
		return !s.direct(a) || !s.direct(b) || virtualOf(a) != p.virtuals[0] || virtualOf(b) != p.virtuals[1]
	}, wire.RefusalIndirect)
	for a := range s.mesh.peers {
		for b := range s.mesh.peers {
			if s.wants[a]>>b&1 == 0 || s.told[a]>>b&1 != 0 {
				continue
			}
			why := s.unhelpful(s.mesh.peers[a], s.mesh.peers[b])
			if why == 0 && a < b && s.wanted(uint8(a), uint8(b)) && now >= s.ended[a][b] && !s.passageOpen(uint8(a), uint8(b)) {
				why = s.openPassage(s.mesh.peers[a], s.mesh.peers[b])
			}
			if why != 0 {
				s.told[a] |= 1 << b
				s.answerAsk(a, b, wire.RelayWay{Refusal: why})
			}
		}
	}
}

// wanted reports whether two have both asked.
func (s *relays) wanted(a, b uint8) bool { return s.wants[a]>>b&1 != 0 && s.wants[b]>>a&1 != 0 }

// unhelpful is why this machine does not pass packets on between two, 0 if it
// does.
func (s *relays) unhelpful(a, b *peer) wire.Refusal {
	switch {
	case s.mesh.config.Forwarder == nil:
		return wire.RefusalUnwilling
	case !s.direct(a) || !s.direct(b):
		return wire.RefusalIndirect
	}
	return 0
}

func (s *relays) passageOpen(a, b uint8) bool {
	return slices.ContainsFunc(s.passages, func(p passage) bool { return p.ends == [2]uint8{a, b} })
}

func (s *relays) openPassage(a, b *peer) wire.Refusal {
	p := passage{ends: [2]uint8{a.Machine, b.Machine}, virtuals: [2]netip.AddrPort{virtualOf(a), virtualOf(b)}}
	channel, err := s.mesh.config.Forwarder.Open(p.virtuals[0], p.virtuals[1])
	if err != nil {
		return wire.RefusalFull
	}
	p.channel = channel
	s.passages = append(s.passages, p)
	for i, machine := range p.ends {
		s.answerAsk(int(machine), int(p.ends[1-i]), wire.RelayWay{Header: channel.Headers[i]})
	}
	return 0
}

// endPassages closes passages and tells both why.
func (s *relays) endPassages(over func(passage) bool, why wire.Refusal) {
	s.passages = slices.DeleteFunc(s.passages, func(p passage) bool {
		if !over(p) {
			return false
		}
		s.mesh.config.Forwarder.Close(p.channel)
		s.ended[p.ends[0]][p.ends[1]] = s.mesh.now() + passagePause
		for i, machine := range p.ends {
			s.answerAsk(int(machine), int(p.ends[1-i]), wire.RelayWay{Refusal: why})
		}
		return true
	})
}

func (s *relays) answerAsk(to, about int, answer wire.RelayWay) {
	if m := s.mesh.peers[to]; m != nil {
		answer.Machine = uint8(about)
		m.conn.Send(&answer)
	}
}

// end ends all of it with the mesh.
func (s *relays) end() {
	if s.mesh.config.Finder == nil {
		return
	}
	s.dropWays(func(way) bool { return true })
	s.endPassages(func(passage) bool { return true }, wire.RefusalOver)
}
