package audience

import (
	"slices"
	"time"
)

// How many one may feed.
const (
	OfPlayer  = 2 // streams that leave a player, at most
	firstRoom = 6 // of a viewer, until its upload has been seen to carry more or less
	mostRoom  = 8
)

const (
	worldPause  = 500 * time.Millisecond // between two newcomers who are given a world, at most:
	worldRate   = 128 << 10              // bytes of worlds a second that need not be thought about
	worldAgain  = 5 * time.Second        // before one is given another
	askPause    = time.Second            // between two Asks of one that are answered with a feed
	aliveEvery  = 250 * time.Millisecond // Have to those who stand by
	heraldEvery = 2 * aliveEvery         // likewise of viewers to feeders
	quietAfter  = 800 * time.Millisecond // without a word of one who is fed: another may have his place,
	goneAfter   = 5 * time.Second        // and then he is forgotten
	behind      = PerSecond / 2          // segments that one who had all may lack before it counts
	growAfter   = 10 * time.Second       // without that, one more may be fed
)

// Out is a message that is to be sent.
type Out struct {
	To  ID
	Say Message
}

// Stand feeds others from a ring. Owner: a viewer, or a player who is watched.
type Stand struct {
	tag     uint32
	ring    *Ring
	fixed   bool // room is what it is
	room    int
	guests  []*guest
	haveAt  time.Duration // the next Have
	shrunk  time.Duration
	grownAt time.Duration
	now     time.Duration // of the last Poll
	had     uint32        // segment that came next then
	worldAt time.Duration // when somebody may be given a world
	lulls   lulls         // of those who are fed
}

// guest is one that is fed, or stands by.
type guest struct {
	id      ID
	heard   time.Duration
	asked   time.Duration // when it was last begun with
	fed     bool
	anew    bool          // from the newest world on,
	anewAt  time.Duration // but not before
	next    uint32        // segment
	sending []byte        // what is being sent: a segment,
	world   []byte        // and then this,
	kind    byte
	offset  int  // from here on
	level   bool // it has had everything
	ousted  bool // another has its place, and it is to be told
}

// NewStand returns a stand with a match that feeds so many at most; 0: as many as its upload
// is seen to carry.
func NewStand(match [32]byte, ring *Ring, room int) *Stand {
	if room > 0 {
		return &Stand{tag: Tag(match), ring: ring, fixed: true, room: room}
	}
	return &Stand{tag: Tag(match), ring: ring, room: firstRoom}
}

// Meets reports whether somebody is fed, or stands by.
func (s *Stand) Meets(id ID) bool { return s.guest(id) != nil }

// Room is how many may be fed, those that are included.
func (s *Stand) Room() int { return s.room }

// Fed is how many are.
func (s *Stand) Fed() (n int) {
	for _, g := range s.guests {
		if g.fed {
			n++
		}
	}
	return n
}

// AppendFed appends those who are.
func (s *Stand) AppendFed(dst []ID) []ID {
	for _, g := range s.guests {
		if g.fed {
			dst = append(dst, g.id)
		}
	}
	return dst
}

// Feeds reports whether somebody is fed.
func (s *Stand) Feeds(id ID) bool {
	g := s.guest(id)
	return g != nil && g.fed
}

func (s *Stand) guest(id ID) *guest {
	for _, g := range s.guests {
		if g.id == id {
			return g
		}
	}
	return nil
}

// maxGuests bounds who stands by: whoever else comes is not told how far this one is.
const maxGuests = 64

func (s *Stand) meet(now time.Duration, id ID) *guest {
	g := s.guest(id)
	if g == nil && len(s.guests) < maxGuests {
		g = &guest{id: id}
		s.guests = append(s.guests, g)
	}
	if g != nil {
		s.hear(now, g)
	}
	return g
}

// hear: one who is fed or stands by has spoken.
func (s *Stand) hear(now time.Duration, g *guest) {
	if g.fed {
		s.lulls.spoke(now, now-g.heard)
	}
	g.heard = now
}

// Said takes what one who is fed, or wants to be, has said. path is by whom this one is fed
// itself. The answer is 0, or why the asker is not fed.
func (s *Stand) Said(now time.Duration, from ID, m Message, path []ID) Denial {
	switch m := m.(type) {
	case *Ask:
		return s.asked(now, from, m, path)
	case *StandBy:
		s.meet(now, from)
	case *Cease:
		if g := s.guest(from); g != nil {
			*g = guest{id: from, heard: now, asked: g.asked, anewAt: g.anewAt}
		}
	case *Have:
		if g := s.guest(from); g != nil {
			s.hear(now, g)
			if g.ousted {
				g.ousted = false
				return Full
			}
		}
	}
	return 0
}

func (s *Stand) asked(now time.Duration, from ID, m *Ask, path []ID) Denial {
	g := s.meet(now, from)
	if g != nil && !g.fed && s.Fed() >= s.room {
		s.makeRoom(now)
	}
	switch {
	case slices.Contains(path, from):
		return Loop
	case len(s.ring.segments) == 0:
		return Nothing
	case g == nil, !g.fed && s.Fed() >= s.room:
		return Full
	case g.asked > 0 && now-g.asked < askPause && g.fed:
		return 0 // the feed that it has goes on
	case g.asked > 0 && now-g.asked < askPause:
		return Nothing // it has left that, and is to ask in a moment
	}
	*g = guest{id: from, heard: now, asked: max(now, 1), fed: true, next: m.From, anewAt: g.anewAt}
	g.anew = m.From == noSegment || m.From < s.ring.first
	return 0
}

// makeRoom ceases to feed one who is quiet.
func (s *Stand) makeRoom(now time.Duration) {
	for _, g := range s.guests {
		if s.quiet(now, g) {
			*g = guest{id: g.id, heard: g.heard, asked: g.asked, anewAt: g.anewAt, ousted: true}
			return
		}
	}
}

func (s *Stand) quiet(now time.Duration, g *guest) bool {
	return g.fed && now-g.heard >= quietAfter+s.lulls.late(heraldEvery)
}

// AppendQuiet appends those who are fed and say nothing.
func (s *Stand) AppendQuiet(now time.Duration, dst []ID) []ID {
	for _, g := range s.guests {
		if s.quiet(now, g) {
			dst = append(dst, g.id)
		}
	}
	return dst
}

// Gone forgets somebody.
func (s *Stand) Gone(id ID) {
	s.guests = slices.DeleteFunc(s.guests, func(g *guest) bool { return g.id == id })
}

// Next is the next block for one who is fed, nil if there is none now. The link's owner
// asks for no more than the link carries.
func (s *Stand) Next(id ID) []byte {
	g := s.guest(id)
	if g == nil || !g.fed {
		return nil
	}
	if g.sending == nil && !s.begin(g) {
		return nil
	}
	var block []byte
	block, g.offset = appendPiece(nil, s.tag, g.kind, g.next, g.sending, g.offset)
	if g.offset < len(g.sending) {
		return block
	}
	g.offset = 0
	if g.sending, g.world = g.world, nil; len(g.sending) > 0 {
		g.kind = pieceWorld
		return block
	}
	g.sending = nil
	g.next++
	g.level = g.level || g.next == s.ring.Next()
	return block
}

// begin begins with the next segment.
func (s *Stand) begin(g *guest) bool {
	if g.next < s.ring.first {
		g.anew = true // too slow: what lies between is gone
	}
	if g.anew {
		if !s.ring.hasWorld || s.now < g.anewAt || s.now < s.worldAt {
			return false
		}
		g.anewAt = s.now + worldAgain
		s.worldAt = s.now + min(worldPause, time.Duration(len(s.ring.world))*time.Second/worldRate)
		g.anew, g.level, g.next, g.world = false, false, s.ring.worldAt, s.ring.world
	}
	g.kind, g.sending = pieceSegment, s.ring.at(g.next)
	return g.sending != nil
}

// Poll does what is due, and appends what is to be said. path is by whom this one is fed.
func (s *Stand) Poll(now time.Duration, path []ID, out []Out) []Out {
	s.now = now
	s.guests = slices.DeleteFunc(s.guests, func(g *guest) bool { return now-g.heard >= goneAfter })
	s.measure(now)
	s.had = s.ring.Next()
	if now < s.haveAt {
		return out
	}
	s.haveAt = now + aliveEvery
	have := &Have{s.ring.Next(), slices.Clone(path)}
	for _, g := range s.guests {
		out = append(out, Out{g.id, have})
	}
	return out
}

// measure sees whether the upload carries those who are fed. One who falls behind has a
// narrow path; if half of them do it is this machine's.
func (s *Stand) measure(now time.Duration) {
	if s.fixed {
		return
	}
	fed, slow := 0, 0
	for _, g := range s.guests {
		if g.fed {
			fed++
			if g.level && g.next+behind < s.had {
				slow++
			}
		}
	}
	switch {
	case slow >= 2 && slow*2 >= fed:
		if now-s.shrunk >= askPause {
			s.room, s.shrunk, s.grownAt = max(1, min(s.room, fed)-1), now, now
		}
	case fed >= placesOf(s.room) && s.room < mostRoom && now-s.grownAt >= growAfter:
		s.room, s.grownAt = s.room+1, now
	case fed < placesOf(s.room):
		s.grownAt = now
	}
}
