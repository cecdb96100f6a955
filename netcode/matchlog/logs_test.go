package matchlog

import (
	"bytes"
	"encoding/binary"
	"testing"

	"github.com/zeebo/xxh3"

	"github.com/visavis-netcode/visavis/netcode/internal/records"
	"github.com/visavis-netcode/visavis/rollback"
)

var testHeader = Header{
	Engine: "v0", Game: "frogs", Rules: 7, Layout: 8, TickRate: 60, InputBytes: 2, ChecksumFrames: 60, LeadFrames: 24,
	Seed: 5, Players: []Player{{Name: "Ana"}, {Machine: 1, Name: "Ben"}}, Began: 1_795_000_000_000,
}

// testWorld is the world before a frame of a test's match.
func testWorld(f rollback.Frame, size int) []byte {
	b := make([]byte, size)
	for i := range b {
		b[i] = byte(i * i >> 8)
	}
	binary.BigEndian.PutUint32(b, uint32(f))
	return b
}

// testContent is what two machines press in a frame.
func testContent(f rollback.Frame) []Record {
	return []Record{
		{records.StreamID{}, 1, []byte{byte(f / 7), 1}},
		{records.StreamID{Machine: 1}, 2, []byte{byte(f / 11), byte(f / 50)}},
	}
}

// checkFrames reads all stretches, whose content must be that of writeLog through the end
// that the log says.
func checkFrames(t testing.TB, l *Log) {
	t.Helper()
	next := rollback.Frame(0)
	for i := range l.Starts() {
		s, err := l.Stretch(i)
		if s == nil || err != nil && i+1 < len(l.Starts()) {
			t.Fatalf("stretch %d: %v", i, err)
		}
		if s.Snapshot.Frame != next || !bytes.Equal(s.World, testWorld(next, len(s.World))) || s.Snapshot.World != xxh3.Hash(s.World) {
			t.Fatalf("stretch %d begins with frame %d, or another world", i, s.Snapshot.Frame)
		}
		for ; next < s.End(); next++ {
			span, place, ok := s.At(next)
			want := testContent(next)
			if !ok || len(span.Runs) != 2 || !bytes.Equal(span.Runs[0].Records[place], want[0].Bytes) || !bytes.Equal(span.Runs[1].Records[place], want[1].Bytes) {
				t.Fatalf("frame %d is another one", next)
			}
		}
		if _, _, ok := s.At(next); ok {
			t.Fatalf("frame %d is there", next)
		}
	}
	if next != l.Frames {
		t.Fatalf("%d frames of %d", next, l.Frames)
	}
}
