package netcode

import (
	"fmt"

	"github.com/visavis-netcode/visavis/netcode/internal/wire"
	"github.com/visavis-netcode/visavis/rollback"
)

// LobbyConfig is how one takes part in a lobby. The zero value is one player
// in a lobby that is open to everybody. LAN, Code, Invite, Title, Spectators and
// Options are a host's, and the next host's after him: OpenLobby and
// JoinLobby refuse a field that would count for nothing, by its
// name.
type LobbyConfig struct {
	// LocalSeats is how many players sit at this machine; 0 means as many as Players,
	// and at least 1. Room.SetLocalSeats changes it in the lobby. Their inputs of a
	// frame are at most 512 bytes together: so many can be sent in time.
	LocalSeats int
	// Players are these players' names and own words, at most LocalSeats of them; the
	// rest have none of their own. Room.SetPlayer changes them in the lobby.
	Players []Player
	// Ready says on arrival that this machine's players are ready, so that the
	// host can start at once: see Room.SetReady. A host's always are.
	Ready bool
	// Secret is what one must know to get in, on the local network as elsewhere;
	// "" lets everybody in. It may be short: neither who records what is sent, nor a
	// guest who does not know it, nor somebody who answers in the host's place gets
	// anything to try a list of secrets against (SPAKE2, RFC 9382). A stranger can
	// try one with each connection; after a few wrong ones whoever comes from that
	// network has to wait longer each time, up to a minute, and the host reads of
	// it. So a word that nobody tries first is enough; the name of the game is not.
	// Who joins by a code or an invite needs no secret, and must give none. Those who are in
	// are told what proves it, though not its words, for one of them may host next.
	Secret string
	// LAN puts a host's lobby on the lists of the local network: see Browse. With it or
	// without, the host hears of a guest there whom a firewall on this computer keeps
	// out, as far as that lets in what package nat/lan listens to.
	LAN bool
	// Code makes a host's lobby one that can be joined by a short code, through
	// the node's rendezvous server: see Room.Code. Who comes must know the code.
	// With LAN set, that is not asked of those who are on a network of this
	// computer, such as its Ethernet and Wi-Fi, but not tunnels: they find the
	// lobby on the list. All who are in the lobby are told the code: one of them hosts by
	// it when the host is gone, if its node has a rendezvous server.
	Code bool
	// Invite makes a host's lobby one that can be joined by an invite, without any
	// server: see Room.Invite. As with Code, who comes must know it.
	Invite bool
	// Title is what the lists of the local network call it, as far as 48 bytes go; ""
	// is nothing. It goes with LAN.
	Title string
	// Spectators says who may watch the matches of a host's lobby: see Watch. They come by
	// the doors that players come by, and need what players need (Secret, Code, Invite),
	// but no seat. With SpectatorsCode there is a code, too, by which one can watch and get
	// no seat, to be given to whoever likes: see Room.WatchCode. The host's machine feeds two
	// of them, who feed others: a thousand may watch, of whom 50 may come at once and 10 a
	// second after that.
	Spectators Spectators
	// WatchDelayMs is how far behind the players they see a match, so that nobody is told
	// by one who watches what the others do, in milliseconds, up to 60,000; 0 means 3,000,
	// and a negative number none. When the match is over they are sent
	// the rest of it at once, if the host stays that long. It goes with Spectators.
	WatchDelayMs int
	// Wait has a guest wait where the lobby is full, or a match runs that nobody may come
	// into: the State stays Connecting, Progress says why and how many wait before it, and it
	// comes in as soon as there is a place. Eight may wait at a host, two of one address.
	Wait bool
	// Options is the host's word to the game at first; see Room.SetOptions.
	Options []byte
	// DelayFrames is the local input delay, 0 to 16, and goes with ManualDelay;
	// otherwise the delay follows the measured ping.
	DelayFrames int
	ManualDelay bool

	watch bool // it is no seat that is wanted: see Watch
}

// Spectators is who may watch the matches of a lobby.
type Spectators uint8

const (
	SpectatorsNone Spectators = iota // nobody
	SpectatorsOpen                   // whoever would be let in
	// SpectatorsCode is those, and whoever has a code of its own for that. Who has what players
	// come by may watch as well: he could take a seat and see more, and finds the lobby full
	// sometimes. It goes with Secret, Code or Invite: where players need nothing a code would
	// keep nobody from a seat.
	SpectatorsCode
)

const (
	defaultWatchDelayMs = 3_000
	maxWatchDelayMs     = wire.MaxDelayMs
)

// watchDelayMs is how far behind the players those who watch are.
func (c LobbyConfig) watchDelayMs() int {
	if c.WatchDelayMs == 0 {
		return defaultWatchDelayMs
	}
	return max(0, c.WatchDelayMs)
}

// check reports the first field that is wrong for a host or a guest, or that would
// count for nothing.
func (c LobbyConfig) check(t terms, hosting bool) error {
	bad := func(field, format string, args ...any) error {
		return fmt.Errorf("netcode: LobbyConfig.%s %s", field, fmt.Sprintf(format, args...))
	}
	seats := c.seats()
	switch {
	case c.LocalSeats < 0 || c.LocalSeats > rollback.MaxSeats:
		return bad("LocalSeats", "is %d; allowed is 1 to %d, and 0 for 1", c.LocalSeats, rollback.MaxSeats)
	case c.LocalSeats > 0 && len(c.Players) > c.LocalSeats, len(c.Players) > rollback.MaxSeats:
		return bad("Players", "are %d, and LocalSeats is %d", len(c.Players), c.LocalSeats)
	case hosting && seats > t.maxSeats:
		return bad("LocalSeats", "is %d; the lobby takes %d", seats, t.maxSeats)
	case t.tooMuch(seats) != "":
		return bad("LocalSeats", "is too many: %s", t.tooMuch(seats))
	case c.DelayFrames < 0 || c.DelayFrames > rollback.MaxDelayFrames:
		return bad("DelayFrames", "is %d; allowed is 0 to %d", c.DelayFrames, rollback.MaxDelayFrames)
	case c.DelayFrames != 0 && !c.ManualDelay:
		return bad("DelayFrames", "is %d, but the delay follows the ping without ManualDelay", c.DelayFrames)
	case c.Spectators > SpectatorsCode:
		return bad("Spectators", "is none of SpectatorsNone, SpectatorsOpen and SpectatorsCode")
	case c.Spectators == SpectatorsCode && c.Secret == "" && !c.Code && !c.Invite:
		return bad("Spectators", "is SpectatorsCode without Secret, Code or Invite: whoever has the code for watching could take a seat as well")
	case c.WatchDelayMs > maxWatchDelayMs:
		return bad("WatchDelayMs", "is %d; at most %d", c.WatchDelayMs, maxWatchDelayMs)
	case c.WatchDelayMs != 0 && c.Spectators == SpectatorsNone:
		return bad("WatchDelayMs", "is set without Spectators: nobody watches")
	case len(c.Options) > wire.MaxOptionBytes:
		return bad("Options", "are %d bytes long; at most %d", len(c.Options), wire.MaxOptionBytes)
	}
	for i, p := range c.Players {
		if err := p.check(); err != nil {
			return bad(fmt.Sprintf("Players[%d]", i), "%v", err)
		}
	}
	if field := c.hosts(); field != "" && !hosting {
		return bad(field, "is set, but only a host's counts")
	}
	if c.Wait && hosting {
		return bad("Wait", "is set, but only a guest's counts")
	}
	if c.Title != "" && !c.LAN {
		return bad("Title", "is set without LAN: no list would show it")
	}
	return nil
}

// seats is how many players sit at this machine.
func (c LobbyConfig) seats() int { return max(1, c.LocalSeats, len(c.Players)) }

// hosts names a field that is set and that is a host's, "" if there is none.
func (c LobbyConfig) hosts() string {
	switch {
	case c.LAN:
		return "LAN"
	case c.Code:
		return "Code"
	case c.Invite:
		return "Invite"
	case c.Title != "":
		return "Title"
	case c.Spectators != SpectatorsNone:
		return "Spectators"
	case len(c.Options) > 0:
		return "Options"
	}
	return ""
}
