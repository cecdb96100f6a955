package quiclink

import (
	"net/netip"
	"sync"
)

// What strangers may occupy at a time. A stranger is a connection from its
// first packet until the owner could accept it, one round trip later for an
// honest peer and at most handshakeTimeout for anybody.
const (
	maxStrangers        = 32 // in all; more are refused
	maxStrangersPerHost = 8  // from one IPv4 address or IPv6 /64: players behind one router join together
	retryStrangers      = 8  // from so many on, addresses must prove themselves (RFC 9000 section 8.1.2)
)

// guard counts strangers.
type guard struct {
	mu     sync.Mutex
	total  int
	byHost map[netip.Prefix]int
}

func host(addr netip.Addr) netip.Prefix {
	bits := 32
	if addr.Is6() {
		bits = 64
	}
	prefix, _ := addr.WithZone("").Prefix(bits)
	return prefix
}

// crowded reports whether strangers must prove their address first.
func (g *guard) crowded() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.total >= retryStrangers
}

// enter counts a stranger. It returns what to call, any number of times, when it
// is none any more, or nil if there are too many.
func (g *guard) enter(addr netip.Addr) (leave func()) {
	g.mu.Lock()
	defer g.mu.Unlock()
	h := host(addr)
	if g.total >= maxStrangers || g.byHost[h] >= maxStrangersPerHost {
		return nil
	}
	if g.byHost == nil {
		g.byHost = map[netip.Prefix]int{}
	}
	g.total++
	g.byHost[h]++
	var once sync.Once
	return func() { once.Do(func() { g.leave(h) }) }
}

func (g *guard) leave(h netip.Prefix) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.total--
	if g.byHost[h]--; g.byHost[h] == 0 {
		delete(g.byHost, h)
	}
}
