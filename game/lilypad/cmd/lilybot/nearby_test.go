package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/visavis-netcode/visavis/netcode"
)

// The search goes on to the next lobby, comes back to one that may have a seat
// again, and ends when its time is over.
func TestSearch(t *testing.T) {
	var list []netcode.Nearby
	began := time.Unix(1000, 0)
	at := func(s float64) time.Time { return began.Add(time.Duration(s * float64(time.Second))) }
	s := newSearch(began, 30*time.Second, false, func() []netcode.Nearby { return list })
	next := func(now float64) string {
		lobby, _ := s.next(at(now))
		return lobby.Name
	}
	if got := next(0); got != "" {
		t.Fatalf("%q on an empty list", got)
	}
	list = []netcode.Nearby{
		{Address: "1", Name: "full", Seats: 2, MaxSeats: 2},
		{Address: "2", Name: "started", Seats: 1, MaxSeats: 2, Playing: true},
		{Address: "3", Name: "locked", Seats: 1, MaxSeats: 2, NeedsSecret: true},
		{Address: "4", Name: "Ana", Seats: 1, MaxSeats: 2},
		{Address: "5", Name: "Ben", Seats: 1, MaxSeats: 2},
	}
	for i, want := range []string{"Ana", "Ben", ""} {
		lobby, ok := s.next(at(1))
		if lobby.Name != want {
			t.Fatalf("the choice is %q, want %q", lobby.Name, want)
		}
		if ok {
			s.ask(at(1), lobby)
			s.refused(at(1), fmt.Errorf("reason %d", i))
		}
	}
	if early, late := next(1.9), next(2); early != "" || late != "Ana" {
		t.Errorf("the first lobby is asked again: %q after 0.9 s, %q after 1 s", early, late)
	}
	s.ask(at(2), list[3])
	s.refused(at(2), errors.New("the lobby is full"))
	if got := next(3.9); got != "Ben" {
		t.Errorf("after the second refusal %q is next, want Ben: the pause is 2 s", got)
	}
	s.ask(at(10), list[4])
	if s.tired(at(13.9)) != nil || s.tired(at(14)) == nil {
		t.Error("who does not answer is waited for 4 s while another lobby has a seat")
	}
	list = list[:3]
	if why := s.tired(at(29.9)); why != nil {
		t.Errorf("the only lobby was given up: %v", why)
	}
	if s.tired(at(30)) == nil || s.over(at(29.9)) != nil {
		t.Error("the time is 30 s")
	}
	if err := s.over(at(30)); err == nil || !strings.Contains(err.Error(), "within 30s") || !strings.Contains(err.Error(), "Ana: the lobby is full") {
		t.Errorf("the end is %v", err)
	}
	list = []netcode.Nearby{{Address: "5", Name: "Ben", Seats: 1, MaxSeats: 2}}
	s.entered(at(20)) // Ben's lobby, which is asked since
	s.entered(at(25))
	s.refused(at(100), errors.New("the host left"))
	if s.over(at(109.9)) != nil || s.over(at(110)) == nil {
		t.Error("the time in a lobby counts")
	}
	if len(s.tried) != 1 || s.tried["5"] == nil {
		t.Errorf("lobbies that are gone are not forgotten: %v", s.tried)
	}
}

// skipWithoutList skips a test where the list does not work on loopback.
func skipWithoutList(t *testing.T) {
	t.Helper()
	list, err := netcode.Browse(netcode.BrowseConfig{Game: testGame, Interfaces: []string{"lo"}})
	if err != nil {
		t.Skip("no list on loopback here: ", err)
	}
	list.Close()
}

// Three bots want one of three lobbies at the same moment: whoever loses the race
// for a seat takes the next lobby.
func TestNextLobbyOfTheList(t *testing.T) {
	skipWithoutList(t)
	ctx := testContext(t)
	var all []*running
	for range 3 {
		host := start(t, ctx, "-host", "-lan", "-interface", "lo", "-listen", "127.0.0.1:0", "-frames", "60")
		<-host.lines
		all = append(all, host)
	}
	for range 3 {
		all = append(all, start(t, ctx, "-join", "lan", "-interface", "lo", "-listen", "127.0.0.1:0"))
	}
	for i, r := range all {
		lines := r.rest()
		if r.code != exitAgreed || r.err != nil || len(lines) == 0 {
			t.Errorf("bot %d: exit %d, %v, %+v", i, r.code, r.err, lines)
			continue
		}
		for _, l := range lines {
			if l.Event == "passed" {
				t.Logf("bot %d passed by: %+v", i, l.Reason)
				if l.Reason == "" || l.Addr == "" {
					t.Errorf("%+v", l)
				}
			}
		}
	}
}

// Who waits says what for, and can be interrupted; the time is the player's.
func TestNobodyNearby(t *testing.T) {
	skipWithoutList(t)
	ctx, interrupt := context.WithCancel(testContext(t))
	defer interrupt()
	waits := start(t, ctx, "-join", "lan", "-interface", "lo", "-listen", "127.0.0.1:0")
	gives := start(t, ctx, "-join", "lan", "-interface", "lo", "-listen", "127.0.0.1:0", "-wait", "200ms")
	if gives.rest(); gives.code != exitNoConnect || gives.err == nil || !strings.Contains(gives.err.Error(), "within 200ms") {
		t.Errorf("exit %d, %v", gives.code, gives.err)
	}
	if l := <-waits.lines; l.Event != "waiting" || !strings.Contains(l.For, "lobby") {
		t.Errorf("%+v", l)
	}
	interrupt()
	if waits.rest(); waits.code != exitInterrupted || waits.err != nil {
		t.Errorf("exit %d, %v", waits.code, waits.err)
	}
}

// TestWatchable: of the lobbies of the local network one is watched that lets this bot watch, and
// if possible one where a match is played.
func TestWatchable(t *testing.T) {
	list := []netcode.Nearby{{Name: "closed", Playing: true}, {Name: "locked", Watch: true, NeedsSecret: true, Playing: true}, {Name: "Ana", Watch: true}}
	if got, ok := watchable(list, false); !ok || got.Name != "Ana" {
		t.Errorf("%+v, %v", got, ok)
	}
	if got, ok := watchable(append(list, netcode.Nearby{Name: "Ben", Watch: true, Playing: true}), false); !ok || got.Name != "Ben" {
		t.Errorf("%+v, %v", got, ok)
	}
	if got, ok := watchable(list, true); !ok || got.Name != "locked" {
		t.Errorf("%+v, %v", got, ok)
	}
	if got, ok := watchable(list[:2], false); ok {
		t.Errorf("%+v", got)
	}
}
