//go:build !race || soak

package scoreboard

import (
	"bytes"
	"crypto/ed25519"
	"encoding/json"
	"flag"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/visavis-netcode/visavis/nat"
	"github.com/visavis-netcode/visavis/netcode/internal/link"
	"github.com/visavis-netcode/visavis/netcode/internal/quiclink"
)

var (
	wireRows  = flag.String("wire.rows", "", "rows for TestWire to measure")
	wireSeeds = flag.String("wire.seeds", "1", "seeds")
)

// bubbleClock is the time of a synctest bubble.
type bubbleClock struct{ start time.Time }

func (c bubbleClock) Now() time.Duration        { return time.Since(c.start) }
func (c bubbleClock) AdvanceTo(t time.Duration) { time.Sleep(t - c.Now()) }

// overQUIC plays a row once over quic-go.
func overQUIC(t *testing.T, r row, seed uint64) []Result {
	if r.small {
		return playOverQUIC[uint8](t, r, seed)
	}
	return playOverQUIC[uint32](t, r, seed)
}

// acquainted is a Restraint that holds nothing back from these sockets: no finder is
// here that would ask them first whether they are there, and three packets to a
// stranger may all be lost.
func acquainted(network *packetNet) *nat.Restraint {
	r := new(nat.Restraint)
	for _, s := range network.sockets {
		r.Vouch(r.Now(), s.addr.Addr())
	}
	return r
}

func playOverQUIC[I input](t *testing.T, r row, seed uint64) (results []Result) {
	synctest.Test(t, func(t *testing.T) {
		network := newPacketNet(r, seed)
		endpoints := make([]link.Endpoint, r.players)
		for i, s := range network.sockets {
			key := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{byte(i + 1)}, ed25519.SeedSize))
			endpoint, err := quiclink.Listen(quiclink.Config{Conn: s, Key: key, Restraint: acquainted(network)})
			if err != nil {
				t.Fatal(err)
			}
			defer endpoint.Close()
			endpoints[i] = endpoint
		}
		ct, err := newContest[I](r, bubbleClock{time.Now()}, endpoints)
		if err != nil {
			t.Fatal(err)
		}
		ct.udp = func(i int) (packets, bytes uint64) { return network.sockets[i].sent() }
		ct.running = func(time.Duration) { network.begin(time.Now()) }
		if results, err = ct.play(); err != nil {
			t.Fatal(err)
		}
	})
	return results
}

// wireBudget is what row B1 may cost on the wire, in bytes a second.
const wireBudget = 5300

// TestWire measures whole matches over quic-go. With -wire.rows it is the child
// of Run; without, it only keeps row B1 within its budget.
func TestWire(t *testing.T) {
	names := *wireRows
	if names == "" {
		names = "B1"
	}
	for name := range strings.SplitSeq(names, ",") {
		var r row
		for _, known := range rows {
			if known.name == name {
				r = known
			}
		}
		if r.players == 0 {
			t.Fatalf("there is no row %q", name)
		}
		var all []Result
		for text := range strings.SplitSeq(*wireSeeds, ",") {
			seed, err := strconv.ParseUint(text, 10, 64)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, overQUIC(t, r, seed)...)
		}
		s := summary(all)
		if *wireRows != "" {
			line, err := json.Marshal(s)
			if err != nil {
				t.Fatal(err)
			}
			fmt.Printf("\n%s%s\n", wirePrefix, line)
		}
		t.Logf("%+v", s)
		if !s.Agree {
			t.Errorf("row %s: the peers have played different matches", name)
		}
		if name == "B1" && s.WireBps > wireBudget {
			t.Errorf("row B1 takes %.0f B/s, allowed are %d", s.WireBps, wireBudget)
		}
	}
}
