package rendezvous

import (
	"fmt"
	"net"
	"testing"
	"time"
)

// outage turns the server off for so long, and on again without memory.
func (w *world) outage(d time.Duration) {
	w.t.Helper()
	w.down = true
	w.run(d)
	w.restart()
	w.down = false
}

// A server that starts again does not end a match that it relays: it cannot know
// that the other side has left, whoever asks it first.
func TestRestartWhileRelaying(t *testing.T) {
	for _, down := range []time.Duration{0, 300 * time.Millisecond, 2 * time.Second, 4 * time.Second, 9 * time.Second} {
		for phase := range 10 {
			w, host, guest := relayed(t, uint64(70+phase), ServerConfig{})
			w.run(time.Duration(phase)*500*time.Millisecond + 20*time.Second)
			w.outage(down)
			from := w.sim.Now()
			back, ok := w.until(4*time.Second, func() bool {
				guest.pass("knock")
				host.pass("knock")
				w.run(16 * time.Millisecond)
				return len(guest.relayed) > 0 && len(host.relayed) > 0
			})
			if !ok {
				t.Errorf("down for %v at %v: no packet passes %v later", down, from, back)
			}
			w.run(30 * time.Second)
			if n := host.count(RelayClosed) + guest.count(RelayClosed); n != 0 {
				t.Errorf("down for %v at %v: the relay was said to be closed %d times", down, from, n)
			}
		}
	}
}

// One of the two does not come back: the other reads it, but not at once.
func TestOneComesBack(t *testing.T) {
	w, host, guest := relayed(t, 71, ServerConfig{})
	w.people = []*person{guest}
	w.outage(time.Second)
	w.run(relayLostAfter - 3*time.Second)
	if guest.count(RelayClosed) != 0 {
		t.Error("the relay was said to be closed although the other side may still come")
	}
	w.run(20 * time.Second)
	guest.reads(RelayClosed, "has not come back")
	w.people = append(w.people, host)
	w.run(10 * time.Second)
	if guest.count(RelayOpen) != 2 {
		t.Error("the relay did not open again when the other side came after all")
	}
}

// A server that has no room for an open relay after a restart says so, and that
// closes it, in time.
func TestRelayRefusedAfterRestart(t *testing.T) {
	w, _, guest := relayed(t, 72, ServerConfig{})
	w.config.NoRelay = true
	w.outage(time.Second)
	w.run(relayLostAfter + 10*time.Second)
	guest.reads(RelayClosed, "does not relay")
	if guest.count(RelayClosed) != 1 {
		t.Errorf("closed %d times", guest.count(RelayClosed))
	}
}

// A code works again soon after a restart at any moment, and a guest that comes
// before its host has come again does not read that nobody hosts and no more.
func TestRestartOfALobby(t *testing.T) {
	for phase := range 10 {
		w := newWorld(t, uint64(80+phase), ServerConfig{})
		host := w.host(w.config1(1, "host"), dsl)
		w.run(time.Second)
		early := w.guest(w.config1(1, "early"), dsl)
		w.run(20*time.Second + time.Duration(phase)*time.Second)
		w.outage(500 * time.Millisecond)
		guest := w.guest(w.config1(1, "guest"), dsl)
		w.run(time.Second)
		if !guest.met("host") {
			guest.reads(Problem, "only just been started")
		}
		if _, ok := w.until(hostRefresh+idleRetry+time.Second, func() bool { return guest.met("host") && host.met("guest") }); !ok {
			t.Errorf("phase %d: no meeting: %q", phase, guest.Status())
		}
		if early.count(Refused) != 0 || early.count(Met) != 1 {
			t.Errorf("phase %d: one who had met the host before reads %q", phase, early.Status())
		}
	}
	// When the server has been up for a while, it knows.
	w := newWorld(t, 90, ServerConfig{})
	w.run(youngFor)
	guest := w.guest(w.config1(1, "guest"), dsl)
	w.run(time.Second)
	guest.reads(Problem, "Nobody hosts with this code just now: compare it")
}

// Where only TCP gets through, too: the streams end with the server, the players
// dial again, and their relay is as open as it was.
func TestRestartOverTCP(t *testing.T) {
	first := serve(t, "127.0.0.1:0", ServeConfig{})
	host, guest := newPlayer(t, first.addr, "host", NewHost), newPlayer(t, first.addr, "guest", NewGuest)
	players := []*player{host, guest}
	ended := make(chan error, 2)
	dial := func() {
		t.Helper()
		for _, p := range players {
			stream, err := Dial(t.Context(), first.addr.String(), func(b []byte) { p.receive(first.addr, b) }, func(err error) { ended <- err })
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { stream.Close() })
			p.mu.Lock()
			p.send = func(b []byte) { stream.Send(b) }
			p.client.Restart(time.Since(p.start))
			p.mu.Unlock()
		}
	}
	dial()
	host.until(t, "registration", host.has(Registered))
	guest.until(t, "the meeting", guest.has(Met))
	host.until(t, "the meeting", host.has(Met))
	for _, p := range players {
		p.mu.Lock()
		p.client.Relay(time.Since(p.start), guest.client.Self())
		p.mu.Unlock()
		p.until(t, "the question for a relay", func() bool { return true })
	}
	guest.until(t, "the relay", opened(guest, 1))
	host.until(t, "the relay", opened(host, 1))

	first.cancel()
	for range players {
		<-ended
	}
	again, err := listenAgain(t, first)
	if err != nil {
		t.Skipf("the port is taken by another: %v", err)
	}
	serveOn(t, again, ServeConfig{})
	dial()
	guest.until(t, "the relay after the restart", func() bool {
		host.mu.Lock()
		defer host.mu.Unlock()
		host.client.Advance(time.Since(host.start))
		host.settle()
		return opened(guest, 2)()
	})
	host.until(t, "the relay after the restart", opened(host, 2))
	for _, p := range players {
		if _, closed := p.event(RelayClosed); closed {
			t.Error("the relay was said to be closed")
		}
	}
	guest.mu.Lock()
	for i, e := range guest.events {
		if e.Kind == RelayOpen {
			guest.send(AppendRelayed(nil, e.Channel, fmt.Append(nil, i)))
		}
	}
	guest.mu.Unlock()
	host.until(t, "a packet", func() bool { return len(host.relayed) == 1 })
}

// opened asks, for until, whether the relay of a player has opened so often.
func opened(p *player, times int) func() bool {
	return func() bool {
		n := 0
		for _, e := range p.events {
			if e.Kind == RelayOpen {
				n++
			}
		}
		return n >= times
	}
}

// listenAgain waits until the port of a server is free, and takes it.
func listenAgain(t *testing.T, s *served) (net.Listener, error) {
	t.Helper()
	if err := <-s.ended; err != nil {
		t.Fatal(err)
	}
	s.ended <- nil // for the end of the test
	return net.Listen("tcp", s.addr.String())
}
