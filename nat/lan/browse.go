package lan

import (
	"errors"
	"math/rand/v2"
	"net/netip"
	"sync"
	"time"

	"github.com/visavis-netcode/visavis/nat"
)

// BrowseConfig is what Browse needs.
type BrowseConfig struct {
	Game    string // id of the game, as the lobbies say it
	Network Network
	// Restraint, if not nil, is shared with whatever else the program sends to
	// addresses that others have named.
	Restraint *nat.Restraint
}

const solicitEvery = 2 * time.Second

// Packets get lost, on Wi-Fi multicast first of all: three questions within the
// time in which a lobby should be found.
var solicitBurst = []time.Duration{0, 50 * time.Millisecond, 150 * time.Millisecond}

// Browser is the list of the lobbies on the local network. Its methods may be
// called from any goroutine.
type Browser struct {
	carrier carrier
	loop    *loop
	seeker  *seeker // nil without DNS service discovery
	changed chan struct{}

	mu       sync.Mutex
	table    *table
	solicits schedule
	refresh  schedule
	err      error
}

// Browse asks for the lobbies of a game and listens for them until Close. Its
// error, when nothing at all can be heard, is a sentence for players; a mistake
// in the config is one for programmers.
func Browse(config BrowseConfig) (*Browser, error) {
	b, err := browse(config, func(r receiver) carrier {
		return openSockets(beaconMedium(config.Network.Port), config.Network.Interfaces, r)
	})
	if err == nil && !config.Network.NoDNSSD {
		b.seeker = seek(b, opener{
			carrier: func(r receiver) carrier { return openSockets(mdnsMedium, config.Network.Interfaces, r) },
			door:    openDoor,
		}, config.Restraint)
	}
	return b, err
}

func browse(config BrowseConfig, open func(receiver) carrier) (*Browser, error) {
	if err := checkGame(config.Game); err != nil {
		return nil, err
	}
	b := &Browser{
		loop:     newLoop(),
		changed:  make(chan struct{}, 1),
		table:    newTable(config.Game),
		solicits: schedule{burst: solicitBurst, every: solicitEvery},
		refresh:  schedule{burst: []time.Duration{0}, every: refreshEvery},
	}
	now := time.Now()
	b.solicits.begin(now)
	b.refresh.begin(now)
	b.refresh.take(now)
	b.carrier = open(b.receive)
	if b.err = b.carrier.refresh(); errors.Is(b.err, ErrNoNetwork) {
		b.carrier.close()
		return nil, b.err
	}
	b.loop.start(b.work)
	return b, nil
}

// AppendFound appends the lobbies on the list to dst, in the order in which they
// were found, so that a list on a screen does not jump. The caller's own lobby
// is among them: leave it out by its key.
func (b *Browser) AppendFound(dst []Found) []Found {
	now := time.Now()
	b.mu.Lock()
	defer b.mu.Unlock()
	b.table.expire(now)
	return b.table.appendFound(dst, now)
}

// Changed has one value when the list may have changed since the last one was
// taken: for programs that wait instead of looking at every frame.
func (b *Browser) Changed() <-chan struct{} { return b.changed }

// Stats counts what was heard since Browse.
func (b *Browser) Stats() Stats {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.table.stats
}

// Err says, in a sentence for players, why the list may miss lobbies just now;
// nil if nothing is known to be wrong. It is looked at anew every few seconds.
func (b *Browser) Err() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.err
}

// Close stops listening. The list stays as it is, but grows old. It may be
// called twice.
func (b *Browser) Close() error {
	if b.loop.stop() {
		if b.seeker != nil {
			b.seeker.close()
		}
		b.carrier.close()
	}
	return nil
}

// work does what is due and returns when it wants to be called again.
func (b *Browser) work(now time.Time) time.Time {
	b.mu.Lock()
	refresh, ask := b.refresh.take(now), b.solicits.take(now)
	changed := b.table.expire(now)
	next := earlier(b.refresh.due, b.solicits.due)
	if expiry := b.table.nextExpiry(); !expiry.IsZero() {
		next = earlier(next, expiry)
	}
	b.mu.Unlock()
	if changed {
		b.tell()
	}
	if refresh {
		err := b.carrier.refresh()
		b.mu.Lock()
		b.err = err
		b.mu.Unlock()
	}
	if ask {
		b.mu.Lock()
		b.table.asked = time.Now() // looking at the interfaces takes a while
		b.mu.Unlock()
		b.carrier.flood(appendSolicit(nil, solicit{nonce: rand.Uint64(), game: b.table.game}))
	}
	return next
}

// receive takes a packet to the list.
func (b *Browser) receive(packet []byte, from netip.AddrPort) {
	b.take(packet, from)
}

// take takes a packet to the list and reports whether it was a lobby's beacon.
func (b *Browser) take(packet []byte, from netip.AddrPort) (accepted bool) {
	if isSolicit(packet) {
		return false
	}
	b.mu.Lock()
	before := b.table.stats.Beacons
	changed := b.table.hear(packet, from.Addr(), time.Now())
	accepted = b.table.stats.Beacons > before
	b.mu.Unlock()
	if changed {
		b.tell()
		b.loop.wake() // there may be something that expires earlier
	}
	return accepted
}

// heard is when a beacon came from an address last; the zero time if its lobbies
// are not on the list.
func (b *Browser) heard(addr netip.Addr) time.Time {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.table.heard(addr)
}

func (b *Browser) tell() {
	select {
	case b.changed <- struct{}{}:
	default: // one is waiting already
	}
}
