package audience

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/binary"
	"math"
)

// ID is a number for one who feeds or watches: a player has his machine's, a viewer one that
// the desk deals by his key, so that he has the same when another is host.
type ID uint32

// NoID is nobody's.
const NoID = ID(math.MaxUint32)

// FirstViewer is the lowest number of a viewer.
const FirstViewer ID = 16

// idOf is the number of a viewer with a key, unless another has it.
func idOf(key [32]byte) ID {
	sum := sha256.Sum256(append([]byte("visavis viewer v1 "), key[:]...))
	return FirstViewer + ID(binary.BigEndian.Uint32(sum[:]))%(NoID-FirstViewer)
}

// noSegment stands for the newest world in an Ask.
const noSegment = math.MaxUint32

// Bounds of messages.
const (
	StandBys        = 2
	maxPath         = 24 // how far from the source somebody may be
	maxLost         = 8
	maxContactBytes = 1152
)

// Message is one of those below, by pointer.
type Message interface{ append(dst []byte) []byte }

// Ask asks a feeder for segments, from From on; if it is noSegment or the feeder has that no
// more, from the newest world on. What comes is a feed.
type Ask struct{ From uint32 }

// StandBy asks a feeder to be told how far it is.
type StandBy struct{}

// Cease takes Ask and StandBy back.
type Cease struct{}

// Denied answers an Ask.
type Denied struct{ Why Denial }

// Denial is why somebody is not fed.
type Denial uint8

const (
	Full    Denial = iota + 1 // it feeds as many as it can
	Loop                      // it is fed by the asker
	Nothing                   // it has nothing yet
	Unknown                   // nobody has introduced the asker
)

// Have says how far its sender is, and by whom it is fed, up to the source: to those who
// stand by, and to feeders as a sign of life.
type Have struct {
	Next uint32
	Path []ID // the parent first; empty: the source, or one who has no parent
}

// Report is what a viewer says of itself to the desk.
type Report struct {
	Parent ID    // NoID: none
	Room   uint8 // how many it can feed
	Next   uint32
	Lost   []ID // of its sources, those that are of no use: it wants others
}

// Neighbour is somebody to have a link with.
type Neighbour struct {
	ID      ID
	Key     [32]byte // its identity
	Contact []byte   // how it is reached; for who carries these messages
}

// Placement is the desk's word to a viewer: who it is, and who may feed it, the best first.
type Placement struct {
	Self    ID
	Sources []Neighbour
}

// Introduction is the desk's word to a feeder: who may ask it.
type Introduction struct{ Viewer Neighbour }

// Successor says who hosts from a term on. It goes from the new host down the tree: from each
// to those whom it feeds.
type Successor struct {
	Term      uint32
	Host      Neighbour
	Signature [ed25519.SignatureSize]byte // over Words, by the host's own identity
}

const successorUse = "visavis successor v2 "

// Words is what is signed of it for a match.
func (m *Successor) Words(match [32]byte) []byte {
	return m.unsigned(append([]byte(successorUse), match[:]...))
}

// Sum is the host's own word to a viewer: what the world is before a frame that was shown.
type Sum struct {
	Frame uint32
	World uint64
}

const (
	kindAsk = iota + 1
	kindStandBy
	kindCease
	kindDenied
	kindHave
	kindReport
	kindPlacement
	kindIntroduction
	kindSuccessor
	kindSum
)

// AppendMessage appends a message's bytes.
func AppendMessage(dst []byte, m Message) []byte { return m.append(dst) }

func (m *Ask) append(dst []byte) []byte {
	return binary.BigEndian.AppendUint32(append(dst, kindAsk), m.From)
}

func (*StandBy) append(dst []byte) []byte { return append(dst, kindStandBy) }

func (*Cease) append(dst []byte) []byte { return append(dst, kindCease) }

func (m *Denied) append(dst []byte) []byte { return append(dst, kindDenied, byte(m.Why)) }

func (m *Have) append(dst []byte) []byte {
	return appendIDs(binary.BigEndian.AppendUint32(append(dst, kindHave), m.Next), m.Path)
}

func (m *Report) append(dst []byte) []byte {
	dst = append(binary.BigEndian.AppendUint32(append(dst, kindReport), uint32(m.Parent)), m.Room)
	return appendIDs(binary.BigEndian.AppendUint32(dst, m.Next), m.Lost)
}

func (m *Placement) append(dst []byte) []byte {
	dst = binary.BigEndian.AppendUint32(append(dst, kindPlacement), uint32(m.Self))
	dst = append(dst, byte(len(m.Sources)))
	for i := range m.Sources {
		dst = m.Sources[i].append(dst)
	}
	return dst
}

func (m *Introduction) append(dst []byte) []byte {
	return m.Viewer.append(append(dst, kindIntroduction))
}

func (m *Successor) append(dst []byte) []byte {
	return append(m.unsigned(append(dst, kindSuccessor)), m.Signature[:]...)
}

func (m *Successor) unsigned(dst []byte) []byte {
	return m.Host.append(binary.BigEndian.AppendUint32(dst, m.Term))
}

func (m *Sum) append(dst []byte) []byte {
	return binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint32(append(dst, kindSum), m.Frame), m.World)
}

func (n *Neighbour) append(dst []byte) []byte {
	dst = append(binary.BigEndian.AppendUint32(dst, uint32(n.ID)), n.Key[:]...)
	return append(binary.BigEndian.AppendUint16(dst, uint16(len(n.Contact))), n.Contact...)
}

func appendIDs(dst []byte, list []ID) []byte {
	dst = append(dst, byte(len(list)))
	for _, id := range list {
		dst = binary.BigEndian.AppendUint32(dst, uint32(id))
	}
	return dst
}

// ParseMessage reads a message, which is all there is in b: ErrMalformed for any other bytes.
func ParseMessage(b []byte) (Message, error) {
	p := parser{b: b}
	var m Message
	switch p.byte() {
	case kindAsk:
		m = &Ask{p.number()}
	case kindStandBy:
		m = &StandBy{}
	case kindCease:
		m = &Cease{}
	case kindDenied:
		why := Denial(p.byte())
		p.bad = p.bad || why < Full || why > Unknown
		m = &Denied{why}
	case kindHave:
		m = &Have{p.number(), p.ids(maxPath)}
	case kindReport:
		m = &Report{ID(p.number()), p.byte(), p.number(), p.ids(maxLost)}
	case kindPlacement:
		m = p.placement()
	case kindIntroduction:
		m = &Introduction{p.neighbour()}
	case kindSuccessor:
		m = &Successor{p.number(), p.neighbour(), [ed25519.SignatureSize]byte(p.take(ed25519.SignatureSize))}
	case kindSum:
		m = &Sum{p.number(), binary.BigEndian.Uint64(p.take(8))}
		p.bad = p.bad || m.(*Sum).Frame > math.MaxInt32
	default:
		p.bad = true
	}
	if p.bad || len(p.b) > 0 {
		return nil, ErrMalformed
	}
	return m, nil
}

// parser reads fields; bad once one is not there, or out of bounds.
type parser struct {
	b   []byte
	bad bool
}

func (p *parser) take(n int) []byte {
	if p.bad || len(p.b) < n {
		p.bad = true
		return make([]byte, n)
	}
	b := p.b[:n]
	p.b = p.b[n:]
	return b
}

func (p *parser) byte() byte { return p.take(1)[0] }

func (p *parser) number() uint32 { return binary.BigEndian.Uint32(p.take(4)) }

func (p *parser) ids(most int) (list []ID) {
	n := int(p.byte())
	p.bad = p.bad || n > most
	for range n {
		if p.bad {
			return nil
		}
		list = append(list, ID(p.number()))
	}
	return list
}

func (p *parser) placement() *Placement {
	m := &Placement{Self: ID(p.number())}
	n := int(p.byte())
	p.bad = p.bad || n > 1+StandBys
	for i := 0; i < n && !p.bad; i++ {
		m.Sources = append(m.Sources, p.neighbour())
	}
	return m
}

func (p *parser) neighbour() (n Neighbour) {
	n.ID = ID(p.number())
	copy(n.Key[:], p.take(len(n.Key)))
	long := int(binary.BigEndian.Uint16(p.take(2)))
	if p.bad = p.bad || long > maxContactBytes; !p.bad && long > 0 {
		n.Contact = append([]byte(nil), p.take(long)...)
	}
	return n
}
