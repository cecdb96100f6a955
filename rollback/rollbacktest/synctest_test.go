package rollbacktest

import (
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/visavis-netcode/visavis/rollback"
)

// pad has padding in memory, world a bool and chance.
type pad struct {
	Fire bool
	Aim  uint16
}

type world struct {
	Turn   uint32
	Score  [16]uint64
	Armed  bool
	Chance rollback.Rand
}

func (w *world) Step(in rollback.Inputs[pad]) {
	w.Turn++
	for seat, p := range in.All() {
		if p.Fire {
			w.Armed = !w.Armed
			w.Score[seat] += uint64(w.Chance.Below(int32(p.Aim) + 1))
		}
	}
}

func config(seats int) rollback.Config[world, pad] {
	return rollback.Config[world, pad]{Start: world{Chance: rollback.NewRand(3)}, Step: (*world).Step, Seats: seats}
}

// TestSoundGame: a game that keeps the rules passes in every mode, and the
// report shows what was done to it.
func TestSoundGame(t *testing.T) {
	for _, seats := range []int{1, 2, 4, 16} {
		for _, window := range []int{0, 1, 2, 32} {
			for _, saveEvery := range []int{1, 5} {
				c := config(seats)
				c.WindowFrames, c.SaveEvery = window, saveEvery
				report := SyncTest(t, c, Options[pad]{Seed: uint64(seats*100 + window)})
				if window == 0 {
					window = rollback.DefaultWindowFrames
				}
				if report.Frames != DefaultFrames || report.MaxDepth != window || report.Changed != DefaultFrames ||
					report.Corrected < DefaultFrames/4 || report.Rollbacks < 40 || report.Resteps < report.Rollbacks {
					t.Errorf("%d seats, window %d, saving every %d: %v", seats, window, saveEvery, report)
				}
				if report.MeanDepth < float64(window)/5 || report.MeanDepth > float64(window) {
					t.Errorf("window %d: mean depth %v", window, report.MeanDepth)
				}
			}
		}
	}
	c := config(2)
	c.Lockstep = true
	SyncTest(t, c, Options[pad]{})
}

// TestSameSeedSameTest: the seed alone reproduces a test.
func TestSameSeedSameTest(t *testing.T) {
	a := SyncTest(t, config(3), Options[pad]{Seed: 5})
	b := SyncTest(t, config(3), Options[pad]{Seed: 5})
	other := SyncTest(t, config(3), Options[pad]{Seed: 6})
	if a != b || a == other {
		t.Errorf("%v\n%v\n%v", a, b, other)
	}
	if !strings.HasPrefix(a.String(), "600 frames agree after ") {
		t.Error(a)
	}
}

// TestInputIsPlayed: the world is that of the inputs given, each asked for once
// and in order.
func TestInputIsPlayed(t *testing.T) {
	next := 0
	var end world
	c := config(2)
	c.Step = func(w *world, in rollback.Inputs[pad]) {
		w.Step(in)
		if in.Frame() == 49 {
			end = *w
		}
	}
	script := func(f rollback.Frame, seat int) pad { return pad{f%3 == 0, uint16(int(f) + seat)} }
	SyncTest(t, c, Options[pad]{Frames: 50, Input: func(f rollback.Frame, seat int) pad {
		if int(f)*2+seat != next {
			t.Fatalf("frame %d seat %d was asked for after %d others", f, seat, next)
		}
		next++
		return script(f, seat)
	}})
	want := world{Chance: rollback.NewRand(3)}
	for f := range rollback.Frame(50) {
		want.Step(rollback.InputsOf(script(f, 0), script(f, 1)))
	}
	if end != want {
		t.Errorf("played %+v, want %+v", end, want)
	}
}

// State outside the world, as broken games have it.
var (
	hiddenTurn  uint32
	hiddenScore [4]uint64
	hiddenTable = map[uint32]uint32{1: 5, 2: 7, 3: 11, 4: 13, 5: 17, 6: 19, 7: 23, 8: 29}
	hiddenWorld *world
)

// TestBrokenGames: each way to break the rules is found, and the report names
// the field.
func TestBrokenGames(t *testing.T) {
	for name, test := range map[string]struct {
		step  func(*world, rollback.Inputs[pad])
		field string
	}{
		"a counter in a package variable": {func(w *world, in rollback.Inputs[pad]) {
			w.Step(in)
			hiddenTurn++
			w.Score[9] += uint64(hiddenTurn)
		}, "Score[9]"},
		"a part of the world outside the snapshot": {func(w *world, in rollback.Inputs[pad]) {
			w.Step(in)
			for seat, p := range in.All() {
				hiddenScore[seat] += uint64(p.Aim)
			}
			w.Score[8] = hiddenScore[1]
		}, "Score[8]"},
		"the order of a map": {func(w *world, in rollback.Inputs[pad]) {
			w.Step(in)
			for k, v := range hiddenTable {
				w.Score[10] = w.Score[10]*uint64(k) + uint64(v)
			}
		}, "Score[10]"},
		"a pointer to an older world": {func(w *world, in rollback.Inputs[pad]) {
			w.Step(in)
			if hiddenWorld != nil && w.Turn%2 == 0 {
				w.Score[11] += uint64(hiddenWorld.Turn)
			}
			hiddenWorld = w
		}, "Score[11]"},
		"chance that is not in the world": {func() func(w *world, in rollback.Inputs[pad]) {
			chance := rollback.NewRand(1)
			return func(w *world, in rollback.Inputs[pad]) {
				w.Step(in)
				if in.At(0).Fire {
					w.Score[12] += uint64(chance.Below(6))
				}
			}
		}(), "Score[12]"},
	} {
		t.Run(name, func(t *testing.T) {
			for _, saveEvery := range []int{1, 4} {
				hiddenTurn, hiddenScore, hiddenWorld = 0, [4]uint64{}, nil
				c := config(2)
				c.Step, c.SaveEvery = test.step, saveEvery
				_, err := Run(c, Options[pad]{Seed: 8})
				var mismatch *Mismatch
				if !errors.As(err, &mismatch) {
					t.Fatalf("not found: %v", err)
				}
				if mismatch.Frame > 40 || !slices.ContainsFunc(mismatch.Fields, func(d rollback.Difference) bool { return d.Field == test.field }) {
					t.Errorf("found late or elsewhere: %v", err)
				}
				if !strings.Contains(err.Error(), test.field+" is ") {
					t.Errorf("the field is not named: %v", err)
				}
			}
		})
	}
}

// TestHollowGames: a test that shows nothing says so.
func TestHollowGames(t *testing.T) {
	for _, test := range []struct {
		step   func(*world, rollback.Inputs[pad])
		frames int
		want   error
	}{
		{func(*world, rollback.Inputs[pad]) {}, 0, ErrStill},
		{func(w *world, _ rollback.Inputs[pad]) { w.Turn++ }, 0, ErrDeaf},
		{func(w *world, in rollback.Inputs[pad]) {
			if w.Turn++; w.Turn > 300 { // a title screen
				w.Step(in)
			}
		}, 200, ErrDeaf},
	} {
		c := config(2)
		c.Step = test.step
		if _, err := Run(c, Options[pad]{Frames: test.frames}); err != test.want {
			t.Errorf("got %v, want %v", err, test.want)
		}
	}
	c := config(1)
	if report, err := Run(c, Options[pad]{Frames: 1, Input: func(rollback.Frame, int) pad { return pad{} }}); err != ErrNoRollback {
		t.Errorf("got %v with %v, want %v", err, report, ErrNoRollback)
	}
	c.Seats = 0
	var wrong *rollback.ConfigError
	if _, err := Run(c, Options[pad]{}); !errors.As(err, &wrong) {
		t.Errorf("no seats: %v", err)
	}
}

// tale is a world that needs Copy: a slice of values, one of pointers' worth.
type tale struct {
	Turn  uint32
	Words []uint32
	Last  pad
}

func (w *tale) Step(in rollback.Inputs[pad]) {
	w.Turn++
	for _, p := range in.All() {
		w.Last = p
		if p.Fire {
			w.Words = append(w.Words, uint32(p.Aim))
		}
	}
	if len(w.Words) > 12 {
		w.Words = w.Words[:5]
	}
	for i := range w.Words {
		w.Words[i] = w.Words[i]*33 + w.Turn
	}
}

func goodCopy(dst, src *tale) {
	words := append(dst.Words[:0], src.Words...)
	*dst = *src
	dst.Words = words
}

func goodAppend(b []byte, w *tale) []byte {
	b = binary.LittleEndian.AppendUint32(b, w.Turn)
	b = binary.LittleEndian.AppendUint16(b, w.Last.Aim)
	for _, word := range w.Words {
		b = binary.LittleEndian.AppendUint32(b, word)
	}
	return b
}

func goodDecode(w *tale, b []byte) error {
	if len(b) < 6 || len(b)%4 != 2 {
		return errors.New("tale: cut off")
	}
	*w = tale{Turn: binary.LittleEndian.Uint32(b), Last: pad{Aim: binary.LittleEndian.Uint16(b[4:])}}
	for b = b[6:]; len(b) > 0; b = b[4:] {
		w.Words = append(w.Words, binary.LittleEndian.Uint32(b))
	}
	return nil
}

func taleConfig() rollback.Config[tale, pad] {
	return rollback.Config[tale, pad]{
		Step: (*tale).Step, Seats: 2, Copy: goodCopy, Append: goodAppend, Decode: goodDecode,
	}
}

// TestWorldsWithCopy: a good one passes; a Copy that shares memory, or leaves
// something out, and a Decode that does are found.
func TestWorldsWithCopy(t *testing.T) {
	SyncTest(t, taleConfig(), Options[pad]{})

	c := taleConfig()
	c.Copy = func(dst, src *tale) { *dst = *src }
	_, err := Run(c, Options[pad]{})
	var mismatch *Mismatch
	if !errors.As(err, &mismatch) || mismatch.Frame > 40 || mismatch.Shared != "tale.Words" || !strings.Contains(err.Error(), "does not copy tale.Words") {
		t.Errorf("a shallow copy: %v", err)
	}

	for _, test := range []struct {
		by     string
		change func(*rollback.Config[tale, pad])
	}{
		{"Copy", func(c *rollback.Config[tale, pad]) {
			c.Copy = func(dst, src *tale) { dst.Turn, dst.Last = src.Turn, src.Last } // forgets Words
		}},
		{"Copy", func(c *rollback.Config[tale, pad]) {
			c.Copy = func(dst, src *tale) { dst.Words, dst.Last = append(dst.Words[:0], src.Words...), src.Last } // forgets Turn
		}},
		{"Copy", func(c *rollback.Config[tale, pad]) {
			c.Copy = func(dst, src *tale) { // keeps a longer tail
				dst.Turn, dst.Last = src.Turn, src.Last
				if len(dst.Words) < len(src.Words) {
					dst.Words = make([]uint32, len(src.Words))
				}
				copy(dst.Words, src.Words)
			}
		}},
		{"Decode", func(c *rollback.Config[tale, pad]) {
			c.Decode = func(w *tale, b []byte) error {
				last := w.Last
				err := goodDecode(w, b)
				w.Last = last
				return err
			}
		}},
		{"Decode", func(c *rollback.Config[tale, pad]) {
			c.Decode = func(*tale, []byte) error { return errors.ErrUnsupported }
		}},
	} {
		c := taleConfig()
		test.change(&c)
		_, err := Run(c, Options[pad]{})
		var wrong *CopyError
		if !errors.As(err, &wrong) || wrong.By != test.by || !strings.Contains(err.Error(), "Config."+test.by) {
			t.Errorf("want a fault of %s, got %v", test.by, err)
		}
		if test.by == "Decode" && wrong != nil && wrong.Err != nil && !errors.Is(err, errors.ErrUnsupported) {
			t.Errorf("%v hides its cause", err)
		}
	}
}

// cast is a world of pointers, whose Copy can go wrong in more ways.
type cast struct {
	Turn  uint32
	Roles []*role
	Names map[uint8]uint32
	Stage *[4]uint8 // never changes: it may be shared
}

type role struct{ Mood, Lines uint32 }

func (w *cast) Step(in rollback.Inputs[pad]) {
	w.Turn++
	for seat, p := range in.All() {
		w.Roles[seat].Mood += uint32(p.Aim) * uint32(w.Stage[seat])
		w.Names[uint8(p.Aim)]++
	}
}

func castStart() cast {
	return cast{Roles: []*role{{}, {}}, Names: map[uint8]uint32{}, Stage: &[4]uint8{1, 2, 3, 4}}
}

func castConfig() rollback.Config[cast, pad] {
	deep, _ := rollback.New(rollback.Config[cast, pad]{Start: castStart(), Step: (*cast).Step, Seats: 2})
	return rollback.Config[cast, pad]{
		Start: castStart(), Step: (*cast).Step, Seats: 2,
		Append: func(b []byte, w *cast) []byte { return deep.AppendWorld(b, w) },
		Decode: func(w *cast, b []byte) error { return deep.DecodeWorld(w, b) },
		Copy: func(dst, src *cast) {
			*dst = cast{Turn: src.Turn, Names: maps.Clone(src.Names), Stage: src.Stage}
			for _, r := range src.Roles {
				dst.Roles = append(dst.Roles, &role{r.Mood, r.Lines})
			}
		},
	}
}

// TestCulprits: the function that is at fault is named, and the field, also where a
// panic in another one is what shows it.
func TestCulprits(t *testing.T) {
	SyncTest(t, castConfig(), Options[pad]{}) // Stage is shared, rightly
	for _, test := range []struct {
		name   string
		change func(*rollback.Config[cast, pad])
		want   []string
	}{
		{"a slice of pointers shared", func(c *rollback.Config[cast, pad]) {
			c.Copy = func(dst, src *cast) { *dst = *src; dst.Names = maps.Clone(src.Names) }
		}, []string{"Config.Copy does not copy cast.Roles"}},
		{"a map shared", func(c *rollback.Config[cast, pad]) {
			good := c.Copy
			c.Copy = func(dst, src *cast) { good(dst, src); dst.Names = src.Names }
		}, []string{"Config.Copy does not copy cast.Names"}},
		{"pointers that may be nil in an older world", func(c *rollback.Config[cast, pad]) {
			c.Copy = func(dst, src *cast) {
				dst.Turn, dst.Names, dst.Stage = src.Turn, maps.Clone(src.Names), src.Stage
				for i, r := range src.Roles {
					*dst.Roles[i] = *r
				}
			}
		}, []string{"Config.Copy fails on a world of the game: panic: runtime error: index out of range"}},
		{"bytes in the order of a map", func(c *rollback.Config[cast, pad]) {
			goodAppend, goodDecode := c.Append, c.Decode
			c.Append = func(b []byte, w *cast) []byte {
				b = append(b, uint8(len(w.Names)))
				for k := range w.Names {
					b = append(b, k)
				}
				return goodAppend(b, w)
			}
			c.Decode = func(w *cast, b []byte) error { return goodDecode(w, b[1+int(b[0]):]) }
		}, []string{"Config.Append wrote one world twice", "does it range over a map?"}},
		{"a field that Copy forgets", func(c *rollback.Config[cast, pad]) {
			good := c.Copy
			c.Copy = func(dst, src *cast) { good(dst, src); dst.Roles[1].Mood = 0 }
		}, []string{"Config.Copy leaves something out", "Roles[1].Mood"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := castConfig()
			test.change(&c)
			_, err := Run(c, Options[pad]{Seed: 3})
			for _, want := range test.want {
				if err == nil || !strings.Contains(err.Error(), want) {
					t.Errorf("%v\nwant: %s", err, want)
				}
			}
		})
	}
}

// herd is a world of a map of pointers and a list of its keys.
type herd struct {
	Units map[int32]*role
	Order []int32
}

func (w *herd) Step(in rollback.Inputs[pad]) {
	for _, p := range in.All() {
		if id := int32(p.Aim); w.Units[id] == nil {
			w.Units[id] = &role{}
			w.Order = append(w.Order, id)
		}
		w.Units[int32(p.Aim)].Mood++
	}
	slices.Reverse(w.Order)
}

func (w *herd) append(b []byte) []byte {
	b = append(b, uint8(len(w.Order)))
	for _, id := range w.Order {
		b = binary.LittleEndian.AppendUint32(b, uint32(id))
		b = binary.LittleEndian.AppendUint32(b, w.Units[id].Mood)
	}
	return b
}

func (w *herd) decode(b []byte) error {
	*w = herd{Units: map[int32]*role{}}
	for b = b[1:]; len(b) > 0; b = b[8:] {
		id := int32(binary.LittleEndian.Uint32(b))
		w.Units[id] = &role{Mood: binary.LittleEndian.Uint32(b[4:])}
		w.Order = append(w.Order, id)
	}
	return nil
}

// TestSharedBehindAMap: what lies behind a map is named like the rest, also where the
// function that panics is Append, which did nothing wrong.
func TestSharedBehindAMap(t *testing.T) {
	for _, test := range []struct {
		name string
		copy func(dst, src *herd)
		want string
	}{
		{"the map alone is copied", func(dst, src *herd) {
			*dst = herd{Units: maps.Clone(src.Units), Order: slices.Clone(src.Order)}
		}, "does not copy herd.Units[]"},
		{"the list is not", func(dst, src *herd) {
			*dst = herd{Units: map[int32]*role{}, Order: src.Order}
			for id, r := range src.Units {
				dst.Units[id] = &role{Mood: r.Mood}
			}
		}, "does not copy herd.Order"},
	} {
		_, err := Run(rollback.Config[herd, pad]{
			Start: herd{Units: map[int32]*role{}}, Step: (*herd).Step, Seats: 3, Copy: test.copy,
			Append: func(b []byte, w *herd) []byte { return w.append(b) }, Decode: (*herd).decode,
		}, Options[pad]{Seed: 3})
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v\nwant: %s", test.name, err, test.want)
		}
	}
}

// TestPanicOfStep: a Step that panics by itself is not dressed up as something else.
func TestPanicOfStep(t *testing.T) {
	defer func() {
		if recover() != "ouch" {
			t.Error("the panic is gone")
		}
	}()
	c := castConfig()
	c.Step = func(w *cast, in rollback.Inputs[pad]) {
		if w.Step(in); w.Turn > 20 {
			panic("ouch")
		}
	}
	var wrong *CopyError
	if _, err := Run(c, Options[pad]{}); !errors.As(err, &wrong) || !strings.Contains(err.Error(), "Step fails on a world of the game: panic: ouch") || wrong.Shared != "cast.Stage" {
		t.Error(err) // it might be that
	}
	c.Copy, c.Append, c.Decode = nil, nil, nil
	Run(c, Options[pad]{})
}

// TestDeepWorld: a world of slices, maps and pointers needs no functions of its own.
func TestDeepWorld(t *testing.T) {
	c := castConfig()
	c.Copy, c.Append, c.Decode = nil, nil, nil
	SyncTest(t, c, Options[pad]{})
	c.Step = func(w *cast, in rollback.Inputs[pad]) {
		w.Step(in)
		hiddenTurn++
		w.Roles[1].Lines += hiddenTurn
	}
	if _, err := Run(c, Options[pad]{}); err == nil || !strings.Contains(err.Error(), "Roles[1].Lines is ") {
		t.Error(err)
	}
}

// TestClocks: a Step that reads the clock is found, however finely or coarsely it
// reads, and whatever it compares the clock with.
func TestClocks(t *testing.T) {
	var shot time.Time // when Step last did something, kept outside the world
	made := time.Now().UnixMilli()
	for name, read := range map[string]func() bool{
		"nanoseconds":              func() bool { return time.Now().UnixNano()&7 == 0 },
		"microseconds":             func() bool { return time.Now().UnixMicro()&3 == 0 },
		"seconds":                  func() bool { return time.Now().Unix()%7 < 3 },
		"hours":                    func() bool { return time.Now().Hour()%2 == 0 },
		"since the program began":  func() bool { return time.Since(began) > time.Hour },
		"since the world was made": func() bool { return time.Now().UnixMilli()-made > 200_000 },
		"since it last did": func() bool {
			due := time.Since(shot) > 250*time.Millisecond
			if due {
				shot = time.Now()
			}
			return due
		},
	} {
		t.Run(name, func(t *testing.T) {
			c := config(2)
			c.Step = func(w *world, in rollback.Inputs[pad]) {
				w.Step(in)
				if read() {
					w.Score[7]++
				}
			}
			var err error
			twoClocks(t, 1, func(by clocks) { _, err = play(c, Options[pad]{}, by) })
			if err == nil || !strings.Contains(err.Error(), "Score[7] is ") {
				t.Error(err)
			}
		})
	}
}

// began is when this program began.
var began = time.Now()

// TestStepThatPanics: a panic on the other clock comes out of the test with its trace,
// and a test that ends in Step ends.
func TestStepThatPanics(t *testing.T) {
	outside := newErrand()
	defer outside.close()
	func() {
		defer func() {
			if problem := fmt.Sprint(recover()); !strings.Contains(problem, "a bug\n") || !strings.Contains(problem, "synctest_test.go") {
				t.Error(problem)
			}
		}()
		outside.run(func() { panic("a bug") })
	}()
	ended := make(chan bool)
	go func() {
		defer close(ended)
		outside.run(func() {})
		other := newErrand()
		defer other.close()
		other.run(runtime.Goexit)
		t.Error("went on")
	}()
	<-ended
}

// TestSyncTestFails: the wrapper fails the test it is given.
func TestSyncTestFails(t *testing.T) {
	c := config(2)
	c.Step = func(*world, rollback.Inputs[pad]) {}
	spy := &failing{TB: t}
	func() {
		defer func() { recover() }()
		SyncTest(spy, c, Options[pad]{})
	}()
	if !spy.failed {
		t.Error("a game that stands still passed")
	}
}

type failing struct {
	testing.TB
	failed bool
}

func (f *failing) Fatal(...any) {
	f.failed = true
	panic("failed")
}
