package memlink

import (
	"time"

	"github.com/visavis-netcode/visavis/netcode/internal/link"
)

// feed is one side's part in the bulk lane: what it sends, and what has come.
type feed struct {
	half        *half
	pending     []*packet     // the owner's, not on the path yet; at most FeedQueueBytes
	queuedBytes int           // what they count for
	aheadBytes  int           // what is on the path, or arrived and unread: the far side has room for UnreadFeedBytes
	pathFreeAt  time.Duration // when the path has passed on what it was given
	lastArrival time.Duration // blocks keep their order
	endsAt      time.Duration // nothing leaves after that
	retrying    bool          // a retry is due
	arrived     []*packet     // unread
}

// SendFeed implements link.Link.
func (h *half) SendFeed(block []byte) error {
	switch {
	case h.state == link.Closed || len(block) == 0 || len(block) > link.MaxFeedBytes:
		return link.ErrClosed
	case len(block) > h.FeedRoom():
		return link.ErrQueueFull
	}
	p := h.endpoint.network.take(h, feedBlock)
	p.fill(block)
	h.feed.queuedBytes += p.feedCost()
	h.feed.pending = append(h.feed.pending, p)
	h.feed.pump()
	return nil
}

// FeedRoom implements link.Link.
func (h *half) FeedRoom() int {
	if h.state == link.Closed {
		return 0
	}
	return max(0, link.FeedQueueBytes-h.feed.queuedBytes-feedBlockCost)
}

// feedBlockCost is what a block counts for besides its bytes, so that the number of
// tiny ones is bounded as well.
const feedBlockCost = 64

func (p *packet) feedCost() int { return p.size + feedBlockCost }

// pump sends blocks as far as the other side has room for them, or arranges for
// another try if the path is dark.
func (f *feed) pump() {
	h := f.half
	n := h.endpoint.network
	for h.state == link.Open && !f.retrying && len(f.pending) > 0 {
		p := f.pending[0]
		if f.aheadBytes+p.feedCost() > link.UnreadFeedBytes {
			return
		}
		if h.out.isDark(n.now) || h.out.conditions.LossPer10k == 10000 {
			f.retrying = true
			n.due.pushAside(n.now+h.out.retransmitAfter(), n.take(h, feedRetry))
			return
		}
		f.pending = f.pending[1:]
		f.queuedBytes -= p.feedCost()
		f.aheadBytes += p.feedCost()
		f.pathFreeAt = max(n.now, f.pathFreeAt) + h.out.passing(p.size)
		p.departed = f.pathFreeAt
		f.lastArrival = max(f.lastArrival, p.departed+h.out.conditions.Delay)
		h.endpoint.stats.PacketsSent += p.pieces()
		h.endpoint.stats.BytesSent += uint64(p.size)
		n.due.pushAside(f.lastArrival, p)
	}
}

// passing is how long the path takes to pass on so many bytes of a feed.
func (p *Path) passing(bytes int) time.Duration {
	if p.conditions.FeedBytesPerSecond == 0 {
		return 0
	}
	return time.Duration(bytes) * time.Second / time.Duration(p.conditions.FeedBytesPerSecond)
}

// blockArrives queues a block for the owner, unless its sender was gone before it
// left.
func (n *Network) blockArrives(p *packet) {
	h := p.from.far
	if p.departed > p.from.feed.endsAt || h.state == link.Closed {
		n.release(p)
		return
	}
	h.endpoint.stats.PacketsReceived += p.pieces()
	h.endpoint.stats.BytesReceived += uint64(p.size)
	n.stamp(p)
	h.feed.arrived = append(h.feed.arrived, p)
}

// pop takes the oldest block.
func (f *feed) pop() *packet {
	p := f.arrived[0]
	f.arrived[0] = nil
	f.arrived = f.arrived[1:]
	p.from.feed.aheadBytes -= p.feedCost()
	return p
}

// end forgets what is not on the path yet.
func (f *feed) end() {
	n := f.half.endpoint.network
	f.endsAt = n.now
	for _, p := range f.pending {
		n.release(p)
	}
	f.pending = nil
}
