package lan

import (
	"net/netip"
	"slices"
	"testing"
	"time"
)

var (
	wired    = netip.MustParseAddr("192.168.1.7")
	wireless = netip.MustParseAddr("192.168.2.7")
	linkOnly = netip.MustParseAddr("fe80::7%eth0")
)

// say lets the n-th lobby say something.
func say(t *table, lobby uint32, sequence uint64, info Info, from netip.Addr, ms int) bool {
	_, packet := signedBeacon(key(lobby), sequence, "pond", info)
	return t.hear(packet, from, at(ms))
}

func addrs(t *table, lobby uint32) (list []netip.Addr) {
	if e := t.find(public(key(lobby))); e != nil {
		for _, s := range e.sources {
			list = append(list, s.addr)
		}
	}
	return list
}

func TestTableLifetime(t *testing.T) {
	table := newTable("pond")
	if !say(table, 1, 10, someInfo, wired, 0) {
		t.Error("a new lobby changes nothing")
	}
	if say(table, 1, 11, someInfo, wired, 1000) {
		t.Error("the same again changes something")
	}
	if found := table.appendFound(nil, at(1500)); len(found) != 1 || found[0].SeenAgo != 500*time.Millisecond {
		t.Errorf("found %+v", found)
	}
	if got := table.nextExpiry(); !got.Equal(at(6000)) {
		t.Errorf("the next expiry is at %v", got)
	}
	if table.expire(at(5999)) || len(table.entries) != 1 {
		t.Error("gone after 4.999 s")
	}
	if !table.expire(at(6000)) || len(table.entries) != 0 || !table.nextExpiry().IsZero() {
		t.Error("still there after 5 s")
	}
	if !say(table, 1, 12, someInfo, wired, 7000) {
		t.Error("did not come back")
	}
}

// The time of an answer is that of the first copy of a beacon that had been heard before
// the question; beacons, their copies over another link and late answers tell nothing.
func TestTableTimesAnswers(t *testing.T) {
	table := newTable("pond")
	rtt := func() time.Duration { return table.appendFound(nil, at(0))[0].RTT }
	say(table, 1, 10, someInfo, wired, 0)
	say(table, 1, 10, someInfo, wired, 2) // by broadcast, too
	if rtt() != 0 {
		t.Fatalf("nobody has asked, and it took %v", rtt())
	}
	table.asked = at(50)
	say(table, 1, 10, someInfo, wired, 58)
	say(table, 1, 10, someInfo, wired, 59)
	if rtt() != 8*time.Millisecond {
		t.Fatalf("asked at 50 ms, answered at 58 ms: %v", rtt())
	}
	table.asked = at(1000)
	say(table, 1, 11, someInfo, wired, 1001) // its beacon was due
	say(table, 1, 11, someInfo, wired, 1002)
	if rtt() != 8*time.Millisecond {
		t.Errorf("a beacon is no answer: %v", rtt())
	}
	table.asked = at(1500)
	say(table, 1, 11, someInfo, wireless, 1503)
	say(table, 1, 11, someInfo, wired, 1503)
	if rtt() != 3*time.Millisecond {
		t.Errorf("the quicker one of two answers: %v", rtt())
	}
	for i := range tripsKept {
		table.asked = at(2000 + 1000*i)
		say(table, 1, uint64(20+i), someInfo, wired, 1990+1000*i)
		say(table, 1, uint64(20+i), someInfo, wired, 2020+1000*i)
	}
	if rtt() != 20*time.Millisecond {
		t.Errorf("the last five took 20 ms: %v", rtt())
	}
	table.asked = at(9000)
	say(table, 1, 30, someInfo, wired, 8990)
	say(table, 1, 30, someInfo, wired, 9900)
	if rtt() != 20*time.Millisecond {
		t.Errorf("after 900 ms somebody else was answered: %v", rtt())
	}
}

// Addresses of one lobby merge, private IPv4 first, and die one by one.
func TestTableMerges(t *testing.T) {
	table := newTable("pond")
	loop, public4 := netip.MustParseAddr("127.0.0.1"), netip.MustParseAddr("203.0.113.5")
	auto, unique := netip.MustParseAddr("169.254.3.4"), netip.MustParseAddr("fd00::5")
	for _, from := range []netip.Addr{linkOnly, loop, unique, wired, public4, wireless, auto} {
		if !say(table, 1, 10, someInfo, from, 0) {
			t.Errorf("address %v changes nothing", from)
		}
	}
	if got, want := addrs(table, 1), []netip.Addr{wired, wireless, public4, auto, unique, linkOnly, loop}; !slices.Equal(got, want) {
		t.Errorf("ranked %v, want %v", got, want)
	}
	if found := table.appendFound(nil, at(0)); len(found) != 1 || found[0].Addr != netip.AddrPortFrom(wired, 7777) || found[0].Addrs[5] != netip.AddrPortFrom(linkOnly, 7777) {
		t.Errorf("found %+v", found)
	}
	// Wi-Fi is switched off: beacons go on through the cable and IPv6 alone,
	// each with the same sequence on both.
	for ms := 1000; ms <= 5000; ms += 1000 {
		say(table, 1, uint64(10+ms/1000), someInfo, linkOnly, ms)
		say(table, 1, uint64(10+ms/1000), someInfo, wired, ms)
		say(table, 1, uint64(10+ms/1000), someInfo, wired, ms) // by broadcast, too
	}
	if got, want := addrs(table, 1), []netip.Addr{wired, linkOnly}; !slices.Equal(got, want) {
		t.Errorf("after 5 s without Wi-Fi: %v, want %v", got, want)
	}
	if want := (Stats{Beacons: 17, Copies: 5}); table.stats != want {
		t.Errorf("counted %+v, want %+v", table.stats, want)
	}
	// A new port holds for all addresses at once.
	moved := someInfo
	moved.Port = 8888
	say(table, 1, 16, moved, linkOnly, 5500)
	if found := table.appendFound(nil, at(5500)); found[0].Addr != netip.AddrPortFrom(wired, 8888) {
		t.Errorf("after a new port: %+v", found)
	}
}

func TestTableManyAddresses(t *testing.T) {
	table := newTable("pond")
	for n := range 100 {
		say(table, 1, 10, someInfo, sourceAddr(n), n)
	}
	if got := addrs(table, 1); len(got) != MaxAddrs || got[0] != sourceAddr(0) {
		t.Errorf("addresses %v", got)
	}
	// Sent on from an address that is not listed it is not kept alive: it goes
	// and comes back with that address alone.
	for ms := 1000; ms < 20_000; ms += 1000 {
		say(table, 1, uint64(ms), someInfo, sourceAddr(99), ms)
		for _, f := range table.appendFound(nil, at(ms)) {
			if len(f.Addrs) == 0 || f.SeenAgo >= GoneAfter {
				t.Fatalf("at %d ms: %+v", ms, f)
			}
		}
	}
	if got := addrs(table, 1); !slices.Equal(got, []netip.Addr{sourceAddr(99)}) {
		t.Errorf("at last its addresses are %v", got)
	}
}

func TestTableGoodbye(t *testing.T) {
	table := newTable("pond")
	bye := someInfo
	bye.Flags |= goodbye
	if say(table, 1, 9, bye, wired, 0) || len(table.gone) != 0 {
		t.Error("the goodbye of an unknown lobby is remembered")
	}
	say(table, 1, 10, someInfo, wired, 0)
	_, forged := signedBeacon(key(1), 11, "pond", bye)
	forged[len(forged)-1] ^= 1
	if table.hear(forged, wired, at(1)); len(table.entries) != 1 || table.stats.Forged != 1 {
		t.Errorf("a forged goodbye counts: %+v", table.stats)
	}
	if !say(table, 1, 12, bye, wireless, 2) || len(table.entries) != 0 {
		t.Error("the goodbye is not heard")
	}
	// What was recorded does not bring it back; what it says later does.
	for sequence := range uint64(13) {
		if say(table, 1, sequence, someInfo, wired, 3); len(table.entries) != 0 {
			t.Fatalf("beacon %d brought it back", sequence)
		}
	}
	if !say(table, 1, 13, someInfo, wired, 4) {
		t.Error("opened again, it is not shown")
	}
}

func TestTableReplay(t *testing.T) {
	table := newTable("pond")
	later := someInfo
	later.Taken = 3
	say(table, 1, 10, someInfo, wired, 0)
	say(table, 1, 20, later, wired, 1000)
	for sequence := uint64(1); sequence < 20; sequence++ {
		if say(table, 1, sequence, someInfo, wireless, 1100) {
			t.Fatalf("old beacon %d changes something", sequence)
		}
	}
	if e := table.find(public(key(1))); e.newest.info != later || len(e.sources) != 1 {
		t.Errorf("replays made %+v", e)
	}
	if table.stats.Replayed != 19 {
		t.Errorf("counted %+v", table.stats)
	}
	// Gone for a minute: a replay counts again, as it would for a new list.
	table.expire(at(6000))
	if say(table, 1, 20, later, wired, 65_999) || !say(table, 1, 20, later, wired, 66_000) {
		t.Error("a lobby that is gone is not remembered for a minute")
	}
}

func TestTableOtherGames(t *testing.T) {
	table := newTable("pond")
	_, other := signedBeacon(key(1), 1, "swamp", someInfo)
	for _, packet := range [][]byte{other, nil, []byte("hello"), appendSolicit(nil, solicit{game: "pond"})} {
		if table.hear(packet, wired, at(0)) {
			t.Errorf("%q changed the list", packet)
		}
	}
	if table.stats != (Stats{}) || len(table.entries) != 0 {
		t.Errorf("counted %+v", table.stats)
	}
}

// One source fills its share, not the list; a full list makes place for a new
// source at the cost of the one that has most.
func TestTableCrowded(t *testing.T) {
	table := newTable("pond")
	for lobby := range uint32(20) {
		say(table, lobby, 1, someInfo, wired, int(lobby)*60)
	}
	if len(table.entries) != MaxPerSource || table.stats.Crowded != 16 {
		t.Errorf("%d lobbies of one source, counted %+v", len(table.entries), table.stats)
	}
	// Nor can it add its address to others' lobbies beyond its share.
	say(table, 100, 1, someInfo, wireless, 1300)
	if say(table, 100, 1, someInfo, wired, 1360); len(addrs(table, 100)) != 1 {
		t.Errorf("addresses %v", addrs(table, 100))
	}

	for n := range MaxFound - MaxPerSource - 1 {
		say(table, uint32(200+n), 1, someInfo, sourceAddr(n), 2000)
	}
	if len(table.entries) != MaxFound {
		t.Fatalf("%d lobbies", len(table.entries))
	}
	crowd := func() int { return table.count(wired) }
	for n := range 3 {
		if !say(table, uint32(300+n), 1, someInfo, sourceAddr(300+n), 3000) || crowd() != MaxPerSource-1-n {
			t.Errorf("new source %d: the crowd has %d", n, crowd())
		}
	}
	if say(table, 400, 1, someInfo, sourceAddr(400), 3000) || len(table.entries) != MaxFound {
		t.Error("each source has one, and still another is listed")
	}
	if say(table, 401, 1, someInfo, wired, 3001); len(table.entries) != MaxFound || crowd() != 1 {
		t.Error("a source that is listed got a second place in a full list")
	}
}

// Forged beacons in a flood: bounded work, and honest lobbies stay.
func TestTableFlood(t *testing.T) {
	table := newTable("pond")
	_, forged := signedBeacon(key(9), 1, "pond", someInfo)
	forged[len(forged)-1] ^= 1
	for ms := range 3000 {
		if ms%1000 == 0 {
			say(table, 1, uint64(1+ms), someInfo, wired, ms)
		}
		for n := range 3 {
			table.hear(forged, sourceAddr(ms*3+n), at(ms))
		}
	}
	if len(table.entries) != 1 || table.stats.Forged > 710 || table.stats.Limited < 8000 {
		t.Errorf("%d lobbies, counted %+v", len(table.entries), table.stats)
	}
	if got := table.appendFound(nil, at(3000)); got[0].SeenAgo != time.Second {
		t.Errorf("the honest lobby was last seen %v ago", got[0].SeenAgo)
	}
}

// Any packets, from anywhere, in any order: the list keeps its bounds.
func FuzzTable(f *testing.F) {
	f.Add([]byte{0, 0, 1, 0, 0, 1, 0, 0, 1, 1, 9, 200})
	f.Add([]byte{0, 0, 1, 5, 0, 0x81, 2, 5, 3, 1, 1, 0})
	f.Fuzz(func(t *testing.T, script []byte) {
		table := newTable("pond")
		ms := 0
		if len(script) > 600 {
			script = script[:600]
		}
		for len(script) >= 3 {
			info := someInfo
			if script[0]&0x80 != 0 {
				info.Flags |= goodbye
			}
			say(table, uint32(script[0]&0x7f), uint64(script[1]), info, sourceAddr(int(script[1]>>4)), ms)
			ms += int(script[2]) * 10
			script = script[3:]
			table.expire(at(ms))
			for _, found := range table.appendFound(nil, at(ms)) {
				if len(found.Addrs) == 0 || len(found.Addrs) > MaxAddrs || found.SeenAgo < 0 || found.SeenAgo >= GoneAfter {
					t.Fatalf("at %d ms: %+v", ms, found)
				}
				if n := table.count(found.Addr.Addr()); n > MaxPerSource {
					t.Fatalf("%v has %d lobbies", found.Addr, n)
				}
			}
			if len(table.entries) > MaxFound || len(table.gone) > MaxFound {
				t.Fatalf("%d lobbies, %d gone", len(table.entries), len(table.gone))
			}
		}
	})
}

func BenchmarkHearCopy(b *testing.B) {
	table := newTable("pond")
	_, packet := signedBeacon(key(1), 1, "pond", someInfo)
	table.hear(packet, wired, at(0))
	b.ReportAllocs()
	for b.Loop() {
		table.hear(packet, wired, at(1))
	}
}

func BenchmarkHearNew(b *testing.B) {
	_, packet := signedBeacon(key(1), 1, "pond", someInfo)
	b.ReportAllocs()
	for b.Loop() {
		newTable("pond").hear(packet, wired, at(0))
	}
}
