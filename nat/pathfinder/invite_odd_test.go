package pathfinder

import (
	"fmt"
	"net/netip"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/visavis-netcode/visavis/nat"
	"github.com/visavis-netcode/visavis/nat/invite"
	"github.com/visavis-netcode/visavis/nat/rendezvous"
)

// crowd puts addresses that lead nowhere before those of an invite.
func (v *village) crowd(text string, dead []nat.Candidate) string {
	v.t.Helper()
	inv, err := invite.Parse(text)
	if err != nil {
		v.t.Fatal(err)
	}
	o, rest, err := nat.ParseOffer(inv.Offer)
	if err != nil || len(rest) > 0 {
		v.t.Fatal(err, rest)
	}
	o.Candidates = append(dead, o.Candidates...)
	if inv.Offer = nat.AppendOffer(nil, o); inv.Validate() != nil {
		v.t.Fatal(inv.Validate())
	}
	return inv.Text()
}

// TestInviteMostlyDead: eight of an invite's addresses lead nowhere. A host
// who can be reached unasked is met by the invite alone all the same, and the others
// by the reply.
func TestInviteMostlyDead(t *testing.T) {
	for _, kinds := range [][2]string{{"fullcone", "portrestricted"}, {"upnp", "symmetric"}, {"portrestricted", "portrestricted"}} {
		for name, kind := range map[string]nat.Kind{"host": nat.KindHost, "mapped": nat.KindMapped, "reflexive": nat.KindReflexive} {
			t.Run(fmt.Sprintf("%s x %s, %s", kinds[0], kinds[1], name), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					v := newVillage(t, 9)
					host, guest := v.home(kinds[0]), v.home(kinds[1])
					var dead []nat.Candidate
					for i := range 8 {
						addr := netip.AddrPortFrom(v.sim.PublicAddr(), 4000)
						if kind == nat.KindHost {
							addr = netip.AddrPortFrom(netip.AddrFrom4([4]byte{172, 17, byte(i), 1}), 7777)
						}
						dead = append(dead, nat.Candidate{Kind: kind, Addr: addr})
					}
					v.sim.Start()
					h, g := v.settle(1, host, 0), v.settle(2, guest, 0)
					defer v.end()
					if kinds[0] == "upnp" {
						var public netip.AddrPort
						var err error
						v.sim.Do(func() { public, err = host.Router.Map(netip.AddrPortFrom(host.Hosts[0].Addr(), 7777), 0) })
						if err != nil {
							t.Fatal(err)
						}
						h.finder.SetMapped(public)
						time.Sleep(100 * time.Millisecond)
					}
					i, text := v.invited(h, 1)
					a := v.answered(g, v.crowd(text, dead))
					if kinds[0] == "portrestricted" {
						time.Sleep(time.Minute)
						reply, _ := a.Reply()
						if err := i.Accept(reply); err != nil {
							t.Fatal(err)
						}
					}
					took := v.until(2*time.Second, "path", func() bool { _, ok := a.Virtual(); return ok })
					v.crosses(g, h, a)
					if took > 700*time.Millisecond {
						t.Errorf("path after %v", took)
					}
				})
			})
		}
	}
}

// TestInviteOfSlowServers: what a player is to send to another by hand waits for servers
// that take two seconds to answer, and not for ever for those that never do.
func TestInviteOfSlowServers(t *testing.T) {
	for _, answers := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			v := newVillage(t, 10)
			for i := range v.stun {
				if v.stun[i] = netip.AddrPortFrom(v.sim.PublicAddr(), 3478).String(); answers {
					v.stun[i] = serverAfar(t, v.sim, time.Second, rendezvous.ServerConfig{})
				}
			}
			host, guest := v.home("portrestricted"), v.home("portrestricted")
			v.sim.Start()
			h, g := v.settle(1, host, 0), v.settle(2, guest, 0)
			defer v.end()
			i, err := h.finder.Invite(1, 0)
			if err != nil {
				t.Fatal(err)
			}
			took := v.until(2*handLimit, "invite", func() bool { _, ready := i.Text(); return ready })
			text, _ := i.Text()
			inv, err := invite.Parse(text)
			if err != nil {
				t.Fatal(err)
			}
			o, _, err := nat.ParseOffer(inv.Offer)
			if err != nil {
				t.Fatal(err)
			}
			public := slices.ContainsFunc(o.Candidates, func(c nat.Candidate) bool { return c.Addr.Addr() == host.Router.WAN() })
			if public != answers || answers && took > 2500*time.Millisecond || !answers && (took < handLimit || took > handLimit+100*time.Millisecond) {
				t.Errorf("servers answer %v: an invite with %v after %v", answers, o.Candidates, took)
			}
			if !answers {
				return
			}
			a := v.answered(g, text)
			v.until(time.Second, "reply", func() bool { _, ready := a.Reply(); return ready })
			reply, _ := a.Reply()
			if err := i.Accept(reply); err != nil {
				t.Fatal(err)
			}
			v.until(time.Second, "path", func() bool { _, ok := a.Virtual(); return ok })
			v.crosses(g, h, a)
		})
	}
}
