package matchlog

import (
	"math"

	"github.com/visavis-netcode/visavis/netcode/internal/records"
)

// Links are the links of one of the machines to the others, as it measures them itself, about once
// a second: for those who watch. Nothing of it is signed by anybody but who feeds those, and nothing
// else is known by it: it is hearsay, and no simulation goes by it. It stands in what is shown of a
// match that goes on, and in no file.
type Links struct {
	Machine uint8  // whose they are
	Stalls  uint32 // ticks so far in which it waited for somebody
	To      []Link // by ascending machine
}

// Link is a link to one machine.
type Link struct {
	Machine  uint8
	PingMs   uint16 // the way there and back
	JitterMs uint16 // by which its datagrams come unevenly
	Lost     uint16 // of a thousand of its datagrams
}

// perMille is all of them.
const perMille = 1000

func (b *Links) append(dst []byte) []byte {
	dst = appendNumber(append(dst, b.Machine), uint64(b.Stalls))
	dst = appendNumber(dst, uint64(len(b.To)))
	for _, l := range b.To {
		dst = appendNumber(append(dst, l.Machine), uint64(l.PingMs))
		dst = appendNumber(appendNumber(dst, uint64(l.JitterMs)), uint64(l.Lost))
	}
	return dst
}

func (b *Links) parse(p *parser) {
	b.Machine, b.Stalls = p.machine(), uint32(p.Number(math.MaxUint32))
	for range p.Number(records.MaxMachines) {
		l := Link{p.machine(), uint16(p.Number(math.MaxUint16)), uint16(p.Number(math.MaxUint16)), uint16(p.Number(perMille))}
		n := len(b.To)
		p.Bad = p.Bad || n > 0 && b.To[n-1].Machine >= l.Machine
		b.To = append(b.To, l)
	}
}
