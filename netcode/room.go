package netcode

import (
	"errors"
	"time"

	"github.com/visavis-netcode/visavis/netcode/internal/link"
	"github.com/visavis-netcode/visavis/netcode/internal/spake2"
	"github.com/visavis-netcode/visavis/netcode/internal/wire"
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

// Bounds of a room. When a list is full the oldest line goes, or the newest
// link is refused.
const (
	maxEarly    = 8               // words of one member on a match whose start has not come; later ones are dropped
	meshTimeout = 5 * time.Second // from a member's hello to the roster that names it
	joinTimeout = 15 * time.Second
	redialPause = time.Second
	choresPause = 100 * time.Millisecond // during a match, between two looks at the lobby
)

// Member is one machine in a lobby.
type Member struct {
	Machine     int
	Name        string   // its first player's
	Seats       int      // players on it
	Players     []Player // they themselves; not to be written to
	Ready       bool
	Host, You   bool
	Fingerprint string // of its identity
	Alike       bool   // another member's name is the same but for its number: Fingerprint tells them apart
	PingMs      int    // to this machine; 0 for yourself and while unknown
	Linked      bool   // there is a link from here to it, or it is you
}

// Room is a lobby without the game's types: who is in it, and how the members
// hold together. Lobby embeds it.
//
// One machine hosts: it lets others in, gives out the roster and starts
// matches. Every two members hold a link; of each pair the one with the larger
// key dials. All of it happens in Poll, on the caller's goroutine.
type Room struct {
	node   *Node
	terms  terms
	config LobbyConfig
	id     uint64
	host   bool
	invite invitation // where the host is, if it is not this machine

	password *spake2.Password // of the lobby's secret; nil without one

	state    State
	err      error
	me       uint8
	ready    bool
	own      ownPlayers
	members  [wire.MaxMachines]*member
	options  []byte
	maxSeats int

	relaying relaying
	meeting  meeting  // by code, and through routers
	calling  calling  // by address
	listing  listing  // on the local network, for a host who wants that
	knocking knocking // on a host's door, by who may not be heard
	guarding guarding
	arrivals arrivals
	conns    []*conn
	chat     chat
	events   events
	status   ownStatus
	vigil    vigil
	met      time.Duration // when this side began to dial, with a code: when both offers were known; host: when the last newcomer came
	deadline time.Duration // Connecting: give up, in waking time
	napped   time.Duration // Connecting: for how long this loop stood still when the host gave it up for that; 0 if it never did
	knocks   int           // Connecting: how often the host was too busy with strangers
	knockAt  time.Duration // and when it is called again
	nextPing time.Duration

	nextChores time.Duration // during a match

	toHost     *conn                           // this machine's link to the host, if it is not the host
	nextRoster *wire.Roster                    // the host's newest word, not yet taken
	nextStart  *wire.Start                     // likewise
	redialAt   [wire.MaxMachines]time.Duration // when a place's member may be dialled again, whoever it is

	matches uint32                                 // started in this lobby
	begin   func(start *wire.Start) (*play, error) // makes a match with the game's types
	play    *play                                  // the match that runs or ran last
}

// member is what is known of a machine. Owner: the room.
type member struct {
	wire.RosterMember
	Name       string        // of its first player: see show
	shown      []Player      // likewise of all; never changed, but replaced
	wanted     []wire.Player // the host's: how the member wants them shown
	talk       talk          // the host's
	changes    changes       // the host's
	mostSeats  int           // the host's: what the member's game takes
	announced  bool          // the host's: all have been told that the member is here
	told       bool          // the host's: it has been sent a roster
	pingMs     int           // to this machine
	shownReady bool          // as the newest event says
	shownPath  PathKind
	conn       *conn // nil for this machine, and while there is no link
	lastConn   *conn // the link before, which is closed
	linkedAt   time.Duration
	redialAt   time.Duration
	dialling   []*conn
}

// conn is a link and what has been said over it so far. Owner: the room.
type conn struct {
	link       link.Link
	room       *Room
	machine    int           // -1 until it is known
	made       time.Duration // when it was dialled or came
	since      time.Duration // from which it has its time: see overdue
	greeted    bool
	sawHello   bool
	ours       bool // of this lobby, so the endpoint does not count it as a stranger's
	vouching   vouching
	lobby      uint64         // that the other side, a member, means
	purpose    wire.Purpose   // what this side wants of it, if it dialled
	heard      time.Duration  // the newest sign of life,
	heardAwake time.Duration  // in the room's waking time,
	spoke      time.Duration  // when this side last sent a datagram
	path       PathKind       // what kind of way it takes, as far as it was looked at
	early      []wire.Message // of the next match; at most maxEarly
	keep       upkeep
	receive    func(kind link.Kind, at time.Duration, b []byte)
}

// newestConn is the link to the member, or the one that was.
func (m *member) newestConn() *conn {
	if m.conn != nil {
		return m.conn
	}
	return m.lastConn
}

// overdue reports whether a link has had its time to become a member's.
func (c *conn) overdue(now time.Duration) bool {
	switch {
	case c.machine >= 0:
		return false
	case c.purpose == wire.JoinLobby: // it has Room.deadline, unless others are to be called
		return c.greeted && len(c.room.calling.addrs) > 1 && now-c.since > helloTimeout(c.link.Stats().RTT)
	case c.link.Dialled():
		return now-c.since > joinTimeout
	case c.sawHello:
		return now-c.since > meshTimeout
	}
	return now-c.since > helloTimeout(c.link.Stats().RTT)
}

// giveUp closes a link that is overdue.
func (c *conn) giveUp() {
	if c.purpose == wire.JoinLobby {
		c.link.Close(link.CodeLost, "somebody answers there, and says nothing more")
		return
	}
	words := "nobody here was meant"
	switch {
	case !c.sawHello:
		words = "no greeting came in time"
	case c.vouching.proofs != nil:
		words = "the secret was not shown in time"
	}
	c.link.Close(link.CodeProtocol, words)
}

func newRoom(node *Node, t terms, config LobbyConfig) *Room {
	r := &Room{own: ownPlayers{wanted: config.Players}, node: node, terms: t, config: config, ready: config.Ready, maxSeats: t.maxSeats, options: config.Options}
	r.own.resize(config.seats())
	r.vigil.polled = r.now()
	if node.room != nil {
		node.room.Leave()
	}
	node.room = r
	node.adviseOfFloats(&r.terms)
	node.endpoint.TurnAway(nil)
	return r
}

// Poll takes in what has arrived and does what is due. Call it once per tick
// while no match runs; Match.Tick does it while one runs. It never blocks.
func (r *Room) Poll() {
	if r.state == Ended {
		return
	}
	r.node.follow()
	for l := r.node.endpoint.Accept(); l != nil; l = r.node.endpoint.Accept() {
		r.adopt(l)
	}
	now := r.now()
	r.vigil.wake(now, r.terms.timeout())
	for i := 0; i < len(r.conns); i++ {
		c := r.conns[i]
		r.greetHost(c)
		c.link.Receive(c.receive)
		if r.state == Ended {
			return
		}
		if c.overdue(now) && c.link.State() != link.Closed {
			c.giveUp()
		}
		if c.link.State() == link.Closed {
			r.conns = append(r.conns[:i], r.conns[i+1:]...)
			i--
			r.releasePath(c)
			r.closed(c, c.link.Err())
		}
	}
	if r.state == Ended {
		return
	}
	r.stepMeeting()
	r.keepPaths(now)
	r.stepRelaying(now)
	r.dialFound()
	if r.state == Connecting && r.vigil.awake > r.deadline {
		r.end(r.notFound())
	}
	if r.state == Ended {
		return
	}
	if now >= r.nextPing && r.state != Connecting {
		r.nextPing = now + pingsEvery
		r.renewPings()
		r.relist()
		r.tellGuesses(now)
		r.tellMisfits(now)
		r.dialMesh(now)
	}
	if r.play != nil {
		r.play.poll(now)
		if r.state == Playing && r.play.over() {
			r.state = Gathering
			r.finishMatch()
			r.takeNext()
		}
	}
	if r.state != Playing || now >= r.nextChores {
		r.nextChores = now + choresPause
		r.doChores(now)
	}
}

// doChores keeps the lobby itself: in every tick while players meet, now and then
// while they play.
func (r *Room) doChores(now time.Duration) {
	r.watchMembers(now)
	r.stepKnocking(now)
	r.stepArrivals(now)
	r.stepChat(now)
	r.stepChanges(now)
	r.lookAtMembers()
	r.sendRoster(now)
	r.sendStatus(now)
	r.stepCalling()
}

func (r *Room) now() time.Duration { return r.node.endpoint.Now() }

// adopt takes a link that somebody has dialled.
func (r *Room) adopt(l link.Link) {
	c := r.newConn(l)
	r.knocking.came(l.Source())
	if r.memberByKey(l.Peer()) != nil {
		r.recognise(c)
	}
}

func (r *Room) newConn(l link.Link) *conn {
	c := &conn{link: l, room: r, machine: -1, made: r.now(), since: r.now(), spoke: r.now()}
	c.hears(r.now())
	c.receive = c.handle // bound once: no allocation per poll
	r.conns = append(r.conns, c)
	return c
}

// handle is called for everything that arrives.
func (c *conn) handle(kind link.Kind, at time.Duration, b []byte) {
	c.hears(at)
	if kind == link.Feed {
		c.link.Close(link.CodeProtocol, "the other side sent a feed that nobody asked for")
		return
	}
	if kind == link.Datagram {
		if c.spare() {
			c.room.chosen(c)
		}
		if c.machine >= 0 && c.room.play != nil && !wire.IsHere(b) {
			c.room.play.datagram(uint8(c.machine), at, b)
		}
		return
	}
	m, err := wire.ParseMessage(b)
	if err != nil {
		c.link.Close(link.CodeProtocol, "the other side sent something that is not visavis")
		return
	}
	c.room.message(c, m)
}

func (r *Room) message(c *conn, m wire.Message) {
	if hello, ok := m.(*wire.Hello); ok && !c.sawHello {
		c.sawHello = true
		r.hello(c, hello)
		return
	}
	if c.spare() {
		r.chosen(c)
	}
	switch {
	case !c.sawHello:
		c.link.Close(link.CodeProtocol, "a message came before the greeting")
	case c.machine < 0:
		// A member whom the roster does not name yet may speak early; what it
		// says is sent again. Only a proof and a host's welcome are waited for.
		switch m := m.(type) {
		case *wire.Welcome:
			if c.purpose == wire.JoinLobby {
				r.welcomed(c, m)
			}
		case *wire.Proof:
			r.proofCame(c, m)
		}
	case r.host && r.hostMessage(c, m), !r.host && c.machine == 0 && r.fromHost(c, m):
	default:
		r.peerMessage(c, m)
	}
}

// peerMessage is what any member may send to any other.
func (r *Room) peerMessage(c *conn, m wire.Message) {
	switch m := m.(type) {
	case *wire.Reach:
		c.keep.reach = m.Offer
	case *wire.RelayAsk:
		r.asksForHelp(uint8(c.machine), m)
	case *wire.RelayWay:
		r.answeredToAsk(uint8(c.machine), m)
	case *wire.Status: // of a member that has chosen this link: see linked
	default:
		switch {
		case matchOf(m) == r.matches+1:
			if len(c.early) < maxEarly {
				c.early = append(c.early, m)
			}
		case r.play != nil:
			r.play.message(uint8(c.machine), m)
		}
	}
}

// matchOf is the number of the match that a message is about, 0 for none, as far as
// it may be said before that match has started here. Worlds are not: they are sent
// to who has compared hashes.
func matchOf(m wire.Message) uint32 {
	switch m := m.(type) {
	case *wire.Checksum:
		return m.Match
	case *wire.Members:
		return m.Match
	case *wire.DesyncHashes:
		return m.Match
	}
	return 0
}

// send queues a message on a link. A peer whose queue is full does not read:
// it is cut off, and with that it is as if it had been lost. A link that the
// other side has closed stays as it is: its last words may be unread yet.
func (c *conn) send(m wire.Message) {
	if c == nil || c.link.State() == link.Closed {
		return
	}
	if err := c.link.Send(wire.MarshalMessage(m)); err == link.ErrQueueFull {
		c.link.Close(link.CodeLost, "the other side does not read what it is sent")
	}
}

func (r *Room) sendAll(m wire.Message) {
	for _, other := range r.members {
		if other != nil {
			other.conn.send(m)
		}
	}
}

// end is the end of the lobby for this machine.
func (r *Room) end(err error) {
	if r.state == Ended {
		return
	}
	r.state, r.err = Ended, err
	if r.play != nil {
		r.play.abandon(err)
	}
	r.endRelaying()
	code, reason := link.CodeLeft, "left"
	if ReasonOf(err) == ReasonYouCrashed {
		code, reason = link.CodeCrashed, crashedWords
		if step, ok := errors.AsType[*StepPanic](err); ok {
			reason = step.goodbye()
		}
	}
	for _, c := range r.conns {
		c.link.Close(code, reason)
		r.releasePath(c)
	}
	r.conns = nil
	if r.host {
		r.node.closedUntil = r.now() + justClosed
	}
	r.unlist()
	r.endMeeting()
	r.endCalling()
	if r.node.room == r {
		r.node.room = nil
		r.node.turnAway()
	}
	r.happened(Event{Kind: EventClosed, Err: err})
}

// Leave leaves the lobby, and a match that runs, and tells the others at once.
func (r *Room) Leave() { r.end(&LeftError{Name: r.ownName(), You: true}) }
