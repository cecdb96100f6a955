//go:build !race

package netcode

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/visavis-netcode/visavis/netcode/internal/wire"
)

// transcripts collects what every peer of a table reads.
type transcripts [][]Line

func (ts transcripts) read(tb *table) {
	for i, l := range tb.lobbies {
		ts[i] = l.AppendLines(ts[i])
	}
}

// TestChatReachesAllInOneOrder: members talk as fast as they may, in a lobby and
// in a match, over bad paths: all transcripts are equal, nothing is missing, and
// every member's lines are in its own order.
func TestChatReachesAllInOneOrder(t *testing.T) {
	for _, c := range []struct {
		peers int
		Conditions
		play bool
	}{
		{3, Conditions{}, false},
		{3, Conditions{DelayMs: 40, JitterMs: 39, LossPercent: 10}, false},
		{8, Conditions{DelayMs: 60, JitterMs: 50, LossPercent: 20}, false},
		{4, Conditions{DelayMs: 90, JitterMs: 60, LossPercent: 25}, true},
		{2, Conditions{DelayMs: 200, JitterMs: 100, LossPercent: 30}, true},
	} {
		t.Run(fmt.Sprintf("%+v", c), func(t *testing.T) {
			tb := newTable(t, 1, c.peers, ledgerGame(), LobbyConfig{}, c.Conditions)
			tb.until(20, func() bool { return tb.lobbies[0].Blocker() == "" })
			if c.play {
				tb.start(1, 0)
			}
			tb.seconds(1)
			all := make(transcripts, c.peers)
			all.read(tb)
			clear(all)
			sent := make([][]string, c.peers)
			chance := rand.New(rand.NewPCG(1, uint64(c.peers)))
			for tick := range 20 * 60 {
				// Four a second: now one by one, now all at once.
				for i, l := range tb.lobbies {
					for len(sent[i]) < tick/60*4 && chance.IntN(15) == 0 {
						text := fmt.Sprintf("line %d of %d%s", len(sent[i]), i, strings.Repeat("!", chance.IntN(200)))
						if err := l.Say(text); err != nil {
							t.Fatalf("peer %d, line %d: %v", i, len(sent[i]), err)
						}
						sent[i] = append(sent[i], text)
					}
				}
				tb.tick()
				all.read(tb)
			}
			tb.seconds(10)
			all.read(tb)
			for i, lines := range all {
				if !slices.Equal(lines, all[0]) {
					t.Fatalf("peer %d reads %d lines, the host %d: not the same", i, len(lines), len(all[0]))
				}
			}
			for i := range sent {
				if got := said(all[0], fmt.Sprint("P", i)); !slices.Equal(got, sent[i]) || len(got) < 60 {
					t.Fatalf("of peer %d's %d lines %d were read, or in another order", i, len(sent[i]), len(got))
				}
			}
		})
	}
}

// TestChatBursts: what is said at once waits its turn, and Say tells when no more
// can wait.
func TestChatBursts(t *testing.T) {
	tb := newTable(t, 1, 3, ledgerGame(), LobbyConfig{}, Conditions{DelayMs: 30})
	tb.seconds(1)
	all := make(transcripts, 3)
	all.read(tb)
	clear(all)
	refused := 0
	for i := range 100 {
		if err := tb.lobbies[1].Say(fmt.Sprint("line\n\t", i)); err != nil {
			notSaid := new(NotSaidError)
			if !errors.As(err, &notSaid) || notSaid.Reason == "" {
				t.Fatal(err)
			}
			refused++
		}
	}
	if want := 100 - maxUnheard - maxUnsaid; refused != want {
		t.Fatalf("%d of 100 lines were refused, want %d", refused, want)
	}
	if err := tb.lobbies[1].Say(" \n"); err != nil {
		t.Fatal(err)
	}
	tb.seconds(0.5)
	all.read(tb)
	if n := len(all[2]); n < 4 || n > 8 {
		t.Fatalf("%d lines of one member within half a second", n)
	}
	tb.seconds(12)
	all.read(tb)
	for i, lines := range all {
		if len(lines) != 100-refused || lines[3] != (Line{EventSaid, "P1", "P1", "line 3"}) {
			t.Fatalf("peer %d reads %d lines: %v", i, len(lines), lines)
		}
	}
	long := strings.Repeat("ü long ", 1000)
	for _, text := range []string{long, strings.Repeat("x", wire.MaxTextBytes+1), strings.Repeat("ü", wire.MaxTextBytes/2) + "x"} {
		notSaid := new(NotSaidError)
		if err := tb.lobbies[1].Say(text); !errors.As(err, &notSaid) || notSaid.Code != ReasonTooLong {
			t.Fatalf("%d bytes: %v", len(text), err)
		}
	}
	longest := strings.Repeat("ü", wire.MaxTextBytes/2)
	if err := tb.lobbies[1].Say("  " + longest + "\n"); err != nil {
		t.Fatal(err)
	}
	tb.seconds(2)
	if lines := tb.lobbies[2].AppendLines(nil); len(lines) != 1 || lines[0].Text != longest {
		t.Fatalf("%v", lines)
	}
	tb.lobbies[1].Leave()
	if tb.lobbies[1].Say("anybody?") == nil {
		t.Fatal("a line was taken that nobody will read")
	}
}

// TestChatFlood: a member that keeps no rule fills its own queue. The others'
// lines come through, all of them, and as soon as ever.
func TestChatFlood(t *testing.T) {
	tb := newTable(t, 1, 3, ledgerGame(), LobbyConfig{}, Conditions{DelayMs: 20})
	l := tb.newStranger("Mallory").join(tb, ledgerGame(), 1)
	tb.seconds(1)
	all := make(transcripts, 3)
	all.read(tb)
	clear(all)
	const seconds = 20
	for tick := range seconds * 60 {
		for range 50 {
			l.say(&wire.Say{Text: strings.Repeat("spam ", tick%100)})
		}
		if tick%15 == 0 {
			if err := tb.lobbies[1].Say(fmt.Sprint("line ", tick/15)); err != nil {
				t.Fatal(err)
			}
		}
		tb.tick()
		all.read(tb)
	}
	tb.seconds(0.25)
	all.read(tb)
	for i, lines := range all {
		if got := said(lines, "P1"); len(got) != seconds*4 {
			t.Errorf("peer %d reads %d lines of the honest member, want %d", i, len(got), seconds*4)
		}
		spam, bytes := said(lines, "Mallory"), 0
		for _, line := range spam {
			bytes += len(line)
		}
		if len(spam) > seconds*4+5 || bytes > seconds*1000+2000 {
			t.Errorf("peer %d reads %d lines of the flooder, %d bytes", i, len(spam), bytes)
		}
	}
	if n := len(tb.lobbies[0].members[3].talk.waiting); n > maxUnheard {
		t.Errorf("%d lines wait at the host", n)
	}
}

// TestNewsIsTheSameForAll: who came and how somebody went is the host's to say,
// and what was said before the newcomer's first roster is signed.
func TestNewsIsTheSameForAll(t *testing.T) {
	tb := newTable(t, 1, 2, ledgerGame(), LobbyConfig{}, Conditions{DelayMs: 50, JitterMs: 20, LossPercent: 10})
	tb.seconds(1)
	all := make(transcripts, 2)
	all.read(tb)
	clear(all)
	cleo := tb.enter("Cleo", ledgerGame(), LobbyConfig{})
	dan := tb.enter("Dan", ledgerGame(), LobbyConfig{})
	eve := tb.enter("Eve", ledgerGame(), LobbyConfig{})
	tb.seconds(1)
	cleo.Say("bye")
	cleo.Leave()
	tb.seconds(3)
	tb.lobbies[0].Kick(int(dan.me))
	tb.seconds(3)
	tb.network.network.Endpoint(4).Vanish()
	tb.done[4] = true
	tb.until(60, func() bool { return len(tb.lobbies[0].AppendMembers(nil)) == 2 })
	tb.seconds(2)
	all.read(&table{lobbies: tb.lobbies[:2]})
	want := []Line{{EventJoined, "Cleo", "", "Cleo is here"}, {EventJoined, "Dan", "", "Dan is here"}, {EventJoined, "Eve", "", "Eve is here"},
		{EventSaid, "Cleo", "Cleo", "bye"}, {EventLeft, "Cleo", "", "Cleo left"}, {EventSentAway, "Dan", "", "Dan was asked to leave"}, {EventLost, "Eve", "", "Eve was lost"}}
	for i, lines := range all {
		if !slices.Equal(lines, want) {
			t.Errorf("peer %d reads %v, want %v", i, lines, want)
		}
	}
	if eve.State() == Ended && eve.Err() == nil {
		t.Error("who vanished knows nothing of it")
	}
}

// TestLinesBeforeTheRoster: somebody talks while a newcomer is coming in.
func TestLinesBeforeTheRoster(t *testing.T) {
	tb := newTable(t, 1, 2, ledgerGame(), LobbyConfig{}, Conditions{DelayMs: 20})
	node := tb.network.NewNode("Cleo")
	cleo, err := JoinLobby(node, ledgerGame(), tb.nodes[0].Addr().String(), LobbyConfig{})
	if err != nil {
		t.Fatal(err)
	}
	tb.nodes, tb.lobbies, tb.done = append(tb.nodes, node), append(tb.lobbies, cleo), append(tb.done, false)
	var lines []Line
	for tick := range 120 {
		if tick%15 == 0 {
			tb.lobbies[tick/15%2].Say(fmt.Sprint("line ", tick/15))
		}
		tb.tick()
		lines = cleo.AppendLines(lines)
	}
	if len(lines) < 4 {
		t.Fatalf("the newcomer reads %v", lines)
	}
	for i, line := range lines {
		if want := fmt.Sprint("P", (8-len(lines)+i)%2); line.From != want {
			t.Fatalf("%+v, want it from %s", line, want)
		}
	}
}
