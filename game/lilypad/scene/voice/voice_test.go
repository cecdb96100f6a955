package voice

import (
	"runtime"
	"testing"

	"github.com/visavis-netcode/visavis/game/lilypad/rules"
	"github.com/visavis-netcode/visavis/game/sound"
	"github.com/visavis-netcode/visavis/rollback"
)

// tape is a player that writes down what it is asked to play.
type tape struct {
	started []sound.Playing
	samples []sound.Sample
	stopped []sound.ID
	music   sound.Sample
}

func (p *tape) Play(s sound.Sample, how sound.Playing) sound.ID {
	p.started, p.samples = append(p.started, how), append(p.samples, s)
	return sound.ID(len(p.started))
}
func (p *tape) Stop(id sound.ID)        { p.stopped = append(p.stopped, id) }
func (p *tape) SetMusic(s sound.Sample) { p.music = s }

func at(phase rollback.Phase, frame rollback.Frame, kind uint16, key uint32, x int16, extra int32) rollback.Notice {
	return rollback.Notice{Phase: phase, Event: rollback.Event{
		Frame: frame, Kind: kind, Key: key, Value: rules.Place{X: x, Extra: extra}.Value()}}
}

// Every kind of event has a sound, and every sound can be heard.
func TestEveryEventSounds(t *testing.T) {
	p := &tape{}
	v := newVoice(p)
	for kind := rules.EventCroak; kind <= rules.EventOver; kind++ {
		v.Hear([]rollback.Notice{at(rollback.Confirmed, 10, kind, 0, 320, 0)})
		v.Tick()
	}
	if want := int(rules.EventOver-rules.EventCroak) + 1; len(p.started) != want {
		t.Errorf("%d sounds for %d kinds of events", len(p.started), want)
	}
	for e, s := range samples() {
		loudest := float32(0)
		for _, value := range s {
			loudest = max(loudest, value, -value)
		}
		if loudest < 0.05 || loudest > 1.5 {
			t.Errorf("effect %d peaks at %g", e, loudest)
		}
		if len(s) > 2*sound.Rate {
			t.Errorf("effect %d lasts longer than two seconds", e)
		}
	}
}

// A frame that is stepped eight times, with the splash moved by a frame each
// time, splashes once, and only when it is certain; the hop before it is heard
// at once and once.
func TestRollbackSoundsOnce(t *testing.T) {
	p := &tape{}
	v := newVoice(p)
	for i := range rollback.Frame(4) {
		v.Hear([]rollback.Notice{at(rollback.Predicted, 100+i, rules.EventHop, 2, 100, 0), at(rollback.Predicted, 110+i, rules.EventSplash, 2, 100, -1)})
		if i > 0 {
			v.Hear([]rollback.Notice{at(rollback.Cancelled, 99+i, rules.EventHop, 2, 100, 0), at(rollback.Cancelled, 109+i, rules.EventSplash, 2, 100, -1)})
		}
		v.Tick()
	}
	if len(p.started) != 1 || len(p.stopped) != 0 {
		t.Fatalf("%d sounds started, %d stopped before anything is certain, want 1, 0", len(p.started), len(p.stopped))
	}
	v.Hear([]rollback.Notice{at(rollback.Confirmed, 103, rules.EventHop, 2, 100, 0), at(rollback.Confirmed, 113, rules.EventSplash, 2, 100, -1)})
	v.Tick()
	if len(p.started) != 2 || len(p.stopped) != 0 {
		t.Errorf("%d sounds started, %d stopped, want 2, 0", len(p.started), len(p.stopped))
	}
}

func TestWrongGuessStops(t *testing.T) {
	p := &tape{}
	v := newVoice(p)
	v.Hear([]rollback.Notice{at(rollback.Predicted, 50, rules.EventTongue, 1, 0, 0)})
	v.Tick()
	v.Hear([]rollback.Notice{at(rollback.Cancelled, 50, rules.EventTongue, 1, 0, 0)})
	v.Tick()
	if len(p.stopped) != 1 || p.stopped[0] != 1 {
		t.Errorf("stopped %v, want the one sound that was started", p.stopped)
	}
}

func TestPlaceIsHeard(t *testing.T) {
	p := &tape{}
	v := newVoice(p)
	v.Hear([]rollback.Notice{
		at(rollback.Confirmed, 1, rules.EventHop, 0, 0, 0), at(rollback.Confirmed, 1, rules.EventHop, 1, 640, 0),
		at(rollback.Confirmed, 1, rules.EventCroak, 0, 320, 0), at(rollback.Confirmed, 1, rules.EventCroak, 7, 320, 0)})
	if len(p.started) != 4 {
		t.Fatalf("%d sounds, want 4", len(p.started))
	}
	if p.started[0].Pan >= 0 || p.started[1].Pan <= 0 || p.started[2].Pan != 0 {
		t.Errorf("pans %g, %g, %g, want left, right, middle", p.started[0].Pan, p.started[1].Pan, p.started[2].Pan)
	}
	if p.started[2].Pitch == p.started[3].Pitch {
		t.Error("two seats croak alike")
	}
}

func TestMusic(t *testing.T) {
	p := &tape{}
	v := newVoice(p)
	v.Begin(rules.ArenaWidth)
	if want := bars * barMs * sound.Rate / 1000; len(p.music) != want {
		t.Errorf("the tune has %d samples, want %d", len(p.music), want)
	}
	for i, s := range p.music {
		if s > 1 || s < -1 {
			t.Fatalf("sample %d of the tune is %g", i, s)
		}
	}
	v.End()
	if p.music != nil {
		t.Error("the music goes on after the round")
	}
	for sign := Move; sign <= Back; sign++ {
		v.Menu(sign)
	}
	if len(p.samples) != 3 || &p.samples[0][0] == &p.samples[1][0] {
		t.Error("the menus have three different sounds")
	}
}

func BenchmarkSynthesis(b *testing.B) {
	for b.Loop() {
		render()
		tune()
	}
}

// The music of the menus begins once it is made, gives way to a round's, and neither is
// too loud or clicks where it begins again.
func TestMenuMusic(t *testing.T) {
	p := &tape{}
	v := newVoice(p)
	v.Rest()
	calm := menuMusic() // it is made now, whoever was first
	for !menuMusicMade.Load() {
		runtime.Gosched()
	}
	v.Tick()
	if len(p.music) != len(calm) {
		t.Errorf("%d samples are played, want %d", len(p.music), len(calm))
	}
	v.Rest()
	v.Begin(rules.ArenaWidth)
	if v.Tick(); len(p.music) != len(music()) {
		t.Error("the music of the menus plays in a round")
	}
	for name, tune := range map[string]sound.Sample{"menus": calm, "round": music()} {
		peak := float32(0)
		for _, x := range tune {
			peak = max(peak, x, -x)
		}
		if peak > 0.891 { // -1 dBFS
			t.Errorf("%s: the peak is %.3f of full scale", name, peak)
		}
		if jump := tune[0] - tune[len(tune)-1]; max(jump, -jump) > 0.02 {
			t.Errorf("%s: it clicks where it begins again: a jump of %.3f", name, jump)
		}
	}
}
