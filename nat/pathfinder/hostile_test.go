package pathfinder

import (
	"context"
	"crypto/rand"
	"net"
	"net/netip"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/visavis-netcode/visavis/nat"
	"github.com/visavis-netcode/visavis/nat/natsim"
)

// impostor plays a player towards another from a socket of its own, by the secret
// that the two have met by, and swallows what comes.
type impostor struct {
	socket    *net.UDPConn
	keys      keepKey
	punch     *nat.Punch
	start     time.Time
	believed  bool // the other has answered its checks
	swallowed int  // packets of QUIC
}

func newImpostor(t *testing.T, secret []byte, as, to [32]byte, at netip.AddrPort) *impostor {
	t.Helper()
	socket, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { socket.Close() })
	punch, err := nat.NewPunch(nat.PunchConfig{Secret: secret, LocalKey: as, RemoteKey: to, NoBirthday: true, Loopback: true}, 0)
	if err != nil {
		t.Fatal(err)
	}
	punch.Learn(0, nat.Offer{Candidates: []nat.Candidate{{Kind: nat.KindHost, Addr: at}}})
	return &impostor{socket: socket, keys: newKeepKey(secret, as, to), punch: punch, start: time.Now()}
}

// run goes on until the context ends.
func (i *impostor) run(ctx context.Context) {
	var b [2048]byte
	for ctx.Err() == nil {
		i.punch.Advance(time.Since(i.start))
		for _, s := range i.punch.AppendSends(nil) {
			i.socket.WriteToUDPAddrPort(s.Data, s.To)
		}
		if path, ok := i.punch.Path(); ok {
			i.believed = true
			junk := make([]byte, 36)
			rand.Read(junk)
			junk[0] = 0x40
			i.socket.WriteToUDPAddrPort(junk, path.Remote)
			i.socket.WriteToUDPAddrPort(i.keys.packet(keepAsk|keepUsed, draw()), path.Remote)
		}
		i.socket.SetReadDeadline(time.Now().Add(2 * time.Millisecond))
		n, from, err := i.socket.ReadFromUDPAddrPort(b[:])
		switch {
		case err != nil:
		case b[0]&0xc0 != 0 || b[0] == 0x24 || b[0] == 0x26:
			i.swallowed++
		case b[0] == firstKeep:
			if what, nonce, _, ok := i.keys.open(b[:n]); ok && what&keepWhat == keepAsk {
				i.socket.WriteToUDPAddrPort(i.keys.answer(nonce, 1, 0), from)
			}
		default:
			i.punch.Packet(time.Since(i.start), 0, from, b[:n])
		}
	}
}

// TestImpostors: somebody who knows the code, the keys and the addresses of two
// players plays each of them towards the other, from the moment of their connection
// and later. Nothing of it reaches their paths.
func TestImpostors(t *testing.T) {
	t.Parallel()
	server, _ := serve(t, false)
	host, guest := newPlayer(t, 1, Config{Rendezvous: server}), newPlayer(t, 2, Config{Rendezvous: server})
	code := newCode(t)
	await(t, "the code to work", host.finder.Host(code, 4).Ready)
	a := guest.finder.Join(code)
	d, l := connect(t, guest, host, a)
	check, _ := a.Check()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	var tasks sync.WaitGroup
	streams := play(ctx, &tasks, d, l)
	flow(t, streams, 30)
	var impostors []*impostor
	for range 2 {
		for _, two := range [][2]*player{{host, guest}, {guest, host}} {
			i := newImpostor(t, check[:], two[0].finder.config.Key, two[1].finder.config.Key, two[1].paths.Addr())
			impostors = append(impostors, i)
			tasks.Go(func() { i.run(ctx) })
		}
		for range 10 {
			flow(t, streams, 12)
			if guest.real(d) != host.paths.Addr() || host.real(l) != guest.paths.Addr() {
				t.Fatalf("packets go to %v and %v", guest.real(d), host.real(l))
			}
		}
	}
	cancel()
	tasks.Wait()
	for n, i := range impostors {
		t.Logf("impostor %d: believed %v", n, i.believed)
		if i.swallowed > 0 {
			t.Errorf("impostor %d has got %d packets of QUIC", n, i.swallowed)
		}
	}
}

// TestRostersAreSpared: a lobby's host names one member after another, a new lot every
// second, all with ports of one stranger who lives next door. Whatever goes towards
// him, to die on the way or not, is bounded.
func TestRostersAreSpared(t *testing.T) {
	for _, victim := range []string{"198.51.100.9", "2001:db8:9::9"} {
		synctest.Test(t, func(t *testing.T) {
			sim := natsim.New(1)
			home := sim.Home("none", natsim.Options{IPv6: natsim.OpenIPv6})
			sim.Start()
			defer sim.Stop()
			f := simulated(t, home.Hosts[0], 1, Config{})
			time.Sleep(2 * time.Second)
			before := f.paths.Stats().PacketsSent
			for round := range 30 {
				var attempts []*Attempt
				for m := range 14 {
					var o nat.Offer
					o.Descriptor.Mapping = nat.Mapping(1 + (round+m)%3)
					for c := range nat.MaxCandidates {
						o.Candidates = append(o.Candidates, nat.Candidate{Kind: []nat.Kind{nat.KindReflexive, nat.KindHost, nat.KindMapped}[c%3],
							Addr: netip.AddrPortFrom(netip.MustParseAddr(victim), uint16(1024+256*round+16*m+c))})
					}
					a, err := f.Connect(appendKeyed(nil, [32]byte{9, byte(round), byte(m)}, o), []byte("of the host's choice"), m%2 == 0)
					if err != nil {
						t.Fatal(err)
					}
					attempts = append(attempts, a)
				}
				time.Sleep(time.Second)
				for _, a := range attempts {
					a.Close()
				}
			}
			const most = 3 + 40 // that reach him, and that are to die on the way
			if sent := f.paths.Stats().PacketsSent - before; sent > most || sent < 3 {
				t.Errorf("%s: %d packets", victim, sent)
			}
		})
	}
}
