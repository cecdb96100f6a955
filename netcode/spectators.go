package netcode

import (
	"crypto/ed25519"
	"slices"
	"time"

	"github.com/visavis-netcode/visavis/netcode/internal/audience"
	"github.com/visavis-netcode/visavis/netcode/internal/link"
	"github.com/visavis-netcode/visavis/netcode/internal/mesh"
	"github.com/visavis-netcode/visavis/netcode/internal/wire"
	"github.com/visavis-netcode/visavis/netcode/matchlog"
)

const (
	feedWaiting  = 32 << 10 // of a spectator's feed, in his link: the rest is dropped with him, not kept for him
	worldRate    = 64 << 10 // bytes a second for the worlds of all who come to watch, beside what is new
	worldBurst   = 32 << 10
	waitingBytes = 16 << 20 // of worlds that wait until they may be shown
)

// spectators are those who watch the matches of a lobby, as its host knows them: who they
// are, and what each of them is sent. They have no seat and no vote, and are no members.
// Owner: the room of the host.
type spectators struct {
	room  *Room
	all   []*spectator
	spoke time.Duration // when the last sign of life was

	// Of the match that is shown; showing is nil before the first one.
	showing *showing
	show    *wire.Show
	desk    *audience.Desk
	ring    *audience.Ring
	stand   *audience.Stand
	due     []dueSegment // that are not shown yet
	waiting int          // bytes of their worlds
	budget  int          // bytes that may be sent
	budgets time.Duration
}

// spectator is one who watches.
type spectator struct {
	conn  *mesh.Conn
	name  string
	id    audience.ID // in the match that is shown
	foyer *wire.Foyer // that it was told last
}

type dueSegment struct {
	shown
	at time.Duration
}

func newSpectators(r *Room) *spectators { return &spectators{room: r} }

// full says why somebody may not watch, too, "" if he may.
func (s *spectators) full(key link.Key) string {
	others := 0
	for _, one := range s.all {
		if one.conn.Link.Peer() != key {
			others++
		}
	}
	if others >= audience.OfPlayer {
		return "two watch this lobby already, and no more can: try again later"
	}
	return ""
}

// admit lets somebody watch.
func (s *spectators) admit(c *mesh.Conn, name string) {
	s.all = slices.DeleteFunc(s.all, func(o *spectator) bool {
		again := o.conn.Link.Peer() == c.Link.Peer()
		if again { // by another process, or over another way
			o.conn.Link.Close(link.CodeDone, "you watch from elsewhere now")
			s.forget(o)
		}
		return again
	})
	if !c.Link.Known() {
		return // it had to make room for others at this very moment, and has read so
	}
	c.Kept = true
	one := &spectator{conn: c, name: name, id: audience.NoID}
	s.all = append(s.all, one)
	s.tell(one)
	s.room.events.happened(Event{Kind: EventWatching, Name: name, Count: len(s.all)})
}

// tell tells one who watches what there is to see.
func (s *spectators) tell(one *spectator) {
	if s.show == nil {
		one.conn.Send(&wire.Show{})
		return
	}
	one.conn.Send(s.show)
	place, err := s.desk.Came(s.room.now(), one.conn.Link.Peer(), nil)
	if err != nil {
		s.room.reception.refuse(one.conn, ReasonUnwatched, err.Error())
		return
	}
	one.id = place.Self
	s.send(one, place)
}

func (s *spectators) send(one *spectator, m audience.Message) {
	one.conn.Send(&wire.Audience{Bytes: audience.AppendMessage(nil, m)})
}

// begins shows a match that begins.
func (s *spectators) begins(p *play, start *wire.Start) {
	if s == nil {
		return
	}
	header := p.logHeader(Setup{Seed: start.Seed, Seats: start.Seats(), Roster: rosterOf(start), Options: start.Options})
	for i := range header.Players {
		header.Players[i].Key = [32]byte{} // nothing to those who only look
	}
	s.showing = newShowing(p)
	s.show = &wire.Show{
		Match: s.showing.match, Key: [32]byte(s.showing.key.Public().(ed25519.PublicKey)),
		DelayMs: uint32(s.room.config.watchDelayMs()), Header: matchlog.Append(nil, &header),
	}
	s.desk, s.ring = audience.NewDesk(RandomSeed()), new(audience.Ring)
	s.desk.Source(audience.Neighbour{ID: audience.ID(s.room.me), Key: s.room.node.endpoint.Key()})
	s.stand = audience.NewStand(s.ring, audience.OfPlayer)
	s.due, s.waiting = nil, 0
	for _, one := range s.all {
		s.tell(one)
	}
}

// heard takes what one who watches has said.
func (s *spectators) heard(c *mesh.Conn, m audience.Message) {
	one := s.of(c)
	if one == nil {
		c.Link.Close(link.CodeProtocol, "a word of one who watches, who does not")
		return
	}
	if s.showing == nil || one.id == audience.NoID {
		return
	}
	now := s.room.now()
	if report, ok := m.(*audience.Report); ok {
		if place := s.desk.Reported(now, one.id, report); place != nil {
			s.send(one, place)
		}
		return
	}
	if why := s.stand.Said(now, one.id, m, nil); why != 0 {
		s.send(one, &audience.Denied{Why: why})
	}
}

func (s *spectators) of(c *mesh.Conn) *spectator {
	for _, one := range s.all {
		if one.conn == c {
			return one
		}
	}
	return nil
}

func (s *spectators) byID(id audience.ID) *spectator {
	for _, one := range s.all {
		if one.id == id {
			return one
		}
	}
	return nil
}

// closed: a link is over.
func (s *spectators) closed(c *mesh.Conn) {
	one := s.of(c)
	if one == nil {
		return
	}
	s.all = slices.DeleteFunc(s.all, func(o *spectator) bool { return o == one })
	s.forget(one)
	s.room.events.happened(Event{Kind: EventWatching, Name: one.name, Count: len(s.all)})
}

func (s *spectators) forget(one *spectator) {
	if s.showing != nil {
		s.desk.Gone(one.id)
		s.stand.Gone(one.id)
	}
}

// step makes what is new, and sends what there is room for: after all that the match itself
// has had to say.
func (s *spectators) step(now time.Duration) {
	s.tend(now)
	if s.showing == nil {
		return
	}
	if !s.showing.over && s.showing.err == nil {
		s.showing.step(func(made shown) { s.wait(now, made) })
		if s.showing.err != nil {
			s.breakOff()
		}
	}
	s.release(now)
	for _, o := range s.stand.Poll(now, nil, nil) {
		if one := s.byID(o.To); one != nil {
			s.send(one, o.Say)
		}
	}
	s.feed(now)
}

// breakOff says that there is no more to see.
func (s *spectators) breakOff() {
	for _, one := range s.all {
		s.room.reception.refuse(one.conn, ReasonUnwatched, s.showing.err.Error())
	}
}

// tend gives those who watch a sign of life, and leaves those who give none.
func (s *spectators) tend(now time.Duration) {
	timeout := s.room.terms.timeout()
	speak := now-s.spoke >= mesh.Heartbeat(timeout)
	if speak {
		s.spoke = now
	}
	for _, one := range s.all {
		if speak {
			one.conn.Link.SendDatagram(wire.Here)
		}
		if silent := now - one.conn.Heard(); silent >= timeout && s.room.vigil.stoodStill(now) == 0 {
			one.conn.Link.Close(link.CodeLost, mesh.NothingHeard(silent))
		}
	}
}

// wait keeps a segment until it may be shown. A world for which there is no room is left
// out: one begins with an earlier one, or a later.
func (s *spectators) wait(now time.Duration, made shown) {
	if s.waiting+len(made.world) > waitingBytes {
		made.world = nil
	}
	s.waiting += len(made.world)
	s.due = append(s.due, dueSegment{made, now + time.Duration(s.show.DelayMs)*time.Millisecond})
}

// release shows what it is time for: when the match is over, all of it.
func (s *spectators) release(now time.Duration) {
	for len(s.due) > 0 && (now >= s.due[0].at || s.showing.over) {
		d := s.due[0]
		s.due[0] = dueSegment{}
		s.due = s.due[1:]
		s.waiting -= len(d.world)
		s.ring.Add(&d.segment, d.bytes)
		if d.world != nil {
			s.ring.SetWorld(d.segment.Number, d.world)
		}
		s.budget += len(d.bytes) * s.stand.Fed()
	}
}

// feed sends what there is room for.
func (s *spectators) feed(now time.Duration) {
	s.budget += int((now - s.budgets) * worldRate / time.Second)
	s.budgets = now
	s.budget = min(s.budget, worldBurst+s.stand.Fed()*audience.MaxSegmentBytes)
	for _, one := range s.all {
		for s.budget > 0 && one.conn.Link.FeedRoom() > link.FeedQueueBytes-feedWaiting {
			block := s.stand.Next(one.id)
			if block == nil || one.conn.Link.SendFeed(block) != nil {
				break
			}
			s.budget -= len(block)
		}
	}
}

// ShownAll reports whether those who watch have all that there is to see of a match that is
// over. A host that leaves before takes the rest with it.
func (r *Room) ShownAll() bool {
	s := r.spectators
	if s == nil || s.showing == nil {
		return true
	}
	if s.showing.err == nil && !s.showing.over || len(s.due) > 0 {
		return false
	}
	for _, one := range s.all {
		if !s.stand.HasAll(one.id) {
			return false
		}
	}
	return true
}
