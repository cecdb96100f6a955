// Package sound makes and plays the sounds of a game: a small synthesiser, a
// mixer and the loudspeaker. There are no sound files, and a machine without a
// sound device plays the game in silence.
//
//	blip := sound.Render(sound.Tone{Wave: sound.Square, FromHz: 440, ToHz: 880, HoldMs: 40, DecayMs: 60, Volume: 0.5})
//
//	speaker := sound.Open()                   // never fails
//	defer speaker.Close()
//	speaker.SetVolumes(0.8, 1, 0.6)           // master, effects, music
//	id := speaker.Play(blip, sound.Playing{Pan: -0.5})
//	speaker.Stop(id)
//	if muted, why := speaker.Muted(); muted { showIcon(why) }
//
// It talks to the device through oto itself, not through Ebitengine's audio
// package: there, a missing device ends the whole game.
//
// Package once, below this one, keeps a sound of a rollback game from being
// heard twice.
package sound
