package pathfinder

import (
	"net"
	"net/netip"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/visavis-netcode/visavis/nat/natsim"
)

// tapped is a socket at whose wire somebody listens.
type tapped struct {
	*natsim.Conn
	mu   sync.Mutex
	sent []taken
}

type taken struct {
	to netip.AddrPort
	b  []byte
}

func (c *tapped) note(b []byte, to netip.AddrPort) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.sent = append(c.sent, taken{to, slices.Clone(b)})
}

func (c *tapped) WriteTo(b []byte, to net.Addr) (int, error) {
	c.note(b, to.(*net.UDPAddr).AddrPort())
	return c.Conn.WriteTo(b, to)
}

func (c *tapped) WriteTTL(b []byte, to netip.AddrPort, ttl int) (int, error) {
	c.note(b, to)
	return c.Conn.WriteTTL(b, to, ttl)
}

// TestReplaysAcrossLobbies: somebody has heard every packet of a lobby and a match of
// two players. When they play again, having met by another code, he sends all of it
// again: to each of them what was meant for him, from his own address and as if it
// came from the other's; and to the server what was meant for that. Nobody sends him
// anything, and the match goes on as if he were not there.
func TestReplaysAcrossLobbies(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newHomes(t, 1, [2]string{"none", "none"})
		var taps [2]*tapped
		for i, home := range m.homes {
			taps[i] = &tapped{Conn: listenAt(t, home)}
			m.settle(i, taps[i])
		}
		end := m.meet()
		flow(t, m.streams, 300)
		end()
		time.Sleep(3 * time.Second)
		var heard [2][]taken
		for i, tap := range taps {
			tap.mu.Lock()
			heard[i] = slices.Clone(tap.sent)
			tap.mu.Unlock()
		}
		if len(heard[0]) < 300 || len(heard[1]) < 300 {
			t.Fatalf("%d and %d packets were heard", len(heard[0]), len(heard[1]))
		}

		m.meet()
		m.direct("the second match's path")
		flow(t, m.streams, 60)
		for _, s := range m.streams {
			s.anew()
		}
		real := [2]netip.AddrPort{m.players[0].real(m.conns[0]), m.players[1].real(m.conns[1])}
		var his *natsim.Socket
		var answers sync.Map // by who sends him something
		m.sim.Do(func() {
			his = m.sim.PublicHost().Listen(6666)
			his.OnPacket = func(from netip.AddrPort, b []byte) { answers.Store(from, b[0]) }
		})
		for k := range max(len(heard[0]), len(heard[1])) {
			m.sim.Do(func() {
				for i, list := range heard {
					if k >= len(list) {
						continue
					}
					from := netip.AddrPortFrom(m.homes[i].Hosts[0].Addr(), 7777)
					his.Forge(from, list[k].to, list[k].b)
					his.Send(list[k].to, 0, list[k].b)
				}
			})
			time.Sleep(10 * time.Millisecond)
			if now := [2]netip.AddrPort{m.players[0].real(m.conns[0]), m.players[1].real(m.conns[1])}; now != real {
				t.Fatalf("packet %d: they send to %v, before to %v", k, now, real)
			}
		}
		flow(t, m.streams, 60)
		for i, s := range m.streams {
			if gap := s.gap(); gap > 100*time.Millisecond {
				t.Errorf("way %d was silent for %v", i, gap)
			}
		}
		answers.Range(func(from, first any) bool {
			if at := from.(netip.AddrPort); at == real[0] || at == real[1] {
				t.Errorf("%v has sent him something that begins with %#x", at, first)
			}
			return true
		})
	})
}
