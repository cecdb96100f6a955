package pathfinder

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"io"
	"net"
	"net/netip"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/visavis-netcode/visavis/nat/invite"
	"github.com/visavis-netcode/visavis/nat/netlab"
	"github.com/visavis-netcode/visavis/nat/pathconn"
	"github.com/visavis-netcode/visavis/nat/rendezvous"
)

// The tests of this file play between two homes of package netlab, with a
// rendezvous server that has three addresses.

// told is a line of a program in a namespace.
type told struct {
	Ready   bool
	Kind    string
	FoundMs float64
	FirstMs float64 // from both offers to the first datagram
	Status  string
	Err     string
	GapMs   float64 // for which nothing came, when it comes again
	Moves   uint64
}

// TestNamespaceProgram is not a test but the program that others run inside a
// namespace, until its standard input ends.
func TestNamespaceProgram(t *testing.T) {
	role := os.Getenv("VISAVIS_PATH_ROLE")
	if role == "" {
		t.Skip("this is the program that the tests of namespaces run there")
	}
	ended := make(chan struct{})
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		close(ended)
	}()
	tell := json.NewEncoder(os.Stdout)
	code, err := invite.ParseCode(os.Getenv("VISAVIS_PATH_CODE"))
	if err != nil {
		t.Fatal(err)
	}
	paths, err := pathconn.Open(netip.AddrPort{})
	if err != nil {
		t.Fatal(err)
	}
	config := Config{Rendezvous: os.Getenv("VISAVIS_PATH_SERVER")}
	config.STUN = strings.Fields(os.Getenv("VISAVIS_PATH_STUN"))
	seed := byte(1)
	if role != "host" {
		seed = 2
	}
	p := playerOn(t, paths, seed, config)
	if role == "host" {
		hosting := p.finder.Host(code, 1)
		await(t, "the code to work", hosting.Ready)
		_ = tell.Encode(told{Ready: true, Status: hosting.Status()})
		conn, err := p.listener.Accept(within(t))
		if err != nil {
			t.Fatal(err)
		}
		for {
			b, err := conn.ReceiveDatagram(context.Background())
			if err != nil {
				break
			}
			_ = conn.SendDatagram(b)
		}
		<-ended
		return
	}
	if role == "roamer" {
		roamHere(t, tell, p, code, ended)
		return
	}
	joinHere(t, tell, p, code)
	<-ended
}

func joinHere(t *testing.T, tell *json.Encoder, p *player, code invite.Code) {
	a := p.finder.Join(code)
	var virtual netip.AddrPort
	await(t, "a path", func() bool {
		if err := a.Err(); err != nil {
			_ = tell.Encode(told{Err: err.Error(), Status: p.finder.Report().String()})
			t.Fatal(err)
		}
		v, ok := a.Virtual()
		virtual = v
		return ok
	})
	at := time.Now()
	conn, err := p.transport.Dial(within(t), net.UDPAddrFromAddrPort(virtual), testTLS(t), testQUIC())
	if err != nil {
		t.Fatal(err)
	}
	for {
		_ = conn.SendDatagram([]byte("hello"))
		ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
		_, err := conn.ReceiveDatagram(ctx)
		cancel()
		if err == nil {
			break
		}
		if conn.Context().Err() != nil {
			t.Fatal(err)
		}
	}
	first := a.Found() + time.Since(at)
	// On a busy machine the relay may be there before a port is found.
	want := os.Getenv("VISAVIS_PATH_WANT")
	eventually(func() bool { return string(a.Kind()) == want })
	msec := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
	_ = tell.Encode(told{Kind: string(a.Kind()), FoundMs: msec(a.Found()), FirstMs: msec(first), Status: a.Status()})
}

// town is two homes and the server.
type town struct {
	t        *testing.T
	ana, ben *netlab.Home
	server   string // one of its addresses
	stun     string // all of them
}

func newTown(t *testing.T, ana, ben string) *town {
	t.Helper()
	lab := netlab.New(t)
	place, addrs := lab.Server(3)
	w := &town{t: t, ana: lab.Home(ana, netlab.Options{}), ben: lab.Home(ben, netlab.Options{})}
	for _, addr := range addrs {
		at := netip.AddrPortFrom(addr, 3478)
		w.serve(place, at)
		w.server, w.stun = at.String(), w.stun+" "+at.String()
	}
	return w
}

func (w *town) serve(place *netlab.Place, at netip.AddrPort) {
	w.t.Helper()
	var udp *net.UDPConn
	var tcp *net.TCPListener
	var err error
	place.Enter(func() {
		if udp, err = net.ListenUDP("udp4", net.UDPAddrFromAddrPort(at)); err == nil {
			tcp, err = net.ListenTCP("tcp4", net.TCPAddrFromAddrPort(at))
		}
	})
	if err != nil {
		w.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() {
		done <- rendezvous.Serve(ctx, rendezvous.ServeConfig{Server: rendezvous.ServerConfig{Rand: rand.Reader}}, udp, tcp)
	}()
	w.t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			w.t.Error(err)
		}
	})
}

// start starts a player at home.
func (w *town) start(home *netlab.Home, role, code, stun, want string) *netlab.Program {
	w.t.Helper()
	return home.Hosts[0].StartTest("TestNamespaceProgram", "VISAVIS_PATH_ROLE="+role, "VISAVIS_PATH_CODE="+code,
		"VISAVIS_PATH_SERVER="+w.server, "VISAVIS_PATH_STUN="+stun, "VISAVIS_PATH_WANT="+want)
}

// next is the next line that the program tells.
func (w *town) next(p *netlab.Program) (line told) {
	w.t.Helper()
	if err := p.Hear(&line, 25*time.Second); err != nil {
		w.t.Fatal(err)
	}
	return line
}

// TestNamespaces: two players behind routers of their own meet by a code.
func TestNamespaces(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, first, second string
		serverOnly          bool // no other STUN server is asked
		want                string
	}{
		{"port-restricted by port-restricted", "portrestricted", "portrestricted", false, "direct"},
		{"with the rendezvous as only server", "portrestricted", "portrestricted", true, "direct"},
		{"port-restricted by symmetric", "portrestricted", "symmetric", false, "birthday"},
		{"symmetric by symmetric", "symmetric", "symmetric", false, "server-relay"},
		{"port-restricted by UDP blocked", "portrestricted", "udp-blocked", false, "server-relay"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newTown(t, tt.first, tt.second)
			stun := w.stun
			if tt.serverOnly {
				stun = ""
			}
			code := newCode(t).String()
			w.next(w.start(w.ana, "host", code, stun, ""))
			got := w.next(w.start(w.ben, "guest", code, stun, tt.want))
			t.Logf("%s after %.1f ms, first datagram there and back after %.1f ms: %s", got.Kind, got.FoundMs, got.FirstMs, got.Status)
			if got.Kind != tt.want {
				t.Errorf("the path is of kind %q, want %q; %s %s", got.Kind, tt.want, got.Err, got.Status)
			}
		})
	}
}
