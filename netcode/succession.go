package netcode

import (
	"crypto/rand"
	"fmt"
	"math/bits"
	"slices"
	"time"

	"github.com/visavis-netcode/visavis/netcode/internal/link"
	"github.com/visavis-netcode/visavis/netcode/internal/mesh"
	"github.com/visavis-netcode/visavis/netcode/internal/spake2"
	"github.com/visavis-netcode/visavis/netcode/internal/succession"
	"github.com/visavis-netcode/visavis/netcode/internal/wire"
)

// The lobby without its host. When a member's own link to the host is over (in a match: and
// he has said goodbye, or the others have agreed that he is out of it), it asks the others,
// and the next in line takes over: who that is, and who is believed, are the rules of
// package succession.
//
// The new host makes itself an authority out of what it knows as a guest. Of the members
// that is the host's last roster, which it had from the host himself, over his link, and
// what they tell it now; of the doors it is his will (will.go). It drops those that it has
// no link to, and sends all others its roster, by which they know that it hosts. A member
// takes rosters, and all else that is a host's to say, from the one whom it follows and
// from nobody else; a roster of the next one only when it has lost its host.
//
// A host who was only silent, and without whom the match has gone on, is still a member. When
// it reads in the match that it was given up it hosts no more (stepDown): it says Gone, as
// those did whom it hosted, follows whom they follow, and comes into the match again as others
// do. What it has said and decided until then is in unsure.go. Whom it has let in since it was
// given up reads from it who hosts (leadOn), and is in that lobby no more.
//
// What is not known after that: lines that the host before had not passed on are said
// again by who has said them; who was sent away is kept out by his key, but no more by his
// network, which is for a minute only.

// office is who hosts. Owner: the room.
type office struct {
	links   *mesh.Mesh // the lobby's, and
	members *roster    // who is in it: to be looked at only

	term  uint32                 // grows with every change of hosts
	host  uint8                  // the machine that does
	words *succession.Succession // nil before this machine has a number
	why   error                  // why the host before is gone, nil if there was none

	before link.Key // who hosted before, zero if nobody did
}

// lost reports whether this machine is without a host, and another one is being found.
func (o *office) lost() bool { return o.words != nil && o.words.Lost() }

// notHosting is what somebody reads who has called this machine, of that name, and wanted its host.
func (o *office) notHosting(name string) string {
	host := o.members[o.host]
	if o.words == nil || o.lost() || host == nil || host.Name == name {
		return fmt.Sprintf("%s is not hosting: ask %s for the host's address", name, name)
	}
	return fmt.Sprintf("%s is not hosting: %s hosts this lobby, ask %s for the address", name, host.Name, host.Name)
}

// believe takes a machine for the host from now on; me is this one.
func (o *office) believe(me uint8, term uint32, host uint8) {
	if o.words == nil {
		o.words = succession.New(me)
	} else if was := o.members[o.host]; host != o.host && was != nil {
		o.before = was.Key
	}
	o.term, o.host = term, host
	o.words.Follow(term, host)
	o.links.Believe(host)
}

// leadOn tells those whom this machine has hosted, and who are not with the one whom it follows now,
// where the lobby is. They came while it did not know yet that it hosts no more.
func (g *guest) leadOn(roster *wire.Roster) {
	r := g.room
	for _, m := range r.members {
		if m == nil || slices.ContainsFunc(roster.Members, func(e wire.RosterMember) bool { return e.Key == m.Key }) {
			continue
		}
		if c := r.mesh.To(m.Machine); c != nil {
			if r.goesOn(r.members[r.office.host]); r.back.address != "" {
				c.Send(&wire.Elsewhere{Address: r.back.address})
			}
			c.Link.Close(link.CodeRefused.With(uint8(ReasonNotHosting)), r.office.notHosting(r.node.name))
		}
	}
}

// isGuest notes that this host has let somebody in: if it is who hosted before him, he does so no more.
func (o *office) isGuest(key link.Key) {
	if o.before == key {
		o.before = link.Key{}
	}
}

// isElsewhere reports whether a member whose link is over has said with that where the lobby is: he
// has let this machine in as its host, and there is nobody else here.
func (o *office) isElsewhere(m *member, why *link.CloseError) bool {
	host := m.Machine == o.host || m.Key == o.before
	return host && bits.OnesCount16(o.links.Linked()&^(1<<m.Machine)) == 1 && why != nil && why.Remote && why.Code == link.CodeRefused.With(uint8(ReasonNotHosting))
}

// hostLost: this machine's link to the host is over. If the host has ended it himself and
// is still there, that is the end; else the members find another host.
func (g *guest) hostLost(host *member, why *link.CloseError) {
	r := g.room
	switch {
	case r.office.words.Lost():
	case why != nil && why.Remote && !saysGoodbye(why):
		r.end(g.hostGone(host, why))
	default:
		r.office.why, g.gone = g.hostGone(host, why), goneEvent(why)
		r.office.words.Lose(r.now())
	}
}

// sight is what package succession is told of the links of this machine.
func (o *office) sight(now time.Duration, me uint8, playing bool) succession.Sight {
	s := succession.Sight{Heard: now, Playing: playing}
	for _, m := range o.members {
		switch {
		case m == nil || m.Machine == me:
		case m.Machine == o.host:
			s.Heard = 0
			if c := o.links.To(m.Machine); c != nil {
				s.Heard = c.Heard()
			}
		case o.links.To(m.Machine) != nil:
			s.Linked |= succession.One(m.Machine)
		case o.links.Latest(m.Machine) == nil:
			s.Coming |= succession.One(m.Machine)
		}
	}
	return s
}

// speak tells the members what is to be said of who hosts.
func (o *office) speak() {
	for _, said := range o.words.Outbox() {
		word := &wire.HostWord{Term: said.Word.Term, Gone: said.Word.Gone, Playing: said.Word.Playing}
		for _, m := range o.members {
			if m != nil && said.To.Has(m.Machine) {
				o.links.To(m.Machine).Send(word)
			}
		}
	}
}

// stepOffice finds out who hosts, if that is in question, and answers those for whom it is.
func (r *Room) stepOffice(now time.Duration) {
	if r.state == Connecting || r.state == Ended || r.watching != nil {
		return
	}
	switch r.office.words.Step(now, r.office.sight(r.now(), r.me, r.state == Playing)) {
	case succession.Stand:
		r.guest.takeOver(now)
	case succession.Yield:
		r.end(r.office.why)
		return
	case succession.GiveWay:
		r.authority.stepDown(now, &LostError{Name: "the other host of this lobby"})
	case succession.Rise:
		r.office.speak() // before the roster: who reads that there is a newer host believes it
		r.office.believe(r.me, r.office.words.Next(), r.me)
		r.authority.giveRoster(now, true)
	}
	r.office.speak()
}

// stepDown makes this host a member as others are: the match has gone on without it, as it was
// silent for too long (T8), or another one hosts that stays (T9). It says Gone, and follows whom
// they follow. why is how the lobby ends for this machine if it finds no host.
func (a *authority) stepDown(now time.Duration, why error) {
	r := a.room
	will := a.will() // for it may host again before anybody else has told it one
	a.retire()
	r.chat.sayAgain(a.unsure.lines)
	r.authority, r.guest = nil, &guest{room: r, joining: joining{room: r, host: mesh.Nowhere()}, will: will, overruled: a.unsure.decided}
	r.office.why = why
	r.screening.newHost(now)
	r.office.words.Resign(now)
	r.office.words.Step(now, r.office.sight(r.now(), r.me, r.state == Playing))
	r.office.speak() // before it follows another one, for whoever has followed it
}

// retire closes what leads others to this host: it hosts no more.
func (a *authority) retire() {
	r := a.room
	const words = "another player hosts now"
	a.guarding.line.leave(func(*waiter) bool { return true }, words)
	a.guarding.doubles.leave(words)
	r.spectators.retire(words)
	r.understudy.watchers.end()
	r.spectators, r.stage = nil, nil
	r.wings.clear()
	r.doors.retire()
	for _, m := range r.members {
		if m != nil {
			m.charge = charge{}
		}
	}
}

// shown: a member who is not the host of this machine's term has sent a roster. If it hosts
// now, it is followed.
func (g *guest) shown(c *mesh.Conn, roster *wire.Roster) {
	r := g.room
	machine := uint8(c.Machine())
	if !g.makesSense(roster, c, roster.Term) {
		return
	}
	if !r.office.words.Accepts(r.now(), machine, roster.Term, r.office.sight(r.now(), r.me, r.state == Playing)) {
		r.office.words.Claim(r.now(), machine, roster.Term)
		return
	}
	g.end()
	g.follow(c, roster)
}

// follow takes the one who has shown a roster for the host.
func (g *guest) follow(c *mesh.Conn, roster *wire.Roster) {
	r, machine := g.room, uint8(c.Machine())
	was, gone := r.members[r.office.host], g.gone
	hosted := r.office.host == r.me
	if slices.ContainsFunc(roster.Members, func(m wire.RosterMember) bool { return was != nil && m.Key == was.Key }) {
		was = nil // still there
	}
	g.joining = joining{room: r, host: c}
	g.status = ownStatus{due: true}
	g.nextRoster, g.later, g.nextStart = roster, nil, nil
	r.office.believe(r.me, roster.Term, machine)
	r.back = wayBack{} // it was that to the host before, or by his word
	if hosted {
		g.leadOn(roster)
	}
	r.chat.again()
	r.screening.newHost(r.now())
	r.foyer.newest = nil // it was the word of the host before
	r.chat.hostChanged(r.me, was, gone, r.members[machine], g.overruled)
	g.overruled = false
	g.takeNext()
}

// takeOver makes this guest the host.
func (g *guest) takeOver(now time.Duration) {
	r := g.room
	was := r.members[r.office.host]
	g.end()
	a := newAuthority(r)
	rand.Read(a.pairs[:]) // never fails (crypto/rand)
	r.guest, r.authority = nil, a
	r.office.believe(r.me, r.office.words.Next(), r.me)
	r.back = wayBack{} // it was that to the host before, or by his word
	if was != nil && (was.Machine == r.me || r.mesh.To(was.Machine) != nil) {
		was = nil // still there: it may be heard again, and is a guest then
	}
	if was != nil {
		r.mesh.Drop(was.Machine)
		r.members[was.Machine] = nil
	}
	if r.late != nil {
		r.late, r.running = nil, nil // nobody who plays is left
	}
	lost := a.inheritMembers()
	a.inherit(g.will)
	r.chat.again()
	r.screening.newHost(now)
	r.foyer.newest = nil // it was the word of the host before
	r.chat.hostChanged(r.me, was, g.gone, r.members[r.me], false)
	a.giveRoster(now, true)
	for _, m := range lost {
		a.tell(wire.News{Event: wire.Lost, Machine: m.Machine, Name: m.Name})
	}
}

// inheritMembers makes the members of the host before those of this one, and returns those
// whom there is no link to.
func (a *authority) inheritMembers() (lost []*member) {
	r := a.room
	for i, m := range r.members {
		if m == nil {
			continue
		}
		a.visits = max(a.visits, m.Visit)
		c := r.mesh.To(m.Machine)
		switch {
		case m.Machine == r.me:
			said := r.own.said()
			m.Ready, m.Addrs, m.Offer, m.wanted = true, r.node.shownAddrs(), nil, wishes(said[:min(len(said), len(m.Players))])
			continue
		case c == nil && !(r.state == Playing && r.play.takesPart(m.Machine)):
			r.mesh.Drop(m.Machine)
			r.members[i] = nil
			lost = append(lost, m)
			continue
		case c != nil:
			m.Linked |= 1 << r.me // what the host before has said of that may be old
			m.Addrs = addrsSeen(c, m.Addrs, a.room.pathOf(m.Machine, c).Relayed())
		}
		m.charge = charge{wanted: m.Players, inherited: true, announced: true}
	}
	if has := r.LocalSeats(); len(r.own.wanted) > has {
		if r.own.denied = a.noRoom(has, len(r.own.wanted)); r.own.denied != "" {
			r.own.resize(has)
		}
	}
	r.members.seat(r.members[r.me], r.own.said()) // the host before may not have read what was asked of him last
	return lost
}

// learnWanted takes what a member of the host before wants its players to be called for
// what the names are made of that he gave them, if that can be.
func (m *member) learnWanted(said []wire.Player) {
	if !m.inherited {
		return
	}
	m.inherited = false
	wanted := wishes(said)
	if len(wanted) != len(m.Players) {
		return
	}
	for i, p := range wanted {
		is, _ := cutNumber(m.Players[i].Name)
		was, _ := cutNumber(p.Name)
		if look(is) != look(was) {
			return
		}
		wanted[i].Own = m.Players[i].Own // which may have changed
	}
	m.wanted = wanted
}

// hostWordCame: a member of this host says whether he has one. If he has lost another one, he has
// not had the roster yet that tells him of this one, or has not believed it.
func (a *authority) hostWordCame(from *member, m *wire.HostWord) {
	now := a.room.now()
	a.room.office.words.Take(now, from.Machine, succession.Word{Term: m.Term, Gone: m.Gone, Playing: m.Playing})
	a.room.office.speak() // before the roster: who reads that there is a newer host believes it
	if m.Gone && m.Term != a.room.office.term && from.changes.spent.Take(now, changeCost, changeBurst) {
		from.told, from.will = false, nil
		a.giveRoster(now, false)
	}
}

// inherit takes over what the host before has left, if he has told it.
func (a *authority) inherit(will *wire.Will) {
	r := a.room
	if will == nil {
		will = new(wire.Will)
	}
	r.vouchers.password = nil
	if will.Password != [32]byte{} {
		r.vouchers.password = spake2.Restore(spake2.Listener, will.Password)
	}
	r.config.Secret = ""
	r.config.LAN, r.config.Invite, r.config.Title = will.LAN, will.Invite, will.Title
	for _, key := range will.Kicked {
		a.guarding.kicked = append(a.guarding.kicked, kicked{key: key})
	}
	r.doors.inherit(will)
	a.inheritsWatching(will)
}
