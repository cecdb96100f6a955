package screens

import (
	"fmt"

	"github.com/visavis-netcode/visavis/game/lilypad/rules"
	"github.com/visavis-netcode/visavis/rollback"
)

// moments counts what the frogs of a round did, to tell each of them afterwards what
// it did best. It counts what is certain only.
type moments struct {
	counts [rules.MaxSeats][feats]int
	run    [rules.MaxSeats]int // flies since it last fell in
}

// feat is something to be praised for.
type feat uint8

// The feats, the rarest first: what a frog is told is the first in which it is the best
// of those that were told nothing yet.
const (
	perfectFeat feat = iota
	knockFeat
	goldFeat
	tugFeat
	runFeat
	slamFeat
	pullFeat
	croakFeat
	splashFeat
	feats
)

// featWords say a feat, done once or so many times.
var featWords = [feats]struct{ once, often string }{
	perfectFeat: {"a perfect catch", "%d perfect catches"},
	knockFeat:   {"knocked one in", "knocked %d in"},
	goldFeat:    {"a golden fly", "%d golden flies"},
	tugFeat:     {"won a tug of war", "won %d tugs of war"},
	runFeat:     {"caught a fly", "%d flies in one go"},
	slamFeat:    {"landed on one", "landed on %d"},
	pullFeat:    {"pulled one over", "pulled %d over"},
	croakFeat:   {"", "croaked %d times"},
	splashFeat:  {"one bath", "%d baths"},
}

// hear takes the notices of a tick.
func (m *moments) hear(notices []rollback.Notice) {
	for _, n := range notices {
		if n.Phase == rollback.Confirmed && rules.Placed(n.Kind) {
			m.count(n.Kind, int(n.Key), int(rules.PlaceOf(n.Value).Extra))
		}
	}
}

func (m *moments) count(kind uint16, key, extra int) {
	switch kind {
	case rules.EventPerfect:
		m.add(key, perfectFeat)
	case rules.EventSplash:
		m.add(key, splashFeat)
		m.add(extra, knockFeat)
		if key < len(m.run) {
			m.run[key] = 0
		}
	case rules.EventEat, rules.EventGold:
		if kind == rules.EventGold {
			m.add(key, goldFeat)
		}
		if key < len(m.run) {
			m.run[key]++
			m.counts[key][runFeat] = max(m.counts[key][runFeat], m.run[key])
		}
	case rules.EventTugEnd:
		m.add(extra, tugFeat)
	case rules.EventSlam:
		m.add(key/rules.MaxSeats, slamFeat)
	case rules.EventPull:
		m.add(key, pullFeat)
	case rules.EventCroak:
		m.add(key, croakFeat)
	}
}

// add counts a feat of a seat; -1 is nobody.
func (m *moments) add(seat int, f feat) {
	if seat >= 0 && seat < len(m.counts) {
		m.counts[seat][f]++
	}
}

// tell returns what each of the seats did best, in the order of the ranking: no feat
// is told twice while there are others.
func (m *moments) tell(ranking []int) (told [rules.MaxSeats]string) {
	for f := range feats {
		best, most := -1, 0
		for _, seat := range ranking {
			if n := m.counts[seat][f]; told[seat] == "" && n > most && featLine(f, n) != "" {
				best, most = seat, n
			}
		}
		if best >= 0 {
			told[best] = featLine(f, most)
		}
	}
	for _, seat := range ranking {
		for f := feat(0); f < feats && told[seat] == ""; f++ {
			told[seat] = featLine(f, m.counts[seat][f])
		}
		if told[seat] == "" {
			told[seat] = "watched the water"
		}
	}
	return told
}

// featLine says that a feat was done n times; "" if that is nothing to speak of.
func featLine(f feat, n int) string {
	switch {
	case n <= 0:
		return ""
	case n == 1:
		return featWords[f].once
	}
	return fmt.Sprintf(featWords[f].often, n)
}
