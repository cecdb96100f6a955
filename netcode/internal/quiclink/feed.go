package quiclink

import (
	"bufio"
	"encoding/binary"
	"io"

	"github.com/quic-go/quic-go"

	"github.com/visavis-netcode/visavis/netcode/internal/link"
)

const (
	feedHeaderBytes = 2 // a block's length, big-endian
	// feedUrgency is quic-go's lowest: what else there is to be sent goes first.
	feedUrgency = 7
	// feedWriteBytes is written at a time, so that SendFeed finds room bit by bit.
	feedWriteBytes = link.MaxFeedBytes
	// feedBlockCost is what each unread block counts for besides its bytes: a list of
	// tiny ones takes memory, too.
	feedBlockCost = 64
)

// feedBuffer is the blocks that wait to be written: a ring, made when the first one
// comes.
type feedBuffer struct {
	ring        []byte
	head, count int // in bytes
}

// room is how large a block may be that still fits.
func (f *feedBuffer) room() int { return max(0, link.FeedQueueBytes-f.count-feedHeaderBytes) }

// put appends a block, for which there is room.
func (f *feedBuffer) put(block []byte) {
	if f.ring == nil {
		f.ring = make([]byte, link.FeedQueueBytes)
	}
	f.write(binary.BigEndian.AppendUint16(nil, uint16(len(block))))
	f.write(block)
}

func (f *feedBuffer) write(b []byte) {
	for len(b) > 0 {
		n := copy(f.ring[(f.head+f.count)%len(f.ring):], b)
		f.count += n
		b = b[n:]
	}
}

// next is what is to be written next. It stays as it is until drop.
func (f *feedBuffer) next() []byte {
	return f.ring[f.head:min(f.head+min(f.count, feedWriteBytes), len(f.ring))]
}

// drop makes room after so many bytes have been written.
func (f *feedBuffer) drop(n int) {
	f.head = (f.head + n) % len(f.ring)
	f.count -= n
}

// feedLane is a link's feed, both ways. Owner: the link.
type feedLane struct {
	link  *Link
	out   feedBuffer    // under the link's lock
	ready chan struct{} // out is not empty; at most one token
	space chan struct{} // the inbox was emptied; likewise
}

func newFeedLane(l *Link) feedLane {
	return feedLane{link: l, ready: make(chan struct{}, 1), space: make(chan struct{}, 1)}
}

// SendFeed implements link.Link.
func (l *Link) SendFeed(block []byte) error {
	if len(block) == 0 || len(block) > link.MaxFeedBytes {
		return link.ErrClosed
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.left || l.err != nil:
		return link.ErrClosed
	case len(block) > l.feed.out.room():
		return link.ErrQueueFull
	}
	l.feed.out.put(block)
	signal(l.feed.ready)
	return nil
}

// FeedRoom implements link.Link.
func (l *Link) FeedRoom() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.left || l.err != nil {
		return 0
	}
	return l.feed.out.room()
}

// send writes the feed on a stream of its own, which the peer hears of with the
// first block. What is not written when the owner closes the link never will be.
func (f *feedLane) send(conn *quic.Conn, stream *quic.SendStream) {
	l := f.link
	for {
		select {
		case <-f.ready:
		case <-conn.Context().Done():
			return
		}
		if stream == nil {
			l.end(closed(link.CodeProtocol, "the other side takes no feed"))
			conn.CloseWithError(quic.ApplicationErrorCode(link.CodeProtocol), "no feed")
			return
		}
		for {
			l.mu.Lock()
			if l.left || f.out.count == 0 {
				l.mu.Unlock()
				break
			}
			b := f.out.next()
			l.mu.Unlock()
			if _, err := stream.Write(b); err != nil {
				return // the connection is over
			}
			l.mu.Lock()
			f.out.drop(len(b))
			l.mu.Unlock()
		}
	}
}

// openLanes opens the streams that this side only writes on. Their order tells the
// peer which is which: the rider of sendDatagrams comes first, on which nothing is
// sent, and the feed second. Neither costs anything before it is used. They are nil with
// a peer that does not allow them.
func openLanes(conn *quic.Conn) (rider, feed *quic.SendStream) {
	rider, err := conn.OpenUniStream()
	if err != nil {
		return nil, nil
	}
	if feed, err = conn.OpenUniStream(); err != nil {
		return rider, nil
	}
	feed.SetPriority(feedUrgency, true)
	return rider, feed
}

// receive takes the peer's feed apart, if it ever sends any.
func (f *feedLane) receive(conn *quic.Conn) {
	l := f.link
	if _, err := conn.AcceptUniStream(conn.Context()); err != nil { // its rider
		return
	}
	stream, err := conn.AcceptUniStream(conn.Context())
	if err != nil {
		return
	}
	blocks := blockReader{r: bufio.NewReaderSize(stream, 2048)}
	for {
		block, err := blocks.next()
		if err != nil {
			l.violated(conn, err)
			return
		}
		if !f.deliver(conn, block) {
			return
		}
	}
}

// deliver puts a block into the inbox. It waits as long as there is no room, and
// the peer is held back by flow control.
func (f *feedLane) deliver(conn *quic.Conn, block []byte) bool {
	l := f.link
	for {
		l.mu.Lock()
		if l.left || l.inbox.takesFeed(len(block)) {
			if !l.left {
				l.inbox.addFeed(l.e.Now(), block)
				l.notify()
			}
			l.mu.Unlock()
			return true
		}
		l.mu.Unlock()
		select {
		case <-f.space:
		case <-conn.Context().Done():
			return false
		}
	}
}

// blockReader takes a feed apart. It never holds more than one block.
type blockReader struct {
	r   *bufio.Reader
	buf [link.MaxFeedBytes]byte
}

// next returns the next block, valid until the next call. Any error but errFrame is
// the stream's.
func (f *blockReader) next() ([]byte, error) {
	header := f.buf[:feedHeaderBytes]
	if _, err := io.ReadFull(f.r, header); err != nil {
		return nil, err
	}
	size := int(binary.BigEndian.Uint16(header))
	if size == 0 || size > link.MaxFeedBytes {
		return nil, errFrame
	}
	block := f.buf[:size]
	if _, err := io.ReadFull(f.r, block); err != nil {
		return nil, err
	}
	return block, nil
}
