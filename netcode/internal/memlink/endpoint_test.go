package memlink

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/visavis-netcode/visavis/netcode/internal/link"
)

func TestAddressesFollowTheOrderOfMaking(t *testing.T) {
	n := NewNetwork(1, 300)
	for i := range 300 {
		e := n.NewEndpoint(link.Key{byte(i)})
		if want := fmt.Sprintf("10.0.%d.%d:%d", (i+1)/256, (i+1)%256, i+1); e.Addr().String() != want || e.Index() != i || n.Endpoint(i) != e {
			t.Fatalf("endpoint %d is at %v with number %d, want %s", i, e.Addr(), e.Index(), want)
		}
	}
	defer func() {
		if recover() == nil {
			t.Error("a full network took one more endpoint")
		}
	}()
	n.NewEndpoint(link.Key{})
}

func TestEndpointClose(t *testing.T) {
	n := NewNetwork(1, 3)
	a, b, c := n.NewEndpoint(link.Key{1}), n.NewEndpoint(link.Key{2}), n.NewEndpoint(link.Key{3})
	one, two := connect(t, n, a, b)
	unaccepted := c.Dial(a.Addr(), nil)
	n.Advance(0)
	n.SetConditions(Conditions{Delay: 50 * ms})
	halfway := c.Dial(a.Addr(), nil)
	n.Advance(60 * ms)
	send(t, one, []byte("last"))
	a.Close()
	a.Close()
	if one.State() != link.Closed || one.Err().Code != link.CodeLeft || one.Err().Remote || a.Accept() != nil {
		t.Errorf("the closed endpoint's link is in state %v with %+v", one.State(), one.Err())
	}
	late := b.Dial(a.Addr(), nil)
	n.Advance(5 * time.Second)
	if got := arrivals(two); !slices.Equal(got, []string{"M 110ms last"}) {
		t.Errorf("before the end came %q", got)
	}
	for i, l := range []link.Link{two, unaccepted, halfway} {
		if l.State() != link.Closed || l.Err().Code != link.CodeLeft || !l.Err().Remote {
			t.Errorf("link %d: state %v with %+v", i, l.State(), l.Err())
		}
	}
	if late.State() != link.Closed || late.Err().Code != link.CodeLost {
		t.Errorf("a dial to the closed endpoint: state %v with %+v", late.State(), late.Err())
	}
	if own := a.Dial(b.Addr(), nil); own.State() != link.Closed || own.Err() == nil {
		t.Errorf("a dial from the closed endpoint: state %v with %+v", own.State(), own.Err())
	}
}

func TestDialToOneself(t *testing.T) {
	n := NewNetwork(1, 1)
	a := n.NewEndpoint(link.Key{1})
	one, two := connect(t, n, a, a)
	one.SendDatagram([]byte("ping"))
	n.Advance(0)
	if got := arrivals(two); !slices.Equal(got, []string{"D 0s ping"}) {
		t.Errorf("received %q", got)
	}
}

func TestTimePassesInAdvanceOnly(t *testing.T) {
	n, one, two := pair(t, 1)
	for { // the handshake's timers
		at, ok := n.NextEvent()
		if !ok {
			break
		}
		n.AdvanceTo(at)
	}
	start := n.Now()
	n.Endpoint(0).Wait(time.Hour)
	n.Advance(-time.Second)
	n.AdvanceTo(0)
	if n.Now() != start {
		t.Errorf("the time went from %v to %v", start, n.Now())
	}
	n.SetConditions(Conditions{Delay: 7 * ms})
	one.SendDatagram([]byte("x"))
	at, ok := n.NextEvent()
	if !ok || at != start+7*ms {
		t.Fatalf("the next event is at %v, %v; want %v", at, ok, start+7*ms)
	}
	n.AdvanceTo(at)
	if got := arrivals(two); len(got) != 1 {
		t.Errorf("at the time of the event came %q", got)
	}
}

// trace is everything that three endpoints see in a run with all kinds of
// trouble, all drawn from one seed.
func trace(t *testing.T, seed uint64) []string {
	n := NewNetwork(seed, 3)
	chance := generator(hash2(seed, 7))
	var endpoints []*Endpoint
	links := make([][]link.Link, 3)
	for i := range 3 {
		endpoints = append(endpoints, n.NewEndpoint(link.Key{byte(i)}))
	}
	var lines []string
	for step := range 3000 {
		if chance.next()%200 == 0 {
			n.Path(int(chance.next()%3), int(chance.next()%3)).SetConditions(Conditions{
				Delay:           time.Duration(chance.next()%80) * ms,
				Jitter:          time.Duration(chance.next()%40) * ms,
				LossPer10k:      int(chance.next() % 3000),
				DuplicatePer10k: int(chance.next() % 1000),
			})
		}
		if chance.next()%300 == 0 {
			n.Blackout(n.Now(), n.Now()+time.Duration(chance.next()%500)*ms)
		}
		for i, e := range endpoints {
			if chance.next()%100 == 0 {
				links[i] = append(links[i], e.Dial(endpoints[chance.next()%3].Addr(), nil))
			}
			for l := e.Accept(); l != nil; l = e.Accept() {
				links[i] = append(links[i], l)
			}
			for j, l := range links[i] {
				for _, line := range arrivals(l) {
					lines = append(lines, fmt.Sprintf("%d.%d %s", i, j, line))
				}
				if chance.next()%2 == 0 {
					l.SendDatagram(number(step))
				}
				if chance.next()%10 == 0 && l.Send(number(step)) != nil && l.State() != link.Closed {
					t.Errorf("seed %d: the queue is full", seed)
				}
				if chance.next()%500 == 0 {
					l.Close(link.CodeLeft, fmt.Sprint("at ", step))
				}
			}
			links[i] = slices.DeleteFunc(links[i], func(l link.Link) bool {
				if l.State() == link.Closed {
					lines = append(lines, fmt.Sprintf("%d ends: %+v", i, *l.Err()))
				}
				return l.State() == link.Closed
			})
		}
		n.Advance(time.Duration(chance.next()%5) * ms)
	}
	return lines
}

func TestSameSeedSameTrace(t *testing.T) {
	for seed := range uint64(5) {
		first, second := trace(t, seed), trace(t, seed)
		if len(first) < 5000 || !slices.Equal(first, second) {
			t.Errorf("seed %d: two runs of %d and %d lines differ", seed, len(first), len(second))
		}
	}
	if slices.Equal(trace(t, 1), trace(t, 2)) {
		t.Error("two seeds give the same trace")
	}
}
