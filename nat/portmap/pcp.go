package portmap

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"time"
)

// The Port Control Protocol, RFC 6887: the MAP opcode (section 11) without
// options.
const (
	pcpPort       = 5351
	pcpVersion    = 2
	pcpMap        = 1
	pcpReply      = 0x80
	pcpUDP        = 17
	pcpMapBytes   = 60   // header and opcode data
	pcpBytesMax   = 1100 // section 7
	pcpHeadBytes  = 24
	pcpNonceBytes = 12
)

// pcpNonce tells one mapping from all others, and who may close it.
type pcpNonce [pcpNonceBytes]byte

// pcpRequest asks for a UDP port, or with lifetime 0 to close it.
type pcpRequest struct {
	client       netip.Addr // from which it is sent
	nonce        pcpNonce
	internalPort uint16
	wanted       netip.AddrPort
	lifetimeSec  uint32
}

func (r pcpRequest) append(to []byte) []byte {
	client := r.client.As16()
	external := netip.AddrFrom4([4]byte{}).As16() // an IPv4 address is wanted, any
	if r.wanted.Addr().Is4() {
		external = r.wanted.Addr().As16()
	}
	to = append(to, pcpVersion, pcpMap, 0, 0)
	to = binary.BigEndian.AppendUint32(to, r.lifetimeSec)
	to = append(to, client[:]...)
	to = append(to, r.nonce[:]...)
	to = append(to, pcpUDP, 0, 0, 0)
	to = binary.BigEndian.AppendUint16(to, r.internalPort)
	to = binary.BigEndian.AppendUint16(to, r.wanted.Port())
	return append(to, external[:]...)
}

// pcpAnswer is an answer to a MAP request. What is behind
// full is valid only if it is true.
type pcpAnswer struct {
	result       byte
	lifetimeSec  uint32
	epoch        uint32
	full         bool // it has opcode data
	nonce        pcpNonce
	internalPort uint16
	public       netip.AddrPort
}

// errNoPCP is the answer of a router that speaks NAT-PMP only, or another PCP.
var errNoPCP = errors.New("the router does not speak PCP version 2")

// parsePCP reads any packet that came from a router.
func parsePCP(b []byte) (pcpAnswer, error) {
	if len(b) >= 2 && b[0] != pcpVersion && b[1]&pcpReply != 0 {
		return pcpAnswer{}, errNoPCP // sections 9 and A: the version comes first always
	}
	if len(b) < pcpHeadBytes || len(b) > pcpBytesMax || len(b)%4 != 0 ||
		b[0] != pcpVersion || b[1] != pcpReply|pcpMap {
		return pcpAnswer{}, errMalformed
	}
	a := pcpAnswer{
		result:      b[3],
		lifetimeSec: binary.BigEndian.Uint32(b[4:]),
		epoch:       binary.BigEndian.Uint32(b[8:]),
	}
	if len(b) < pcpMapBytes {
		if a.result == 0 {
			return pcpAnswer{}, errMalformed
		}
		return a, nil
	}
	if b[36] != pcpUDP {
		return pcpAnswer{}, errMalformed
	}
	a.full = true
	a.nonce = pcpNonce(b[24:36])
	a.internalPort = binary.BigEndian.Uint16(b[40:])
	a.public = netip.AddrPortFrom(netip.AddrFrom16([16]byte(b[44:60])).Unmap(), binary.BigEndian.Uint16(b[42:]))
	return a, nil
}

// pcpError is what a result code other than 0 means (section 7.4).
func pcpError(result byte) error {
	switch result {
	case 1, 4, 9: // unsupported: this version, MAP, or UDP
		return errNoPCP
	case 7: // the outer network has failed
		return errDisconnected
	default:
		return &refusal{"PCP", int(result)}
	}
}

// pcp is the way by PCP to one gateway.
type pcp struct {
	gateway  netip.Addr
	port     uint16
	lifetime time.Duration
	random   io.Reader

	nonce   pcpNonce
	drawn   bool
	asked   bool // the router may have opened the port
	granted bool // it has
	epoch   epoch
}

func (p *pcp) String() string { return "PCP" }

// find does nothing: the request that opens the port is also the question.
func (p *pcp) find(context.Context) error { return nil }

func (p *pcp) open(ctx context.Context, wanted netip.AddrPort) (grant, error) {
	if !p.drawn {
		if _, err := io.ReadFull(p.random, p.nonce[:]); err != nil {
			return grant{}, fmt.Errorf("no random numbers for PCP: %w", err)
		}
		p.drawn = true
	}
	p.asked = true
	a, err := p.ask(ctx, wanted, uint32(p.lifetime/time.Second))
	if err != nil {
		return grant{}, err
	}
	if a.result != 0 {
		p.asked = p.granted
		return grant{}, pcpError(a.result)
	}
	p.granted = true
	g := grant{
		public:    a.public,
		lifetime:  time.Duration(a.lifetimeSec) * time.Second,
		restarted: p.epoch.observe(a.epoch, time.Now()),
	}
	if !g.public.Addr().Is4() || g.public.Port() == 0 || g.lifetime == 0 {
		return grant{}, errMalformed
	}
	if g.public.Addr().IsUnspecified() {
		return grant{}, errDisconnected
	}
	return g, nil
}

func (p *pcp) close(ctx context.Context) {
	if !p.asked {
		return
	}
	if !p.granted {
		// It never answered: one packet in case that it is slow, and no waiting.
		ended, cancel := context.WithCancel(ctx)
		cancel()
		ctx = ended
	}
	// Section 15: to close a port, nothing is suggested.
	if _, err := p.ask(ctx, netip.AddrPort{}, 0); err == nil || !p.granted {
		p.asked, p.granted = false, false
	}
}

// ask sends a MAP request and waits for the answer to it.
func (p *pcp) ask(ctx context.Context, wanted netip.AddrPort, lifetimeSec uint32) (pcpAnswer, error) {
	var answer pcpAnswer
	request := func(local netip.Addr) []byte {
		return pcpRequest{local, p.nonce, p.port, wanted, lifetimeSec}.append(nil)
	}
	err := exchange(ctx, netip.AddrPortFrom(p.gateway, pcpPort), request, func(b []byte) (bool, error) {
		a, err := parsePCP(b)
		if errors.Is(err, errNoPCP) {
			return false, err
		}
		if err != nil || a.full && (a.nonce != p.nonce || a.internalPort != p.port) {
			return false, nil // not the answer to this request: wait on
		}
		answer = a
		return true, nil
	})
	return answer, err
}

const (
	repeatAfter   = 250 * time.Millisecond  // the second packet
	giveUpAfter   = 1250 * time.Millisecond // 1 s after the second
	strayReplyMax = 32                      // that many packets that are no answer, and it is given up
)

// exchange sends a packet to a router, again after repeatAfter, and passes what
// comes back to accept, until it accepts or returns an error or giveUpAfter has
// passed. If ctx has ended already, it sends once and does not wait.
func exchange(ctx context.Context, to netip.AddrPort, request func(local netip.Addr) []byte, accept func([]byte) (bool, error)) error {
	conn, err := net.DialUDP("udp4", nil, net.UDPAddrFromAddrPort(to))
	if err != nil {
		return err
	}
	defer conn.Close()
	start := time.Now()
	packet := request(conn.LocalAddr().(*net.UDPAddr).AddrPort().Addr().Unmap())
	if _, err := conn.Write(packet); err != nil {
		return err
	}
	defer context.AfterFunc(ctx, func() { _ = conn.SetReadDeadline(time.Unix(1, 0)) })()
	buffer := make([]byte, pcpBytesMax+1) // one more, to see what is too long
	for _, until := range []time.Duration{repeatAfter, giveUpAfter} {
		if err := conn.SetReadDeadline(start.Add(until)); err != nil {
			return err
		}
		for range strayReplyMax {
			if ctx.Err() != nil {
				return ctx.Err() // the deadline above may have come after AfterFunc's
			}
			n, err := conn.Read(buffer)
			if ne, ok := errors.AsType[net.Error](err); ok && ne.Timeout() {
				break
			} else if err != nil {
				return err // nothing listens there: the system was told so
			}
			if done, err := accept(buffer[:n]); done || err != nil {
				return err
			}
		}
		if until == repeatAfter {
			if _, err := conn.Write(packet); err != nil {
				return err
			}
		}
	}
	return errSilent
}
