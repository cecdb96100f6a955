package netcode

import (
	"fmt"
	"time"

	"github.com/visavis-netcode/visavis/netcode/internal/agreement"
	"github.com/visavis-netcode/visavis/netcode/internal/hunt"
	"github.com/visavis-netcode/visavis/netcode/internal/wire"
	"github.com/visavis-netcode/visavis/rollback"
)

const (
	// maxUnread is how many checksums wait for Match.AppendChecksums; when full
	// the oldest is dropped.
	maxUnread = 64
	// maxFinding is how much of another machine's finding is shown, in characters.
	maxFinding = 800
	// huntTimeout is how long the two sides of a desync look for its origin.
	huntTimeout = 5 * time.Second
)

// accord is whether all who are in a match have the same world. The jury judges that; where
// another world ends the match the hunt finds out where it began to differ; and accord says
// it to the others, and in words (desync.go, outvote.go). What becomes of the match it
// returns as a ruling. Owner: the play.
type accord struct {
	match    uint32
	who      *presence
	worlds   accordWorlds
	standing func() agreement.State      // how the match stands
	wanted   func(f rollback.Frame) bool // whether the game was over before a frame
	tick     time.Duration               // a frame's
	guard    bool                        // Config.Guard is set

	jury      *agreement.Jury
	hunt      *hunt.Hunt
	checksums checksumFeed
	sums      []rollback.Checksum // the newest of this machine's
	hunting   bool
	over      bool          // the match is
	deadline  time.Duration // of the hunt
	out       ruling        // that nobody was told yet
}

// accordWorlds is what an accord needs of the simulation.
type accordWorlds interface {
	hunt.Worlds
	AppendChecksums(dst []rollback.Checksum) []rollback.Checksum
	FaultAt(f rollback.Frame, field string) (rollback.Fault, bool)
	settled() rollback.Frame
}

// ruling is what becomes of a match: its zero value, that it goes on.
type ruling struct {
	freezes  bool // no frame is stepped any more: worlds are compared
	ends     bool // the match is over for this machine, before frame at
	farewell bool // which the others are told
	at       rollback.Frame
	err      error // why
}

// checksumFeed holds this machine's checksums for Match.AppendChecksums. Owner: accord.
type checksumFeed struct{ unread []rollback.Checksum }

func (c *checksumFeed) add(sum rollback.Checksum) {
	if len(c.unread) == maxUnread {
		c.unread = c.unread[:copy(c.unread, c.unread[1:])]
	}
	c.unread = append(c.unread, sum)
}

// newAccord is the accord of a match that begins. who is in it, and standing how it stands.
func newAccord(who *presence, t *terms, standing func() agreement.State, wanted func(f rollback.Frame) bool) accord {
	return accord{
		match: who.match, who: who, standing: standing, wanted: wanted, tick: t.tick(), guard: t.guard,
		jury: agreement.New(agreement.Config{Me: who.room.me, Outvotes: t.discord == DesyncOutvotes, Sealed: who.sealedBefore}),
		hunt: hunt.New(who.match, func(machine uint8, m wire.Message) { who.byID[machine].conn.Send(m) }),
	}
}

// attach gives the accord the simulation, before anything is compared.
func (a *accord) attach(worlds accordWorlds) {
	a.worlds = worlds
	a.hunt.Attach(worlds)
}

// meet notes by which stream a machine is in the match: a newcomer, or one that has come back.
func (a *accord) meet(s *stream) {
	a.jury.Meet(s.ID(), s.From())
	a.hunt.Forget(s.ID().Machine)
}

// gather takes the simulation's new checksums, and reports whether there are any.
func (a *accord) gather() bool {
	a.sums = a.worlds.AppendChecksums(a.sums[:0])
	return len(a.sums) > 0
}

// compare tells the others the checksums that were gathered, and compares them with what has
// come early.
func (a *accord) compare() ruling {
	s := a.standing()
	for _, sum := range a.sums {
		a.jury.Note(sum)
		a.checksums.add(sum)
		if s.Playing || a.hunting { // then it tells the others on whose side this one is
			a.who.sendAll(&wire.Checksum{Match: a.match, View: a.who.view, Frame: int32(sum.Frame), World: sum.World, Inputs: sum.Inputs})
		}
	}
	return a.compareWaiting()
}

// compareWaiting compares what has come early, and could not be compared then.
func (a *accord) compareWaiting() ruling {
	s := a.standing()
	a.jury.Rewait(&s)
	return a.rule()
}

// step judges what has had its time.
func (a *accord) step() ruling {
	s := a.standing()
	a.jury.Step(&s)
	return a.rule()
}

// stepHunt ends a hunt that takes too long.
func (a *accord) stepHunt(now time.Duration) ruling {
	if a.hunting && (a.who.byID[a.hunt.Found().Machine].lost != nil || now >= a.deadline) {
		a.hunt.Stop()
	}
	return a.rule()
}

// stop notes that the match is over.
func (a *accord) stop() {
	a.hunt.Stop()
	a.hunting, a.over = false, true
}

// take takes a message of a peer's about worlds. It reports false if it is about something
// else.
func (a *accord) take(q *peer, m wire.Message) (o ruling, taken bool) {
	switch m := m.(type) {
	case *wire.Checksum:
		if m.Match == a.match {
			a.checksumCame(q, m)
		}
	case *wire.Finding:
		if m.Match == a.match {
			a.findingCame(q, m)
		}
	case *wire.Holding:
		if m.Match == a.match {
			a.holdingCame(q, m)
		}
	case *wire.DesyncHashes:
		if m.Match == a.match {
			a.hashesCame(q, m)
		}
	case *wire.DesyncParts:
		if m.Match == a.match {
			a.hunt.TakeParts(q.machine, m)
		}
	case *wire.DesyncAsk:
		if m.Match == a.match {
			a.hunt.Answer(q.machine, m)
		}
	case *wire.DesyncPart:
		if m.Match == a.match {
			a.hunt.TakePart(q.machine, m)
		}
	default:
		return ruling{}, false
	}
	return a.rule(), true
}

func (a *accord) checksumCame(q *peer, m *wire.Checksum) {
	if m.Last {
		a.jury.TakeLast(q.machine, m)
		return
	}
	s := a.standing()
	a.jury.Take(&s, q.machine, m)
}

// hashesCame takes the hashes of a peer's worlds, who hunts already.
func (a *accord) hashesCame(q *peer, m *wire.DesyncHashes) {
	if !a.hunt.Comparable(m) || a.jury.Doubtful(q.machine) {
		return // of frames that nobody here can compare yet, or of one that it cannot know: no honest peer does that
	}
	s := a.standing()
	if a.jury.Judges(&s) {
		a.hunt.Keep(q.machine, m) // until this machine has seen for itself whose world is another one
		return
	}
	if s.Playing || s.Closing {
		mine, theirs := a.hunt.Claimed(m)
		a.begin(q.machine, mine, &theirs)
	}
	a.hunt.TakeHashes(q.machine, m)
}

// findingCame: a peer has found a desync, and ends the match for it.
func (a *accord) findingCame(q *peer, m *wire.Finding) {
	s := a.standing()
	if m.Machine == q.machine {
		a.jury.StandDown(&s, q.machine)
		return
	}
	if !a.jury.Accuse(&s, q.machine) || a.hunting || a.over {
		return
	}
	agreed := max(0, min(a.jury.Agreed(q.machine), rollback.Frame(m.Frame)-1))
	text := fmt.Sprintf("%s's game says: %s", q.name, cleanText(m.Text, maxFinding))
	err := &DesyncError{Peer: q.name, machine: int(q.machine), Frame: rollback.Frame(m.Frame), Agreed: agreed, Text: text}
	a.out = ruling{ends: true, at: a.worlds.settled(), err: err}
}

// rule does what the jury has judged and the hunt has found, and returns what becomes of the
// match.
func (a *accord) rule() ruling {
	for v, more := a.jury.Next(); more; v, more = a.jury.Next() {
		a.heed(&v)
	}
	if a.hunting && a.hunt.Over() {
		a.hunting = false
		a.report()
	}
	out := a.out
	a.out = ruling{}
	return out
}

// heed does what the jury has judged.
func (a *accord) heed(v *agreement.Verdict) {
	switch v.Kind {
	case agreement.Differs:
		a.begin(v.Machine, v.Mine, &v.Theirs)
	case agreement.EndedEarlier:
		f := rollback.Frame(v.Theirs.Frame)
		mine, kept := a.worlds.ChecksumAt(f)
		if !kept {
			mine = rollback.Checksum{Frame: f, Inputs: v.Theirs.Inputs}
		}
		a.begin(v.Machine, mine, &v.Theirs)
	case agreement.Astray:
		a.goOut(&ExcludedError{Astray: true})
	case agreement.Outvoted:
		a.goOut(&ExcludedError{Astray: true, Desync: a.outvoted(v)})
	case agreement.Strayed:
		e := a.strayed(v)
		a.who.room.events.happened(Event{Kind: EventDesync, Machine: e.machine, Name: e.Peer, Frame: e.Frame, Err: e})
	case agreement.ShowSeals:
		a.who.showSeals()
		a.showHolding(v.Frame)
	case agreement.Expel:
		a.who.expel(v.Machine)
	case agreement.Gone:
		a.who.standsDown(v.Machine)
	case agreement.Deceived:
		a.who.standDown(v.Frame)
		a.goOut(&ExcludedError{Conflict: "other records than most of the others hold"})
	}
}

// goOut ends this machine's part: its world is not the match's.
func (a *accord) goOut(why *ExcludedError) {
	a.out = ruling{ends: true, farewell: true, at: a.worlds.settled(), err: why}
}

// begin begins the hunt: a peer's world differs.
func (a *accord) begin(machine uint8, mine rollback.Checksum, theirs *wire.Checksum) {
	a.hunting, a.deadline = true, a.who.room.now()+huntTimeout
	a.out.freezes = true
	a.hunt.Begin(machine, mine, theirs, a.jury.Agreed(machine))
}

// report ends the match with what the hunt has found.
func (a *accord) report() {
	found := a.hunt.Found()
	q := a.who.byID[found.Machine]
	e := &DesyncError{
		Peer: q.name, machine: int(q.machine), Frame: found.Frame, Agreed: found.Agreed, Inputs: found.Inputs,
		Field: found.Field, Here: found.Here, There: found.There,
	}
	e.Alike, e.Against = a.sides(&found)
	words := huntWords{found: &found, e: e, tick: a.tick, guard: a.guard}
	if !found.Inputs {
		fault, faulty := a.worlds.FaultAt(e.Frame, e.Field)
		found.Equal = found.Equal && !faulty // by chance, where one world has several hashes
		e.Fault, words.fault = fault.Part, fault.Says
	}
	words.over = found.Equal && a.wanted(e.Frame)
	e.Text = words.say("Your game", "yours", "here", "there")
	name := a.who.room.members.nameOf(a.who.room.me, "")
	toOthers := words.say(name+"'s game", name+"'s", "at "+name+"'s", "at "+q.name+"'s")
	for _, other := range a.who.peers {
		if other != q && other.lost == nil {
			other.conn.Send(&wire.Finding{Match: a.match, Machine: q.machine, Frame: int32(found.Frame), Text: toOthers})
		}
	}
	a.out.ends, a.out.at, a.out.err = true, found.Frame, e
}

// sides returns on whose side the other players are, by name: on this machine's, or on
// that of the peer whose world differs.
func (a *accord) sides(found *hunt.Found) (here, there []string) {
	if found.Inputs || found.Equal || found.World == found.Theirs.World {
		return nil, nil
	}
	alike, against := a.jury.Sides(rollback.Frame(found.Theirs.Frame), found.World, found.Theirs.World, found.Machine)
	for _, m := range alike {
		here = append(here, a.who.byID[m].name)
	}
	for _, m := range against {
		there = append(there, a.who.byID[m].name)
	}
	return here, there
}

// agreedFrame is the newest frame on which all who are in the match have agreed.
func (a *accord) agreedFrame() rollback.Frame {
	s := a.standing()
	return a.jury.AgreedByAll(&s, min(a.worlds.Confirmed(), a.worlds.Current()-1)+1)
}
