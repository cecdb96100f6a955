package rollback

// Intake is the part of a session that has no types: what is known of each frame, and how
// far that goes. Whoever feeds a session with what comes over a wire does it here, where a
// call is only a call. All of it can be done by the session's own methods, too. It belongs
// to its Session and to whoever may use that.
type Intake struct {
	core  *core
	input *layout
	legal func(input []byte, seat int, f Frame) // Config.Clean on canonical bytes; nil without
}

// Intake returns the session's.
func (s *Session[S, I]) Intake() *Intake { return &s.intake }

// Current is Session.Current.
func (n *Intake) Current() Frame { return n.core.current }

// Confirmed is Session.Confirmed.
func (n *Intake) Confirmed() Frame { return n.core.confirmed }

// Held is Session.Held.
func (n *Intake) Held(seat int) Frame { return n.core.held[seat] }

// TakesThrough is Session.TakesThrough.
func (n *Intake) TakesThrough() Frame { return n.core.takesThrough() }

// LineupsThrough is Session.LineupsThrough.
func (n *Intake) LineupsThrough() Frame {
	if n.core.cast == nil {
		return n.core.confirmed
	}
	return n.core.lineupsThrough()
}

// MayAdvance is Session.MayAdvance.
func (n *Intake) MayAdvance() bool { return n.core.mayStep() }

// SetEnd is Session.SetEnd.
func (n *Intake) SetEnd(f Frame) { n.core.end = max(n.core.first, f) }

// ConfirmPacked is Session.ConfirmPacked.
func (n *Intake) ConfirmPacked(seat int, f Frame, input []byte) error {
	c := n.core
	if err := c.mayConfirm(seat, f); err != nil {
		return err
	}
	if len(input) != c.size {
		return ErrInputSize
	}
	cell := c.cell(c.log, f, seat)
	if copyInput(cell, input); !n.input.flat {
		n.input.canonicalize(cell)
	}
	if n.legal != nil {
		n.legal(cell, seat, f)
	}
	c.know(seat, f)
	return nil
}

// ConfirmLineup is Session.ConfirmLineup.
func (n *Intake) ConfirmLineup(f Frame, l Lineup, commands ...Command) error {
	c := n.core
	switch {
	case c.cast == nil:
		return ErrLineups
	case f != c.lineupsThrough()+1:
		return ErrNotNext
	case f > c.takesThrough():
		return ErrTooFar
	}
	if len(commands) > 0 {
		if err := c.checkCommands(l, commands); err != nil {
			return err
		}
		c.knowCommands(f, commands)
	}
	l.Absent &= c.everybody()
	c.knowLineup(f, l)
	return nil
}
