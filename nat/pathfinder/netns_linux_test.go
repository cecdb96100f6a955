package pathfinder

import (
	"bufio"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/visavis-netcode/visavis/nat/invite"
	"github.com/visavis-netcode/visavis/nat/pathconn"
	"github.com/visavis-netcode/visavis/nat/rendezvous"
)

// The tests of this file play between network namespaces of their own that are
// joined by cables of their own; a kernel translates addresses between them.
//
//	ana 10.1.0.2 - router 203.0.113.11 -+- server 203.0.113.1, .2, .3
//	ben 10.2.0.2 - router 203.0.113.12 -+

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
	if role == "server" {
		serveHere(t, tell, ended)
		return
	}
	code, err := invite.ParseCode(os.Getenv("VISAVIS_PATH_CODE"))
	if err != nil {
		t.Fatal(err)
	}
	paths, err := pathconn.Open(netip.AddrPort{})
	if err != nil {
		t.Fatal(err)
	}
	config := Config{Rendezvous: "203.0.113.1:3478"}
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

// serveHere answers on three addresses.
func serveHere(t *testing.T, tell *json.Encoder, ended <-chan struct{}) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	done := make(chan error, 3)
	for i := 1; i <= 3; i++ {
		udp, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(203, 0, 113, byte(i)), Port: 3478})
		if err != nil {
			t.Fatal(err)
		}
		tcp, err := net.ListenTCP("tcp4", &net.TCPAddr{IP: net.IPv4(203, 0, 113, byte(i)), Port: 3478})
		if err != nil {
			t.Fatal(err)
		}
		config := rendezvous.ServeConfig{Server: rendezvous.ServerConfig{Rand: rand.Reader}}
		go func() { done <- rendezvous.Serve(ctx, config, udp, tcp) }()
	}
	_ = tell.Encode(told{Ready: true})
	<-ended
	cancel()
	for range 3 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
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
	eventually(func() bool { return a.Kind() == want })
	msec := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
	_ = tell.Encode(told{Kind: a.Kind(), FoundMs: msec(a.Found()), FirstMs: msec(first), Status: a.Status()})
}

// town is the namespaces of one test.
type town struct {
	t    *testing.T
	name string
}

var towns atomic.Int32

func newTown(t *testing.T) *town {
	if testing.Short() {
		t.Skip("takes seconds: not with -short")
	}
	if os.Getuid() != 0 {
		t.Skip("network namespaces need root")
	}
	for _, command := range []string{"ip", "nft"} {
		if _, err := exec.LookPath(command); err != nil {
			t.Skipf("the command %s is not installed", command)
		}
	}
	w := &town{t: t, name: fmt.Sprintf("visavis-path-%d-%d", os.Getpid(), towns.Add(1))}
	for _, place := range []string{"server", "router1", "router2", "ana", "ben"} {
		if out, err := exec.Command("ip", "netns", "add", w.at(place)).CombinedOutput(); err != nil {
			t.Skipf("no network namespaces here: %v: %s", err, out)
		}
		t.Cleanup(func() { _ = exec.Command("ip", "netns", "delete", w.at(place)).Run() })
		w.ip(place, "link set lo up")
	}
	w.ip("server", "link add bridge type bridge", "link set bridge up",
		"addr add 203.0.113.1/24 dev bridge", "addr add 203.0.113.2/24 dev bridge", "addr add 203.0.113.3/24 dev bridge")
	return w
}

func (w *town) at(place string) string { return w.name + "-" + place }

// ip runs the command ip in a place.
func (w *town) ip(place string, lines ...string) {
	w.t.Helper()
	for _, line := range lines {
		args := append([]string{"-n", w.at(place)}, strings.Fields(line)...)
		if out, err := exec.Command("ip", args...).CombinedOutput(); err != nil {
			w.t.Fatalf("ip %s: %v: %s", strings.Join(args, " "), err, out)
		}
	}
}

// inside runs a command in a place, with text on its standard input.
func (w *town) inside(place, text string, command ...string) error {
	cmd := exec.Command("ip", append([]string{"netns", "exec", w.at(place)}, command...)...)
	cmd.Stdin = strings.NewReader(text)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%v: %w: %s", command, err, out)
	}
	return nil
}

// home joins a player's place to the Internet through a router with these rules
// of nftables.
func (w *town) home(n int, place, rules string) {
	w.t.Helper()
	router := fmt.Sprintf("router%d", n)
	w.ip("server", fmt.Sprintf("link add wan%d type veth peer name wan netns %s", n, w.at(router)),
		fmt.Sprintf("link set wan%d master bridge", n), fmt.Sprintf("link set wan%d up", n))
	w.ip(router, "link set wan up", fmt.Sprintf("addr add 203.0.113.%d/24 dev wan", 10+n),
		fmt.Sprintf("link add lan type veth peer name eth0 netns %s", w.at(place)),
		"link set lan up", fmt.Sprintf("addr add 10.%d.0.1/24 dev lan", n))
	w.ip(place, "link set eth0 up", fmt.Sprintf("addr add 10.%d.0.2/24 dev eth0", n),
		fmt.Sprintf("route add default via 10.%d.0.1", n))
	if err := w.inside(router, "1", "tee", "/proc/sys/net/ipv4/ip_forward"); err != nil {
		w.t.Skip("no forwarding here: ", err)
	}
	if err := w.inside(router, rules, "nft", "-f", "-"); err != nil {
		if strings.Contains(err.Error(), "syntax error") {
			w.t.Fatal(err)
		}
		w.t.Skip("no address translation in this kernel: ", err)
	}
}

const (
	// masquerade keeps the port where it can and lets in only what was asked for:
	// port-restricted.
	masquerade = `table ip nat {
	chain post { type nat hook postrouting priority 100; oifname "wan" masquerade; }
}
table ip filter {
	chain inward { type filter hook input priority 0; policy drop; ct state established,related accept; iifname "lan" accept; }
	chain through { type filter hook forward priority 0; policy drop; ct state established,related accept; iifname "lan" accept; }
}
`
	// scattered draws a new port for each destination: symmetric.
	scattered = `table ip nat {
	chain post { type nat hook postrouting priority 100; oifname "wan" masquerade fully-random; }
}
table ip filter {
	chain inward { type filter hook input priority 0; policy drop; ct state established,related accept; iifname "lan" accept; }
	chain through { type filter hook forward priority 0; policy drop; ct state established,related accept; iifname "lan" accept; }
}
`
)

// withoutUDP lets none out.
var withoutUDP = strings.Replace(masquerade, "ct state established,related accept; iifname \"lan\" accept; }\n}",
	"meta l4proto udp drop; ct state established,related accept; iifname \"lan\" accept; }\n}", 1)

// program is one in a place.
type program struct {
	t      *testing.T
	what   string
	stdin  io.Closer
	lines  chan told
	exited chan struct{}
}

func (w *town) start(place, role, code, stun, want string) *program {
	w.t.Helper()
	cmd := exec.Command("ip", "netns", "exec", w.at(place), os.Args[0], "-test.run=^TestNamespaceProgram$", "-test.timeout=60s")
	cmd.Env = append(os.Environ(), "VISAVIS_PATH_ROLE="+role, "VISAVIS_PATH_CODE="+code, "VISAVIS_PATH_STUN="+stun, "VISAVIS_PATH_WANT="+want)
	stdin, err := cmd.StdinPipe()
	if err != nil {
		w.t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		w.t.Fatal(err)
	}
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		w.t.Fatal(err)
	}
	p := &program{t: w.t, what: role, stdin: stdin, lines: make(chan told, 100), exited: make(chan struct{})}
	go func() {
		defer close(p.exited)
		for lines := bufio.NewScanner(stdout); lines.Scan(); {
			var line told
			if json.Unmarshal(lines.Bytes(), &line) == nil {
				p.lines <- line
			} else {
				fmt.Fprintln(os.Stderr, role+":", lines.Text())
			}
		}
		_ = cmd.Wait()
	}()
	w.t.Cleanup(func() { _ = cmd.Process.Kill(); <-p.exited })
	return p
}

// next is the next line that the program tells.
func (p *program) next() told {
	p.t.Helper()
	select {
	case line := <-p.lines:
		return line
	case <-p.exited:
		p.t.Fatalf("the %s has ended", p.what)
	case <-time.After(25 * time.Second):
		p.t.Fatalf("the %s is silent", p.what)
	}
	return told{}
}

const threeSTUN = "203.0.113.1:3478 203.0.113.2:3478 203.0.113.3:3478"

// TestNamespaces: two players behind routers of their own meet by a code.
func TestNamespaces(t *testing.T) {
	for _, tt := range []struct {
		name, first, second, stun string
		want                      string
	}{
		{"port-restricted by port-restricted", masquerade, masquerade, threeSTUN, "direct"},
		{"with the rendezvous as only server", masquerade, masquerade, "", "direct"},
		{"port-restricted by symmetric", masquerade, scattered, threeSTUN, "birthday"},
		{"symmetric by symmetric", scattered, scattered, threeSTUN, "server-relay"},
		{"port-restricted by UDP blocked", masquerade, withoutUDP, threeSTUN, "server-relay"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newTown(t)
			w.home(1, "ana", tt.first)
			w.home(2, "ben", tt.second)
			server := w.start("server", "server", "", "", "")
			server.next()
			code := newCode(t).String()
			host := w.start("ana", "host", code, tt.stun, "")
			host.next()
			guest := w.start("ben", "guest", code, tt.stun, tt.want)
			got := guest.next()
			t.Logf("%s after %.1f ms, first datagram there and back after %.1f ms: %s", got.Kind, got.FoundMs, got.FirstMs, got.Status)
			if got.Kind != tt.want {
				t.Errorf("the path is of kind %q, want %q; %s %s", got.Kind, tt.want, got.Err, got.Status)
			}
		})
	}
}
