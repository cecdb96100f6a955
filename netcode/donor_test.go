//go:build !race

package netcode

import (
	"bytes"
	"slices"
	"testing"
	"time"

	"github.com/visavis-netcode/visavis/netcode/internal/link"
	"github.com/visavis-netcode/visavis/netcode/internal/membership"
	"github.com/visavis-netcode/visavis/netcode/internal/mesh"
	"github.com/visavis-netcode/visavis/netcode/internal/records"
	"github.com/visavis-netcode/visavis/netcode/internal/wire"
	"github.com/visavis-netcode/visavis/netcode/matchlog"
	"github.com/visavis-netcode/visavis/rollback"
)

// given is a match that a donor gives of, and that is nothing else.
type given struct {
	*membership.Peer
	confirmed rollback.Frame
	world     []byte
	kept      rollback.Frame // the oldest world that is
}

func (g *given) Current() rollback.Frame     { return g.confirmed + 1 }
func (g *given) settled() rollback.Frame     { return g.confirmed + 1 }
func (g *given) saves(f rollback.Frame) bool { return f%10 == 0 }
func (g *given) ChecksumAt(f rollback.Frame) (rollback.Checksum, bool) {
	return rollback.Checksum{Frame: f, World: 7}, f >= g.kept
}
func (g *given) OriginAt(f rollback.Frame) (rollback.Origin, bool) {
	return rollback.Origin{Frame: f}, f >= g.kept
}
func (g *given) AppendWorldAt(dst []byte, f rollback.Frame) ([]byte, bool) {
	return append(dst, g.world...), f >= g.kept
}
func (g *given) appendTable(dst []byte) []byte             { return append(dst, "table"...) }
func (g *given) logged(f rollback.Frame) []matchlog.Record { return nil }
func (g *given) confirm(d *donor)                          { g.confirmed++; d.giveFrame(g.confirmed, rollback.Lineup{}) }
func (g *given) through(d *donor, f rollback.Frame) {
	for g.confirmed < f {
		g.confirm(d)
	}
}

// taker is the link to somebody who is given something.
type taker struct {
	link.Link
	room   int // of its feed, in bytes
	blocks [][]byte
	denied wire.Denial
	closed bool
}

func (l *taker) State() link.State {
	if l.closed {
		return link.Closed
	}
	return link.Open
}
func (l *taker) FeedRoom() int { return l.room }
func (l *taker) SendFeed(b []byte) error {
	l.room -= len(b)
	l.blocks = append(l.blocks, bytes.Clone(b))
	return nil
}
func (l *taker) Send(b []byte) error {
	if m, err := wire.ParseMessage(b); err == nil {
		l.denied = m.(*wire.JoinDenied).Why
	}
	return nil
}

// giving is a donor of a match that is at frame 4, and the link to machine 2, which has asked
// in its attempt 9.
func giving(world int) (*donor, *given, *taker) {
	config := membership.Config{Records: records.Config{LeadFrames: 24, LimitFrames: 120, LagFrames: 60}, Tick: time.Second / 60, SilentAfter: time.Second, MinorityAfter: time.Second}
	g := &given{Peer: membership.New(config, membership.Founding([32]byte{}, 0b11), 0), confirmed: 4, world: make([]byte, world)}
	d, l := &donor{match: 1, windowFrames: 8, worlds: g, members: g, seats: g}, &taker{room: 1 << 30}
	d.begin(time.Second, &mesh.Conn{Link: l}, 2, 9)
	return d, g, l
}

// TestDonorGives: first whose attempt it is, then views, the world of a frame that is saved
// whatever else is, and then each frame behind it, once and in order.
func TestDonorGives(t *testing.T) {
	d, g, l := giving(100_000)
	g.through(d, 12)
	d.step()
	g.through(d, 40)
	d.step()
	if b := l.blocks[0]; len(b) != 9 || b[0] != feedBegins || b[8] != 9 {
		t.Fatalf("it begins with %x", b)
	}
	var kinds []string
	var world int
	next := rollback.Frame(10)
	for _, b := range l.blocks[1:] {
		block, err := matchlog.Parse(b[1:])
		if err != nil || b[0] != feedBlock {
			t.Fatal(err)
		}
		kind := ""
		switch b := block.(type) {
		case *matchlog.View:
			kind = "view"
		case *matchlog.Snapshot:
			if kind = "snapshot"; b.Frame != 10 || b.World != 7 {
				t.Errorf("%+v", b)
			}
		case *matchlog.Part:
			if kind = "part"; b.Section == matchlog.SectionWorld {
				world += len(b.Bytes)
			}
		case *matchlog.Frames:
			kind = "frames"
			if b.First != next {
				t.Errorf("frame %d comes, and %d is next", b.First, next)
			}
			for _, s := range b.Spans {
				next += rollback.Frame(s.Count)
			}
		}
		if len(kinds) == 0 || kinds[len(kinds)-1] != kind {
			kinds = append(kinds, kind)
		}
	}
	if !slices.Equal(kinds, []string{"view", "snapshot", "part", "frames"}) || world != 100_000 || next != 41 {
		t.Errorf("%v, a world of %d bytes, through frame %d", kinds, world, next-1)
	}
}

// TestDonorBounds: who takes nothing is given up, who is gone as well, and whose world is too
// big is told so, once; a world that is no longer kept is left for a later one.
func TestDonorBounds(t *testing.T) {
	d, g, l := giving(100)
	l.room = 0
	g.through(d, 20)
	for d.step(); d.to(2) != nil && g.confirmed < 1<<20; d.step() {
		for i := range d.donations { // as if each frame were a block
			d.donations[i].wait(make([]byte, 64<<10))
		}
		g.confirm(d)
	}
	if kept := g.confirmed - 20; kept < maxDonationBytes/(64<<10) || kept > maxDonationBytes/(64<<10)+2 {
		t.Errorf("%d blocks of 64 KiB were kept for it", kept)
	}

	d, g, l = giving(100)
	g.through(d, 20)
	l.closed = true
	if d.step(); d.to(2) != nil {
		t.Error("who is gone is given something")
	}

	d, g, l = giving(matchlog.MaxSnapshotBytes + 1)
	g.through(d, 20)
	if d.step(); d.to(2) != nil || l.denied != wire.DenialTooBig || len(l.blocks) > 0 {
		t.Errorf("the world is too big, and it is told %v and given %d blocks", l.denied, len(l.blocks))
	}

	d, g, l = giving(100)
	g.through(d, 9)
	g.kept = 1000
	g.through(d, 40)
	if d.step(); d.to(2) == nil || d.to(2).begun || len(l.blocks) > 0 {
		t.Error("a world that is not kept was not left")
	}
	g.kept = 0
	g.through(d, 60)
	if d.step(); len(l.blocks) == 0 || d.to(2).frame != 50 {
		t.Errorf("%d blocks, from frame %d", len(l.blocks), d.to(2).frame)
	}
}

// TestDonorBusy: two at a time, and nobody twice within a moment.
func TestDonorBusy(t *testing.T) {
	d, _, l := giving(100)
	if !d.busy(time.Second, 2) || d.busy(time.Second+askedPause, 2) || d.busy(time.Second, 3) {
		t.Error("one who asks again waits a moment, and nobody else")
	}
	d.begin(time.Second, &mesh.Conn{Link: l}, 3, 1)
	if !d.busy(time.Hour, 4) || d.busy(time.Hour, 2) {
		t.Error("a third waits, and who is given something may begin anew")
	}
	if d.begin(time.Hour, &mesh.Conn{Link: l}, 2, 10); len(d.donations) != 2 || d.to(2).attempt != 10 {
		t.Error("it was not begun anew")
	}
}
