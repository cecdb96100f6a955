package records

import "github.com/visavis-netcode/visavis/rollback"

// ring keeps the records of the newest frames. As a rule all records of a stream are as
// long as its first one, and lie one after the other; the few others, with entries in
// them, have memory of their own.
type ring struct {
	places int // a power of two
	stride int // how long records are as a rule
	memory []byte
	odd    map[rollback.Frame][]byte // those of another length
}

func (r *ring) place(f rollback.Frame) int { return int(f) & (r.places - 1) }

// record returns what was put for a frame, as long as no other has its place.
func (r *ring) record(f rollback.Frame) []byte {
	if r.odd != nil {
		if record, ok := r.odd[f]; ok {
			return record
		}
	}
	at := r.place(f) * r.stride
	return r.memory[at : at+r.stride : at+r.stride]
}

func (r *ring) put(f rollback.Frame, record []byte) {
	if r.memory == nil {
		r.stride = len(record)
		r.memory = make([]byte, r.places*r.stride)
	}
	if r.odd != nil {
		delete(r.odd, f-rollback.Frame(r.places))
		delete(r.odd, f)
	}
	if len(record) == r.stride {
		copy(r.memory[r.place(f)*r.stride:], record)
		return
	}
	if r.odd == nil {
		r.odd = map[rollback.Frame][]byte{}
	}
	r.odd[f] = append([]byte{}, record...)
}
