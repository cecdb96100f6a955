package pathfinder

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/visavis-netcode/visavis/nat"
	"github.com/visavis-netcode/visavis/nat/invite"
	"github.com/visavis-netcode/visavis/nat/natsim"
	"github.com/visavis-netcode/visavis/nat/pathconn"
)

// village is a simulated internet with two STUN servers and no other server. It
// lives in a bubble of synctest.
type village struct {
	t    *testing.T
	sim  *natsim.Sim
	stun []string
	all  []*villager
}

// villager is a computer with a finder and no QUIC.
type villager struct {
	paths  *pathconn.Conn
	finder *Finder
	got    chan string // payloads
}

func newVillage(t *testing.T, seed uint64) *village {
	v := &village{t: t, sim: natsim.New(seed)}
	for range 2 {
		v.stun = append(v.stun, v.sim.STUNServer().String())
	}
	return v
}

// settle puts a player into a home.
func (v *village) settle(seed byte, home *natsim.Home, host int) *villager {
	v.t.Helper()
	conn, err := home.Hosts[host].ListenPacket(7777)
	if err != nil {
		v.t.Fatal(err)
	}
	p := &villager{paths: pathconn.Over(conn), got: make(chan string, 64)}
	p.finder = New(Config{Paths: p.paths, Key: [32]byte{seed}, STUN: v.stun})
	socket := p.paths.PacketConn()
	go func() {
		defer close(p.got)
		b := make([]byte, 1500)
		for {
			n, _, err := socket.ReadFrom(b)
			if err != nil {
				return
			}
			p.got <- string(b[:n])
		}
	}()
	v.all = append(v.all, p)
	return p
}

func (v *village) end() {
	for _, p := range v.all {
		p.finder.Close()
		p.paths.Close()
		for range p.got {
		}
	}
	v.sim.Stop()
}

// until waits for something within a limit of virtual time.
func (v *village) until(limit time.Duration, what string, done func() bool) time.Duration {
	v.t.Helper()
	for began := time.Now(); ; time.Sleep(time.Millisecond) {
		if done() {
			return time.Since(began)
		}
		if time.Since(began) > limit {
			v.t.Fatalf("no %s within %v", what, limit)
		}
	}
}

func (v *village) home(kind string) *natsim.Home {
	return v.sim.Home(kind, natsim.Options{Delay: 15 * time.Millisecond, Timeout: 30 * time.Second})
}

// invited is an invite that is ready.
func (v *village) invited(host *villager, guests int) (*Inviting, string) {
	v.t.Helper()
	i, err := host.finder.Invite(guests, 0)
	if err != nil {
		v.t.Fatal(err)
	}
	v.until(time.Second, "invite", func() bool { _, ready := i.Text(); return ready })
	text, _ := i.Text()
	return i, text
}

func (v *village) answered(guest *villager, text string) *Attempt {
	v.t.Helper()
	inv, err := invite.Parse(text)
	if err != nil {
		v.t.Fatal(err)
	}
	a, err := guest.finder.Answer(inv)
	if err != nil {
		v.t.Fatal(err)
	}
	return a
}

// crosses sends a payload of the game over the path that was found.
func (v *village) crosses(guest, host *villager, a *Attempt) {
	v.t.Helper()
	virtual, ok := a.Virtual()
	if !ok {
		v.t.Fatalf("no path: %s", a.Status())
	}
	if _, err := guest.paths.PacketConn().WriteTo([]byte("\xffgame"), net.UDPAddrFromAddrPort(virtual)); err != nil {
		v.t.Fatal(err)
	}
	v.until(time.Second, "packet of the game", func() bool {
		select {
		case b := <-host.got:
			return b == "\xffgame"
		default:
			return false
		}
	})
}

func TestInviteAlone(t *testing.T) {
	for _, kinds := range [][2]string{{"fullcone", "portrestricted"}, {"fullcone", "symmetric"}, {"none", "cgnat"}, {"none", "symmetric"}} {
		t.Run(kinds[0]+" x "+kinds[1], func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				v := newVillage(t, 3)
				host, guest := v.home(kinds[0]), v.home(kinds[1])
				v.sim.Start()
				h, g := v.settle(1, host, 0), v.settle(2, guest, 0)
				defer v.end()
				i, text := v.invited(h, 1)
				time.Sleep(time.Minute) // the invite is on its way by hand
				a := v.answered(g, text)
				took := v.until(2*time.Second, "path", func() bool { _, ok := a.Virtual(); return ok })
				v.crosses(g, h, a)
				if took > 500*time.Millisecond || a.PeerKey() != [32]byte{} || i.Kind([32]byte{2}) == "" || a.Found() == 0 {
					t.Errorf("after %v, kinds %q and %q, found %v", took, a.Kind(), i.Kind([32]byte{2}), a.Found())
				}
				t.Logf("%v after the invite was entered, %s", took, a.Kind())
			})
		})
	}
}

// The reply is on its way for three minutes; routers forget after 30 s.
func TestReplyTakesMinutes(t *testing.T) {
	for _, kinds := range [][2]string{{"portrestricted", "portrestricted"}, {"cgnat", "open-firewall"}} {
		t.Run(kinds[0]+" x "+kinds[1], func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				v := newVillage(t, 4)
				host, guest := v.home(kinds[0]), v.home(kinds[1])
				v.sim.Start()
				h, g := v.settle(1, host, 0), v.settle(2, guest, 0)
				defer v.end()
				i, text := v.invited(h, 1)
				time.Sleep(2 * time.Minute)
				a := v.answered(g, text)
				time.Sleep(3 * time.Minute)
				reply, ready := a.Reply()
				if _, found := a.Virtual(); found || !ready || a.Err() != nil || !strings.Contains(a.Status(), "Send the reply") {
					t.Fatalf("found %v, reply ready %v, %v, %s", found, ready, a.Err(), a.Status())
				}
				if now, _ := i.Text(); now != text {
					t.Errorf("the invite has changed on the way:\n%s\n%s", text, now)
				}
				if err := i.Accept(reply); err != nil {
					t.Fatal(err)
				}
				took := v.until(time.Second, "path", func() bool { _, ok := a.Virtual(); return ok })
				v.crosses(g, h, a)
				if took > 200*time.Millisecond || a.Found() > 100*time.Millisecond {
					t.Errorf("path after %v, found in %v", took, a.Found())
				}
				t.Logf("%v after the reply was entered", took)
			})
		})
	}
}

// One home, no STUN server and no way out.
func TestInviteAtHome(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := newVillage(t, 5)
		v.stun = nil
		home := v.sim.Home("udp-blocked", natsim.Options{Hosts: 2})
		v.sim.Start()
		h, g := v.settle(1, home, 0), v.settle(2, home, 1)
		defer v.end()
		i, text := v.invited(h, 1)
		a := v.answered(g, text)
		v.until(time.Second, "path", func() bool { _, ok := a.Virtual(); return ok })
		v.crosses(g, h, a)
		if a.Kind() != "lan" || i.Kind([32]byte{2}) != "lan" {
			t.Errorf("%q, %q", a.Kind(), i.Kind([32]byte{2}))
		}
	})
}

// Without a server two symmetric routers leave no way, and the guest is told so.
func TestNoWayWithoutServer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := newVillage(t, 6)
		host, guest := v.home("symmetric"), v.home("symmetric")
		v.sim.Start()
		h, g := v.settle(1, host, 0), v.settle(2, guest, 0)
		defer v.end()
		_, text := v.invited(h, 1)
		a := v.answered(g, text)
		v.until(5*time.Second, "end", func() bool { return a.Err() != nil })
		if !strings.Contains(a.Err().Error(), "Without a server the two of you cannot meet") {
			t.Error(a.Err())
		}
	})
}

// An invite that nobody answers to expires, on both sides.
func TestInviteExpires(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := newVillage(t, 7)
		host, guest, other := v.home("portrestricted"), v.home("portrestricted"), v.home("none")
		v.sim.Start()
		h, g, o := v.settle(1, host, 0), v.settle(2, guest, 0), v.settle(3, other, 0)
		defer v.end()
		i, text := v.invited(h, 1)
		a := v.answered(g, text)
		late := v.answered(o, text)
		time.Sleep(time.Minute)
		reply, _ := late.Reply()
		time.Sleep(InviteLife)
		if a.Err() == nil || !strings.Contains(a.Err().Error(), "not reached in ten minutes") {
			t.Errorf("the guest is told %v", a.Err())
		}
		if err := i.Accept(reply); err == nil || !strings.Contains(err.Error(), "expired") {
			t.Errorf("a late reply: %v", err)
		}
		if err := i.Admit([32]byte{3}); err == nil {
			t.Error("a late guest was let in")
		}
		if _, ready := i.Text(); ready || !strings.Contains(i.Status(), "expired") {
			t.Errorf("ready %v, %s", ready, i.Status())
		}
		i.Close()
	})
}

// TestTooLate: whether an invite is too old is for its host to say, whose clock made
// it. A guest who reaches the host is told at once, and one who knows no secret not
// at all.
func TestTooLate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := newVillage(t, 7)
		host, guest, other := v.home("fullcone"), v.home("portrestricted"), v.home("portrestricted")
		v.sim.Start()
		h, g, o := v.settle(1, host, 0), v.settle(2, guest, 0), v.settle(3, other, 0)
		defer v.end()
		i, text := v.invited(h, 1)
		keeping, err := h.finder.Invite(1, time.Hour) // so that the host's router still knows it later
		if err != nil {
			t.Fatal(err)
		}
		told := func(g *villager, want string) {
			t.Helper()
			a := v.answered(g, text)
			defer a.Close()
			time.Sleep(3 * time.Second)
			synctest.Wait()
			if err := a.Err(); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("the guest is told %v (%s), not of %q", err, a.Status(), want)
			}
		}
		time.Sleep(InviteLife - time.Minute)
		a := v.answered(g, text)
		v.until(2*time.Second, "path", func() bool { _, ok := a.Virtual(); return ok })
		a.Close()
		time.Sleep(2 * time.Minute)
		told(g, "has expired")
		i.Close()
		time.Sleep(time.Minute)
		told(o, "taken this invite back")
		keeping.Close()
	})
}

// Three guests, of whom two may come.
func TestInviteUsedUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := newVillage(t, 8)
		host := v.home("portrestricted")
		homes := []*natsim.Home{v.home("portrestricted"), v.home("cgnat"), v.home("portrestricted")}
		v.sim.Start()
		h := v.settle(1, host, 0)
		defer v.end()
		i, text := v.invited(h, 2)
		for k, home := range homes {
			a := v.answered(v.settle(byte(2+k), home, 0), text)
			time.Sleep(time.Second)
			reply, _ := a.Reply()
			err := i.Accept(reply)
			var problem *invite.Error
			switch {
			case k == 2 && (!errors.As(err, &problem) || problem.Problem != invite.UsedUp):
				t.Errorf("the third guest: %v", err)
			case k < 2 && err != nil:
				t.Fatal(err)
			case k < 2:
				v.until(time.Second, "path", func() bool { _, ok := a.Virtual(); return ok })
			}
		}
		if h.finder.Report().Summary == "" {
			t.Error("no report")
		}
	})
}

// What is not the invite's reply changes nothing and sends nothing. Who proves to
// have had an invite that is closed is told so.
func TestRepliesRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := newVillage(t, 9)
		v.stun = nil // nothing else is sent then
		host, guest := v.home("none"), v.home("portrestricted")
		v.sim.Start()
		h, g := v.settle(1, host, 0), v.settle(2, guest, 0)
		defer v.end()
		first, text := v.invited(h, 1)
		second, _ := v.invited(h, 1)
		first.Close()
		a := v.answered(g, text)
		time.Sleep(time.Second) // its knocks go to a host who has closed this invite
		reply, _ := a.Reply()
		if err := a.Err(); err == nil || !strings.Contains(err.Error(), "taken this invite back") {
			t.Errorf("the guest is told %v", err)
		}
		a.Close()
		time.Sleep(time.Minute)
		wrong := []byte(reply)
		wrong[20] = map[bool]byte{true: 'B', false: 'A'}[wrong[20] == 'A']
		sent := h.paths.Stats().PacketsSent
		for _, text := range []string{"", "K7QF-3MX9-TD4W", reply[:40], string(wrong), reply, text, "Vv", strings.Repeat("Vv", 999)} {
			var problem *invite.Error
			if err := second.Accept(text); !errors.As(err, &problem) {
				t.Errorf("%.20q: %v", text, err)
			}
		}
		for _, b := range [][]byte{{firstKnock}, {firstKnock, 'V', 'v'}, append([]byte{firstKnock}, reply...), bytes.Repeat([]byte{firstKnock}, 1400)} {
			g.paths.Send(b, host.Hosts[0].AddrPort(7777))
		}
		time.Sleep(time.Second)
		if now := h.paths.Stats().PacketsSent; now != sent+1 {
			t.Errorf("%d packets were sent, not one to who has had the closed invite", now-sent)
		}
		if _, ok := a.Virtual(); ok {
			t.Error("a guest came in by a closed invite")
		}
	})
}

// An invite that names strangers makes nobody send them more than three packets.
func TestInviteOfStrangers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := newVillage(t, 10)
		var strangers []*natsim.Home
		var offer nat.Offer
		for range maxShort {
			strangers = append(strangers, v.home("none"))
			offer.Candidates = append(offer.Candidates, nat.Candidate{Kind: nat.KindMapped, Addr: strangers[len(strangers)-1].Hosts[0].AddrPort(4000)})
		}
		guest := v.home("portrestricted")
		got := make([]int, maxShort)
		for k, s := range strangers {
			s.Hosts[0].Listen(4000).OnPacket = func(netip.AddrPort, []byte) { got[k]++ }
		}
		v.sim.Start()
		g := v.settle(2, guest, 0)
		defer v.end()
		inv := invite.Invite{Host: [16]byte{1}, Secret: [8]byte{2}, Offer: appendShort(nil, offer)}
		a := v.answered(g, inv.Text())
		v.until(11*time.Minute, "end", func() bool { return a.Err() != nil })
		v.sim.Do(func() {
			for k, n := range got {
				if n != 3 {
					t.Errorf("stranger %d got %d packets", k, n)
				}
			}
		})
	})
}

func TestAnswerRefuses(t *testing.T) {
	p := newPlayer(t, 1, Config{})
	inv := invite.Invite{Host: [16]byte{1}, Secret: [8]byte{2}, Offer: appendShort(nil, testOffer(2))}
	broken := inv
	broken.Offer = []byte{255, 1, 2}
	own := inv
	own.Host = invite.KeyHash([32]byte{1})
	for name, inv := range map[string]invite.Invite{"an offer that is none": broken, "one's own": own} {
		if a, err := p.finder.Answer(inv); err == nil {
			t.Errorf("%s was taken", name)
			a.Close()
		}
	}
}

// appendShort keeps to the limit and keeps what is worth most.
func TestShortOffers(t *testing.T) {
	candidate := func(kind nat.Kind, addr string) nat.Candidate {
		return nat.Candidate{Kind: kind, Addr: netip.MustParseAddrPort(addr)}
	}
	full := nat.Offer{Descriptor: nat.Descriptor{Mapping: nat.MappingPredictable, Delta: 1, Port: 4000, PortMapped: true}}
	for k := range 6 {
		full.Candidates = append(full.Candidates, candidate(nat.KindHost, fmt.Sprintf("[2001:db8::%d]:7777", k+1)))
	}
	for k := range 4 {
		full.Candidates = append(full.Candidates, candidate(nat.KindHost, fmt.Sprintf("172.17.0.%d:7777", k+1)))
	}
	lan := candidate(nat.KindHost, "192.168.1.5:7777")
	mapped := candidate(nat.KindMapped, "203.0.113.5:7777")
	seen := candidate(nat.KindReflexive, "203.0.113.5:14000")
	full.Candidates = append(append([]nat.Candidate{lan}, full.Candidates...), mapped, seen)
	b := appendShort([]byte("before"), full)
	if len(b) > len("before")+invite.MaxOffer || string(b[:6]) != "before" {
		t.Fatalf("%d bytes", len(b))
	}
	o, err := parseShort(b[6:])
	if err != nil {
		t.Fatal(err)
	}
	six := 0
	for _, c := range o.Candidates {
		if c.Addr.Addr().Is6() {
			six++
		}
	}
	has := func(want nat.Candidate) bool {
		return slices.Contains(o.Candidates, want)
	}
	if !has(lan) || !has(mapped) || !has(seen) || six != 1 || o.Descriptor != full.Descriptor || len(o.Candidates) > maxShort {
		t.Errorf("%+v", o)
	}
	if b := appendShort(nil, nat.Offer{}); len(b) != 1 {
		t.Errorf("nothing takes %d bytes", len(b))
	}
}
