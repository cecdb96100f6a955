package lan

import (
	"bytes"
	"net/netip"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/net/dns/dnsmessage"
)

var (
	knockFour = knock{nonce: 1 << 60, port: 50001, to: netip.MustParseAddrPort("192.168.1.5:7777")}
	knockSix  = knock{nonce: 2, port: 1, to: netip.MustParseAddrPort("[fe80::5]:65535")}
)

func TestKnockOnTheWire(t *testing.T) {
	for _, k := range []knock{knockFour, knockSix} {
		packet := appendKnock(nil, k)
		if got, err := decodeKnock(packet); err != nil || got != k || len(packet) > maxKnock {
			t.Errorf("%+v became %+v, %v", k, got, err)
		}
		query := knockQuery(7, k)
		if got, err := readKnockQuery(query); err != nil || got != k || len(query) > 128 {
			t.Errorf("%+v became %+v in %d bytes, %v", k, got, len(query), err)
		}
		if q := somePlate.readQuery(query); len(q.asked) != 0 || isResponse(query) || isSolicit(packet) {
			t.Errorf("%+v passes for a question about a lobby", k)
		}
		for n := range packet {
			if got, err := decodeKnock(packet[:n]); err == nil && n != knockHeader+4 { // by the length it is of IPv4
				t.Errorf("the first %d bytes pass for %+v", n, got)
			}
		}
	}
	odd := func(k knock, to string, port uint16) knock {
		k.to, k.port = netip.MustParseAddrPort(to), port
		return k
	}
	for _, bad := range []knock{
		odd(knockFour, "192.168.1.5:0", 1), odd(knockFour, "192.168.1.5:1", 0), odd(knockFour, "0.0.0.0:1", 1),
		odd(knockFour, "[::ffff:192.168.1.5]:1", 1), odd(knockFour, "224.0.0.251:1", 1), odd(knockSix, "[ff02::fb]:1", 1),
	} {
		if _, err := decodeKnock(appendKnock(nil, bad)); err == nil {
			t.Errorf("%+v is accepted", bad)
		}
	}
	for _, name := range []string{serviceName, "00" + knockSuffix, "zz" + knockSuffix, "a.b" + knockSuffix} {
		if k, err := readKnockQuery(ask(name, dnsmessage.TypeTXT, dnsmessage.ClassINET)); err == nil {
			t.Errorf("%q passes for %+v", name, k)
		}
	}
}

// always is a socket that keeps its port.
func always(port uint16) func() uint16 { return func() uint16 { return port } }

// TestKnockFromAnotherPort: the caller's socket and the lobby's die, and others take
// their places on other ports. Knocks name the ports of now.
func TestKnockFromAnotherPort(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		own, nobody := &ether{}, func([]byte, netip.AddrPort) {}
		var here, there atomic.Uint32
		here.Store(50001)
		there.Store(7777)
		lobby := startListening(func() uint16 { return uint16(there.Load()) }, own.open(1), nil)
		defer lobby.Close()
		call := func(port uint16) *Knocker {
			return startKnocking(KnockConfig{To: netip.AddrPortFrom(sourceAddr(1), port),
				Port: func() uint16 { return uint16(here.Load()) }}, own.open(2)(nobody), nil)
		}
		heard := func(want ...netip.AddrPort) {
			t.Helper()
			synctest.Wait()
			if got := lobby.AppendKnocks(nil); !slices.Equal(got, want) {
				t.Errorf("heard %v, want %v", got, want)
			}
		}
		<-time.After(time.Second)
		first := call(7777)
		defer first.Close()
		heard(netip.AddrPortFrom(sourceAddr(2), 50001))
		here.Store(50002)
		<-time.After(500 * time.Millisecond)
		heard(netip.AddrPortFrom(sourceAddr(2), 50002))
		there.Store(7778)
		<-time.After(time.Second)
		heard()
		second := call(7778)
		defer second.Close()
		heard(netip.AddrPortFrom(sourceAddr(2), 50002))
	})
}

// TestKnockIsHeard: by our own packets alone, and by multicast DNS alone, a lobby
// hears a knock at once, once, and again, until the knocker is closed.
func TestKnockIsHeard(t *testing.T) {
	for _, by := range []string{"own", "names", "both"} {
		synctest.Test(t, func(t *testing.T) {
			var s site
			own := &ether{}
			lobby := s.openLobby(t, own, 1)
			defer lobby.Close()
			<-time.After(time.Second)
			config := KnockConfig{To: netip.AddrPortFrom(sourceAddr(1), someInfo.Port), Port: always(50001)}
			elsewhere := &ether{}
			carriers := map[string][2]*ether{"own": {own, elsewhere}, "names": {elsewhere, &s.names}, "both": {own, &s.names}}[by]
			nobody := func([]byte, netip.AddrPort) {}
			knocker := startKnocking(config, carriers[0].open(2)(nobody), carriers[1].open(2)(nobody))
			want := []netip.AddrPort{netip.AddrPortFrom(sourceAddr(2), 50001)}
			last := time.Duration(0)
			for _, at := range []time.Duration{0, 500 * time.Millisecond, 1500 * time.Millisecond, 3500 * time.Millisecond, 5500 * time.Millisecond} {
				<-time.After(at - last)
				last = at
				synctest.Wait()
				if got := lobby.AppendKnocks(nil); !slices.Equal(got, want) {
					t.Errorf("%s, after %v: %v, want %v", by, at, got, want)
				}
			}
			knocker.Close()
			knocker.Close()
			<-time.After(time.Minute)
			if got := lobby.AppendKnocks(nil); len(got) != 0 {
				t.Errorf("%s: closed, and yet %v", by, got)
			}
		})
	}
}

// TestListenerHears: a lobby that is on no list hears the same, says nothing to
// anybody, and hears no more when it is closed.
func TestListenerHears(t *testing.T) {
	for _, by := range []string{"own", "names", "both"} {
		synctest.Test(t, func(t *testing.T) {
			own, names, elsewhere := &ether{}, &ether{}, &ether{}
			carriers := map[string][2]*ether{"own": {own, elsewhere}, "names": {elsewhere, names}, "both": {own, names}}[by]
			lobby := startListening(always(someInfo.Port), own.open(1), names.open(1))
			<-time.After(time.Minute)
			if n := own.count() + names.count(); n != 0 {
				t.Errorf("it has sent %d packets", n)
			}
			nobody := func([]byte, netip.AddrPort) {}
			call := func(port uint16) *Knocker {
				config := KnockConfig{To: netip.AddrPortFrom(sourceAddr(1), port), Port: always(50001)}
				return startKnocking(config, carriers[0].open(2)(nobody), carriers[1].open(2)(nobody))
			}
			for port, want := range map[uint16]int{someInfo.Port: 1, someInfo.Port + 1: 0} {
				knocker := call(port)
				synctest.Wait()
				if got := lobby.AppendKnocks(nil); len(got) != want || want > 0 && got[0] != netip.AddrPortFrom(sourceAddr(2), 50001) {
					t.Errorf("%s, called at port %d: %v", by, port, got)
				}
				knocker.Close()
			}
			asking := openList(t, own, 3)
			<-time.After(10 * time.Second)
			if len(asking.AppendFound(nil)) != 0 {
				t.Error("a list shows it")
			}
			asking.Close()
			lobby.Close()
			lobby.Close()
			for _, p := range append(own.ports, names.ports...) {
				if p.addr.Addr() == sourceAddr(1) {
					t.Error("it is not closed")
				}
			}
			knocker := call(someInfo.Port)
			defer knocker.Close()
			synctest.Wait()
			if got := lobby.AppendKnocks(nil); len(got) != 0 {
				t.Errorf("closed, and yet %v", got)
			}
		})
	}
}

// TestKnocksOfStrangers: a lobby hears only who is its neighbour and calls it at its
// own address, and can be made to answer nobody else; a flood fills little memory
// and passes.
func TestKnocksOfStrangers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		lobby := openLobby(t, &ether{}, 1)
		defer lobby.Close()
		four, six := somePlace("192.168.1.5/24"), somePlace("fe80::5/64")
		other := place{index: 4, name: "lan2", prefix: netip.MustParsePrefix("10.0.0.5/8"), multicast: true, broadcast: true}
		places := []place{four, other, six}
		call := func(to string) knock { return knock{nonce: 1, port: 50001, to: netip.MustParseAddrPort(to)} }
		for _, row := range []struct {
			from string
			k    knock
			want string // "" if nobody is to be answered
		}{
			{"192.168.1.9", call("192.168.1.5:7777"), "192.168.1.9:50001"},
			{"fe80::9%lan1", call("[fe80::5]:7777"), "[fe80::9%lan1]:50001"},
			{"10.3.2.1", call("10.0.0.5:7777"), "10.3.2.1:50001"},
			{"192.168.1.9", call("192.168.1.5:7778"), ""},   // another lobby's port
			{"192.168.1.9", call("192.168.1.6:7777"), ""},   // another computer
			{"192.168.1.9", call("10.0.0.5:7777"), ""},      // by another network
			{"192.168.2.9", call("192.168.1.5:7777"), ""},   // no neighbour
			{"203.0.113.9", call("192.168.1.5:7777"), ""},   // from anywhere
			{"192.168.1.255", call("192.168.1.5:7777"), ""}, // everybody's address
			{"192.168.1.0", call("192.168.1.5:7777"), ""},
			{"fe80::9%lan2", call("[fe80::5]:7777"), ""}, // on another network
			{"2001:db8::9", call("[fe80::5]:7777"), ""},
		} {
			lobby.knocked(row.k, netip.MustParseAddr(row.from), places)
			got := lobby.AppendKnocks(nil)
			if row.want == "" && len(got) > 0 || row.want != "" && (len(got) != 1 || got[0].String() != row.want) {
				t.Errorf("%s calls %v: %v, want %q", row.from, row.k.to, got, row.want)
			}
		}
		for n := range 100_000 {
			k := call("10.0.0.5:7777")
			k.nonce, k.port = uint64(n), uint16(1+n%60_000)
			lobby.knocked(k, netip.AddrFrom4([4]byte{10, 1, byte(n >> 8), byte(n)}), places)
			if n%1000 == 0 {
				<-time.After(10 * time.Millisecond)
			}
		}
		if n := len(lobby.AppendKnocks(nil)); n != maxKnocks {
			t.Errorf("%d knocks wait", n)
		}
		<-time.After(5 * time.Second)
		lobby.knocked(call("192.168.1.5:7777"), netip.MustParseAddr("192.168.1.9"), places)
		if n := len(lobby.AppendKnocks(nil)); n != 1 || len(lobby.doorstep.limits.sources) > maxSources {
			t.Errorf("after the flood %d knocks are heard; %d sources", n, len(lobby.doorstep.limits.sources))
		}
	})
}

// TestKnockTowards: knocks go to the networks that the lobby's address is on, and
// nowhere else, and the shared port is left alone.
func TestKnockTowards(t *testing.T) {
	network := loopback(t)
	for to, want := range map[string]int{"127.0.0.1": 1, "192.0.2.1": 0, "2001:db8::1": 0} {
		m := beaconMedium(network.Port)
		m.toward = netip.MustParseAddr(to)
		s := openSockets(m, network.Interfaces, func([]byte, netip.AddrPort) {}).(*sockets)
		err := s.refresh()
		if len(s.links) != want || s.listen != [2]*socket{} {
			t.Errorf("towards %s: %d links, %v, %v", to, len(s.links), s.listen, err)
		}
		s.close()
	}
}

// TestKnockByLoopback knocks through real sockets.
func TestKnockByLoopback(t *testing.T) {
	network := loopback(t)
	network.NoDNSSD = true
	lobby, err := Announce(AnnounceConfig{Key: key(1), Game: "pond", Info: someInfo, Network: network})
	if err != nil {
		t.Fatal(err)
	}
	defer lobby.Close()
	unlisted := Listen(ListenConfig{Port: always(7778), Network: network})
	defer unlisted.Close()
	hears := map[uint16]interface {
		AppendKnocks([]netip.AddrPort) []netip.AddrPort
	}{7777: lobby, 7778: unlisted}
	for port := range hears {
		knocker := Knock(KnockConfig{To: netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), port), Port: always(50001), Network: network})
		defer knocker.Close()
	}
	deadline := time.After(10 * time.Second)
	for tick := time.NewTicker(time.Millisecond); len(hears) > 0; {
		select {
		case <-tick.C:
			for port, lobby := range hears {
				if got := lobby.AppendKnocks(nil); len(got) > 0 {
					if got[0] != netip.MustParseAddrPort("127.0.0.1:50001") {
						t.Errorf("heard %v", got)
					}
					delete(hears, port)
				}
			}
		case <-deadline:
			t.Fatal("not heard in 10 s")
		}
	}
}

func FuzzDecodeKnock(f *testing.F) {
	for _, k := range []knock{knockFour, knockSix} {
		f.Add(appendKnock(nil, k))
		f.Add(knockQuery(1, k))
	}
	f.Add(ask("00"+knockSuffix, dnsmessage.TypeTXT, dnsmessage.ClassINET))
	f.Fuzz(func(t *testing.T, packet []byte) {
		if k, err := decodeKnock(packet); err == nil {
			if again := appendKnock(nil, k); !bytes.Equal(again, packet) || len(packet) > maxKnock {
				t.Errorf("%x decodes to %+v, which encodes to %x", packet, k, again)
			}
		}
		k, err := readKnockQuery(packet)
		if err != nil {
			return
		}
		if again, err := readKnockQuery(knockQuery(1, k)); err != nil || again != k {
			t.Errorf("%+v becomes %+v, %v", k, again, err)
		}
	})
}
