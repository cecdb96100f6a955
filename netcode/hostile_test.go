//go:build !race

package netcode

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/visavis-netcode/visavis/netcode/internal/link"
	"github.com/visavis-netcode/visavis/netcode/internal/mesh"
	"github.com/visavis-netcode/visavis/netcode/internal/wire"
	"github.com/visavis-netcode/visavis/rollback"
)

// TestFakeHostStarts: whatever a host says of a match, a member that cannot
// play it as said leaves with a sentence, and never crashes.
func TestFakeHostStarts(t *testing.T) {
	start := func(match uint32, machines ...wire.StartMachine) *wire.Start {
		return &wire.Start{Match: match, Seed: 1, Machines: machines}
	}
	for _, c := range []struct {
		name   string
		game   func(*Config[ledger, uint32])
		roster func(*wire.Roster)
		starts []*wire.Start
		ends   bool // the member leaves
		plays  bool
	}{
		{name: "honest", starts: []*wire.Start{start(1, seated(0, 1), seated(1, 1))}, plays: true},
		{name: "twice", starts: []*wire.Start{
			start(1, seated(0, 1), seated(1, 1)),
			start(1, seated(0, 1), seated(1, 1)),
		}, plays: true},
		{name: "without the member", starts: []*wire.Start{start(1, seated(0, 1))}, ends: true},
		{name: "with somebody unknown", starts: []*wire.Start{start(1, seated(1, 1), seated(7, 1))}, ends: true},
		{name: "other seats for the member", starts: []*wire.Start{start(1, seated(0, 1), seated(1, 3))}, ends: true},
		{name: "other seats, and the roster says so too",
			roster: func(r *wire.Roster) { r.Members[1].Players = players("a", "b", "c") },
			starts: []*wire.Start{start(1, seated(0, 1), seated(1, 3))}, ends: true},
		{name: "more seats than the game has",
			game:   func(g *Config[ledger, uint32]) { g.MaxSeats = 4 },
			roster: func(r *wire.Roster) { r.Members[0].Players = players("a", "b", "c", "d") },
			starts: []*wire.Start{start(1, seated(0, 4), seated(1, 1))}, ends: true},
		{name: "options that the game did not ask for", starts: []*wire.Start{
			{Match: 1, Options: make([]byte, wire.MaxOptionBytes), Machines: seatedAll(2)}}, plays: true},
		{name: "far ahead", starts: []*wire.Start{start(mostSkipped, seated(0, 1), seated(1, 1))}, plays: true},
		{name: "the highest number, after which there is none", starts: []*wire.Start{start(1<<32-1, seated(0, 1), seated(1, 1))}},
		{name: "number 0", starts: []*wire.Start{start(0, seated(0, 1), seated(1, 1))}},
	} {
		t.Run(c.name, func(t *testing.T) {
			game := ledgerGame()
			if c.game != nil {
				c.game(&game)
			}
			tb := newTable(t, 1, 0, game, LobbyConfig{}, Conditions{DelayMs: 10})
			lobby, l := tb.newFakeHost(game).victim(tb, c.roster)
			for _, s := range c.starts {
				l.say(s)
			}
			tb.seconds(2)
			refused := new(RefusedError)
			switch {
			case c.ends && (lobby.State() != Ended || !errors.As(lobby.Err(), &refused) || len(refused.Reason) < 20):
				t.Fatalf("state %d, %v", lobby.State(), lobby.Err())
			case !c.ends && lobby.State() == Ended:
				t.Fatal(lobby.Err())
			case c.plays != (lobby.State() == Playing):
				t.Fatalf("state %d", lobby.State())
			}
		})
	}
}

// TestFakeHostRosters: a roster that makes no sense ends the lobby; a huge one
// does no harm.
func TestFakeHostRosters(t *testing.T) {
	other := func(machine uint8, key byte) wire.RosterMember {
		return wire.RosterMember{Machine: machine, Key: [32]byte{key}, Players: players("x"), Addrs: []string{"10.0.0.9:9"}}
	}
	for _, c := range []struct {
		name   string
		change func(*wire.Roster)
		ends   bool
	}{
		{"without the member", func(r *wire.Roster) { r.Members = r.Members[:1] }, true},
		{"without the host", func(r *wire.Roster) { r.Members = r.Members[1:] }, true},
		{"empty", func(r *wire.Roster) { r.Members = nil }, true},
		{"another host", func(r *wire.Roster) { r.Members[0].Key[0]++ }, true},
		{"another member in its place", func(r *wire.Roster) { r.Members[1].Key[0]++ }, true},
		{"the member twice", func(r *wire.Roster) {
			twin := r.Members[1]
			twin.Machine = 2
			r.Members = append(r.Members, twin)
		}, true},
		{"the host twice", func(r *wire.Roster) {
			twin := r.Members[0]
			twin.Machine = 2
			r.Members = append(r.Members, twin)
		}, true},
		{"full of others", func(r *wire.Roster) {
			for m := uint8(2); m < 16; m++ {
				r.Members = append(r.Members, other(m, m))
			}
		}, false},
		{"addresses that are none", func(r *wire.Roster) {
			m := other(2, 2)
			m.Addrs = []string{"", "nowhere", "1.2.3.4", "[::1]:99999", "\xff:1"}
			r.Members = append(r.Members, m)
		}, false},
		{"a name that is none", func(r *wire.Roster) {
			m := other(2, 2)
			m.Players[0].Name = strings.Repeat("\x00\u202e\xff", 5000)
			r.Members = append(r.Members, m)
		}, true},
		{"more players on this machine than it asked for", func(r *wire.Roster) { r.Members[1].Players = players("victim", "b") }, true},
		{"no players on this machine", func(r *wire.Roster) { r.Members[1].Players = nil }, true},
		{"no seats for anybody", func(r *wire.Roster) { r.MaxSeats = 0 }, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			tb := newTable(t, 1, 0, ledgerGame(), LobbyConfig{}, Conditions{DelayMs: 10})
			lobby, _ := tb.newFakeHost(ledgerGame()).victim(tb, c.change)
			if ended := lobby.State() == Ended; ended != c.ends {
				t.Fatalf("state %d, %v", lobby.State(), lobby.Err())
			}
			for _, m := range lobby.AppendMembers(nil) {
				if m.Name != cleanName(m.Name) {
					t.Fatalf("the name %q is shown", m.Name)
				}
			}
		})
	}
}

// TestFakeHostFloodsRosters: ever new members with addresses must not make a
// member dial without bound.
func TestFakeHostFloodsRosters(t *testing.T) {
	tb := newTable(t, 1, 0, ledgerGame(), LobbyConfig{}, Conditions{})
	h := tb.newFakeHost(ledgerGame())
	lobby, l := h.victim(tb, nil)
	most := 0
	for round := range 300 {
		roster := h.roster
		roster.Members = append([]wire.RosterMember(nil), h.roster.Members...)
		for m := uint8(2); m < 16; m++ {
			entry := wire.RosterMember{Machine: m, Key: [32]byte{0, m, byte(round), byte(round >> 8)}, Players: players("x")}
			for i := range wire.MaxAddrs {
				entry.Addrs = append(entry.Addrs, fmt.Sprintf("10.9.0.%d:%d", m, 1000+i))
			}
			roster.Members = append(roster.Members, entry)
		}
		l.say(&roster)
		tb.tick()
		most = max(most, len(lobby.mesh.Conns()))
	}
	if limit := 1 + 14*wire.MaxAddrs; most > limit {
		t.Fatalf("%d links at once, want at most %d", most, limit)
	}
	if len(lobby.chat.lines) > maxLines {
		t.Fatalf("%d lines", len(lobby.chat.lines))
	}
}

// duel is an honest host in a match with a stranger.
func duel(t *testing.T, peers int) (*table, *strangerLink, *mirror) {
	t.Helper()
	game := ledgerGame()
	game.PeerTimeoutMs = 3000
	tb := newTable(t, 1, peers, game, LobbyConfig{}, Conditions{})
	l := tb.newStranger("Mallory").join(tb, game, 1)
	if peers == 1 {
		tb.start(1, 0)
		tb.tick()
	}
	return tb, l, &mirror{held: -1, sent: -1, match: 1}
}

// TestDesyncHashesFromNowhere: hashes of frames that cannot be known yet.
func TestDesyncHashesFromNowhere(t *testing.T) {
	for _, first := range []int32{1 << 30, 1<<31 - 1, 1<<31 - 200} {
		tb, l, m := duel(t, 1)
		for range 60 {
			l.SendDatagram(m.datagram(l))
			tb.tick()
		}
		l.say(&wire.DesyncHashes{Match: 1, First: first, Hashes: make([]uint64, 200)})
		tb.seconds(10)
		r, over := tb.lobbies[0].Match().Result()
		if !over {
			t.Fatal("the match goes on with a peer that has stopped")
		}
		if d := new(DesyncError); errors.As(r.Err, &d) && d.Frame > 1000 {
			t.Fatalf("a difference was found in the future: %v", d)
		}
	}
}

// TestHostileDatagrams: whatever comes, the counters count, nothing grows and
// a peer that sends nonsense only is lost after the time-out.
func TestHostileDatagrams(t *testing.T) {
	absurd := func(m *mirror) [][]byte {
		return [][]byte{
			nil, {1}, make([]byte, 5), make([]byte, link.MaxDatagramBytes),
			inputDatagram(wire.Data{Match: 1, Held: 1 << 20, Confirmed: 1 << 20}, 0, 0),                              // acknowledges the future
			inputDatagram(wire.Data{Match: 1, Held: m.held, View: 5}, 0, 0),                                          // another view
			inputDatagram(wire.Data{Match: 1, Held: m.held, Born: 3}, 0, 0),                                          // another stream
			inputDatagram(wire.Data{Match: 1, Held: m.held}, 1<<31-1, 0, 1, 2, 3),                                    // the last frame there is
			inputDatagram(wire.Data{Match: 1, Held: m.held}, m.sent+20_000, 0, frames(0, 126)...),                    // far ahead
			inputDatagram(wire.Data{Match: 1, Held: m.held}, max(0, m.sent-3), 9, 77, 78, 79, 80),                    // other records for known frames
			inputDatagram(wire.Data{Match: 1, Held: m.held}, max(0, m.sent-30_000), 9, 77),                           // long ago
			append(inputDatagram(wire.Data{Match: 1, Held: m.held}, m.sent+1, uint32(m.sent), 5), 1, 2, 3),           // trailing bytes
			inputDatagram(wire.Data{Match: 1, Held: m.held}, m.sent+1, uint32(m.sent), 5)[:8],                        // cut off
			inputDatagram(wire.Data{Match: 1, Beat: 1<<32 - 1, Held: m.held, HasMargin: true, Margin: -32768}, 0, 0), // beats and margins at their ends
			inputDatagram(wire.Data{Match: 1, Held: m.held, HasGossip: true, View: 1<<32 - 1, Born: 1<<32 - 1, Beat: 1<<32 - 1, Gossip: wire.Gossip{Bears: 15, Links: 0xffff, Count: 16}}, 0, 0),
			inputDatagram(wire.Data{Match: 9, Held: m.held}, 0, 0), // another match
		}
	}
	tb, l, m := duel(t, 1)
	for i := range 120 {
		l.SendDatagram(m.datagram(l))
		if i > 30 {
			for _, b := range absurd(m) {
				l.SendDatagram(b)
			}
		}
		tb.tick()
	}
	match := tb.lobbies[0].Match()
	peers := match.AppendPeers(nil)
	if len(peers) != 1 || peers[0].Malformed < 80*8 {
		t.Fatalf("%+v", peers)
	}
	if st := match.Stats(); st.Frame < 60 || st.Confirmed < 50 {
		t.Fatalf("nonsense beside honest datagrams has stopped the match: %+v", st)
	}
	sent := m.sent
	for range 100 { // nonsense only
		for _, b := range absurd(m) {
			l.SendDatagram(b)
		}
		tb.tick()
	}
	if c := int32(match.Stats().Confirmed); c > sent+200 {
		t.Fatalf("confirmed %d, sent %d", c, sent)
	}
	if s := match.play.streams[1]; int32(s.Held()) > sent+200 {
		t.Fatalf("held %d, sent %d", s.Held(), sent)
	}
	l.Close(link.CodeDone, "enough")
	tb.seconds(5)
	if r, over := match.Result(); !over || r.Err == nil {
		t.Fatalf("%+v, over %v", r, over)
	}
}

// TestTwoRecordsForOneFrame: the first one stays, the peer is reported.
func TestTwoRecordsForOneFrame(t *testing.T) {
	tb, l, m := duel(t, 1)
	for range 40 {
		l.SendDatagram(m.datagram(l))
		tb.tick()
	}
	p := tb.lobbies[0].Match().play
	f := m.sent - 2
	was := append([]byte(nil), p.streams[1].record(rollback.Frame(f))...)
	l.SendDatagram(inputDatagram(wire.Data{Match: 1, Beat: m.beat + 1, Held: m.held, Confirmed: m.held}, f, uint32(f-1), 0xbad))
	tb.tick()
	if n := tb.lobbies[0].Match().AppendPeers(nil)[0].Malformed; n != 1 || string(p.streams[1].record(rollback.Frame(f))) != string(was) {
		t.Fatalf("%d malformed, %x became %x", n, was, p.streams[1].record(rollback.Frame(f)))
	}
}

// TestSilentAfterStart: a member that is never heard in the match is lost after
// the time-out.
func TestSilentAfterStart(t *testing.T) {
	tb, _, _ := duel(t, 1)
	began := tb.ticks
	for !tb.lobbies[0].Match().play.over() {
		tb.tick()
		if tb.ticks-began > 60*6 {
			t.Fatal("the match goes on without the peer")
		}
	}
	r, _ := tb.lobbies[0].Match().Result()
	if lost := new(LostError); !errors.As(r.Err, &lost) || lost.Name != "Mallory" || lost.SilentMs < 3000 || lost.SilentMs > 3100 {
		t.Fatalf("%+v", r)
	}
	tb.until(2, func() bool { return tb.lobbies[0].State() == Gathering && len(tb.lobbies[0].AppendMembers(nil)) == 1 })
}

// TestFloodingMember: a member that floods the host with words must not cost
// the other members their place, and its own queue is what fills.
func TestFloodingMember(t *testing.T) {
	tb := newTable(t, 1, 3, ledgerGame(), LobbyConfig{}, Conditions{DelayMs: 20})
	l := tb.newStranger("Mallory").join(tb, ledgerGame(), 1)
	for i := range 300 {
		for range 100 {
			l.say(&wire.Status{Players: players(fmt.Sprint("M", i)), Ready: i%2 == 0, Linked: uint16(i)})
			l.say(&wire.Say{Text: "spam"})
		}
		tb.tick()
	}
	for i, lobby := range tb.lobbies {
		if lobby.State() != Gathering || len(lobby.AppendMembers(nil)) < 3 {
			t.Fatalf("peer %d: %d members, %v", i, len(lobby.AppendMembers(nil)), lobby.Err())
		}
	}
	if said := len(tb.lobbies[1].chat.lines); said > maxLines {
		t.Fatalf("%d lines", said)
	}
	// The honest members are told of changes once a tick at most.
	if n := tb.nodes[1].Traffic().PacketsReceived; n > 300*4 {
		t.Fatalf("a member was sent %d packets in 300 ticks", n)
	}
}

// TestMemberSpeaksAsHost: what only a host may say means nothing from others.
func TestMemberSpeaksAsHost(t *testing.T) {
	tb := newTable(t, 1, 2, ledgerGame(), LobbyConfig{}, Conditions{})
	l := tb.newStranger("Mallory").join(tb, ledgerGame(), 1)
	roster := *last[*wire.Roster](l)
	roster.Members = roster.Members[:1]
	for _, m := range []wire.Message{
		&roster, &wire.Welcome{Lobby: 1, Machine: 5}, hello(ledgerGame(), wire.JoinLobby, "again", 3),
		&wire.Start{Match: 1, Machines: seatedAll(1)},
		&wire.Checksum{Match: 1, Last: true}, &wire.Finding{Match: 1, Text: "ha"},
		&wire.DesyncHashes{Match: 1, Hashes: []uint64{1}}, &wire.DesyncParts{Match: 1}, &wire.DesyncAsk{Match: 1, Count: 1}, &wire.DesyncPart{Match: 1, Bytes: []byte{1}},
	} {
		l.say(m)
		tb.seconds(0.5)
		for i, lobby := range tb.lobbies {
			if lobby.State() != Gathering || len(lobby.AppendMembers(nil)) < 2 {
				t.Fatalf("after %T, peer %d: state %d, %v", m, i, lobby.State(), lobby.Err())
			}
		}
	}
}

// TestStrangersAtTheDoor: links that say nothing, or the wrong thing, are
// closed in time and never keep others out for good.
func TestStrangersAtTheDoor(t *testing.T) {
	for _, c := range []struct {
		name string
		say  func(l *strangerLink, lobby uint64)
	}{
		{"silent", func(*strangerLink, uint64) {}},
		{"stops after a mesh hello", func(l *strangerLink, lobby uint64) {
			h := hello(ledgerGame(), wire.JoinMesh, "x", 1)
			h.Lobby = lobby
			l.say(h)
		}},
		{"noise", func(l *strangerLink, _ uint64) { l.Send([]byte("GET / HTTP/1.1\r\n\r\n")) }},
		{"speaks before the hello", func(l *strangerLink, _ uint64) { l.say(&wire.Say{Text: "hi"}) }},
		{"answers", func(l *strangerLink, _ uint64) { l.say(hello(ledgerGame(), wire.Answer, "x", 1)) }},
		{"no seats", func(l *strangerLink, _ uint64) { l.say(hello(ledgerGame(), wire.JoinLobby, "x", 0)) }},
		{"too many seats", func(l *strangerLink, _ uint64) { l.say(hello(ledgerGame(), wire.JoinLobby, "x", 200)) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			tb := newTable(t, 1, 1, ledgerGame(), LobbyConfig{}, Conditions{DelayMs: 5})
			s := tb.newStranger("Mallory")
			for range 10 {
				for range 4 {
					c.say(s.dial(tb.nodes[0]), tb.lobbies[0].id)
				}
				tb.tick()
			}
			tb.seconds(mesh.StrangerTimeout.Seconds() + 2)
			if n := len(tb.lobbies[0].mesh.Conns()); n != 0 {
				t.Fatalf("%d links of strangers remain", n)
			}
			node := tb.network.NewNode("Late")
			lobby, err := JoinLobby(node, ledgerGame(), tb.nodes[0].Addr().String(), LobbyConfig{})
			if err != nil {
				t.Fatal(err)
			}
			tb.nodes, tb.lobbies, tb.done = append(tb.nodes, node), append(tb.lobbies, lobby), append(tb.done, false)
			tb.until(5, func() bool { return lobby.State() == Gathering })
		})
	}
}

// TestMemberThatNeverReads: its queue fills, it is cut off, the others go on.
func TestMemberThatNeverReads(t *testing.T) {
	tb := newTable(t, 1, 2, ledgerGame(), LobbyConfig{}, Conditions{})
	s := tb.newStranger("Mallory")
	s.join(tb, ledgerGame(), 1)
	s.reads = false
	for i := range 60 * 600 {
		tb.lobbies[0].SetOptions(make([]byte, i%wire.MaxOptionBytes))
		tb.tick()
		if len(tb.lobbies[0].AppendMembers(nil)) == 2 {
			if tb.lobbies[1].State() != Gathering {
				t.Fatal(tb.lobbies[1].Err())
			}
			return
		}
	}
	t.Fatal("the queue for the member grows without end")
}

// TestHostThatNeverAnswers: a joiner gives up with a sentence.
func TestHostThatNeverAnswers(t *testing.T) {
	for _, answers := range []bool{false, true} {
		tb := newTable(t, 1, 0, ledgerGame(), LobbyConfig{}, Conditions{DelayMs: 5})
		h := tb.newFakeHost(ledgerGame())
		node := tb.network.NewNode("joiner")
		lobby, err := JoinLobby(node, ledgerGame(), h.endpoint.Addr().String(), LobbyConfig{})
		if err != nil {
			t.Fatal(err)
		}
		tb.nodes, tb.lobbies, tb.done = append(tb.nodes, node), append(tb.lobbies, lobby), append(tb.done, false)
		tb.seconds(1)
		if answers {
			h.links[0].say(hello(ledgerGame(), wire.Answer, "Host", 1), &wire.Welcome{Lobby: 1, Machine: 1})
		}
		tb.seconds(joinTimeout.Seconds() + 1)
		if lost := new(ConnectError); lobby.State() != Ended || !errors.As(lobby.Err(), &lost) || len(lost.Reason) < 20 {
			t.Fatalf("answers %v: state %d, %v", answers, lobby.State(), lobby.Err())
		}
	}
}

// TestNoLinksAfterTheEnd: a lobby that is over dials nobody.
func TestNoLinksAfterTheEnd(t *testing.T) {
	tb := newTable(t, 3, 4, ledgerGame(), LobbyConfig{}, Conditions{DelayMs: 30})
	tb.seconds(1)
	// The members lose each other and then the host.
	for i := 1; i < 4; i++ {
		for _, c := range tb.lobbies[i].mesh.Conns() {
			if c.Machine() > 0 {
				c.Link.Close(link.CodeDone, "gone")
			}
		}
	}
	tb.lobbies[0].Leave()
	tb.done[0] = true
	tb.seconds(5)
	for i := 1; i < 4; i++ {
		l := tb.lobbies[i]
		if l.Leave(); l.State() != Ended || len(l.mesh.Conns()) != 0 {
			t.Fatalf("peer %d: state %d, %d links", i, l.State(), len(l.mesh.Conns()))
		}
	}
}

// closedByThem is a link that the other side has closed, with words that are
// not read yet.
type closedByThem struct {
	link.Link
	closed bool
}

func (l *closedByThem) State() link.State              { return link.Open }
func (l *closedByThem) Send([]byte) error              { return link.ErrClosed }
func (l *closedByThem) Close(code link.Code, _ string) { l.closed = true }

// TestLastWordsAreRead: to send on such a link must not throw them away.
func TestLastWordsAreRead(t *testing.T) {
	l := &closedByThem{}
	c := &mesh.Conn{Link: l}
	c.Send(&wire.Say{Text: "hello"})
	if l.closed {
		t.Fatal("the link was closed before its last words were read")
	}
}
