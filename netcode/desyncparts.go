package netcode

import (
	"github.com/zeebo/xxh3"

	"github.com/visavis-netcode/visavis/netcode/internal/wire"
	"github.com/visavis-netcode/visavis/rollback"
)

// Two worlds of the first frame that differs are compared by parts: each side tells the
// other the hashes of its world's parts, asks for the first that differs, and looks which
// fields lie in it. So a world of 16 MiB costs each side 4 kB of hashes and, as a field
// may lie across the border of two parts, at most 64 kB. A small world is asked for whole,
// because one that has grown or shrunk, with a slice in it, cannot be put together from
// parts of both. Each side answers each peer once, so nobody makes another work for more.

// shownWorld is the world whose parts a peer has been told of, and may ask for, once.
type shownWorld struct {
	told  bool
	asked bool
	frame rollback.Frame
}

// theirWorld is the peer's world of the frame that differs, as far as it is known: what
// has not come yet stands there as it is here. Owner: desyncHunt.
type theirWorld struct {
	compared    bool // the hashes have come
	whole       bool // all of it was asked for: when it has come, nothing in it is this machine's
	world       []byte
	next, count int // parts that are asked for and have not come
}

// worldParts returns the hashes of a world's parts.
func worldParts(world []byte) (hashes []uint64) {
	for at := 0; at < len(world); at += wire.MaxWorldPart {
		hashes = append(hashes, xxh3.Hash(world[at:min(len(world), at+wire.MaxWorldPart)]))
	}
	return hashes
}

// sendParts tells a peer what the world before frame f looks like here; nothing of it if
// it is too big or not kept, which the other side takes as "no field known".
func (p *play) sendParts(q *peer, f rollback.Frame) {
	world, ok := p.sim.appendWorldAt(nil, f)
	if !ok || wire.WorldParts(len(world)) > wire.MaxWorldParts {
		world = nil
	}
	p.desync.shown[q.machine] = shownWorld{told: true, frame: f}
	q.conn.Send(&wire.DesyncParts{Match: p.match, Frame: int32(f), Bytes: uint32(len(world)), Hashes: worldParts(world)})
}

// peerParts asks the peer for the parts in which its world may differ.
func (p *play) peerParts(q *peer, m *wire.DesyncParts) {
	h := &p.desync
	if p.phase != comparing || h.peer != q || h.theirs.compared || m.Frame > int32(p.finalFrame())+1 {
		return
	}
	if f := rollback.Frame(m.Frame); f != h.frame {
		h.frame, h.first = f, false
	}
	mine, kept := p.sim.appendWorldAt(nil, h.frame)
	first, count := 0, len(m.Hashes)
	whole := count <= wire.MaxAskedParts
	if !whole {
		first, count = partsThatDiffer(worldParts(mine), m.Hashes)
	}
	h.theirs = theirWorld{compared: true, world: mine, next: first, count: count}
	switch {
	case !kept || count == 0 || !whole && len(mine) != int(m.Bytes):
		p.concludeDesync("", "", "")
		return
	case whole:
		h.theirs.world, h.theirs.whole = make([]byte, m.Bytes), true
	}
	q.conn.Send(&wire.DesyncAsk{Match: p.match, Frame: m.Frame, First: uint16(first), Count: uint16(count)})
}

// partsThatDiffer returns the first part that differs and the one behind it, if there is
// one: a field that begins in the first may end there.
func partsThatDiffer(mine, theirs []uint64) (first, count int) {
	for i := range min(len(mine), len(theirs)) {
		if mine[i] != theirs[i] {
			return i, min(2, len(theirs)-i)
		}
	}
	return 0, 0
}

// peerAsks sends a peer the parts of a world that it has been told of.
func (p *play) peerAsks(q *peer, m *wire.DesyncAsk) {
	shown := &p.desync.shown[q.machine]
	if !shown.told || shown.asked || rollback.Frame(m.Frame) != shown.frame {
		return
	}
	shown.asked = true
	world, _ := p.sim.appendWorldAt(nil, shown.frame)
	for i := range int(m.Count) {
		part := int(m.First) + i
		at := part * wire.MaxWorldPart
		if at >= len(world) {
			return // no honest peer asks for that
		}
		q.conn.Send(&wire.DesyncPart{Match: p.match, Frame: m.Frame, Part: uint16(part), Bytes: world[at:min(len(world), at+wire.MaxWorldPart)]})
	}
}

// peerPart takes a part that was asked for. When all are here the worlds are compared
// field by field.
func (p *play) peerPart(q *peer, m *wire.DesyncPart) {
	h := &p.desync
	t := &h.theirs
	at := int(m.Part) * wire.MaxWorldPart
	if p.phase != comparing || h.peer != q || t.count == 0 || m.Frame != int32(h.frame) || int(m.Part) != t.next ||
		len(m.Bytes) != min(wire.MaxWorldPart, len(t.world)-at) {
		return // the stream is in order: anything else is not ours
	}
	copy(t.world[at:], m.Bytes)
	t.next++
	if t.count--; t.count > 0 {
		return
	}
	if differences := p.sim.diffAt(h.frame, t.world); len(differences) > 0 {
		p.concludeDesync(differences[0].Field, differences[0].A, differences[0].B)
		return
	}
	p.concludeDesync("", "", "")
}
