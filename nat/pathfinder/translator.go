package pathfinder

import (
	"context"
	"net/netip"
	"time"

	"github.com/visavis-netcode/visavis/nat"
	"github.com/visavis-netcode/visavis/nat/nat64"
)

// Where a network has IPv6 only, its translator is looked for beside all else.
const (
	discoverLimit = 3 * time.Second // for the resolver's answer
	discoverAgain = 5 * time.Second // after a failure
	discoverTries = 3               // until the computer moves
)

// translator is how IPv4 is reached without having it.
type translator struct {
	tries   int
	looking bool
	tryAt   time.Duration
	known   bool // the prefix is that of this network
}

// sixOnly reports whether a computer with such addresses has IPv6 only. If nothing
// is known of them it has not.
func sixOnly(hosts []nat.Candidate) bool {
	six := false
	for _, c := range hosts {
		switch {
		case c.Addr.Addr().IsLoopback():
		case c.Addr.Addr().Is4():
			return false
		default:
			six = true
		}
	}
	return six
}

// moved forgets what was known of another network. A prefix stays in use until
// there is another, or IPv4.
func (t *translator) moved() { t.tries, t.tryAt, t.known = 0, 0, false }

// findTranslator asks the resolver if it is time. Nobody waits for it for longer
// than for the answers of STUN servers.
func (g *gathering) findTranslator(now time.Duration) {
	t := &g.translator
	if !sixOnly(g.hosts) {
		if g.f.paths.NAT64().IsValid() {
			g.f.paths.SetNAT64(netip.Prefix{})
			g.restart(now)
		}
		return
	}
	if t.known || t.looking || t.tries >= discoverTries || now < t.tryAt {
		return
	}
	t.looking = true
	t.tries++
	t.tryAt = now + discoverAgain
	f := g.f
	f.spawn(func() {
		ctx, cancel := context.WithTimeout(f.ctx, discoverLimit)
		prefix, err := nat64.Discover(ctx, f.config.resolver)
		cancel()
		f.do(func() {
			t.looking = false
			if err != nil {
				f.log.Debug("pathfinder: IPv6 only", "err", err)
				return
			}
			g.translated(f.now(), prefix)
		})
	})
}

// translated takes the translator into use.
func (g *gathering) translated(now time.Duration, prefix netip.Prefix) {
	f := g.f
	g.translator.known = true
	if f.paths.NAT64() == prefix {
		return
	}
	f.log.Debug("pathfinder: IPv4 is reached by a translator", "prefix", prefix)
	f.paths.SetNAT64(prefix)
	g.began = now
	f.server.reach(now)
	g.servers = nil
	g.restart(now)
	g.changeServers(now)
	for _, p := range f.pairs {
		if p.keep.active == nil {
			p.settling.begin(now)
		}
	}
}

// next is when findTranslator is due.
func (t *translator) next(hosts []nat.Candidate) time.Duration {
	if t.known || t.looking || t.tries >= discoverTries || !sixOnly(hosts) {
		return nat.Never
	}
	return t.tryAt
}
