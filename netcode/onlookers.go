package netcode

import (
	"bytes"
	"net/netip"
	"slices"
	"time"

	"github.com/visavis-netcode/visavis/nat/pathfinder"
	"github.com/visavis-netcode/visavis/netcode/internal/audience"
	"github.com/visavis-netcode/visavis/netcode/internal/link"
	"github.com/visavis-netcode/visavis/netcode/internal/mesh"
	"github.com/visavis-netcode/visavis/netcode/internal/wire"
)

const (
	justNamed    = 2 * time.Second  // the host's word may be older here than it is on the other side
	maxAskers    = 32               // whom the host lets ask this machine; whoever is named beyond is not let in
	unusedAfter  = 10 * time.Second // then a link that nobody uses is closed, and who has made none is forgotten
	dialPause    = time.Second      // between two calls
	maxUnnamed   = 16               // who have called before the host has named them; more are turned away
	maxHeirWords = 4                // of one who says that he hosts, in term after term; more are not passed on
)

// onlookers are the links of one who watches to others who do and to understudies, and of an
// understudy to those who watch: those that the host names, who may feed it or ask it to feed
// them, and nobody else. They are no members. Of two the one with the larger key dials, by a
// way that both look for, as members do (package mesh). Owner: the watching or the understudy.
type onlookers struct {
	room  *Room
	self  audience.ID // this machine's number
	all   []*onlooker
	early []unnamed // calls of those who are not named yet
	heirs []heir    // who say that they host now: all of these are told
}

// heir is one of a lobby's machines, who says that it hosts now.
type heir struct {
	word *audience.Successor // the newest,
	said int                 // of so many
}

// unnamed is somebody who has called before the host has named him.
type unnamed struct {
	conn *mesh.Conn
	name string
}

// onlooker is one who watches, too.
type onlooker struct {
	audience.Neighbour
	contact *wire.Contact
	name    string        // "" before there is a link
	feeds   bool          // it may feed this machine
	asks    bool          // it may ask this machine,
	namedAt time.Duration // when the host said so last
	since   time.Duration // it was named, linked or of use last
	conn    *mesh.Conn    // nil before both have greeted
	dialled *mesh.Conn    // nil while it is not being called
	dialAt  time.Duration // the next call
	attempt *pathfinder.Attempt
	told    int // of heirs
}

// want says who may feed this machine.
func (o *onlookers) want(list []audience.Neighbour, host link.Key) {
	for _, n := range o.all {
		n.feeds = false
	}
	for _, named := range list {
		if named.Key == host || named.Key == o.room.node.endpoint.Key() {
			continue // there is a link
		}
		if n := o.meet(named); n != nil {
			n.feeds = true
		}
	}
}

// introduce says who may ask this machine.
func (o *onlookers) introduce(named audience.Neighbour) {
	askers := 0
	for _, n := range o.all {
		if n.asks && n.ID != named.ID {
			askers++
		}
	}
	if askers >= maxAskers || named.Key == o.room.node.endpoint.Key() {
		return
	}
	n := o.meet(named)
	if n == nil {
		return
	}
	if n.conn == nil && !bytes.Equal(n.Contact, named.Contact) {
		o.renew(n, named)
	}
	n.asks, n.namedAt, n.since = true, o.room.now(), o.room.now()
}

// renew has an onlooker be looked for where the host says that it is now.
func (o *onlookers) renew(n *onlooker, named audience.Neighbour) {
	if m, err := wire.ParseMessage(named.Contact); err == nil {
		if contact, ok := m.(*wire.Contact); ok {
			n.end("you are elsewhere now")
			n.Neighbour, n.contact = named, contact
		}
	}
}

// meet is the onlooker with a name, who may be new; nil if what the host says makes no sense.
func (o *onlookers) meet(named audience.Neighbour) *onlooker {
	n := o.byID(named.ID)
	if n != nil && n.Key == named.Key {
		return n
	}
	m, err := wire.ParseMessage(named.Contact)
	contact, ok := m.(*wire.Contact)
	if err != nil || !ok || n != nil {
		return nil
	}
	n = &onlooker{Neighbour: named, contact: contact, since: o.room.now()}
	o.all = append(o.all, n)
	if i := slices.IndexFunc(o.early, func(e unnamed) bool { return e.conn.Link.Peer() == n.Key }); i >= 0 {
		o.answer(n, o.early[i])
	}
	return n
}

func (o *onlookers) byID(id audience.ID) *onlooker {
	for _, n := range o.all {
		if n.ID == id {
			return n
		}
	}
	return nil
}

// on is whose link this is, nil if it is none of an onlooker's.
func (o *onlookers) on(c *mesh.Conn) *onlooker {
	for _, n := range o.all {
		if n.conn == c {
			return n
		}
	}
	return nil
}

// step calls those that there is no link to, and forgets those that are of no use any more.
func (o *onlookers) step(now time.Duration, stand *audience.Stand) {
	o.all = slices.DeleteFunc(o.all, func(n *onlooker) bool {
		if n.feeds || n.conn != nil && stand.Meets(n.ID) {
			n.since = now
		}
		if n.feeds || n.asks && now-n.since < unusedAfter {
			return false
		}
		n.end("not needed any more")
		return true
	})
	for _, n := range o.all {
		if n.conn == nil {
			o.dial(now, n)
		}
	}
}

// dial looks for the way to an onlooker and calls it, if it is this side that does.
func (o *onlookers) dial(now time.Duration, n *onlooker) {
	addr, found := o.way(n)
	if n.dialled != nil && n.dialled.Link.State() == link.Closed {
		n.dialled = nil
	}
	mine := o.room.node.endpoint.Key()
	if !found || n.dialled != nil || now < n.dialAt || string(mine[:]) < string(n.Key[:]) {
		return
	}
	n.dialAt = now + dialPause
	key := link.Key(n.Key)
	n.dialled = o.room.mesh.Dial(addr, &key, wire.WatchWith)
	o.room.reception.greet(n.dialled, wire.WatchWith)
}

// hostLink is the link to the host, nil at a host and while there is none.
func (o *onlookers) hostLink() *mesh.Conn {
	switch r := o.room; {
	case r.watching != nil:
		return r.watching.host
	case r.guest != nil:
		return r.guest.host
	}
	return nil
}

// way is where an onlooker is to be dialled, once that is known.
func (o *onlookers) way(n *onlooker) (addr netip.AddrPort, found bool) {
	finder := o.room.node.finder
	if finder == nil { // in memory
		if len(n.contact.Addrs) > 0 {
			addr, _ = netip.ParseAddrPort(n.contact.Addrs[0]) // a stranger's word
		}
		return addr, addr.IsValid()
	}
	if n.attempt == nil {
		offer := mesh.Offer(n.contact.Offer, n.contact.Addrs, o.hostLink(), finder)
		attempt, err := finder.Connect(offer, n.contact.Secret[:], o.self < n.ID)
		if err != nil {
			return addr, false // likewise
		}
		n.attempt = attempt
	}
	return n.attempt.Virtual()
}

// greeted: somebody who watches, too, has greeted.
func (o *onlookers) greeted(c *mesh.Conn, h *wire.Hello, name string) {
	if d := o.room.terms.difference(h, name); d != "" {
		c.Link.Close(link.CodeRefused.With(uint8(o.room.terms.differs(h))), d)
		return
	}
	for _, n := range o.all {
		switch {
		case n.Key != c.Link.Peer():
		case !c.Link.Dialled():
			o.answer(n, unnamed{c, name})
			return
		case n.dialled == c:
			n.name, n.dialled = name, nil
			o.link(n, c)
			return
		}
	}
	if c.Link.Dialled() || len(o.early) >= maxUnnamed {
		c.Link.Close(link.CodeRefused.With(uint8(ReasonUnwatched)), "the host has not said that we two should meet")
		return
	}
	o.early = append(o.early, unnamed{c, name}) // the mesh gives it the time that a stranger has
}

// answer greets an onlooker that has called.
func (o *onlookers) answer(n *onlooker, c unnamed) {
	if !c.conn.Link.Known() {
		return // it had to make room for others at this very moment
	}
	n.name = c.name
	o.room.reception.greet(c.conn, wire.Answer)
	o.link(n, c.conn)
}

// link makes c the link to an onlooker, who knows of no other any more.
func (o *onlookers) link(n *onlooker, c *mesh.Conn) {
	before := n.conn
	c.Kept, n.conn, n.since, n.told = true, c, o.room.now(), 0
	o.drop(c)
	if before != nil {
		before.Link.Close(link.CodeDone, "you have called again")
	}
}

// closed: a link is over. It returns whose it was, who is forgotten with it unless the host has just
// named him: he may have left before he was told so, and comes again; nil if it was in use by nobody.
func (o *onlookers) closed(c *mesh.Conn) *onlooker {
	o.drop(c)
	n := o.on(c)
	if n == nil {
		return nil
	}
	if n.end(""); !n.asks || o.room.now()-n.namedAt >= justNamed {
		o.all = slices.DeleteFunc(o.all, func(other *onlooker) bool { return other == n })
	}
	return n
}

// leave ends the link to somebody to whom there is another one now.
func (o *onlookers) leave(key link.Key) {
	o.all = slices.DeleteFunc(o.all, func(n *onlooker) bool {
		if n.Key == key {
			n.end("there is another link to you")
		}
		return n.Key == key
	})
}

// spread tells all who host now, as far as they have not been told.
func (o *onlookers) spread(tag uint32) {
	for _, n := range o.all {
		for ; n.conn != nil && n.told < len(o.heirs); n.told++ {
			n.conn.Send(inAudience(tag, o.heirs[n.told].word))
		}
	}
}

// hosts has all be told that somebody hosts, and nobody else.
func (o *onlookers) hosts(word *audience.Successor) {
	o.forgetHeirs()
	o.heirs = append(o.heirs, heir{word, 1})
}

// genuine reports whether the one who is said to host a match's lobby says so itself.
func (o *onlookers) genuine(word *audience.Successor, match [32]byte) bool {
	return o.room.node.endpoint.Verify(word.Host.Key, word.Words(match), word.Signature)
}

// hears has all be told the newest word of one who says that it hosts, in place of its former.
func (o *onlookers) hears(word *audience.Successor) {
	said := 1 + o.saidBy(word.Host.Key).said
	o.heirs = slices.DeleteFunc(o.heirs, func(h heir) bool { return h.word.Host.Key == word.Host.Key })
	o.heirs = append(o.heirs, heir{word, said})
	o.tellAgain()
}

// saidBy is what one has said of its hosting.
func (o *onlookers) saidBy(key link.Key) heir {
	for _, h := range o.heirs {
		if h.word.Host.Key == key {
			return h
		}
	}
	return heir{}
}

// settle forgets who hosted before somebody who does now.
func (o *onlookers) settle(host link.Key) {
	var term uint32
	if now := o.saidBy(host).word; now != nil {
		term = now.Term
	}
	o.heirs = slices.DeleteFunc(o.heirs, func(h heir) bool { return h.word.Term < term })
	o.tellAgain()
}

// forgetHeirs forgets who hosts, for another match.
func (o *onlookers) forgetHeirs() {
	o.heirs = nil
	o.tellAgain()
}

// tellAgain has all be told from the first heir on.
func (o *onlookers) tellAgain() {
	for _, n := range o.all {
		n.told = 0
	}
}

// drop forgets a call that is over or answered.
func (o *onlookers) drop(c *mesh.Conn) {
	o.early = slices.DeleteFunc(o.early, func(e unnamed) bool { return e.conn == c })
}

// end gives up what leads to an onlooker.
func (n *onlooker) end(words string) {
	for _, c := range []*mesh.Conn{n.conn, n.dialled} {
		if c != nil {
			c.Link.Close(link.CodeDone, words)
		}
	}
	if n.attempt != nil {
		n.attempt.Close()
	}
	n.conn, n.dialled, n.attempt = nil, nil, nil
}

// end gives up all of them.
func (o *onlookers) end() {
	o.heirs = nil
	for _, n := range o.all {
		n.end("left")
	}
	o.all, o.early = nil, nil
}
