//go:build !race

package rendezvous

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"testing"
	"time"
)

// attacker takes all the places that it can get, from many sources, and keeps
// them: each source asks for one thing after the other, at the rate that it is
// allowed, and begins anew in time.
type attacker struct {
	w       *world
	sources []Source
	both    bool // plays both sides of what it asks for, across its sources
	things  int  // of each source
	next    int
}

// thing is the nth of all lobbies or relays of an attacker: its name and the two
// sources that play it.
func (a *attacker) thing(n int) (lookup [16]byte, host, guest Source) {
	lookup[0] = 0xff
	binary.BigEndian.PutUint32(lookup[1:], uint32(n))
	return lookup, a.sources[n%len(a.sources)], a.sources[(n+1)%len(a.sources)]
}

// run lets some time pass, in which the attacker asks so often.
func (a *attacker) run(d time.Duration, perSec int) {
	const step = 20 * time.Millisecond
	for range d / step {
		for range perSec * int(step/time.Millisecond) / 1000 {
			a.ask(a.next)
			a.next++
		}
		a.w.run(step)
	}
}

func (a *attacker) ask(n int) {
	n %= len(a.sources) * a.things
	lookup, host, guest := a.thing(n)
	owner, session := lookup, lookup
	owner[15], session[15] = 1, 2
	sealed := make([]byte, maxSealed)
	sealed[0] = 3
	a.say(host, message{kind: register, lookup: lookup, owner: owner, session: session})
	a.say(host, message{kind: relay, lookup: lookup, flag: sideHost})
	if a.both {
		a.say(guest, message{kind: ask, lookup: lookup, session: session, sealed: sealed})
		a.say(host, message{kind: answer, lookup: lookup, owner: owner, mark: [8]byte(sealed), sealed: sealed})
		a.say(guest, message{kind: relay, lookup: lookup, flag: sideGuest})
	}
}

func (a *attacker) say(from Source, m message) {
	s, now := a.w.server, a.w.sim.Now()
	s.Packet(now, from, appendMessage(nil, new(proven(s, now, from, m))))
	a.w.flush()
}

// prefixes are sources of IPv6 spread over the subnets of one prefix.
func prefixes(prefix string, count int) (list []Source) {
	p := netip.MustParsePrefix(prefix)
	for i := range count {
		b := p.Addr().As16()
		n := binary.BigEndian.Uint64(b[:8]) | uint64(i)*(1<<(64-p.Bits())/uint64(count))
		binary.BigEndian.PutUint64(b[:8], n)
		list = append(list, Source{Addr: netip.AddrPortFrom(netip.AddrFrom16(b), 4000)})
	}
	return list
}

func strangers(count int) (list []Source) {
	for i := range count {
		list = append(list, stranger(1000+i))
	}
	return list
}

// Two friends meet by a code and get a relay, and keep it, while others hold all
// the places that they can get, from many addresses or whole prefixes.
func TestAttack(t *testing.T) {
	for _, c := range []struct {
		name    string
		sources []Source
	}{
		{"4 addresses", strangers(4)},
		{"40 addresses", strangers(40)},
		{"170 addresses", strangers(170)},
		{"a /56", prefixes("2001:db8:1:100::/56", 256)},
		{"a /48", prefixes("2001:db8:1::/48", 512)},
	} {
		for _, both := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, both sides %v", c.name, both), func(t *testing.T) {
				t.Parallel()
				attack(t, c.sources, both)
			})
		}
	}
}

func attack(t *testing.T, sources []Source, both bool) {
	w := newWorld(t, 50, ServerConfig{MaxLobbies: 300})
	a := &attacker{w: w, sources: sources, both: both, things: 600/len(sources) + 1}
	a.run(10*time.Second, 600)
	if s := w.server.Stats(); s.Lobbies < 250 || s.Relays != 256 {
		t.Fatalf("the attacker has not filled the server: %+v", s)
	}
	host := w.host(w.config1(1, "host"), dsl)
	a.run(time.Second, 200)
	guest := w.guest(w.config1(1, "guest"), dsl)
	a.run(2*time.Second, 200)
	if !host.met("guest") || !guest.met("host") {
		t.Fatalf("no meeting in 2 s: %q and %q", host.Status(), guest.Status())
	}
	guest.Relay(w.sim.Now(), guest.Self())
	host.Relay(w.sim.Now(), guest.Self())
	a.run(2*time.Second, 200)
	if guest.count(RelayOpen) != 1 || host.count(RelayOpen) != 1 {
		t.Fatalf("no relay in 2 s: %q and %q", host.Status(), guest.Status())
	}
	const seconds = 60
	for i := range seconds {
		guest.pass(fmt.Sprint(i))
		a.run(time.Second, 200)
	}
	if len(host.relayed) != seconds || host.count(RelayClosed)+guest.count(RelayClosed)+host.count(Problem)+guest.count(Problem) != 0 || host.count(Registered) != 1 {
		t.Errorf("of %d packets %d came, %d and %d relays were closed, the lobby was made %d times: %q and %q", seconds, len(host.relayed),
			host.count(RelayClosed), guest.count(RelayClosed), host.count(Registered), host.Status(), guest.Status())
	}
	checkBounds(t, w.server)
}
