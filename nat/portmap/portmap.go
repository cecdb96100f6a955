package portmap

import (
	"context"
	"crypto/rand"
	"io"
	"log/slog"
	"net/netip"
	"sync"
	"time"
)

// DefaultLifetime is how long the router is asked to keep the port open. It is
// renewed at half of it.
const DefaultLifetime = 20 * time.Minute

// Routers refuse leases that are shorter or longer than these.
const (
	lifetimeMin = 2 * time.Minute
	lifetimeMax = 24 * time.Hour
)

// Config says what to open.
type Config struct {
	// Port is the local UDP port. It must not be 0.
	Port uint16

	// Lifetime is how long the router shall keep the port open without hearing
	// from us: 0 for DefaultLifetime, else 2 minutes to 24 hours.
	Lifetime time.Duration

	// Description stands in the router's list of open ports (UPnP only). What
	// is not printable ASCII is left out, and all behind 48 letters.
	// "" is "visavis".
	Description string

	// Logger gets what happens, at level Debug and Info. nil is nowhere.
	Logger *slog.Logger

	// Random is where PCP's nonce and other ports to try are drawn from. nil is
	// the system's generator, the only choice outside of tests: whoever guesses
	// a nonce can close the port.
	Random io.Reader

	// Gateway, if valid, is asked instead of the gateways of this computer.
	Gateway netip.Addr

	// Search, if valid, is where UPnP searches go, instead of to the multicast
	// group and port 1900 of the gateway.
	Search netip.AddrPort
}

// Mapping is a port that the router opened.
type Mapping struct {
	// Public is the router's outer address and port.
	Public netip.AddrPort

	// Private says that Public is not an address of the internet: this router
	// is behind another one, or behind a provider's.
	Private bool

	// Via is the protocol: "PCP", "NAT-PMP" or "UPnP".
	Via string
}

// Mapper keeps a port open. Its methods may be called by several goroutines.
type Mapper struct {
	config  Config
	sites   func() ([]site, error)
	stop    context.CancelFunc
	done    chan struct{}
	changed chan struct{}
	refresh chan struct{}

	mu      sync.Mutex
	mapping Mapping // the zero Mapping while there is none
	status  string
}

// Start begins to open config.Port in the background and returns at once. It
// panics if config.Port is 0. Close must be called.
func Start(config Config) *Mapper {
	config = config.withDefaults()
	return start(config, func() ([]site, error) { return findSites(config) })
}

func start(config Config, sites func() ([]site, error)) *Mapper {
	if config.Port == 0 {
		panic("portmap: Config.Port is 0: bind the socket first and pass its port")
	}
	ctx, stop := context.WithCancel(context.Background())
	m := &Mapper{
		config:  config,
		sites:   sites,
		stop:    stop,
		done:    make(chan struct{}),
		changed: make(chan struct{}, 1),
		refresh: make(chan struct{}, 1),
		status:  "asking the router to open a port",
	}
	go m.run(ctx)
	return m
}

func (c Config) withDefaults() Config {
	if c.Lifetime == 0 {
		c.Lifetime = DefaultLifetime
	}
	c.Lifetime = min(max(c.Lifetime, lifetimeMin), lifetimeMax).Truncate(time.Second)
	c.Description = printable(c.Description)
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.Random == nil {
		c.Random = rand.Reader
	}
	return c
}

// printable leaves of a description what every router takes.
func printable(s string) string {
	var kept []byte
	for i := 0; i < len(s) && len(kept) < 48; i++ {
		if s[i] >= ' ' && s[i] <= '~' {
			kept = append(kept, s[i])
		}
	}
	if len(kept) == 0 {
		return "visavis"
	}
	return string(kept)
}

// Mapped returns the public address at which the port is open now, and whether
// there is one. An address that is not of the internet does not count: see
// Mapping.
func (m *Mapper) Mapped() (netip.AddrPort, bool) {
	mapping, ok := m.Mapping()
	if !ok || mapping.Private {
		return netip.AddrPort{}, false
	}
	return mapping.Public, true
}

// Mapping returns the port that is open now, also one of a router behind another
// router, and whether there is one.
func (m *Mapper) Mapping() (Mapping, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.mapping, m.mapping != Mapping{}
}

// Changed receives after Mapping or Status changed. Several changes may be one
// receive. It is never closed.
func (m *Mapper) Changed() <-chan struct{} { return m.changed }

// Status says in words for a player what became of it: an end of a sentence
// such as "the router opened port 30003 (NAT-PMP)". If there is something that
// the player can do about it, it says so.
func (m *Mapper) Status() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.status
}

// Refresh asks again now rather than at the next time: the network changed, the
// computer woke up, or the player turned UPnP on.
func (m *Mapper) Refresh() {
	select {
	case m.refresh <- struct{}{}:
	default: // one is waiting already
	}
}

// Close closes the port on the router and waits for that until ctx ends; the
// error is then ctx's, and the rest happens in the background within 5 seconds.
// A second is plenty for a router that answers.
func (m *Mapper) Close(ctx context.Context) error {
	m.stop()
	select {
	case <-m.done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// publish sets what the owner sees.
func (m *Mapper) publish(mapping Mapping, status string) {
	m.mu.Lock()
	same := m.mapping == mapping && m.status == status
	m.mapping, m.status = mapping, status
	m.mu.Unlock()
	if same {
		return
	}
	m.config.Logger.Info("port mapping", "status", status, "public", mapping.Public, "via", mapping.Via)
	select {
	case m.changed <- struct{}{}:
	default: // the owner has not yet seen the last one
	}
}
