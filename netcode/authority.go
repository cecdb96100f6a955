package netcode

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/visavis-netcode/visavis/netcode/internal/link"
	"github.com/visavis-netcode/visavis/netcode/internal/mesh"
	"github.com/visavis-netcode/visavis/netcode/internal/spake2"
	"github.com/visavis-netcode/visavis/netcode/internal/wire"
)

// authority is what the host decides: who is let in and who goes, what the roster says,
// in which order all read what is said, and when a match begins. A guest has none, whose
// methods for games refuse with ErrNotHost. Owner: the room.
type authority struct {
	room        *Room
	guarding    guarding // who is not let in
	arrivals    arrivals
	visits      uint32   // members let in so far
	watchSecret [32]byte // of those who watch: see wire.Will; another one for each match
	pairs       pairSecrets
	unsure      unsure
}

// charge is what a host keeps of a member; nothing at guests. Owner: the authority.
type charge struct {
	wanted    []wire.Player // how the member wants its players shown
	will      *wire.Will    // that it was told; nil: none, or nobody knows whether it has heard it
	foyer     *wire.Foyer   // likewise
	heirs     int           // how many of those who say down the tree that they host he has been told
	inherited bool          // wanted is not known yet, by a host who has taken over
	talk      talk
	changes   changes
	announced bool // all have been told that the member is here
	told      bool // it has been sent a roster
}

func newAuthority(r *Room) *authority {
	return &authority{room: r, guarding: guarding{room: r, line: line{room: r}, doubles: doubles{room: r}}}
}

// openLobby makes this machine the host of a new lobby.
func openLobby(node *Node, t terms, config LobbyConfig) (*Room, error) {
	if node.closed {
		return nil, errors.New("netcode: OpenLobby with a Node that is closed")
	}
	r := newRoom(node, t, config)
	a := newAuthority(r)
	r.authority, r.state, r.id = a, Gathering, randomID()
	r.mesh.Enter(r.id, r.me)
	r.office.believe(r.me, 0, r.me)
	r.vouchers.password = password(spake2.Listener, config.Secret)
	rand.Read(a.watchSecret[:]) // never fails (crypto/rand)
	if config.Spectators != SpectatorsNone {
		r.spectators = newSpectators(r)
	}
	r.members[r.me] = &member{RosterMember: wire.RosterMember{
		Key: node.endpoint.Key(), Ready: true, Seats: uint8(t.maxSeats), Addrs: node.shownAddrs(),
	}}
	r.members.seat(r.members[r.me], r.own.said())
	r.events.happenedTo(r.members[r.me], EventJoined)
	rand.Read(a.pairs[:]) // never fails (crypto/rand)
	if config.Code {
		if err := r.openCode(); err != nil {
			r.Leave()
			return nil, err
		}
	}
	if config.Spectators == SpectatorsCode {
		if err := r.openWatchCode(); err != nil {
			r.Leave()
			return nil, err
		}
	}
	if config.Invite {
		if err := r.NewInvite(); err != nil {
			r.Leave()
			return nil, err
		}
	}
	if config.LAN {
		r.announce()
	}
	r.doors.listen()
	return r, nil
}

// randomID is never 0, which is no lobby.
func randomID() uint64 {
	return RandomSeed() | 1
}

// step does what the host owes the members.
func (a *authority) step(now time.Duration) {
	a.guarding.line.step(now)
	a.guarding.doubles.step()
	a.stepArrivals(now)
	a.unsure.settle(now, a.hearsMost(now))
	a.stepTalk(now)
	a.stepChanges(now)
	a.sendRoster(now)
}

// admit gives a newcomer the lowest free place.
func (a *authority) admit(c *mesh.Conn, h *wire.Hello) {
	if was := a.room.members.byKey(c.Link.Peer()); was != nil {
		a.room.replaced(was.Machine)
	}
	machine := a.room.series.placeFor(c.Link.Peer(), &a.room.members)
	if machine == len(a.room.members) {
		a.room.reception.refuse(c, ReasonFull, "the lobby is full")
		return
	}
	if !c.Link.Known() {
		return // it had to make room for others at this very moment, and has read so
	}
	a.visits++
	a.room.places[machine] = c.Link.Peer()
	m := &member{RosterMember: wire.RosterMember{
		Machine: uint8(machine), Key: c.Link.Peer(), Visit: a.visits, Ready: h.Ready, Seats: h.MaxSeats,
		Linked: 1<<a.room.me | 1<<machine, // by this very link
		Addrs:  addrsSeen(c, h.Addrs, a.room.pathOf(uint8(machine), c).Relayed()), Offer: h.Offer,
	}}
	a.room.members.seat(m, h.Players)
	a.announceArrival(m, a.room.now())
	if a.room.state != Playing {
		a.room.met = a.room.knownSince(c)
	}
	a.room.members[machine] = m
	a.room.office.isGuest(m.Key)
	a.room.mesh.Want(&m.RosterMember)
	a.room.mesh.Use(m.Machine, c)
	c.Send(&wire.Welcome{Lobby: a.room.id, Machine: uint8(machine), Host: a.room.me, Term: a.room.office.term})
	a.rosterChanged()
}

// addrsSeen are somebody's addresses, as this host sees him first, and then as he says
// himself.
func addrsSeen(c *mesh.Conn, said []string, relayed bool) []string {
	if len(said) == 0 {
		return nil // he does not want the others to know
	}
	seen := c.Link.RemoteAddr().String()
	addrs := slices.DeleteFunc(slices.Clone(said), func(a string) bool { return a == seen })
	if !relayed {
		addrs = append([]string{seen}, addrs...)
	}
	return addrs[:min(len(addrs), wire.MaxAddrs)]
}

// take handles what only a host is sent. It reports false for anything
// else.
func (a *authority) take(c *mesh.Conn, m wire.Message) bool {
	from := a.room.members[c.Machine()]
	switch m := m.(type) {
	case *wire.Status:
		if from != nil {
			from.changes.newest = m
			a.room.understudy.passOn(from)
		}
	case *wire.Say:
		if from != nil {
			from.talk.hear(cleanLine(m.Text))
		}
	case *wire.HostWord:
		if from != nil {
			a.hostWordCame(from, m)
		}
	case *wire.CueAsk:
		if from != nil {
			a.room.screening.asked(from.Machine, m)
		}
	default:
		return false
	}
	return true
}

// rosterFor is the roster as one member is told it.
func (a *authority) rosterFor(to *member) *wire.Roster {
	roster := &wire.Roster{Options: a.room.options, MaxSeats: uint8(a.room.maxSeats), Term: a.room.office.term}
	if a.room.running != nil {
		roster.Running = a.room.running.Match
	}
	reader := a.sightOf(to)
	for _, m := range a.room.members {
		if m == nil {
			continue
		}
		entry := m.RosterMember
		if entry.Addrs, entry.Offer = nil, nil; m != to {
			entry.Addrs, entry.Offer = a.sightOf(m).tell(reader, m.Addrs, m.Offer)
		}
		if m != to && m.Machine != a.room.me { // the host is reached already
			entry.Secret = a.pairs.of(to.Key, m.Key)
		}
		roster.Members = append(roster.Members, entry)
	}
	return roster
}

// pairSecrets is what the secrets of pairs of members are made of; told to nobody.
type pairSecrets [32]byte

// of is what the host tells two members, and them alone, to know each other's checks by. It
// is the same whenever the two meet in this lobby.
func (s *pairSecrets) of(one, other link.Key) (secret [16]byte) {
	if string(one[:]) > string(other[:]) {
		one, other = other, one
	}
	mac := hmac.New(sha256.New, s[:])
	mac.Write(one[:])
	mac.Write(other[:])
	copy(secret[:], mac.Sum(nil))
	return secret
}

// SetOptions sets the host's word to the game, at most 256 bytes; all members
// see it with Options, and the next match starts with it. Only the host may.
func (a *authority) SetOptions(options []byte) error {
	if a == nil {
		return ErrNotHost
	}
	if err := a.room.charter.setOptions(options); err != nil {
		return err
	}
	a.unsure.decides(a.room.now())
	a.rosterChanged()
	return nil
}

// SetLateSeats sets how many seats the next match has at least, 0 to Config.MaxSeats: see
// Config.LateSeats, which it takes the place of. Only the host may, and only with
// LateAnybody.
func (a *authority) SetLateSeats(seats int) error {
	switch {
	case a == nil:
		return ErrNotHost
	case seats < 0 || seats > a.room.terms.maxSeats:
		return fmt.Errorf("netcode: SetLateSeats(%d); allowed is 0 to %d", seats, a.room.terms.maxSeats)
	case seats > 0 && a.room.terms.lateJoin != LateAnybody:
		return fmt.Errorf("netcode: SetLateSeats(%d) without LateAnybody: nobody would come to these seats", seats)
	}
	a.room.terms.lateSeats = seats
	a.unsure.decides(a.room.now())
	return nil
}

// SetMaxSeats sets how many players the lobby takes, Config.MinSeats to
// Config.MaxSeats, or to what the games of all members take if that is less: other
// numbers are refused in words. Who is in stays in, but no match starts with more than
// the lobby takes. Only the host may.
func (a *authority) SetMaxSeats(seats int) error {
	if a == nil {
		return ErrNotHost
	}
	most := a.room.terms.maxSeats
	for _, m := range a.room.members {
		if m != nil && m.Machine != a.room.me {
			most = min(most, int(m.Seats))
		}
	}
	if err := a.room.charter.setMaxSeats(seats, a.room.terms.minSeats, most); err != nil {
		return err
	}
	a.unsure.decides(a.room.now())
	a.rosterChanged()
	return nil
}

// Kick asks a member to go. Its identity is not let in again, and for a minute
// nobody from its address is: to keep out who makes a new identity, the lobby needs
// a new code, invite or secret (NewCode, NewInvite, SetSecret). Only the host may,
// and not itself.
func (a *authority) Kick(machine int) error {
	if a == nil {
		return ErrNotHost
	}
	if machine < 0 || machine >= len(a.room.members) || machine == int(a.room.me) || a.room.members[machine] == nil {
		return nil
	}
	m := a.room.members[machine]
	a.unsure.decides(a.room.now())
	a.guarding.keepOut(m)
	if c := a.room.mesh.To(m.Machine); c != nil {
		c.Link.Close(link.CodeKicked, "the host asked you to leave")
	}
	return nil
}

// SetSecret changes what newcomers must know: see LobbyConfig.Secret. Who is in
// stays in. Only the host may.
func (a *authority) SetSecret(secret string) error {
	if a == nil {
		return ErrNotHost
	}
	a.unsure.decides(a.room.now())
	a.room.config.Secret, a.room.vouchers.password = secret, password(spake2.Listener, secret)
	a.rosterChanged()
	for _, c := range a.room.mesh.Conns() {
		if v := a.room.vouchers.of[c]; v != nil && v.proofs != nil { // a run with the secret before
			v.proofs, c.Awaited = nil, ""
			a.room.reception.refuse(c, ReasonSecretWrong, "the secret of this lobby has just changed: ask the host for the new one")
		}
	}
	return nil
}

// noRoom says in words why a machine that has some seats cannot have so many
// instead, or "" if it can.
func (a *authority) noRoom(has, wanted int) string {
	if why := a.room.terms.tooMuch(wanted); why != "" {
		return why
	}
	return a.room.charter.noRoom(a.room.members.seats()-has, has, wanted)
}
