package pathfinder

import (
	"math/rand/v2"
	"net/netip"
	"testing"
	"time"

	"github.com/visavis-netcode/visavis/nat"
	"github.com/visavis-netcode/visavis/nat/pathconn"
)

// duo is two keepers and the ways between them, with a virtual clock.
type duo struct {
	t      *testing.T
	now    time.Duration
	sides  [2]*keeper
	delay  map[netip.AddrPort]time.Duration // one way; a way that is missing is cut
	narrow map[netip.AddrPort]bool          // ways that carry no long packets
	busy   bool                             // QUIC flows by the active paths, 60 packets a second
	air    []flying
	next   time.Duration // of QUIC
	moves  [2][]time.Duration

	onQUIC func(from int, r pathconn.Route) // sends it, if set
	onSend func(flying)                     // sees what a side sends, if set
}

type flying struct {
	at    time.Duration
	to    int
	route pathconn.Route
	b     []byte // nil for a packet of QUIC

	arrive func() // what it does, if it is neither
}

var (
	wayA    = pathconn.Route{Addr: netip.MustParseAddrPort("192.0.2.1:1")}
	wayB    = pathconn.Route{Addr: netip.MustParseAddrPort("192.0.2.2:1")}
	wayFar  = pathconn.Route{Addr: netip.MustParseAddrPort("192.0.2.3:1")}
	byRelay = pathconn.Route{Addr: netip.MustParseAddrPort("192.0.2.9:1"), Header: pathconn.Header{0x21, 1}}
)

func kindFor(r pathconn.Route) Kind {
	if r.Header != (pathconn.Header{}) {
		return "server-relay"
	}
	return "direct"
}

func newDuo(t *testing.T, active pathconn.Route, others ...pathconn.Route) *duo {
	random := rand.New(rand.NewPCG(1, 2))
	keys := [2][32]byte{{1}, {2}}
	d := &duo{t: t, now: time.Second, next: time.Second, delay: map[netip.AddrPort]time.Duration{
		wayA.Addr: 20 * time.Millisecond, wayB.Addr: 30 * time.Millisecond,
		wayFar.Addr: 300 * time.Millisecond, byRelay.Addr: 50 * time.Millisecond}}
	for i := range d.sides {
		d.sides[i] = &keeper{key: newKeepKey([]byte("a shared secret"), keys[i], keys[1-i]), draw: random.Uint64}
		d.sides[i].use(d.now, d.sides[i].add(d.now, active, kindFor(active)))
		for _, r := range others {
			d.sides[i].add(d.now, r, kindFor(r))
		}
	}
	return d
}

// run lets time pass until a moment.
func (d *duo) run(until time.Duration) {
	for ; d.now < until; d.now += time.Millisecond {
		for i := 0; i < len(d.air); i++ {
			p := d.air[i]
			if p.at > d.now {
				continue
			}
			d.air = append(d.air[:i], d.air[i+1:]...)
			i--
			k := d.sides[p.to]
			if p.arrive != nil {
				p.arrive()
			} else if p.b == nil {
				if way := k.find(p.route); way != nil {
					way.hear(d.now)
				}
			} else if k.take(d.now, p.route, "direct", p.b); k.choose(d.now) {
				d.moves[p.to] = append(d.moves[p.to], d.now)
			}
		}
		quic := d.busy && d.now >= d.next
		if quic {
			d.next += time.Second / 60
		}
		for i, k := range d.sides {
			if k.nextAt(d.now) <= d.now && k.advance(d.now) {
				d.moves[i] = append(d.moves[i], d.now)
			}
			for _, s := range k.sends {
				if s.sample {
					k.sight.again(s.route)
				}
				d.fly(1-i, s.route, s.b)
			}
			k.sends = k.sends[:0]
			switch {
			case !quic || k.active == nil:
			case d.onQUIC != nil:
				d.onQUIC(i, k.active.route)
			default:
				d.fly(1-i, k.active.route, nil)
			}
		}
	}
}

func (d *duo) fly(to int, r pathconn.Route, b []byte) {
	by := r.Addr
	if r.Via.IsValid() {
		by = r.Via
	}
	if delay, ok := d.delay[by]; ok && (len(b) < wideBytes || !d.narrow[by]) {
		d.air = append(d.air, flying{at: d.now + delay, to: to, route: r, b: b})
		if d.onSend != nil {
			d.onSend(d.air[len(d.air)-1])
		}
	}
}

func (d *duo) both(r pathconn.Route) bool {
	for _, k := range d.sides {
		if k.active == nil || k.active.route != r {
			return false
		}
	}
	return true
}

func TestKeepHealthy(t *testing.T) {
	for _, way := range []pathconn.Route{wayA, wayFar} {
		for _, busy := range []bool{false, true} {
			d := newDuo(t, way, wayB)
			d.busy = busy
			asked := 0
			for range 60 {
				d.run(d.now + time.Second)
				if len(d.moves[0])+len(d.moves[1]) > 0 {
					t.Fatalf("a healthy path was left: %v", d.moves)
				}
				asked += d.sides[0].paths[0].next + d.sides[0].paths[1].next
				d.sides[0].paths[0].next, d.sides[0].paths[1].next = 0, 0
			}
			if asked < 60 || asked > 90 {
				t.Errorf("%d questions in a minute", asked)
			}
			if rtt := d.sides[0].active.rtt; rtt < 2*d.delay[way.Addr] || rtt > 2*d.delay[way.Addr]+5*time.Millisecond {
				t.Errorf("the round trip is %v", rtt)
			}
		}
	}
}

// TestKeepFailsOver: another path takes over within a second.
func TestKeepFailsOver(t *testing.T) {
	for _, busy := range []bool{false, true} {
		d := newDuo(t, wayA, wayB)
		d.busy = busy
		d.run(8100 * time.Millisecond)
		delete(d.delay, wayA.Addr)
		cut := d.now
		d.run(cut + 3*time.Second)
		if !d.both(wayB) {
			t.Fatalf("busy %v: not both use the other path", busy)
		}
		for i, moves := range d.moves {
			took := moves[0] - cut
			t.Logf("busy %v, side %d: moved after %v", busy, i, took)
			if limit := map[bool]time.Duration{true: time.Second, false: 2 * time.Second}[busy]; took > limit || len(moves) > 1 {
				t.Errorf("moved at %v, cut at %v", moves, cut)
			}
		}
	}
}

// TestKeepAlone: without another path the active one is kept, its silence can
// be seen, and it works again when the peer does.
func TestKeepAlone(t *testing.T) {
	d := newDuo(t, wayA)
	d.busy = true
	d.run(5 * time.Second)
	if s := d.sides[0].silence(d.now); s > 100*time.Millisecond {
		t.Errorf("silent for %v", s)
	}
	delete(d.delay, wayA.Addr)
	d.run(d.now + 10*time.Second)
	if s := d.sides[0].silence(d.now); !d.both(wayA) || s < lostAfter {
		t.Errorf("silent for %v", s)
	}
	if asked := d.sides[0].active.next; asked > 100 {
		t.Errorf("%d questions", asked)
	}
	d.delay[wayA.Addr] = 20 * time.Millisecond
	d.run(d.now + time.Second)
	if s := d.sides[0].silence(d.now); s > 300*time.Millisecond {
		t.Errorf("silent for %v", s)
	}
}

// TestKeepRelay: a direct path takes over from the relay after three answers,
// far ones included, and the relay takes over when it is silent.
func TestKeepRelay(t *testing.T) {
	for _, way := range []pathconn.Route{wayA, wayFar} {
		d := newDuo(t, byRelay)
		d.busy = true
		d.run(2 * time.Second)
		start := d.now
		for _, k := range d.sides {
			p := k.add(d.now, way, "direct")
			p.prove(d.now, 2*d.delay[way.Addr])
			p.soon = true
		}
		d.run(d.now + 5*time.Second)
		if !d.both(way) {
			t.Fatal("not both use the direct path")
		}
		t.Logf("moved after %v", d.moves[0][0]-start)
		delete(d.delay, way.Addr)
		d.run(d.now + 3*time.Second)
		if !d.both(byRelay) {
			t.Error("not both use the relay again")
		}
		d.delay[way.Addr] = 20 * time.Millisecond
		d.run(d.now + 8*time.Second)
		if !d.both(way) {
			t.Error("not both use the direct path again")
		}
	}
}

// TestKeepRanks: paths of lower ranks take over one after the other, and when all
// of them fall silent the lowest that answers does.
func TestKeepRanks(t *testing.T) {
	turn := pathconn.Route{Socket: 7, Addr: netip.MustParseAddrPort("192.0.2.7:1")}
	player := pathconn.Route{Addr: netip.MustParseAddrPort("192.0.2.8:1"), Header: pathconn.Header{0x25, 1}}
	d := newDuo(t, wayA)
	d.delay[turn.Addr], d.delay[player.Addr] = 10*time.Millisecond, 80*time.Millisecond
	d.busy = true
	for _, k := range d.sides {
		k.remove(k.active)
		k.use(d.now, k.add(d.now, turn, "turn"))
	}
	d.run(3 * time.Second)
	for _, next := range []struct {
		route pathconn.Route
		kind  Kind
	}{{byRelay, "server-relay"}, {player, "player-relay"}, {wayA, "direct"}} {
		for _, k := range d.sides {
			k.add(d.now, next.route, next.kind)
		}
		d.run(d.now + 3*time.Second)
		if !d.both(next.route) {
			t.Fatalf("not both use the path of kind %s", next.kind)
		}
	}
	for _, next := range []struct{ cut, route pathconn.Route }{{wayA, player}, {player, byRelay}, {byRelay, turn}} {
		delete(d.delay, next.cut.Addr)
		d.run(d.now + 3*time.Second)
		if !d.both(next.route) {
			t.Fatalf("not both use %v after %v was cut", next.route.Addr, next.cut.Addr)
		}
	}
}

// TestKeepNearer: of two players who pass packets on the nearer one does, however
// late it is asked, and one that is hardly nearer does not.
func TestKeepNearer(t *testing.T) {
	far := pathconn.Route{Via: netip.MustParseAddrPort("240.0.0.1:1"), Header: pathconn.Header{0x25, 1}}
	near := pathconn.Route{Via: netip.MustParseAddrPort("240.0.0.2:1"), Header: pathconn.Header{0x25, 2}}
	for _, test := range []struct {
		rtt  time.Duration
		want pathconn.Route
	}{{30 * time.Millisecond, near}, {58 * time.Millisecond, far}, {90 * time.Millisecond, far}} {
		d := newDuo(t, wayA)
		d.delay[far.Via], d.delay[near.Via] = 30*time.Millisecond, test.rtt/2
		for _, k := range d.sides {
			k.remove(k.active)
			k.use(d.now, k.add(d.now, far, "player-relay"))
		}
		d.run(3 * time.Second)
		for _, k := range d.sides {
			k.add(d.now, near, "player-relay")
		}
		d.run(d.now + 20*time.Second)
		if !d.both(test.want) {
			t.Errorf("a way of %v against one of 60 ms: not both use %v", test.rtt, test.want.Via)
		}
	}
}

// TestKeepAgrees: of several ways through TURN servers both sides use the same in
// the end, the nearest, and packets do not take two.
func TestKeepAgrees(t *testing.T) {
	one := pathconn.Route{Socket: 7, Addr: netip.MustParseAddrPort("192.0.2.7:1")}
	two := pathconn.Route{Socket: 7, Addr: netip.MustParseAddrPort("192.0.2.8:1")}
	for swap := range 2 {
		d := newDuo(t, wayA)
		d.delay[one.Addr], d.delay[two.Addr] = 30*time.Millisecond, 40*time.Millisecond
		d.busy = true
		for i, k := range d.sides {
			k.remove(k.active)
			routes := []pathconn.Route{one, two}
			way := k.add(d.now, routes[i^swap], "turn")
			k.add(d.now, routes[1-i^swap], "turn")
			k.use(d.now, way)
		}
		d.run(d.now + 25*time.Second)
		if !d.both(one) {
			t.Error("not both use the nearer way")
		}
		for i, k := range d.sides {
			if len(d.moves[i]) > 2 || k.spare(d.now) != nil {
				t.Errorf("side %d has moved at %v; its packets take a second way: %v", i, d.moves[i], k.spare(d.now) != nil)
			}
		}
	}
}

// TestKeepMoved: a peer whose address has changed is followed.
func TestKeepMoved(t *testing.T) {
	d := newDuo(t, wayA)
	d.busy = true
	d.run(5 * time.Second)
	// From now on what side 1 sends comes from B, and A leads nowhere.
	d.sides[1].active.route = wayB
	delete(d.delay, wayA.Addr)
	cut := d.now
	d.run(d.now + 3*time.Second)
	if !d.both(wayB) {
		t.Fatal("the peer was not followed")
	}
	t.Logf("followed after %v", d.moves[0][0]-cut)
}

// TestKeepOneWay: a path by which only the peer's packets still come is left.
func TestKeepOneWay(t *testing.T) {
	key := newKeepKey([]byte("a shared secret"), [32]byte{1}, [32]byte{2})
	peer := newKeepKey([]byte("a shared secret"), [32]byte{2}, [32]byte{1})
	n := uint64(0)
	k := &keeper{key: key, draw: func() uint64 { n++; return n }}
	k.use(1, k.add(1, wayA, "direct"))
	k.add(1, wayB, "direct")
	for now := time.Duration(1); now < 10*time.Second; now += 10 * time.Millisecond {
		k.paths[0].hear(now)
		k.advance(now)
		for _, s := range k.sends {
			if s.route == wayB { // answered
				_, nonce, _, _ := peer.open(s.b)
				k.take(now, wayB, "direct", peer.answer(nonce, 0, 0))
			}
		}
		k.sends = nil
		if k.choose(now); k.active.route == wayB {
			t.Logf("left after %v", now)
			return
		}
	}
	t.Error("a path that leads nowhere is used for ever")
}

func TestKeepStrangers(t *testing.T) {
	d := newDuo(t, wayA)
	k := d.sides[0]
	other := newKeepKey([]byte("another secret"), [32]byte{2}, [32]byte{1})
	right := newKeepKey([]byte("a shared secret"), [32]byte{2}, [32]byte{1})
	good := right.packet(keepAsk, 7)
	for i := range good {
		bad := append([]byte(nil), good...)
		bad[i] ^= 1
		if _, ok := k.take(d.now, wayB, "direct", bad); ok {
			t.Errorf("a packet with another byte %d was taken", i)
		}
	}
	for _, bad := range [][]byte{nil, good[:len(good)-1], append(good, 0), other.packet(keepAsk, 7), k.key.packet(keepAsk, 7), right.packet(9, 7)} {
		if _, ok := k.take(d.now, wayB, "direct", bad); ok {
			t.Errorf("%x was taken", bad)
		}
	}
	if len(k.paths) != 1 || len(k.sends) != 0 {
		t.Errorf("%d paths, %d packets", len(k.paths), len(k.sends))
	}
	// A peer that comes from everywhere fills the table, no more.
	for i := range 1000 {
		r := pathconn.Route{Addr: netip.AddrPortFrom(netip.AddrFrom4([4]byte{192, 0, byte(i >> 8), byte(i)}), 5)}
		if _, ok := k.take(d.now, r, "direct", good); !ok {
			t.Fatal("the peer's packet was not taken")
		}
	}
	if len(k.paths) > maxKept || k.find(wayA) == nil {
		t.Errorf("%d paths", len(k.paths))
	}
	// An answer that was not asked for proves nothing.
	before := k.find(wayA).answers
	k.take(d.now, wayA, "direct", right.packet(keepReply, 12345))
	if k.find(wayA).answers != before {
		t.Error("an answer without a question counted")
	}
	if k.nextAt(d.now) == nat.Never {
		t.Error("nothing is ever asked")
	}
}

func BenchmarkKeep(b *testing.B) {
	key := newKeepKey([]byte("a shared secret"), [32]byte{1}, [32]byte{2})
	peer := newKeepKey([]byte("a shared secret"), [32]byte{2}, [32]byte{1})
	k := &keeper{key: key, draw: func() uint64 { return 1 }}
	k.use(1, k.add(1, wayA, "direct"))
	ask := peer.packet(keepAsk, 7)
	for b.Loop() {
		k.take(1, wayA, "direct", ask)
		k.sends = k.sends[:0]
	}
}

// TestKeepFarewell: one counts only if it answers a question of this time.
func TestKeepFarewell(t *testing.T) {
	d := newDuo(t, wayA)
	d.run(3 * time.Second)
	one, two := d.sides[0], d.sides[1]
	one.farewell()
	bye := one.sends[0]
	if two.take(d.now, bye.route, "direct", bye.b); !two.left {
		t.Error("a farewell was not heard")
	}
	later := newDuo(t, wayA).sides[1]
	later.draw = rand.New(rand.NewPCG(3, 4)).Uint64
	later.ask(d.now, later.active)
	if later.take(d.now, bye.route, "direct", bye.b); later.left {
		t.Error("a farewell that was played again counts")
	}
}
