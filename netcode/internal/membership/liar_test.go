//go:build !race

package membership

import (
	"flag"
	"hash/fnv"
	"slices"
	"testing"
	"time"

	"github.com/visavis-netcode/visavis/netcode/internal/records"
	"github.com/visavis-netcode/visavis/rollback"
)

var lies = flag.Int("lies", 200, "random walks of TestLiar")

// ring is the key of a machine.
type ring struct{ me uint8 }

func (r ring) Sign(b []byte) Signature { return nameOf(r.me, b) }

func (r ring) Verify(m uint8, b []byte, s Signature) bool { return s == nameOf(m, b) }

func nameOf(m uint8, b []byte) (s Signature) {
	h := fnv.New64a()
	h.Write(b)
	h.Write([]byte{m})
	h.Sum(s[:0])
	return s
}

// liarWalk is a walk with one liar in it, who is everywhere: it hears everything, says
// whatever it can sign to whomever it likes, and is two peers at once that know nothing
// of each other. All others are honest, and are parted, die and leave.
type liarWalk struct {
	*walk
	liar  uint8
	twins [2]*player
	ways  []int                      // in which it lies
	mute  Machines                   // who does not hear the liar just now
	lost  map[[2]uint8]bool          // of a view: the first has not reached the second for a while
	had   map[*player]map[*sent]bool // what each has taken
	all   []*sent                    // all that was said
	left  bool                       // the liar has said goodbye: it makes no more records
	split bool                       // honest members are of two minds: with proof
}

const liarNow = time.Hour

var anyone ring

func newLiarWalk(t testing.TB, seed uint64, most int) *liarWalk {
	w := &walk{}
	probe := newWalk(t, seed, most-1)
	config := probe.config
	config.Keys, config.NoTie, config.Records.LagFrames = ring{}, seed%2 == 0, 0
	w.match = newMatch(t, seed, len(probe.peers)+1, config)
	w.leaves, w.crashes = probe.leaves, probe.crashes
	w.now = liarNow
	w.regroup()
	l := &liarWalk{walk: w, lost: map[[2]uint8]bool{}, had: map[*player]map[*sent]bool{}}
	l.liar = uint8(w.random.IntN(len(w.peers)))
	for i := range l.twins {
		c := config
		c.Keys = ring{l.liar}
		p := &player{Peer: New(c, w.decided[0], l.liar), alive: true, exempt: true}
		p.links = Machines(1<<16-1) &^ One(l.liar)
		l.twins[i] = p
	}
	w.peers[l.liar] = l.twins[0]
	for _, p := range w.peers {
		p.advanced = w.now
	}
	l.clocks()
	for range 1 + w.random.IntN(4) {
		l.ways = append(l.ways, w.random.IntN(8))
	}
	if w.random.IntN(2) == 0 {
		l.ways = []int{4} // it helps everybody to go on without the others
	}
	return l
}

// clocks has everybody's evidence be as it is: who is out of reach has been silent for
// long, and who is in reach was heard right now.
func (l *liarWalk) clocks() {
	for _, p := range l.peers {
		for _, q := range l.peers {
			w := &p.watches[q.me]
			w.movedAt, w.lackedAt = l.now, 0
			heard := q.alive && l.reach(p.me, q.me)
			if q.exempt {
				heard = !l.mute.Has(p.me)
			}
			if heard {
				w.beatAt = l.now
			} else {
				w.beatAt = 0
				l.lost[[2]uint8{p.me, q.me}] = true
			}
		}
	}
}

func (l *liarWalk) collect(p *player) {
	for _, e := range p.Outbox() {
		to := e.To
		if p.exempt {
			to &= Machines(l.random.Uint32() | l.random.Uint32())
		}
		l.put(p.me, to, e.Message)
	}
	if p.exempt {
		p.alive = true
		return
	}
	if p.conflict != nil && p.conflict.What == "two views of one number" {
		l.split = true
		p.conflict = nil
		p.alive = false
	}
	before := len(l.decided)
	l.judge(p)
	for _, v := range l.decided[min(before, len(l.decided)):] {
		l.judgeCuts(p, v)
	}
	if v := p.values[len(p.values)-1]; int(v.Number) == len(l.decided)-1 {
		for _, q := range l.peers {
			if int(p.judged) == len(l.decided)-1 && before < len(l.decided) {
				delete(l.lost, [2]uint8{p.me, q.me})
			}
		}
	}
}

// judge is match.judge, but for two views of one number: of them there has to be a proof (K4).
func (l *liarWalk) judge(p *player) {
	for n := p.judged + 1; n <= p.view.Number; n++ {
		v := p.values[len(p.values)-1-int(p.view.Number-n)]
		if int(n) < len(l.decided) && l.decided[n].digest() != v.digest() {
			if !l.provable() {
				l.fail("two views have number %d, and nobody can be shown to have lied", n)
			}
			if voters := len(l.decided[n-1].Members); voters%2 == 0 && voters > 2 && l.config.NoTie && !l.said(kindBye) {
				l.fail("two views have number %d, of %d voters", n, voters)
			}
			l.split = true
			return
		}
	}
	l.match.judge(p)
}

// said reports whether anybody has said a message of a kind.
func (l *liarWalk) said(k kind) bool {
	return slices.ContainsFunc(l.all, func(s *sent) bool { return s.Message.kind() == k })
}

// provable reports whether anything that was said contradicts something else.
func (l *liarWalk) provable() bool {
	var words []signed
	for _, s := range l.all {
		if w, ok := s.Message.(signed); ok && s.from == l.liar && w.author() == l.liar && anyone.Verify(l.liar, appendBody(nil, w), *w.signature()) {
			words = append(words, w)
		}
	}
	for i, a := range words {
		for _, b := range words[:i] {
			if contradict(a, b) {
				return true
			}
		}
	}
	for _, p := range l.peers {
		if !p.exempt && p.proofs[l.liar] != nil {
			return true
		}
	}
	return false
}

// judgeCuts is K1: nobody honest is removed as long as somebody honest who stays has
// reached him all the time.
func (l *liarWalk) judgeCuts(by *player, v *Value) {
	for _, c := range v.Cuts {
		x := l.peers[c.Stream.Machine]
		if x.exempt || !x.alive || x.status != Member || c.Reason == ByLeaving {
			continue
		}
		for _, id := range v.Members {
			y := l.peers[id.Machine]
			if !y.exempt && y.alive && !l.lost[[2]uint8{y.me, x.me}] {
				l.fail("%d is removed though %d reaches it (K1)", x.me, y.me)
			}
		}
	}
}

func (l *liarWalk) put(from uint8, to Machines, m Message) {
	if p, ok := m.(*Proof); ok && from != l.liar {
		if w := p.Words[0].(signed); w.author() != l.liar {
			l.fail("%d has a proof against %d, who is honest: %T", from, w.author(), p.Words[0])
		}
	}
	l.all = append(l.all, &sent{from, to, m})
}

// give lets a player take something that was said.
func (l *liarWalk) give(p *player, s *sent) {
	if s.from == p.me || !p.alive || !s.to.Has(p.me) || !p.exempt && s.from != l.liar && !l.reach(s.from, p.me) {
		return
	}
	if l.had[p] == nil {
		l.had[p] = map[*sent]bool{}
	}
	l.had[p][s] = true
	l.clocks()
	p.Take(l.now, s.from, s.Message)
	l.collect(p)
}

func (l *liarWalk) any() *player {
	for range 20 {
		if p := l.peers[l.random.IntN(len(l.peers))]; p.alive && p.status == Member && !p.exempt {
			return p
		}
	}
	return nil
}

func (l *liarWalk) step() {
	switch n := l.random.IntN(100); {
	case n < 12:
		l.stepPlay()
	case n < 22:
		l.stepRecord()
	case n < 28:
		if p := l.any(); p != nil {
			l.confirm(p)
		}
	case n < 31:
		if p := l.any(); p != nil {
			l.begin(p)
		}
	case n < 62:
		l.stepTake(l.peers[l.random.IntN(len(l.peers))])
	case n < 76:
		l.stepTake(l.twins[l.random.IntN(2)])
	case n < 83:
		l.lie()
	case n < 86:
		l.mute = Machines(l.random.Uint32() & l.random.Uint32())
		l.regroup()
		l.clocks()
	case n < 88:
		if p := l.any(); p != nil && l.random.IntN(l.crashes) == 0 {
			p.alive = false
		}
	case n < 89:
		if p := l.any(); p != nil && l.random.IntN(l.leaves) == 0 {
			l.leave(p)
		}
	case n < 93:
		if p := l.any(); p != nil {
			l.patience(p)
		}
	default:
		for range 60 {
			l.stepTake(l.peers[l.random.IntN(len(l.peers))])
			l.stepTake(l.twins[l.random.IntN(2)])
		}
	}
	for _, p := range l.peers {
		if p.alive && !p.exempt {
			p.leave(l.now)
			l.collect(p)
			p.alive = p.alive && !p.Gone()
		}
	}
}

// stepPlay makes a record. The liar's are the same for all.
func (l *liarWalk) stepPlay() {
	p := l.peers[l.random.IntN(len(l.peers))]
	if !p.alive {
		return
	}
	if !p.exempt {
		l.produce(p)
	} else if !l.left && l.produce(l.twins[0]) {
		l.twins[1].set.Produce(slices.Clone(l.twins[0].set.Record(p.own, p.set.Held(p.own))))
	}
}

// stepTake gives a player something that was said, more often something of late.
func (l *liarWalk) stepTake(p *player) {
	if len(l.all) == 0 {
		return
	}
	at := l.random.IntN(len(l.all))
	if l.random.IntN(4) > 0 {
		at = max(at, len(l.all)-1-l.random.IntN(min(40, len(l.all))))
	}
	l.give(p, l.all[at])
}

// begin has an honest member begin a ballot, by what it has seen.
func (l *liarWalk) begin(p *player) {
	l.clocks()
	members := p.view.Machines() &^ p.inst.byes
	keep := members &^ p.suspects(l.now)
	if keep.Has(p.me) && keep.quorumOf(members, p.config.NoTie) && (p.inst.opened || keep != p.view.Machines()) {
		p.prepare(l.now, keep, nil)
		l.collect(p)
	}
}

// patience lets the time end in which a player looks what others say: by then it has all
// that those have said whom it reaches, and knows their views.
func (l *liarWalk) patience(p *player) {
	for i := 0; i < len(l.all) && p.alive; i++ {
		if s := l.all[i]; s.from != l.liar && !l.had[p][s] {
			l.give(p, s)
		}
	}
	for _, q := range l.peers {
		if q != p && q.alive && !q.exempt && l.reach(p.me, q.me) && q.view.Number > p.view.Number {
			q.sendCommits(p.view.Number, One(p.me))
			l.collect(q)
			for i := len(l.all) - 1; i >= 0 && l.all[i].from == q.me && p.alive; i-- {
				l.give(p, l.all[i])
			}
		}
	}
	if w := p.inst.verdict; p.alive && p.status == Member && w != nil {
		w.since = 0
		l.clocks()
		p.conclude(l.now, nil)
		l.collect(p)
	}
}

// sendCommits tells the views after one.
func (p *player) sendCommits(after uint32, to Machines) {
	for _, v := range p.values {
		if v.Number > after {
			p.sendCommit(to, v)
		}
	}
}

// lie says something that nobody honest would.
func (l *liarWalk) lie() {
	twin := l.twins[l.random.IntN(2)]
	l.clocks()
	switch l.ways[l.random.IntN(len(l.ways))] {
	case 0: // keeps whom it likes
		l.lead(twin)
	case 2: // answers again, and forgets, or makes up, what it has voted for
		if m, ok := heard[*Prepare](l); ok && m.Base == twin.view.Ref {
			l.report(twin, m)
		}
	case 3: // proposes what does not follow
		if m, ok := heard[*Accept](l); ok {
			l.propose(m)
		} else {
			l.lead(twin)
		}
	case 4: // votes for whatever there is
		if m, ok := heard[*Accept](l); ok {
			l.say(&Accepted{Base: m.Base, Ballot: m.Ballot, Author: l.liar, Digest: digestOf(m)})
		}
	case 5: // says that it is decided
		if m, ok := heard[*Accept](l); ok {
			why := &Certificate{Accept: m, Grounds: twin.inst.find(m)}
			for _, s := range l.all {
				if v, ok := s.Message.(*Accepted); ok && (v.Digest == digestOf(m) || l.random.IntN(4) == 0) && len(why.Votes) < MaxMachines {
					why.Votes = append(why.Votes, v)
				}
			}
			l.say(&Commit{Value: m.Value, Author: l.liar, Why: why})
		}
	case 6:
		l.left = true
		l.say(&Bye{Stream: twin.own, Base: twin.view.Ref, Last: l.twins[0].set.Held(twin.own)})
	case 1: // speaks for somebody else
		if m, ok := heard[*Accept](l); ok {
			other := (l.liar + 1 + uint8(l.random.IntN(len(l.peers)-1))) % uint8(len(l.peers))
			l.say([]signed{
				&Accepted{Base: m.Base, Ballot: m.Ballot, Author: other, Digest: digestOf(m)},
				&Bye{Stream: twin.streamOf(other), Base: m.Base, Last: twin.set.Held(twin.streamOf(other))},
			}[l.random.IntN(2)])
		}
	case 7: // repeats something with a little change
		if m, ok := heard[*Report](l); ok && m.Author == l.liar {
			r := *m
			r.Limit += rollback.Frame(l.random.IntN(9) - 4)
			r.Streams = slices.Clone(m.Streams)
			if len(r.Streams) > 0 && l.random.IntN(2) == 0 {
				h := &r.Streams[l.random.IntN(len(r.Streams))]
				if n := len(h.Records); n > 0 {
					h.Held, h.Records = h.Held-1, h.Records[:n-1]
					h.Digest, _ = twin.set.DigestThrough(h.Stream, h.Held)
				}
			}
			l.say(&r)
		}
	}
}

// lead begins a ballot of the liar's, without whom it likes, or without those whom
// somebody honest would close.
func (l *liarWalk) lead(twin *player) {
	members := twin.view.Machines()
	keep := members & Machines(l.random.Uint32()|l.random.Uint32())
	if p := l.any(); p != nil && l.random.IntN(2) == 0 {
		keep = members &^ p.suspects(l.now)
	}
	keep |= One(l.liar)
	if twin.status == Member && keep.quorumOf(members, false) {
		twin.prepare(l.now, keep, nil)
		l.collect(twin)
	}
}

// heard draws a message of a kind of all that was said.
func heard[M Message](l *liarWalk) (m M, ok bool) {
	for range 30 {
		if len(l.all) == 0 {
			break
		}
		if m, ok = l.all[len(l.all)-1-l.random.IntN(min(len(l.all), 120))].Message.(M); ok {
			return m, true
		}
	}
	return m, false
}

// say signs a word of the liar's.
func (l *liarWalk) say(m signed) {
	*m.signature() = nameOf(l.liar, appendBody(nil, m))
	l.put(l.liar, Machines(l.random.Uint32()|l.random.Uint32()), m)
}

func (l *liarWalk) report(twin *player, m *Prepare) {
	r := &Report{Base: m.Base, Ballot: m.Ballot, Author: l.liar, Prepare: digestOf(m)}
	r.Limit = twin.set.Confirmed() + rollback.Frame(l.random.IntN(6))
	for _, id := range twin.view.Members {
		if !m.Keep.Has(id.Machine) {
			r.Streams = append(r.Streams, twin.holding(id))
		}
	}
	if a, ok := heard[*Accept](l); ok && a.Base == m.Base && a.Ballot.less(m.Ballot) && l.random.IntN(2) == 0 {
		r.Accepted, r.Grounds = a, twin.inst.find(a)
	}
	l.say(r)
}

func (l *liarWalk) propose(m *Accept) {
	a := *m
	v := *m.Value
	a.Value = &v
	if m.author() != l.liar {
		p, ok := heard[*Prepare](l)
		if !ok || p.author() != l.liar || p.Base != m.Base {
			return
		}
		a.Ballot, a.Prepare = p.Ballot, digestOf(p)
	}
	switch l.random.IntN(3) {
	case 0:
		if n := len(v.Members); n > 1 {
			v.Members = slices.Delete(slices.Clone(v.Members), n-1, n)
		}
	case 1:
		v.From += rollback.Frame(l.random.IntN(5) - 2)
	case 2:
		if len(v.Cuts) > 0 && len(v.Cuts[0].Records) > 0 {
			v.Cuts = slices.Clone(v.Cuts)
			c := &v.Cuts[0]
			c.Last, c.Records = c.Last-1, c.Records[:len(c.Records)-1]
		}
	}
	l.say(&a)
}

// TestTwoHalvesAndALiar: of four, the lowest with the liar and the other two with him are
// led apart, if half is a quorum. It is not (H10).
func TestTwoHalvesAndALiar(t *testing.T) {
	config := Config{Records: records.Config{LeadFrames: 3, LimitFrames: 2}, Tick: time.Second / 60, Keys: ring{}, NoTie: true}
	s := &stage{newMatch(t, 1, 4, config)}
	s.now = liarNow
	for _, p := range s.peers {
		p.exempt = p.me == 3
	}
	for _, side := range []Machines{One(0), One(1) | One(2)} {
		twin := &player{Peer: New(config, s.decided[0], 3), alive: true, exempt: true}
		twin.config.Keys = ring{3}
		twin.links = 0b0111
		s.peers[3] = twin
		for _, p := range s.peers {
			for m := range s.peers {
				if p.watches[m].beatAt = 0; (side | One(3)).Has(uint8(m)) {
					p.watches[m].beatAt, p.watches[m].movedAt = s.now, s.now
				}
			}
		}
		s.close(side.Lowest(), side|One(3))
		s.talk(side | One(3))
		for m := range side.All {
			if p := s.peers[m]; p.inst.verdict != nil {
				p.inst.verdict.since = 0
				p.conclude(s.now, nil)
				s.judge(p)
			}
		}
	}
	if s.fault != "" || s.peers[0].view.Number != 0 || s.peers[1].view.Number != 1 || s.peers[2].view.Number != 1 {
		t.Errorf("they are in views %d, %d and %d: %s", s.peers[0].view.Number, s.peers[1].view.Number, s.peers[2].view.Number, s.fault)
	}
}

// TestLiar: whatever one member signs, nobody honest is removed who is reached (K1), what
// was confirmed is not taken back, and no two views come about without a proof (K4).
func TestLiar(t *testing.T) {
	var total counts
	splits, proofs := 0, 0
	for seed := range uint64(*lies) {
		l := newLiarWalk(t, *firstWalk+seed, 6)
		for range 400 {
			if l.step(); l.fault != "" {
				t.Fatalf("seed %d, %d machines, %d lies, tie %v: %s", *firstWalk+seed, len(l.peers), l.liar, !l.config.NoTie, l.fault)
			}
			if l.split {
				splits++
				break
			}
		}
		for _, p := range l.peers {
			if !p.exempt && p.Liars().Has(l.liar) {
				proofs++
				break
			}
		}
		total.add(l.counts)
	}
	t.Logf("%d walks: %s; %d ended in two views with a proof, in %d there was a proof", *lies, total, splits, proofs)
	if total.views == 0 || total.removals == 0 || proofs == 0 {
		t.Error("too little came about")
	}
}
