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
	maxNested      = 8 // messages within messages
	maxProofWords  = 2 + 2*MaxMachines
)

// ParseMessage reads a message. Its slices are copies. Any bytes give a message or
// ErrMalformed, and no message takes more memory than some times its bytes.
func ParseMessage(b []byte) (Message, error) {
	p := parser{b: b}
	m := p.message()
	if m == nil || p.bad {
		return nil, ErrMalformed
	}
	return m, nil
}

// parser takes fields off the front of b; after a fault all it gives is zero.
type parser struct {
	b     []byte
	bad   bool
	depth int // messages that this one is part of
}

// message reads a message and its signature, which is all there is.
func (p *parser) message() Message {
	m := p.body()
	if s, ok := m.(signed); ok && len(p.b) == len(Signature{}) {
		copy(s.signature()[:], p.take(len(Signature{})))
		p.bad = p.bad || *s.signature() == Signature{}
	}
	p.bad = p.bad || len(p.b) > 0
	return m
}

func (p *parser) body() Message {
	switch kind(p.byte()) {
	case kindPrepare:
		return p.prepare()
	case kindReport:
		return p.report()
	case kindAccept:
		m := &Accept{Base: p.ref(), Ballot: p.ballot(), Value: p.value(), Prepare: p.digest()}
		for range p.count(MaxMachines) {
			m.Reports = append(m.Reports, p.digest())
		}
		return m
	case kindAccepted:
		return &Accepted{Base: p.ref(), Ballot: p.ballot(), Author: p.machine(), Digest: p.digest()}
	case kindCommit:
		return p.commit()
	case kindBye:
		return &Bye{Stream: p.stream(), Base: p.ref(), Last: p.frame()}
	case kindViewAsk:
		return &ViewAsk{uint32(p.number(math.MaxUint32))}
	case kindJoinReady:
		return &JoinReady{Join: p.join()}
	case kindVeto:
		return &Veto{Base: p.ref(), Ballot: p.ballot(), Author: p.machine(), Hears: Machines(p.number(math.MaxUint16))}
	case kindKick:
		return &Kick{Base: p.ref(), Author: p.machine(), Machine: p.machine()}
	case kindSeal:
		m := &Seal{Stream: p.stream(), Through: p.frame(), Beat: uint32(p.number(math.MaxUint32))}
		if p.there() {
			m.Digest = records.Digest(p.digest())
			p.bad = p.bad || m.Digest == records.Digest{}
		}
		return m
	case kindProof:
		return &Proof{nestedList[Message](p, maxProofWords)}
	}
	return nil
}

func (p *parser) prepare() *Prepare {
	m := &Prepare{Base: p.ref(), Ballot: p.ballot(), Keep: Machines(p.number(math.MaxUint16)), Joins: p.joins()}
	for range p.count(MaxMachines) {
		m.Reasons = append(m.Reasons, Closing{p.machine(), p.reason()})
	}
	m.Byes = nestedList[*Bye](p, MaxMachines)
	m.Ready = nestedList[*JoinReady](p, MaxMachines)
	m.Proofs = nestedList[*Proof](p, MaxMachines)
	return m
}

func (p *parser) report() *Report {
	m := &Report{Base: p.ref(), Ballot: p.ballot(), Author: p.machine(), Prepare: p.digest(), Limit: p.frame()}
	for range p.count(MaxMachines) {
		h := Holding{Stream: p.stream(), Held: p.frame(), Ended: p.there(), Digest: records.Digest(p.digest())}
		h.First, h.Records = p.records()
		p.bad = p.bad || h.First+rollback.Frame(len(h.Records)) != h.Held+1
		m.Streams = append(m.Streams, h)
	}
	if p.there() {
		m.Accepted, m.Grounds = nested[*Accept](p), p.grounds()
		p.bad = p.bad || m.Accepted == nil || m.Accepted.Base != m.Base || m.Accepted.Value.base() != m.Base
	}
	return m
}

func (p *parser) commit() *Commit {
	m := &Commit{Value: p.value(), Author: p.machine()}
	if p.there() {
		m.Why = &Certificate{Accept: nested[*Accept](p), Grounds: p.grounds()}
		m.Why.Votes, m.Why.Byes = nestedList[*Accepted](p, MaxMachines), nestedList[*Bye](p, MaxMachines)
		p.bad = p.bad || m.Why.Accept == nil
	}
	return m
}

func (p *parser) grounds() *Grounds {
	if !p.there() {
		return nil
	}
	g := &Grounds{Prepare: nested[*Prepare](p), Reports: nestedList[*Report](p, MaxMachines)}
	p.bad = p.bad || g.Prepare == nil
	return g
}

// there reads whether something follows.
func (p *parser) there() bool {
	n := p.byte()
	p.bad = p.bad || n > 1
	return n == 1 && !p.bad
}

// nested reads a message of a kind that is part of this one.
func nested[M Message](p *parser) (m M) {
	part := parser{b: p.take(p.count(math.MaxInt32)), depth: p.depth + 1, bad: p.bad || p.depth == maxNested}
	if part.bad {
		p.fail()
		return m
	}
	m, ok := part.message().(M)
	if !ok || part.bad {
		p.fail()
	}
	return m
}

func nestedList[M Message](p *parser, most int) (list []M) {
	for range p.count(most) {
		if list = append(list, nested[M](p)); p.bad {
			return nil
		}
	}
	return list
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
