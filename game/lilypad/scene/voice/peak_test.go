package voice

import "testing"

// No effect is louder than 1 dB below full scale by itself, none is too soft to be
// heard, and none begins or ends with a click.
func TestEffectsKeepTheirPeaks(t *testing.T) {
	for e, s := range samples() {
		peak := float32(0)
		for _, x := range s {
			peak = max(peak, x, -x)
		}
		if peak > 0.891 || peak < 0.05 {
			t.Errorf("effect %d: the peak is %.3f of full scale", e, peak)
		}
		if first, last := s[0], s[len(s)-1]; max(first, -first, last, -last) > 0.05 {
			t.Errorf("effect %d begins at %.3f and ends at %.3f", e, first, last)
		}
	}
}
