package pathfinder

import (
	"net/netip"
	"slices"
	"time"

	"github.com/visavis-netcode/visavis/nat"
	"github.com/visavis-netcode/visavis/nat/pathconn"
)

const (
	searchAgain = 5 * time.Second  // after a search that began because all was silent
	searchSoon  = time.Second      // after one that began when it was not yet
	goneAfter   = 30 * time.Second // of silence a peer is given up
	maxSeen     = 4
	relayLimit  = 8 * time.Second // for the relay after the search for a direct path has ended

	// A guest waits on while the search for it fails: some routers take a knock for
	// a flow of their own, and forget it after half a minute.
	awaitedAgain = 40 * time.Second
	awaitedTries = 3
)

// pair is we and one other player. What its rooms need of it they are given: who wants
// to do something now (hope, settling, regaining, the three kinds of relay) is asked in
// advance, and says in next when it wants to be asked again.
type pair struct {
	f      *Finder
	key    [32]byte // of the peer, or its name in an invite
	local  [32]byte // ours to the peer; the Finder's key if zero
	secret []byte
	introduction
	punching
	remote    nat.Offer
	keep      keeper
	virtual   netip.AddrPort
	byServer  serverRelay
	detours   detours
	byTURN    turnRelay
	regaining regaining
	hope      hope
	settling  settling
	doubled   pathconn.Route   // that packets take as well
	seen      []pathconn.Route // by which checks of the peer came; they may do as standby paths

	began    time.Duration // both offers were known
	bare     time.Duration // since when there is no path, if there is none
	bond     *bond         // with the connection that uses the paths; nil before there is one
	released bool          // the connection is over
	found    time.Duration // from then to the first path; 0 until then
	since    time.Duration // when the active path became that

	holders int // attempts
	hosting host
	closed  bool
}

// punching is the search for a direct path, which may begin anew.
type punching struct {
	punch      *nat.Punch // nil with Only
	punchBound bool       // it goes by the bond's secret
	sockets    sockets
	searches   int           // that have begun
	searched   time.Duration // when the last one did
	failed     string        // why it ended, "" if it has not
	failedAt   time.Duration // when
	tries      int           // to reach a peer that waits, after the first
}

// host is who lets the peer of a pair in: by a code or by an invite.
type host interface {
	uses(p *pair, kind Kind) // a path of that kind from now on
	remove(p *pair)          // which is over
}

// begin searches a path to a player whose offer has come.
func (f *Finder) begin(now time.Duration, p *pair) error {
	p.init(f, now)
	p.remote = p.named(now, p.remote)
	if err := p.search(now); err != nil {
		f.pairs = f.pairs[:len(f.pairs)-1]
		return err
	}
	f.keeps[p.keep.key.in] = p
	f.turn.stale = true
	return nil
}

// init makes it one of the Finder's pairs.
func (p *pair) init(f *Finder, now time.Duration) {
	p.f, p.began, p.bare, p.sockets = f, now, now, newSockets(f.paths)
	if p.local == [32]byte{} {
		p.local = f.config.Key
	}
	p.keep = keeper{key: newKeepKey(p.secret, p.local, p.key), draw: draw, sight: sight{p}}
	f.pairs = append(f.pairs, p)
}

// newPunch makes a search for the peer, by the secret that there is.
func (p *pair) newPunch(now time.Duration) (*nat.Punch, error) {
	f := p.f
	config := nat.PunchConfig{Secret: p.secret, LocalKey: p.local, RemoteKey: p.key,
		Local: f.gather.current, Seed: draw(), LearntFirst: p.learntFirst,
		Knock: p.knock, Awaited: p.awaited, NoTTL: !f.paths.CanTTL(), Restraint: f.restraint,
		Entered: p.entered, Reserve: p.reserve(p.searches, larger(p.local, p.key)),
		NoBirthday: f.config.NoBirthday, Loopback: f.config.Loopback || f.nearby.Load()}
	if p.found == 0 {
		config.Patience = max(0, p.until-now)
	}
	if p.bond != nil {
		config.Secret, config.LocalKey, config.RemoteKey = p.bond.Secret[:], f.config.Key, p.bond.Peer
		config.Knock, config.Awaited = nil, false
	}
	if a := p.keep.active; a != nil && a.rank == rankDirect && !p.keep.doubtful(now) {
		config.NoBirthday = true // it is for other ways beside one that works
	}
	return nat.NewPunch(config, now)
}

// search begins to punch, or begins anew.
func (p *pair) search(now time.Duration) error {
	f := p.f
	p.searches++
	punch, err := p.newPunch(now)
	if err != nil {
		return err
	}
	p.searched, p.failed = now, ""
	p.byTURN.begun = false
	remote := direct(p.remote)
	if f.config.Relay == Only || len(remote.Candidates) == 0 || p.unseen() {
		p.wantRelay()
	}
	if f.config.Relay == Only {
		return nil
	}
	p.setPunch(punch)
	punch.Learn(now, remote)
	return nil
}

// learn takes a newer offer of the peer.
func (p *pair) learn(now time.Duration, remote nat.Offer) {
	p.remote = p.named(now, remote)
	p.byTURN.begun, p.f.turn.stale = false, true
	switch {
	case p.punch == nil:
	case p.keep.active == nil && p.failed != "", p.keep.silence(now) > askActive+silentFor, p.punch.Held() && p.vouched(now):
		_ = p.search(now) // cannot fail: it did not the first time
	default:
		p.punch.Learn(now, direct(p.remote))
	}
}

// takeCheck works on a packet of punching.
func (p *pair) takeCheck(now time.Duration, in packet) {
	socket, ok := p.sockets.index(in.by.Socket)
	if !ok || p.punch == nil || in.by.Header != (pathconn.Header{}) {
		return
	}
	before := p.punch.Stats().Replayed
	if p.punch.Packet(now, socket, in.by.Addr, in.b) && p.punch.Stats().Replayed == before {
		if p.unproven() {
			return
		}
		// The peer may send QUIC's packets from there as soon as it has our answer.
		p.expect(in.by)
		if p.until > 0 && p.found == 0 && p.punch.Stats().Received == 1 {
			p.began = now // as far as we can tell: the peer has learnt of us
		}
		if in.by.Socket == 0 && len(p.seen) < maxSeen && !slices.Contains(p.seen, in.by) {
			p.seen = append(p.seen, in.by)
		}
	}
}

// takeKeep works on a question or answer of upkeep.
func (p *pair) takeKeep(now time.Duration, in packet) {
	route := in.by
	if route.Header != (pathconn.Header{}) {
		way := p.keep.through(route)
		if way == nil {
			return
		}
		route = way.route
	} else if !p.hears(route.Socket) {
		return
	}
	from, ok := p.keep.take(now, route, p.kindBy(route), in.b)
	if !ok {
		return
	}
	switch {
	case route.Header != pathconn.Header{}: // a relay's address
	case from != nil && in.b[1]&keepWhat == keepReply && from.answered == now:
		p.f.restraint.Trust(now, route.Addr)
	default:
		p.f.restraint.Hear(now, route.Addr)
	}
	p.expect(route)
	if from != nil && in.b[1]&keepWhat == keepAsk {
		if from == p.byServer.path {
			p.byServer.asks++
		}
		p.detours.asked(from)
	}
	if p.keep.choose(now) {
		p.switched(now)
	}
}

// hears reports whether a packet that came by a socket may be this peer's.
func (p *pair) hears(socket int) bool {
	if socket != 0 && socket == p.f.turn.number {
		return true
	}
	return p.sockets.have(socket) && p.f.config.Relay != Only
}

// expect takes what comes by a route for the peer's.
func (p *pair) expect(r pathconn.Route) {
	if p.virtual.IsValid() {
		p.f.paths.Expect(p.virtual, r)
		return
	}
	if owner, ok := p.f.paths.Owner(r); ok && p.f.taken(owner) {
		return // whoever forges the address of another does not get at what goes there
	}
	p.virtual = p.f.paths.VirtualBy(r)
	p.f.paths.Hold(p.virtual)
	if a := p.keep.active; a != nil {
		p.f.paths.SetRoute(p.virtual, a.route)
	}
}

// taken reports whether a virtual address is that of a connection, or of a pair
// that may yet have one.
func (f *Finder) taken(virtual netip.AddrPort) bool {
	return slices.ContainsFunc(f.pairs, func(p *pair) bool {
		over := p.closed
		if p.bond != nil {
			over = p.released
		}
		return p.virtual == virtual && !over
	})
}

// advance lets everything happen that is due.
func (p *pair) advance(now time.Duration) {
	p.listen(now)
	p.endOld(now)
	if p.punch != nil {
		p.punch.Advance(now)
		p.drain(now)
	}
	if p.keep.advance(now) {
		p.switched(now)
	}
	if p.trying() && p.failed != "" && now-p.failedAt >= awaitedAgain {
		p.tries++
		_ = p.search(now) // cannot fail: it did not the first time
	}
	p.hope.advance(now, p)
	p.double(now)
	p.byServer.advance(now, p)
	p.detours.advance(now, p)
	p.byTURN.advance(now, p)
	p.settling.advance(now, p)
	p.regaining.advance(now, p)
	p.flushKeep()
	if p.keep.doubtful(now) {
		p.wantRelay()
		p.byServer.doubt(now, p)
	}
	if p.lost(now) {
		p.f.log.Debug("pathfinder: all paths silent, searching again", "peer", p.remoteName())
		p.f.gather.again(now)
		p.f.turn.check()
		p.f.server.urge(now)
		p.wantRelay()
		_ = p.search(now) // cannot fail: it did not the first time
	}
}

// vouched reports whether a server sees the peer at an address of its offer.
func (p *pair) vouched(now time.Duration) bool {
	return slices.ContainsFunc(p.remote.Candidates, func(c nat.Candidate) bool { return p.f.restraint.Vouched(now, c.Addr.Addr()) })
}

// wantRelayUnlessDirect asks for one unless the search was for a second direct way.
func (p *pair) wantRelayUnlessDirect(now time.Duration) {
	if a := p.keep.active; a == nil || a.rank != rankDirect || p.keep.doubtful(now) {
		p.wantRelay()
	}
}

func (p *pair) flushKeep() {
	for _, s := range p.keep.sends {
		if s.unproven && !p.maySpend(p.f.now(), s.route) {
			continue
		}
		if s.sample {
			p.keep.sight.again(s.route)
		}
		p.f.paths.SendBy(s.b, s.route) // what cannot be sent is lost
	}
	p.keep.sends = p.keep.sends[:0]
}

// maySpend reports whether a packet may go to an address that nobody has answered
// from, and counts it. What goes there by way of our TURN server leaves one to a
// search for a direct path.
func (p *pair) maySpend(now time.Duration, r pathconn.Route) bool {
	if r.Socket != 0 && r.Socket == p.f.turn.number && p.f.restraint.Left(now, r.Addr) <= 1 {
		return false
	}
	return p.f.restraint.Spend(now, r.Addr)
}

// drain does what punch wants.
func (p *pair) drain(now time.Duration) {
	f := p.f
	f.events = p.punch.AppendEvents(f.events[:0])
	for _, e := range f.events {
		switch e.Kind {
		case nat.EventPath:
			p.proven(now, e.Path, false)
		case nat.EventStandby:
			p.proven(now, e.Path, true)
		case nat.EventRestun:
			f.gather.again(now)
		case nat.EventOpenSockets:
			if missing, err := p.sockets.open(e.First, e.Sockets-1); err != nil {
				f.log.Debug("pathfinder: extra sockets", "missing", missing, "err", err)
			}
		case nat.EventCloseSockets:
			p.sockets.close(e.Keep, p.uses)
		case nat.EventRelay:
			p.wantRelayUnlessDirect(now)
		case nat.EventFailed:
			p.failed, p.failedAt = e.Reason, now
			p.wantRelayUnlessDirect(now)
		}
	}
	f.sends = p.punch.AppendSends(f.sends[:0])
	for _, s := range f.sends {
		if socket, ok := p.sockets.number(s.Socket); ok { // it could be opened
			f.paths.SendFrom(socket, s.Data, s.To, s.TTL) // what cannot be sent is lost
		}
	}
}

// proven takes a path that punch has found: a better one than before, or one to
// be kept beside it.
func (p *pair) proven(now time.Duration, found nat.Path, standby bool) {
	socket, ok := p.sockets.number(found.Socket)
	if !ok {
		return
	}
	route := pathconn.Route{Socket: socket, Addr: found.Remote}
	kind := kindOf(found, p.punch.Stats().Probes > 0)
	way := p.keep.add(now, route, kind)
	if way == nil {
		return
	}
	way.kind, way.rank = kind, rankOf(kind)
	if p.bond != nil {
		// QUIC flows: another way takes over when it has shown that it flows there too.
		way.soon, way.better = true, !standby
		if way != p.keep.active {
			way.waiting = 0 // questions that it left unanswered when it was silent do not count
		}
		return
	}
	way.prove(now, found.RTT)
	p.expect(route)
	p.f.log.Debug("pathfinder: path", "peer", p.remoteName(), "kind", kind, "to", found.Remote, "rtt", found.RTT)
	a := p.keep.active
	if standby && a != nil && a.rank <= way.rank {
		return
	}
	if a != nil && way.rank < a.rank && p.keep.silence(now) < silentFor {
		way.soon, way.answers = true, 0
		return
	}
	p.keep.use(now, way)
	p.switched(now)
}

// switched sends by the active path from now on.
func (p *pair) switched(now time.Duration) {
	way := p.keep.active
	p.expect(way.route)
	p.f.paths.SetRoute(p.virtual, way.route)
	if p.hosting != nil {
		p.hosting.uses(p, way.kind)
	}
	if p.bond != nil && !p.released {
		p.f.kinds.Store(p.virtual, way.kind)
	}
	p.since = now
	p.regaining.switched(now, way.rank == rankDirect)
	p.failed = ""
	if p.found == 0 {
		p.found = max(now-p.began, 1)
	}
	for _, r := range p.seen {
		p.keep.add(now, r, kindOf(nat.Path{Remote: r.Addr}, false))
	}
	p.seen = nil
	p.f.turn.stale = true
	p.f.log.Debug("pathfinder: using", "peer", p.remoteName(), "kind", way.kind, "to", way.route.Addr, "by", way.by)
}

// drop forgets a path that is closed, and goes on by another if there is one.
func (p *pair) drop(now time.Duration, way *path) {
	p.f.paths.Unexpect(way.route)
	had := p.keep.active != nil
	p.keep.remove(way)
	switch {
	case p.keep.choose(now):
		p.switched(now)
	case had && p.keep.active == nil:
		p.bare = now
	}
}

// double lets packets take another path as well while the active one is in
// doubt.
func (p *pair) double(now time.Duration) {
	var route pathconn.Route
	if spare := p.keep.spare(now); spare != nil {
		route = spare.route
	}
	if route != p.doubled {
		p.doubled = route
		p.f.log.Debug("pathfinder: doubling", "peer", p.remoteName(), "to", route.Addr)
		p.f.paths.Double(p.virtual, route)
	}
}

// uses reports whether a path goes by an extra socket.
func (p *pair) uses(number int) bool {
	return slices.ContainsFunc(p.keep.paths, func(way *path) bool { return way.route.Socket == number })
}

func (p *pair) next(now time.Duration) time.Duration {
	next := min(p.keep.nextAt(now), p.byServer.next(), p.detours.next(p), p.byTURN.next(now, p), p.regaining.next(), p.hope.next(), p.settling.next(now))
	if p.punch != nil {
		next = min(next, p.punch.Next())
	}
	if p.trying() && p.failed != "" {
		next = min(next, p.failedAt+awaitedAgain)
	}
	if p.failed != "" && p.keep.active == nil {
		next = min(next, max(max(p.failedAt, p.bare)+relayLimit, now+time.Second))
	}
	return next
}

// over reports whether nobody needs the pair any more.
func (p *pair) over(now time.Duration) bool {
	if p.bond != nil && !p.released {
		return p.keep.left // or the connection says that it is over
	}
	if p.hosting != nil {
		return p.closed || p.keep.left || p.hopeless(now)
	}
	return p.closed || p.holders == 0
}

// end forgets the pair. Its route stays, and so does the socket that it uses.
func (p *pair) end() {
	p.closed = true
	p.keep.farewell()
	p.flushKeep()
	if p.hosting != nil {
		p.hosting.remove(p)
	}
	p.byServer.end(p)
	p.detours.end(p)
	p.f.turn.stale = true
	if a := p.keep.active; a != nil {
		p.keep.paths = []*path{a}
	} else {
		p.keep.paths = nil
	}
	p.sockets.close(nil, p.uses)
	if p.punch != nil && p.f.punches[p.punch.ID()] == p {
		delete(p.f.punches, p.punch.ID())
	}
	if p.f.keeps[p.keep.key.in] == p {
		delete(p.f.keeps, p.keep.key.in)
	}
	if p.virtual.IsValid() {
		p.letGo()
	}
}

// letGo leaves the virtual address, to another pair that has it, too, as that means
// it to be.
func (p *pair) letGo() {
	var doubled pathconn.Route
	for _, other := range p.f.pairs {
		if other == p || other.virtual != p.virtual || other.closed {
			continue
		}
		doubled = other.doubled
		if a := other.keep.active; a != nil {
			p.f.paths.SetRoute(p.virtual, a.route)
		}
	}
	p.f.paths.Double(p.virtual, doubled)
	p.f.paths.Release(p.virtual)
}

func (p *pair) remoteName() string { return nameOf(p.peer()) }
