//go:build !race

package netcode

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/visavis-netcode/visavis/netcode/internal/memlink"
	"github.com/visavis-netcode/visavis/rollback"
)

// vanish kills a peer as a crash would: nobody is told.
func (tb *table) vanish(peer int) {
	vanish(tb.nodes[peer])
	tb.done[peer] = true
}

func vanish(node *Node) { node.endpoint.(*memlink.Endpoint).Vanish() }

func (tb *table) leave(peer int) {
	tb.lobbies[peer].Leave()
	tb.done[peer] = true
}

func isNil(err error) bool { return err == nil }

func lost(name string) func(error) bool {
	return func(err error) bool { e := new(LostError); return errors.As(err, &e) && e.Name == name }
}

func TestOverEndsForAllAtOneFrame(t *testing.T) {
	game := ledgerGame()
	game.Over = func(w *ledger) bool { return w.Frame == 333 }
	for _, peers := range []int{1, 2, 4} {
		tb := newTable(t, 2, peers, game, LobbyConfig{}, Conditions{DelayMs: 50, JitterMs: 20, LossPercent: 10})
		tb.start(5, 0)
		results := tb.playOut(30)
		if peers > 1 {
			agree(t, results, isNil)
		}
		if r := results[0]; r.Frame != 333 || r.Err != nil || !r.Agreed || len(r.ConfirmedBy) != peers-1 {
			t.Fatalf("%d peers: %+v", peers, r)
		}
		for _, l := range tb.lobbies {
			if w, ok := l.Match().FinalWorld(); !ok || w.Frame != 333 {
				t.Fatalf("final world %+v, %v", w, ok)
			}
		}
	}
}

// TestTheEndIsWhatIsShown: until the end is known to be one, machines run on, each
// as far as its own line makes it guess; what they show afterwards is the result.
func TestTheEndIsWhatIsShown(t *testing.T) {
	for _, saveEvery := range []int{1, 5} {
		game := ledgerGame()
		game.SaveEvery = saveEvery
		game.Over = func(w *ledger) bool { return w.Frame >= 123 }
		tb := newTable(t, 4, 3, game, LobbyConfig{ManualDelay: true}, Conditions{DelayMs: 60, JitterMs: 20})
		tb.start(5, 0)
		results := tb.playOut(30)
		agree(t, results, isNil)
		end, beyond := results[0], 0
		for i, l := range tb.lobbies {
			m := l.Match()
			if m.session.Current() > end.Frame {
				beyond++
			}
			for _, w := range []*ledger{m.World(), m.PreviousWorld()} {
				if w.Frame != int32(end.Frame) || m.session.Hash(w) != end.Hash {
					t.Errorf("saving every %d, peer %d shows the world before frame %d; the result is that before %d", saveEvery, i, w.Frame, end.Frame)
				}
			}
		}
		if beyond == 0 {
			t.Error("nobody has run on: the test shows nothing")
		}
	}
}

// liar is a world that is over only where a prediction was wrong.
type liar struct {
	Frame int32
	Wrong bool
}

func liarGame() Config[liar, int32] {
	return Config[liar, int32]{
		Game: "liar", Absent: AbsentEnds, Start: func(Setup) liar { return liar{} },
		Step: func(w *liar, in rollback.Inputs[int32]) {
			for _, v := range in.All() {
				w.Wrong = w.Wrong || v != w.Frame && v != w.Frame-1 // the latter in a tick of two frames
			}
			w.Frame++
		},
		Over: func(w *liar) bool { return w.Wrong },
	}
}

// playLiar starts a match of two and gives both turns, but for those that skip
// says.
func playLiar(t *testing.T, ticks int, skip func(tick, peer int, lobbies []*Lobby[liar, int32]) bool) []*Lobby[liar, int32] {
	t.Helper()
	network := NewMemoryNetwork(1)
	network.SetConditions(Conditions{DelayMs: 40})
	nodes := []*Node{network.NewNode("a"), network.NewNode("b")}
	host, _ := OpenLobby(nodes[0], liarGame(), LobbyConfig{ManualDelay: true})
	join, _ := JoinLobby(nodes[1], liarGame(), nodes[0].Addr().String(), LobbyConfig{ManualDelay: true})
	lobbies := []*Lobby[liar, int32]{host, join}
	for tick := range ticks {
		network.Advance(testTick)
		for i, l := range lobbies {
			l.SetReady(true)
			if m := l.Match(); m == nil {
				l.Poll()
			} else if !skip(tick, i, lobbies) {
				m.Tick(int32(m.session.Current()))
			}
		}
		if host.Match() == nil && host.members.seats() == 2 && host.Blocker() == "" {
			if err := host.Start(1, 1200); err != nil {
				t.Fatal(err)
			}
		}
	}
	return lobbies
}

// TestOverIsAskedOfSettledWorldsOnly: a tick that steps nothing leaves wrong
// guesses in the newest worlds. They must not end the match.
func TestOverIsAskedOfSettledWorldsOnly(t *testing.T) {
	// The second one loses frames, so the first one slows down.
	lobbies := playLiar(t, 3000, func(tick, peer int, _ []*Lobby[liar, int32]) bool { return peer == 1 && tick%40 <= 3 })
	for i, l := range lobbies {
		r, over := l.Match().Result()
		if !over || r.Frame != 1200 || r.Err != nil {
			t.Fatalf("peer %d: %+v, over %v", i, r, over)
		}
	}
	if st := lobbies[0].Match().Stats(); st.Rollbacks < 1000 {
		t.Fatalf("%d rollbacks: the test shows nothing", st.Rollbacks)
	}
}

// TestOverIsAskedOfSettledWorldsWhenSomebodyLeaves: the last inputs and the
// goodbye come together, before anything was stepped again.
func TestOverIsAskedOfSettledWorldsWhenSomebodyLeaves(t *testing.T) {
	for leaves := 200; leaves < 220; leaves++ {
		lobbies := playLiar(t, 260, func(tick, peer int, lobbies []*Lobby[liar, int32]) bool {
			if tick == leaves && peer == 1 {
				lobbies[1].Leave()
			}
			return tick >= leaves && (peer == 1 || tick < leaves+5)
		})
		r, over := lobbies[0].Match().Result()
		if s := lobbies[0].match.session; !over || !left("b")(r.Err) || r.Frame > min(s.Confirmed()+1, s.Current()) {
			t.Fatalf("left at %d: %+v, over %v, %d confirmed", leaves, r, over, s.Confirmed())
		}
	}
}

// TestOverBeforeTheGoodbye: the game was over before the leaver left, but the
// one who is left learns both at once.
func TestOverBeforeTheGoodbye(t *testing.T) {
	game := ledgerGame()
	game.Over = func(w *ledger) bool { return w.Frame == 120 }
	inTime := 0
	for after := range 90 {
		tb := newTable(t, 1, 2, game, LobbyConfig{}, Conditions{DelayMs: 60})
		tb.start(1, 0)
		tb.frame(0, 100)
		for range after / 3 {
			tb.tick()
		}
		tb.done[0] = true // is busy with something else
		for range after % 3 {
			tb.tick()
		}
		tb.leave(1)
		tb.seconds(0.1)
		tb.done[0] = false
		r := tb.playOut(5)[0]
		if r.Frame > 120 || (r.Frame == 120) != (r.Err == nil) {
			t.Fatalf("%d ticks after frame 100: %+v", after, r)
		}
		if r.Err == nil {
			inTime++
		}
	}
	if inTime < 15 || inTime > 75 {
		t.Fatalf("%d of 90 matches were over: the test does not meet the end", inTime)
	}
}

func TestLeaveEndsForTheOthersAtOnce(t *testing.T) {
	const delayMs = 60
	for _, peers := range []int{2, 3, 5} {
		for _, who := range []int{0, 1} {
			tb := newTable(t, 3, peers, ledgerGame(), LobbyConfig{}, Conditions{DelayMs: delayMs})
			tb.start(5, 0)
			tb.frame(0, 200)
			name := tb.nodes[who].Name()
			tb.leave(who)
			began := tb.network.network.Now()
			told := make([]bool, peers)
			for all := false; !all; {
				tb.tick()
				all = true
				for i, l := range tb.lobbies {
					told[i] = told[i] || i == who || l.Match().play.phase != running
					all = all && told[i]
				}
			}
			if took := tb.network.network.Now() - began; took > 2*delayMs*time.Millisecond+2*testTick {
				t.Fatalf("%d peers, %d leaves: told after %v", peers, who, took)
			}
			agree(t, tb.playOut(3), left(name))
			if took := tb.network.network.Now() - began; took > 5*delayMs*time.Millisecond+5*testTick {
				t.Fatalf("%d peers, %d leaves: over after %v", peers, who, took)
			}
			tb.seconds(1)
			for i, l := range tb.lobbies {
				if i == who {
					continue
				}
				if l.State() != Gathering {
					t.Fatalf("peer %d: state %d, %v", i, l.State(), l.Err())
				}
			}
		}
	}
}

// TestLeaveAroundTheEnd: somebody leaves at every moment around the end of the
// match. Those who are left have one result, and it has no error if they could
// play it to its end.
func TestLeaveAroundTheEnd(t *testing.T) {
	for _, over := range []bool{false, true} {
		game, length := ledgerGame(), int32(120)
		if over {
			game.Over, length = func(w *ledger) bool { return w.Frame == 120 }, 0
		}
		clean := 0
		for after := range 120 {
			tb := newTable(t, uint64(after), 4, game, LobbyConfig{}, Conditions{DelayMs: 40, JitterMs: 35, LossPercent: 20})
			tb.start(5, length)
			tb.frame(0, 105)
			for range after / 4 {
				tb.tick()
			}
			tb.leave(3)
			began := tb.ticks
			results := tb.playOut(20)
			if took := tb.ticks - began; took > 110 {
				t.Fatalf("the others needed %d ticks for the end", took)
			}
			agree(t, results, func(err error) bool {
				return (err == nil) == (results[0].Frame == 120) && (err == nil || left("P3")(err))
			})
			if results[0].Err == nil {
				clean++
			}
		}
		if clean < 15 || clean > 105 {
			t.Fatalf("%d of 120 matches ended by themselves: the test does not meet the end", clean)
		}
	}
}

func TestVanishedPeerIsLostAfterTheTimeout(t *testing.T) {
	for _, timeoutMs := range []int{0, 500, 2500} {
		for _, peers := range []int{2, 3, 4} {
			game := ledgerGame()
			game.PeerTimeoutMs = timeoutMs
			tb := newTable(t, 4, peers, game, LobbyConfig{}, Conditions{DelayMs: 20, LossPercent: 5})
			tb.start(5, 0)
			tb.frame(0, 100)
			tb.vanish(peers - 1)
			began := tb.network.network.Now()
			agree(t, tb.playOut(20), lost(tb.nodes[peers-1].Name()))
			took := tb.network.network.Now() - began
			want := time.Duration(timeoutMs) * time.Millisecond
			if timeoutMs == 0 {
				want = 10 * time.Second
			}
			if took < want || took > want+time.Second {
				t.Fatalf("timeout %d ms, %d peers: over after %v", timeoutMs, peers, took)
			}
		}
	}
}

func TestVanishWhileWaitingToStart(t *testing.T) {
	tb := newTable(t, 4, 3, ledgerGame(), LobbyConfig{}, Conditions{DelayMs: 100})
	tb.start(5, 0)
	tb.vanish(2)
	agree(t, tb.playOut(20), lost("P2"))
}

// TestLeaveWhileStarting: the leaver's goodbye and the host's start cross in
// every order. Those who are left end the match and keep the lobby.
func TestLeaveWhileStarting(t *testing.T) {
	for after := range 30 {
		tb := newTable(t, uint64(after), 3, ledgerGame(), LobbyConfig{}, Conditions{DelayMs: 60, JitterMs: 50, LossPercent: 20})
		tb.until(20, func() bool { return tb.lobbies[0].Blocker() == "" })
		if after%2 == 0 {
			for range after / 2 {
				tb.tick()
			}
		}
		if after%2 == 1 {
			tb.leave(2)
			for range after / 2 {
				tb.tick()
			}
		}
		if tb.lobbies[0].Blocker() != "" {
			continue
		}
		if err := tb.lobbies[0].Start(1, 0); err != nil {
			t.Fatal(err)
		}
		if after%2 == 0 {
			for range after / 2 {
				tb.tick()
			}
			tb.leave(2)
		}
		if len(tb.lobbies[0].AppendMembers(nil)) == 2 && after%2 == 1 {
			continue
		}
		agree(t, tb.playOut(20), left("P2"))
		tb.until(5, func() bool {
			return tb.lobbies[0].State() == Gathering && tb.lobbies[1].State() == Gathering && len(tb.lobbies[1].AppendMembers(nil)) == 2
		})
	}
}

// TestSecondGoesToo: at every moment while the others agree to go on without one,
// one more is gone.
func TestSecondGoesToo(t *testing.T) {
	for after := range 12 {
		for _, vanish := range []bool{false, true} {
			tb := newTable(t, uint64(after), 5, ledgerGame(), LobbyConfig{}, Conditions{DelayMs: 50, JitterMs: 40, LossPercent: 20})
			tb.start(5, 0)
			tb.frame(0, 100)
			tb.leave(4)
			for range after {
				tb.tick()
			}
			if vanish {
				tb.vanish(3)
			} else {
				tb.leave(3)
			}
			results := tb.playOut(20)
			for i := range results {
				results[i].Agreed = results[i].Agreed || vanish // nobody can know what it had
			}
			agree(t, results, func(err error) bool { return left("P4")(err) || left("P3")(err) || lost("P3")(err) })
		}
	}
}

// TestRematchAfterALoss: those who are left play on in the same lobby.
func TestRematchAfterALoss(t *testing.T) {
	game := ledgerGame()
	game.PeerTimeoutMs = 1000
	for _, vanish := range []bool{false, true} {
		tb := newTable(t, 6, 4, game, LobbyConfig{}, Conditions{DelayMs: 30, LossPercent: 5})
		for match := range 2 {
			tb.start(uint64(match), 0)
			tb.until(30, func() bool {
				return tb.lobbies[0].State() == Playing && tb.lobbies[0].Match().session.Current() > 60
			})
			gone := 3 - match
			if vanish {
				tb.vanish(gone)
			} else {
				tb.leave(gone)
			}
			agree(t, tb.playOut(20), func(err error) bool { return left(tb.nodes[gone].Name())(err) || lost(tb.nodes[gone].Name())(err) })
			tb.until(5, func() bool {
				return tb.lobbies[0].State() == Gathering && tb.lobbies[1].State() == Gathering && len(tb.lobbies[1].AppendMembers(nil)) == 3-match
			})
		}
		tb.start(9, 120)
		tb.until(5, func() bool { return tb.lobbies[1].State() == Playing })
		agree(t, tb.playOut(20), isNil)
	}
}

// TestKickedPlayer: the host asks somebody to leave in the middle of a match.
func TestKickedPlayer(t *testing.T) {
	tb := newTable(t, 6, 3, ledgerGame(), LobbyConfig{}, Conditions{DelayMs: 30})
	tb.start(1, 0)
	tb.frame(0, 100)
	tb.lobbies[0].Kick(2)
	results := tb.playOut(10)
	agree(t, results[:2], left("P2"))
	tb.seconds(2)
	for _, err := range []error{tb.lobbies[2].Err(), results[2].Err} {
		if refused := new(RefusedError); !errors.As(err, &refused) || tb.lobbies[2].State() != Ended {
			t.Fatalf("the kicked: %v", err)
		}
	}
	if n := len(tb.lobbies[1].AppendMembers(nil)); n != 2 || tb.lobbies[1].State() != Gathering {
		t.Fatalf("%d members", n)
	}
}

// TestBrokenPair: two peers lose each other, a third still reaches both and passes on
// what they press: the match goes on for all three.
func TestBrokenPair(t *testing.T) {
	game := ledgerGame()
	game.PeerTimeoutMs = 2000
	for _, oneWay := range []bool{true, false} {
		tb := newTable(t, 7, 3, game, LobbyConfig{}, Conditions{DelayMs: 30})
		tb.start(1, 900)
		tb.frame(0, 100)
		tb.network.network.Path(1, 2).SetDark(true)
		if !oneWay {
			tb.network.network.Path(2, 1).SetDark(true)
		}
		stalls := tb.lobbies[2].Match().Stats().Stalls
		tb.seconds(10)
		if n := tb.lobbies[2].Match().Stats().Stalls - stalls; n > 20 {
			t.Errorf("one way %v: %d stalls in ten seconds", oneWay, n)
		}
		tb.network.network.SetDark(false)
		agree(t, tb.playOut(20), isNil)
	}
}

// TestBlackoutsShorterThanTheTimeout: nothing ends, and the match goes on soon
// after the light is back.
func TestBlackoutsShorterThanTheTimeout(t *testing.T) {
	for _, game := range []Config[ledger, uint32]{ledgerGame(), func() Config[ledger, uint32] { g := ledgerGame(); g.Lockstep = true; return g }()} {
		tb := newTable(t, 8, 3, game, LobbyConfig{}, Conditions{DelayMs: 30, LossPercent: 5})
		tb.start(1, 600)
		for range 3 {
			tb.seconds(1)
			tb.network.network.SetDark(true)
			tb.seconds(9)
			tb.network.network.SetDark(false)
			before := tb.lobbies[0].Match().session.Current()
			tb.seconds(0.5)
			if after := tb.lobbies[0].Match().session.Current(); after < before+15 {
				t.Fatalf("from frame %d to %d in half a second", before, after)
			}
		}
		agree(t, tb.playOut(20), isNil)
	}
}

// TestLeaveAtTheEnd: who has all results may leave at once; nobody
// misses anything.
func TestLeaveAtTheEnd(t *testing.T) {
	for seed := range uint64(300) {
		tb := newTable(t, seed, 3, ledgerGame(), LobbyConfig{}, Conditions{DelayMs: 60, JitterMs: 55, LossPercent: 20})
		tb.start(1, 60)
		first, last := 0, 0
		tb.until(20, func() bool {
			all := true
			for i, l := range tb.lobbies {
				if m := l.Match(); !tb.done[i] && m != nil && m.play.over() {
					tb.leave(i)
					last = tb.ticks
					if first == 0 {
						first = last
					}
				}
				all = all && tb.done[i]
			}
			return all
		})
		if last-first > 100 {
			t.Fatalf("seed %d: the last one is done %d ticks after the first", seed, last-first)
		}
		var results []Result
		for _, l := range tb.lobbies {
			r, _ := l.Match().Result()
			results = append(results, r)
		}
		agree(t, results, isNil)
	}
}

// TestHostLeavesAtTheEnd: the host has his result, tells what is in the lobby after the match, and
// goes. The others, who are still at its end, read that afterwards: he is not there all the same.
func TestHostLeavesAtTheEnd(t *testing.T) {
	for seed := range uint64(40) {
		tb := newTable(t, seed, 3, ledgerGame(), LobbyConfig{}, Conditions{DelayMs: 20, JitterMs: 15, LossPercent: 20})
		tb.start(1, 60)
		tb.until(10, func() bool { return tb.lobbies[0].State() == Gathering })
		tb.lobbies[0].SetOptions([]byte("pond 2"))
		for range seed % 8 {
			tb.tick()
		}
		tb.leave(0)
		tb.seconds(3)
		for i, l := range tb.lobbies[1:] {
			if got := names(l); strings.Contains(got, "P0") || l.State() != Gathering {
				t.Errorf("seed %d: the lobby of P%d is %v, with %s", seed, i+1, l.State(), got)
			}
		}
	}
}

// TestWordsBeforeTheStart: what others say of a match counts for a member that
// hears of its start last.
func TestWordsBeforeTheStart(t *testing.T) {
	tb := newTable(t, 1, 4, ledgerGame(), LobbyConfig{}, Conditions{DelayMs: 10})
	tb.until(10, func() bool { return tb.lobbies[0].Blocker() == "" })
	tb.network.network.Path(0, 1).SetDark(true)
	tb.start(1, 0)
	tb.seconds(0.2)
	tb.leave(3)
	tb.seconds(1)
	tb.network.network.SetDark(false)
	tb.seconds(1)
	for i, l := range tb.lobbies[:3] {
		if r, over := l.Match().Result(); !over || !left("P3")(r.Err) || !r.Agreed {
			t.Fatalf("peer %d, a second after the light: %+v, over %v", i, r, over)
		}
	}
}

// TestLastWordOfOneWhoLeft: the leaver had played to the end and said so, but one of
// the others misses its last inputs. They come with its goodbye, or from who has them.
func TestLastWordOfOneWhoLeft(t *testing.T) {
	tb := newTable(t, 1, 3, ledgerGame(), LobbyConfig{}, Conditions{DelayMs: 20})
	tb.start(1, 120)
	tb.frame(2, 112)
	tb.network.network.Path(2, 1).SetDark(true)
	tb.until(2, func() bool { return tb.lobbies[2].Match().play.ending.said })
	tb.seconds(0.1)
	tb.leave(2)
	tb.seconds(0.3)
	tb.network.network.SetDark(false)
	agree(t, tb.playOut(5), isNil)
}

// TestLostGoodbye: one of the others never hears the goodbye itself, and takes
// the others' word for it.
func TestLostGoodbye(t *testing.T) {
	tb := newTable(t, 1, 3, ledgerGame(), LobbyConfig{}, Conditions{DelayMs: 50})
	tb.start(1, 0)
	tb.frame(0, 100)
	tb.network.network.Path(2, 1).SetDark(true)
	tb.leave(2)
	began := tb.ticks
	agree(t, tb.playOut(5), left("P2"))
	if took := tb.ticks - began; took > 60 {
		t.Fatalf("the others needed %d ticks for the end", took)
	}
}
