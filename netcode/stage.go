package netcode

import (
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/sha256"
	"time"

	"github.com/visavis-netcode/visavis/netcode/internal/audience"
	"github.com/visavis-netcode/visavis/netcode/internal/link"
	"github.com/visavis-netcode/visavis/netcode/internal/mesh"
	"github.com/visavis-netcode/visavis/netcode/internal/wire"
)

const (
	feedWaiting  = 32 << 10 // of a spectator's feed, in his link: the rest is dropped with him, not kept for him
	worldRate    = 64 << 10 // bytes a second for the worlds of all who come to watch, beside what is new
	worldBurst   = 32 << 10
	waitingBytes = 16 << 20 // of worlds that wait until they may be shown
)

// stage is what a player shows of a match to those who watch it: segments that are made here,
// held back, signed, and sent to those whom this machine feeds. The host has one, and so have
// its understudies. Owner: the room.
type stage struct {
	room    *Room
	play    *play
	start   *wire.Start // of the match
	showing *showing
	delayMs int
	ring    *audience.Ring
	stand   *audience.Stand
	due     []dueSegment // that are not shown yet
	waiting int          // bytes of their worlds
	budget  int          // bytes that may be sent
	budgets time.Duration
	sum     *audience.Sum // of a world that was shown last; nil: none yet
	opening time.Duration // until then one begins with the first world that there is
}

type dueSegment struct {
	shown
	at time.Duration
}

// newStage shows a match so far behind, signed by what all its players know.
func newStage(r *Room, p *play, start *wire.Start, secret [32]byte, delayMs int) *stage {
	match := p.logID()
	ring := new(audience.Ring)
	return &stage{
		room: r, play: p, start: start, delayMs: delayMs, ring: ring, stand: audience.NewStand(match, ring, audience.OfPlayer),
		showing: newShowing(p, showKey(secret, match)),
	}
}

// showKey is what the segments of a match are signed with, and nothing else.
func showKey(secret, match [32]byte) ed25519.PrivateKey {
	seed := ofSecret(secret, "visavis segments v1 ", match)
	return ed25519.NewKeyFromSeed(seed[:])
}

// watchPass is by what somebody with a key watches on when another hosts.
func watchPass(secret [32]byte, key link.Key) [32]byte {
	return ofSecret(secret, "visavis watch pass v1 ", key)
}

func ofSecret(secret [32]byte, use string, of [32]byte) (sum [32]byte) {
	mac := hmac.New(sha256.New, secret[:])
	mac.Write([]byte(use))
	mac.Write(of[:])
	copy(sum[:], mac.Sum(nil))
	return sum
}

// make makes what is new, with the worlds that one may begin with if those are wanted, and
// shows what it is time for.
func (s *stage) make(now time.Duration, worlds bool) {
	s.showing.worlds = worlds
	if !s.showing.over && s.showing.err == nil {
		s.showing.step(func(made shown) { s.wait(now, made) })
	}
	s.release(now)
	s.account(now)
}

// wait keeps a segment until it may be shown. A world for which there is no room is left
// out: one begins with an earlier one, or a later.
func (s *stage) wait(now time.Duration, made shown) {
	if s.waiting+len(made.world) > waitingBytes {
		made.world = nil
	}
	s.waiting += len(made.world)
	s.due = append(s.due, dueSegment{made, now + time.Duration(s.delayMs)*time.Millisecond})
}

// release shows what it is time for: when the match is over, all of it.
func (s *stage) release(now time.Duration) {
	for len(s.due) > 0 && (now >= s.due[0].at || s.showing.over) {
		d := s.due[0]
		s.due[0] = dueSegment{}
		s.due = s.due[1:]
		s.waiting -= len(d.world)
		if s.ring.Next() == 0 {
			s.opening = max(s.opening, now+openingTime)
		}
		s.ring.Add(&d.segment, d.bytes)
		if d.world != nil && (now >= s.opening || !s.ring.HasWorld()) {
			s.ring.SetWorld(d.segment.Number, d.world)
		}
		if d.sum != nil {
			s.sum = d.sum
		}
		s.budget += len(d.bytes) * s.stand.Fed()
	}
}

// account counts what may be sent by now.
func (s *stage) account(now time.Duration) {
	s.budget += int((now - s.budgets) * worldRate / time.Second)
	s.budgets = now
	s.budget = min(s.budget, worldBurst+s.stand.Fed()*audience.MaxSegmentBytes)
}

// send says what is due to those whom this machine feeds, and sends what there is room for:
// after all that the match itself has had to say.
func (s *stage) send(now time.Duration) {
	for _, o := range s.stand.Poll(now, nil, nil) {
		if c := s.linkTo(o.To); c != nil {
			c.Send(inAudience(s.tag(), o.Say))
		}
	}
	for _, id := range s.stand.AppendFed(nil) {
		if c := s.linkTo(id); c != nil && s.budget > 0 {
			s.budget -= pour(s.stand, id, c.Link, s.budget)
		}
	}
}

func (s *stage) tag() uint32 { return audience.Tag(s.showing.match) }

// heard takes what somebody who may be fed from here has said over a link.
func (s *stage) heard(c *mesh.Conn, id audience.ID, m audience.Message) {
	if why := s.stand.Said(s.room.now(), id, m, nil); why != 0 {
		c.Send(inAudience(s.tag(), &audience.Denied{Why: why}))
	}
}

// linkTo is the link to one who watches and may be fed from here, nil without one: as
// his host this machine has one, and an understudy to those that the host names.
func (s *stage) linkTo(id audience.ID) *mesh.Conn {
	r := s.room
	if r.spectators != nil {
		if one := r.spectators.byID(id); one != nil {
			return one.conn
		}
	}
	if n := r.understudy.watchers.byID(id); n != nil {
		return n.conn
	}
	return nil
}

// pour puts what a stand has for somebody into its link, as much as there is room for, and a
// block more than a budget at most. It returns how many bytes that were.
func pour(stand *audience.Stand, id audience.ID, l link.Link, budget int) (sent int) {
	for sent < budget && l.FeedRoom() > link.FeedQueueBytes-feedWaiting {
		block := stand.Next(id)
		if block == nil || l.SendFeed(block) != nil {
			break
		}
		sent += len(block)
	}
	return sent
}
