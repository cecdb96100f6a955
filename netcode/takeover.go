package netcode

import (
	"errors"
	"fmt"

	"github.com/visavis-netcode/visavis/netcode/internal/wire"
	"github.com/visavis-netcode/visavis/rollback"
)

// Takeover makes a match out of the recording that a lobby looks at, from a frame of it on: game
// is replay.Replay.TakeOver there, and was what the recorded match started from.
type Takeover[S, I any] func(at rollback.Frame) (game Config[S, I], was Setup, err error)

// SetTakeover says how a match goes on from the recording that the lobby looks at
// (Room.Screening), on this machine: see StartFromReplay. Until it is set this machine takes
// part in no such match from its beginning; nil takes it back.
func (l *Lobby[S, I]) SetTakeover(t Takeover[S, I]) {
	l.takeover, l.takesOver = t, t != nil
}

// StartFromReplay begins a match that goes on from the frame that is shown, as Start begins one
// of its own: with as many seats as the recorded match had, and its options. The members get
// them in the order of their numbers, as far as they have the recording; seats that are left
// are those of Config.LateSeats, and members that are left come in late, without a seat as long
// as none is free. Both takes Config.LateJoin at LateAnybody. Every machine makes the world by
// its own recording and its own rules; whose is another one than the host's reads so, and is
// out. It returns ErrNotHost, a *NotReadyError, or what else is in the way in words.
func (l *Lobby[S, I]) StartFromReplay(frames int32) error {
	switch a, s := l.authority, l.screening; {
	case a == nil:
		return ErrNotHost
	case a.Blocked() != nil:
		return a.Blocked()
	case s != nil && s.Grows():
		return &NotReadyError{Code: ReasonNotReady, Reason: "the match that is shown goes on: it can be played on from when it is over"}
	case s == nil || s.Log() == nil || l.takeover == nil:
		return &NotReadyError{Code: ReasonNotReady, Reason: "there is no recording here to go on from"}
	}
	at := l.screening.Frame()
	game, was, err := l.takeover(at)
	if err != nil {
		return err
	}
	if world := game.Start(was); game.Over != nil && game.Over(&world) {
		return errors.New("the match is over here: go back a little")
	}
	return l.authority.startFrom(&wire.Start{
		Seed: was.Seed, Frames: max(0, frames), Options: was.Options, ReelFrame: int32(at), ReelWorld: worldMark(game.Rules),
	}, was.Seats)
}

// worldMark is what a start tells of the world that it goes on from; never 0. The rules of
// replay.Replay.TakeOver are other ones for each world.
func worldMark(rules uint64) uint64 { return max(rules, 1) }

// goingOn is the game with the start that a match goes on from.
func (l *Lobby[S, I]) goingOn(start *wire.Start) (Config[S, I], error) {
	if start.ReelWorld == 0 {
		return l.config, nil
	}
	if l.screening == nil || l.screening.Log() == nil || l.takeover == nil {
		return l.config, errors.New("it goes on from a recording that this machine does not have")
	}
	game, was, err := l.takeover(rollback.Frame(start.ReelFrame))
	if err != nil {
		return l.config, err
	}
	if worldMark(game.Rules) != start.ReelWorld {
		return l.config, fmt.Errorf("it goes on from frame %d of the recording, and this copy of the game has another world there than the host's: both need the same version", start.ReelFrame)
	}
	config := l.config
	config.Start = func(Setup) S { return game.Start(was) }
	return config, nil
}

// startFrom begins a match of so many seats with those members who have the recording.
func (a *authority) startFrom(start *wire.Start, seats int) error {
	s := a.room.screening
	taken := 0
	machines, left := a.room.members.seated(func(m *member) bool {
		plays := taken+len(m.Players) <= seats && s.Has(int(m.Machine))
		if plays {
			taken += len(m.Players)
		}
		return plays
	})
	start.Machines = machines
	start.Empty = uint8(seats - start.Seats())
	if (left > 0 || start.Empty > 0) && a.room.terms.lateJoin != LateAnybody {
		return &NotReadyError{Code: ReasonTooFew, Reason: fmt.Sprintf("the recorded match is one of %s, and only as many who have the recording can go on with it", inPlayers(seats))}
	}
	a.send(start)
	return nil
}
