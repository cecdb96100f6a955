package portmap

import (
	"context"
	"fmt"
	"net/netip"
	"time"

	natpmp "github.com/jackpal/go-nat-pmp"
)

// pmp is the way by NAT-PMP (RFC 6886) to one gateway. Its calls cannot be
// interrupted; each ends within giveUpAfter.
type pmp struct {
	gateway  netip.Addr
	port     uint16
	lifetime time.Duration

	asked bool // the router may have opened the port
	epoch epoch
}

func (p *pmp) String() string { return "NAT-PMP" }

func (p *pmp) client() *natpmp.Client {
	return natpmp.NewClientWithTimeout(p.gateway.AsSlice(), giveUpAfter)
}

// find asks for the router's outer address.
func (p *pmp) find(ctx context.Context) error {
	_, err := p.outer(ctx)
	return err
}

func (p *pmp) outer(ctx context.Context) (netip.Addr, error) {
	if ctx.Err() != nil {
		return netip.Addr{}, ctx.Err()
	}
	r, err := p.client().GetExternalAddress()
	if err != nil {
		return netip.Addr{}, pmpError(err)
	}
	outer := netip.AddrFrom4(r.ExternalIPAddress)
	if outer.IsUnspecified() {
		return netip.Addr{}, errDisconnected
	}
	return outer, nil
}

func (p *pmp) open(ctx context.Context, wanted netip.AddrPort) (grant, error) {
	outer, err := p.outer(ctx)
	if err != nil {
		return grant{}, err
	}
	if ctx.Err() != nil {
		return grant{}, ctx.Err()
	}
	p.asked = true
	r, err := p.client().AddPortMapping("udp", int(p.port), int(wanted.Port()), int(p.lifetime/time.Second))
	if err != nil {
		return grant{}, pmpError(err)
	}
	if r.InternalPort != p.port || r.MappedExternalPort == 0 || r.PortMappingLifetimeInSeconds == 0 {
		return grant{}, errMalformed
	}
	return grant{
		public:    netip.AddrPortFrom(outer, r.MappedExternalPort),
		lifetime:  time.Duration(r.PortMappingLifetimeInSeconds) * time.Second,
		restarted: p.epoch.observe(r.SecondsSinceStartOfEpoc, time.Now()),
	}, nil
}

func (p *pmp) close(context.Context) {
	if !p.asked {
		return
	}
	// RFC 6886 section 3.4: external port and lifetime 0.
	if _, err := p.client().AddPortMapping("udp", int(p.port), 0, 0); err == nil {
		p.asked = false
	}
}

// pmpError finds the router's result code. The library tells it in words only.
func pmpError(err error) error {
	var code int
	if _, scan := fmt.Sscanf(err.Error(), "Non-zero result code %d", &code); scan != nil {
		return err
	}
	switch code { // RFC 6886 section 3.5
	case 1, 5: // unsupported: this version, or UDP
		return err
	case 3: // the outer network has failed
		return errDisconnected
	default:
		return &refusal{"NAT-PMP", code}
	}
}
