package replay

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/visavis-netcode/visavis/netcode"
	"github.com/visavis-netcode/visavis/netcode/matchlog"
	"github.com/visavis-netcode/visavis/rollback"
)

var update = flag.Bool("update", false, "record the golden log anew")

// goldenLog is a match of three, one of whom has left, as version 1 of the format has it.
const goldenLog = "testdata/v1.vvlog"

func golden(t testing.TB) []byte {
	t.Helper()
	if *update {
		os.WriteFile(goldenLog, recordMatch(t, pondGame(), 3, 1500), 0o644)
		*update = false
	}
	b, err := os.ReadFile(goldenLog)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestGoldenReplay: a match that was recorded once gives the same worlds for ever, on every
// kind of machine.
func TestGoldenReplay(t *testing.T) {
	r := openBytes(t, pondGame(), golden(t))
	if r.First() != 0 || r.End() != 1500 || r.Log().Cut != nil || r.Log().Result == nil {
		t.Fatalf("%+v", r.Log())
	}
	v, err := Verify(context.Background(), pondGame(), r.Log(), VerifyConfig{})
	if err != nil || v.First != nil || v.Frames != 1500 || v.Compared < 1500 {
		t.Errorf("%+v, %v", v, err)
	}
	if err := r.Seek(1500); err != nil || r.World().Frame != 1500 || r.Lineup().Present(1) || !r.Lineup().Present(2) {
		t.Errorf("%v, %+v", err, r.Lineup())
	}
	if s := r.Setup(); len(s.Roster) != 3 || s.Roster[2].Name != "Ben" || string(s.Options) != "wet" || s.Seed != 11 {
		t.Errorf("%+v", s)
	}
}

// TestSeek: wherever a replay goes, and from wherever, it shows the world of that frame.
func TestSeek(t *testing.T) {
	b := golden(t)
	r := openBytes(t, pondGame(), b)
	var worlds []pond
	for f := rollback.Frame(0); ; f++ {
		worlds = append(worlds, *r.World())
		if r.Frame() != f {
			t.Fatalf("at frame %d in place of %d", r.Frame(), f)
		}
		if f == r.End() {
			break
		}
		if err := r.Step(1); err != nil {
			t.Fatal(err)
		}
	}
	rng := rollback.NewRand(3)
	for n := range 400 {
		f := rollback.Frame(rng.Uint32() % 1501)
		if n%3 == 0 {
			f = max(0, min(1500, r.Frame()+rollback.Frame(rng.Uint32()%9)-4))
		}
		if err := r.Seek(f); err != nil || *r.World() != worlds[f] || r.Frame() != f {
			t.Fatalf("frame %d: %v", f, err)
		}
		if before := *r.PreviousWorld(); before != worlds[f] && before != worlds[max(0, f-1)] {
			t.Errorf("frame %d: another world before it", f)
		}
	}
	for f, want := range map[rollback.Frame]rollback.Frame{-5: 0, 99999: 1500} {
		if err := r.Seek(f); err != nil || r.Frame() != want {
			t.Errorf("frame %d: at %d, %v", f, r.Frame(), err)
		}
	}
}

// TestSpeed: forward and back, slow and fast, paused and at the ends.
func TestSpeed(t *testing.T) {
	r := openBytes(t, pondGame(), golden(t))
	run := func(ticks int, want rollback.Frame) {
		t.Helper()
		for range ticks {
			if err := r.Tick(); err != nil {
				t.Fatal(err)
			}
		}
		if r.Frame() != want || r.World().Frame != int32(want) {
			t.Errorf("at frame %d, want %d", r.Frame(), want)
		}
	}
	run(10, 10)
	r.SetSpeed(0.25)
	run(8, 12)
	if r.SetSpeed(math.NaN()); r.Speed() != 1 {
		t.Errorf("no number counts as %v", r.Speed())
	}
	r.SetSpeed(100)
	if run(4, 76); r.Speed() != MaxSpeed {
		t.Errorf("speed %v", r.Speed())
	}
	r.Pause()
	run(5, 76)
	r.Play()
	r.SetSpeed(-16)
	run(2, 44)
	r.SetSpeed(-0.01)
	run(4, 43)
	if r.SetSpeed(-1); r.Paused() {
		t.Error("it stands still")
	}
	run(50, 0)
	if !r.Paused() {
		t.Error("it goes on before the beginning")
	}
	r.SetSpeed(16)
	run(200, 1500)
	if !r.Paused() {
		t.Error("it goes on beyond the end")
	}
}

// otherStep is the game with a rule changed: from a frame on frogs jump further.
func otherStep(from rollback.Frame) netcode.Config[pond, uint16] {
	game := pondGame()
	game.Step = func(w *pond, in rollback.Inputs[uint16]) {
		w.Step(in)
		if in.Frame() == from {
			w.Frogs[1].Y += 1000
		}
	}
	return game
}

// TestVerifyFinds: the first frame of a difference, and a field with both values, wherever
// it is; in whatever order the stretches are looked at.
func TestVerifyFinds(t *testing.T) {
	log := openBytes(t, pondGame(), golden(t)).Log()
	for _, at := range []rollback.Frame{0, 1, 299, 300, 301, 740, 1199, 1498} {
		for _, workers := range []int{1, 4} {
			v, err := Verify(context.Background(), otherStep(at), log, VerifyConfig{Workers: workers})
			d := v.First
			if err != nil || d == nil || d.Frame < at+1 || d.Frame > at+2 || d.Alike >= d.Frame { // a mark in 256 is the same by chance
				t.Fatalf("changed in frame %d, %d workers: %+v, %v", at, workers, v, err)
			}
			snapshot := (d.Frame + 299) / 300 * 300
			if snapshot < 1500 && (!strings.HasPrefix(d.Field, "Frogs[1].Y") || d.Recorded == d.Here || d.FieldFrame != snapshot || !strings.Contains(d.String(), d.Here)) {
				t.Errorf("changed in frame %d: %+v", at, d)
			}
		}
	}
	// Of what is not looked at nothing is found.
	v, err := Verify(context.Background(), otherStep(740), log, VerifyConfig{From: 900})
	if err != nil || v.First != nil || v.Frames != 600 {
		t.Errorf("%+v, %v", v, err)
	}
	v, err = Verify(context.Background(), otherStep(740), log, VerifyConfig{To: 700})
	if err != nil || v.First != nil || v.Frames != 700 {
		t.Errorf("%+v, %v", v, err)
	}
	for _, none := range []VerifyConfig{{From: 1500}, {From: 99_999}, {From: 500, To: 500}, {From: 500, To: 100}, {From: -1}, {To: -1}} {
		out := new(RangeError)
		if v, err := Verify(context.Background(), otherStep(740), log, none); !errors.As(err, &out) || v.Frames != 0 || out.End != 1500 {
			t.Errorf("%+v: %+v, %v", none, v, err)
		}
	}
	// Another beginning is told, too.
	game := pondGame()
	game.Start = func(netcode.Setup) (w pond) { w.Frogs[3].X = 9; return w }
	if v, err := Verify(context.Background(), game, log, VerifyConfig{}); err != nil || v.First == nil || v.First.Frame != 0 || v.First.Field != "Frogs[3].X" || v.First.Here != "9" {
		t.Errorf("%+v, %v", v, err)
	}
	ctx, stop := context.WithCancel(context.Background())
	stop()
	if _, err := Verify(ctx, pondGame(), log, VerifyConfig{}); err == nil {
		t.Error("it goes on when it is to stop")
	}
	var done, total int64
	Verify(context.Background(), pondGame(), log, VerifyConfig{Progress: func(d, n int64) { done, total = d, n }})
	if total != 1500 || done < 1000 || Left(done, total, time.Second) > time.Second {
		t.Errorf("%d of %d", done, total)
	}
}

// altered returns a log of one stretch with another input of the first machine in a frame.
func altered(t *testing.T, b []byte, frame rollback.Frame) []byte {
	log := openBytes(t, pondGame(), b).Log()
	s, err := log.Stretch(0)
	if err != nil {
		t.Fatal(err)
	}
	file := &memory{}
	w, _ := matchlog.NewWriter(file, log.Header)
	w.Snapshot(s.Snapshot, s.World)
	for f := range s.End() {
		span, place, _ := s.At(f)
		var content []matchlog.Record
		for _, run := range span.Runs {
			content = append(content, matchlog.Record{Stream: run.Stream, Seats: run.Seats, Bytes: bytes.Clone(run.Records[place])})
		}
		if f == frame {
			content[0].Bytes[0] ^= 16
		}
		w.Frame(f, span.Lineup, content)
	}
	for _, sum := range s.Checksums {
		w.Block(&sum)
	}
	for _, marks := range s.Marks {
		w.Block(marks)
	}
	w.Flush()
	return file.b
}

// TestVerifyInputs: that a recording's inputs were changed is told from a change of the rules.
func TestVerifyInputs(t *testing.T) {
	changed := openBytes(t, pondGame(), altered(t, golden(t), 100)).Log()
	v, err := Verify(context.Background(), pondGame(), changed, VerifyConfig{})
	if d := v.First; err != nil || d == nil || !d.Inputs || d.Frame != 120 || d.Alike < 100 || d.Alike > 102 || !strings.Contains(d.String(), "inputs are not those") {
		t.Errorf("%+v, %+v, %v", v, v.First, err)
	}
}

// TestVerifyFirst: of several differences the earliest stays, whoever finds it when.
func TestVerifyFirst(t *testing.T) {
	var c check[pond, uint16]
	for _, i := range []int{3, 1, 2} {
		c.take(i, Verified{First: &Difference{Frame: rollback.Frame(i)}}, nil)
	}
	if c.found.First.Frame != 1 || c.worst.Load() != 1 {
		t.Errorf("%+v", c.found)
	}
}

// TestOtherGames: what another game or version has recorded is refused in words.
func TestOtherGames(t *testing.T) {
	b := golden(t)
	for want, change := range map[string]func(*netcode.Config[pond, uint16]){
		`is one of "pond", and this is "lake"`: func(c *netcode.Config[pond, uint16]) { c.Game = "lake" },
		"rules version 3":                      func(c *netcode.Config[pond, uint16]) { c.Rules = 4 },
		"60 ticks a second":                    func(c *netcode.Config[pond, uint16]) { c.TickRate = 30 },
		"this game is for 1 to 1":              func(c *netcode.Config[pond, uint16]) { c.MinSeats, c.MaxSeats = 1, 1 },
	} {
		game := pondGame()
		change(&game)
		if _, err := Open(game, bytes.NewReader(b), int64(len(b)), nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
	type lake struct{ Depth int32 }
	other := netcode.Config[lake, uint16]{
		Game: "pond", Rules: 3, Step: func(*lake, rollback.Inputs[uint16]) {}, Absent: netcode.AbsentFrozen, Start: func(netcode.Setup) lake { return lake{} },
	}
	if _, err := Open(other, bytes.NewReader(b), int64(len(b)), nil); err == nil || !strings.Contains(err.Error(), "other fields") {
		t.Errorf("%v", err)
	}
}

// TestTakeOver: a match goes on from where the replay is, with other inputs.
func TestTakeOver(t *testing.T) {
	r := openBytes(t, pondGame(), recordMatch(t, pondGame(), 2, 400))
	if err := r.Seek(250); err != nil {
		t.Fatal(err)
	}
	want := *r.World()
	game := r.TakeOver()
	r.Seek(10)
	log := openBytes(t, game, recordMatch(t, game, 2, 100))
	if *log.World() != want {
		t.Error("it begins elsewhere")
	}
	if err := log.Seek(100); err != nil || log.World().Frame != 350 {
		t.Errorf("at %d, %v", log.World().Frame, err)
	}
	if v, err := Verify(context.Background(), game, log.Log(), VerifyConfig{}); err != nil || v.First != nil {
		t.Errorf("%+v, %v", v, err)
	}
}

// TestCommand: info and verify, for people and for programs.
func TestCommand(t *testing.T) {
	name := filepath.Join(t.TempDir(), "match.vvlog")
	b := golden(t)
	cut := name + ".cut"
	os.WriteFile(name, b, 0o644)
	os.WriteFile(cut, b[:len(b)-5], 0o644)
	other := name + ".other"
	os.WriteFile(other, altered(t, b, 100), 0o644)
	for _, test := range []struct {
		game netcode.Config[pond, uint16]
		args string
		code int
		want string
	}{
		{pondGame(), "info " + name, 0, "played by Ana, Cem, Ben"},
		{pondGame(), "info " + cut, 0, "the log ends in the middle of a block"},
		{pondGame(), "info -json " + name, 0, `"frames":1500`},
		{pondGame(), "verify " + name, 0, "1500 frames verified"},
		{pondGame(), "verify -json " + name, 0, `"alike":true`},
		{pondGame(), "verify " + cut, 0, "the log ends in the middle of a block"},
		{otherStep(740), "verify " + name, 1, "Frogs[1].Y is"},
		{otherStep(740), "verify -json " + name, 1, `"field":"Frogs[1].Y"`},
		{otherStep(740), "verify -to 600 " + name, 0, "600 frames verified"},
		{pondGame(), "verify nowhere", 1, "no such file"},
		{pondGame(), "desync " + name + " " + name, 0, "the same as far as both go"},
		{pondGame(), "desync " + name + " " + other, 1, "different inputs in frame 100"},
		{pondGame(), "desync -json " + name + " " + other, 1, `"inputs":100`},
		{pondGame(), "desync " + name, 2, "usage"},
		{pondGame(), "desync " + name + " nowhere", 1, "no such file"},
		{pondGame(), "verify", 2, "usage"},
		{pondGame(), "", 2, "usage"},
		{pondGame(), "play x", 2, "usage"},
	} {
		var out, errs bytes.Buffer
		code := Command(test.game, strings.Fields(test.args), &out, &errs)
		if all := out.String() + errs.String(); code != test.code || !strings.Contains(all, test.want) {
			t.Errorf("%s: %d, %s", test.args, code, all)
		}
		if strings.Contains(test.args, "-json") && !json.Valid(out.Bytes()) {
			t.Errorf("%s: %s", test.args, out.String())
		}
	}
}

// largePond is a world of 64 KiB.
type largePond struct {
	pond
	Water [16 << 10]uint32
}

func largeGame() netcode.Config[largePond, uint16] {
	return netcode.Config[largePond, uint16]{
		Game: "large", Rules: 1, MinSeats: 1, MaxSeats: 4, Absent: netcode.AbsentFrozen,
		Start: func(netcode.Setup) (w largePond) { return w },
		Step: func(w *largePond, in rollback.Inputs[uint16]) {
			w.pond.Step(in)
			w.Water[int(w.Frame)%len(w.Water)] += w.Rand.Uint32()
		},
	}
}

// BenchmarkSeek leaps between the frames that are furthest from a snapshot of worlds of
// 64 KiB.
func BenchmarkSeek(b *testing.B) {
	r := openBytes(b, largeGame(), recordMatch(b, largeGame(), 2, 1200))
	at := []rollback.Frame{299, 899, 599}
	n := 0
	for b.Loop() {
		if err := r.Seek(at[n%3]); err != nil {
			b.Fatal(err)
		}
		n++
	}
}
