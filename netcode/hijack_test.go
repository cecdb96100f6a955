//go:build !race || soak

package netcode

import (
	"math/rand/v2"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/visavis-netcode/visavis/nat/natsim"
	"github.com/visavis-netcode/visavis/nat/pathconn"
	"github.com/visavis-netcode/visavis/nat/pathfinder"
	"github.com/visavis-netcode/visavis/netcode/internal/link"
	"github.com/visavis-netcode/visavis/netcode/internal/wire"
)

// hijacker wants what others send each other to come to him, or the end of their
// match. He sees all that is sent, sends as from any address, and plays everybody
// towards everybody else by each secret that his part in the lobby has shown him.
type hijacker struct {
	t       *testing.T
	sim     *natsim.Sim
	random  *rand.Rand // of his goroutine
	players []known
	masks   []*mask
	closing sync.WaitGroup

	// Of the simulation: used within it, or in Sim.Do.
	socket    *natsim.Socket
	between   map[[2]netip.AddrPort]*natsim.Socket
	seen      []sighting // of late; a random one makes room
	forgets   *rand.Rand // picks which
	overtakes bool       // what a player sends comes from him as well, and earlier
	flowing   sync.Map   // connection ids that packets between players go to

	sent, stolen atomic.Int64 // packets of his; of connections between players that came to his masks
}

// known is what he knows of a player.
type known struct {
	key   link.Key
	addr  netip.AddrPort
	offer []byte
}

// mask is him as one player, from a socket of his own, by one secret.
type mask struct {
	as       known
	secret   []byte
	finder   *pathfinder.Finder
	paths    *pathconn.Conn
	towards  []known
	attempts []*pathfinder.Attempt
	believed []bool // there was a path to each
}

// sighting is a packet that one player has sent another.
type sighting struct {
	from, to netip.AddrPort
	b        []byte
}

func newHijacker(t *testing.T, sim *natsim.Sim, players []known, secrets [][]byte, overtakes bool) *hijacker {
	h := &hijacker{
		t: t, sim: sim, random: rand.New(rand.NewPCG(1, 2)), players: players,
		between: map[[2]netip.AddrPort]*natsim.Socket{}, forgets: rand.New(rand.NewPCG(3, 4)), overtakes: overtakes,
	}
	var his *natsim.Host
	sim.Do(func() {
		his = sim.PublicHost()
		h.socket = his.Listen(0)
		for _, as := range players {
			for _, to := range players {
				if as.key != to.key {
					h.stand(his.Listen(0), as.addr, to.addr)
				}
			}
		}
		sim.Internet.OnSend = h.see
	})
	for _, as := range players {
		for _, secret := range secrets {
			h.masks = append(h.masks, h.wear(his, as, secret))
		}
	}
	return h
}

// stand puts a socket of his between two players: what it gets of the second goes on
// to the first by the one that is there for the other direction, unless it is QUIC's.
func (h *hijacker) stand(s *natsim.Socket, as, to netip.AddrPort) {
	h.between[[2]netip.AddrPort{as, to}] = s
	s.OnPacket = func(from netip.AddrPort, b []byte) {
		if from == to && !ofQUIC(b) {
			h.sent.Add(1)
			h.between[[2]netip.AddrPort{to, as}].Send(as, 0, b)
		}
	}
}

// ofQUIC reports whether a packet is QUIC's, or two of it in one.
func ofQUIC(b []byte) bool { return len(b) > 0 && (b[0]&0xc0 != 0 || b[0] == 0x24 || b[0] == 0x26) }

// connectionID is the first bytes of the one that a packet of a connection that is
// made goes to (RFC 9000 section 17.3.1): enough to know it again.
func connectionID(b []byte) (id [4]byte, short bool) {
	if len(b) < 21 || b[0]&0xc0 != 0x40 {
		return id, false
	}
	return [4]byte(b[1:]), true
}

// wear makes a mask.
func (h *hijacker) wear(his *natsim.Host, as known, secret []byte) *mask {
	conn, err := his.ListenPacket(0)
	if err != nil {
		h.t.Fatal(err)
	}
	m := &mask{as: as, secret: secret, paths: pathconn.Over(conn)}
	m.finder = pathfinder.New(pathfinder.Config{Paths: m.paths, Key: as.key, NoBirthday: true})
	for _, to := range h.players {
		if to.key != as.key {
			m.towards = append(m.towards, to)
		}
	}
	m.attempts, m.believed = make([]*pathfinder.Attempt, len(m.towards)), make([]bool, len(m.towards))
	h.closing.Go(func() {
		var b [2048]byte
		for {
			n, _, err := m.paths.ReadFrom(b[:])
			if err != nil {
				return
			}
			if id, short := connectionID(b[:n]); short {
				if _, is := h.flowing.Load(id); is {
					h.stolen.Add(1)
				}
			}
		}
	})
	return m
}

func (h *hijacker) close() {
	for _, m := range h.masks {
		m.finder.Close()
		m.paths.Close()
	}
	h.closing.Wait()
}

// see looks at a packet that somebody sends.
func (h *hijacker) see(from, to netip.AddrPort, b []byte) {
	s := h.between[[2]netip.AddrPort{from, to}]
	if s == nil {
		return
	}
	if id, short := connectionID(b); short {
		h.flowing.Store(id, true)
	}
	what := sighting{from, to, append([]byte(nil), b...)}
	if len(h.seen) < 300 {
		h.seen = append(h.seen, what)
	} else {
		h.seen[h.forgets.IntN(len(h.seen))] = what
	}
	if h.overtakes {
		h.sent.Add(1)
		s.Send(to, 0, b)
	}
}

// step is what he does in a tick.
func (h *hijacker) step() {
	for _, m := range h.masks {
		for i, to := range m.towards {
			h.search(m, i)
			h.pretend(m, to)
		}
	}
}

// search looks for a way to a player, again and again.
func (h *hijacker) search(m *mask, i int) {
	a := m.attempts[i]
	if a != nil && a.Err() != nil {
		a.Close()
		a = nil
	}
	if a == nil {
		var err error
		if a, err = m.finder.Connect(m.towards[i].offer, m.secret, false); err != nil {
			h.t.Fatal(err)
		}
		m.attempts[i] = a
	}
	if virtual, ok := a.Virtual(); ok {
		m.believed[i] = true
		h.sent.Add(1)
		m.paths.WriteTo(h.junk(), net.UDPAddrFromAddrPort(virtual))
	}
}

// pretend sends what looks like QUIC or upkeep, from his address and as from that of
// whom he plays, and plays again what he has seen.
func (h *hijacker) pretend(m *mask, to known) {
	h.sim.Do(func() {
		what := sighting{to: to.addr, b: h.junk()}
		if len(h.seen) > 0 && h.random.IntN(2) == 0 {
			what = h.seen[h.random.IntN(len(h.seen))]
		}
		h.sent.Add(1)
		if h.random.IntN(2) == 0 {
			h.socket.Send(what.to, 0, what.b)
		} else {
			h.socket.Forge(m.as.addr, what.to, what.b)
		}
	})
}

func (h *hijacker) junk() []byte {
	b := make([]byte, 21+h.random.IntN(1200))
	for i := range b {
		b[i] = byte(h.random.Uint32())
	}
	b[0] = []byte{0x40, 0x40, 0xc0, 0x22, 0x24, 0x26}[h.random.IntN(6)]
	return b
}

// TestHijack: somebody who was in the lobby, is in the match or knows the code turns
// on the others, with all that he can see and forge. What they send does not come to
// him, nobody's match ends, and hardly a tick stalls.
func TestHijack(t *testing.T) {
	const most = 5 // stalled ticks
	for _, tt := range []struct {
		name      string
		code      bool // they have met by a code, otherwise by an address
		member    bool // he stays
		overtakes bool
	}{
		{name: "a member", member: true},
		{name: "a former member"},
		{name: "a member who knows the code", code: true, member: true},
		{name: "a former member who knows the code", code: true},
		{name: "a former member who is nearer than they", code: true, overtakes: true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				v := &village{t: t, sim: natsim.New(1)}
				config := NodeConfig{}
				if tt.code {
					config.Rendezvous = meetingPlace(t, v.sim)
					v.config.Code = true
				}
				v.sim.Start()
				defer v.sim.Stop()
				defer v.close()
				for range 3 {
					v.enter(v.move("none", config))
				}
				mallory := v.enter(v.move("none", config))
				v.gather(10)
				h := newHijacker(t, v.sim, v.known(3), secretsOf(mallory), tt.overtakes)
				defer h.close()
				if !tt.member {
					mallory.Leave()
					v.lobbies = v.lobbies[:3]
					v.during = h.step
					v.enter(v.move("none", config)) // while he is at it
					v.gather(20)
				}
				if err := v.lobbies[0].Start(1, 480); err != nil {
					t.Fatal(err)
				}
				v.until(2, func() bool { return false })
				v.during = h.step
				if tt.member {
					mallory.node.finder.SetMapped(v.nodes[1].Addr()) // and says that he is where Ana is
				}
				before := make([]uint64, len(v.lobbies))
				for i, l := range v.lobbies {
					before[i] = l.Match().Stats().Stalls
				}
				v.playOn()
				for i, l := range v.lobbies {
					if stalls := l.Match().Stats().Stalls - before[i]; stalls > most {
						t.Errorf("%s stalled for %d ticks", l.node.name, stalls)
					}
				}
				h.tell()
			})
		})
	}
}

// tell says how far he has come.
func (h *hijacker) tell() {
	believed := 0
	for _, m := range h.masks {
		for _, yes := range m.believed {
			if yes {
				believed++
			}
		}
	}
	h.t.Logf("%d packets of his, %d of %d checks answered, %d packets of others' connections came to him",
		h.sent.Load(), believed, len(h.masks)*(len(h.players)-1), h.stolen.Load())
	if h.stolen.Load() > 0 {
		h.t.Error("that is too much")
	}
}

// known is what all know of the first n players.
func (v *village) known(n int) (list []known) {
	for _, node := range v.nodes[:n] {
		list = append(list, known{node.endpoint.Key(), node.Addr(), node.offer()})
	}
	return list
}

// secretsOf is all that a member has been told, and what stands for no secret.
func secretsOf(l *Lobby[ledger, uint32]) [][]byte {
	secrets := [][]byte{make([]byte, 16)}
	for _, m := range l.members {
		if m != nil && m.Secret != [16]byte{} {
			secrets = append(secrets, append([]byte(nil), m.Secret[:]...))
		}
	}
	if check, ok := l.vouchers.check(wire.CredentialCode); ok {
		secrets = append(secrets, check[:])
	}
	return secrets
}
