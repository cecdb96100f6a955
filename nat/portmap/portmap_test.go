package portmap

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// local is our address towards any router of these tests.
const local = "127.0.0.1"

// opening is a router that opens a port, and what is seen of it.
type opening struct {
	name    string
	plan    plan
	mapping Mapping
	ports   opened
	log     string
	status  string
}

func openings() []opening {
	asked := uint32(DefaultLifetime / time.Second)
	return []opening{
		{"PCP", plan{pcp: true},
			Mapping{netip.MustParseAddrPort("203.0.113.7:15000"), false, "PCP"},
			opened{"PCP", local, 5000, asked}, "PCP open, PCP close", "the router opened port 15000 (PCP)"},
		{"NAT-PMP that says it has no PCP", plan{pmp: true},
			Mapping{netip.MustParseAddrPort("203.0.113.7:15000"), false, "NAT-PMP"},
			opened{"NAT-PMP", "", 5000, asked}, "NAT-PMP open, NAT-PMP close", "the router opened port 15000 (NAT-PMP)"},
		{"the first packets are lost", plan{pcp: true, dropFirst: 2},
			Mapping{netip.MustParseAddrPort("203.0.113.7:15000"), false, "PCP"},
			opened{"PCP", local, 5000, asked}, "PCP open, PCP close", "the router opened port 15000 (PCP)"},
		{"IGD 1", plan{upnp: ip1},
			Mapping{netip.MustParseAddrPort("203.0.113.7:5000"), false, "UPnP"},
			opened{"UPnP", local, 5000, asked}, "UPnP open lease 1200, UPnP close", "the router opened port 5000 (UPnP)"},
		{"IGD 2 alone", plan{upnp: ip2},
			Mapping{netip.MustParseAddrPort("203.0.113.7:5000"), false, "UPnP"},
			opened{"UPnP", local, 5000, asked}, "UPnP open lease 1200, UPnP close", "the router opened port 5000 (UPnP)"},
		{"PPP", plan{upnp: ppp1},
			Mapping{netip.MustParseAddrPort("203.0.113.7:5000"), false, "UPnP"},
			opened{"UPnP", local, 5000, asked}, "UPnP open lease 1200, UPnP close", "the router opened port 5000 (UPnP)"},
		{"UPnP, and port 5351 is mute", plan{upnp: ip2, mute: true},
			Mapping{netip.MustParseAddrPort("203.0.113.7:5000"), false, "UPnP"},
			opened{"UPnP", local, 5000, asked}, "UPnP open lease 1200, UPnP close", "the router opened port 5000 (UPnP)"},
		{"all three", plan{pcp: true, pmp: true, upnp: ip2},
			Mapping{netip.MustParseAddrPort("203.0.113.7:15000"), false, "PCP"},
			opened{"PCP", local, 5000, asked}, "PCP open, PCP close", "the router opened port 15000 (PCP)"},
		{"error 725", plan{upnp: ip1, fault: func(_, lease string) int {
			if lease != "0" {
				return 725
			}
			return 0
		}},
			Mapping{netip.MustParseAddrPort("203.0.113.7:5000"), false, "UPnP"},
			opened{"UPnP", local, 5000, 0}, "UPnP open lease 1200, UPnP open lease 0, UPnP close", "the router opened port 5000 (UPnP)"},
		{"error 402", plan{upnp: ip2, fault: func(_, lease string) int {
			if lease != "0" {
				return 402
			}
			return 0
		}},
			Mapping{netip.MustParseAddrPort("203.0.113.7:5000"), false, "UPnP"},
			opened{"UPnP", local, 5000, 0}, "UPnP open lease 1200, UPnP open lease 0, UPnP close", "the router opened port 5000 (UPnP)"},
		{"behind another router", plan{pmp: true, outer: "192.168.1.3"},
			Mapping{netip.MustParseAddrPort("192.168.1.3:15000"), true, "NAT-PMP"},
			opened{"NAT-PMP", "", 5000, asked}, "NAT-PMP open, NAT-PMP close",
			"the router opened port 15000 (NAT-PMP), but is itself behind another router (192.168.1.3): forward the port there too, or connect one of the two as a bridge"},
		{"behind a provider's", plan{upnp: ip1, outer: "100.64.3.4"},
			Mapping{netip.MustParseAddrPort("100.64.3.4:5000"), true, "UPnP"},
			opened{"UPnP", local, 5000, asked}, "UPnP open lease 1200, UPnP close",
			"the router opened port 5000 (UPnP), but the provider shares its public addresses among customers (100.64.3.4): only customers of the same provider may reach it"},
	}
}

func TestRoutersOpenAndClose(t *testing.T) {
	t.Parallel()
	for _, c := range openings() {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := newRouter(t, c.plan)
			m := r.mapper()
			start := time.Now()
			await(t, m)
			took := time.Since(start)
			t.Logf("after %v: %s", took, m.Status())
			if took >= 2*time.Second {
				t.Error("it waited for the end of the search, though the gateway had answered")
			}
			mapping, ok := m.Mapping()
			if !ok || mapping != c.mapping {
				t.Errorf("mapping is %+v, want %+v", mapping, c.mapping)
			}
			if public, ok := m.Mapped(); ok == c.mapping.Private || ok && public != c.mapping.Public {
				t.Errorf("mapped is %v, %v", public, ok)
			}
			if m.Status() != c.status {
				t.Errorf("status is %q, want %q", m.Status(), c.status)
			}
			ports := r.ports()
			if len(ports) != 1 || ports[c.mapping.Public.Port()] != c.ports {
				t.Errorf("the router has %+v, want %+v", ports, c.ports)
			}
			if err := m.Close(t.Context()); err != nil {
				t.Error(err)
			}
			if ports := r.ports(); len(ports) != 0 {
				t.Errorf("the router still has %+v", ports)
			}
			if r.asked() != c.log {
				t.Errorf("asked was %s, want %s", r.asked(), c.log)
			}
			if _, ok := m.Mapping(); ok || m.Status() != "the port is closed again" {
				t.Errorf("after Close: %v, %s", ok, m.Status())
			}
		})
	}
}

func TestPortTakenByAnotherHost(t *testing.T) {
	t.Parallel()
	r := newRouter(t, plan{upnp: ip2, fault: func(port, _ string) int {
		if port == "5000" {
			return 718
		}
		return 0
	}})
	m := Start(Config{Port: 5000, Gateway: r.addr, Search: r.ssdp, Random: bytes.NewReader(bytes.Repeat([]byte{0xff, 1}, 32))})
	await(t, m)
	if public, _ := m.Mapped(); public != netip.MustParseAddrPort("203.0.113.7:65281") || r.ports()[65281].port != 5000 {
		t.Errorf("mapped is %v, the router has %+v", public, r.ports())
	}
	if err := m.Close(t.Context()); err != nil || len(r.ports()) != 0 {
		t.Errorf("after Close: %v, the router has %+v", err, r.ports())
	}
}

// failing is a router that opens no port, and what is said about it.
type failing struct {
	name   string
	plan   plan
	status string
}

func failings() []failing {
	byHand := "forward UDP port 5000 to this computer by hand"
	silent := "the router does not open ports by itself: turn on UPnP or NAT-PMP in its settings, or " + byHand
	offline := "the router opens no port, for it has no public address: it is offline or behind another router"
	refused := func(how string) string {
		return "the router refused to open a port (" + how + "): allow UPnP or NAT-PMP in its settings, or " + byHand
	}
	return []failing{
		{"nothing listens", plan{}, silent},
		{"nothing answers", plan{mute: true}, silent},
		{"PCP not authorised", plan{pcp: true, result: 2}, refused("PCP error 2")},
		{"NAT-PMP not authorised", plan{pmp: true, result: 2}, refused("NAT-PMP error 2")},
		{"NAT-PMP offline", plan{pmp: true, result: 3}, offline},
		{"NAT-PMP without an outer address", plan{pmp: true, outer: "0.0.0.0"}, offline},
		{"PCP without an outer address", plan{pcp: true, outer: "0.0.0.0"}, offline},
		{"PCP with an outer address of IPv6", plan{pcp: true, outer: "2001:db8::1"}, silent},
		{"UPnP without an outer address", plan{upnp: ip1, outer: "0.0.0.0"}, offline},
		{"UPnP with words for an outer address", plan{upnp: ip1, outer: "none"}, offline},
		{"UPnP not authorised", plan{upnp: ip1, fault: func(_, _ string) int { return 606 }}, refused("UPnP error 606")},
		{"UPnP always 402", plan{upnp: ip1, fault: func(_, _ string) int { return 402 }}, refused("UPnP error 402")},
		{"UPnP with all ports taken", plan{upnp: ip1, fault: func(_, _ string) int { return 718 }}, refused("UPnP error 718")},
		{"UPnP without a WAN service", plan{upnp: "urn:schemas-upnp-org:service:Layer3Forwarding:1"}, silent},
		{"UPnP with an empty description", plan{upnp: ip1, describe: func(http.ResponseWriter, *http.Request) {}}, silent},
		{"UPnP with a missing description", plan{upnp: ip1, describe: http.NotFound}, silent},
		{"UPnP with a description without end", plan{upnp: ip1, describe: func(w http.ResponseWriter, r *http.Request) {
			_, _ = w.Write([]byte("<root>"))
			for r.Context().Err() == nil {
				if _, err := w.Write(bytes.Repeat([]byte("<device>"), 1000)); err != nil {
					return
				}
			}
		}}, silent},
		{"UPnP with a control of nonsense", plan{upnp: ip1, control: func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write([]byte("<a><b></a>"))
		}}, offline},
		{"UPnP controlled elsewhere", plan{upnp: ip1, urlBase: "http://127.0.0.1:1/"}, silent},
		{"UPnP redirected elsewhere", plan{upnp: ip1, describe: func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://127.0.0.1:1/", http.StatusFound)
		}}, silent},
	}
}

func TestRoutersThatDoNot(t *testing.T) {
	t.Parallel()
	cases := failings()
	// Each takes the 2 seconds of a search in vain: all of them at once.
	var routers []*router
	var mappers []*Mapper
	for _, c := range cases {
		r := newRouter(t, c.plan)
		routers, mappers = append(routers, r), append(mappers, r.mapper())
	}
	start := time.Now()
	for i, c := range cases {
		r, m := routers[i], mappers[i]
		t.Run(c.name, func(t *testing.T) {
			await(t, m)
			if took := time.Since(start); took > attemptBudget {
				t.Errorf("took %v", took)
			}
			if m.Status() != c.status {
				t.Errorf("status is %q, want %q", m.Status(), c.status)
			}
			if mapping, ok := m.Mapping(); ok {
				t.Errorf("mapping is %+v", mapping)
			}
			if err := m.Close(t.Context()); err != nil || len(r.ports()) != 0 {
				t.Errorf("after Close: %v, the router has %+v", err, r.ports())
			}
		})
	}
}

func TestGarbageBeforeTheAnswer(t *testing.T) {
	t.Parallel()
	r := newRouter(t, plan{pcp: true, garbage: func(request []byte) [][]byte {
		if len(request) != 60 {
			return nil
		}
		change := func(at int, to byte) []byte {
			b := append([]byte(nil), request...)
			b[1] |= 0x80
			b[at] = to
			return b
		}
		return [][]byte{
			{}, {2}, {2, 0x81, 0, 0}, request, // no reply at all
			change(1, 0x82),            // another opcode
			change(24, ^request[24]),   // another nonce
			change(36, 6),              // TCP
			change(41, ^request[41]),   // another port
			append(change(3, 0), 1, 2), // no multiple of 4
			append(change(3, 0), make([]byte, 1200)...),
		}
	}})
	m := r.mapper()
	await(t, m)
	if public, ok := m.Mapped(); !ok || public != netip.MustParseAddrPort("203.0.113.7:15000") {
		t.Errorf("mapped is %v: %s", public, m.Status())
	}
}

func TestGarbageWithoutEnd(t *testing.T) {
	t.Parallel()
	r := newRouter(t, plan{mute: true, garbage: func([]byte) [][]byte {
		flood := make([][]byte, 200)
		for i := range flood {
			flood[i] = bytes.Repeat([]byte{byte(i)}, i)
		}
		return flood
	}})
	m := r.mapper()
	await(t, m)
	if !strings.HasPrefix(m.Status(), "the router does not open ports by itself") {
		t.Errorf("status is %q", m.Status())
	}
}

// A router that does not answer in time may have opened the port all the same:
// it is told to close it, and not waited for.
func TestMuteRouterIsToldToClose(t *testing.T) {
	t.Parallel()
	lifetimes := make(chan uint32, 16)
	r := newRouter(t, plan{mute: true, garbage: func(request []byte) [][]byte {
		if len(request) == 60 {
			lifetimes <- binary.BigEndian.Uint32(request[4:])
		}
		return nil
	}})
	m := r.mapper()
	await(t, m)
	if err := m.Close(t.Context()); err != nil {
		t.Error(err)
	}
	for i, want := range []uint32{1200, 1200, 0} {
		select {
		case got := <-lifetimes:
			if got != want {
				t.Errorf("request %d is for %d s, want %d s", i, got, want)
			}
		case <-time.After(5 * time.Second):
			t.Fatalf("request %d did not come", i)
		}
	}
}

func TestSearchIsAnsweredByAnother(t *testing.T) {
	t.Parallel()
	victim := newRouter(t, plan{upnp: ip1})
	liar := newRouter(t, plan{upnp: ip1, locator: "http://" + victim.http.String() + "/rootDesc.xml"})
	m := Start(Config{Port: 5000, Gateway: liar.addr, Search: liar.ssdp})
	await(t, m)
	if mapping, ok := m.Mapping(); ok || victim.asked() != "" {
		t.Errorf("mapping is %+v, asked was %s", mapping, victim.asked())
	}
	if err := m.Close(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestSearchIsAnsweredFromAnotherNetwork(t *testing.T) {
	t.Parallel()
	r := newRouter(t, plan{upnp: ip1})
	ours := localNetwork{prefix: netip.MustParsePrefix("127.0.0.1/32")}
	places := 0
	found := func(place) bool { places++; return true }
	if err := search(t.Context(), ours, r.addr, []netip.AddrPort{r.ssdp}, found); err != nil || places != 1 {
		t.Errorf("as the gateway: %d places, error %v", places, err)
	}
	gateway := netip.MustParseAddr("127.0.0.2")
	if err := search(t.Context(), ours, gateway, []netip.AddrPort{r.ssdp}, found); err != errSilent || places != 1 {
		t.Errorf("as a stranger: %d places, error %v", places, err)
	}
}

// A device of the network that is not the gateway is taken when the gateway
// says nothing.
func TestRouterThatIsNotTheGateway(t *testing.T) {
	t.Parallel()
	gateway, other := newRouter(t, plan{}), newRouter(t, plan{upnp: ip2})
	m := Start(Config{Port: 5000, Gateway: gateway.addr, Search: other.ssdp})
	await(t, m)
	if public, ok := m.Mapped(); !ok {
		t.Errorf("mapped is %v: %s", public, m.Status())
	}
	if err := m.Close(t.Context()); err != nil || len(other.ports()) != 0 {
		t.Errorf("after Close: %v, the router has %+v", err, other.ports())
	}
}

func TestCloseDoesNotWaitForASlowRouter(t *testing.T) {
	t.Parallel()
	asked := make(chan struct{}, 8)
	r := newRouter(t, plan{upnp: ip1, control: func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // only then does the server see that the client left
		asked <- struct{}{}
		<-r.Context().Done()
	}})
	m := r.mapper()
	select {
	case <-asked:
	case <-time.After(10 * time.Second):
		t.Fatal("the router was not asked")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := m.Close(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("Close returned %v", err)
	}
	start := time.Now()
	if err := m.Close(t.Context()); err != nil || time.Since(start) > 5*time.Second {
		t.Errorf("the second Close returned %v after %v", err, time.Since(start))
	}
}

// The port that a router opens while Close comes is closed too.
func TestCloseWhileOpening(t *testing.T) {
	t.Parallel()
	adding := make(chan struct{})
	r := newRouter(t, plan{upnp: ip1, adding: func(request *http.Request) {
		close(adding)
		<-request.Context().Done() // it opens the port when nobody listens any more
	}})
	m := r.mapper()
	select {
	case <-adding:
	case <-time.After(10 * time.Second):
		t.Fatal("the router was not asked")
	}
	if err := m.Close(t.Context()); err != nil || len(r.ports()) != 0 {
		t.Errorf("after Close: %v, the router has %+v", err, r.ports())
	}
	if r.asked() != "UPnP open lease 1200, UPnP close" {
		t.Errorf("asked was %s", r.asked())
	}
}

func TestRefreshAndRestart(t *testing.T) {
	t.Parallel()
	r := newRouter(t, plan{pcp: true, epoch: 1000})
	m := r.mapper()
	await(t, m)
	before, _ := m.Mapped()
	r.mu.Lock()
	clear(r.open) // the router restarted, and has another address
	r.plan.epoch, r.plan.outer = 3, "203.0.113.99"
	r.mu.Unlock()
	m.Refresh()
	await(t, m)
	after, ok := m.Mapped()
	if !ok || after.Addr() != netip.MustParseAddr("203.0.113.99") || len(r.ports()) != 1 {
		t.Errorf("mapped is %v after %v; the router has %+v", after, before, r.ports())
	}
}

func TestPortZero(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("port 0 was taken")
		}
	}()
	Start(Config{})
}
