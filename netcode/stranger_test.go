package netcode

import (
	"crypto/sha256"
	"slices"
	"testing"
	"time"

	"github.com/visavis-netcode/visavis/netcode/internal/link"
	"github.com/visavis-netcode/visavis/netcode/internal/membership"
	"github.com/visavis-netcode/visavis/netcode/internal/memlink"
	"github.com/visavis-netcode/visavis/netcode/internal/wire"
)

// stranger is a machine that speaks the protocol by hand, as a hostile peer
// would: it keeps no rule that its test does not keep for it.
type stranger struct {
	t        testing.TB
	endpoint *memlink.Endpoint
	links    []*strangerLink
	reads    bool
	during   func() // what else it does in each turn
}

// strangerLink is a link of a stranger and what came over it.
type strangerLink struct {
	link.Link
	endpoint  *memlink.Endpoint
	messages  []wire.Message
	datagrams [][]byte
	match     func() *Match[ledger, uint32] // of the host
	beat      uint32                        // of its seals
}

// newStranger adds a hostile machine to a table. It is polled with the others.
func (tb *table) newStranger(name string) *stranger {
	s := &stranger{t: tb.t, endpoint: tb.network.network.NewEndpoint(link.Key(sha256.Sum256([]byte(name)))), reads: true}
	tb.strangers = append(tb.strangers, s)
	return s
}

// dial opens a link to a node, and returns it at once.
func (s *stranger) dial(to *Node) *strangerLink {
	l := &strangerLink{Link: s.endpoint.Dial(to.Addr(), nil), endpoint: s.endpoint}
	s.links = append(s.links, l)
	return l
}

func (s *stranger) poll() {
	if s.during != nil {
		s.during()
	}
	for l := s.endpoint.Accept(); l != nil; l = s.endpoint.Accept() {
		s.links = append(s.links, &strangerLink{Link: l, endpoint: s.endpoint})
	}
	if !s.reads {
		return
	}
	for _, l := range s.links {
		l.Receive(func(kind link.Kind, _ time.Duration, b []byte) {
			if kind == link.Datagram {
				l.datagrams = append(l.datagrams, append([]byte(nil), b...))
				return
			}
			m, err := wire.ParseMessage(b)
			if err != nil {
				s.t.Errorf("an honest peer sent % x: %v", b, err)
				return
			}
			l.messages = append(l.messages, m)
		})
	}
}

// say sends messages as they are.
func (l *strangerLink) say(messages ...wire.Message) {
	for _, m := range messages {
		l.Send(wire.MarshalMessage(m))
	}
}

// last returns the newest message of a kind that came, nil if none did.
func last[M wire.Message](l *strangerLink) (m M) {
	for _, got := range l.messages {
		if of, ok := got.(M); ok {
			m = of
		}
	}
	return m
}

// hello is an honest greeting of a copy of the game.
func hello(game Config[ledger, uint32], purpose wire.Purpose, name string, seats int) *wire.Hello {
	t, err := game.terms()
	if err != nil {
		panic(err)
	}
	h := t.hello()
	h.Purpose, h.Name = purpose, name
	if purpose == wire.JoinLobby {
		h.Players = append(players(name), make([]wire.Player, max(1, seats))...)[:seats]
	}
	return &h
}

// players are some with these names.
func players(names ...string) (list []wire.Player) {
	for _, name := range names {
		list = append(list, wire.Player{Name: name})
	}
	return list
}

// seated is a machine in a start, with some players.
func seated(machine uint8, seats int) wire.StartMachine {
	return wire.StartMachine{Machine: machine, Players: slices.Repeat(players("x"), seats)}
}

// seatedAll are some machines with a player each.
func seatedAll(machines int) (all []wire.StartMachine) {
	for m := range machines {
		all = append(all, seated(uint8(m), 1))
	}
	return all
}

// join takes a seat in the table's lobby and says that it is ready.
func (s *stranger) join(tb *table, game Config[ledger, uint32], seats int) *strangerLink {
	tb.t.Helper()
	l := s.dial(tb.nodes[0])
	l.match = tb.lobbies[0].Match
	l.say(hello(game, wire.JoinLobby, "Mallory", seats))
	tb.until(5, func() bool { return last[*wire.Roster](l) != nil })
	l.say(&wire.Status{Players: players("Mallory"), Ready: true, Linked: 1 | 1<<last[*wire.Welcome](l).Machine})
	return l
}

// fakeHost answers whoever dials as if it hosted a lobby; it deals machine 1.
type fakeHost struct {
	*stranger
	game   Config[ledger, uint32]
	roster wire.Roster
}

// newFakeHost returns a host that knows only itself.
func (tb *table) newFakeHost(game Config[ledger, uint32]) *fakeHost {
	s := tb.newStranger("fake host")
	h := &fakeHost{stranger: s, game: game}
	h.roster = wire.Roster{MaxSeats: 8, Members: []wire.RosterMember{{Machine: 0, Key: s.endpoint.Key(), Players: players("Host"), Ready: true, Linked: 3}}}
	return h
}

// victim joins the fake host and is welcomed with the host's roster, in which
// change may have put anything.
func (h *fakeHost) victim(tb *table, change func(*wire.Roster)) (*Lobby[ledger, uint32], *strangerLink) {
	tb.t.Helper()
	node := tb.network.NewNode("victim")
	lobby, err := JoinLobby(node, h.game, h.endpoint.Addr().String(), LobbyConfig{})
	if err != nil {
		tb.t.Fatal(err)
	}
	tb.nodes, tb.lobbies, tb.done = append(tb.nodes, node), append(tb.lobbies, lobby), append(tb.done, false)
	tb.until(5, func() bool { return len(h.links) > 0 && last[*wire.Hello](h.links[0]) != nil })
	l := h.links[0]
	h.roster.Members = append(h.roster.Members, wire.RosterMember{
		Machine: 1, Key: l.Peer(), Players: players("victim"), Ready: true, Linked: 3, Addrs: []string{l.RemoteAddr().String()},
	})
	if change != nil {
		change(&h.roster)
	}
	l.say(hello(h.game, wire.Answer, "Host", 1), &wire.Welcome{Lobby: 77, Machine: 1}, &h.roster)
	tb.seconds(1)
	return lobby, l
}

// seconds lets virtual time pass for everybody.
func (tb *table) seconds(n float64) {
	for range int(n * 60) {
		tb.tick()
	}
}

// inputRun is the bytes of a datagram with records of one four-byte input.
func inputDatagram(d wire.Data, first int32, before uint32, inputs ...uint32) []byte {
	d.OwnRun = len(inputs) > 0
	out := wire.AppendData(nil, &d)
	if !d.OwnRun {
		return out
	}
	var run wire.RunWriter
	pack := func(v uint32) []byte { return []byte{byte(v), byte(v >> 8), byte(v >> 16), byte(v >> 24)} }
	run.Begin(out, first, pack(before), link.MaxDatagramBytes)
	for _, v := range inputs {
		run.Add(pack(v))
	}
	out, _ = run.End(false)
	return out
}

// mirror is a stranger that plays honestly: it sends one input a frame,
// acknowledges what it is sent and never asks for anything.
type mirror struct {
	held, sent int32
	beat       uint32
	match      uint8
}

// datagram is what an honest peer would send next, having seen what came.
func (m *mirror) datagram(l *strangerLink) []byte {
	for _, b := range l.datagrams {
		var d wire.Data
		rest, err := wire.ParseData(b, &d, wire.Near{Held: m.sent, Beat: m.beat})
		var run wire.RunReader
		if err == nil && d.OwnRun && run.BeginOwn(rest, m.held) == nil {
			m.held = max(m.held, run.First+int32(run.Count)-1)
		}
	}
	l.datagrams = nil
	m.beat++
	first := max(0, m.sent-40)
	m.sent = min(m.sent+1, m.held+6)
	return inputDatagram(l.seal(wire.Data{Match: m.match, Beat: m.beat, Held: m.held, Confirmed: m.held}), first, uint32(max(0, first-1)), frames(first, m.sent)...)
}

// seal puts a seal into a datagram, of all that the host holds of the stranger's stream.
func (l *strangerLink) seal(d wire.Data) wire.Data {
	if l.match == nil || l.match() == nil {
		return d
	}
	p := l.match().play
	s := p.streams[last[*wire.Welcome](l).Machine]
	if s == nil {
		return d
	}
	digest, ok := p.member.Records().DigestThrough(s.ID(), s.Held())
	if l.beat++; !ok || l.beat%20 > 0 || s.Held() < 0 {
		return d
	}
	word := membership.Seal{Stream: s.ID(), Through: s.Held(), Beat: l.beat, Digest: digest}
	membership.SignedBy(newKeyring(l.endpoint, p.logID()), &word)
	d.HasSeal, d.Seal = true, wire.Seal{ID: s.ID(), Through: int32(s.Held()), Beat: l.beat, Signature: word.Signature}
	return d
}

func frames(first, last int32) (inputs []uint32) {
	for f := first; f <= last; f++ {
		inputs = append(inputs, uint32(f))
	}
	return inputs
}
