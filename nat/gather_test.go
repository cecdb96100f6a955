//go:build !race

package nat

import (
	"net/netip"
	"reflect"
	"testing"
	"time"

	"github.com/visavis-netcode/visavis/nat/stun"
)

func gathering(servers int) (*Gather, []netip.AddrPort) {
	var list []netip.AddrPort
	for k := range servers {
		list = append(list, netip.AddrPortFrom(netip.AddrFrom4([4]byte{198, 51, 100, byte(k)}), 3478))
	}
	host := Candidate{KindHost, netip.MustParseAddrPort("192.168.1.7:7777")}
	return NewGather(GatherConfig{Servers: list, Hosts: []Candidate{host}, Seed: 3}, 0), list
}

// asked lets time pass and returns the requests sent meanwhile by server.
func asked(g *Gather, until time.Duration) map[netip.AddrPort][]TxID {
	ids := map[netip.AddrPort][]TxID{}
	for {
		for _, s := range g.AppendSends(nil) {
			ids[s.To] = append(ids[s.To], stun.IDOf(s.Data))
		}
		if g.Next() > until {
			return ids
		}
		g.Advance(g.Next())
	}
}

func TestGather(t *testing.T) {
	g, servers := gathering(6)
	ids := asked(g, 50*ms1)
	if len(ids) != askAtOnce {
		t.Fatalf("%d servers were asked", len(ids))
	}
	public := netip.MustParseAddrPort("203.0.113.9:7777")
	// False answers first: unknown id, wrong server, an impossible address.
	id := ids[servers[0]][0]
	for name, ok := range map[string]bool{
		"unknown id":   g.Packet(g.now, servers[0], answerTo(TxID{1}, public)),
		"other server": g.Packet(g.now, servers[1], answerTo(id, public)),
		"nonsense":     g.Packet(g.now, servers[0], []byte("hello")),
	} {
		if ok {
			t.Errorf("%s: taken for an answer", name)
		}
	}
	if o := g.Offer(); len(o.Candidates) != 1 || o.Descriptor != (Descriptor{}) {
		t.Errorf("before any answer the offer is %+v", o)
	}
	for k, s := range servers[:3] {
		if !g.Packet(g.now, s, answerTo(ids[s][0], public)) || g.Packet(g.now, s, answerTo(ids[s][0], public)) {
			t.Errorf("server %d: its answer counts once", k)
		}
	}
	g.AddMapped(netip.MustParseAddrPort("203.0.113.9:8000"))
	want := Offer{Descriptor: Descriptor{Mapping: MappingIndependent, PortMapped: true}, Candidates: []Candidate{
		{KindHost, netip.MustParseAddrPort("192.168.1.7:7777")}, {KindMapped, netip.MustParseAddrPort("203.0.113.9:8000")},
		{KindReflexive, public}}}
	if got := g.Offer(); !g.Done() || g.Next() != Never || !reflect.DeepEqual(got, want) {
		t.Errorf("offer %+v, want %+v", got, want)
	}

	// A renewed round asks the others, and replaces what was known when done.
	g.Restart(10 * time.Second)
	moved := netip.MustParseAddrPort("203.0.113.9:9999")
	ids = asked(g, 10*time.Second+50*ms1)
	for k, s := range servers[3:] {
		if got := g.Offer(); !reflect.DeepEqual(got, want) {
			t.Errorf("after %d new answers the offer is %+v", k, got)
		}
		if len(ids[s]) == 0 || !g.Packet(g.now, s, answerTo(ids[s][0], moved)) {
			t.Errorf("the renewed round did not ask %v", s)
		}
	}
	want.Candidates[2].Addr = moved
	if got := g.Offer(); !reflect.DeepEqual(got, want) {
		t.Errorf("renewed offer %+v, want %+v", got, want)
	}
}

func TestGatherWithoutAnswers(t *testing.T) {
	g, servers := gathering(3)
	ids := asked(g, time.Minute)
	for _, s := range servers {
		if len(ids[s]) != len(askAt) {
			t.Errorf("%v was asked %d times", s, len(ids[s]))
		}
	}
	if o := g.Offer(); !g.Done() || o.Descriptor.Mapping != MappingBlocked {
		t.Errorf("nobody answered: %+v", o)
	}
	g, _ = gathering(0)
	if o := g.Offer(); !g.Done() || o.Descriptor != (Descriptor{}) || len(o.Candidates) != 1 {
		t.Errorf("nobody asked: %+v", o)
	}
}

// TestGatherBothFamilies has a public IPv6 address beside a NATed IPv4 one.
func TestGatherBothFamilies(t *testing.T) {
	six := netip.MustParseAddrPort("[2001:db8::7]:7777")
	servers := []netip.AddrPort{netip.MustParseAddrPort("198.51.100.1:1"), netip.MustParseAddrPort("198.51.100.2:1"),
		netip.MustParseAddrPort("[2001:db8:f::1]:1")}
	g := NewGather(GatherConfig{Servers: servers, Hosts: []Candidate{{KindHost, six}}}, 0)
	ids := asked(g, 10*ms1)
	g.Packet(g.now, servers[0], answerTo(ids[servers[0]][0], netip.MustParseAddrPort("203.0.113.9:5000")))
	g.Packet(g.now, servers[1], answerTo(ids[servers[1]][0], netip.MustParseAddrPort("203.0.113.9:6000")))
	g.Packet(g.now, servers[2], answerTo(ids[servers[2]][0], six))
	want := Offer{Descriptor: Descriptor{Mapping: MappingRandom}, Candidates: []Candidate{
		{KindHost, six}, {KindReflexive, netip.MustParseAddrPort("203.0.113.9:6000")}}}
	if got := g.Offer(); !reflect.DeepEqual(got, want) {
		t.Errorf("offer %+v, want %+v", got, want)
	}
}
