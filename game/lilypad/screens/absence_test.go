package screens

import (
	"strings"
	"testing"
	"time"

	"github.com/visavis-netcode/visavis/game/lilypad/netplay"
	"github.com/visavis-netcode/visavis/game/lilypad/rules"
	"github.com/visavis-netcode/visavis/game/lilypad/ui"
	"github.com/visavis-netcode/visavis/netcode"
)

// What leaving means is the host's word, and is said as the host has it.
func TestLeavingIsTheHostsWord(t *testing.T) {
	for _, test := range []struct {
		absent        netcode.Absence
		late          netcode.LateJoin
		leaving, gone string
		rejoins       bool
	}{
		{netcode.AbsentBot, netcode.LateAnybody, "A bot takes over your frog. While the match runs you can come back.", "Cleo left: the bot Puddle took over.", true},
		{netcode.AbsentIdle, netcode.LateOwn, "Your frog stands still from then on. While the match runs you can come back.", "Cleo left.", true},
		{netcode.AbsentFrozen, netcode.LateNever, "Your frog goes on with what it does now. You can come back for the next match.", "Cleo left.", false},
		{netcode.AbsentEnds, netcode.LateNever, "The match is over for all then. You can come back for the next match.", "", false},
	} {
		network := netcode.NewMemoryNetwork(41)
		config := netplay.Config()
		config.Absent, config.LateJoin = test.absent, test.late
		if test.absent == netcode.AbsentEnds {
			config.Desync = netcode.DesyncEnds
		}
		host := network.NewNode("Ana")
		room, err := netcode.OpenLobby(host, config, netcode.LobbyConfig{})
		if err != nil {
			t.Fatal(err)
		}
		guests := [2]*App{newTestApp(t, "Ben"), newTestApp(t, "Cleo")}
		ben, cleo := guests[0], guests[1]
		pads := make([]rules.Pad, 1)
		until := func(what string, done func() bool) {
			t.Helper()
			for range 600 {
				if done() {
					return
				}
				for _, a := range guests {
					step(a, ui.Input{})
				}
				if room.Poll(); room.Match() != nil {
					room.Match().Tick(pads...)
				}
				network.Advance(time.Second / 60)
			}
			t.Fatalf("%s did not happen; Ben sees %T", what, ben.stack[len(ben.stack)-1])
		}
		for _, a := range guests {
			a.online = &online{node: network.NewNode(a.settings.Name)}
			a.push(newJoining(a, destination{address: host.Addresses()[0] + "#" + host.Fingerprint()}))
			until("coming in", func() bool { return shows[*lobby](a) })
			a.online.lobby.SetReady(true)
		}
		until("getting ready", func() bool { return room.Blocker() == "" })
		if err := room.Start(7, 0); err != nil {
			t.Fatal(err)
		}
		until("the start", func() bool { return shows[*match](ben) && shows[*match](cleo) })
		m := top[*match](t, ben)
		until("some play", func() bool { return m.contest.world().Tick > 60 })
		if words := m.contest.leaving(); words != test.leaving || m.contest.wayBack().address != "" != test.rejoins {
			t.Errorf("absent %d, late %d: leaving is said to mean %q, with a way back: %v", test.absent, test.late, words, m.contest.wayBack())
		}
		cleo.leaveMatch(top[*match](t, cleo).contest)
		if shows[*question](cleo) != test.rejoins {
			t.Errorf("absent %d, late %d: Cleo is shown %T", test.absent, test.late, cleo.stack[len(cleo.stack)-1])
		}
		if test.gone == "" {
			until("the end", func() bool { return shows[*results](ben) })
			continue
		}
		until("Ben's news", func() bool { return m.news == test.gone })
		if name := m.contest.names()[2]; (name == "Cleo") != (test.absent != netcode.AbsentBot) {
			t.Errorf("absent %d: the third frog is called %q", test.absent, name)
		}
	}
}

// A guest whose game has stood still in the lobby, so that the others have given it up, is
// asked whether to try again, and that leads back in.
func TestTryToComeBack(t *testing.T) {
	both := newTwoOnline(t, 43, 3000)
	ana, ben, until := both.ana, both.ben, both.until
	ana.openLobby()
	ben.push(newJoining(ben, destination{address: ana.online.invitation()}))
	until("meeting", func() bool { return shows[*lobby](ben) })
	for range 720 {
		step(ana, ui.Input{})
		both.network.Advance(time.Second / 60)
	}
	until("losing each other", func() bool { return shows[*question](ben) })
	q := top[*question](t, ben)
	if !strings.Contains(q.text, "Ana") || !strings.HasSuffix(q.text, ".") {
		t.Errorf("Ben reads %q", q.text)
	}
	step(ben, down)
	if got := textOf(q.form.Focused()); got != "Try to come back" {
		t.Fatalf("the second choice is %q", got)
	}
	step(ben, accept)
	until("coming back", func() bool { return shows[*lobby](ben) })
	until("Ana's list", func() bool { return len(top[*lobby](t, ana).members) == 2 })
}

// So is the host whose game has stood still: it is the guest's lobby that he comes back to.
func TestHostTriesToComeBack(t *testing.T) {
	both := newTwoOnline(t, 45, 3000)
	ana, ben, until := both.ana, both.ben, both.until
	ana.settings.Secret = "pond"
	ana.openLobby()
	ben.push(newJoining(ben, destination{address: ana.online.invitation(), secret: "pond"}))
	until("meeting", func() bool { return shows[*lobby](ben) })
	for range 720 {
		step(ben, ui.Input{})
		both.network.Advance(time.Second / 60)
	}
	until("losing each other", func() bool { return shows[*question](ana) })
	if q := top[*question](t, ana); !strings.Contains(q.text, "stood still") {
		t.Errorf("Ana reads %q", q.text)
	}
	step(ana, down)
	step(ana, accept)
	until("coming back", func() bool { return shows[*lobby](ana) && len(top[*lobby](t, ben).members) == 2 })
	if ana.online.lobby.Hosting() || !ben.online.lobby.Hosting() {
		t.Error("it is not Ben's lobby")
	}
}

// Who comes to a match in which no bot has a frog reads when he plays, and the host what to
// do about it.
func TestNoFrogIsFree(t *testing.T) {
	both := newTwoOnline(t, 44, 900)
	ana, ben, until := both.ana, both.ben, both.until
	ana.settings.PlayersHere, ana.settings.Frogs = 1, 0
	ana.openLobby()
	to := destination{address: ana.online.invitation()}
	step(ana, accept)
	until("the start", func() bool { return shows[*match](ana) })
	ben.push(newJoining(ben, to))
	until("watching", func() bool { return shows[*match](ben) })
	if words := top[*match](t, ben).contest.bench(); !strings.Contains(words, "the next match") {
		t.Errorf("Ben reads %q", words)
	}
	host := top[*match](t, ana)
	step(ben, ui.Input{Right: true})
	for range 60 {
		step(ana, ui.Input{})
		step(ben, ui.Input{})
		both.network.Advance(time.Second / 60)
	}
	if m := top[*match](t, ben); m.look != 1 {
		t.Errorf("Ben, who only watches, looks at %d", m.look)
	}
	until("Ana's news", func() bool { return strings.HasPrefix(host.news, "Ben has come and watches") })
	step(ana, back)
	for textOf(host.form.Focused()) != "All back to the lobby" {
		step(ana, down)
	}
	step(ana, accept)
	until("the lobby", func() bool { return shows[*lobby](ana) && shows[*lobby](ben) })
	step(ben, accept)
	until("getting ready", func() bool { return ana.online.lobby.Blocker() == "" })
	step(ana, accept)
	until("the match of all", func() bool { return shows[*match](ben) && len(top[*match](t, ben).seats) == 1 })
	until("all of the pond", func() bool { return top[*match](t, ben).look == 0 })
}
