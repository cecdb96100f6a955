package hunt

import (
	"github.com/visavis-netcode/visavis/netcode/internal/wire"
	"github.com/visavis-netcode/visavis/rollback"
)

// Worlds is what a hunt needs of this machine's part in the match.
type Worlds interface {
	Confirmed() rollback.Frame // the newest frame that everybody has had his say in
	Current() rollback.Frame   // the next to be stepped

	ChecksumAt(f rollback.Frame) (rollback.Checksum, bool)
	// AppendWorldAt appends the world before a frame. It reports false if that is not kept.
	AppendWorldAt(dst []byte, f rollback.Frame) ([]byte, bool)
	// DiffAt names the fields in which a peer's world before a frame differs, the first one
	// first: none if what was sent is no world.
	DiffAt(f rollback.Frame, theirs []byte) []rollback.Difference
}

// Found is what a hunt has found so far.
type Found struct {
	Machine uint8          // whose world is another one
	Frame   rollback.Frame // the first that is known to differ
	Agreed  rollback.Frame // the last that is known to agree
	First   bool           // Frame is the very first that differs: the one before was compared, too
	Inputs  bool           // the inputs differ, not (only) the simulation
	Equal   bool           // the worlds are equal: only one side takes the frame for the end

	// The first field that differs, and its two values; "" if none is known.
	Field, Here, There string

	Theirs wire.Checksum // what the peer has said, by which the hunt has begun,
	World  uint64        // and the hash of this machine's world of that frame
}

// Hunt is the search for the first frame and field in which two worlds differ, and what
// others who hunt are told. Owner: the match.
type Hunt struct {
	match  uint32
	worlds Worlds
	say    func(machine uint8, m wire.Message)

	found   Found
	begun   bool
	running bool
	located bool
	told    [wire.MaxMachines]bool // who else has been told of a world
	shown   [wire.MaxMachines]shownWorld
	waiting [wire.MaxMachines]*wire.DesyncHashes // of those who hunt already; nil: none
	theirs  theirWorld
}

// New returns a hunt that has not begun, of a match that goes by a number. say sends a
// message to a machine.
func New(match uint32, say func(machine uint8, m wire.Message)) *Hunt {
	return &Hunt{match: match, say: say}
}

// Attach gives the hunt the worlds that it is about, before anything comes.
func (h *Hunt) Attach(worlds Worlds) { h.worlds = worlds }

// Begin begins the hunt: a peer's checksum of a frame is not the one that this machine has.
// agreed is the newest frame before it of which the two have the same world. Where the inputs
// differ there is nothing to be looked for.
func (h *Hunt) Begin(machine uint8, mine rollback.Checksum, theirs *wire.Checksum, agreed rollback.Frame) {
	waiting := h.waiting
	*h = Hunt{match: h.match, worlds: h.worlds, say: h.say, begun: true, running: true}
	h.found = Found{Machine: machine, Frame: mine.Frame, Agreed: agreed, Inputs: mine.Inputs != theirs.Inputs, Theirs: *theirs, World: mine.World}
	if h.found.Inputs {
		h.waiting, h.running = waiting, false
		return
	}
	hashes := &wire.DesyncHashes{Match: h.match, First: int32(max(agreed, mine.Frame-wire.MaxDesyncHashes+1))}
	for f := rollback.Frame(hashes.First); f <= mine.Frame; f++ {
		sum, _ := h.worlds.ChecksumAt(f) // 0: no longer kept
		hashes.Hashes = append(hashes.Hashes, sum.World)
	}
	h.say(machine, hashes)
	for machine, m := range waiting {
		if m != nil {
			h.TakeHashes(uint8(machine), m)
		}
	}
}

// Over reports whether the hunt has begun, and has found all that it finds.
func (h *Hunt) Over() bool { return h.begun && !h.running }

// Stop ends the hunt with what it has found.
func (h *Hunt) Stop() { h.running = false }

// Found is what has been found so far.
func (h *Hunt) Found() Found { return h.found }

// Comparable reports whether a peer's hashes are of frames that can be compared here: no
// honest peer has others.
func (h *Hunt) Comparable(m *wire.DesyncHashes) bool {
	newest := int64(m.First) + int64(len(m.Hashes)) - 1 // may be beyond all frames
	return len(m.Hashes) > 0 && newest <= int64(h.through())+1
}

// Claimed is the frame that a peer who hunts already knows to differ, and the two worlds of
// it. Its hashes are comparable.
func (h *Hunt) Claimed(m *wire.DesyncHashes) (mine rollback.Checksum, theirs wire.Checksum) {
	f := last(m)
	mine, _ = h.worlds.ChecksumAt(f) // 0: no longer kept
	mine.Frame = f
	return mine, wire.Checksum{Frame: int32(f), World: m.Hashes[len(m.Hashes)-1], Inputs: mine.Inputs}
}

// Keep keeps a peer's hashes until a hunt begins: this machine has yet to see for itself
// whose world is another one.
func (h *Hunt) Keep(machine uint8, m *wire.DesyncHashes) { h.waiting[machine] = m }

// Forget drops what the former self of a machine that has come back has sent.
func (h *Hunt) Forget(machine uint8) { h.waiting[machine] = nil }

// TakeHashes locates the first frame that differs from a peer's, whose hashes are comparable,
// and says what this machine's world of it looks like.
func (h *Hunt) TakeHashes(machine uint8, m *wire.DesyncHashes) {
	hunted := h.begun && h.found.Machine == machine
	switch {
	case !hunted && !h.told[machine]:
		// This side hunts with another peer, or knows already: it lets this one
		// find the same.
		h.told[machine] = true
		h.show(machine, h.firstDifference(m, last(m)))
	case hunted && h.running && !h.located:
		h.located = true
		known := h.found.Frame
		f := h.firstDifference(m, known)
		h.found.Frame = f
		h.found.Equal, h.found.First = f == known && h.equalAt(m, known), h.equalAt(m, f-1)
		h.show(machine, f)
	}
}

// last is the newest frame of a peer's hashes, which are comparable.
func last(m *wire.DesyncHashes) rollback.Frame {
	return rollback.Frame(m.First) + rollback.Frame(len(m.Hashes)) - 1
}

// through is the last frame that is confirmed and stepped here: the world behind it is the
// newest that can be compared.
func (h *Hunt) through() rollback.Frame { return min(h.worlds.Confirmed(), h.worlds.Current()-1) }

// firstDifference returns the first frame whose hash here is another than the
// peer's, and known if there is none.
func (h *Hunt) firstDifference(m *wire.DesyncHashes, known rollback.Frame) rollback.Frame {
	for i, theirs := range m.Hashes {
		f := rollback.Frame(m.First) + rollback.Frame(i)
		if sum, ok := h.worlds.ChecksumAt(f); ok && theirs != 0 && sum.World != theirs && f < known {
			return f
		}
	}
	return known
}

// equalAt reports whether a frame's hash is the same in the peer's report and here.
func (h *Hunt) equalAt(m *wire.DesyncHashes, f rollback.Frame) bool {
	i := int64(f) - int64(m.First)
	sum, ok := h.worlds.ChecksumAt(f)
	return ok && i >= 0 && i < int64(len(m.Hashes)) && m.Hashes[i] == sum.World
}
