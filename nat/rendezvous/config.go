package rendezvous

import (
	"errors"
	"fmt"
	"io"
	"math"
	"net/netip"
)

// ServerConfig bounds what a server takes on. Zero values stand for defaults.
type ServerConfig struct {
	Rand io.Reader // crypto/rand.Reader outside of tests; must be given

	// Second, if valid, is where the server answers STUN besides: STUN answers
	// name it. An unspecified address with a port (0.0.0.0:3479) is that port of
	// whatever address was asked, which a server behind a router need not know.
	Second netip.AddrPort

	MaxLobbies     int // 10,000; for a further one a place is taken back, or it is refused
	MaxGuests      int // of one lobby at a time: 16; the same
	MaxOfferBytes  int // for sealed offers, 1,122 bytes for each guest of all lobbies together: 32 MiB; the same
	MaxPerSource   int // lobbies, guests and relay ends of one IPv4 address or IPv6 /64: 256; further ones are refused
	RequestsPerSec int // of one such source, and three times as many at once: 100

	// Halls have other limits per source: so many places as they say, and
	// requests in proportion.
	Halls []Hall

	NoRelay    bool // meet only
	MaxRelays  int  // sessions: 256
	RelayRate  int  // bytes in a second, each way of a session, and half as many at once: 64,000
	RelayTotal int  // bytes in a second of all sessions together: 8,000,000
}

const (
	highestPerSource = 1 << 24
	highestBytes     = math.MaxInt & (1<<40 - 1) // a terabyte, or all that 32 bits count
)

func (c *ServerConfig) fill() error {
	if c.Rand == nil {
		return errors.New("rendezvous: ServerConfig.Rand is nil: give crypto/rand.Reader")
	}
	for _, f := range []struct {
		name           string
		value          *int
		usual, highest int
	}{
		{"MaxLobbies", &c.MaxLobbies, 10_000, 1 << 24},
		{"MaxGuests", &c.MaxGuests, 16, 256},
		{"MaxOfferBytes", &c.MaxOfferBytes, 32 << 20, highestBytes},
		{"MaxPerSource", &c.MaxPerSource, 256, highestPerSource},
		{"RequestsPerSec", &c.RequestsPerSec, 100, 1_000_000},
		{"MaxRelays", &c.MaxRelays, 256, 1 << 20},
		{"RelayRate", &c.RelayRate, 64_000, 1 << 30},
		{"RelayTotal", &c.RelayTotal, 8_000_000, highestBytes},
	} {
		if *f.value == 0 {
			*f.value = f.usual
		}
		if *f.value < 1 || *f.value > f.highest {
			return fmt.Errorf("rendezvous: %s is %d; it must be 1 to %d", f.name, *f.value, f.highest)
		}
	}
	if c.MaxOfferBytes < guestBytes {
		return fmt.Errorf("rendezvous: MaxOfferBytes is %d; below %d there is no room for even one guest", c.MaxOfferBytes, guestBytes)
	}
	if c.RelayRate < 2*MaxPacket {
		return fmt.Errorf("rendezvous: RelayRate is %d; below %d not even one packet passes", c.RelayRate, 2*MaxPacket)
	}
	return c.fillHalls()
}

// Validate says what is wrong with a configuration, in a sentence.
func (c ServerConfig) Validate() error { return c.fill() } // of a copy

// guestBytes is what a guest's place has room for: its offer and the host's
// answer, of the greatest length.
const guestBytes = 2 * maxSealed

// maxAllGuests is how many guests there is room for in all lobbies together.
func (c *ServerConfig) maxAllGuests() int { return c.MaxOfferBytes / guestBytes }
