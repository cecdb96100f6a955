package pathfinder

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/netip"
	"testing"
	"time"

	"github.com/visavis-netcode/visavis/nat/invite"
	"github.com/visavis-netcode/visavis/nat/netlab"
)

// roamerPatience is how long the roamer waits for the other player.
const roamerPatience = 8 * time.Second

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
	_ = tell.Encode(told{Ready: true, Kind: string(a.Kind())})
	for last := time.Now(); ; {
		ctx, cancel := context.WithTimeout(context.Background(), roamerPatience)
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
			_ = tell.Encode(told{GapMs: float64(gap.Microseconds()) / 1000, Kind: string(a.Kind()), Moves: p.finder.Moves()})
		}
		last = time.Now()
	}
}

// movingTries is how often all is done where something took too long: on a busy machine
// it may be the machine that did.
const movingTries = 3

// TestMoving: the address of a computer changes in the middle of a game.
func TestMoving(t *testing.T) {
	t.Parallel()
	for try := 1; !movesInTime(t); try++ {
		if try == movingTries {
			t.Fatalf("%d times something took too long", try)
		}
	}
}

// movesInTime moves a computer in several ways, and reports whether none was felt for
// too long.
func movesInTime(t *testing.T) bool {
	w, inTime := newTown(t, "portrestricted", "portrestricted"), true
	code := newCode(t).String()
	w.next(w.start(w.ana, "host", code, w.stun, ""))
	roamer := w.start(w.ben, "roamer", code, w.stun, "")
	w.next(roamer)
	computer := w.ben.Hosts[0]
	for _, tt := range []struct {
		name   string
		move   func()
		limit  float64
		unfelt bool // packets may take two paths at the time, so that none is missing
	}{
		{"another address of the same network", func() {
			computer.IP("addr del 192.168.2.2/24 dev eth0", "addr add 192.168.2.9/24 dev eth0", "route add default via 192.168.2.1")
		}, 1500, false},
		{"and back, after a second without any", func() {
			computer.IP("addr del 192.168.2.9/24 dev eth0")
			time.Sleep(time.Second) // that is what is tested
			computer.IP("addr add 192.168.2.2/24 dev eth0", "route add default via 192.168.2.1")
		}, 2500, false},
		{"the cable is out for two seconds", func() {
			computer.IP("link set eth0 down")
			time.Sleep(2 * time.Second)
			computer.IP("link set eth0 up", "route add default via 192.168.2.1")
		}, 3500, false},
		{"the router's own address", func() { w.ben.Move() }, 5500, true},
	} {
		tt.move()
		var got told
		switch err := roamer.Hear(&got, roamerPatience+2*time.Second); {
		case errors.Is(err, netlab.ErrSilent) && tt.unfelt:
			t.Logf("%s: nobody noticed", tt.name)
			continue
		case err != nil:
			t.Fatal(err)
		}
		t.Logf("%s: nothing came for %.0f ms; now %s; %d moves noticed", tt.name, got.GapMs, got.Kind, got.Moves)
		if got.GapMs == 0 {
			t.Errorf("no gap: %+v", got)
		}
		if got.GapMs > tt.limit {
			t.Log("that is too long")
			inTime = false
		}
		// The dust settles: another path may take over without a gap.
		for roamer.Hear(&got, 3*time.Second) == nil {
			t.Logf("then %.0f ms, %s", got.GapMs, got.Kind)
		}
	}
	return inTime
}
