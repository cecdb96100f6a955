package rendezvous

import (
	"bytes"
	"math/rand/v2"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/visavis-netcode/visavis/nat/invite"
	"github.com/visavis-netcode/visavis/nat/natsim"
)

// world is a server and its clients on a simulated internet with a virtual
// clock; everything in it depends on the seed.
type world struct {
	t      *testing.T
	sim    *natsim.Sim
	random *rand.ChaCha8
	config ServerConfig
	server *Server
	at     *natsim.Socket
	down   bool // the server's computer is off
	tick   time.Duration
	people []*person

	// meddle, if set, stands between the server and the wire: it returns what is
	// sent instead.
	meddle func(Send) []Send
	// upward sees everything that reaches the server.
	upward func(from netip.AddrPort, b []byte)
}

// person is a client with its socket and all its events.
type person struct {
	*Client
	w       *world
	socket  *natsim.Socket
	events  []Event
	relayed []string // packets that came by the relay
}

func newWorld(t *testing.T, seed uint64, config ServerConfig) *world {
	t.Helper()
	w := &world{t: t, sim: natsim.New(seed), random: rand.NewChaCha8([32]byte{byte(seed), byte(seed >> 8), 1}), config: config}
	w.at = w.sim.PublicHost().Listen(3478)
	w.at.OnPacket = func(from netip.AddrPort, b []byte) {
		if w.upward != nil {
			w.upward(from, b)
		}
		if w.down {
			return
		}
		w.server.Packet(w.sim.Now(), Source{Addr: from}, b)
		w.flush()
	}
	w.restart()
	return w
}

// restart gives the server the memory of a new one: none.
func (w *world) restart() {
	w.t.Helper()
	w.config.Rand = w.random
	server, err := NewServer(w.config)
	if err != nil {
		w.t.Fatal(err)
	}
	w.server = server
}

func (w *world) flush() {
	for _, s := range w.server.AppendSends(nil) {
		out := []Send{s}
		if w.meddle != nil {
			out = w.meddle(s)
		}
		for _, s := range out {
			w.at.Send(s.To.Addr, 0, s.Data)
		}
	}
}

// keysOf are keys as a code would give them, without the slow derivation.
func keysOf(code byte) invite.Keys {
	return invite.Keys{Lookup: [16]byte{code, 1}, Seal: [32]byte{code, 2}, Check: [32]byte{code, 3}}
}

func (w *world) config1(code byte, offer string) Config {
	return Config{Server: w.at.Addr(), Keys: keysOf(code), Offer: []byte(offer), Rand: w.random}
}

var dsl = natsim.Options{Delay: 20 * time.Millisecond, Jitter: 5 * time.Millisecond}

func (w *world) host(c Config, o natsim.Options) *person {
	w.t.Helper()
	client, err := NewHost(c, w.sim.Now())
	return w.join(client, err, o)
}

func (w *world) guest(c Config, o natsim.Options) *person {
	w.t.Helper()
	client, err := NewGuest(c, w.sim.Now())
	return w.join(client, err, o)
}

func (w *world) join(client *Client, err error, o natsim.Options) *person {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
	p := &person{Client: client, w: w, socket: w.sim.Home("portrestricted", o).Hosts[0].Listen(0)}
	p.listen()
	w.people = append(w.people, p)
	return p
}

func (p *person) listen() {
	p.socket.OnPacket = func(from netip.AddrPort, b []byte) {
		if !p.Packet(p.w.sim.Now(), from, b) {
			if _, packet, ok := Relayed(b); ok {
				p.relayed = append(p.relayed, string(packet))
			}
		}
		p.flush()
	}
}

func (p *person) flush() {
	for _, s := range p.AppendSends(nil) {
		p.socket.Send(s.To.Addr, 0, s.Data)
	}
	p.events = p.AppendEvents(p.events)
}

// run lets so much virtual time pass.
func (w *world) run(d time.Duration) {
	w.t.Helper()
	end := w.sim.Now() + d
	for now := w.sim.Now(); now <= end; {
		for _, p := range w.people {
			p.Advance(now)
			p.flush()
			if p.Next() <= now {
				w.t.Fatalf("Next is %v at %v, after Advance", p.Next(), now)
			}
		}
		if now >= w.tick {
			w.tick = now + time.Second
			w.server.Advance(now)
			w.flush()
		}
		next := min(w.sim.Next(), w.tick)
		for _, p := range w.people {
			next = min(next, p.Next())
		}
		if next > end {
			break
		}
		w.sim.Run(next)
		now = w.sim.Now()
	}
	w.sim.Run(end)
}

// until runs until done, at most so long, and says how long it took.
func (w *world) until(limit time.Duration, done func() bool) (time.Duration, bool) {
	w.t.Helper()
	start := w.sim.Now()
	for !done() {
		if w.sim.Now()-start >= limit {
			return limit, false
		}
		w.run(5 * time.Millisecond)
	}
	return w.sim.Now() - start, true
}

func (p *person) last(kind EventKind) (Event, bool) {
	for i := len(p.events) - 1; i >= 0; i-- {
		if p.events[i].Kind == kind {
			return p.events[i], true
		}
	}
	return Event{}, false
}

func (p *person) count(kind EventKind) (n int) {
	for _, e := range p.events {
		if e.Kind == kind {
			n++
		}
	}
	return n
}

func (p *person) met(offer string) bool {
	e, ok := p.last(Met)
	return ok && string(e.Offer) == offer
}

// reads checks that the player's last Problem or Refused contains a text.
func (p *person) reads(kind EventKind, text string) {
	p.w.t.Helper()
	e, ok := p.last(kind)
	if !ok || !strings.Contains(e.Text, text) {
		p.w.t.Errorf("the player reads %q, want something with %q; status %q", e.Text, text, p.Status())
	}
}

// known checks the events of a client for what must always be true: every offer
// is one that somebody with the code has sent.
func (w *world) known(offers ...string) {
	w.t.Helper()
	for _, p := range w.people {
		for _, e := range p.events {
			if e.Kind != Met {
				continue
			}
			ok := false
			for _, offer := range offers {
				ok = ok || bytes.Equal(e.Offer, []byte(offer))
			}
			if !ok {
				w.t.Errorf("somebody met %q, an offer that nobody made", e.Offer)
			}
		}
	}
}
