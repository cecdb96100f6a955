package mesh

import (
	"net/netip"
	"time"

	"github.com/visavis-netcode/visavis/nat/pathfinder"
	"github.com/visavis-netcode/visavis/netcode/internal/link"
	"github.com/visavis-netcode/visavis/netcode/internal/wire"
)

const (
	redialPause = time.Second
	oldWord     = 2 * longestHeartbeat // what is known by a host who is silent for so long
)

// search is the way to another machine that is being looked for. The zero search is none.
type search struct {
	attempt *pathfinder.Attempt
	dialled bool // this side dials, and has done so by the way that was found
	failed  bool // the owner has read why there is no way
}

func (s *search) end() {
	if s.attempt != nil {
		s.attempt.Close()
		*s = search{}
	}
}

// DialAll dials the machines that this one has to dial: those with a
// smaller key, by the way to them that was found. What the roster says of their
// addresses is hearsay: small checks go there, and nothing is dialled before one
// was answered. Only in memory, where nobody can be harmed, all addresses of a
// machine are dialled, and the first to answer is kept.
func (m *Mesh) DialAll(now time.Duration) {
	for _, p := range m.peers {
		if p != nil && p.Machine != m.host { // whoever comes has dialled it by other means
			m.dropGhost(p, now)
			m.dialPeer(p, now)
		}
	}
}

// DialAmong is DialAll for some machines, a bit for each, while the roster stands still: what it says
// of links is old.
func (m *Mesh) DialAmong(now time.Duration, machines uint16) {
	for _, p := range m.peers {
		if p != nil && p.Machine != m.host && machines>>p.Machine&1 != 0 {
			p.linkedAt = now
			m.dialPeer(p, now)
		}
	}
}

// dialPeer dials a machine that there is no link to, if it is time.
func (m *Mesh) dialPeer(p *peer, now time.Duration) {
	if p.conn != nil || now < p.redialAt {
		return
	}
	if !m.dials(p) {
		m.pathTo(p) // the other dials, but both must look for the way
		return
	}
	if p.dropFailed(); len(p.dialling) > 0 {
		return
	}
	p.redialAt = now + redialPause
	m.redialAt[p.Machine] = p.redialAt
	if addr, ok := m.pathTo(p); ok {
		p.search.dialled = true
		m.dial(p, addr)
		return
	}
	if m.config.Finder != nil {
		return
	}
	for _, text := range p.Addrs {
		if addr, err := netip.ParseAddrPort(text); err == nil { // else a stranger's word
			m.dial(p, addr)
		}
	}
}

// DialFound dials machines as soon as there is a way to them, whatever else is
// being tried.
func (m *Mesh) DialFound() {
	for _, p := range m.peers {
		if p == nil || p.search.attempt == nil || p.search.dialled || p.conn != nil || !m.dials(p) {
			continue
		}
		if addr, ok := p.search.attempt.Virtual(); ok {
			p.search.dialled = true
			m.dial(p, addr)
		}
	}
}

// dials reports whether it is this side that dials a machine.
func (m *Mesh) dials(p *peer) bool {
	mine := m.config.Endpoint.Key()
	return string(mine[:]) > string(p.Key[:])
}

func (m *Mesh) dial(p *peer, addr netip.AddrPort) {
	key := link.Key(p.Key)
	c := m.Dial(addr, &key, wire.JoinMesh)
	m.owner.Greet(c)
	p.dialling = append(p.dialling, c)
}

// dropGhost closes a link to a machine that this one has dialled and that, by its
// own word, it does not have: its close was lost. That word comes by the host: when he is
// silent or gone it is an old one, and so it is for a while when he is heard again.
func (m *Mesh) dropGhost(p *peer, now time.Duration) {
	if c := m.To(m.host); m.host != m.me && (c == nil || now-c.Heard() >= oldWord) {
		p.linkedAt = now
		return
	}
	if p.conn != nil && p.conn.Link.Dialled() && p.Linked>>m.me&1 == 0 && now-p.linkedAt > StrangerTimeout {
		p.linkedAt = now
		p.conn.Link.Close(link.CodeDone, "the other side does not know of this link")
	}
}

// dropFailed drops the attempts that have failed.
func (p *peer) dropFailed() {
	kept := p.dialling[:0]
	for _, c := range p.dialling {
		if c.Link.State() != link.Closed {
			kept = append(kept, c)
		}
	}
	p.dialling = kept
}

// pathTo looks for a way to another machine, and returns what to dial once there
// is one. Both sides look; who dials is decided elsewhere.
func (m *Mesh) pathTo(p *peer) (addr netip.AddrPort, ok bool) {
	if m.config.Finder == nil || len(p.Offer) == 0 {
		return addr, false
	}
	s := &p.search
	if s.attempt == nil {
		// Both learn of each other by the same roster: let the lower machine
		// hold back until it hears something.
		attempt, err := m.config.Finder.Connect(Offer(p.Offer, p.Addrs, m.To(m.host), m.config.Finder), p.Secret[:], m.me < p.Machine)
		if err != nil {
			return addr, false // a stranger's word
		}
		*s = search{attempt: attempt}
	}
	if err := s.attempt.Err(); err != nil && !s.failed {
		s.failed = true
		m.owner.Unreached(p.Machine, err)
	}
	return s.attempt.Virtual()
}

// Offer is somebody's offer, with where the host sees him: the first of his addresses. Addresses
// of this computer count where the host is here as well; it may be nil.
func Offer(offer []byte, addrs []string, host *Conn, finder *pathfinder.Finder) []byte {
	if len(addrs) == 0 {
		return offer
	}
	seen, err := netip.ParseAddrPort(addrs[0])
	if err != nil {
		return offer // a stranger's word
	}
	if seen.Addr().IsLoopback() && host != nil && host.Link.RemoteAddr().Addr().IsLoopback() {
		finder.AllowLoopback() // all on this computer
	}
	return pathfinder.Seen(offer, seen)
}
