package screens

import (
	"github.com/visavis-netcode/visavis/game/lilypad/scene/voice"
	"github.com/visavis-netcode/visavis/game/lilypad/ui"
	"github.com/visavis-netcode/visavis/game/sound"
	"github.com/visavis-netcode/visavis/rollback"
)

// speaker is what the game sounds like. Without a device it is silent.
type speaker struct {
	device *sound.Speaker
	voice  *voice.Voice
	muted  bool // by the player's own choice
	told   bool // that there is no device
}

func newSpeaker(mute bool) *speaker {
	device := sound.Silent("The sound is off: it was started with -mute.")
	if !mute {
		device = sound.Open()
	}
	s := &speaker{device: device, voice: voice.New(device), told: mute}
	s.end()
	return s
}

// setVolume takes the volume of all, and how much of it effects and music have, in
// percent.
func (s *speaker) setVolume(percent, effects, music int, mute bool) {
	s.muted = mute
	s.device.SetVolumes(float64(percent)/100, float64(effects)/100, float64(music)/100)
	s.device.SetMute(mute)
}

// begin and end frame a round; outside there is the music of the menus. Without a
// device none is made.
func (s *speaker) begin(widthPx int) { s.voice.Begin(widthPx) }
func (s *speaker) end() {
	if missing, _ := s.device.Muted(); missing {
		s.voice.End()
		return
	}
	s.voice.Rest()
}

func (s *speaker) hear(notices []rollback.Notice) { s.voice.Hear(notices) }

// menu is the sound of what was done on a form.
func (s *speaker) menu(act ui.Act) {
	switch act {
	case ui.Moved:
		s.voice.Menu(voice.Move)
	case ui.Done:
		s.voice.Menu(voice.Select)
	case ui.Left:
		s.voice.Menu(voice.Back)
	}
}

// update runs once per tick. It returns, once, why nothing can be heard.
func (s *speaker) update() (why string) {
	s.device.Tick()
	s.voice.Tick()
	missing, words := s.device.Muted()
	if !missing || s.told || s.muted { // who wants no sound misses none
		return ""
	}
	s.told = true
	return words
}

// silent reports whether nothing is heard, by choice or for want of a device.
func (s *speaker) silent() bool {
	missing, _ := s.device.Muted()
	return missing || s.muted
}

func (s *speaker) close() { s.device.Close() }
