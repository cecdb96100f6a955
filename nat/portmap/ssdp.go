package portmap

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"time"

	"golang.org/x/net/ipv4"
)

// The Simple Service Discovery Protocol: UPnP Device Architecture 2.0, section 1.3.

// ssdpGroup is where UPnP devices listen.
var ssdpGroup = netip.MustParseAddrPort("239.255.255.250:1900")

// ssdpTargets are what is searched: an IGD:2 answers for IGD:1 too, but some
// answer for their own version or as a root device only.
var ssdpTargets = []string{
	"urn:schemas-upnp-org:device:InternetGatewayDevice:1",
	"urn:schemas-upnp-org:device:InternetGatewayDevice:2",
	"upnp:rootdevice",
}

const (
	ssdpBytesMax  = 2048
	ssdpHopLimit  = 2  // section 1.3.2
	ssdpReplyMax  = 64 // that many replies of one search are read
	ssdpPlacesMax = 8  // and that many different places kept
)

// ssdpEnd are the moments, since the start, until which replies are awaited. At
// the start and at each but the last it is searched again. Devices may wait a
// second with their answer.
var ssdpEnd = []time.Duration{repeatAfter, giveUpAfter, 2 * time.Second}

// appendSearch appends a search for a target.
func appendSearch(to []byte, target string) []byte {
	to = append(to, "M-SEARCH * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\nMAN: \"ssdp:discover\"\r\nMX: 1\r\nST: "...)
	to = append(to, target...)
	return append(to, "\r\n\r\n"...)
}

// parseSearchReply reads where the description of a device is from any packet.
func parseSearchReply(b []byte) (location string, ok bool) {
	r, err := http.ReadResponse(bufio.NewReader(bytes.NewReader(b)), nil)
	if err != nil {
		return "", false
	}
	defer r.Body.Close()
	location = r.Header.Get("Location")
	return location, r.StatusCode == http.StatusOK && location != ""
}

// checkLocation reads a URL from an answer of a host of the local network. It
// must be plain HTTP at that very host: what answers a search is anybody.
func checkLocation(location string, from netip.Addr) (*url.URL, error) {
	u, err := url.Parse(location)
	if err != nil {
		return nil, err
	}
	host, err := netip.ParseAddr(u.Hostname())
	if err != nil || host.Unmap() != from {
		return nil, errForeign
	}
	if u.Scheme != "http" || u.User != nil {
		return nil, errForeign
	}
	if u.Port() != "" {
		if port, err := strconv.ParseUint(u.Port(), 10, 16); err != nil || port == 0 {
			return nil, errForeign
		}
	}
	return u, nil
}

var errForeign = errors.New("an address that is not of the router")

// place is where a device says its description is.
type place struct {
	host     netip.Addr
	location *url.URL
}

// search calls found for each place as it answers, until found returns true or
// all have had their time. A place is passed once.
func search(ctx context.Context, local localNetwork, gateway netip.Addr, to []netip.AddrPort, found func(place) bool) error {
	conn, err := net.ListenUDP("udp4", net.UDPAddrFromAddrPort(netip.AddrPortFrom(local.prefix.Addr(), 0)))
	if err != nil {
		return err
	}
	defer conn.Close()
	group := ipv4.NewPacketConn(conn)
	_ = group.SetMulticastTTL(ssdpHopLimit) // 1 reaches every home router too
	if i, err := net.InterfaceByIndex(local.interfaceIndex); err == nil {
		_ = group.SetMulticastInterface(i) // else the system chooses by our address
	}
	defer context.AfterFunc(ctx, func() { _ = conn.SetReadDeadline(time.Unix(1, 0)) })()
	var seen []string
	replies := 0
	buffer := make([]byte, ssdpBytesMax)
	start := time.Now()
	for round, until := range ssdpEnd {
		if round < len(ssdpEnd)-1 {
			sendSearches(conn, to)
		}
		if err := conn.SetReadDeadline(start.Add(until)); err != nil {
			return err
		}
		for replies < ssdpReplyMax && len(seen) < ssdpPlacesMax {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			n, sender, err := conn.ReadFromUDPAddrPort(buffer)
			if ne, ok := errors.AsType[net.Error](err); ok && ne.Timeout() {
				break
			} else if err != nil {
				replies++ // Windows reports closed ports of others here: not endlessly
				continue
			}
			replies++
			from := sender.Addr().Unmap()
			location, ok := parseSearchReply(buffer[:n])
			if !ok || from != gateway && !local.contains(from) {
				continue
			}
			u, err := checkLocation(location, from)
			if err != nil || slices.Contains(seen, u.String()) {
				continue
			}
			seen = append(seen, u.String())
			if found(place{from, u}) {
				return nil
			}
		}
	}
	return errSilent
}

// sendSearches sends one search for each target to each address. What cannot be
// sent is lost like any other packet.
func sendSearches(conn *net.UDPConn, to []netip.AddrPort) {
	var packet []byte
	for _, target := range ssdpTargets {
		packet = appendSearch(packet[:0], target)
		for _, a := range to {
			_, _ = conn.WriteToUDPAddrPort(packet, a)
		}
	}
}
