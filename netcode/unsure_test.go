//go:build !race

package netcode

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// TestWordsOfAHostWhoWasSilent: whatever a host says who hears nobody, or is heard again and does not
// know yet that another hosts, all read; and if he has decided anything he reads that it counts
// no more.
func TestWordsOfAHostWhoWasSilent(t *testing.T) {
	for _, cut := range []bool{true, false} {
		for _, decides := range []bool{true, false} {
			p := newParty(t, 4, lateGame(AbsentBot, LateOwn), Conditions{DelayMs: 40})
			p.start(3000, 200)
			var said []string
			host := p.lobbies[0]
			for i := range 600 {
				silent := i < 240
				if p.gone[0] = silent && !cut; cut && (i == 0 || i == 240) {
					for other := 1; other < 4; other++ {
						p.dark(0, other, i == 0)
					}
				}
				p.tick()
				if !p.gone[0] && host.Hosting() && (i%60 == 30 || i > 238 && i%4 == 0) && len(said) < 7 {
					said = append(said, fmt.Sprintf("line %d", i))
					if err := host.Say(said[len(said)-1]); err != nil {
						t.Fatal(err)
					}
					if decides {
						if err := host.SetOptions([]byte("mine")); err != nil {
							t.Fatal(err)
						}
					}
				}
			}
			p.ticks(600)
			if host.Hosting() || !p.oneHost() || len(said) == 0 {
				t.Fatalf("cut %v: %q, said %q", cut, p.offices(), said)
			}
			for i, l := range p.lobbies {
				var read []string
				for _, line := range l.AppendLines(nil) {
					read = append(read, line.Text)
				}
				for _, text := range said {
					if !slices.Contains(read, text) {
						t.Errorf("cut %v: P%d has not read %q: %q", cut, i, text, read)
					}
				}
			}
			told := slices.ContainsFunc(p.events[0], func(e Event) bool {
				return e.Kind == EventHost && strings.Contains(e.Text, "counts no more")
			})
			if told != decides {
				t.Errorf("cut %v: decides %v, reads so %v: %+v", cut, decides, told, p.events[0])
			}
		}
	}
}

// TestSureWords: what a host says is sure a while after it, if others are heard all the while.
func TestSureWords(t *testing.T) {
	u := unsure{}
	u.said(0, "a")
	u.decides(0)
	for now := sureAfter / 2; now < 5*sureAfter; now += sureAfter / 10 {
		if u.settle(now, false); len(u.lines) != 1 || !u.decided {
			t.Fatalf("at %v nobody is heard, and it is sure", now)
		}
	}
	u.settle(5*sureAfter, true)
	if len(u.lines) != 1 || !u.decided {
		t.Error("somebody is heard again, and it is sure")
	}
	if u.settle(6*sureAfter, true); len(u.lines) != 0 || u.decided {
		t.Error("it never is")
	}
}
