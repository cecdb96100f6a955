package replay

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/visavis-netcode/visavis/netcode/matchlog"
	"github.com/visavis-netcode/visavis/rollback"
)

// rewritten returns a log whose blocks are what change makes of them.
func rewritten(t *testing.T, b []byte, change func(matchlog.Block) []matchlog.Block) []byte {
	t.Helper()
	log := openBytes(t, pondGame(), b).Log()
	file, i := &memory{}, 0
	w, _ := matchlog.NewWriter(file, log.Header)
	for block, err := range log.Blocks() {
		if err != nil {
			t.Fatal(err)
		}
		switch block.(type) {
		case *matchlog.Header, *matchlog.Part:
			continue
		}
		var world []byte
		if _, ok := block.(*matchlog.Snapshot); ok {
			s, err := log.Stretch(i)
			if err != nil {
				t.Fatal(err)
			}
			world = s.World
			i++
		}
		for _, block := range change(block) {
			if s, ok := block.(*matchlog.Snapshot); ok {
				w.Snapshot(s, world)
			} else {
				w.Block(block)
			}
		}
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	return file.b
}

// changed changes the blocks of one kind.
func changed[B matchlog.Block](change func(B)) func(matchlog.Block) []matchlog.Block {
	return func(block matchlog.Block) []matchlog.Block {
		if b, ok := block.(B); ok {
			change(b)
		}
		return []matchlog.Block{block}
	}
}

// TestVerifyForged: what a recording says of worlds that it does not have is not taken for
// verified, and what it says of what was before its snapshots is compared, too.
func TestVerifyForged(t *testing.T) {
	end := rollback.Frame(1500)
	result := func(change func(*matchlog.Result)) func(matchlog.Block) []matchlog.Block { return changed(change) }
	snapshot := func(at rollback.Frame, change func(*matchlog.Snapshot)) func(matchlog.Block) []matchlog.Block {
		return changed(func(s *matchlog.Snapshot) {
			if s.Frame == at {
				change(s)
			}
		})
	}
	more := func(more ...matchlog.Block) func(matchlog.Block) []matchlog.Block {
		return func(block matchlog.Block) []matchlog.Block {
			if _, ok := block.(*matchlog.Result); ok {
				return append(more, block)
			}
			return []matchlog.Block{block}
		}
	}
	sum := matchlog.Checksum{}
	for block := range openBytes(t, pondGame(), golden(t)).Log().Blocks() {
		if c, ok := block.(*matchlog.Checksum); ok {
			sum = *c
		}
	}
	other := sum
	other.World++
	for name, test := range map[string]struct {
		change func(matchlog.Block) []matchlog.Block
		code   int
		says   string
	}{
		"nothing":                         {more(), ExitAlike, "frames verified"},
		"a result beyond":                 {result(func(r *matchlog.Result) { r.Frame += 10 }), ExitDiffers, "ended before frame 1510, and has only the frames before 1500"},
		"a result beyond, no sum":         {result(func(r *matchlog.Result) { r.Frame, r.World = r.Frame+10, 0 }), ExitDiffers, "ended before frame 1510"},
		"a result before the end":         {result(func(r *matchlog.Result) { r.Frame = 700 }), ExitDiffers, "before frame 700"},
		"a result before the end, no sum": {result(func(r *matchlog.Result) { r.Frame, r.World = 700, 0 }), ExitDiffers, "ended before frame 700, and goes on after that"},
		"another result":                  {result(func(r *matchlog.Result) { r.World++ }), ExitDiffers, "the world before frame 1500 is not the recorded one"},
		"a result without a sum":          {result(func(r *matchlog.Result) { r.World = 0 }), ExitAlike, "no checksum of the result"},
		"a checksum beyond":               {more(&matchlog.Checksum{Frame: end + 60}), ExitDiffers, "a checksum of the world before frame 1560"},
		"a checksum that comes late":      {more(&matchlog.Checksum{Frame: 60}), ExitAlike, "frames verified"},
		"marks beyond":                    {more(&matchlog.Marks{First: end + 1, Bytes: []byte{1}}), ExitDiffers, "a checksum of the world before frame 1501"},
		"two checksums":                   {more(&other, &sum), ExitDiffers, "the world before frame"},
		"other inputs before": {snapshot(600, func(s *matchlog.Snapshot) {
			s.Inputs = bytes.Clone(s.Inputs)
			s.Inputs[1] ^= 1
		}), ExitDiffers, "before frame 600"},
		"another lineup before":     {snapshot(600, func(s *matchlog.Snapshot) { s.Lineup.Absent ^= 1 }), ExitDiffers, "before frame 600"},
		"another digest before":     {snapshot(600, func(s *matchlog.Snapshot) { s.Digest++ }), ExitDiffers, "before frame 600"},
		"inputs before the match":   {snapshot(0, func(s *matchlog.Snapshot) { s.Inputs = []byte{0, 1, 0, 0, 0, 0} }), ExitDiffers, "before frame 0"},
		"a digest before the match": {snapshot(0, func(s *matchlog.Snapshot) { s.Digest++ }), ExitDiffers, "before frame 0"},
		"frames twice":              {snapshot(600, func(s *matchlog.Snapshot) { s.Frame -= 5 }), ExitDiffers, ""},
	} {
		file := filepath.Join(t.TempDir(), "match.vvlog")
		os.WriteFile(file, rewritten(t, golden(t), test.change), 0o644)
		var out, errs bytes.Buffer
		if code := Command(pondGame(), []string{"verify", file}, &out, &errs); code != test.code || !strings.Contains(out.String()+errs.String(), test.says) {
			t.Errorf("%s: %d, %s%s", name, code, out.String(), errs.String())
		}
	}
}

// TestVerifyBegins: of a recording that does not begin with the match it is said that the world it
// begins with is its own word.
func TestVerifyBegins(t *testing.T) {
	log := openBytes(t, pondGame(), golden(t)).Log()
	if v, err := Verify(context.Background(), pondGame(), log, VerifyConfig{}); err != nil || v.Begins != 0 || !v.Result || v.Unproven != "" {
		t.Errorf("%+v, %v", v, err)
	}
	if v, err := Verify(context.Background(), pondGame(), log, VerifyConfig{From: 650, To: 1000}); err != nil || v.Begins != 600 || v.Result {
		t.Errorf("%+v, %v", v, err)
	}
	file := filepath.Join(t.TempDir(), "match.vvlog")
	os.WriteFile(file, golden(t), 0o644)
	var out, errs bytes.Buffer
	code := Command(pondGame(), []string{"verify", "-from", "650", file}, &out, &errs)
	if code != ExitAlike || !strings.Contains(out.String(), "the world before it is the recording's word") {
		t.Errorf("%d, %s%s", code, out.String(), errs.String())
	}
}
