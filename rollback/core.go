package rollback

import (
	"bytes"
	"encoding/binary"
)

// keptFrames is how many frames' inputs stay readable when they have been confirmed
// and stepped. A rollback goes back to window+1 frames before the current one, and
// Config.SaveEvery-1 further to a world that is kept, 65 at the limits; the rest is for
// reports, which step again what was final long ago.
const keptFrames = 128

// leadFrames is how far beyond the confirmed frame, and beyond the current one, inputs
// are taken. A machine makes inputs for at most W+D frames beyond what it has confirmed,
// and has confirmed no frame for which it lacks ours, so its newest one is at most
// 2(W+D) beyond what is confirmed here. What comes from further away waits elsewhere.
func leadFrames(windowFrames int) int { return 2 * (max(windowFrames, 1) + MaxDelayFrames) }

// logFrames is how many frames the core has room for, a power of two: what is kept and
// what is ahead, at the largest window.
const (
	logFrames = 256
	_         = uint(logFrames - keptFrames - 2*(MaxWindowFrames+MaxDelayFrames)) // does not compile if they do not fit
)

// core is the machine without types: inputs as rows of bytes go in, a plan
// comes out. It knows neither the world nor time, and it does nothing by
// itself.
//
// For each frame it keeps two rows, one input per seat: what is known (log)
// and what was fed to the simulation (used). A rollback is due when, and only
// when, an input that becomes known differs from the one that was used.
type core struct {
	seats, size int   // row = seats*size bytes
	first       Frame // frame that the session begins with
	lead        Frame // see leadFrames
	window      Frame
	saveEvery   Frame
	saveChecks  Frame // frames apart at which a save is forced; 0 never
	predict     func(dst, last []byte)
	blank       []byte // what a seat does of which nothing is known

	current    Frame               // next frame to simulate
	confirmed  Frame               // min of held: all inputs, and lineups, through here are known
	end        Frame               // no frame from here on is stepped, NoFrame for no end
	firstWrong Frame               // oldest frame that was fed a wrong guess, NoFrame if none
	held       [MaxSeats + 1]Frame // by seat; then, of a core with lineups, theirs
	columns    int                 // places of held that confirmed waits for
	behind     int                 // and those of them that are not beyond it
	local      [MaxSeats]bool
	cast       *cast // nil if all seats are present all the time

	log, used []byte // rings of logFrames rows
}

func newCore(seats, size, windowFrames int, first Frame) *core {
	c := &core{
		seats: seats, size: size, columns: seats,
		first: first, current: first,
		lead: Frame(leadFrames(windowFrames)), window: Frame(windowFrames),
		firstWrong: NoFrame, end: NoFrame,
		blank: make([]byte, size),
		log:   make([]byte, logFrames*seats*size),
		used:  make([]byte, logFrames*seats*size),
	}
	for seat := range seats {
		c.held[seat] = first - 1
	}
	c.updateConfirmed()
	return c
}

// beginWith sets what every seat did in the frame before the first.
func (c *core) beginWith(row []byte, l Lineup) {
	copy(c.row(c.used, c.first-1), row)
	copy(c.row(c.log, c.first-1), row)
	for seat := range c.seats {
		if !l.Present(seat) {
			copy(c.cell(c.log, c.first-1, seat), c.blank)
		}
	}
}

func (c *core) row(ring []byte, f Frame) []byte {
	n := c.seats * c.size
	at := int(f&(logFrames-1)) * n
	return ring[at : at+n : at+n]
}

func (c *core) cell(ring []byte, f Frame, seat int) []byte {
	at := (int(f&(logFrames-1))*c.seats + seat) * c.size
	return ring[at : at+c.size : at+c.size]
}

// everybody is the seats that there are (bit 0: seat 0).
func (c *core) everybody() uint16 { return uint16(1<<c.seats - 1) }

// takesThrough is the newest frame that anything is taken for: further on it would
// overwrite what is still to be stepped.
func (c *core) takesThrough() Frame { return min(c.confirmed, c.current) + c.lead }

// keeps reports whether what a frame was stepped with, or what was done in the one before
// the first, can be read.
func (c *core) keeps(f Frame) bool { return f >= max(c.first-1, c.current-logFrames) && f < c.current }

// mayConfirm says what keeps an input from being taken.
func (c *core) mayConfirm(seat int, f Frame) error {
	switch {
	case uint(seat) >= uint(c.seats) || c.local[seat]:
		return ErrSeat
	case f != c.held[seat]+1:
		return ErrNotNext
	case f > c.takesThrough():
		return ErrTooFar
	}
	return nil
}

// know takes what stands in the log as the next input of a seat, for ever. The
// caller has put it there, and has checked that f follows held and is not too far
// ahead.
func (c *core) know(seat int, f Frame) {
	if f < c.current && !sameInput(c.cell(c.used, f, seat), c.cell(c.log, f, seat)) {
		c.surprise(seat, f)
	}
	c.held[seat] = f
	c.arrive(f)
	if c.cast != nil && f < c.lineupsThrough() {
		c.passAbsent(seat)
	}
}

// surprise is called for an input that is not the one that was used. Where the seat
// counted as absent that was no guess of it: the lineup will tell.
//
//go:noinline
func (c *core) surprise(seat int, f Frame) {
	if c.stepped(f).Present(seat) {
		c.wrong(f)
	}
}

// wrong notes that frame f was stepped with a wrong guess.
func (c *core) wrong(f Frame) {
	if c.firstWrong == NoFrame || f < c.firstWrong {
		c.firstWrong = f
	}
}

// arrive notes that a column of held has come to frame f, from the one before.
func (c *core) arrive(f Frame) {
	if f == c.confirmed+1 {
		if c.behind--; c.behind == 0 {
			c.updateConfirmed()
		}
	}
}

// updateConfirmed sets confirmed and behind, which arrive counts down.
//
//go:noinline
func (c *core) updateConfirmed() {
	least, behind := c.held[0], 0
	for _, h := range c.held[:c.columns] {
		switch {
		case h == least:
			behind++
		case h < least:
			least, behind = h, 1
		}
	}
	c.confirmed, c.behind = least, behind
}

// feed fills the used row of frame f, known inputs where there are any and
// guesses elsewhere, and returns it.
func (c *core) feed(f Frame) []byte {
	used := c.row(c.used, f)
	if f <= c.confirmed {
		copy(used, c.row(c.log, f))
		return used
	}
	// What was used one frame before, known or guessed, is what repeating
	// the last known input gives, as nothing before f is wrong any more.
	copy(used, c.row(c.used, f-1))
	log := c.row(c.log, f)
	for seat, held := range c.held[:c.seats] {
		at := seat * c.size
		switch {
		case held >= f:
			copyInput(used[at:at+c.size], log[at:at+c.size])
		case c.predict != nil && held != NoFrame:
			c.predict(used[at:at+c.size], c.cell(c.log, held, seat))
		}
	}
	return used
}

// copyInput is copy, without a call for inputs of the commonest size.
func copyInput(dst, src []byte) {
	if len(dst) == 4 {
		binary.LittleEndian.PutUint32(dst, binary.LittleEndian.Uint32(src))
		return
	}
	copy(dst, src)
}

// sameInput is bytes.Equal, without a call for inputs of the commonest size.
func sameInput(a, b []byte) bool {
	if len(a) == 4 && len(b) == 4 {
		return binary.LittleEndian.Uint32(a) == binary.LittleEndian.Uint32(b)
	}
	return bytes.Equal(a, b)
}
