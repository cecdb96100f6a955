//go:build !race

package netcode

import (
	"testing"
	"time"

	"github.com/visavis-netcode/visavis/netcode/internal/memlink"
	"github.com/visavis-netcode/visavis/netcode/internal/wire"
)

// TestHonestMarginsAreBelieved: over whatever path, a peer's word about this
// side's inputs stays within what is taken for possible: hardly ever is it
// corrected, and then by little.
func TestHonestMarginsAreBelieved(t *testing.T) {
	const ms = time.Millisecond
	for name, paths := range map[string][2]memlink.Conditions{
		"near":       {{Delay: ms}, {Delay: ms}},
		"far":        {{Delay: 90 * ms}, {Delay: 90 * ms}},
		"jitter":     {{Delay: 60 * ms, Jitter: 40 * ms, LossPer10k: 300}, {Delay: 60 * ms, Jitter: 40 * ms, LossPer10k: 300}},
		"loss":       {{Delay: 40 * ms, LossPer10k: 2000}, {Delay: 40 * ms, LossPer10k: 2000}},
		"asymmetric": {{Delay: 10 * ms, Jitter: 5 * ms}, {Delay: 120 * ms, Jitter: 20 * ms}},
	} {
		for _, spikes := range []bool{false, true} {
			tb := newTable(t, 1, 2, ledgerGame(), LobbyConfig{}, Conditions{})
			set := func(extra time.Duration) {
				for i, c := range paths {
					c.Delay += extra
					tb.network.network.Path(i, 1-i).SetConditions(c)
				}
			}
			set(0)
			tb.start(1, 0)
			tb.seconds(3)
			looks, corrected, most := 0, 0, int32(0)
			for tick := range 60 * 60 {
				if spikes && tick%600 == 0 {
					set(80 * ms)
				}
				if spikes && tick%600 == 90 {
					set(0)
				}
				tb.tick()
				for _, l := range tb.lobbies {
					for _, q := range l.Match().play.peers {
						looks++
						if by := l.Match().play.pace.sync.Corrected(q.index); by != 0 {
							corrected++
							most = max(most, by, -by)
						}
					}
				}
			}
			if corrected > looks/50 {
				t.Errorf("%s, spikes %v: %d of %d words are corrected, by %d us at most", name, spikes, corrected, looks, most)
			}
		}
	}
}

// TestLiesAboutMargins: a peer says what it likes of how early this side's inputs
// are there. The honest side's pace is moved by no more than an honest peer could
// move it who delays its inputs by nothing, or by as much as anybody may.
func TestLiesAboutMargins(t *testing.T) {
	mean := func(lie func(tick int) int16) (depth, seconds float64) {
		tb := newTable(t, 1, 1, ledgerGame(), LobbyConfig{}, Conditions{DelayMs: 40, JitterMs: 5})
		l := tb.newStranger("Mallory").join(tb, ledgerGame(), 1)
		tb.start(1, 0)
		tb.tick()
		m := &mirror{held: -1, sent: -1, match: 1}
		const ticks = 60 * 60
		for tick := range ticks {
			m.datagram(l)
			first := max(0, m.sent-40)
			d := wire.Data{Match: 1, Beat: m.beat, Held: m.held, Confirmed: m.held, HasMargin: true, Margin: lie(tick)}
			l.SendDatagram(inputDatagram(l.seal(d), first, uint32(max(0, first-1)), frames(first, m.sent)...))
			tb.tick()
		}
		st := tb.lobbies[0].Match().Stats()
		if st.Frame < ticks*95/100 {
			t.Errorf("%d frames in %d ticks", st.Frame, ticks)
		}
		return st.MeanDepth, float64(st.Frame) / 60
	}
	honest, _ := mean(func(int) int16 { return -400 })
	for name, lie := range map[string]func(int) int16{
		"late": func(int) int16 { return -32768 }, "early": func(int) int16 { return 32767 },
		"a little late": func(int) int16 { return -1500 }, "a little early": func(int) int16 { return 1500 },
		"in turn": func(tick int) int16 { return int16(32767 * (1 - tick/60%2*2)) },
	} {
		depth, seconds := mean(lie)
		if depth > honest+1.5 || seconds < 59 || seconds > 60.5 {
			t.Errorf("%s: mean depth %.2f, honest %.2f; %.1f s of play in 60", name, depth, honest, seconds)
		}
	}
}
