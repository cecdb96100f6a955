//go:build linux && !android

package sound

import (
	"os"
	"path/filepath"
)

// deviceLikely reports whether it is worth asking for a device. On a machine
// without one (a container, a server) the ALSA library would write a page of
// complaints to the terminal of a player who has done nothing wrong.
func deviceLikely() bool {
	if os.Getenv("PULSE_SERVER") != "" {
		return true
	}
	home, _ := os.UserHomeDir() // without a home there is no such file
	for _, sign := range []string{
		filepath.Join(os.Getenv("XDG_RUNTIME_DIR"), "pulse", "native"), // PulseAudio or PipeWire
		filepath.Join(home, ".asoundrc"),
		"/etc/asound.conf",
	} {
		if _, err := os.Stat(sign); err == nil {
			return true
		}
	}
	cards, err := filepath.Glob("/dev/snd/pcm*p")
	return err == nil && len(cards) > 0
}
