package membership

import (
	"encoding/binary"
	"errors"
	"math"

	"github.com/visavis-netcode/visavis/netcode/internal/records"
	"github.com/visavis-netcode/visavis/rollback"
)

// ErrMalformed: these bytes are no message that an honest peer sends.
var ErrMalformed = errors.New("membership: malformed message")

// What a message may hold at most, whatever its author says.
const (
	maxJoins       = MaxMachines
	maxRecords     = 1 << 10 // of one stream: more than any ring keeps
	maxRecordBytes = 2 << 10
)

// ParseMessage reads a message. Its slices are copies. Any bytes give a message or
// ErrMalformed, and no message takes more memory than some times its bytes.
func ParseMessage(b []byte) (Message, error) {
	p := parser{b: b}
	m := p.message()
	if m == nil || p.bad || len(p.b) > 0 {
		return nil, ErrMalformed
	}
	return m, nil
}

// parser takes fields off the front of b; after a fault all it gives is zero.
type parser struct {
	b   []byte
	bad bool
}

func (p *parser) message() Message {
	switch kind(p.byte()) {
	case kindPrepare:
		m := &Prepare{Base: p.ref(), Ballot: p.ballot(), Keep: Machines(p.number(math.MaxUint16)), Joins: p.joins()}
		for range p.count(MaxMachines) {
			m.Reasons = append(m.Reasons, Closing{p.machine(), p.reason()})
		}
		return m
	case kindReport:
		return p.report()
	case kindAccept:
		return &Accept{Base: p.ref(), Ballot: p.ballot(), Value: p.value()}
	case kindAccepted:
		return p.accepted()
	case kindCommit:
		return &Commit{p.value()}
	case kindBye:
		return &Bye{p.stream(), uint32(p.number(math.MaxUint32)), p.frame()}
	case kindViewAsk:
		return &ViewAsk{uint32(p.number(math.MaxUint32))}
	case kindJoinReady:
		return &JoinReady{p.join()}
	}
	return nil
}

func (p *parser) report() *Report {
	m := &Report{Base: p.ref(), Ballot: p.ballot(), Author: p.machine(), Limit: p.frame()}
	for range p.count(MaxMachines) {
		h := Holding{Stream: p.stream(), Held: p.frame(), Digest: records.Digest(p.digest())}
		h.First, h.Records = p.records()
		p.bad = p.bad || h.First+rollback.Frame(len(h.Records)) != h.Held+1
		m.Streams = append(m.Streams, h)
	}
	switch p.byte() {
	case 0:
	case 1:
		m.Accepted, m.Value = p.accepted(), p.value()
		p.bad = p.bad || m.Accepted.Base != m.Base || m.Accepted.Author != m.Author || m.Value.base() != m.Base
	default:
		p.bad = true
	}
	return m
}

func (p *parser) accepted() *Accepted {
	return &Accepted{Base: p.ref(), Ballot: p.ballot(), Author: p.machine(), Digest: p.digest()}
}

func (p *parser) value() *Value {
	v := &Value{Number: uint32(p.number(math.MaxUint32)), Base: p.digest(), Origin: p.ballot()}
	for i := range p.count(MaxMachines) {
		v.Members = append(v.Members, p.stream())
		p.bad = p.bad || i > 0 && v.Members[i-1].Machine >= v.Members[i].Machine
	}
	for range p.count(MaxMachines) {
		c := Cut{Stream: p.stream(), Reason: p.reason(), Last: p.frame()}
		c.First, c.Records = p.records()
		c.Digest = records.Digest(p.digest())
		p.bad = p.bad || c.First+rollback.Frame(len(c.Records)) != c.Last+1
		v.Cuts = append(v.Cuts, c)
	}
	v.Joins, v.From = p.joins(), p.frame()
	return v
}

func (p *parser) joins() (list []Join) {
	for range p.count(maxJoins) {
		list = append(list, p.join())
	}
	return list
}

func (p *parser) join() Join {
	return Join{Attempt: p.uint64(), Machine: p.machine(), Donor: p.stream(), Through: p.frame()}
}

func (p *parser) records() (first rollback.Frame, list [][]byte) {
	first = p.frame()
	for range p.count(maxRecords) {
		list = append(list, append([]byte(nil), p.take(p.count(maxRecordBytes))...))
	}
	return first, list
}

func (p *parser) ref() Ref { return Ref{uint32(p.number(math.MaxUint32)), p.digest()} }

func (p *parser) ballot() Ballot {
	return Ballot{uint32(p.number(math.MaxUint32)), p.machine()}
}

func (p *parser) stream() records.StreamID {
	return records.StreamID{Machine: p.machine(), Born: uint32(p.number(math.MaxUint32))}
}

func (p *parser) reason() Reason {
	r := Reason(p.byte())
	p.bad = p.bad || r > lastReason
	return r
}

func (p *parser) machine() uint8 {
	m := p.byte()
	p.bad = p.bad || m >= MaxMachines
	return m
}

// frame is at most so large that what is added to one stays a frame.
func (p *parser) frame() rollback.Frame { return rollback.Frame(p.number(math.MaxInt32/2)) - 1 }

func (p *parser) digest() (d Digest) {
	copy(d[:], p.take(len(d)))
	return d
}

func (p *parser) uint64() uint64 {
	if b := p.take(8); b != nil {
		return binary.BigEndian.Uint64(b)
	}
	return 0
}

// count reads the length of a list; each of its elements takes a byte at least.
func (p *parser) count(most int) int {
	n := p.number(uint64(most))
	if n > uint64(len(p.b)) {
		p.bad = true
		return 0
	}
	return int(n)
}

// number reads a uvarint that is as short as it can be.
func (p *parser) number(most uint64) uint64 {
	n, size := binary.Uvarint(p.b)
	if size <= 0 || n > most || size > 1 && p.b[size-1] == 0 {
		p.fail()
		return 0
	}
	p.b = p.b[size:]
	return n
}

func (p *parser) byte() byte {
	if b := p.take(1); b != nil {
		return b[0]
	}
	return 0
}

func (p *parser) take(n int) []byte {
	if n > len(p.b) {
		p.fail()
		return nil
	}
	b := p.b[:n]
	p.b = p.b[n:]
	return b
}

func (p *parser) fail() { p.b, p.bad = nil, true }
