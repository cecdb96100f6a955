package pathfinder

import (
	"net/netip"
	"sync"
	"time"

	"github.com/visavis-netcode/visavis/nat"
	"github.com/visavis-netcode/visavis/nat/pathconn"
)

// searchOn is how long a search that began before the connection goes on by the
// secret that it began with.
const searchOn = 5 * time.Second

// Link is a connection whose paths a Finder is to keep.
type Link struct {
	Virtual netip.AddrPort // where QUIC sends its packets
	Peer    [32]byte       // public key, as the connection has shown it
	// Secret is known to the two ends of this very connection and nobody else, such
	// as what TLS exports (RFC 8446 section 7.5).
	Secret [32]byte
	// Received counts the packets that have come and decrypted. It is called on the
	// Finder's goroutine and must not block.
	Received func() uint64
}

// bond is what a pair has from its connection.
type bond struct {
	Link
	at       time.Duration // since when
	received uint64        // when last looked at
	flowed   time.Duration // when that last grew
}

// Adopt keeps the paths of a connection, however the two have met, until Release.
// From now on nothing moves its packets but what its own two ends say, whoever knows
// the code, the invite or the host's secret by which they met. Adopted again by
// another virtual address, it goes on there. A newer connection with the same peer by
// the same virtual address takes the upkeep over.
func (f *Finder) Adopt(l Link) {
	f.do(func() { f.adopt(f.now(), l) })
}

func (f *Finder) adopt(now time.Duration, l Link) {
	key := newKeepKey(l.Secret[:], f.config.Key, l.Peer)
	if p := f.keeps[key.in]; p != nil {
		p.transfer(l.Virtual)
		return
	}
	route, ok := f.paths.Route(l.Virtual)
	if !ok {
		return
	}
	p := f.pairAt(l.Virtual)
	if p == nil {
		p = &pair{key: l.Peer, virtual: l.Virtual, introduction: introduction{learntFirst: larger(f.config.Key, l.Peer)}}
		p.init(f, now)
		f.paths.Hold(p.virtual)
	}
	if p.keep.active == nil && route != pathconn.Nowhere {
		kind := f.KindOf(l.Virtual) // by another connection
		if kind == NoPath {
			kind = kindOf(nat.Path{Remote: route.Addr}, false)
		}
		if way := p.keep.add(now, route, kind); way != nil {
			p.keep.use(now, way)
			p.switched(now)
		}
	}
	p.bind(now, l, key)
}

// pairAt is the pair that has found the way to a virtual address, and has no
// connection yet.
func (f *Finder) pairAt(virtual netip.AddrPort) *pair {
	for _, p := range f.pairs {
		if p.virtual == virtual && p.bond == nil {
			return p
		}
	}
	return nil
}

// bind goes on with the connection's secret.
func (p *pair) bind(now time.Duration, l Link, key keepKey) {
	f := p.f
	if f.keeps[p.keep.key.in] == p {
		delete(f.keeps, p.keep.key.in)
	}
	f.keeps[key.in] = p
	for _, old := range f.pairs {
		if old == p || old.bond == nil || old.bond.Peer != l.Peer {
			continue
		}
		if p.hosting != nil && old.hosting == p.hosting || old.virtual == l.Virtual {
			old.closed, old.released = true, true // it has come, or dialled, again: two would pull at one path
		}
	}
	p.bond = &bond{Link: l, at: now, received: l.Received(), flowed: now}
	p.keep.bind(now, key)
	if p.keep.active != nil {
		f.kinds.Store(l.Virtual, p.keep.active.kind)
	}
	if p.punch == nil && f.config.Relay != Only {
		p.listenOnly(now)
	}
}

// listenOnly answers the searches of the peer, by the secret of now, and searches
// for nothing.
func (p *pair) listenOnly(now time.Duration) {
	punch, err := p.newPunch(now)
	if err != nil {
		return
	}
	p.setPunch(punch)
}

// setPunch takes another search for the one before.
func (p *pair) setPunch(punch *nat.Punch) {
	if p.punch != nil && p.f.punches[p.punch.ID()] == p {
		delete(p.f.punches, p.punch.ID())
	}
	p.sockets.retire(p.uses)
	p.punch, p.punchBound = punch, p.bond != nil
	p.f.punches[punch.ID()] = p
}

// unproven reports whether a search goes on by a secret that others may know, so
// that what it finds must be proven by the connection's.
func (p *pair) unproven() bool { return p.bond != nil && !p.punchBound }

// endOld ends a search that began before the connection, when it has had its time.
func (p *pair) endOld(now time.Duration) {
	if p.punch != nil && p.unproven() && now-p.bond.at >= searchOn {
		p.listenOnly(now)
	}
}

// listen takes what came by the paths for the peer's, as far as the connection
// has got anything that decrypts.
func (p *pair) listen(now time.Duration) {
	b := p.bond
	if b == nil {
		return
	}
	if n := b.Received(); n != b.received {
		b.received, b.flowed = n, now
	}
	for _, way := range p.keep.paths {
		if ago, ok := p.f.paths.Heard(way.route); ok {
			way.hear(min(now-ago, b.flowed))
		}
	}
}

// peer is the public key of the other side, or its name while only an invite is
// known of it.
func (p *pair) peer() [32]byte {
	if p.bond != nil {
		return p.bond.Peer
	}
	return p.key
}

// transfer goes on at another virtual address, to which QUIC has changed by itself.
func (p *pair) transfer(virtual netip.AddrPort) {
	if p.bond == nil || p.virtual == virtual {
		return
	}
	f := p.f
	f.paths.Double(p.virtual, pathconn.Route{})
	f.paths.Hold(virtual)
	f.paths.Release(p.virtual)
	f.kinds.Delete(p.virtual)
	p.virtual, p.bond.Virtual, p.doubled = virtual, virtual, pathconn.Route{}
	if a := p.keep.active; a != nil {
		f.paths.SetRoute(virtual, a.route)
		f.kinds.Store(virtual, a.kind)
	}
}

// Tell gives the Finder the Offer that the other end of an adopted connection has
// sent over it.
func (f *Finder) Tell(virtual netip.AddrPort, offer []byte) {
	key, remote, err := parseKeyed(offer)
	if err != nil {
		return
	}
	f.do(func() {
		for _, p := range f.pairs {
			if p.bond != nil && p.virtual == virtual && p.bond.Peer == key {
				p.learn(f.now(), remote)
			}
		}
	})
}

// Release ends the upkeep of a connection that is over, by its Link's Secret: two
// connections may go by one virtual address, when a peer has dialled again.
func (f *Finder) Release(secret [32]byte) {
	f.do(func() {
		for _, p := range f.pairs {
			if p.bond != nil && p.bond.Secret == secret {
				p.closed, p.released = p.closed || p.hosting != nil, true
				if !f.taken(p.virtual) {
					f.kinds.Delete(p.virtual)
				}
			}
		}
	})
}

// KindOf returns the kind of the path that an adopted connection's packets take,
// NoPath if it is none.
func (f *Finder) KindOf(virtual netip.AddrPort) Kind { return kindIn(&f.kinds, virtual) }

func kindIn(kinds *sync.Map, key any) Kind {
	kind, _ := kinds.Load(key)
	known, _ := kind.(Kind)
	return known
}

// sight is what a pair sees of QUIC's packets.
type sight struct{ p *pair }

func (s sight) latest(r pathconn.Route) pathconn.Mark { return s.p.f.paths.Latest(r) }

func (s sight) passed(r pathconn.Route, mark pathconn.Mark, ago time.Duration) (later int, ok bool) {
	return s.p.f.paths.Passed(s.p.virtual, r, mark, ago)
}

func (s sight) again(r pathconn.Route) { s.p.f.paths.Again(s.p.virtual, r, maxSample) }

func (s sight) long() uint64 { return s.p.f.paths.Long(s.p.virtual) }

func (s sight) part(narrow bool) { s.p.f.paths.Part(s.p.virtual, narrow) }
