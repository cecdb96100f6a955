package nat_test

import (
	"net"
	"net/netip"
	"testing"
	"time"

	"github.com/visavis-netcode/visavis/nat"
)

// TestLoopback punches between two real sockets of this computer, the way that
// a game drives a Punch.
func TestLoopback(t *testing.T) {
	var conns [2]*net.UDPConn
	var offers [2]nat.Offer
	for i := range conns {
		conn, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		conns[i] = conn
		offers[i].Candidates = []nat.Candidate{{Kind: nat.KindHost, Addr: conn.LocalAddr().(*net.UDPAddr).AddrPort()}}
	}
	type outcome struct {
		path nat.Path
		ok   bool
	}
	done := make(chan outcome, 2)
	keys := [2][32]byte{{1}, {2}}
	for i, conn := range conns {
		punch, err := nat.NewPunch(nat.PunchConfig{Secret: []byte("loopback"), LocalKey: keys[i], RemoteKey: keys[1-i],
			Local: offers[i], LearntFirst: i == 0, Loopback: true, Seed: uint64(i)}, 0)
		if err != nil {
			t.Fatal(err)
		}
		go func() {
			path, ok := drive(conn, punch, offers[1-i])
			done <- outcome{path, ok}
		}()
	}
	for range 2 {
		if o := <-done; !o.ok || o.path.RTT > time.Second || !o.path.Remote.Addr().IsLoopback() || o.path.Remote.Port() == o.path.Local.Port() {
			t.Errorf("outcome %+v", o)
		}
	}
}

// drive runs a Punch on a socket until it has nothing left to do.
func drive(conn *net.UDPConn, punch *nat.Punch, offer nat.Offer) (nat.Path, bool) {
	start := time.Now()
	punch.Learn(0, offer)
	buf := make([]byte, 1500)
	var sends []nat.Send
	var rest time.Time
	for {
		sends = punch.AppendSends(sends[:0])
		for _, s := range sends {
			conn.WriteToUDPAddrPort(s.Data, s.To)
		}
		wake := start.Add(punch.Next())
		if punch.Next() == nat.Never {
			if rest.IsZero() {
				rest = time.Now().Add(200 * time.Millisecond) // the peer may still ask
			}
			if wake = rest; time.Now().After(rest) {
				return punch.Path()
			}
		}
		conn.SetReadDeadline(wake)
		n, from, err := conn.ReadFromUDPAddrPort(buf)
		if err == nil {
			punch.Packet(time.Since(start), 0, netip.AddrPortFrom(from.Addr().Unmap(), from.Port()), buf[:n])
		}
		punch.Advance(time.Since(start))
	}
}
