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

// words returns the rising words.
func words(s *Scene) (all string) {
	for _, p := range s.particles {
		if p.body == wordBody {
			all += p.word
		}
	}
	return all
}
