package portmap

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// The tests of this file ask a real miniupnpd, the program of many home routers.
// The home, its router and the internet are three network namespaces that share
// nothing with this computer's network.

// report is what the program in the home tells.
type report struct {
	AfterMs float64 // since Start, or since Close
	Mapping Mapping
	Status  string
}

// TestHome is not a test but the program that runs at home: it has a port opened
// and echoes what arrives there, until its standard input ends.
func TestHome(t *testing.T) {
	only := os.Getenv("VISAVIS_PORTMAP_WAY")
	if only == "" {
		t.Skip("this is the program that the tests of namespaces run there")
	}
	conn, err := net.ListenUDP("udp4", nil)
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		buffer := make([]byte, 1500)
		for {
			n, from, err := conn.ReadFromUDPAddrPort(buffer)
			if err != nil {
				return
			}
			_, _ = conn.WriteToUDPAddrPort(buffer[:n], from)
		}
	}()
	config := Config{Port: uint16(conn.LocalAddr().(*net.UDPAddr).Port), Description: "test"}.withDefaults()
	begin := time.Now()
	m := start(config, func() ([]site, error) {
		sites, err := findSites(config)
		for i := range sites {
			sites[i].ways = slices.DeleteFunc(sites[i].ways, func(w way) bool { return only != "all" && w.String() != only })
		}
		return sites, err
	})
	tell := json.NewEncoder(os.Stdout)
	say := func() {
		mapping, _ := m.Mapping()
		_ = tell.Encode(report{float64(time.Since(begin).Microseconds()) / 1000, mapping, m.Status()})
	}
	<-m.Changed()
	say()
	_, _ = io.Copy(io.Discard, os.Stdin)
	begin = time.Now()
	if err := m.Close(context.Background()); err != nil {
		t.Error(err)
	}
	say()
	_ = conn.Close()
}

// TestOutside is not a test but the program that runs on the internet: it sends
// a packet to an address and waits for its echo.
func TestOutside(t *testing.T) {
	to := os.Getenv("VISAVIS_PORTMAP_TO")
	if to == "" {
		t.Skip("this is the program that the tests of namespaces run there")
	}
	conn, err := net.Dial("udp4", to)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	buffer := make([]byte, 10)
	for range 5 {
		if _, err := conn.Write([]byte("hello")); err != nil {
			t.Fatal(err)
		}
		_ = conn.SetReadDeadline(time.Now().Add(200 * time.Millisecond))
		if n, err := conn.Read(buffer); err == nil && string(buffer[:n]) == "hello" {
			return
		}
	}
	t.Fatal("no echo")
}

// town is the three namespaces.
type town struct {
	t                     *testing.T
	home, router, outside string
}

// outerAddr is public, and miniupnpd takes it for such; the ranges for
// documentation it does not.
const outerAddr = "11.22.33.44"

func newTown(t *testing.T) *town {
	if testing.Short() {
		t.Skip("takes seconds: not with -short")
	}
	if os.Getuid() != 0 {
		t.Skip("network namespaces need root")
	}
	for _, program := range []string{"ip", "nft", "miniupnpd"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skip("the program " + program + " is not installed")
		}
	}
	prefix := fmt.Sprintf("visavis-map-%d-", os.Getpid())
	w := &town{t, prefix + "home", prefix + "router", prefix + "outside"}
	for _, name := range []string{w.home, w.router, w.outside} {
		if out, err := exec.Command("ip", "netns", "add", name).CombinedOutput(); err != nil {
			t.Skipf("no network namespaces here: %v: %s", err, out)
		}
		t.Cleanup(func() { _ = exec.Command("ip", "netns", "delete", name).Run() })
	}
	for _, line := range []string{
		"-n HOME link add lan type veth peer name lan netns ROUTER",
		"-n OUTSIDE link add wan type veth peer name wan netns ROUTER",
		"-n ROUTER link set lo up",
		"-n ROUTER link set lan up", "-n ROUTER addr add 192.168.77.1/24 dev lan",
		"-n ROUTER link set wan up", "-n ROUTER addr add " + outerAddr + "/24 dev wan",
		"-n HOME link set lan up", "-n HOME addr add 192.168.77.2/24 dev lan", "-n HOME route add default via 192.168.77.1",
		"-n OUTSIDE link set wan up", "-n OUTSIDE addr add 11.22.33.99/24 dev wan",
	} {
		w.run("", "ip", strings.Fields(strings.NewReplacer("HOME", w.home, "ROUTER", w.router, "OUTSIDE", w.outside).Replace(line))...)
	}
	w.run("", "ip", "netns", "exec", w.router, "sysctl", "-qw", "net.ipv4.ip_forward=1")
	w.run(`table inet miniupnpd {
  chain forward { type filter hook forward priority -25; policy accept; jump miniupnpd; }
  chain miniupnpd { }
  chain prerouting { type nat hook prerouting priority -110; policy accept; jump prerouting_miniupnpd; }
  chain prerouting_miniupnpd { }
  chain postrouting { type nat hook postrouting priority 90; policy accept; oifname "wan" masquerade; }
  chain postrouting_miniupnpd { }
}`, "ip", "netns", "exec", w.router, "nft", "-f", "-")
	return w
}

func (w *town) run(input, name string, args ...string) string {
	w.t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Stdin = strings.NewReader(input)
	out, err := cmd.CombinedOutput()
	if err != nil {
		w.t.Fatalf("%s %s: %v: %s", name, strings.Join(args, " "), err, out)
	}
	return string(out)
}

// startRouter starts miniupnpd with more lines of configuration and waits until
// it says that it is listening. The returned function ends it.
func (w *town) startRouter(more, listening string) (stop func()) {
	w.t.Helper()
	dir := w.t.TempDir()
	conf := filepath.Join(dir, "conf")
	text := fmt.Sprintf("%s\next_ifname=wan\nlistening_ip=lan\nport=5000\nsecure_mode=yes\nsystem_uptime=yes\n"+
		"upnp_table_name=miniupnpd\nupnp_nat_table_name=miniupnpd\nupnp_forward_chain=miniupnpd\n"+
		"upnp_nat_chain=prerouting_miniupnpd\nupnp_nat_postrouting_chain=postrouting_miniupnpd\n"+
		"uuid=00000000-0000-0000-0000-000000000001\nallow 1024-65535 0.0.0.0/0 1024-65535\ndeny 0-65535 0.0.0.0/0 0-65535\n", more)
	if err := os.WriteFile(conf, []byte(text), 0o600); err != nil {
		w.t.Fatal(err)
	}
	cmd := exec.Command("ip", "netns", "exec", w.router, "miniupnpd", "-d", "-f", conf, "-P", filepath.Join(dir, "pid"))
	said, err := cmd.StderrPipe()
	if err != nil {
		w.t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		w.t.Fatal(err)
	}
	ready, read := make(chan struct{}), make(chan struct{})
	var last []string // for a failure
	go func() {
		defer close(read)
		lines := bufio.NewScanner(said)
		for lines.Scan() {
			last = append(last, lines.Text())
			if strings.Contains(lines.Text(), listening) {
				select {
				case <-ready:
				default:
					close(ready)
				}
			}
		}
	}()
	stop = func() {
		_ = cmd.Process.Kill() // ip netns exec has become miniupnpd itself
		<-read
		_ = cmd.Wait()
		if w.t.Failed() {
			w.t.Logf("miniupnpd said:\n%s", strings.Join(last, "\n"))
		}
	}
	select {
	case <-ready:
	case <-read:
		stop()
		w.t.Skipf("miniupnpd does not run here: %s", strings.Join(last, "; "))
	case <-time.After(10 * time.Second):
		stop()
		w.t.Fatalf("miniupnpd is not ready: %s", strings.Join(last, "; "))
	}
	return stop
}

// program prepares this program in a namespace.
func (w *town) program(namespace, test, env string) *exec.Cmd {
	cmd := exec.Command("ip", "netns", "exec", namespace, os.Args[0], "-test.run=^"+test+"$", "-test.timeout=30s")
	cmd.Env = append(os.Environ(), env)
	return cmd
}

func TestMiniupnpd(t *testing.T) {
	w := newTown(t)
	const (
		http   = "HTTP listening on port"
		natpmp = "Listening for NAT-PMP/PCP traffic" // comes after http
	)
	for _, c := range []struct{ name, conf, listening, way, via string }{
		{"all", "enable_natpmp=yes\nenable_upnp=yes", natpmp, "all", "PCP"},
		{"NAT-PMP", "enable_natpmp=yes\nenable_upnp=yes", natpmp, "NAT-PMP", "NAT-PMP"},
		{"IGD 2", "enable_natpmp=no\nenable_upnp=yes", http, "all", "UPnP"},
		{"IGD 1", "enable_natpmp=no\nenable_upnp=yes\nforce_igd_desc_v1=yes", http, "UPnP", "UPnP"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w.t = t
			defer w.startRouter(c.conf, c.listening)()
			cmd := w.program(w.home, "TestHome", "VISAVIS_PORTMAP_WAY="+c.way)
			stdin, err := cmd.StdinPipe()
			if err != nil {
				t.Fatal(err)
			}
			stdout, err := cmd.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			defer func() {
				_ = cmd.Process.Kill()
				_ = cmd.Wait()
			}()
			hear := json.NewDecoder(stdout)
			var r report
			if err := hear.Decode(&r); err != nil {
				t.Fatal(err)
			}
			t.Logf("after %.1f ms: %s at %v", r.AfterMs, r.Status, r.Mapping.Public)
			if r.Mapping.Via != c.via || r.Mapping.Private || r.Mapping.Public.Addr() != netip.MustParseAddr(outerAddr) {
				t.Errorf("mapping is %+v: %s", r.Mapping, r.Status)
			}
			if out, err := w.program(w.outside, "TestOutside", "VISAVIS_PORTMAP_TO="+r.Mapping.Public.String()).CombinedOutput(); err != nil {
				t.Errorf("from outside: %v: %s", err, out)
			}
			if !strings.Contains(w.rules(), "dnat") {
				t.Errorf("the router forwards nothing: %s", w.rules())
			}
			_ = stdin.Close()
			if err := hear.Decode(&r); err != nil {
				t.Fatal(err)
			}
			t.Logf("closed in %.1f ms", r.AfterMs)
			if strings.Contains(w.rules(), "dnat") {
				t.Errorf("the router still forwards: %s", w.rules())
			}
		})
	}
}

// rules returns what the router forwards.
func (w *town) rules() string {
	return w.run("", "ip", "netns", "exec", w.router, "nft", "list", "chain", "inet", "miniupnpd", "prerouting_miniupnpd")
}
