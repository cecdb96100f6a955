package lan

import (
	"crypto/ed25519"
	"errors"
	"net/netip"
	"slices"
	"sync"
	"time"
)

// Network says where packets go. The zero value is right for games.
type Network struct {
	Port       uint16   // the shared UDP port; 0 is Port. Both sides must agree
	Interfaces []string // names of the only interfaces to use; nil is all but point-to-point ones

	// NoDNSSD turns off DNS service discovery, on either side: lobbies and
	// lists then find each other by their own packets alone.
	NoDNSSD bool
}

// AnnounceConfig is what Announce needs.
type AnnounceConfig struct {
	Key     ed25519.PrivateKey // the lobby's key; its public half is shown to the whole network
	Game    string             // id of the game, 1 to MaxGame bytes: only lists of the same game show the lobby
	Info    Info
	Network Network
}

const (
	beaconEvery  = time.Second
	refreshEvery = 2 * time.Second

	// updateGap is the least time between a beacon and the one that Update
	// hurries.
	updateGap = 200 * time.Millisecond
)

// The first beacon is said twice, for lists that are open already.
var beaconBurst = []time.Duration{0, 100 * time.Millisecond}

// How many solicits are answered. A list asks three times when it opens and then
// every 2 seconds, over all its links; an answer is some 200 bytes to a
// neighbour who may not have asked, so there are few.
var (
	answersPerSource = pace{interval: 250 * time.Millisecond, burst: 8}
	answersInAll     = pace{interval: 10 * time.Millisecond, burst: 64}
)

// Announcer keeps one lobby on the lists of the local network.
type Announcer struct {
	carrier   carrier
	loop      *loop
	publisher *publisher // nil without DNS service discovery

	mu      sync.Mutex
	private ed25519.PrivateKey
	said    beacon // the newest
	packet  []byte // said, signed
	beacons schedule
	refresh schedule
	limits  limiter
	asked   [16]question // the last ones answered, as a ring
	next    int
	err     error

	doorstep doorstep
}

// question is a solicit and who asked: it comes over every link, by multicast
// and by broadcast, and is answered once.
type question struct {
	nonce  uint64
	from   netip.AddrPort
	atDoor bool // of the publisher
}

// Announce puts a lobby on the lists of the local network until Close. Its
// error, when nothing at all can be sent, is a sentence for players; a mistake
// in the config is one for programmers.
func Announce(config AnnounceConfig) (*Announcer, error) {
	a, err := announce(config, func(r receiver) carrier {
		return openSockets(beaconMedium(config.Network.Port), config.Network.Interfaces, r)
	})
	if err == nil && !config.Network.NoDNSSD {
		medium := mdnsMedium
		medium.fromPort = true // RFC 6762 section 6: answers from elsewhere are ignored
		a.publisher = publish(a, opener{
			carrier: func(r receiver) carrier { return openSockets(medium, config.Network.Interfaces, r) },
			door:    openDoor,
		})
	}
	return a, err
}

func announce(config AnnounceConfig, open func(receiver) carrier) (*Announcer, error) {
	if len(config.Key) != ed25519.PrivateKeySize {
		return nil, errors.New("lan: AnnounceConfig.Key is not an Ed25519 private key")
	}
	if err := checkGame(config.Game); err != nil {
		return nil, err
	}
	info, err := config.Info.bounded()
	if err != nil {
		return nil, err
	}
	a := &Announcer{
		loop:    newLoop(),
		private: config.Key,
		said:    beacon{game: config.Game, info: info},
		beacons: schedule{burst: beaconBurst, every: beaconEvery},
		refresh: schedule{burst: []time.Duration{0}, every: refreshEvery},
		limits:  limiter{each: answersPerSource, strangers: answersInAll},

		doorstep: newDoorstep(),
	}
	copy(a.said.key[:], config.Key.Public().(ed25519.PublicKey))
	now := time.Now()
	a.sign(now)
	a.beacons.begin(now)
	a.refresh.begin(now)
	a.refresh.take(now)
	a.carrier = open(a.receive)
	if a.err = a.carrier.refresh(); errors.Is(a.err, ErrNoNetwork) {
		a.carrier.close()
		return nil, a.err
	}
	a.loop.start(a.work)
	return a, nil
}

// Update changes what the lobby says of itself and says it at once, or 200 ms
// after the last time if that was sooner. Its error is a mistake in info.
func (a *Announcer) Update(info Info) error {
	info, err := info.bounded()
	if err != nil {
		return err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if info == a.said.info || a.loop.stopped() {
		return nil
	}
	a.said.info = info
	a.beacons.hurry(time.Now(), updateGap)
	a.loop.wake()
	return nil
}

// Err says, in a sentence for players, why the lobby may not be seen just now;
// nil if nothing is known to be wrong. It is looked at anew every few seconds.
func (a *Announcer) Err() error {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.err
}

// Close takes the lobby off the lists at once. It may be called twice.
func (a *Announcer) Close() error {
	if !a.loop.stop() {
		return nil
	}
	a.mu.Lock()
	a.said.info.Flags |= goodbye
	farewell := a.sign(time.Now())
	var askers []netip.AddrPort
	for _, answered := range a.asked {
		if answered.atDoor && !slices.Contains(askers, answered.from) {
			askers = append(askers, answered.from)
		}
	}
	a.mu.Unlock()
	for range 2 { // in case one is lost
		a.carrier.flood(farewell)
	}
	if a.publisher != nil {
		a.publisher.close(farewell, askers)
	}
	a.carrier.close()
	return nil
}

// work does what is due and returns when it wants to be called again.
func (a *Announcer) work(now time.Time) time.Time {
	a.mu.Lock()
	refresh := a.refresh.take(now)
	var packet []byte
	if a.beacons.take(now) {
		packet = a.sign(now)
	}
	next := earlier(a.refresh.due, a.beacons.due)
	a.mu.Unlock()
	if refresh {
		err := a.carrier.refresh()
		a.mu.Lock()
		a.err = err
		a.mu.Unlock()
	}
	if packet != nil {
		a.carrier.flood(packet)
	}
	return next
}

// sign makes the next beacon. Its sequence is the time in milliseconds, so that
// it also grows from one run of the program to the next.
func (a *Announcer) sign(now time.Time) []byte {
	a.said.sequence = max(a.said.sequence+1, uint64(max(now.UnixMilli(), 0)))
	a.packet = appendBeacon(nil, &a.said, a.private)
	return a.packet
}

// receive answers a solicit, and hears a knock.
func (a *Announcer) receive(packet []byte, from netip.AddrPort) {
	if k, err := decodeKnock(packet); err == nil {
		a.knocked(k, from.Addr(), a.carrier.places())
		return
	}
	if answer := a.answerTo(packet, from, false); answer != nil {
		a.carrier.answer(answer, from)
	}
}

// answerTo returns the answer to a packet: nil if it is no solicit for this
// lobby, if it was answered, or if it is one too many.
func (a *Announcer) answerTo(packet []byte, from netip.AddrPort, atDoor bool) []byte {
	if !isSolicit(packet) {
		return nil // most are others' beacons
	}
	asked, err := decodeSolicit(packet)
	if err != nil || asked.game != a.said.game || a.loop.stopped() {
		return nil
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	q := question{asked.nonce, from, atDoor}
	if slices.Contains(a.asked[:], q) || !a.limits.allow(from.Addr(), false, time.Now()) {
		return nil
	}
	a.asked[a.next] = q
	a.next = (a.next + 1) % len(a.asked)
	return a.packet
}

func (a *Announcer) knocked(k knock, from netip.Addr, places []place) {
	if a.loop.stopped() {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.doorstep.knocked(k, a.said.info.Port, from, places, time.Now())
}

// AppendKnocks appends whence the lobby is called by those who have knocked since
// the last time: see Knock. A packet from the lobby's socket to there lets the next
// call through a firewall. A sender's address may be forged, so bound what you send
// with a nat.Restraint.
func (a *Announcer) AppendKnocks(dst []netip.AddrPort) []netip.AddrPort {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.doorstep.take(dst)
}
