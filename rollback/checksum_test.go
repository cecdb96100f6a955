package rollback

import (
	"slices"
	"testing"
)

// TestChecksumsOnlyOfFinalFrames: never of a frame that a later input can
// still change, at once when it cannot, and of due frames only.
func TestChecksumsOnlyOfFinalFrames(t *testing.T) {
	for _, every := range []int{1, 4, 60} {
		for _, saveEvery := range []int{1, 9} {
			config := ledgerConfig(3, 0)
			config.ChecksumFrames, config.SaveEvery = every, saveEvery
			s := mustNew(t, config)
			next := Frame(0)
			play(t, s, 1000, 7, 4, func(st Status) {
				// Inputs that arrived after the tick are not in it.
				for _, sum := range s.AppendChecksums(nil) {
					if sum.Frame != next || sum.Frame > min(st.Confirmed+1, st.Current) {
						t.Fatalf("checksum of frame %d with %d confirmed at %d, want the one of %d", sum.Frame, st.Confirmed, st.Current, next)
					}
					if w := straight(3, sum.Frame, nil); s.Hash(&w) != sum.World {
						t.Fatalf("the checksum of frame %d is not that of the final world", sum.Frame)
					}
					next += Frame(every)
				}
				if due := min(st.Confirmed+1, st.Current); next <= due {
					t.Fatalf("frame %d is final and due, its checksum is not there", next)
				}
			})
		}
	}
	config := ledgerConfig(1, 0)
	config.ChecksumFrames = -1
	s := mustNew(t, config)
	play(t, s, 100, 0, 1, nil)
	if sums := s.AppendChecksums(nil); len(sums) != 0 {
		t.Errorf("checksums that are switched off: %v", sums)
	}
}

// followTo plays scripted inputs in a session that follows, with every checksum.
func followTo(t *testing.T, frames Frame, input func(seat int, f Frame) uint16, disturb Frame) (*Session[ledger, uint16], []Checksum) {
	t.Helper()
	config := ledgerConfig(2)
	config.ChecksumFrames = 10
	s := mustNew(t, config)
	var sums []Checksum
	for f := range frames {
		if f == disturb {
			s.Disturb(func(w *ledger) { w.Sum[1]++ })
		}
		for seat := range 2 {
			mustConfirm(t, s, seat, f, input(seat, f))
		}
		s.Follow(1)
		sums = s.AppendChecksums(sums)
	}
	return s, sums
}

// TestChecksumsTellWhatDiffers: other inputs change both numbers from the next
// checksum on, another simulation only the world's.
func TestChecksumsTellWhatDiffers(t *testing.T) {
	_, honest := followTo(t, 60, inputAt, NoFrame)
	_, otherInput := followTo(t, 60, func(seat int, f Frame) uint16 {
		if seat == 1 && f == 25 {
			return 1000
		}
		return inputAt(seat, f)
	}, NoFrame)
	_, otherWorld := followTo(t, 60, inputAt, 25)
	for i, sum := range honest {
		late := sum.Frame > 25
		if a := otherInput[i]; (a.Inputs != sum.Inputs) != late || (a.World != sum.World) != late {
			t.Errorf("frame %d with another input: %+v, honest %+v", sum.Frame, a, sum)
		}
		if b := otherWorld[i]; b.Inputs != sum.Inputs || (b.World != sum.World) != late {
			t.Errorf("frame %d with another world: %+v, honest %+v", sum.Frame, b, sum)
		}
	}
}

// TestDigestOfInputs: the order of frames, of seats and the length of a row
// matter.
func TestDigestOfInputs(t *testing.T) {
	digest := func(rows ...string) uint64 {
		var d digester
		for _, row := range rows {
			d.add([]byte(row))
		}
		return d.sum
	}
	seen := map[uint64][]string{}
	for _, rows := range [][]string{
		{"ab"}, {"ba"}, {"a", "b"}, {"b", "a"}, {"ab", "\x00\x00"}, {"\x00\x00", "ab"}, {"ab\x00"}, {"ab\x00\x00"},
		{"abcdefgh"}, {"abcdefgh\x00"}, {"abcdefghi"}, {"abcdefgh", "ijklmnop"}, {"ijklmnop", "abcdefgh"}, {"abcdefghijklmnop"},
	} {
		sum := digest(rows...)
		if other, ok := seen[sum]; ok {
			t.Errorf("%q and %q have the same digest", rows, other)
		}
		seen[sum] = rows
	}
}

// TestDisturb: it survives rollbacks, shows in the checksums that come after
// it, and At and Diff name the frame and the field.
func TestDisturb(t *testing.T) {
	for _, saveEvery := range []int{1, 6} {
		config := ledgerConfig(2, 0)
		config.ChecksumFrames, config.SaveEvery = 20, saveEvery
		broken, sound := mustNew(t, config), mustNew(t, config)
		play(t, sound, 200, 5, 8, nil)
		play(t, broken, 100, 5, 8, nil)
		_, at := broken.ConfirmedWorld()
		sums := broken.AppendChecksums(nil)
		made := sums[len(sums)-1].Frame
		broken.Disturb(func(w *ledger) { w.Sum[1] ^= 1 << 40 })
		play(t, broken, 200, 5, 8, nil)
		if broken.Stats().Rollbacks < 10 {
			t.Fatal("no rollbacks: the test shows nothing")
		}
		firstBad := NoFrame
		good := sound.AppendChecksums(nil)
		for i, sum := range broken.AppendChecksums(sums) {
			if sum.Inputs != good[i].Inputs {
				t.Fatalf("frame %d: Disturb changed the inputs", sum.Frame)
			}
			if sum.World != good[i].World && firstBad == NoFrame {
				firstBad = sum.Frame
			}
			if (sum.Frame > made && sum.Frame >= at) != (sum.World != good[i].World) {
				t.Fatalf("disturbed at %d; frame %d is %v to %v", at, sum.Frame, sum, good[i])
			}
		}
		a, okA := sound.At(firstBad)
		b, okB := broken.At(firstBad)
		if !okA || !okB {
			t.Fatalf("the world of frame %d is no longer kept", firstBad)
		}
		if d := sound.Diff(a, b, 9); len(d) != 1 || d[0].Field != "Sum[1]" {
			t.Errorf("the first bad world differs in %v", d)
		}
	}
}

// TestChecksumsOfTwoMachines: identical although one predicts and the other
// does not, in every mode.
func TestChecksumsOfTwoMachines(t *testing.T) {
	_, want := followTo(t, 500, inputAt, NoFrame)
	for _, saveEvery := range []int{1, 8, 32} {
		for _, window := range []int{1, 8, 32} {
			config := ledgerConfig(2, 0)
			config.ChecksumFrames, config.SaveEvery, config.WindowFrames = 10, saveEvery, window
			s := mustNew(t, config)
			play(t, s, 490, 12, 6, nil)
			got := s.AppendChecksums(nil)
			if len(got) < 45 || !slices.Equal(got, want[:len(got)]) {
				t.Errorf("saving every %d, window %d: %v\nwant %v", saveEvery, window, got, want)
			}
		}
	}
}
