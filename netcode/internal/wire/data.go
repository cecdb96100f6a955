package wire

import (
	"bytes"
	"encoding/binary"
	"errors"

	"github.com/visavis-netcode/visavis/netcode/internal/records"
)

// Protocol is the version of everything in this package. Peers with another
// one are refused by Hello.
const Protocol = 19

// MaxMachines is how many machines a match can have.
const MaxMachines = records.MaxMachines

// ErrMalformed: the bytes are not a datagram of this protocol.
var ErrMalformed = errors.New("wire: malformed datagram")

const (
	flagGossip = 1 << iota
	flagMargin
	flagOwnRun
	flagForeignRuns
)

// A count of foreign runs is there too where there is a seal, which it is then marked with.
const sealMark = 0x80

// headerBytes is the part of a datagram that is always there.
const headerBytes = 6

// StreamID names a stream. A machine that comes back has a new one, so its old
// datagrams are told apart.
type StreamID = records.StreamID

// Data is an input datagram without its runs.
type Data struct {
	Match     uint8  // number of the match among those played over this link, mod 16
	View      uint32 // view the sender has installed
	Born      uint32 // view that admitted the sender's stream
	Beat      uint32 // grows by one each time the sender speaks to all
	Held      int32  // newest frame that the sender holds of the receiver's stream, -1: none
	Confirmed int32  // newest frame that the sender has confirmed; at most 255 below Held

	HasMargin bool
	Margin    int16 // 0.1 ms: how early (negative: late) the receiver's newest input was here

	HasGossip bool
	Gossip    Gossip

	HasSeal bool
	Seal    Seal

	OwnRun      bool // a run of the sender's stream follows
	ForeignRuns uint8
}

// Seal is a machine's signature under all of its records through a frame. What it covers
// the receiver has, or waits for (package membership).
type Seal struct {
	ID        StreamID
	Through   int32
	Beat      uint32
	Signature [64]byte
}

// SealBytes is how long a seal in a datagram is at most, with its mark.
const SealBytes = 1 + 1 + 5 + 5 + 5 + 64

// Gossip is what a datagram says of others, now and then: whom the sender
// hears, and what it holds.
type Gossip struct {
	Bears   uint8  // frames of rollback that the sender has time for in a tick, BearsAny: any number
	Links   uint16 // machines heard directly within the last second, bit 0: machine 0
	Byes    uint16 // machines that have said goodbye in View
	Sent    uint32 // datagrams that the sender has really sent the receiver: beats that were overtaken before they left are not lost
	Count   uint8  // streams known, at most MaxMachines
	Streams [MaxMachines]StreamState
}

// BearsAny is what a machine says that has time for a rollback of any depth.
const BearsAny = 15

// StreamState is what the sender of gossip knows of one open stream.
type StreamState struct {
	ID   StreamID
	Held int32  // newest frame held without a gap, -1: none
	Beat uint32 // newest beat known
}

// Near is what the receiver knows already; short numbers are taken as the ones
// nearest to it.
type Near struct {
	View, Born, Beat uint32
	Held             int32 // newest acknowledged frame of my stream
}

// AppendData appends a datagram's header. If d.OwnRun is set the caller appends
// a run next, then d.ForeignRuns of them.
func AppendData(dst []byte, d *Data) []byte {
	flags := d.Match << 4
	if d.HasGossip {
		flags |= flagGossip
	}
	if d.HasMargin {
		flags |= flagMargin
	}
	if d.OwnRun {
		flags |= flagOwnRun
	}
	if d.ForeignRuns > 0 || d.HasSeal {
		flags |= flagForeignRuns
	}
	held := uint16(d.Held + 1)
	lag := byte(min(max(d.Held-d.Confirmed, 0), 255))
	dst = append(dst, flags, byte(d.View&15<<4|d.Born&15), byte(d.Beat), byte(held>>8), byte(held), lag)
	if d.HasMargin {
		dst = binary.BigEndian.AppendUint16(dst, uint16(d.Margin))
	}
	if d.HasGossip {
		dst = appendGossip(dst, d)
	}
	switch {
	case d.HasSeal:
		dst = appendSeal(append(dst, d.ForeignRuns|sealMark), &d.Seal)
	case d.ForeignRuns > 0:
		dst = append(dst, d.ForeignRuns)
	}
	return dst
}

func appendSeal(dst []byte, s *Seal) []byte {
	dst = binary.AppendUvarint(append(dst, s.ID.Machine), uint64(s.ID.Born))
	dst = binary.AppendUvarint(binary.AppendUvarint(dst, uint64(s.Through+1)), uint64(s.Beat))
	return append(dst, s.Signature[:]...)
}

func appendGossip(dst []byte, d *Data) []byte {
	g := &d.Gossip
	dst = append(dst, g.Bears<<4|(g.Count-1)&15)
	dst = binary.BigEndian.AppendUint16(dst, g.Links)
	dst = binary.BigEndian.AppendUint16(dst, g.Byes)
	dst = binary.AppendUvarint(dst, uint64(d.View))
	dst = binary.AppendUvarint(dst, uint64(d.Born))
	dst = binary.AppendUvarint(dst, uint64(d.Beat))
	dst = binary.AppendUvarint(dst, uint64(g.Sent))
	for _, s := range g.Streams[:g.Count] {
		dst = append(dst, s.ID.Machine)
		dst = binary.AppendUvarint(dst, uint64(s.ID.Born))
		dst = binary.AppendUvarint(dst, uint64(s.Held+1))
		dst = binary.AppendUvarint(dst, uint64(s.Beat))
	}
	return dst
}

// Here is the datagram of somebody who has nothing to say, as a sign of life. It
// is too short for Data.
var Here = []byte{0xff}

// IsHere reports whether a datagram is nothing but a sign of life.
func IsHere(b []byte) bool { return bytes.Equal(b, Here) }

// ParseData reads a datagram's header into d and returns what follows: its
// runs. It does not allocate. Gossip, which few datagrams have and which is most of
// d, is left as it was where there is none, and so is a seal.
func ParseData(b []byte, d *Data, near Near) (rest []byte, err error) {
	if len(b) < headerBytes {
		return nil, ErrMalformed
	}
	flags := b[0]
	d.Match = flags >> 4
	d.View = widen(near.View, uint32(b[1]>>4), 16)
	d.Born = widen(near.Born, uint32(b[1]&15), 16)
	d.Beat = widen(near.Beat, uint32(b[2]), 256)
	d.Held = int32(widen(uint32(near.Held+1), uint32(b[3])<<8|uint32(b[4]), 1<<16)) - 1
	d.HasMargin, d.Margin = flags&flagMargin != 0, 0
	d.HasGossip = flags&flagGossip != 0
	d.OwnRun, d.ForeignRuns, d.HasSeal = flags&flagOwnRun != 0, 0, false
	if d.Held < -1 {
		return nil, ErrMalformed
	}
	d.Confirmed = max(d.Held-int32(b[5]), -1)
	p := parser{b: b[headerBytes:]}
	if d.HasMargin {
		d.Margin = int16(p.uint16())
	}
	if d.HasGossip {
		p.gossip(d)
	}
	if flags&flagForeignRuns != 0 {
		count := p.byte()
		d.ForeignRuns, d.HasSeal = count&^sealMark, count&sealMark != 0
		if count == 0 || d.ForeignRuns > MaxMachines {
			p.bad = true
		}
		if d.HasSeal {
			p.seal(&d.Seal)
		}
	}
	if p.bad || !d.OwnRun && d.ForeignRuns == 0 && len(p.b) > 0 {
		return nil, ErrMalformed
	}
	return p.b, nil
}

// widen returns the number nearest to near that equals low modulo m, a power
// of two; never a negative one.
func widen(near, low, m uint32) uint32 {
	wide := near&^(m-1) | low
	switch {
	case wide > near && wide-near > m/2 && wide >= m:
		return wide - m
	case near > wide && near-wide > m/2 && wide <= 1<<32-1-m:
		return wide + m
	}
	return wide
}

// parser reads from b; once something is missing it is bad for good.
type parser struct {
	b   []byte
	bad bool
}

func (p *parser) byte() byte {
	if len(p.b) < 1 {
		p.bad = true
		return 0
	}
	v := p.b[0]
	p.b = p.b[1:]
	return v
}

func (p *parser) uint16() uint16 {
	hi := p.byte()
	return uint16(hi)<<8 | uint16(p.byte())
}

// uvarint reads a number of at most max.
func (p *parser) uvarint(max uint64) uint64 {
	v, n := binary.Uvarint(p.b)
	if n <= 0 || v > max {
		p.bad = true
		return 0
	}
	p.b = p.b[n:]
	return v
}

const maxFrame = 1<<31 - 1

func (p *parser) seal(s *Seal) {
	s.ID.Machine = p.byte()
	s.ID.Born = uint32(p.uvarint(1<<32 - 1))
	s.Through = int32(p.uvarint(maxFrame)) - 1
	s.Beat = uint32(p.uvarint(1<<32 - 1))
	if n := copy(s.Signature[:], p.b); n == len(s.Signature) {
		p.b = p.b[n:]
	} else {
		p.bad = true
	}
	p.bad = p.bad || s.ID.Machine >= MaxMachines
}

func (p *parser) gossip(d *Data) {
	g := &d.Gossip
	v := p.byte()
	g.Bears, g.Count = v>>4, v&15+1
	g.Links, g.Byes = p.uint16(), p.uint16()
	d.View = uint32(p.uvarint(1<<32 - 1))
	d.Born = uint32(p.uvarint(1<<32 - 1))
	d.Beat = uint32(p.uvarint(1<<32 - 1))
	g.Sent = uint32(p.uvarint(1<<32 - 1))
	for i := range g.Count {
		s := &g.Streams[i]
		s.ID.Machine = p.byte()
		s.ID.Born = uint32(p.uvarint(1<<32 - 1))
		s.Held = int32(p.uvarint(maxFrame)) - 1
		s.Beat = uint32(p.uvarint(1<<32 - 1))
		if s.ID.Machine >= MaxMachines {
			p.bad = true
		}
	}
}
