package scoreboard

import (
	"fmt"
	"time"

	"github.com/visavis-netcode/visavis/netcode"
	"github.com/visavis-netcode/visavis/netcode/internal/link"
	"github.com/visavis-netcode/visavis/netcode/internal/simnode"
	"github.com/visavis-netcode/visavis/rollback"
)

// clock is the virtual time that a contest runs in.
type clock interface {
	Now() time.Duration
	AdvanceTo(t time.Duration)
}

// counter tells how many UDP packets and bytes a player has sent.
type counter func(player int) (packets, bytes uint64)

// contest is a match of whole peers that is measured: lobbies and matches of
// package netcode on any endpoints, one loop over virtual time for all.
type contest[I input] struct {
	row     row
	clock   clock
	udp     counter                 // nil: not counted
	running func(now time.Duration) // called once, when all run
	seats   []*seat[I]
	allRun  bool
	began   time.Duration // when all ran
}

// seat is one peer of a contest.
type seat[I input] struct {
	tap    *tap
	lobby  *netcode.Lobby[board, I]
	script script
	trace  trace
	next   time.Duration  // of its next tick
	frame  rollback.Frame // its match's next one
	done   bool

	first             rollback.Frame
	start             sample // when all ran
	result            Result
	advancedAt        time.Duration
	stalls, stallsNow int
}

// sample is the counters of a peer at one moment.
type sample struct {
	stats          netcode.Stats
	packets, bytes uint64
	udpPackets     uint64
	udpBytes       uint64
}

// newContest seats one player on each endpoint. The host is on the first one.
func newContest[I input](r row, c clock, endpoints []link.Endpoint) (*contest[I], error) {
	ct := &contest[I]{row: r, clock: c}
	return ct, ct.join(endpoints)
}

// join brings all peers into one lobby.
func (ct *contest[I]) join(endpoints []link.Endpoint) error {
	for i, e := range endpoints {
		s := &seat[I]{tap: &tap{Endpoint: e}, script: script{player: i, noisy: ct.row.noisy}}
		s.next = ct.clock.Now() + time.Duration(i)*phaseStep
		ct.seats = append(ct.seats, s)
		node := simnode.New(s.tap, fmt.Sprintf("player %d", i)).(*netcode.Node)
		var err error
		config := netcode.LobbyConfig{ManualDelay: true}
		if i == 0 {
			s.lobby, err = netcode.OpenLobby(node, ct.game(s), config)
		} else {
			s.lobby, err = netcode.JoinLobby(node, ct.game(s), endpoints[0].Addr().String(), config)
		}
		if err != nil {
			return err
		}
		// The next one joins when this one is in, so that seats go in order.
		if err := ct.until(time.Minute, func() bool { return s.lobby.State() == netcode.Gathering }); err != nil {
			return err
		}
	}
	return nil
}

// game is the game as one peer plays it.
func (ct *contest[I]) game(s *seat[I]) netcode.Config[board, I] {
	return netcode.Config[board, I]{
		Game: "scoreboard", Rules: 1, CallerPaced: true, MinSeats: 1, MaxSeats: rollback.MaxSeats,
		Start: func(netcode.Setup) board { return board{} },
		Step: func(w *board, in rollback.Inputs[I]) {
			mixInputs(w.S[:], in)
			s.trace.note(in.Frame()+1, w.S[:])
		},
	}
}

// play runs the match to its end and returns what each peer has measured.
func (ct *contest[I]) play() ([]Result, error) {
	host := ct.seats[0].lobby
	// Two members who have just dialled each other twice may still drop one of
	// the links: the lobby is left alone for a moment.
	settled := ct.clock.Now()
	if err := ct.until(time.Minute, func() bool {
		if host.Blocker() != "" {
			settled = ct.clock.Now()
		}
		return ct.clock.Now() >= settled+2*time.Second
	}); err != nil {
		return nil, err
	}
	if err := host.Start(1, 0); err != nil {
		return nil, err
	}
	if err := ct.until(time.Minute, func() bool { return ct.allRun }); err != nil {
		return nil, err
	}
	limit := Frames*time.Second/rollback.DefaultTickRate + patience
	ct.until(limit, func() bool { return ct.left() == 0 }) // who is not done by then says so in his result
	traces := make([]trace, len(ct.seats))
	results := make([]Result, len(ct.seats))
	for i, s := range ct.seats {
		traces[i] = s.trace
		if !s.done {
			ct.finish(i)
		}
		results[i] = s.result
	}
	together := agree(traces)
	for i := range results {
		results[i].Agree = together
	}
	return results, nil
}

func (ct *contest[I]) left() (n int) {
	for _, s := range ct.seats {
		if !s.done {
			n++
		}
	}
	return n
}

// until lets time pass, tick by tick, until ok says so.
func (ct *contest[I]) until(limit time.Duration, ok func() bool) error {
	for end := ct.clock.Now() + limit; !ok(); {
		if ct.clock.Now() > end {
			return fmt.Errorf("scoreboard: row %s is stuck: %s", ct.row.name, ct.seats[0].lobby.Progress())
		}
		i := 0
		for k, s := range ct.seats {
			if s.next < ct.seats[i].next {
				i = k
			}
		}
		ct.clock.AdvanceTo(ct.seats[i].next)
		ct.tick(i)
	}
	return nil
}

// tick is a peer's turn.
func (ct *contest[I]) tick(i int) {
	s := ct.seats[i]
	match := s.lobby.Match()
	if match == nil || s.lobby.State() != netcode.Playing {
		s.lobby.SetReady(true)
		s.lobby.Poll()
		s.next += time.Second / rollback.DefaultTickRate
		return
	}
	status := match.Tick(I(s.script.at(s.frame)))
	s.next += match.TickPeriod()
	s.frame = status.Frame
	if ct.allRun {
		ct.note(i, status.Advanced)
	} else if s.frame > 0 {
		ct.maybeBegin()
	}
}

// maybeBegin starts the counting if all run.
func (ct *contest[I]) maybeBegin() {
	for _, s := range ct.seats {
		if s.frame == 0 {
			return
		}
	}
	ct.allRun, ct.began = true, ct.clock.Now()
	for i, s := range ct.seats {
		s.first, s.start, s.advancedAt = s.frame, ct.sample(i), ct.began
	}
	if ct.running != nil {
		ct.running(ct.began)
	}
}

// note books a tick of a match that is counted.
func (ct *contest[I]) note(i, advanced int) {
	s, now := ct.seats[i], ct.clock.Now()
	if s.done {
		return
	}
	if advanced == 0 {
		s.stalls++
		s.stallsNow++
		s.result.LongestStall = max(s.result.LongestStall, s.stallsNow)
		return
	}
	s.stallsNow = 0
	s.result.LongestFreezeMs = max(s.result.LongestFreezeMs, milliseconds(now-s.advancedAt))
	light := ct.began + darkFrom + ct.row.dark
	if ct.row.dark > 0 && s.advancedAt < light && now >= light {
		s.result.ResumeMs = milliseconds(now - light)
	}
	s.advancedAt = now
	if s.frame-s.first >= Frames {
		ct.finish(i)
	}
}

func (ct *contest[I]) sample(i int) sample {
	s := ct.seats[i]
	sm := sample{stats: s.lobby.Match().Stats(), packets: s.tap.packets, bytes: s.tap.bytes}
	if ct.udp != nil {
		sm.udpPackets, sm.udpBytes = ct.udp(i)
	}
	return sm
}

// finish writes down a peer's result.
func (ct *contest[I]) finish(i int) {
	s, end := ct.seats[i], ct.sample(i)
	s.done = true
	seconds := (ct.clock.Now() - ct.began).Seconds()
	r := &s.result
	r.Row, r.Seconds, r.Frames, r.Stalls = ct.row.name, seconds, int(s.frame-s.first), float64(s.stalls)
	r.PayloadBps = float64(end.bytes-s.start.bytes) / seconds
	r.PacketsPerSec = float64(end.packets-s.start.packets) / seconds
	r.WireBps = float64(end.udpBytes-s.start.udpBytes) / seconds
	r.WirePacketsPerSec = float64(end.udpPackets-s.start.udpPackets) / seconds
	r.Rollbacks = float64(end.stats.Rollbacks - s.start.stats.Rollbacks)
	sum := uint64(0)
	for depth, n := range end.stats.DepthHistogram {
		if n -= s.start.stats.DepthHistogram[depth]; n > 0 {
			sum += uint64(depth) * uint64(n)
			r.MaxDepth = float64(depth)
		}
	}
	if r.Rollbacks > 0 {
		r.MeanDepth = float64(sum) / r.Rollbacks
	}
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
