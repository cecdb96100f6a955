package sound_test

import (
	"fmt"

	"github.com/visavis-netcode/visavis/game/sound"
)

// A sound is made once, when the game starts, and played as often as it likes. Where
// there is no device the speaker is silent, and everything else goes on.
func ExampleRender() {
	blip := sound.Render(sound.Tone{Wave: sound.Square, FromHz: 440, ToHz: 880, HoldMs: 40, DecayMs: 60, Volume: 0.5})
	speaker := sound.Silent("this is a test")
	defer speaker.Close()
	speaker.Play(blip, sound.Playing{Pan: -0.5})
	muted, why := speaker.Muted()
	fmt.Println(len(blip) > 0, muted, why)
	// Output: true true this is a test
}
