package quiclink

import (
	"math"
	"time"

	"github.com/visavis-netcode/visavis/netcode/internal/link"
)

// maxUnreadBytes bounds unread messages, besides link.MessageQueue. When they
// are over it, the stream is not read and flow control holds the peer back.
const maxUnreadBytes = 1 << 20

// arrival is one datagram, message or block.
type arrival struct {
	at time.Duration
	b  []byte
}

// inbox is what has arrived and is unread. A link has two: the network fills
// one while the owner reads the other.
type inbox struct {
	datagrams    [link.DatagramQueue]arrival // a ring
	first, count int
	messages     []arrival // their buffers are used again
	bytes        int       // in messages
	blocks       []arrival // of the feed
	blockBytes   int       // what they count for; at most link.UnreadFeedBytes
}

// addDatagram takes b over. It reports whether the oldest had to go.
func (q *inbox) addDatagram(at time.Duration, b []byte) (dropped bool) {
	if q.count == len(q.datagrams) {
		q.pop()
		dropped = true
	}
	q.datagrams[(q.first+q.count)%len(q.datagrams)] = arrival{at, b}
	q.count++
	return dropped
}

// full reports whether the stream must wait.
func (q *inbox) full() bool {
	return len(q.messages) >= link.MessageQueue || q.bytes >= maxUnreadBytes
}

// addMessage copies b.
func (q *inbox) addMessage(at time.Duration, b []byte) {
	n := len(q.messages)
	if n < cap(q.messages) {
		q.messages = q.messages[:n+1]
	} else {
		q.messages = append(q.messages, arrival{})
	}
	m := &q.messages[n]
	m.at, m.b = at, append(m.b[:0], b...)
	q.bytes += len(b)
}

// takesFeed reports whether there is room for a block of so many bytes.
func (q *inbox) takesFeed(bytes int) bool {
	return q.blockBytes+bytes+feedBlockCost <= link.UnreadFeedBytes
}

// addFeed copies block.
func (q *inbox) addFeed(at time.Duration, block []byte) {
	q.blocks = append(q.blocks, arrival{at, append([]byte(nil), block...)})
	q.blockBytes += len(block) + feedBlockCost
}

func (q *inbox) empty() bool { return q.count == 0 && len(q.messages) == 0 && len(q.blocks) == 0 }

// drain hands out everything, oldest first, and leaves the inbox empty. handle
// may clear it.
func (q *inbox) drain(handle func(link.Kind, time.Duration, []byte)) {
	const none = time.Duration(math.MaxInt64)
	message, block := 0, 0 // the next of either; clear makes the lists empty
	for {
		datagramAt, messageAt, blockAt := none, none, none
		if q.count > 0 {
			datagramAt = q.datagrams[q.first].at
		}
		if message < len(q.messages) {
			messageAt = q.messages[message].at
		}
		if block < len(q.blocks) {
			blockAt = q.blocks[block].at
		}
		switch first := min(datagramAt, messageAt, blockAt); first {
		case none:
			q.clear()
			return
		case datagramAt:
			d := q.pop()
			handle(link.Datagram, d.at, d.b)
		case messageAt:
			m := q.messages[message]
			message++
			handle(link.Message, m.at, m.b)
		default:
			b := q.blocks[block].b
			q.blocks[block].b = nil
			block++
			handle(link.Feed, first, b)
		}
	}
}

// pop takes the oldest datagram.
func (q *inbox) pop() arrival {
	d := q.datagrams[q.first]
	q.datagrams[q.first].b = nil
	q.first = (q.first + 1) % len(q.datagrams)
	q.count--
	return d
}

// clear empties the inbox and keeps the small buffers.
func (q *inbox) clear() {
	const keep = 4096
	for i := range q.messages {
		if cap(q.messages[i].b) > keep {
			q.messages[i].b = nil
		}
	}
	for q.count > 0 {
		q.pop()
	}
	q.messages, q.bytes = q.messages[:0], 0
	clear(q.blocks)
	q.blocks, q.blockBytes = q.blocks[:0], 0
}
