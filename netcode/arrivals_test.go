//go:build !race

package netcode

import (
	"fmt"
	"strings"
	"testing"

	"github.com/visavis-netcode/visavis/netcode/internal/link"
	"github.com/visavis-netcode/visavis/netcode/internal/wire"
)

// TestComingAndGoing: somebody enters an open lobby, says something and leaves, as
// fast as he can, for two minutes. The others read little of it and are sent little
// for it, all the same, and who comes to stay meanwhile is one of them at once.
func TestComingAndGoing(t *testing.T) {
	const seconds, others = 120, 4
	tb := newTable(t, 1, others, ledgerGame(), LobbyConfig{}, Conditions{DelayMs: 10})
	all := make(transcripts, others)
	tb.until(10, func() bool { return tb.lobbies[0].Blocker() == "" })
	all.read(tb)
	clear(all)
	before, bytes := tb.nodes[0].Traffic().BytesSent, uint64(0)
	mallory := tb.newStranger("Mallory")
	visits, entered := 0, false
	var l *strangerLink
	for tick := range seconds * 60 {
		switch {
		case l == nil || l.State() == link.Closed:
			l, entered = mallory.dial(tb.nodes[0]), false
			l.say(hello(ledgerGame(), wire.JoinLobby, fmt.Sprint("M", visits), 1))
		case !entered && last[*wire.Roster](l) != nil:
			visits, entered = visits+1, true
			for range maxUnheard {
				l.say(&wire.Say{Text: "buy frogs"})
			}
		case entered:
			l.Close(link.CodeLeft, "left")
		}
		tb.tick()
		all.read(tb)
		if tick == seconds*30 {
			if ana := tb.enter("Ana", ledgerGame(), LobbyConfig{}); ana.State() != Gathering {
				t.Fatal(ana.Err())
			}
			bytes = tb.nodes[0].Traffic().BytesSent - before
			tb.done[others] = true // she plays no part in what follows
			tb.lobbies[others].Leave()
			all = append(all, nil)
		}
	}
	if visits < 300 {
		t.Fatalf("only %d visits", visits)
	}
	most := int(arrivalBurst/arrivalCost) + seconds/2 + 2
	for i, lines := range all[:others] {
		came, said := 0, 0
		for _, line := range lines {
			switch {
			case line.From != "":
				said++
			case strings.HasSuffix(line.Text, " is here") && line.Text != "Ana is here":
				came++
			}
		}
		if came > most || said > most*maxUnheard {
			t.Errorf("peer %d reads %d times that somebody is here and %d lines of them, in %d visits", i, came, said, visits)
		}
		if i == 0 {
			t.Logf("%d visits: %d are read of, with %d lines", visits, came, said)
		}
	}
	perSecond := float64(bytes) / (seconds / 2)
	t.Logf("%.0f bytes a second", perSecond)
	if perSecond > 20000 {
		t.Errorf("the host sends %.0f bytes a second", perSecond)
	}
}

// TestLateAnnouncement: who has come when too many had is announced when there may
// be news of it, before what he says, and not to himself.
func TestLateAnnouncement(t *testing.T) {
	tb := newTable(t, 1, 2, ledgerGame(), LobbyConfig{}, Conditions{})
	tb.seconds(1)
	host := tb.lobbies[0]
	for host.arrivals.spent.Take(host.now()+arrivalCost, arrivalCost, arrivalBurst) {
	}
	ana := tb.enter("Ana", ledgerGame(), LobbyConfig{})
	all := make(transcripts, 3)
	if err := ana.Say("hello"); err != nil || ana.State() != Gathering {
		t.Fatal(err, ana.Err())
	}
	tb.seconds(1)
	all.read(tb)
	for i, lines := range all {
		for _, line := range lines {
			if strings.Contains(line.Text, "Ana") || line.From != "" {
				t.Errorf("peer %d reads %+v too early", i, line)
			}
		}
	}
	tb.seconds(2)
	clear(all)
	all.read(tb)
	want := []string{"[{joined Ana  Ana is here} {said Ana Ana hello}]", "[{joined Ana  Ana is here} {said Ana Ana hello}]", "[{said Ana Ana hello}]"}
	for i, lines := range all {
		if got := fmt.Sprint(lines); got != want[i] {
			t.Errorf("peer %d reads %s, want %s", i, got, want[i])
		}
	}
}
