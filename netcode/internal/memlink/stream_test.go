package memlink

import (
	"fmt"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/visavis-netcode/visavis/netcode/internal/link"
)

func TestMessagesKeepTheirOrder(t *testing.T) {
	n, one, two := pair(t, 8)
	n.SetConditions(Conditions{Delay: 50 * ms, Jitter: 40 * ms, LossPer10k: 2000})
	next, late := 0, 0
	check := func(kind link.Kind, at time.Duration, b []byte) {
		i, err := strconv.Atoi(string(b))
		if kind != link.Message || err != nil || i != next {
			t.Fatalf("received %q as number %d", b, next)
		}
		sent := time.Duration(i) * 10 * ms
		if at < sent+10*ms {
			t.Fatalf("message %d took %v", i, at-sent)
		}
		if at > sent+90*ms {
			late++
		}
		next++
	}
	for i := range 1000 {
		send(t, one, number(i))
		n.Advance(10 * ms)
		two.Receive(check)
	}
	n.Advance(10 * time.Second)
	two.Receive(check)
	if next != 1000 {
		t.Errorf("%d of 1000 messages arrived", next)
	}
	if late < 200 {
		t.Errorf("%d of 1000 were late at 20 %% loss: a loss must cost a retransmission", late)
	}
}

func TestMessagesWaitInTheDark(t *testing.T) {
	n, one, two := pair(t, 1)
	n.SetConditions(Conditions{Delay: 50 * ms})
	n.Blackout(0, 2*time.Second)
	send(t, one, []byte("a"))
	n.Advance(time.Second)
	send(t, one, []byte("b"))
	n.Advance(time.Second)
	if got := arrivals(two); len(got) != 0 {
		t.Fatalf("through the dark came %q", got)
	}
	n.Advance(time.Second)
	// A try every 125 ms (round trip and 25 ms): the sixteenth is at 2 s.
	if got := arrivals(two); !slices.Equal(got, []string{"M 2.05s a", "M 2.05s b"}) {
		t.Errorf("after the dark came %q", got)
	}
	n.Path(0, 1).SetConditions(Conditions{LossPer10k: 10000})
	send(t, one, []byte("c"))
	n.Advance(time.Second)
	n.Path(0, 1).SetConditions(Conditions{})
	n.Advance(time.Second)
	if got := arrivals(two); len(got) != 1 {
		t.Errorf("after total loss came %q, want the one message", got)
	}
}

func TestUnreadMessagesHoldTheSenderBack(t *testing.T) {
	n, one, two := pair(t, 1)
	body := make([]byte, 3000)
	sent := 0
	for one.Send(body) == nil {
		sent++
		n.Advance(0)
	}
	if want := link.MessageQueue + link.SendQueueBytes/len(body); sent != want {
		t.Errorf("%d messages were taken, want %d: a full queue there and a full queue here", sent, want)
	}
	if err := one.Send(body); err != link.ErrQueueFull {
		t.Errorf("then Send returned %v, want ErrQueueFull", err)
	}
	one.Close(link.CodeDone, "bye")
	n.Advance(0)
	received := 0
	for call := 0; two.State() != link.Closed; call++ {
		if call > sent {
			t.Fatal("the close never came")
		}
		batch := len(arrivals(two))
		if batch > link.MessageQueue {
			t.Errorf("one Receive handed out %d messages, more than the queue holds", batch)
		}
		received += batch
	}
	if received != sent {
		t.Errorf("%d of %d arrived before the close", received, sent)
	}
}

func TestManySmallMessagesAreBounded(t *testing.T) {
	n, one, two := pair(t, 1)
	n.SetDark(true)
	sent := 0
	for one.Send(nil) == nil {
		sent++
	}
	if sent != link.SendQueueBytes/64 {
		t.Errorf("%d empty messages were taken", sent)
	}
	n.SetDark(false)
	received := 0
	for range 1000 {
		n.Advance(100 * ms)
		received += len(arrivals(two))
	}
	if received != sent {
		t.Errorf("%d of %d arrived", received, sent)
	}
	if err := one.Send(nil); err != nil {
		t.Errorf("after that: %v", err)
	}
}

func TestTheDarkCostsOneTimerPerLink(t *testing.T) {
	n, one, _ := pair(t, 1)
	n.Advance(time.Minute) // the handshake's timers
	n.SetDark(true)
	for range 100 {
		send(t, one, []byte("x"))
	}
	for range 10 {
		n.Advance(25 * ms)
		if timers := len(n.due.heap); timers != 1 {
			t.Fatalf("%d timers for one link", timers)
		}
	}
}

// A close has three seconds to leave, one to a stranger and when the endpoint is closed;
// after that the other side never hears of it.
func TestCloseInTheDark(t *testing.T) {
	for _, c := range []struct {
		dark  time.Duration
		ends  string
		heard bool
	}{
		{2700 * ms, "link", true}, {3500 * ms, "link", false},
		{800 * ms, "endpoint", true}, {1500 * ms, "endpoint", false},
		{800 * ms, "stranger", true}, {1500 * ms, "stranger", false},
	} {
		n, one, two := pair(t, 1)
		if c.ends == "stranger" {
			one, two = two, one
		}
		now := n.Now()
		n.Blackout(now, now+c.dark)
		send(t, one, []byte("last words"))
		if c.ends == "endpoint" {
			n.Endpoint(0).Close()
		} else {
			one.Close(link.CodeLeft, "bye")
		}
		n.Advance(10 * time.Second)
		got := len(arrivals(two)) == 1 && two.State() == link.Closed
		if got != c.heard {
			t.Errorf("%s, dark for %v: heard is %v, want %v (state %v)", c.ends, c.dark, got, c.heard, two.State())
		}
		if _, ok := n.NextEvent(); ok {
			t.Errorf("dark for %v: somebody still tries", c.dark)
		}
	}
}

func TestVanish(t *testing.T) {
	n, one, two := pair(t, 1)
	n.SetConditions(Conditions{Delay: 50 * ms})
	one.SendDatagram([]byte("on its way"))
	send(t, one, []byte("so is this"))
	n.Endpoint(0).Vanish()
	one.SendDatagram([]byte("never"))
	if err := one.Send([]byte("never")); err != link.ErrClosed {
		t.Errorf("Send of a vanished endpoint: %v", err)
	}
	if one.State() != link.Closed || n.Endpoint(0).Accept() != nil {
		t.Error("a vanished endpoint still has an open link")
	}
	send(t, two, []byte("anybody there?"))
	two.SendDatagram([]byte("hello?"))
	n.Advance(time.Minute)
	if got := arrivals(two); !slices.Equal(got, []string{"D 50ms on its way", "M 50ms so is this"}) {
		t.Errorf("the other side received %q", got)
	}
	if two.State() != link.Open {
		t.Errorf("the other side is in state %v: it must only hear nothing", two.State())
	}
	if got := arrivals(one); len(got) != 0 {
		t.Errorf("the dead received %q", got)
	}
}

func TestVanishEndsACloseThatWaits(t *testing.T) {
	n, one, two := pair(t, 1)
	n.SetDark(true)
	one.Close(link.CodeLeft, "bye")
	n.Advance(100 * ms)
	n.Endpoint(0).Vanish()
	n.SetDark(false)
	n.Advance(time.Minute)
	if two.State() != link.Open {
		t.Errorf("heard from the dead: %+v", two.Err())
	}
}

// What was lost before the end is never sent again, and what came after it in
// the stream is never read.
func TestVanishedEndpointsRetransmitNothing(t *testing.T) {
	whole, cut := 0, 0
	for seed := range uint64(100) {
		n, one, two := pair(t, seed)
		n.SetConditions(Conditions{Delay: 50 * ms, LossPer10k: 3000})
		for i := range 4 {
			send(t, one, number(i))
		}
		n.Endpoint(0).Vanish()
		n.Advance(time.Minute)
		got := arrivals(two)
		for i, line := range got {
			if line != fmt.Sprintf("M 50ms %d", i) {
				t.Fatalf("seed %d: received %q", seed, got)
			}
		}
		if len(got) == 4 {
			whole++
		} else {
			cut++
		}
	}
	if whole < 10 || cut < 50 {
		t.Errorf("%d streams arrived whole and %d cut; expected 24 and 76 at 30 %% loss", whole, cut)
	}
}
