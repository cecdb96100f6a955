package sound

import (
	"encoding/binary"
	"math"
	"sync"
)

const (
	// maxVoices is how many effects sound at a time. When all are in use
	// the oldest is replaced.
	maxVoices = 24
	// releaseSamples is how long a stopped voice takes to fall silent: at
	// once would click.
	releaseSamples = Rate / 100
	// duckedMusic is how loud the music stays while many effects sound.
	duckedMusic = 0.6
)

// ID names a sound that was started; 0 names none.
type ID uint64

// Playing says how a sample is played. The zero value plays it as it is, in
// the middle.
type Playing struct {
	Quieter float64 // 0 is full loudness, 1 is silence
	Pan     float64 // -1 left, 0 middle, 1 right
	Pitch   float64 // 2 is an octave higher, 0 is 1
}

// voice is a sample that sounds.
type voice struct {
	id          ID
	sample      Sample
	at, step    float64 // in samples
	left, right float32
	release     int // samples until silence, -1 while it is not stopped
}

// Mixer adds up voices and music into one stream: 32-bit floats,
// little-endian, left and right, at Rate. It is safe for concurrent use; the
// zero value is silent, NewMixer is not.
type Mixer struct {
	mu      sync.Mutex
	voices  [maxVoices]voice
	ids     ID
	music   Sample
	musicAt int
	duck    float32 // 1 to duckedMusic

	master, effects, musical float32
	mute                     bool
	volume                   float32 // of the whole, glides to where it should be
}

// NewMixer returns a mixer at full volume.
func NewMixer() *Mixer {
	return &Mixer{master: 1, effects: 1, musical: 1, volume: 1, duck: 1}
}

// Play starts a sample and returns its name for Stop.
func (m *Mixer) Play(s Sample, p Playing) ID {
	if len(s) == 0 {
		return 0
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.ids++
	oldest := &m.voices[0]
	for i := range m.voices {
		if m.voices[i].id < oldest.id {
			oldest = &m.voices[i]
		}
	}
	step := p.Pitch
	if !(step > 0.05 && step < 20) {
		step = 1
	}
	// Equal power: a sound is as loud at the side as in the middle.
	loud, pan := 1-clamp(p.Quieter, 0, 1), (clamp(p.Pan, -1, 1)+1)*math.Pi/4
	*oldest = voice{m.ids, s, 0, step, float32(loud * math.Cos(pan) * math.Sqrt2 * 0.75), float32(loud * math.Sin(pan) * math.Sqrt2 * 0.75), -1}
	return m.ids
}

// clamp moves v into a range; what is no number becomes its low end.
func clamp(v, low, high float64) float64 {
	if !(v >= low) {
		return low
	}
	return min(v, high)
}

// Stop lets a sound fall silent. It may have ended by itself.
func (m *Mixer) Stop(id ID) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for i := range m.voices {
		if v := &m.voices[i]; v.id == id && id != 0 && v.release < 0 {
			v.release = releaseSamples
		}
	}
}

// SetMusic plays a sample in a loop, in place of the one before; nil ends the
// music.
func (m *Mixer) SetMusic(s Sample) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.music, m.musicAt = s, 0
}

// SetVolumes sets the volumes, each from 0 to 1. By ear half is half as loud.
func (m *Mixer) SetVolumes(master, effects, music float64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	curve := func(v float64) float32 { v = clamp(v, 0, 1); return float32(v * v) }
	m.master, m.effects, m.musical = curve(master), curve(effects), curve(music)
}

// SetMute silences everything, or lets it sound again.
func (m *Mixer) SetMute(on bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.mute = on
}

// frameBytes is the size of one left and one right sample.
const frameBytes = 8

// Read fills p with what is to be heard next; it never ends and never fails.
func (m *Mixer) Read(p []byte) (int, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	n := len(p) / frameBytes * frameBytes
	for i := 0; i < n; i += frameBytes {
		left, right := m.next()
		binary.LittleEndian.PutUint32(p[i:], math.Float32bits(left))
		binary.LittleEndian.PutUint32(p[i+4:], math.Float32bits(right))
	}
	return n, nil
}

// next mixes one frame.
func (m *Mixer) next() (left, right float32) {
	sounding := 0
	for i := range m.voices {
		v := &m.voices[i]
		if v.sample == nil {
			continue
		}
		s, ok := v.next()
		if !ok {
			*v = voice{}
			continue
		}
		sounding++
		left += s * v.left * m.effects
		right += s * v.right * m.effects
	}
	target := float32(1)
	if sounding > 3 {
		target = duckedMusic
	}
	m.duck += (target - m.duck) / 4000
	if len(m.music) > 0 {
		s := m.music[m.musicAt] * m.musical * m.duck
		left, right = left+s, right+s
		m.musicAt = (m.musicAt + 1) % len(m.music)
	}
	whole := m.master
	if m.mute {
		whole = 0
	}
	m.volume += (whole - m.volume) / 400 // a hundredth of a second: no click
	return soften(left * m.volume), soften(right * m.volume)
}

// next returns the voice's next sample, read between two of them if its pitch
// is not its own.
func (v *voice) next() (float32, bool) {
	i := int(v.at)
	if i >= len(v.sample) || v.release == 0 {
		return 0, false
	}
	s := v.sample[i]
	if i+1 < len(v.sample) {
		s += (v.sample[i+1] - s) * float32(v.at-float64(i))
	}
	v.at += v.step
	if v.release > 0 {
		s *= float32(v.release) / releaseSamples
		v.release--
	}
	return s, true
}

// soften bends what is too loud instead of cutting it off.
func soften(s float32) float32 {
	s = min(max(s, -1.5), 1.5)
	return s - s*s*s/6.75
}
