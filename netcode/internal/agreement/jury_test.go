//go:build !race

package agreement

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/visavis-netcode/visavis/netcode/internal/membership"
	"github.com/visavis-netcode/visavis/netcode/internal/records"
	"github.com/visavis-netcode/visavis/netcode/internal/wire"
	"github.com/visavis-netcode/visavis/rollback"
)

// bench is a jury at machine 0, and how its match stands.
type bench struct {
	*Jury
	state State
}

// sitting is a jury of a match of so many machines that runs.
func sitting(machines int, outvotes bool) *bench {
	b := &bench{Jury: New(Config{Me: 0, Outvotes: outvotes})}
	b.Enter(records.StreamID{}, 0)
	for m := range machines {
		if m > 0 {
			b.Meet(records.StreamID{Machine: uint8(m)}, 0)
			b.state.Members |= membership.One(uint8(m))
		}
		b.state.InView |= membership.One(uint8(m))
	}
	b.state.Now, b.state.Playing, b.state.Linked = time.Second, true, b.state.Members
	return b
}

// note has this machine compute a world, and hears says what others have computed, of the same
// records.
func (b *bench) note(f rollback.Frame, world uint64) {
	b.Note(rollback.Checksum{Frame: f, World: world})
	b.Rewait(&b.state)
}

func (b *bench) hears(f int32, worlds map[uint8]uint64) {
	for m := range uint8(wire.MaxMachines) {
		if world, said := worlds[m]; said {
			said := Holding{Frame: rollback.Frame(f), Digests: map[records.StreamID]records.Digest{}}
			for other, theirs := range worlds {
				if theirs != world {
					said.Differ |= membership.One(other)
				}
			}
			b.TakeHolding(m, said)
			b.Take(&b.state, m, &wire.Checksum{Frame: f, World: world})
		}
	}
}

func (b *bench) after(d time.Duration) {
	b.state.Now += d
	b.Step(&b.state)
}

// verdicts are all that are new, by their kind and machine.
func (b *bench) verdicts() (all []Verdict) {
	for v, more := b.Next(); more; v, more = b.Next() {
		all = append(all, Verdict{Kind: v.Kind, Machine: v.Machine})
	}
	return all
}

func (b *bench) want(t *testing.T, when string, want ...Verdict) {
	t.Helper()
	if got := b.verdicts(); !slices.Equal(got, want) {
		t.Errorf("%s: %+v, want %+v", when, got, want)
	}
}

// TestOfTwo: another world ends the match at once, whoever says it first.
func TestOfTwo(t *testing.T) {
	for _, early := range []bool{true, false} {
		b := sitting(2, false)
		b.note(60, 1)
		b.hears(60, map[uint8]uint64{1: 1})
		b.want(t, "the same world")
		if early {
			b.hears(120, map[uint8]uint64{1: 3})
			b.want(t, "nothing to compare it with")
			b.note(120, 2)
		} else {
			b.note(120, 2)
			b.hears(120, map[uint8]uint64{1: 3})
		}
		v, _ := b.Next()
		if v.Kind != Differs || v.Machine != 1 || v.Mine.World != 2 || v.Theirs.World != 3 || v.Agreed != 60 || v.Frame != 120 {
			t.Errorf("early %t: %+v", early, v)
		}
		b.hears(120, map[uint8]uint64{1: 4})
		b.want(t, "it ends once")
	}
}

// TestLaterView: what a member of a later view says is compared when that is known here.
func TestLaterView(t *testing.T) {
	b := sitting(2, false)
	b.note(60, 1)
	b.Take(&b.state, 1, &wire.Checksum{Frame: 60, World: 2, View: 1})
	b.want(t, "before the view")
	b.state.View = 1
	b.Rewait(&b.state)
	b.want(t, "with it", Verdict{Kind: Differs, Machine: 1})
}

// TestOfMany: nobody goes by what one says. When all have said what they have, and had the
// time to prove a lie, the match ends, or goes on with the world that the most have.
func TestOfMany(t *testing.T) {
	for name, test := range map[string]struct {
		outvotes bool
		worlds   map[uint8]uint64 // this machine's is 1
		want     []Verdict
	}{
		"one against two, it ends":       {false, map[uint8]uint64{1: 1, 2: 9}, []Verdict{{Kind: Differs, Machine: 2}}},
		"one against two, it goes on":    {true, map[uint8]uint64{1: 1, 2: 9}, []Verdict{{Kind: Strayed, Machine: 2}}},
		"this one is alone, it ends":     {false, map[uint8]uint64{1: 9, 2: 9}, []Verdict{{Kind: Differs, Machine: 1}}},
		"this one is alone":              {true, map[uint8]uint64{1: 9, 2: 9}, []Verdict{{Kind: Outvoted, Machine: 1}}},
		"three worlds":                   {true, map[uint8]uint64{1: 8, 2: 9}, []Verdict{{Kind: Differs, Machine: 1}}},
		"two against two":                {true, map[uint8]uint64{1: 1, 2: 9, 3: 9}, []Verdict{{Kind: Differs, Machine: 2}}},
		"two against two of five":        {true, map[uint8]uint64{1: 1, 2: 9, 3: 1, 4: 8}, []Verdict{{Kind: Strayed, Machine: 2}, {Kind: Strayed, Machine: 4}}},
		"one who says nothing, of four":  {true, map[uint8]uint64{1: 1, 2: 9, 3: 0}, []Verdict{{Kind: Differs, Machine: 2}}},
		"one who says nothing, of five":  {true, map[uint8]uint64{1: 1, 2: 9, 3: 0, 4: 1}, []Verdict{{Kind: Strayed, Machine: 2}}},
		"one who says nothing, of three": {false, map[uint8]uint64{1: 9, 2: 0}, []Verdict{{Kind: Differs, Machine: 1}}},
	} {
		b := sitting(len(test.worlds)+1, test.outvotes)
		silent := false
		b.note(60, 1)
		for m, world := range test.worlds {
			if silent = silent || world == 0; world == 0 {
				delete(test.worlds, m)
			}
		}
		b.hears(60, test.worlds)
		b.want(t, name+": at once", Verdict{Kind: ShowSeals})
		if !b.Judges(&b.state) || b.Idle() {
			t.Errorf("%s: it does not judge", name)
		}
		b.after(proofTime - 1)
		b.want(t, name+": before a proof can be here")
		b.state.Liars = 0b100
		b.after(2)
		b.want(t, name+": while a liar is being put out")
		b.state.Liars = 0
		if b.after(1); silent {
			b.want(t, name+": while one has said nothing")
			b.after(weighTime)
		}
		b.want(t, name, test.want...)
	}
}

// TestOldFrame: who tells another world of a frame of long ago is alone with that, though the
// others say nothing of it any more: they have agreed since.
func TestOldFrame(t *testing.T) {
	b := sitting(4, true)
	for f := rollback.Frame(60); f <= 360; f += 60 {
		b.note(f, 1)
		b.hears(int32(f), map[uint8]uint64{1: 1, 2: 1})
	}
	b.hears(60, map[uint8]uint64{3: 9})
	b.after(weighTime)
	b.want(t, "an old frame", Verdict{Kind: ShowSeals}, Verdict{Kind: Strayed, Machine: 3})
}

// TestWhoSaysItHimself: who says that he was told another match is not named for his world.
func TestWhoSaysItHimself(t *testing.T) {
	b := sitting(4, true)
	b.note(60, 1)
	b.hears(60, map[uint8]uint64{1: 1, 2: 8, 3: 9})
	b.StandDown(&b.state, 2)
	b.after(weighTime)
	b.want(t, "the others", Verdict{Kind: ShowSeals}, Verdict{Kind: Gone, Machine: 2}, Verdict{Kind: Strayed, Machine: 3})
}

// holds says what some hold of machine's stream before a frame, and nothing else.
func (b *bench) holds(f rollback.Frame, machine uint8, digests map[uint8]byte) {
	for m, digest := range digests {
		b.TakeHolding(m, Holding{Frame: f, Digests: map[records.StreamID]records.Digest{{Machine: machine}: {digest}}})
	}
}

// TestDeceived: who holds other records of one of them than the others do has computed
// nothing wrong, and is nobody to be named for his world (H13). He goes, and with him nobody
// else, however the worlds stand.
func TestDeceived(t *testing.T) {
	for name, test := range map[string]struct {
		worlds map[uint8]uint64 // this machine's is 1
		holds  map[uint8]byte   // of the stream of the last one
		within time.Duration
		want   []Verdict
	}{
		"another one, two against two": {map[uint8]uint64{1: 1, 2: 9, 3: 9}, map[uint8]byte{0: 1, 1: 1, 2: 2, 3: 2}, proofTime + 1, []Verdict{{Kind: Strayed, Machine: 3}}},
		"another one, of three alike":  {map[uint8]uint64{1: 1, 2: 9, 3: 1}, map[uint8]byte{0: 1, 1: 1, 2: 2, 3: 1}, proofTime + 1, nil},
		"this one":                     {map[uint8]uint64{1: 9, 2: 9, 3: 1}, map[uint8]byte{0: 1, 1: 2, 2: 2, 3: 1}, proofTime + 1, []Verdict{{Kind: Deceived}}},
		"of three, it is open":         {map[uint8]uint64{1: 9, 2: 1}, map[uint8]byte{0: 1, 1: 2, 2: 1}, openTime - 1, []Verdict{{Kind: ShowSeals}}},
		"of three, the lowest stays":   {map[uint8]uint64{1: 9, 2: 9}, map[uint8]byte{0: 1, 1: 2, 2: 2}, openTime, nil},
		"all differ":                   {map[uint8]uint64{1: 8, 2: 9, 3: 9}, map[uint8]byte{0: 1, 1: 2, 2: 3, 3: 3}, openTime, nil},
	} {
		b := sitting(len(test.worlds)+1, true)
		b.note(60, 1)
		b.hears(60, test.worlds)
		b.want(t, name+": at once", Verdict{Kind: ShowSeals})
		b.holds(60, uint8(len(test.worlds)), test.holds)
		b.after(test.within)
		b.want(t, name, test.want...)
	}
}

// TestSealedStands: of three, the lowest says that he holds something else of another's stream
// than this machine does. What its author has sealed stands, and it is the lowest who goes.
func TestSealedStands(t *testing.T) {
	for sealed, want := range map[bool][]Verdict{true: nil, false: {{Kind: Deceived}}} {
		b := sitting(3, true)
		b.Jury = New(Config{Me: 1, Outvotes: true, Sealed: func(id records.StreamID, f rollback.Frame) bool { return sealed && id.Machine == 2 && f == 60 }})
		b.Enter(records.StreamID{Machine: 1}, 0)
		b.Meet(records.StreamID{}, 0)
		b.Meet(records.StreamID{Machine: 2}, 0)
		b.state.Members = membership.One(0) | membership.One(2)
		b.state.Linked = b.state.Members
		b.note(60, 1)
		b.hears(60, map[uint8]uint64{0: 9, 2: 1})
		b.want(t, "at once", Verdict{Kind: ShowSeals})
		b.holds(60, 2, map[uint8]byte{0: 5, 1: 1})
		b.after(openTime - 1)
		b.want(t, "others may have seals of something else", Verdict{Kind: ShowSeals})
		b.after(openTime)
		b.want(t, "after that", want...)
	}
}

// TestToldOtherInputs: who says that he was fed other inputs is not named for his world
// either, and goes.
func TestToldOtherInputs(t *testing.T) {
	for mine, want := range map[uint64][]Verdict{1: nil, 9: {{Kind: Deceived}}} {
		b := sitting(4, true)
		b.Note(rollback.Checksum{Frame: 60, World: mine, Inputs: mine})
		b.hears(60, nil)
		for m := range uint8(3) {
			world := uint64(1)
			if m == 2 && mine == 1 {
				world = 9
			}
			b.TakeHolding(m+1, Holding{Frame: 60, Digests: map[records.StreamID]records.Digest{}})
			b.Take(&b.state, m+1, &wire.Checksum{Frame: 60, World: world, Inputs: world})
		}
		b.want(t, "at once", Verdict{Kind: ShowSeals})
		b.after(proofTime + 1)
		b.want(t, "then", want...)
	}
}

// TestSaysOtherInputsOnly: the word that he was fed other inputs excuses nobody who says that he
// holds the same records as the rest.
func TestSaysOtherInputsOnly(t *testing.T) {
	for _, same := range []bool{true, false} {
		b := sitting(4, true)
		b.Note(rollback.Checksum{Frame: 60, World: 1, Inputs: 1})
		holds := map[uint8]byte{0: 1, 1: 1, 2: 1, 3: 1}
		if !same {
			delete(holds, 3)
		}
		b.holds(60, 3, holds)
		for m, world := range []uint64{1: 1, 2: 1, 3: 9} {
			if m > 0 {
				b.Take(&b.state, uint8(m), &wire.Checksum{Frame: 60, World: world, Inputs: world})
			}
		}
		b.want(t, "at once", Verdict{Kind: ShowSeals})
		var want []Verdict
		if same {
			want = []Verdict{{Kind: Strayed, Machine: 3}}
		}
		b.after(weighTime)
		b.want(t, "then", want...)
	}
}

// TestThirdAway: where one of three has gone who was told another match, the other two do not
// end it by what one of them says, until he has had the time to come in again.
func TestThirdAway(t *testing.T) {
	for _, outvotes := range []bool{false, true} {
		b := sitting(3, outvotes)
		b.note(60, 1)
		b.hears(60, map[uint8]uint64{1: 9})
		b.StandDown(&b.state, 1)
		b.want(t, "he goes", Verdict{Kind: ShowSeals}, Verdict{Kind: Gone, Machine: 1})
		b.state.InView, b.state.Members = 0b101, 0b100
		b.note(120, 1)
		b.hears(120, map[uint8]uint64{2: 9})
		b.after(weighTime)
		b.want(t, "the other of two lies")
		b.after(awayTime)
		b.note(180, 1)
		b.hears(180, map[uint8]uint64{2: 9})
		if b.after(weighTime); len(b.verdicts()) == 0 {
			t.Error("nobody judges any more")
		}
	}
}

// TestThirdAwayAtTheEnd: nor do the two end it for what one of them says of its end.
func TestThirdAwayAtTheEnd(t *testing.T) {
	for _, outvotes := range []bool{false, true} {
		b := sitting(3, outvotes)
		b.StandDown(&b.state, 1)
		b.want(t, "he goes", Verdict{Kind: Gone, Machine: 1})
		b.state.InView, b.state.Members = 0b101, 0b100
		b.TakeLast(2, &wire.Checksum{Frame: 61, World: 9, Last: true})
		b.LookForEnded(&b.state, 100)
		b.want(t, "while he may come in again")
		b.after(awayTime)
		b.LookForEnded(&b.state, 100)
		b.want(t, "after that", Verdict{Kind: EndedEarlier, Machine: 2})
	}
}

// TestToldToOne: a match that ends for any difference does not end for what a single one is told,
// of a world or of the end, while others have heard nothing of it.
func TestToldToOne(t *testing.T) {
	for _, end := range []bool{false, true} {
		b := sitting(3, false)
		look := func() {
			if b.after(weighTime); end {
				b.LookForEnded(&b.state, 100)
			}
		}
		b.note(60, 1)
		if b.hears(60, map[uint8]uint64{1: 1}); end {
			b.TakeLast(2, &wire.Checksum{Frame: 60, World: 9, Last: true})
		} else {
			b.TakeHolding(2, Holding{Frame: 60, Digests: map[records.StreamID]records.Digest{}})
			b.Take(&b.state, 2, &wire.Checksum{Frame: 60, World: 9})
		}
		look()
		b.want(t, "told this one only", Verdict{Kind: ShowSeals})
		if b.Differing() != 0b100 {
			t.Errorf("%b differ", b.Differing())
		}
		b.TakeHolding(1, Holding{Frame: 60, Digests: map[records.StreamID]records.Digest{}, Differ: 0b100})
		if !end {
			b.Take(&b.state, 2, &wire.Checksum{Frame: 60, World: 9})
			b.want(t, "told another one, too", Verdict{Kind: ShowSeals})
		}
		look()
		kind := Differs
		if end {
			kind = EndedEarlier
		}
		b.want(t, "told another one, too", Verdict{Kind: kind, Machine: 2})
	}
}

// TestLiarOut: for some time after a liar was put out nobody is judged.
func TestLiarOut(t *testing.T) {
	b := sitting(4, true)
	b.note(60, 1)
	b.hears(60, map[uint8]uint64{1: 9})
	b.want(t, "a dispute", Verdict{Kind: ShowSeals})
	b.LiarOut(b.state.Now)
	b.after(weighTime)
	b.note(120, 1)
	b.hears(120, map[uint8]uint64{1: 9})
	b.want(t, "what comes of the lie")
	b.after(afterLie)
	b.note(180, 1)
	b.hears(180, map[uint8]uint64{1: 9})
	b.want(t, "and later", Verdict{Kind: ShowSeals})
}

// TestStrayIsExpelled: whoever has another world has some time to go of itself, and is put
// out once.
func TestStrayIsExpelled(t *testing.T) {
	b := sitting(3, true)
	b.Meet(records.StreamID{Machine: 2, Born: 1}, 50) // it has come late
	b.note(120, 1)
	b.hears(120, map[uint8]uint64{1: 1, 2: 7})
	b.want(t, "at first")
	b.after(strayTime - 1)
	b.want(t, "while it may go")
	b.after(1)
	b.want(t, "then", Verdict{Kind: Expel, Machine: 2})
	b.note(180, 1)
	b.hears(180, map[uint8]uint64{1: 1, 2: 7})
	b.after(strayTime)
	b.want(t, "and that is all")
	if !b.Idle() {
		t.Error("there is still something to do")
	}
	five, expelled := sitting(5, true), 0
	for f, worlds := range []map[uint8]uint64{{1: 1, 2: 7, 3: 1, 4: 1}, {1: 1, 2: 7, 3: 7, 4: 1}} {
		five.note(rollback.Frame(f), 1)
		five.hears(int32(f), worlds)
		five.after(weighTime)
		five.after(strayTime)
		for _, v := range five.verdicts() {
			if v.Kind == Expel && v.Machine == 2 {
				expelled++
			}
		}
	}
	if expelled != 1 {
		t.Errorf("it was put out %d times", expelled)
	}

	b.Meet(records.StreamID{Machine: 2, Born: 3}, 200)
	b.note(240, 1)
	b.hears(240, map[uint8]uint64{2: 1})
	if b.Doubtful(2) || b.Agreed(2) != 240 {
		t.Error("who has come back, with the right world, is still doubted")
	}
}

// TestDoubt: of a newcomer's world those judge who were there before it, the most of them
// count, and one who lies does not put it out alone.
func TestDoubt(t *testing.T) {
	for name, test := range map[string]struct {
		said map[uint8]uint64 // this machine's is 1
		want []Verdict
		over bool
	}{
		"all have it":         {map[uint8]uint64{1: 1, 2: 1, 3: 1}, nil, true},
		"none has it":         {map[uint8]uint64{1: 2, 2: 2, 3: 2}, []Verdict{{Kind: Astray}}, false},
		"one lies":            {map[uint8]uint64{1: 2, 2: 1, 3: 1}, nil, true},
		"most have not":       {map[uint8]uint64{1: 2, 2: 1, 3: 2}, []Verdict{{Kind: Astray}}, false},
		"a younger says so":   {map[uint8]uint64{4: 2}, nil, false},
		"only one has spoken": {map[uint8]uint64{2: 1}, nil, true},
	} {
		b := sitting(4, false)
		b.Enter(records.StreamID{Born: 5}, 100)
		b.Meet(records.StreamID{Machine: 4, Born: 6}, 110)
		b.state.Members |= membership.One(4)
		b.state.Linked = b.state.Members
		b.note(120, 1)
		b.hears(120, test.said)
		b.after(weighTime)
		b.want(t, name, test.want...)
		if b.Doubts() == test.over {
			t.Errorf("%s: doubts %t", name, b.Doubts())
		}
	}
}

// TestAccuse: what one says of another ends nothing among three, and what two say does.
func TestAccuse(t *testing.T) {
	b := sitting(3, false)
	for i, by := range []uint8{1, 1, 2} { // who says it twice is one
		if enough := b.Accuse(&b.state, by); enough != (i == 2) {
			t.Errorf("among three it takes two: %d says it, and it is enough: %t", by, enough)
		}
	}
	if two := sitting(2, false); !two.Accuse(&two.state, 1) {
		t.Error("of two the other is believed: it has stopped")
	}
	b.StandDown(&b.state, 2)
	b.StandDown(&b.state, 2)
	b.want(t, "who stands down", Verdict{Kind: Gone, Machine: 2})
}

// TestConfirmed: a result is the match's if more than half have it, this machine among them,
// and nobody who is there has said anything else.
func TestConfirmed(t *testing.T) {
	for name, test := range map[string]struct {
		machines int
		outvotes bool
		said     map[uint8]uint64 // this machine's is 1
		linked   membership.Machines
		left     membership.Machines
		out      membership.Machines // not in the newest view
		agreed   bool
		by       []int
	}{
		"both":                      {2, false, map[uint8]uint64{1: 1}, 0b10, 0, 0, true, []int{1}},
		"another one":               {2, false, map[uint8]uint64{1: 2}, 0b10, 0, 0, false, nil},
		"alone":                     {1, false, nil, 0, 0, 0, true, nil},
		"the other is lost":         {2, false, nil, 0, 0, 0, false, nil},
		"the other has left":        {2, false, nil, 0, 0b10, 0, false, nil},
		"two of three":              {3, false, map[uint8]uint64{2: 1}, 0b100, 0, 0, true, []int{2}},
		"two of three, one is":      {3, false, map[uint8]uint64{2: 1}, 0b110, 0, 0, false, []int{2}},
		"two of five":               {5, false, map[uint8]uint64{2: 1}, 0b100, 0, 0, false, []int{2}},
		"two of five, two left":     {5, false, map[uint8]uint64{2: 1}, 0b100, 0b1010, 0, true, []int{2}},
		"two of four, two by views": {4, false, map[uint8]uint64{2: 1}, 0b100, 0, 0b1010, true, []int{2}},
		"two of four, one by views": {4, false, map[uint8]uint64{2: 1}, 0b100, 0, 0b10, true, []int{2}},
		"two of five, one by views": {5, false, map[uint8]uint64{2: 1}, 0b100, 0, 0b10, false, []int{2}},
		"the last one":              {3, false, nil, 0, 0, 0b110, false, nil},
		"one against, outvoting":    {5, true, map[uint8]uint64{1: 1, 2: 1, 3: 1, 4: 2}, 0b11110, 0, 0, true, []int{1, 2, 3}},
		"one against, without that": {5, false, map[uint8]uint64{1: 1, 2: 1, 3: 1, 4: 2}, 0b11110, 0, 0, false, []int{1, 2, 3}},
	} {
		b := sitting(test.machines, test.outvotes)
		b.state.Playing, b.state.Closing, b.state.Linked, b.state.Left = false, true, test.linked, test.left
		b.state.InView &^= test.out
		b.state.Members &^= test.out
		for m, world := range test.said {
			b.TakeLast(m, &wire.Checksum{Frame: 600, World: world, Last: true})
		}
		if by, agreed := b.Confirmed(&b.state, 600, 1); agreed != test.agreed || !slices.Equal(by, test.by) {
			t.Errorf("%s: %v, agreed %t", name, by, agreed)
		}
	}
}

// TestCompareLast: who is further on, or there and silent, is waited for; who ended earlier,
// or with another world, ends it with a desync.
func TestCompareLast(t *testing.T) {
	for name, test := range map[string]struct {
		said    *wire.Checksum
		state   func(s *State)
		missing bool
		want    []Verdict
	}{
		"silent":                    {nil, func(*State) {}, true, nil},
		"silent and lost":           {nil, func(s *State) { s.Linked = 0 }, false, nil},
		"not met yet":               {nil, func(s *State) { s.Linked, s.Unmet = 0, 0b10 }, true, nil},
		"too late":                  {nil, func(s *State) { s.Late = 0b10 }, false, nil},
		"further on":                {&wire.Checksum{Frame: 700, World: 5}, func(*State) {}, true, nil},
		"the same":                  {&wire.Checksum{Frame: 600, World: 1}, func(*State) {}, false, nil},
		"another one":               {&wire.Checksum{Frame: 600, World: 2}, func(*State) {}, false, []Verdict{{Kind: Differs, Machine: 1}}},
		"earlier":                   {&wire.Checksum{Frame: 500, World: 2}, func(*State) {}, false, []Verdict{{Kind: EndedEarlier, Machine: 1}}},
		"of a view that is to come": {&wire.Checksum{Frame: 600, World: 2, View: 3}, func(*State) {}, true, nil},
	} {
		b := sitting(2, false)
		b.state.Playing, b.state.Closing = false, true
		if test.state(&b.state); test.said != nil {
			b.TakeLast(1, test.said)
		}
		b.Close(rollback.Checksum{Frame: 600, World: 1})
		if missing := b.CompareLast(&b.state, 600); missing != test.missing {
			t.Errorf("%s: missing %t", name, missing)
		}
		b.want(t, name, test.want...)
	}
}

// TestStrangersBytes: whatever is said, by whom and when, what is kept is bounded, and the
// match ends once at most.
func TestStrangersBytes(t *testing.T) {
	kinds := map[VerdictKind]int{}
	for seed := range uint64(400) {
		r := rand.New(rand.NewPCG(seed, 2))
		b, ends := sitting(2+r.IntN(5), r.IntN(2) == 0), 0
		for range 300 {
			m := uint8(1 + r.IntN(6))
			sum := &wire.Checksum{Frame: int32(r.IntN(12)*60 - 60), World: uint64(r.IntN(2)), View: uint32(r.IntN(20) / 19)}
			if r.IntN(50) == 0 {
				sum.Frame = 1<<31 - 1
			}
			switch r.IntN(9) {
			case 0:
				b.note(rollback.Frame(r.IntN(10)*60), uint64(r.IntN(2)))
			case 1:
				b.TakeLast(m, sum)
				b.LookForEnded(&b.state, rollback.Frame(r.IntN(600)))
			case 2:
				b.Accuse(&b.state, m)
				b.StandDown(&b.state, m)
			case 3:
				if r.IntN(20) == 0 {
					b.Meet(records.StreamID{Machine: m, Born: uint32(r.IntN(4))}, rollback.Frame(r.IntN(300)))
				}
			case 4:
				b.CompareLast(&b.state, rollback.Frame(r.IntN(600)))
			case 5:
				b.Confirmed(&b.state, 60, 1)
				b.Sides(60, 0, 1, m)
			default:
				b.Take(&b.state, m, sum)
			}
			if b.after(time.Duration(r.IntN(200)) * time.Millisecond); r.IntN(100) == 0 {
				b.state.Playing, b.state.Closing = false, true
			}
			for v, more := b.Next(); more; v, more = b.Next() {
				if kinds[v.Kind]++; v.Kind <= Outvoted {
					ends++
				}
			}
			for m, said := range b.said {
				if len(said.pending) > maxPending {
					t.Fatalf("seed %d: %d checksums of machine %d wait", seed, len(said.pending), m)
				}
			}
		}
		if ends > 1 {
			t.Fatalf("seed %d: the match has ended %d times", seed, ends)
		}
	}
	for k := Differs; k <= Gone; k++ {
		if k != Astray && kinds[k] == 0 {
			t.Errorf("nothing has come of kind %d: %v", k, kinds)
		}
	}
}

// TestMostHaveInOrder: of those who have one world by different inputs, and of two worlds that
// as many have, it is the lowest machine's, each time.
func TestMostHaveInOrder(t *testing.T) {
	for range 50 {
		worlds := map[uint8]wire.Checksum{4: {World: 9, Inputs: 4}, 1: {World: 7, Inputs: 1}, 2: {World: 9, Inputs: 2}, 3: {World: 7, Inputs: 3}}
		if most, alike := mostHave(worlds); most != worlds[1] || alike != 0b1010 {
			t.Fatalf("%+v of %b", most, alike)
		}
	}
}
