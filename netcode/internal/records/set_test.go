//go:build !race

package records

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/visavis-netcode/visavis/rollback"
)

var (
	ana  = StreamID{Machine: 0}
	ben  = StreamID{Machine: 1}
	cem  = StreamID{Machine: 2, Born: 3}
	test = Config{LeadFrames: 3, LimitFrames: 2}
)

func record(id StreamID, f rollback.Frame) []byte {
	return fmt.Appendf(nil, "%d.%d.%d", id.Machine, id.Born, f)
}

// take gives a set the records of a stream through a frame.
func take(t *testing.T, s *Set, id StreamID, through rollback.Frame) {
	t.Helper()
	for f := s.Held(id) + 1; f <= through; f++ {
		if got := s.Take(id, f, record(id, f), false); got != Taken {
			t.Fatalf("frame %d of %v: %d", f, id, got)
		}
	}
}

func confirm(s *Set) rollback.Frame {
	for s.Confirm() {
	}
	return s.Confirmed()
}

// TestTake: a record is taken once, after the one before, and as long as its stream goes on.
func TestTake(t *testing.T) {
	s := New(test, []StreamID{ana, ben}, ana)
	for i, step := range []struct {
		id    StreamID
		f     rollback.Frame
		with  string
		final bool
		want  Outcome
	}{
		{ben, 2, "c", true, Refused},            // a last one comes in its turn
		{ben, earlyFrames, "x", false, Refused}, // too far ahead
		{ben, 1, "b", false, Early},             // it waits
		{ben, 1, "b", false, Known},
		{ben, 1, "x", false, Conflict},
		{ben, 0, "a", false, Taken}, // and with it the one that waited
		{ben, 0, "a", false, Known},
		{ben, 1, "b", false, Known},
		{ben, 0, "b", false, Conflict},
		{ben, 0, "a", false, Known}, // the first stays
		{ana, 0, "a", false, Refused},
		{cem, 0, "a", false, Refused},
		{ben, 2, "c", true, Taken},
		{ben, 3, "d", false, Refused}, // beyond the last
	} {
		if got := s.Take(step.id, step.f, []byte(step.with), step.final); got != step.want {
			t.Errorf("step %d: %d, want %d", i, got, step.want)
		}
	}
	s = New(test, []StreamID{ana, ben}, ana)
	take(t, s, ben, 1)
	s.Take(ben, 3, record(ben, 3), false)
	s.Freeze(ben)
	if s.Take(ben, 2, record(ben, 2), false) != Refused || s.Take(ben, 1, record(ben, 1), false) != Known {
		t.Error("a frozen stream takes records")
	}
	s.Settle()
	take(t, s, ben, 2)
	if s.Held(ben) != 2 {
		t.Error("what came early for a stream that was frozen then was taken")
	}
}

// TestTakeIsBounded: nobody fills a ring beyond what is kept of it.
func TestTakeIsBounded(t *testing.T) {
	s := New(test, []StreamID{ana, ben}, ana)
	n := rollback.Frame(0)
	for s.Take(ben, n, record(ben, n), false) == Taken {
		n++
	}
	if int(n) >= test.RingFrames() || int(n) < test.TailFrames() {
		t.Errorf("%d records are taken", n)
	}
}

// TestProduce: one's own records run LeadFrames ahead at most, and a last one is one more.
func TestProduce(t *testing.T) {
	s := New(test, []StreamID{ana, ben}, ana)
	produced := 0
	for ; s.MayProduce(); produced++ {
		s.Produce(record(ana, rollback.Frame(produced)))
	}
	if produced != test.LeadFrames {
		t.Errorf("%d records before anything is confirmed", produced)
	}
	if last := s.Finish(record(ana, 3)); last != 3 || s.MayProduce() || s.Finish(nil) != 3 {
		t.Errorf("the last is of frame %d", last)
	}
}

// TestConfirm: a frame waits for every stream that is live at it, and for no other.
func TestConfirm(t *testing.T) {
	s := New(test, []StreamID{ana, ben}, ana)
	s.Produce(record(ana, 0))
	s.Produce(record(ana, 1))
	if confirm(s) != rollback.NoFrame || !s.Lacks(ben) || s.Lacks(ana) {
		t.Error("confirmed without Ben")
	}
	take(t, s, ben, 0)
	if confirm(s) != 0 {
		t.Errorf("confirmed %d", s.Confirmed())
	}
	s.Open(cem, 2)
	s.End(ben, 0)
	if confirm(s) != 1 {
		t.Errorf("confirmed %d, with Ben gone and Cem not there yet", s.Confirmed())
	}
	s.Produce(record(ana, 2))
	if confirm(s) != 1 || !s.Lacks(cem) {
		t.Error("confirmed without Cem")
	}
	take(t, s, cem, 4)
	if limit := s.Limit(1); limit != 2 || s.Limit(9) != 2 {
		t.Errorf("limit %d", limit)
	}
	for s.MayProduce() {
		s.Produce(record(ana, s.Held(ana)+1))
	}
	if confirm(s) != 2 {
		t.Errorf("confirmed %d beyond the limit", s.Confirmed())
	}
	s.Settle()
	if confirm(s) != 4 {
		t.Errorf("confirmed %d after it was lifted", s.Confirmed())
	}
	var content []byte
	for _, e := range s.AppendContent(nil, 2) {
		content = append(append(content, e.Record...), ' ')
	}
	if string(content) != "0.0.2 2.3.2 " {
		t.Errorf("frame 2 is %q", content)
	}
}

// TestNobodyIsLive: frames that belong to nobody pass while one's own stream is to come.
func TestNobodyIsLive(t *testing.T) {
	s := Resume(test, Snapshot{Through: 9})
	s.Open(cem, 12)
	if s.Confirm() {
		t.Error("confirmed by who has no part in it")
	}
	s.Own(cem)
	if confirm(s) != 11 {
		t.Errorf("confirmed %d", s.Confirmed())
	}
}

// TestCut: what is lacking is filled, and nothing if it does not reach down to that.
func TestCut(t *testing.T) {
	s := New(test, []StreamID{ana, ben}, ana)
	take(t, s, ben, 1)
	list := [][]byte{record(ben, 1), record(ben, 2), record(ben, 3)}
	if s.Cut(ben, 5, 3, [][]byte{record(ben, 3), record(ben, 4), record(ben, 5)}) || s.Held(ben) != 1 {
		t.Error("a cut with a gap before it")
	}
	if !s.Cut(ben, 3, 1, list) {
		t.Error("refused")
	}
	if from, held, end := s.Bounds(ben); from != 0 || held != 3 || end != 3 || !bytes.Equal(s.Record(ben, 3), record(ben, 3)) {
		t.Errorf("%d %d %d", from, held, end)
	}
}

// TestDigestAfter: the digests of a stream are those that its records have without it, wherever its
// ring begins anew, and however long they are.
func TestDigestAfter(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	for _, odd := range []int{0, 40, 3} { // one in so many records is another one's length
		s := newStream(ana, 5, test)
		var d Digest
		var link [][]byte
		for f := rollback.Frame(5); f < 1500; f++ {
			record := []byte{byte(f), byte(f >> 8)}
			if odd > 0 && random.IntN(odd) == 0 {
				record = record[:random.IntN(3)]
			}
			s.append(record)
			link = append(link, record)
			if got, ok := s.digest(f); !ok || got != test.DigestAfter(d, f+1-rollback.Frame(len(link)), link) {
				t.Fatalf("one in %d is odd: frame %d: %v", odd, f, ok)
			}
			if (f+1)%LinkFrames == 0 {
				d, link = test.DigestAfter(d, f+1-rollback.Frame(len(link)), link), nil
			}
		}
	}
}

// TestPlaces: how many places a ring has is what package matchlog says in its doc, for other programs.
func TestPlaces(t *testing.T) {
	for _, rate := range []int{1, 30, 60, 120, 240} {
		for _, lead := range []int{1, 16, 24, 70, 255} {
			p := 64
			for p <= max(rate, lead)+5*lead+4*rate+159 {
				p *= 2
			}
			if got := ConfigOf(rate, lead).places(); got != p {
				t.Errorf("%d frames a second, %d ahead: %d places, not %d", rate, lead, got, p)
			}
		}
	}
}

// TestDigests: everybody's digest of the same records is the same, in whatever way they
// came, and another record gives another one.
func TestDigests(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	a := New(test, []StreamID{ana, ben}, ana)
	b := Resume(test, a.Snapshot()) // who follows from the start,
	var c *Set                      // and who comes later
	var entries []Entry
	for f := range rollback.Frame(200) {
		a.Produce(record(ana, f))
		take(t, a, ben, f)
		a.Confirm()
		if c == nil && random.IntN(60) == 0 {
			c = Resume(test, a.Snapshot())
		}
		entries = a.AppendContent(entries[:0], f)
		if !b.Follow(f, entries) || c != nil && c.Confirmed() < f && !c.Follow(f, entries) {
			t.Fatalf("frame %d is not followed", f)
		}
		for g := f; g > f-15 && g >= 0; g-- {
			want, ok := a.DigestThrough(ben, g)
			if got, is := b.DigestThrough(ben, g); !ok || !is || got != want {
				t.Fatalf("frame %d at %d: %v %v", g, f, ok, is)
			}
		}
		if c != nil {
			want, _ := a.DigestThrough(ben, f)
			if got, is := c.DigestThrough(ben, f); !is || got != want {
				t.Fatalf("frame %d of who has come later", f)
			}
		}
	}
	d := New(test, []StreamID{ana, ben}, ana)
	e := New(test, []StreamID{ana, ben}, ana)
	d.Take(ben, 0, []byte("ab"), false)
	d.Take(ben, 1, []byte("c"), false)
	e.Take(ben, 0, []byte("a"), false)
	e.Take(ben, 1, []byte("bc"), false)
	one, _ := d.DigestThrough(ben, 1)
	if other, _ := e.DigestThrough(ben, 1); one == other {
		t.Error("records run into each other")
	}
}

// TestSnapshotTellsWhatOthersLack: whoever comes by a snapshot holds all that anybody may
// still lack, as he may soon be the only one who does.
func TestSnapshotTellsWhatOthersLack(t *testing.T) {
	s := New(test, []StreamID{ana, ben}, ana)
	for f := range rollback.Frame(200) {
		s.Produce(record(ana, f))
		take(t, s, ben, f)
		s.Confirm()
		oldest := max(0, f-rollback.Frame(test.TailFrames())+1)
		if got := Resume(test, s.Snapshot()).Record(ben, oldest); !bytes.Equal(got, record(ben, oldest)) {
			t.Fatalf("at frame %d the record of frame %d is %q", f, oldest, got)
		}
	}
}

// TestFollowRefuses: what cannot be the next frame changes nothing.
func TestFollowRefuses(t *testing.T) {
	a := New(test, []StreamID{ana, ben}, ana)
	s := Resume(test, a.Snapshot())
	both := []Entry{{ana, record(ana, 0)}, {ben, record(ben, 0)}}
	for _, content := range [][]Entry{{both[1], both[0]}, {both[0], both[0]}, {{cem, nil}}} {
		if s.Follow(0, content) {
			t.Errorf("%v", content)
		}
	}
	if s.Follow(1, both) || !s.Follow(0, both) || s.Follow(0, both) {
		t.Error("frames out of order")
	}
	if !s.Follow(1, both[:1]) {
		t.Error("a stream that has ended is missed")
	}
	if _, _, end := s.Bounds(ben); end != 0 {
		t.Errorf("it ends at %d", end)
	}
}

// TestForgets: streams that ended long ago are not kept.
func TestForgets(t *testing.T) {
	s := New(test, []StreamID{ana, ben}, ana)
	s.End(ben, rollback.NoFrame)
	for f := range rollback.Frame(200) {
		s.Produce(record(ana, f))
		s.Confirm()
	}
	if s.Knows(ben) || !s.Knows(ana) || s.Record(ana, 0) != nil || s.Record(ana, 199) == nil {
		t.Error("what is kept is not what may be asked for")
	}
}

// TestEven: a frame that is said to be like the one before has the same streams, and records
// as long; and where nobody comes, goes or says more than before, frames are.
func TestEven(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	s, dan := New(test, []StreamID{ana, ben}, ana), StreamID{Machine: 3, Born: 1}
	lengths := func(f rollback.Frame) (l string) {
		for _, e := range s.AppendContent(nil, f) {
			l += fmt.Sprint(e.Stream, len(e.Record), " ")
		}
		return l
	}
	odd := func(f rollback.Frame) []byte { // some frames in a row, then none for long
		return make([]byte, 4+random.IntN(2)*int(f/40%2))
	}
	even, quiet := 0, 0
	for f := range rollback.Frame(2000) {
		switch f {
		case 490:
			s.Open(dan, f)
		case 980:
			s.End(ben, f-1)
		}
		s.Produce(odd(f))
		for _, id := range []StreamID{ben, dan} {
			if from, _, end := s.Bounds(id); from <= f && f <= end {
				s.Take(id, f, odd(f), false)
			}
		}
		if !s.Confirm() {
			t.Fatalf("frame %d is not confirmed", f)
		}
		switch same := f > 0 && lengths(f) == lengths(f-1); {
		case s.Even() && !same:
			t.Fatalf("frame %d is even: %s after %s", f, lengths(f), lengths(f-1))
		case s.Even():
			even++
		case same:
			quiet++
		}
	}
	if even < 600 || quiet > 500 {
		t.Fatalf("%d frames are even, %d others might be", even, quiet)
	}
}

// TestVaried: a stream of one's own tells since when its records are the same.
func TestVaried(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	s := New(test, []StreamID{ana}, ana)
	own, varied := s.Stream(ana), rollback.Frame(0)
	var before []byte
	for f := range rollback.Frame(2000) {
		record := []byte{byte(random.IntN(8) / 7), 0, 0, 0}[:3+random.IntN(20)/19]
		if f == 0 || !bytes.Equal(record, before) {
			varied = f
		}
		before = record
		if f == 1999 {
			s.Finish(record)
		} else {
			s.Produce(record)
		}
		if s.Confirm(); own.Varied() != varied {
			t.Fatalf("after frame %d it is the same since %d, want %d", f, own.Varied(), varied)
		}
	}
}

// TestStretch: records that are read many at a time are those that are read one by one.
func TestStretch(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	s := New(test, []StreamID{ana}, ana)
	own, together := s.Stream(ana), 0
	for f := range rollback.Frame(3000) {
		s.Produce([]byte{byte(f), byte(f >> 8), 0}[:2+random.IntN(300)/299])
		s.Confirm()
		from := f - rollback.Frame(random.IntN(30))
		memory, count := own.Stretch(from, f)
		if count < 1 || from+rollback.Frame(count)-1 > f {
			t.Fatalf("%d records from frame %d to %d", count, from, f)
		}
		for n, i := len(memory)/count, 0; i < count; i++ {
			if got := memory[i*n : (i+1)*n]; !bytes.Equal(got, own.Record(from+rollback.Frame(i))) {
				t.Fatalf("the record of frame %d, read from %d on, is %x", from+rollback.Frame(i), from, got)
			}
		}
		together += count / 2
	}
	if together < 3000 {
		t.Errorf("only %d were read together", together)
	}
}
