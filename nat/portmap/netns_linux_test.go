package portmap

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/netip"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/visavis-netcode/visavis/nat/netlab"
)

// The tests of this file ask a real miniupnpd, the program of many home routers,
// in a home of package netlab.

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

// echo sends a packet from a place and waits for its echo.
func echo(from *netlab.Place, to netip.AddrPort) error {
	var conn *net.UDPConn
	var err error
	from.Enter(func() { conn, err = net.DialUDP("udp4", nil, net.UDPAddrFromAddrPort(to)) })
	if err != nil {
		return err
	}
	defer conn.Close()
	buffer := make([]byte, 10)
	for range 5 {
		if _, err := conn.Write([]byte("hello")); err != nil {
			return err
		}
		_ = conn.SetReadDeadline(time.Now().Add(200 * time.Millisecond))
		if n, err := conn.Read(buffer); err == nil && string(buffer[:n]) == "hello" {
			return nil
		}
	}
	return errors.New("no echo")
}

func TestMiniupnpd(t *testing.T) {
	for _, c := range []struct{ name, conf, way, via string }{
		{"all", "enable_natpmp=yes\nenable_upnp=yes", "all", "PCP"},
		{"NAT-PMP", "enable_natpmp=yes\nenable_upnp=yes", "NAT-PMP", "NAT-PMP"},
		{"IGD 2", "enable_natpmp=no\nenable_upnp=yes", "all", "UPnP"},
		{"IGD 1", "enable_natpmp=no\nenable_upnp=yes\nforce_igd_desc_v1=yes", "UPnP", "UPnP"},
	} {
		t.Run(c.name, func(t *testing.T) {
			lab := netlab.New(t)
			outside, _ := lab.Server(1)
			home := lab.Home("upnp", netlab.Options{})
			home.MapPorts(c.conf)
			rules := func() string {
				return home.Router.Run("nft", "list", "chain", "inet", "miniupnpd", "prerouting_miniupnpd")
			}
			p := home.Hosts[0].StartTest("TestHome", "VISAVIS_PORTMAP_WAY="+c.way)
			var r report
			if err := p.Hear(&r, 20*time.Second); err != nil {
				t.Fatal(err)
			}
			t.Logf("after %.1f ms: %s at %v", r.AfterMs, r.Status, r.Mapping.Public)
			if r.Mapping.Via != c.via || r.Mapping.Private || r.Mapping.Public.Addr() != home.Public {
				t.Errorf("mapping is %+v: %s", r.Mapping, r.Status)
			}
			if err := echo(outside, r.Mapping.Public); err != nil {
				t.Error("from outside: ", err)
			}
			if !strings.Contains(rules(), "dnat") {
				t.Errorf("the router forwards nothing: %s", rules())
			}
			p.Hangup()
			if err := p.Hear(&r, 10*time.Second); err != nil {
				t.Fatal(err)
			}
			t.Logf("closed in %.1f ms", r.AfterMs)
			if strings.Contains(rules(), "dnat") {
				t.Errorf("the router still forwards: %s", rules())
			}
		})
	}
}
