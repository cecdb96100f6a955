package nat

import (
	"cmp"
	"math/rand/v2"
	"net/netip"
	"slices"
	"time"
)

// GatherConfig says what a Gather starts from.
type GatherConfig struct {
	// Servers are STUN servers in the order of asking; see SetServers.
	Servers []netip.AddrPort
	// Hosts are the candidates of our own interfaces: see HostCandidates.
	Hosts []Candidate
	// Seed of the transaction ids, from crypto/rand: whoever can guess it can
	// make us believe in a false public address.
	Seed uint64
}

const (
	maxServers = 12 // that we are told to ask; further ones are ignored
	// askAtOnce is how many servers of one family are asked at a time: three can
	// outvote one that is wrong.
	askAtOnce = 3
	// nextWave is when the next three are asked if these leave something open.
	nextWave = 500 * time.Millisecond
	// gatherLimit is how long a server is waited for. It may answer later.
	gatherLimit = 1500 * time.Millisecond
	// blockedAfter is when silence of all means that UDP does not get out. Some
	// networks take two seconds for a packet; an answer that is later still undoes
	// it.
	blockedAfter = 3 * time.Second
	// maxHint is how many packets go to an address that only a server names and
	// that has never answered, in all: it may be somebody else's.
	maxHint = 3
)

// When a server is asked again that has not answered.
var askAt = [...]time.Duration{0, 100 * time.Millisecond, 250 * time.Millisecond, 500 * time.Millisecond, time.Second, 2 * time.Second}

// Gather finds out our public addresses and the router's behaviour by asking
// STUN servers from the main socket. Like Punch it is a state machine without
// socket or clock. Its offer is usable, if poorer, before it is done.
type Gather struct {
	config  GatherConfig
	rand    *rand.Rand
	servers []server      // at most maxServers and a second address of each
	turn    [2]int        // of each family: which of its servers is asked first
	began   time.Duration // of the round
	now     time.Duration // of the last Advance
	before  []Observation // what was known before it
	mapped  []Candidate
	done    bool
	blocked bool
	sends   []Send
}

// server is one address to ask.
type server struct {
	addr  netip.AddrPort
	by    netip.Addr // the server that has named this address, zero if we knew it
	spent int        // packets ever sent there, of an address that was named and never answered

	// In this round:
	id     TxID
	due    time.Duration // Never if it is not asked
	spare  bool          // asked only if the others leave something open
	asked  int           // times
	heard  bool
	public netip.AddrPort // zero if it gave none that can be true
}

// NewGather begins to ask.
func NewGather(config GatherConfig, now time.Duration) *Gather {
	var seed [32]byte
	for i := range 8 {
		seed[i] = byte(config.Seed >> (8 * i))
	}
	g := &Gather{config: config, rand: rand.New(rand.NewChaCha8(seed)), began: now}
	g.SetServers(now, config.Servers)
	return g
}

// SetServers says which STUN servers to ask from now on, at most twelve, which
// should have different addresses. Three of each family are asked at a time, and
// the next three if those leave something open. A port of a server counts as a
// server of its own where our router is concerned, which sees a new flow, but not
// in a vote. What those have said that stay is kept.
func (g *Gather) SetServers(now time.Duration, list []netip.AddrPort) {
	list = slices.Clone(list[:min(len(list), maxServers)])
	for i, addr := range list {
		list[i] = netip.AddrPortFrom(addr.Addr().Unmap(), addr.Port())
	}
	kept := g.servers[:0]
	for _, s := range g.servers {
		owner := func(a netip.AddrPort) bool { return a.Addr() == s.by }
		if slices.Contains(list, s.addr) || slices.ContainsFunc(list, owner) {
			kept = append(kept, s)
		}
	}
	g.servers = kept
	for _, addr := range list {
		if i := g.index(addr); i >= 0 {
			g.servers[i].by = netip.Addr{} // no hint any more
			continue
		}
		g.servers = append(g.servers, server{addr: addr, due: Never})
	}
	if g.count(func(s *server) bool { return s.asked > 0 }) == 0 {
		g.began, g.blocked = now, false
	}
	g.plan(now)
	g.Advance(now)
}

func (g *Gather) index(addr netip.AddrPort) int {
	return slices.IndexFunc(g.servers, func(s server) bool { return s.addr == addr })
}

func (g *Gather) count(which func(*server) bool) (n int) {
	for i := range g.servers {
		if which(&g.servers[i]) {
			n++
		}
	}
	return n
}

// Restart asks again: after EventRestun, and where the mapping must stay alive
// every 15 s. It asks other servers if there are more, because a flow to an old
// one keeps its old port and would show nothing new. What was known stays until
// the round is done, and longer if that is the poorer for silence only. After a
// change of network begin with a new Gather.
func (g *Gather) Restart(now time.Duration) {
	g.before = g.known()
	for i := range g.servers {
		s := &g.servers[i]
		s.due, s.spare, s.asked, s.heard, s.public = Never, false, 0, false, netip.AddrPort{}
	}
	for f, four := range []bool{true, false} {
		if n := g.count(func(s *server) bool { return !s.by.IsValid() && s.addr.Addr().Is4() == four }); n > askAtOnce {
			g.turn[f] = (g.turn[f] + askAtOnce) % n
		}
	}
	g.began = now
	g.plan(now)
	g.Advance(now)
}

// plan says when those are asked that have no time yet: three of each family now,
// the next three a wave later, and so on.
func (g *Gather) plan(now time.Duration) {
	placed := 0
	for f, four := range []bool{true, false} {
		var list []*server
		for i := range g.servers {
			if s := &g.servers[i]; !s.by.IsValid() && s.addr.Addr().Is4() == four {
				list = append(list, s)
			}
		}
		for k := range list {
			s := list[(g.turn[f]+k)%len(list)]
			if s.due != Never {
				continue
			}
			// One after the other, so that counted ports come in order.
			g.schedule(s, now+time.Duration(placed)*time.Millisecond+time.Duration(k/askAtOnce)*nextWave, k >= askAtOnce)
			placed++
		}
	}
	g.done = len(g.servers) == 0
}

func (g *Gather) schedule(s *server, due time.Duration, spare bool) {
	s.due, s.spare = due, spare
	for k := range s.id {
		s.id[k] = byte(g.rand.Uint32())
	}
}

// found lists the answers of this round in the order of asking.
func (g *Gather) found() (list []Observation) {
	var answered []*server
	for i := range g.servers {
		if s := &g.servers[i]; s.public.IsValid() {
			answered = append(answered, s)
		}
	}
	slices.SortStableFunc(answered, func(a, b *server) int { return cmp.Compare(a.due, b.due) })
	for _, s := range answered {
		list = append(list, Observation{Server: s.addr, Public: s.public, By: s.by})
	}
	return list
}

// known is what this round has found out, or what is left of the one before.
func (g *Gather) known() []Observation {
	found := g.found()
	old := func(o Observation) bool {
		return slices.ContainsFunc(g.before, func(b Observation) bool { return b.Public == o.Public })
	}
	poorer := len(found) < len(g.before) && len(keep(found, old)) == len(found)
	if len(g.before) > 0 && (!g.done || poorer) {
		return g.before
	}
	return found
}

// AddMapped adds a port that the router forwards to our main socket.
func (g *Gather) AddMapped(public netip.AddrPort) {
	c := Candidate{KindMapped, public}
	if c.valid() && !slices.Contains(g.mapped, c) && len(g.mapped) < 4 {
		g.mapped = append(g.mapped, c)
	}
}

// Packet takes an answer of a STUN server and says whether it was one that we
// waited for. A late one counts, until the next round.
func (g *Gather) Packet(now time.Duration, from netip.AddrPort, b []byte) bool {
	answer, err := ParseSTUNAnswer(b)
	if err != nil {
		return false
	}
	i := g.index(netip.AddrPortFrom(from.Addr().Unmap(), from.Port()))
	if i < 0 || g.servers[i].asked == 0 || g.servers[i].id != answer.ID || g.servers[i].heard {
		return false
	}
	s := &g.servers[i]
	s.heard, s.spent = true, 0
	g.blocked = false
	if credible(s.addr, answer.Public) {
		s.public = answer.Public
	}
	g.hint(now, *s, answer.Other)
	g.Advance(now)
	return true
}

// hint takes the second address that a server names: at its own IP address, or at
// another one on the internet if the server is there too. Each server may name
// one, once and for all.
func (g *Gather) hint(now time.Duration, s server, other netip.AddrPort) {
	if other.Addr().IsUnspecified() { // a server that does not know its own address means the one we asked
		other = netip.AddrPortFrom(s.addr.Addr(), other.Port())
	}
	four := s.addr.Addr().Is4()
	asked := g.count(func(o *server) bool { return !o.by.IsValid() && o.addr.Addr().Is4() == four })
	due, spare := now, asked >= askAtOnce
	if spare {
		due += nextWave
	}
	named := g.named(s.addr.Addr())
	switch {
	case s.by.IsValid():
	case named != nil:
		if named.addr == other && named.due == Never {
			g.schedule(named, due, spare)
		}
	case g.index(other) < 0 && admissible(s.addr.Addr(), other):
		g.servers = append(g.servers, server{addr: other, by: s.addr.Addr()})
		g.schedule(g.named(s.addr.Addr()), due, spare)
	}
}

// named is the second address of a server, nil if it has named none.
func (g *Gather) named(by netip.Addr) *server {
	for i := range g.servers {
		if g.servers[i].by == by {
			return &g.servers[i]
		}
	}
	return nil
}

// admissible says whether we ask at an address that a server names.
func admissible(by netip.Addr, other netip.AddrPort) bool {
	addr := other.Addr()
	return other.Port() != 0 && (addr == by ||
		addr.BitLen() == by.BitLen() && reachable(addr, false) && !inside(addr) && !inside(by))
}

// credible says whether a server can have seen such an address. One on the
// internet sees none that homes and carriers use inside.
func credible(server, public netip.AddrPort) bool {
	return public.Port() != 0 && reachable(public.Addr(), true) && public != server &&
		public.Addr().BitLen() == server.Addr().BitLen() && (!inside(public.Addr()) || inside(server.Addr()))
}

// enough says whether the servers of a family that have answered can outvote one
// that is wrong.
func (g *Gather) enough(four bool) bool {
	n := g.count(func(s *server) bool { return !s.by.IsValid() && s.public.IsValid() && s.addr.Addr().Is4() == four })
	return n >= askAtOnce
}

// closed says whether nothing is waited for from a server.
func (g *Gather) closed(s *server, now time.Duration) bool {
	return s.due == Never || s.heard || now >= s.due+gatherLimit || s.spare && g.enough(s.addr.Addr().Is4()) ||
		s.asked == 0 && s.by.IsValid() && s.spent >= maxHint
}

// Advance asks those servers that are due.
func (g *Gather) Advance(now time.Duration) {
	g.now = now
	open := false
	for i := range g.servers {
		s := &g.servers[i]
		for g.more(s) && s.due+askAt[s.asked] <= now {
			s.asked++
			if s.by.IsValid() {
				s.spent++
			}
			g.sends = append(g.sends, Send{To: s.addr, Data: STUNRequest(s.id)})
		}
		open = open || !g.closed(s, now)
	}
	g.done = !open
	heard := g.count(func(s *server) bool { return s.heard }) > 0
	g.blocked = !heard && len(g.servers) > 0 && now >= g.began+blockedAfter || g.blocked && !heard
}

// more says whether a server may be asked again.
func (g *Gather) more(s *server) bool {
	return s.due != Never && !s.heard && s.asked < len(askAt) && !(s.by.IsValid() && s.spent >= maxHint) &&
		!(s.spare && g.enough(s.addr.Addr().Is4()))
}

// Done says whether all servers have answered or had time enough. An answer may
// still come, and Blocked be true later.
func (g *Gather) Done() bool { return g.done }

// Blocked says whether none has answered for so long that UDP seems not to get
// out.
func (g *Gather) Blocked() bool { return g.blocked }

// Next says when Advance should be called, Never when there is nothing to wait for.
func (g *Gather) Next() time.Duration {
	next := Never
	heard := false
	for i := range g.servers {
		s := &g.servers[i]
		heard = heard || s.heard
		if g.more(s) {
			next = min(next, s.due+askAt[s.asked])
		}
		if !g.closed(s, g.now) {
			next = min(next, s.due+gatherLimit)
		}
	}
	if !heard && !g.blocked && len(g.servers) > 0 {
		next = min(next, g.began+blockedAfter)
	}
	return next
}

// AppendSends appends the requests to send and forgets them.
func (g *Gather) AppendSends(dst []Send) []Send {
	dst = append(dst, g.sends...)
	g.sends = g.sends[:0]
	return dst
}

// Offer is what we know by now: at most eight addresses of our own, then
// mapped ports, then what the servers saw, of random ports the last only. What most
// servers contradict comes last: most may be wrong.
func (g *Gather) Offer() Offer {
	var o Offer
	o.Candidates = append(o.Candidates, g.config.Hosts[:min(len(g.config.Hosts), MaxHosts)]...)
	o.Candidates = append(o.Candidates, g.mapped...)
	var local []netip.AddrPort
	for _, c := range g.config.Hosts {
		local = append(local, c.Addr)
	}
	known := g.known()
	four := keep(known, func(o Observation) bool { return o.Public.Addr().Is4() })
	six := keep(known, func(o Observation) bool { return o.Public.Addr().Is6() })
	o.Descriptor = Describe(local, four, g.blocked)
	if len(four) == 0 && len(six) > 0 {
		o.Descriptor = Describe(local, six, g.blocked)
	}
	o.Descriptor.PortMapped = len(g.mapped) > 0
	for _, list := range [][]Observation{believed(four), believed(six), four, six} {
		for k := len(list) - 1; k >= 0; k-- {
			addr := list[k].Public
			known := func(c Candidate) bool {
				return c.Addr == addr || c.Kind == KindReflexive && c.Addr.Addr() == addr.Addr()
			}
			if !slices.ContainsFunc(o.Candidates, known) && len(o.Candidates) < MaxCandidates {
				o.Candidates = append(o.Candidates, Candidate{KindReflexive, addr})
			}
		}
	}
	return o
}

// keep returns the answers that pass.
func keep(answers []Observation, pass func(Observation) bool) (list []Observation) {
	for _, o := range answers {
		if pass(o) {
			list = append(list, o)
		}
	}
	return list
}
