package pathfinder

import (
	"math/rand/v2"
	"net/netip"
	"testing"
	"time"

	"github.com/visavis-netcode/visavis/nat/pathconn"
)

// flows is a duo whose keepers go by a connection's key and see QUIC's packets. A
// route may pass questions and no packets of QUIC.
type flows struct {
	*duo
	deaf   map[netip.AddrPort]bool // where only questions pass
	mark   pathconn.Mark
	latest [2]map[pathconn.Route]pathconn.Mark
	sent   [2][]sentMark
	came   [2]time.Duration // when a packet of QUIC last reached a side
	longs  [2]uint64        // long ones that it has sent
	parted [2]bool          // they go in parts
}

type sentMark struct {
	route pathconn.Route
	mark  pathconn.Mark
	at    time.Duration
}

func newFlows(t *testing.T, active pathconn.Route, others ...pathconn.Route) *flows {
	f := &flows{duo: newDuo(t, active, others...), deaf: map[netip.AddrPort]bool{}}
	f.busy = true
	for i, k := range f.sides {
		f.latest[i] = map[pathconn.Route]pathconn.Mark{}
		f.came[i] = f.now
		k.sight = eyes{f, i}
		k.bind(f.now, newKeepKey([]byte("the connection's secret"), [32]byte{byte(i + 1)}, [32]byte{byte(2 - i)}))
	}
	f.onQUIC = func(from int, r pathconn.Route) {
		f.mark++
		eyes{f, from}.send(r, f.mark)
	}
	return f
}

// eyes are the sight of one side.
type eyes struct {
	f    *flows
	side int
}

func (e eyes) send(r pathconn.Route, mark pathconn.Mark) {
	f := e.f
	f.sent[e.side] = append(f.sent[e.side], sentMark{r, mark, f.now})
	if f.deaf[r.Addr] {
		return
	}
	if delay, ok := f.delay[r.Addr]; ok {
		f.air = append(f.air, flying{at: f.now + delay, to: 1 - e.side, route: r, arrive: func() {
			f.latest[1-e.side][r], f.came[1-e.side] = mark, f.now
			if way := f.sides[1-e.side].find(r); way != nil {
				way.hear(f.now)
			}
		}})
	}
}

func (e eyes) long() uint64 { return e.f.longs[e.side] }

func (e eyes) part(narrow bool) { e.f.parted[e.side] = narrow }

func (e eyes) latest(r pathconn.Route) pathconn.Mark { return e.f.latest[e.side][r] }

func (e eyes) again(r pathconn.Route) {
	if n := len(e.f.sent[e.side]); n > 0 {
		e.send(r, e.f.sent[e.side][n-1].mark)
	}
}

func (e eyes) passed(r pathconn.Route, mark pathconn.Mark, ago time.Duration) (later int, ok bool) {
	sent := e.f.sent[e.side]
	for i := len(sent) - 1; i >= 0; i-- {
		switch s := sent[i]; {
		case s.route != r:
		case s.mark == mark:
			return later, true
		case s.at <= e.f.now-ago:
			later++
		}
	}
	return later, false
}

// TestKeepDeaf: a path by which questions pass and QUIC's packets do not, from the
// beginning or from one moment on, is left for the next within three seconds, and
// one that QUIC has never passed is not taken however near it is.
func TestKeepDeaf(t *testing.T) {
	f := newFlows(t, wayA, wayB)
	f.run(5 * time.Second)
	if !f.both(wayA) {
		t.Fatal("a healthy path was left")
	}
	f.deaf[wayA.Addr] = true
	cut := f.now
	for f.now < cut+10*time.Second && !f.both(wayB) {
		f.run(f.now + 10*time.Millisecond)
	}
	if took := f.now - cut; took > 3*time.Second {
		t.Errorf("the other path is used after %v", took)
	} else {
		t.Logf("the other path is used after %v", took)
	}
	for i, at := range f.came {
		if f.now-at > time.Second {
			t.Errorf("side %d has heard nothing for %v", i, f.now-at)
		}
	}
	f.run(f.now + 10*time.Second)
	if !f.both(wayB) {
		t.Error("the deaf path is used again")
	}

	f = newFlows(t, byRelay, wayA)
	f.deaf[wayA.Addr] = true
	f.run(20 * time.Second)
	if !f.both(byRelay) {
		t.Error("the relay was left for a path by which QUIC does not pass")
	}
	f.deaf[wayA.Addr] = false
	f.run(f.now + barrenFor + 3*askStandby)
	if !f.both(wayA) {
		t.Error("the direct path is not taken when QUIC passes by it")
	}
}

// TestKeepOvertaken: a stranger who sees all questions has each be there from his own
// address before it comes by its own way, and passes questions and answers on, but
// nothing of QUIC. The path that works is not left.
func TestKeepOvertaken(t *testing.T) {
	f := newFlows(t, wayA)
	his := pathconn.Route{Addr: netip.MustParseAddrPort("203.0.113.1:9")}
	f.delay[his.Addr], f.deaf[his.Addr] = 5*time.Millisecond, true
	f.onSend = func(p flying) {
		if p.route == wayA && len(p.b) == keepBytes {
			f.sides[p.to].take(f.now, his, "direct", p.b)
		}
	}
	f.run(20 * time.Second)
	for i, k := range f.sides {
		if len(f.moves[i]) > 0 || k.active.route != wayA || k.silence(f.now) > time.Second {
			t.Errorf("side %d uses %v, moved %v, silent for %v", i, k.active.route, f.moves[i], k.silence(f.now))
		}
	}
}

// TestKeepPlayedAgain: nothing that has come once counts when it comes again, by
// whatever way.
func TestKeepPlayedAgain(t *testing.T) {
	f := newFlows(t, wayA, wayB)
	var seen []flying
	f.onSend = func(p flying) { seen = append(seen, p) }
	f.run(10 * time.Second)
	f.onSend = nil
	f.run(f.now + time.Second) // all have come
	if len(seen) < 40 {
		t.Fatalf("%d packets were sent", len(seen))
	}
	for _, p := range seen {
		for _, r := range []pathconn.Route{p.route, wayFar} {
			if way, ok := f.sides[p.to].take(f.now, r, "direct", p.b); ok || way != nil {
				t.Fatalf("%x counts again, by %v", p.b[:2], r.Addr)
			}
		}
	}
	for _, k := range f.sides {
		if k.find(wayFar) != nil {
			t.Error("it has opened another way")
		}
	}
}

// TestKeepComesBack: a path that fell silent is used again by both sides at once when
// one of them finds that it works, however many questions it has left unanswered.
func TestKeepComesBack(t *testing.T) {
	for dark := time.Second; dark < 6*time.Second; dark += 300 * time.Millisecond {
		f := newFlows(t, wayA, byRelay)
		f.run(5 * time.Second)
		delay := f.delay[wayA.Addr]
		delete(f.delay, wayA.Addr)
		f.run(f.now + dark)
		if !f.both(byRelay) {
			t.Fatal("not both use the relay")
		}
		f.delay[wayA.Addr] = delay
		way := f.sides[0].find(wayA)
		way.waiting, way.soon = 0, true // as its search has found it
		f.run(f.now + time.Second)
		if !f.both(wayA) {
			t.Errorf("dark for %v: a second later they use %v and %v", dark, f.sides[0].active.route.Addr, f.sides[1].active.route.Addr)
		}
	}
}

// TestKeepRests: a path that was to be proven quickly is asked as seldom as others once
// it is, if it does not take over.
func TestKeepRests(t *testing.T) {
	for _, spare := range []pathconn.Route{byRelay, wayB} {
		f := newFlows(t, wayA, spare)
		f.run(2 * time.Second)
		way := f.sides[0].find(spare)
		way.soon = true
		f.run(f.now + time.Second)
		before := way.next
		f.run(f.now + 20*time.Second)
		if n := way.next - before; n > 5 || n < 3 {
			t.Errorf("%v: %d questions in 20 seconds", spare.Addr, n)
		}
		if !f.both(wayA) {
			t.Error("it has taken over")
		}
	}
}

// TestWindow compares the window with a set of all numbers.
func TestWindow(t *testing.T) {
	for seed := range uint64(50) {
		random := rand.New(rand.NewPCG(seed, 1))
		var w window
		seen, highest, base := map[uint64]bool{}, uint64(0), uint64(1)
		for range 5000 {
			n := base + random.Uint64N(1500)
			base += random.Uint64N(3)
			if random.IntN(500) == 0 {
				base += random.Uint64N(3000)
			}
			want := !seen[n] && n+windowSize > highest
			if got := w.fresh(n); got != want {
				t.Fatalf("seed %d: %d is fresh: %v, of at most %d", seed, n, got, highest)
			}
			seen[n], highest = true, max(highest, n)
		}
		if w.fresh(0) {
			t.Error("0 is fresh")
		}
	}
}

// tries counts the packets of QUIC that are sent once more.
type tries struct {
	eyes
	n *int
}

func (s tries) again(r pathconn.Route) { *s.n++; s.eyes.again(r) }

// TestKeepTriesInSilence: while the only path is silent, a packet of QUIC goes with each
// question, so that QUIC flows as soon as the path does, however long it would have waited
// for its own next try; a path that is well is not burdened.
func TestKeepTriesInSilence(t *testing.T) {
	f := newFlows(t, wayA)
	n := 0
	f.sides[0].sight = tries{eyes{f, 0}, &n}
	f.run(10 * time.Second)
	if n > 0 {
		t.Errorf("%d packets were sent twice by a healthy path", n)
	}
	delay := f.delay[wayA.Addr]
	delete(f.delay, wayA.Addr)
	f.busy = false // QUIC has no room for more, and waits
	f.run(f.now + 1500*time.Millisecond)
	if n < 3 {
		t.Errorf("%d packets were tried in the silence", n)
	}
	f.delay[wayA.Addr] = delay
	back := f.now
	if f.run(back + 400*time.Millisecond); f.came[1] < back {
		t.Error("no packet of QUIC came when the path did")
	}
}
