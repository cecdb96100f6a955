package matchlog

import (
	"math/bits"

	"github.com/visavis-netcode/visavis/netcode/internal/records"
)

// Newcomer says whose stream it is that did not begin with the match: those that did stand
// in the Header. It stands before the first frame with that stream, and again behind every
// snapshot as long as there is such a stream, so that each stretch of a log has those of its
// own frames. What players are called is the author's word: no simulation goes by it, and
// another author's may be another one.
type Newcomer struct {
	Stream  records.StreamID
	Key     [32]byte // its machine's
	Players []Newcome
}

// Newcome is one of a newcomer's players, the first of whom has the lowest of its seats.
type Newcome struct {
	Name string
	Own  []byte // the player's own word to the game
}

func (b *Newcomer) append(dst []byte) []byte {
	dst = append(appendStream(dst, b.Stream), b.Key[:]...)
	dst = appendNumber(dst, uint64(len(b.Players)))
	for _, p := range b.Players {
		dst = appendBytes(appendBytes(dst, p.Name), p.Own)
	}
	return dst
}

func (b *Newcomer) parse(p *parser) {
	b.Stream, b.Key = p.stream(), p.key()
	for range p.Number(MaxSeats) {
		b.Players = append(b.Players, Newcome{p.text(MaxTextBytes), p.bytes(MaxOwnBytes)})
	}
}

// Newcomers are those of a log or of a stretch that somebody may ask for, the newest of each
// machine. The zero value has none.
type Newcomers struct {
	all [records.MaxMachines]*Newcomer
}

// Take notes one more.
func (n *Newcomers) Take(b *Newcomer) { n.all[b.Stream.Machine] = b }

// Of returns whose stream it is, nil if the log has not said so.
func (n *Newcomers) Of(id records.StreamID) *Newcomer {
	if b := n.all[id.Machine]; b != nil && b.Stream == id {
		return b
	}
	return nil
}

// AppendCast appends who plays each seat in the frames of a span, seat 0 first, for a match
// with this header. The machine of a seat that nobody plays is NoMachine; who is not known
// has no name.
func (n *Newcomers) AppendCast(dst []Player, h *Header, s *Span) []Player {
	from := len(dst)
	for range h.Players {
		dst = append(dst, Player{Machine: NoMachine})
	}
	for _, run := range s.Runs {
		nth := 0
		for seats := run.Seats; seats != 0; seats &= seats - 1 {
			if seat := bits.TrailingZeros16(seats); seat < len(h.Players) && s.Lineup.Present(seat) {
				dst[from+seat] = n.player(h, run.Stream, seat, nth)
			}
			nth++
		}
	}
	return dst
}

// player is whose the nth seat of a stream is. A founder has the seats that it began with, and
// no others.
func (n *Newcomers) player(h *Header, id records.StreamID, seat, nth int) Player {
	if id.Born == 0 {
		return h.Players[seat]
	}
	who := Player{Machine: id.Machine}
	if b := n.Of(id); b != nil && nth < len(b.Players) {
		who.Key, who.Name, who.Own = b.Key, b.Players[nth].Name, b.Players[nth].Own
	}
	return who
}
