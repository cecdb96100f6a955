package netcode

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"time"
)

// waitStep is how long Host and Join wait for the network at a time.
const waitStep = 20 * time.Millisecond

// Host opens a lobby on a node made from config.Node, waits until seats players
// are there and ready, starts a match that goes on until config.Over says so,
// and returns it. With Config.Lobby.Code or Invite set, Config.Progress is where
// the code or invite is learnt. For a lobby that players can see, use Listen and
// OpenLobby. A lobby that is on the lists of the local network (Config.Lobby.LAN)
// has a node with the key of the day: see NodeConfig.DayKey. The end of ctx ends
// the waiting. Close the match when it is done with.
func Host[S, I any](ctx context.Context, seats int, config Config[S, I]) (*Match[S, I], error) {
	config.Node.DayKey = config.Node.DayKey || config.Lobby.LAN
	node, err := Listen(config.Node)
	if err != nil {
		return nil, err
	}
	lobby, err := OpenLobby(node, config, config.Lobby)
	if err != nil {
		node.Close()
		return nil, err
	}
	return waitForMatch(ctx, node, lobby, config.Progress, func() error {
		if lobby.seatsTaken() < seats || lobby.Blocker() != "" {
			return nil
		}
		var seed [8]byte
		rand.Read(seed[:])
		return lobby.Start(binary.LittleEndian.Uint64(seed[:]), 0)
	})
}

// Join takes a seat in the lobby at address, which is HOST:PORT,
// HOST:PORT#FINGERPRINT, a code or an invite, on a node made from config.Node,
// says that it is ready and returns the match when the host has started it. The
// end of ctx ends the waiting. Close the match when it is done with.
func Join[S, I any](ctx context.Context, address string, config Config[S, I]) (*Match[S, I], error) {
	node, err := Listen(config.Node)
	if err != nil {
		return nil, err
	}
	config.Lobby.Ready = true
	lobby, err := JoinLobby(node, config, address, config.Lobby)
	if err != nil {
		node.Close()
		return nil, err
	}
	return waitForMatch(ctx, node, lobby, config.Progress, func() error {
		if lobby.State() == Gathering {
			lobby.SetReady(true)
		}
		return nil
	})
}

// gaveUpError: the caller's context is over. It says what was waited for.
type gaveUpError struct {
	reason string
	cause  error
}

func (e *gaveUpError) Error() string { return e.reason }

func (e *gaveUpError) Unwrap() error { return e.cause }

// waitingWords says what keeps a match from beginning.
func (r *Room) waitingWords() string {
	if why := r.Blocker(); r.host && why != "" {
		return why
	}
	return r.Progress()
}

// waitForMatch polls the lobby until its match has begun.
func waitForMatch[S, I any](ctx context.Context, node *Node, lobby *Lobby[S, I], progress func(*Room, string), act func() error) (*Match[S, I], error) {
	said := ""
	for lobby.Match() == nil {
		lobby.Poll()
		if words := lobby.Progress(); progress != nil && words != said {
			said = words
			progress(lobby.Room, words)
		}
		err := lobby.Err()
		if err == nil {
			err = act()
		}
		if err == nil && ctx.Err() != nil {
			err = &gaveUpError{reason: "no match has begun: " + lobby.waitingWords(), cause: ctx.Err()}
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
func (m *Match[S, I]) Close() { m.play.room.node.Close() }
