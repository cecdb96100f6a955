package lan

import (
	"net/netip"
	"sync"
	"time"
)

// ListenConfig is what Listen needs.
type ListenConfig struct {
	Port    func() uint16 // the lobby's own UDP port, at which it is called; another one when its socket has died
	Network Network
}

// Listener hears who knocks at a lobby that is on no list. It sends nothing, so nobody
// learns by it that there is a lobby.
type Listener struct {
	loop    *loop
	own     carrier
	names   carrier // nil without DNS service discovery
	port    func() uint16
	refresh schedule

	mu       sync.Mutex
	doorstep doorstep
}

// Listen hears knocks until Close. What cannot be opened is no error: the lobby can be
// called all the same, and it is tried again.
func Listen(config ListenConfig) *Listener {
	open := func(m medium) func(receiver) carrier {
		return func(r receiver) carrier { return openSockets(m, config.Network.Interfaces, r) }
	}
	var names func(receiver) carrier
	if !config.Network.NoDNSSD {
		names = open(mdnsMedium)
	}
	return startListening(config.Port, open(beaconMedium(config.Network.Port)), names)
}

func startListening(port func() uint16, own, names func(receiver) carrier) *Listener {
	l := &Listener{
		loop: newLoop(), port: port, doorstep: newDoorstep(),
		refresh: schedule{burst: []time.Duration{0}, every: refreshEvery},
	}
	l.own = own(func(packet []byte, from netip.AddrPort) {
		if k, err := decodeKnock(packet); err == nil {
			l.knocked(k, from.Addr(), l.own.places())
		}
	})
	if names != nil {
		l.names = names(func(packet []byte, from netip.AddrPort) {
			if k, err := readKnockQuery(packet); err == nil {
				l.knocked(k, from.Addr(), l.names.places())
			}
		})
	}
	l.refresh.begin(time.Now())
	l.loop.start(l.work)
	return l
}

// work does what is due and returns when it wants to be called again.
func (l *Listener) work(now time.Time) time.Time {
	if l.refresh.take(now) {
		_ = l.own.refresh()
		if l.names != nil {
			_ = l.names.refresh()
		}
	}
	return l.refresh.due
}

func (l *Listener) knocked(k knock, from netip.Addr, places []place) {
	if l.loop.stopped() {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.doorstep.knocked(k, l.port(), from, places, time.Now())
}

// AppendKnocks is Announcer.AppendKnocks.
func (l *Listener) AppendKnocks(dst []netip.AddrPort) []netip.AddrPort {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.doorstep.take(dst)
}

// Close stops listening. It may be called twice.
func (l *Listener) Close() error {
	if l.loop.stop() {
		l.own.close()
		if l.names != nil {
			l.names.close()
		}
	}
	return nil
}
