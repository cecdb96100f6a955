package seating

import (
	"math/bits"
	"slices"

	"github.com/visavis-netcode/visavis/netcode/internal/records"
	"github.com/visavis-netcode/visavis/rollback"
)

// Config is what all members of a match agree on.
type Config struct {
	LeadFrames   int // G: nobody's newest record is further beyond his confirmed frame
	KeptFrames   int // for how many frames back Holder and Seats can be asked
	Seats        int // of the match, 1 to rollback.MaxSeats
	MachineSeats int // that one machine may play at most
	InputBytes   int // of one seat in one frame
}

// SeatLeadFrames is by how much a seat's entry has to be ahead of its record.
func (c Config) SeatLeadFrames() int { return 2*c.LeadFrames + 1 }

// Word is what a frame is stepped with, beside the inputs.
type Word struct {
	Present uint16 // bit k: a machine plays seat k
	Paused  bool   // the world stands in this frame
}

// maxChanges is how many changes of one seat, or of the pause, are remembered, those to
// come included. What the referee writes beyond them counts for nothing.
const maxChanges = 16

// Table is who plays what. All its methods are for one goroutine.
type Table struct {
	config   Config
	folded   rollback.Frame // the newest frame that was folded
	seats    [rollback.MaxSeats][]tenure
	pauses   []pause
	members  []member // whose streams are live at the folded frame, in order
	word     Word     // of the folded frame,
	settled  bool     // and of all after it in which nobody comes, goes or says anything
	silent   bool     // nobody has said anything in the folded frame
	stirred  bool     // see Stirred
	commands []rollback.Command
	changes  int // of seats so far
}

// tenure is that a stream holds a seat from a frame on.
type tenure struct {
	from   rollback.Frame
	holder records.StreamID
}

// pause is that the match stands, or goes on, from a frame on.
type pause struct {
	from rollback.Frame
	on   bool
}

// member is what a live stream has said.
type member struct {
	id       records.StreamID
	seats    uint16             // at the folded frame,
	inputs   int                // and how many bytes of its record they take
	vote     bool               // for a pause
	away     bool               // its seats count as if nobody played them
	request  Entry              // its newest; Asked.Number 0: none
	answered uint32             // the number of the newest of its requests that was answered
	command  []byte             // the pieces of the command that is coming
	spoiled  bool               // which is too long
	said     []rollback.Command // that wait for the end of a pause
}

// New is the table of a match that begins at frame 0 with these streams in its seats.
func New(config Config, founders []records.StreamID) *Table {
	t := &Table{config: config, folded: rollback.NoFrame}
	for k := range config.Seats {
		holder := Nobody
		if k < len(founders) {
			holder = founders[k]
		}
		t.seats[k] = []tenure{{0, holder}}
	}
	t.pauses = []pause{{0, false}}
	return t
}

// Folded is the newest frame whose content the table knows, -1 before the first.
func (t *Table) Folded() rollback.Frame { return t.folded }

// Through is the newest frame of which it is settled who plays what. Records of later
// frames wait; see the package's words on when a seat changes hands.
func (t *Table) Through() rollback.Frame {
	return t.folded + rollback.Frame(t.config.SeatLeadFrames())
}

// Holder returns the stream that plays a seat in a frame, or Nobody. Whether that
// stream is live then is another matter.
func (t *Table) Holder(seat int, f rollback.Frame) records.StreamID {
	list := t.seats[seat]
	for i := len(list) - 1; i > 0; i-- {
		if list[i].from <= f {
			return list[i].holder
		}
	}
	return list[0].holder
}

// Seats returns the seats that a stream plays in a frame, bit 0 for seat 0: a record of
// that frame begins with the inputs of these, in order.
func (t *Table) Seats(id records.StreamID, f rollback.Frame) (seats uint16) {
	for k := range t.config.Seats {
		if t.Holder(k, f) == id {
			seats |= 1 << k
		}
	}
	return seats
}

// SeatsUntil is Seats, and the first frame after f for which that is not so any more, as
// far as it is known: until Changes is another number.
func (t *Table) SeatsUntil(id records.StreamID, f rollback.Frame) (seats uint16, until rollback.Frame) {
	until = records.Endless
	for k := range t.config.Seats {
		for _, x := range t.seats[k] {
			if x.from > f {
				until = min(until, x.from)
			}
		}
	}
	return t.Seats(id, f), until
}

// Changes is how often a seat has changed hands, or is to, by what is folded.
func (t *Table) Changes() int { return t.changes }

// Last is who holds a seat in the end, after all changes that are known.
func (t *Table) Last(seat int) records.StreamID { return t.last(seat).holder }

// Stirred reports whether anybody has wished for something: that the match stands, or
// another seat.
func (t *Table) Stirred() bool { return t.stirred }

func (t *Table) anyWish() bool {
	for i := range t.members {
		if m := &t.members[i]; m.vote || m.request.Asked.Number > m.answered {
			return true
		}
	}
	return t.pauses[len(t.pauses)-1].on
}

// Inputs is how many bytes of inputs a stream's record of a frame begins with.
func (t *Table) Inputs(id records.StreamID, f rollback.Frame) int {
	return bits.OnesCount16(t.Seats(id, f)) * t.config.InputBytes
}

// last is who holds a seat in the end, after all changes that are known.
func (t *Table) last(seat int) tenure { return t.seats[seat][len(t.seats[seat])-1] }

// paused reports whether the match stands in a frame after the folded one, as far as is
// known.
func (t *Table) paused(f rollback.Frame) (on bool) {
	for _, p := range t.pauses {
		if p.from <= f {
			on = p.on
		}
	}
	return on
}

// Bounds tells from which frame to which a stream runs: *records.Set does.
type Bounds interface {
	Bounds(id records.StreamID) (from, held, end rollback.Frame)
}

// Predict returns the word of a frame after the folded one, if nobody writes anything
// and all who are there stay.
func (t *Table) Predict(f rollback.Frame, streams Bounds) (w Word) {
	w.Paused = t.paused(f)
	for k := range t.config.Seats {
		if id := t.Holder(k, f); id != Nobody {
			from, _, end := streams.Bounds(id)
			if m := t.member(id); from <= f && f <= end && (m == nil || !m.away) {
				w.Present |= 1 << k
			}
		}
	}
	return w
}

// Fold takes the confirmed content of the frame after the folded one, in the order of
// its streams, and returns that frame's word. It allocates nothing unless there are
// entries, or streams that were not there before.
func (t *Table) Fold(f rollback.Frame, content []records.Entry) Word {
	t.folded = f
	t.commands = t.commands[:0]
	if t.settled && t.still(content) {
		t.silent = true
		return t.word
	}
	t.word = t.foldAnew(f, content)
	t.settled = t.nothingRemembered() && t.word.Present == t.present(f)
	t.stirred = t.anyWish()
	return t.word
}

// Repeat is Fold for a frame that is like the folded one (records.Set.Even), so that there
// is nothing to be read in it. It reports false, and takes nothing, if the frame has to be
// folded nevertheless.
func (t *Table) Repeat(f rollback.Frame) (Word, bool) {
	if !t.settled || !t.silent {
		return Word{}, false
	}
	t.folded = f
	t.commands = t.commands[:0]
	return t.word, true
}

// still reports whether a frame is of the streams of the one before, and none of them says
// anything.
func (t *Table) still(content []records.Entry) bool {
	if len(content) != len(t.members) {
		return false
	}
	for i := range content {
		if m := &t.members[i]; content[i].Stream != m.id || len(content[i].Record) > m.inputs {
			return false
		}
	}
	return true
}

// nothingRemembered reports whether all seats and the pause are as they have been for long,
// and will be.
func (t *Table) nothingRemembered() bool {
	for k := range t.config.Seats {
		if len(t.seats[k]) > 1 {
			return false
		}
	}
	return len(t.pauses) == 1
}

func (t *Table) foldAnew(f rollback.Frame, content []records.Entry) (w Word) {
	t.meet(content)
	w.Paused = t.paused(f)
	for k := range t.config.Seats {
		if m := t.member(t.Holder(k, f)); m != nil {
			m.seats |= 1 << k
		}
	}
	w.Present = t.present(f)
	t.silent = true
	for i := range content {
		m := &t.members[i]
		m.inputs = bits.OnesCount16(m.seats) * t.config.InputBytes
		t.silent = t.silent && len(content[i].Record) <= m.inputs
		t.read(f, content[i].Record, m, i == 0)
	}
	t.hear(w.Paused)
	t.forget()
	return w
}

// present is the seats that a frame's streams play, bit 0 for seat 0: not those of whoever is
// away.
func (t *Table) present(f rollback.Frame) (seats uint16) {
	for k := range t.config.Seats {
		if m := t.member(t.Holder(k, f)); m != nil && !m.away {
			seats |= 1 << k
		}
	}
	return seats
}

// Away is the seats whose machines have said that nobody plays them for now.
func (t *Table) Away() (seats uint16) {
	for i := range t.members {
		if t.members[i].away {
			seats |= t.members[i].seats
		}
	}
	return seats
}

// meet keeps members for just the streams of a frame. Whose stream has ended takes its
// wishes along.
func (t *Table) meet(content []records.Entry) {
	same := len(content) == len(t.members)
	for i := 0; same && i < len(content); i++ {
		same = content[i].Stream == t.members[i].id
		t.members[i].seats = 0
	}
	if same {
		return
	}
	was := t.members
	t.members = make([]member, len(content))
	for i := range content {
		t.members[i].id = content[i].Stream
		if at := slices.IndexFunc(was, func(m member) bool { return m.id == content[i].Stream }); at >= 0 {
			t.members[i] = was[at]
			t.members[i].seats = 0
		}
	}
}

// read takes the entries of a record. What is for all counts from the referee only (R1). A
// record ends one command at most.
func (t *Table) read(f rollback.Frame, record []byte, author *member, referee bool) {
	_, entries := Split(record, author.inputs)
	if len(entries) == 0 {
		return
	}
	r, ended := ReadEntries(f, entries), false
	for e, ok := r.Next(); ok; e, ok = r.Next() {
		switch {
		case e.Kind == Vote:
			author.vote = e.On
		case e.Kind == Away:
			author.away = e.On
		case e.Kind == Request && e.Asked.Number > max(author.request.Asked.Number, author.answered):
			author.request = e
		case e.Kind == Piece:
			ended = ended || t.piece(author, &e)
		case referee:
			t.rule(f, &e)
		}
	}
}

func (t *Table) member(id records.StreamID) *member {
	for i := range t.members {
		if t.members[i].id == id {
			return &t.members[i]
		}
	}
	return nil
}

// rule takes an entry of the referee in the record of a frame.
func (t *Table) rule(f rollback.Frame, e *Entry) {
	if e.Asked.Number > 0 {
		m := t.member(e.Asked.Stream)
		if m == nil || e.Asked.Number <= m.answered || e.Asked.Number > m.request.Asked.Number {
			return // of who is gone, answered before (R5), or never asked
		}
		m.answered = e.Asked.Number
	}
	switch e.Kind {
	case Seat:
		if t.mayHold(f, e) {
			t.seats[e.Seat] = append(t.seats[e.Seat], tenure{e.From, e.Holder})
			t.changes++
		}
	case Pause:
		last := t.pauses[len(t.pauses)-1]
		if e.From > max(f, last.from) && e.On != last.on && len(t.pauses) < maxChanges {
			t.pauses = append(t.pauses, pause{e.From, e.On})
		}
	}
}

// mayHold reports whether a seat's entry counts: it comes in time, changes something,
// and gives no machine more seats than its records have room for.
func (t *Table) mayHold(f rollback.Frame, e *Entry) bool {
	if int(e.Seat) >= t.config.Seats || int(e.From-f) < t.config.SeatLeadFrames() {
		return false
	}
	last := t.last(int(e.Seat))
	if e.From <= last.from || e.Holder == last.holder || len(t.seats[e.Seat]) >= maxChanges {
		return false
	}
	if e.Holder == Nobody {
		return true
	}
	n := 1
	for k := range t.config.Seats {
		if k != int(e.Seat) && t.holdsAfter(e.Holder, k, e.From) {
			n++
		}
	}
	return n <= t.config.MachineSeats
}

// holdsAfter reports whether a stream holds a seat in a frame or later.
func (t *Table) holdsAfter(id records.StreamID, seat int, f rollback.Frame) bool {
	if t.Holder(seat, f) == id {
		return true
	}
	return slices.ContainsFunc(t.seats[seat], func(x tenure) bool { return x.from > f && x.holder == id })
}

// forget drops what is past. Everybody does so at the same frame, since what is
// remembered bounds what may be written.
func (t *Table) forget() {
	for k := range t.config.Seats {
		for list := t.seats[k]; len(list) > 1 && int(t.folded-list[1].from) >= t.config.KeptFrames; list = t.seats[k] {
			t.seats[k] = slices.Delete(list, 0, 1)
		}
	}
	for len(t.pauses) > 1 && t.pauses[1].from <= t.folded {
		t.pauses = slices.Delete(t.pauses, 0, 1)
	}
}

// Votes returns the seats whose machines wish the match to stand, and all seats that
// are played, at the folded frame.
func (t *Table) Votes() (pause, all uint16) {
	for i := range t.members {
		if t.members[i].away {
			continue
		}
		all |= t.members[i].seats
		if t.members[i].vote {
			pause |= t.members[i].seats
		}
	}
	return pause, all
}

// Requests appends the requests that nobody has answered, with whose they are.
func (t *Table) Requests(dst []Entry) []Entry {
	for i := range t.members {
		if m := &t.members[i]; m.request.Asked.Number > m.answered {
			e := m.request
			e.Asked.Stream = m.id
			dst = append(dst, e)
		}
	}
	return dst
}

// Answered is the number of the newest of a stream's requests that was answered.
func (t *Table) Answered(id records.StreamID) uint32 {
	if m := t.member(id); m != nil {
		return m.answered
	}
	return 0
}
