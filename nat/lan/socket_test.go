package lan

import (
	"crypto/ed25519"
	"encoding/binary"
	"net"
	"net/netip"
	"slices"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// loopback restricts a network to this computer and gives it a port of its own.
func loopback(t *testing.T) Network {
	t.Helper()
	interfaces, err := net.Interfaces()
	if err != nil {
		t.Fatal(err)
	}
	for _, ifi := range interfaces {
		if ifi.Flags&net.FlagLoopback == 0 || ifi.Flags&net.FlagUp == 0 {
			continue
		}
		conn, err := net.ListenUDP("udp4", &net.UDPAddr{})
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		return Network{
			Port:       conn.LocalAddr().(*net.UDPAddr).AddrPort().Port(),
			Interfaces: []string{ifi.Name},
		}
	}
	t.Skip("there is no loopback interface here")
	return Network{}
}

// key returns the n-th private key of the tests.
func key(n uint32) ed25519.PrivateKey {
	var seed [ed25519.SeedSize]byte
	binary.BigEndian.PutUint32(seed[:], n)
	return ed25519.NewKeyFromSeed(seed[:])
}

func public(private ed25519.PrivateKey) (p [ed25519.PublicKeySize]byte) {
	copy(p[:], private.Public().(ed25519.PublicKey))
	return p
}

var someInfo = Info{Port: 7777, Flags: Open, Taken: 1, Seats: 4, Name: "Ana", Title: "Ana's pond"}

// await waits until the list is as wanted and returns it.
func await(t *testing.T, b *Browser, within time.Duration, what string, wanted func([]Found) bool) []Found {
	t.Helper()
	deadline := time.After(within)
	for {
		found := b.AppendFound(nil)
		if wanted(found) {
			return found
		}
		select {
		case <-b.Changed():
		case <-deadline:
			t.Fatalf("not within %v: %s; the list is %+v, the counts are %+v, the browser says %v", within, what, b.AppendFound(nil), b.Stats(), b.Err())
		}
	}
}

// Two programs on one computer share the port and find each other, whichever
// is opened first; a lobby that is closed is gone at once.
func TestLoopback(t *testing.T) {
	defer goleak.VerifyNone(t)
	network := loopback(t)
	early, err := Browse(BrowseConfig{Game: "pond", Network: network})
	if err != nil {
		t.Fatal(err)
	}
	defer early.Close()
	start := time.Now()
	lobby, err := Announce(AnnounceConfig{Key: key(1), Game: "pond", Info: someInfo, Network: network})
	if err != nil {
		t.Fatal(err)
	}
	defer lobby.Close()
	one := func(found []Found) bool { return len(found) == 1 }
	await(t, early, 2*time.Second, "the open list shows a new lobby", one)
	t.Logf("an open list showed a new lobby after %v", time.Since(start))

	start = time.Now()
	late, err := Browse(BrowseConfig{Game: "pond", Network: network})
	if err != nil {
		t.Fatal(err)
	}
	defer late.Close()
	found := await(t, late, 2*time.Second, "a new list shows the lobby", one)[0]
	t.Logf("a new list showed an open lobby after %v", time.Since(start))

	if found.Key != public(key(1)) || found.Name != "Ana" || found.Title != "Ana's pond" || found.Game != "pond" ||
		found.Flags != Open || found.Taken != 1 || found.Seats != 4 {
		t.Errorf("found %+v", found)
	}
	if want := netip.MustParseAddrPort("127.0.0.1:7777"); found.Addr != want {
		t.Errorf("found at %v, want %v", found.Addr, want)
	}
	if err := late.Err(); err != ErrOnlyLoopback {
		t.Errorf("a list that is restricted to loopback says %v", err)
	}

	changed := someInfo
	changed.Taken, changed.Flags = 2, Open|Playing|Watch
	if err := lobby.Update(changed); err != nil {
		t.Fatal(err)
	}
	start = time.Now()
	for _, b := range []*Browser{early, late} {
		await(t, b, 2*time.Second, "the list shows two seats taken", func(found []Found) bool {
			return len(found) == 1 && found[0].Taken == 2 && found[0].Flags == Open|Playing|Watch
		})
	}
	t.Logf("an update showed after %v", time.Since(start))

	start = time.Now()
	lobby.Close()
	for _, b := range []*Browser{early, late} {
		await(t, b, 2*time.Second, "the list is empty after the goodbye", func(found []Found) bool { return len(found) == 0 })
	}
	t.Logf("a closed lobby was gone after %v", time.Since(start))
	lobby.Close()
	if err := lobby.Update(someInfo); err != nil {
		t.Errorf("Update after Close: %v", err)
	}
}

// Nonsense on the port, also longer than any packet of ours, stops nobody.
func TestNonsenseOnThePort(t *testing.T) {
	defer goleak.VerifyNone(t)
	network := loopback(t)
	list, err := Browse(BrowseConfig{Game: "pond", Network: network})
	if err != nil {
		t.Fatal(err)
	}
	defer list.Close()
	stranger, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	defer stranger.Close()
	_, good := signedBeacon(key(1), 1, "pond", someInfo)
	_, last := signedBeacon(key(2), 1, "pond", someInfo)
	nonsense := [][]byte{{}, {0}, []byte(beaconMagic), []byte(solicitMagic), make([]byte, 2000), append(slices.Clone(good), 0), good[:len(good)-1]}
	for _, packet := range append(nonsense, last) {
		if _, err := stranger.WriteToUDPAddrPort(packet, netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), network.Port)); err != nil {
			t.Fatal(err)
		}
	}
	found := await(t, list, 2*time.Second, "the list shows the only good beacon", func(found []Found) bool { return len(found) > 0 })
	if len(found) != 1 || found[0].Key != public(key(2)) {
		t.Errorf("found %+v", found)
	}
}

// Another program that does not share the port is named as what is wrong.
func TestPortTaken(t *testing.T) {
	defer goleak.VerifyNone(t)
	network := loopback(t)
	for _, addr := range []string{"0.0.0.0", "::"} {
		version := "udp4"
		if addr == "::" {
			version = "udp6"
		}
		taken, err := net.ListenUDP(version, &net.UDPAddr{IP: net.ParseIP(addr), Port: int(network.Port)})
		if err != nil {
			t.Skip("cannot take the port: ", err)
		}
		defer taken.Close()
	}
	list, err := Browse(BrowseConfig{Game: "pond", Network: network})
	if err != nil {
		t.Fatal(err)
	}
	defer list.Close()
	if err := list.Err(); err != ErrPortTaken {
		t.Errorf("the list says %v", err)
	}
}
