//go:build !race

package netcode

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"github.com/visavis-netcode/visavis/netcode/internal/link"
	"github.com/visavis-netcode/visavis/netcode/internal/records"
	"github.com/visavis-netcode/visavis/netcode/internal/wire"
	"github.com/visavis-netcode/visavis/rollback"
)

// TestPackedRun: a run of what a player holds is written at once, and of what was packed
// before is copied; both are the same as if record after record were packed for it.
func TestPackedRun(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	own := records.StreamID{}
	set := records.New(records.Config{LeadFrames: 24, LimitFrames: 120}, []records.StreamID{own}, own)
	s := newStream(set.Stream(own))
	s.zero = zeros[:4]
	record := []byte{0, 0, 0, 0, 7}
	for f := range rollback.Frame(1500) {
		if random.IntN(40) == 0 {
			record[random.IntN(4)]++
		}
		set.Produce(record[:4+random.IntN(200)/199])
		set.Confirm()
		span := runSpan{from: max(0, f-rollback.Frame(random.IntN(120))), through: f, alone: random.IntN(4) == 0, most: wire.AloneHeadBytes + 1 + random.IntN(40)}
		if random.IntN(2) == 0 {
			span.most = link.MaxDatagramBytes
		}
		var run wire.RunWriter
		s.begin(&run, nil, span.from, span.alone, span.most)
		n := 0
		for n <= int(f-span.from) && run.Add(s.record(span.from+rollback.Frame(n))) {
			n++
		}
		want, _ := run.End(false)
		var k packedRun
		if k.pack(s, span); !bytes.Equal(k.bytes, want) || int(k.next-span.from) != n {
			t.Fatalf("%+v: %x, want %x", span, k.bytes, want)
		}
	}
}

// TestFirstRecordWithEntries: the very first record may say something, too, and so be longer
// than the nothing before it.
func TestFirstRecordWithEntries(t *testing.T) {
	own := records.StreamID{}
	set := records.New(records.Config{LeadFrames: 24, LimitFrames: 120}, []records.StreamID{own}, own)
	s := newStream(set.Stream(own))
	s.zero = zeros[:4]
	set.Produce([]byte{0, 0, 0, 9, 7})
	b, next := s.appendRun(nil, runSpan{most: link.MaxDatagramBytes})
	var run wire.RunReader
	if err := run.BeginOwn(b, -1); err != nil || next != 1 || run.First != 0 || run.Count != 1 || !run.Alone {
		t.Fatalf("%x, frames to %d: %v", b, next-1, err)
	}
	if got, err := run.Next(make([]byte, run.Bytes, wire.MaxRecordBytes)); err != nil || !bytes.Equal(got, s.record(0)) {
		t.Fatalf("%x, %v", got, err)
	}
}
