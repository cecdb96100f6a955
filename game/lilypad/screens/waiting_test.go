package screens

import (
	"testing"

	"github.com/visavis-netcode/visavis/game/lilypad/rules"
	"github.com/visavis-netcode/visavis/game/lilypad/scene"
	"github.com/visavis-netcode/visavis/netcode"
)

// The friend of somebody who has begun alone gets a bot's frog, and gives it back.
func TestFriendOfALoneHost(t *testing.T) {
	both := newTwoOnline(t, 6, 600)
	both.network.SetConditions(netcode.Conditions{DelayMs: 20})
	ana, ben, until := both.ana, both.ben, both.until
	ana.settings.Length, ana.settings.Frogs, ana.settings.Bots = 1, 1, 2
	ana.openLobby()
	until("the lobby", func() bool { return ana.tick > 5 && ana.online.lobby.Blocker() == "" })
	top[*lobby](t, ana).start(ana)
	until("the match", func() bool { return shows[*match](ana) })
	ours := top[*match](t, ana)
	until("some play", func() bool { return ours.contest.world().Tick > 60 })
	if w := ours.contest.world(); w.Seats != 3 || w.Levels != [rules.MaxSeats]uint8{1: rules.Keen | rules.Waits, 2: rules.Keen | rules.Waits} {
		t.Errorf("%d seats, levels %v", w.Seats, w.Levels)
	}
	if names, signals := ours.contest.names(), ours.contest.signals(); len(names) != 3 || names[1] != botNames[1] || signals[1] != scene.SignalNone {
		t.Errorf("the seats are %q, the signals %v", names, signals)
	}
	if words := ours.contest.leaving(); words != "The match is over then: nobody else plays." {
		t.Errorf("leaving a match of one's own is said to mean %q", words)
	}
	ben.push(newJoining(ben, destination{address: ana.online.invitation()}))
	until("Ben's frog", func() bool { return shows[*match](ben) && len(top[*match](t, ben).seats) == 1 })
	theirs := top[*match](t, ben)
	until("Ana's news", func() bool { return ours.news == "Ben plays now." && ours.contest.names()[1] == "Ben" })
	if theirs.seats[0] != 1 || theirs.contest.names()[0] != "Ana" || theirs.contest.names()[2] != botNames[2] {
		t.Errorf("Ben has seats %v among %q", theirs.seats, theirs.contest.names())
	}
	ben.leaveMatch(theirs.contest)
	until("the bot", func() bool {
		return ours.news == "Ben left: the bot Dot took over." && ours.contest.signals()[1] == scene.SignalAway
	})
}
