package memlink

import (
	"slices"
	"time"

	"github.com/visavis-netcode/visavis/netcode/internal/link"
)

// Send queues a message. It returns ErrQueueFull while SendQueueBytes are on
// their way and not yet in the other side's queue, ErrClosed on a closed link
// or a message over MaxMessageBytes.
func (h *half) Send(b []byte) error {
	if h.state == link.Closed || len(b) > link.MaxMessageBytes {
		return link.ErrClosed
	}
	p := h.endpoint.network.take(h, message)
	p.fill(b)
	if h.queuedBytes+p.cost() > link.SendQueueBytes {
		h.endpoint.network.release(p)
		return link.ErrQueueFull
	}
	h.queuedBytes += p.cost()
	h.enqueue(p)
	return nil
}

// cost is what a message takes of SendQueueBytes: its bytes, but 64 at least,
// so that the number of small and empty messages is bounded as well.
func (p *packet) cost() int { return max(64, p.size) }

// enqueue puts a packet at the end of the stream.
func (h *half) enqueue(p *packet) {
	h.pending = append(h.pending, p)
	h.pump()
}

// pump sends what is pending, or arranges for another try if the path is dark.
// Messages wait for the handshake.
func (h *half) pump() {
	n := h.endpoint.network
	if h.silent(n.now) {
		h.fallSilent()
		return
	}
	if h.retrying {
		return
	}
	ready := 0
	for ready < len(h.pending) && (h.state != link.Connecting || h.pending[ready].kind != message) {
		ready++
	}
	if ready == 0 {
		return
	}
	if h.out.isDark(n.now) || h.out.conditions.LossPer10k == 10000 {
		h.retryLater()
		return
	}
	for _, p := range h.pending[:ready] {
		h.depart(p)
	}
	h.pending = slices.Delete(h.pending, 0, ready)
}

// retryLater makes the stream try again after a time-out.
func (h *half) retryLater() {
	n := h.endpoint.network
	h.retrying = true
	n.due.pushAside(n.now+h.out.retransmitAfter(), n.take(h, retry))
}

// depart puts a packet of the stream on the path: its losses are drawn now and
// delay it.
func (h *half) depart(p *packet) {
	n := h.endpoint.network
	losses, transit := h.out.message()
	if p.kind == message {
		h.endpoint.stats.PacketsSent += uint64(1+losses) * p.pieces()
		h.endpoint.stats.BytesSent += uint64(1+losses) * uint64(p.size)
	}
	p.departed = n.now + time.Duration(losses)*h.out.retransmitAfter()
	h.lastArrival = max(h.lastArrival, p.departed+transit)
	n.due.pushAside(h.lastArrival, p)
}

// pieces is how many packets a message fills.
func (p *packet) pieces() uint64 {
	return uint64(max(1, (p.size+link.MaxDatagramBytes-1)/link.MaxDatagramBytes))
}

// silent reports whether the stream sends nothing any more at time t.
func (h *half) silent(t time.Duration) bool {
	return t > h.silentAfter || t > h.endpoint.vanishedAt
}

// fallSilent ends the sending side of the stream.
func (h *half) fallSilent() {
	n := h.endpoint.network
	h.silentAfter = min(h.silentAfter, n.now)
	for _, p := range h.pending {
		n.drop(p)
	}
	h.pending = nil
}

// dropPending takes packets of one kind out of the stream before they leave.
func (h *half) dropPending(k kind) {
	h.pending = slices.DeleteFunc(h.pending, func(p *packet) bool {
		if p.kind == k {
			h.endpoint.network.drop(p)
		}
		return p.kind == k
	})
}

// drop releases a packet of a stream that nobody will read.
func (n *Network) drop(p *packet) {
	if p.kind == message {
		p.from.queuedBytes -= p.cost()
	}
	n.release(p)
}

// streamArrives brings the next packet of a stream to the other side.
func (n *Network) streamArrives(p *packet) {
	sender := p.from
	if sender.broken || sender.silent(p.departed) {
		sender.broken = true
		n.drop(p)
		return
	}
	if p.kind == hello {
		n.greet(p)
		return
	}
	h := sender.far
	if h == nil || h.state == link.Closed {
		n.drop(p)
		return
	}
	switch p.kind {
	case answer:
		n.release(p)
		h.answered()
	case finish:
		n.release(p)
		h.finished()
	default: // a message or the goodbye
		if p.kind == message {
			h.endpoint.stats.PacketsReceived += p.pieces()
			h.endpoint.stats.BytesReceived += uint64(p.size)
		}
		h.parked = append(h.parked, p)
		h.unpark()
	}
}

// unpark moves messages up while the queue has room. The goodbye counts only
// when all messages before it have been read.
func (h *half) unpark() {
	n := h.endpoint.network
	moved := 0
	for _, p := range h.parked {
		if p.kind == goodbye && (h.messages.count > 0 || len(h.feed.arrived) > 0) || h.messages.full() {
			break
		}
		moved++
		if p.kind == goodbye {
			h.shut(&link.CloseError{Code: p.code, Reason: string(p.body()), Remote: true})
			h.fallSilent()
			n.release(p)
			continue
		}
		p.from.queuedBytes -= p.cost()
		n.stamp(p)
		h.messages.push(p)
	}
	h.parked = slices.Delete(h.parked, 0, moved)
}
