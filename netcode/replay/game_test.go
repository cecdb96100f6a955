package replay

import (
	"bytes"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/visavis-netcode/visavis/netcode"
	"github.com/visavis-netcode/visavis/rollback"
)

// pond is a world in which everything that was ever pressed leaves a trace, with as much
// beside it as a test wants.
type pond struct {
	Frogs [4]frog
	Frame int32
	Rand  rollback.Rand
}

type frog struct{ X, Y, Jumps int32 }

func (w *pond) Step(in rollback.Inputs[uint16]) {
	w.Frame++
	for seat, pad := range in.All() {
		f := &w.Frogs[seat]
		f.X += int32(pad&15) + int32(w.Rand.Uint32()%3)
		f.Y ^= f.X
		if pad&16 != 0 && in.Present(seat) {
			f.Jumps++
		}
	}
}

func pondGame() netcode.Config[pond, uint16] {
	return netcode.Config[pond, uint16]{
		Game: "pond", Rules: 3, Step: (*pond).Step, MinSeats: 1, MaxSeats: 4, Absent: netcode.AbsentFrozen,
		Start: func(s netcode.Setup) pond { return pond{Rand: rollback.NewRand(s.Seed)} },
	}
}

// memory is a file in memory.
type memory struct {
	mu sync.Mutex
	b  []byte
}

func (m *memory) Write(b []byte) (int, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.b = append(m.b, b...)
	return len(b), nil
}

func (m *memory) Close() error { return nil }

// recordMatch plays a match of some machines for so many frames over a bad network, of whom
// the last leaves half-way if there are three, and returns the first one's log.
func recordMatch[S any](t testing.TB, game netcode.Config[S, uint16], machines int, frames int32) []byte {
	t.Helper()
	network := netcode.NewMemoryNetwork(5)
	network.SetConditions(netcode.Conditions{DelayMs: 30, JitterMs: 10, LossPercent: 2})
	var lobbies []*netcode.Lobby[S, uint16]
	var address string
	for i := range machines {
		node := network.NewNode([]string{"Ana", "Ben", "Cem", "Dua"}[i])
		var lobby *netcode.Lobby[S, uint16]
		var err error
		if i == 0 {
			lobby, err = netcode.OpenLobby(node, game, netcode.LobbyConfig{Options: []byte("wet")})
			address = node.Addr().String()
		} else {
			lobby, err = netcode.JoinLobby(node, game, address, netcode.LobbyConfig{Ready: true})
		}
		if err != nil {
			t.Fatal(err)
		}
		lobbies = append(lobbies, lobby)
	}
	file, recording := &memory{}, (*netcode.Recording)(nil)
	for ticks := range 60 * 3600 {
		for i, l := range lobbies {
			network.Advance(time.Second / 60 / time.Duration(machines))
			m := l.Match()
			if m == nil {
				if l.SetReady(true); i == 0 && len(l.AppendMembers(nil)) == machines && l.Blocker() == "" {
					l.Start(11, frames)
				}
				l.Poll()
				continue
			}
			if i == 0 && recording == nil {
				var err error
				if recording, err = m.Record(file); err != nil {
					t.Fatal(err)
				}
			}
			rng := rollback.NewRand(uint64(ticks/9*8 + i))
			status := m.Tick(uint16(rng.Uint32()))
			for recording != nil && recording.Pending() > 0 {
				runtime.Gosched()
			}
			if i == 0 && status.Over {
				<-recording.Done()
				if recording.Err() != nil {
					t.Fatal(recording.Err())
				}
				return file.b
			}
			if i == 2 && status.Frame == rollback.Frame(frames/2) {
				m.Leave()
			}
		}
	}
	t.Fatal("the match does not end")
	return nil
}

func openBytes[S any](t testing.TB, game netcode.Config[S, uint16], b []byte) *Replay[S, uint16] {
	t.Helper()
	r, err := Open(game, bytes.NewReader(b), int64(len(b)), nil)
	if err != nil {
		t.Fatal(err)
	}
	return r
}
