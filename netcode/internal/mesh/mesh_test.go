//go:build !race

package mesh

import (
	"bytes"
	"fmt"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/visavis-netcode/visavis/netcode/internal/link"
	"github.com/visavis-netcode/visavis/netcode/internal/memlink"
	"github.com/visavis-netcode/visavis/netcode/internal/wire"
)

const (
	lobby = 77
	tick  = 10 * time.Millisecond
)

// owner is a machine of a test: it takes every greeting of the same lobby, and notes what
// it is told.
type owner struct {
	t        *testing.T
	endpoint *memlink.Endpoint
	mesh     *Mesh
	entries  [wire.MaxMachines]wire.RosterMember
	awake    time.Duration
	log      []string
}

func (o *owner) note(format string, args ...any) { o.log = append(o.log, fmt.Sprintf(format, args...)) }

func (o *owner) Greet(c *Conn) {
	c.Greet(&wire.Hello{Protocol: wire.Protocol, Purpose: wire.JoinMesh, Lobby: lobby})
}

func (o *owner) Hello(c *Conn, h *wire.Hello) {
	if h.Purpose == wire.Answer {
		o.mesh.Answered(c)
		return
	}
	c.Greet(&wire.Hello{Protocol: wire.Protocol, Purpose: wire.Answer})
	o.mesh.Asked(c, h.Lobby)
}

func (o *owner) Stranger(c *Conn, m wire.Message) { o.note("stranger says %T", m) }
func (o *owner) Message(c *Conn, m wire.Message)  { o.note("%d says %T", c.Machine(), m) }
func (o *owner) Feed(c *Conn, b []byte)           { o.note("%d feeds %s", c.Machine(), b) }
func (o *owner) Name(machine uint8) string        { return fmt.Sprint("M", machine) }
func (o *owner) Closed(c *Conn, why *link.CloseError) {
	o.note("closed, of %d: %s", c.Machine(), why.Reason)
}
func (o *owner) Unreached(machine uint8, why error) { o.note("%d unreached: %v", machine, why) }

func (o *owner) Datagram(machine uint8, _ time.Duration, b []byte) { o.note("%d sends %s", machine, b) }
func (o *owner) Up(machine uint8, c *Conn) {
	if o.mesh.To(machine) != c {
		o.t.Errorf("%d is up by a link that is not the one to it", machine)
	}
	o.note("%d up", machine)
	if c.Link.Dialled() {
		c.Send(&wire.Status{Players: []wire.Player{{Name: "x"}}}) // says which link it is
	}
}

func (o *owner) Down(machine uint8, _ *Conn, why *link.CloseError) {
	if o.mesh.To(machine) != nil {
		o.t.Errorf("%d is down, and there is a link", machine)
	}
	o.note("%d down: %s", machine, why.Reason)
}

// said is what was noted, and forgets it.
func (o *owner) said() (all []string) {
	all, o.log = o.log, nil
	return all
}

// town is some machines on one network, of which each wants all others.
type town struct {
	t       *testing.T
	network *memlink.Network
	owners  []*owner
	still   int // the owner whose loop stands still, -1 for none
}

func newTown(t *testing.T, machines int) *town {
	tn := &town{t: t, network: memlink.NewNetwork(1, machines+2), still: -1}
	tn.network.SetConditions(memlink.Conditions{Delay: 20 * time.Millisecond})
	for i := range machines {
		o := &owner{t: t, endpoint: tn.network.NewEndpoint(link.Key{byte(10 + i)})}
		o.mesh = New(Config{Endpoint: o.endpoint, SilentAfter: 2 * time.Second, Offer: func(netip.Addr) []byte { return nil }}, o)
		o.mesh.Enter(lobby, uint8(i))
		tn.owners = append(tn.owners, o)
	}
	for _, o := range tn.owners {
		for i, other := range tn.owners {
			o.entries[i] = wire.RosterMember{Machine: uint8(i), Key: other.endpoint.Key(), Addrs: []string{other.endpoint.Addr().String()}, Linked: 0xffff}
			o.mesh.Want(&o.entries[i])
		}
	}
	return tn
}

// pass lets time pass.
func (tn *town) pass(d time.Duration) {
	for range d / tick {
		tn.network.Advance(tick)
		for i, o := range tn.owners {
			if i == tn.still {
				continue
			}
			now := o.endpoint.Now()
			o.awake += tick
			for l := o.endpoint.Accept(); l != nil; l = o.endpoint.Accept() {
				o.mesh.Adopt(l)
			}
			o.mesh.Poll(now, o.awake)
			o.mesh.DialAll(now)
			o.mesh.Watch(now, 0)
		}
	}
}

// TestMesh: all are linked, but for the host, whom others reach by other means; of two
// the one with the larger key has dialled; and what is said over the links comes from
// whom it is from.
func TestMesh(t *testing.T) {
	tn := newTown(t, 4)
	tn.pass(time.Second)
	for i, o := range tn.owners {
		want := uint16(0b1110)
		if i == 0 {
			want = 1
		}
		if got := o.mesh.Linked(); got != want {
			t.Errorf("machine %d is linked to %b, want %b", i, got, want)
		}
		if n := len(o.mesh.Conns()); i != 0 && n != 2 {
			t.Errorf("machine %d has %d links", i, n)
		}
		for j := range o.entries {
			if c := o.mesh.To(uint8(j)); c != nil && c.Link.Dialled() != (i > j) {
				t.Errorf("machine %d has dialled %d: %v", i, j, c.Link.Dialled())
			}
		}
		o.said()
	}
	c := tn.owners[1].mesh.To(3)
	c.Link.SendDatagram([]byte("inputs"))
	c.Link.SendDatagram(wire.Here)
	if err := c.Link.SendFeed([]byte("a world")); err != nil {
		t.Fatal(err)
	}
	c.Send(&wire.Say{Text: "hello"})
	tn.pass(100 * time.Millisecond)
	if got := tn.owners[3].said(); !slices.Equal(got, []string{"1 sends inputs", "1 feeds a world", "1 says *wire.Say"}) {
		t.Errorf("machine 3 has heard %q", got)
	}
	if got := tn.owners[2].said(); len(got) != 0 {
		t.Errorf("machine 2 has heard %q", got)
	}
}

// TestWantedNoMore: what leads to a machine ends when it is dropped, and both sides know.
func TestWantedNoMore(t *testing.T) {
	tn := newTown(t, 3)
	tn.pass(time.Second)
	one, two := tn.owners[1], tn.owners[2]
	one.said()
	two.said()
	one.mesh.Drop(2)
	two.mesh.Drop(1)
	tn.pass(5 * time.Second)
	if len(one.mesh.Conns()) != 0 || len(two.mesh.Conns()) != 0 || one.mesh.Linked() != 0b10 {
		t.Errorf("%d and %d links", len(one.mesh.Conns()), len(two.mesh.Conns()))
	}
	if got := one.said(); !slices.Equal(got, []string{"closed, of -1: not in the lobby any more"}) {
		t.Errorf("machine 1 is told %q", got)
	}
	one.mesh.Want(&one.entries[2])
	tn.pass(10 * time.Second) // 2 dials, and does not want to
	if one.mesh.To(2) != nil {
		t.Error("a link to a machine that wants none")
	}
	two.mesh.Want(&two.entries[1])
	tn.pass(2 * time.Second)
	if one.mesh.To(2) == nil || two.mesh.To(1) == nil {
		t.Error("no link between two who want one again")
	}
}

// TestUseOfWhatIsOver: a link whose end was told is not used, however late.
func TestUseOfWhatIsOver(t *testing.T) {
	tn := newTown(t, 3)
	tn.pass(time.Second)
	one, over := tn.owners[1], tn.owners[1].mesh.To(2)
	tn.owners[2].mesh.Close(link.CodeLeft, "left")
	tn.pass(time.Second)
	one.mesh.Use(2, over)
	if one.mesh.To(2) != nil || one.mesh.Linked() != 0b10 {
		t.Errorf("a link that is over is the one to a machine, linked %b", one.mesh.Linked())
	}
}

// TestOtherAtOnesPlace: a number that goes to another identity has another link.
func TestOtherAtOnesPlace(t *testing.T) {
	tn := newTown(t, 3)
	tn.pass(time.Second)
	one := tn.owners[1]
	before := one.mesh.To(2)
	other := one.entries[2]
	other.Key = link.Key{99}
	one.mesh.Want(&other)
	if one.mesh.To(2) != nil || before.Link.State() != link.Closed || before.Machine() != -1 {
		t.Errorf("the link is another's: %v, of %d", before.Link.State(), before.Machine())
	}
}

// TestStrangers: nothing that is said on a link of nobody who is wanted is a wanted
// machine's, and the link ends when its time is over.
func TestStrangers(t *testing.T) {
	tn := newTown(t, 2)
	mallory := tn.network.NewEndpoint(link.Key{200})
	dial := func(lobby uint64) link.Link {
		l := mallory.Dial(tn.owners[1].endpoint.Addr(), nil)
		if lobby != 0 {
			send(t, l, &wire.Hello{Protocol: wire.Protocol, Purpose: wire.JoinMesh, Lobby: lobby})
		}
		return l
	}
	silent, wrong, right, fed, early := dial(0), dial(lobby+1), dial(lobby), dial(lobby), dial(0)
	send(t, right, &wire.Say{Text: "hello"})
	send(t, early, &wire.Say{Text: "hello"})
	tn.pass(time.Second)
	right.SendDatagram([]byte("inputs"))
	if err := fed.SendFeed([]byte("a world")); err != nil {
		t.Fatal(err)
	}
	tn.pass(StrangerTimeout + 2*time.Second)
	for name, c := range map[string]struct {
		l   link.Link
		why string
	}{
		"silent": {silent, "no greeting came in time"}, "wrong": {wrong, "nobody here was meant"}, "right": {right, "nobody here was meant"},
		"fed": {fed, "a feed came before the greeting"}, "early": {early, "a message came before the greeting"},
	} {
		c.l.Receive(func(link.Kind, time.Duration, []byte) {})
		if err := c.l.Err(); err == nil || err.Reason != c.why || err.Code != link.CodeProtocol {
			t.Errorf("%s: %+v, want %q", name, err, c.why)
		}
	}
	for _, line := range tn.owners[1].said() {
		if bytes.HasPrefix([]byte(line), []byte("stranger says *wire.Say")) || bytes.HasPrefix([]byte(line), []byte("closed, of -1")) {
			continue
		}
		t.Errorf("the owner is told %q", line)
	}
	if n := len(tn.owners[1].mesh.Conns()); n != 0 {
		t.Errorf("%d links remain", n)
	}
}

func send(t *testing.T, l link.Link, m wire.Message) {
	t.Helper()
	if err := l.Send(wire.MarshalMessage(m)); err != nil {
		t.Fatal(err)
	}
}

// TestSilence: who is not heard is lost, by the time in which this side's loop has run,
// and is dialled again by who dials.
func TestSilence(t *testing.T) {
	tn := newTown(t, 3)
	tn.pass(time.Second)
	one, two := tn.owners[1], tn.owners[2]
	one.said()
	two.said()
	tn.still = 1 // its loop stands still for longer than it may be silent
	tn.pass(1500 * time.Millisecond)
	tn.still = -1
	tn.network.Advance(time.Hour) // and so do all
	tn.pass(time.Second)
	if got := append(one.said(), two.said()...); len(got) != 0 {
		t.Errorf("loops that stood still cost %q", got)
	}
	tn.network.Path(1, 2).SetDark(true)
	tn.pass(4 * time.Second)
	if got := two.said(); len(got) == 0 || got[0] != "1 down: nothing was heard for 2.0 seconds" {
		t.Errorf("machine 2 is told %q", got)
	}
	tn.network.Path(1, 2).SetDark(false)
	tn.pass(4 * time.Second)
	if one.mesh.To(2) == nil || two.mesh.To(1) == nil {
		t.Error("no link after the dark")
	}
}

// TestSparesTakeOver: of several links that one machine has opened the other uses what
// something is said on, and the next when that one ends.
func TestSparesTakeOver(t *testing.T) {
	tn := newTown(t, 2)
	one := tn.owners[1]
	peer := tn.network.NewEndpoint(link.Key{200})
	entry := wire.RosterMember{Machine: 5, Key: peer.Key(), Linked: 0xffff}
	one.mesh.Want(&entry)
	hello := &wire.Hello{Protocol: wire.Protocol, Purpose: wire.JoinMesh, Lobby: lobby}
	first, second := peer.Dial(one.endpoint.Addr(), nil), peer.Dial(one.endpoint.Addr(), nil)
	send(t, first, hello)
	send(t, second, hello)
	tn.pass(200 * time.Millisecond)
	used := one.mesh.To(5)
	if used == nil {
		t.Fatal("no link")
	}
	one.said()
	second.SendDatagram([]byte("here"))
	tn.pass(100 * time.Millisecond)
	if one.mesh.To(5) == used {
		t.Error("the other side speaks on another link, which is not used")
	}
	if got := one.said(); !slices.Equal(got, []string{"5 up", "5 sends here"}) {
		t.Errorf("the owner is told %q", got)
	}
	second.Close(link.CodeDone, "enough")
	tn.pass(200 * time.Millisecond)
	if got := one.said(); !slices.Equal(got, []string{"5 up"}) || one.mesh.To(5) != used {
		t.Errorf("after the end of the link that was used: %q", got)
	}
	first.Close(link.CodeLeft, "left")
	tn.pass(200 * time.Millisecond)
	if got := one.said(); !slices.Equal(got, []string{"5 down: left"}) || one.mesh.Latest(5) != used {
		t.Errorf("after the end of both: %q", got)
	}
}

// TestBeforeTheLobbyIsKnown: nobody is of a lobby that has no number yet.
func TestBeforeTheLobbyIsKnown(t *testing.T) {
	tn := newTown(t, 2)
	one := tn.owners[1]
	one.mesh.Enter(0, 1)
	l := tn.network.NewEndpoint(link.Key{200}).Dial(one.endpoint.Addr(), nil)
	send(t, l, &wire.Hello{Protocol: wire.Protocol, Purpose: wire.JoinMesh})
	tn.pass(time.Second)
	for _, c := range one.mesh.Conns() {
		if c.WasGreeted() && c.Ours() {
			t.Error("a stranger who says no number is of this lobby")
		}
	}
	if len(one.mesh.Conns()) == 0 {
		t.Error("no link")
	}
}
