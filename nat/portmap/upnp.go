package portmap

import (
	"context"
	"encoding/binary"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"time"

	"github.com/huin/goupnp"
	"github.com/huin/goupnp/dcps/internetgateway2"
	"github.com/huin/goupnp/soap"
)

const (
	httpTimeout    = 3 * time.Second // of one request with its answer
	httpBytesMax   = 256 << 10       // of one answer; descriptions of real routers are below 32 KiB
	connectionsMax = 4               // that many connections of one router are looked at
)

// connection is what the services WANIPConnection:1, WANIPConnection:2 and
// WANPPPConnection:1 have in common.
type connection interface {
	AddPortMappingCtx(ctx context.Context, remoteHost string, externalPort uint16, protocol string,
		internalPort uint16, internalClient string, enabled bool, description string, leaseSec uint32) error
	DeletePortMappingCtx(ctx context.Context, remoteHost string, externalPort uint16, protocol string) error
	GetExternalIPAddressCtx(ctx context.Context) (string, error)
}

// upnp is the way by UPnP through one network of ours.
type upnp struct {
	gateway     netip.Addr
	local       localNetwork
	search      netip.AddrPort
	port        uint16
	lifetime    time.Duration
	description string
	random      io.Reader

	connection connection // of the router that was found
	forever    bool       // the router knows leases without an end only
	external   uint16     // the port that was asked for; 0 if there is nothing to close
}

func (u *upnp) String() string { return "UPnP" }

// find searches a router with a connection to outside. The gateway is taken as
// soon as it answers, another device only if the gateway does not.
func (u *upnp) find(ctx context.Context) error {
	to := []netip.AddrPort{u.search}
	if !u.search.IsValid() {
		// Some access points lose multicast, so the gateway is asked directly too.
		to = []netip.AddrPort{ssdpGroup, netip.AddrPortFrom(u.gateway, ssdpGroup.Port())}
	}
	var others []place
	telling := errSilent
	try := func(p place) bool {
		c, err := u.describe(ctx, p)
		if err != nil {
			telling = err
			return false
		}
		u.connection = c
		return true
	}
	err := search(ctx, u.local, u.gateway, to, func(p place) bool {
		if p.host == u.gateway {
			return try(p)
		}
		others = append(others, p)
		return false
	})
	if err == nil || ctx.Err() != nil {
		return err
	}
	if slices.ContainsFunc(others, try) {
		return nil
	}
	return telling
}

// describe fetches the description of a device and returns its connection to
// outside, if it can have several one with a public address.
func (u *upnp) describe(ctx context.Context, p place) (connection, error) {
	client := boundedClient(u.local.prefix.Addr(), p.host)
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, p.location.String(), nil)
	if err != nil {
		return nil, err
	}
	response, err := client.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("description of the router: %s", response.Status)
	}
	all, err := connections(response.Body, p, client)
	if err != nil {
		return nil, err
	}
	var private connection
	for _, c := range all {
		outer, err := outerAddress(ctx, c)
		if err == nil && isPublic(outer) {
			return c, nil
		}
		if err == nil && private == nil {
			private = c
		}
	}
	if private == nil {
		return nil, errDisconnected
	}
	return private, nil
}

// connections reads a description and returns the connections to outside that
// are controlled at the place's host, at most connectionsMax.
func connections(description io.Reader, p place, client *http.Client) ([]connection, error) {
	decoder := xml.NewDecoder(description)
	decoder.DefaultSpace = goupnp.DeviceXMLNamespace
	decoder.CharsetReader = func(_ string, in io.Reader) (io.Reader, error) {
		return in, nil // only names of things can be in another alphabet
	}
	var root goupnp.RootDevice
	if err := decoder.Decode(&root); err != nil {
		return nil, err
	}
	base := p.location
	if root.URLBaseStr != "" {
		var err error
		if base, err = url.Parse(root.URLBaseStr); err != nil {
			return nil, err
		}
	}
	root.SetURLBase(base)
	var all []connection
	add := func(c connection, control *soap.SOAPClient) {
		if _, err := checkLocation(control.EndpointURL.String(), p.host); err != nil || len(all) == connectionsMax {
			return
		}
		control.HTTPClient = *client
		all = append(all, c)
	}
	// The error of each is that it has none of these.
	ip2, _ := internetgateway2.NewWANIPConnection2ClientsFromRootDevice(&root, p.location)
	for _, c := range ip2 {
		add(c, c.SOAPClient)
	}
	ip1, _ := internetgateway2.NewWANIPConnection1ClientsFromRootDevice(&root, p.location)
	for _, c := range ip1 {
		add(c, c.SOAPClient)
	}
	ppp1, _ := internetgateway2.NewWANPPPConnection1ClientsFromRootDevice(&root, p.location)
	for _, c := range ppp1 {
		add(c, c.SOAPClient)
	}
	if len(all) == 0 {
		return nil, errors.New("a UPnP device that is no router")
	}
	return all, nil
}

// outerAddress asks for the outer address of a connection.
func outerAddress(ctx context.Context, c connection) (netip.Addr, error) {
	text, err := c.GetExternalIPAddressCtx(ctx)
	if err != nil {
		return netip.Addr{}, upnpError(err)
	}
	a, err := netip.ParseAddr(text)
	if err != nil || !a.Is4() || a.IsUnspecified() {
		return netip.Addr{}, errDisconnected
	}
	return a, nil
}

// Errors of AddPortMapping (WANIPConnection:2, section 2.5.16).
const (
	upnpInvalidArgs         = 402
	upnpActionFailed        = 501
	upnpConflict            = 718
	upnpOnlyPermanentLeases = 725
	upnpOtherMechanisms     = 729
)

// upnpTries bounds the requests of one open: with and without a lease, and other
// ports.
const upnpTries = 6

func (u *upnp) open(ctx context.Context, wanted netip.AddrPort) (grant, error) {
	external, before := wanted.Port(), u.external
	var last error
	for range upnpTries {
		outer, err := outerAddress(ctx, u.connection)
		if err != nil {
			return grant{}, err
		}
		u.external = external
		lease := uint32(u.lifetime / time.Second)
		if u.forever {
			lease = 0
		}
		// The local port is told each time: some routers change it otherwise
		// when a lease is renewed.
		err = u.connection.AddPortMappingCtx(ctx, "", external, "UDP",
			u.port, u.local.prefix.Addr().String(), true, u.description, lease)
		if err == nil {
			return grant{public: netip.AddrPortFrom(outer, external), lifetime: u.lifetime}, nil
		}
		last = upnpError(err)
		var no *refusal
		if !errors.As(last, &no) {
			return grant{}, last // not an answer: it may be open
		}
		u.external = before // what was open still is
		switch no.code {
		case upnpOnlyPermanentLeases, upnpInvalidArgs, upnpActionFailed:
			if u.forever {
				return grant{}, last
			}
			u.forever = true
		case upnpConflict, upnpOtherMechanisms:
			if external, err = otherPort(u.random); err != nil {
				return grant{}, err
			}
		default:
			return grant{}, last
		}
	}
	return grant{}, last
}

// otherPort draws a port from those that systems give out themselves.
func otherPort(random io.Reader) (uint16, error) {
	var b [2]byte
	if _, err := io.ReadFull(random, b[:]); err != nil {
		return 0, err
	}
	return 49152 | binary.BigEndian.Uint16(b[:])&0x3fff, nil
}

func (u *upnp) close(ctx context.Context) {
	if u.external == 0 {
		return
	}
	if err := u.connection.DeletePortMappingCtx(ctx, "", u.external, "UDP"); err == nil {
		u.external = 0
	}
}

// upnpError finds the router's error code.
func upnpError(err error) error {
	if fault, ok := errors.AsType[*soap.SOAPFaultError](err); ok {
		return &refusal{"UPnP", fault.Detail.UPnPError.Errorcode}
	}
	return err
}

// boundedClient returns a client that speaks to one host only, and not endlessly.
func boundedClient(local, host netip.Addr) *http.Client {
	dialer := net.Dialer{LocalAddr: net.TCPAddrFromAddrPort(netip.AddrPortFrom(local, 0))}
	return &http.Client{
		Timeout:       httpTimeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: boundedTransport{&http.Transport{ // with the zero Proxy: none
			DisableKeepAlives:      true, // routers have few sockets, and we ask rarely
			DisableCompression:     true,
			MaxResponseHeaderBytes: 16 << 10,
			DialContext: func(ctx context.Context, _, addr string) (net.Conn, error) {
				to, err := netip.ParseAddrPort(addr)
				if err != nil || to.Addr() != host {
					return nil, errForeign
				}
				return dialer.DialContext(ctx, "tcp4", addr)
			},
		}},
	}
}

// boundedTransport cuts answers at httpBytesMax.
type boundedTransport struct{ *http.Transport }

// RoundTrip implements http.RoundTripper.
func (t boundedTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	response, err := t.Transport.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	response.Body = struct {
		io.Reader
		io.Closer
	}{io.LimitReader(response.Body, httpBytesMax), response.Body}
	return response, nil
}
