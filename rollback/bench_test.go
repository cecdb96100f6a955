package rollback

import (
	"fmt"
	"testing"
)

// BenchmarkTick is a frame without a rollback, beside nothing but its cost:
// inputs in, one save, one step, one checksum in 60 frames.
func BenchmarkTick(b *testing.B) {
	for _, seats := range []int{2, 4, 8} {
		b.Run(fmt.Sprintf("seats=%d", seats), func(b *testing.B) {
			s := mustNew(b, ledgerConfig(seats, 0))
			b.ReportAllocs()
			for b.Loop() {
				for seat := 1; seat < seats; seat++ {
					s.Confirm(seat, s.Held(seat)+1, 1)
				}
				s.Tick(1)
			}
			if s.Stats().Rollbacks > 1 {
				b.Fatal("this is to be without rollbacks")
			}
		})
	}
}

// BenchmarkTickLineups is the same frame with nobody local, whose own seat is confirmed
// ahead like all others, without lineups and with them, one seat of four absent.
func BenchmarkTickLineups(b *testing.B) {
	for _, test := range []struct {
		name    string
		lineups bool
		absence Absence
	}{{"without", false, AbsentIdle}, {"idle", true, AbsentIdle}, {"frozen", true, AbsentFrozen}, {"bot", true, AbsentBot}} {
		b.Run(test.name, func(b *testing.B) {
			config := ledgerConfig(4)
			config.Lineups, config.Absent = test.lineups, test.absence
			config.Bot = func(*ledger, int) uint16 { return 1 }
			s := mustNew(b, config)
			b.ReportAllocs()
			for b.Loop() {
				s.Confirm(0, s.Held(0)+1, 1)
				s.Confirm(1, s.Held(1)+1, 1)
				s.Confirm(2, s.Held(2)+1, 1)
				if test.lineups {
					s.ConfirmLineup(s.LineupsThrough()+1, Lineup{Absent: 0b1000})
				} else {
					s.Confirm(3, s.Held(3)+1, 1)
				}
				s.Tick()
			}
			if s.Stats().Rollbacks > 1 {
				b.Fatal("this is to be without rollbacks")
			}
		})
	}
}

// rollEach makes a session of worlds of type S in which every tick rolls back
// seven frames, and runs it.
func rollEach[S any](b *testing.B, seats int) {
	var world S
	s := mustNew(b, Config[S, uint32]{Start: world, Step: func(*S, Inputs[uint32]) {}, Seats: seats, Local: []int{0}, WindowFrames: 8, ChecksumFrames: -1})
	for range 7 {
		s.Tick(0)
	}
	v := uint32(0)
	b.ReportAllocs()
	for b.Loop() {
		v++
		for seat := 1; seat < seats; seat++ {
			s.Confirm(seat, s.Held(seat)+1, v)
		}
		s.Tick(0)
	}
	st := s.Stats()
	b.ReportMetric(float64(st.Resteps)/float64(st.Rollbacks), "resteps/rollback")
}

// copyEach does by hand what no rollback of seven frames and one new one can go
// without: eight copies of the world into a ring as large as the session's.
func copyEach[S any](b *testing.B) {
	var world S
	s := mustNew(b, Config[S, uint32]{Start: world, Step: func(*S, Inputs[uint32]) {}, Seats: 1})
	ring := make([]S, len(s.snaps.worlds))
	at := 0
	for b.Loop() {
		for range 8 {
			next := (at + 1) % len(ring)
			ring[next] = ring[at]
			at = next
		}
		at = (at + len(ring) - 7) % len(ring)
	}
}

func benchWorld[S any](b *testing.B, size string) {
	for _, seats := range []int{2, 8} {
		b.Run(fmt.Sprintf("world=%s/seats=%d", size, seats), rollEachOf[S](seats))
	}
	b.Run(fmt.Sprintf("world=%s/by-hand", size), copyEach[S])
}

func rollEachOf[S any](seats int) func(*testing.B) {
	return func(b *testing.B) { rollEach[S](b, seats) }
}

// BenchmarkRollback7 is a tick with a rollback of seven frames and a new one,
// with a Step that does nothing, beside the same copies by hand.
func BenchmarkRollback7(b *testing.B) {
	benchWorld[struct{}](b, "0")
	benchWorld[[4 << 10]uint8](b, "4KiB")
	benchWorld[[64 << 10]uint8](b, "64KiB")
	benchWorld[[1 << 20]uint8](b, "1MiB")
}

// BenchmarkWholeFrame is a frame of a match of four: inputs of three others that
// were guessed wrong eight frames ago, a rollback of eight frames, a new one,
// events and checksums read.
func BenchmarkWholeFrame(b *testing.B) {
	config := ledgerConfig(4, 0)
	s := mustNew(b, config)
	for range 8 {
		s.Tick(0)
	}
	var notices []Notice
	var sums []Checksum
	v := uint16(0)
	b.ReportAllocs()
	for b.Loop() {
		v++
		for seat := 1; seat < 4; seat++ {
			s.Confirm(seat, s.Held(seat)+1, v)
		}
		s.Tick(v)
		notices = s.AppendNotices(notices[:0])
		sums = s.AppendChecksums(sums[:0])
	}
	if st := s.Stats(); st.MaxDepth != 8 || st.Resteps < 7*uint64(b.N) {
		b.Fatalf("%+v", st)
	}
}

// shelf is one world in three forms: 64 things in an array, in a slice, and in a slice
// of pointers.
type (
	shelf     struct{ Things [64][16]uint8 }
	longShelf struct{ Things [][16]uint8 }
	deepShelf struct{ Things []*[16]uint8 }
)

// BenchmarkDeepWorld is a tick without a rollback of a plain world, and of the same
// one made of a slice or of pointers, which costs allocations.
func BenchmarkDeepWorld(b *testing.B) {
	b.Run("plain", func(b *testing.B) { tickAlone(b, shelf{}) })
	b.Run("slice", func(b *testing.B) { tickAlone(b, longShelf{make([][16]uint8, 64)}) })
	deep := deepShelf{}
	for range 64 {
		deep.Things = append(deep.Things, new([16]uint8))
	}
	b.Run("pointers", func(b *testing.B) { tickAlone(b, deep) })
}

func tickAlone[S any](b *testing.B, start S) {
	s := mustNew(b, Config[S, uint8]{Start: start, Step: func(*S, Inputs[uint8]) {}, Seats: 1, Local: []int{0}})
	b.ReportAllocs()
	for b.Loop() {
		s.Tick(1)
	}
}
