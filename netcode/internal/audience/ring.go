package audience

// Bounds of a ring.
const (
	ringSegments = 30 * PerSecond // it keeps at least so many, unless they are big
	maxRing      = 4 * ringSegments
	maxRingBytes = 16 << 20
)

// Ring is the newest segments of a match, and the newest world that it may be watched from.
// It keeps 30 s, and what follows that world, within maxRing and maxRingBytes. The zero Ring
// is empty. Owner: who watches, or who is watched.
type Ring struct {
	first    uint32
	segments [][]byte
	bytes    int
	hasWorld bool
	worldAt  uint32 // the segment whose first frame it is before
	world    []byte
	last     bool
}

// Add adds the next segment's bytes, which the ring keeps.
func (r *Ring) Add(s *Segment, b []byte) {
	if len(r.segments) == 0 || s.Number != r.Next() {
		*r = Ring{first: s.Number}
	}
	r.segments = append(r.segments, b)
	r.bytes += len(b)
	r.last = s.Last
	for r.full() {
		r.bytes -= len(r.segments[0])
		r.segments[0] = nil
		r.segments = r.segments[1:]
		r.first++
	}
	if r.hasWorld && r.worldAt < r.first {
		r.hasWorld, r.world = false, nil
	}
}

// full reports whether the oldest segment is to go.
func (r *Ring) full() bool {
	needed := r.hasWorld && r.worldAt == r.first
	switch n := len(r.segments); {
	case n == 1:
		return false
	case n > maxRing, r.bytes > maxRingBytes:
		return true
	default:
		return n > ringSegments && !needed
	}
}

// SetWorld gives the ring the world before the first frame of a segment, if it still has
// that segment. A world is nobody's to change from then on.
func (r *Ring) SetWorld(number uint32, world []byte) {
	if number >= r.first && number < r.Next() {
		r.hasWorld, r.worldAt, r.world = true, number, world
	}
}

// HasWorld reports whether there is a world that the match may be watched from.
func (r *Ring) HasWorld() bool { return r.hasWorld }

// Next is the number of the segment that comes next.
func (r *Ring) Next() uint32 { return r.first + uint32(len(r.segments)) }

// Over reports whether the newest segment is the match's last.
func (r *Ring) Over() bool { return r.last }

// at is a segment's bytes, nil if it is not here.
func (r *Ring) at(number uint32) []byte {
	if number < r.first || number >= r.Next() {
		return nil
	}
	return r.segments[number-r.first]
}
