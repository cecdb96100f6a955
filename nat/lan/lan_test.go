package lan

import (
	"net/netip"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// ether is a network in memory: what one floods all others receive, at once.
type ether struct {
	mu    sync.Mutex
	ports []*port
	lost  int  // so many of the next packets get lost
	deaf  bool // floods get lost, as on Wi-Fi that drops multicast downwards
	sent  int
}

// port is a carrier on an ether.
type port struct {
	net     *ether
	addr    netip.AddrPort
	receive receiver
	ready   bool // refreshed once: it receives
	state   error
}

// open returns the opener of the n-th port.
func (e *ether) open(n int) func(receiver) carrier {
	return func(r receiver) carrier {
		e.mu.Lock()
		defer e.mu.Unlock()
		p := &port{net: e, addr: netip.AddrPortFrom(sourceAddr(n), 40000), receive: r}
		e.ports = append(e.ports, p)
		return p
	}
}

// count returns how many packets were sent since it was last asked.
func (e *ether) count() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	sent := e.sent
	e.sent = 0
	return sent
}

// deliver gives a packet to those whom it reaches.
func (e *ether) deliver(packet []byte, from *port, reaches func(*port) bool) {
	e.mu.Lock()
	e.sent++
	var to []*port
	switch {
	case !slices.Contains(e.ports, from): // its cable is pulled
	case e.lost > 0:
		e.lost--
	default:
		for _, p := range e.ports {
			if p != from && p.ready && reaches(p) {
				to = append(to, p)
			}
		}
	}
	e.mu.Unlock()
	for _, p := range to {
		p.receive(packet, from.addr)
	}
}

func (p *port) flood(packet []byte) {
	p.deliverIf(packet, func(*port) bool { return !p.net.deaf || isSolicit(packet) })
}

func (p *port) answer(packet []byte, to netip.AddrPort) {
	p.deliverIf(packet, func(q *port) bool { return q.addr == to })
}

func (p *port) floodEach(make func([]place) []byte) { p.flood(make(p.places())) }

func (p *port) places() []place {
	return []place{{index: 1, name: "lan1", prefix: netip.PrefixFrom(p.addr.Addr(), 8), multicast: true, broadcast: true}}
}

func (p *port) deliverIf(packet []byte, reaches func(*port) bool) { p.net.deliver(packet, p, reaches) }

func (p *port) refresh() error {
	p.net.mu.Lock()
	defer p.net.mu.Unlock()
	p.ready = true
	return p.state
}

func (p *port) close() {
	p.net.mu.Lock()
	defer p.net.mu.Unlock()
	p.net.ports = slices.DeleteFunc(p.net.ports, func(q *port) bool { return p == q })
}

// pull takes a port off the network without a goodbye, as when a cable is pulled.
func (e *ether) pull(c carrier) { c.(*port).close() }

func openLobby(t *testing.T, e *ether, n int) *Announcer {
	t.Helper()
	a, err := announce(AnnounceConfig{Key: key(uint32(n)), Game: "pond", Info: someInfo}, e.open(n))
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func openList(t *testing.T, e *ether, n int) *Browser {
	t.Helper()
	b, err := browse(BrowseConfig{Game: "pond"}, e.open(n))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// next waits for a change of the list and returns how long that took, and the list.
func next(b *Browser) (time.Duration, []Found) {
	start := time.Now()
	<-b.Changed()
	return time.Since(start), b.AppendFound(nil)
}

// A new list shows an open lobby within 0.2 s although packets get lost and
// only the direct answers come through.
func TestFoundDespiteLoss(t *testing.T) {
	for lost := range 5 {
		synctest.Test(t, func(t *testing.T) {
			e := &ether{deaf: true}
			lobby := openLobby(t, e, 1)
			defer lobby.Close()
			<-time.After(10500 * time.Millisecond)
			e.mu.Lock()
			e.lost = lost // a lost question costs one packet, a lost answer two
			e.mu.Unlock()
			list := openList(t, e, 2)
			defer list.Close()
			took, found := next(list)
			// With more lost than the burst can bear, the next question or beacon does.
			if limit := 200 * time.Millisecond; lost < 3 && took >= limit || took > 3*time.Second || len(found) != 1 {
				t.Errorf("with %d packets lost: %+v after %v", lost, found, took)
			}
			<-time.After(time.Minute)
			if found := list.AppendFound(nil); len(found) != 1 || found[0].SeenAgo > 2*time.Second {
				t.Errorf("after a minute: %+v", found)
			}
		})
	}
}

// A list that is open shows a new lobby, what it changes, and its end.
func TestWholeLife(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := &ether{}
		list := openList(t, e, 2)
		defer list.Close()
		<-time.After(1300 * time.Millisecond)
		e.mu.Lock()
		e.lost = 1 // the first beacon
		e.mu.Unlock()
		lobby := openLobby(t, e, 1)
		if took, found := next(list); took != 100*time.Millisecond || len(found) != 1 {
			t.Errorf("new lobby: %+v after %v", found, took)
		}
		full := someInfo
		full.Taken = full.Seats
		if err := lobby.Update(full); err != nil {
			t.Fatal(err)
		}
		if took, found := next(list); took > updateGap || len(found) != 1 || found[0].Taken != 4 {
			t.Errorf("update: %+v after %v", found, took)
		}
		lobby.Close()
		if took, found := next(list); took != 0 || len(found) != 0 {
			t.Errorf("goodbye: %+v after %v", found, took)
		}
		<-time.After(10 * time.Millisecond)
		again := openLobby(t, e, 1)
		if took, found := next(list); took != 0 || len(found) != 1 {
			t.Errorf("opened again: %+v after %v", found, took)
		}
		<-time.After(500 * time.Millisecond)
		e.pull(again.carrier)
		if took, found := next(list); took < GoneAfter-500*time.Millisecond || took > GoneAfter || len(found) != 0 {
			t.Errorf("the cable is pulled: %+v after %v", found, took)
		}
		again.Close()
	})
}

// Beacons come once a second, solicits every 2 seconds: no more, whatever is asked.
func TestQuiet(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := &ether{}
		lobby := openLobby(t, e, 1)
		defer lobby.Close()
		for ms := range 10_000 {
			info := someInfo
			info.Port = uint16(1 + ms)
			if err := lobby.Update(info); err != nil {
				t.Fatal(err)
			}
			<-time.After(time.Millisecond)
		}
		if n := e.count(); n > 52 {
			t.Errorf("10 s of updates sent %d packets", n)
		}
	})
}

// A flood of questions is not reflected.
func TestAnswersAreFew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := &ether{}
		lobby := openLobby(t, e, 1)
		defer lobby.Close()
		<-time.After(500 * time.Millisecond)
		e.count()
		victim := netip.AddrPortFrom(sourceAddr(9), 53)
		for n := range 10_000 {
			lobby.receive(appendSolicit(nil, solicit{nonce: uint64(n), game: "pond"}), victim)
		}
		if n := e.count(); n != answersPerSource.burst {
			t.Errorf("one source was answered %d times at once", n)
		}
		e.count()
		for n := range 10_000 {
			lobby.receive(appendSolicit(nil, solicit{nonce: uint64(n), game: "pond"}), netip.AddrPortFrom(sourceAddr(100+n), 53))
		}
		if n := e.count(); n > answersInAll.burst {
			t.Errorf("many sources were answered %d times at once", n)
		}
		// Copies of one question, other games and nonsense.
		<-time.After(5 * time.Second)
		e.count()
		for range 3 {
			lobby.receive(appendSolicit(nil, solicit{nonce: 7, game: "pond"}), victim)
		}
		lobby.receive(appendSolicit(nil, solicit{nonce: 8, game: "swamp"}), victim)
		lobby.receive([]byte(solicitMagic), victim)
		lobby.receive(nil, victim)
		if n := e.count(); n != 1 {
			t.Errorf("one question, its copies and nonsense got %d answers", n)
		}
	})
}

// What is wrong with the network is told, and told no longer when it is over.
func TestErr(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := &ether{}
		list := openList(t, e, 1)
		defer list.Close()
		lobby := openLobby(t, e, 2)
		defer lobby.Close()
		set := func(state error) {
			e.mu.Lock()
			for _, p := range e.ports {
				p.state = state
			}
			e.mu.Unlock()
			<-time.After(refreshEvery + time.Millisecond)
		}
		for _, state := range []error{nil, ErrNoNetwork, ErrNotSent, nil} {
			if set(state); list.Err() != state || lobby.Err() != state {
				t.Errorf("in state %v the list says %v, the lobby %v", state, list.Err(), lobby.Err())
			}
		}
	})
	nothing := func(receiver) carrier { return &port{net: &ether{}, state: ErrNoNetwork} }
	if _, err := browse(BrowseConfig{Game: "pond"}, nothing); err != ErrNoNetwork {
		t.Errorf("without any network Browse says %v", err)
	}
	if _, err := announce(AnnounceConfig{Key: key(1), Game: "pond", Info: someInfo}, nothing); err != ErrNoNetwork {
		t.Errorf("without any network Announce says %v", err)
	}
}
