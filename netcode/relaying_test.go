package netcode

import (
	"bytes"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/visavis-netcode/visavis/nat/natsim"
	"github.com/visavis-netcode/visavis/nat/relay"
	"github.com/visavis-netcode/visavis/netcode/internal/mesh"
	"github.com/visavis-netcode/visavis/netcode/internal/quiclink"
	"github.com/visavis-netcode/visavis/netcode/internal/wire"
)

// village is players behind simulated routers, who know one another's addresses
// at most: there is no server. The first one hosts, on a public address.
type village struct {
	t       *testing.T
	sim     *natsim.Sim
	homes   []*natsim.Home
	nodes   []*Node
	lobbies []*Lobby[ledger, uint32]
	config  LobbyConfig // the host's
	during  func()      // what else happens at each tick; nil for nothing
}

// inVillage runs a test in a bubble of virtual time.
func inVillage(t *testing.T, test func(v *village)) {
	synctest.Test(t, func(t *testing.T) {
		v := &village{t: t, sim: natsim.New(1)}
		v.sim.Start()
		defer v.sim.Stop()
		defer v.close()
		test(v)
	})
}

func (v *village) close() {
	for _, n := range v.nodes {
		n.Close()
	}
}

// move adds a player in a home of a kind, 15 ms from the others' centre.
func (v *village) move(kind string, config NodeConfig) *Node {
	v.t.Helper()
	var home *natsim.Home
	v.sim.Do(func() { home = v.sim.Home(kind, natsim.Options{Delay: 15 * time.Millisecond}) })
	conn, err := home.Hosts[0].ListenPacket(7777)
	if err != nil {
		v.t.Fatal(err)
	}
	v.homes = append(v.homes, home)
	number := byte(len(v.nodes))
	endpoint, err := quiclink.Listen(quiclink.Config{Conn: conn, Key: quicKey(number)})
	if err != nil {
		v.t.Fatal(err)
	}
	n := &Node{noTCP: true, endpoint: endpoint, notary: newNotary(), name: []string{"Cleo", "Ana", "Ben", "Dora", "Ella"}[number], release: func() {}, addrs: []string{endpoint.Addr().String()}, config: config}
	n.startFinder()
	v.nodes = append(v.nodes, n)
	return n
}

// enter lets a player open the lobby, or join it at the host's address, or by the
// code or the invite if it has one.
func (v *village) enter(n *Node) *Lobby[ledger, uint32] {
	v.t.Helper()
	var l *Lobby[ledger, uint32]
	var err error
	if len(v.lobbies) == 0 {
		l, err = OpenLobby(n, ledgerGame(), v.config)
	} else {
		at := v.nodes[0].Addr().String()
		if code, _ := v.lobbies[0].Code(); code != "" {
			at = code
		}
		if v.config.Invite && !v.until(10, func() (ok bool) { at, ok = v.lobbies[0].Invite(); return ok }) {
			v.t.Fatal("there is no invite")
		}
		l, err = JoinLobby(n, ledgerGame(), at, LobbyConfig{Ready: true})
	}
	if err != nil {
		v.t.Fatal(err)
	}
	v.lobbies = append(v.lobbies, l)
	if !v.until(10, func() bool { return l.State() != Connecting }) {
		v.t.Fatalf("%s is not let in", n.name)
	}
	return l
}

// until polls all lobbies until something is so, and reports whether it was
// within some seconds.
func (v *village) until(seconds int, so func() bool) bool {
	for end := time.Now().Add(time.Duration(seconds) * time.Second); !so(); {
		if time.Now().After(end) {
			return false
		}
		if v.during != nil {
			v.during()
		}
		for _, l := range v.lobbies {
			if m := l.Match(); m != nil {
				m.Tick(heldInput(m.play.deal.mine[0], int32(m.session.Current())))
			} else {
				l.Poll()
			}
		}
		time.Sleep(time.Second / 60)
	}
	return true
}

func (v *village) gather(seconds int) {
	v.t.Helper()
	began := time.Now()
	if !v.until(seconds, func() bool {
		return len(v.lobbies[0].AppendMembers(nil)) == len(v.lobbies) && v.lobbies[0].Blocker() == ""
	}) {
		for _, l := range v.lobbies {
			v.t.Logf("%s: %v %q %q %+v", l.node.name, l.Err(), l.Progress(), l.AppendLines(nil), l.AppendMembers(nil))
		}
		v.t.Fatalf("not ready in %d s: %s", seconds, v.lobbies[0].Blocker())
	}
	v.t.Logf("ready after %v", time.Since(began))
}

// play plays a match to its end and compares the worlds.
func (v *village) play(frames int32) {
	v.t.Helper()
	if err := v.lobbies[0].Start(1, frames); err != nil {
		v.t.Fatal(err)
	}
	v.playOn()
}

// playOn plays the match that runs to its end and compares the worlds.
func (v *village) playOn() {
	v.t.Helper()
	if !v.until(60, v.over) {
		v.t.Fatal("the match does not end")
	}
	first, _ := v.lobbies[0].Match().Result()
	for _, l := range v.lobbies {
		if r, _ := l.Match().Result(); r.Err != nil || !r.Agreed || r.Hash != first.Hash || r.Frame != first.Frame {
			v.t.Errorf("%s: %+v, the host has %+v", l.node.name, r, first)
		}
	}
}

func (v *village) over() bool {
	for _, l := range v.lobbies {
		m := l.Match()
		if m == nil {
			return false
		}
		if _, over := m.Result(); !over && l.State() != Ended {
			return false
		}
	}
	return true
}

// peer is what one player knows of the way to another.
func (v *village) peer(from, to int) PeerStats {
	v.t.Helper()
	for _, p := range v.lobbies[from].Match().AppendPeers(nil) {
		if p.Machine == to {
			return p
		}
	}
	v.t.Fatalf("%d is not in the match of %d", to, from)
	return PeerStats{}
}

// TestPlayerRelay: two behind routers that nobody can be reached through play
// with each other by way of the third, without any server.
func TestPlayerRelay(t *testing.T) {
	inVillage(t, func(v *village) {
		v.enter(v.move("none", NodeConfig{}))
		v.enter(v.move("symmetric", NodeConfig{}))
		v.enter(v.move("symmetric", NodeConfig{}))
		v.gather(10)
		if pairs, _ := v.nodes[0].Helping(); pairs != 1 {
			t.Errorf("the host helps %d pairs", pairs)
		}
		v.play(300)
		for _, way := range [][2]int{{1, 2}, {2, 1}} {
			p := v.peer(way[0], way[1])
			t.Logf("%s to %s: %s, %.0f ms", v.nodes[way[0]].name, p.Name, p.Path, p.PingMs)
			if p.Path != "player-relay" || p.PingMs < 115 || p.PingMs > 140 {
				t.Errorf("path %q, ping %.0f ms", p.Path, p.PingMs)
			}
		}
		if p := v.peer(1, 0); p.Path != "direct" {
			t.Errorf("the path to the host is %q", p.Path)
		}
		if _, bytes := v.nodes[0].Helping(); bytes == 0 || v.lobbies[0].Match().Stats().Helping != 1 {
			t.Error("the host has passed nothing on")
		}
		v.lobbies[2].Leave()
		if !v.until(5, func() bool { pairs, _ := v.nodes[0].Helping(); return pairs == 0 }) {
			t.Error("the host still helps somebody who has left")
		}
	})
}

// TestPlayerRelayConsent: who does not want to pass packets on does not; another
// member does, and when that one leaves, the next.
func TestPlayerRelayConsent(t *testing.T) {
	inVillage(t, func(v *village) {
		v.enter(v.move("none", NodeConfig{NoForward: true}))
		v.enter(v.move("symmetric", NodeConfig{}))
		v.enter(v.move("symmetric", NodeConfig{}))
		ana := v.lobbies[1]
		if v.until(20, func() bool { return v.lobbies[0].Blocker() == "" }) {
			t.Fatal("somebody passes packets on")
		}
		if why, want := v.lobbies[0].Blocker(), "Ana and Ben have not reached each other yet"; why != want {
			t.Errorf("the host reads %q, want %q", why, want)
		}
		var read strings.Builder
		for _, line := range ana.AppendLines(nil) {
			read.WriteString(line.Text + "\n")
		}
		if !strings.Contains(read.String(), "Ben cannot be reached yet: no direct path") {
			t.Errorf("Ana reads %q", read.String())
		}
		v.enter(v.move("none", NodeConfig{}))
		v.gather(20)
		v.helped(3, 1)
		v.lobbies[3].Leave()
		v.lobbies = v.lobbies[:3]
		if !v.until(60, func() bool { return v.lobbies[0].Blocker() != "" }) {
			t.Error("the way through a player who has left still counts")
		}
		v.enter(v.move("fullcone", NodeConfig{}))
		v.gather(60)
		v.helped(4, 1)
		v.play(120)
	})
}

// helped sees that a player passes packets on for so many pairs.
func (v *village) helped(number, want int) {
	v.t.Helper()
	if pairs, _ := v.nodes[number].Helping(); pairs != want {
		v.t.Errorf("%s helps %d pairs, want %d", v.nodes[number].name, pairs, want)
	}
}

// TestPlayerRelayMakesNoChain: who is reached by a relay does not pass packets on.
func TestPlayerRelayMakesNoChain(t *testing.T) {
	inVillage(t, func(v *village) {
		v.enter(v.move("none", NodeConfig{}))
		for range 3 {
			v.enter(v.move("symmetric", NodeConfig{}))
		}
		v.gather(20)
		v.helped(0, 3)
		v.play(120)
		for i := range 3 {
			v.helped(1+i, 0)
		}
	})
}

// TestPlayerRelayStops: who passes packets on stops to in the middle of a match;
// another one takes over.
func TestPlayerRelayStops(t *testing.T) {
	inVillage(t, func(v *village) {
		v.enter(v.move("none", NodeConfig{}))
		v.enter(v.move("symmetric", NodeConfig{}))
		v.enter(v.move("symmetric", NodeConfig{}))
		v.enter(v.move("none", NodeConfig{}))
		v.gather(20)
		v.helped(0, 1)
		v.helped(3, 1) // the second is a standby
		if err := v.lobbies[0].Start(1, 1200); err != nil {
			t.Fatal(err)
		}
		v.until(8, func() bool { return false }) // whatever went by both goes by one
		_, cleos := v.nodes[0].Helping()
		_, doras := v.nodes[3].Helping()
		v.until(1, func() bool { return false })
		_, byCleo := v.nodes[0].Helping()
		_, byDora := v.nodes[3].Helping()
		t.Logf("Cleo has passed on %d bytes in a second, Dora %d", byCleo-cleos, byDora-doras)
		used := 0
		if byDora-doras > byCleo-cleos {
			used = 3
		}
		forwarder := v.nodes[used].forwarder
		for _, channel := range v.lobbies[used].mesh.Relays().Passages {
			forwarder.Close(channel) // without a word
		}
		if !v.until(60, v.over) {
			t.Fatal("the match hangs")
		}
		for _, l := range v.lobbies {
			if r, _ := l.Match().Result(); r.Err != nil || !r.Agreed || r.Frame != 1200 {
				t.Errorf("%s: %+v", l.node.name, r)
			}
			t.Logf("%s stood still for %v at most", l.node.name, l.Match().Stats().LongestFreeze)
			if l.Match().Stats().LongestFreeze > time.Second {
				t.Error("that is too long")
			}
		}
		if p := v.peer(1, 2); p.Path != "player-relay" {
			t.Errorf("the path is %q", p.Path)
		}
	})
}

// TestPlayerRelayHidden: a player who hides its address is reached by way of the
// host only, who knows it already; one who wants no relay at all is not.
func TestPlayerRelayHidden(t *testing.T) {
	inVillage(t, func(v *village) {
		v.enter(v.move("none", NodeConfig{}))
		v.enter(v.move("none", NodeConfig{Relay: RelayOnly}))
		v.enter(v.move("none", NodeConfig{}))
		v.gather(20)
		v.helped(0, 1)
		ben := v.lobbies[2].members[1]
		if len(ben.Addrs) != 0 || bytes.Contains(ben.Offer, v.nodes[1].Addr().Addr().AsSlice()) {
			t.Errorf("Ben is told %q and %x of Ana", ben.Addrs, ben.Offer)
		}
		v.play(120)
		if p := v.peer(2, 1); p.Path != "player-relay" {
			t.Errorf("the path is %q", p.Path)
		}
		if real := v.lobbies[2].mesh.To(1).Link.RemoteAddr(); real != v.nodes[0].Addr() {
			t.Errorf("Ben sends to Ana at %v", real)
		}
	})
	inVillage(t, func(v *village) {
		v.enter(v.move("none", NodeConfig{}))
		v.enter(v.move("symmetric", NodeConfig{Relay: RelayNever}))
		v.enter(v.move("symmetric", NodeConfig{}))
		if v.until(15, func() bool { return v.lobbies[0].Blocker() == "" }) {
			t.Error("Ana is reached by a relay")
		}
		v.helped(0, 0)
	})
}

// TestPlayerRelayBadWords: members who ask for what is not theirs, flood with it
// or grant what nobody asked for change nothing for the others.
func TestPlayerRelayBadWords(t *testing.T) {
	inVillage(t, func(v *village) {
		v.enter(v.move("none", NodeConfig{}))
		v.enter(v.move("none", NodeConfig{}))
		v.enter(v.move("none", NodeConfig{}))
		v.gather(20)
		say := func(from, to int, m wire.Message) { v.lobbies[from].mesh.To(uint8(to)).Send(m) }
		said := func(r mesh.Relays) [3]uint16 { return [3]uint16(r.Wants[:]) }
		say(1, 0, &wire.RelayAsk{Machines: 0xffff}) // the host, itself, Ben who does not ask, and strangers
		for _, m := range []*wire.RelayWay{
			{Machine: 2, Header: [8]byte{relay.FirstByte, 1}}, {Machine: 2, Header: [8]byte{0x21, 1}}, {Machine: 2, Refusal: wire.RefusalFull},
			{Machine: 9, Header: [8]byte{relay.FirstByte, 1}}, {Machine: 1, Header: [8]byte{relay.FirstByte, 1}}, {Machine: 0, Refusal: wire.RefusalOver},
		} {
			say(0, 1, m)
			say(2, 1, m)
		}
		v.until(1, func() bool { return false })
		if got, want := said(v.lobbies[0].mesh.Relays()), [3]uint16{0, 0xffff &^ 3, 0}; got != want {
			t.Errorf("the host has %b", got)
		}
		v.helped(0, 0)
		ana := v.lobbies[1].mesh.Relays()
		if ana.Ways != 0 || ana.Refused[0][2] != 0 || ana.Refused[2][0] != 0 {
			t.Errorf("Ana believes %+v, %v", ana.Ways, ana.Refused)
		}
		// Both ask now, for no good reason, and Ana again and again takes it back.
		say(2, 0, &wire.RelayAsk{Machines: 1 << 1})
		opened, was := 0, 0
		for range 300 {
			say(1, 0, &wire.RelayAsk{Machines: 0})
			v.until(0, func() bool { return false })
			say(1, 0, &wire.RelayAsk{Machines: 1 << 2})
			v.until(0, func() bool { return false })
			pairs, _ := v.nodes[0].Helping()
			if pairs > was {
				opened++
			}
			was = pairs
		}
		t.Logf("opened %d times in 10 s", opened)
		if opened > 11 {
			t.Error("that is too often")
		}
		v.play(120)
		if p := v.peer(1, 2); p.Path != "direct" {
			t.Errorf("the path is %q", p.Path)
		}
	})
}

// TestSeenByTheHost: who knows no server is told by the host where it is seen, so
// that common routers are passed directly.
func TestSeenByTheHost(t *testing.T) {
	inVillage(t, func(v *village) {
		v.enter(v.move("none", NodeConfig{}))
		v.enter(v.move("portrestricted", NodeConfig{}))
		v.enter(v.move("portrestricted", NodeConfig{}))
		v.gather(10)
		v.helped(0, 0)
		v.play(60)
		if p := v.peer(1, 2); p.Path != "direct" || p.PingMs > 75 {
			t.Errorf("path %q, %.0f ms", p.Path, p.PingMs)
		}
	})
}
