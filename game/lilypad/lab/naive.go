package lab

import (
	"fmt"

	"github.com/visavis-netcode/visavis/game"
	"github.com/visavis-netcode/visavis/game/lilypad/rules"
	"github.com/visavis-netcode/visavis/rollback"
)

// naive is what most first attempts at networking look like: every machine
// steps its own world with the newest inputs it has heard of, and an input that
// comes late counts from then on. Nothing is ever taken back. Each machine is
// right from its own point of view, and no two of them agree.
type naive struct {
	machines []naiveMachine
	mail     []letter // under way; unordered
	network  network
	chance   rollback.Rand
	tickNow  int32

	frog     int   // the frog that is farthest apart
	apartPx  int32 // ... by so much
	worstPx  int32 // the most ever
	apartFor int32 // ticks since the worlds first differed, 0 while they agree
}

type naiveMachine struct {
	world  rules.World
	newest []rules.Pad // the newest input heard of each player
	sentAt []int32     // the tick in which that input was made
}

// letter is one player's input under way to one machine.
type letter struct {
	to, from int
	pad      rules.Pad
	sent     int32
	arrives  int32 // in microseconds of virtual time
}

// mailRoom bounds the letters under way: 4 machines send 3 letters a tick each
// and a letter takes at most 0.4 s. When it is full, letters are lost, which
// the players of this mode would not notice.
const mailRoom = 1024

const tickMicros = 16_667

func newNaive(setup rules.Setup, machines int) *naive {
	n := &naive{chance: rollback.NewRand(setup.Seed + 1), frog: -1}
	for range machines {
		n.machines = append(n.machines, naiveMachine{
			world:  rules.New(setup),
			newest: make([]rules.Pad, machines),
			sentAt: make([]int32, machines),
		})
	}
	return n
}

func (n *naive) setNetwork(to network) { n.network = to }

func (n *naive) tick(pads []rules.Pad) {
	for from := range n.machines {
		n.machines[from].newest[from] = pads[from]
		for to := range n.machines {
			if to != from {
				n.post(letter{to: to, from: from, pad: pads[from], sent: n.tickNow})
			}
		}
	}
	n.deliver()
	for i := range n.machines {
		m := &n.machines[i]
		m.world.Step(rollback.InputsOf(m.newest...))
	}
	n.tickNow++
	n.compare()
}

func (n *naive) post(l letter) {
	if len(n.mail) >= mailRoom || n.chance.Below(100) < int32(n.network.lossPercent) {
		return
	}
	jitter := int32(n.network.jitterMs) * 1000
	l.arrives = n.tickNow*tickMicros + int32(n.network.delayMs)*1000 + n.chance.Between(0, jitter)
	n.mail = append(n.mail, l)
}

// deliver hands out what has arrived. An older letter that comes after a newer
// one is thrown away.
func (n *naive) deliver() {
	kept := n.mail[:0]
	for _, l := range n.mail {
		if l.arrives > n.tickNow*tickMicros {
			kept = append(kept, l)
			continue
		}
		m := &n.machines[l.to]
		if l.sent >= m.sentAt[l.from] {
			m.newest[l.from], m.sentAt[l.from] = l.pad, l.sent
		}
	}
	n.mail = kept
}

// compare measures how far the machines' frogs are apart.
func (n *naive) compare() {
	n.frog, n.apartPx = -1, 0
	first := &n.machines[0].world
	for i := 1; i < len(n.machines); i++ {
		other := &n.machines[i].world
		for seat := range first.Frogs[:first.Seats] {
			a, b := &first.Frogs[seat], &other.Frogs[seat]
			apart := max(abs(a.X-b.X), abs(a.Y-b.Y)) / rules.Px
			if apart > n.apartPx || a.Score != b.Score && n.frog < 0 {
				n.frog, n.apartPx = seat, apart
			}
		}
		if n.apartFor == 0 && *first != *other {
			n.apartFor = 1
		}
	}
	n.worstPx = max(n.worstPx, n.apartPx)
	if n.apartFor > 0 {
		n.apartFor++
	}
}

func abs(v int32) int32 { return max(v, -v) }

func (n *naive) world(i int) *rules.World { return &n.machines[i].world }

// ghost shows the other side's truth: what machine 0 believes, and for machine
// 0 what machine 1 believes.
func (n *naive) ghost(i int) *rules.World {
	if i == 0 {
		return &n.machines[1].world
	}
	return &n.machines[0].world
}

func (n *naive) sample(i int) game.GraphSample {
	m := &n.machines[i]
	return game.GraphSample{
		Frame: m.world.Tick, Confirmed: -1, AgreedFrame: -1, Desynced: n.apartFor > 0,
		Peers: []game.GraphPeer{{Name: "no correction", PingMs: float64(2 * n.network.delayMs), LossPercent: float64(n.network.lossPercent)}},
	}
}

func (n *naive) appendNotices(_ int, dst []rollback.Notice) []rollback.Notice { return dst }

func (n *naive) flip() string {
	flipBit(&n.machines[len(n.machines)-1].world)
	return "One bit more, and nobody would notice: these worlds differ anyway."
}

// flipBit is the smallest lie: frog 0's place, by 16 pixels.
func flipBit(w *rules.World) { w.Frogs[0].X ^= 1 << 12 }

func (n *naive) report() []string {
	if n.apartFor == 0 {
		return nil
	}
	lines := []string{fmt.Sprintf("The worlds differ since %.1f s.", float64(n.apartFor)/60)}
	if n.frog >= 0 {
		first := n.machines[0].world.Frogs[n.frog]
		last := n.machines[len(n.machines)-1].world.Frogs[n.frog]
		lines = append(lines,
			fmt.Sprintf("Frog %d is %d px apart (worst %d px).", n.frog+1, n.apartPx, n.worstPx),
			fmt.Sprintf("Its flies: %d here, %d there.", first.Score, last.Score))
	}
	return lines
}

func (n *naive) over() bool { return n.machines[0].world.Over() }
func (n *naive) close()     {}
