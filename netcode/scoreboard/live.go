package scoreboard

import (
	"crypto/sha256"
	"time"

	"github.com/visavis-netcode/visavis/netcode"
	"github.com/visavis-netcode/visavis/netcode/internal/link"
	"github.com/visavis-netcode/visavis/netcode/internal/memlink"
	"github.com/visavis-netcode/visavis/rollback"
)

// liveMatch is a match of whole peers over perfect links. Inputs never
// change and the game does nothing, so that only the engine is left.
type liveMatch struct {
	network *memlink.Network
	lobbies []*netcode.Lobby[[0]byte, uint32]
}

func newLiveMatch(players int) (*liveMatch, error) {
	m := &liveMatch{network: memlink.NewNetwork(1, players)}
	game := netcode.Config[[0]byte, uint32]{
		Game: "scoreboard", Rules: 1, CallerPaced: true, ChecksumFrames: -1,
		Start: func(netcode.Setup) (w [0]byte) { return w },
		Step:  func(*[0]byte, rollback.Inputs[uint32]) {},
	}
	config := netcode.LobbyConfig{ManualDelay: true}
	for i := range players {
		endpoint := m.network.NewEndpoint(link.Key(sha256.Sum256([]byte{byte(i)})))
		node := netcode.NewNodeOver(endpoint, "player")
		var lobby *netcode.Lobby[[0]byte, uint32]
		var err error
		if i == 0 {
			lobby, err = netcode.OpenLobby(node, game, config)
		} else {
			lobby, err = netcode.JoinLobby(node, game, m.network.Endpoint(0).Addr().String(), config)
		}
		if err != nil {
			return nil, err
		}
		m.lobbies = append(m.lobbies, lobby)
	}
	for range 600 {
		for _, l := range m.lobbies {
			l.SetReady(true)
			l.Poll()
		}
		m.network.Advance(time.Second / rollback.DefaultTickRate)
	}
	if err := m.lobbies[0].Start(1, 0); err != nil {
		return nil, err
	}
	m.network.Advance(0)
	for _, l := range m.lobbies {
		if l.Poll(); l.Match() == nil {
			return nil, stuck("a live match has not started", l.Progress(), "playing")
		}
	}
	for range lockstepPause {
		m.frame()
	}
	return m, nil
}

// frame is one tick of every peer.
func (m *liveMatch) frame() {
	for _, l := range m.lobbies {
		l.Match().Tick(7)
	}
	m.network.Advance(time.Second / rollback.DefaultTickRate)
}

// check says whether the ticks since a moment have been frames of a match in
// which nothing was rolled back.
func (m *liveMatch) check(since netcode.Stats, ticks int) error {
	st := m.stats()
	if stepped := int(st.Frame - since.Frame); stepped < ticks || st.Rollbacks > since.Rollbacks {
		return stuck("frames of a live match", stepped, ticks)
	}
	return nil
}

func (m *liveMatch) stats() netcode.Stats { return m.lobbies[0].Match().Stats() }

func live(players int) (Cost, error) {
	m, err := newLiveMatch(players)
	if err != nil {
		return Cost{}, err
	}
	frames, since := 160_000/(players*players), m.stats()
	ns, allocs := measure(frames, m.frame)
	cost := Cost{NsPerFrame: ns / float64(players), Allocs: allocs / float64(players)}
	return cost, m.check(since, repetitions*frames)
}

// flat is a long match of four: what a frame costs must not grow.
func flat() (Cost, error) {
	const players, part, total = 4, 20_000, 200_000
	m, err := newLiveMatch(players)
	if err != nil {
		return Cost{}, err
	}
	since := m.stats()
	times := make([]float64, total/part)
	for i := range times {
		times[i] = once(part, m.frame) / players
	}
	cost := Cost{NsPerFrame: times[0], LateNs: times[len(times)-1], Allocs: allocations(allocFrames, m.frame) / players}
	return cost, m.check(since, total)
}
