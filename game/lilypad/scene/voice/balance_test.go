package voice

import (
	"encoding/binary"
	"math"
	"testing"

	"github.com/visavis-netcode/visavis/game/lilypad/rules"
	"github.com/visavis-netcode/visavis/game/sound"
	"github.com/visavis-netcode/visavis/rollback"
)

// recorded is what 20 s of a round of four bots sound like, at such volumes, left ear.
func recorded(t *testing.T, effects, music float64) (heard []float64) {
	t.Helper()
	setup := rules.Setup{Seed: 3, Seats: 4, DurationFrames: 5400, Levels: [rules.MaxSeats]uint8{0, 3, 3, 3}}
	session, err := rollback.New(rollback.Config[rules.World, rules.Pad]{
		Start: rules.New(setup), Step: (*rules.World).Step, Seats: 1, Local: []int{0},
	})
	if err != nil {
		t.Fatal(err)
	}
	mixer := sound.NewMixer()
	mixer.SetVolumes(0.7, effects, music)
	v := newVoice(mixer)
	v.Begin(rules.ArenaWidth)
	var notices []rollback.Notice
	buffer := make([]byte, sound.Rate/60*8)
	for range 20 * 60 {
		session.Tick(rules.Auto)
		notices = session.AppendNotices(notices[:0])
		v.Hear(notices)
		v.Tick()
		if _, err := mixer.Read(buffer); err != nil {
			t.Fatal(err)
		}
		for i := 0; i < len(buffer); i += 8 {
			heard = append(heard, float64(math.Float32frombits(binary.LittleEndian.Uint32(buffer[i:]))))
		}
	}
	return heard
}

// loudness is the mean of what is heard, in dB below full scale, without the tenths of a
// second in which there is nothing.
func loudness(heard []float64) float64 {
	sum, n := 0.0, 0
	for at := 0; at+sound.Rate/10 <= len(heard); at += sound.Rate / 10 {
		part := 0.0
		for _, x := range heard[at : at+sound.Rate/10] {
			part += x * x
		}
		if part > 1e-6*sound.Rate/10 {
			sum, n = sum+part, n+sound.Rate/10
		}
	}
	return 10 * math.Log10(sum/float64(max(n, 1))+1e-12)
}

// With the volumes that everybody has at first, the music of a round lies below its
// effects and is heard all the same, and nothing is louder than 1 dB below full scale.
func TestRoundIsBalanced(t *testing.T) {
	effects, music := loudness(recorded(t, 1, 0)), loudness(recorded(t, 0, 0.55))
	if above := effects - music; above < 6 || above > 12 {
		t.Errorf("the effects are at %.1f dB and the music at %.1f", effects, music)
	}
	peak := 0.0
	for _, x := range recorded(t, 1, 0.55) {
		peak = max(peak, math.Abs(x))
	}
	if peak > 0.891 || peak < 0.1 {
		t.Errorf("the loudest moment is at %.3f of full scale", peak)
	}
	t.Logf("20 s of a round: effects %.1f dB, music %.1f dB, the peak of both %.1f dB below full scale", effects, music, -20*math.Log10(peak))
}
