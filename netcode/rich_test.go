//go:build !race || soak

package netcode

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"
	"unsafe"

	"github.com/visavis-netcode/visavis/netcode/internal/memlink"
	"github.com/visavis-netcode/visavis/rollback"
)

// bytesOf is a big input's memory.
func bytesOf[I any](v *I) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(v)), unsafe.Sizeof(*v))
}

// richGame feeds every byte of its inputs to the ledger.
func richGame[I any]() Config[ledger, I] {
	return Config[ledger, I]{
		Game: "rich", MaxSeats: rollback.MaxSeats, Start: func(Setup) ledger { return ledger{} },
		Step: func(w *ledger, in rollback.Inputs[I]) {
			w.Frame++
			for seat, v := range in.All() {
				for _, b := range bytesOf(&v) {
					w.Sum[seat] = w.Sum[seat]*31 + uint64(b)
				}
			}
		},
	}
}

// rich is a match whose players have big inputs.
type rich[I any] struct {
	t       *testing.T
	network *MemoryNetwork
	lobbies []*Lobby[ledger, I]
	every   int32 // frames for which an input is held
	inputs  []I
}

// newRich starts a match between machines with so many seats each.
func newRich[I any](t *testing.T, c Conditions, every int32, seats ...int) *rich[I] {
	t.Helper()
	m := &rich[I]{t: t, network: NewMemoryNetwork(7), every: every, inputs: make([]I, rollback.MaxSeats)}
	m.network.SetConditions(c)
	for i, n := range seats {
		node := m.network.NewNode(fmt.Sprint("P", i))
		l, err := OpenLobby(node, richGame[I](), LobbyConfig{LocalSeats: n})
		if i > 0 {
			l, err = JoinLobby(node, richGame[I](), m.lobbies[0].node.Addr().String(), LobbyConfig{LocalSeats: n, Ready: true})
		}
		if err != nil {
			t.Fatal(err)
		}
		m.lobbies = append(m.lobbies, l)
		for range 120 {
			m.tick()
		}
	}
	if err := m.lobbies[0].Start(1, 0); err != nil {
		t.Fatal(err)
	}
	for range 300 {
		m.tick()
	}
	return m
}

// advance lets time pass: the network's or, without one in memory, the bubble's.
func (m *rich[I]) advance(d time.Duration) {
	if m.network != nil {
		m.network.Advance(d)
		return
	}
	time.Sleep(d)
}

func (m *rich[I]) tick() {
	for i, l := range m.lobbies {
		m.advance(testTick / time.Duration(len(m.lobbies)))
		match := l.Match()
		if match == nil {
			l.Poll()
			continue
		}
		seats := match.LocalSeats()
		frame := int32(match.session.Current()) / m.every
		for k := range seats {
			r := rand.New(rand.NewPCG(uint64(i*16+k), uint64(frame)))
			for j, b := 0, bytesOf(&m.inputs[k]); j < len(b); j++ {
				b[j] = byte(r.Uint32())
			}
		}
		match.Tick(m.inputs[:len(seats)]...)
	}
}

// fps plays some seconds and returns the fewest frames a second that a machine
// stepped, and the most datagrams a tick that one sent another.
func (m *rich[I]) fps(seconds int) (least, datagrams float64) {
	m.t.Helper()
	frames, sent := make([]rollback.Frame, len(m.lobbies)), make([]uint64, len(m.lobbies))
	for i, l := range m.lobbies {
		frames[i], sent[i] = l.Match().session.Current(), l.node.Traffic().PacketsSent
	}
	for range 60 * seconds {
		m.tick()
	}
	least = 1000
	for i, l := range m.lobbies {
		least = min(least, float64(l.Match().session.Current()-frames[i])/float64(seconds))
		datagrams = max(datagrams, float64(l.node.Traffic().PacketsSent-sent[i])/float64(60*seconds*(len(m.lobbies)-1)))
		for _, q := range l.Match().AppendPeers(nil) {
			if q.Malformed > 0 {
				m.t.Errorf("%d malformed datagrams", q.Malformed)
			}
		}
	}
	m.level()
	return least, datagrams
}

// level demands that the first two machines' worlds are equal.
func (m *rich[I]) level() {
	m.t.Helper()
	a, b := m.lobbies[0].Match().session, m.lobbies[1].Match().session
	for range 60 {
		f := min(a.Confirmed(), a.Current(), b.Confirmed(), b.Current())
		one, ok := a.ChecksumAt(f)
		two, both := b.ChecksumAt(f)
		if ok && both {
			if one != two {
				m.t.Errorf("frame %d: %+v and %+v", f, one, two)
			}
			return
		}
		m.tick()
	}
	m.t.Error("no frame is final on both")
}

// smooth demands full speed with at most two datagrams a tick.
func (m *rich[I]) smooth() {
	m.t.Helper()
	if fps, datagrams := m.fps(12); fps < 59.5 || datagrams > 2.02 { // and a message a second
		m.t.Errorf("%d bytes, %d machines: %.1f frames a second, %.2f datagrams a tick", unsafe.Sizeof(m.inputs[0]), len(m.lobbies), fps, datagrams)
	}
}

// TestRichInputsPlayAtFullRate: whatever inputs a lobby takes, and however they
// change, a match runs at its rate where single packets are lost.
func TestRichInputsPlayAtFullRate(t *testing.T) {
	far := Conditions{DelayMs: 100, JitterMs: 5, LossPercent: 1}
	newRich[[64]byte](t, far, 1, 1, 8).smooth()
	newRich[[64]byte](t, Conditions{DelayMs: 35, JitterMs: 5, LossPercent: 2}, 1, 8, 1).smooth()
	newRich[[33]byte](t, far, 3, 2, 9).smooth()
	newRich[[64]byte](t, Conditions{DelayMs: 60, JitterMs: 25, LossPercent: 1}, 1, 4, 5).smooth() // they overtake each other
	if testing.Short() {
		return
	}
	newRich[[33]byte](t, far, 1, 4, 4, 4, 4).smooth()
	newRich[[64]byte](t, Conditions{DelayMs: 50, JitterMs: 5, LossPercent: 1}, 2, 8, 8).smooth()
	newRich[[1]byte](t, Conditions{DelayMs: 100, JitterMs: 10, LossPercent: 10}, 1, 15, 1).smooth()
	newRich[[1]byte](t, Conditions{DelayMs: 100, JitterMs: 10, LossPercent: 10}, 1, 1, 15).smooth()
	newRich[[33]byte](t, Conditions{DelayMs: 100, JitterMs: 5, LossPercent: 20}, 1, 1, 2).smooth()
}

// TestRichInputsThroughHoles: runs of packets are lost, in one direction or both,
// more than any repetition covers; the match goes on, and is level again soon.
func TestRichInputsThroughHoles(t *testing.T) {
	for _, both := range []bool{false, true} {
		m := newRich[[64]byte](t, Conditions{DelayMs: 50, JitterMs: 5}, 1, 8, 2)
		before := m.lobbies[0].Match().AppendPeers(nil)[0].Resent
		for range 10 {
			now := m.network.network.Now()
			m.network.network.Path(0, 1).Blackout(now, now+70*time.Millisecond)
			if both {
				m.network.network.Path(1, 0).Blackout(now, now+70*time.Millisecond)
			}
			for range 60 {
				m.tick()
			}
		}
		fps, _ := m.fps(4)
		st, q := m.lobbies[1].Match().Stats(), m.lobbies[0].Match().AppendPeers(nil)[0]
		if fps < 59.5 || st.LongestFreeze > 400*time.Millisecond || q.Resent <= before || q.UnackedFrames > 10 {
			t.Errorf("both %v: %.1f frames a second, frozen for %v, %+v", both, fps, st.LongestFreeze, q)
		}
	}
}

// TestLossesThatNothingCovers: one packet in four is lost, towards one side only.
// It is slow then, and the figures say so.
func TestLossesThatNothingCovers(t *testing.T) {
	m := newRich[[64]byte](t, Conditions{DelayMs: 100}, 1, 8, 1)
	m.network.network.Path(0, 1).SetConditions(memlink.Conditions{Delay: 100 * time.Millisecond, LossPer10k: 4000})
	fps, datagrams := m.fps(20)
	q := m.lobbies[0].Match().AppendPeers(nil)[0]
	if fps < 30 || datagrams > 2.05 || q.Resent < 600 {
		t.Errorf("%.1f frames a second, %.2f datagrams a tick, %+v", fps, datagrams, q)
	}
}

// TestTooRichInputsAreRefused: on both sides, and by the host whatever a guest says.
func TestTooRichInputsAreRefused(t *testing.T) {
	network := NewMemoryNetwork(1)
	node := network.NewNode("host")
	for seats, want := range map[int]string{16: "16 players on one machine with 33 bytes of input each are 528 bytes a frame; at most 512 can be sent, which is 15 players", 15: ""} {
		_, joining := JoinLobby(network.NewNode("guest"), richGame[[33]byte](), "10.0.0.1:1", LobbyConfig{LocalSeats: seats})
		lobby, opening := OpenLobby(node, richGame[[33]byte](), LobbyConfig{LocalSeats: seats})
		for _, err := range []error{joining, opening} {
			if (err == nil) != (want == "") || err != nil && err.Error() != "netcode: LobbyConfig.LocalSeats is too many: "+want {
				t.Errorf("%d seats: %v", seats, err)
			}
		}
		if lobby != nil {
			lobby.Leave()
		}
	}
}
