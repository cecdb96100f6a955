package quiclink

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"math/rand/v2"
	"net/netip"
	"slices"
	"testing"
	"testing/iotest"
	"time"

	"github.com/quic-go/quic-go"

	"github.com/visavis-netcode/visavis/netcode/internal/link"
)

// bulk is blocks of all lengths, of the same bytes for the same seed.
func bulk(seed uint64, blocks int) (all [][]byte) {
	random := rand.New(rand.NewPCG(seed, 0))
	for range blocks {
		size := 1 + random.IntN(link.MaxFeedBytes)
		if random.IntN(4) == 0 {
			size = 1 + random.IntN(3)
		}
		block := make([]byte, size)
		for i := range block {
			block[i] = byte(random.Uint32())
		}
		all = append(all, block)
	}
	return all
}

// feeding hands blocks to a link as it takes them.
func feeding(t *testing.T, l link.Link, blocks [][]byte) (rest [][]byte) {
	t.Helper()
	for len(blocks) > 0 && len(blocks[0]) <= l.FeedRoom() {
		if err := l.SendFeed(blocks[0]); err != nil {
			t.Fatalf("a block of %d bytes, with room for %d: %v", len(blocks[0]), l.FeedRoom(), err)
		}
		blocks = blocks[1:]
	}
	return blocks
}

// TestFeed: blocks arrive whole and in order, both ways at once, over a path that
// loses packets.
func TestFeed(t *testing.T) {
	inBubble(t, func(t *testing.T, n *simNet, a, b *Endpoint) {
		d, l := connect(t, a, b)
		random := rand.New(rand.NewPCG(1, 2))
		n.set(func(n *simNet) {
			n.drop = func(netip.AddrPort, netip.AddrPort, []byte) bool { return random.IntN(50) == 0 }
		})
		type end struct {
			link.Link
			sends, expects [][]byte
		}
		there, back := bulk(1, 200), bulk(2, 300)
		ends := []*end{{d, there, back}, {l, back, there}}
		for deadline := time.Now().Add(time.Minute); len(ends[0].expects)+len(ends[1].expects) > 0; time.Sleep(10 * time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatalf("%d and %d blocks have not come", len(ends[0].expects), len(ends[1].expects))
			}
			for _, e := range ends {
				e.sends = feeding(t, e, e.sends)
				e.Receive(func(kind link.Kind, _ time.Duration, b []byte) {
					if kind != link.Feed || len(e.expects) == 0 || !bytes.Equal(b, e.expects[0]) {
						t.Fatalf("kind %v, %d bytes: not the next block", kind, len(b))
					}
					e.expects = e.expects[1:]
				})
			}
		}
	})
}

func TestFeedBounds(t *testing.T) {
	inBubble(t, func(t *testing.T, n *simNet, a, b *Endpoint) {
		d := a.Dial(b.Addr(), nil) // and nothing leaves before it is open
		for _, size := range []int{0, link.MaxFeedBytes + 1} {
			if err := d.SendFeed(make([]byte, size)); err != link.ErrClosed {
				t.Errorf("a block of %d bytes: %v", size, err)
			}
		}
		queued := 0
		for d.FeedRoom() >= link.MaxFeedBytes {
			if err := d.SendFeed(make([]byte, link.MaxFeedBytes)); err != nil {
				t.Fatal(err)
			}
			queued++
		}
		room := d.FeedRoom()
		if err := d.SendFeed(make([]byte, room+1)); err != link.ErrQueueFull || d.FeedRoom() != room {
			t.Errorf("one byte too many: %v, and room for %d of %d", err, d.FeedRoom(), room)
		}
		if err := d.SendFeed(make([]byte, room)); err != nil {
			t.Errorf("as much as there is room for: %v", err)
		}
		if err := d.SendFeed([]byte{1}); err != link.ErrQueueFull || d.FeedRoom() != 0 {
			t.Errorf("on a full queue: %v, with room for %d", err, d.FeedRoom())
		}
		l := accept(t, b)
		time.Sleep(5 * time.Second)
		got := len(received(l, link.Feed))
		time.Sleep(time.Second)
		if got += len(received(l, link.Feed)); got != queued+1 || queued < 15 {
			t.Errorf("%d of %d blocks came", got, queued+1)
		}
		if d.State() != link.Open {
			t.Errorf("a full queue closed the link: %+v", d.Err())
		}
		d.Close(link.CodeLeft, "bye")
		if err := d.SendFeed([]byte{1}); err != link.ErrClosed || d.FeedRoom() != 0 {
			t.Errorf("on a closed link: %v, with room for %d", err, d.FeedRoom())
		}
	})
}

// TestUnreadFeedHoldsTheSenderBack: whoever never polls holds a bounded part of a
// feed, of blocks of any length, and loses nothing of it; messages come through.
func TestUnreadFeedHoldsTheSenderBack(t *testing.T) {
	for _, size := range []int{1, link.MaxFeedBytes} {
		inBubble(t, func(t *testing.T, n *simNet, a, b *Endpoint) {
			d, l := connect(t, a, b)
			sent := 0
			fill := func(d link.Link) {
				for d.FeedRoom() >= size {
					if err := d.SendFeed(slices.Repeat([]byte{byte(sent)}, size)); err != nil {
						t.Fatal(err)
					}
					sent++
				}
			}
			for range 1000 {
				fill(d)
				time.Sleep(10 * time.Millisecond)
			}
			if bytes := sent * (size + feedHeaderBytes); bytes > link.FeedQueueBytes+link.UnreadFeedBytes+maxStreamWindow {
				t.Errorf("%d bytes were taken by a link whose other side reads nothing", bytes)
			}
			inbox := l.(*Link).inbox
			if n := len(inbox.blocks); n*(size+feedBlockCost) > link.UnreadFeedBytes || n*(size+feedBlockCost) < link.UnreadFeedBytes-2*link.MaxFeedBytes {
				t.Errorf("%d blocks of %d bytes are unread", n, size)
			}
			now := b.Now()
			send(t, d, []byte("hello"))
			time.Sleep(time.Second)
			got, next := 0, 0
			for range 1000 {
				l.Receive(func(kind link.Kind, at time.Duration, b []byte) {
					if kind == link.Message {
						got++
						if at-now > 50*time.Millisecond {
							t.Errorf("a message beside the feed took %v", at-now)
						}
						return
					}
					if len(b) != size || b[0] != byte(next) {
						t.Fatalf("block %d is another", next)
					}
					next++
				})
				time.Sleep(10 * time.Millisecond)
			}
			if next != sent || got != 1 {
				t.Errorf("%d of %d blocks came, and %d messages", next, sent, got)
			}
		})
	}
}

func send(t *testing.T, l link.Link, b []byte) {
	t.Helper()
	if err := l.Send(b); err != nil {
		t.Fatal(err)
	}
}

// TestMessagesPassAFeed: on a narrow line that a feed fills, messages go before all of
// the feed that is not on the line yet.
func TestMessagesPassAFeed(t *testing.T) {
	inBubble(t, func(t *testing.T, n *simNet, a, b *Endpoint) {
		d, l := connect(t, a, b)
		n.set(func(n *simNet) { n.rate, n.queue = 500_000, 40*time.Millisecond })
		block := make([]byte, link.MaxFeedBytes)
		const length = 16 << 10 // 33 ms of the line
		fed, messages := 0, []time.Duration{}
		var sentAt time.Duration
		for tick := range 2000 {
			for d.FeedRoom() >= len(block) {
				if err := d.SendFeed(block); err != nil {
					t.Fatal(err)
				}
			}
			if tick%50 == 0 && tick > 200 {
				sentAt = a.Now()
				send(t, d, make([]byte, length))
			}
			time.Sleep(10 * time.Millisecond)
			l.Receive(func(kind link.Kind, at time.Duration, b []byte) {
				switch kind {
				case link.Feed:
					fed += len(b)
				case link.Message:
					messages = append(messages, at-sentAt-ahead(a, l))
				}
			})
		}
		slices.Sort(messages)
		// Half a round trip is 20 ms, the line takes 33 ms and holds 40 ms of the feed:
		// to share it with the feed would be another 33 ms.
		if len(messages) != 35 || messages[len(messages)/2] > 100*time.Millisecond || messages[len(messages)-1] > 250*time.Millisecond {
			t.Errorf("%d messages took %v", len(messages), messages)
		}
		if fed < 8_000_000 {
			t.Errorf("%d bytes of the feed came, of 10,000,000 that the line carries", fed)
		}
	})
}

// ahead is how far the clock of l's endpoint is ahead of a's.
func ahead(a *Endpoint, l link.Link) time.Duration { return l.(*Link).e.Now() - a.Now() }

// TestMalformedFeeds: each of these ends the link, and nothing else.
func TestMalformedFeeds(t *testing.T) {
	for name, c := range map[string]struct {
		bytes []byte
		ends  bool
	}{
		"an empty block":    {[]byte{0, 0}, false},
		"too large":         {binary.BigEndian.AppendUint16(nil, link.MaxFeedBytes+1), false},
		"the largest there": {[]byte{0xff, 0xff}, false},
		"after a good one":  {[]byte{0, 1, 'x', 0, 0}, false},
		"its end":           {nil, true},
		"half a block":      {[]byte{0, 2, 'x'}, true},
		"half a length":     {[]byte{0}, true},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, n *simNet, a, b *Endpoint) {
				d, l := connect(t, a, b)
				s := newStranger(t, n, "10.0.0.3:1")
				defer s.close()
				conn, err := s.dial(b.Addr())
				if err != nil {
					t.Fatal(err)
				}
				stream, err := conn.OpenStream()
				if err != nil {
					t.Fatal(err)
				}
				if _, err := stream.Write([]byte{preamble}); err != nil {
					t.Fatal(err)
				}
				bad := accept(t, b)
				_, feed := openLanes(conn)
				if feed == nil {
					t.Fatal("no feed is taken")
				}
				if _, err := conn.OpenUniStream(); err == nil {
					t.Error("three streams may be opened")
				}
				if _, err := feed.Write(c.bytes); err != nil {
					t.Fatal(err)
				}
				if c.ends {
					feed.Close()
				}
				if end := awaitClosed(t, b, bad); end.Code != link.CodeProtocol || end.Remote {
					t.Errorf("got %+v", end)
				}
				<-conn.Context().Done()
				var closed *quic.ApplicationError
				if err := context.Cause(conn.Context()); !errors.As(err, &closed) || closed.ErrorCode != quic.ApplicationErrorCode(link.CodeProtocol) {
					t.Errorf("the stranger hears %v", err)
				}
				d.Send([]byte("still here"))
				time.Sleep(time.Second)
				if got := received(l, link.Message); len(got) != 1 {
					t.Errorf("the other link suffers: got %q", got)
				}
			})
		})
	}
}

// FuzzBlocks takes any feed apart. Whatever the reader accepts must be what
// feedBuffer writes, and it must not matter how the bytes are cut.
func FuzzBlocks(f *testing.F) {
	f.Add([]byte{})
	f.Add([]byte{0, 0})
	f.Add([]byte{0, 1, 'x', 0, 2, 'y', 'z'})
	f.Add([]byte{0x40, 0, 'x'})
	f.Add([]byte{0x40, 1, 'x'})
	f.Fuzz(func(t *testing.T, stream []byte) {
		whole := blockReader{r: bufio.NewReader(bytes.NewReader(stream))}
		bytewise := blockReader{r: bufio.NewReader(iotest.OneByteReader(bytes.NewReader(stream)))}
		var buffer feedBuffer
		var again []byte
		for {
			block, err := whole.next()
			other, otherErr := bytewise.next()
			if !bytes.Equal(block, other) || err != otherErr {
				t.Fatalf("cut differently: %q %v, %q %v", block, err, other, otherErr)
			}
			if err != nil {
				if err != errFrame && err != io.EOF && err != io.ErrUnexpectedEOF {
					t.Fatalf("unexpected error %v", err)
				}
				break
			}
			if len(block) == 0 || len(block) > link.MaxFeedBytes {
				t.Fatalf("a block of %d bytes", len(block))
			}
			buffer.put(block)
			for buffer.count > 0 {
				b := buffer.next()
				again = append(again, b...)
				buffer.drop(len(b))
			}
		}
		if !bytes.HasPrefix(stream, again) {
			t.Fatalf("%x was read from %x", again, stream)
		}
	})
}
