//go:build !race

package audience

import (
	"bytes"
	"crypto/ed25519"
	"reflect"
	"testing"
	"time"
)

func someMessages() []Message {
	n := Neighbour{ID: 17, Key: [32]byte{1, 2}, Contact: []byte("somewhere")}
	return []Message{
		&Ask{5}, &Ask{noSegment}, &StandBy{}, &Cease{}, &Denied{Full}, &Have{Next: 9, Path: []ID{16, 0}},
		&Report{Parent: NoID, Room: 6, Next: 3, Lost: []ID{18}}, &Placement{Self: 16, Sources: []Neighbour{{ID: 0}, n}}, &Introduction{n},
		&Successor{Term: 2, Host: n, Signature: [64]byte{3}}, &Sum{Frame: 60, World: 1 << 63},
	}
}

// TestMessages: what is written is read again.
func TestMessages(t *testing.T) {
	for _, m := range someMessages() {
		b := AppendMessage(nil, m)
		got, err := ParseMessage(b)
		if err != nil || !reflect.DeepEqual(got, m) {
			t.Errorf("%#v is read as %#v, %v", m, got, err)
		}
		for i := range b {
			if _, err := ParseMessage(b[:i]); err == nil {
				t.Errorf("%#v, cut after %d bytes, is read", m, i)
			}
		}
	}
}

// FuzzMessage: any bytes give a message that is written the same way, or an error.
func FuzzMessage(f *testing.F) {
	for _, m := range someMessages() {
		f.Add(AppendMessage(nil, m))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := ParseMessage(b)
		if err == nil && !bytes.Equal(AppendMessage(nil, m), b) {
			t.Errorf("%x is read as %#v", b, m)
		}
	})
}

// FuzzFeed: a viewer bears any blocks, and shows nothing that is not signed.
func FuzzFeed(f *testing.F) {
	key := testKey("source")
	world := bytes.Repeat([]byte{7}, 40)
	first := Segment{Number: 3, World: SumOf(world), Log: []byte("log")}
	second := Segment{Number: 4, Last: true, Log: []byte("more")}
	feed := func(pieces ...[]byte) (b []byte) {
		for _, p := range pieces {
			b = append(append(b, byte(len(p))), p...)
		}
		return b
	}
	whole := func(kind byte, number uint32, bytes []byte) []byte {
		b, _ := appendPiece(nil, Tag(match), kind, number, bytes, 0)
		return b
	}
	f.Add(feed(whole(pieceSegment, 3, first.Stamp(match, key)), whole(pieceWorld, 3, world), whole(pieceSegment, 4, second.Stamp(match, key))))
	f.Add(feed(whole(pieceSegment, 4, second.Stamp(match, key))))
	f.Add(feed(whole(pieceSegment, 3, first.Stamp(match, testKey("liar"))), whole(pieceWorld, 3, world)))
	f.Fuzz(func(t *testing.T, b []byte) {
		v := NewViewer(match, key.Public().(ed25519.PublicKey))
		v.Placed(0, &Placement{Self: 16, Sources: []Neighbour{{ID: 0}}})
		v.Up(0, 0)
		for at := 0; at < len(b); {
			n := min(int(b[at]), len(b)-at-1)
			if v.Fed(time.Second, 0, b[at+1:at+1+n]) != nil {
				break
			}
			at += 1 + n
		}
		for {
			item, ok := v.Take()
			if !ok {
				return
			}
			if s := string(item.Log); s != "log" && s != "more" || item.Begins && !bytes.Equal(item.Start, world) {
				t.Errorf("a viewer is shown %+v", item)
			}
		}
	})
}
