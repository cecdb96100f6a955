package scene

import (
	"testing"

	"github.com/hajimehoshi/ebiten/v2"

	"github.com/visavis-netcode/visavis/game/lilypad/rules"
	"github.com/visavis-netcode/visavis/rollback"
)

// A splash that costs flies says how many, once it is certain; a knock says so at once.
func TestLossAndKnock(t *testing.T) {
	s := New()
	loss := rollback.Event{Frame: 9, Kind: rules.EventLoss, Key: 2, Value: rules.Place{X: 100, Y: 100, Extra: 3}.Value()}
	s.Hear([]rollback.Notice{{Phase: rollback.Predicted, Event: loss}})
	if got := words(s); got != "" {
		t.Fatalf("a guess says %q", got)
	}
	s.Hear([]rollback.Notice{{Phase: rollback.Confirmed, Event: loss}})
	if got := words(s); got != "-3" {
		t.Fatalf("a loss of three says %q", got)
	}
	s.Begin()
	hit := rollback.Event{Frame: 9, Kind: rules.EventHit, Value: rules.Place{X: 300, Y: 100, Extra: 1}.Value()}
	s.Hear([]rollback.Notice{{Phase: rollback.Predicted, Event: hit}})
	if got := words(s); got != "knock!" {
		t.Fatalf("a hit says %q", got)
	}
	hit.Key, hit.Value = 1, rules.Place{X: 500, Y: 300, Extra: 1 << 30}.Value()
	loss.Key, loss.Value = 9, rules.Place{X: 9, Y: 9, Extra: -7}.Value()
	s.Hear([]rollback.Notice{{Phase: rollback.Confirmed, Event: hit}, {Phase: rollback.Confirmed, Event: loss}})
	s.Draw(ebiten.NewImage(Width, Height), &rules.World{}, View{})
}

// The ring appears in good time, shrinks until the lily sinks, and is red then; a lily
// that nobody has stood on has none, nor has one that is doomed and still waits.
func TestPatience(t *testing.T) {
	l := rules.Lily{State: rules.LilyUp, Radius: 25}
	before := ringDots + 1
	for l.Frames = 0; l.Frames < rules.SinkAfterFrames; l.Frames++ {
		dots, ink := patience(&l)
		switch {
		case l.Frames <= rules.SinkAfterFrames/3:
			if dots != 0 {
				t.Fatalf("after %d frames there are %d dots", l.Frames, dots)
			}
		case dots < 1 || dots > before || ink == alarm:
			t.Fatalf("after %d frames there are %d dots, before %d", l.Frames, dots, before)
		default:
			before = dots
		}
	}
	if before != 1 {
		t.Errorf("just before it sinks there are %d dots", before)
	}
	l.State, l.Frames = rules.LilySinking, rules.SinkFrames
	if dots, ink := patience(&l); dots != ringDots || ink != alarm {
		t.Errorf("when it sinks there are %d dots in %v", dots, ink)
	}
	l.Frames = rules.SinkFrames + 1
	if dots, _ := patience(&l); dots != 0 {
		t.Errorf("a doomed one that waits has %d dots", dots)
	}
	for _, state := range []rules.LilyState{rules.LilyGone, rules.LilyGrowing} {
		if dots, _ := patience(&rules.Lily{State: state, Frames: 20}); dots != 0 {
			t.Errorf("in state %d there are %d dots", state, dots)
		}
	}
}

// words returns the rising words.
func words(s *Scene) (all string) {
	for _, p := range s.particles {
		if p.body == wordBody {
			all += p.word
		}
	}
	return all
}
