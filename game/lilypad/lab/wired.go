package lab

import (
	"errors"
	"fmt"
	"time"

	"github.com/visavis-netcode/visavis/game"
	"github.com/visavis-netcode/visavis/game/lilypad/netplay"
	"github.com/visavis-netcode/visavis/game/lilypad/rules"
	"github.com/visavis-netcode/visavis/netcode"
	"github.com/visavis-netcode/visavis/rollback"
)

// wired is complete machines on a network of memory: what they do is what they
// would do on the real one.
type wired struct {
	mode     Mode
	network  *netcode.MemoryNetwork
	machines []wiredMachine
}

type wiredMachine struct {
	number int // netcode.Member.Machine
	node   *netcode.Node
	lobby  *netplay.Lobby
	match  *netplay.Match
	status netcode.Status
	peers  []netcode.PeerStats
	graph  []game.GraphPeer
}

// checkFrames is how often the worlds are compared: twice a second, so that a
// broken one is found while it is fresh.
const checkFrames = 30

const tickTime = time.Second / 60

// meetTicks bounds how long machines on perfect wires take to meet and start:
// they need a few round trips.
const meetTicks = 1200

// newWired lets machines meet on perfect wires and starts a match; then the
// wires become what the sliders say.
func newWired(mode Mode, setup rules.Setup, machines int, wires network) (bench, error) {
	w := &wired{mode: mode, network: netcode.NewMemoryNetwork(setup.Seed)}
	config := netplay.Config()
	config.Game = "lilypad lab"
	config.Start = func(s netcode.Setup) rules.World {
		dealt := setup
		dealt.Seed, dealt.Seats = s.Seed, s.Seats
		return rules.New(dealt)
	}
	config.MaxSeats, config.ChecksumFrames = machines, checkFrames
	config.Lockstep, config.WindowFrames = mode == DelayBased, windowOf(mode)
	for i := range machines {
		m := wiredMachine{node: w.network.NewNode(machineOf[i])}
		var err error
		if i == 0 {
			m.lobby, err = netcode.OpenLobby(m.node, config, netcode.LobbyConfig{})
		} else {
			host := w.machines[0].node
			m.lobby, err = netcode.JoinLobby(m.node, config, host.Addr().String()+"#"+host.Fingerprint(), netcode.LobbyConfig{})
		}
		if err != nil {
			return nil, fmt.Errorf("the machines could not be set up: %w", err)
		}
		w.machines = append(w.machines, m)
	}
	if err := w.meet(setup.Seed); err != nil {
		return nil, err
	}
	w.setNetwork(wires)
	return w, nil
}

// windowOf is the deepest guess: a quarter of a second each way needs 16
// frames, and the tails of jitter some more.
func windowOf(mode Mode) int {
	if mode == DelayBased {
		return 0
	}
	return 24
}

// meet lets virtual time pass until all machines are in the match.
func (w *wired) meet(seed uint64) error {
	started := false
	for range meetTicks {
		playing := 0
		for i := range w.machines {
			m := &w.machines[i]
			m.lobby.Poll()
			switch m.lobby.State() {
			case netcode.Ended:
				return fmt.Errorf("the machines could not meet: %w", m.lobby.Err())
			case netcode.Gathering:
				m.lobby.SetReady(true)
			case netcode.Playing:
				m.match = m.lobby.Match()
				playing++
			}
		}
		if playing == len(w.machines) {
			w.count()
			return nil
		}
		host := w.machines[0].lobby
		if !started && len(host.AppendMembers(nil)) == len(w.machines) && host.Blocker() == "" {
			if err := host.Start(seed, 0); err != nil {
				return fmt.Errorf("the match could not start: %w", err)
			}
			started = true
		}
		w.network.Advance(tickTime)
	}
	return errors.New("the machines did not meet in time")
}

// count learns the machines' numbers.
func (w *wired) count() {
	for i := range w.machines {
		for _, m := range w.machines[i].lobby.AppendMembers(nil) {
			if m.You {
				w.machines[i].number = m.Machine
			}
		}
	}
}

// setNetwork changes the wires. With delay-based play the input delay follows:
// it must cover the way, its jitter and one lost packet.
func (w *wired) setNetwork(to network) {
	w.network.SetConditions(netcode.Conditions{DelayMs: to.delayMs, JitterMs: to.jitterMs, LossPercent: to.lossPercent})
	for i := range w.machines {
		m := w.machines[i].match
		if w.mode == DelayBased {
			m.SetDelay(delayFor(to))
		} else {
			m.SetDelay(0) // the purest: nothing is delayed, everything is guessed
		}
	}
}

func delayFor(to network) int {
	ms := to.delayMs + to.jitterMs
	frames := (ms*60+999)/1000 + 1
	if to.lossPercent > 0 {
		frames++
	}
	return min(frames, rollback.MaxDelayFrames)
}

func (w *wired) tick(pads []rules.Pad) {
	for i := range w.machines {
		m := &w.machines[i]
		m.status = m.match.Tick(pads[i])
	}
	w.network.Advance(tickTime)
}

func (w *wired) world(i int) *rules.World { return w.machines[i].match.World() }

func (w *wired) ghost(i int) *rules.World {
	if w.mode == DelayBased {
		return nil // what is shown is certain already
	}
	return w.machines[i].match.ConfirmedWorld()
}

func (w *wired) sample(i int) game.GraphSample {
	m := &w.machines[i]
	m.peers = m.match.AppendPeers(m.peers[:0])
	m.graph = m.graph[:0]
	for _, p := range m.peers {
		m.graph = append(m.graph, game.PeerOf(p))
	}
	s := game.SampleOf(m.match.Stats(), m.status, m.graph)
	s.Desynced = w.desync() != nil
	return s
}

func (w *wired) appendNotices(i int, dst []rollback.Notice) []rollback.Notice {
	return w.machines[i].match.AppendNotices(dst)
}

// flip changes the last machine's world: the one that the player does not sit
// at.
func (w *wired) flip() string {
	last := &w.machines[len(w.machines)-1]
	last.match.Disturb(flipBit)
	return fmt.Sprintf("One bit of %s's world was flipped. The next comparison will tell: the worlds are compared every half second.",
		machineOf[len(w.machines)-1])
}

// desync is what the machines found out, nil while they agree.
func (w *wired) desync() *netcode.DesyncError {
	for i := range w.machines {
		if result, over := w.machines[i].match.Result(); over {
			var desync *netcode.DesyncError
			if errors.As(result.Err, &desync) {
				return desync
			}
		}
	}
	return nil
}

func (w *wired) report() []string {
	if d := w.desync(); d != nil {
		lines := []string{"DESYNC: the games no longer agree."}
		lines = append(lines, fmt.Sprintf("First bad frame: %d.", d.Frame))
		if d.Field != "" {
			lines = append(lines, fmt.Sprintf("First field that differs: %s", d.Field),
				fmt.Sprintf("%s here, %s at %s's.", d.Here, d.There, d.Peer))
		} else {
			lines = append(lines, d.Text)
		}
		return append(lines, "B or New round begins another one.")
	}
	for i := range w.machines {
		if result, over := w.machines[i].match.Result(); over && result.Err != nil {
			return []string{result.Err.Error()}
		}
	}
	return nil
}

func (w *wired) over() bool {
	_, over := w.machines[0].match.Result()
	return over && w.desync() == nil
}

func (w *wired) close() {
	for i := len(w.machines) - 1; i >= 0; i-- {
		w.machines[i].node.Close()
	}
}
