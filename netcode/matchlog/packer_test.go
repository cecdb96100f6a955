//go:build !race

package matchlog

import (
	"bytes"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"github.com/visavis-netcode/visavis/netcode/internal/records"
	"github.com/visavis-netcode/visavis/rollback"
)

// packedFrame is a frame as it goes into a Packer, or comes out of a block.
type packedFrame struct {
	f       rollback.Frame
	lineup  rollback.Lineup
	content []Record
}

func unpack(b *Frames) (list []packedFrame) {
	f := b.First
	for _, s := range b.Spans {
		for i := range s.Count {
			p := packedFrame{f: f, lineup: s.Lineup}
			for _, r := range s.Runs {
				p.content = append(p.content, Record{r.Stream, r.Seats, slices.Clip(append([]byte{}, r.Records[i]...))})
			}
			list = append(list, p)
			f++
		}
	}
	return list
}

// draw makes frames of a match of so many machines, whose records change now and then.
func draw(rng *rand.Rand, machines, frames, recordBytes int) (list []packedFrame) {
	var live []Record
	for m := range machines {
		live = append(live, Record{records.StreamID{Machine: uint8(m)}, 1 << m, make([]byte, recordBytes)})
	}
	lineup := rollback.Lineup{}
	for f := range rollback.Frame(frames) {
		if rng.IntN(50) == 0 && len(live) > 0 {
			gone := rng.IntN(len(live))
			lineup.Absent |= live[gone].Seats
			live = slices.Delete(live, gone, gone+1)
		}
		lineup.Paused = rng.IntN(40) == 0
		p := packedFrame{f: f, lineup: lineup}
		for i := range live {
			r := &live[i]
			switch rng.IntN(6) {
			case 0:
				r.Bytes = slices.Clone(r.Bytes)
				for range 1 + rng.IntN(recordBytes) {
					r.Bytes[rng.IntN(len(r.Bytes))] = byte(rng.Uint32())
				}
			case 1:
				if rng.IntN(10) == 0 { // entries
					p.content = append(p.content, Record{r.Stream, r.Seats, append(slices.Clone(r.Bytes), "entries"...)})
					continue
				}
			}
			p.content = append(p.content, *r)
		}
		list = append(list, p)
	}
	return list
}

// TestPacker: what goes in comes out, in blocks that are not too long.
func TestPacker(t *testing.T) {
	for seed := range uint64(40) {
		rng := rand.New(rand.NewPCG(seed, 1))
		want := draw(rng, 1+rng.IntN(16), 1500, 1+rng.IntN(300))
		var got []packedFrame
		var p Packer
		blocks := 0
		take := func() {
			b := Append(nil, p.Block())
			block, err := Parse(b)
			if err != nil || len(b) > MaxBlockBytes {
				t.Fatalf("seed %d: %d bytes, %v", seed, len(b), err)
			}
			blocks++
			got = append(got, unpack(block.(*Frames))...)
		}
		for _, w := range want {
			if !p.Add(w.f, w.lineup, w.content) {
				if take(); !p.Add(w.f, w.lineup, w.content) {
					t.Fatalf("seed %d: an empty block is full", seed)
				}
			}
		}
		take()
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("seed %d: other frames", seed)
		}
		if blocks > 1500 {
			t.Errorf("seed %d: %d blocks", seed, blocks)
		}
	}
}

// TestPackerFull: the largest records of everybody, none like the one before, fit a block
// once, and frames out of order do not follow.
func TestPackerFull(t *testing.T) {
	var content []Record
	for m := range uint8(records.MaxMachines) {
		content = append(content, Record{records.StreamID{Machine: m, Born: 1<<32 - 1}, 1 << m, bytes.Repeat([]byte{m}, MaxRecordBytes)})
	}
	var p Packer
	if !p.Add(1<<30, rollback.Lineup{Paused: true}, content) || p.Add(1<<30+2, rollback.Lineup{Paused: true}, content) {
		t.Fatal("not taken, or a frame left out")
	}
	if n := len(Append(nil, p.Block())); n > MaxBlockBytes || p.Block() != nil || !p.Empty() {
		t.Errorf("%d bytes", n)
	}
}
