package netcode

import (
	"github.com/visavis-netcode/visavis/nat/invite"
	"github.com/visavis-netcode/visavis/netcode/internal/wire"
	"github.com/visavis-netcode/visavis/netcode/matchlog"
)

// Lobby is where players meet before a match, and again after it. The methods
// that do not depend on the game's types are Room's.
type Lobby[S, I any] struct {
	*Room
	config Config[S, I]
	match  *Match[S, I]

	takeover Takeover[S, I] // nil: a match begins as the game says
}

// OpenLobby makes this machine the host of a new lobby on the node. It returns
// an error if one of the configs cannot be meant.
func OpenLobby[S, I any](node *Node, game Config[S, I], config LobbyConfig) (*Lobby[S, I], error) {
	t, err := game.terms()
	if err != nil {
		return nil, err
	}
	if err := config.check(t, true); err != nil {
		return nil, err
	}
	room, err := openLobby(node, t, config)
	if err != nil {
		return nil, err
	}
	return newLobby(room, game), nil
}

// JoinLobby asks for a seat in the lobby at address, HOST:PORT,
// HOST:PORT#FINGERPRINT, a code such as K7QF-3MX9-TD4W or an invite. It returns at
// once, Connecting; whether it worked shows in State and Err. With an invite the
// host may have to be sent a reply: see Room.Reply. An error means that address or
// one of the configs make no sense.
func JoinLobby[S, I any](node *Node, game Config[S, I], address string, config LobbyConfig) (*Lobby[S, I], error) {
	t, err := game.terms()
	if err != nil {
		return nil, err
	}
	if err := config.check(t, false); err != nil {
		return nil, err
	}
	room, err := join(node, t, address, config)
	if err != nil {
		return nil, err
	}
	return newLobby(room, game), nil
}

// join finds out what it is that the player has entered.
func join(node *Node, t terms, text string, config LobbyConfig) (*Room, error) {
	noSecret := &ConnectError{Code: ReasonCode, Address: text, Reason: "who has a code or an invite needs no secret: leave it empty (LobbyConfig.Secret)"}
	if invite.IsInvite(text) {
		if config.Secret != "" {
			return nil, noSecret
		}
		return joinByInvite(node, t, text, config)
	}
	if !isAddress(text) {
		code, err := invite.ParseCode(text)
		if err != nil {
			return nil, &ConnectError{Code: ReasonCode, Address: text, Reason: voiced(err.Error())}
		}
		if config.Secret != "" {
			return nil, noSecret
		}
		return joinByCode(node, t, code, config)
	}
	inv, err := parseInvitation(text)
	if err != nil {
		return nil, err
	}
	return joinLobby(node, t, inv, config), nil
}

func newLobby[S, I any](room *Room, game Config[S, I]) *Lobby[S, I] {
	l := &Lobby[S, I]{Room: room, config: game.filled()}
	room.begin = func(start *wire.Start) (*play, error) {
		game, err := l.goingOn(start)
		if err != nil {
			return nil, err
		}
		match, err := newMatch(room, game, start)
		if err != nil {
			return nil, err
		}
		l.match = match
		return match.play, nil
	}
	room.resume = func(p *play, start *wire.Start, at *matchlog.Snapshot, world []byte) (enter func(), err error) {
		match, err := resumeMatch(room, p, l.config, start, at, world)
		return func() { l.match = match }, err
	}
	return l
}

// Match returns the match that runs, or ran last; nil before the first one. A
// rematch is a new Match.
func (l *Lobby[S, I]) Match() *Match[S, I] { return l.match }
