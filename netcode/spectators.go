package netcode

import (
	"crypto/ed25519"
	"net/netip"
	"slices"
	"time"

	"github.com/visavis-netcode/visavis/netcode/internal/audience"
	"github.com/visavis-netcode/visavis/netcode/internal/link"
	"github.com/visavis-netcode/visavis/netcode/internal/mesh"
	"github.com/visavis-netcode/visavis/netcode/internal/source"
	"github.com/visavis-netcode/visavis/netcode/internal/wire"
	"github.com/visavis-netcode/visavis/netcode/matchlog"
)

const (
	feedWaiting  = 32 << 10 // of a spectator's feed, in his link: the rest is dropped with him, not kept for him
	worldRate    = 64 << 10 // bytes a second for the worlds of all who come to watch, beside what is new
	worldBurst   = 32 << 10
	waitingBytes = 16 << 20 // of worlds that wait until they may be shown

	signsOfLife  = 4                      // to one who watches, and of him, in the time after which he is lost
	reportCost   = 500 * time.Millisecond // of reading a report of one who watches, which may have others look for the way to him;
	reportBurst  = 3 * time.Second        // of what comes faster the newest counts
	reportsATick = 4                      // that are read: they may have the desk look through all who watch
)

// spectators are those who watch the matches of a lobby, as its host knows them: who they
// are, who feeds them, and what those are sent whom the host feeds. They have no seat and no
// vote, and are no members. Owner: the room of the host.
type spectators struct {
	room    *Room
	desk    *audience.Desk
	all     []*spectator
	reports []*spectator // whose reports the desk has not read

	// Of the match that is shown; showing is nil before the first one.
	showing *showing
	show    *wire.Show
	ring    *audience.Ring
	stand   *audience.Stand
	due     []dueSegment // that are not shown yet
	waiting int          // bytes of their worlds
	budget  int          // bytes that may be sent
	budgets time.Duration
}

// spectator is one who watches.
type spectator struct {
	conn   *mesh.Conn
	name   string
	id     audience.ID
	addrs  []string         // as the host sees it first, then as it says itself
	offer  []byte           // as it says itself
	told   bool             // of the match that is shown
	spoke  time.Duration    // when the last sign of life to it was
	report *audience.Report // the newest, which the desk has not read
	read   source.Budget    // for those that it has
	foyer  *wire.Foyer      // that it was told last
}

type dueSegment struct {
	shown
	at time.Duration
}

func newSpectators(r *Room) *spectators {
	return &spectators{room: r, desk: audience.NewDesk(RandomSeed())}
}

// full says why nobody more may watch now, "" if somebody may.
func (s *spectators) full() string {
	if err := s.desk.Takes(s.room.now()); err != nil {
		return err.Error()
	}
	return ""
}

// admit lets somebody watch.
func (s *spectators) admit(c *mesh.Conn, h *wire.Hello, name string) {
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
	now := s.room.now()
	id, err := s.desk.Came(now, c.Link.Peer())
	if err != nil {
		s.room.reception.refuse(c, ReasonUnwatched, err.Error())
		return
	}
	c.Kept = true
	one := &spectator{conn: c, name: name, id: id, spoke: now, offer: h.Offer}
	one.addrs = addrsSeen(c, h.Addrs, s.relayed(one))
	s.all = append(s.all, one)
	if s.show == nil {
		c.Send(&wire.Show{})
	}
	s.room.events.happened(Event{Kind: EventWatching, Name: name, Count: len(s.all)})
}

// relayed reports whether what one who watches sends comes through others.
func (s *spectators) relayed(one *spectator) bool {
	return s.room.doors.guestKind(one.conn.Link.Peer()).Relayed()
}

// tell tells those who do not know it yet what there is to see, and who feeds them.
func (s *spectators) tell(now time.Duration) {
	for _, one := range s.all {
		if s.budget <= 0 {
			return
		}
		if !one.told {
			one.told = true
			one.conn.Send(s.show)
			s.budget -= len(s.show.Header)
			s.place(one, s.desk.Place(now, one.id))
		}
	}
}

// place tells one who watches who may feed it, and those that it may ask.
func (s *spectators) place(one *spectator, p *audience.Placement) {
	if p == nil {
		return
	}
	for i := range p.Sources {
		n := &p.Sources[i]
		if feeder := s.byID(n.ID); feeder != nil {
			n.Contact = s.contact(feeder, one)
			s.send(feeder, &audience.Introduction{Viewer: audience.Neighbour{ID: one.id, Key: one.conn.Link.Peer(), Contact: s.contact(one, feeder)}})
		}
	}
	s.send(one, p)
}

// contact is how one who watches is reached, as far as it is of use to another.
func (s *spectators) contact(of, to *spectator) []byte {
	c := &wire.Contact{Secret: s.room.authority.pairSecret(of.conn.Link.Peer(), to.conn.Link.Peer())}
	c.Addrs, c.Offer = s.sightOf(of).tell(s.sightOf(to), of.addrs, of.offer)
	return wire.MarshalMessage(c)
}

// sightOf is what the host knows of somebody's whereabouts.
func (s *spectators) sightOf(one *spectator) sight {
	seen := netip.Addr{}
	if !s.relayed(one) {
		seen = one.conn.Link.RemoteAddr().Addr()
	}
	return sightAt(seen, one.addrs, one.offer)
}

func (s *spectators) send(one *spectator, m audience.Message) {
	tag := uint32(0)
	if s.showing != nil {
		tag = audience.Tag(s.showing.match)
	}
	one.conn.Send(inAudience(tag, m))
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
	s.desk.Again()
	s.desk.Source(audience.Neighbour{ID: s.me(), Key: s.room.node.endpoint.Key()})
	s.ring = new(audience.Ring)
	s.stand = audience.NewStand(s.showing.match, s.ring, audience.OfPlayer)
	s.due, s.waiting, s.reports = nil, 0, nil
	for _, one := range s.all {
		one.told, one.report = false, nil
	}
}

// me is the host, to those who watch.
func (s *spectators) me() audience.ID { return audience.ID(s.room.me) }

// heard takes what one who watches has said, of the match with a tag.
func (s *spectators) heard(c *mesh.Conn, tag uint32, m audience.Message) {
	one := s.of(c)
	if one == nil {
		c.Link.Close(link.CodeProtocol, "a word of one who watches, who does not")
		return
	}
	if s.showing == nil || !one.told || tag != audience.Tag(s.showing.match) {
		return // of the match before
	}
	if report, ok := m.(*audience.Report); ok {
		if one.report == nil {
			s.reports = append(s.reports, one)
		}
		one.report = report
		return
	}
	if !s.desk.Names(one.id, s.me()) {
		if _, ok := m.(*audience.Ask); ok {
			s.send(one, &audience.Denied{Why: audience.Unknown})
		}
		return
	}
	if why := s.stand.Said(s.room.now(), one.id, m, nil); why != 0 {
		s.send(one, &audience.Denied{Why: why})
	}
}

// readReports has the desk read some of the reports that have come.
func (s *spectators) readReports(now time.Duration) {
	left := reportsATick
	s.reports = slices.DeleteFunc(s.reports, func(one *spectator) bool {
		if left == 0 || !one.read.Take(now, reportCost, reportBurst) {
			return false
		}
		left--
		report := one.report
		one.report = nil
		s.place(one, s.desk.Reported(now, one.id, report))
		return true
	})
}

// reached takes one's word of how it is reached now.
func (s *spectators) reached(c *mesh.Conn, m *wire.Reach) {
	if one := s.of(c); one != nil {
		one.offer = m.Offer
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
	s.desk.Gone(one.id)
	s.reports = slices.DeleteFunc(s.reports, func(o *spectator) bool { return o == one })
	if s.showing != nil {
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
	for _, id := range s.stand.AppendQuiet(now, nil) {
		s.desk.Quiet(id)
	}
	s.account(now)
	s.tell(now)
	s.readReports(now)
	for _, o := range s.stand.Poll(now, nil, nil) {
		if one := s.byID(o.To); one != nil {
			s.send(one, o.Say)
		}
	}
	s.feed()
}

// breakOff says that there is no more to see.
func (s *spectators) breakOff() {
	for _, one := range s.all {
		s.room.reception.refuse(one.conn, ReasonUnwatched, s.showing.err.Error())
	}
}

// tend gives those who watch a sign of life, each at another time, and leaves those who give
// none, or do not say how they are.
func (s *spectators) tend(now time.Duration) {
	timeout := s.room.terms.timeout()
	for _, one := range s.all {
		if now-one.spoke >= timeout/signsOfLife {
			one.spoke = now
			one.conn.Link.SendDatagram(wire.Here)
		}
		if silent := now - one.conn.Heard(); silent >= timeout && s.room.vigil.stoodStill(now) == 0 {
			one.conn.Link.Close(link.CodeLost, mesh.NothingHeard(silent))
		}
	}
	if s.room.vigil.stoodStill(now) != 0 {
		return // what they have said meanwhile is still to be read
	}
	for _, id := range s.desk.Vanished(now, nil) {
		if one := s.byID(id); one != nil {
			one.conn.Link.Close(link.CodeLost, "you do not say how far you are with the match that you watch")
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

// account counts what may be sent by now.
func (s *spectators) account(now time.Duration) {
	s.budget += int((now - s.budgets) * worldRate / time.Second)
	s.budgets = now
	s.budget = min(s.budget, worldBurst+s.stand.Fed()*audience.MaxSegmentBytes)
}

// feed sends what there is room for.
func (s *spectators) feed() {
	for _, one := range s.all {
		if s.budget > 0 && s.stand.Feeds(one.id) {
			s.budget -= pour(s.stand, one.id, one.conn.Link, s.budget)
		}
	}
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

// ShownAll reports whether those who watch say that they have all there is to see of a match
// that is over. A host that leaves before takes the rest with it.
func (r *Room) ShownAll() bool {
	s := r.spectators
	switch {
	case s == nil || s.showing == nil || s.showing.err != nil:
		return true
	case !s.showing.over || len(s.due) > 0:
		return false
	}
	return s.desk.Have(s.ring.Next())
}
