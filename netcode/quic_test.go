package netcode

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// quicKey is an identity that follows from a number.
func quicKey(n byte) ed25519.PrivateKey {
	var seed [ed25519.SeedSize]byte
	seed[0] = n
	return ed25519.NewKeyFromSeed(seed[:])
}

func quicConfig(n byte) NodeConfig {
	return NodeConfig{Addr: "127.0.0.1:0", Name: fmt.Sprint("Q", n), Key: quicKey(n)}
}

func quicNode(t *testing.T, n byte) *Node {
	t.Helper()
	node, err := Listen(quicConfig(n))
	if err != nil {
		t.Fatal(err)
	}
	return node
}

// quicGame is short: 240 frames a second.
func quicGame() Config[ledger, uint32] {
	g := ledgerGame()
	g.TickRate = 240
	return g
}

// deadline is how long a test on real sockets may take.
const deadline = 20 * time.Second

// wait polls a lobby until something is so, and reports whether it came true.
func wait(l *Lobby[ledger, uint32], so func() bool) bool {
	for end := time.Now().Add(deadline); !so(); {
		if time.Now().After(end) {
			return false
		}
		l.Poll()
		l.node.Wait(5 * time.Millisecond)
	}
	return true
}

// playQUIC ticks a match on its own schedule until it is over, or until stop.
func playQUIC(m *Match[ledger, uint32], stop func(Status) bool) (Result, bool) {
	next := time.Now()
	for end := next.Add(deadline); time.Now().Before(end); {
		st := m.Tick(heldInput(m.play.deal.mine[0], int32(m.session.Current())))
		if st.Over || stop != nil && stop(st) {
			return m.Result()
		}
		next = next.Add(time.Second / 240)
		m.room.node.Wait(time.Until(next))
		for time.Until(next) > 0 {
			m.room.Poll()
			m.room.node.Wait(time.Until(next))
		}
	}
	return Result{}, false
}

func TestQUICMatches(t *testing.T) {
	defer goleak.VerifyNone(t)
	for _, peers := range []int{2, 3} {
		host := quicNode(t, 1)
		defer host.Close()
		address := host.Addr().String() + "#" + host.Fingerprint()
		lobby, err := OpenLobby(host, quicGame(), LobbyConfig{Secret: "pond"})
		if err != nil {
			t.Fatal(err)
		}
		var group sync.WaitGroup
		results := make([]Result, peers)
		for i := 1; i < peers; i++ {
			group.Go(func() {
				node := quicNode(t, byte(i+1))
				defer node.Close()
				l, err := JoinLobby(node, quicGame(), address, LobbyConfig{Secret: "pond"})
				if err != nil {
					t.Error(err)
					return
				}
				var played *Match[ledger, uint32]
				for match := range 2 {
					begun := func() bool {
						l.SetReady(l.State() == Gathering)
						return l.Match() != played || l.State() == Ended
					}
					if !wait(l, begun) || l.State() == Ended {
						t.Errorf("peer %d, match %d: %v", i, match, l.Err())
						return
					}
					played = l.Match()
					results[i], _ = playQUIC(played, nil)
				}
				if !wait(l, func() bool { return len(l.AppendMembers(nil)) < peers }) {
					t.Errorf("peer %d does not hear that the host has left", i)
				}
			})
		}
		for match := range 2 {
			if !wait(lobby, func() bool { return lobby.members.seats() == peers && lobby.Blocker() == "" }) {
				t.Fatal(lobby.Blocker())
			}
			if err := lobby.Start(uint64(match), 120); err != nil {
				t.Fatal(err)
			}
			results[0], _ = playQUIC(lobby.Match(), nil)
			if r := results[0]; r.Frame != 120 || r.Err != nil || !r.Agreed || r.Hash == 0 {
				t.Fatalf("%d peers, match %d: %+v", peers, match, r)
			}
			if p := lobby.Match().AppendPeers(nil)[0]; p.Path != "loopback" || p.Malformed != 0 {
				t.Fatalf("%+v", p)
			}
		}
		host.Close()
		group.Wait()
		for i, r := range results {
			if r.Frame != results[0].Frame || r.Hash != results[0].Hash || !r.Agreed || len(r.ConfirmedBy) != peers-1 || r.Err != nil {
				t.Fatalf("peer %d: %+v, peer 0: %+v", i, r, results[0])
			}
		}
	}
}

func TestQUICRefusals(t *testing.T) {
	defer goleak.VerifyNone(t)
	host, join := quicNode(t, 1), quicNode(t, 2)
	defer host.Close()
	defer join.Close()
	lobby, err := OpenLobby(host, quicGame(), LobbyConfig{})
	if err != nil {
		t.Fatal(err)
	}
	stop := make(chan struct{})
	var group sync.WaitGroup
	group.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
				lobby.Poll()
				host.Wait(5 * time.Millisecond)
			}
		}
	})
	other := quicGame()
	other.Rules = 2
	for _, c := range []struct {
		address string
		game    Config[ledger, uint32]
		want    string
	}{
		{host.Addr().String() + "#" + join.Fingerprint(), quicGame(), "somebody else answers"},
		{host.Addr().String(), other, "rules version"},
	} {
		l, err := JoinLobby(join, c.game, c.address, LobbyConfig{})
		if err != nil {
			t.Fatal(err)
		}
		refused := new(RefusedError)
		if !wait(l, func() bool { return l.State() == Ended }) || !errors.As(l.Err(), &refused) || !strings.Contains(refused.Reason, c.want) {
			t.Fatalf("want %q: %v", c.want, l.Err())
		}
	}
	close(stop)
	group.Wait()
}

// hosting is how the first node meets the others, on whatever port is free; addr waits for
// where that is.
func hosting(ctx context.Context) (meet MeetConfig, addr func() string) {
	known := make(chan struct{})
	var at string
	var once sync.Once
	meet.Node = quicConfig(1)
	meet.Progress = func(room *Room, _ string) {
		once.Do(func() {
			at = room.node.Addr().String()
			close(known)
		})
	}
	return meet, func() string {
		select {
		case <-known:
			return at
		case <-ctx.Done():
			return ""
		}
	}
}

func TestQUICHostAndJoin(t *testing.T) {
	defer goleak.VerifyNone(t)
	ctx, cancel := context.WithTimeout(t.Context(), deadline)
	defer cancel()
	var group sync.WaitGroup
	meet, addr := hosting(ctx)
	group.Go(func() {
		m, err := Join(ctx, addr(), quicGame(), MeetConfig{Node: quicConfig(2)})
		if err != nil {
			t.Error(err)
			return
		}
		defer m.Close()
		playQUIC(m, func(st Status) bool { return st.Frame > 100 }) // then leaves
	})
	m, err := Host(ctx, 2, quicGame(), meet)
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	r, over := playQUIC(m, nil)
	if left := new(LeftError); !over || !errors.As(r.Err, &left) || left.Name != "Q2" || r.Frame < 60 {
		t.Fatalf("%+v, over %v", r, over)
	}
	group.Wait()
}

// TestHostAndJoinGiveUp when their time is over, with a sentence.
// TestQUICHostReadsWhoCouldNotCome: who hosts in one call reads of a guest whose game is
// another version, while he waits and in the end.
func TestQUICHostReadsWhoCouldNotCome(t *testing.T) {
	defer goleak.VerifyNone(t)
	ctx, cancel := context.WithTimeout(t.Context(), deadline)
	defer cancel()
	meet, addr := hosting(ctx)
	const want = "Q2 tried to join and could not: Q2 has rules version 7 of the game, you have 1: both need the same version"
	read, listening := 0, meet.Progress
	meet.Progress = func(room *Room, words string) {
		listening(room, words)
		if words == want {
			read++
			cancel()
		}
	}
	var group sync.WaitGroup
	group.Go(func() {
		other := quicGame()
		other.Rules = 7
		if _, err := Join(ctx, addr(), other, MeetConfig{Node: quicConfig(2)}); ReasonOf(err) != ReasonVersion {
			t.Errorf("the guest: %v", err)
		}
	})
	_, err := Host(ctx, 2, quicGame(), meet)
	if read != 1 || !errors.Is(err, context.Canceled) || !strings.HasSuffix(err.Error(), "; "+want) {
		t.Errorf("it is told %d times; the end is %v", read, err)
	}
	group.Wait()
}

func TestQUICHostAndJoinGiveUp(t *testing.T) {
	defer goleak.VerifyNone(t)
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	game, meet := quicGame(), MeetConfig{Node: quicConfig(1)}
	for name, call := range map[string]func() (*Match[ledger, uint32], error){
		"host": func() (*Match[ledger, uint32], error) { return Host(ctx, 2, game, meet) },
		"join": func() (*Match[ledger, uint32], error) { return Join(ctx, "127.0.0.1:9", game, meet) },
	} {
		m, err := call()
		if m != nil || !errors.Is(err, context.DeadlineExceeded) || strings.Contains(err.Error(), "context") || len(err.Error()) < 20 {
			t.Errorf("%s: %v", name, err)
		}
	}
}
