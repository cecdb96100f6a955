package pathfinder

import (
	"context"
	"encoding/json"
	"net"
	"net/netip"
	"testing"
	"time"

	"github.com/visavis-netcode/visavis/nat/invite"
)

// roamHere is the program of a guest that plays and tells how long the other
// player was not heard, whenever that was noticeable.
func roamHere(t *testing.T, tell *json.Encoder, p *player, code invite.Code, ended <-chan struct{}) {
	a := p.finder.Join(code)
	var virtual netip.AddrPort
	await(t, "a path", func() bool {
		v, ok := a.Virtual()
		virtual = v
		return ok
	})
	conn, err := p.transport.Dial(within(t), net.UDPAddrFromAddrPort(virtual), testTLS(t), testQUIC())
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		for tick := time.NewTicker(16 * time.Millisecond); conn.SendDatagram([]byte("here I am")) == nil; {
			<-tick.C
		}
	}()
	_, _ = conn.ReceiveDatagram(within(t))
	_ = tell.Encode(told{Ready: true, Kind: a.Kind()})
	for last := time.Now(); ; {
		ctx, cancel := context.WithTimeout(context.Background(), 25*time.Second)
		_, err := conn.ReceiveDatagram(ctx)
		cancel()
		select {
		case <-ended:
			return
		default:
		}
		if err != nil {
			_ = tell.Encode(told{Err: err.Error(), Status: a.Status()})
			<-ended
			return
		}
		if gap := time.Since(last); gap > 150*time.Millisecond {
			_ = tell.Encode(told{GapMs: float64(gap.Microseconds()) / 1000, Kind: a.Kind(), Moves: p.finder.Moves()})
		}
		last = time.Now()
	}
}

// TestMoving: the address of a computer changes in the middle of a game.
func TestMoving(t *testing.T) {
	w := newTown(t)
	w.home(1, "ana", masquerade)
	w.home(2, "ben", masquerade)
	w.start("server", "server", "", "", "").next()
	code := newCode(t).String()
	w.start("ana", "host", code, threeSTUN, "").next()
	roamer := w.start("ben", "roamer", code, threeSTUN, "")
	roamer.next()
	for _, tt := range []struct {
		name  string
		move  func()
		limit float64
	}{
		{"another address of the same network", func() {
			w.ip("ben", "addr del 10.2.0.2/24 dev eth0", "addr add 10.2.0.9/24 dev eth0", "route add default via 10.2.0.1")
		}, 1500},
		{"and back, after a second without any", func() {
			w.ip("ben", "addr del 10.2.0.9/24 dev eth0")
			time.Sleep(time.Second) // that is what is tested
			w.ip("ben", "addr add 10.2.0.2/24 dev eth0", "route add default via 10.2.0.1")
		}, 2500},
		{"the cable is out for two seconds", func() {
			w.ip("ben", "link set eth0 down")
			time.Sleep(2 * time.Second)
			w.ip("ben", "link set eth0 up", "route add default via 10.2.0.1")
		}, 3500},
		{"the router's own address", func() {
			w.ip("router2", "addr del 203.0.113.12/24 dev wan", "addr add 203.0.113.32/24 dev wan")
		}, 5500},
	} {
		tt.move()
		got := roamer.next()
		t.Logf("%s: nothing came for %.0f ms; now %s; %d moves noticed", tt.name, got.GapMs, got.Kind, got.Moves)
		if got.GapMs > tt.limit || got.GapMs == 0 {
			t.Errorf("that is too long: %+v", got)
		}
		// The dust settles: another path may take over without a gap.
		for settled := false; !settled; {
			select {
			case line := <-roamer.lines:
				t.Logf("then %.0f ms, %s", line.GapMs, line.Kind)
			case <-time.After(3 * time.Second):
				settled = true
			}
		}
	}
}
