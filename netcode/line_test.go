//go:build !race

package netcode

import (
	"fmt"
	"strings"
	"testing"

	"github.com/visavis-netcode/visavis/netcode/internal/wire"
)

// wait has somebody come to the table's lobby who waits for a place.
func (tb *table) wait(name string, config LobbyConfig) *Lobby[ledger, uint32] {
	tb.t.Helper()
	config.Wait = true
	l, err := JoinLobby(tb.network.NewNode(name), ledgerGame(), tb.nodes[0].Addr().String(), config)
	if err != nil {
		tb.t.Fatal(err)
	}
	tb.lobbies, tb.done = append(tb.lobbies, l), append(tb.done, false)
	return l
}

// waiting demands that somebody waits behind so many others, and reads these words.
func (tb *table) waiting(l *Lobby[ledger, uint32], before int, words string) {
	tb.t.Helper()
	tb.until(2, func() bool { n, waits := l.InLine(); return waits && n == before })
	if got := l.Progress(); !strings.Contains(got, words) || l.Doing() != ReasonInLine || l.State() != Connecting {
		tb.t.Errorf("%v: %v, %q", l.State(), l.Doing(), got)
	}
}

// TestLine: who comes to a full lobby waits for as long as it takes, is told how many wait
// before him, and comes in as soon as there is a place: in turn, but for those whose players
// there is no room for.
func TestLine(t *testing.T) {
	tb := newTable(t, 1, 3, ledgerGame(), LobbyConfig{}, Conditions{DelayMs: 30, LossPercent: 5})
	if err := tb.lobbies[0].SetMaxSeats(3); err != nil {
		t.Fatal(err)
	}
	ana := tb.wait("Ana", LobbyConfig{LocalSeats: 2})
	tb.waiting(ana, 0, "is full: you are next in line")
	ben := tb.wait("Ben", LobbyConfig{})
	tb.waiting(ben, 1, "is full: one waits before you")
	cem := tb.wait("Cem", LobbyConfig{})
	tb.waiting(cem, 2, "is full: 2 wait before you")
	tb.seconds(60) // longer than anybody tries to join for
	tb.waiting(cem, 2, "2 wait")
	if l := tb.enter("Dan", ledgerGame(), LobbyConfig{}); ReasonOf(l.Err()) != ReasonFull {
		t.Errorf("who does not wait: %v, %v", l.State(), l.Err())
	}
	if n := whom(tb.lobbies[0].AppendEvents(nil), EventInLine); n != "Ana Ben Cem" {
		t.Errorf("the host reads of %q", n)
	}
	tb.leave(2)
	tb.until(5, func() bool { return ben.State() == Gathering })
	tb.waiting(ana, 0, "next")
	tb.waiting(cem, 1, "one waits")
	cem.Leave()
	tb.leave(1)
	tb.seconds(1)
	tb.waiting(ana, 0, "next")
	ben.Leave()
	tb.until(5, func() bool { return ana.State() == Gathering })
	if n := len(tb.lobbies[0].guarding.line.waiters); n != 0 {
		t.Errorf("%d still wait", n)
	}
}

// whom are the names in the events of a kind, in their order.
func whom(events []Event, kind EventKind) string {
	var list []string
	for _, e := range events {
		if e.Kind == kind {
			list = append(list, e.Name)
		}
	}
	return strings.Join(list, " ")
}

// TestLineForTheNextMatch: where nobody may come into a match one waits for its end; who is
// kicked meanwhile, or does not know the secret, does not.
func TestLineForTheNextMatch(t *testing.T) {
	tb := newTable(t, 1, 2, ledgerGame(), LobbyConfig{Secret: "frog"}, Conditions{DelayMs: 30})
	tb.start(1, 600)
	tb.frame(0, 60)
	ana := tb.wait("Ana", LobbyConfig{Secret: "frog"})
	tb.waiting(ana, 0, "a match is running, and its host lets nobody new come into it: you are next in line")
	if eve := tb.wait("Eve", LobbyConfig{Secret: "toad"}); true {
		tb.until(5, func() bool { return eve.State() == Ended })
		if ReasonOf(eve.Err()) != ReasonSecretWrong {
			t.Errorf("who does not know the secret: %v", eve.Err())
		}
	}
	tb.until(30, func() bool { return ana.State() == Gathering })
	if _, over := tb.lobbies[0].Match().Result(); !over {
		t.Error("she is let in before the end")
	}
}

// TestLineEndsWithItsHost: those who wait look for who hosts now, and read what is the matter.
func TestLineEndsWithItsHost(t *testing.T) {
	for _, how := range []string{"leaves", "vanishes"} {
		tb := newTable(t, 1, 1, ledgerGame(), LobbyConfig{}, Conditions{DelayMs: 30})
		if err := tb.lobbies[0].SetMaxSeats(1); err != nil {
			t.Fatal(err)
		}
		ana := tb.wait("Ana", LobbyConfig{})
		tb.waiting(ana, 0, "next")
		if how == "leaves" {
			tb.leave(0)
		} else {
			tb.vanish(0)
		}
		tb.until(60, func() bool { return ana.State() == Ended })
		if why := ReasonOf(ana.Err()); why != ReasonUnanswered && why != ReasonHostLeft {
			t.Errorf("the host %s: %v (%v)", how, ana.Err(), why)
		}
	}
}

// TestLineIsBounded: nobody fills the line alone, it has an end, and whoever is in it and
// says nothing any more is not in it any more.
func TestLineIsBounded(t *testing.T) {
	tb := newTable(t, 1, 1, ledgerGame(), LobbyConfig{}, Conditions{})
	if err := tb.lobbies[0].SetMaxSeats(1); err != nil {
		t.Fatal(err)
	}
	line := &tb.lobbies[0].guarding.line
	waits := hello(ledgerGame(), wire.JoinLobby, "Mallory", 1)
	waits.Waits = true
	mallory := tb.newStranger("mallory")
	for range 5 { // one identity
		mallory.dial(tb.nodes[0]).say(waits)
		tb.seconds(0.2)
	}
	if len(line.waiters) != 1 {
		t.Errorf("one who comes again and again is in line %d times", len(line.waiters))
	}
	tb.place("203.0.113.7") // from now on all come from there
	for i := range 5 {
		tb.newStranger(fmt.Sprint("household", i)).dial(tb.nodes[0]).say(waits)
		tb.seconds(0.2)
	}
	if len(line.waiters) != 1+maxLineNear {
		t.Errorf("with a whole household %d are in line", len(line.waiters))
	}
	for i := range maxLine {
		tb.place(fmt.Sprintf("198.51.100.%d", i))
		tb.newStranger(fmt.Sprint("far", i)).dial(tb.nodes[0]).say(waits)
		tb.seconds(0.2)
	}
	if len(line.waiters) != maxLine {
		t.Errorf("%d are in line", len(line.waiters))
	}
	tb.seconds(15)
	if len(line.waiters) != 0 {
		t.Errorf("%d who say nothing any more are still in line", len(line.waiters))
	}
}

// TestNoSuchLine: a host that puts a guest in line who does not wait, or is none, is left.
func TestNoSuchLine(t *testing.T) {
	tb := newTable(t, 1, 1, ledgerGame(), LobbyConfig{}, Conditions{})
	fake := tb.newFakeHost(ledgerGame())
	for name, word := range map[string]struct {
		config LobbyConfig
		says   wire.InLine
	}{
		"who does not wait": {LobbyConfig{}, wire.InLine{Why: uint8(ReasonFull)}},
		"for no reason":     {LobbyConfig{Wait: true}, wire.InLine{Why: uint8(ReasonVersion)}},
	} {
		l, err := JoinLobby(tb.network.NewNode(name), ledgerGame(), fake.endpoint.Addr().String(), word.config)
		if err != nil {
			t.Fatal(err)
		}
		tb.lobbies, tb.done = append(tb.lobbies, l), append(tb.done, false)
		tb.until(5, func() bool { return len(fake.links) > 0 && last[*wire.Hello](fake.links[len(fake.links)-1]) != nil })
		fake.links[len(fake.links)-1].say(hello(ledgerGame(), wire.Answer, "Host", 1), &word.says)
		tb.until(20, func() bool { return l.State() == Ended })
		if _, waits := l.InLine(); waits {
			t.Errorf("%s: waits", name)
		}
	}
}
