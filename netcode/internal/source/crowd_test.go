//go:build !race

package source

import (
	"math/rand/v2"
	"net/netip"
	"slices"
	"testing"
)

// door is a Crowd and who should be in it.
type door struct {
	t      *testing.T
	crowd  Crowd
	inside []*visitor // in the order in which they came
	most   int        // of all that are or were inside at a time
}

type visitor struct {
	addr     netip.Addr
	stranger *Stranger
	evicted  int
}

func (d *door) enter(addr netip.Addr) *visitor {
	v := &visitor{addr: addr}
	v.stranger = d.crowd.Enter(addr, func() { v.evicted++ })
	gone := slices.DeleteFunc(slices.Clone(d.inside), func(o *visitor) bool { return o.evicted == 0 })
	d.inside = slices.DeleteFunc(d.inside, func(o *visitor) bool { return o.evicted > 0 })
	for _, o := range gone {
		d.justly(o, v)
	}
	d.inside = append(d.inside, v)
	d.most = max(d.most, len(d.inside))
	d.check(v)
	return v
}

// justly checks that somebody was sent away because a limit was reached: that of a
// source that he shares with the newcomer, or that of all, and then none of them is
// of a larger source than he.
func (d *door) justly(gone, newcomer *visitor) {
	was := append(slices.Clone(d.inside), gone)
	for i, prefix := range nestOrAll(newcomer.addr) {
		if prefix.Contains(gone.addr) && count(was, prefix) >= mostOf(newcomer)[i] {
			return
		}
	}
	if len(was) < MaxStrangers {
		d.t.Fatalf("%v was sent away though there was room for %v", gone.addr, newcomer.addr)
	}
	size := map[netip.Prefix]int{}
	for _, v := range was {
		size[v.widest()]++
	}
	for _, o := range d.inside {
		if mine, others := size[gone.widest()], size[o.widest()]; others > mine {
			d.t.Fatalf("%v, one of %d, was sent away, and %v, one of %d, was not", gone.addr, mine, o.addr, others)
		}
	}
}

func (v *visitor) widest() netip.Prefix {
	nest := nestOrAll(v.addr)
	return nest[len(nest)-1]
}

func mostOf(v *visitor) []int {
	if v.addr.Is6() {
		return most6
	}
	return most4
}

func count(all []*visitor, in netip.Prefix) (n int) {
	for _, v := range all {
		if in.Contains(v.addr) {
			n++
		}
	}
	return n
}

// check compares the crowd with what it should hold.
func (d *door) check(newcomer *visitor) {
	d.t.Helper()
	if n := d.crowd.Len(); n != len(d.inside) || n > MaxStrangers {
		d.t.Fatalf("the crowd says %d, %d are inside", n, len(d.inside))
	}
	if newcomer.evicted > 0 {
		d.t.Fatalf("%v came and was sent away at once", newcomer.addr)
	}
	for i, prefix := range nestOrAll(newcomer.addr) { // the others' have not grown
		if n := count(d.inside, prefix); n > mostOf(newcomer)[i] {
			d.t.Fatalf("%d strangers are from %v", n, prefix)
		}
	}
}

func (d *door) leave(i int) {
	v := d.inside[i]
	d.inside = slices.Delete(d.inside, i, i+1)
	if !v.stranger.Leave() || v.stranger.Leave() || v.evicted > 0 {
		d.t.Fatal("who leaves leaves once")
	}
}

// TestCrowdModel: arrivals of a seed's own kind, from few sources and from many.
// The friend comes from elsewhere at a random moment and must be inside as long as
// he needs, however many come meanwhile from wherever there are two already.
func TestCrowdModel(t *testing.T) {
	for seed := range uint64(40) {
		r := rand.New(rand.NewPCG(seed, 7))
		six, widths := r.IntN(2) == 0, r.IntN(5)
		attacker := func() netip.Addr {
			var b [16]byte
			r32 := r.Uint32() >> (7 * widths) // from all the world to a few addresses
			if !six {
				return netip.AddrFrom4([4]byte{10 + byte(r32>>24)&3, byte(r32 >> 16), byte(r32 >> 8), byte(r32)})
			}
			b = [16]byte{0x20, 1, 0xd, 0xb8, byte(r32 >> 24), byte(r32 >> 18), byte(r32 >> 8), byte(r32), 15: byte(r.Uint32())}
			return netip.AddrFrom16(b)
		}
		d := &door{t: t}
		arrivals := 400
		friendAt := r.IntN(arrivals)
		var friend *visitor
		since := 0
		for i := range arrivals {
			if i == friendAt {
				friend = d.enter(netip.MustParseAddr("203.0.113.7"))
				continue
			}
			d.enter(attacker())
			if r.IntN(10) == 0 {
				if i := r.IntN(len(d.inside)); d.inside[i] != friend {
					d.leave(i)
				}
			}
			if friend != nil {
				since++
				if friend.evicted > 0 && (since < MaxStrangers || widths > 2) {
					t.Fatalf("seed %d: the friend was sent away after %d arrivals", seed, since)
				}
			}
		}
		for len(d.inside) > 0 {
			d.leave(r.IntN(len(d.inside)))
		}
		if d.crowd.Len() != 0 {
			t.Fatalf("seed %d: all have left, %d remain", seed, d.crowd.Len())
		}
	}
}

// TestCrowdWithinOneNetwork: those who share a network with a stranger who takes
// all that he gets lose their places to him last, and those who share an address
// with him after as many arrivals as that address has places.
func TestCrowdWithinOneNetwork(t *testing.T) {
	for friend, same := range map[string]bool{"192.0.2.7": true, "192.0.2.8": false, "198.51.100.7": false} {
		d := &door{t: t}
		for range 500 {
			d.enter(netip.MustParseAddr("192.0.2.7"))
		}
		f := d.enter(netip.MustParseAddr(friend))
		for i := range 500 {
			d.enter(netip.MustParseAddr("192.0.2.7"))
			if f.evicted > 0 && (!same || i < most4[0]-1) {
				t.Fatalf("%s was sent away after %d arrivals", friend, i)
			}
		}
		if d.most > most4[0]+1 {
			t.Errorf("one address had %d places", d.most)
		}
	}
}

// TestCrowdOfACarrier: somebody has 10,000 networks of /48, and comes from each in
// turn. Who comes from anywhere else stays, another customer of the carrier's until
// as many have come as it has places, and so does everybody where each of the networks
// is another carrier's.
func TestCrowdOfACarrier(t *testing.T) {
	scattered := func(i int) netip.Addr {
		b := network48(i).As16()
		b[2], b[3] = b[4], b[5]
		return netip.AddrFrom16(b)
	}
	for _, c := range []struct {
		friend string
		from   func(i int) netip.Addr
		least  int // that may come before the friend has to go
	}{
		{"192.0.2.7", network48, 2_000},
		{"2001:db9::7", network48, 2_000},
		{"", network48, 2_000},
		{"2001:db8:ffff::7", network48, 95},
		{"192.0.2.7", scattered, MaxStrangers - 1},
	} {
		d := &door{t: t}
		for i := range 500 {
			d.enter(c.from(i))
		}
		addr, _ := netip.ParseAddr(c.friend) // none: through a relay
		friend := d.enter(addr)
		for i := range c.least {
			if d.enter(c.from(500 + i)); friend.evicted > 0 {
				t.Errorf("%q was sent away after %d arrivals", c.friend, i)
				break
			}
		}
	}
}

// TestCrowdOfRelayed: strangers whose addresses are not known are one source.
func TestCrowdOfRelayed(t *testing.T) {
	var c Crowd
	evicted := 0
	for range 3 * MaxStrangers {
		c.Enter(netip.Addr{}, func() { evicted++ })
	}
	if c.Len() != most4[0] || evicted != 3*MaxStrangers-most4[0] {
		t.Errorf("%d are inside, %d were sent away", c.Len(), evicted)
	}
}
