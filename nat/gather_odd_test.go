//go:build !race

package nat

import (
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/visavis-netcode/visavis/nat/stun"
)

// world is what STUN servers say to a Gather: each request is answered after the
// server's delay, from the address that was asked.
type world struct {
	servers map[netip.AddrPort]odd
	packets map[netip.AddrPort]int // that each address got
	answers []late
}

// odd is a server with its faults.
type odd struct {
	says  string // the public address; "" says none
	other string // its second address
	plain bool   // knows MAPPED-ADDRESS only
	error bool   // refuses
	after time.Duration
}

type late struct {
	at   time.Duration
	from netip.AddrPort
	b    []byte
}

func (w *world) answer(id TxID, o odd) []byte {
	if o.error {
		return stun.Add(stun.New(stun.BindingError, id), stun.AttrErrorCode, []byte{0, 0, 5, 0})
	}
	b := stun.New(stun.BindingSuccess, id)
	plain := func(text string, attr stun.Attr) {
		addr := netip.MustParseAddrPort(text)
		family := byte(1)
		if addr.Addr().Is6() {
			family = 2
		}
		b = stun.Add(b, attr, append([]byte{0, family, byte(addr.Port() >> 8), byte(addr.Port())}, addr.Addr().AsSlice()...))
	}
	switch {
	case o.says == "":
	case o.plain:
		plain(o.says, stun.AttrMappedAddress)
	default:
		b = stun.AddXORAddress(b, stun.AttrXORMappedAddress, netip.MustParseAddrPort(o.says))
	}
	if o.other != "" {
		plain(o.other, stun.AttrOtherAddress)
	}
	return b
}

// run lets a Gather ask until a time.
func (w *world) run(g *Gather, until time.Duration) {
	for {
		for _, s := range g.AppendSends(nil) {
			if w.packets[s.To]++; w.packets[s.To] > 100 {
				panic("a server is asked without end")
			}
			if o, ok := w.servers[s.To]; ok {
				w.answers = append(w.answers, late{g.now + o.after, s.To, w.answer(stun.IDOf(s.Data), o)})
			}
		}
		next := g.Next()
		k := -1
		for i, a := range w.answers {
			if a.at <= next {
				k, next = i, a.at
			}
		}
		if next > until {
			return
		}
		if k < 0 {
			g.Advance(next)
			continue
		}
		a := w.answers[k]
		w.answers = slices.Delete(w.answers, k, k+1)
		g.Packet(a.at, a.from, a.b)
	}
}

// gatherAt begins to ask servers, which are given as address and what they do.
func gatherAt(order []string, servers map[string]odd) (*world, *Gather) {
	w := &world{servers: map[netip.AddrPort]odd{}, packets: map[netip.AddrPort]int{}}
	for text, o := range servers {
		w.servers[netip.MustParseAddrPort(text)] = o
	}
	var list []netip.AddrPort
	for _, text := range order {
		list = append(list, netip.MustParseAddrPort(text))
	}
	host := Candidate{KindHost, netip.MustParseAddrPort("192.168.1.7:7777")}
	return w, NewGather(GatherConfig{Servers: list, Hosts: []Candidate{host}, Seed: 3}, 0)
}

const (
	us    = "203.0.113.9:5000"
	first = "198.51.100.1:3478"
	next  = "198.51.100.2:3478"
	third = "198.51.100.3:3478"
)

// TestOddServers: what servers say wrongly, late or in old ways, and what is
// made of it.
func TestOddServers(t *testing.T) {
	good := odd{says: us}
	for name, row := range map[string]struct {
		first, next, third odd
		want               Mapping
		reflexive          []string
	}{
		"three":             {good, good, good, MappingIndependent, []string{us}},
		"plain":             {odd{says: us, plain: true}, odd{says: us, plain: true}, odd{says: us, plain: true}, MappingIndependent, []string{us}},
		"a wrong address":   {odd{says: "192.0.2.66:5000"}, good, good, MappingIndependent, []string{us, "192.0.2.66:5000"}},
		"two of one wrong":  {odd{says: "192.0.2.66:5000"}, odd{says: "192.0.2.66:5000"}, good, MappingIndependent, []string{"192.0.2.66:5000", us}},
		"three addresses":   {odd{says: "192.0.2.66:5000"}, odd{says: "192.0.2.77:5000"}, good, MappingRandom, []string{us, "192.0.2.77:5000", "192.0.2.66:5000"}},
		"a wrong port":      {good, good, odd{says: "203.0.113.9:1"}, MappingIndependent, []string{us}},
		"a private address": {odd{says: "10.0.0.5:5000"}, good, good, MappingIndependent, []string{us}},
		"two private":       {odd{says: "10.0.0.5:5000"}, odd{says: "100.64.0.1:5000"}, good, MappingUnknown, []string{us}},
		"our inside":        {odd{says: "192.168.1.7:7777"}, odd{says: "192.168.1.7:7777"}, good, MappingUnknown, []string{us}},
		"multicast":         {odd{says: "224.0.0.1:5000"}, good, good, MappingIndependent, []string{us}},
		"port 0":            {odd{says: "203.0.113.9:0"}, good, good, MappingIndependent, []string{us}},
		"its own address":   {odd{says: first}, good, good, MappingIndependent, []string{us}},
		"the other family":  {odd{says: "[2001:db8::1]:5000"}, good, good, MappingIndependent, []string{us}},
		"refusals":          {odd{error: true}, odd{error: true}, odd{error: true}, MappingUnknown, nil},
		"no address":        {odd{}, odd{}, odd{}, MappingUnknown, nil},
		"all private":       {odd{says: "10.0.0.5:1"}, odd{says: "10.0.0.5:1"}, odd{says: "10.0.0.5:1"}, MappingUnknown, nil},
		"late":              {odd{says: us, after: 2 * time.Second}, odd{says: us, after: 2 * time.Second}, odd{says: us, after: 2 * time.Second}, MappingIndependent, []string{us}},
		"very late":         {odd{says: us, after: 7 * time.Second}, odd{says: us, after: 7 * time.Second}, odd{says: us, after: 7 * time.Second}, MappingIndependent, []string{us}},
		"random ports, and a liar": {odd{says: "203.0.113.9:5001"}, odd{says: "192.0.2.66:5000"}, odd{says: "203.0.113.9:41000"}, MappingRandom,
			[]string{"203.0.113.9:41000", "192.0.2.66:5000"}},
	} {
		w, g := gatherAt([]string{first, next, third}, map[string]odd{first: row.first, next: row.next, third: row.third})
		w.run(g, 10*time.Second)
		var reflexive []string
		o := g.Offer()
		for _, c := range o.Candidates {
			if c.Kind == KindReflexive {
				reflexive = append(reflexive, c.Addr.String())
			}
		}
		if o.Descriptor.Mapping != row.want || !slices.Equal(reflexive, row.reflexive) {
			t.Errorf("%s: %v and %v, want %v and %v", name, o.Descriptor.Mapping, reflexive, row.want, row.reflexive)
		}
	}
}

// TestLateIsNotBlocked: nobody is called blocked while an answer may still come, and
// nobody stays so once one has.
func TestLateIsNotBlocked(t *testing.T) {
	slow := odd{says: us, after: 2500 * time.Millisecond}
	w, g := gatherAt([]string{first, next, third}, map[string]odd{first: slow, next: slow, third: slow})
	for at := time.Duration(0); at < 10*time.Second; at += 100 * time.Millisecond {
		if w.run(g, at); g.Blocked() || g.Offer().Descriptor.Mapping == MappingBlocked {
			t.Fatalf("blocked at %v", at)
		}
	}
	w, g = gatherAt([]string{first}, nil)
	w.run(g, time.Second)
	if g.Blocked() {
		t.Error("blocked after a second")
	}
	w.run(g, time.Minute)
	if !g.Blocked() || g.Offer().Descriptor.Mapping != MappingBlocked {
		t.Error("a minute of silence is not called blocked")
	}
	// A refusal is an answer: packets come and go.
	g.Restart(time.Minute)
	w.servers[netip.MustParseAddrPort(first)] = odd{error: true}
	w.run(g, 2*time.Minute)
	if g.Blocked() || g.Offer().Descriptor.Mapping != MappingUnknown {
		t.Error("a server that refuses is taken for silence")
	}
}

// TestSecondAddress: one server is enough, if it has a second port or address.
func TestSecondAddress(t *testing.T) {
	const ownPort, elsewhere = "198.51.100.1:3479", "198.51.100.9:3479"
	for name, row := range map[string]struct {
		other, at, sees string
		want            Mapping
	}{
		"a cone":                    {ownPort, ownPort, us, MappingIndependent},
		"symmetric":                 {ownPort, ownPort, "203.0.113.9:23000", MappingRandom},
		"counted":                   {ownPort, ownPort, "203.0.113.9:5001", MappingPredictable},
		"symmetric, another place":  {elsewhere, elsewhere, "203.0.113.9:23000", MappingRandom},
		"symmetric, the same place": {"0.0.0.0:3479", ownPort, "203.0.113.9:23000", MappingRandom},
	} {
		w, g := gatherAt([]string{first}, map[string]odd{first: {says: us, other: row.other, after: ms1},
			row.at: {says: row.sees, other: first, after: ms1}})
		w.run(g, time.Second)
		if got := g.Offer().Descriptor.Mapping; got != row.want || !g.Done() {
			t.Errorf("%s: %v, done %v; want %v", name, got, g.Done(), row.want)
		}
		for round := range 3 { // and again, when the mapping is kept alive
			at := time.Duration(round+1) * 15 * time.Second
			g.Restart(at)
			w.run(g, at+time.Second)
			if got := g.Offer().Descriptor.Mapping; got != row.want {
				t.Errorf("%s: %v after a renewal, want %v", name, got, row.want)
			}
		}
	}
}

// TestHintsAreFew: nobody is made to send more than three packets to whom a server
// names, however often it does so and whoever it is.
func TestHintsAreFew(t *testing.T) {
	own := netip.MustParseAddrPort(first)
	for _, hint := range []string{"203.0.113.77:53", "198.51.100.1:1", "192.168.1.1:80", "127.0.0.1:7777", "224.0.0.1:5353",
		"255.255.255.255:9", "169.254.1.1:1", "100.64.0.1:3478", "198.51.100.1:0", "[2001:db8::1]:3478", "0.0.0.0:3478"} {
		w, g := gatherAt([]string{first}, map[string]odd{first: {says: us, other: hint}})
		for round := range 50 {
			at := time.Duration(round) * 15 * time.Second
			w.run(g, at+time.Second)
			// Next time it names the next port, and so on.
			other := netip.MustParseAddrPort(hint)
			w.servers[own] = odd{says: us, other: netip.AddrPortFrom(other.Addr(), other.Port()+uint16(round%2)).String()}
			g.Restart(at + 15*time.Second)
		}
		sent := 0
		for to, n := range w.packets {
			if to != own {
				sent += n
			}
			if a := to.Addr(); a != own.Addr() && (inside(a) || !reachable(a, false)) {
				t.Errorf("%d packets to %v", n, to)
			}
		}
		if sent > maxHint {
			t.Errorf("a server that names %s makes us send %d packets", hint, sent)
		}
	}
}

// TestSpareServers: of five two are dead; the others are enough, and soon.
func TestSpareServers(t *testing.T) {
	order := []string{"192.0.2.1:1", "192.0.2.2:1", first, next, third}
	good := odd{says: us, after: 30 * ms1}
	w, g := gatherAt(order, map[string]odd{first: good, next: good, third: good})
	w.run(g, nextWave+100*ms1)
	if got := g.Offer().Descriptor.Mapping; got != MappingUnknown && got != MappingIndependent || len(g.found()) != 3 {
		t.Errorf("after the second wave %v by %d", got, len(g.found()))
	}
	w.run(g, 5*time.Second)
	if got := g.Offer().Descriptor.Mapping; got != MappingIndependent {
		t.Errorf("in the end %v", got)
	}
	// Each renewal asks three anew, and never knows less than before.
	for round := range 20 {
		at := time.Duration(round+1) * 15 * time.Second
		g.Restart(at)
		w.run(g, at+5*time.Second)
		if got := g.Offer().Descriptor.Mapping; got != MappingIndependent {
			t.Errorf("renewal %d: %v", round, got)
		}
	}
	// A renewal that nobody answers tells nothing new.
	clear(w.servers)
	g.Restart(10 * time.Minute)
	w.run(g, 11*time.Minute)
	if got := g.Offer(); got.Descriptor.Mapping != MappingIndependent || len(got.Candidates) != 2 {
		t.Errorf("after a renewal without answers: %+v", got)
	}
}

// TestServersOneByOne: names are resolved one after the other, and no answer is
// lost by it.
func TestServersOneByOne(t *testing.T) {
	good := odd{says: us, after: 100 * ms1}
	w, g := gatherAt(nil, map[string]odd{first: good, next: good, third: good})
	if !g.Done() || g.Blocked() {
		t.Error("nobody to ask, and not done")
	}
	var list []netip.AddrPort
	for k, text := range []string{first, next, next, third} {
		at := time.Duration(k+1) * 4 * time.Second
		w.run(g, at-1)
		list = append(list, netip.MustParseAddrPort(text))
		g.SetServers(at, list)
		w.run(g, at+50*ms1) // its answer is on its way
		g.SetServers(at+50*ms1, list)
		if g.Blocked() {
			t.Errorf("blocked with server %d", k)
		}
	}
	w.run(g, time.Minute)
	if o := g.Offer(); o.Descriptor.Mapping != MappingIndependent || len(g.found()) != 3 {
		t.Errorf("in the end %+v", o)
	}
	for to, n := range w.packets {
		if n > 3 {
			t.Errorf("%v was asked %d times", to, n)
		}
	}
	g.SetServers(time.Minute, list[3:])
	if len(g.servers) != 1 || len(g.found()) != 1 {
		t.Errorf("one server is left, and %+v", g.servers)
	}
}
