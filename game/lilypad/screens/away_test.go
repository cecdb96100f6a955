package screens

import (
	"strings"
	"testing"

	"github.com/visavis-netcode/visavis/game/lilypad/rules"
	"github.com/visavis-netcode/visavis/game/lilypad/scene"
	"github.com/visavis-netcode/visavis/game/lilypad/ui"
	"github.com/visavis-netcode/visavis/netcode"
)

// Who presses nothing for long is away, and reads so at the others; a key, and he is back.
func TestAway(t *testing.T) {
	both := newTwoOnline(t, 4, awayAfter)
	both.network.SetConditions(netcode.Conditions{DelayMs: 20})
	both.does[0].Hand = ui.Keys
	ana, ben, until := both.ana, both.ben, both.until
	ana.settings.Length, ana.settings.Frogs = 1, 0
	ana.openLobby()
	ben.push(newJoining(ben, destination{address: ana.online.invitation()}))
	until("meeting", func() bool { return shows[*lobby](ben) })
	ben.online.lobby.SetReady(true)
	until("getting ready", func() bool { return ana.online.lobby.Blocker() == "" })
	top[*lobby](t, ana).start(ana)
	until("the match", func() bool { return shows[*match](ana) && shows[*match](ben) })
	ours, theirs := top[*match](t, ana), top[*match](t, ben)
	until("some play", func() bool { return ours.contest.world().Tick > awayAfter-180 })
	if at := ours.contest.signals()[1]; at == scene.SignalAway {
		t.Error("Ben is away before his time")
	}
	until("Ana's news", func() bool { return ours.news == "Ben is away." && ours.contest.signals()[1] == scene.SignalAway })
	both.does[1].Hand = ui.Keys
	until("Ben's return", func() bool { return ours.news == "Ben is back." })
	if strings.Contains(theirs.news, "away") || strings.Contains(theirs.news, "back") {
		t.Errorf("Ben reads %q of himself", theirs.news)
	}
	if ours.contest.signals()[1] == scene.SignalAway {
		t.Error("Ben is back, and his sign is not")
	}
}

// Who says all the time that he comes and goes is heard every five seconds.
func TestAwayAgainAndAgain(t *testing.T) {
	here, lines := attendance{}, []netcode.Line(nil)
	for look := range 10 * quietLooks {
		own := wish{away: look%2 == 0}.bytes()
		lines = here.appendNews(lines, []netcode.Member{
			{Machine: 1, Name: "Ben", Players: []netcode.Player{{Own: own}}},
			{Machine: 2, Name: "Ana", You: true, Players: []netcode.Player{{Own: own}}}, {Machine: 3},
		})
	}
	if len(lines) < 2 || len(lines) > 10 {
		t.Errorf("%d lines in 50 seconds: %v", len(lines), lines)
	}
	if w := rules.New(rules.Setup{Seats: 3}); !canPlay(&w, []int{1, 7}) || canPlay(&w, []int{7}) || canPlay(&w, nil) {
		t.Error("a frog that is out is in play, or the other way round")
	}
	if v := (vigil{still: 5}); !v.look(true, true) || v.look(false, false) {
		t.Error("a window that is put away is not away, or one that comes back is")
	}
}
