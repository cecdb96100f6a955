//go:build !race

package netcode

import (
	"fmt"
	"testing"

	"github.com/visavis-netcode/visavis/netcode/internal/wire"
)

// TestFloodsCostLittle: whatever a member sends again and again, the host sends
// hardly more for it: a roster or some lines a second in the lobby, and in a match
// nothing but the lines. The others stay as they are.
func TestFloodsCostLittle(t *testing.T) {
	const seconds = 5
	spam := fmt.Sprintf("%0500d", 7)
	for name, flood := range map[string]struct {
		message          func(i int) wire.Message
		inLobby, inMatch int // bytes a second to each of the others
	}{
		"names": {func(i int) wire.Message { return &wire.Status{Players: players(fmt.Sprint("M", i)), Linked: 255} }, 3000, 20},
		"ready": {func(i int) wire.Message { return &wire.Status{Players: players("M"), Ready: i%2 == 0, Linked: 255} }, 3000, 20},
		"links": {func(i int) wire.Message { return &wire.Status{Players: players("M"), Linked: uint16(i)} }, 3000, 20},
		"offers": {func(i int) wire.Message {
			return &wire.Status{Players: players("M"), Linked: 255, Offer: []byte(spam[:500-i%100])}
		}, 3000, 20},
		"the same":   {func(i int) wire.Message { return &wire.Status{Players: players("M"), Linked: 255} }, 100, 20},
		"chat":       {func(i int) wire.Message { return &wire.Say{Text: spam} }, 1300, 1300},
		"words":      {func(i int) wire.Message { return &wire.Say{Text: "x"} }, 400, 400},
		"asks":       {func(i int) wire.Message { return &wire.RelayAsk{Machines: uint16(i)} }, 20, 20},
		"answers":    {func(i int) wire.Message { return &wire.RelayWay{Machine: uint8(i % 16), Refusal: wire.RefusalFull} }, 20, 20},
		"sums":       {func(i int) wire.Message { return &wire.Checksum{Match: 1, Frame: int32(1<<30 + i)} }, 20, 20},
		"later sums": {func(i int) wire.Message { return &wire.Checksum{Match: 2, Frame: int32(i)} }, 20, 20},
		"worlds": {func(i int) wire.Message {
			return &wire.DesyncPart{Match: 1, Frame: 1 << 30, Part: 1, Bytes: []byte(spam)}
		}, 20, 20},
		"hashes": {func(i int) wire.Message { return &wire.DesyncHashes{Match: 1, First: 1 << 30, Hashes: []uint64{1}} }, 20, 20},
	} {
		for _, playing := range []bool{false, true} {
			peers, most := 6, flood.inLobby
			if playing {
				peers, most = 1, flood.inMatch // with the flooder, who has no links to others
			}
			tb := newTable(t, 1, peers, ledgerGame(), LobbyConfig{}, Conditions{DelayMs: 20})
			l := tb.newStranger("Mallory").join(tb, ledgerGame(), 1)
			m := &mirror{held: -1, sent: -1, match: 1}
			if playing {
				tb.start(1, 0)
			}
			sent := 0
			spend := func(n int) float64 {
				before := tb.nodes[0].Traffic().BytesSent
				for range seconds * 60 {
					for range n {
						l.say(flood.message(sent))
						sent++
					}
					if playing {
						l.SendDatagram(m.datagram(l))
					}
					tb.tick()
				}
				return float64(tb.nodes[0].Traffic().BytesSent-before) / seconds
			}
			quiet := spend(0)
			if state := tb.lobbies[0].State(); playing != (state == Playing) {
				t.Fatalf("%s, playing %v: state %d", name, playing, state)
			}
			spend(20) // what may be said at once
			if flooded := spend(20); flooded > quiet+float64(peers*most) {
				t.Errorf("%s, playing %v: with a flood the host sends %.0f bytes a second, and %.0f in quiet", name, playing, flooded, quiet)
			}
		}
	}
}
