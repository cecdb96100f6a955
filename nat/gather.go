package nat

import (
	"math/rand/v2"
	"net/netip"
	"slices"
	"time"
)

// GatherConfig says what a Gather starts from.
type GatherConfig struct {
	// Servers are STUN servers in the order of asking. Three are asked at a
	// time, which should have different addresses; Restart goes on with the
	// next three. A port of a server counts as a server of its own there: what
	// matters is that our router sees a new flow. Those beyond the twelfth are
	// ignored.
	Servers []netip.AddrPort
	// Hosts are the candidates of our own interfaces: see HostCandidates.
	Hosts []Candidate
	// Seed of the transaction ids, from crypto/rand: whoever can guess it can
	// make us believe in a false public address.
	Seed uint64
}

const (
	maxServers  = 12
	askAtOnce   = 3
	gatherLimit = 1500 * time.Millisecond // a server that has not answered by then is silent
)

// When a server is asked again that has not answered.
var askAt = [...]time.Duration{0, 100 * time.Millisecond, 250 * time.Millisecond, 500 * time.Millisecond, time.Second}

// Gather finds out our public addresses and the router's behaviour by asking
// STUN servers from the main socket. Like Punch it is a state machine without
// socket or clock. Its offer is usable, if poorer, before it is done.
type Gather struct {
	config  GatherConfig
	rand    *rand.Rand
	servers []server      // asked in this round
	first   int           // of them in the configuration
	before  []Observation // what the round before found out
	mapped  []Candidate
	done    bool
	sends   []Send
}

type server struct {
	addr     netip.AddrPort
	id       TxID
	began    time.Duration
	asked    int // times in this round
	answered bool
	public   netip.AddrPort
}

// NewGather begins to ask.
func NewGather(config GatherConfig, now time.Duration) *Gather {
	var seed [32]byte
	for i := range 8 {
		seed[i] = byte(config.Seed >> (8 * i))
	}
	g := &Gather{config: config, rand: rand.New(rand.NewChaCha8(seed))}
	g.config.Servers = config.Servers[:min(len(config.Servers), maxServers)]
	g.ask(now)
	return g
}

// Restart asks again: after EventRestun, and where the mapping must stay alive
// every 15 s. It asks other servers if there are more, because a flow to an old
// one keeps its old port and would show nothing new. What was known stays until
// the round is done. After a change of network begin with a new Gather.
func (g *Gather) Restart(now time.Duration) {
	if found := g.found(); len(found) > 0 {
		g.before = found
	}
	if g.first += askAtOnce; g.first >= len(g.config.Servers) {
		g.first = 0
	}
	g.ask(now)
}

// ask begins a round.
func (g *Gather) ask(now time.Duration) {
	g.servers = g.servers[:0]
	end := min(g.first+askAtOnce, len(g.config.Servers))
	for i, addr := range g.config.Servers[g.first:end] {
		// One after the other, so that counted ports come in order.
		s := server{addr: netip.AddrPortFrom(addr.Addr().Unmap(), addr.Port()), began: now + time.Duration(i)*time.Millisecond}
		for k := range s.id {
			s.id[k] = byte(g.rand.Uint32())
		}
		g.servers = append(g.servers, s)
	}
	g.done = len(g.servers) == 0
	g.Advance(now)
}

// found lists the answers of this round.
func (g *Gather) found() (list []Observation) {
	for _, s := range g.servers {
		if s.answered {
			list = append(list, Observation{s.addr, s.public})
		}
	}
	return list
}

// AddMapped adds a port that the router forwards to our main socket.
func (g *Gather) AddMapped(public netip.AddrPort) {
	c := Candidate{KindMapped, public}
	if c.valid() && !slices.Contains(g.mapped, c) && len(g.mapped) < 4 {
		g.mapped = append(g.mapped, c)
	}
}

// Packet takes an answer of a STUN server and says whether it was one that we
// waited for.
func (g *Gather) Packet(from netip.AddrPort, b []byte) bool {
	id, public, err := ParseSTUNResponse(b)
	if err != nil {
		return false
	}
	from = netip.AddrPortFrom(from.Addr().Unmap(), from.Port())
	for i := range g.servers {
		s := &g.servers[i]
		if s.addr == from && s.id == id && s.asked > 0 && !s.answered && reachable(public.Addr(), true) && public.Port() != 0 {
			s.answered, s.public = true, public
			g.done = !slices.ContainsFunc(g.servers, func(s server) bool { return !s.answered })
			return true
		}
	}
	return false
}

// Advance asks those servers that are due.
func (g *Gather) Advance(now time.Duration) {
	if g.done {
		return
	}
	open := false
	for i := range g.servers {
		s := &g.servers[i]
		for !s.answered && s.asked < len(askAt) && s.began+askAt[s.asked] <= now {
			s.asked++
			g.sends = append(g.sends, Send{To: s.addr, Data: STUNRequest(s.id)})
		}
		open = open || !s.answered
	}
	open = open && now < g.servers[len(g.servers)-1].began+gatherLimit
	g.done = !open
}

// Done says whether all servers have answered or had time enough.
func (g *Gather) Done() bool { return g.done }

// Next says when Advance should be called, Never when done.
func (g *Gather) Next() time.Duration {
	next := Never
	if g.done {
		return next
	}
	for _, s := range g.servers {
		switch {
		case s.answered:
		case s.asked < len(askAt):
			next = min(next, s.began+askAt[s.asked])
		default:
			// Of the last server asked: Advance is done with all at once.
			next = min(next, g.servers[len(g.servers)-1].began+gatherLimit)
		}
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
// mapped ports, then what the servers saw, of random ports the last only.
func (g *Gather) Offer() Offer {
	var o Offer
	o.Candidates = append(o.Candidates, g.config.Hosts[:min(len(g.config.Hosts), MaxHosts)]...)
	o.Candidates = append(o.Candidates, g.mapped...)
	var local []netip.AddrPort
	for _, c := range g.config.Hosts {
		local = append(local, c.Addr)
	}
	found, asked := g.found(), 0
	if len(g.before) > 0 && (!g.done || len(found) == 0) {
		found = g.before
	}
	if g.done {
		asked = len(g.servers)
	}
	var four, six []Observation
	for _, o := range found {
		if o.Public.Addr().Is6() {
			six = append(six, o)
		} else {
			four = append(four, o)
		}
	}
	o.Descriptor = Describe(local, four, asked)
	if len(four) == 0 && len(six) > 0 {
		o.Descriptor = Describe(local, six, asked)
	}
	o.Descriptor.PortMapped = len(g.mapped) > 0
	for _, list := range [][]Observation{four, six} {
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
