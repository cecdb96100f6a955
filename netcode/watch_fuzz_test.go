//go:build !race

package netcode

import (
	"bytes"
	"encoding/binary"
	"sync"
	"testing"

	"github.com/visavis-netcode/visavis/netcode/internal/audience"
	"github.com/visavis-netcode/visavis/netcode/internal/wire"
	"github.com/visavis-netcode/visavis/netcode/matchlog"
	"github.com/visavis-netcode/visavis/rollback"
)

// shownMatch is a match as somebody has seen it who watches: its header, and what came then.
type shownMatch struct {
	header *matchlog.Header
	show   *wire.Show
	items  []audience.Item
}

// seenOnce is one of three, who sign, for some ten seconds, with a world at both ends.
var seenOnce = sync.OnceValue(func() *shownMatch {
	t := new(testing.T)
	g := newTree(t, 3, 1, 650, Conditions{DelayMs: 20})
	w := g.watch()
	g.away[1] = true // it is polled here
	seen := &shownMatch{}
	for n := 0; n == 0 || !seen.items[n-1].Last; n = len(seen.items) {
		g.tick()
		w.room.Poll()
		if v := w.room.watching.viewer; v != nil {
			for item, more := v.Take(); more; item, more = v.Take() {
				seen.items = append(seen.items, item)
			}
		}
	}
	seen.header, seen.show = w.room.watching.acts.all[0].header, w.room.watching.show
	return seen
})

// FuzzShown has a host show whatever it likes, near enough to what it should: it signs all of it.
// Who watches bears that, and keeps no more than one segment is made of.
func FuzzShown(f *testing.F) {
	f.Add([]byte{})
	for op := range byte(8) {
		f.Add(append(bytes.Repeat([]byte{0}, int(op)), op, 9, 1, 30, 2, 200, 3, op, 5, 6, 7, 0, 0, op, 8, 1, 40, 4))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) > 1500 {
			return
		}
		seen, tp := seenOnce(), &tape{b}
		w, err := Watch(NewMemoryNetwork(9).NewNode("Vera"), attendanceGame(AbsentIdle), "198.51.100.1:7777", LobbyConfig{})
		if err != nil {
			t.Fatal(err)
		}
		defer w.room.node.Close()
		watching := w.room.watching
		watching.show, watching.viewer = seen.show, audience.NewViewer(seen.show.Match, seen.show.Key[:])
		watching.acts.begins(&act{show: seen.show, header: seen.header, viewer: watching.viewer})
		w.goesOn()
		for _, item := range seen.items {
			w.items = append(w.items, tp.bendShown(item)...)
			w.broken = w.broken || w.play() != nil
			w.look()
			if len(w.sums) > maxUnshown || len(w.commands) > audience.MaxSegmentBytes/4 {
				t.Fatalf("%d sums and %d commands are kept", len(w.sums), len(w.commands))
			}
			w.AppendCast(nil)
		}
		for range 1000 {
			w.broken = w.broken || w.play() != nil
		}
		w.look()
		if s := w.status; len(b) == 0 && (!s.Over || s.Verified < 10 || s.Signed < 600 || s.Differs != rollback.NoFrame) {
			t.Errorf("of an honest host it sees %+v", s)
		}
	})
}

// bendShown does something to what is shown next.
func (t *tape) bendShown(item audience.Item) []audience.Item {
	op := t.byte() % 8
	if op == 3 && item.Begins {
		op = 0 // whoever is shown nothing has nothing to step
	}
	if item.Log = bytes.Clone(item.Log); len(item.Log) == 0 {
		return []audience.Item{item}
	}
	at := int(t.number() % uint64(len(item.Log)))
	switch op {
	case 1, 2:
		for range t.byte()%4 + 1 {
			item.Log[int(t.number()%uint64(len(item.Log)))] ^= t.byte() | 1
		}
	case 3:
		return nil
	case 4:
		return []audience.Item{item, item}
	case 5: // another block, in front
		block := t.take(int(t.byte()))
		item.Log = append(append(binary.BigEndian.AppendUint16(nil, uint16(len(block))), block...), item.Log...)
	case 6:
		item.Log = item.Log[:at]
	case 7:
		item.Begins, item.Start = true, append(bytes.Clone(item.Start), t.take(int(t.byte()))...)
	}
	return []audience.Item{item}
}
