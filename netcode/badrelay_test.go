package netcode

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	mathrand "math/rand/v2"
	"net"
	"net/netip"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/visavis-netcode/visavis/nat/rendezvous"
)

// meddler is a rendezvous server's socket that does something to what it relays.
type meddler struct {
	rendezvous.UDP
	mu     sync.Mutex
	random *mathrand.Rand
	old    [][]byte // relayed packets, of which some come again
	change func(m *meddler, b []byte) [][]byte
	relays int
}

func (m *meddler) WriteToUDPAddrPort(b []byte, to netip.AddrPort) (int, error) {
	m.mu.Lock()
	packets := [][]byte{b}
	if _, _, relayed := rendezvous.Relayed(b); relayed {
		if m.relays++; m.change != nil {
			packets = m.change(m, b)
		}
	}
	m.mu.Unlock()
	for _, p := range packets {
		m.UDP.WriteToUDPAddrPort(p, to)
	}
	return len(b), nil
}

func (m *meddler) meddle(change func(m *meddler, b []byte) [][]byte) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.change = change
}

// What a relay may do. Its own header is left as it is, or nothing would arrive.
const relayHeader = 8

func alter(m *meddler, b []byte) [][]byte {
	b = bytes.Clone(b)
	if len(b) > relayHeader {
		b[relayHeader+m.random.IntN(len(b)-relayHeader)] ^= 1 << m.random.IntN(8)
	}
	return [][]byte{b}
}

func sometimes(change func(m *meddler, b []byte) [][]byte) func(m *meddler, b []byte) [][]byte {
	return func(m *meddler, b []byte) [][]byte {
		if m.random.IntN(10) == 0 {
			return change(m, b)
		}
		return [][]byte{b}
	}
}

func cut(m *meddler, b []byte) [][]byte {
	return [][]byte{b[:relayHeader+m.random.IntN(len(b)-relayHeader)]}
}

func again(m *meddler, b []byte) [][]byte {
	if len(m.old) < 1000 {
		m.old = append(m.old, bytes.Clone(b))
	}
	// Of one channel: what is another player's is found out by the channel.
	again := m.old[m.random.IntN(len(m.old))]
	if !bytes.Equal(again[:relayHeader], b[:relayHeader]) {
		again = b
	}
	return [][]byte{b, again, again, b}
}

func invent(m *meddler, b []byte) [][]byte {
	out := [][]byte{b}
	for range 3 {
		junk := make([]byte, relayHeader+1+m.random.IntN(1200))
		copy(junk, b[:relayHeader])
		for i := relayHeader; i < len(junk); i++ {
			junk[i] = byte(m.random.Uint32())
		}
		out = append(out, junk)
	}
	return out
}

func nothing(*meddler, []byte) [][]byte { return nil }

// meddledMatch has two players meet by code and play through a relay only.
func meddledMatch(t *testing.T, frames int32, change func(m *meddler, b []byte) [][]byte) (*meddler, [2]*Lobby[ledger, uint32]) {
	t.Helper()
	udp, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	relay := &meddler{UDP: udp, random: mathrand.New(mathrand.NewPCG(1, 2)), change: change}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() {
		done <- rendezvous.Serve(ctx, rendezvous.ServeConfig{Server: rendezvous.ServerConfig{Rand: rand.Reader}}, relay, nil)
	}()
	t.Cleanup(func() { stop(); <-done })
	server := udp.LocalAddr().String()
	var nodes [2]*Node
	for i := range nodes {
		config := quicConfig(byte(i + 1))
		config.Rendezvous, config.Relay = server, RelayOnly
		if nodes[i], err = Listen(config); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(nodes[i].Close)
	}
	game := quicGame()
	game.PeerTimeoutMs = 2000
	host, err := OpenLobby(nodes[0], game, LobbyConfig{Code: true})
	if err != nil {
		t.Fatal(err)
	}
	var code string
	pollUntil(t, nodes[0], func() bool {
		c, ready := host.Code()
		code = c
		return ready
	}, host.Room)
	guest, err := JoinLobby(nodes[1], game, code, LobbyConfig{})
	if err != nil {
		t.Fatal(err)
	}
	pollUntil(t, nodes[0], func() bool {
		guest.SetReady(guest.State() == Gathering)
		return guest.State() == Gathering && host.Blocker() == ""
	}, host.Room, guest.Room)
	if err := host.Start(1, frames); err != nil {
		t.Fatal(err)
	}
	pollUntil(t, nodes[0], func() bool { return guest.Match() != nil }, host.Room, guest.Room)
	return relay, [2]*Lobby[ledger, uint32]{host, guest}
}

// TestAlteringRelay: a relay that alters, cuts, repeats and invents packets costs
// the match some of them and nothing else.
func TestAlteringRelay(t *testing.T) {
	for _, tt := range []struct {
		name   string
		change func(m *meddler, b []byte) [][]byte
	}{{"alters one in ten", sometimes(alter)}, {"cuts one in ten", sometimes(cut)}, {"says all again", again}, {"invents packets", invent}} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			relay, lobbies := meddledMatch(t, 480, tt.change)
			var results [2]Result
			var over [2]bool
			var group sync.WaitGroup
			for i, l := range lobbies {
				group.Go(func() { results[i], over[i] = playQUIC(l.Match(), nil) })
			}
			group.Wait()
			if !over[0] || !over[1] || results[0].Err != nil || results[1].Err != nil || !results[0].Agreed || results[0].Hash != results[1].Hash {
				t.Errorf("%v: %+v, %v: %+v", over[0], results[0], over[1], results[1])
			}
			if peers := lobbies[1].Match().AppendPeers(nil); peers[0].Path != "server-relay" {
				t.Errorf("the path is %q", peers[0].Path)
			}
			relay.mu.Lock()
			defer relay.mu.Unlock()
			t.Logf("%d packets were relayed", relay.relays)
		})
	}
}

// TestRelayThatTurnsBad in the middle of a match, which then ends with a sentence
// on both sides, and leaves nothing behind.
func TestRelayThatTurnsBad(t *testing.T) {
	for _, tt := range []struct {
		name   string
		change func(m *meddler, b []byte) [][]byte
	}{{"alters everything", alter}, {"stops", nothing}} {
		t.Run(tt.name, func(t *testing.T) {
			relay, lobbies := meddledMatch(t, 1_000_000, nil)
			before := runtime.NumGoroutine()
			var results [2]Result
			var over [2]bool
			var took [2]time.Duration
			var group sync.WaitGroup
			for i, l := range lobbies {
				group.Go(func() {
					m := l.Match()
					playQUIC(m, func(st Status) bool { return st.Frame >= 120 })
					relay.meddle(tt.change)
					start := time.Now()
					results[i], over[i] = playQUIC(m, nil)
					took[i] = time.Since(start)
				})
			}
			group.Wait()
			for i, r := range results {
				var lost *LostError
				if !over[i] || !errors.As(r.Err, &lost) || len(r.Err.Error()) < 20 || took[i] > 5*time.Second {
					t.Errorf("player %d: over %v after %v, %v", i, over[i], took[i], r.Err)
				}
				t.Logf("player %d: after %v: %v", i, took[i], r.Err)
			}
			if after := runtime.NumGoroutine(); after > before+8 {
				t.Errorf("%d goroutines, before it was %d", after, before)
			}
		})
	}
}
