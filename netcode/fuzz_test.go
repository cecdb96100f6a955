//go:build !race

package netcode

import (
	"slices"
	"testing"

	"github.com/visavis-netcode/visavis/netcode/internal/link"
	"github.com/visavis-netcode/visavis/netcode/internal/source"
	"github.com/visavis-netcode/visavis/netcode/internal/wire"
	"github.com/visavis-netcode/visavis/rollback"
)

// tape is a fuzzer's bytes, read as numbers.
type tape struct{ b []byte }

func (t *tape) byte() byte {
	if len(t.b) == 0 {
		return 0
	}
	v := t.b[0]
	t.b = t.b[1:]
	return v
}

func (t *tape) take(n int) []byte {
	n = min(n, len(t.b))
	v := t.b[:n]
	t.b = t.b[n:]
	return v
}

// number is small more often than not, and sometimes at an end of its range.
func (t *tape) number() uint64 {
	switch v := t.byte(); {
	case v < 200:
		return uint64(v % 20)
	case v < 210:
		return 1<<31 - 1 - uint64(v-200)
	case v < 220:
		return 1<<32 - 1 - uint64(v-210)
	default:
		return uint64(t.byte())<<16 | uint64(t.byte())<<8 | uint64(t.byte())
	}
}

// FuzzDatagram brings a peer's bytes into a running match: as they are, or as
// datagrams that are right but for what they say. The match must stay within
// its bounds and end when the peer has gone.
func FuzzDatagram(f *testing.F) {
	f.Add([]byte{})
	f.Add([]byte{0, 8, 4, 0, 0, 0, 0, 1, 9, 9, 1, 1, 1, 0, 5, 1, 2, 3, 4, 5, 2, 2, 2, 2})
	f.Add([]byte{1, 205, 3, 3, 1, 220, 0, 1, 0, 1, 215, 215, 215, 215, 0, 31, 4, 16, 0, 7, 255, 255, 0, 1, 0, 1, 0, 1, 0, 0, 0, 0})
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) > 2000 {
			return
		}
		tb, l, m := duel(t, 1)
		match := tb.lobbies[0].Match()
		for range 10 {
			l.SendDatagram(m.datagram(l))
			tb.tick()
		}
		tp := &tape{b}
		for len(tp.b) > 0 {
			for range 1 + tp.byte()%4 {
				l.SendDatagram(tp.datagram(m))
			}
			if tp.byte()%2 == 0 {
				l.SendDatagram(m.datagram(l))
			}
			tb.tick()
			checkPlay(t, match)
		}
		l.Close(link.CodeDone, "enough")
		tb.seconds(6)
		if _, over := match.Result(); !over {
			t.Fatal("the match goes on without its peer")
		}
	})
}

// datagram makes one from the tape.
func (t *tape) datagram(m *mirror) []byte {
	if t.byte()%4 == 0 {
		return t.take(int(t.byte()))
	}
	d := wire.Data{Match: 1, View: uint32(t.number() / 19), Beat: m.beat + uint32(t.number()), Held: m.held - int32(t.number()), Confirmed: m.held}
	if d.HasMargin = t.byte()%4 == 0; d.HasMargin {
		d.Margin = int16(t.number())
	}
	if d.HasGossip = t.byte()%4 == 0; d.HasGossip {
		d.Gossip = wire.Gossip{Bears: t.byte() % 16, Links: uint16(t.number()), Count: 1 + t.byte()%16}
		for i := range d.Gossip.Count {
			d.Gossip.Streams[i] = wire.StreamState{ID: wire.StreamID{Machine: t.byte() % 16, Born: uint32(t.number())}, Held: int32(min(t.number(), 1<<31-2)), Beat: uint32(t.number())}
		}
	}
	first := m.sent + 10 - int32(t.number())
	var inputs []uint32
	for range t.byte() % 130 {
		inputs = append(inputs, uint32(t.byte()))
	}
	if d.ForeignRuns = t.byte() / 64; d.ForeignRuns > 0 {
		b := inputDatagram(d, first, uint32(t.byte()), inputs...)
		for range d.ForeignRuns {
			var w wire.RunWriter
			w.Begin(wire.AppendForeign(b, wire.StreamID{Machine: t.byte() % 16}), int32(min(t.number(), 1<<31-2)), make([]byte, 4), link.MaxDatagramBytes)
			w.Add(t.record())
			b, _ = w.End(t.byte()%8 == 0)
		}
		return b[:min(len(b), link.MaxDatagramBytes)]
	}
	if first >= 0 && len(inputs) > 0 && t.byte()%4 == 0 {
		return aloneDatagram(d, first, inputs...)
	}
	return inputDatagram(d, first, uint32(t.byte()), inputs...)
}

func (t *tape) record() []byte { return append([]byte(nil), append(t.take(4), 0, 0, 0, 0)[:4]...) }

// checkPlay demands that what a match keeps is within its bounds.
func checkPlay(t *testing.T, match *Match[ledger, uint32]) {
	t.Helper()
	p := match.play
	st := match.Stats()
	if st.Frame-1-st.Confirmed > rollback.DefaultWindowFrames {
		t.Fatalf("beyond the window: %+v", st)
	}
	for _, s := range p.streams {
		if s == nil {
			continue
		}
		if s.Held() < -1 || int(s.Held()-st.Confirmed) > 512 || s.fed > s.Held() {
			t.Fatalf("stream %v: held %d, confirmed %d, fed %d", s.ID(), s.Held(), st.Confirmed, s.fed)
		}
	}
	for _, q := range p.peers {
		if held := int32(p.own.Held()); q.flight.acked > held || q.confirmed > held || len(q.parts) > maxMembersMessage {
			t.Fatalf("%+v, own held %d", q, held)
		}
	}
	if len(p.accord.checksums.unread) > maxUnread {
		t.Fatalf("%d checksums unread", len(p.accord.checksums.unread))
	}
}

// FuzzRoomMessages brings control messages of a hostile member to an honest
// host, and of a hostile host to an honest member, in any order, in the lobby
// and in matches. The hostile member must do no harm to the lobby of the
// others.
func FuzzRoomMessages(f *testing.F) {
	f.Add([]byte{})
	f.Add([]byte{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29})
	f.Add([]byte{1, 3, 2, 2, 1, 1, 0, 1, 1, 1, 5, 1, 5, 1, 1, 0, 2, 0, 1, 1, 1, 2, 0, 7, 1, 1, 7, 2, 0, 1, 8, 1, 210, 3, 1, 9, 1, 205, 0, 1})
	var shows []byte // as they are: 13, how long, the bytes, and a tick
	for _, m := range []wire.Message{
		&wire.Reel{Name: [32]byte{1}, Bytes: 700, End: 5000, Grows: true}, &wire.Reel{Name: [32]byte{1}, Bytes: 600, End: 5000}, &wire.ReelAsk{Name: [32]byte{1}}, &wire.ReelHave{Name: [32]byte{1}, Bytes: 7}, &wire.CueAsk{Cue: wire.Cue{Holder: 1, Frame: 70, Speed: -64, Playing: true}},
		&wire.CueNow{Cue: wire.Cue{Holder: 1, Frame: 70, Speed: 4, Playing: true}, NowMicros: 1 << 49}, &wire.Reel{Name: [32]byte{2}, Bytes: wire.MaxReelBytes},
	} {
		raw := wire.MarshalMessage(m)
		for to := range byte(2) {
			shows = append(append(append(shows, to, 13, byte(len(raw))), raw...), 0)
		}
	}
	f.Add(shows)
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) > 1500 {
			return
		}
		tb := newTable(t, 1, 2, ledgerGame(), LobbyConfig{}, Conditions{})
		toHost := tb.newStranger("Mallory").join(tb, ledgerGame(), 1)
		fake := tb.newFakeHost(ledgerGame())
		victim, toVictim := fake.victim(tb, nil)
		tp := &tape{b}
		for len(tp.b) > 0 {
			l := toHost
			if tp.byte()%2 == 1 {
				l = toVictim
			}
			switch op := tp.byte(); op % 16 {
			case 15:
				tb.lobbies[0].Start(1, int32(op))
			case 14:
				tb.tick()
			case 13:
				l.Send(tp.take(int(tp.byte())))
			default:
				l.say(tp.message(op%16, fake.roster))
			}
			if tp.byte()%4 == 0 {
				tb.tick()
			}
		}
		tb.seconds(1)
		for i, lobby := range []*Lobby[ledger, uint32]{tb.lobbies[0], tb.lobbies[1], victim} {
			if i < 2 && (lobby.State() == Ended || lobby.members[0] == nil || lobby.members[1] == nil) {
				t.Fatalf("peer %d: state %d, %v", i, lobby.State(), lobby.Err())
			}
			if lobby.State() == Ended && lobby.Err() == nil {
				t.Fatal("a lobby ended without a word")
			}
			if len(lobby.mesh.Conns()) > 2+15*wire.MaxAddrs+source.MaxStrangers || len(lobby.chat.lines) > maxLines {
				t.Fatalf("peer %d: %d links, %d lines", i, len(lobby.mesh.Conns()), len(lobby.chat.lines))
			}
			if len(lobby.early) > (maxEarly+1)*len(lobby.mesh.Conns()) {
				t.Fatalf("peer %d: %d early words", i, len(lobby.early))
			}
			if m := lobby.Match(); m != nil {
				checkPlay(t, m)
			}
		}
	})
}

// players are none to three of a machine, with any names.
func (t *tape) players() (list []wire.Player) {
	for range t.byte() % 4 {
		list = append(list, wire.Player{Name: cleanText(string(t.take(5)), 5), Own: t.take(int(t.byte() % 70))})
	}
	return list
}

// message makes one from the tape.
func (t *tape) message(kind byte, roster wire.Roster) wire.Message {
	match := uint32(t.number() % 3)
	frame := int32(t.number() & (1<<31 - 1))
	switch kind {
	case 0:
		h := hello(ledgerGame(), wire.Purpose(t.byte()%4), string(t.take(8)), int(t.byte()))
		h.Lobby = t.number()
		if t.byte()%4 == 3 {
			h.Layout, h.Arithmetic = t.number(), string(t.take(9))
		}
		return h
	case 1:
		return &wire.Welcome{Lobby: t.number(), Machine: t.byte() % 17}
	case 2, 3:
		r := wire.Roster{MaxSeats: uint8(t.number()), Options: t.take(3)}
		for _, m := range roster.Members {
			if t.byte()%16 != 0 {
				m.Machine ^= t.byte() / 250
				if t.byte() >= 250 {
					m.Players = append(m.Players, wire.Player{Name: "more", Own: t.take(3)})
				}
				r.Members = append(r.Members, m)
			}
		}
		for range t.byte() % 4 {
			m := wire.RosterMember{Machine: t.byte() % 17, Players: t.players(), Linked: uint16(t.number())}
			m.Key[0], m.Key[31] = t.byte(), t.byte()
			for range t.byte() % 4 {
				m.Addrs = append(m.Addrs, []string{"10.0.0.1:1", "10.0.0.2:2", "10.0.0.3:3", "10.9.9.9:9", "x"}[t.byte()%5])
			}
			r.Members = append(r.Members, m)
		}
		return &r
	case 4:
		return &wire.Status{Players: t.players(), Ready: t.byte()%4 != 0, Linked: uint16(t.number() | 7)}
	case 5:
		return &wire.Say{Text: string(t.take(int(t.byte())))}
	case 6, 7:
		s := &wire.Start{Match: match, Seed: t.number(), Frames: frame, WaitMicros: uint32(t.number())}
		for m := range uint8(3) {
			if t.byte()%8 != 0 || m < 2 {
				s.Machines = append(s.Machines, wire.StartMachine{Machine: m ^ t.byte()/250, Players: slices.Repeat(players("x"), 1+int(t.byte())/250)})
			}
		}
		return s
	case 8:
		return &wire.Checksum{Match: match, Frame: frame, World: t.number(), Inputs: t.number(), Last: t.byte()%2 == 0}
	case 9:
		return &wire.Finding{Match: match, Machine: t.byte() % 17, Frame: frame - 1, Text: string(t.take(9))}
	case 10:
		return &wire.DesyncHashes{Match: match, First: frame, Hashes: make([]uint64, int(t.byte())+int(t.byte()))}
	case 11:
		switch t.number() % 3 {
		case 0:
			m := &wire.DesyncParts{Match: match, Frame: frame, Bytes: uint32(t.number()<<7) % (2 + wire.MaxWorldParts*wire.MaxWorldPart)}
			m.Hashes = make([]uint64, wire.WorldParts(int(m.Bytes)))
			return m
		case 1:
			return &wire.DesyncAsk{Match: match, Frame: frame, First: uint16(t.number()), Count: 1 + uint16(t.number()%wire.MaxAskedParts)}
		}
		return &wire.DesyncPart{Match: match, Frame: frame, Part: uint16(t.number()), Bytes: append([]byte{0}, t.take(9)...)}
	case 12:
		if n := t.byte(); n >= 128 {
			return &wire.InLine{Before: n, Why: t.byte() % 20}
		} else {
			return &wire.NotSeated{Seats: n % 17}
		}
	}
	return &wire.Checksum{Match: match, Frame: frame % 100, World: t.number(), Last: true}
}
