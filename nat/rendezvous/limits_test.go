//go:build !race

package rendezvous

import (
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/visavis-netcode/visavis/nat/natsim"
)

// fill lets strangers take all lobbies of a small server.
func (w *world) fill(lobbies int) {
	for i := range lobbies {
		from := stranger(i)
		m := message{kind: register, lookup: [16]byte{0xee, byte(i)}}
		w.server.Packet(w.sim.Now(), from, appendMessage(nil, new(proven(w.server, w.sim.Now(), from, m))))
	}
	w.server.AppendSends(nil)
}

// Host and guest read why there is no room, and that it may pass.
func TestNoRoom(t *testing.T) {
	w := newWorld(t, 60, ServerConfig{MaxLobbies: 3})
	w.fill(3)
	host := w.host(w.config1(1, "host"), dsl)
	w.run(time.Second)
	guest := w.guest(w.config1(1, "guest"), dsl)
	w.run(time.Second)
	host.reads(Problem, "The rendezvous server is full")
	guest.reads(Problem, "the rendezvous server is full")
	guest.reads(Problem, "Nobody hosts with this code")
	if n := w.server.AppendNotices(nil); len(n) != 1 || n[0] != (Notice{Kind: LobbiesFull, Limit: 3}) {
		t.Errorf("the operator reads %+v", n)
	}
	w.run(lobbyExpiry + 5*time.Second)
	if !host.met("guest") || !guest.met("host") {
		t.Errorf("no meeting when there is room again: %q and %q", host.Status(), guest.Status())
	}
}

// A lobby has so many guests; those who wait at one address make room for others.
func TestLobbyFull(t *testing.T) {
	w := newWorld(t, 61, ServerConfig{MaxGuests: 3})
	host := w.host(w.config1(1, "host"), dsl)
	w.run(time.Second)
	crowd := func(from func(i int) Source) {
		for i := range 3 {
			m := message{kind: ask, lookup: keysOf(1).Lookup, session: host.session, guest: ID{0xee, byte(i)}, sealed: make([]byte, sealOverhead)}
			w.server.Packet(w.sim.Now(), from(i), appendMessage(nil, new(proven(w.server, w.sim.Now(), from(i), m))))
			w.flush()
		}
	}
	crowd(stranger)
	turned := w.guest(w.config1(1, "turned"), dsl)
	w.run(time.Second)
	turned.reads(Problem, "Too many players are asking for this game")
	w.run(guestExpiry + 5*time.Second)
	if !turned.met("host") {
		t.Fatalf("not let in when there is room: %q", turned.Status())
	}
	crowd(func(i int) Source { return Source{Addr: netip.AddrPortFrom(stranger(9).Addr.Addr(), uint16(1+i))} })
	friend := w.guest(w.config1(1, "friend"), dsl)
	w.run(time.Second)
	if !friend.met("host") {
		t.Errorf("one who asks three times keeps another out: %q", friend.Status())
	}
}

// Many players behind one address read that it is their number, the operator
// reads which address it is, once in a while, and can allow it more.
func TestHall(t *testing.T) {
	hall := func(w *world) (last *person) {
		home := w.sim.Home("portrestricted", natsim.Options{Delay: 5 * time.Millisecond})
		for code := range byte(9) {
			client, err := NewHost(w.config1(code, "host"), w.sim.Now())
			if err != nil {
				t.Fatal(err)
			}
			last = &person{Client: client, w: w, socket: home.Hosts[0].Listen(0)}
			last.listen()
			w.people = append(w.people, last)
		}
		w.run(30 * time.Second)
		return last
	}
	w := newWorld(t, 62, ServerConfig{MaxPerSource: 8})
	var public netip.Addr
	w.upward = func(from netip.AddrPort, _ []byte) { public = from.Addr() }
	last := hall(w)
	last.reads(Problem, "Too many players use the rendezvous server from this network's address")
	want := []Notice{{Kind: SourceLimit, Source: netip.PrefixFrom(public, 32), Limit: 8}}
	if got := w.server.AppendNotices(nil); !slices.Equal(got, want) {
		t.Errorf("the operator reads %+v", got)
	}
	w.run(noticeGap)
	if got := w.server.AppendNotices(nil); !slices.Equal(got, want) {
		t.Errorf("and later %+v", got)
	}

	w = newWorld(t, 63, ServerConfig{MaxPerSource: 8, Halls: []Hall{{netip.PrefixFrom(public, 8), 20}}})
	last = hall(w)
	if last.count(Registered) != 1 || last.count(Problem) != 0 || w.server.Stats().Lobbies != 9 {
		t.Errorf("a known hall has %d lobbies: %q", w.server.Stats().Lobbies, last.Status())
	}
	if got := w.server.AppendNotices(nil); len(got) != 0 {
		t.Errorf("the operator reads %+v", got)
	}
}

// A hall may ask as often as its size needs.
func TestHallRate(t *testing.T) {
	from := stranger(1)
	s := newServer(t, ServerConfig{RequestsPerSec: 10, MaxPerSource: 10, Halls: []Hall{{netip.PrefixFrom(from.Addr.Addr(), 32), 40}}})
	answers := 0
	for i := range 10_000 {
		now := time.Duration(i) * time.Millisecond
		answers += len(exchange(t, s, now, from, proven(s, now, from, message{kind: register})))
	}
	if answers < 400 || answers > 520 {
		t.Errorf("%d answers in 10 s at 40 a second", answers)
	}
}

// What the server answers to whoever has proven nothing is limited for each
// source, whatever it is, and not longer than what came, STUN aside.
func TestAnswersToStrangers(t *testing.T) {
	other := appendMessage(nil, &message{kind: register})
	other[1] = version + 1
	for name, b := range map[string][]byte{
		"STUN":               append([]byte{0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42}, make([]byte, 12)...),
		"challenge":          appendMessage(nil, &message{kind: relay}),
		"gone":               AppendRelayed(nil, Channel{firstRelayed, 1}, make([]byte, 4)),
		"another version":    other[:headBytes+1],
		"a longer one of it": other,
	} {
		s := newServer(t, ServerConfig{Second: netip.MustParseAddrPort("0.0.0.0:3479")})
		victim, others := stranger(1), stranger(2)
		packets, sent := 0, 0
		for i := range 100_000 {
			// Forged: any port of the victim.
			from := Source{Addr: netip.AddrPortFrom(victim.Addr.Addr(), uint16(1+i%60_000))}
			s.Packet(time.Duration(i)*10*time.Microsecond, from, b)
			for _, send := range s.AppendSends(nil) {
				packets, sent = packets+1, sent+len(send.Data)
				if name != "STUN" && len(send.Data) > len(b) {
					t.Fatalf("%s: %d bytes drew %d", name, len(b), len(send.Data))
				}
			}
		}
		if packets < 10 || packets > 150 || sent > 6000 {
			t.Errorf("%s: a victim was sent %d packets of %d bytes in a second", name, packets, sent)
		}
		if s.Packet(time.Second, others, b); len(s.AppendSends(nil)) != 1 {
			t.Errorf("%s: another source is not answered", name)
		}
	}
}
