package natboard

import (
	"strings"
	"time"

	"github.com/visavis-netcode/visavis/nat/netlab"
)

// Contestant is an engine whose players can be told what Order says and tell
// what Line says.
type Contestant struct {
	Name    string // in the table
	Program string // of netlab.Main
	// Serve, if not nil, starts what its players need besides a town's servers.
	Serve func(*Town) Servers
}

// Visavis is this engine. Its program is Play.
var Visavis = Contestant{Name: "visavis", Program: "visavis"}

// Trial says how two players meet.
type Trial struct {
	Host int           // which of the players hosts, 0 or 1
	Skew time.Duration // how much later the guest learns of the host than it could
	Meet string        // MeetCode, which "" stands for, or MeetInvite
	Hope bool          // a direct path is to be expected: wait for it while a relay is used
	Log  bool          // the players tell standard error what they do

	// Frames, if not 0, is how long the match is played, and Disturb what happens
	// once both have compared a world and a direct path is used.
	Frames  int
	Disturb func()
}

// Result is what came of a trial.
type Result struct {
	Path   string        // the kind of path in the end, "" if there was none
	Input  time.Duration // see Line.InputMs; 0 if none came
	Direct time.Duration // from the same moment until a direct path was used; 0 if none was
	Err    string        // why it failed, "" if it has not
	Ends   [2]*End       // with Frames: the host's and the guest's
}

// relays are the kinds of path that are not direct.
func relays(path string) bool { return strings.HasSuffix(path, "relay") || path == "turn" }

// Limits of a trial.
const (
	meetLimit  = 40 * time.Second // from its beginning to the first input
	hopeLimit  = 6 * time.Second  // from there to a direct path, if there is hope for one
	relayLimit = time.Second      // and if there is none
	agreeLimit = 5 * time.Second  // from there until both have compared a world
	endLimit   = 10 * time.Second // until both programs have closed their sockets
	carry      = 2 * wireDelay    // what a word takes from player to player
)

// told is a line of one of the players.
type told struct {
	Line
	err   error
	guest bool
}

// course is a trial while it is played.
type course struct {
	Trial
	programs [2]*netlab.Program // the host's and the guest's
	servers  Servers
	lines    chan told
	joined   time.Time // when the guest began
	agreed   [2]bool
	begun    bool // what disturbs has happened
	inputAt  time.Time
	result   Result
}

// Try plays one trial. The routers forget what they know first.
func (w *Town) Try(c Contestant, trial Trial) Result {
	w.t.Helper()
	if trial.Meet == "" {
		trial.Meet = MeetCode
	}
	programs, servers := w.contestant(c)
	for _, home := range w.Homes {
		home.Flush()
	}
	w.answers.late.Store(int64(trial.Skew))
	x := &course{Trial: trial, servers: servers, lines: make(chan told),
		programs: [2]*netlab.Program{programs[trial.Host], programs[1-trial.Host]}}
	done := make(chan struct{})
	for i, p := range x.programs {
		go func() { x.listen(p, i == 1, done) }()
	}
	x.play()
	if !x.end() {
		w.t.Errorf("natboard: a program of %s does not end its match", c.Name)
		w.forget(c)
	}
	close(done)
	guests := w.Homes[len(w.Homes)-1]
	if trial.Host == 1 {
		guests = w.Homes[0]
	}
	// Over TCP answers are not held back. A host who can be reached unasked needs no reply.
	late := x.inputAt.Sub(x.joined) >= trial.Skew || guests.Kind == "udp-blocked" || trial.Meet == MeetInvite
	if x.result.Err == "" && !late {
		w.t.Error("natboard: the guest has learnt of the host too early: has the rendezvous server's message changed?")
	}
	return x.result
}

// listen passes a program's lines on, until its match has ended.
func (x *course) listen(p *netlab.Program, guest bool, done <-chan struct{}) {
	for {
		l := told{guest: guest}
		l.err = p.Hear(&l.Line, meetLimit+hopeLimit+agreeLimit+endLimit)
		select {
		case x.lines <- l:
		case <-done:
			return
		}
		if l.err != nil || l.Ended {
			return
		}
	}
}

// order tells one of the programs something. One that does not listen ends the
// trial by its silence.
func (x *course) order(guest bool, o Order) {
	o.Servers, o.Meet, o.Frames, o.Log = x.servers, x.Meet, x.Frames, x.Log
	p := x.programs[0]
	if guest {
		p = x.programs[1]
	}
	_ = p.Tell(o)
}

// play plays until there is a result.
func (x *course) play() {
	x.order(false, Order{Do: "host"})
	deadline := time.NewTimer(meetLimit)
	defer deadline.Stop()
	for x.result.Err == "" {
		select {
		case l := <-x.lines:
			first := x.inputAt.IsZero()
			x.take(l)
			if first && !x.inputAt.IsZero() {
				deadline.Reset(x.patience() + agreeLimit)
			}
		case <-deadline.C:
			switch {
			case x.inputAt.IsZero():
				x.result.Err = "no input in time"
			case !x.agreed[0] || !x.agreed[1]:
				x.result.Err = "no world was compared in time"
			case x.Frames > 0:
				x.result.Err = "the match did not end in time"
			}
			return
		}
		if x.complete() {
			return
		}
		if x.agreed == [2]bool{true, true} && x.result.Direct > 0 && x.Disturb != nil && !x.begun {
			x.begun = true
			x.Disturb()
		}
		if left := x.patience() - time.Since(x.inputAt); !x.inputAt.IsZero() && x.agreed[0] && x.agreed[1] {
			deadline.Reset(max(0, left))
		}
	}
}

// patience is how long a match is watched that is relayed, or has an end.
func (x *course) patience() time.Duration {
	if x.Frames > 0 {
		return time.Duration(x.Frames)*time.Second/60 + endLimit
	}
	if x.Hope {
		return hopeLimit
	}
	return relayLimit
}

// complete says whether nothing more is to be waited for.
func (x *course) complete() bool {
	if x.Frames > 0 {
		return x.result.Ends[0] != nil && x.result.Ends[1] != nil
	}
	return x.agreed == [2]bool{true, true} && x.result.Direct > 0
}

// take notes what a program tells, and carries what it says to the other.
func (x *course) take(l told) {
	who := 0
	if l.guest {
		who = 1
	}
	switch {
	case l.err != nil:
		x.result.Err = l.err.Error()
	case l.Err != "":
		x.result.Err = l.Err
	case l.Say != "" && l.guest:
		late := carry
		if x.Meet == MeetInvite {
			late += x.Skew // the host is the last to learn
		}
		time.AfterFunc(late, func() { x.order(false, Order{Do: "hear", Heard: l.Say}) })
	case l.Say != "" && x.joined.IsZero():
		x.joined = time.Now()
		x.order(true, Order{Do: "guest", Heard: l.Say})
	case l.Say != "":
		time.AfterFunc(carry+x.Skew, func() { x.order(true, Order{Do: "hear", Heard: l.Say}) })
	case l.InputMs > 0 && l.guest:
		x.inputAt = time.Now()
		x.result.Input = time.Duration(l.InputMs * float64(time.Millisecond))
		x.direct()
	case l.Path != "" && l.guest:
		x.result.Path = l.Path
		x.direct()
	case l.Agreed:
		x.agreed[who] = true
	case l.End != nil:
		x.result.Ends[who] = l.End
	}
}

// direct notes when the first input had come and a direct path was used.
func (x *course) direct() {
	if r := &x.result; r.Input > 0 && r.Path != "" && !relays(r.Path) && r.Direct == 0 {
		r.Direct = r.Input + time.Since(x.inputAt)
	}
}

// end lets both programs close their sockets, and reports whether they have.
func (x *course) end() bool {
	x.order(false, Order{Do: "end"})
	x.order(true, Order{Do: "end"})
	limit := time.After(endLimit)
	for running := 2; running > 0; {
		select {
		case l := <-x.lines:
			if l.err != nil {
				return false
			}
			if l.Ended {
				running--
			}
		case <-limit:
			return false
		}
	}
	return true
}

// contestant returns an engine's programs, on the players' computers, and what
// they can ask. Both are started for the first trial.
func (w *Town) contestant(c Contestant) ([2]*netlab.Program, Servers) {
	w.t.Helper()
	e := w.entries[c.Name]
	if e == nil {
		e = &entry{servers: w.Servers}
		if c.Serve != nil {
			e.servers = c.Serve(w)
		}
		w.entries[c.Name] = e
	}
	if e.programs[0] == nil {
		for i, place := range w.Players {
			e.programs[i] = place.Start(c.Program)
		}
	}
	return e.programs, e.servers
}

// forget starts an engine's programs anew for the next trial.
func (w *Town) forget(c Contestant) {
	for _, p := range w.entries[c.Name].programs {
		p.Hangup()
	}
	w.entries[c.Name].programs = [2]*netlab.Program{}
}

// entry is an engine in a town.
type entry struct {
	servers  Servers
	programs [2]*netlab.Program // the first and the second player's
}
