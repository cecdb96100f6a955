//go:build !race || soak

package pathfinder

import (
	"fmt"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"
)

// TestRouterRestarts: in the middle of a match one side's router forgets all it knows,
// or gets another address, or both do: the match goes on within 1.5 seconds, by the
// relay perhaps, and both sides send directly again soon, not only the one for which
// there is a new address.
func TestRouterRestarts(t *testing.T) {
	t.Parallel()
	for _, kinds := range [][2]string{{"portrestricted", "portrestricted"}, {"cgnat", "portrestricted"}, {"restricted", "symmetric"}} {
		for _, who := range []string{"host", "guest", "both"} {
			for _, moves := range []bool{false, true} {
				for seed := range uint64(2) {
					t.Run(fmt.Sprintf("%s x %s, %s, moves %v, %d", kinds[0], kinds[1], who, moves, seed), func(t *testing.T) {
						synctest.Test(t, func(t *testing.T) {
							m := newMatch(t, seed, kinds)
							m.restart(who, moves, seed)
						})
					})
				}
			}
		}
	}
}

// TestRouterRestartsUnrelayed: the same where no relay takes over, because one of them
// or both want none: the search begins as early as the relay is asked for.
func TestRouterRestartsUnrelayed(t *testing.T) {
	t.Parallel()
	for _, who := range []string{"host", "guest", "both"} {
		for seed := range uint64(6) {
			t.Run(fmt.Sprintf("%s, %d", who, seed), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					m := newHomes(t, seed, [2]string{"portrestricted", "portrestricted"})
					for i, home := range m.homes {
						if m.config.Relay = Never; int(seed)%3 == 1+i {
							m.config.Relay = Auto
						}
						m.settle(i, listenAt(t, home))
					}
					m.meet()
					m.restart(who, false, seed)
				})
			})
		}
	}
}

func (m *match) restart(who string, moves bool, seed uint64) {
	const (
		silence = 1500 * time.Millisecond
		again   = 2500 * time.Millisecond
	)
	t := m.t
	m.direct("a direct path")
	flow(t, m.streams, 60+20*int64(seed)) // questions go once a second
	for _, s := range m.streams {
		s.anew()
	}
	cut := time.Now()
	m.sim.Do(func() {
		for i, home := range m.homes {
			switch {
			case who == "host" && i == 1 || who == "guest" && i == 0:
			case moves && home.Name != "cgnat": // where the carrier draws the address
				home.Router.NewAddr(netip.AddrFrom4([4]byte{203, 0, 113, byte(1 + i)}))
			default:
				home.Router.Flush()
			}
		}
	})
	flow(t, m.streams, 60) // by what there is then
	m.direct("both to send directly again")
	if took := time.Since(cut); took > again {
		t.Errorf("direct again after %v", took)
	}
	flow(t, m.streams, 300)
	for i, s := range m.streams {
		if gap := s.gap(); gap > silence || gap < 100*time.Millisecond && m.homes[0].Name != "restricted" { // that one lets the new port in at once
			t.Errorf("way %d was silent for %v", i, gap)
		}
	}
	if !m.isDirect() {
		t.Errorf("in the end they send by %v", m.kinds())
	}
}
