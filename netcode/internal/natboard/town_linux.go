package natboard

import (
	"context"
	"crypto/rand"
	"net"
	"net/netip"
	"sync/atomic"
	"testing"
	"time"

	"github.com/visavis-netcode/visavis/nat/netlab"
	"github.com/visavis-netcode/visavis/nat/rendezvous"
)

// Wire of every home: 60 ms from home to home and back, and three routers that a
// packet with a low TTL does not survive.
const (
	wireDelay = 15 * time.Millisecond
	wireHops  = 3
)

// serverAddrs is how many servers a town has: as many as netcode.PublicSTUN names,
// three to ask first and three for when a port may have changed.
const serverAddrs = 6

// Town is the homes of a pair, and servers that answer STUN and bring players
// together, on one computer with an address for each.
type Town struct {
	t       testing.TB
	Lab     *netlab.Lab
	Homes   []*netlab.Home   // two, or one with two computers
	Players [2]*netlab.Place // the players' computers
	Server  *netlab.Place
	Addrs   []netip.Addr // its
	Servers Servers
	entries map[string]*entry // by an engine's name
	answers *answers
}

// NewTown builds the town of a pair. It lives as long as the test.
func NewTown(t testing.TB, pair Pair) *Town {
	t.Helper()
	w := &Town{t: t, Lab: netlab.New(t), entries: map[string]*entry{}, answers: new(answers)}
	w.Server, w.Addrs = w.Lab.Server(serverAddrs)
	for i, addr := range w.Addrs {
		w.Servers.STUN = append(w.Servers.STUN, w.serve(netip.AddrPortFrom(addr, 3478), i == 0))
	}
	w.Servers.Rendezvous = w.Servers.STUN[0]
	o := netlab.Options{Delay: wireDelay, Hops: wireHops}
	switch pair[0] {
	case "one-router", "one-router+hairpin", "one-symmetric-router", "one-blocked-router":
		kind := map[string]string{"one-symmetric-router": "symmetric", "one-blocked-router": "udp-blocked"}[pair[0]]
		if kind == "" {
			kind = "portrestricted"
		}
		o.Hosts, o.Hairpin = 2, pair[0] == "one-router+hairpin"
		home := w.Lab.Home(kind, o)
		w.Homes, w.Players = []*netlab.Home{home}, [2]*netlab.Place{home.Hosts[0], home.Hosts[1]}
		return w
	case "one-carrier", "one-carrier+hairpin":
		o.Hairpin = pair[0] == "one-carrier+hairpin"
		behind := netlab.Options{Carrier: w.Lab.Carrier(o)}
		w.Homes = []*netlab.Home{w.Lab.Home("portrestricted", behind), w.Lab.Home("portrestricted", behind)}
	default:
		w.Homes = []*netlab.Home{w.Lab.Home(pair[0], o), w.Lab.Home(pair[1], o)}
	}
	w.Players = [2]*netlab.Place{w.Homes[0].Hosts[0], w.Homes[1].Hosts[0]}
	return w
}

// TB is the test that the town lives as long as.
func (w *Town) TB() testing.TB { return w.t }

// serve runs a server and returns its address.
func (w *Town) serve(addr netip.AddrPort, slow bool) string {
	w.t.Helper()
	var udp *net.UDPConn
	var tcp *net.TCPListener
	var err error
	w.Server.Enter(func() {
		if udp, err = net.ListenUDP("udp4", net.UDPAddrFromAddrPort(addr)); err == nil {
			tcp, err = net.ListenTCP("tcp4", net.TCPAddrFromAddrPort(addr))
		}
	})
	if err != nil {
		w.t.Fatal(err)
	}
	socket := rendezvous.UDP(udp)
	if slow {
		w.answers.UDPConn = udp
		socket = w.answers
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() {
		done <- rendezvous.Serve(ctx, rendezvous.ServeConfig{Server: rendezvous.ServerConfig{Rand: rand.Reader}}, socket, tcp)
	}()
	w.t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			w.t.Error(err)
		}
	})
	return addr.String()
}

// answers is a socket of the rendezvous server that holds back one kind of
// message: the host's answer to a guest.
type answers struct {
	*net.UDPConn
	late atomic.Int64 // nanoseconds
}

// Where a message of the rendezvous says what it is, and what a host's answer to
// its guest is (package rendezvous, message.go).
const (
	messageKindAt = 2
	hostAnswer    = 20
)

func (a *answers) WriteToUDPAddrPort(b []byte, to netip.AddrPort) (int, error) {
	if len(b) <= messageKindAt || b[0] != 0x20 || b[messageKindAt] != hostAnswer {
		return a.UDPConn.WriteToUDPAddrPort(b, to)
	}
	b = append([]byte(nil), b...)
	time.AfterFunc(time.Duration(a.late.Load()), func() { _, _ = a.UDPConn.WriteToUDPAddrPort(b, to) })
	return len(b), nil
}
