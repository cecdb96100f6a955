package pathfinder

import (
	"net/netip"

	"github.com/visavis-netcode/visavis/nat"
)

// Kind is what sort of way packets take. All that depends on it stands in this file.
type Kind string

const (
	NoPath      Kind = ""             // there is none
	Loopback    Kind = "loopback"     // on this computer
	LAN         Kind = "lan"          // in a private network
	Direct      Kind = "direct"       // through routers
	Direct6     Kind = "direct6"      // by IPv6
	Mapped      Kind = "mapped"       // to a port that a router forwards
	Birthday    Kind = "birthday"     // to a port that was found by search
	PlayerRelay Kind = "player-relay" // by way of another player: see Detour
	ServerRelay Kind = "server-relay" // by way of the rendezvous server
	TURN        Kind = "turn"         // by way of a TURN server, ours or theirs
)

// Relayed reports whether the way leads through a third party.
func (k Kind) Relayed() bool { return rankOf(k) != rankDirect }

// rank is how dear a path is to those whom it leads through: the lower one is
// used, however long it is.
type rank uint8

const (
	rankDirect rank = iota
	rankPlayer      // another player's computer
	rankServer      // the rendezvous server
	rankTURN        // a TURN server
)

// rankOf is the rank of paths of a kind.
func rankOf(kind Kind) rank {
	switch kind {
	case PlayerRelay:
		return rankPlayer
	case ServerRelay:
		return rankServer
	case TURN:
		return rankTURN
	}
	return rankDirect
}

// words name the kind for a player.
func (k Kind) words() string {
	switch k {
	case Loopback:
		return "This computer"
	case LAN:
		return "Local network"
	case Direct6:
		return "Direct (IPv6)"
	case Mapped:
		return "Direct (forwarded port)"
	case PlayerRelay:
		return "By way of another player"
	case ServerRelay:
		return "By way of the server"
	case TURN:
		return "By way of a TURN server"
	}
	return "Direct"
}

// KindTo is the kind of the way to an address that packets go straight to.
func KindTo(addr netip.Addr) Kind {
	switch addr = addr.Unmap(); {
	case addr.IsLoopback():
		return Loopback
	case addr.IsPrivate(), addr.IsLinkLocalUnicast():
		return LAN
	case addr.Is6():
		return Direct6
	}
	return Direct
}

// kindOf is the kind of a path that punching has found; probed says that ports were
// searched.
func kindOf(p nat.Path, probed bool) Kind {
	kind := KindTo(p.Remote.Addr())
	switch {
	case kind == Loopback:
	case p.Socket != 0 || p.Kind == nat.KindPeerReflexive && probed:
		return Birthday
	case kind == Direct && p.Kind == nat.KindMapped:
		return Mapped
	}
	return kind
}
