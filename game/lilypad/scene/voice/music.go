package voice

import "github.com/visavis-netcode/visavis/game/sound"

// musicGain lifts the music to where it is heard below the effects and never above them.
const musicGain = 2.4

// The tune: eight bars of four beats.
const (
	beatMs = 560
	barMs  = 4 * beatMs
	bars   = 8
)

// chords are the notes of each bar's arpeggio, low to high, and its bass.
var chords = [bars]struct {
	bass  float64
	notes [4]float64
}{
	{c3, [4]float64{c4, e4, g4, b4}},
	{a3 / 2, [4]float64{a3, c4, e4, g4}},
	{f3 / 2, [4]float64{a3, c4, f4, a4}},
	{g3 / 2, [4]float64{b3, d4, g4, b4}},
	{c3, [4]float64{c4, e4, g4, c5}},
	{e3 / 2, [4]float64{b3, e4, g4, b4}},
	{f3 / 2, [4]float64{c4, f4, a4, c5}},
	{g3 / 2, [4]float64{d4, f4, g4, b4}},
}

// pattern is the order in which an arpeggio's notes are played, an eighth
// each.
var pattern = [8]int{0, 2, 1, 3, 2, 1, 3, 1}

// melody is played over it from time to time: beat, pitch, length in beats.
var melody = [...]struct{ beat, hz, beats float64 }{
	{0, e5, 1.5}, {2, g5, 0.5}, {2.5, e5, 1},
	{4, c5, 2}, {6.5, d5, 0.5}, {7, e5, 1},
	{8, f5, 1.5}, {10, a5, 0.5}, {10.5, f5, 1},
	{12, d5, 3},
	{16, e5, 1}, {17, g5, 1}, {18, c6, 1.5},
	{20, b5, 1.5}, {22, g5, 1},
	{24, a5, 1}, {25, g5, 0.5}, {25.5, f5, 1}, {27, d5, 0.5},
	{28, g5, 3},
}

// tune makes the music of the pond: soft enough to be heard for an hour.
func tune() sound.Sample {
	var tones []sound.Tone
	at := func(beat float64) int { return int(beat * beatMs) }
	for bar, chord := range chords {
		first := float64(4 * bar)
		for i, k := range pattern {
			tones = append(tones, sound.Tone{Wave: sound.Triangle, FromHz: chord.notes[k], DelayMs: at(first + float64(i)/2),
				AttackMs: 6, HoldMs: 30, DecayMs: 420, Volume: 0.11})
		}
		for _, beat := range [...]float64{0, 1.5, 2, 3.5} {
			tones = append(tones, sound.Tone{Wave: sound.Triangle, FromHz: chord.bass, DelayMs: at(first + beat),
				AttackMs: 8, HoldMs: 120, DecayMs: 260, Volume: 0.17})
		}
		for beat := range 4 { // a brush and a drop of water
			tones = append(tones, sound.Tone{Wave: sound.Noise, FromHz: 9000, DelayMs: at(first + float64(beat) + 0.5),
				AttackMs: 4, DecayMs: 60, Volume: 0.025})
		}
		tones = append(tones, sound.Tone{Wave: sound.Sine, FromHz: 700, ToHz: 1300, DelayMs: at(first + 3.25), AttackMs: 2, DecayMs: 70, Volume: 0.05})
	}
	for _, n := range melody {
		length := int(n.beats * beatMs)
		tones = append(tones, sound.Tone{Wave: sound.Square, Duty: 0.25, FromHz: n.hz, DelayMs: at(n.beat),
			AttackMs: 25, HoldMs: length * 6 / 10, DecayMs: length * 6 / 10, Volume: 0.05, VibratoHz: 5, VibratoShare: 0.006})
	}
	return louder(sound.Loop(bars*barMs, tones...))
}

// louder gives a tune its gain, in place.
func louder(tune sound.Sample) sound.Sample {
	for i := range tune {
		tune[i] *= musicGain
	}
	return tune
}

// menuBeatMs is slower than a round: nothing hurries in the menus.
const menuBeatMs = 720

// menuTune makes the music of the menus: the round's chords, slowly and softly, without
// its tune.
func menuTune() sound.Sample {
	var tones []sound.Tone
	at := func(beat float64) int { return int(beat * menuBeatMs) }
	for bar, chord := range chords {
		first := float64(4 * bar)
		for i, k := range [...]int{0, 2, 3, 1} {
			tones = append(tones, sound.Tone{Wave: sound.Sine, FromHz: chord.notes[k], DelayMs: at(first + float64(i)),
				AttackMs: 20, HoldMs: 120, DecayMs: 900, Volume: 0.12})
		}
		tones = append(tones, sound.Tone{Wave: sound.Triangle, FromHz: chord.bass, DelayMs: at(first),
			AttackMs: 30, HoldMs: 500, DecayMs: 1400, Volume: 0.14})
		if bar%2 == 1 { // a drop of water
			tones = append(tones, sound.Tone{Wave: sound.Sine, FromHz: 600, ToHz: 1200, DelayMs: at(first + 2.5), AttackMs: 2, DecayMs: 80, Volume: 0.05})
		}
	}
	return louder(sound.Loop(bars*4*menuBeatMs, tones...))
}
