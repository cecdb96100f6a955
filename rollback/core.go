package rollback

import (
	"bytes"
	"encoding/binary"
	"slices"
)

// logFrames is how many frames of inputs the core keeps, a power of two. Two
// peers' newest inputs are at most 2(W+D) frames from either's confirmed
// frame, 96 at the limits, so nothing that may still be asked for is lost.
const logFrames = 256

// maxLead bounds how far beyond the confirmed frame, and beyond the current one,
// an input is taken: further on it would overwrite what is still to be stepped.
const maxLead = logFrames / 2

// core is the machine without types: inputs as rows of bytes go in, a plan
// comes out. It knows neither the world nor time, and it does nothing by
// itself.
//
// For each frame it keeps two rows, one input per seat: what is known (log)
// and what was fed to the simulation (used). A rollback is due when, and only
// when, an input that becomes known differs from the one that was used.
type core struct {
	seats, size int // row = seats*size bytes
	window      Frame
	saveEvery   Frame
	saveChecks  Frame // frames apart at which a save is forced; 0 never
	predict     func(dst, last []byte)
	blank       []byte // what a seat does of which nothing is known

	current    Frame // next frame to simulate
	confirmed  Frame // min of held: all inputs through here are known
	end        Frame // no frame from here on is stepped, NoFrame for no end
	firstWrong Frame // oldest frame that was fed a wrong guess, NoFrame if none
	held       [MaxSeats]Frame
	behind     int // seats that confirmed waits for: held is not beyond it
	local      [MaxSeats]bool

	log, used []byte // rings of logFrames rows
}

func newCore(seats, size int) *core {
	c := &core{
		seats: seats, size: size,
		firstWrong: NoFrame, end: NoFrame,
		blank: make([]byte, size),
		log:   make([]byte, logFrames*seats*size),
		used:  make([]byte, logFrames*seats*size),
	}
	for seat := range seats {
		c.held[seat] = NoFrame
	}
	c.updateConfirmed()
	return c
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

// know takes what stands in the log as the next input of a seat, for ever. The
// caller has put it there, and has checked that f follows held and is not too far
// ahead.
func (c *core) know(seat int, f Frame) {
	c.held[seat] = f
	if f < c.current && !bytes.Equal(c.cell(c.used, f, seat), c.cell(c.log, f, seat)) {
		if c.firstWrong == NoFrame || f < c.firstWrong {
			c.firstWrong = f
		}
	}
	if f == c.confirmed+1 {
		if c.behind--; c.behind == 0 {
			c.updateConfirmed()
		}
	}
}

// updateConfirmed sets confirmed and behind, which know counts down.
func (c *core) updateConfirmed() {
	held := c.held[:c.seats]
	c.confirmed, c.behind = slices.Min(held), 0
	for _, h := range held {
		if h == c.confirmed {
			c.behind++
		}
	}
}

// feed fills the used row of frame f, known inputs where there are any and
// guesses elsewhere, and returns it.
func (c *core) feed(f Frame) []byte {
	used := c.row(c.used, f)
	switch {
	case f <= c.confirmed:
		copy(used, c.row(c.log, f))
		return used
	case f > 0:
		// What was used one frame before, known or guessed, is what repeating
		// the last known input gives, as nothing before f is wrong any more.
		copy(used, c.row(c.used, f-1))
	default:
		for seat := range c.seats {
			copy(used[seat*c.size:], c.blank)
		}
	}
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
