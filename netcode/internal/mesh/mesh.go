package mesh

import (
	"fmt"
	"net/netip"
	"slices"
	"time"

	"github.com/visavis-netcode/visavis/nat/pathfinder"
	"github.com/visavis-netcode/visavis/nat/relay"
	"github.com/visavis-netcode/visavis/netcode/internal/link"
	"github.com/visavis-netcode/visavis/netcode/internal/source"
	"github.com/visavis-netcode/visavis/netcode/internal/wire"
)

// Config is what a mesh needs.
type Config struct {
	Endpoint    link.Endpoint
	Finder      *pathfinder.Finder         // nil in memory: addresses are dialled as they are
	Forwarder   *relay.Forwarder           // nil: no packets of others are passed on
	Offer       func(to netip.Addr) []byte // how this machine is reached, as far as it is of use to whoever is there
	SilentAfter time.Duration              // who is not heard for so long is lost
}

// Owner is whom a mesh tells. What it calls may call the mesh.
type Owner interface {
	// Greet sends this side's greeting on a link to a wanted machine that was dialled.
	Greet(c *Conn)
	// Hello is the other side's greeting, the first message of every link.
	Hello(c *Conn, h *wire.Hello)
	// Stranger is a later message on a link that is no wanted machine's yet.
	Stranger(c *Conn, m wire.Message)
	// Message, Datagram and Feed came from a wanted machine. b is valid during the call.
	Message(c *Conn, m wire.Message)
	Datagram(machine uint8, at time.Duration, b []byte)
	Feed(c *Conn, b []byte)
	// Up: there is a link to a wanted machine, or another one than before.
	Up(machine uint8, c *Conn)
	// Down: there is none any more.
	Down(machine uint8, c *Conn, why *link.CloseError)
	// Closed: a link is over that was no wanted machine's.
	Closed(c *Conn, why *link.CloseError)
	// Unreached: no way to a wanted machine is found yet.
	Unreached(machine uint8, why error)
	// Name is what a wanted machine is called.
	Name(machine uint8) string
}

// Mesh is the links of a node.
type Mesh struct {
	config Config
	owner  Owner
	lobby  uint64 // that the links are for; its members know the number
	me     uint8
	host   uint8 // whose word the entries are
	closed bool
	awake  time.Duration // for how long the loop has run

	conns    []*Conn // all of them, of wanted machines and of others
	peers    [wire.MaxMachines]*peer
	redialAt [wire.MaxMachines]time.Duration // when a place's machine may be dialled again, whoever it is
	relays   relays
}

// peer is a machine that is wanted.
type peer struct {
	*wire.RosterMember // what is known of it, by the roster

	conn     *Conn // nil while there is no link
	last     *Conn // the link before, which is closed
	linkedAt time.Duration
	redialAt time.Duration
	dialling []*Conn
	search   search
}

// New returns a mesh without links.
func New(config Config, owner Owner) *Mesh {
	m := &Mesh{config: config, owner: owner}
	m.relays.mesh = m
	return m
}

// Enter says whom the links are for: a lobby, and this machine's number in it.
func (m *Mesh) Enter(lobby uint64, me uint8) { m.lobby, m.me = lobby, me }

// Believe says whose word about the machines it is that Want is given: that of the one who
// hosts, or this machine's own.
func (m *Mesh) Believe(host uint8) { m.host = host }

func (m *Mesh) now() time.Duration { return m.config.Endpoint.Now() }

// Want makes a machine one that a link is wanted to, or says anew what is known of it. The
// mesh reads entry from then on, whose owner changes it as he learns more. Who had its
// place before is not wanted any more.
func (m *Mesh) Want(entry *wire.RosterMember) {
	if entry.Machine == m.me {
		return
	}
	p := m.peers[entry.Machine]
	if p == nil || p.Key != entry.Key {
		m.Drop(entry.Machine)
		p = &peer{redialAt: m.redialAt[entry.Machine]}
		m.peers[entry.Machine] = p
	} else if p.Secret != entry.Secret && p.conn == nil {
		p.search.end() // the other side has been told the new one, too
	}
	p.RosterMember = entry
}

// Drop ends what leads to a machine that is not wanted any more.
func (m *Mesh) Drop(machine uint8) {
	p := m.peers[machine]
	if p == nil {
		return
	}
	m.peers[machine] = nil
	for _, c := range append(p.dialling, p.conn) {
		if c != nil {
			c.machine = -1
			c.Link.Close(link.CodeDone, "not in the lobby any more")
		}
	}
	p.search.end()
}

// Use makes c the link to a wanted machine that has none, without a word to the owner. A link
// whose end the owner has been told is none: what was said on it may be read later.
func (m *Mesh) Use(machine uint8, c *Conn) {
	if !slices.Contains(m.conns, c) {
		return
	}
	c.machine = int(machine)
	if p := m.peers[machine]; p != nil && p.conn == nil {
		p.conn, p.linkedAt = c, m.now()
	}
}

// To is the link to a machine, nil if there is none.
func (m *Mesh) To(machine uint8) *Conn {
	if p := m.peers[machine]; p != nil {
		return p.conn
	}
	return nil
}

// Latest is the link to a machine, or the one that was.
func (m *Mesh) Latest(machine uint8) *Conn {
	p := m.peers[machine]
	switch {
	case p == nil:
		return nil
	case p.conn != nil:
		return p.conn
	}
	return p.last
}

// Linked is the set of machines that this one has a link to, itself included.
func (m *Mesh) Linked() uint16 {
	set := uint16(1) << m.me
	for i, p := range m.peers {
		if p != nil && p.conn != nil {
			set |= 1 << i
		}
	}
	return set
}

// Conns are all links, those of strangers included. They are the mesh's.
func (m *Mesh) Conns() []*Conn { return m.conns }

// Dial calls somebody who is no wanted machine yet.
func (m *Mesh) Dial(addr netip.AddrPort, pin *link.Key, purpose wire.Purpose) *Conn {
	c := m.newConn(m.config.Endpoint.Dial(addr, pin))
	c.Purpose = purpose
	return c
}

// Adopt takes a link that somebody has dialled, who may be a stranger.
func (m *Mesh) Adopt(l link.Link) {
	c := m.newConn(l)
	if m.byKey(l.Peer()) != nil {
		m.recognise(c)
	}
}

func (m *Mesh) newConn(l link.Link) *Conn {
	now := m.now()
	c := &Conn{Link: l, mesh: m, machine: -1, made: now, since: now, spoke: now}
	c.hears(now)
	c.receive = c.handle // bound once: no allocation per poll
	m.conns = append(m.conns, c)
	return c
}

// Poll takes in what has arrived. awake is for how long the loop has run: silence while it
// stood still is nobody's.
func (m *Mesh) Poll(now, awake time.Duration) {
	m.awake = awake
	for i := 0; i < len(m.conns); i++ {
		c := m.conns[i]
		if c.Secured != nil && !c.greeted && c.Link.State() != link.Closed && c.Link.Binding() != [32]byte{} {
			c.Secured(c)
		}
		c.Link.Receive(c.receive)
		if m.closed {
			return
		}
		if c.overdue(now) && c.Link.State() != link.Closed {
			c.giveUp()
		}
		if c.Link.State() == link.Closed {
			m.conns = append(m.conns[:i], m.conns[i+1:]...)
			i--
			m.release(c)
			m.over(c, c.Link.Err())
		}
	}
}

// message takes a message apart by whose it is.
func (m *Mesh) message(c *Conn, msg wire.Message) {
	if hello, ok := msg.(*wire.Hello); ok && !c.sawHello {
		c.sawHello = true
		m.owner.Hello(c, hello)
		return
	}
	if c.spare() {
		m.choose(c)
	}
	switch {
	case !c.sawHello:
		c.Link.Close(link.CodeProtocol, "a message came before the greeting")
		return
	case c.machine < 0:
		m.owner.Stranger(c, msg)
		return
	}
	switch msg := msg.(type) {
	case *wire.Reach:
		c.keep.reach = msg.Offer
	case *wire.RelayAsk:
		m.relays.askCame(uint8(c.machine), msg)
	case *wire.RelayWay:
		m.relays.answerCame(uint8(c.machine), msg)
	default:
		m.owner.Message(c, msg)
	}
}

// Asked: the other side, which has dialled, has greeted as a member of a lobby, if it is
// this one. It is linked, if it is wanted already, and waits otherwise.
func (m *Mesh) Asked(c *Conn, lobby uint64) {
	c.lobby = lobby
	if lobby != m.lobby || lobby == 0 {
		return
	}
	m.recognise(c) // who is not told does not know the number
	if p := m.byKey(c.Link.Peer()); p != nil {
		m.link(p, c)
	}
	// Otherwise the roster that names the peer is still on its way: it stays a
	// stranger until then, and is closed when the time for a hello is over.
}

// Answered: a wanted machine, which this side has dialled, has greeted.
func (m *Mesh) Answered(c *Conn) {
	if p := m.byKey(c.Link.Peer()); p != nil {
		m.link(p, c)
		return
	}
	c.Link.Close(link.CodeDone, "not in the lobby any more")
}

// AdoptStrangers looks again at links whose owners were not wanted yet.
func (m *Mesh) AdoptStrangers() {
	for _, c := range m.conns {
		if c.spare() {
			if p := m.byKey(c.Link.Peer()); p != nil {
				m.recognise(c)
				m.link(p, c)
			}
		}
	}
}

// link makes c the link to a machine. Who dials may try several addresses and takes
// what answers first; who listens learns of the choice when something is said, and
// keeps the others as spares until then.
func (m *Mesh) link(p *peer, c *Conn) {
	if p.conn != nil && p.conn != c && p.conn.Link.State() != link.Closed {
		if c.Link.Dialled() {
			c.Link.Close(link.CodeDone, "another address answered first")
		}
		return
	}
	c.machine, p.conn, p.linkedAt = int(p.Machine), c, m.now()
	for _, other := range p.dialling {
		if other != c {
			other.Link.Close(link.CodeDone, "another address answered first")
		}
	}
	p.dialling = nil
	m.owner.Up(p.Machine, c)
}

// choose makes a spare link the one to its machine.
func (m *Mesh) choose(c *Conn) {
	p := m.byKey(c.Link.Peer())
	if p == nil {
		return // the roster that names it is still on its way
	}
	if p.conn != nil {
		p.conn.machine, p.conn.since = -1, m.now()
		m.release(p.conn)
	}
	c.machine, p.conn = int(p.Machine), c
	m.owner.Up(p.Machine, c)
}

// spareFor returns a spare link to a machine, nil if there is none.
func (m *Mesh) spareFor(p *peer) *Conn {
	for _, c := range m.conns {
		if c.spare() && c.Link.Peer() == p.Key {
			return c
		}
	}
	return nil
}

func (m *Mesh) byKey(key link.Key) *peer {
	for _, p := range m.peers {
		if p != nil && p.Key == key {
			return p
		}
	}
	return nil
}

// over handles a link that is closed.
func (m *Mesh) over(c *Conn, why *link.CloseError) {
	if c.machine < 0 || m.peers[c.machine] == nil || m.peers[c.machine].conn != c {
		m.owner.Closed(c, why)
		return
	}
	p := m.peers[c.machine]
	p.conn, p.last = nil, c
	if other := m.spareFor(p); other != nil {
		m.choose(other)
		return
	}
	m.owner.Down(p.Machine, c, why)
}

// Close closes all links.
func (m *Mesh) Close(code link.Code, reason string) {
	m.closed = true
	m.relays.end()
	for _, c := range m.conns {
		c.Link.Close(code, reason)
		m.release(c)
	}
	m.conns = nil
	for _, p := range m.peers {
		if p != nil {
			p.search.end()
		}
	}
}

// What may be recognised at a time: links of one machine, which dials all its
// addresses at once, and links of those who are not wanted yet. More stay strangers.
const (
	MaxOfMember   = 2 * wire.MaxAddrs
	MaxUnlisted   = wire.MaxMachines
	MaxUnlistedOf = 4 // of one network: who was here before knows the lobby's number, too
)

// recognise tells the endpoint that a link is of this lobby, by its key or by what
// was said on it, and so does not go to make room for strangers.
func (m *Mesh) recognise(c *Conn) {
	from := source.Household(c.Link.Source())
	ofPeer, unlisted, ofNetwork := 0, 0, 0
	for _, other := range m.conns {
		if other == c || !other.ours {
			continue
		}
		if other.Link.Peer() == c.Link.Peer() {
			ofPeer++
		}
		if m.byKey(other.Link.Peer()) == nil {
			unlisted++
			if source.Household(other.Link.Source()) == from {
				ofNetwork++
			}
		}
	}
	listed := m.byKey(c.Link.Peer()) != nil
	if ofPeer < MaxOfMember && (listed || unlisted < MaxUnlisted && ofNetwork < MaxUnlistedOf) {
		c.ours = c.Link.Known()
	}
}

const (
	// heartbeats is how many signs of life fit into the time after which a silent
	// machine is lost, and longestHeartbeat how far apart they are at most.
	heartbeats       = 10
	longestHeartbeat = time.Second
)

// Heartbeat is how far apart signs of life are.
func Heartbeat(silentAfter time.Duration) time.Duration {
	return min(silentAfter/heartbeats, longestHeartbeat)
}

// Watch gives the wanted machines a sign of life. It closes the links to those that are silent, but for the
// machines of others, a bit for each, which somebody else judges: only what a machine has
// sent counts, not what QUIC has, whose time-out is far longer than any of ours.
func (m *Mesh) Watch(now time.Duration, others uint16) {
	heartbeat := Heartbeat(m.config.SilentAfter)
	for _, p := range m.peers {
		if p == nil || p.conn == nil || p.conn.Link.State() != link.Open {
			continue
		}
		c := p.conn
		c.SignOfLife(now, heartbeat)
		if others>>p.Machine&1 == 0 && m.awake-c.heardAwake >= m.config.SilentAfter {
			c.Link.Close(link.CodeLost, NothingHeard(now-c.heard))
		}
	}
}

// NothingHeard is what a machine reads that is given up for its silence.
func NothingHeard(silent time.Duration) string {
	return fmt.Sprintf("nothing was heard for %.1f seconds", silent.Seconds())
}
