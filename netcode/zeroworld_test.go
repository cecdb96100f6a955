//go:build !race

package netcode

import (
	"encoding/binary"
	"testing"

	"github.com/visavis-netcode/visavis/rollback"
)

// board is a world whose functions, rightly, count on what Start has made.
type board struct{ cells *[4]uint32 }

func boardConfig() Config[board, uint8] {
	return Config[board, uint8]{
		Game: "board", SaveEvery: 4, ChecksumFrames: 10,
		Start: func(Setup) board { return board{new([4]uint32)} },
		Step: func(w *board, in rollback.Inputs[uint8]) {
			for seat, pad := range in.All() {
				w.cells[seat] = w.cells[seat]*5 + uint32(pad)
			}
		},
		Copy: func(dst, src *board) {
			cells := *src.cells
			dst.cells = &cells
		},
		Append: func(b []byte, w *board) []byte {
			for _, c := range w.cells {
				b = binary.LittleEndian.AppendUint32(b, c)
			}
			return b
		},
		Decode: func(w *board, b []byte) error {
			w.cells = new([4]uint32)
			for i := range w.cells {
				w.cells[i] = binary.LittleEndian.Uint32(b[4*i:])
			}
			return nil
		},
	}
}

// TestNoZeroWorld: Copy and Append are never called with a world that the game has
// not made, neither when a lobby opens nor in a match, which saves as rarely as the
// config says.
func TestNoZeroWorld(t *testing.T) {
	network := NewMemoryNetwork(1)
	host, err := OpenLobby(network.NewNode("Ana"), boardConfig(), LobbyConfig{})
	if err != nil {
		t.Fatal(err)
	}
	guest, err := JoinLobby(network.NewNode("Ben"), boardConfig(), host.node.Addresses()[0], LobbyConfig{Ready: true})
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; host.Match() == nil || guest.Match() == nil; i++ {
		if i > 1000 {
			t.Fatal(host.Blocker(), guest.Progress())
		}
		host.Poll()
		guest.Poll()
		if host.Match() == nil && host.Blocker() == "" && host.members.seats() == 2 {
			if err := host.Start(1, 0); err != nil {
				t.Fatal(err)
			}
		}
		network.Advance(testTick)
	}
	for i := range 300 {
		host.Match().Tick(uint8(i / 7))
		guest.Match().Tick(uint8(i / 5))
		network.Advance(testTick)
	}
	if s := host.Match().Stats(); s.Frame < 280 || host.Match().World().cells[1] == 0 {
		t.Errorf("%+v", s)
	}
}
