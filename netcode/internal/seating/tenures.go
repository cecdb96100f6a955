package seating

import (
	"math/bits"
	"slices"

	"github.com/visavis-netcode/visavis/netcode/internal/records"
	"github.com/visavis-netcode/visavis/rollback"
)

// tenure is that a stream holds a seat from a frame on.
type tenure struct {
	from   rollback.Frame
	holder records.StreamID
}

// tenures is who holds which seat in which frame, and owns that.
type tenures struct {
	config  Config
	seats   [rollback.MaxSeats][]tenure // oldest first, those to come included; never empty
	changes int                         // so far
}

// newTenures has founders hold the seats from frame 0 on.
func newTenures(config Config, founders []records.StreamID) tenures {
	h := tenures{config: config}
	for k := range config.Seats {
		holder := Nobody
		if k < len(founders) {
			holder = founders[k]
		}
		h.seats[k] = []tenure{{0, holder}}
	}
	return h
}

// Holder returns the stream that plays a seat in a frame, or Nobody. Whether that
// stream is live then is another matter.
func (h *tenures) Holder(seat int, f rollback.Frame) records.StreamID {
	list := h.seats[seat]
	for i := len(list) - 1; i > 0; i-- {
		if list[i].from <= f {
			return list[i].holder
		}
	}
	return list[0].holder
}

// Seats returns the seats that a stream plays in a frame, bit 0 for seat 0: a record of
// that frame begins with the inputs of these, in order.
func (h *tenures) Seats(id records.StreamID, f rollback.Frame) (seats uint16) {
	for k := range h.config.Seats {
		if h.Holder(k, f) == id {
			seats |= 1 << k
		}
	}
	return seats
}

// SeatsUntil is Seats, and the first frame after f for which that is not so any more, as
// far as it is known: until Changes is another number.
func (h *tenures) SeatsUntil(id records.StreamID, f rollback.Frame) (seats uint16, until rollback.Frame) {
	until = records.Endless
	for k := range h.config.Seats {
		for _, x := range h.seats[k] {
			if x.from > f {
				until = min(until, x.from)
			}
		}
	}
	return h.Seats(id, f), until
}

// Changes is how often a seat has changed hands, or is to, by what is folded.
func (h *tenures) Changes() int { return h.changes }

// Last is who holds a seat in the end, after all changes that are known.
func (h *tenures) Last(seat int) records.StreamID { return h.last(seat).holder }

// Inputs is how many bytes of inputs a stream's record of a frame begins with.
func (h *tenures) Inputs(id records.StreamID, f rollback.Frame) int {
	return bits.OnesCount16(h.Seats(id, f)) * h.config.InputBytes
}

// last is who holds a seat in the end, after all changes that are known.
func (h *tenures) last(seat int) tenure { return h.seats[seat][len(h.seats[seat])-1] }

// give gives a seat to whom an entry says.
func (h *tenures) give(e *Entry) {
	h.seats[e.Seat] = append(h.seats[e.Seat], tenure{e.From, e.Holder})
	h.changes++
}

// mayHold reports whether a seat's entry counts: it comes in time, changes something,
// and gives no machine more seats than its records have room for.
func (h *tenures) mayHold(f rollback.Frame, e *Entry) bool {
	if int(e.Seat) >= h.config.Seats || int(e.From-f) < h.config.SeatLeadFrames() {
		return false
	}
	last := h.last(int(e.Seat))
	if e.From <= last.from || e.Holder == last.holder || len(h.seats[e.Seat]) >= maxChanges {
		return false
	}
	if e.Holder == Nobody {
		return true
	}
	n := 1
	for k := range h.config.Seats {
		if k != int(e.Seat) && h.holdsAfter(e.Holder, k, e.From) {
			n++
		}
	}
	return n <= h.config.MachineSeats
}

// holdsAfter reports whether a stream holds a seat in a frame or later.
func (h *tenures) holdsAfter(id records.StreamID, seat int, f rollback.Frame) bool {
	if h.Holder(seat, f) == id {
		return true
	}
	return slices.ContainsFunc(h.seats[seat], func(x tenure) bool { return x.from > f && x.holder == id })
}

// overloaded reports whether a machine has more seats at once than its records have room
// for.
func (h *tenures) overloaded() bool {
	for k := range h.config.Seats {
		for _, x := range h.seats[k] {
			if x.holder != Nobody && bits.OnesCount16(h.Seats(x.holder, x.from)) > h.config.MachineSeats {
				return true
			}
		}
	}
	return false
}

// lasting reports whether all seats are held as they have been for long, and will be.
func (h *tenures) lasting() bool {
	for k := range h.config.Seats {
		if len(h.seats[k]) > 1 {
			return false
		}
	}
	return true
}

// forget drops what is past at the folded frame.
func (h *tenures) forget(folded rollback.Frame) {
	for k := range h.config.Seats {
		for list := h.seats[k]; len(list) > 1 && int(folded-list[1].from) >= h.config.KeptFrames; list = h.seats[k] {
			h.seats[k] = slices.Delete(list, 0, 1)
		}
	}
}
