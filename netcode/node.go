package netcode

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/netip"
	"time"

	"github.com/visavis-netcode/visavis/nat"
	"github.com/visavis-netcode/visavis/nat/lan"
	"github.com/visavis-netcode/visavis/nat/pathfinder"
	"github.com/visavis-netcode/visavis/nat/portmap"
	"github.com/visavis-netcode/visavis/nat/relay"
	"github.com/visavis-netcode/visavis/nat/turn"
	"github.com/visavis-netcode/visavis/netcode/internal/identity"
	"github.com/visavis-netcode/visavis/netcode/internal/link"
	"github.com/visavis-netcode/visavis/netcode/internal/quiclink"
)

// NodeConfig says who one is and where one listens.
type NodeConfig struct {
	// Addr is the UDP address to bind, "host:port"; "" and ":0" take any free
	// port on all interfaces.
	Addr string
	// Name is the player's name; "" is "Player". In a lobby who comes later under a
	// name that looks like another's is numbered: "Ana 2".
	Name string
	// Identity is the path of the identity file; "" is the one in the user's
	// config folder. It is made if it is missing.
	Identity string
	// Key, if set, is the identity itself: no file is touched, and Identity names none.
	Key ed25519.PrivateKey
	// DayKey makes the node show a key of its own for this day (by UTC) in place of
	// the identity, from which it follows: a game that is restarted today is the
	// same player, and nobody can tell from two days' keys that they are one
	// player's. For nodes in lobbies that are public, such as those on the list of
	// the local network, where the key is told to everybody: that of the host, and when it is
	// gone that of the member who hosts next. What an identity that stays is good for is an address with a fingerprint (HOST:PORT#FINGERPRINT)
	// that friends may keep; a fingerprint of the day's key ends with the day's last
	// node. A node keeps its key as long as it lives.
	DayKey bool
	// Interfaces are the names of the only network interfaces on whose local
	// networks lobbies are listed; nil is all of them.
	Interfaces []string
	// Rendezvous is the server, "host:port", that brings together who shares a
	// code; "" is none. STUN are servers, "host:port", that tell a node its
	// public address. TURN are servers that pass packets on where nothing nearer
	// does, "turn:USER:PASSWORD@HOST:PORT?transport=udp", or tcp or tls, with signs
	// that mean something here as %XX; the first that answers is used, and only if
	// Relay allows it, so none goes with RelayNever. Without any of these nothing is
	// asked of anybody.
	Rendezvous string
	STUN       []string
	TURN       []string
	// PortMap asks the router to forward the port while the node lives, by PCP,
	// NAT-PMP and UPnP; only beside Rendezvous, STUN or an invite.
	PortMap bool
	// Relay says whether others may pass packets on: members of the lobby who
	// reach both sides, then servers. The zero value is RelayAuto. RelayOnly hides
	// this machine's address from those whom it meets by a code or an invite, and
	// needs Rendezvous or TURN.
	Relay Relay
	// NoForward keeps this node from passing packets on for two other members of
	// its lobby who have no direct way to each other. Otherwise it does, for both
	// at most 64 kB a second each way, where a match needs some 5: see
	// Node.Helping.
	NoForward bool
	// Logger gets what happens on the network, and to the lobbies and matches, a desync
	// and a loop at the wrong rate as warnings; nil discards it.
	Logger *slog.Logger
}

// Node is one UDP socket with one identity. Lobbies are opened and joined on
// it, one at a time. It is not safe for concurrent use: a node, its lobby and
// its match belong to the goroutine of the game's loop.
type Node struct {
	endpoint    link.Endpoint
	name        string
	notice      string
	release     func()        // unlocks the identity
	notary      *notary       // of its matches
	room        *Room         // who gets what arrives; nil for nobody: see turnAway
	closed      bool          // nobody hosts with it any more
	closedUntil time.Duration // then it is no news any more that this host has closed its lobby
	addrs       []string
	networks    networks

	key        ed25519.PrivateKey // nil in memory
	interfaces []string
	config     NodeConfig
	turn       []turn.Server                                                         // config.TURN, read
	finder     *pathfinder.Finder                                                    // nil in memory
	resolver   func(ctx context.Context, network, host string) ([]netip.Addr, error) // nil is the system's name service
	restraint  *nat.Restraint                                                        // of all that this node sends on others' word
	forwarder  *relay.Forwarder                                                      // nil in memory, and if packets of others are not passed on
	mapper     *portmap.Mapper                                                       // nil if the router is not asked for a port
	mapping    portmap.Config                                                        // what it was asked for
	mapped     netip.AddrPort                                                        // what it forwards, as the finder knows it
	moves      uint64                                                                // of the computer that follow has seen
	noTCP      bool                                                                  // on simulated networks, which have UDP only
	knock      func(to netip.AddrPort) io.Closer                                     // tells a lobby that it is called from here: see lan.Knock; nil on simulated networks
	listen     func() door                                                           // hears who knocks at a lobby here that is on no list: see lan.Listen; nil likewise
}

// check reports a field that would count for nothing.
func (c NodeConfig) check() error {
	switch {
	case c.Key != nil && c.Identity != "":
		return errors.New("netcode: NodeConfig.Identity is set beside Key, which takes its place")
	case len(c.TURN) > 0 && c.Relay == RelayNever:
		return errors.New("netcode: NodeConfig.TURN is set, but nothing is relayed with RelayNever")
	}
	return nil
}

// Listen binds a socket and loads the identity. Errors are sentences that a
// player can act on, but for what is wrong with the NodeConfig itself.
func Listen(config NodeConfig) (*Node, error) {
	if err := config.check(); err != nil {
		return nil, err
	}
	bind, err := parseBind(config.Addr)
	if err != nil {
		return nil, err
	}
	n := &Node{name: cleanName(config.Name), release: func() {}, restraint: new(nat.Restraint)}
	for _, text := range config.TURN {
		server, err := turn.Parse(text)
		if err != nil {
			return nil, err
		}
		n.turn = append(n.turn, server)
	}
	key := config.Key
	if key == nil {
		id, err := identity.Load(config.Identity)
		if err != nil {
			return nil, err
		}
		key, n.notice, n.release = id.Key, id.Notice, func() { id.Close() }
	}
	if config.DayKey {
		key = identity.Day(key, time.Now())
	}
	endpoint, err := quiclink.Listen(quiclink.Config{Bind: bind, Key: key, Logger: config.Logger, Restraint: n.restraint})
	if err != nil {
		n.release()
		return nil, fmt.Errorf("cannot listen on UDP %s: %w", bind, err)
	}
	n.endpoint, n.key, n.interfaces, n.config, n.notary = endpoint, key, config.Interfaces, config, newNotary()
	n.addrs = localAddresses(endpoint.Addr(), 8)
	port := func() uint16 { return n.Addr().Port() }
	n.knock = func(to netip.AddrPort) io.Closer {
		return lan.Knock(lan.KnockConfig{To: to, Port: port, Network: lan.Network{Interfaces: n.interfaces}})
	}
	n.listen = func() door {
		return lan.Listen(lan.ListenConfig{Port: port, Network: lan.Network{Interfaces: n.interfaces}})
	}
	n.startFinder()
	n.turnAway()
	return n, nil
}

// parseBind reads "host:port", ":port" or "".
func parseBind(text string) (netip.AddrPort, error) {
	if text == "" {
		text = ":0"
	}
	if text[0] == ':' {
		text = "[::]" + text
	}
	inv, err := netip.ParseAddrPort(text)
	if err != nil {
		return netip.AddrPort{}, fmt.Errorf("%q is not an address to listen on: it should look like :7777 or 192.168.1.5:7777", text)
	}
	return inv, nil
}

// Addr returns the address that the socket is bound to.
func (n *Node) Addr() netip.AddrPort { return n.endpoint.Addr() }

// Addresses returns the addresses to tell a friend, HOST:PORT, the likeliest
// first. With "#" and Fingerprint appended they also pin this node's identity.
func (n *Node) Addresses() []string { return append([]string(nil), n.addrs...) }

// shownAddrs are those that other members are told.
func (n *Node) shownAddrs() []string {
	if n.config.Relay == RelayOnly {
		return nil
	}
	return n.addrs
}

// Fingerprint returns 26 letters and digits that stand for this node's
// identity.
func (n *Node) Fingerprint() string { return n.endpoint.Key().Fingerprint() }

// Notice returns a sentence for the player if the identity could not be used
// as it should: the file was corrupt, or another copy of the game has it.
func (n *Node) Notice() string { return n.notice }

// Name returns the player's name.
func (n *Node) Name() string { return n.name }

// Now returns the time on the node's clock, from some moment in the past: the
// computer's, or the virtual one of a MemoryNetwork.
func (n *Node) Now() time.Duration { return n.endpoint.Now() }

// SetName changes the player's name; a lobby that is open is told.
func (n *Node) SetName(name string) {
	n.name = cleanName(name)
	if n.room != nil {
		n.room.playersChanged()
		return
	}
	n.turnAway()
}

// Traffic counts UDP packets and bytes of the whole node, without IP and UDP
// headers.
type Traffic struct {
	PacketsSent, PacketsReceived uint64
	BytesSent, BytesReceived     uint64
	SendErrors                   uint64
}

// Traffic returns the node's counts since it was made.
func (n *Node) Traffic() Traffic { return Traffic(n.endpoint.Stats()) }

// Wait returns when something has arrived, or after d: for loops without a
// clock of their own. A game that is ticked by its engine does not need it.
func (n *Node) Wait(d time.Duration) { n.endpoint.Wait(d) }

// Close leaves the lobby, tells the others, closes the socket and unlocks the
// identity.
func (n *Node) Close() {
	n.closed = true
	if n.room != nil {
		n.room.Leave()
	}
	// Links say goodbye first, for they may need a relay; then the finder takes
	// its leave of the servers; then the socket goes.
	n.notary.close()
	n.endpoint.CloseLinks()
	if n.mapper != nil {
		unmap(n.mapper)
	}
	if n.finder != nil {
		n.finder.Close()
	}
	n.endpoint.Close()
	n.release()
}

// justClosed is how long after the end of its lobby a host says that it has ended:
// who comes meanwhile had set out before.
const justClosed = 10 * time.Second

// turnAway has whoever calls told that nobody here hosts, as long as the node has no
// room: the game need not look for it.
func (n *Node) turnAway() {
	endpoint, until, words := n.endpoint, n.closedUntil, n.name+" is not hosting a lobby now"
	endpoint.TurnAway(func() (link.Code, string) {
		if endpoint.Now() < until {
			return link.CodeLeft, "left"
		}
		return link.CodeRefused.With(uint8(ReasonNotHosting)), words
	})
}
