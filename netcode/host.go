package netcode

import (
	"context"
	"errors"
	"time"

	"github.com/visavis-netcode/visavis/nat/invite"
)

// waitStep is how long Host and Join wait for the network at a time.
const waitStep = 20 * time.Millisecond

// MeetConfig is how Host and Join meet the others: what Listen, and OpenLobby or
// JoinLobby, would be given.
type MeetConfig struct {
	Node  NodeConfig
	Lobby LobbyConfig
	// Progress, if not nil, is called on the goroutine that called Host or Join when
	// there is something new to say of the way to the match: words is a sentence or
	// so for a player. A host reads there, too, who could not come in because his game is
	// another one or another version. The room tells the code or the invite for a guest (Code,
	// Invite), or the guest's reply (Reply). A host with a code or an invite needs it.
	Progress func(room *Room, words string)
}

// Host opens a lobby for seats players, no more and no fewer, on a node made from
// meet.Node, waits until they are there and ready, starts a match that goes on until
// game.Over says so, and returns it. Who brings more players than there is room for is
// refused; who brings fewer leaves places for others. With meet.Lobby.Code or Invite set, meet.Progress is where
// the code or invite is learnt. For a lobby that players can see, use Listen and
// OpenLobby. A lobby that is on the lists of the local network (meet.Lobby.LAN)
// has a node with the key of the day: see NodeConfig.DayKey. The end of ctx ends
// the waiting: the error then says what was waited for, and wraps ctx.Err(), so that
// errors.Is finds context.DeadlineExceeded or context.Canceled. Match.Room is the
// lobby. Close the match when it is done with.
func Host[S, I any](ctx context.Context, seats int, game Config[S, I], meet MeetConfig) (*Match[S, I], error) {
	if (meet.Lobby.Code || meet.Lobby.Invite) && meet.Progress == nil {
		return nil, errors.New("netcode: MeetConfig.Progress is missing: without it nobody learns the code or the invite")
	}
	if err := meet.checkPortMap(meet.Lobby.Invite); err != nil {
		return nil, err
	}
	game, err := game.exactly(seats)
	if err != nil {
		return nil, err
	}
	meet.Node.DayKey = meet.Node.DayKey || meet.Lobby.LAN
	node, err := Listen(meet.Node)
	if err != nil {
		return nil, err
	}
	lobby, err := OpenLobby(node, game, meet.Lobby)
	if err != nil {
		node.Close()
		return nil, err
	}
	return waitForMatch(ctx, node, lobby, meet.Progress, func() error {
		if lobby.Blocker() != "" {
			return nil
		}
		return lobby.Start(RandomSeed(), UntilOver)
	})
}

// Join takes a seat in the lobby at address, which is HOST:PORT,
// HOST:PORT#FINGERPRINT, a code or an invite, on a node made from meet.Node,
// says that it is ready and returns the match when the host has started it. If the host
// goes before that, and others are there, one of them starts it in his place. The
// end of ctx ends the waiting, with an error as Host's. Close the match when it is done
// with.
func Join[S, I any](ctx context.Context, address string, game Config[S, I], meet MeetConfig) (*Match[S, I], error) {
	if err := meet.checkPortMap(invite.IsInvite(address)); err != nil {
		return nil, err
	}
	node, err := Listen(meet.Node)
	if err != nil {
		return nil, err
	}
	meet.Lobby.Ready = true
	lobby, err := JoinLobby(node, game, address, meet.Lobby)
	if err != nil {
		node.Close()
		return nil, err
	}
	return waitForMatch(ctx, node, lobby, meet.Progress, func() error {
		switch {
		case lobby.State() != Gathering:
		case !lobby.Hosting():
			lobby.SetReady(true)
		case len(lobby.AppendMembers(nil)) == 1:
			return lobby.office.why // the host is gone, and nobody else was there
		case lobby.Blocker() == "": // the host is gone, and this one is the next
			return lobby.Start(RandomSeed(), UntilOver)
		}
		return nil
	})
}

// checkPortMap refuses a PortMap that asks nobody: see NodeConfig.PortMap.
func (c MeetConfig) checkPortMap(invite bool) error {
	if n := c.Node; n.PortMap && !invite && n.Rendezvous == "" && len(n.STUN)+len(n.TURN) == 0 {
		return errors.New("netcode: NodeConfig.PortMap is set, but it goes with Rendezvous, STUN, TURN or an invite")
	}
	return nil
}

// gaveUpError: the caller's context is over. It says what was waited for; callers tell
// it by its cause.
type gaveUpError struct {
	reason string
	cause  error
}

func (e *gaveUpError) Error() string { return e.reason }

func (e *gaveUpError) Unwrap() error { return e.cause }

// waitingWords says what keeps a match from beginning, and who could not come in.
func waitingWords(r *Room) string {
	words := r.Progress()
	if why := r.Blocker(); r.Hosting() && why != "" {
		words = why
	}
	misfit := misfitWords(r)
	if words != "" && misfit != "" {
		words += "; "
	}
	return words + misfit
}

// misfitWords says whose game was the last that did not fit this host's; "" if none was.
func misfitWords(r *Room) string {
	if r.authority == nil {
		return ""
	}
	return r.guarding.lastMisfit
}

// waitForMatch polls the lobby until its match has begun.
func waitForMatch[S, I any](ctx context.Context, node *Node, lobby *Lobby[S, I], progress func(*Room, string), act func() error) (*Match[S, I], error) {
	var said [2]string
	for lobby.Match() == nil {
		lobby.Poll()
		for i, words := range [2]string{lobby.Progress(), misfitWords(lobby.Room)} {
			if progress != nil && words != said[i] {
				said[i] = words
				progress(lobby.Room, words)
			}
		}
		err := lobby.Err()
		if err == nil {
			err = act()
		}
		if err == nil && ctx.Err() != nil {
			err = &gaveUpError{reason: "no match has begun: " + waitingWords(lobby.Room), cause: ctx.Err()}
		}
		if err != nil {
			node.Close()
			return nil, err
		}
		node.Wait(waitStep)
	}
	return lobby.Match(), nil
}

// Close leaves the match and its lobby, tells the others, and closes the node.
func (m *Match[S, I]) Close() { m.room.node.Close() }
