package rollback

import (
	"bytes"
	"errors"
	"testing"
)

// TestOriginCheck: what does not fit the rest of a Config is refused by name.
func TestOriginCheck(t *testing.T) {
	for name, origin := range map[string]Origin{
		"frame":   {Frame: -1},
		"far":     {Frame: maxOriginFrame + 1},
		"lineup":  {Frame: 5, Lineup: Lineup{Absent: 1}},
		"short":   {Frame: 5, Inputs: make([]byte, 3)},
		"before":  {Inputs: make([]byte, 4)},
		"another": {Frame: 5, Inputs: make([]byte, 6)},
	} {
		config := ledgerConfig(2, 0)
		config.Origin = origin
		var fault *ConfigError
		if _, err := New(config); !errors.As(err, &fault) || fault.Field != "Origin" {
			t.Errorf("%s: %v", name, err)
		}
	}
	config := ledgerConfig(2, 0)
	config.Absent = AbsentBot
	var fault *ConfigError
	if err := config.Check(); !errors.As(err, &fault) || fault.Field != "Bot" {
		t.Errorf("a bot that is not there: %v", err)
	}
	config.Absent = AbsentBot + 1
	if err := config.Check(); !errors.As(err, &fault) || fault.Field != "Absent" {
		t.Errorf("absence %d: %v", config.Absent, err)
	}
}

// TestOriginAt: what it says, of frames that are final and of no other.
func TestOriginAt(t *testing.T) {
	for absence, away := range map[Absence]byte{AbsentIdle: 0, AbsentFrozen: 7, AbsentBot: 0} {
		s := mustNew(t, castConfig(2, absence, 0))
		for f := range Frame(10) {
			l := Lineup{}
			if f >= 4 && f < 8 {
				l.Absent = 0b10
			}
			mustCall(t, s, f, l)
			if f < 4 {
				mustConfirm(t, s, 1, f, 7)
			}
			s.Tick(5)
		}
		var again Origin
		for f := range Frame(12) {
			origin, ok := s.OriginAt(f)
			before := again
			if read := s.ReadOrigin(&again, f); read != ok || ok && (again.Frame != f || again.Digest != origin.Digest || !bytes.Equal(again.Inputs, origin.Inputs)) || !ok && again.Frame != before.Frame {
				t.Errorf("frame %d: %+v is read as %+v, %v", f, origin, again, read)
			}
			if l, ok := s.LineupAt(f); ok != (f < 10) || ok && l.Present(1) != (f < 4 || f >= 8) {
				t.Errorf("frame %d was stepped with %+v, %v", f, l, ok)
			}
			sum, final := s.ChecksumAt(f)
			if ok != (f <= 8) || ok != final {
				t.Fatalf("frame %d: %v, and its checksum %v", f, ok, final)
			}
			if !ok {
				continue
			}
			if f == 0 {
				if origin.Inputs != nil {
					t.Errorf("there are inputs before frame 0: %+v", origin)
				}
				continue
			}
			want := [2]byte{5, 7}
			if f > 4 {
				want[1] = away
			}
			if got := [2]byte{origin.Inputs[0], origin.Inputs[2]}; got != want || origin.Frame != f || origin.Digest != sum.Inputs || origin.Lineup.Present(1) != (f <= 4) {
				t.Errorf("absence %d, frame %d: %+v, want inputs %v", absence, f, origin, want)
			}
		}
	}
}

// TestOriginIsCleaned: what a stranger says was done before is made legal as all inputs.
func TestOriginIsCleaned(t *testing.T) {
	config := ledgerConfig(1)
	config.Clean = func(in uint16) uint16 { return min(in, 9) }
	config.Origin = Origin{Frame: 3, Inputs: []byte{200, 1}}
	fed := fedInputs(&config)
	s := mustNew(t, config)
	s.Tick()
	if fed[3][0] != 9 {
		t.Errorf("frame 3 was guessed to be %d", fed[3][0])
	}
}
