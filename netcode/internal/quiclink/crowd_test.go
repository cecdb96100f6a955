//go:build !race || soak

package quiclink

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/visavis-netcode/visavis/netcode/internal/link"
	"github.com/visavis-netcode/visavis/netcode/internal/source"
)

// crowd is strangers who knock at b, so many a second, until stop.
type crowd struct {
	t     *testing.T
	n     *simNet
	to    *Endpoint
	from  func(i int) string // the address of the i-th
	knock func(s *stranger)  // what each does; the rest is silence
	stop  context.CancelFunc // and everybody goes
	all   sync.WaitGroup
	ctx   context.Context
	every time.Duration
}

func (c *crowd) begin() {
	c.ctx, c.stop = context.WithCancel(context.Background())
	c.all.Go(func() {
		for i := 0; c.ctx.Err() == nil; i++ {
			s := newStranger(c.t, c.n, c.from(i))
			c.all.Go(func() {
				c.knock(s)
				<-c.ctx.Done()
				s.close()
			})
			time.Sleep(c.every)
		}
	})
}

func (c *crowd) end() {
	c.stop()
	c.all.Wait()
}

// dials returns what a stranger does who finishes the handshake, and then perhaps
// writes the first bytes of something.
func (c *crowd) dials(first []byte) func(*stranger) {
	return func(s *stranger) {
		conn, err := s.transport.Dial(c.ctx, net.UDPAddrFromAddrPort(c.to.Addr()), s.tls, s.quic)
		if err != nil || first == nil {
			return
		}
		if stream, err := conn.OpenStream(); err == nil {
			stream.Write(first)
		}
	}
}

// deafen lets an address hear nothing of a handshake but that it must prove itself.
func deafen(n *simNet, from string) {
	n.set(func(n *simNet) {
		n.drop = func(_, to netip.AddrPort, b []byte) bool {
			return strings.HasPrefix(to.String(), from) && (len(b) == 0 || b[0]&0xf0 != 0xf0)
		}
	})
}

// TestFriendsGetIn: whoever comes from elsewhere than a crowd of strangers finds an
// open door, however they are spread and whatever they begin and do not end. The
// owner looks once a second only.
func TestFriendsGetIn(t *testing.T) {
	one := func(i int) string { return fmt.Sprintf("203.0.113.7:%d", 1000+i) }
	for name, c := range map[string]struct {
		from   func(i int) string
		first  []byte // nil: nothing after the handshake
		deaf   string // who hears nothing of the handshake
		friend string
	}{
		"one who is silent":      {from: one, friend: "10.0.0.1:1"},
		"one who begins a hello": {from: one, first: []byte{preamble, 200}, friend: "10.0.0.1:1"},
		"a neighbour of the one": {from: one, first: []byte{preamble}, friend: "203.0.113.8:1"},
		"one, half open":         {from: one, deaf: "203.0.113.7:", friend: "10.0.0.1:1"},
		"four": {from: func(i int) string { return fmt.Sprintf("203.%d.113.7:%d", i%4, 1000+i) },
			first: []byte{preamble}, friend: "10.0.0.1:1"},
		"four, half open": {from: func(i int) string { return fmt.Sprintf("203.%d.113.7:%d", i%4, 1000+i) },
			deaf: "203.", friend: "10.0.0.1:1"},
		"a whole /56": {from: func(i int) string { return fmt.Sprintf("[2001:db8:1:7%02x::1]:%d", i%256, 1000+i) },
			first: []byte{preamble}, friend: "[2001:db8:2::1]:1"},
		"a whole /56, half open": {from: func(i int) string { return fmt.Sprintf("[2001:db8:1:7%02x::1]:%d", i%256, 1000+i) },
			deaf: "[2001:db8:1:", friend: "[2001:db8:2::1]:1"},
		"hundreds": {from: func(i int) string { return fmt.Sprintf("203.%d.%d.7:1", i/200, i%200) },
			first: []byte{preamble}, friend: "10.0.0.1:1"},
		"hundreds, half open": {from: func(i int) string { return fmt.Sprintf("203.%d.%d.7:1", i/200, i%200) },
			deaf: "203.", friend: "10.0.0.1:1"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := newSimNet(20 * time.Millisecond)
				host, _ := n.endpoint(t, "10.9.9.9:7777", 2)
				if c.deaf != "" {
					deafen(n, c.deaf)
				}
				strangers := &crowd{t: t, n: n, to: host, from: c.from, every: 10 * time.Millisecond}
				strangers.knock = strangers.dials(c.first)
				strangers.begin()
				time.Sleep(1500 * time.Millisecond)
				var held []link.Link
				for i := range 3 {
					friend, _ := n.endpoint(t, c.friend, byte(10+i))
					key := host.Key()
					l := friend.Dial(host.Addr(), &key)
					time.Sleep(500 * time.Millisecond)
					if l.State() != link.Open {
						t.Errorf("friend %d: %v, %v", i, l.State(), l.Err())
					}
					if n := host.guard.crowd.Len(); n > source.MaxStrangers {
						t.Errorf("%d strangers", n)
					}
					found := false
					for got := host.Accept(); got != nil; got = host.Accept() {
						found = found || got.Peer() == friend.Key() && got.Known()
						held = append(held, got)
					}
					if !found {
						t.Errorf("friend %d does not reach the owner", i)
					}
					friend.Close()
				}
				strangers.end()
				time.Sleep(2 * handshakeTimeout)
				for got := host.Accept(); got != nil; got = host.Accept() {
					held = append(held, got)
				}
				for _, l := range held { // those who have opened are the owner's
					l.Close(link.CodeDone, "no greeting came")
				}
				time.Sleep(2 * leaveTimeout)
				if got := host.strangers(); got != 0 {
					t.Errorf("%d strangers are still counted", got)
				}
				host.Close()
			})
		})
	}
}

// TestKnownStay: a link whose owner knows who it is does not go for any crowd, and
// does not count.
func TestKnownStay(t *testing.T) {
	inBubble(t, func(t *testing.T, n *simNet, a, b *Endpoint) {
		d, l := connect(t, a, b)
		if first := l.Known(); !first || !l.Known() || !d.Known() {
			t.Fatal("it is not known")
		}
		if got := b.strangers(); got != 0 {
			t.Fatalf("%d strangers", got)
		}
		strangers := &crowd{t: t, n: n, to: b, every: 5 * time.Millisecond,
			from: func(i int) string { return fmt.Sprintf("10.0.0.1:%d", 10000+i) }} // from where a is
		strangers.knock = strangers.dials([]byte{preamble})
		strangers.begin()
		time.Sleep(2 * time.Second)
		strangers.end()
		for got := b.Accept(); got != nil; got = b.Accept() {
			got.Close(link.CodeDone, "")
		}
		if d.State() != link.Open || l.State() != link.Open || !l.Known() {
			t.Errorf("%v, %v", d.Err(), l.Err())
		}
		time.Sleep(time.Second)
	})
}
