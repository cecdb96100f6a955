//go:build !race

package netcode

import (
	"testing"
	"time"

	"github.com/visavis-netcode/visavis/netcode/internal/link"
	"github.com/visavis-netcode/visavis/netcode/internal/wire"
	"github.com/visavis-netcode/visavis/rollback"
)

// aloneDatagram is the bytes of a datagram with records of one four-byte input that
// do not need the one before.
func aloneDatagram(d wire.Data, first int32, inputs ...uint32) []byte {
	d.OwnRun = true
	var run wire.RunWriter
	run.BeginAlone(wire.AppendData(nil, &d), first, make([]byte, 4), link.MaxDatagramBytes)
	for _, v := range inputs {
		run.Add([]byte{byte(v), byte(v >> 8), byte(v >> 16), byte(v >> 24)})
	}
	out, _ := run.End(false)
	return out
}

// gapped is a match in which the stranger has left out two frames after the newest
// and sent others further on.
func gapped(t *testing.T) (tb *table, l *strangerLink, q *peer, say func(first int32, inputs ...uint32) (malformed bool)) {
	tb, l, m := duel(t, 1)
	for range 400 {
		l.SendDatagram(m.datagram(l))
		tb.tick()
	}
	q = tb.lobbies[0].Match().play.peers[0]
	say = func(first int32, inputs ...uint32) bool {
		before := q.traffic.malformed
		m.beat++
		l.SendDatagram(aloneDatagram(wire.Data{Match: 1, Beat: m.beat, Held: m.held, Confirmed: m.held}, int32(q.stream.Held())+first, inputs...))
		tb.network.Advance(time.Millisecond)
		tb.lobbies[0].Poll()
		return q.traffic.malformed > before
	}
	return tb, l, q, say
}

// TestRecordsAfterAGap wait until it is filled, in whatever order they come.
func TestRecordsAfterAGap(t *testing.T) {
	_, _, q, say := gapped(t)
	held := q.stream.Held()
	if say(5, 50, 60) || say(3, 30) || say(5, 50) || q.stream.Held() != held {
		t.Fatalf("held %d, then %d, malformed %d", held, q.stream.Held(), q.traffic.malformed)
	}
	if say(1, 10, 20) || q.stream.Held() != held+3 {
		t.Fatalf("held %d, then %d, malformed %d", held, q.stream.Held(), q.traffic.malformed)
	}
	if say(1, 40) || q.stream.Held() != held+6 || q.stream.record(held + 6)[0] != 60 {
		t.Fatalf("held %d, then %d, malformed %d", held, q.stream.Held(), q.traffic.malformed)
	}
}

// TestLiesAfterAGap: what waits is like what is held. Two records for one frame are
// a fault, and there is room for so many frames.
func TestLiesAfterAGap(t *testing.T) {
	_, _, q, say := gapped(t)
	held := q.stream.Held()
	was := append([]byte(nil), q.stream.record(held-100)...)
	for _, c := range []struct {
		first     int32
		malformed bool
	}{{4, false}, {4, true}, {127, false}, {128, false}, {256, false}, {257, false}, {16_000, false}, {0, true}, {-126, true}, {-127, true}, {-300, true}} {
		value := uint32(99)
		if c.malformed {
			value = 98
		}
		if got := say(c.first, value); got != c.malformed {
			t.Errorf("a record %d frames on: malformed %v", c.first, got)
		}
	}
	if q.stream.Held() != held || string(q.stream.record(held-100)) != string(was) {
		t.Errorf("held %d, then %d", held, q.stream.Held())
	}
	if say(1, 1, 2, 3) || q.stream.Held() != held+4 {
		t.Errorf("held %d, then %d", held, q.stream.Held())
	}
}

// TestPeerThatNeverAcknowledges gets what is kept of the stream, and no more than
// the tick's datagrams, until it is taken for deaf and the match goes on without it.
func TestPeerThatNeverAcknowledges(t *testing.T) {
	tb, l, m := duel(t, 1)
	p := tb.lobbies[0].Match().play
	play := func() {
		m.datagram(l) // plays on
		first := max(0, m.sent-40)
		l.SendDatagram(inputDatagram(l.seal(wire.Data{Match: 1, Beat: m.beat, Held: -1, Confirmed: -1}), first, uint32(max(0, first-1)), frames(first, m.sent)...))
		tb.tick()
		if len(l.datagrams) > 2 {
			t.Fatalf("%d datagrams in a tick", len(l.datagrams))
		}
	}
	for range 350 {
		play()
	}
	q := tb.lobbies[0].Match().AppendPeers(nil)[0]
	if p.own.Held() < 300 || q.UnackedFrames != int(p.own.Held())+1 || q.Malformed > 0 {
		t.Fatalf("own held %d, %+v", p.own.Held(), q)
	}
	newest := l.datagrams[len(l.datagrams)-1]
	var d wire.Data
	var run wire.RunReader
	rest, err := wire.ParseData(newest, &d, wire.Near{Held: m.sent, Beat: m.beat})
	if err != nil || run.BeginOwn(rest, m.held) != nil || !run.Alone {
		t.Fatalf("%v, %+v", err, run)
	}
	record := make([]byte, 4)
	for f := run.First; run.Count > 0; f++ {
		if _, err := run.Next(record); err != nil || string(record) != string(p.own.record(rollback.Frame(f))) {
			t.Fatalf("frame %d: %x, %v", f, record, err)
		}
	}
	for range 120 {
		play()
	}
	if r, over := tb.lobbies[0].Match().Result(); !over || r.Err == nil {
		t.Fatalf("%+v, over %v", r, over)
	}
}
