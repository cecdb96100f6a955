package nat

import (
	"fmt"
	"net/netip"
	"strings"
	"time"
)

// Report says in words how a search went.
type Report struct {
	Direct  bool   // there is a path
	Summary string // one sentence for the player
	Advice  string // what the player can do, empty if there is nothing to do
	Details []string
}

// String is the report on several lines.
func (r Report) String() string {
	lines := []string{r.Summary}
	if r.Advice != "" {
		lines = append(lines, r.Advice)
	}
	return strings.Join(append(lines, r.Details...), "\n")
}

// Report describes the search so far.
func (p *Punch) Report() Report {
	var r Report
	local, remote := p.config.Local.Descriptor, p.remote.Descriptor
	switch {
	case p.best != nil:
		r.Direct = true
		r.Summary = fmt.Sprintf("Direct path to %v (%s), round trip %d ms, found after %d ms.",
			p.best.addr, p.how(), ms(p.best.rtt), ms(p.foundAt-p.learntAt))
	case p.learns == 0:
		r.Summary = "Waiting for the other player's addresses."
	case p.ended:
		r.Summary = "No direct path: " + p.whyNot() + "."
		r.Advice = p.advice()
	default:
		r.Summary = "Looking for a direct path."
	}
	s := p.stats
	r.Details = append(r.Details,
		fmt.Sprintf("our router: %v; theirs: %v", local.Mapping, remote.Mapping),
		fmt.Sprintf("%d addresses offered to us; %d checks, %d openers, %d probes sent; %d answers given; %d packets of theirs came",
			len(p.remote.Candidates), s.Checks, s.Openers, s.Probes, s.Answers, s.Received))
	if s.Forged+s.Replayed+s.Strange > 0 {
		r.Details = append(r.Details, fmt.Sprintf("ignored: %d packets without proof, %d repeated, %d from too many addresses",
			s.Forged, s.Replayed, s.Strange))
	}
	return r
}

func ms(d time.Duration) int64 { return d.Round(time.Millisecond).Milliseconds() }

// how names the sort of path.
func (p *Punch) how() string {
	t := p.best
	switch {
	case t.addr.Addr().IsLoopback():
		return "same computer"
	case onLAN(t.addr.Addr()):
		return "local network"
	case t.socket != 0 || t.kind == KindPeerReflexive && p.stats.Probes > 0:
		return "port found by search"
	case t.addr.Addr().Is6():
		return "IPv6"
	}
	return t.kind.String()
}

// hopeless says why the descriptors leave no direct path except within one
// network, or nothing if they do not say so.
func (p *Punch) hopeless() string {
	local, remote := p.config.Local.Descriptor, p.remote.Descriptor
	mapped := local.PortMapped || remote.PortMapped
	four := p.config.Local.has(netip.Addr.Is4) && p.remote.has(netip.Addr.Is4)
	public6 := func(a netip.Addr) bool { return a.Is6() && !onLAN(a) }
	six := p.config.Local.has(public6) && p.remote.has(public6)
	switch {
	case six:
		return ""
	case local.Mapping == MappingBlocked:
		return "this network lets no UDP out"
	case remote.Mapping == MappingBlocked:
		return "the other player's network lets no UDP out"
	case !four && local.Mapping != MappingUnknown && remote.Mapping != MappingUnknown &&
		len(p.config.Local.Candidates) > 0 && len(p.remote.Candidates) > 0:
		return whyFamilies
	case !mapped && local.Mapping.dependent() && remote.Mapping.dependent() && !p.probes.mutual:
		return "both routers use a new port for every destination (symmetric NAT)"
	}
	return ""
}

// Hopeless says in words why the two routers leave no direct path, except within
// one network; "" if they do not say so.
func (p *Punch) Hopeless() string {
	if p.learns == 0 {
		return ""
	}
	return p.hopeless()
}

const whyFamilies = "one of you has IPv6 only and the other IPv4 only"

// whyNot is the most likely reason of a failure.
func (p *Punch) whyNot() string {
	local, remote := p.config.Local.Descriptor, p.remote.Descriptor
	switch why := p.hopeless(); {
	case why != "":
		return why
	case len(p.remote.Candidates) == 0:
		return "the other player's game found no address to be reached at"
	case p.stats.Received > 0:
		return "packets arrive from the other player, but ours do not get through"
	case p.sameHome():
		return "both players are behind the same provider's router, and it does not connect its own customers"
	case local.Mapping.dependent():
		return "this network's router uses a new port for every destination (symmetric NAT), and the port was not found"
	case remote.Mapping.dependent():
		return "the other player's router uses a new port for every destination (symmetric NAT), and the port was not found"
	}
	return "no packet of the other player arrived"
}

// advice is what helps against whyNot.
func (p *Punch) advice() string {
	const ownRouter = "turn on UPnP (or NAT-PMP) in the router"
	local, remote := p.config.Local.Descriptor, p.remote.Descriptor
	switch {
	case local.Mapping == MappingBlocked:
		return "The match can go through a relay. For a direct path use another network, such as a phone's hotspot."
	case remote.Mapping == MappingBlocked:
		return "The match can go through a relay. For a direct path the other player needs another network, such as a phone's hotspot."
	case len(p.remote.Candidates) == 0:
		return "Let the other player check the network cable or Wi-Fi and make a new invitation."
	case p.hopeless() == whyFamilies:
		return "The match can go through a relay. For a direct path one of you needs a network with both, such as another provider's or a phone's hotspot."
	case p.sameHome():
		return "The match can go through a relay. Two players in one home should be in the same network (not one of them in the guests' Wi-Fi)."
	case local.Mapping.dependent() && remote.Mapping.dependent():
		return "The match can go through a relay. For a direct path one of you can " + ownRouter + ", or use IPv6 or another network; one is enough."
	case local.Mapping.dependent():
		return "Try again: it is partly luck. Otherwise " + ownRouter + ", or use IPv6 or another network."
	case remote.Mapping.dependent():
		return "Try again: it is partly luck. Otherwise the other player can " + ownRouter + ", or use IPv6 or another network."
	}
	return "Try again with both games open at the same time; if it fails again, check that a firewall on either computer does not block the game."
}
