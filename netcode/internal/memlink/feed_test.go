package memlink

import (
	"bytes"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/visavis-netcode/visavis/netcode/internal/link"
)

// feedTo hands blocks of a size to l, numbered from next, as long as it takes them.
func feedTo(tb testing.TB, l link.Link, size, next int) (after int) {
	tb.Helper()
	for ; l.FeedRoom() >= size; next++ {
		if err := l.SendFeed(append(number(next), make([]byte, size-len(number(next)))...)); err != nil {
			tb.Fatalf("block %d of %d bytes: %v", next, size, err)
		}
	}
	return next
}

// blocks receives everything, and returns the numbers of the blocks and when they came.
func blocks(tb testing.TB, l link.Link) (numbers []int, at []time.Duration) {
	tb.Helper()
	l.Receive(func(kind link.Kind, t time.Duration, b []byte) {
		if kind != link.Feed {
			return
		}
		n, err := strconv.Atoi(string(bytes.TrimRight(b, "\x00")))
		if err != nil {
			tb.Fatalf("%d bytes that are no block of this test", len(b))
		}
		numbers, at = append(numbers, n), append(at, t)
	})
	return numbers, at
}

// A feed takes the path's delay, and no more than it carries, whatever else the path
// does to packets; nothing of it is lost.
func TestFeedKeepsThePathsRate(t *testing.T) {
	n, one, two := pair(t, 8)
	n.SetConditions(Conditions{Delay: 50 * ms, Jitter: 40 * ms, LossPer10k: 2000, DuplicatePer10k: 500, FeedBytesPerSecond: 1_000_000})
	const size = 10_000 // 10 ms each
	sent, want := 0, 0
	for range 1000 {
		sent = feedTo(t, one, size, sent)
		n.Advance(10 * ms)
		numbers, at := blocks(t, two)
		for i, number := range numbers {
			if due := 50*ms + time.Duration(want+1)*10*ms; number != want || at[i] != due {
				t.Fatalf("block %d came at %v, where number %d was due at %v", number, at[i], want, due)
			}
			want++
		}
	}
	if want < 990 {
		t.Errorf("%d blocks in 10 s", want)
	}
}

func TestFeedBounds(t *testing.T) {
	n, one, two := pair(t, 1)
	for _, size := range []int{0, link.MaxFeedBytes + 1} {
		if err := one.SendFeed(make([]byte, size)); err != link.ErrClosed {
			t.Errorf("a block of %d bytes: %v", size, err)
		}
	}
	n.SetDark(true)
	sent := feedTo(t, one, link.MaxFeedBytes, 0)
	room := one.FeedRoom()
	if err := one.SendFeed(make([]byte, room+1)); err != link.ErrQueueFull || one.FeedRoom() != room {
		t.Errorf("one byte too many: %v, and room for %d of %d", err, one.FeedRoom(), room)
	}
	if err := one.SendFeed(make([]byte, room)); err != nil {
		t.Errorf("as much as there is room for: %v", err)
	}
	n.Advance(time.Second)
	n.SetDark(false)
	n.Advance(time.Second)
	if got := len(arrivals(two)); got != sent+1 || sent != 15 {
		t.Errorf("%d of %d blocks came after the dark", got, sent+1)
	}
	two.Close(link.CodeLeft, "bye")
	n.Advance(0)
	if err := one.SendFeed([]byte{1}); err != link.ErrClosed || one.FeedRoom() != 0 {
		t.Errorf("on a closed link: %v, with room for %d", err, one.FeedRoom())
	}
}

// Whoever never reads holds a bounded part, of blocks of any length, and loses nothing.
func TestUnreadFeedHoldsTheSenderBack(t *testing.T) {
	for _, size := range []int{5, link.MaxFeedBytes} {
		n, one, two := pair(t, 1)
		n.SetConditions(Conditions{Delay: 50 * ms})
		sent := 0
		for range 100 {
			sent = feedTo(t, one, size, sent)
			n.Advance(10 * ms)
		}
		held := len(two.(*half).feed.arrived)
		if cost := size + feedBlockCost; held != link.UnreadFeedBytes/cost || sent != held+link.FeedQueueBytes/cost {
			t.Errorf("blocks of %d: %d unread, and %d taken in all", size, held, sent)
		}
		send(t, one, []byte("m"))
		n.Advance(50 * ms)
		read := 0
		for range 100 {
			numbers, _ := blocks(t, two)
			for _, number := range numbers {
				if number != read {
					t.Fatalf("block %d in place of %d", number, read)
				}
				read++
			}
			n.Advance(50 * ms)
		}
		if read != sent {
			t.Errorf("%d of %d blocks came in the end", read, sent)
		}
	}
}

// Messages and datagrams arrive as if there were no feed.
func TestFeedHoldsNothingUp(t *testing.T) {
	var with, without []string
	for _, feeds := range []bool{false, true} {
		n, one, two := pair(t, 3)
		n.SetConditions(Conditions{Delay: 50 * ms, Jitter: 20 * ms, LossPer10k: 1000, FeedBytesPerSecond: 100_000})
		var got []string
		for i := range 100 {
			if feeds {
				feedTo(t, one, link.MaxFeedBytes, 0)
			}
			send(t, one, number(i))
			one.SendDatagram(number(i))
			n.Advance(10 * ms)
			got = append(got, slices.DeleteFunc(arrivals(two), func(line string) bool { return line[0] == 'F' })...)
		}
		if feeds {
			with = got
		} else {
			without = got
		}
	}
	if !slices.Equal(with, without) || len(with) < 150 {
		t.Errorf("with a feed came %q, without %q", with, without)
	}
}

// A feed that is closed with its link is gone, but what was read before the end.
func TestFeedEndsWithTheLink(t *testing.T) {
	for _, end := range []string{"closes", "vanishes"} {
		n, one, two := pair(t, 1)
		n.SetConditions(Conditions{Delay: 50 * ms, FeedBytesPerSecond: 1_000_000})
		sent := feedTo(t, one, 10_000, 0)
		n.Advance(95 * ms)
		if end == "closes" {
			one.Close(link.CodeLeft, "bye")
		} else {
			n.Endpoint(0).Vanish()
		}
		n.Advance(10 * time.Second)
		got, _ := blocks(t, two)
		if len(got) != 9 || sent < 40 {
			t.Errorf("%s: %d of %d blocks came", end, len(got), sent)
		}
		two.Receive(nil)
		if closed := two.State() == link.Closed; closed != (end == "closes") {
			t.Errorf("%s: state %v", end, two.State())
		}
	}
}

// What is fed before the other side knows of the link comes when it does.
func TestFeedOfTheFirstFlight(t *testing.T) {
	n := NewNetwork(1, 2)
	a, b := n.NewEndpoint(link.Key{1}), n.NewEndpoint(link.Key{2})
	n.SetConditions(Conditions{Delay: 50 * ms, Jitter: 50 * ms})
	one := a.Dial(b.Addr(), nil)
	sent := feedTo(t, one, 1000, 0)
	n.Advance(time.Second)
	got, _ := blocks(t, b.Accept())
	if len(got) != sent {
		t.Errorf("%d of %d blocks came", len(got), sent)
	}
}
