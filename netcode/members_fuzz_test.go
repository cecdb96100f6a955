//go:build !race

package netcode

import (
	"testing"

	"github.com/visavis-netcode/visavis/netcode/internal/membership"
	"github.com/visavis-netcode/visavis/netcode/internal/records"
	"github.com/visavis-netcode/visavis/netcode/internal/wire"
	"github.com/visavis-netcode/visavis/rollback"
)

// FuzzMembersMessages has a member of a running match say whatever it likes of who is in
// it, near enough to what could be. It may spoil the match for all, but nobody crashes,
// hangs or keeps more for it.
func FuzzMembersMessages(f *testing.F) {
	f.Add([]byte{})
	for kind := range byte(9) {
		f.Add([]byte{kind, 0, 3, 1, 1, 1, 2, 0, 1, 0, 9, 4, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16})
		f.Add([]byte{kind, 1, 2, 0, 5, 2, 1, 1, 0, 200, 30, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2})
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) > 1500 {
			return
		}
		game := ledgerGame()
		game.Absent = AbsentIdle
		game.PeerTimeoutMs = 600
		tb := newTable(t, 1, 2, game, LobbyConfig{}, Conditions{})
		l := tb.newStranger("Mallory").join(tb, game, 2)
		tb.start(1, 0)
		m := &mirror{held: -1, sent: -1, match: 1}
		for range 30 {
			l.SendDatagram(m.datagram(l))
			tb.tick()
		}
		tp := &tape{b}
		for len(tp.b) > 0 {
			view := tb.lobbies[0].Match().play.member.View()
			l.say(&wire.Members{Match: 1, More: tp.byte() == 255, Bytes: membership.AppendMessage(nil, tp.members(view))})
			if tp.byte()%2 == 0 {
				l.SendDatagram(m.datagram(l))
				tb.tick()
			}
		}
		tb.seconds(2)
		for i, lobby := range tb.lobbies {
			checkPlay(t, lobby.Match())
			if n := len(lobby.Match().play.member.Records().Streams(nil)); n > 3+wire.MaxMachines {
				t.Fatalf("peer %d keeps %d streams", i, n)
			}
		}
	})
}

// members makes a message about who is in the match.
func (t *tape) members(view *membership.View) membership.Message {
	base := view.Ref
	base.Number += uint32(t.byte() / 200)
	ballot := membership.Ballot{Round: uint32(t.number()), Machine: t.byte() % 4}
	author := t.byte() % 4
	switch t.byte() % 9 {
	case 0:
		return &membership.ViewAsk{Number: uint32(t.number())}
	case 1:
		return &membership.Commit{Value: t.value(view), Author: author}
	case 2:
		return &membership.Bye{Stream: t.stream(), Base: base, Last: t.frame()}
	case 3:
		return &membership.JoinReady{Join: t.join()}
	case 4, 5:
		m := &membership.Prepare{Base: base, Ballot: ballot, Keep: membership.Machines(t.byte())}
		if t.byte()%2 == 0 {
			m.Joins = append(m.Joins, t.join())
		}
		for range t.byte() % 3 {
			m.Reasons = append(m.Reasons, membership.Closing{Machine: t.byte() % 4, Reason: membership.Reason(t.byte() % 6)})
		}
		return m
	case 6:
		m := &membership.Report{Base: base, Ballot: ballot, Author: author, Limit: t.frame()}
		for range t.byte() % 3 {
			h := membership.Holding{Stream: t.stream(), Held: t.frame(), First: t.frame()}
			h.Records = t.records()
			m.Streams = append(m.Streams, h)
		}
		return m
	case 7:
		return &membership.Accept{Base: base, Ballot: ballot, Value: t.value(view)}
	}
	return &membership.Accepted{Base: base, Ballot: ballot, Author: author}
}

// value is a next view.
func (t *tape) value(view *membership.View) *membership.Value {
	v := &membership.Value{Number: view.Number + 1 + uint32(t.byte()/220), Base: view.Digest, From: t.frame()}
	for _, id := range view.Members {
		if t.byte()%3 > 0 {
			v.Members = append(v.Members, id)
			continue
		}
		c := membership.Cut{Stream: id, Reason: membership.BySilence, Last: t.frame(), First: t.frame(), Records: t.records()}
		v.Cuts = append(v.Cuts, c)
	}
	if t.byte()%3 == 0 {
		v.Joins = append(v.Joins, t.join())
		v.Members = append(v.Members, records.StreamID{Machine: t.byte() % wire.MaxMachines, Born: v.Number})
	}
	return v
}

func (t *tape) join() membership.Join {
	return membership.Join{Attempt: t.number(), Machine: t.byte() % wire.MaxMachines, Donor: t.stream(), Through: t.frame()}
}

func (t *tape) stream() records.StreamID {
	return records.StreamID{Machine: t.byte() % 4, Born: uint32(t.byte() / 128)}
}

// frame is about what the match has come to, or anything.
func (t *tape) frame() rollback.Frame {
	if n := t.number(); n < 20 {
		return rollback.Frame(n) + 20
	} else {
		return rollback.Frame(min(n, 1<<30)) - 1
	}
}

func (t *tape) records() (list [][]byte) {
	for range t.byte() % 40 {
		list = append(list, append([]byte{}, t.take(int(t.byte()%6))...))
	}
	return list
}
