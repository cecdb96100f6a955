package simtest

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/visavis-netcode/visavis/netcode"
	"github.com/visavis-netcode/visavis/netcode/internal/link"
	"github.com/visavis-netcode/visavis/netcode/internal/memlink"
	"github.com/visavis-netcode/visavis/netcode/internal/simnode"
	"github.com/visavis-netcode/visavis/rollback"
)

// Figures are what a run has seen.
type Figures struct {
	Frames, Rollbacks, Resteps, Stalls, Ticks uint64
	MaxDepth                                  int
}

// match is what is known of one peer's match.
type match struct {
	*netcode.Match[world, uint32]
	log       log
	sums      map[rollback.Frame]rollback.Checksum
	samples   int
	confirmed rollback.Frame
	frame     rollback.Frame
	over      bool
	spoilt    bool
	from      int // the first frame that it has stepped in view of everybody
}

// peer is one machine of a run.
type peer struct {
	plan     PeerPlan
	index    int
	endpoint *memlink.Endpoint
	lobby    *netcode.Lobby[world, uint32]
	matches  []*match
	next     time.Duration // network time of its next turn
	gone     bool
	call     func() error // into the lobby; nil for who has opened it
	name     string
	back     bool // another process of one who was there before
}

// run is a plan that is being played.
type run struct {
	plan    Plan
	network *memlink.Network
	peers   []*peer
	liar    *liar
	started time.Duration // the match that runs
	number  int           // of the match, from 0
	figures Figures
}

// Run plays a plan and returns what is wrong with it, if anything is.
func Run(p Plan) error {
	_, err := RunFigures(p)
	return err
}

// RunFigures is Run, with figures.
func RunFigures(p Plan) (Figures, error) {
	r := &run{plan: p, network: memlink.NewNetwork(p.Seed, len(p.Peers)+len(p.Back))}
	r.lay()
	err := r.gather()
	for r.number = 0; r.number < p.Matches && err == nil; r.number++ {
		if err = r.play(); err == nil {
			err = r.judge()
		}
	}
	if err != nil {
		return r.figures, fmt.Errorf("%w\n%s", err, p)
	}
	return r.figures, nil
}

// lay lays the paths: those who come back have the ones that they had.
func (r *run) lay() {
	as := make([]int, 0, len(r.plan.Peers)+len(r.plan.Back))
	for i := range r.plan.Peers {
		as = append(as, i)
	}
	as = append(as, r.plan.returners()...)
	for from, i := range as {
		for to, j := range as {
			r.network.Path(from, to).SetConditions(r.plan.Paths[i][j])
		}
	}
}

// gather opens the lobby and lets everybody in.
func (r *run) gather() error {
	for i := range r.plan.Peers {
		if err := r.enter(i); err != nil {
			return err
		}
	}
	return r.until("gathering", 60*time.Second, func() bool {
		return len(r.peers[0].lobby.AppendMembers(nil)) == len(r.peers)
	})
}

// enter has a process of a player of the plan come into the lobby, or open it.
func (r *run) enter(who int) error {
	plan := r.plan.Peers[who]
	p := &peer{plan: plan, index: len(r.peers), name: fmt.Sprintf("P%d", who), endpoint: r.network.NewEndpoint(r.plan.key(who))}
	p.back = p.index != who
	p.next = r.network.Now() + plan.Phase
	p.endpoint.SetClock(plan.Clock)
	var endpoint link.Endpoint = p.endpoint
	if r.isLiar(p) {
		r.liar = newLiar(&r.plan)
		endpoint = &liarEndpoint{p.endpoint, r.liar}
	}
	node := simnode.New(endpoint, p.name).(*netcode.Node)
	config := netcode.LobbyConfig{LocalSeats: plan.Seats, ManualDelay: plan.ManualDelay}
	if plan.ManualDelay {
		config.DelayFrames = plan.DelayFrames
	}
	if p.back {
		config.LocalSeats = len(r.peers[who].matches[r.number].LocalSeats())
		for range r.number + 1 {
			p.matches = append(p.matches, newMatch())
		}
	}
	game := r.game(p)
	var err error
	if who == 0 {
		p.lobby, err = netcode.OpenLobby(node, game, config)
	} else {
		p.call = func() (err error) {
			p.lobby, err = netcode.JoinLobby(node, game, r.peers[0].endpoint.Addr().String(), config)
			return err
		}
		err = p.call()
	}
	r.peers = append(r.peers, p)
	return err
}

// callAgain has those call once more who were lost in the lobby, where that may be: of a quarter of
// all packets so many may be lost in a row that somebody is silent for a second and a half.
func (r *run) callAgain() error {
	if r.started > 0 {
		return nil
	}
	for i, p := range r.peers {
		from, to := r.plan.Paths[i%len(r.plan.Peers)][0], r.plan.Paths[0][i%len(r.plan.Peers)]
		lost := new(netcode.LostError)
		if r.plan.TimeoutMs < 2000 && max(from.LossPer10k, to.LossPer10k) >= 2500 && p.call != nil && !p.gone && errors.As(p.lobby.Err(), &lost) {
			if err := p.call(); err != nil {
				return err
			}
		}
	}
	return nil
}

func newMatch() *match {
	return &match{sums: map[rollback.Frame]rollback.Checksum{}, confirmed: rollback.NoFrame}
}

// game is the configuration of one peer; each steps with its own log.
func (r *run) game(p *peer) netcode.Config[world, uint32] {
	last := p.index == len(r.plan.Peers)-1
	c := netcode.Config[world, uint32]{
		Game: "simtest", Rules: 1, Start: newWorld, MinSeats: 1, MaxSeats: rollback.MaxSeats,
		TickRate: r.plan.TickRate, WindowFrames: r.plan.WindowFrames, Lockstep: r.plan.WindowFrames == 0,
		Absent: r.plan.Absent, ChecksumFrames: r.plan.ChecksumFrames, PeerTimeoutMs: r.plan.TimeoutMs, CallerPaced: p.plan.Paced,
	}
	c.Step = func(w *world, in rollback.Inputs[uint32]) {
		m := p.matches[len(p.matches)-1]
		m.log.note(in)
		w.step(in)
		if r.plan.Sabotage == HiddenVariable && last && m.log.calls%97 == 0 {
			w.Mixed++
		}
	}
	if r.plan.Ending == Return {
		c.LateJoin = netcode.LateOwn
	}
	if r.plan.Lie != Truth {
		c.LateJoin, c.Desync = netcode.LateOwn, netcode.DesyncOutvotes
	}
	if r.plan.Absent == netcode.AbsentBot {
		c.Bot = bot
	}
	if r.plan.Ending == Over {
		frames := int32(r.plan.Frames)
		c.Over = func(w *world) bool { return w.Frame == frames }
	}
	return c
}

// until gives everybody turns until something is so.
func (r *run) until(what string, limit time.Duration, so func() bool) error {
	end := r.network.Now() + limit
	for !so() {
		if r.network.Now() > end {
			return fmt.Errorf("%s takes longer than %v\n%s", what, limit, r.states())
		}
		if err := r.turn(); err != nil {
			return err
		}
	}
	return nil
}

func (r *run) states() (s string) {
	for _, p := range r.peers {
		s += fmt.Sprintf("  P%d: gone %v, state %d, %v, %s", p.index, p.gone, p.lobby.State(), p.lobby.Err(), p.lobby.Blocker())
		if m := p.lobby.Match(); m != nil {
			result, over := m.Result()
			st := m.Stats()
			s += fmt.Sprintf(", frame %d, confirmed %d, over %v %+v", st.Frame, st.Confirmed, over, result)
			for _, q := range m.AppendPeers(nil) {
				s += fmt.Sprintf("\n    hears P%d: %+v", q.Machine, q)
			}
		}
		s += "\n"
	}
	return s
}

// turn gives the next peer its turn.
func (r *run) turn() error {
	p := r.peers[0]
	for _, q := range r.peers[1:] {
		if q.next < p.next {
			p = q
		}
	}
	r.network.AdvanceTo(p.next)
	period := r.plan.tick()
	if p.gone && r.plan.Ending != Kick || r.stalled(p) {
		p.next += period
		return nil
	}
	if r.liar != nil {
		r.lieNow()
	}
	err := r.act(p)
	if m := p.lobby.Match(); m != nil && p.plan.Paced {
		period = m.TickPeriod()
	}
	p.next += period + period*time.Duration(p.plan.DriftPPM)/1_000_000
	return err
}

func (r *run) stalled(p *peer) bool {
	since := r.network.Now() - r.started
	for _, s := range r.plan.Stalls {
		if r.started > 0 && s.Match == r.number && s.Peer == p.index && since >= s.Start && since < s.End {
			return true
		}
	}
	return false
}

// act is one turn of a peer.
func (r *run) act(p *peer) error {
	since := r.network.Now() - r.started
	if p.index == 0 {
		if err := errors.Join(r.comeBack(since), r.callAgain()); err != nil {
			return err
		}
	}
	if at, goes := r.plan.Gone[p.index]; goes && r.started > 0 && r.number == r.plan.Matches-1 && since >= at && r.plan.Ending != Kick {
		p.gone = true
		if r.plan.Ending == Vanish || r.plan.Ending == Return && p.index%2 == 0 {
			p.endpoint.Vanish()
		} else {
			p.lobby.Leave()
		}
		return nil
	}
	if p.index == 0 && r.plan.Ending == Kick && r.number == r.plan.Matches-1 && r.started > 0 {
		for who, at := range r.plan.Gone {
			if since >= at && !r.peers[who].gone {
				r.peers[who].gone = true
				p.lobby.Kick(r.machine(who))
			}
		}
	}
	m := p.lobby.Match()
	if r.number > 0 && m == p.matches[r.number-1].Match {
		m = nil // the match before, which is over
	}
	if m != nil && p.lobby.State() == netcode.Playing {
		return r.tick(p, m)
	}
	p.lobby.SetReady(true)
	p.lobby.Poll()
	return nil
}

// comeBack has those come back whose time it is.
func (r *run) comeBack(since time.Duration) error {
	for _, who := range r.plan.returners() {
		if r.started > 0 && r.number == r.plan.Matches-1 && since >= r.plan.Back[who] && r.peers[who].gone && !r.isBack(who) && r.peers[who].matches[r.number].Match != nil {
			if err := r.enter(who); err != nil {
				return err
			}
		}
	}
	return nil
}

func (r *run) isBack(who int) bool {
	return slices.ContainsFunc(r.peers, func(p *peer) bool { return p.back && p.name == r.peers[who].name })
}

// machine is the number that the host has given to a peer.
func (r *run) machine(peer int) int {
	for _, m := range r.peers[0].lobby.AppendMembers(nil) {
		if m.Name == fmt.Sprintf("P%d", peer) {
			return m.Machine
		}
	}
	return -1
}

// tick is a turn in a match.
func (r *run) tick(p *peer, m *netcode.Match[world, uint32]) error {
	k := p.matches[r.number]
	if (r.plan.Lie != Truth || p.back) && k.Match != nil && k.Match != m { // out of it, and in again
		p.matches[r.number] = newMatch()
		k = p.matches[r.number]
	}
	if k.Match == nil && p.back {
		k.from = int(m.Stats().Frame)
	}
	k.Match = m
	if r.plan.Sabotage == DisturbedWorld && p.index == len(r.peers)-1 && k.frame > 20 && !k.spoilt {
		k.spoilt = true
		m.Disturb(func(w *world) { w.Sum[0]++ })
	}
	inputs := make([]uint32, 0, p.plan.Seats)
	for _, seat := range m.LocalSeats() {
		inputs = append(inputs, input(seat, k.samples, p.plan.HoldFrames))
	}
	k.samples++
	if every := p.plan.DelayEvery; every > 0 && k.samples%every == 0 {
		m.SetDelay(int(r.plan.Seed+uint64(k.samples/every)*7) % (rollback.MaxDelayFrames + 1))
	}
	status := m.Tick(inputs...)
	for _, sum := range m.AppendChecksums(nil) {
		k.sums[sum.Frame] = sum
	}
	st := m.Stats()
	switch predicted := int(st.Frame-1) - int(st.Confirmed); {
	case predicted > r.plan.WindowFrames:
		return fmt.Errorf("peer %d: frame %d with %d confirmed is beyond the window of %d", p.index, st.Frame, st.Confirmed, r.plan.WindowFrames)
	case st.Confirmed < k.confirmed || st.Frame < k.frame:
		return fmt.Errorf("peer %d: frame %d after %d, confirmed %d after %d", p.index, st.Frame, k.frame, st.Confirmed, k.confirmed)
	}
	k.confirmed, k.frame, k.over = st.Confirmed, st.Frame, status.Over
	return nil
}

// reseat has peers ask for other seats. Some get none, and some get them for the next
// match only.
func (r *run) reseat() error {
	full := new(netcode.NotSeatedError)
	for _, s := range r.plan.Reseats {
		if s.Match != r.number {
			continue
		}
		if err := r.peers[s.Peer].lobby.SetLocalSeats(s.Seats); err != nil && !errors.As(err, &full) {
			return err
		}
	}
	return nil
}

// play plays one match to its end.
func (r *run) play() error {
	for _, p := range r.peers {
		p.matches = append(p.matches, newMatch())
	}
	r.started = 0
	host := r.peers[0].lobby
	if err := r.reseat(); err != nil {
		return err
	}
	if err := r.until("getting ready", 60*time.Second, func() bool {
		return host.Blocker() == "" && len(host.AppendMembers(nil)) == len(r.peers)
	}); err != nil {
		return err
	}
	frames := r.plan.Frames
	if r.plan.Ending == Over {
		frames = 0
	}
	if err := host.Start(r.plan.Seed+uint64(r.number), int32(frames)); err != nil {
		return err
	}
	r.started = r.network.Now()
	for _, b := range r.plan.Blackouts {
		if b.Match != r.number {
			continue
		}
		if b.From < 0 {
			r.network.Blackout(r.started+b.Start, r.started+b.End)
		} else {
			r.network.Path(b.From, b.To).Blackout(r.started+b.Start, r.started+b.End)
		}
	}
	return r.until("the match", r.plan.bound(), func() bool {
		for _, p := range r.peers {
			if k := p.matches[r.number]; !r.isLiar(p) && !p.gone && !k.over && (!p.back || k.Match != nil) {
				return false
			}
		}
		return true
	})
}
