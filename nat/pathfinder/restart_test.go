package pathfinder

import (
	"context"
	"crypto/rand"
	"net"
	"sync"
	"testing"
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
