package sound

import (
	"errors"
	"sync"
	"time"

	"github.com/ebitengine/oto/v3"
)

const (
	deviceBuffer = 40 * time.Millisecond // how far the device is ahead of the ear
	playerBytes  = Rate * frameBytes / 25
)

// Speaker is a Mixer that is heard, if the machine has a sound device. Make
// one with Open, once per process. It is safe for concurrent use.
type Speaker struct {
	*Mixer

	mu     sync.Mutex
	device *oto.Context
	player *oto.Player
	ready  <-chan struct{}
	why    string // why nothing is heard, empty if all is well
	cause  error  // what the device said
}

// Open looks for the sound device in the background. It never fails: without a
// device the speaker is silent and Muted tells the reason.
func Open() *Speaker {
	s := &Speaker{Mixer: NewMixer()}
	if !deviceLikely() {
		s.fail(errNoDevice)
		return s
	}
	device, ready, err := oto.NewContext(&oto.NewContextOptions{
		SampleRate: Rate, ChannelCount: 2, Format: oto.FormatFloat32LE,
		BufferSize: deviceBuffer, ApplicationName: "visavis",
	})
	if err != nil {
		s.fail(err)
		return s
	}
	s.device, s.ready = device, ready
	return s
}

// Silent returns a speaker that does not look for a device: for a -mute
// option, tests, and a second viewport.
func Silent(why string) *Speaker { return &Speaker{Mixer: NewMixer(), why: why} }

// errNoDevice is the cause if there is nothing worth asking.
var errNoDevice = errors.New("sound: neither a sound server nor a sound card was found")

// fail falls silent for good.
func (s *Speaker) fail(err error) {
	s.device, s.player, s.cause = nil, nil, err
	s.why = "There is no sound: no sound device could be opened. Connect one, or start the sound server, and start the game again."
}

// Tick starts to play as soon as the device is ready and notices when it
// fails. Call it once per tick; it never blocks.
func (s *Speaker) Tick() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.device == nil {
		return
	}
	if err := s.device.Err(); err != nil {
		s.fail(err)
		return
	}
	if s.player != nil {
		return
	}
	select {
	case <-s.ready:
		s.player = s.device.NewPlayer(s.Mixer)
		s.player.SetBufferSize(playerBytes)
		s.player.Play()
	default:
	}
}

// Muted reports whether nothing can be heard for want of a device, and why, in
// a sentence for the player. The switch of SetMute is not meant: that was the
// player's own choice.
func (s *Speaker) Muted() (bool, string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.why != "", s.why
}

// Cause returns what the device said when it failed, for a log; nil if it has
// not.
func (s *Speaker) Cause() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.cause
}

// Close ends the sound.
func (s *Speaker) Close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.player != nil {
		s.player.Pause()
		s.player = nil
	}
	s.device, s.why = nil, "The sound was closed."
}
