package sound

import "math"

// Rate is the number of samples per second.
const Rate = 44100

// Wave is the shape of a tone.
type Wave uint8

// The waves.
const (
	Square Wave = iota
	Triangle
	Sine
	Noise // its pitch is how often the noise changes
)

// Tone is one sound of the synthesiser: a wave that slides from one pitch to
// another under an envelope that rises, stays and falls.
type Tone struct {
	Wave   Wave
	FromHz float64
	ToHz   float64 // 0: FromHz throughout
	Duty   float64 // share of the high half of a square wave, 0 is one half

	DelayMs  int // silence before
	AttackMs int
	HoldMs   int
	DecayMs  int

	Volume       float64 // 0 to 1
	VibratoHz    float64
	VibratoShare float64 // of the pitch, to either side
}

// Sample is a rendered sound: one channel at Rate, from -1 to 1. It must not
// be changed while it is played.
type Sample []float32

// Render plays tones together into a new sample. It is the same every time.
func Render(tones ...Tone) Sample {
	length := 0
	for _, t := range tones {
		length = max(length, samples(t.DelayMs+t.AttackMs+t.HoldMs+t.DecayMs))
	}
	s := make(Sample, length)
	for i, t := range tones {
		t.addTo(s, uint32(i)*2654435761+12345)
	}
	return s
}

// samples converts milliseconds.
func samples(ms int) int { return ms * Rate / 1000 }

// Loop plays tones together into a sample of a given length that is meant to
// be repeated: what rings on beyond its end rings over its start.
func Loop(lengthMs int, tones ...Tone) Sample {
	s := make(Sample, samples(lengthMs))
	for i, t := range tones {
		t.addTo(s, uint32(i)*2654435761+12345)
	}
	return s
}

// addTo adds the tone to s; what is beyond its end goes to its start. seed
// starts the noise.
func (t Tone) addTo(s Sample, seed uint32) {
	if len(s) == 0 || !(t.FromHz > 0) {
		return
	}
	attack, hold, decay := samples(t.AttackMs), samples(t.HoldMs), samples(t.DecayMs)
	length := attack + hold + decay
	slide := 1.0
	if t.ToHz > 0 && length > 0 {
		slide = math.Pow(t.ToHz/t.FromHz, 1/float64(length))
	}
	duty := t.Duty
	if duty == 0 {
		duty = 0.5
	}
	hz, phase, value := t.FromHz, 0.0, 0.0
	at := samples(t.DelayMs) % len(s)
	for i := range length {
		step := hz
		if t.VibratoHz > 0 {
			step *= 1 + t.VibratoShare*math.Sin(2*math.Pi*t.VibratoHz*float64(i)/Rate)
		}
		hz *= slide
		phase += step / Rate
		if phase >= 1 {
			phase -= math.Floor(phase)
			if t.Wave == Noise {
				seed = seed*1664525 + 1013904223
				value = float64(int32(seed)) / (1 << 31)
			}
		}
		s[at] += float32(t.Volume * envelope(i, attack, hold, decay) * t.at(phase, duty, value))
		if at++; at == len(s) {
			at = 0
		}
	}
}

// at returns the wave at a phase from 0 to 1.
func (t Tone) at(phase, duty, noise float64) float64 {
	switch t.Wave {
	case Triangle:
		return 4*math.Abs(phase-0.5) - 1
	case Sine:
		return math.Sin(2 * math.Pi * phase)
	case Noise:
		return noise
	}
	if phase < duty {
		return 0.7 // as loud as a triangle, by ear
	}
	return -0.7
}

// envelope returns how loud sample i is; the decay is a curve that ends at
// nothing, so that no sound ends with a click.
func envelope(i, attack, hold, decay int) float64 {
	switch {
	case i < attack:
		return float64(i) / float64(attack)
	case i < attack+hold:
		return 1
	case i < attack+hold+decay:
		left := 1 - float64(i-attack-hold)/float64(decay)
		return left * left
	}
	return 0
}
