package agreement

import (
	"time"

	"github.com/visavis-netcode/visavis/netcode/internal/membership"
	"github.com/visavis-netcode/visavis/rollback"
)

const (
	weighTime = 2 * time.Second // for all to say what world they have: then those count who have
	strayTime = 3 * time.Second // who has another world and does not go of itself is put out
)

// doubt is what others say of the world of this machine, which has come late itself: of one
// frame.
type doubt struct {
	over          bool // the world is the others'
	frame         rollback.Frame
	since         time.Duration // when the first of them has said it
	alike, unlike membership.Machines
}

// Doubts reports whether this machine may have been fed something else than the match.
func (j *Jury) Doubts() bool { return j.me().from > 0 && !j.doubt.over }

// Denied reports whether this machine may have been fed something else, and others say so.
func (j *Jury) Denied() bool { return j.Doubts() && j.doubt.unlike != 0 }

// weigh notes whether a peer's world of a frame is this machine's. Those who have come
// later know no better.
func (j *Jury) weigh(s *State, machine uint8, f rollback.Frame, alike bool) {
	d := &j.doubt
	if j.standing[machine].stream.Born > j.me().stream.Born || f < d.frame {
		return
	}
	if f > d.frame {
		*d = doubt{frame: f, since: s.Now}
	}
	if alike {
		d.alike |= membership.One(machine)
	} else {
		d.unlike |= membership.One(machine)
	}
	j.judgeDoubt(s)
}

// judgeDoubt ends the doubt when all have said of a frame what they have, or have had the
// time. One of them may lie: the most count. Where there are no more than two, one of whom has
// fed this machine, it believes the other as much.
func (j *Jury) judgeDoubt(s *State) {
	d := &j.doubt
	if !s.Playing && !s.Closing || j.decided {
		return
	}
	if said := d.alike | d.unlike; said == 0 || s.Now-d.since < weighTime && j.elders(s)&^said != 0 {
		return
	}
	switch {
	case d.unlike.Len() > d.alike.Len(), d.unlike != 0 && d.unlike.Len() == d.alike.Len() && j.elders(s).Len() < 3:
		j.decide(Verdict{Kind: Astray})
	case d.frame >= j.me().from: // all that was fed is in it
		d.over = true
	}
}

// strays reports whether a peer's world differs for no other reason than that it, or this
// machine, was fed another one, for all that is known, and notes it if so.
func (j *Jury) strays(s *State, machine uint8, f rollback.Frame) bool {
	switch {
	case j.Doubts():
		j.weigh(s, machine, f, false)
	case j.Doubtful(machine):
		if !j.hasStrayed(machine) {
			j.stray(machine, s.Now)
		}
	default:
		return false
	}
	return true
}

// agree notes that a peer has the same world of a frame.
func (j *Jury) agree(s *State, machine uint8, f rollback.Frame) {
	said, who := &j.said[machine], &j.standing[machine]
	said.agreed = max(said.agreed, f)
	who.proven = who.proven || f >= who.from
	if j.Doubts() {
		j.weigh(s, machine, f, true)
	}
}
