package pathfinder

import (
	"context"
	"crypto/rand"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/quic-go/quic-go"

	"github.com/visavis-netcode/visavis/nat/natsim"
	"github.com/visavis-netcode/visavis/nat/pathconn"
	"github.com/visavis-netcode/visavis/nat/rendezvous"
)

// match is two players in a simulated internet who have met by a code and play over
// QUIC. It lives in a bubble of synctest.
type match struct {
	t       *testing.T
	sim     *natsim.Sim
	homes   [2]*natsim.Home // the host's and the guest's
	players [2]*player
	conns   [2]*quic.Conn
	streams [2]*stream // to the host's, then to the guest's
	config  Config     // of both
}

// simulatedServer is a rendezvous server on a host of its own.
func simulatedServer(t *testing.T, sim *natsim.Sim, config rendezvous.ServerConfig) string {
	t.Helper()
	return serverAfar(t, sim, 0, config)
}

// serverAfar is one that a packet takes so long to.
func serverAfar(t *testing.T, sim *natsim.Sim, delay time.Duration, config rendezvous.ServerConfig) string {
	t.Helper()
	var host *natsim.Host
	sim.Do(func() { host = sim.Internet.Host(sim.PublicAddr(), natsim.Wire{Delay: delay}) })
	conn, err := host.ListenPacket(3478)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	config.Rand = rand.Reader
	var serving sync.WaitGroup
	serving.Go(func() { _ = rendezvous.Serve(ctx, rendezvous.ServeConfig{Server: config}, conn, nil) })
	t.Cleanup(func() { cancel(); serving.Wait() })
	return conn.LocalAddr().String()
}

// newMatch begins one, by a direct path if that is what the homes allow.
func newMatch(t *testing.T, seed uint64, kinds [2]string) *match {
	t.Helper()
	m := newHomes(t, seed, kinds)
	for i, home := range m.homes {
		m.settle(i, listenAt(t, home))
	}
	m.meet()
	return m
}

// newHomes are the homes of two who have not met.
func newHomes(t *testing.T, seed uint64, kinds [2]string) *match {
	t.Helper()
	m := &match{t: t, sim: natsim.New(seed)}
	m.config = Config{STUN: []string{m.sim.STUNServer().String(), m.sim.STUNServer().String()}}
	m.config.Rendezvous = simulatedServer(t, m.sim, rendezvous.ServerConfig{})
	for i, kind := range kinds {
		m.homes[i] = m.sim.Home(kind, natsim.Options{Delay: 15 * time.Millisecond})
	}
	m.sim.Start()
	t.Cleanup(m.sim.Stop)
	return m
}

func listenAt(t *testing.T, home *natsim.Home) *natsim.Conn {
	t.Helper()
	conn, err := home.Hosts[0].ListenPacket(7777)
	if err != nil {
		t.Fatal(err)
	}
	return conn
}

// settle puts one of the two behind a socket.
func (m *match) settle(i int, socket net.PacketConn) {
	m.players[i] = playerOn(m.t, pathconn.Over(socket), byte(1+i), m.config)
}

// meet lets them meet by a code and play until end.
func (m *match) meet() (end func()) {
	m.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	var tasks sync.WaitGroup
	over := sync.OnceFunc(func() { cancel(); tasks.Wait() })
	m.t.Cleanup(over)
	host, guest := m.players[0], m.players[1]
	code := newCode(m.t)
	hosting := host.finder.Host(code, 1)
	await(m.t, "the code to work", hosting.Ready)
	a := guest.finder.Join(code)
	d, l := connect(m.t, guest, host, a)
	m.conns = [2]*quic.Conn{l, d}
	m.streams = play(ctx, &tasks, d, l)
	return func() {
		over()
		d.CloseWithError(0, "")
		for i, p := range m.players {
			p.finder.Release(secretOf(m.t, m.conns[i]))
		}
		a.Close()
		hosting.Close()
	}
}

// kinds are what the packets of the two take now.
func (m *match) kinds() (kinds [2]Kind) {
	for i, p := range m.players {
		kinds[i] = p.finder.KindOf(virtualOf(m.conns[i]))
	}
	return kinds
}

// direct waits until both sides send directly.
func (m *match) direct(what string) {
	m.t.Helper()
	await(m.t, what, m.isDirect)
}

func (m *match) isDirect() bool {
	kinds := m.kinds()
	return rankOf(kinds[0]) == rankDirect && rankOf(kinds[1]) == rankDirect
}

// TestRouterRestarts: in the middle of a match one side's router forgets all it knows,
// or gets another address, or both do: the match goes on within 1.5 seconds, by the
// relay perhaps, and both sides send directly again soon, not only the one for which
// there is a new address.
func TestRouterRestarts(t *testing.T) {
	t.Parallel()
	for _, kinds := range [][2]string{{"portrestricted", "portrestricted"}, {"cgnat", "portrestricted"}, {"restricted", "symmetric"}} {
		for _, who := range []string{"host", "guest", "both"} {
			for _, moves := range []bool{false, true} {
				for seed := range uint64(2) {
					t.Run(fmt.Sprintf("%s x %s, %s, moves %v, %d", kinds[0], kinds[1], who, moves, seed), func(t *testing.T) {
						synctest.Test(t, func(t *testing.T) {
							m := newMatch(t, seed, kinds)
							m.restart(who, moves, seed)
						})
					})
				}
			}
		}
	}
}

// TestRouterRestartsUnrelayed: the same where no relay takes over, because one of them
// or both want none: the search begins as early as the relay is asked for.
func TestRouterRestartsUnrelayed(t *testing.T) {
	t.Parallel()
	for _, who := range []string{"host", "guest", "both"} {
		for seed := range uint64(6) {
			t.Run(fmt.Sprintf("%s, %d", who, seed), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					m := newHomes(t, seed, [2]string{"portrestricted", "portrestricted"})
					for i, home := range m.homes {
						if m.config.Relay = Never; int(seed)%3 == 1+i {
							m.config.Relay = Auto
						}
						m.settle(i, listenAt(t, home))
					}
					m.meet()
					m.restart(who, false, seed)
				})
			})
		}
	}
}

func (m *match) restart(who string, moves bool, seed uint64) {
	const (
		silence = 1500 * time.Millisecond
		again   = 2500 * time.Millisecond
	)
	t := m.t
	m.direct("a direct path")
	flow(t, m.streams, 60+20*int64(seed)) // questions go once a second
	for _, s := range m.streams {
		s.anew()
	}
	cut := time.Now()
	m.sim.Do(func() {
		for i, home := range m.homes {
			switch {
			case who == "host" && i == 1 || who == "guest" && i == 0:
			case moves && home.Name != "cgnat": // where the carrier draws the address
				home.Router.NewAddr(netip.AddrFrom4([4]byte{203, 0, 113, byte(1 + i)}))
			default:
				home.Router.Flush()
			}
		}
	})
	flow(t, m.streams, 60) // by what there is then
	m.direct("both to send directly again")
	if took := time.Since(cut); took > again {
		t.Errorf("direct again after %v", took)
	}
	flow(t, m.streams, 300)
	for i, s := range m.streams {
		if gap := s.gap(); gap > silence || gap < 100*time.Millisecond && m.homes[0].Name != "restricted" { // that one lets the new port in at once
			t.Errorf("way %d was silent for %v", i, gap)
		}
	}
	if !m.isDirect() {
		t.Errorf("in the end they send by %v", m.kinds())
	}
}
