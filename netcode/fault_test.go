//go:build !race

package netcode

import (
	"encoding/binary"
	"errors"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/visavis-netcode/visavis/rollback"
)

// shelf is a world with functions of its own, which are right: each test plants a
// mistake.
type shelf struct {
	Frame int32
	Blink int32
	Lines []int32
	Cups  map[int32]int32
}

func shelfGame() Config[shelf, uint8] {
	return Config[shelf, uint8]{
		Game: "shelf", MinSeats: 2, MaxSeats: 2, ChecksumFrames: 30,
		Start: func(Setup) shelf {
			return shelf{Lines: make([]int32, 4), Cups: map[int32]int32{1: 0, 2: 0, 3: 0, 4: 0}}
		},
		Step: stepShelf,
		Copy: func(dst, src *shelf) {
			dst.Frame, dst.Blink = src.Frame, src.Blink
			dst.Lines, dst.Cups = append(dst.Lines[:0], src.Lines...), maps.Clone(src.Cups)
		},
		Append: func(b []byte, w *shelf) []byte {
			b = appendInts(b, w.Frame, w.Blink)
			b = appendInts(b, w.Lines...)
			for _, key := range slices.Sorted(maps.Keys(w.Cups)) {
				b = appendInts(b, w.Cups[key])
			}
			return b
		},
		Decode: decodeShelf,
	}
}

func stepShelf(w *shelf, in rollback.Inputs[uint8]) {
	w.Frame++
	for seat, pad := range in.All() {
		w.Lines[seat] = w.Lines[seat]*5 + int32(pad)
		w.Cups[int32(seat)+1] += int32(pad)
	}
}

func appendInts(b []byte, all ...int32) []byte {
	for _, n := range all {
		b = binary.LittleEndian.AppendUint32(b, uint32(n))
	}
	return b
}

func decodeShelf(w *shelf, b []byte) error {
	var all [10]int32
	if len(b) != 4*len(all) {
		return errors.New("no shelf")
	}
	for i := range all {
		all[i] = int32(binary.LittleEndian.Uint32(b[4*i:]))
	}
	w.Frame, w.Blink, w.Lines = all[0], all[1], slices.Clone(all[2:6])
	w.Cups = map[int32]int32{1: all[6], 2: all[7], 3: all[8], 4: all[9]}
	return nil
}

// desyncOfShelves plays two copies of the game, which may differ in functions, until both
// have found out that the worlds do; drawn is called with Ben's match after each tick.
func desyncOfShelves(t *testing.T, ana, ben Config[shelf, uint8], drawn func(*Match[shelf, uint8])) (all [2]*DesyncError) {
	t.Helper()
	network := NewMemoryNetwork(1)
	network.SetConditions(Conditions{DelayMs: 50, JitterMs: 20, LossPercent: 2})
	ms := twoMatched(t, network, ana, ben)
	pads := [2]rollback.Rand{rollback.NewRand(1), rollback.NewRand(2)}
	for range 600 {
		network.Advance(testTick)
		for i, m := range ms {
			m.Tick(uint8(pads[i].Uint32() >> 30))
			if i == 1 && drawn != nil && !m.play.over() {
				drawn(m)
			}
		}
		if ms[0].play.over() && ms[1].play.over() {
			for i, m := range ms {
				if r, _ := m.Result(); !errors.As(r.Err, &all[i]) {
					t.Fatalf("peer %d: %+v", i, r)
				}
			}
			return all
		}
	}
	t.Fatal("nobody has found anything out")
	return all
}

// TestDesyncNamesWhatIsAtFault: a mistake in what the game gives the engine is named, and
// not blamed on the rules; without one the rules are blamed, and it is said what Guard
// could still find.
func TestDesyncNamesWhatIsAtFault(t *testing.T) {
	bens := int32(0) // what only Ben's Step knows of
	for _, row := range []struct {
		name     string
		both     func(c *Config[shelf, uint8])
		bens     func(c *Config[shelf, uint8])
		drawn    func(m *Match[shelf, uint8])
		ana, ben string // faults
		says     string // by Ben's words
	}{
		{name: "Append ranges over a map", both: func(c *Config[shelf, uint8]) {
			c.Append = func(b []byte, w *shelf) []byte {
				b = appendInts(appendInts(b, w.Frame, w.Blink), w.Lines...)
				for key, cup := range w.Cups {
					b = appendInts(b, key*1000+cup)
				}
				return b
			}
		}, ana: "Config.Append", ben: "Config.Append", says: "Config.Append writes one world in two ways (byte "},
		{name: "Copy leaves a field out", both: func(c *Config[shelf, uint8]) {
			c.Copy = func(dst, src *shelf) {
				dst.Frame = src.Frame
				dst.Lines, dst.Cups = append(dst.Lines[:0], src.Lines...), maps.Clone(src.Cups)
			}
			c.Step = func(w *shelf, in rollback.Inputs[uint8]) {
				stepShelf(w, in)
				w.Blink += w.Lines[0] | 1
			}
		}, ana: "Config.Copy", ben: "Config.Copy", says: "Config.Copy leaves something out: Blink is "},
		{name: "Copy shares a slice", both: func(c *Config[shelf, uint8]) {
			c.Copy = func(dst, src *shelf) {
				cups := maps.Clone(src.Cups)
				*dst = *src
				dst.Cups = cups
			}
		}, ana: "Config.Copy", ben: "Config.Copy", says: "Config.Copy does not copy Lines: two worlds hold the same memory there"},
		{name: "Copy shares a map", both: func(c *Config[shelf, uint8]) {
			c.Copy = func(dst, src *shelf) {
				lines := slices.Clone(src.Lines)
				*dst = *src
				dst.Lines = lines
			}
		}, ana: "Config.Copy", ben: "Config.Copy", says: "Config.Copy does not copy Cups: two worlds hold the same memory there"},
		{name: "Step draws lots", both: func(c *Config[shelf, uint8]) {
			c.Step = func(w *shelf, in rollback.Inputs[uint8]) {
				stepShelf(w, in)
				w.Blink = rand.Int32N(1000)
			}
		}, ana: "Step", ben: "Step", says: "Step makes two worlds of one in frame "},
		{name: "Step ranges over a map", both: func(c *Config[shelf, uint8]) {
			c.Step = func(w *shelf, in rollback.Inputs[uint8]) {
				stepShelf(w, in)
				for key := range w.Cups {
					w.Blink = w.Blink*7 + key
				}
			}
		}, ana: "Step", ben: "Step", says: "Step makes two worlds of one in frame "},
		{name: "Step reads a clock", bens: func(c *Config[shelf, uint8]) {
			c.Step = func(w *shelf, in rollback.Inputs[uint8]) {
				stepShelf(w, in)
				w.Blink = bens / 10 // it stays a while, as seconds do
			}
		}, drawn: func(*Match[shelf, uint8]) { bens++ }, ana: "", ben: "outside Step", says: "or Step depends on more than the world and the inputs"},
		{name: "written to while drawing", drawn: func(m *Match[shelf, uint8]) {
			if m.World().Frame > 40 {
				m.World().Blink++
			}
		}, ana: "", ben: "outside Step", says: "something outside Step has written to the world, which Config.Guard finds, or Step"},
		{name: "written to while drawing the first frame", drawn: func(m *Match[shelf, uint8]) { m.World().Blink++ },
			ana: "", ben: "outside Step", says: "in what Start has made: something has written to the world, which Config.Guard finds"},
		{name: "other rules", bens: func(c *Config[shelf, uint8]) {
			c.Step = func(w *shelf, in rollback.Inputs[uint8]) {
				stepShelf(w, in)
				w.Blink = w.Lines[0] & 1
			}
		}, ana: "", ben: "", says: "the game's rules gave two answers, or something has written to a world outside them, which Config.Guard finds."},
		{name: "other rules, guarded", both: func(c *Config[shelf, uint8]) { c.Guard = true }, bens: func(c *Config[shelf, uint8]) {
			c.Step = func(w *shelf, in rollback.Inputs[uint8]) {
				stepShelf(w, in)
				w.Blink = w.Lines[0] & 1
			}
		}, ana: "", ben: "", says: "Nobody did anything wrong: the game's rules gave two answers."},
		{name: "Step reads a clock, guarded", both: func(c *Config[shelf, uint8]) { c.Guard = true }, bens: func(c *Config[shelf, uint8]) {
			c.Step = func(w *shelf, in rollback.Inputs[uint8]) {
				stepShelf(w, in)
				w.Blink = bens / 10
			}
		}, drawn: func(*Match[shelf, uint8]) { bens++ }, ana: "", ben: "Step", says: "is stepped again: Step depends on more than"},
		{name: "Start draws lots", both: func(c *Config[shelf, uint8]) {
			c.Start = func(Setup) shelf {
				w := shelfGame().Start(Setup{})
				w.Blink = rand.Int32()
				return w
			}
		}, ana: "", ben: "", says: "Nobody did anything wrong: the game's Start made two worlds of one Setup, or something"},
		{name: "other rules, and Decode leaves a field out", both: func(c *Config[shelf, uint8]) {
			c.Decode = func(w *shelf, b []byte) error {
				err := decodeShelf(w, b)
				w.Blink = 0
				return err
			}
		}, bens: func(c *Config[shelf, uint8]) {
			c.Step = func(w *shelf, in rollback.Inputs[uint8]) {
				stepShelf(w, in)
				w.Blink = 7
			}
		}, ana: "", ben: "Config.Decode", says: "Config.Decode leaves something out"},
	} {
		t.Run(row.name, func(t *testing.T) {
			bens = 0
			ana, ben := shelfGame(), shelfGame()
			for _, c := range []*Config[shelf, uint8]{&ana, &ben} {
				if row.both != nil {
					row.both(c)
				}
			}
			if row.bens != nil {
				row.bens(&ben)
			}
			found := desyncOfShelves(t, ana, ben, row.drawn)
			if found[0].Fault != row.ana || found[1].Fault != row.ben || !strings.Contains(found[1].Text, row.says) {
				t.Errorf("Ana's fault %q, want %q: %s\nBen's %q, want %q: %s\nwhich should say: %s", found[0].Fault, row.ana, found[0].Text, found[1].Fault, row.ben, found[1].Text, row.says)
			}
		})
	}
}

// TestDesyncWithFaultAmongThree: who only hears of a desync reads whose copy is at fault.
func TestDesyncWithFaultAmongThree(t *testing.T) {
	tb := newTable(t, 1, 3, ledgerGame(), LobbyConfig{}, Conditions{DelayMs: 20})
	tb.start(1, 0)
	tb.frame(1, 80)
	tb.disturb(1)
	told := 0
	for i, r := range tb.playOut(10) {
		d := new(DesyncError)
		switch {
		case !errors.As(r.Err, &d):
			t.Errorf("peer %d: %+v", i, r)
		case (d.Fault == "outside Step") != (i == 1) || i == 1 && !strings.Contains(d.Text, "mistake in the game: here Sum[0] is "):
			t.Errorf("peer %d: %q, %s", i, d.Fault, d.Text)
		case strings.Contains(d.Text, "P1's game says: "):
			if told++; !strings.Contains(d.Text, "mistake in the game: at P1's Sum[0] is ") {
				t.Errorf("peer %d: %s", i, d.Text)
			}
		}
	}
	t.Logf("%d were told", told)
}
