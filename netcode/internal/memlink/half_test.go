package memlink

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/visavis-netcode/visavis/netcode/internal/link"
)

func TestArrivalsComeInOneOrder(t *testing.T) {
	n, one, two := pair(t, 1)
	n.SetConditions(Conditions{Delay: 20 * ms})
	one.SendDatagram([]byte("a"))
	send(t, one, []byte("b"))
	one.SendDatagram([]byte("c"))
	one.SendAlso([]byte("also"))
	n.Advance(20*ms - 1)
	if got := arrivals(two); len(got) != 0 {
		t.Errorf("before the delay is over %q arrived", got)
	}
	n.Advance(1)
	send(t, one, []byte("d"))
	n.Advance(time.Second)
	want := []string{"D 20ms a", "M 20ms b", "D 20ms c", "D 20ms also", "M 40ms d"}
	if got := arrivals(two); !slices.Equal(got, want) {
		t.Errorf("received %q, want %q", got, want)
	}
	if got := arrivals(two); len(got) != 0 {
		t.Errorf("a second Receive handed out %q", got)
	}
}

func TestArrivalIsInTheReceiversClock(t *testing.T) {
	n, one, two := pair(t, 1)
	n.Endpoint(1).SetClock(time.Hour)
	n.SetConditions(Conditions{Delay: 20 * ms})
	one.SendDatagram([]byte("x"))
	n.Advance(30 * ms)
	if got := arrivals(two); !slices.Equal(got, []string{"D 1h0m0.02s x"}) {
		t.Errorf("received %q", got)
	}
	if a, b := n.Endpoint(0).Now(), n.Endpoint(1).Now(); a != 30*ms || b != time.Hour+30*ms {
		t.Errorf("the clocks show %v and %v", a, b)
	}
}

func TestSentBytesAreCopied(t *testing.T) {
	n, one, two := pair(t, 1)
	body := []byte("before")
	one.SendDatagram(body)
	send(t, one, body)
	copy(body, "after!")
	n.Advance(0)
	if got := arrivals(two); !slices.Equal(got, []string{"D 0s before", "M 0s before"}) {
		t.Errorf("received %q", got)
	}
}

func TestSizes(t *testing.T) {
	n, one, two := pair(t, 1)
	one.SendDatagram(nil)
	one.SendDatagram(make([]byte, link.MaxDatagramBytes))
	one.SendDatagram(make([]byte, link.MaxDatagramBytes+1))
	messages := []int{0, 1, link.MaxDatagramBytes, link.MaxDatagramBytes + 1, link.MaxMessageBytes}
	for _, size := range messages {
		send(t, one, bytes.Repeat([]byte{7}, size))
	}
	if err := one.Send(make([]byte, link.MaxMessageBytes+1)); err != link.ErrClosed {
		t.Errorf("a message over the limit: %v, want ErrClosed", err)
	}
	n.Advance(0)
	var sizes []int
	two.Receive(func(kind link.Kind, _ time.Duration, b []byte) {
		sizes = append(sizes, len(b))
		if kind == link.Message && bytes.Count(b, []byte{7}) != len(b) {
			t.Errorf("a message of %d bytes is damaged", len(b))
		}
	})
	want := []int{0, link.MaxDatagramBytes, 0, 1, link.MaxDatagramBytes, link.MaxDatagramBytes + 1, link.MaxMessageBytes}
	if !slices.Equal(sizes, want) {
		t.Errorf("sizes %v, want %v", sizes, want)
	}
	for range messages { // in buffers that were used before
		send(t, one, []byte("small"))
	}
	n.Advance(0)
	for _, line := range arrivals(two) {
		if line != "M 0s small" {
			t.Errorf("a used buffer brought %.40q", line)
		}
	}
	if got := n.Endpoint(0).Stats().SendErrors; got != 1 {
		t.Errorf("%d send errors, want 1 for the datagram over the limit", got)
	}
}

func TestFullDatagramQueueDropsTheOldest(t *testing.T) {
	n, one, two := pair(t, 1)
	for i := range link.DatagramQueue + 10 {
		one.SendDatagram(number(i))
	}
	n.Advance(0)
	got := arrivals(two)
	if len(got) != link.DatagramQueue || got[0] != "D 0s 10" {
		t.Errorf("%d are left, the first is %q; want %d from number 10", len(got), got[0], link.DatagramQueue)
	}
	stats := two.Stats()
	if stats.DatagramsReceived != link.DatagramQueue+10 || stats.DatagramsDropped != 10 {
		t.Errorf("stats are %+v", stats)
	}
}

func TestStats(t *testing.T) {
	n, one, two := pair(t, 1)
	n.Path(0, 1).SetConditions(Conditions{Delay: 30 * ms, LossPer10k: 10000})
	n.Path(1, 0).SetConditions(Conditions{Delay: 20 * ms})
	for range 5 {
		one.SendDatagram(make([]byte, 100))
		two.SendDatagram(make([]byte, 10))
	}
	send(t, two, make([]byte, 3000))
	n.Advance(time.Second)
	want := link.Stats{RTT: 50 * ms, DatagramsSent: 5, DatagramBytesSent: 500, DatagramsReceived: 5}
	if got := one.Stats(); got != want {
		t.Errorf("link stats %+v, want %+v", got, want)
	}
	if got, want := n.Endpoint(0).Stats(), (link.EndpointStats{PacketsSent: 5, BytesSent: 500, PacketsReceived: 8, BytesReceived: 3050}); got != want {
		t.Errorf("lossy endpoint's stats %+v, want %+v: sent counts before loss", got, want)
	}
	if got, want := n.Endpoint(1).Stats(), (link.EndpointStats{PacketsSent: 8, BytesSent: 3050}); got != want {
		t.Errorf("other endpoint's stats %+v, want %+v", got, want)
	}
}

func TestCloseArrivesAfterTheMessages(t *testing.T) {
	n, one, two := pair(t, 1)
	n.SetConditions(Conditions{Delay: 50 * ms, Jitter: 50 * ms, LossPer10k: 3000})
	var want []string
	for i := range 20 {
		send(t, one, number(i))
		want = append(want, fmt.Sprint(i))
	}
	one.Close(link.CodeKicked, "no\tmore\x00 frogs")
	if one.State() != link.Closed || *one.Err() != (link.CloseError{Code: link.CodeKicked, Reason: "no more frogs"}) {
		t.Fatalf("the closer is in state %v with %+v", one.State(), one.Err())
	}
	if err := one.Send(nil); err != link.ErrClosed {
		t.Errorf("Send after Close: %v", err)
	}
	one.Close(link.CodeLeft, "again")
	one.SendDatagram([]byte("after Close"))
	var got []string
	for two.State() != link.Closed && n.Now() < 5*time.Second {
		n.Advance(10 * ms)
		two.Receive(func(_ link.Kind, _ time.Duration, b []byte) { got = append(got, string(b)) })
	}
	if !slices.Equal(got, want) {
		t.Errorf("before the close came %q, want %q", got, want)
	}
	if err := two.Err(); err == nil || *err != (link.CloseError{Code: link.CodeKicked, Reason: "no more frogs", Remote: true}) {
		t.Errorf("the other side's error is %+v", err)
	}
	if one.Err().Code != link.CodeKicked || one.Err().Remote {
		t.Errorf("closing again changed the error to %+v", one.Err())
	}
}

func TestCloseWaitsUntilTheMessagesAreRead(t *testing.T) {
	n, one, two := pair(t, 1)
	send(t, one, []byte("read me"))
	one.Close(link.CodeDone, "bye")
	n.Advance(time.Second)
	if two.State() != link.Open {
		t.Error("closed with a message unread")
	}
	if got := arrivals(two); !slices.Equal(got, []string{"M 0s read me"}) || two.State() != link.Closed {
		t.Errorf("received %q; then the state is %v", got, two.State())
	}
}

func TestCloseDuringReceive(t *testing.T) {
	n, one, two := pair(t, 1)
	for i := range 3 {
		one.SendDatagram(number(i))
		send(t, one, number(i))
	}
	n.Advance(0)
	calls := 0
	two.Receive(func(link.Kind, time.Duration, []byte) {
		calls++
		two.Close(link.CodeProtocol, "nonsense")
	})
	if calls != 1 || len(arrivals(two)) != 0 {
		t.Errorf("%d calls: after Close nothing is handed out", calls)
	}
	n.Advance(0)
	if one.State() != link.Closed || one.Err().Code != link.CodeProtocol || !one.Err().Remote {
		t.Errorf("the other side is in state %v with %+v", one.State(), one.Err())
	}
}

func TestBothClose(t *testing.T) {
	n, one, two := pair(t, 1)
	n.SetConditions(Conditions{Delay: 10 * ms})
	one.Close(link.CodeDone, "one")
	two.Close(link.CodeLeft, "two")
	n.Advance(time.Second)
	if *one.Err() != (link.CloseError{Code: link.CodeDone, Reason: "one"}) ||
		*two.Err() != (link.CloseError{Code: link.CodeLeft, Reason: "two"}) {
		t.Errorf("errors are %+v and %+v: each keeps its own", one.Err(), two.Err())
	}
}

func TestReasonIsCleaned(t *testing.T) {
	long := strings.Repeat("ä", 150)
	for _, c := range []struct{ reason, want string }{
		{"plain words", "plain words"},
		{"two\nlines\x1b[31m", "two lines[31m"},
		{"turned \u202eround", "turned round"},
		{"bad \xff\xfe bytes", "bad  bytes"},
		{"x" + long, "x" + long[:198]},
	} {
		got := clean(c.reason)
		if got != c.want || len(got) > 200 || !utf8.ValidString(got) {
			t.Errorf("clean(%q) = %q, want %q", c.reason, got, c.want)
		}
	}
}

func TestNothingIsAllocatedInSteadyState(t *testing.T) {
	for _, conditions := range []Conditions{
		{},
		{Delay: 50 * ms, Jitter: 10 * ms, LossPer10k: 500, DuplicatePer10k: 100},
	} {
		n, one, two := pair(t, 1)
		n.SetConditions(conditions)
		body := make([]byte, 40)
		received := 0
		handle := func(_ link.Kind, _ time.Duration, b []byte) { received += len(b) }
		frame := func() {
			one.SendDatagram(body)
			two.SendDatagram(body)
			if err := one.Send(body); err != nil {
				t.Fatal(err)
			}
			n.Advance(time.Second / 60)
			one.Receive(handle)
			two.Receive(handle)
		}
		for range 1000 {
			frame()
		}
		if allocs := testing.AllocsPerRun(1000, frame); allocs != 0 {
			t.Errorf("%+v: %v allocations per frame", conditions, allocs)
		}
		if received == 0 {
			t.Error("nothing arrived")
		}
	}
}
