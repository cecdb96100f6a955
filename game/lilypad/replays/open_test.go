//go:build !race

package replays

import (
	"bytes"
	"context"
	"flag"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/visavis-netcode/visavis/game/lilypad/netplay"
	"github.com/visavis-netcode/visavis/game/lilypad/rules"
	"github.com/visavis-netcode/visavis/netcode"
	"github.com/visavis-netcode/visavis/netcode/replay"
)

type gameConfig = netcode.Config[rules.World, rules.Pad]

// What cannot be played is refused in words that say why.
func TestRefusedInWords(t *testing.T) {
	whole := played(t, 30, nobody, nil)
	newer := bytes.Clone(whole)
	newer[7] = 9
	noise := make([]byte, 10_000)
	rng := rand.New(rand.NewPCG(3, 4))
	for i := range noise {
		noise[i] = byte(rng.Uint32())
	}
	for words, b := range map[string][]byte{
		"no recorded match":           noise,
		"this file is no":             nil,
		"no recorded":                 make([]byte, 100_000),
		"newer version":               newer,
		"nothing of it can be played": whole[:60],
		`one of "chess"`:              played(t, 30, nobody, func(c *gameConfig, _ *rules.World, _ *netcode.Setup) { c.Game = "chess" }),
		"rules version 3":             played(t, 30, nobody, func(c *gameConfig, _ *rules.World, _ *netcode.Setup) { c.Rules = 3 }),
		"the game refuses the world of frame 0: world: Seats is 200": played(t, 0, nobody, func(_ *gameConfig, w *rules.World, _ *netcode.Setup) { w.Seats = 200 }),
		"the game refuses the world of frame 0: frog 1":              played(t, 0, nobody, func(_ *gameConfig, w *rules.World, _ *netcode.Setup) { w.Frogs[1].State = 77 }),
		"it has 12 players, and this game is for 1 to 8": played(t, 0, nobody, func(_ *gameConfig, _ *rules.World, s *netcode.Setup) {
			for len(s.Roster) < 12 {
				s.Roster = append(s.Roster, s.Roster[0])
			}
		}),
	} {
		if about := Of(context.Background(), b); about.Err == nil || !strings.Contains(about.Err.Error(), words) {
			t.Errorf("%q wanted: %v", words, about.Err)
		}
	}
}

var update = flag.Bool("update", false, "record the golden match anew")

// goldenMatch was recorded once, by version 4 of the rules.
const goldenMatch = "testdata/rules4" + Ending

// What was recorded once is the same for ever, by the rules of then: in 5 a match that seat 0
// alone has ended.
func TestGoldenMatch(t *testing.T) {
	if *update {
		if err := os.WriteFile(goldenMatch, played(t, 2600, [2]int{700, 900}, nil), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, golden := range []struct {
		file    string
		frames  int
		stopped bool
	}{{goldenMatch, 2600, false}, {"testdata/rules5" + Ending, 960, true}} {
		b, err := Load(golden.file)
		if err != nil {
			t.Fatal(err)
		}
		r, err := Open(context.Background(), b, nil)
		if err != nil {
			t.Fatal(err)
		}
		v, err := replay.Verify(context.Background(), netplay.Recorded(r.Log().Header.Rules), r.Log(), replay.VerifyConfig{})
		if err != nil || v.First != nil || v.Frames != golden.frames || v.Compared < golden.frames {
			t.Errorf("%s: %+v, %v", golden.file, v, err)
		}
		if about := Of(context.Background(), b); about.Last.Stopped() != golden.stopped {
			t.Errorf("%s: stopped %v", golden.file, about.Last.Stopped())
		}
	}
}

// A file that is cut off anywhere plays to its last whole piece, and says so, or says that
// there is none.
func TestCutOff(t *testing.T) {
	whole := played(t, 400, nobody, nil)
	played := 0
	for at := 0; at < len(whole); at += 41 {
		about := Of(context.Background(), whole[:at])
		if about.Err == nil {
			played++
			if about.Cut == "" || about.Frames > 400 || about.Last.Tick != int32(about.Frames) {
				t.Fatalf("cut at %d: %d frames, tick %d, %q", at, about.Frames, about.Last.Tick, about.Cut)
			}
		}
	}
	if played < 20 {
		t.Errorf("only %d of the files play", played)
	}
	if about := Of(context.Background(), whole); about.Cut != "" {
		t.Errorf("the whole file: %q", about.Cut)
	}
}

// A match of a second, and one that was over at once, are recordings like others.
func TestShortMatches(t *testing.T) {
	for _, frames := range []int{0, 1, 60} {
		b := played(t, frames, nobody, nil)
		if about := Of(context.Background(), b); about.Err != nil || int(about.Frames) != frames {
			t.Errorf("%d frames: %d, %v", frames, about.Frames, about.Err)
		}
		r, err := Open(context.Background(), b, nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Marks(context.Background(), r, nil); err != nil {
			t.Error(err)
		}
	}
}

// Files that are none, that are huge, or that are gone are refused before anything of them is
// read.
func TestStrangeFiles(t *testing.T) {
	folder := t.TempDir()
	huge := filepath.Join(folder, "huge"+Ending)
	if err := os.WriteFile(huge, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(huge, 4<<30); err != nil {
		t.Skip("this disk has no sparse files: ", err)
	}
	for path, words := range map[string]string{
		huge: "4096 MB", folder: "no file", filepath.Join(folder, "gone"): "is gone",
	} {
		if _, err := Load(path); err == nil || !strings.Contains(err.Error(), words) {
			t.Errorf("%s: %v", path, err)
		}
	}
	if b, err := LoadFrom(zeros{}); err == nil || b != nil {
		t.Errorf("a file without an end: %d bytes, %v", len(b), err)
	}
	over, stop := context.WithCancel(context.Background())
	stop()
	if _, err := Open(over, played(t, 30, nobody, nil), nil); err == nil {
		t.Error("nobody wants it any more, and it is opened")
	}
}

type zeros struct{}

func (zeros) Read(b []byte) (int, error) { clear(b); return len(b), nil }

// FuzzOpen: whatever a file holds, it is refused or played to its end, and nothing breaks.
func FuzzOpen(f *testing.F) {
	whole := played(f, 20, nobody, nil)
	f.Add(whole)
	f.Add(whole[:len(whole)-9])
	f.Add([]byte("\x89VVL\r\n\x1a\x01"))
	f.Fuzz(func(t *testing.T, b []byte) {
		about := Of(context.Background(), b)
		if about.Err != nil {
			return
		}
		if err := about.Last.Check(); err != nil {
			t.Errorf("it leads to %v", err)
		}
	})
}
