package nat

import (
	"bytes"
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

// TestPeerBeforeLearn is a packet of a peer that we have not learnt of yet.
func TestPeerBeforeLearn(t *testing.T) {
	p, peer := newPunch(t, nil)
	p.Packet(0, 0, cone.Candidates[0].Addr, peer.request(TxID{1}))
	sends, _, _ := advance(p, 0, 5*ms1)
	if len(sends) != 2 {
		t.Fatalf("a first packet led to %v", sends)
	}
	if c, err := peer.open(sends[0].Data); err != nil || !c.answer || c.id != (TxID{1}) || c.seen != cone.Candidates[0].Addr {
		t.Errorf("the answer is %+v, %v", c, err)
	}
	if c, err := peer.open(sends[1].Data); err != nil || c.answer {
		t.Errorf("the triggered check is %+v, %v", c, err)
	}
}

func TestForgedPacketsDoNothing(t *testing.T) {
	p, peer := newPunch(t, func(c *PunchConfig) { c.LearntFirst = true })
	p.Learn(0, cone)
	sends, _, _ := advance(p, 0, 50*ms1)
	from := netip.MustParseAddrPort("198.51.100.66:6")
	other := newChecker([]byte("some other secret"), peerKey, ourKey)
	good := peer.request(TxID{5})
	forged := [][]byte{nil, {0}, make([]byte, 2000), STUNRequest(TxID{1}), other.request(TxID{2}), good[:len(good)-1],
		sends[0].Data, // our own check, sent back
		answerTo(TxID{3}, from)}
	for n := range good {
		changed := bytes.Clone(good)
		changed[n] ^= 0x10
		forged = append(forged, changed)
	}
	next := p.Next()
	for _, b := range forged {
		if p.Packet(60*ms1, 0, from, b) {
			t.Errorf("%x was taken", b)
		}
	}
	if got := p.AppendSends(nil); len(got) > 0 || p.Next() != next || !p.opening {
		t.Errorf("forged packets led to %v", got)
	}
	if p.Stats().Forged != len(forged) {
		t.Errorf("%d of %d counted as forged", p.Stats().Forged, len(forged))
	}
}

func TestReplayedPacketsDoNothing(t *testing.T) {
	p, peer := newPunch(t, nil)
	p.Learn(0, cone)
	sends, _, _ := advance(p, 0, 5*ms1)
	thief := netip.MustParseAddrPort("198.51.100.66:6")
	request := peer.request(TxID{5})
	p.Packet(6*ms1, 0, cone.Candidates[0].Addr, request)
	p.AppendSends(nil)
	for range 100 {
		p.Packet(7*ms1, 0, thief, request)
	}
	if got := p.AppendSends(nil); len(got) > 0 {
		t.Errorf("a repeated check led to %v", got)
	}
	// An answer from elsewhere, on another socket, twice, or too late.
	c, _ := peer.open(sends[0].Data)
	answer := peer.reply(c.id, thief)
	p.Packet(8*ms1, 0, thief, answer)
	p.Packet(8*ms1, 3, cone.Candidates[0].Addr, answer)
	p.Packet(8*ms1, 0, cone.Candidates[0].Addr, peer.reply(TxID{77}, thief))
	p.Packet(6*time.Second, 0, cone.Candidates[0].Addr, answer)
	if path, ok := p.Path(); ok {
		t.Errorf("a false answer made the path %+v", path)
	}
	p.Packet(9*ms1, 0, cone.Candidates[0].Addr, answer)
	p.AppendEvents(nil)
	p.Packet(10*ms1, 0, cone.Candidates[0].Addr, answer)
	if got := p.AppendEvents(nil); len(got) > 0 {
		t.Errorf("an answer taken twice gave %v", got)
	}
}

// TestStrangersAreBounded has a peer who knows the secret and pretends to be at
// very many addresses.
func TestStrangersAreBounded(t *testing.T) {
	p, peer := newPunch(t, nil)
	p.Learn(0, cone)
	advance(p, 0, 10*ms1)
	packets := map[netip.AddrPort]int{}
	now := 10 * ms1
	const addresses = 5000
	for k := range addresses {
		from := netip.AddrPortFrom(netip.AddrFrom4([4]byte{198, 51, byte(k >> 8), byte(k)}), 53)
		p.Packet(now, 0, from, peer.request(TxID{byte(k), byte(k >> 8)}))
		sends, _, _ := advance(p, now, now+ms1)
		for _, s := range sends {
			packets[s.To]++
		}
		now += ms1
		if len(p.targets) > maxTargets+maxStrangers {
			t.Fatalf("%d addresses are checked", len(p.targets))
		}
	}
	sends, _, _ := advance(p, now, now+10*time.Second)
	for _, s := range sends {
		packets[s.To]++
	}
	for to, n := range packets {
		if n > 3 && to != cone.Candidates[0].Addr {
			t.Errorf("%v, heard once, was sent %d packets", to, n)
		}
	}
	if len(packets) > addresses/1000*maxStrangers+2*maxStrangers {
		t.Errorf("%d addresses were sent packets in 5 s", len(packets))
	}
}

// TestOffersAreBounded has a peer whose offers are bad in every way.
func TestOffersAreBounded(t *testing.T) {
	own := netip.MustParseAddrPort("192.168.1.2:7777")
	p, _ := newPunch(t, func(c *PunchConfig) { c.Local.Candidates = []Candidate{{KindHost, own}} })
	bad := Offer{Descriptor: Descriptor{Mapping: 200, Delta: -32768}, Candidates: []Candidate{{}, {KindHost, own}}}
	for _, s := range []string{"0.0.0.0:1", "255.255.255.255:1", "224.0.0.1:1", "127.0.0.1:1",
		"192.0.2.1:0", "[::1]:1", "[ff02::1]:1", "[fe80::1%eth0]:1"} {
		bad.Candidates = append(bad.Candidates, Candidate{KindHost, netip.MustParseAddrPort(s)})
	}
	p.Learn(0, bad)
	if sends, _, _ := advance(p, 0, 10*time.Second); len(sends) > 0 {
		t.Errorf("checks went to %v", sends)
	}
	if r := p.Report(); !strings.Contains(r.Summary, "no address") || r.Advice == "" {
		t.Errorf("report: %v", r)
	}

	p, _ = newPunch(t, nil)
	var many Offer
	for k := range 1000 {
		many.Candidates = append(many.Candidates,
			Candidate{KindHost, netip.AddrPortFrom(netip.AddrFrom4([4]byte{198, 51, byte(k >> 8), byte(k)}), 53)})
	}
	total := 0
	for k := range 100 {
		p.Learn(time.Duration(k)*100*ms1, Offer{Candidates: many.Candidates[10*k:]})
		sends, at, _ := advance(p, time.Duration(k)*100*ms1, time.Duration(k+1)*100*ms1-1)
		total += len(sends)
		if len(p.targets) > maxTargets {
			t.Fatalf("%d candidates are checked", len(p.targets))
		}
		if len(sends) > 100 {
			t.Errorf("%d packets within %v", len(sends), at[len(at)-1]-at[0])
		}
	}
	if total > maxLearns*maxTargets*30 {
		t.Errorf("%d packets in all", total)
	}
}

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
	p, peer := newPunch(t, func(c *PunchConfig) { c.Local.Descriptor.Mapping = MappingRandom })
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
	p, _ = newPunch(t, func(c *PunchConfig) { c.Local.Descriptor.Mapping = MappingRandom })
	p.Learn(0, cone)
	sends, _, events = advance(p, 0, time.Minute)
	if len(sends) > len(waves)*BirthdaySockets+40 {
		t.Errorf("%d packets", len(sends))
	}
	want := []EventKind{EventOpenSockets, EventRelay, EventCloseSockets, EventFailed}
	if !reflect.DeepEqual(kindsOf(events), want) || len(events[2].Keep) != 0 {
		t.Errorf("events %v, want %v", events, want)
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

// FuzzPunch plays a script of bytes against a Punch: time passes, offers come,
// packets come, proven and not.
func FuzzPunch(f *testing.F) {
	offer := AppendOffer(nil, symmetric)
	f.Add(false, append([]byte{1, byte(len(offer))}, offer...))
	f.Add(true, append(append([]byte{1, byte(len(offer))}, offer...), 0, 200, 2, 7, 4, 1, 0, 255, 2, 9, 3, 2, 1, 1, 0, 255))
	f.Add(true, []byte{2, 1, 2, 2, 4, 0, 5, 3, 0, 255, 0, 255, 0, 255, 0, 255})
	f.Fuzz(func(t *testing.T, symmetricHere bool, script []byte) {
		p, peer := newPunch(t, func(c *PunchConfig) {
			c.LearntFirst = len(script)%2 == 0
			if symmetricHere {
				c.Local.Descriptor.Mapping = MappingRandom
			}
		})
		var now time.Duration
		var sends, all []Send
		next := func(n int) (b []byte) {
			n = min(n, len(script))
			b, script = script[:n], script[n:]
			return b
		}
		for len(script) > 1 {
			op, arg := script[0], script[1]
			script = script[2:]
			from := netip.AddrPortFrom(netip.AddrFrom4([4]byte{203, 0, 113, arg}), 4000)
			switch op % 6 {
			case 0:
				now += time.Duration(arg) * 10 * ms1
				p.Advance(now)
			case 1:
				if o, _, err := ParseOffer(next(int(arg))); err == nil {
					p.Learn(now, o)
				}
			case 2:
				p.Packet(now, int(arg)%5, from, peer.request(TxID{arg, byte(len(script))}))
			case 3:
				p.Packet(now, int(arg)%5, from, next(int(arg)))
			case 4, 5:
				if len(all) == 0 {
					continue
				}
				s := all[int(arg)%len(all)]
				if c, err := peer.open(s.Data); err == nil && op%6 == 4 {
					p.Packet(now, s.Socket, s.To, peer.reply(c.id, from))
				} else {
					p.Packet(now, s.Socket, s.To, s.Data)
				}
			}
			sends = p.AppendSends(sends[:0])
			if len(sends) > 200 {
				t.Fatalf("%d packets at once", len(sends))
			}
			all = append(all, sends...)
			if len(p.targets) > maxTargets+maxStrangers || len(p.pendingOrder) > maxPending || len(p.seenOrder) > maxSeen {
				t.Fatal("a table grew beyond its limit")
			}
			for _, s := range sends {
				if !reachable(s.To.Addr(), false) || s.To.Port() == 0 || s.Data[0] >= 0x40 {
					t.Fatalf("a packet went to %v", s.To)
				}
			}
		}
		comesToRest(t, p, now)
	})
}

// comesToRest leaves a Punch alone until it wants nothing any more.
func comesToRest(t *testing.T, p *Punch, now time.Duration) {
	for steps := 0; p.Next() != Never; steps++ {
		now = max(now, p.Next())
		p.Advance(now)
		p.AppendSends(nil)
		if steps > 20000 {
			t.Fatal("it never comes to rest")
		}
	}
	p.Report()
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
