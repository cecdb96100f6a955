//go:build !race

package nat

import (
	"net/netip"
	"reflect"
	"slices"
	"testing"
	"time"
)

var symmetric = Offer{Candidates: []Candidate{{KindReflexive, netip.MustParseAddrPort("203.0.113.9:4000")}},
	Descriptor: Descriptor{Mapping: MappingRandom}}

func TestProbesAreBounded(t *testing.T) {
	p, _ := newPunch(t, func(c *PunchConfig) {
		c.Restraint = new(Restraint)
		c.Restraint.Vouch(0, symmetric.Candidates[0].Addr.Addr())
	})
	p.Learn(0, symmetric)
	sends, at, _ := advance(p, 0, time.Minute)
	ports := map[uint16]bool{}
	probes, first := 0, 0
	for k, s := range sends {
		if s.To.Addr() != symmetric.Candidates[0].Addr.Addr() {
			t.Fatalf("a probe went to %v", s.To)
		}
		if s.To == symmetric.Candidates[0].Addr {
			continue
		}
		if ports[s.To.Port()] {
			t.Errorf("port %d was tried twice", s.To.Port())
		}
		ports[s.To.Port()] = true
		probes++
		if at[k] < time.Second {
			first++
		}
	}
	if probes > maxProbes || probes < maxProbes*9/10 || first > 500 || first < 450 {
		t.Errorf("%d probes, %d of them in the first second", probes, first)
	}
	if last := at[len(at)-1]; last > 4*time.Second {
		t.Errorf("the last packet went at %v", last)
	}
	for left := range at {
		right := left
		for right < len(at) && at[right] < at[left]+time.Second {
			right++
		}
		if right-left > 510 {
			t.Fatalf("%d packets in the second from %v", right-left, at[left])
		}
	}
	if len(p.pending) > maxPending || len(p.pendingOrder) > maxPending {
		t.Errorf("%d checks are remembered", len(p.pending))
	}

	for name, change := range map[string]func(*PunchConfig){
		"off":   func(c *PunchConfig) { c.NoBirthday = true },
		"plain": func(c *PunchConfig) { c.Plain = true },
		"both":  func(c *PunchConfig) { c.Local.Descriptor.Mapping = MappingRandom },
	} {
		p, _ := newPunch(t, change)
		p.Learn(0, symmetric)
		sends, _, _ := advance(p, 0, time.Minute)
		if p.Stats().Probes != 0 || len(sends) > 40 {
			t.Errorf("%s: %d probes, %d packets", name, p.Stats().Probes, len(sends))
		}
	}
	p, _ = newPunch(t, nil)
	p.Learn(0, Offer{Descriptor: symmetric.Descriptor, Candidates: []Candidate{
		{KindReflexive, netip.MustParseAddrPort("[2001:db8::9]:4000")}, {KindReflexive, netip.MustParseAddrPort("10.0.0.9:4000")}}})
	advance(p, 0, time.Minute)
	if p.Stats().Probes != 0 {
		t.Error("IPv6 or private addresses were probed")
	}
}

func TestSocketsOpenAndClose(t *testing.T) {
	vouched := func(c *PunchConfig) {
		c.Local.Descriptor.Mapping = MappingRandom
		c.Restraint = new(Restraint)
		c.Restraint.Vouch(0, cone.Candidates[0].Addr.Addr())
	}
	p, peer := newPunch(t, vouched)
	p.Learn(0, cone)
	sends, at, events := advance(p, 0, 300*ms1)
	used := map[int]bool{}
	for k, s := range sends {
		used[s.Socket] = true
		if s.Socket != 0 && (s.TTL != 4 || at[k] > 150*ms1 || s.To != cone.Candidates[0].Addr) {
			t.Fatalf("socket %d sent %+v at %v", s.Socket, s, at[k])
		}
	}
	if len(used) != BirthdaySockets || len(events) != 1 || events[0].Kind != EventOpenSockets || events[0].Sockets != BirthdaySockets {
		t.Errorf("%d sockets used, events %v", len(used), events)
	}
	// A probe of the peer hits socket 17.
	p.Packet(310*ms1, 17, cone.Candidates[0].Addr, peer.request(TxID{1}))
	sends = p.AppendSends(nil)
	if len(sends) != 2 || sends[0].Socket != 17 || sends[1].Socket != 17 {
		t.Fatalf("a hit led to %v", sends)
	}
	c, _ := peer.open(sends[1].Data)
	p.Packet(370*ms1, 17, cone.Candidates[0].Addr, peer.reply(c.id, cone.Candidates[0].Addr))
	events = p.AppendEvents(nil)
	if len(events) != 2 || events[0].Kind != EventCloseSockets || !reflect.DeepEqual(events[0].Keep, []int{17}) ||
		events[1].Kind != EventPath || events[1].Path.Socket != 17 {
		t.Errorf("events %+v", events)
	}

	// Without a hit all of them are given back in the end.
	p, _ = newPunch(t, vouched)
	p.Learn(0, cone)
	sends, _, events = advance(p, 0, time.Minute)
	if len(sends) > len(waves)*BirthdaySockets+40 {
		t.Errorf("%d packets", len(sends))
	}
	// And none is opened towards an address that nobody vouches for.
	q, _ := newPunch(t, func(c *PunchConfig) { c.Local.Descriptor.Mapping = MappingRandom })
	q.Learn(0, cone)
	if sends, _, _ := advance(q, 0, time.Minute); !q.Held() || slices.ContainsFunc(sends, func(s Send) bool { return s.Socket != 0 }) {
		t.Errorf("%d packets, held %v", len(sends), q.Held())
	}
	want := []EventKind{EventOpenSockets, EventRelay, EventCloseSockets, EventFailed}
	if !reflect.DeepEqual(kindsOf(events), want) || len(events[2].Keep) != 0 {
		t.Errorf("events %v, want %v", events, want)
	}
}
