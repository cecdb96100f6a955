package memlink

import (
	"math"
	"net/netip"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/visavis-netcode/visavis/netcode/internal/link"
	"github.com/visavis-netcode/visavis/netcode/internal/source"
)

// never is a time that does not come.
const never = time.Duration(math.MaxInt64)

// half is one side of a connection. It implements link.Link.
type half struct {
	endpoint *Endpoint
	far      *half // the other side; nil until the hello has arrived there
	out      *Path // towards the other side
	remote   netip.AddrPort
	source   netip.Addr // where the dialler seems to be
	dialled  bool
	state    link.State
	err      *link.CloseError
	pin      *link.Key
	stranger *source.Stranger // of a half that listens
	known    bool             // the owner has said so
	peer     link.Key         // zero until Open
	secret   [32]byte         // the binding, known to this side when Open
	binding  [32]byte         // zero until Open
	stats    link.Stats

	datagrams queue     // arrived and unread; when full the oldest goes
	messages  queue     // arrived and unread; when full the next ones are parked
	parked    []*packet // the rest of the stream; the sender's SendQueueBytes bounds it
	mailbox   *packet   // the latest datagram while Connecting
	feed      feed

	pending     []*packet     // the stream: what has not left yet
	queuedBytes int           // of messages that are not in the far queue yet; at most SendQueueBytes
	lastArrival time.Duration // of what has left; the stream keeps its order
	retrying    bool          // a retry is due
	silentAfter time.Duration // nothing of the stream leaves after that
	broken      bool          // something of the stream never left: the rest cannot arrive
}

var _ link.Link = (*half)(nil)

func newHalf(e *Endpoint, remote netip.AddrPort, out *Path, secret [32]byte) *half {
	h := &half{
		endpoint:    e,
		out:         out,
		remote:      remote,
		secret:      secret,
		datagrams:   newQueue(link.DatagramQueue),
		messages:    newQueue(link.MessageQueue),
		silentAfter: never,
	}
	h.feed = feed{half: h, endsAt: never}
	return h
}

func (h *half) Peer() link.Key             { return h.peer }
func (h *half) Dialled() bool              { return h.dialled }
func (h *half) Binding() [32]byte          { return h.binding }
func (h *half) RemoteAddr() netip.AddrPort { return h.remote }
func (h *half) Source() netip.Addr {
	if h.dialled {
		return h.remote.Addr()
	}
	return h.source
}
func (h *half) Virtual() netip.AddrPort { return netip.AddrPort{} }
func (h *half) PathSecret() [32]byte    { return h.binding }
func (h *half) Received() uint64        { return h.stats.DatagramsReceived }
func (h *half) State() link.State       { return h.state }
func (h *half) Err() *link.CloseError   { return h.err }

// Stats counts as received what has arrived, dropped afterwards or not. RTT is
// the delay of both directions as it is set now, without the jitter.
func (h *half) Stats() link.Stats {
	stats := h.stats
	if h.binding != ([32]byte{}) {
		stats.RTT = h.out.conditions.Delay + h.out.back.conditions.Delay
	}
	return stats
}

// SendDatagram sends at once when Open: in memory nothing waits. While
// Connecting the latest datagram is kept and leaves when the link opens.
func (h *half) SendDatagram(b []byte) {
	if len(b) > link.MaxDatagramBytes {
		h.endpoint.stats.SendErrors++
		return
	}
	switch h.state {
	case link.Open:
		p := h.endpoint.network.take(h, datagram)
		p.fill(b)
		h.transmit(p)
	case link.Connecting:
		if h.mailbox == nil {
			h.mailbox = h.endpoint.network.take(h, datagram)
		}
		h.mailbox.fill(b)
	}
}

// SendAlso sends at once when Open; while Connecting only the latest datagram is
// kept, and that is SendDatagram's.
func (h *half) SendAlso(b []byte) {
	if h.state == link.Open {
		h.SendDatagram(b)
	}
}

// transmit puts a datagram on the path.
func (h *half) transmit(p *packet) {
	n := h.endpoint.network
	h.stats.DatagramsSent++
	h.stats.DatagramBytesSent += uint64(p.size)
	h.endpoint.stats.PacketsSent++
	h.endpoint.stats.BytesSent += uint64(p.size)
	arrival, lost, again, copied := h.out.datagram(n.now)
	if lost {
		n.release(p)
		return
	}
	n.due.push(arrival, p)
	if copied {
		twin := n.take(h, datagram)
		twin.fill(p.body())
		n.due.push(again, twin)
	}
}

// datagramArrives queues a datagram for the owner.
func (h *half) datagramArrives(p *packet) {
	n := h.endpoint.network
	if h.state == link.Closed {
		n.release(p)
		return
	}
	h.endpoint.stats.PacketsReceived++
	h.endpoint.stats.BytesReceived += uint64(p.size)
	h.stats.DatagramsReceived++
	if h.datagrams.full() {
		n.release(h.datagrams.pop())
		h.stats.DatagramsDropped++
	}
	n.stamp(p)
	h.datagrams.push(p)
}

// stamp notes when a packet came into a queue.
func (n *Network) stamp(p *packet) {
	n.arrivals++
	p.order, p.arrived = n.arrivals, n.now
}

// Receive hands out all queues in the order of arrival. When it has emptied
// them, messages that were held back move up; the next call hands them out. So do
// blocks, which the other side has held back.
func (h *half) Receive(handle func(kind link.Kind, at time.Duration, b []byte)) {
	n := h.endpoint.network
	fed := len(h.feed.arrived) > 0
	for p, kind := h.oldest(); p != nil; p, kind = h.oldest() {
		handle(kind, p.arrived+h.endpoint.offset, p.body())
		n.release(p)
	}
	if len(h.parked) > 0 {
		h.unpark()
	}
	if fed {
		h.far.feed.pump()
	}
}

// oldest takes what has arrived first of all that is unread: nil if there is nothing.
func (h *half) oldest() (*packet, link.Kind) {
	if h.messages.count == 0 && len(h.feed.arrived) == 0 { // as a rule
		if h.datagrams.count == 0 {
			return nil, link.Datagram
		}
		return h.datagrams.pop(), link.Datagram
	}
	const none = math.MaxUint64
	datagramOrder, messageOrder, blockOrder := uint64(none), uint64(none), uint64(none)
	if h.datagrams.count > 0 {
		datagramOrder = h.datagrams.peek().order
	}
	if h.messages.count > 0 {
		messageOrder = h.messages.peek().order
	}
	if len(h.feed.arrived) > 0 {
		blockOrder = h.feed.arrived[0].order
	}
	switch min(datagramOrder, messageOrder, blockOrder) {
	case datagramOrder:
		return h.datagrams.pop(), link.Datagram
	case messageOrder:
		return h.messages.pop(), link.Message
	}
	return h.feed.pop(), link.Feed
}

// How long a side goes on telling the other that it is closed: like quiclink's.
const (
	flushTimeout = 3 * time.Second
	leaveTimeout = time.Second // to a stranger, and when the endpoint is closed
)

// Close discards what has arrived and is unread; it tells the other side as
// far as that can be sent in time.
func (h *half) Close(code link.Code, reason string) {
	if h.state == link.Closed {
		return
	}
	n := h.endpoint.network
	if h.state == link.Connecting {
		h.dropPending(message)
	}
	reason = clean(reason)
	h.silentAfter = n.now + flushTimeout
	if h.stranger != nil && !h.known {
		h.silentAfter = n.now + leaveTimeout
	}
	h.shut(&link.CloseError{Code: code, Reason: reason})
	h.dropArrived()
	p := n.take(h, goodbye)
	p.code = code
	p.fill([]byte(reason))
	h.enqueue(p)
}

// fail closes this side without telling the other.
func (h *half) fail(code link.Code, reason string) {
	h.shut(&link.CloseError{Code: code, Reason: clean(reason)})
	h.dropArrived()
	h.fallSilent()
}

// shut makes the state Closed and takes the half out of its endpoint's books.
func (h *half) shut(err *link.CloseError) {
	e := h.endpoint
	if h.stranger != nil {
		h.stranger.Leave()
	}
	h.state, h.err = link.Closed, err
	if i := slices.Index(e.links, h); i >= 0 {
		e.links = slices.Delete(e.links, i, i+1)
	}
	h.feed.end()
	if h.mailbox != nil {
		e.network.release(h.mailbox)
		h.mailbox = nil
	}
}

// dropArrived empties the queues that the owner reads.
func (h *half) dropArrived() {
	n := h.endpoint.network
	for h.datagrams.count > 0 {
		n.release(h.datagrams.pop())
	}
	for h.messages.count > 0 {
		n.release(h.messages.pop())
	}
	for len(h.feed.arrived) > 0 {
		n.release(h.feed.pop())
	}
	for _, p := range h.parked {
		n.drop(p)
	}
	h.parked = nil
}

// clean makes a reason fit to be shown: printable, on one line, at most 200
// bytes.
func clean(reason string) string {
	const limit = 200
	reason = strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return ' '
		}
		if r == utf8.RuneError || !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, reason)
	if len(reason) <= limit {
		return reason
	}
	end := limit
	for !utf8.RuneStart(reason[end]) {
		end--
	}
	return reason[:end]
}
