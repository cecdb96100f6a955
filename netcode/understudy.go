package netcode

import (
	"time"

	"github.com/visavis-netcode/visavis/netcode/internal/audience"
	"github.com/visavis-netcode/visavis/netcode/internal/mesh"
	"github.com/visavis-netcode/visavis/netcode/internal/wire"
)

// The two lowest machines of a match beside its host are its understudies: they make the same
// segments as the host does, and are stand-bys of those whom it feeds. When the host stalls
// these ask them, as any viewer asks its stand-bys, and so the tree goes on growing from
// another root. When the host is gone the next one is an understudy as a rule: it says so down
// the tree (audience.Successor), and those who watch come to it (seeking.go).
//
// All players know the secret that the segments' key is made of (will.go), so a member who lies
// can sign what was never played. For as long as there is a host he is found out by its own word
// (witness.go). When it is gone, and he says that he hosts, he is believed as a host is.

// maxUnderstudies is how many there are.
const maxUnderstudies = 2

// understudy is this machine as one of them: its links to those who watch, whom the host has
// named. It keeps them when it hosts itself, until those come in by the front door. Owner: the
// room.
type understudy struct {
	room     *Room
	watchers onlookers
	tag      uint32 // of the match that the host has spoken of last
}

// step does what an understudy does; at a host, what is left of that.
func (u *understudy) step(now time.Duration) {
	r := u.room
	if !r.Hosting() {
		u.prepare()
		u.goesNext(now)
	}
	s := r.stage
	if s == nil {
		return
	}
	if !r.Hosting() {
		s.make(now, s.stand.Fed() > 0)
		r.wings.make(now, s.stand.Fed() > 0)
	}
	u.watchers.step(now, s.stand)
	u.watchers.spread(s.tag())
	if !r.Hosting() {
		s.send(now)
	}
}

// prepare begins to show the match that runs, if this machine is to, and ends that of the one
// before.
func (u *understudy) prepare() {
	r := u.room
	if r.state != Playing || r.stage != nil && r.stage.play == r.play || r.wings.has(r.play) {
		return
	}
	will := r.guest.will
	if will == nil || !will.Watched || r.series.understudies(&r.members, r.office.host, r.me)&(1<<r.me) == 0 {
		r.stage = nil
		r.wings.clear()
		u.watchers.end()
		return
	}
	next := newStage(r, r.play, r.running, will.WatchSecret, int(will.WatchDelayMs))
	u.watchers.self = audience.ID(r.me)
	if r.stage != nil && len(u.watchers.all) > 0 && r.stage.showing.match != next.showing.match {
		r.wings.wait(next)
		return
	}
	r.stage = next
}

// goesNext shows the next match that waits, when the host does, or has had the time for it.
func (u *understudy) goesNext(now time.Duration) {
	if w := &u.room.wings; w.tagged(u.tag) || w.due(now, len(u.watchers.all) == 0) {
		w.next(now)
	}
}

// told takes the host's word about those who watch.
func (u *understudy) told(m *wire.Audience) {
	said, err := audience.ParseMessage(m.Bytes)
	if err != nil {
		return
	}
	u.tag = m.Tag
	switch said := said.(type) {
	case *audience.Introduction:
		u.watchers.introduce(said.Viewer)
	case *audience.Successor:
		if s := u.room.stage; s != nil && said.Host.Key == u.room.guest.host.Link.Peer() && u.watchers.genuine(said, s.showing.match) {
			u.watchers.hosts(said)
		}
	}
}

// passOn has a member pass on to those who watch that this machine hosts: he believes it now,
// as he says what only a host is told.
func (u *understudy) passOn(to *member) {
	for ; u.room.stage != nil && to.heirs < len(u.watchers.heirs); to.heirs++ {
		u.room.mesh.To(to.Machine).Send(inAudience(u.room.stage.tag(), u.watchers.heirs[to.heirs].word))
	}
}

// heard takes what one who watches has said, of the match with a tag.
func (u *understudy) heard(c *mesh.Conn, tag uint32, m audience.Message) {
	n := u.watchers.on(c)
	if s := u.room.stage; n != nil && n.asks && s != nil && tag == s.tag() {
		s.heard(c, n.ID, m)
	}
}

// announces says down the tree that this machine hosts.
func (u *understudy) announces() {
	r, s := u.room, u.room.stage
	contact := &wire.Contact{Addrs: r.node.shownAddrs(), Offer: r.node.offer()}
	if !u.anyNear() { // what means something in a home only is no matter of a crowd elsewhere
		contact.Addrs, contact.Offer = sight{}.tell(sight{}, contact.Addrs, contact.Offer)
	}
	word := &audience.Successor{Term: r.office.term, Host: audience.Neighbour{
		ID: audience.ID(r.me), Key: r.node.endpoint.Key(), Contact: wire.MarshalMessage(contact),
	}}
	word.Signature = r.node.endpoint.Sign(word.Words(s.showing.match))
	u.watchers.hosts(word)
}

// anyNear reports whether one whom this machine has fed is in a network of this machine's.
func (u *understudy) anyNear() bool {
	for _, n := range u.watchers.all {
		if n.conn != nil && isNear(n.conn.Link.RemoteAddr().Addr().Unmap()) {
			return true
		}
	}
	return false
}

// takesOver makes this machine, which hosts now, that of those who watch as well, as the host
// before has left it.
func (s *spectators) takesOver() {
	r := s.room
	if r.running != nil && r.play != nil && (r.stage == nil || r.stage.play != r.play) && !r.wings.has(r.play) {
		r.stage = newStage(r, r.play, r.running, r.authority.watchSecret, r.config.watchDelayMs())
	}
	if r.stage == nil {
		return // the next match shows itself
	}
	r.wings.notBefore = r.now() + lingerTime // those who watch are yet to come
	s.shows()                                // though it may be over: not all have seen its end
	r.understudy.announces()
}

// inheritsWatching takes over who may watch, and those who do.
func (a *authority) inheritsWatching(will *wire.Will) {
	r := a.room
	if !will.Watched {
		return
	}
	r.config.Spectators, r.config.WatchDelayMs = SpectatorsOpen, int(will.WatchDelayMs)
	if r.config.WatchDelayMs == 0 {
		r.config.WatchDelayMs = -1
	}
	if will.WatchCode != "" {
		r.config.Spectators = SpectatorsCode
	}
	a.watchSecret = will.WatchSecret
	r.spectators = newSpectators(r)
	r.spectators.takesOver()
}
