package scoreboard

import (
	"crypto/sha256"
	"time"

	"github.com/visavis-netcode/visavis/netcode"
	"github.com/visavis-netcode/visavis/netcode/internal/link"
	"github.com/visavis-netcode/visavis/netcode/internal/memlink"
	"github.com/visavis-netcode/visavis/netcode/internal/simnode"
	"github.com/visavis-netcode/visavis/rollback"
)

// liveMatch is a match of whole peers over links that lose nothing. The game does
// nothing, so that only the engine is left.
type liveMatch struct {
	network *memlink.Network
	lobbies []*netcode.Lobby[[0]byte, uint32]
	signers []*signer
	noisy   bool // inputs change in every frame; else never
	frames  uint32
}

const liveTick = time.Second / rollback.DefaultTickRate

func newLiveMatch(players int, conditions memlink.Conditions, noisy bool) (*liveMatch, error) {
	m := &liveMatch{network: memlink.NewNetwork(1, players), noisy: noisy}
	game := netcode.Config[[0]byte, uint32]{
		Game: "scoreboard", Rules: 1, CallerPaced: true, ChecksumFrames: -1,
		Start: func(netcode.Setup) (w [0]byte) { return w },
		Step:  func(*[0]byte, rollback.Inputs[uint32]) {},
	}
	config := netcode.LobbyConfig{ManualDelay: true}
	for i := range players {
		endpoint := &signer{Endpoint: m.network.NewEndpoint(link.Key(sha256.Sum256([]byte{byte(i)})))}
		m.signers = append(m.signers, endpoint)
		node := simnode.New(endpoint, "player").(*netcode.Node)
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
	m.network.SetConditions(conditions)
	for range 600 {
		for _, l := range m.lobbies {
			l.SetReady(true)
			l.Poll()
		}
		m.network.Advance(liveTick)
	}
	return m, m.start()
}

// start begins the match and lets it find its pace.
func (m *liveMatch) start() error {
	if err := m.lobbies[0].Start(1, 0); err != nil {
		return err
	}
	for playing := 0; playing < len(m.lobbies); {
		m.network.Advance(liveTick)
		playing = 0
		for _, l := range m.lobbies {
			if l.Poll(); l.Match() != nil {
				playing++
			}
		}
		if m.network.Now() > time.Minute {
			return stuck("a live match has not started", m.lobbies[0].Progress(), "playing")
		}
	}
	for range lockstepPause {
		m.frame()
	}
	return nil
}

// frame is one tick of every peer.
func (m *liveMatch) frame() {
	input := uint32(7)
	if m.noisy {
		m.frames++
		input = m.frames * 0x9E3779B9
	}
	for _, l := range m.lobbies {
		l.Match().Tick(input)
	}
	m.network.Advance(liveTick)
}

func (m *liveMatch) stats() netcode.Stats { return m.lobbies[0].Match().Stats() }

// bench measures the match; depth is how many frames every tick must step again.
func (m *liveMatch) bench(depth int) bench {
	players, since := len(m.lobbies), m.stats()
	_, yardstick := bareLive(players)
	return bench{
		engine: m.frame, enginePeers: players,
		yardstick: yardstick, yardstickPeers: players, signers: m.signers,
		check: func() error {
			st := m.stats()
			ticks := st.Ticks - since.Ticks
			if stepped := uint64(st.Frame - since.Frame); stepped != ticks {
				return stuck("frames of a live match", stepped, ticks)
			}
			if again := st.Resteps - since.Resteps; again != uint64(depth)*ticks {
				return stuck("frames stepped again in a live match", again, uint64(depth)*ticks)
			}
			return nil
		},
	}
}

func measureLive(players int, conditions memlink.Conditions, noisy bool, depth int) (Cost, error) {
	return measure(benches, func() (bench, error) {
		m, err := newLiveMatch(players, conditions, noisy)
		if err != nil {
			return bench{}, err
		}
		return m.bench(depth), nil
	})
}

// live is a match over perfect links in which nobody's input changes.
func live(players int) (Cost, error) {
	return measureLive(players, memlink.Conditions{}, false, 0)
}

// jittery is live with datagrams that overtake each other.
func jittery(players int) (Cost, error) {
	return measureLive(players, conditions(10, 10, 0), false, 0)
}

// lag is a match in which all inputs come seven frames late and are new each time.
func lag(players int) (Cost, error) {
	return measureLive(players, memlink.Conditions{Delay: rollFrames * liveTick}, true, rollFrames)
}

// flat is a long match of four: what a frame costs must not grow.
func flat() (Cost, error) {
	const players, frames, rounds = 4, 200_000, 9 // rounds of some 2,000 frames each
	m, err := newLiveMatch(players, memlink.Conditions{}, false)
	if err != nil {
		return Cost{}, err
	}
	b := m.bench(0)
	var early, late turns
	var cost, end Cost
	early.take(b, rounds)
	for m.stats().Frame < frames {
		m.frame()
	}
	late.take(b, rounds)
	early.sum(&cost)
	late.sum(&end)
	cost.LateNs, cost.LateRatio = end.NsPerFrame, end.Ratio
	b.keepBooks(&cost)
	return cost, b.check()
}
