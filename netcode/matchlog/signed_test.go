//go:build !race

package matchlog

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"os"
	"testing"

	"github.com/visavis-netcode/visavis/netcode/internal/records"
	"github.com/visavis-netcode/visavis/rollback"
)

// signedLog is a match over sockets, of three with identities: one leaves at frame 700, and a
// fourth takes the seat from frame 1338 on. It stays for ever.
const signedLog = "testdata/v1signed.vvlog"

// sealReader looks at the seals of a log by nothing but what stands in the package's documentation:
// whoever reads logs with another program does it like this.
type sealReader struct {
	header  *Header
	places  rollback.Frame // P
	keys    map[records.StreamID][32]byte
	digests map[records.StreamID]map[rollback.Frame][32]byte // by the frame through which they are
	open    map[records.StreamID][][]byte                    // records of the link that is not whole
	good    map[records.StreamID][]rollback.Frame            // through which a seal is good
}

// readSeals reads a log.
func readSeals(l *Log) (*sealReader, error) {
	h := l.Header
	r := &sealReader{header: h, places: 1, keys: map[records.StreamID][32]byte{}, digests: map[records.StreamID]map[rollback.Frame][32]byte{},
		open: map[records.StreamID][][]byte{}, good: map[records.StreamID][]rollback.Frame{}}
	for least := max(h.TickRate, h.LeadFrames) + 5*h.LeadFrames + 4*h.TickRate + 159; int(r.places) <= least; r.places *= 2 {
	}
	for _, p := range h.Players {
		r.keys[records.StreamID{Machine: p.Machine}] = p.Key
	}
	for block, err := range l.Blocks() {
		switch b := block.(type) {
		case *Newcomer:
			r.keys[b.Stream] = b.Key
		case *Frames:
			for at := range b.Count() {
				f := b.First + rollback.Frame(at)
				span, place, _ := b.At(f)
				for _, run := range span.Runs {
					r.record(run.Stream, f, run.Records[place])
				}
			}
		case *Signed:
			err = r.seal(b.Bytes)
		}
		if err != nil {
			return r, err
		}
	}
	return r, nil
}

// record takes a stream's next, and makes the digest of a link that is whole.
func (r *sealReader) record(id records.StreamID, f rollback.Frame, record []byte) {
	r.open[id] = append(r.open[id], record)
	if (f+1)%24 != 0 {
		return
	}
	if r.digests[id] == nil {
		r.digests[id] = map[rollback.Frame][32]byte{}
	}
	before := r.digests[id][f-24] // zero for the first
	b := before[:]
	for list := r.open[id]; len(list) > 0; {
		from, alike := f+1-rollback.Frame(len(list)), 1
		for alike < len(list) && len(list[alike]) == len(list[0]) && (from+rollback.Frame(alike))%r.places != 0 {
			alike++
		}
		b = append(binary.AppendUvarint(b, uint64(len(list[0]))), byte(alike))
		b = append(b, bytes.Join(list[:alike], nil)...)
		list = list[alike:]
	}
	r.digests[id][f], r.open[id] = sha256.Sum256(b), nil
}

// seal looks at one.
func (r *sealReader) seal(b []byte) error {
	rest, numbers := b[2:], [3]uint64{}
	for i := range numbers {
		n, used := binary.Uvarint(rest)
		numbers[i], rest = n, rest[used:]
	}
	id, through := records.StreamID{Machine: b[1], Born: uint32(numbers[0])}, rollback.Frame(numbers[1])-1
	key, domain, last := r.keys[id], "visavis match "+string(r.header.Match[:]), len(b)-ed25519.SignatureSize
	switch {
	case b[0] != 12 || len(rest) != 1+32+ed25519.SignatureSize || rest[0] != 1:
		return fmt.Errorf("%x is no seal", b)
	case !ed25519.Verify(key[:], append([]byte(domain), b[:last]...), b[last:]):
		return fmt.Errorf("%v has not signed the frames through %d", id, through)
	case [32]byte(rest[1:]) != r.digests[id][through]:
		return fmt.Errorf("%v has signed something else through frame %d", id, through)
	}
	r.good[id] = append(r.good[id], through)
	return nil
}

// TestGoldenSeals: the seals of a recorded match are what this package's documentation says: those
// of the players who have left and come as well.
func TestGoldenSeals(t *testing.T) {
	b, err := os.ReadFile(signedLog)
	if err != nil {
		t.Fatal(err)
	}
	l, err := open(b)
	if err != nil || l.Cut != nil || l.Frames != 3000 || l.Result == nil || !l.Result.Agreed {
		t.Fatalf("%+v, %v", l, err)
	}
	r, err := readSeals(l)
	if err != nil {
		t.Error(err)
	}
	want := map[records.StreamID][]rollback.Frame{
		{Machine: 0}: {2879, 2999}, {Machine: 1}: {2879, 2975}, {Machine: 2}: {695}, {Machine: 3, Born: 2}: {2879, 2975},
	}
	if fmt.Sprint(r.good) != fmt.Sprint(want) {
		t.Errorf("the seals are good through %v, want %v", r.good, want)
	}
	l.Header.Match[0] ^= 1
	if r, err := readSeals(l); err == nil {
		t.Errorf("the seals are good for another match, too: %v", r.good)
	}
}
