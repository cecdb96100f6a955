package netcode

import (
	"errors"
	"math"
	"time"

	"github.com/visavis-netcode/visavis/netcode/internal/mesh"
	"github.com/visavis-netcode/visavis/netcode/internal/screening"
	"github.com/visavis-netcode/visavis/netcode/internal/source"
	"github.com/visavis-netcode/visavis/netcode/internal/wire"
	"github.com/visavis-netcode/visavis/rollback"
)

// cuesEvery is how often the host says what is shown, if nothing changes: it is how the others
// know his clock. 60 bytes each.
const cuesEvery = 250 * time.Millisecond

// ErrNotAtControls: somebody else has the controls of what is shown.
var ErrNotAtControls = errors.New("somebody else has the controls: they can be handed over")

// Screening is a match that all in a lobby look at together, at the same frame, a recorded one or one
// that goes on:
// Room.Screening. Any member may have the controls, one at a time; at first the host has them.
// The rules are those of package internal/screening. It belongs to the goroutine that polls the
// room.
type Screening struct {
	room     *Room
	reel     wire.Reel
	desk     *screening.Desk // nil but at the host
	follower *screening.Follower
	nextCue  time.Duration
	told     int                      // who has the controls, as the newest event says; -1: no event yet
	shownTo  [wire.MaxMachines]uint32 // of the members who were told of it, the visit
	file     reelFile
	lending  lending
	grows    source.Budget // of a host who says ever more

	broadcast broadcast // at the host who shows a match that goes on
}

func newScreening(r *Room, reel wire.Reel) *Screening {
	s := &Screening{room: r, reel: reel, told: -1}
	s.follower = screening.NewFollower(screening.Reel{First: rollback.Frame(reel.First), End: rollback.Frame(reel.End), TickRate: r.terms.tickRate, Grows: reel.Grows}, r.me)
	s.file.screening, s.lending.screening = s, s
	s.file.drop()
	s.file.announced(r.now(), markOf(&reel))
	return s
}

// Screening is what this lobby looks at together: nil as long as its host shows nothing.
func (r *Room) Screening() *Screening { return r.screening }

// hosts makes this machine, which hosts, the one that orders the wishes.
func (s *Screening) hosts(begin screening.Cue) {
	s.desk = screening.NewDesk(s.follower.Reel(), s.room.me, begin)
	s.shownTo = [wire.MaxMachines]uint32{}
	s.nextCue = 0
}

// A host shows something else once a second at most, and four times at once.
const (
	reelCost  = time.Second
	reelBurst = 4 * time.Second
)

// takeReel takes what the host shows.
func (g *guest) takeReel(reel *wire.Reel) {
	r := g.room
	if s := r.screening; s != nil && s.reel.Name == reel.Name && s.reel.First == reel.First {
		g.reelGrew(s, reel)
		return
	}
	if r.members[r.office.host] == nil || !r.reels.Take(r.now(), reelCost, reelBurst) {
		return
	}
	r.screening = newScreening(r, *reel)
	r.events.happenedTo(r.members[r.office.host], EventReplay)
}

// newHost goes on under another host: this machine, or one that it follows.
func (s *Screening) newHost(now time.Duration) {
	if s == nil {
		return
	}
	begin := s.follower.NewHost(now)
	s.file.newHost()
	s.desk, s.broadcast = nil, broadcast{}
	if s.room.Hosting() {
		s.file.inherit()
		s.extend(s.reel.End, false)
		s.hosts(begin)
	}
}

// step does what is due. While a match runs nothing is shown, and nothing sent.
func (s *Screening) step(now time.Duration) {
	if s == nil || s.room.state == Connecting || s.room.state == Ended {
		return
	}
	if s.room.state == Playing {
		s.stand(now)
		s.file.rest(now)
		return
	}
	s.file.step(now)
	s.lending.step()
	wish, due := s.follower.Outbox(now)
	switch {
	case s.desk != nil:
		if due {
			s.desk.Hear(s.room.me, wish)
		}
		s.tellReel()
		s.broadcast.step(now)
		s.stepDesk(now)
	case due:
		s.room.guest.host.Send(&wire.CueAsk{Number: wish.Number, Cue: wireCue(wish.Cue)})
	}
}

// here reports whether a machine is in the lobby.
func (s *Screening) here(machine uint8) bool {
	return s.room.members.at(int(machine)) != nil
}

// tellReel tells the members what is shown who do not know it yet.
func (s *Screening) tellReel() {
	for _, m := range s.room.members {
		if m != nil && m.Machine != s.room.me && m.told && s.shownTo[m.Machine] != m.Visit && s.room.mesh.To(m.Machine) != nil {
			s.shownTo[m.Machine] = m.Visit
			s.room.mesh.To(m.Machine).Send(&s.reel)
			s.nextCue = 0
		}
	}
}

// stepDesk tells all what is shown from now on, or sets their clocks.
func (s *Screening) stepDesk(now time.Duration) {
	if !s.desk.Step(now, s.here) && now < s.nextCue {
		return
	}
	s.nextCue = now + cuesEvery
	cue, taken := s.desk.Cue()
	said := &wire.CueNow{Cue: wireCue(cue), End: int32(s.End()), NowMicros: now.Microseconds(), Asker: taken.Machine, Asked: taken.Number}
	for _, m := range s.room.members {
		if m != nil && s.shownTo[m.Machine] == m.Visit && m.Machine != s.room.me {
			s.room.mesh.To(m.Machine).Send(said)
		}
	}
	s.take(now, now, 0, cue, taken)
}

// cued takes the host's cue.
func (s *Screening) cued(c *mesh.Conn, said *wire.CueNow) {
	if s == nil || s.desk != nil {
		return
	}
	s.extend(min(said.End, s.reel.End), s.reel.Grows || said.End < s.reel.End)
	s.take(s.room.now(), time.Duration(said.NowMicros)*time.Microsecond, c.Link.Stats().RTT, cueOf(said.Cue), screening.Taken{Machine: said.Asker, Number: said.Asked})
}

func (s *Screening) take(now, hostNow, rtt time.Duration, cue screening.Cue, taken screening.Taken) {
	s.follower.Take(now, hostNow, rtt, cue, taken)
	if m := s.room.members.at(int(cue.Holder)); m != nil && s.told != int(cue.Holder) {
		s.told = int(cue.Holder)
		s.room.events.happenedTo(m, EventControls)
	}
}

// asked takes a member's wish.
func (s *Screening) asked(machine uint8, m *wire.CueAsk) {
	if s != nil && s.desk != nil {
		s.desk.Hear(machine, screening.Wish{Number: m.Number, Cue: cueOf(m.Cue)})
	}
}

// stand has it stand still where it is: a match has begun.
func (s *Screening) stand(now time.Duration) {
	if s.desk == nil {
		return
	}
	if cue, _ := s.desk.Cue(); cue.Playing {
		cue.Frame, cue.At, cue.Playing = cue.FrameAt(s.follower.Reel(), now), now, false
		s.hosts(cue)
		s.take(now, now, 0, cue, screening.Taken{Machine: s.room.me})
	}
}

func wireCue(c screening.Cue) wire.Cue {
	return wire.Cue{Holder: c.Holder, Frame: int32(c.Frame), AtMicros: max(0, c.At.Microseconds()), Speed: int8(c.Speed), Playing: c.Playing}
}

func cueOf(c wire.Cue) screening.Cue {
	return screening.Cue{Holder: c.Holder, Frame: rollback.Frame(c.Frame), At: time.Duration(c.AtMicros) * time.Microsecond, Speed: int(c.Speed), Playing: c.Playing}
}

// First is the frame that the recording begins with.
func (s *Screening) First() rollback.Frame { return s.follower.Reel().First }

// End is the frame that the recording ends before; of a match that goes on it is as far as those have
// it who keep up.
func (s *Screening) End() rollback.Frame { return s.follower.Reel().End }

// Frame is the frame that is to be shown now, the same on every machine within two, as well as
// the pings tell; more at more than the match's own speed.
func (s *Screening) Frame() rollback.Frame { return s.follower.Frame(s.room.now()) }

// Playing reports whether it goes on from there; false at the end that it goes to.
func (s *Screening) Playing() bool { return s.follower.Now(s.room.now()).Playing }

// Speed is how many times as fast as the match was it plays; back if it is negative.
func (s *Screening) Speed() float64 {
	return float64(s.follower.Now(s.room.now()).Speed) / screening.RealSpeed
}

// Holder is the machine at the controls: Member.Machine.
func (s *Screening) Holder() int { return int(s.follower.Now(s.room.now()).Holder) }

// Mine reports whether that is this one.
func (s *Screening) Mine() bool { return s.follower.Mine() }

// wish changes what is shown to all.
func (s *Screening) wish(change func(*screening.Cue)) error {
	if !s.follower.Wish(s.room.now(), change) {
		return ErrNotAtControls
	}
	return nil
}

// Play goes on for all; from the other end, if it is at the one that it goes to. Like all
// controls it returns ErrNotAtControls if somebody else has them, and is seen here at once,
// and by the others when it has come to them; of those that follow each other fast they see ten
// a second, and the last.
func (s *Screening) Play() error {
	return s.wish(func(c *screening.Cue) {
		c.Playing = true
		if !c.Ended(s.follower.Reel(), c.At) {
			return
		}
		if c.Frame = s.First(); c.Speed < 0 {
			c.Frame = s.End()
		}
	})
}

// Pause stands still for all.
func (s *Screening) Pause() error {
	return s.wish(func(c *screening.Cue) { c.Playing = false })
}

// Seek goes to a frame, or as near to it as the recording goes.
func (s *Screening) Seek(f rollback.Frame) error {
	return s.wish(func(c *screening.Cue) { c.Frame = f })
}

// Step stands still so many frames later, or earlier if that is negative.
func (s *Screening) Step(frames int) error {
	frames = max(-math.MaxInt32/4, min(frames, math.MaxInt32/4))
	return s.wish(func(c *screening.Cue) {
		c.Frame, c.Playing = c.Frame+rollback.Frame(frames), false
	})
}

// SetSpeed sets how many times as fast as the match was it plays, 0.25 to 16 in quarters; back
// if it is negative. Other numbers count as the nearest of these, and what is none as 1.
func (s *Screening) SetSpeed(times float64) error {
	if math.IsNaN(times) {
		times = 1
	}
	quarters := int(math.Round(max(0.25, min(math.Abs(times), 16)) * screening.RealSpeed))
	if times < 0 {
		quarters = -quarters
	}
	return s.wish(func(c *screening.Cue) { c.Speed = quarters })
}

// HandOver gives the controls to another member.
func (s *Screening) HandOver(machine int) error {
	if s.room.members.at(machine) == nil {
		return errors.New("nobody with that number is in the lobby")
	}
	return s.wish(func(c *screening.Cue) { c.Holder = uint8(machine) })
}

// TakeBack gives the host the controls, whoever has them. Only the host may.
func (s *Screening) TakeBack() error {
	if s.desk == nil {
		return ErrNotHost
	}
	s.desk.TakeBack()
	return nil
}
