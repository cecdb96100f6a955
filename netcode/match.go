package netcode

import (
	"errors"
	"math/bits"
	"time"

	"github.com/visavis-netcode/visavis/netcode/internal/membership"
	"github.com/visavis-netcode/visavis/netcode/internal/wire"
	"github.com/visavis-netcode/visavis/netcode/matchlog"
	"github.com/visavis-netcode/visavis/rollback"
)

// Match is one game between the machines of a lobby. It is driven by Tick and
// belongs to the goroutine of the game's loop.
type Match[S, I any] struct {
	room    *Room
	play    *play
	session *rollback.Session[S, I]
	config  Config[S, I]
	setup   Setup
	seats   []Seat

	cells       []byte // what this machine's players put in last
	lastDepth   int
	resimMicros int
}

// Seat is a player's place in a match.
type Seat struct {
	Seated
	You bool // played on this machine when the match began
}

// Status is what a tick did.
type Status struct {
	Advanced   int            // new frames stepped: 1, rarely 0 or 2
	Frame      rollback.Frame // next frame to step
	RolledBack int            // frames stepped again
	// TakenFrame is the frame that this tick's inputs were taken for, the input delay
	// ahead of the one that was stepped, and rollback.NoFrame if they were dropped: in
	// ticks that step no new frame, and where the delay falls. What is taken stays, for
	// everybody. TakenFrames is for how many frames from there on: 1, 0 with NoFrame,
	// and 2 in a tick of two frames. So an input should say what is held, not what has
	// just been pressed: see the package's documentation.
	TakenFrame  rollback.Frame
	TakenFrames int
	Waiting     string // whose inputs hold the game up, "" if it does not wait
	WaitingMs   int    // for how long
	Paused      bool   // the match stands, by vote: see Match.VotePause
	Over        bool   // Match.Result is known
	// WrongHz is how many times a second Tick is called, by this machine's clock, if that
	// is not the game's TickRate: the whole game is too fast or too slow then, or the
	// others wait for this machine. 0 while it is right within 5 %, or not known yet.
	WrongHz int
}

// newMatch makes the match that start describes.
func newMatch[S, I any](r *Room, c Config[S, I], start *wire.Start) (*Match[S, I], error) {
	m := prepareMatch(r, newPlay(r, start), c, start)
	config := m.config.session(c.Start(m.setup), m.setup.Seats)
	config.Origin.Lineup.Absent = emptySeats(start)
	return m, m.begin(config)
}

// resumeMatch makes a match that runs, as a snapshot of it tells.
func resumeMatch[S, I any](r *Room, p *play, c Config[S, I], start *wire.Start, at *matchlog.Snapshot, world []byte) (*Match[S, I], error) {
	m := prepareMatch(r, p, c, start)
	config := m.config.session(c.Start(m.setup), m.setup.Seats)
	config.Origin = at.Origin()
	config.Origin.World = world
	if err := m.begin(config); err != nil {
		return nil, err
	}
	if m.session.Hash(m.session.World()) != at.World {
		return nil, errors.New("the world is not the one that was meant")
	}
	if err := c.checkSent(m.session.World()); err != nil {
		return nil, err
	}
	return m, nil
}

func prepareMatch[S, I any](r *Room, p *play, c Config[S, I], start *wire.Start) *Match[S, I] {
	c.Absent = p.terms.absent // the host's word
	m := &Match[S, I]{room: r, play: p, config: c, setup: Setup{
		Seed: start.Seed, Seats: start.Seats(), Roster: rosterOf(start), Options: append([]byte(nil), start.Options...),
	}}
	for _, seated := range rosterOf(start) {
		if seated.Machine != NoMachine {
			seated.Name = cleanName(seated.Name)
		}
		m.seats = append(m.seats, Seat{seated, seated.Machine == int(r.me)})
	}
	return m
}

// begin makes the match's session.
func (m *Match[S, I]) begin(config rollback.Config[S, I]) (err error) {
	if m.session, err = rollback.New(config); err != nil {
		return err
	}
	c := m.config
	var nothing I
	typed := typedSimulation[S, I]{m.session, c.Over, rollback.Frame(max(c.SaveEvery, 1))}
	m.play.attach(simulation{m.session.Intake(), typed}, m.session.AppendPacked(nil, 0, 0, nothing))
	return nil
}

// packed are the inputs of this machine's players who have a seat for a frame as a record
// has them. They are valid until the next call.
func (m *Match[S, I]) packed(f rollback.Frame, local []I) []byte {
	m.cells = m.cells[:0]
	for i, seat := range m.play.deal.mine[:min(len(local), len(m.play.deal.mine))] {
		m.cells = m.session.AppendPacked(m.cells, seat, f, local[i])
	}
	return m.cells
}

// Tick takes in what has arrived, runs one frame (now and then none or two, to
// stay at the same frame as the others), and sends what is new. local is one
// input for each of LocalSeats; on a machine that has come late it may be one for
// each of Room.LocalSeats as well, before they have their seats and afterwards. It never
// blocks, and does not allocate in steady state. After the end it does nothing.
func (m *Match[S, I]) Tick(local ...I) Status {
	defer tellPanic(m.room, "Tick")
	p := m.play
	if len(local) != len(p.deal.mine) && len(local) != p.deal.locals {
		panic("netcode: Tick needs one input for each local seat")
	}
	p.pace.arrive()
	m.room.Poll()
	now := p.room.now()
	frames := p.before()
	status := Status{TakenFrame: rollback.NoFrame}
	for range frames {
		taken := rollback.NoFrame
		if f, wanted := p.producer.sampleFor(); wanted {
			p.producer.produce(f, m.packed(f, local))
			taken = f
		}
		st := m.step()
		st.Taken = taken
		p.stepped(now, st)
		status.add(st)
	}
	m.lastDepth = status.RolledBack
	p.after(now, status.Advanced)
	p.writeLog()
	p.watch(now)
	status.Frame, status.Over, status.WrongHz = m.session.Current(), p.over(), p.pace.rate.wrong
	status.Paused = m.session.Lineup().Paused
	if status.Advanced == 0 && !status.Over {
		status.Waiting, status.WaitingMs = p.waitingFor(now)
	}
	return status
}

// step has the session tick, and measures how long that takes if frames are stepped again.
func (m *Match[S, I]) step() rollback.Status {
	if !m.session.RollsBack() {
		return m.session.Tick()
	}
	began := time.Now()
	st := m.session.Tick()
	took := time.Since(began)
	m.resimMicros = int(took / time.Microsecond)
	m.play.pace.effort.note(st.RolledBack+1, took)
	if r := m.play.recording; r != nil {
		r.rollbacks.note(st)
	}
	return st
}

// add counts one of the session's ticks in.
func (s *Status) add(st rollback.Status) {
	s.RolledBack += st.RolledBack
	if st.Advanced {
		s.Advanced++
	}
	if st.Taken != rollback.NoFrame {
		if s.TakenFrames == 0 {
			s.TakenFrame = st.Taken
		}
		s.TakenFrames++
	}
}

// waitingFor says who holds the game up, and for how long.
func (p *play) waitingFor(now time.Duration) (name string, ms int) {
	if p.phase == waitingToStart {
		return "", 0
	}
	for _, q := range p.peers {
		for _, seat := range q.stream.seatsAt(p.deal.table, p.sim.Current()).list {
			if p.stats.waiting>>seat&1 != 0 {
				return q.name, int((now - p.stats.advancedAt) / time.Millisecond)
			}
		}
	}
	return "", 0
}

// World returns the newest world, predicted frames included. Machines run on for a
// few frames beyond the end, each as far as it came before it knew; once Result is
// known this is FinalWorld, if that is kept: what was played for nothing is not
// shown. It is for reading and valid until the next Tick.
func (m *Match[S, I]) World() *S {
	if world, kept := m.FinalWorld(); kept {
		return world
	}
	return m.session.World()
}

// PreviousWorld returns the world one frame before World, as it is known by now. A
// screen that is faster than the game shows something between the two. At frame 0,
// where it is not kept (Config.SaveEvery) and once Result is known, it is World. It
// is for reading and valid until the next Tick.
func (m *Match[S, I]) PreviousWorld() *S {
	if world, kept := m.session.At(max(0, m.session.Current()-1)); kept && !m.play.over() {
		return world
	}
	return m.World()
}

// ConfirmedWorld returns the newest world in which nothing is predicted. It is
// for reading and valid until the next Tick.
func (m *Match[S, I]) ConfirmedWorld() *S {
	world, _ := m.session.ConfirmedWorld()
	return world
}

// Room returns the lobby that the match was started in: who is there, what is said,
// and the code by which others may come later.
func (m *Match[S, I]) Room() *Room { return m.room }

// Setup returns what the match's world started from.
func (m *Match[S, I]) Setup() Setup { return m.setup }

// Length returns how many frames the host gave the match, 0 if it lasts until the
// game says that it is over: see Room.Start. A game may be over before.
func (m *Match[S, I]) Length() rollback.Frame { return m.play.ending.frames }

// Seats returns all seats of the match, seat 0 first, as they were when it began.
func (m *Match[S, I]) Seats() []Seat { return append([]Seat(nil), m.seats...) }

// Absent is what becomes of the seat of whoever leaves this match or is lost: the host's
// Config.Absent, which may be another than this machine's.
func (m *Match[S, I]) Absent() Absence { return m.play.terms.absent }

// LateJoin is who may come into this match while it runs: the host's Config.LateJoin.
func (m *Match[S, I]) LateJoin() LateJoin { return m.play.terms.lateJoin }

// LocalSeats returns the seats played on this machine, ascending: Tick wants
// one input for each. Who has come late has none for some frames, until the others have
// given him his: see EventPresent.
func (m *Match[S, I]) LocalSeats() []int { return append([]int(nil), m.play.deal.mine...) }

// AppendNotices appends what Step has emitted since the last call: see
// rollback.Session.AppendNotices.
func (m *Match[S, I]) AppendNotices(dst []rollback.Notice) []rollback.Notice {
	return m.session.AppendNotices(dst)
}

// VotePause says that this machine's players wish the match to stand, or to go on. While
// those wish it who play more than half of the seats, it stands, for all at the same frame:
// frames go by, inputs are taken, and Step is not called. It reports false if too much is
// waiting to be said already; then nothing is. AppendPauseVotes says who wishes it.
func (m *Match[S, I]) VotePause(stand bool) bool {
	p := m.play
	return p.own != nil && !p.over() && p.deal.pen.Vote(stand)
}

// AppendPauseVotes appends the seats whose players wish the match to stand, lowest first:
// see VotePause. They are the same on all machines, and known some frames after they were
// said, as inputs are.
func (m *Match[S, I]) AppendPauseVotes(dst []int) []int {
	for pause, _ := m.play.deal.table.Votes(); pause != 0; pause &= pause - 1 {
		dst = append(dst, bits.TrailingZeros16(pause))
	}
	return dst
}

// SetAway hands this machine's seats over to what Config.Absent says, a bot as a rule, or takes
// them back: its player is called to the door, and the others need not wait. It holds for all
// from the same frame on, about half a round trip from now; until then, and as soon as he is
// back, what he presses counts. The others read EventAway and EventPresent. The match goes on
// to need this machine: who is away still calls Tick. It reports false, and does nothing, if
// too much is waiting to be said, or with AbsentEnds, where a match is not played without him.
func (m *Match[S, I]) SetAway(away bool) bool {
	p := m.play
	return p.own != nil && !p.over() && p.terms.absent != AbsentEnds && p.deal.pen.Away(away)
}

// AppendAway appends the seats that were handed over by SetAway, lowest first.
func (m *Match[S, I]) AppendAway(dst []int) []int {
	for away := m.play.deal.table.Away(); away != 0; away &= away - 1 {
		dst = append(dst, bits.TrailingZeros16(away))
	}
	return dst
}

// SetDelay sets the input delay of this machine's players by hand, 0 to 16
// frames.
func (m *Match[S, I]) SetDelay(frames int) {
	m.play.pace.setDelay(frames)
}

// SetAutoDelay lets the input delay follow the measured pings.
func (m *Match[S, I]) SetAutoDelay() { m.play.pace.autoDelay.manual = false }

// TickPeriod is how long to wait between two calls of Tick: a frame. Under
// Config.CallerPaced it is a little more or less than that, as time
// synchronisation asks, up to twice as much while a machine cannot keep up, and
// much less before frame 0, so that the match begins on the moment.
func (m *Match[S, I]) TickPeriod() time.Duration {
	if !m.play.terms.callerPaced {
		return m.play.pace.tick
	}
	if m.play.phase == waitingToStart {
		return m.play.pace.tick / 8
	}
	return m.play.pace.tick - m.play.pace.tick*time.Duration(m.play.pace.ppm)/1_000_000
}

// Result returns how the match ended, once it has.
func (m *Match[S, I]) Result() (Result, bool) {
	return m.play.ending.result, m.play.over()
}

// FinalWorld returns the world that Result speaks of, if it is still kept. Where the
// Result is Agreed it is the same on all machines that have confirmed it.
func (m *Match[S, I]) FinalWorld() (*S, bool) {
	if !m.play.over() {
		return nil, false
	}
	return m.session.At(m.play.ending.result.Frame)
}

// Leave leaves the match and its lobby; the others are told at once.
func (m *Match[S, I]) Leave() { m.room.Leave() }

// Stats returns the match's figures since its start.
func (m *Match[S, I]) Stats() Stats {
	core, p := m.session.Stats(), m.play
	mean := core.MeanDepth()
	st := Stats{
		Frame: m.session.Current(), Confirmed: m.session.Confirmed(), Agreed: p.accord.agreedFrame(),
		View:        p.view,
		DelayFrames: int(p.pace.delay), AutoDelay: !p.pace.autoDelay.manual,
		Ticks: p.stats.ticks, Stalls: p.stats.stalls, Rollbacks: core.Rollbacks, Resteps: core.Resteps,
		DepthHistogram: core.Depth, MaxDepth: core.MaxDepth, NoticesMissed: core.NoticesMissed,
		LastDepth: m.lastDepth, ResimMicros: m.resimMicros,
		LongestFreeze: p.stats.freeze, SpeedPPM: int(p.pace.ppm),
		BearsFrames: int(p.pace.effort.bears(p.pace.tick)),
	}
	st.Helping, _ = m.room.node.Helping()
	if p.stepping() {
		st.LongestFreeze = max(st.LongestFreeze, p.room.now()-p.stats.advancedAt)
	}
	if p.receiver.firstInput > 0 {
		st.Connect = p.receiver.firstInput - m.room.met
	}
	if mean.Den > 0 {
		st.MeanDepth = float64(mean.Num) / float64(mean.Den)
	}
	return st
}

// AppendPeers appends the figures of the other machines.
func (m *Match[S, I]) AppendPeers(dst []PeerStats) []PeerStats {
	p := m.play
	for _, q := range p.peers {
		ahead, _ := p.pace.sync.AheadMicros(q.index)
		stats := q.conn.Link.Stats()
		dst = append(dst, PeerStats{
			Machine: int(q.machine), Name: q.name, Seats: append([]int(nil), q.stream.seatsAt(p.deal.table, p.sim.Current()).list...),
			PingMs:        float64(stats.RTT) / float64(time.Millisecond),
			JitterMs:      q.traffic.jitterMicros / 1000,
			LossPercent:   q.traffic.lossPercent,
			FramesAhead:   float64(ahead) * float64(time.Microsecond) / float64(p.pace.tick),
			UnackedFrames: int(p.own.Held()) - int(q.flight.acked), Resent: q.traffic.resent, Unsent: stats.DatagramsUnsent,
			SilentMs:  int((p.room.now() - q.heard) / time.Millisecond),
			Confirmed: rollback.Frame(q.confirmed),
			Path:      m.room.pathOf(q.machine, q.conn),
			Malformed: q.traffic.malformed, Lost: q.lost != nil, Absent: q.out != membership.NoReason,
		})
	}
	return dst
}

// Disturb changes this machine's world behind the rules' back, for
// demonstrations of what a desync looks like: see rollback.Session.Disturb.
func (m *Match[S, I]) Disturb(change func(*S)) { m.session.Disturb(change) }

// AppendChecksums appends the checksums of this machine's compared frames since
// the last call: for logs and tools. If nobody reads, the newest 64 are kept.
func (m *Match[S, I]) AppendChecksums(dst []rollback.Checksum) []rollback.Checksum {
	log := &m.play.accord.checksums
	dst = append(dst, log.unread...)
	log.unread = log.unread[:0]
	return dst
}
