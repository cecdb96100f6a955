//go:build !race

package nat_test

import (
	"net/netip"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/visavis-netcode/visavis/nat"
	"github.com/visavis-netcode/visavis/nat/nat64"
	"github.com/visavis-netcode/visavis/nat/natsim"
)

// signalling is how long an offer takes from one player to the other.
const signalling = 60 * time.Millisecond

// player owns a Punch as a game does: sockets, STUN, a clock and a signalling
// channel, here all simulated.
type player struct {
	sim     *natsim.Sim
	host    *natsim.Host
	sockets map[int]*natsim.Socket
	gather  *nat.Gather
	offer   nat.Offer // what the peer was told last
	punch   *nat.Punch
	peer    *player
	prefix  netip.Prefix // behind which IPv4 is reached; zero where there is IPv4
	spares  nat.Restraint

	started  time.Duration
	foundAt  time.Duration // Never before
	failedAt time.Duration
	relayAt  time.Duration
	restuns  int
	most     int // sockets open at once
	payload  int // packets of the game that arrived
	knocks   int // that arrived
	asked    bool
	vouched  bool

	events []nat.Event
	sends  []nat.Send
}

// newPlayer binds the main socket and asks the servers.
func newPlayer(sim *natsim.Sim, home *natsim.Home, host int, four, six []netip.AddrPort, seed uint64) *player {
	p := &player{sim: sim, host: home.Hosts[host], sockets: map[int]*natsim.Socket{},
		foundAt: nat.Never, failedAt: nat.Never, relayAt: nat.Never}
	main := p.open(0)
	own := p.host.Addrs()
	hosts := nat.HostCandidates([]nat.Interface{{Name: "eth0", Addrs: own}}, main.Addr().Port())
	var servers []netip.AddrPort
	if own[0].Is4() || strings.HasPrefix(home.Name, "nat64") {
		servers = slices.Clone(four)
	}
	if !own[0].Is4() && servers != nil {
		p.prefix = nat64.WellKnown
	}
	if own[len(own)-1].Is6() {
		for i, server := range six { // after each of the other family
			servers = slices.Insert(servers, min(2*i+1, len(servers)), server)
		}
	}
	p.gather = nat.NewGather(nat.GatherConfig{Servers: servers, Hosts: hosts, Seed: seed}, sim.Now())
	if home.Router != nil {
		if public, err := home.Router.Map(main.Addr(), 0); err == nil {
			p.gather.AddMapped(public)
		}
	}
	p.flush()
	return p
}

func (p *player) open(i int) *natsim.Socket {
	socket := p.host.Listen(0)
	p.sockets[i] = socket
	p.most = max(p.most, len(p.sockets))
	socket.OnPacket = func(from netip.AddrPort, b []byte) {
		if four, ok := nat64.Unmap(p.prefix, from.Addr()); ok {
			from = netip.AddrPortFrom(four, from.Port())
		}
		switch {
		case string(b) == payload:
			p.payload++
		case i == 0 && string(b) == knock:
			p.knocked(from)
		case i == 0 && p.gather.Packet(p.sim.Now(), from, b):
		case p.punch != nil:
			p.punch.Packet(p.sim.Now(), i, from, b)
		}
		p.flush()
	}
	return socket
}

const (
	payload = "\xffgame"
	knock   = "#let me in"
)

// knocked is a host who has learnt of its guest by a knock.
func (p *player) knocked(from netip.AddrPort) {
	if p.knocks++; p.knocks == 1 {
		p.learn(p.peer.offer)
	}
	p.punch.Knocked(p.sim.Now(), from)
}

// learn gives the peer's offer to the punch, after the server's word on where it
// sees the peer.
func (p *player) learn(o nat.Offer) {
	for _, kind := range []nat.Kind{nat.KindReflexive, nat.KindHost} {
		for _, c := range o.Candidates {
			if c.Kind == kind && !c.Addr.Addr().IsPrivate() && !p.vouched {
				p.vouched = true
				p.spares.Vouch(p.sim.Now(), c.Addr.Addr())
			}
		}
	}
	p.punch.Learn(p.sim.Now(), o)
	p.flush()
}

// next is when advance wants to be called.
func (p *player) next() time.Duration {
	next := p.gather.Next()
	if p.punch != nil {
		next = min(next, p.punch.Next())
	}
	return next
}

func (p *player) advance() {
	p.gather.Advance(p.sim.Now())
	if p.punch != nil {
		p.punch.Advance(p.sim.Now())
	}
	p.flush()
}

// flush carries out what the machines want.
func (p *player) flush() {
	p.sends = p.gather.AppendSends(p.sends[:0])
	if p.punch != nil {
		p.events = p.punch.AppendEvents(p.events[:0])
		for _, e := range p.events {
			p.handle(e)
		}
		p.sends = p.punch.AppendSends(p.sends)
	}
	for _, s := range p.sends {
		p.send(s.Socket, s.To, s.TTL, s.Data)
	}
	if p.asked && p.gather.Done() {
		p.asked = false
		if o := p.gather.Offer(); !reflect.DeepEqual(o, p.offer) {
			p.offer = o
			p.sim.At(p.sim.Now()+signalling, func() { p.peer.learn(o) })
		}
	}
}

func (p *player) send(number int, to netip.AddrPort, ttl int, b []byte) {
	if six, ok := nat64.Map(p.prefix, to.Addr()); ok {
		to = netip.AddrPortFrom(six, to.Port())
	}
	if socket := p.sockets[number]; socket != nil {
		socket.Send(to, ttl, b)
	}
}

func (p *player) handle(e nat.Event) {
	now := p.sim.Now()
	switch e.Kind {
	case nat.EventPath:
		p.foundAt = min(p.foundAt, now)
	case nat.EventFailed:
		p.failedAt = min(p.failedAt, now)
	case nat.EventRelay:
		p.relayAt = min(p.relayAt, now)
	case nat.EventRestun:
		p.restuns++
		p.asked = true
		p.gather.Restart(now)
	case nat.EventOpenSockets:
		for i := range e.Sockets - 1 {
			p.open(e.First + i)
		}
	case nat.EventCloseSockets:
		for i, socket := range p.sockets {
			if i != 0 && !slices.Contains(e.Keep, i) {
				socket.Close()
				delete(p.sockets, i)
			}
		}
	}
}

// scene is two players who gather, tell each other and punch.
type scene struct {
	sim     *natsim.Sim
	players [2]*player
	steps   int
}

// trial says how to run a scene.
type trial struct {
	kinds   [2]string
	first   int // who learns first
	skew    time.Duration
	seed    uint64
	plain   bool
	options natsim.Options
	change  func(*nat.PunchConfig) // last word on both configurations
}

// specials are scenes of two players that share a router.
var specials = []string{"one-router", "one-router+hairpin", "one-symmetric-router",
	"one-carrier", "one-carrier+hairpin", "one-blocked-router"}

// homes builds what the trial names: two kinds of home, or a special scene.
func (tr trial) homes(sim *natsim.Sim) (homes [2]*natsim.Home, hosts [2]int) {
	o := tr.options
	shared := func(kind string) *natsim.Home {
		o.Hosts = 2
		return sim.Home(kind, o)
	}
	switch tr.kinds[0] {
	case "one-router", "one-router+hairpin":
		o.Hairpin = tr.kinds[0] != "one-router"
		home := shared("portrestricted")
		return [2]*natsim.Home{home, home}, [2]int{0, 1}
	case "one-symmetric-router":
		home := shared("symmetric")
		return [2]*natsim.Home{home, home}, [2]int{0, 1}
	case "one-blocked-router":
		home := shared("udp-blocked")
		return [2]*natsim.Home{home, home}, [2]int{0, 1}
	case "one-carrier", "one-carrier+hairpin":
		o.Carrier = sim.Carrier("portrestricted", natsim.Options{Hairpin: tr.kinds[0] != "one-carrier"})
		return [2]*natsim.Home{sim.Home("portrestricted", o), sim.Home("portrestricted", o)}, hosts
	}
	for i, kind := range tr.kinds {
		kind, six, _ := strings.Cut(kind, "+")
		o.IPv6 = map[string]natsim.IPv6{"": natsim.NoIPv6, "v6": natsim.FirewallIPv6, "v6-open": natsim.OpenIPv6}[six]
		homes[i] = sim.Home(kind, o)
	}
	return homes, hosts
}

// newScene gathers on both sides; it ends when both offers are ready.
func newScene(tr trial) *scene {
	sim := natsim.New(tr.seed)
	homes, hosts := tr.homes(sim)
	var four, six []netip.AddrPort
	for range 6 { // three for the first round, three for a renewed one
		four, six = append(four, sim.STUNServer()), append(six, sim.STUNServer6())
	}
	s := &scene{sim: sim}
	for i := range s.players {
		s.players[i] = newPlayer(sim, homes[i], hosts[i], four, six, tr.seed*2+uint64(i))
	}
	knows := func(p *player) bool {
		return p.gather.Done() && (p.gather.Blocked() || p.gather.Offer().Descriptor.Mapping != nat.MappingUnknown)
	}
	for !knows(s.players[0]) || !knows(s.players[1]) {
		s.step()
	}
	a, b := s.players[0], s.players[1]
	a.peer, b.peer = b, a
	keys := [2][32]byte{{1}, {2}}
	for i, p := range s.players {
		p.offer = p.gather.Offer()
		config := nat.PunchConfig{Secret: []byte("0123456789abcdef"), LocalKey: keys[i], RemoteKey: keys[1-i],
			Local: p.offer, LearntFirst: i == tr.first, Seed: tr.seed*2 + uint64(i), Plain: tr.plain, Restraint: &p.spares}
		if tr.change != nil {
			tr.change(&config)
		}
		var err error
		if p.punch, err = nat.NewPunch(config, sim.Now()); err != nil {
			panic(err)
		}
	}
	return s
}

// step lets the next thing happen, whoever it concerns.
func (s *scene) step() {
	if s.steps++; s.steps > 1e6 {
		panic("nat_test: a machine wants to be advanced again and again")
	}
	next := s.sim.Next()
	for _, p := range s.players {
		next = min(next, p.next())
	}
	s.sim.Run(max(next, s.sim.Now()))
	for _, p := range s.players {
		if p.next() <= s.sim.Now() {
			p.advance()
		}
	}
}

// next is when anything happens.
func (s *scene) next() time.Duration {
	return min(s.sim.Next(), s.players[0].next(), s.players[1].next())
}

// begin schedules that both learn each other's offer.
func (s *scene) begin(tr trial) {
	first, last := s.players[tr.first], s.players[1-tr.first]
	first.started, last.started = s.sim.Now(), s.sim.Now()+tr.skew
	first.learn(last.offer)
	s.sim.At(last.started, func() { last.learn(first.offer) })
}

// result is what came out of one trial. Times count from when the later
// player had learnt the other's offer.
type result struct {
	direct bool          // both have a path, and a packet of the game went each way
	found  time.Duration // when the first of them had
	both   time.Duration // when both had
	gaveUp time.Duration // when both had given up, if not direct
	probes int
}

// run plays a whole trial.
func (tr trial) run() (result, *scene) {
	s := newScene(tr)
	s.begin(tr)
	a, b := s.players[0], s.players[1]
	origin := s.sim.Now() + tr.skew
	settled := func(p *player) bool { return p.foundAt != nat.Never || p.failedAt != nat.Never }
	for limit := origin + 10*time.Second; s.sim.Now() < limit && (!settled(a) || !settled(b)) && s.next() != nat.Never; {
		s.step()
	}
	// Late answers and better paths.
	for until := s.sim.Now() + 700*time.Millisecond; s.next() <= until; {
		s.step()
	}
	r := result{probes: a.punch.Stats().Probes + b.punch.Stats().Probes,
		found: min(a.foundAt, b.foundAt) - origin, both: max(a.foundAt, b.foundAt) - origin,
		gaveUp: max(a.failedAt, b.failedAt) - origin}
	for _, p := range s.players {
		if path, ok := p.punch.Path(); ok && p.sockets[path.Socket] != nil {
			for range 20 { // against the loss of the wire
				p.send(path.Socket, path.Remote, 0, []byte(payload))
			}
		}
	}
	s.sim.Run(s.sim.Now() + time.Second)
	r.direct = a.foundAt != nat.Never && b.foundAt != nat.Never && a.payload > 0 && b.payload > 0
	return r, s
}

// TestOneServer: with a single server of two ports each kind of router is told
// apart as well as by three servers. Ports that go by address alone look like a
// cone's there, which no server of one address can know better.
func TestOneServer(t *testing.T) {
	for kind, want := range map[string]nat.Mapping{"none": nat.MappingNone, "fullcone": nat.MappingIndependent,
		"portrestricted": nat.MappingIndependent, "cgnat": nat.MappingIndependent, "symmetric": nat.MappingRandom,
		"symmetric-sequential": nat.MappingPredictable, "udp-blocked": nat.MappingBlocked} {
		sim := natsim.New(7)
		p := newPlayer(sim, sim.Home(kind, natsim.Options{Delay: 15 * time.Millisecond}), 0, []netip.AddrPort{sim.STUNServerOfTwoPorts()}, nil, 7)
		for next := sim.Next(); next < 10*time.Second; next = min(p.next(), sim.Next()) {
			sim.Run(max(next, sim.Now()))
			p.advance()
		}
		if got := p.gather.Offer().Descriptor.Mapping; got != want {
			t.Errorf("%s: %v, want %v", kind, got, want)
		}
	}
}
