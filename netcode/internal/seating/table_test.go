//go:build !race

package seating

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/visavis-netcode/visavis/netcode/internal/records"
	"github.com/visavis-netcode/visavis/rollback"
)

var test = Config{LeadFrames: 4, KeptFrames: 30, Seats: 3, MachineSeats: 2, InputBytes: 1}

// game folds frames whose records are as short as the table says.
type game struct {
	*Table
	streams []records.StreamID
}

func newGame(streams ...records.StreamID) *game {
	return &game{New(test, []records.StreamID{ana, ben}), streams}
}

// next folds a frame. entries are those of each stream's record.
func (g *game) next(entries map[records.StreamID][]Entry) Word {
	return g.Fold(g.Folded()+1, g.content(entries))
}

// content is what the next frame consists of.
func (g *game) content(entries map[records.StreamID][]Entry) (content []records.Entry) {
	f := g.Folded() + 1
	for _, id := range g.streams {
		record := make([]byte, g.Inputs(id, f))
		for i := range entries[id] {
			record = AppendEntry(record, f, &entries[id][i])
		}
		content = append(content, records.Entry{Stream: id, Record: record})
	}
	return content
}

// run folds frames without entries through one.
func (g *game) run(through rollback.Frame) (w Word) {
	for g.Folded() < through {
		w = g.next(nil)
	}
	return w
}

type says = map[records.StreamID][]Entry

// TestSeatChangesHands: a seat is somebody else's from the frame that the referee has
// named, and nothing changes before.
func TestSeatChangesHands(t *testing.T) {
	g := newGame(ana, ben, cem)
	lead := rollback.Frame(test.SeatLeadFrames())
	g.next(says{ana: {
		{Kind: Seat, Seat: 2, Holder: cem, From: lead},     // in time
		{Kind: Seat, Seat: 1, Holder: ana, From: lead - 1}, // too late
		{Kind: Seat, Seat: 0, Holder: ben, From: lead + 3},
		{Kind: Seat, Seat: 0, Holder: ana, From: lead + 2}, // before one that stands
		{Kind: Seat, Seat: 3, Holder: ana, From: lead + 2}, // no such seat
	}})
	for f := rollback.Frame(1); f < 2*lead; f++ {
		want := Word{Present: 0b011}
		seats := [3]uint16{0b001, 0b010, 0}
		if f >= lead {
			want.Present, seats[2] = 0b111, 0b100
		}
		if f >= lead+3 {
			seats[0], seats[1] = 0, 0b011
		}
		if got := g.next(nil); got != want {
			t.Errorf("frame %d: %+v, want %+v", f, got, want)
		}
		for i, id := range g.streams {
			if got := g.Seats(id, f); got != seats[i] {
				t.Errorf("frame %d: %v has %03b, want %03b", f, id, got, seats[i])
			}
		}
	}
}

// TestOnlyTheReferee: what others write of seats and pauses counts for nothing (R1), and
// when the referee's stream has ended the next one is it.
func TestOnlyTheReferee(t *testing.T) {
	g := newGame(ana, ben)
	rule := []Entry{{Kind: Pause, On: true, From: 1}, {Kind: Seat, Seat: 2, Holder: ben, From: 9}}
	g.next(says{ben: rule})
	if g.last(2).holder != Nobody || g.run(3).Paused {
		t.Error("who is not the referee rules")
	}
	g.streams = g.streams[1:]
	if w := g.run(5); w.Present != 0b010 {
		t.Errorf("a seat whose stream has ended is not empty: %03b (R4)", w.Present)
	}
	rule[0].From, rule[1].From = 7, 15
	g.next(says{ben: rule})
	if g.last(2).holder != ben || !g.run(7).Paused {
		t.Error("the next one is not the referee")
	}
}

// TestPause: the match stands from one frame to another, and an entry that comes too late
// or says nothing new counts for nothing (R6).
func TestPause(t *testing.T) {
	g := newGame(ana, ben)
	g.next(says{ana: {{Kind: Pause, On: true, From: 0}, {Kind: Pause, On: true, From: 2}, {Kind: Pause, On: true, From: 3}, {Kind: Pause, From: 5}}})
	var got []bool
	for f := rollback.Frame(1); f < 8; f++ {
		if p := g.Predict(f, everBounds{}).Paused; p != g.next(nil).Paused {
			t.Errorf("frame %d was not foreseen", f)
		} else {
			got = append(got, p)
		}
	}
	if want := []bool{false, true, true, true, false, false, false}; !slices.Equal(got, want) {
		t.Error(got)
	}
}

// everBounds are of streams without an end.
type everBounds struct{}

func (everBounds) Bounds(records.StreamID) (from, held, end rollback.Frame) {
	return 0, 0, records.Endless
}

// TestMachineSeats: nobody's records are given more seats than they have room for, not
// for a moment.
func TestMachineSeats(t *testing.T) {
	g := newGame(ana, ben)
	g.next(says{ana: {
		{Kind: Seat, Seat: 1, Holder: ana, From: 9},
		{Kind: Seat, Seat: 1, Holder: ben, From: 20},
		{Kind: Seat, Seat: 2, Holder: ana, From: 15}, // the third until 20
	}})
	if g.last(2).holder != Nobody {
		t.Error("a third seat")
	}
	g.next(says{ana: {{Kind: Seat, Seat: 2, Holder: ana, From: 20}}})
	if g.last(2).holder != ana {
		t.Error("no second seat when the other one is gone")
	}
}

// TestVotes: what each wishes is remembered as long as it is there.
func TestVotes(t *testing.T) {
	g := newGame(ana, ben, cem)
	g.next(says{ben: {{Kind: Vote, On: true}}, cem: {{Kind: Vote, On: true}}})
	if pause, all := g.Votes(); pause != 0b010 || all != 0b011 {
		t.Errorf("%03b of %03b", pause, all)
	}
	g.next(says{ben: {{Kind: Vote}}, ana: {{Kind: Vote, On: true}}})
	if pause, _ := g.Votes(); pause != 0b001 {
		t.Errorf("%03b", pause)
	}
	g.streams = g.streams[1:]
	g.next(nil)
	if pause, all := g.Votes(); pause != 0 || all != 0b010 {
		t.Errorf("%03b of %03b", pause, all)
	}
}

// TestRequestIsAnsweredOnce: two referees in turn write the same answer; the second one
// comes after another request was granted, and does not undo that (R5).
func TestRequestIsAnsweredOnce(t *testing.T) {
	g := newGame(ana, ben, cem)
	g.next(says{cem: {{Kind: Request, Seat: 2, Holder: cem, Asked: Asked{Number: 1}}}})
	if list := g.Requests(nil); len(list) != 1 || list[0].Asked != (Asked{cem, 1}) || list[0].Holder != cem {
		t.Fatalf("%+v", list)
	}
	grant := Entry{Kind: Seat, Seat: 2, Holder: cem, From: 10, Asked: Asked{cem, 1}}
	g.next(says{ana: {grant}})
	if len(g.Requests(nil)) != 0 || g.Answered(cem) != 1 || g.last(2).holder != cem {
		t.Error("not granted")
	}
	g.next(says{cem: {{Kind: Request, Seat: 2, Holder: Nobody, Asked: Asked{Number: 2}}}})
	g.next(says{ana: {{Kind: Seat, Seat: 2, Holder: Nobody, From: 20, Asked: Asked{cem, 2}}}})
	g.streams = g.streams[1:]
	grant.From = 25
	g.next(says{ben: {grant}})
	if g.last(2).holder != Nobody {
		t.Error("granted twice")
	}
	g.next(says{cem: {{Kind: Request, Seat: 0, Holder: cem, Asked: Asked{Number: 3}}}})
	g.next(says{ben: {{Kind: Answer, Asked: Asked{cem, 3}}, {Kind: Answer, Asked: Asked{cem, 9}}}})
	if len(g.Requests(nil)) != 0 || g.Answered(cem) != 3 || g.last(0).holder != ana {
		t.Error("a refusal is no answer, or one that nobody waits for is")
	}
}

// TestRequestSaidAgain: a referee who says a request of his own again has not answered it, nor
// anybody else's.
func TestRequestSaidAgain(t *testing.T) {
	g := newGame(ana, ben, cem)
	g.next(says{ana: {{Kind: Request, Seat: 2, Holder: ana, Asked: Asked{Number: 2}}}})
	g.next(says{ana: {{Kind: Request, Seat: 2, Holder: ana, Asked: Asked{Number: 2}}}})
	g.next(says{ana: {{Kind: Request, Seat: 1, Holder: ana, Asked: Asked{Number: 1}}}})
	if list := g.Requests(nil); len(list) != 1 || list[0].Asked != (Asked{ana, 2}) || list[0].Seat != 2 || g.Answered(ana) != 0 {
		t.Errorf("requests %+v, answered %d", list, g.Answered(ana))
	}
}

// TestCommands: a command is given once, in the frame of its last piece, whole.
func TestCommands(t *testing.T) {
	g := newGame(ana, ben)
	pens := [2]*Pen{NewPen(g.Table, ana), NewPen(g.Table, ben)}
	big := strings.Repeat("0123456789abcdef", MaxCommandBytes/16)
	if !pens[0].Command(0, big) || !pens[0].Command(0, "") || !pens[1].Command(0, "short") || pens[1].Command(0, big+"0") {
		t.Fatal("what is taken is not what may be")
	}
	pens[1].Command(1, "of nobody's")
	var got []string
	for f := range rollback.Frame(30) {
		var content []records.Entry
		for i, id := range []records.StreamID{ana, ben} {
			content = append(content, records.Entry{Stream: id, Record: pens[i].Write(make([]byte, g.Inputs(id, f)), f, nil)})
			if len(content[i].Record) > test.InputBytes+MaxEntryBytes {
				t.Errorf("a record of %d bytes", len(content[i].Record))
			}
		}
		g.Fold(f, content)
		for _, c := range g.Commands() {
			got = append(got, fmt.Sprintf("%d: %d %s", f, c.Seat, c.Bytes))
		}
	}
	if want := []string{"0: 1 short", fmt.Sprintf("15: 0 %s", big), "16: 0 "}; fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%.60q", got)
	}
	for range 3 {
		pens[0].Command(0, big)
	}
	if len(pens[0].pieces) > maxPieces {
		t.Error("what waits to be said is not bounded")
	}
}

// TestCommandsInAPause: whoever knows of a pause says nothing in it, and what was said by
// those who did not comes into effect in the first frame after it; but no more than that.
func TestCommandsInAPause(t *testing.T) {
	g := newGame(ana, ben)
	g.next(says{ana: {{Kind: Pause, On: true, From: 2}}})
	word := func(s string) Entry { return Entry{Kind: Piece, On: true, Bytes: []byte("\x00" + s)} }
	g.next(says{ana: {word("before")}})
	if c := g.Commands(); len(c) != 1 || c[0] != (rollback.Command{Seat: 0, Bytes: "before"}) {
		t.Errorf("%v", c)
	}
	pen := NewPen(g.Table, ben)
	pen.Command(0, "later")
	pen.Vote(true)
	if record := pen.Write(nil, 2, nil); len(record) == 0 || len(pen.wishes) != 0 || len(pen.pieces) == 0 {
		t.Errorf("in a pause this is written: %x", record)
	}
	for i := range 3 * test.unawareFrames() {
		g.next(says{ana: {word(fmt.Sprint(i)), word("twice")}, ben: {{Kind: Piece, Bytes: make([]byte, PieceBytes)}}})
		if len(g.Commands()) != 0 {
			t.Error("a paused frame has commands")
		}
	}
	again, err := Parse(test, g.Append(nil))
	if err != nil || !reflect.DeepEqual(again.member(ana).said, g.member(ana).said) {
		t.Errorf("%v: who comes late does not know what was said", err)
	}
	at := g.Folded() + 1
	g.next(says{ana: {{Kind: Pause, From: at + 1}}})
	g.next(says{ben: {word("spoiled by what was before")}})
	c := g.Commands()
	if len(c) != test.unawareFrames()+1 || c[0].Bytes != "0" || c[1].Bytes != "1" || c[len(c)-1].Seat != 1 {
		t.Errorf("after the pause: %v", c)
	}
	if g.next(says{}); len(g.Commands()) != 0 {
		t.Error("commands come twice")
	}
}

// TestCommandTooLong: pieces that nobody has to take count for nothing, and the next
// command is whole again.
func TestCommandTooLong(t *testing.T) {
	g := newGame(ana, ben)
	piece := Entry{Kind: Piece, Bytes: make([]byte, PieceBytes)}
	for range 40 {
		g.next(says{ben: {piece}})
	}
	if n := len(g.member(ben).command); n > 1+MaxCommandBytes {
		t.Errorf("%d bytes are kept", n)
	}
	g.next(says{ben: {{Kind: Piece, On: true}}})
	if len(g.Commands()) != 0 {
		t.Error("it is given")
	}
	g.next(says{ben: {{Kind: Piece, On: true, Bytes: []byte("\x00x")}}})
	if c := g.Commands(); len(c) != 1 || c[0] != (rollback.Command{Seat: 1, Bytes: "x"}) {
		t.Errorf("%v", c)
	}
}

// TestDeal: who comes back has the seats that it had; others get those of nobody who is
// there, if they may, one for each of their players.
func TestDeal(t *testing.T) {
	back, late := records.StreamID{Machine: 1, Born: 5}, records.StreamID{Machine: 2, Born: 6}
	for _, c := range []struct {
		open    []records.StreamID
		anybody bool
		players int
		want    []records.StreamID
	}{
		{[]records.StreamID{ana, ben}, true, 2, []records.StreamID{ana, ben, Nobody}},
		{[]records.StreamID{ana, ben, late}, true, 1, []records.StreamID{ana, ben, late}},
		{[]records.StreamID{ana, ben, late}, false, 1, []records.StreamID{ana, ben, Nobody}},
		{[]records.StreamID{ana, back}, false, 1, []records.StreamID{ana, back, Nobody}},
		{[]records.StreamID{ana, back}, true, 2, []records.StreamID{ana, back, back}},
		{[]records.StreamID{ana, late}, true, 1, []records.StreamID{ana, late, Nobody}},
		{[]records.StreamID{ana, late}, true, 2, []records.StreamID{ana, late, late}},
		{[]records.StreamID{ana, late}, true, 9, []records.StreamID{ana, late, late}},
		{[]records.StreamID{ana}, true, 1, []records.StreamID{ana, ben, Nobody}},
	} {
		g := newGame(ana, ben)
		d := g.Desired()
		g.Deal(&d, c.open, c.anybody, func(uint8) int { return c.players })
		if fmt.Sprint(d.Seats[:3]) != fmt.Sprint(c.want) {
			t.Errorf("%v: %v, want %v", c.open, d.Seats[:3], c.want)
		}
	}
}

// TestBounded: a referee that writes in every frame makes nothing grow.
func TestBounded(t *testing.T) {
	g := newGame(ana, ben)
	for f := range rollback.Frame(2000) {
		holder := []records.StreamID{Nobody, ben}[f%2]
		g.next(says{ana: {{Kind: Seat, Seat: 2, Holder: holder, From: f + 9}, {Kind: Pause, On: f%2 == 0, From: f + 100}}})
		if len(g.seats[2]) > maxChanges || len(g.pauses) > maxChanges {
			t.Fatalf("frame %d: %d changes, %d pauses", f, len(g.seats[2]), len(g.pauses))
		}
	}
	if g.last(2).from < 1900 || g.pauses[len(g.pauses)-1].from < 1900 {
		t.Error("what is over is never forgotten")
	}
}

// TestRepeat: a table that only repeats frames which are like the one before, where it may,
// comes to the same as one that reads all.
func TestRepeat(t *testing.T) {
	random := rand.New(rand.NewPCG(4, 5))
	streams := []records.StreamID{ana, ben, cem}
	reads, repeats := newGame(streams...), newGame(streams...)
	var entries says
	var before []records.Entry
	repeated := 0
	for f := range rollback.Frame(4000) {
		switch {
		case f%100 >= 60: // nobody says anything
			entries = nil
		case f%5 == 0: // and some say the same in every frame
			entries = says{streams[random.IntN(3)]: {{Kind: Kind(1 + random.IntN(int(lastKind))), On: random.IntN(2) == 0,
				Seat: uint8(random.IntN(3)), Holder: streams[random.IntN(3)], From: f + 12, Asked: Asked{Stream: cem, Number: uint32(random.IntN(2)) * uint32(f)}}}}
		}
		content := reads.content(entries)
		same := slices.EqualFunc(content, before, func(a, b records.Entry) bool {
			return a.Stream == b.Stream && len(a.Record) == len(b.Record)
		})
		before = content
		want := reads.Fold(f, content)
		got, ok := Word{}, false
		if same {
			got, ok = repeats.Repeat(f)
		}
		if ok {
			repeated++
		} else {
			got = repeats.Fold(f, content)
		}
		if got != want || !bytes.Equal(repeats.Append(nil), reads.Append(nil)) || len(repeats.Commands()) != len(reads.Commands()) {
			t.Fatalf("frame %d: %v, want %v", f, got, want)
		}
	}
	if repeated < 100 {
		t.Errorf("only %d frames were repeated", repeated)
	}
}

// TestAllocations: frames without entries cost no memory.
func TestAllocations(t *testing.T) {
	g := newGame(ana, ben)
	content := []records.Entry{{Stream: ana, Record: []byte{1}}, {Stream: ben, Record: []byte{2}}}
	pen := NewPen(g.Table, ana)
	d := g.Desired()
	buffer := make([]byte, 0, 64)
	g.Fold(0, content)
	if n := testing.AllocsPerRun(100, func() {
		f := g.Folded() + 1
		g.Fold(f, content)
		pen.Write(buffer, f+5, &d)
		g.Predict(f+1, everBounds{})
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkFold(b *testing.B) {
	var founders []records.StreamID
	var content []records.Entry
	for m := range uint8(8) {
		founders = append(founders, records.StreamID{Machine: m})
		content = append(content, records.Entry{Stream: founders[m], Record: make([]byte, 4)})
	}
	t := New(Config{LeadFrames: 24, KeptFrames: 400, Seats: 8, MachineSeats: 8, InputBytes: 4}, founders)
	b.ReportAllocs()
	for b.Loop() {
		t.Fold(t.Folded()+1, content)
	}
}

// FuzzTable: any bytes give a table that is written as it was read, or an error; and a
// table that folds any content without harm.
func FuzzTable(f *testing.F) {
	g := newGame(ana, ben, cem)
	f.Add(g.Append(nil), []byte("x"))
	g.next(says{ana: {{Kind: Seat, Seat: 2, Holder: cem, From: 20}, {Kind: Pause, On: true, From: 3}}, cem: {{Kind: Request, Seat: 2, Holder: Nobody, Asked: Asked{Number: 3}}}})
	g.next(says{ben: {{Kind: Piece, Bytes: []byte("half")}, {Kind: Vote, On: true}}})
	f.Add(g.Append(nil), AppendEntry([]byte{0}, 2, &Entry{Kind: Seat, Seat: 1, Holder: cem, From: 50}))
	f.Fuzz(func(t *testing.T, b, record []byte) {
		table, err := Parse(test, b)
		if err != nil {
			return
		}
		if again := table.Append(nil); !bytes.Equal(again, b) {
			t.Fatalf("%x is written as %x", b, again)
		}
		for range 3 {
			table.Fold(table.Folded()+1, []records.Entry{{Stream: ana, Record: record}, {Stream: cem, Record: record}})
		}
		if _, err := Parse(test, table.Append(nil)); err != nil {
			t.Errorf("what has been folded cannot be read: %x", table.Append(nil))
		}
	})
}

// TestOverloadedTable: no table is read by which somebody has more seats than his records
// have room for.
func TestOverloadedTable(t *testing.T) {
	roomy := test
	roomy.MachineSeats = 3
	b := New(roomy, []records.StreamID{ana, ana, ana}).Append(nil)
	if _, err := Parse(roomy, b); err != nil {
		t.Error(err)
	}
	if _, err := Parse(test, b); err == nil {
		t.Error("three seats where there is room for two")
	}
}
