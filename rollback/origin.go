package rollback

import (
	"bytes"
	"fmt"
)

// maxOriginFrame leaves room for a match: 207 days of it at 60 frames a second.
const maxOriginFrame Frame = 1 << 30

// Origin is where a session begins, beside the world: what there is to know of the
// frames before it. The zero Origin is the start of a match.
type Origin struct {
	// Frame is the first frame to step: Config.Start is the world before it.
	Frame Frame
	// Lineup is that of the frame before. At frame 0 it is the guess for the first one.
	Lineup Lineup
	// Inputs are the canonical bytes of what every seat did in the frame before, seat 0
	// first: what is repeated as a guess, or by a seat that is frozen. nil stands for
	// blank inputs.
	Inputs []byte
	// Digest is Checksum.Inputs before Frame.
	Digest uint64
	// World is the canonical bytes of the world before Frame (Session.AppendWorld), which
	// Config.Start is made into: it is any world then. nil: Start is the world.
	World []byte
}

// OriginAt returns the Origin with which another session can go on from the world
// before frame f, At(f), as this one does. It reports false if something before f is
// not final or no longer kept.
func (s *Session[S, I]) OriginAt(f Frame) (o Origin, ok bool) {
	ok = s.ReadOrigin(&o, f)
	return o, ok
}

// ReadOrigin is OriginAt into an Origin whose memory is used again. It changes nothing
// where it reports false.
func (s *Session[S, I]) ReadOrigin(o *Origin, f Frame) bool {
	digest, final := s.digest.before(f)
	if !final || !s.core.keeps(f-1) {
		return false
	}
	o.Frame, o.Lineup, o.Digest, o.Inputs = f, s.core.stepped(f-1), digest, o.Inputs[:0]
	if f == 0 {
		return true
	}
	o.Inputs = append(o.Inputs, s.core.row(s.core.used, f-1)...)
	if s.config.Absent == AbsentBot {
		for seat := range s.config.Seats {
			if !o.Lineup.Present(seat) { // what a bot did is no part of the inputs
				copy(o.Inputs[seat*s.input.size:], s.core.blank)
			}
		}
	}
	return true
}

// check reports what does not fit a session's Config, as a *ConfigError.
func (o Origin) check(seats, inputBytes int, lineups bool) error {
	switch {
	case o.Frame < 0 || o.Frame > maxOriginFrame:
		return &ConfigError{"Origin", fmt.Sprintf("begins at frame %d; allowed is 0 to %d", o.Frame, maxOriginFrame)}
	case o.Lineup != Lineup{} && !lineups:
		return &ConfigError{"Origin", "has a lineup, and Config.Lineups is not set"}
	case len(o.Inputs) != 0 && o.Frame == 0:
		return &ConfigError{"Origin", "has inputs, and there is no frame before frame 0"}
	case len(o.Inputs) != 0 && len(o.Inputs) != seats*inputBytes:
		return &ConfigError{"Origin", fmt.Sprintf("has %d bytes of inputs; %d seats have %d", len(o.Inputs), seats, seats*inputBytes)}
	}
	return nil
}

// before returns the row of inputs before the origin, canonical and legal.
func (s *Session[S, I]) before(o Origin) []byte {
	if len(o.Inputs) == 0 {
		return bytes.Repeat(s.core.blank, s.config.Seats)
	}
	row := bytes.Clone(o.Inputs)
	for seat := range s.config.Seats {
		cell := row[seat*s.input.size : (seat+1)*s.input.size]
		s.input.canonicalize(cell)
		s.clean(cell, seat, o.Frame-1)
	}
	return row
}
