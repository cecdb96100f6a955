package pathfinder

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/visavis-netcode/visavis/nat"
)

// Timing of gathering.
const (
	settleAfter = 300 * time.Millisecond // an offer with some answers is good enough
	settleLimit = 700 * time.Millisecond // one without any has to do
	handLimit   = 3 * time.Second        // or, if it is carried by hand, only then: some networks take two seconds for a packet
	refresh     = 15 * time.Second       // keeps the router's mapping
	maxServers  = 12                     // whose names are looked up, and addresses asked
	offerLife   = 10 * time.Minute       // an offer may be on its way by hand for so long
)

// gathering is what the Finder knows of its own network.
type gathering struct {
	f          *Finder
	machine    *nat.Gather
	names      []*name          // of STUN servers
	servers    []netip.AddrPort // that the machine asks
	hosts      []nat.Candidate
	mapped     netip.AddrPort // zero for none
	began      time.Duration
	asked      time.Duration // when the servers were last asked
	watch      watch
	translator translator
	current    nat.Offer
	done       bool // the machine was when last looked at
	blocked    bool // and so was UDP
	fresh      bool // current has changed
	last       []byte
}

func (g *gathering) begin(f *Finder, now time.Duration) {
	g.f, g.began, g.fresh = f, now, true
	g.hosts = f.ownAddresses()
	g.watch.slept(now, f.config.wall())
	for _, text := range f.config.STUN[:min(len(f.config.STUN), maxServers)] {
		g.names = append(g.names, &name{text: text, due: now})
	}
	g.restart(now)
	g.lookUpNames(now)
	g.look()
}

// lookUpNames looks up those that are due.
func (g *gathering) lookUpNames(now time.Duration) {
	for _, n := range g.names {
		g.f.lookUp(now, n, func() { g.changeServers(g.f.now()) })
	}
}

// waiting reports whether something is looked up for the first time here.
func (g *gathering) waiting() bool {
	return g.translator.looking || slices.ContainsFunc(g.names, func(n *name) bool { return n.looking && n.tries == 0 })
}

// restart makes a machine for the addresses and servers of now.
func (g *gathering) restart(now time.Duration) {
	g.machine = nat.NewGather(nat.GatherConfig{Servers: g.servers, Hosts: g.hosts, Seed: draw()}, now)
	if g.mapped.IsValid() {
		g.machine.AddMapped(g.mapped)
	}
	g.asked, g.done = now, false
}

// changeServers lets the machine ask where the names lead now, as far as the
// socket gets there. The rendezvous server answers such questions too, and once
// it is in use it sees our address anyway.
func (g *gathering) changeServers(now time.Duration) {
	var lists [][]netip.AddrPort
	for _, n := range g.names {
		lists = append(lists, g.f.reachable(n.addrs))
	}
	if g.f.server.used {
		lists = append(lists, g.f.server.addrs)
	}
	servers := byTurns(lists, maxServers)
	if slices.Equal(servers, g.servers) {
		return
	}
	if slices.ContainsFunc(servers, func(a netip.AddrPort) bool { return !slices.Contains(g.servers, a) }) {
		g.began = now // somebody new may know more
	}
	g.servers = servers
	g.machine.SetServers(now, servers)
	g.look()
}

func (g *gathering) setMapped(now time.Duration, public netip.AddrPort) {
	if public == g.mapped {
		return
	}
	forget := g.mapped.IsValid()
	g.mapped = public
	switch {
	case forget:
		g.restart(now)
	case public.IsValid():
		g.machine.AddMapped(public)
	}
	g.look()
}

// settled reports whether the offer is worth being shown.
func (g *gathering) settled(now time.Duration) bool {
	if g.f.config.Relay == Only {
		return !g.f.turn.waiting() || now-g.began >= turnSettle
	}
	if !g.waiting() && g.machine.Done() && !g.f.turn.waiting() || now-g.began >= settleLimit {
		return true
	}
	seen := slices.ContainsFunc(g.machine.Offer().Candidates, func(c nat.Candidate) bool { return c.Kind == nat.KindReflexive })
	return now-g.began >= settleAfter && seen
}

// told reports whether the offer is worth being carried to somebody by hand, who does
// not see what is found out later: settled, and if servers are asked one has told our
// public address.
func (g *gathering) told(now time.Duration) bool {
	if g.f.config.Relay == Only || len(g.servers) == 0 || now-g.began >= handLimit {
		return g.settled(now)
	}
	o := g.machine.Offer()
	seen := slices.ContainsFunc(o.Candidates, func(c nat.Candidate) bool { return c.Kind == nat.KindReflexive })
	return g.settled(now) && (seen || o.Descriptor.Mapping != nat.MappingUnknown)
}

// silent reports whether the servers have had their time and none has answered.
func (g *gathering) silent() bool {
	return g.done && g.current.Descriptor.Mapping == nat.MappingUnknown
}

func (g *gathering) take(in packet) bool {
	if !g.machine.Packet(g.f.now(), in.by.Addr, in.b) {
		return false
	}
	g.look()
	return true
}

// look notes how the offer has changed. While servers are asked again, only what
// is new counts.
func (g *gathering) look() {
	offer := g.machine.Offer()
	g.done, g.blocked = g.machine.Done(), g.machine.Blocked()
	if g.f.config.Relay == Only {
		offer.Candidates, offer.Descriptor = nil, nat.Descriptor{}
	}
	if relayed := g.f.turn.state.Addr; relayed.IsValid() {
		room := min(len(offer.Candidates), nat.MaxCandidates-1)
		offer.Candidates = append(slices.Clone(offer.Candidates[:room]), nat.Candidate{Kind: nat.KindRelay, Addr: relayed})
	}
	if b := nat.AppendOffer(nil, offer); !slices.Equal(b, g.last) {
		g.current, g.last, g.fresh = offer, b, true
	}
}

// again asks all servers again.
func (g *gathering) again(now time.Duration) {
	if now-g.asked < 200*time.Millisecond {
		return
	}
	g.lookAround(now)
	if g.asked < now {
		g.asked, g.done = now, false
		if g.machine.Blocked() {
			for _, n := range g.names {
				n.doubt(now)
			}
		}
		g.machine.Restart(now)
	}
}

// needed reports whether somebody counts on the router's mapping.
func (g *gathering) needed(now time.Duration) bool {
	wanted := time.Duration(g.f.wanted.Load())
	if slices.ContainsFunc(g.f.invitings, func(i *Inviting) bool { return i.open(now) }) {
		return true
	}
	return len(g.f.hostings) > 0 || len(g.f.pairs) > 0 || wanted > 0 && now-wanted < offerLife
}

func (g *gathering) advance(now time.Duration) {
	if now >= g.nextLook() && g.needed(now) {
		g.lookAround(now)
	}
	g.lookUpNames(now)
	g.findTranslator(now)
	if now-g.asked >= refresh && g.needed(now) {
		g.again(now)
	}
	g.machine.Advance(now)
	if g.machine.Done() && !g.done || g.machine.Blocked() && !g.blocked {
		g.look()
	}
}

func (g *gathering) next(now time.Duration) time.Duration {
	next := min(g.machine.Next(), g.translator.next(g.hosts))
	for _, n := range g.names {
		next = min(next, n.next())
	}
	if g.needed(now) {
		next = min(next, g.asked+refresh, g.nextLook())
	}
	return next
}

func (g *gathering) flush() {
	g.f.sends = g.machine.AppendSends(g.f.sends[:0])
	for _, s := range g.f.sends {
		g.f.paths.Send(s.Data, s.To) // what cannot be sent is lost, and asked again
	}
}

// lost says that no server can be found that could tell our public address, ""
// if one can or none is wanted.
func (g *gathering) lost() string {
	var texts []string
	for _, n := range g.names {
		if !n.missing() {
			return ""
		}
		texts = append(texts, n.text)
	}
	switch {
	case len(texts) == 0 || len(g.servers) > 0:
		return ""
	case len(texts) == 1:
		return fmt.Sprintf("The STUN server %s cannot be found.", texts[0])
	}
	return fmt.Sprintf("None of the STUN servers can be found (%s).", strings.Join(texts, ", "))
}

// homely warns of an offer with which only who is in the same network can do
// anything, "" if it is no such thing or may be better soon.
func (g *gathering) homely() string {
	if g.f.config.Relay == Only || slices.ContainsFunc(g.current.Candidates, func(c nat.Candidate) bool { return !c.Local() }) {
		return ""
	}
	switch lost := g.lost(); {
	case lost != "":
		return lost + " Until then only players in your own network can come: check the names and this computer's connection."
	case g.machine.Blocked():
		return "No STUN server answers over UDP, so only players in your own network can come; it is tried again."
	}
	return ""
}

func (g *gathering) report() nat.Report {
	r := nat.Report{Summary: "Nothing is known yet of how this network treats other players.", Details: []string{fmt.Sprintf("our router: %v", g.current.Descriptor.Mapping)}}
	for _, n := range g.names {
		if n.missing() {
			r.Details = append(r.Details, fmt.Sprintf("the STUN server %s cannot be found; it is tried again", n.text))
		}
	}
	switch {
	case g.lost() != "":
		r.Summary, r.Advice = g.lost(), "Check the names and this computer's connection; it is tried again."
	case !g.machine.Done() || g.waiting() && len(g.servers) == 0:
		r.Summary = "Asking how the router translates addresses."
	case g.current.Descriptor.Mapping == nat.MappingBlocked:
		r.Summary = "No server answers over UDP: this network seems to let none out."
		r.Advice = "Play in the local network, or use another network, such as a phone's hotspot."
	case g.current.Descriptor.Mapping == nat.MappingNone:
		r.Summary = "This computer has a public address: everybody can reach it."
	case g.current.Descriptor.Mapping == nat.MappingIndependent:
		r.Summary = "The router is a friendly one: almost everybody can be reached directly."
	case g.current.Descriptor.Mapping == nat.MappingPredictable, g.current.Descriptor.Mapping == nat.MappingRandom:
		r.Summary = "The router gives every player another port: many can be reached directly, some only by way of a server."
		r.Advice = "Turn on UPnP or NAT-PMP in the router, if it has them."
	case len(g.servers) == 0:
	case !slices.ContainsFunc(g.current.Candidates, func(c nat.Candidate) bool { return c.Kind == nat.KindReflexive }):
		r.Summary = "No server has told this computer's public address yet."
	default:
		r.Summary = "A public address is known, but not yet how the router treats other players."
		r.Advice = "A second STUN server would tell."
	}
	return r
}

// ownAddresses are those at which our socket can be reached. The Restraint is told
// in which networks they are.
func (f *Finder) ownAddresses() []nat.Candidate {
	bound := f.paths.Addr()
	interfaces, err := f.config.networks()
	if err != nil {
		f.log.Debug("pathfinder: own addresses", "err", err)
	}
	f.restraint.SetNetworks(networksOf(interfaces, bound.Addr()))
	host := func(addr netip.Addr) nat.Candidate {
		return nat.Candidate{Kind: nat.KindHost, Addr: netip.AddrPortFrom(addr, bound.Port())}
	}
	if addr := bound.Addr(); !addr.IsUnspecified() {
		if addr.IsLoopback() && !f.config.Loopback {
			return nil
		}
		return []nat.Candidate{host(addr)}
	}
	list := nat.HostCandidates(interfaces, bound.Port())
	list = slices.DeleteFunc(list, func(c nat.Candidate) bool { return !f.speaks(c.Addr.Addr()) })
	if f.config.Loopback {
		list = append(list[:min(len(list), nat.MaxHosts-1)], host(netip.AddrFrom4([4]byte{127, 0, 0, 1})))
	}
	return list
}

// networksOf are the networks of a socket bound to an address: of all interfaces, or
// of the one that has that address.
func networksOf(interfaces []nat.Interface, bound netip.Addr) (list []netip.Prefix) {
	for _, i := range interfaces {
		if bound.IsUnspecified() || slices.Contains(i.Addrs, bound.WithZone("")) {
			list = append(list, i.Networks...)
		}
	}
	return list
}

// speaks reports whether our socket speaks the family of an address.
func (f *Finder) speaks(addr netip.Addr) bool {
	bound := f.paths.Addr().Addr()
	if bound.Is4() {
		return addr.Is4()
	}
	return bound.IsUnspecified() || addr.Is6() || f.paths.NAT64().IsValid()
}

// reaches reports whether packets to an address can leave this computer.
func (f *Finder) reaches(addr netip.Addr) bool {
	if addr.Is4() && !addr.IsLoopback() && sixOnly(f.gather.hosts) && !f.paths.NAT64().IsValid() {
		return false
	}
	return f.speaks(addr)
}

// reachable is where packets of ours get to, as the socket sees it.
func (f *Finder) reachable(addrs []netip.AddrPort) (list []netip.AddrPort) {
	for _, a := range addrs {
		if a = f.paths.Canonical(a); f.reaches(a.Addr()) {
			list = append(list, a)
		}
	}
	return list
}
