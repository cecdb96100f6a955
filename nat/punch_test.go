//go:build !race

package nat

import (
	"net/netip"
	"reflect"
	"strings"
	"testing"
	"time"
)

const ms1 = time.Millisecond

var (
	ourKey, peerKey = [32]byte{1}, [32]byte{2}
	secret          = []byte("a secret of the session")
)

// newPunch is a Punch of ours and the checker of its peer.
func newPunch(t testing.TB, change func(*PunchConfig)) (*Punch, checker) {
	t.Helper()
	config := PunchConfig{Secret: secret, LocalKey: ourKey, RemoteKey: peerKey, Seed: 1,
		Local: Offer{Descriptor: Descriptor{Mapping: MappingIndependent}}}
	if change != nil {
		change(&config)
	}
	p, err := NewPunch(config, 0)
	if err != nil {
		t.Fatal(err)
	}
	return p, newChecker(secret, peerKey, ourKey)
}

// advance lets time pass from event to event and returns what was sent when.
func advance(p *Punch, from, until time.Duration) (sends []Send, at []time.Duration, events []Event) {
	for now := from; ; {
		before := len(sends)
		sends = p.AppendSends(sends)
		events = p.AppendEvents(events)
		for range len(sends) - before {
			at = append(at, now)
		}
		now = max(now, p.Next())
		if now > until {
			return sends, at, events
		}
		p.Advance(now)
	}
}

func kindsOf(events []Event) (kinds []EventKind) {
	for _, e := range events {
		kinds = append(kinds, e.Kind)
	}
	return kinds
}

var cone = Offer{Candidates: []Candidate{{KindReflexive, netip.MustParseAddrPort("203.0.113.9:4000")}},
	Descriptor: Descriptor{Mapping: MappingIndependent}}

func TestScheduleOfTheLateSide(t *testing.T) {
	p, _ := newPunch(t, nil)
	p.Learn(0, cone)
	sends, at, events := advance(p, 0, 10*time.Second)
	var whole []time.Duration
	for k, s := range sends {
		if s.Socket != 0 || s.To != cone.Candidates[0].Addr {
			t.Fatalf("packet %d is %+v", k, s)
		}
		if s.TTL == 0 {
			whole = append(whole, at[k])
		}
	}
	if !reflect.DeepEqual(whole, wholeEarly[:]) {
		t.Errorf("checks at %v, want %v", whole, wholeEarly)
	}
	if last := at[len(at)-1]; last < 3700*ms1 || last > 4*time.Second {
		t.Errorf("the last check went at %v", last)
	}
	if want := []EventKind{EventRestun, EventRelay, EventFailed}; !reflect.DeepEqual(kindsOf(events), want) {
		t.Errorf("events %v, want %v", events, want)
	}
	if p.Next() != Never {
		t.Errorf("a search that has ended wants to go on at %v", p.Next())
	}
}

func TestOpenersOfTheEarlySide(t *testing.T) {
	lan := Candidate{KindHost, netip.MustParseAddrPort("192.168.1.7:4000")}
	six := Candidate{KindHost, netip.MustParseAddrPort("[2001:db8::1]:4000")}
	mapped := Candidate{KindMapped, netip.MustParseAddrPort("203.0.113.9:5000")}
	offer := Offer{Candidates: append([]Candidate{lan, six, mapped}, cone.Candidates...), Descriptor: cone.Descriptor}
	p, peer := newPunch(t, func(c *PunchConfig) { c.LearntFirst = true })
	p.Learn(0, offer)
	sends, at, _ := advance(p, 0, 1400*ms1)
	byTTL, whole := map[int]int{}, map[netip.AddrPort]int{}
	for k, s := range sends {
		switch {
		case s.To == cone.Candidates[0].Addr && s.TTL == 0:
			t.Errorf("full TTL to the router at %v", at[k])
		case s.To == cone.Candidates[0].Addr:
			byTTL[s.TTL]++
		case s.TTL != 0 && s.To == lan.Addr:
			t.Errorf("an opener went to %v", s.To)
		case s.TTL == 0:
			whole[s.To]++
		}
	}
	if whole[lan.Addr] != 3 || whole[six.Addr] != 3 || whole[mapped.Addr] != 2 { // of one computer with the router's own
		t.Errorf("checks: %v", whole)
	}
	if byTTL[3] != 2 || byTTL[4] != 8 || byTTL[5] < 4 {
		t.Errorf("openers by TTL: %v", byTTL)
	}
	// Anything heard ends the restraint at once.
	p.Packet(1450*ms1, 0, mapped.Addr, peer.request(TxID{1}))
	sends, at, _ = advance(p, 1450*ms1, 1480*ms1)
	full := false
	for k, s := range sends {
		full = full || s.To == cone.Candidates[0].Addr && s.TTL == 0 && at[k] <= 1470*ms1
	}
	if !full {
		t.Errorf("after the first packet heard: %v", sends)
	}
}

// TestPathAndExtraChecks answers a check and sees what follows.
func TestPathAndExtraChecks(t *testing.T) {
	p, peer := newPunch(t, nil)
	p.Learn(0, cone)
	sends, _, _ := advance(p, 0, 10*ms1)
	seen := netip.MustParseAddrPort("198.51.100.4:999")
	check, err := peer.open(sends[0].Data)
	if err != nil {
		t.Fatal(err)
	}
	p.Packet(15*ms1, 0, cone.Candidates[0].Addr, peer.reply(check.id, seen))
	path, ok := p.Path()
	want := Path{Remote: cone.Candidates[0].Addr, Kind: KindReflexive, RTT: 15 * ms1, Local: seen}
	if !ok || path != want {
		t.Fatalf("path %+v, want %+v", path, want)
	}
	sends, at, events := advance(p, 15*ms1, 10*time.Second)
	if len(sends) != extraChecks || at[len(at)-1] > 100*ms1 {
		t.Errorf("%d checks after the first path, the last at %v", len(sends), at[len(at)-1])
	}
	if len(events) != 1 || events[0].Kind != EventPath || events[0].Path != want {
		t.Errorf("events %+v", events)
	}
	if r := p.Report(); !r.Direct || !strings.Contains(r.Summary, "203.0.113.9:4000") {
		t.Errorf("report: %v", r)
	}
}

// TestLANReplacesInternet finds the long way first.
func TestLANReplacesInternet(t *testing.T) {
	lan := netip.MustParseAddrPort("192.168.1.7:4000")
	offer := Offer{Candidates: append([]Candidate{{KindHost, lan}}, cone.Candidates...), Descriptor: cone.Descriptor}
	p, peer := newPunch(t, nil)
	p.Learn(0, offer)
	sends, _, _ := advance(p, 0, 10*ms1)
	answer := func(now time.Duration, to netip.AddrPort) {
		for _, s := range sends {
			if c, err := peer.open(s.Data); err == nil && s.To == to {
				p.Packet(now, 0, to, peer.reply(c.id, lan))
				return
			}
		}
		t.Fatalf("no check to %v", to)
	}
	answer(12*ms1, cone.Candidates[0].Addr)
	sends, _, _ = advance(p, 12*ms1, 400*ms1)
	answer(401*ms1, lan)
	if path, _ := p.Path(); path.Remote != lan {
		t.Errorf("the path is %v", path.Remote)
	}
	_, _, events := advance(p, 401*ms1, 10*time.Second)
	if len(events) != 1 || events[0].Kind != EventPath || p.Next() != Never {
		t.Errorf("events %v, next %v", events, p.Next())
	}
}

func TestMovedAddressIsTriedAgain(t *testing.T) {
	p, _ := newPunch(t, nil)
	p.Learn(0, cone)
	advance(p, 0, 5*time.Second) // it has failed
	moved := netip.MustParseAddrPort("203.0.113.9:4001")
	p.Learn(6*time.Second, Offer{Candidates: []Candidate{{KindReflexive, moved}}, Descriptor: cone.Descriptor})
	sends, _, events := advance(p, 6*time.Second, time.Minute)
	to := 0
	for _, s := range sends {
		if s.To == moved {
			to++
		}
	}
	if to < 10 || len(events) != 1 || events[0].Kind != EventFailed || p.Next() != Never {
		t.Errorf("%d checks to the new address, events %v", to, events)
	}
}

func TestElection(t *testing.T) {
	a, _ := newPunch(t, nil)
	b, _ := newPunch(t, func(c *PunchConfig) { c.LocalKey, c.RemoteKey = peerKey, ourKey })
	if a.Dials() || !b.Dials() {
		t.Error("not exactly the larger key dials")
	}
	if a.ID() == b.ID() {
		t.Error("both directions have one id")
	}
	if _, err := NewPunch(PunchConfig{Secret: secret, LocalKey: ourKey, RemoteKey: ourKey}, 0); err != ErrSameKey {
		t.Errorf("a player punching to itself: %v", err)
	}
	if _, err := NewPunch(PunchConfig{LocalKey: ourKey, RemoteKey: peerKey}, 0); err != ErrShortSecret {
		t.Errorf("no secret: %v", err)
	}
}

// TestReports reads the sentences of every hopeless pair of routers.
func TestReports(t *testing.T) {
	for _, row := range []struct {
		local, remote Mapping
		summary       string
	}{
		{MappingBlocked, MappingIndependent, "this network lets no UDP out"},
		{MappingIndependent, MappingBlocked, "the other player's network lets no UDP out"},
		{MappingRandom, MappingRandom, "both routers"},
		{MappingRandom, MappingIndependent, "this network's router"},
		{MappingIndependent, MappingRandom, "the other player's router"},
		{MappingIndependent, MappingIndependent, "no packet of the other player arrived"},
	} {
		p, _ := newPunch(t, func(c *PunchConfig) { c.Local.Descriptor.Mapping = row.local })
		if r := p.Report(); r.Direct || !strings.Contains(r.Summary, "Waiting") {
			t.Errorf("before learning: %v", r)
		}
		offer := cone
		offer.Descriptor.Mapping = row.remote
		p.Learn(0, offer)
		if r := p.Report(); !strings.Contains(r.Summary, "Looking") {
			t.Errorf("while looking: %v", r)
		}
		_, _, events := advance(p, 0, time.Minute)
		r := p.Report()
		if !strings.Contains(r.Summary, row.summary) || r.Advice == "" || len(r.Details) < 2 || !strings.Contains(r.String(), r.Advice) {
			t.Errorf("%v and %v: %v", row.local, row.remote, r)
		}
		if last := events[len(events)-1]; last.Kind != EventFailed || !strings.Contains(last.Reason, row.summary) {
			t.Errorf("%v and %v: the last event is %+v", row.local, row.remote, last)
		}
	}
}

// TestStandby finds the near way first; the far one is found all the same, and
// once it has been told of nothing more is sent.
func TestStandby(t *testing.T) {
	lan := netip.MustParseAddrPort("192.168.1.7:4000")
	dead := Candidate{KindHost, netip.MustParseAddrPort("192.168.9.9:4000")}
	offer := Offer{Candidates: append([]Candidate{{KindHost, lan}, dead}, cone.Candidates...), Descriptor: cone.Descriptor}
	p, peer := newPunch(t, nil)
	const start = time.Minute
	p.Learn(start, offer)
	sends, _, _ := advance(p, start, start+2*ms1)
	check, err := peer.open(sends[0].Data)
	if err != nil || sends[0].To != lan {
		t.Fatal(sends, err)
	}
	p.Packet(start+3*ms1, 0, lan, peer.reply(check.id, lan))
	sends, at, _ := advance(p, start+3*ms1, start+10*time.Second)
	if last := at[len(at)-1]; last > start+520*ms1 {
		t.Errorf("after the first path the last check went at %v", last)
	}
	for _, s := range sends {
		if s.To == cone.Candidates[0].Addr {
			check, err = peer.open(s.Data)
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	p.Packet(at[len(at)-1]+30*ms1, 0, cone.Candidates[0].Addr, peer.reply(check.id, lan))
	_, _, events := advance(p, start+600*ms1, start+10*time.Second)
	if len(events) != 1 || events[0].Kind != EventStandby || events[0].Path.Remote != cone.Candidates[0].Addr {
		t.Errorf("events %+v", events)
	}
	if path, _ := p.Path(); path.Remote != lan || p.Next() != Never {
		t.Errorf("path %v, next %v", path, p.Next())
	}
}
