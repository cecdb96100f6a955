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
	reportCost   = 500 * time.Millisecond // of reading a report of one who watches, which may have others look for the way to him;
	reportBurst  = 3 * time.Second        // of what comes faster the newest counts
	reportsATick = 4                      // that are read: they may have the desk look through all who watch
)

// spectators are those who watch the matches of a lobby, as its host knows them: who they
// are, who feeds them, and what those are sent whom the host feeds. They have no seat and no
// vote, and are no members. Owner: the room of the host.
type spectators struct {
	room     *Room
	desk     *audience.Desk
	all      []*spectator
	reports  []*spectator // whose reports the desk has not read
	show     *wire.Show   // the match that is shown; nil before the first one
	reserves uint16       // the understudies that the desk knows
}

// spectator is one who watches.
type spectator struct {
	conn   *mesh.Conn
	name   string
	id     audience.ID
	addrs  []string         // as the host sees it first, then as it says itself
	offer  []byte           // as it says itself
	told   bool             // of the match that is shown
	has    uint32           // the tag of the match in which the host before has given it a place; 0: none
	report *audience.Report // the newest, which the desk has not read
	read   source.Budget    // for those that it has
	foyer  *wire.Foyer      // that it was told last
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
	s.room.understudy.watchers.leave(c.Link.Peer())
	if s.room.stage != nil {
		s.room.stage.stand.Gone(id)
	}
	one := &spectator{conn: c, name: name, id: id, offer: h.Offer}
	if h.Purpose == wire.WatchOn {
		one.has = uint32(h.Lobby)
	}
	one.addrs = addrsSeen(c, h.Addrs, s.relayed(one))
	s.all = append(s.all, one)
	if s.show == nil {
		c.Send(&wire.Show{Pass: s.pass(c.Link.Peer())})
	}
	s.room.events.happened(Event{Kind: EventWatching, Name: name, Count: len(s.all)})
}

// relayed reports whether what one who watches sends comes through others.
func (s *spectators) relayed(one *spectator) bool {
	return s.room.doors.guestKind(one.conn.Link.Peer()).Relayed()
}

// tell tells those who do not know it yet what there is to see, and who feeds them.
func (s *spectators) tell(now time.Duration) {
	stage := s.room.stage
	for _, one := range s.all {
		if stage.budget <= 0 {
			return
		}
		if one.told {
			continue
		}
		one.told = true
		show := *s.show
		show.Pass = s.pass(one.conn.Link.Peer())
		one.conn.Send(&show)
		if newest := s.room.foyer.newest; one.foyer == nil && newest != nil { // who may host next he is to know before the host can be gone
			one.foyer = newest
			one.conn.Send(newest)
		}
		stage.budget -= len(show.Header)
		if one.has == stage.tag() {
			s.desk.Return(now, one.id)
			continue
		}
		s.place(one, s.desk.Place(now, one.id))
	}
}

// pass is by what somebody watches on when another hosts.
func (s *spectators) pass(key link.Key) [32]byte { return watchPass(s.room.authority.watchSecret, key) }

// place tells one who watches who may feed it, and those that it may ask.
func (s *spectators) place(one *spectator, p *audience.Placement) {
	if p == nil {
		return
	}
	for i := range p.Sources {
		n := &p.Sources[i]
		if feeder, ok := s.reachOf(n.ID); ok {
			viewer, _ := s.reachOf(one.id)
			n.Contact = s.contact(feeder, viewer)
			feeder.conn.Send(s.word(&audience.Introduction{Viewer: audience.Neighbour{
				ID: one.id, Key: viewer.conn.Link.Peer(), Contact: s.contact(viewer, feeder),
			}}))
		}
	}
	s.send(one, p)
}

// reach is how somebody is reached who may feed or be fed: who watches, or an understudy.
type reach struct {
	conn  *mesh.Conn
	sight sight
	addrs []string
	offer []byte
}

// reachOf is that of somebody but the host. It reports false for whom there is no link to.
func (s *spectators) reachOf(id audience.ID) (reach, bool) {
	if one := s.byID(id); one != nil {
		return reach{one.conn, s.sightOf(one), one.addrs, one.offer}, true
	}
	if id >= audience.FirstViewer || id == s.me() {
		return reach{}, false
	}
	m, c := s.room.members[id], s.room.mesh.To(uint8(id))
	if m == nil || c == nil {
		return reach{}, false
	}
	return reach{c, s.room.authority.sightOf(m), m.Addrs, m.Offer}, true
}

// contact is how somebody is reached, as far as it is of use to another.
func (s *spectators) contact(of, to reach) []byte {
	c := &wire.Contact{Secret: s.room.authority.pairs.of(of.conn.Link.Peer(), to.conn.Link.Peer())}
	c.Addrs, c.Offer = of.sight.tell(to.sight, of.addrs, of.offer)
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

func (s *spectators) send(one *spectator, m audience.Message) { one.conn.Send(s.word(m)) }

// word is a message about the match that is shown.
func (s *spectators) word(m audience.Message) *wire.Audience {
	tag := uint32(0)
	if stage := s.room.stage; stage != nil {
		tag = stage.tag()
	}
	return inAudience(tag, m)
}

// begins shows a match that begins.
func (s *spectators) begins(p *play, start *wire.Start) {
	if s == nil {
		return
	}
	next, now := newStage(s.room, p, start, s.room.authority.watchSecret, s.room.config.watchDelayMs()), s.room.stage
	if now != nil && next.showing.match != now.showing.match && !s.room.ShownAll() {
		s.room.wings.wait(next)
		return
	}
	s.room.stage = next
	s.room.understudy.watchers.end()
	s.shows()
}

// goesNext shows the next match that waits, when all have the one before or have had the time for it.
func (s *spectators) goesNext(now time.Duration) {
	if s.room.wings.make(now, true); !s.room.wings.due(now, s.shownAll()) {
		return
	}
	s.room.wings.next(now)
	s.room.understudy.watchers.end()
	if s.shows(); s.room.stage.showing.err != nil {
		s.breakOff()
	}
}

// goesOn has those who watch see the match go on that this machine, which hosts, was out of
// and is in again.
func (s *spectators) goesOn() {
	if s != nil {
		s.begins(s.room.play, s.room.running)
	}
}

// retire sends all who watch to the host of now, whom they find as if this one were lost.
func (s *spectators) retire(words string) {
	if s == nil {
		return
	}
	for _, one := range s.all {
		one.conn.Link.Close(link.CodeLost, words)
	}
}

// shows has all who watch see the match that is on the stage.
func (s *spectators) shows() {
	showing, start := s.room.stage.showing, s.room.stage.start
	header := s.room.stage.play.logHeader(Setup{Seed: start.Seed, Seats: start.Seats(), Roster: rosterOf(start), Options: start.Options})
	s.show = &wire.Show{
		Match: showing.match, Key: [32]byte(showing.key.Public().(ed25519.PublicKey)),
		DelayMs: uint32(s.room.config.watchDelayMs()), Header: matchlog.Append(nil, &header),
	}
	s.desk.Again()
	s.desk.Source(audience.Neighbour{ID: s.me(), Key: s.room.node.endpoint.Key()})
	s.reserves, s.reports = 0, nil
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
	stage := s.room.stage
	if s.show == nil || !one.told || tag != stage.tag() {
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
	stage.heard(c, one.id, m)
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
	if s.room.stage != nil {
		s.room.stage.stand.Gone(one.id)
	}
}

// step makes what is new, and sends what there is room for: after all that the match itself
// has had to say.
func (s *spectators) step(now time.Duration) {
	s.tend(now)
	if s.show == nil {
		return
	}
	stage := s.room.stage
	whole := stage.showing.err == nil
	stage.make(now, true)
	if whole && stage.showing.err != nil {
		s.breakOff()
	}
	s.goesNext(now)
	stage = s.room.stage
	for _, id := range stage.stand.AppendQuiet(now, nil) {
		s.desk.Quiet(id)
	}
	s.rehearse()
	s.tell(now)
	s.readReports(now)
	stage.send(now)
}

// rehearse tells the desk who the understudies are.
func (s *spectators) rehearse() {
	r := s.room
	if r.state != Playing || len(r.wings.waiting) > 0 { // of that match
		return
	}
	now := r.series.understudies(&r.members, r.office.host, r.me)
	if now == s.reserves {
		return
	}
	for i, m := range r.members {
		switch id := audience.ID(i); {
		case now&^s.reserves&(1<<i) != 0:
			s.desk.Reserve(audience.Neighbour{ID: id, Key: m.Key})
		case s.reserves&^now&(1<<i) != 0:
			s.desk.Gone(id)
		}
	}
	s.reserves = now
}

// breakOff says that there is no more to see.
func (s *spectators) breakOff() {
	for _, one := range s.all {
		s.room.reception.refuse(one.conn, ReasonUnwatched, s.room.stage.showing.err.Error())
	}
}

// tend gives those who watch a sign of life, each at another time, and leaves those who give
// none, or do not say how they are.
func (s *spectators) tend(now time.Duration) {
	for _, one := range s.all {
		stage := s.room.stage
		if s.room.vigil.tend(one.conn, now, s.room.terms.timeout()) && stage != nil && stage.sum != nil && one.told {
			s.send(one, stage.sum)
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

// WatchDelay is how far behind the players those are who watch this lobby, if it is this
// machine's that hosts (LobbyConfig.WatchDelayMs); 0 at guests, and where nobody may watch.
func (r *Room) WatchDelay() time.Duration {
	if r.spectators == nil {
		return 0
	}
	return time.Duration(r.config.watchDelayMs()) * time.Millisecond
}

// ShownAll reports whether those who watch say that they have all there is to see of a match
// that is over. A host that leaves before takes the rest with it.
func (r *Room) ShownAll() bool {
	return r.spectators == nil || len(r.wings.waiting) == 0 && r.spectators.shownAll()
}

// shownAll is that of the match on the stage.
func (s *spectators) shownAll() bool {
	stage := s.room.stage
	switch {
	case s.show == nil || stage.showing.err != nil:
		return true
	case !stage.showing.over || len(stage.due) > 0:
		return false
	}
	return s.desk.Have(stage.ring.Next())
}
