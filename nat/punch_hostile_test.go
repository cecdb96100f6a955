//go:build !race

package nat

import (
	"bytes"
	"net/netip"
	"strings"
	"testing"
	"time"
)

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
