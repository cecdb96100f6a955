package sound

import (
	"encoding/binary"
	"math"
	"slices"
	"testing"
)

var beep = Render(Tone{Wave: Sine, FromHz: 440, HoldMs: 200, Volume: 0.5})

// heard reads frames from a mixer and returns both channels.
func heard(t *testing.T, m *Mixer, frames int) (left, right []float32) {
	t.Helper()
	p := make([]byte, frames*frameBytes)
	if n, err := m.Read(p); n != len(p) || err != nil {
		t.Fatalf("Read = %d, %v, want %d, nil", n, err, len(p))
	}
	for i := 0; i < len(p); i += frameBytes {
		left = append(left, math.Float32frombits(binary.LittleEndian.Uint32(p[i:])))
		right = append(right, math.Float32frombits(binary.LittleEndian.Uint32(p[i+4:])))
	}
	return left, right
}

// loudness is the root of the mean square.
func loudness(s []float32) float64 {
	sum := 0.0
	for _, v := range s {
		sum += float64(v) * float64(v)
	}
	return math.Sqrt(sum / float64(max(len(s), 1)))
}

func TestRender(t *testing.T) {
	tone := Tone{Wave: Square, FromHz: 220, ToHz: 880, DelayMs: 10, AttackMs: 5, HoldMs: 20, DecayMs: 50, Volume: 0.8}
	s := Render(tone)
	if want := samples(85); len(s) != want {
		t.Errorf("%d samples, want %d", len(s), want)
	}
	if l := loudness(s[:samples(10)]); l != 0 {
		t.Errorf("the delay has loudness %g, want silence", l)
	}
	if last := math.Abs(float64(s[len(s)-1])); last > 0.001 {
		t.Errorf("the last sample is %g: that clicks", last)
	}
	if !slices.Equal(s, Render(tone)) {
		t.Error("rendered twice, the sound differs")
	}
	for _, wave := range []Wave{Square, Triangle, Sine, Noise} {
		for i, v := range Render(Tone{Wave: wave, FromHz: 3000, HoldMs: 30, Volume: 1, VibratoHz: 6, VibratoShare: 0.1}) {
			if v < -1 || v > 1 || v != v {
				t.Fatalf("wave %d: sample %d is %g, outside of -1 to 1", wave, i, v)
			}
		}
	}
}

// A tone has the pitch that was asked for: it crosses zero twice per period.
func TestPitch(t *testing.T) {
	for _, hz := range []float64{110, 440, 1760} {
		s := Render(Tone{Wave: Triangle, FromHz: hz, HoldMs: 1000, Volume: 1})
		crossings := 0
		for i := range len(s) - 1 {
			if (s[i] < 0) != (s[i+1] < 0) {
				crossings++
			}
		}
		if got := float64(crossings) / 2; math.Abs(got-hz) > 2 {
			t.Errorf("a tone of %g Hz has %g", hz, got)
		}
	}
}

func TestPlayAndEnd(t *testing.T) {
	m := NewMixer()
	m.Play(beep, Playing{})
	if left, _ := heard(t, m, len(beep)); loudness(left) < 0.1 {
		t.Errorf("loudness %g while it plays", loudness(left))
	}
	if left, right := heard(t, m, 1000); loudness(left)+loudness(right) != 0 {
		t.Error("the sound goes on after its end")
	}
}

func TestPan(t *testing.T) {
	for _, test := range []struct {
		pan         float64
		left, right bool
	}{{-1, true, false}, {0, true, true}, {1, false, true}, {-7, true, false}, {math.NaN(), true, false}} {
		m := NewMixer()
		m.Play(beep, Playing{Pan: test.pan})
		left, right := heard(t, m, 2000)
		if l, r := loudness(left) > 0.01, loudness(right) > 0.01; l != test.left || r != test.right {
			t.Errorf("pan %g: left %v, right %v", test.pan, l, r)
		}
	}
}

func TestPitchShift(t *testing.T) {
	m := NewMixer()
	m.Play(beep, Playing{Pitch: 2})
	heard(t, m, len(beep)/2+1)
	if left, _ := heard(t, m, 100); loudness(left) != 0 {
		t.Error("an octave higher, the sound should end after half of the time")
	}
}

func TestStopFadesOut(t *testing.T) {
	m := NewMixer()
	id := m.Play(beep, Playing{})
	other := m.Play(beep, Playing{Pan: 1})
	m.Stop(id)
	m.Stop(0)
	if left, _ := heard(t, m, releaseSamples); loudness(left) == 0 {
		t.Error("cut off at once: that clicks")
	}
	left, right := heard(t, m, 1000)
	if loudness(left) > 1e-6 || loudness(right) == 0 {
		t.Errorf("after the stop: left %g, want silence; right %g, want the other sound (%d)", loudness(left), loudness(right), other)
	}
}

// With all voices in use a new sound takes the place of the oldest.
func TestVoicesAreBounded(t *testing.T) {
	m := NewMixer()
	oldest := m.Play(beep, Playing{Pan: -1})
	for range maxVoices - 1 {
		m.Play(beep, Playing{Pan: 1, Quieter: 0.9})
	}
	left, _ := heard(t, m, 500)
	if loudness(left) < 0.01 {
		t.Fatal("the oldest sound is gone too early")
	}
	m.Play(beep, Playing{Pan: 1, Quieter: 0.9})
	for i := range m.voices {
		if m.voices[i].id == oldest {
			t.Error("the oldest sound still has a voice")
		}
	}
	for range 10_000 {
		m.Play(beep, Playing{})
	}
	left, right := heard(t, m, 4000)
	for i := range left {
		if v := max(left[i], right[i], -left[i], -right[i]); v > 1 {
			t.Fatalf("frame %d is %g: louder than full", i, v)
		}
	}
}

func TestVolumesAndMute(t *testing.T) {
	level := func(set func(m *Mixer)) float64 {
		m := NewMixer()
		set(m)
		m.SetMusic(beep)
		heard(t, m, 8000) // the volume glides
		m.Play(beep, Playing{Quieter: 0.5})
		left, _ := heard(t, m, 4000)
		return loudness(left)
	}
	full := level(func(m *Mixer) {})
	if half := level(func(m *Mixer) { m.SetVolumes(0.5, 1, 1) }); half <= 0 || half > full/2 {
		t.Errorf("half volume is %g of %g", half, full)
	}
	if silent := level(func(m *Mixer) { m.SetVolumes(1, 0, 0) }); silent != 0 {
		t.Errorf("without effects and music there is %g", silent)
	}
	if silent := level(func(m *Mixer) { m.SetMute(true) }); silent > 1e-6 {
		t.Errorf("muted there is %g", silent)
	}
	if odd := level(func(m *Mixer) { m.SetVolumes(99, math.NaN(), -1) }); odd != 0 {
		t.Errorf("volumes out of range give %g", odd)
	}
}

func TestMusicLoops(t *testing.T) {
	m := NewMixer()
	m.SetMusic(beep)
	heard(t, m, 3*len(beep))
	if left, _ := heard(t, m, 1000); loudness(left) < 0.05 {
		t.Error("the music has ended")
	}
	m.SetMusic(nil)
	if left, _ := heard(t, m, 1000); loudness(left) > 0 {
		t.Error("the music goes on")
	}
}

// In a loop a tone that is too long rings over the start; rendered once, a
// sample is as long as its longest tone.
func TestLoopRingsOver(t *testing.T) {
	tone := Tone{Wave: Sine, FromHz: 300, DelayMs: 90, DecayMs: 40, Volume: 1}
	s := Loop(100, tone)
	if len(s) != samples(100) {
		t.Fatalf("%d samples, want %d", len(s), samples(100))
	}
	if start, middle := loudness(s[:samples(20)]), loudness(s[samples(40):samples(80)]); start == 0 || middle != 0 {
		t.Errorf("start %g, middle %g: want the tail at the start and silence in the middle", start, middle)
	}
	if s := Loop(0, tone); len(s) != 0 {
		t.Errorf("an empty loop has %d samples", len(s))
	}
}

// A speaker without a device takes everything and says why it is silent.
func TestSilentSpeaker(t *testing.T) {
	s := Silent("You asked for silence with -mute.")
	s.Play(beep, Playing{})
	s.SetMusic(beep)
	s.Tick()
	if muted, why := s.Muted(); !muted || why == "" {
		t.Errorf("Muted = %v, %q, want true and a reason", muted, why)
	}
	s.Close()
}

func BenchmarkMixer(b *testing.B) {
	m := NewMixer()
	m.SetMusic(beep)
	p := make([]byte, Rate/60*frameBytes)
	b.ReportAllocs()
	for b.Loop() {
		for range maxVoices {
			m.Play(beep, Playing{Pitch: 1.1})
		}
		m.Read(p)
	}
}

// Without a device a speaker is silent, says so in one sentence, and goes on
// taking sounds.
func TestSpeakerWithoutDevice(t *testing.T) {
	s := &Speaker{Mixer: NewMixer()}
	s.fail(errNoDevice)
	for range 100 {
		s.Play(beep, Playing{})
		s.Tick()
	}
	if muted, why := s.Muted(); !muted || why == "" || s.Cause() != errNoDevice {
		t.Errorf("Muted = %v, %q, Cause = %v", muted, why, s.Cause())
	}
}
