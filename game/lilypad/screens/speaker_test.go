package screens

import (
	"testing"

	"github.com/visavis-netcode/visavis/game/lilypad/scene/voice"
	"github.com/visavis-netcode/visavis/game/sound"
)

// Who has switched the sound off is not told that there is none; who switches it on is.
func TestMutedPlayersMissNoSound(t *testing.T) {
	device := sound.Silent("There is no sound.")
	s := &speaker{device: device, voice: voice.New(device)}
	s.setVolume(70, 100, 55, true)
	if why := s.update(); why != "" {
		t.Errorf("muted, it says %q", why)
	}
	s.setVolume(70, 100, 55, false)
	if why := s.update(); why != "There is no sound." {
		t.Errorf("switched on, it says %q", why)
	}
	if why := s.update(); why != "" {
		t.Errorf("it says so again: %q", why)
	}
}
