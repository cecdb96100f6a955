package rollback

import (
	"bytes"
	"fmt"
	"reflect"
	"unsafe"
)

// World returns the newest world: confirmed frames and predicted ones on top.
// It is for reading and valid until the next Tick.
func (s *Session[S, I]) World() *S { return s.snaps.world() }

// ConfirmedWorld returns the newest kept world in which nothing is predicted,
// and the frame it stands before. It is for reading and valid until the next
// Tick.
func (s *Session[S, I]) ConfirmedWorld() (*S, Frame) {
	f := min(s.core.confirmed+1, s.core.current)
	if s.core.firstWrong != NoFrame {
		f = min(f, s.core.firstWrong)
	}
	for ; f > s.core.first; f-- {
		if world, ok := s.At(f); ok {
			return world, f
		}
	}
	world, _ := s.At(f)
	return world, f
}

// At returns the world before frame f, if it is still kept. It is for reading
// and valid until the next Tick.
func (s *Session[S, I]) At(f Frame) (*S, bool) {
	if i, ok := s.snaps.find(f); ok {
		return &s.snaps.worlds[i], true
	}
	for i := range s.marked {
		if s.marked[i].frame == f && f != NoFrame {
			return &s.marked[i].world, true
		}
	}
	return nil, false
}

// Current returns the next frame to step: the world stands before it.
func (s *Session[S, I]) Current() Frame { return s.core.current }

// Stepping returns the frame that Step is working on, NoFrame outside of it. After a
// panic of Step it is the frame in which that happened.
func (s *Session[S, I]) Stepping() Frame { return s.events.open }

// Cleaning returns the frame for which Config.Clean is given an input, and the seat whose
// input that is, -1 if it is a guess, and NoFrame outside of Clean. After a panic of Clean
// it is where that happened.
func (s *Session[S, I]) Cleaning() (f Frame, seat int) {
	if !s.cleaning.now {
		return NoFrame, noSeat
	}
	return s.cleaning.frame, s.cleaning.seat
}

// NewInputs returns the seats (bit 0: seat 0) whose input in frame f, as Step was given it
// last, is not the one of the frame before. Seats that nobody plays are not among them.
// f is the frame that Step works on, or one of the last MaxWindowFrames that it has.
func (s *Session[S, I]) NewInputs(f Frame) (seats uint16) {
	for seat := range s.config.Seats {
		if !bytes.Equal(s.core.cell(s.core.used, f-1, seat), s.core.cell(s.core.used, f, seat)) {
			seats |= 1 << seat
		}
	}
	return seats &^ s.core.stepped(f).Absent
}

// Confirmed returns the last frame through which all seats' inputs, and the lineups, are
// known: at the start the one before Config.Origin's. It may lie ahead of Current.
func (s *Session[S, I]) Confirmed() Frame { return s.core.confirmed }

// Held returns the last frame through which a seat's inputs are known. Frames in which
// it is known to be absent count as known.
func (s *Session[S, I]) Held(seat int) Frame { return s.core.held[seat] }

// LocalThrough returns the newest frame that a local input was taken for, the input
// delay ahead of the frames stepped.
func (s *Session[S, I]) LocalThrough() Frame { return s.localLast }

// Confirm takes the input of a remote seat for the frame after Held(seat),
// for ever, as Config.Clean makes it. If another one was predicted and used, the next
// Tick rolls back.
// It returns ErrSeat, ErrNotNext or ErrTooFar and then changes nothing.
func (s *Session[S, I]) Confirm(seat int, f Frame, input I) error {
	if err := s.core.mayConfirm(seat, f); err != nil {
		return err
	}
	cell := s.core.cell(s.core.log, f, seat)
	s.input.encode(cell, unsafe.Pointer(&input))
	s.clean(cell, seat, f)
	s.core.know(seat, f)
	return nil
}

// ConfirmPacked is Confirm with the input's canonical bytes, InputBytes of
// them: what came over a wire. Another number of them is ErrInputSize.
func (s *Session[S, I]) ConfirmPacked(seat int, f Frame, input []byte) error {
	return s.intake.ConfirmPacked(seat, f, input)
}

// AppendPacked appends the canonical bytes of a seat's input for a frame, as Config.Clean
// makes it: what ConfirmPacked takes, here and elsewhere.
func (s *Session[S, I]) AppendPacked(dst []byte, seat int, f Frame, input I) []byte {
	at := len(dst)
	dst = append(dst, s.core.blank...)
	s.input.encode(dst[at:], unsafe.Pointer(&input))
	s.clean(dst[at:], seat, f)
	return dst
}

// RollsBack reports whether Tick would step frames again now: something that was guessed
// for one of them has turned out to be wrong.
func (s *Session[S, I]) RollsBack() bool { return s.core.firstWrong != NoFrame }

// MayAdvance reports whether Tick would step a new frame now.
func (s *Session[S, I]) MayAdvance() bool { return s.core.mayStep() }

// LeadFrames returns how far beyond Confirmed, and beyond Current, Confirm and
// ConfirmLineup take a frame: twice the window and the largest delay together, as far as
// an honest peer can be ahead.
func (s *Session[S, I]) LeadFrames() int { return int(s.core.lead) }

// TakesThrough returns the newest frame for which Confirm and ConfirmLineup take
// anything now, in their turn: what is further ahead has to wait.
func (s *Session[S, I]) TakesThrough() Frame { return s.core.takesThrough() }

// InputBytes returns the canonical size of an input, 1 to MaxInputBytes.
func (s *Session[S, I]) InputBytes() int { return s.input.size }

// AppendInput appends the canonical bytes of a seat's known input of frame f, the blank
// one if the seat is absent then.
// It reports false if that is not known, or no longer kept.
func (s *Session[S, I]) AppendInput(dst []byte, seat int, f Frame) ([]byte, bool) {
	if seat < 0 || seat >= s.config.Seats || f < s.core.first || f > s.core.held[seat] || f <= s.core.held[seat]-keptFrames {
		return dst, false
	}
	return append(dst, s.core.cell(s.core.log, f, seat)...), true
}

// SetDelay sets the local input delay, 0 to MaxDelayFrames; other values are
// brought into that range. A raised delay repeats the last input for the frames
// between, a lowered one drops samples; nothing already known changes.
func (s *Session[S, I]) SetDelay(frames int) { s.delay = Frame(max(0, min(frames, MaxDelayFrames))) }

// Delay returns the local input delay in frames.
func (s *Session[S, I]) Delay() int { return int(s.delay) }

// Follow steps frames whose inputs are all known, at most maxFrames of them,
// and returns how many it stepped. It is for sessions without local seats:
// watching, replaying, checking.
func (s *Session[S, I]) Follow(maxFrames int) int {
	n := 0
	for n < maxFrames && s.core.current <= s.core.confirmed && s.core.mayStep() && len(s.config.Local) == 0 {
		s.Tick()
		n++
	}
	return n
}

// AppendNotices appends what Step has emitted since the last call: each event
// once as Predicted, then once as Confirmed or Cancelled. If nobody reads, the
// newest 1024 are kept, and Stats.NoticesMissed counts the others.
func (s *Session[S, I]) AppendNotices(dst []Notice) []Notice { return s.events.read(dst) }

// AppendChecksums appends the checksums made since the last call, oldest
// first. If nobody reads, the newest 128 or more are kept.
func (s *Session[S, I]) AppendChecksums(dst []Checksum) []Checksum {
	dst = append(dst, s.checksums...)
	s.checksums = s.checksums[:0]
	return dst
}

// ChecksumAt returns the checksum of the world before frame f, if everything
// before f is final and the world is still kept.
func (s *Session[S, I]) ChecksumAt(f Frame) (Checksum, bool) {
	inputs, final := s.digest.before(f)
	world, kept := s.At(f)
	if !final || !kept {
		return Checksum{}, false
	}
	return Checksum{Frame: f, World: s.Hash(world), Inputs: inputs}, true
}

// SetEnd makes frame f the end: no frame from f on is stepped any more, so the
// world comes to rest before it. Frames beyond that have been stepped stay.
func (s *Session[S, I]) SetEnd(f Frame) { s.intake.SetEnd(f) }

// Stats returns counts since the start.
func (s *Session[S, I]) Stats() Stats {
	stats := s.stats
	stats.NoticesMissed = s.events.missed
	return stats
}

// Hash returns the 64-bit hash of a world's canonical bytes: XXH3, equal on
// every machine.
func (s *Session[S, I]) Hash(world *S) uint64 {
	if s.world == nil {
		s.scratch = s.config.Append(s.scratch[:0], world)
		return hashBytes(s.scratch)
	}
	return s.world.hash(unsafe.Pointer(world), &s.scratch)
}

// AppendWorld appends a world's canonical bytes: its fields in order,
// little-endian, without padding.
func (s *Session[S, I]) AppendWorld(dst []byte, world *S) []byte {
	if s.world == nil {
		return s.config.Append(dst, world)
	}
	n := len(dst)
	dst = append(dst, make([]byte, s.world.size)...)
	s.world.encode(dst[n:], unsafe.Pointer(world))
	return dst
}

// DecodeWorld sets a world from its canonical bytes. It returns an error if
// there are not exactly as many as the world has.
func (s *Session[S, I]) DecodeWorld(world *S, b []byte) error {
	if s.world == nil {
		return s.config.Decode(world, b)
	}
	if len(b) != s.world.size {
		return fmt.Errorf("rollback: a world is %d bytes, these are %d", s.world.size, len(b))
	}
	s.world.decode(unsafe.Pointer(world), b)
	return nil
}

// Diff returns the fields in which two worlds differ, at most limit of them, in
// the order of their declaration. Of worlds with Config.Append only what their
// canonical bytes say is compared; if Decode brings none of that back, the first
// byte that differs is named.
func (s *Session[S, I]) Diff(a, b *S, limit int) []Difference {
	if s.world != nil {
		return diff(reflect.ValueOf(a).Elem(), reflect.ValueOf(b).Elem(), limit)
	}
	ba, bb := s.config.Append(nil, a), s.config.Append(nil, b)
	if bytes.Equal(ba, bb) || limit < 1 {
		return nil
	}
	var da, db S
	if s.config.Decode(&da, ba) == nil && s.config.Decode(&db, bb) == nil {
		if fields := diff(reflect.ValueOf(&da).Elem(), reflect.ValueOf(&db).Elem(), limit); len(fields) > 0 {
			return fields
		}
	}
	at := 0
	for at < min(len(ba), len(bb)) && ba[at] == bb[at] {
		at++
	}
	return []Difference{{fmt.Sprintf("byte %d", at), byteText(ba, at), byteText(bb, at)}}
}

func byteText(b []byte, at int) string {
	if at >= len(b) {
		return "nothing"
	}
	return fmt.Sprint(b[at])
}

// Disturb changes the world behind the rules' back, in every kept world from
// the confirmed one on, so that no rollback undoes it. It is for tests and
// demonstrations of what a desync looks like.
func (s *Session[S, I]) Disturb(change func(*S)) {
	_, from := s.ConfirmedWorld()
	for i, f := range s.snaps.frames {
		if f >= from {
			change(&s.snaps.worlds[i])
		}
	}
	s.disturbed = true
	s.keepShown()
}
