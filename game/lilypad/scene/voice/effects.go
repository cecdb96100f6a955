package voice

import "github.com/visavis-netcode/visavis/game/sound"

// effect is one of the sounds.
type effect uint8

const (
	hop effect = iota
	land
	slam
	tongue
	stick
	catch
	perfect
	eat
	gold
	goldHatch
	pull
	tug
	tugEnd
	spit
	hit
	pop
	bump
	splash
	respawn
	sink
	croak
	count
	start
	clock
	final
	sudden
	over
	menuMove
	menuSelect
	menuBack
	effects
)

// Pitches of notes, in hertz.
const (
	c3, d3, e3, f3, g3, a3, b3 = 130.81, 146.83, 164.81, 174.61, 196.00, 220.00, 246.94
	c4, d4, e4, f4, g4, a4, b4 = 261.63, 293.66, 329.63, 349.23, 392.00, 440.00, 493.88
	c5, d5, e5, f5, g5, a5, b5 = 523.25, 587.33, 659.26, 698.46, 783.99, 880.00, 987.77
	c6, e6, g6, c7             = 1046.50, 1318.51, 1567.98, 2093.00
)

// note is a soft tone of one pitch, delayed.
func note(wave sound.Wave, hz float64, delayMs, decayMs int, volume float64) sound.Tone {
	return sound.Tone{Wave: wave, FromHz: hz, DelayMs: delayMs, AttackMs: 3, HoldMs: 12, DecayMs: decayMs, Volume: volume}
}

// slide is a tone that changes its pitch.
func slide(wave sound.Wave, from, to float64, holdMs, decayMs int, volume float64) sound.Tone {
	return sound.Tone{Wave: wave, FromHz: from, ToHz: to, AttackMs: 2, HoldMs: holdMs, DecayMs: decayMs, Volume: volume}
}

// later delays a tone.
func later(t sound.Tone, ms int) sound.Tone {
	t.DelayMs += ms
	return t
}

// render makes all effects.
func render() (s [effects]sound.Sample) {
	const (
		square, triangle, sine, noise = sound.Square, sound.Triangle, sound.Sine, sound.Noise
	)
	recipes := [effects][]sound.Tone{
		hop:  {slide(triangle, 240, 620, 50, 80, 0.5)},
		land: {slide(noise, 900, 300, 10, 60, 0.25), slide(triangle, 180, 90, 10, 60, 0.4)},
		slam: {slide(noise, 2400, 300, 20, 140, 0.5), slide(square, 220, 50, 30, 160, 0.4)},
		tongue: {slide(square, 900, 1900, 10, 50, 0.16),
			slide(noise, 5000, 7000, 5, 40, 0.10)},
		stick: {slide(noise, 3000, 1500, 5, 25, 0.35), slide(triangle, 1200, 700, 8, 40, 0.35)},
		catch: {slide(sine, 500, 1100, 30, 70, 0.5), later(slide(sine, 900, 1500, 10, 60, 0.3), 40)},
		perfect: {note(square, c5, 0, 120, 0.22), note(square, e5, 50, 120, 0.22), note(square, g5, 100, 120, 0.22),
			note(triangle, c6, 150, 420, 0.45), note(triangle, g6, 160, 420, 0.2)},
		eat: {slide(square, 520, 780, 25, 40, 0.28), later(slide(square, 780, 1040, 20, 70, 0.28), 55)},
		gold: {note(square, g5, 0, 90, 0.25), note(square, b5, 60, 90, 0.25), note(square, e6, 120, 90, 0.25),
			note(triangle, g6, 180, 500, 0.45), note(sine, c7, 200, 600, 0.15)},
		goldHatch: {note(sine, e6, 0, 260, 0.28), note(sine, g6, 90, 260, 0.24), note(sine, c7, 180, 420, 0.20)},
		pull:      {slide(square, 300, 160, 60, 90, 0.28), slide(triangle, 150, 320, 40, 120, 0.3)},
		tug: {sound.Tone{Wave: square, FromHz: 160, ToHz: 220, AttackMs: 10, HoldMs: 160, DecayMs: 120, Volume: 0.22,
			VibratoHz: 14, VibratoShare: 0.12, Duty: 0.3}},
		tugEnd:  {slide(noise, 4000, 800, 10, 90, 0.4), slide(triangle, 300, 900, 20, 120, 0.45)},
		spit:    {slide(sine, 260, 620, 30, 90, 0.55), slide(noise, 2500, 1200, 5, 40, 0.15)},
		hit:     {slide(noise, 3500, 700, 15, 110, 0.4), slide(triangle, 500, 140, 20, 130, 0.5)},
		pop:     {slide(sine, 900, 1800, 5, 30, 0.35), slide(noise, 6000, 4000, 2, 20, 0.2)},
		bump:    {slide(triangle, 220, 120, 20, 70, 0.45), slide(noise, 1200, 500, 5, 40, 0.2)},
		splash:  {sound.Tone{Wave: noise, FromHz: 7000, ToHz: 900, AttackMs: 6, HoldMs: 60, DecayMs: 420, Volume: 0.45}, slide(sine, 300, 70, 40, 200, 0.45), later(slide(sine, 420, 900, 20, 60, 0.22), 240), later(slide(sine, 520, 1100, 15, 50, 0.16), 340)},
		respawn: {note(triangle, c5, 0, 120, 0.3), note(triangle, g5, 80, 200, 0.3)},
		sink:    {slide(sine, 340, 120, 80, 240, 0.28), later(slide(sine, 300, 700, 15, 50, 0.12), 120), later(slide(sine, 260, 640, 15, 50, 0.12), 210)},
		croak: {
			sound.Tone{Wave: square, FromHz: 150, ToHz: 190, AttackMs: 8, HoldMs: 60, DecayMs: 60, Volume: 0.4, Duty: 0.2, VibratoHz: 36, VibratoShare: 0.22},
			sound.Tone{Wave: square, FromHz: 190, ToHz: 140, DelayMs: 150, AttackMs: 8, HoldMs: 110, DecayMs: 120, Volume: 0.4, Duty: 0.2, VibratoHz: 40, VibratoShare: 0.22},
		},
		count:      {note(square, g4, 0, 160, 0.28), note(triangle, g3, 0, 160, 0.3)},
		start:      {note(square, g5, 0, 420, 0.28), note(triangle, g4, 0, 420, 0.35), note(triangle, c5, 0, 420, 0.25)},
		clock:      {note(square, c6, 0, 60, 0.2), note(sine, c5, 0, 90, 0.25)},
		final:      {note(square, a4, 0, 130, 0.25), note(square, f4, 140, 130, 0.25), note(square, a4, 280, 130, 0.25), note(square, c5, 420, 360, 0.28)},
		sudden:     {note(square, e4, 0, 180, 0.28), note(square, f4, 160, 180, 0.28), note(square, e4, 320, 180, 0.28), slide(triangle, 110, 60, 400, 400, 0.5)},
		over:       {note(square, c5, 0, 140, 0.25), note(square, e5, 130, 140, 0.25), note(square, g5, 260, 140, 0.25), note(square, c6, 390, 700, 0.28), note(triangle, c4, 390, 700, 0.35), note(triangle, e5, 390, 700, 0.25)},
		menuMove:   {slide(triangle, 660, 700, 8, 30, 0.3)},
		menuSelect: {note(triangle, e5, 0, 60, 0.35), note(triangle, b5, 55, 120, 0.35)},
		menuBack:   {note(triangle, b4, 0, 60, 0.3), note(triangle, e4, 55, 110, 0.3)},
	}
	for i, tones := range recipes {
		s[i] = sound.Render(tones...)
	}
	return s
}
