package netcode

import (
	"net/netip"
	"testing"
	"testing/synctest"
	"time"

	"github.com/visavis-netcode/visavis/nat/natsim"
)

// TestAnotherAddress: in the middle of a match one side's provider gives it another
// address, or its router another port, however the two have met. The game stands still
// for a second and a half at most and goes on to its end, directly to the new place. An invite alone names no
// server by which the two could find each other anew, so there it takes a router that
// lets the other side in at its new place.
func TestAnotherAddress(t *testing.T) {
	for _, tt := range []struct {
		way         string
		host, guest string
		who         int
		port        bool // another port only
	}{
		{"address", "none", "portrestricted", 1, false},
		{"code", "portrestricted", "portrestricted", 0, false},
		{"code", "portrestricted", "portrestricted", 1, false},
		{"code", "none", "symmetric", 1, false},
		{"invite", "fullcone", "portrestricted", 1, false},
		{"invite", "fullcone", "restricted", 0, true},
	} {
		t.Run(tt.way+" "+tt.host+" "+tt.guest, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				v := &village{t: t, sim: natsim.New(1)}
				config := NodeConfig{}
				switch tt.way {
				case "code":
					config.Rendezvous, v.config.Code = meetingPlace(t, v.sim), true
				case "invite":
					config.STUN, v.config.Invite = []string{v.sim.STUNServer().String(), v.sim.STUNServer().String()}, true
				}
				v.sim.Start()
				defer v.sim.Stop()
				defer v.close()
				v.enter(v.move(tt.host, config))
				v.enter(v.move(tt.guest, config))
				v.gather(10)
				if err := v.lobbies[0].Start(1, 480); err != nil {
					t.Fatal(err)
				}
				v.until(3, func() bool { return false })
				other := v.lobbies[1-tt.who].mesh.To(uint8(tt.who)).Link
				before := other.RemoteAddr()
				v.sim.Do(func() {
					if router := v.homes[tt.who].Router; tt.port {
						router.Flush()
					} else {
						router.NewAddr(netip.MustParseAddr("203.0.113.250"))
					}
				})
				v.playOn()
				for _, l := range v.lobbies {
					if freeze := l.Match().Stats().LongestFreeze; freeze > 1500*time.Millisecond {
						t.Errorf("%s stood still for %v", l.node.name, freeze)
					}
				}
				if after := other.RemoteAddr(); after == before || (after.Addr() == before.Addr()) != tt.port || v.peer(1-tt.who, tt.who).Path.Relayed() {
					t.Errorf("it was reached at %v, and is at %v by %v", before, after, v.peer(1-tt.who, tt.who).Path)
				}
			})
		})
	}
}
