package membership

import (
	"errors"
	"math"

	"github.com/visavis-netcode/visavis/netcode/internal/fields"
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
	p := parser{Reader: fields.Read(b)}
	m := p.message()
	if m == nil || p.Bad {
		return nil, ErrMalformed
	}
	return m, nil
}

// parser reads messages.
type parser struct {
	fields.Reader
	depth int // messages that this one is part of
}

// message reads a message and its signature, which is all there is.
func (p *parser) message() Message {
	m := p.body()
	if s, ok := m.(signed); ok && len(p.Rest) == len(Signature{}) {
		copy(s.signature()[:], p.Take(len(Signature{})))
		p.Bad = p.Bad || *s.signature() == Signature{}
	}
	p.Bad = p.Bad || len(p.Rest) > 0
	return m
}

func (p *parser) body() Message {
	switch kind(p.Byte()) {
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
		return &Bye{Stream: p.stream(), Base: p.ref(), Last: p.Frame(), Astray: p.Truth()}
	case kindViewAsk:
		return &ViewAsk{uint32(p.Number(math.MaxUint32))}
	case kindJoinReady:
		return &JoinReady{Join: p.join()}
	case kindVeto:
		return &Veto{Base: p.ref(), Ballot: p.ballot(), Author: p.machine(), Hears: Machines(p.Number(math.MaxUint16))}
	case kindKick:
		return &Kick{Base: p.ref(), Author: p.machine(), Machine: p.machine()}
	case kindSeal:
		m := &Seal{Stream: p.stream(), Through: p.Frame(), Beat: uint32(p.Number(math.MaxUint32))}
		if p.Truth() {
			m.Digest = records.Digest(p.digest())
			p.Bad = p.Bad || m.Digest == records.Digest{}
		}
		return m
	case kindProof:
		return &Proof{nestedList[Message](p, maxProofWords)}
	}
	return nil
}

func (p *parser) prepare() *Prepare {
	m := &Prepare{Base: p.ref(), Ballot: p.ballot(), Keep: Machines(p.Number(math.MaxUint16)), Joins: p.joins()}
	for range p.count(MaxMachines) {
		m.Reasons = append(m.Reasons, Closing{p.machine(), p.reason()})
	}
	m.Byes = nestedList[*Bye](p, MaxMachines)
	m.Ready = nestedList[*JoinReady](p, MaxMachines)
	m.Proofs = nestedList[*Proof](p, MaxMachines)
	return m
}

func (p *parser) report() *Report {
	m := &Report{Base: p.ref(), Ballot: p.ballot(), Author: p.machine(), Prepare: p.digest(), Limit: p.Frame()}
	for range p.count(MaxMachines) {
		h := Holding{Stream: p.stream(), Held: p.Frame(), Ended: p.Truth(), Digest: records.Digest(p.digest())}
		h.First, h.Records = p.records()
		p.Bad = p.Bad || h.First+rollback.Frame(len(h.Records)) != h.Held+1
		if p.Truth() {
			h.Seal = nested[*Seal](p)
			p.Bad = p.Bad || h.Seal == nil || h.Seal.Digest == records.Digest{}
		}
		m.Streams = append(m.Streams, h)
	}
	if p.Truth() {
		m.Accepted, m.Grounds = nested[*Accept](p), p.grounds()
		p.Bad = p.Bad || m.Accepted == nil || m.Accepted.Base != m.Base || m.Accepted.Value.base() != m.Base
	}
	return m
}

func (p *parser) commit() *Commit {
	m := &Commit{Value: p.value(), Author: p.machine()}
	if p.Truth() {
		m.Why = &Certificate{Accept: nested[*Accept](p), Grounds: p.grounds()}
		m.Why.Votes, m.Why.Byes = nestedList[*Accepted](p, MaxMachines), nestedList[*Bye](p, MaxMachines)
		p.Bad = p.Bad || m.Why.Accept == nil
	}
	return m
}

func (p *parser) grounds() *Grounds {
	if !p.Truth() {
		return nil
	}
	g := &Grounds{Prepare: nested[*Prepare](p), Reports: nestedList[*Report](p, MaxMachines)}
	p.Bad = p.Bad || g.Prepare == nil
	return g
}

// nested reads a message of a kind that is part of this one.
func nested[M Message](p *parser) (m M) {
	part := parser{Reader: fields.Read(p.Take(p.count(math.MaxInt32))), depth: p.depth + 1}
	if p.Bad || p.depth == maxNested {
		p.Fail()
		return m
	}
	m, ok := part.message().(M)
	if !ok || part.Bad {
		p.Fail()
	}
	return m
}

func nestedList[M Message](p *parser, most int) (list []M) {
	for range p.count(most) {
		if list = append(list, nested[M](p)); p.Bad {
			return nil
		}
	}
	return list
}

func (p *parser) value() *Value {
	v := &Value{Number: uint32(p.Number(math.MaxUint32)), Base: p.digest(), Origin: p.ballot()}
	for i := range p.count(MaxMachines) {
		v.Members = append(v.Members, p.stream())
		p.Bad = p.Bad || i > 0 && v.Members[i-1].Machine >= v.Members[i].Machine
	}
	for range p.count(MaxMachines) {
		c := Cut{Stream: p.stream(), Reason: p.reason(), Last: p.Frame()}
		c.First, c.Records = p.records()
		c.Digest = records.Digest(p.digest())
		p.Bad = p.Bad || c.First+rollback.Frame(len(c.Records)) != c.Last+1
		v.Cuts = append(v.Cuts, c)
	}
	v.Joins, v.From = p.joins(), p.Frame()
	return v
}

func (p *parser) joins() (list []Join) {
	for range p.count(maxJoins) {
		list = append(list, p.join())
	}
	return list
}

func (p *parser) join() Join {
	return Join{Attempt: p.Uint64(), Machine: p.machine(), Donor: p.stream(), Through: p.Frame()}
}

func (p *parser) records() (first rollback.Frame, list [][]byte) {
	first = p.Frame()
	for range p.count(maxRecords) {
		list = append(list, append([]byte(nil), p.Take(p.count(maxRecordBytes))...))
	}
	return first, list
}

func (p *parser) ref() Ref { return Ref{uint32(p.Number(math.MaxUint32)), p.digest()} }

func (p *parser) ballot() Ballot {
	return Ballot{uint32(p.Number(math.MaxUint32)), p.machine()}
}

func (p *parser) stream() records.StreamID {
	return records.StreamID{Machine: p.machine(), Born: uint32(p.Number(math.MaxUint32))}
}

func (p *parser) reason() Reason {
	r := Reason(p.Byte())
	p.Bad = p.Bad || r > lastReason
	return r
}

func (p *parser) machine() uint8 {
	m := p.Byte()
	p.Bad = p.Bad || m >= MaxMachines
	return m
}

func (p *parser) digest() (d Digest) {
	copy(d[:], p.Take(len(d)))
	return d
}

// count reads the length of a list; each of its elements takes a byte at least.
func (p *parser) count(most int) int {
	n := p.Number(uint64(most))
	if n > uint64(len(p.Rest)) {
		p.Bad = true
		return 0
	}
	return int(n)
}
