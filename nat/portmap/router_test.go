package portmap

import (
	"encoding/binary"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/netip"
	"os"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// router is a home router in this process, on an address of the loopback
// network of its own.
type router struct {
	t    *testing.T
	addr netip.Addr
	ssdp netip.AddrPort
	http netip.AddrPort
	plan plan

	mu      sync.Mutex
	open    map[uint16]opened // by outer port
	log     []string          // what was asked, in order
	packets int               // to port 5351
}

// opened is a port that the router forwards.
type opened struct {
	via, client string
	port        uint16
	leaseSec    uint32
}

// plan says how a router behaves.
type plan struct {
	pcp, pmp  bool
	mute      bool   // drops what comes to port 5351 instead of not listening there
	upnp      string // type of its WAN service, "" without UPnP
	outer     string
	leaseSec  uint32 // granted by PCP and NAT-PMP; 0 grants what is asked
	dropFirst int    // packets to port 5351 that get lost
	result    byte   // of PCP and NAT-PMP
	fault     func(externalPort string, leaseSec string) int
	garbage   func(request []byte) [][]byte // sent before the answer
	epoch     uint32
	describe  http.HandlerFunc
	control   http.HandlerFunc
	urlBase   string
	locator   string                      // instead of the URL of the description
	adding    func(request *http.Request) // before AddPortMapping
}

const (
	ip1  = "urn:schemas-upnp-org:service:WANIPConnection:1"
	ip2  = "urn:schemas-upnp-org:service:WANIPConnection:2"
	ppp1 = "urn:schemas-upnp-org:service:WANPPPConnection:1"
)

var loopbacks atomic.Uint32

// newRouter starts a router.
func newRouter(t *testing.T, p plan) *router {
	t.Helper()
	if p.outer == "" {
		p.outer = "203.0.113.7"
	}
	n := loopbacks.Add(1)
	pid := os.Getpid()
	r := &router{t: t, plan: p, open: map[uint16]opened{},
		addr: netip.AddrFrom4([4]byte{127, byte(64 + pid>>8&127), byte(pid), byte(n)})}
	if p.pcp || p.pmp || p.mute {
		r.serveUDP(pcpPort, r.gatewayPacket)
	}
	listener, err := net.Listen("tcp4", netip.AddrPortFrom(r.addr, 0).String())
	if err != nil {
		t.Skip("this system has one loopback address only:", err)
	}
	r.http = listener.Addr().(*net.TCPAddr).AddrPort()
	r.ssdp = netip.AddrPortFrom(r.addr, r.serveUDP(0, r.ssdpPacket))
	mux := http.NewServeMux()
	mux.HandleFunc("/rootDesc.xml", r.describe)
	mux.HandleFunc("/ctl", r.control)
	server := &http.Server{Handler: mux}
	served := make(chan struct{})
	go func() { _ = server.Serve(listener); close(served) }()
	t.Cleanup(func() { _ = server.Close(); <-served })
	return r
}

// serveUDP answers packets with what handle returns until the test ends.
func (r *router) serveUDP(port uint16, handle func([]byte) [][]byte) uint16 {
	r.t.Helper()
	conn, err := net.ListenUDP("udp4", net.UDPAddrFromAddrPort(netip.AddrPortFrom(r.addr, port)))
	if err != nil {
		r.t.Skip("this system has one loopback address only:", err)
	}
	served := make(chan struct{})
	go func() {
		defer close(served)
		buffer := make([]byte, 2048)
		for {
			n, from, err := conn.ReadFromUDPAddrPort(buffer)
			if err != nil {
				return
			}
			for _, answer := range handle(buffer[:n]) {
				_, _ = conn.WriteToUDPAddrPort(answer, from)
			}
		}
	}()
	r.t.Cleanup(func() { _ = conn.Close(); <-served })
	return uint16(conn.LocalAddr().(*net.UDPAddr).Port)
}

// gatewayPacket is port 5351.
func (r *router) gatewayPacket(b []byte) [][]byte {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.packets++
	if r.packets <= r.plan.dropFirst || len(b) < 2 {
		return nil
	}
	var answers [][]byte
	if r.plan.garbage != nil {
		answers = r.plan.garbage(b)
	}
	switch {
	case b[0] == 2 && r.plan.pcp && len(b) == 60:
		answers = append(answers, r.pcp(b))
	case b[0] == 2 && r.plan.pmp: // RFC 6886 section 3.5
		answers = append(answers, []byte{0, b[1] | 0x80, 0, 1, 0, 0, 0, 9})
	case b[0] == 0 && r.plan.pmp:
		answers = append(answers, r.pmp(b))
	case b[0] == 0 && r.plan.pcp: // RFC 6887 appendix A
		answers = append(answers, append([]byte{2, b[1] | 0x80, 0, 1}, make([]byte, 20)...))
	}
	return answers
}

func (r *router) pcp(b []byte) []byte {
	lease := binary.BigEndian.Uint32(b[4:])
	internal, external := binary.BigEndian.Uint16(b[40:]), binary.BigEndian.Uint16(b[42:])
	client := netip.AddrFrom16([16]byte(b[8:24])).Unmap().String()
	a := append([]byte(nil), b...)
	a[1] |= 0x80
	a[3] = r.plan.result
	external, lease = r.forward("PCP", client, internal, external, lease)
	binary.BigEndian.PutUint32(a[4:], lease)
	binary.BigEndian.PutUint32(a[8:], r.plan.epoch)
	clear(a[12:24])
	binary.BigEndian.PutUint16(a[42:], external)
	outer := netip.MustParseAddr(r.plan.outer).As16()
	copy(a[44:], outer[:])
	return a
}

func (r *router) pmp(b []byte) []byte {
	head := []byte{0, b[1] | 0x80, 0, r.plan.result}
	head = binary.BigEndian.AppendUint32(head, r.plan.epoch)
	if b[1] == 0 {
		outer := netip.MustParseAddr(r.plan.outer).As4()
		return append(head, outer[:]...)
	}
	internal, external := binary.BigEndian.Uint16(b[4:]), binary.BigEndian.Uint16(b[6:])
	external, lease := r.forward("NAT-PMP", "", internal, external, binary.BigEndian.Uint32(b[8:]))
	head = binary.BigEndian.AppendUint16(head, internal)
	head = binary.BigEndian.AppendUint16(head, external)
	return binary.BigEndian.AppendUint32(head, lease)
}

// forward opens, renews or closes a port for PCP and NAT-PMP. The outer port is
// 10000 more than the one that was wished for, unless that is open.
func (r *router) forward(via, client string, internal, external uint16, lease uint32) (uint16, uint32) {
	if lease == 0 {
		for outer, o := range r.open {
			if o.via == via && o.port == internal {
				delete(r.open, outer)
			}
		}
		r.log = append(r.log, via+" close")
		return 0, 0
	}
	if r.plan.result != 0 {
		return 0, 0
	}
	if _, renewal := r.open[external]; !renewal {
		external += 10000
	}
	if r.plan.leaseSec != 0 {
		lease = r.plan.leaseSec
	}
	r.open[external] = opened{via, client, internal, lease}
	r.log = append(r.log, via+" open")
	return external, lease
}

func (r *router) ssdpPacket(b []byte) [][]byte {
	if r.plan.upnp == "" || !strings.Contains(string(b), "InternetGatewayDevice:1\r\n") {
		return nil
	}
	location := "http://" + r.http.String() + "/rootDesc.xml"
	if r.plan.locator != "" {
		location = r.plan.locator
	}
	return [][]byte{[]byte("HTTP/1.1 200 OK\r\nCACHE-CONTROL: max-age=120\r\nEXT:\r\nST: urn:schemas-upnp-org:device:InternetGatewayDevice:1\r\n" +
		"LOCATION: " + location + "\r\nSERVER: fake\r\nUSN: uuid:1::urn\r\n\r\n")}
}

func (r *router) describe(w http.ResponseWriter, request *http.Request) {
	if r.plan.describe != nil {
		r.plan.describe(w, request)
		return
	}
	_, _ = io.WriteString(w, description(r.plan.upnp, "/ctl", r.plan.urlBase))
}

// description is of a router with one WAN service.
func description(service, control, base string) string {
	if base != "" {
		base = "<URLBase>" + base + "</URLBase>"
	}
	device := func(kind, inside string) string {
		return "<device><deviceType>urn:schemas-upnp-org:device:" + kind + "</deviceType>" + inside + "</device>"
	}
	return `<?xml version="1.0"?><root xmlns="urn:schemas-upnp-org:device-1-0">` + base +
		device("InternetGatewayDevice:1", "<deviceList>"+device("WANDevice:1", "<deviceList>"+
			device("WANConnectionDevice:1", "<serviceList><service><serviceType>"+service+
				"</serviceType><serviceId>x</serviceId><controlURL>"+control+"</controlURL></service></serviceList>")+
			"</deviceList>")+"</deviceList>") + "</root>"
}

var soapField = regexp.MustCompile(`<(New\w+)>([^<]*)</`)

func (r *router) control(w http.ResponseWriter, request *http.Request) {
	if r.plan.control != nil {
		r.plan.control(w, request)
		return
	}
	service, action, _ := strings.Cut(strings.Trim(request.Header.Get("SOAPACTION"), `"`), "#")
	body, _ := io.ReadAll(request.Body)
	args := map[string]string{}
	for _, f := range soapField.FindAllStringSubmatch(string(body), -1) {
		args[f[1]] = f[2]
	}
	var external, internal uint16
	var lease uint32
	_, _ = fmt.Sscan(args["NewExternalPort"], &external)
	_, _ = fmt.Sscan(args["NewInternalPort"], &internal)
	_, _ = fmt.Sscan(args["NewLeaseDuration"], &lease)
	r.mu.Lock()
	defer r.mu.Unlock()
	fault := 0
	var out string
	switch {
	case service != r.plan.upnp:
		fault = 401
	case action == "GetExternalIPAddress":
		out = "<NewExternalIPAddress>" + r.plan.outer + "</NewExternalIPAddress>"
	case action == "AddPortMapping":
		r.log = append(r.log, fmt.Sprintf("UPnP open lease %d", lease))
		if r.plan.adding != nil {
			r.plan.adding(request)
		}
		if r.plan.fault != nil {
			fault = r.plan.fault(args["NewExternalPort"], args["NewLeaseDuration"])
		}
		if fault == 0 {
			r.open[external] = opened{"UPnP", args["NewInternalClient"], internal, lease}
		}
	case action == "DeletePortMapping":
		r.log = append(r.log, "UPnP close")
		delete(r.open, external)
	default:
		fault = 401
	}
	envelope := `<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>%s</s:Body></s:Envelope>`
	if fault != 0 {
		w.WriteHeader(http.StatusInternalServerError)
		fmt.Fprintf(w, envelope, fmt.Sprintf("<s:Fault><faultcode>s:Client</faultcode><faultstring>UPnPError</faultstring><detail>"+
			"<UPnPError><errorCode>%d</errorCode></UPnPError></detail></s:Fault>", fault))
		return
	}
	fmt.Fprintf(w, envelope, fmt.Sprintf(`<u:%sResponse xmlns:u="%s">%s</u:%sResponse>`, action, service, out, action))
}

// ports returns what is open.
func (r *router) ports() map[uint16]opened {
	r.mu.Lock()
	defer r.mu.Unlock()
	all := map[uint16]opened{}
	maps.Copy(all, r.open)
	return all
}

// asked returns what was asked.
func (r *router) asked() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return strings.Join(r.log, ", ")
}

// mapper starts a mapper that asks this router.
func (r *router) mapper() *Mapper {
	r.t.Helper()
	m := Start(Config{Port: 5000, Gateway: r.addr, Search: r.ssdp, Description: "Lilypad <1>"})
	r.t.Cleanup(func() { _ = m.Close(r.t.Context()) })
	return m
}

// await waits for the next change.
func await(t *testing.T, m *Mapper) {
	t.Helper()
	select {
	case <-m.Changed():
	case <-time.After(15 * time.Second):
		t.Fatalf("nothing changed; the last was: %s", m.Status())
	}
}
