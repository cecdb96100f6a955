package rules

import (
	"bytes"
	"strings"
	"testing"
)

func TestOptionsRoundTrip(t *testing.T) {
	for _, s := range []Setup{
		{Seed: 1, Seats: 2},
		{Seed: 1 << 63, Seats: 8, Levels: [MaxSeats]uint8{1, 2, 3, 0, 3, 2, 1, 0}, DurationFrames: MaxRoundFrames},
		{Seats: 3, Levels: [MaxSeats]uint8{2: 3}, DurationFrames: MinRoundFrames, Pond: GreatLily},
		{Seed: 4, Seats: 5, Teams: true, Rounds: 5, DurationFrames: MinRoundFrames},
	} {
		got, err := DecodeSetup(s.Seed, s.Seats, s.AppendOptions([]byte{9})[1:])
		if err != nil || got != s.valid() {
			t.Errorf("%+v became %+v, %v", s, got, err)
		}
	}
}

// TestOptionsAddBots: bots beyond the players' seats get a seat.
func TestOptionsAddBots(t *testing.T) {
	options := Setup{Seats: 1, Levels: [MaxSeats]uint8{2: 1, 5: 3}}.AppendOptions(nil)
	s, err := DecodeSetup(7, 2, options)
	if err != nil || s.Seats != 6 || s.Levels[5] != 3 || s.Levels[0] != 0 {
		t.Fatalf("%+v, %v", s, err)
	}
	if w := New(s); w.Seats != 6 || w.Frogs[5].State != Sit || w.Frogs[6].State != Out {
		t.Fatalf("%d seats", w.Seats)
	}
}

func TestOptionsRefused(t *testing.T) {
	for _, c := range []struct {
		options []byte
		word    string
	}{
		{[]byte{3}, "length"}, {make([]byte, 10), "length"}, {[]byte{1, 0, 0, 0, 0, 0, 9, 0, 1}, "format"},
		{[]byte{3, 0, 0, 0, 0, 1, 0, 0, 1}, "frames"}, {[]byte{3, 0, 0, 0, 0, 255, 255, 0, 1}, "frames"},
		{[]byte{3, 0, 0, 0, 0, 0, 9, 4, 1}, "pond"}, {[]byte{3, 0x50, 0, 0, 0, 0, 9, 0, 1}, "level"},
		{[]byte{3, 0, 0, 0, 0, 0, 9, 0, 2}, "best of 2"}, {[]byte{3, 0, 0, 0, 0, 0, 9, 0, 0x80}, "best of 0"}, {[]byte{3, 0, 0, 0, 0, 0, 9, 0, 7}, "best of 7"},
	} {
		if _, err := DecodeSetup(1, 2, c.options); err == nil || !strings.Contains(err.Error(), c.word) {
			t.Errorf("% x: %v", c.options, err)
		}
	}
	if s, err := DecodeSetup(1, 2, nil); err != nil || s.DurationFrames != RoundFrames || s.Seats != 2 {
		t.Errorf("no options: %+v, %v", s, err)
	}
}

// TestNewTakesAnything: values out of range are moved into it.
func TestNewTakesAnything(t *testing.T) {
	for _, s := range []Setup{{Seats: -5}, {Seats: 99, DurationFrames: -1}, {Seats: 3, DurationFrames: 1 << 30, Levels: [MaxSeats]uint8{200, 0, 7}}} {
		w := New(s)
		if err := w.Check(); err != nil {
			t.Errorf("%+v: %v", s, err)
		}
		if w.LeftFrames < MinRoundFrames || w.LeftFrames > MaxRoundFrames {
			t.Errorf("%+v: %d frames", s, w.LeftFrames)
		}
	}
}

// FuzzDecodeSetup: any bytes give an error or a setup that plays and that
// survives being encoded again.
func FuzzDecodeSetup(f *testing.F) {
	f.Add(uint64(1), 2, []byte{})
	f.Add(uint64(2), 8, Setup{Levels: [MaxSeats]uint8{1, 2, 3, 1, 2, 3, 1, 2}}.AppendOptions(nil))
	f.Fuzz(func(t *testing.T, seed uint64, seats int, options []byte) {
		s, err := DecodeSetup(seed, seats, options)
		if err != nil {
			if err.Error() == "" || s != (Setup{}) {
				t.Fatalf("%+v with error %q", s, err)
			}
			return
		}
		again, err := DecodeSetup(seed, seats, s.AppendOptions(nil))
		if err != nil || again != s || s != s.valid() {
			t.Fatalf("%+v became %+v, %v", s, again, err)
		}
		if len(options) > 0 && !bytes.Equal(options, s.AppendOptions(nil)) {
			t.Fatalf("% x became % x", options, s.AppendOptions(nil))
		}
		w := New(s)
		if err := w.Check(); err != nil {
			t.Fatal(err)
		}
	})
}
