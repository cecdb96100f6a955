package pathfinder

import (
	"net/netip"
	"slices"
	"time"

	"github.com/visavis-netcode/visavis/nat"
	"github.com/visavis-netcode/visavis/nat/pathconn"
)

const (
	maxDetours  = 3                      // of a pair; further ones are not taken
	detourAfter = 300 * time.Millisecond // without any path one is wanted, whatever the search hopes for
)

// Detour is a way to a player that leads through another one, whom we have a
// connection with and who passes packets on (package nat/relay).
type Detour struct {
	To     [32]byte       // public key of whom it leads to
	Via    netip.AddrPort // virtual address of who passes packets on
	Header pathconn.Header
	Name   string // of who passes them on, for Status
}

func (d *Detour) route() pathconn.Route { return pathconn.Route{Via: d.Via, Header: d.Header} }

// detours are a pair's ways through other players. The owner of the Finder, who
// knows these, is told that they are wanted, and asks them.
type detours struct {
	wanted bool
	open   []*detour
	window time.Duration // began; see advance. 0: not yet
}

type detour struct {
	route pathconn.Route
	path  *path
	asks  int // questions of the peer that came by it since the window began
}

// WantsDetour reports whether there is no direct way to a player, or not surely
// one, so that a Detour would help; by the player's public key.
func (f *Finder) WantsDetour(to [32]byte) bool {
	return slices.Contains(*f.wanting.Load(), to)
}

// AddDetour takes a detour for use. The first that is answered by the other
// player is used if there is no direct way.
func (f *Finder) AddDetour(d Detour) {
	f.do(func() {
		for _, p := range f.pairs {
			if slices.ContainsFunc(p.detours.open, func(o *detour) bool { return o.route == d.route() }) {
				return // one header leads to one player
			}
		}
		if p := f.wanter(d.To); p != nil && d.Via.IsValid() && d.Header != (pathconn.Header{}) {
			p.detours.add(f.now(), p, d)
		}
	})
}

// RemoveDetour forgets a detour that is closed.
func (f *Finder) RemoveDetour(d Detour) {
	f.do(func() {
		for _, p := range f.pairs {
			p.detours.shut(f.now(), p, d.route())
		}
	})
}

// wanter is the pair that a detour to a player is for.
func (f *Finder) wanter(to [32]byte) *pair {
	for _, p := range f.pairs {
		if p.peer() == to && p.detours.wanted {
			return p
		}
	}
	return nil
}

// publishDetours shows the outside to whom detours are wanted.
func (f *Finder) publishDetours() {
	var wanting [][32]byte
	for _, p := range f.pairs {
		if p.detours.wanted {
			wanting = append(wanting, p.peer())
		}
	}
	if old := f.wanting.Load(); old == nil || !slices.Equal(*old, wanting) {
		f.wanting.Store(&wanting)
	}
}

func (d *detours) add(now time.Duration, p *pair, by Detour) {
	if len(d.open) >= maxDetours {
		return
	}
	way := p.keep.add(now, by.route(), PlayerRelay)
	if way == nil {
		return
	}
	way.by = by.Name
	d.open = append(d.open, &detour{route: by.route(), path: way})
	p.expect(way.route)
}

// shut forgets a detour. As with the server's relay, a route that uses it stays
// until there is another.
func (d *detours) shut(now time.Duration, p *pair, r pathconn.Route) {
	i := slices.IndexFunc(d.open, func(o *detour) bool { return o.route == r })
	if i < 0 {
		return
	}
	way := d.open[i].path
	d.open = slices.Delete(d.open, i, i+1)
	p.drop(now, way)
}

// asked counts the questions that come by detours.
func (d *detours) asked(by *path) {
	for _, o := range d.open {
		if o.path == by {
			o.asks++
		}
	}
}

// begin begins to count anew.
func (d *detours) begin(now time.Duration) {
	d.window = now
	for _, o := range d.open {
		o.asks = 0
	}
}

// advance gives the detours up when neither side has needed one for a while.
func (d *detours) advance(now time.Duration, p *pair) {
	if p.found == 0 && now-p.began >= detourAfter {
		d.wanted = d.wanted || p.f.config.Relay != Never
	}
	if d.wanted && (d.window == 0 || d.window < p.since) {
		d.begin(now)
	}
	if !d.wanted || now-d.window < relayIdle {
		return
	}
	used := false
	for _, o := range d.open {
		// Whoever uses it asks by it once a second, otherwise every five.
		used = used || o.asks > int(relayIdle/askStandby)+2 || now-o.path.quic < relayIdle/2
	}
	d.begin(now)
	if a := p.keep.active; used || a == nil || a.rank != rankDirect || now-p.since < relayIdle || p.keep.doubtful(now) {
		return
	}
	d.wanted, d.window = false, 0
	for len(d.open) > 0 {
		d.shut(now, p, d.open[0].route)
	}
}

func (d *detours) next(p *pair) time.Duration {
	switch {
	case d.wanted:
		return d.window + relayIdle
	case p.found == 0 && p.f.config.Relay != Never:
		return p.began + detourAfter
	}
	return nat.Never
}

// end forgets all of them.
func (d *detours) end(p *pair) {
	for _, o := range d.open {
		p.f.paths.Unexpect(o.route)
	}
	*d = detours{}
}
