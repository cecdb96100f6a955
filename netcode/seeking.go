package netcode

import (
	"net/netip"
	"slices"
	"time"

	"github.com/visavis-netcode/visavis/nat"
	"github.com/visavis-netcode/visavis/nat/pathfinder"
	"github.com/visavis-netcode/visavis/netcode/internal/audience"
	"github.com/visavis-netcode/visavis/netcode/internal/link"
	"github.com/visavis-netcode/visavis/netcode/internal/mesh"
	"github.com/visavis-netcode/visavis/netcode/internal/wire"
)

// How long the next host is looked for by one who watches and is fed by nobody.
const (
	followLost = 20 * time.Second       // after one who is heard no more: the members wait for that one, too
	followLeft = 5 * time.Second        // or who has left, and told the members so
	followCode = 20 * time.Second       // longer, with a code: it may lead to the former for so long
	followCall = time.Second            // for one address, until the next is tried
	followJoin = 6 * time.Second        // for the server to lead to somebody who can be reached, until it is asked again
	followMost = 16 * time.Second       // between two rounds of calls to all: the pause doubles up to that
	followEach = 100 * time.Millisecond // that a host has for each who comes: as many a second as a desk takes
)

// patience is when one of so many who watch calls the next host first, if it is fed: a crowd
// does not come all at once to somebody who plays. A number says who it is, and is like drawn.
func patience(watching int, self audience.ID) time.Duration {
	return time.Duration(watching) * followEach * time.Duration(self>>16) / (1 << 16)
}

// seeking is how one who watches goes on when the host is gone: fed as before, or by a
// stand-by, it looks for the next one. It calls those that say down the tree that they host,
// the former, who may only have been out of reach, and whom the code leads to. Whom it finds it
// shows the pass that the host before has given it. Owner: the watching.
type seeking struct {
	watching *watching
	why      error         // why the host is gone; nil: it is there
	until    time.Duration // then it is given up
	former   *destination  // nil: it has left
	attempt  *pathfinder.Attempt
	joinAt   time.Duration // the code is tried next; 0: there is none
	called   int           // addresses so far, of all that there are by turns
	notUntil time.Duration // the next is called
	round    time.Duration // the pause behind this round of calls
	call     *mesh.Conn    // nil while nobody is called
	callAt   time.Duration
	name     string // of who has answered
}

// destination is where somebody may host.
type destination struct {
	key  link.Key
	addr netip.AddrPort
}

// begin begins to look for the next host.
func (f *seeking) begin(former *mesh.Conn, why error, left bool) {
	r := f.watching.room
	now := r.now()
	*f = seeking{watching: f.watching, why: why, until: now + followLost, round: followCall}
	f.notUntil = now + patience(r.Watching(), f.watching.others.self)
	if left {
		f.until = now + followLeft
	} else {
		f.former = &destination{former.Link.Peer(), former.Link.RemoteAddr()}
	}
	if r.doors.coded && r.node.finder != nil {
		f.until += followCode
		f.joinAt = now + followCall // the server may not know yet that the former has gone
	}
	if r.guest.attempt != nil {
		r.guest.attempt.Close() // it leads to the former, and no other may by the same code
		r.guest.attempt = nil
	}
}

// join asks the server again and again where the code leads.
func (f *seeking) join(now time.Duration) {
	if f.joinAt == 0 || now < f.joinAt || f.call != nil {
		return
	}
	if f.joinAt = now + followJoin; f.attempt != nil {
		f.attempt.Close()
	}
	f.attempt = f.watching.room.node.finder.Join(f.watching.room.doors.code)
}

// step calls whom there is to call, or gives up.
func (f *seeking) step(now time.Duration) {
	w := f.watching
	fed := w.viewer != nil && w.viewer.Parent() != audience.NoID
	switch {
	case fed:
		f.until = max(f.until, now+followLeft) // a stand-by may feed it yet when nobody does
	case now >= f.until:
		w.room.end(f.why)
		return
	}
	if f.call != nil && !f.call.WasGreeted() && now-f.callAt >= followCall {
		f.call.Link.Close(link.CodeDone, "another address is tried")
		f.call = nil
	}
	f.join(now)
	all := f.destinations()
	if f.call != nil || len(all) == 0 || now < f.notUntil && (fed || f.called > 0) {
		return
	}
	to := all[f.called%len(all)]
	f.callAt = now
	if f.called++; f.called%len(all) == 0 {
		f.notUntil, f.round = now+f.round, min(2*f.round, followMost)
	}
	f.call = w.room.mesh.Dial(to.addr, &to.key, wire.WatchOn)
	f.call.Secured = func(c *mesh.Conn) { w.room.reception.greet(c, wire.WatchOn) }
}

// destinations are all that there are, the most promising first.
func (f *seeking) destinations() (all []destination) {
	o := &f.watching.others
	for i := len(o.heirs) - 1; i >= 0 && f.watching.room.node.config.Relay != RelayOnly; i-- { // whom one calls reads the address
		for _, addr := range addrsOf(&o.heirs[i].word.Host) {
			all = append(all, destination{o.heirs[i].word.Host.Key, addr})
		}
	}
	if f.attempt != nil {
		if addr, found := f.attempt.Virtual(); found {
			all = append(all, destination{f.attempt.PeerKey(), addr})
		}
	}
	if f.former != nil {
		all = append(all, *f.former)
	}
	return all
}

// addrsOf are the addresses at which somebody says that he is, who may be anybody: a call to
// them is a wary one (package quiclink), so that nobody has many send to somebody else.
func addrsOf(n *audience.Neighbour) (addrs []netip.AddrPort) {
	m, err := wire.ParseMessage(n.Contact)
	contact, ok := m.(*wire.Contact)
	if err != nil || !ok {
		return nil
	}
	for _, text := range contact.Addrs {
		addr, err := netip.ParseAddrPort(text)
		addr = netip.AddrPortFrom(addr.Addr().Unmap(), addr.Port())
		if err == nil && isOnes(addr) && !slices.Contains(addrs, addr) {
			addrs = append(addrs, addr)
		}
	}
	for _, c := range pathfinder.Candidates(contact.Offer) {
		if c.Kind != nat.KindRelay && !slices.Contains(addrs, c.Addr) {
			addrs = append(addrs, c.Addr)
		}
	}
	return addrs[:min(len(addrs), wire.MaxAddrs)]
}

// isOnes reports whether an address can be that of one machine, and not of all in a network. Of
// candidates package nat has seen to that.
func isOnes(addr netip.AddrPort) bool {
	ip := addr.Addr()
	many := ip.IsMulticast() || ip.IsUnspecified() || ip.Is4() && ip.As4()[0] >= 240
	return ip.IsValid() && !many && addr.Port() > 0
}

// closed: a call is over.
func (f *seeking) closed(c *mesh.Conn) {
	if c == f.call {
		f.call = nil
	}
}

// end is the end of looking: the host is there, or it is given up.
func (f *seeking) end() {
	if f.attempt != nil {
		f.attempt.Close()
	}
	*f = seeking{watching: f.watching}
}

// hostGone: the link to the host is over. If the host has not ended it for this machine alone,
// another may be host now.
func (w *watching) hostGone(c *mesh.Conn, why *link.CloseError) {
	left := saysGoodbye(why)
	gone := connectFailure(w.room.guest.invite.text, why)
	if why.Code == link.CodeLost {
		gone = w.room.vigil.lost("the host, "+w.name+",", c.Heard(), why)
	}
	if w.pass == [32]byte{} || !left && why.Code != link.CodeLost {
		w.room.end(gone)
		return
	}
	if w.viewer != nil {
		w.viewer.Deskless()
		if w.hostID != audience.NoID {
			w.viewer.Down(w.hostID)
		}
	}
	w.host, w.hostID = nil, audience.NoID
	w.seeking.begin(c, gone, left)
}

// heir takes the word of one of the lobby's machines, of which the host has told, that it hosts
// now, and has it passed on. It changes nothing for as long as the host of this machine is heard.
// Each has room for its newest word, so none crowds out another.
func (w *watching) heir(c *mesh.Conn, word *audience.Successor) {
	o, lobby := &w.others, w.room.foyer.newest
	before := o.saidBy(word.Host.Key)
	switch {
	case lobby == nil || !slices.Contains(lobby.Machines, word.Host.Key): // nobody who could
		return
	case before.word != nil && before.word.Term >= word.Term || before.said == maxHeirWords:
		return
	case !o.genuine(word, w.show.Match):
		c.Link.Close(link.CodeProtocol, "what comes from here is not what a host has signed")
		return
	}
	o.hears(word)
	w.seeking.called, w.seeking.round = 0, followCall
	w.seeking.notUntil = w.room.now() + patience(w.room.Watching(), o.self)
}

// arrived: somebody who hosts has let this machine watch on.
func (w *watching) arrived(c *mesh.Conn) {
	r := w.room
	c.Kept, w.host, r.guest.host, w.name = true, c, c, w.seeking.name
	if w.seeking.attempt != nil && w.seeking.attempt.PeerKey() == c.Link.Peer() {
		w.seeking.attempt, r.guest.attempt = nil, w.seeking.attempt // its path is in use
	}
	w.seeking.end()
	w.others.settle(c.Link.Peer())
	w.told = 0
	w.others.leave(c.Link.Peer())
	if w.viewer == nil {
		return
	}
	for _, n := range w.viewer.Wanted() {
		if n.Key == c.Link.Peer() {
			w.hostID = n.ID
			w.viewer.Relinked(r.now(), n.ID)
		}
	}
	w.viewer.Returned()
	r.events.happened(Event{Kind: EventHost, Name: w.name, Text: w.name + " hosts now"})
}
