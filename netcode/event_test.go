//go:build !race

package netcode

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/visavis-netcode/visavis/rollback"
)

// inOrder reports whether all of want are in got, one after the other.
func inOrder(got []string, want ...string) bool {
	for _, text := range got {
		if len(want) > 0 && text == want[0] {
			want = want[1:]
		}
	}
	return len(want) == 0
}

// TestEvents: what happens to a lobby and its match is told to all, each thing once.
func TestEvents(t *testing.T) {
	tb := newTable(t, 1, 3, ledgerGame(), LobbyConfig{}, Conditions{DelayMs: 20})
	tb.start(1, 0)
	tb.frame(0, 60)
	tb.leave(2)
	tb.playOut(5)
	tb.seconds(1)
	tb.lobbies[0].Leave()
	tb.seconds(1)
	for i, want := range [][]string{
		{"joined P0", "joined P1", "ready P1", "joined P2", "ready P2", "match started", "match ended: left", "left P2", "ready P1", "lobby closed: you left"},
		{"joined P1", "ready P1", "joined P2", "ready P2", "match started", "match ended: left", "left P2", "ready P1", "left P0", "host P1"},
		{"joined P2", "match started", "match ended: you left", "lobby closed: you left"},
	} {
		got := heard(tb.lobbies[i].AppendEvents(nil))
		if !inOrder(got, want...) {
			t.Errorf("peer %d: %q, want %q", i, got, want)
		}
		for _, once := range []string{"match started", "lobby closed: you left", "left P2", "joined P1", "path P0"} {
			if n := len(slices.DeleteFunc(slices.Clone(got), func(s string) bool { return s != once })); n > 1 {
				t.Errorf("peer %d: %q came %d times: %q", i, once, n, got)
			}
		}
		if more := tb.lobbies[i].AppendEvents(nil); len(more) > 0 {
			t.Errorf("peer %d: told again: %v", i, heard(more))
		}
	}
}

// TestUnreadEvents: the oldest go, and are counted.
func TestUnreadEvents(t *testing.T) {
	tb := newTable(t, 1, 2, ledgerGame(), LobbyConfig{}, Conditions{})
	host := tb.lobbies[0]
	host.AppendEvents(nil)
	for range 50 {
		for _, ready := range []bool{false, true} {
			host.members[1].Ready = ready
			host.members.noteReadiness(0, false, &host.events)
		}
	}
	got := host.AppendEvents(nil)
	if len(got) != maxEvents+1 || got[0].Kind != EventMissed || got[0].Count < 35 || got[0].Count > 40 {
		t.Fatalf("%d events, the first is %+v", len(got), got[0])
	}
	if got = host.AppendEvents(nil); len(got) > 0 {
		t.Errorf("%v", heard(got))
	}
}

// TestKindsHaveNames: every kind of event and every reason has a word of its own.
func TestKindsHaveNames(t *testing.T) {
	seen := map[string]bool{}
	for r := ReasonUnknown; r <= lastReason; r++ {
		if seen[r.String()] {
			t.Errorf("%d is %v again", r, r)
		}
		seen[r.String()] = true
	}
	if len(reasonNames) != int(lastReason)+1 || Reason(200).String() != "unknown" {
		t.Errorf("%d names for %d reasons", len(reasonNames), lastReason+1)
	}
	seen = map[string]bool{"unknown": true}
	for k := EventMissed; k <= lastEvent; k++ {
		if seen[k.String()] {
			t.Errorf("%d is %v again", k, k)
		}
		seen[k.String()] = true
	}
	if Ended.String() != "ended" || State(9).String() != "unknown" {
		t.Error(Ended, State(9))
	}
}

// TestLogger: the log tells what happens, and warns of what spoils a match.
func TestLogger(t *testing.T) {
	var log bytes.Buffer
	tb := newTable(t, 1, 2, ledgerGame(), LobbyConfig{}, Conditions{DelayMs: 20})
	tb.nodes[0].config.Logger = slog.New(slog.NewTextHandler(&log, nil))
	tb.start(1, 0)
	tb.frame(1, 70)
	f, good, wrong := tb.disturb(1)
	tb.playOut(5)
	tb.lobbies[0].Leave()
	for _, want := range []string{
		`level=INFO msg="visavis: ready" player=P0 about=P1`, `msg="visavis: match started"`,
		fmt.Sprintf(`level=WARN msg="visavis: desync" player=P0 about=P1 frame=%d field=Sum[0] here=%s there=%s err=`, f, good, wrong),
		`msg="visavis: match ended"`, `msg="visavis: lobby closed" player=P0 err="you left"`,
	} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("the log lacks %q:\n%s", want, log.String())
		}
	}
}

// TestTwoAgainstOne: with three or more machines everybody is told on whose side the
// others are, by what these have said themselves.
func TestTwoAgainstOne(t *testing.T) {
	for _, test := range []struct {
		bad  []int // whose worlds are changed, all in the same way
		all  int
		want string // between them
	}{
		{[]int{2}, 3, "two against one"}, {[]int{0}, 3, "two against one"}, {[]int{1}, 4, "three against one"}, {[]int{1, 3}, 4, "two against two"},
	} {
		for seed := range uint64(3) {
			tb := newTable(t, seed, test.all, ledgerGame(), LobbyConfig{}, Conditions{DelayMs: 30, JitterMs: 10, LossPercent: 3})
			tb.start(1, 0)
			tb.until(20, func() bool {
				for i := range tb.lobbies {
					if m := tb.lobbies[i].Match(); m == nil || m.session.Confirmed() < 70 {
						return false
					}
				}
				return true
			})
			for _, i := range test.bad {
				tb.lobbies[i].Match().Disturb(func(w *ledger) { w.Sum[0] = 5 })
			}
			first := 0
			for i, r := range tb.playOut(10) {
				d := new(DesyncError)
				if !errors.As(r.Err, &d) || !strings.Contains(d.Text, test.want) {
					t.Errorf("%v of %d, peer %d reads %v", test.bad, test.all, i, r.Err)
					continue
				}
				mine := slices.Contains(test.bad, i)
				for _, side := range []struct {
					names []string
					bad   bool
				}{{d.Alike, mine}, {d.Against, !mine}} {
					for _, name := range side.names {
						if slices.Contains(test.bad, int(name[1]-'0')) != side.bad {
							t.Errorf("%v of %d, peer %d: %q is on the wrong side: %+v", test.bad, test.all, i, name, d)
						}
					}
				}
				if len(d.Alike)+len(d.Against) == test.all-2 {
					first++
				}
			}
			if first == 0 {
				t.Errorf("%v of %d: nobody knows all sides", test.bad, test.all)
			}
		}
	}
}

// TestWrongRate: a loop that ticks at another rate than the game's is told so; one that
// stands still now and then, or drifts as clocks do, is not.
func TestWrongRate(t *testing.T) {
	for _, test := range []struct {
		name   string
		hz     int // the game's
		period time.Duration
		pause  int // every so many ticks the loop stands still for a second and makes up for it
		want   int
	}{
		{"right", 60, time.Second / 60, 0, 0},
		{"a monitor of 144 Hz", 60, time.Second / 144, 0, 144},
		{"a clock that is 2 % fast", 60, time.Second / 61, 0, 0},
		{"30 ticked 100 times", 30, time.Second / 100, 0, 100},
		{"a machine that is too slow", 60, time.Second / 45, 0, 45},
		{"a window that is dragged", 60, time.Second / 60, 400, 0},
		{"10 Hz", 10, time.Second / 10, 0, 0},
		{"240 Hz ticked at 60", 240, time.Second / 60, 0, 60},
	} {
		t.Run(test.name, func(t *testing.T) {
			game := Config[ledger, uint32]{TickRate: test.hz, MinSeats: 1, Game: "ledger", Start: ledgerGame().Start, Step: (*ledger).Step}
			network := NewMemoryNetwork(1)
			l, err := OpenLobby(network.NewNode("Ana"), game, LobbyConfig{})
			if err != nil {
				t.Fatal(err)
			}
			if err := l.Start(1, 0); err != nil {
				t.Fatal(err)
			}
			m, got, told := l.Match(), 0, 0
			for tick := range int(20 * time.Second / test.period) {
				network.Advance(test.period)
				got = m.Tick(1).WrongHz
				if test.pause > 0 && tick%test.pause == test.pause-1 {
					network.Advance(time.Second)
					for range test.hz {
						m.Tick(1)
					}
				}
			}
			for _, e := range m.AppendEvents(nil) {
				if e.Kind == EventRate {
					told++
				}
			}
			if got < test.want-1 || got > test.want+1 || told != min(test.want, 1) {
				t.Errorf("%d Hz are wrong, told %d times", got, told)
			}
		})
	}
}

// TestRefusalsAreTyped: whatever keeps two from playing together is a reason that a
// game can act on, on the guest's side as on this one.
func TestRefusalsAreTyped(t *testing.T) {
	other := func(change func(*Config[ledger, uint32])) Config[ledger, uint32] {
		game := ledgerGame()
		change(&game)
		return game
	}
	for _, test := range []struct {
		name   string
		host   LobbyConfig
		guest  LobbyConfig
		game   Config[ledger, uint32]
		before func(tb *table)
		want   Reason
	}{
		{"secret wrong", LobbyConfig{Secret: "frog"}, LobbyConfig{Secret: "newt"}, ledgerGame(), nil, ReasonSecretWrong},
		{"secret needed", LobbyConfig{Secret: "frog"}, LobbyConfig{}, ledgerGame(), nil, ReasonSecretNeeded},
		{"full", LobbyConfig{}, LobbyConfig{}, ledgerGame(), func(tb *table) { tb.lobbies[0].SetMaxSeats(1) }, ReasonFull},
		{"playing", LobbyConfig{}, LobbyConfig{}, ledgerGame(), func(tb *table) { tb.start(1, 0) }, ReasonPlaying},
		{"closed", LobbyConfig{}, LobbyConfig{}, ledgerGame(), func(tb *table) { tb.lobbies[0].Leave() }, ReasonHostLeft},
		{"another game", LobbyConfig{}, LobbyConfig{}, other(func(c *Config[ledger, uint32]) { c.Game = "newts" }), nil, ReasonGame},
		{"other rules", LobbyConfig{}, LobbyConfig{}, other(func(c *Config[ledger, uint32]) { c.Rules = 9 }), nil, ReasonVersion},
		{"another tick rate", LobbyConfig{}, LobbyConfig{}, other(func(c *Config[ledger, uint32]) { c.TickRate = 30 }), nil, ReasonVersion},
	} {
		t.Run(test.name, func(t *testing.T) {
			tb := newTable(t, 1, 1, ledgerGame(), test.host, Conditions{DelayMs: 10})
			if test.before != nil {
				test.before(tb)
			}
			l, err := JoinLobby(tb.network.NewNode("Ana"), test.game, tb.nodes[0].Addr().String(), test.guest)
			if err != nil {
				t.Fatal(err)
			}
			for range 120 {
				tb.tick()
				l.Poll()
			}
			if l.State() != Ended || ReasonOf(l.Err()) != test.want || ReasonOf(fmt.Errorf("joining: %w", l.Err())) != test.want {
				t.Errorf("%v: %v (%v), want %v", l.State(), l.Err(), ReasonOf(l.Err()), test.want)
			}
		})
	}
	for text, want := range map[string]Reason{
		"10.73.0.1": ReasonAddress, "pond:": ReasonAddress, "K7QF": ReasonCode, "Vv": ReasonInviteText,
	} {
		_, err := JoinLobby(NewMemoryNetwork(1).NewNode("Ana"), ledgerGame(), text, LobbyConfig{})
		if ReasonOf(err) != want {
			t.Errorf("%q: %v (%v)", text, err, ReasonOf(err))
		}
	}
	if rollback.NoFrame >= 0 || ReasonOf(nil) != ReasonUnknown || ReasonOf(ErrNotHost) != ReasonNotHost {
		t.Error("what is no error has a reason")
	}
}
