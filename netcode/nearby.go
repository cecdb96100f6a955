package netcode

import (
	"crypto/ed25519"
	"errors"
	"time"

	"github.com/visavis-netcode/visavis/nat/lan"
	"github.com/visavis-netcode/visavis/netcode/internal/link"
)

// Nearby is a lobby on the local network.
type Nearby struct {
	Address     string // for JoinLobby, with the host's fingerprint
	Name        string // the host's
	Title       string
	Seats       int // taken
	MaxSeats    int
	NeedsSecret bool
	Playing     bool // a match is running: one can join when it is over, or as Config.LateJoin says
	Watch       bool // its matches may be watched: see netcode.Watch
	Seen        time.Duration
	// RTT is how long the lobby takes to answer, at most: the quickest of its last
	// answers to this list's questions. 0 until it has answered one.
	RTT time.Duration
}

// BrowseConfig says what to look for.
type BrowseConfig struct {
	Game string // Config.Game
	// Except leaves out the lobby of this node: one's own. May be nil.
	Except *Node
	// Interfaces are the names of the only network interfaces to use; nil is
	// all of them.
	Interfaces []string
}

// Browser is the list of lobbies on the local network, which needs neither a
// server nor a way to the internet. It may be used from any goroutine.
type Browser struct {
	list   *lan.Browser
	except *Node
	found  []lan.Found
}

// Browse looks for the lobbies of a game until Close. A lobby is on the list
// within a fifth of a second of its opening and for 5 seconds after its last
// sign of life. The error is a sentence for players.
func Browse(config BrowseConfig) (*Browser, error) {
	known := lan.BrowseConfig{Game: config.Game, Network: lan.Network{Interfaces: config.Interfaces}}
	if config.Except != nil {
		known.Restraint = config.Except.restraint
	}
	list, err := lan.Browse(known)
	if err != nil {
		return nil, err
	}
	return &Browser{list: list, except: config.Except}, nil
}

// AppendFound appends the lobbies on the list, in the order in which they were
// found.
func (b *Browser) AppendFound(dst []Nearby) []Nearby {
	b.found = b.list.AppendFound(b.found[:0])
	for _, f := range b.found {
		if b.except != nil && b.except.endpoint.Key() == link.Key(f.Key) {
			continue
		}
		dst = append(dst, Nearby{
			Address: f.Addr.String() + "#" + link.Key(f.Key).Fingerprint(),
			Name:    cleanName(f.Name), Title: cleanText(f.Title, lan.MaxTitle),
			Seats: int(f.Taken), MaxSeats: int(f.Seats),
			NeedsSecret: f.Flags&lan.Secret != 0, Playing: f.Flags&lan.Playing != 0, Watch: f.Flags&lan.Watch != 0, Seen: f.SeenAgo, RTT: f.RTT,
		})
	}
	return dst
}

// Err says, in a sentence for players, why the list may miss lobbies just now;
// nil if nothing is known to be wrong.
func (b *Browser) Err() error { return b.list.Err() }

// Close stops looking.
func (b *Browser) Close() { b.list.Close() }

// listing keeps the host's lobby on the lists of the local network. Owner: the
// doors.
type listing struct {
	announcer *lan.Announcer
	said      lan.Info
}

var errNoKey = errors.New("a node in memory is on no network")

// announce puts the lobby on the lists. It is no reason not to host if that
// fails: the lobby says so, and can be joined by address.
func (d *doors) announce() {
	err := errNoKey
	if key := d.room.node.key; key != nil {
		d.listing.said = d.info()
		d.listing.announcer, err = lan.Announce(lan.AnnounceConfig{
			Key: ed25519.PrivateKey(key), Game: d.room.terms.game, Info: d.listing.said,
			Network: lan.Network{Interfaces: d.room.node.interfaces},
		})
	}
	if err == nil {
		d.knocking.door = d.listing.announcer
	} else {
		d.listing.announcer = nil
		d.room.chat.happened(Event{Kind: EventUnlisted, Err: err, Text: "this lobby is on no list of the local network: " + err.Error()})
	}
}

// relist says what has changed since the last time.
func (d *doors) relist() {
	if d.listing.announcer == nil {
		return
	}
	if info := d.info(); info != d.listing.said {
		d.listing.said = info
		d.listing.announcer.Update(info) // its error is a mistake in info: there is none
	}
}

// unlist takes the lobby off the lists, and hears no more knocks.
func (d *doors) unlist() {
	if d.knocking.door != nil {
		d.knocking.door.Close()
	}
	d.listing.announcer, d.knocking.door = nil, nil
}

// info is what the lists show of the lobby.
func (d *doors) info() lan.Info {
	flags := lan.Open
	if d.room.guarding.asksNearby() {
		flags = lan.Secret
	}
	if d.room.state == Playing {
		flags |= lan.Playing
	}
	if d.room.spectators != nil {
		flags |= lan.Watch
	}
	taken := d.room.members.seats()
	return lan.Info{
		Port: d.room.node.endpoint.Addr().Port(), Flags: flags,
		Taken: uint8(min(taken, d.room.maxSeats)), Seats: uint8(d.room.maxSeats),
		Name: d.room.node.name, Title: d.room.config.Title,
	}
}
