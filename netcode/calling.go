package netcode

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"slices"
	"time"

	"github.com/visavis-netcode/visavis/netcode/internal/link"
	"github.com/visavis-netcode/visavis/netcode/internal/wire"
)

const (
	maxCalled  = 8                      // addresses of a name; further ones are not tried
	callNext   = 250 * time.Millisecond // without an answer the next address is called as well (RFC 8305 section 5)
	callAgain  = time.Second            // at the earliest, after a call that nobody has answered
	callLater  = 2 * time.Second        // longer, to who has answered and then said nothing: the others come first
	lookUpTime = 5 * time.Second        // that the name service has
	hintAfter  = 2 * time.Second        // without an answer the player is told what may be in the way
	knockAfter = 300 * time.Millisecond // without an answer a neighbour is told by other means that it is called: see lan.Knock
)

// calling is how a guest reaches a host at an address, or at all addresses of a
// name: one after the other, a quarter of a second apart, and again until the time
// is over, for the host's player may be looking at the question of a firewall. The
// first that comes to a secure connection is greeted. Who answers at one address,
// and does not let this guest in, may be somebody else than is meant: the others are
// called all the same. Owner: the room.
type calling struct {
	addrs  []netip.AddrPort // to be called, in this order
	calls  []call           // of the first addresses
	next   time.Duration    // when another address is called
	found  chan lookup      // what the name service says; nil if nothing is awaited
	cancel context.CancelFunc
	failed *link.CloseError // the last call that nobody has answered
}

// call is how an address is called. Owner: calling.
type call struct {
	conn    *conn
	at      time.Duration // of the latest call
	askAt   time.Duration // then, if it is not answered, somebody knocks there
	knocker io.Closer     // nil if nobody knocks there
	err     error         // why it is of no use to call there again; nil if it may be
	weight  int           // of err, for the player
}

// How much a reason not to be let in tells the player, by who gives it.
const (
	fromNobody   = iota // there was no answer
	fromSomebody        // who may be no game at all
	fromGame            // which turns this guest away
	fromThisGame        // which has greeted: it is of the same kind
)

type lookup struct {
	addrs []netip.Addr
	err   error
}

// beginCalling calls the address of the invitation, or looks its name up.
func (r *Room) beginCalling() {
	if r.invite.name == "" {
		r.calling.addrs = []netip.AddrPort{r.invite.addr}
		r.stepCalling()
		return
	}
	resolve := r.node.resolver
	if resolve == nil {
		resolve = net.DefaultResolver.LookupNetIP
	}
	ctx, cancel := context.WithTimeout(context.Background(), lookUpTime)
	found, name := make(chan lookup, 1), r.invite.name
	r.calling.found, r.calling.cancel = found, cancel
	go func() { // ends with the context at the latest: the answer waits in the channel
		addrs, err := resolve(ctx, "ip", name)
		found <- lookup{addrs, err}
	}()
}

// endCalling gives up looking up the name, and knocking.
func (r *Room) endCalling() {
	if r.calling.cancel != nil {
		r.calling.cancel()
	}
	r.stopKnocking()
}

// knock tells who has not answered a call that it is called, if it is on a network
// of this computer: a firewall may keep it from hearing that.
func (r *Room) knock(c *call, addr netip.AddrPort, now time.Duration) {
	if c.knocker == nil && now >= c.askAt && r.node.knock != nil {
		c.knocker = r.node.knock(addr)
	}
}

func (r *Room) stopKnocking() {
	for i := range r.calling.calls {
		if c := &r.calling.calls[i]; c.knocker != nil {
			c.knocker.Close()
			c.knocker = nil
		}
	}
}

// stepCalling calls whom it is time to call.
func (r *Room) stepCalling() {
	s := &r.calling
	if r.state != Connecting || r.toHost != nil {
		r.stopKnocking()
		return
	}
	select {
	case l := <-s.found:
		s.found = nil
		r.cameUp(l)
	default:
	}
	if r.state != Connecting || r.reached() {
		r.stopKnocking()
		return
	}
	now, waiting := r.now(), false
	for i := range s.calls {
		c := &s.calls[i]
		if c.err != nil {
			continue
		}
		if c.conn.link.State() != link.Closed {
			waiting = true
		} else if now-c.at >= callAgain && now >= r.knockAt {
			c.conn, c.at, waiting = r.call(i), now, true
		}
		r.knock(c, s.addrs[i], now)
	}
	if n := len(s.calls); n < len(s.addrs) && (now >= s.next || !waiting) {
		s.next = now + callNext
		s.calls = append(s.calls, call{conn: r.call(n), at: now, askAt: now + knockAfter})
	}
}

// reached reports whether a call has come to a secure connection, so that no other
// is needed.
func (r *Room) reached() bool {
	for _, c := range r.calling.calls {
		if c.conn.link.State() != link.Closed && c.conn.link.Binding() != [32]byte{} {
			return true
		}
	}
	return false
}

// call calls one address. Where there is one only, and whoever answers is meant,
// the greeting goes with the first packet; else see greetHost.
func (r *Room) call(index int) *conn {
	c := r.newConn(r.node.endpoint.Dial(r.calling.addrs[index], nil))
	c.purpose = wire.JoinLobby
	if len(r.calling.addrs) == 1 && r.invite.fingerprint == "" {
		c.greet(wire.JoinLobby)
	}
	return c
}

// cameUp takes what the name service says.
func (r *Room) cameUp(l lookup) {
	addrs := interleave(l.addrs)
	if l.err == nil && len(addrs) > 0 {
		for _, addr := range addrs[:min(len(addrs), maxCalled)] {
			r.calling.addrs = append(r.calling.addrs, netip.AddrPortFrom(addr, r.invite.addr.Port()))
		}
		return
	}
	var dns *net.DNSError
	code, reason := ReasonName, fmt.Sprintf("%q cannot be found: is the name spelt right?", r.invite.name)
	switch {
	case errors.Is(l.err, context.DeadlineExceeded), errors.As(l.err, &dns) && (dns.IsTimeout || dns.IsTemporary):
		code, reason = ReasonNameService, fmt.Sprintf("nobody says where %q is, because the name service does not answer: is this computer on the network, or does the host know an address in digits?", r.invite.name)
	case l.err == nil && len(l.addrs) > 0:
		reason = fmt.Sprintf("the name service knows %q, but not where a game could be: ask the host for an address in digits", r.invite.name)
	}
	r.end(&ConnectError{Code: code, Address: r.invite.text, Reason: reason})
}

// interleave orders the addresses of a name for calling: both families by turns,
// that of the first one first (RFC 8305 section 4). What no game can be reached at
// is left out, and so is what comes twice.
func interleave(addrs []netip.Addr) (list []netip.Addr) {
	var families [2][]netip.Addr
	seen := map[netip.Addr]bool{}
	firstIs6 := false
	for _, addr := range addrs {
		addr = addr.Unmap()
		if !addr.IsValid() || seen[addr] || addr.IsUnspecified() || addr.IsMulticast() || addr == netip.AddrFrom4([4]byte{255, 255, 255, 255}) {
			continue
		}
		if len(seen) == 0 {
			firstIs6 = addr.Is6()
		}
		seen[addr] = true
		family := 1
		if addr.Is6() == firstIs6 {
			family = 0
		}
		families[family] = append(families[family], addr)
	}
	for len(families[0])+len(families[1]) > 0 {
		for i, family := range families {
			if len(family) > 0 {
				list, families[i] = append(list, family[0]), family[1:]
			}
		}
	}
	return list
}

// callFailed takes notice of a call that is over. Where nobody has answered it is
// worth another one, unless somebody else has answered meanwhile.
func (r *Room) callFailed(c *conn, why *link.CloseError) {
	s := &r.calling
	if r.toHost == c {
		r.toHost = nil // it had let this guest in
	}
	switch {
	case !why.Remote && why.Code == link.CodeDone: // another was answered first
	case !why.Remote && why.Code == link.CodeLost:
		s.failed = why
		if i := s.index(c); c.greeted && i >= 0 {
			s.calls[i].at = r.now() + callLater
		}
		if weight, _ := s.reason(); weight > fromNobody {
			r.turnedAway(c, &ConnectError{Code: failureOf(why), Address: r.invite.text, Reason: why.Reason}, fromNobody)
		}
	default:
		r.turnedAway(c, connectFailure(r.invite.text, why), fromSomebody)
	}
}

// turnedAway notes why there is no way in by a call, for good, and goes on with the
// other addresses of the name: those that were not answered first are called again,
// once. When none is left that is the end.
func (r *Room) turnedAway(c *conn, err error, weight int) {
	s := &r.calling
	i := s.index(c)
	if i < 0 {
		r.end(err) // by a code or an invite, there is one host
		return
	}
	one := &s.calls[i]
	if one.err != nil {
		return
	}
	switch refused, left := new(RefusedError), new(LeftError); {
	case c.sawHello:
		weight = fromThisGame
	case errors.As(err, &refused), errors.As(err, &left):
		weight = fromGame
	}
	if before, _ := s.reason(); before == fromNobody && weight > fromNobody {
		for k := range s.calls {
			s.calls[k].at = -callAgain
		}
	}
	one.err, one.weight, s.next = err, weight, 0
	left := len(s.addrs) - len(s.calls)
	for _, other := range s.calls {
		if other.err == nil {
			left++
		}
	}
	if left == 0 {
		_, err := s.reason()
		r.end(err)
	}
}

func (s *calling) index(c *conn) int {
	return slices.IndexFunc(s.calls, func(one call) bool { return one.conn == c })
}

// reason is why there is no way in by those who have answered, as far as they have:
// what tells the player most, and of that the first; nil for nothing.
func (s *calling) reason() (weight int, err error) {
	for _, one := range s.calls {
		if one.err != nil && (err == nil || one.weight > weight) {
			err, weight = one.err, one.weight
		}
	}
	return weight, err
}

// callingStep is how far the calling is.
func (r *Room) callingStep() Reason {
	switch {
	case r.calling.found != nil:
		return ReasonLookingUp
	case r.vigil.awake < hintAfter || r.reached(): // while the loop stood still no answer was looked for
		return ReasonCalling
	}
	return ReasonCallingOn
}

// callingWords says how the calling goes, for Progress.
func (r *Room) callingWords() string {
	switch r.callingStep() {
	case ReasonLookingUp:
		return "looking up " + r.invite.name
	case ReasonCalling:
		return "connecting to " + r.invite.text
	}
	return fmt.Sprintf("no answer yet from %s: if the host's computer asks whether the game may use the network, allow it there", r.invite.text)
}

// unanswered says why nobody was reached at an address, when the time is over.
func (r *Room) unanswered() error {
	if weight, err := r.calling.reason(); weight > fromNobody {
		return err
	}
	code, reason := ReasonUnanswered, fmt.Sprintf("nobody answered at %s within %d seconds: is the address right, is the lobby open, and does the firewall on the host's computer let the game through?",
		r.invite.text, joinTimeout/time.Second)
	switch why := r.calling.failed; {
	case r.calling.found != nil:
		code, reason = ReasonNameService, fmt.Sprintf("nobody says where %q is, because the name service does not answer: is this computer on the network?", r.invite.name)
	case why != nil && (why.Unsent || why.Code.Base() == link.CodeRefused):
		code, reason = failureOf(why), why.Reason
	}
	return &ConnectError{Code: code, Address: r.invite.text, Reason: reason}
}
