package rollback

import (
	"reflect"
	"testing"
)

// padded is an input and part of a world whose memory is not canonical, so
// that nothing takes the short way.
type padded struct {
	Fire bool
	Aim  uint32
}

type arena struct {
	Last [4]padded
	Sum  uint64
	Rand Rand
}

func (w *arena) Step(in Inputs[padded]) {
	for seat, v := range in.All() {
		w.Last[seat] = v
		w.Sum = w.Sum*31 + uint64(v.Aim)
		if v.Aim&3 == 1 {
			in.Emit(3, uint32(seat), int64(v.Aim))
		}
	}
}

// arenaConfig has everything switched on that a tick may do.
func arenaConfig() Config[arena, padded] {
	return Config[arena, padded]{
		Start: arena{Rand: NewRand(1)}, Step: (*arena).Step, Seats: 4, Local: []int{0, 2},
		ChecksumFrames: 5, SaveEvery: 2, DelayFrames: 2,
		Predict: func(last padded) padded { last.Fire = false; return last },
		Clean:   func(in padded) padded { in.Aim = min(in.Aim, 1<<30); return in },
	}
}

// arenaFrame is one frame of a match with a deep rollback in every tick.
type arenaFrame struct {
	s       *Session[arena, padded]
	aim     uint32
	notices []Notice
	sums    []Checksum
	packed  []byte
}

func (a *arenaFrame) run() {
	for seat := 1; seat < 4; seat += 2 {
		for a.s.Held(seat) < a.s.Current()-6 {
			a.aim++
			a.s.Confirm(seat, a.s.Held(seat)+1, padded{true, a.aim})
		}
	}
	if a.aim%7 == 0 {
		a.s.SetDelay(int(a.aim/7) % 4)
	}
	a.s.Tick(padded{true, a.aim}, padded{false, a.aim / 9})
	a.notices = a.s.AppendNotices(a.notices[:0])
	a.sums = a.s.AppendChecksums(a.sums[:0])
	a.packed, _ = a.s.AppendInput(a.packed[:0], 0, a.s.LocalThrough())
	a.s.ConfirmedWorld()
}

// TestNoAllocations: a tick with a rollback, events, checksums and predictions
// allocates nothing.
func TestNoAllocations(t *testing.T) {
	a := &arenaFrame{s: mustNew(t, arenaConfig())}
	for range 500 {
		a.run()
	}
	before := a.s.Stats()
	if n := testing.AllocsPerRun(1000, a.run); n != 0 {
		t.Errorf("%v allocations per tick", n)
	}
	after := a.s.Stats()
	if after.Rollbacks-before.Rollbacks < 900 || after.Resteps-before.Resteps < 4000 {
		t.Errorf("%+v: there was little to allocate for", after)
	}

	alone := mustNew(t, ledgerConfig(2, 0))
	play(t, alone, 300, 8, 1, nil)
	f := alone.Current()
	if n := testing.AllocsPerRun(1000, func() {
		alone.Tick(uint16(f))
		alone.Confirm(1, alone.Held(1)+1, uint16(f))
		f++
	}); n != 0 {
		t.Errorf("%v allocations per tick of a session nobody reads", n)
	}
}

// TestNoAllocationsWithLineups: neither does one in which seats come and go, bots play
// and the match is paused, all of it known late.
func TestNoAllocationsWithLineups(t *testing.T) {
	for _, absence := range []Absence{AbsentIdle, AbsentFrozen, AbsentBot} {
		config := arenaConfig()
		config.Lineups, config.Absent = true, absence
		config.Bot = func(w *arena, seat int) padded { return padded{Aim: uint32(w.Sum) + uint32(seat)} }
		a := &arenaFrame{s: mustNew(t, config)}
		paused, absent := 0, 0
		frame := func() {
			for a.s.LineupsThrough() < a.s.Current()-6 {
				f := a.s.LineupsThrough() + 1
				l := Lineup{Absent: uint16(f>>4) & 15, Paused: f&63 > 58}
				if a.s.ConfirmLineup(f, l) != nil {
					t.Fatal("a lineup is refused")
				}
				if l.Paused {
					paused++
				} else if l.Absent != 0 {
					absent++
				}
			}
			a.run()
		}
		for range 1000 {
			frame()
		}
		before := a.s.Stats()
		if n := testing.AllocsPerRun(1000, frame); n != 0 {
			t.Errorf("absence %d: %v allocations per tick", absence, n)
		}
		if after := a.s.Stats(); after.Rollbacks-before.Rollbacks < 300 || paused < 100 || absent < 1000 {
			t.Errorf("%+v, %d frames paused, %d with absent seats: there was little to allocate for", after, paused, absent)
		}
	}
}

// footprint is the capacity of every slice below v, in bytes.
func footprint(v reflect.Value) (bytes uintptr) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			bytes = footprint(v.Elem())
		}
	case reflect.Struct:
		for _, field := range v.Fields() {
			bytes += footprint(field)
		}
	case reflect.Slice:
		bytes = uintptr(v.Cap()) * v.Type().Elem().Size()
	}
	return bytes
}

// TestFlatCost: after 200,000 frames nothing has grown, and a frame costs as
// many steps as at the beginning.
func TestFlatCost(t *testing.T) {
	a := &arenaFrame{s: mustNew(t, arenaConfig())}
	run := func(frames Frame) (resteps uint64, size uintptr) {
		before, until := a.s.Stats().Resteps, a.s.Current()+frames
		for range 2 * frames {
			if a.s.Current() == until {
				break
			}
			a.run()
		}
		return a.s.Stats().Resteps - before, footprint(reflect.ValueOf(a.s))
	}
	run(1000)
	early, small := run(5000)
	run(190_000)
	late, big := run(5000)
	if a.s.Current() < 200_000 || early < 20_000 {
		t.Fatalf("frame %d, %d resteps: the test shows nothing", a.s.Current(), early)
	}
	if big != small {
		t.Errorf("a session grew from %d to %d bytes", small, big)
	}
	if late > early*101/100 || late < early*99/100 {
		t.Errorf("5000 frames cost %d steps at the start and %d after 200,000 frames", early, late)
	}
}
