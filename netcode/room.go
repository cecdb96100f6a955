package netcode

import (
	"errors"
	"time"

	"github.com/visavis-netcode/visavis/netcode/internal/link"
	"github.com/visavis-netcode/visavis/netcode/internal/mesh"
	"github.com/visavis-netcode/visavis/netcode/internal/source"
)

// State is how far a lobby is.
type State uint8

const (
	Connecting State = iota // joining: the host has not answered yet
	Gathering               // players meet, chat and get ready
	Playing                 // a match runs
	Ended                   // over for this machine; Err says why
)

// String returns the state in a word.
func (s State) String() string {
	if s > Ended {
		return "unknown"
	}
	return [...]string{"connecting", "gathering", "playing", "ended"}[s]
}

const (
	joinTimeout = 15 * time.Second
	choresPause = 100 * time.Millisecond // during a match, between two looks at the lobby
)

// Room is a lobby without the game's types: who is in it, and what is said. Lobby
// embeds it.
//
// One machine hosts: it lets others in, gives out the roster and starts
// matches. When it is gone, another does: Hosting may become true. All of it happens in Poll, on the caller's goroutine.
type Room struct {
	*authority // what the host decides; nil at guests
	*doors     // where others come in
	charter    // what the host has said of the lobby
	series     // its matches
	chat       // what is said
	events     // what has happened

	node      *Node
	terms     terms
	config    LobbyConfig
	id        uint64
	mesh      *mesh.Mesh // the links to the members
	reception *reception
	guest     *guest // nil at the host

	state   State
	err     error
	office  office // who hosts
	me      uint8
	ready   bool
	own     ownPlayers
	members roster

	vouchers vouchers
	vigil    vigil
	back     wayBack
	met      time.Duration // when this side began to dial, with a code: when both offers were known; host: when the last newcomer came
	nextPing time.Duration

	nextChores time.Duration // during a match

	spectators *spectators // those who watch; nil but at a host who lets others
	foyer      foyer
	stage      *stage // what this machine shows of a match; nil where nobody may watch, or it is to show none
	wings      wings
	understudy understudy
	watching   *watching // what this machine watches; nil if it wants a seat

	screening *Screening    // what all here look at together; nil if nothing is shown
	takesOver bool          // this machine can go on with that
	reels     source.Budget // of a host who shows ever something else
}

func newRoom(node *Node, t terms, config LobbyConfig) *Room {
	r := &Room{node: node, terms: t, config: config, ready: config.Ready}
	r.charter = charter{options: config.Options, maxSeats: t.maxSeats}
	r.own = ownPlayers{node: node, wanted: config.Players}
	r.own.resize(config.seats())
	r.events.node = node
	r.chat.news = &r.events
	r.vigil.node = node
	r.foyer.room = r
	r.wings.room = r
	r.understudy = understudy{room: r, watchers: onlookers{room: r}}
	r.vigil.polled = r.now()
	r.doors = &doors{room: r}
	if config.watch {
		r.watching = newWatching(r)
	}
	r.vouchers = vouchers{room: r, of: map[*mesh.Conn]*vouching{}}
	if node.room != nil {
		node.room.Leave()
	}
	node.room = r
	node.adviseOfFloats(&r.terms)
	node.endpoint.TurnAway(nil)
	r.reception = &reception{r}
	r.mesh = mesh.New(mesh.Config{
		Endpoint: node.endpoint, Finder: node.finder, Forwarder: node.forwarder, Offer: node.offerTo,
		SilentAfter: t.timeout(),
	}, r.reception)
	r.office = office{links: r.mesh, members: &r.members}
	return r
}

// Poll takes in what has arrived and does what is due. Call it once per tick
// while no match runs; Match.Tick does it while one runs. It never blocks. A panic in the game's own
// functions goes on, and the lobby is over: the others are told by then that this game has crashed.
func (r *Room) Poll() {
	if r.state == Ended {
		return
	}
	defer tellPanic(r, "Poll")
	r.node.follow()
	for l := r.node.endpoint.Accept(); l != nil; l = r.node.endpoint.Accept() {
		r.knocking.came(l.Source())
		r.mesh.Adopt(l)
	}
	now := r.now()
	r.vigil.wake(now, r.terms.timeout())
	r.mesh.Poll(now, r.vigil.awake)
	if r.state == Ended {
		return
	}
	if r.guest != nil {
		r.guest.stepMeeting()
	}
	r.keepMesh(now)
	if r.guest != nil {
		r.guest.checkTime()
	}
	if r.state == Ended {
		return
	}
	if now >= r.nextPing && r.state != Connecting {
		r.nextPing = now + pingsEvery
		r.look(now)
	}
	if r.late != nil {
		r.late.step(now)
	}
	if r.play != nil {
		r.play.poll(now)
		if r.state == Playing && r.play.over() {
			r.state = Gathering
			r.finishMatch()
		}
	}
	if r.spectators != nil {
		r.spectators.step(now)
		r.foyer.step(now)
	}
	if r.watching == nil {
		r.understudy.step(now)
	}
	if r.watching != nil {
		r.watching.step(now)
	}
	r.screening.step(now)
	if r.state != Playing || now >= r.nextChores {
		r.nextChores = now + choresPause
		r.doChores(now)
	}
}

// keepMesh keeps the links to the members, and dials those that a way was found to.
func (r *Room) keepMesh(now time.Duration) {
	r.mesh.Keep(now)
	if r.state != Connecting {
		r.mesh.Help(now)
	}
	if r.guest != nil && r.state != Connecting {
		r.mesh.DialFound()
	}
}

// look renews, now and then, what this machine shows of the others, and others of it.
func (r *Room) look(now time.Duration) {
	r.members.renewPings(r.mesh, r.pathOf, &r.events)
	r.relist()
	switch {
	case r.Hosting():
		r.guarding.tellGuesses(now)
		r.guarding.tellMisfits(now)
	case r.state != Playing || r.terms.livesOn():
		r.mesh.DialAll(now)
	default:
		r.mesh.DialAmong(now, r.series.players()) // who is gone is sorted out when the match is over
	}
}

// doChores keeps the lobby itself: in every tick while players meet, now and then
// while they play.
func (r *Room) doChores(now time.Duration) {
	playing := uint16(0)
	if r.state == Playing {
		playing = r.series.players()
	}
	r.mesh.Watch(now, playing) // their datagrams are signs enough, and the play judges the absence of these
	if r.Hosting() {
		r.stepKnocking(now)
		r.authority.step(now)
	} else {
		r.guest.step(now)
	}
	r.stepOffice(now)
	r.members.noteReadiness(r.office.host, r.state == Playing, &r.events)
}

func (r *Room) now() time.Duration { return r.vigil.now() }

// end is the end of the lobby for this machine.
func (r *Room) end(err error) {
	if r.state == Ended {
		return
	}
	r.noteWayBack()
	r.state, r.err = Ended, err
	if r.play != nil {
		r.play.abandon(err)
	}
	code, reason := link.CodeLeft, "left"
	if ReasonOf(err) == ReasonYouCrashed {
		code, reason = link.CodeCrashed, crashedWords
		if step, ok := errors.AsType[*StepPanic](err); ok {
			reason = step.goodbye()
		}
	}
	r.mesh.Close(code, reason)
	r.early = nil // no match comes any more
	if r.Hosting() {
		r.node.closedUntil = r.now() + justClosed
	}
	r.doors.close()
	if r.guest != nil {
		r.guest.end()
	}
	r.understudy.watchers.end()
	if r.watching != nil {
		r.watching.others.end()
		r.watching.seeking.end()
	}
	if r.node.room == r {
		r.node.room = nil
		r.node.turnAway()
	}
	r.events.happened(Event{Kind: EventClosed, Err: err})
}

// Leave leaves the lobby, and a match that runs, and tells the others at once.
func (r *Room) Leave() { r.end(&LeftError{Name: r.members.nameOf(r.me, r.node.name), You: true}) }
