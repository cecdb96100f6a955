package rendezvous

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/visavis-netcode/visavis/nat/natsim"
)

// relayed makes a host and a guest that have met and have an open relay.
func relayed(t *testing.T, seed uint64, config ServerConfig) (w *world, host, guest *person) {
	t.Helper()
	w = newWorld(t, seed, config)
	host = w.host(w.config1(1, "host"), dsl)
	w.run(time.Second)
	guest = w.guest(w.config1(1, "guest"), dsl)
	w.run(time.Second)
	now := w.sim.Now()
	if !guest.Relay(now, guest.Self()) {
		t.Fatal("no pair")
	}
	w.run(time.Second)
	if guest.count(RelayOpen) != 0 {
		t.Fatal("a relay opened before both had asked for it")
	}
	if !host.Relay(w.sim.Now(), guest.Self()) {
		t.Fatal("no pair")
	}
	w.run(200 * time.Millisecond)
	if host.count(RelayOpen) != 1 || guest.count(RelayOpen) != 1 {
		t.Fatalf("no relay: %v and %v", host.events, guest.events)
	}
	return w, host, guest
}

func (p *person) pass(packet string) {
	p.w.t.Helper()
	e, ok := p.last(RelayOpen)
	if !ok {
		p.w.t.Fatal("no relay")
	}
	p.socket.Send(p.w.at.Addr(), 0, AppendRelayed(nil, e.Channel, []byte(packet)))
}

func TestRelay(t *testing.T) {
	w, host, guest := relayed(t, 30, ServerConfig{})
	for i := range 10 {
		host.pass(fmt.Sprint("to the guest ", i))
		guest.pass(fmt.Sprint("to the host ", i))
		w.run(20 * time.Millisecond)
	}
	guest.pass(strings.Repeat("x", 1452)) // the longest packet of QUIC on Ethernet
	w.run(time.Second)
	if len(host.relayed) != 11 || len(guest.relayed) != 10 || !strings.Contains(strings.Join(guest.relayed, ","), "to the guest 9") {
		t.Errorf("%d and %d packets came", len(host.relayed), len(guest.relayed))
	}
	// It lives as long as both want it, whatever becomes of the lobby.
	w.run(3 * time.Minute)
	host.pass("still there")
	w.run(time.Second)
	if guest.relayed[len(guest.relayed)-1] != "still there" || host.count(RelayClosed) != 0 {
		t.Error("the relay did not last")
	}
	host.EndRelay(guest.Self())
	w.run(relayExpiry + 10*time.Second)
	guest.reads(RelayClosed, "left the relay")
}

func TestRelaySurvivesServerRestart(t *testing.T) {
	w, host, guest := relayed(t, 31, ServerConfig{})
	w.restart()
	for range 20 {
		guest.pass("knock")
		host.pass("knock")
		w.run(50 * time.Millisecond)
	}
	if len(guest.relayed) == 0 || len(host.relayed) == 0 {
		t.Errorf("one second after the restart: %d and %d packets", len(host.relayed), len(guest.relayed))
	}
	if host.count(RelayOpen) < 2 {
		t.Error("the new channel was not told")
	}
}

// A router gives a player another port: the relay follows.
func TestRelayFollowsNewPort(t *testing.T) {
	w, host, guest := relayed(t, 32, ServerConfig{})
	guest.socket.Close()
	guest.socket = w.sim.Home("portrestricted", dsl).Hosts[0].Listen(0)
	guest.listen()
	for range 20 {
		guest.pass("from elsewhere")
		host.pass("hello?")
		w.run(50 * time.Millisecond)
	}
	if len(guest.relayed) == 0 || len(host.relayed) == 0 {
		t.Errorf("%d packets to the host and %d to the guest after the move", len(host.relayed), len(guest.relayed))
	}
}

func TestRelayStops(t *testing.T) {
	w, host, guest := relayed(t, 33, ServerConfig{})
	w.down = true
	w.run(40 * time.Second)
	guest.reads(RelayClosed, "does not answer any more")
	host.reads(RelayClosed, "does not answer any more")
	w.down = false
	w.run(5 * time.Second)
	guest.pass("again")
	w.run(time.Second)
	if len(host.relayed) != 1 {
		t.Error("the relay did not come back")
	}
}

// What a relay alters reaches the other side as it is: the packets inside are
// encrypted and authenticated end to end, as QUIC's are. Here the seal stands
// for QUIC. What it alters of its own control messages does not stop anybody.
func TestRelayAlters(t *testing.T) {
	w, host, guest := relayed(t, 34, ServerConfig{})
	aead := newSeal([32]byte{9})
	at := place{guest: guest.Self()}
	altered := false
	w.meddle = func(s Send) []Send {
		if s.Data[0] != firstRelayed {
			d := bytes.Clone(s.Data)
			d[len(d)-1] ^= 0x80
			return []Send{{s.To, d}}
		}
		d := bytes.Clone(s.Data)
		if altered = !altered; altered {
			d[8+int(w.random.Uint64()%uint64(len(d)-8))] ^= 4
		}
		return []Send{{s.To, d}, {s.To, d}}
	}
	for i := range 40 {
		sealed, err := sealLetter(aead, w.random, at, letter{version: uint64(i), offer: []byte("input")})
		if err != nil {
			t.Fatal(err)
		}
		guest.pass(string(sealed))
		w.run(10 * time.Millisecond)
	}
	w.run(20 * time.Second)
	good := map[uint64]bool{}
	for _, packet := range host.relayed {
		if l, err := openLetter(aead, at, []byte(packet)); err == nil {
			if string(l.offer) != "input" {
				t.Errorf("%q passed for %q", l.offer, "input")
			}
			good[l.version] = true
		}
	}
	if len(good) != 20 || len(host.relayed) != 80 {
		t.Errorf("%d good packets of %d, want 20 of 80", len(good), len(host.relayed))
	}
	w.meddle = nil
	host.relayed = nil
	w.run(10 * time.Second)
	guest.pass("honest again")
	w.run(time.Second)
	if len(host.relayed) != 1 {
		t.Error("the relay did not come back after the meddling")
	}
}

func TestRelayCap(t *testing.T) {
	w, host, guest := relayed(t, 35, ServerConfig{RelayRate: 64_000})
	packet := strings.Repeat("x", 992) // 1,000 bytes with its header
	const seconds = 5
	for range seconds * 200 { // 200,000 bytes a second
		guest.pass(packet)
		w.run(5 * time.Millisecond)
	}
	w.run(time.Second)
	got := len(host.relayed) * 1000
	if low, high := 64_000*seconds*9/10, 64_000*seconds+32_000; got < low || got > high {
		t.Errorf("%d bytes passed in %d s, want %d to %d", got, seconds, low, high)
	}
	if w.server.Stats().Capped == 0 {
		t.Error("nothing was counted as dropped")
	}
	host.pass("the other way is free")
	w.run(time.Second)
	if len(guest.relayed) != 1 {
		t.Error("one side's flood closed the other side's way")
	}
}

func TestRelayTotal(t *testing.T) {
	w := newWorld(t, 36, ServerConfig{RelayTotal: 100_000})
	var guests, hosts []*person
	for code := range byte(4) {
		hosts = append(hosts, w.host(w.config1(code, "host"), dsl))
		w.run(time.Second)
		guests = append(guests, w.guest(w.config1(code, "guest"), dsl))
		w.run(time.Second)
		hosts[code].Relay(w.sim.Now(), guests[code].Self())
		guests[code].Relay(w.sim.Now(), guests[code].Self())
		w.run(time.Second)
	}
	for range 3 * 50 { // four times 50,000 bytes a second
		for _, g := range guests {
			g.pass(strings.Repeat("y", 992))
		}
		w.run(20 * time.Millisecond)
	}
	w.run(time.Second)
	total := 0
	for _, h := range hosts {
		total += len(h.relayed) * 1000
	}
	if total < 250_000 || total > 360_000 {
		t.Errorf("%d bytes in 3 s through a relay of 100,000 a second", total)
	}
}

func TestNoRelay(t *testing.T) {
	for name, c := range map[string]struct {
		config ServerConfig
		want   string
	}{
		"switched off":               {ServerConfig{NoRelay: true}, "does not relay"},
		"full":                       {ServerConfig{MaxRelays: 1}, "is full and relays no more"},
		"too many from this network": {ServerConfig{MaxPerSource: 1}, "from this network's address"},
	} {
		w := newWorld(t, 37, c.config)
		other := message{kind: relay, lookup: [16]byte{200}}
		w.server.Packet(0, Source{Addr: w.at.Addr(), Stream: 1}, appendMessage(nil, &other))
		w.flush()
		w.host(w.config1(1, "host"), dsl)
		w.run(time.Second)
		guest := w.guest(w.config1(1, "guest"), natsim.Options{})
		w.run(time.Second)
		guest.Relay(w.sim.Now(), guest.Self())
		w.run(time.Second)
		guest.reads(Problem, c.want)
		if !guest.met("host") {
			t.Errorf("%s: no meeting", name)
		}
	}
}
