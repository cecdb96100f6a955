package matchlog

import (
	"math"

	"github.com/visavis-netcode/visavis/rollback"
)

// maxRollbacks bounds Desync.Rollbacks.
const maxRollbacks = 64

// Desync is why a match ended in which two machines computed different worlds, as the
// author saw it: netcode.DesyncError. The author's own world of that frame and, as far as it
// has seen it, the peer's follow in DesyncWorlds.
type Desync struct {
	Frame  rollback.Frame // the first whose world is known to differ,
	Agreed rollback.Frame // and the newest before it on which the two agreed
	View   uint32         // number of the newest view
	Peer   uint8          // machine whose world differs from the author's
	Inputs bool           // the two were fed different inputs

	Field, Here, There string // the first field that differs, "" if none is known, with both values
	Text               string // the finding in a few sentences
	System             string // what the author's program runs on: "linux/amd64, go1.26.8"
	Program            string // and its version, "" if it was built without one

	Rollbacks []Rollback // the author's newest, the oldest first
}

// Rollback is frames that were stepped again.
type Rollback struct {
	From   rollback.Frame
	Frames int
}

func (b *Desync) append(dst []byte) []byte {
	dst = appendFrame(appendFrame(dst, b.Frame), b.Agreed)
	dst = appendTruth(append(appendNumber(dst, uint64(b.View)), b.Peer), b.Inputs)
	for _, s := range []string{b.Field, b.Here, b.There, b.Text, b.System, b.Program} {
		dst = appendBytes(dst, s)
	}
	dst = appendNumber(dst, uint64(len(b.Rollbacks)))
	for _, r := range b.Rollbacks {
		dst = appendNumber(appendFrame(dst, r.From), uint64(r.Frames))
	}
	return dst
}

func (b *Desync) parse(p *parser) {
	b.Frame, b.Agreed = p.Frame(), p.Frame()
	b.View, b.Peer, b.Inputs = uint32(p.Number(math.MaxUint32)), p.machine(), p.Truth()
	for _, s := range []*string{&b.Field, &b.Here, &b.There, &b.Text, &b.System, &b.Program} {
		*s = p.text(MaxTextBytes)
	}
	for range p.Number(maxRollbacks) {
		b.Rollbacks = append(b.Rollbacks, Rollback{p.Frame(), int(p.Number(math.MaxUint16))})
	}
	p.Bad = p.Bad || b.Frame < 0 || b.Agreed < 0
}

// DesyncWorld is a piece of a machine's canonical world before the frame of a Desync.
type DesyncWorld struct {
	Machine uint8
	Frame   rollback.Frame
	Piece
}

func (b *DesyncWorld) append(dst []byte) []byte {
	return b.Piece.append(appendFrame(append(dst, b.Machine), b.Frame))
}

func (b *DesyncWorld) parse(p *parser) {
	b.Machine, b.Frame = p.machine(), p.Frame()
	b.Piece.parse(p, MaxSaidBytes)
	p.Bad = p.Bad || b.Frame < 0
}

// desyncWorlds puts worlds together from their pieces: the author's, then the peer's.
type desyncWorlds struct {
	machine uint8
	joined  []byte
	whole   map[uint8][]byte
}

// take reports whether a piece follows those before it.
func (w *desyncWorlds) take(b *DesyncWorld) bool {
	if b.Offset == 0 {
		w.machine, w.joined = b.Machine, nil
	}
	if b.Machine != w.machine || w.whole[b.Machine] != nil || len(w.whole) == 2 {
		return false
	}
	joined, whole, err := b.Join(w.joined)
	if w.joined = joined; whole {
		if w.whole == nil {
			w.whole = map[uint8][]byte{}
		}
		w.whole[b.Machine] = joined
	}
	return err == nil
}
