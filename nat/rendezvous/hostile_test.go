//go:build !race

package rendezvous

import (
	"bytes"
	"net/netip"
	"testing"
	"time"
)

// lies are what a server, or somebody on the way, may do to the packets that
// go to a client. None may make anybody meet an offer that was not sealed with
// the code for that very place, and none may stop the machine.
var lies = map[string]func(w *world) func(s Send) []Send{
	"alters one bit of every packet": func(w *world) func(Send) []Send {
		return func(s Send) []Send {
			d := bytes.Clone(s.Data)
			d[int(w.random.Uint64()%uint64(len(d)))] ^= 1 << (w.random.Uint64() % 8)
			return []Send{{s.To, d}}
		}
	},
	"alters what is sealed": func(*world) func(Send) []Send {
		return func(s Send) []Send {
			d := bytes.Clone(s.Data)
			if k := kind(d[2]); k == guestOffer || k == hostOffer {
				d[len(d)-1] ^= 1
			}
			return []Send{{s.To, d}}
		}
	},
	"cuts packets": func(w *world) func(Send) []Send {
		return func(s Send) []Send { return []Send{{s.To, s.Data[:w.random.Uint64()%uint64(len(s.Data))]}} }
	},
	"names another session": func(*world) func(Send) []Send {
		n := byte(0)
		return func(s Send) []Send {
			var m message
			if decodeMessage(s.Data, &m) == nil && layout[m.kind]&fSession != 0 {
				n++
				m.session = [16]byte{n, 99}
				return []Send{{s.To, appendMessage(nil, &m)}}
			}
			return []Send{s}
		}
	},
	"sends each side its own sealed offer back": func(w *world) func(Send) []Send {
		own := map[netip.AddrPort][]byte{}
		w.upward = func(from netip.AddrPort, b []byte) {
			var m message
			if decodeMessage(b, &m) == nil && len(m.sealed) > 0 {
				own[from] = bytes.Clone(m.sealed)
			}
		}
		return func(s Send) []Send {
			var m message
			if decodeMessage(s.Data, &m) == nil && layout[m.kind]&fSealed != 0 && own[s.To.Addr] != nil {
				m.sealed = own[s.To.Addr]
				return []Send{{s.To, appendMessage(nil, &m)}}
			}
			return []Send{s}
		}
	},
	"gives one guest the answer to another": func(w *world) func(Send) []Send {
		var last []byte
		return func(s Send) []Send {
			var m message
			if decodeMessage(s.Data, &m) == nil && m.kind == hostOffer {
				m.sealed, last = last, bytes.Clone(m.sealed)
				return []Send{{s.To, appendMessage(nil, &m)}}
			}
			return []Send{s}
		}
	},
	"gives one guest's offer as another's": func(w *world) func(Send) []Send {
		var last []byte
		return func(s Send) []Send {
			var m message
			if decodeMessage(s.Data, &m) == nil && m.kind == guestOffer {
				m.sealed, last = last, bytes.Clone(m.sealed)
				return []Send{{s.To, appendMessage(nil, &m)}}
			}
			return []Send{s}
		}
	},
	"makes guests up": func(w *world) func(Send) []Send {
		return func(s Send) []Send {
			var m message
			if decodeMessage(s.Data, &m) == nil && m.kind == registered {
				up := message{kind: guestOffer, tag: m.tag, guest: ID{byte(w.random.Uint64())}, sealed: make([]byte, sealOverhead+8)}
				w.random.Read(up.sealed)
				return []Send{s, {s.To, appendMessage(nil, &up)}, {s.To, appendMessage(nil, &up)}, {s.To, appendMessage(nil, &up)}}
			}
			return []Send{s}
		}
	},
	"refuses everything": func(w *world) func(Send) []Send {
		return func(s Send) []Send {
			var m message
			if decodeMessage(s.Data, &m) != nil || m.kind == challenge {
				return []Send{s}
			}
			m = message{kind: refused, tag: m.tag, flag: byte(w.random.Uint64() % 6)}
			return []Send{{s.To, appendMessage(nil, &m)}}
		}
	},
}

func TestLyingServer(t *testing.T) {
	for name, lie := range lies {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, 20, ServerConfig{})
			honest := false
			meddle := lie(w)
			w.meddle = func(s Send) []Send {
				if honest {
					return []Send{s}
				}
				return meddle(s)
			}
			host := w.host(w.config1(1, "host"), dsl)
			a := w.guest(w.config1(1, "a"), dsl)
			b := w.guest(w.config1(1, "b"), dsl)
			w.run(30 * time.Second)
			w.known("host", "a", "b")
			for _, p := range w.people {
				if p.Status() == "" {
					t.Error("no sentence for the player")
				}
			}
			// Once the lies stop, they meet.
			honest = true
			ok := func() bool { return a.met("host") && b.met("host") && host.count(Met) >= 2 }
			if _, ok := w.until(20*time.Second, ok); !ok {
				t.Errorf("they do not meet after the lies: %q, %q, %q", host.Status(), a.Status(), b.Status())
			}
			w.known("host", "a", "b")
			for _, e := range host.events {
				if e.Kind == Met && (e.Peer == a.Self() && string(e.Offer) != "a" || e.Peer == b.Self() && string(e.Offer) != "b") {
					t.Errorf("one guest was met with the offer %q of the other", e.Offer)
				}
			}
			for _, e := range append(host.events, append(a.events, b.events...)...) {
				if (e.Kind == Problem || e.Kind == Refused) && len(e.Text) < 30 {
					t.Errorf("%q is no sentence", e.Text)
				}
			}
		})
	}
}

// A letter opens at the place that it was sealed for, and nowhere else.
func TestPlaces(t *testing.T) {
	w := newWorld(t, 26, ServerConfig{})
	at := place{sideHost, [16]byte{1}, [16]byte{2}, ID{3}}
	sealed, err := sealLetter(newSeal([32]byte{4}), w.random, at, letter{version: 5, verdict: expired, offer: []byte("offer")})
	if err != nil {
		t.Fatal(err)
	}
	if l, err := openLetter(newSeal([32]byte{4}), at, sealed); err != nil || l.version != 5 || l.verdict != expired || string(l.offer) != "offer" {
		t.Fatalf("%+v, %v", l, err)
	}
	for name, c := range map[string]struct {
		key   byte
		place place
	}{
		"another code":    {5, at},
		"the other side":  {4, place{sideGuest, at.lookup, at.session, at.guest}},
		"another lobby":   {4, place{at.side, [16]byte{9}, at.session, at.guest}},
		"another session": {4, place{at.side, at.lookup, [16]byte{9}, at.guest}},
		"another guest":   {4, place{at.side, at.lookup, at.session, ID{9}}},
	} {
		if _, err := openLetter(newSeal([32]byte{c.key}), c.place, sealed); err == nil {
			t.Errorf("%s: opened", name)
		}
	}
	for n := range sealed {
		if _, err := openLetter(newSeal([32]byte{4}), at, sealed[:n]); err == nil {
			t.Errorf("opened when cut to %d", n)
		}
	}
}

func TestMeddlingIsTold(t *testing.T) {
	w := newWorld(t, 21, ServerConfig{})
	w.meddle = lies["alters what is sealed"](w)
	host := w.host(w.config1(1, "host"), dsl)
	w.guest(w.config1(1, "guest"), dsl)
	w.run(20 * time.Second)
	host.reads(Problem, "not made with this code")
	if host.count(Met) != 0 {
		t.Error("met an altered offer")
	}
}

// What was once sent is sent again later: nobody goes back to an old offer, and
// a host that has started anew takes none from before.
func TestReplays(t *testing.T) {
	w := newWorld(t, 22, ServerConfig{})
	old := map[netip.AddrPort][][]byte{}
	w.meddle = func(s Send) []Send {
		old[s.To.Addr] = append(old[s.To.Addr], bytes.Clone(s.Data))
		return []Send{s}
	}
	host := w.host(w.config1(1, "host 1"), dsl)
	guest := w.guest(w.config1(1, "guest 1"), dsl)
	w.run(3 * time.Second)
	host.SetOffer(w.sim.Now(), []byte("host 2"))
	guest.SetOffer(w.sim.Now(), []byte("guest 2"))
	w.run(3 * time.Second)
	if !host.met("guest 2") || !guest.met("host 2") {
		t.Fatal("no meeting")
	}
	mets := host.count(Met) + guest.count(Met)
	w.meddle = nil
	for to, packets := range old {
		for _, b := range packets {
			w.at.Send(to, 0, b)
		}
	}
	w.run(3 * time.Second)
	if now := host.count(Met) + guest.count(Met); now != mets || !host.met("guest 2") || !guest.met("host 2") {
		t.Errorf("%d meetings were %d before the replay", now, mets)
	}

	// The same host, code and port, as a new process: what was sealed for the
	// old one does not open.
	config := w.config1(1, "host 3")
	client, err := NewHost(config, w.sim.Now())
	if err != nil {
		t.Fatal(err)
	}
	host.Client = client
	w.people = w.people[:1]
	seen := len(host.events)
	for _, packets := range old {
		for _, b := range packets {
			var m message
			if decodeMessage(b, &m) == nil && m.kind == guestOffer {
				m.tag = client.tag // even a server that knows the new tag
				client.Packet(w.sim.Now(), w.at.Addr(), appendMessage(nil, &m))
			}
		}
	}
	host.flush()
	for _, e := range host.events[seen:] {
		if e.Kind == Met {
			t.Errorf("met %q from before the restart", e.Offer)
		}
	}
}

// An older session of the host, shown again, does not bring back older offers.
func TestSessionsShownAgain(t *testing.T) {
	w := newWorld(t, 23, ServerConfig{})
	host := w.host(w.config1(1, "host 1"), dsl)
	w.run(time.Second)
	guest := w.guest(w.config1(1, "guest"), dsl)
	var first []byte
	w.meddle = func(s Send) []Send {
		if first == nil && kind(s.Data[2]) == hostOffer {
			first = bytes.Clone(s.Data)
		}
		return []Send{s}
	}
	w.run(time.Second)
	host.SetOffer(w.sim.Now(), []byte("host 2"))
	w.run(time.Second)
	if !guest.met("host 2") || first == nil {
		t.Fatal("no meeting")
	}
	now, from := w.sim.Now(), w.at.Addr()
	tell := func(session [16]byte) {
		m := message{kind: wait, tag: guest.tag, session: session}
		guest.Packet(now, from, appendMessage(nil, &m))
	}
	tell([16]byte{1})
	tell(host.session)
	guest.Packet(now, from, first)
	guest.flush()
	if !guest.met("host 2") {
		t.Error("an older offer came back with an older session")
	}
}

// Who is not the server is not listened to.
func TestStrangersAreNotTheServer(t *testing.T) {
	w := newWorld(t, 24, ServerConfig{})
	host := w.host(w.config1(1, "host"), dsl)
	w.run(time.Second)
	m := message{kind: refused, tag: host.tag, flag: refusedTaken}
	if host.Packet(w.sim.Now(), netip.MustParseAddrPort("203.0.113.250:3478"), appendMessage(nil, &m)) {
		t.Error("a packet from elsewhere was taken")
	}
	m.tag[0] ^= 1
	if host.Packet(w.sim.Now(), w.at.Addr(), appendMessage(nil, &m)) {
		t.Error("a packet with a wrong tag was taken")
	}
	if host.count(Problem) != 0 {
		t.Error("a stranger troubled the host")
	}
}

func TestOtherVersion(t *testing.T) {
	w := newWorld(t, 25, ServerConfig{})
	b := make([]byte, 60)
	b[0], b[1], b[2], b[4] = firstMessage, version+1, byte(register), 77
	from := Source{Addr: netip.MustParseAddrPort("198.51.100.1:1000")}
	w.server.Packet(0, from, b)
	sends := w.server.AppendSends(nil)
	var m message
	// Told as one of that version tells it, and understood whatever the version.
	if len(sends) != 1 || decodeMessage(sends[0].Data, &m) != errVersion || sends[0].Data[1] != version+1 || m.kind != refused || m.tag[0] != 77 {
		t.Fatalf("%v", sends)
	}
	for _, v := range []byte{version - 1, version, version + 1} {
		host := w.host(w.config1(1, "host"), dsl)
		answer := bytes.Clone(sends[0].Data)
		answer[1] = v
		copy(answer[4:], host.tag[:])
		host.Packet(0, w.at.Addr(), answer)
		host.flush()
		host.reads(Problem, "another version")
	}
}
