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
	"github.com/visavis-netcode/visavis/netcode/internal/mesh"
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
// called all the same. Owner: the guest.
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
	conn    *mesh.Conn
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
func (j *joining) beginCalling() {
	if j.invite.name == "" {
		j.calling.addrs = []netip.AddrPort{j.invite.addr}
		j.stepCalling()
		return
	}
	resolve := j.room.node.resolver
	if resolve == nil {
		resolve = net.DefaultResolver.LookupNetIP
	}
	ctx, cancel := context.WithTimeout(context.Background(), lookUpTime)
	found, name := make(chan lookup, 1), j.invite.name
	j.calling.found, j.calling.cancel = found, cancel
	go func() { // ends with the context at the latest: the answer waits in the channel
		addrs, err := resolve(ctx, "ip", name)
		found <- lookup{addrs, err}
	}()
}

// endCalling gives up looking up the name, and knocking.
func (j *joining) endCalling() {
	if j.calling.cancel != nil {
		j.calling.cancel()
	}
	j.stopKnocking()
}

// knock tells who has not answered a call that it is called, if it is on a network
// of this computer: a firewall may keep it from hearing that.
func (j *joining) knock(c *call, addr netip.AddrPort, now time.Duration) {
	if c.knocker == nil && now >= c.askAt && j.room.node.knock != nil {
		c.knocker = j.room.node.knock(addr)
	}
}

func (j *joining) stopKnocking() {
	for i := range j.calling.calls {
		if c := &j.calling.calls[i]; c.knocker != nil {
			c.knocker.Close()
			c.knocker = nil
		}
	}
}

// stepCalling calls whom it is time to call.
func (j *joining) stepCalling() {
	s := &j.calling
	if j.room.state != Connecting || j.host != nil {
		j.stopKnocking()
		return
	}
	select {
	case l := <-s.found:
		s.found = nil
		j.cameUp(l)
	default:
	}
	if j.room.state != Connecting || j.reached() {
		j.stopKnocking()
		return
	}
	now, waiting := j.room.now(), false
	for i := range s.calls {
		c := &s.calls[i]
		if c.err != nil {
			continue
		}
		if c.conn.Link.State() != link.Closed {
			waiting = true
		} else if now-c.at >= callAgain && now >= j.knockAt {
			c.conn, c.at, waiting = j.call(i), now, true
		}
		j.knock(c, s.addrs[i], now)
	}
	if n := len(s.calls); n < len(s.addrs) && (now >= s.next || !waiting) {
		s.next = now + callNext
		s.calls = append(s.calls, call{conn: j.call(n), at: now, askAt: now + knockAfter})
	}
}

// reached reports whether a call has come to a secure connection, so that no other
// is needed.
func (j *joining) reached() bool {
	for _, c := range j.calling.calls {
		if c.conn.Link.State() != link.Closed && c.conn.Link.Binding() != [32]byte{} {
			return true
		}
	}
	return false
}

// call calls one address. Where there is one only, and whoever answers is meant,
// the greeting goes with the first packet; else see greetHost.
func (j *joining) call(index int) *mesh.Conn {
	c := j.room.mesh.Dial(j.calling.addrs[index], nil, wire.JoinLobby)
	c.Secured, c.Hasty = j.greetHost, len(j.calling.addrs) > 1
	if len(j.calling.addrs) == 1 && j.invite.fingerprint == "" {
		j.room.reception.greet(c, wire.JoinLobby)
	}
	return c
}

// cameUp takes what the name service says.
func (j *joining) cameUp(l lookup) {
	addrs := interleave(l.addrs)
	if l.err == nil && len(addrs) > 0 {
		for _, addr := range addrs[:min(len(addrs), maxCalled)] {
			j.calling.addrs = append(j.calling.addrs, netip.AddrPortFrom(addr, j.invite.addr.Port()))
		}
		return
	}
	var dns *net.DNSError
	code, reason := ReasonName, fmt.Sprintf("%q cannot be found: is the name spelt right?", j.invite.name)
	switch {
	case errors.Is(l.err, context.DeadlineExceeded), errors.As(l.err, &dns) && (dns.IsTimeout || dns.IsTemporary):
		code, reason = ReasonNameService, fmt.Sprintf("nobody says where %q is, because the name service does not answer: is this computer on the network, or does the host know an address in digits?", j.invite.name)
	case l.err == nil && len(l.addrs) > 0:
		reason = fmt.Sprintf("the name service knows %q, but not where a game could be: ask the host for an address in digits", j.invite.name)
	}
	j.room.end(&ConnectError{Code: code, Address: j.invite.text, Reason: reason})
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
func (j *joining) callFailed(c *mesh.Conn, why *link.CloseError) {
	s := &j.calling
	if j.host == c {
		j.host = nil // it had let this guest in
	}
	switch {
	case !why.Remote && why.Code == link.CodeDone: // another was answered first
	case !why.Remote && why.Code == link.CodeLost:
		s.failed = why
		if i := s.index(c); c.Greeted() && i >= 0 {
			s.calls[i].at = j.room.now() + callLater
		}
		if weight, _ := s.reason(); weight > fromNobody {
			j.turnedAway(c, &ConnectError{Code: failureOf(why), Address: j.invite.text, Reason: why.Reason}, fromNobody)
		}
	default:
		j.turnedAway(c, connectFailure(j.invite.text, why), fromSomebody)
	}
}

// turnedAway notes why there is no way in by a call, for good, and goes on with the
// other addresses of the name: those that were not answered first are called again,
// once. When none is left that is the end.
func (j *joining) turnedAway(c *mesh.Conn, err error, weight int) {
	s := &j.calling
	i := s.index(c)
	if i < 0 {
		j.room.end(err) // by a code or an invite, there is one host
		return
	}
	one := &s.calls[i]
	if one.err != nil {
		return
	}
	switch refused, left := new(RefusedError), new(LeftError); {
	case c.WasGreeted():
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
		j.room.end(err)
	}
}

func (s *calling) index(c *mesh.Conn) int {
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
func (j *joining) callingStep() Reason {
	switch {
	case j.calling.found != nil:
		return ReasonLookingUp
	case j.room.vigil.awake < hintAfter || j.reached(): // while the loop stood still no answer was looked for
		return ReasonCalling
	}
	return ReasonCallingOn
}

// callingWords says how the calling goes, for Progress.
func (j *joining) callingWords() string {
	switch j.callingStep() {
	case ReasonLookingUp:
		return "looking up " + j.invite.name
	case ReasonCalling:
		return "connecting to " + j.invite.text
	}
	return fmt.Sprintf("no answer yet from %s: if the host's computer asks whether the game may use the network, allow it there", j.invite.text)
}

// unanswered says why nobody was reached at an address, when the time is over.
func (j *joining) unanswered() error {
	if weight, err := j.calling.reason(); weight > fromNobody {
		return err
	}
	code, reason := ReasonUnanswered, fmt.Sprintf("nobody answered at %s within %d seconds: is the address right, is the lobby open, and does the firewall on the host's computer let the game through?",
		j.invite.text, joinTimeout/time.Second)
	switch why := j.calling.failed; {
	case j.calling.found != nil:
		code, reason = ReasonNameService, fmt.Sprintf("nobody says where %q is, because the name service does not answer: is this computer on the network?", j.invite.name)
	case why != nil && (why.Unsent || why.Code.Base() == link.CodeRefused):
		code, reason = failureOf(why), why.Reason
	}
	return &ConnectError{Code: code, Address: j.invite.text, Reason: reason}
}
