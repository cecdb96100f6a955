package pathfinder

import (
	"context"
	"crypto/rand"
	"net"
	"net/netip"
	"sync"
	"testing"
	"time"

	"github.com/visavis-netcode/visavis/nat"
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
