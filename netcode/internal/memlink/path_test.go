package memlink

import (
	"encoding/binary"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/visavis-netcode/visavis/netcode/internal/link"
)

// The published first numbers of splitmix64 from the state 1234567.
func TestGeneratorIsSplitmix64(t *testing.T) {
	g := generator(1234567)
	for i, want := range []uint64{6457827717110365317, 3203168211198807973, 9817491932198370423, 4593380528125082431, 16408922859458223821} {
		if got := g.next(); got != want {
			t.Errorf("number %d is %d, want %d", i, got, want)
		}
	}
	skipped, drawn := generator(7), generator(7)
	skipped.skip(2)
	drawn.next()
	drawn.next()
	if skipped != drawn {
		t.Error("skip(2) is not two draws")
	}
}

// model is the scoreboard's link, written out again: two draws a packet, from a
// generator per directed pair.
type model struct{ state uint64 }

func splitmix(s *uint64) uint64 {
	*s += 0x9E3779B97F4A7C15
	z := *s
	z = (z ^ z>>30) * 0xBF58476D1CE4E5B9
	z = (z ^ z>>27) * 0x94D049BB133111EB
	return z ^ z>>31
}

func newModel(seed, n, from, to uint64) *model {
	s := seed*0xD1342543DE82EF95 + (1000 + from*n + to)
	return &model{state: splitmix(&s)}
}

// micros is when a packet arrives after it was sent, -1 if it is lost.
func (m *model) micros(delay, jitter, loss uint64, dark bool) int64 {
	a, b := splitmix(&m.state), splitmix(&m.state)
	if dark || a%10000 < loss {
		return -1
	}
	return int64(delay + b%(2*jitter+1) - jitter)
}

// TestDatagramsFollowTheModel sends over every directed pair of four, through
// changing conditions and a blackout, among messages and copies that must not
// disturb the draws, and compares every single arrival with the model.
func TestDatagramsFollowTheModel(t *testing.T) {
	const size, seed = 4, 99
	n := NewNetwork(seed, size)
	var endpoints []*Endpoint
	for i := range size {
		endpoints = append(endpoints, n.NewEndpoint(link.Key{byte(i)}))
	}
	type directed struct {
		sender, receiver link.Link
		model            *model
		want, got        []string
	}
	var pairs []*directed
	for i := range uint64(size) {
		for j := range i {
			a, b := connect(t, n, endpoints[i], endpoints[j])
			pairs = append(pairs,
				&directed{sender: a, receiver: b, model: newModel(seed, size, i, j)},
				&directed{sender: b, receiver: a, model: newModel(seed, size, j, i)})
		}
	}
	n.Blackout(400*ms, 600*ms)
	lost := 0
	for step := range 2000 {
		delay, jitter, loss := uint64(50_000), uint64(10_000), uint64(500)
		if step >= 1000 {
			delay, jitter, loss = 80_000, 0, 2000
		}
		if step >= 1200 && step < 1300 {
			delay, loss = 0, 0 // perfect: the numbers are skipped, not drawn
		}
		n.SetConditions(Conditions{
			Delay:      time.Duration(delay) * time.Microsecond,
			Jitter:     time.Duration(jitter) * time.Microsecond,
			LossPer10k: int(loss),
		})
		dark := n.Now() >= 400*ms && n.Now() < 600*ms
		for _, d := range pairs {
			body := binary.LittleEndian.AppendUint32(nil, uint32(step))
			d.sender.SendDatagram(body)
			if step%7 == 0 {
				send(t, d.sender, []byte("message"))
			}
			if micros := d.model.micros(delay, jitter, loss, dark); micros >= 0 {
				at := n.Now() + time.Duration(micros)*time.Microsecond
				d.want = append(d.want, fmt.Sprintf("%012d %d", at, step))
			} else {
				lost++
			}
		}
		n.Advance(ms)
		collect(t, n, func() {
			for _, d := range pairs {
				d.receiver.Receive(func(kind link.Kind, at time.Duration, b []byte) {
					if kind == link.Datagram {
						d.got = append(d.got, fmt.Sprintf("%012d %d", at, binary.LittleEndian.Uint32(b)))
					}
				})
			}
		}, step == 1999)
	}
	if lost < len(pairs)*200 {
		t.Fatalf("only %d packets were lost: the blackout did nothing", lost)
	}
	for i, d := range pairs {
		if slices.IsSorted(d.want) {
			t.Errorf("pair %d: nothing was to be reordered", i)
		}
		slices.SortStableFunc(d.want, func(a, b string) int { return compareTimes(a, b) })
		if !slices.Equal(d.got, d.want) {
			t.Errorf("pair %d: %d arrivals differ from the model's %d", i, len(d.got), len(d.want))
		}
	}
}

// collect receives now and, if last, until nothing is on its way any more.
func collect(t *testing.T, n *Network, receive func(), last bool) {
	t.Helper()
	receive()
	for last {
		at, ok := n.NextEvent()
		if !ok {
			return
		}
		n.AdvanceTo(at)
		receive()
	}
}

func compareTimes(a, b string) int {
	if a[:12] < b[:12] {
		return -1
	} else if a[:12] > b[:12] {
		return 1
	}
	return 0
}

// TestGoldenArrivals pins the model to numbers: the first packets of B1 with
// seed 1, from 0 to 1 of two.
func TestGoldenArrivals(t *testing.T) {
	n, one, two := pair(t, 1)
	n.SetConditions(Conditions{Delay: 50 * ms, Jitter: 10 * ms, LossPer10k: 500})
	for i := range 24 {
		one.SendDatagram(number(i))
	}
	n.Advance(time.Second)
	want := []string{ // computed apart from this package; number 22 is lost
		"D 40.003ms 5", "D 42.017ms 1", "D 43.025ms 17", "D 44.152ms 11", "D 46.232ms 4", "D 47.197ms 8",
		"D 47.591ms 7", "D 47.962ms 18", "D 48.114ms 21", "D 48.618ms 10", "D 49.234ms 2", "D 49.368ms 3",
		"D 52.611ms 15", "D 54.681ms 19", "D 54.869ms 9", "D 54.914ms 23", "D 56.033ms 0", "D 56.242ms 20",
		"D 56.433ms 16", "D 56.862ms 6", "D 58.599ms 12", "D 58.792ms 14", "D 58.905ms 13",
	}
	if got := arrivals(two); !slices.Equal(got, want) {
		t.Errorf("arrivals are\n%q, want\n%q", got, want)
	}
}

func TestCopiesDoNotDisturbTheDraws(t *testing.T) {
	trace := func(duplicates int) (first []string, total int) {
		n, one, two := pair(t, 5)
		n.SetConditions(Conditions{Delay: 50 * ms, Jitter: 10 * ms, LossPer10k: 1000, DuplicatePer10k: duplicates})
		seen := map[string]bool{}
		for i := range 3000 {
			one.SendDatagram(number(i))
			n.Advance(10 * ms)
			for _, line := range arrivals(two) {
				seen[line] = true
				total++
			}
		}
		for line := range seen {
			first = append(first, line)
		}
		slices.Sort(first)
		return first, total
	}
	plain, plainTotal := trace(0)
	copied, total := trace(2000)
	if plainTotal != len(plain) {
		t.Errorf("without duplication %d of %d arrivals are copies", plainTotal-len(plain), plainTotal)
	}
	if extra := total - plainTotal; extra < 450 || extra > 650 {
		t.Errorf("%d copies of %d datagrams at 20 %%", extra, plainTotal)
	}
	for _, line := range plain {
		if _, found := slices.BinarySearch(copied, line); !found {
			t.Fatalf("%q is missing when datagrams are copied", line)
		}
	}
}

func TestLossRateAndSpread(t *testing.T) {
	n, one, two := pair(t, 3)
	n.SetConditions(Conditions{Delay: 50 * ms, Jitter: 10 * ms, LossPer10k: 500})
	var earliest, latest time.Duration = time.Hour, 0
	received, overtaken, newest := 0, 0, -1
	for i := range 20000 {
		body := binary.LittleEndian.AppendUint64(nil, uint64(n.Now()))
		one.SendDatagram(binary.LittleEndian.AppendUint32(body, uint32(i)))
		n.Advance(ms)
		two.Receive(func(_ link.Kind, at time.Duration, b []byte) {
			took := at - time.Duration(binary.LittleEndian.Uint64(b))
			earliest, latest = min(earliest, took), max(latest, took)
			received++
			i := int(binary.LittleEndian.Uint32(b[8:]))
			if i < newest {
				overtaken++
			}
			newest = max(newest, i)
		})
	}
	if received < 18800 || received > 19100 {
		t.Errorf("%d of 20000 arrived at 5 %% loss", received)
	}
	if earliest < 40*ms || earliest > 41*ms || latest > 60*ms || latest < 59*ms {
		t.Errorf("they took %v to %v, want 40 to 60 ms", earliest, latest)
	}
	if overtaken < 1000 {
		t.Errorf("only %d were overtaken: packets 1 ms apart with ±10 ms must reorder", overtaken)
	}
}

func TestJitterOverDelayNeverArrivesBeforeSending(t *testing.T) {
	n, one, two := pair(t, 3)
	n.SetConditions(Conditions{Delay: ms, Jitter: 10 * ms})
	sent := 0
	received := 0
	for range 500 {
		one.SendDatagram([]byte("x"))
		sent++
		sentAt := n.Now()
		n.Advance(0)
		two.Receive(func(_ link.Kind, at time.Duration, _ []byte) {
			received++
			if at != sentAt {
				t.Fatalf("sent at %v, arrived at %v", sentAt, at)
			}
		})
		n.Advance(20 * ms)
		two.Receive(func(link.Kind, time.Duration, []byte) { received++ })
	}
	if received != sent {
		t.Errorf("%d of %d arrived without loss", received, sent)
	}
}

func TestConditionsAreClampedAndPerDirection(t *testing.T) {
	n, one, two := pair(t, 1)
	n.Path(0, 1).SetConditions(Conditions{Delay: -ms, Jitter: -ms, LossPer10k: 20000, DuplicatePer10k: -1})
	if got, want := n.Path(0, 1).Conditions(), (Conditions{LossPer10k: 10000}); got != want {
		t.Errorf("conditions are %+v, want %+v", got, want)
	}
	one.SendDatagram([]byte("lost"))
	two.SendDatagram([]byte("arrives"))
	n.Advance(0)
	if got := arrivals(two); len(got) != 0 {
		t.Errorf("with total loss %q arrived", got)
	}
	if got := arrivals(one); !slices.Equal(got, []string{"D 0s arrives"}) {
		t.Errorf("the other direction brought %q", got)
	}
}

func TestDarknessLosesDatagramsThatAreSentInIt(t *testing.T) {
	n, one, two := pair(t, 1)
	n.SetConditions(Conditions{Delay: 50 * ms})
	n.Blackout(100*ms, 200*ms)
	n.Blackout(150*ms, 250*ms)
	n.Blackout(300*ms, 300*ms) // empty
	for i := range 40 {
		one.SendDatagram(number(i))
		n.Advance(10 * ms)
	}
	n.SetDark(true)
	one.SendDatagram([]byte("dark"))
	n.SetDark(false)
	one.SendDatagram([]byte("light"))
	n.Advance(time.Second)
	var want []string
	for i := range 40 {
		if i < 10 || i >= 25 {
			want = append(want, fmt.Sprintf("D %v %d", time.Duration(i)*10*ms+50*ms, i))
		}
	}
	want = append(want, "D 450ms light")
	if got := arrivals(two); !slices.Equal(got, want) {
		t.Errorf("received %q, want %q", got, want)
	}
}
