package hunt

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
// has not come yet stands there as it is here. Owner: Hunt.
type theirWorld struct {
	compared    bool // the hashes have come
	whole       bool // all of it was asked for: when it has come, nothing in it is this machine's
	world       []byte
	next, count int // parts that are asked for and have not come
}

// partHashes returns the hashes of a world's parts.
func partHashes(world []byte) (hashes []uint64) {
	for at := 0; at < len(world); at += wire.MaxWorldPart {
		hashes = append(hashes, xxh3.Hash(world[at:min(len(world), at+wire.MaxWorldPart)]))
	}
	return hashes
}

// show tells a peer what the world before frame f looks like here; nothing of it if
// it is too big or not kept, which the other side takes as "no field known".
func (h *Hunt) show(machine uint8, f rollback.Frame) {
	world, ok := h.worlds.AppendWorldAt(nil, f)
	if !ok || wire.WorldParts(len(world)) > wire.MaxWorldParts {
		world = nil
	}
	h.shown[machine] = shownWorld{told: true, frame: f}
	h.say(machine, &wire.DesyncParts{Match: h.match, Frame: int32(f), Bytes: uint32(len(world)), Hashes: partHashes(world)})
}

// TakeParts asks the peer for the parts in which its world may differ.
func (h *Hunt) TakeParts(machine uint8, m *wire.DesyncParts) {
	f := rollback.Frame(m.Frame)
	if !h.running || h.found.Machine != machine || h.theirs.compared || f > h.through()+1 {
		return
	}
	if f != h.found.Frame {
		h.found.Frame, h.found.First = f, false
	}
	mine, kept := h.worlds.AppendWorldAt(nil, f)
	first, count := 0, len(m.Hashes)
	whole := count <= wire.MaxAskedParts
	if !whole {
		first, count = partsThatDiffer(partHashes(mine), m.Hashes)
	}
	h.theirs = theirWorld{compared: true, world: mine, next: first, count: count}
	switch {
	case !kept || count == 0 || !whole && len(mine) != int(m.Bytes):
		h.Stop()
		return
	case whole:
		h.theirs.world, h.theirs.whole = make([]byte, m.Bytes), true
	}
	h.say(machine, &wire.DesyncAsk{Match: h.match, Frame: m.Frame, First: uint16(first), Count: uint16(count)})
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

// Answer sends a peer the parts of a world that it has been told of.
func (h *Hunt) Answer(machine uint8, m *wire.DesyncAsk) {
	shown := &h.shown[machine]
	if !shown.told || shown.asked || rollback.Frame(m.Frame) != shown.frame {
		return
	}
	shown.asked = true
	world, _ := h.worlds.AppendWorldAt(nil, shown.frame)
	for i := range int(m.Count) {
		part := int(m.First) + i
		at := part * wire.MaxWorldPart
		if at >= len(world) {
			return // no honest peer asks for that
		}
		h.say(machine, &wire.DesyncPart{Match: h.match, Frame: m.Frame, Part: uint16(part), Bytes: world[at:min(len(world), at+wire.MaxWorldPart)]})
	}
}

// TakePart takes a part that was asked for. When all are here the worlds are compared
// field by field.
func (h *Hunt) TakePart(machine uint8, m *wire.DesyncPart) {
	t := &h.theirs
	at := int(m.Part) * wire.MaxWorldPart
	if !h.running || h.found.Machine != machine || t.count == 0 || m.Frame != int32(h.found.Frame) || int(m.Part) != t.next ||
		len(m.Bytes) != min(wire.MaxWorldPart, len(t.world)-at) {
		return // the stream is in order: anything else is not ours
	}
	copy(t.world[at:], m.Bytes)
	t.next++
	if t.count--; t.count > 0 {
		return
	}
	if differences := h.worlds.DiffAt(h.found.Frame, t.world); len(differences) > 0 {
		d := differences[0]
		h.found.Field, h.found.Here, h.found.There = d.Field, d.A, d.B
	}
	h.Stop()
}

// TheirWorld returns the peer's world before a frame, if all of it is known.
func (h *Hunt) TheirWorld(f rollback.Frame) (world []byte, known bool) {
	t := &h.theirs
	return t.world, t.whole && t.count == 0 && h.found.Frame == f
}
