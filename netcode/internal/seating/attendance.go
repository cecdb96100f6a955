package seating

import (
	"math/bits"
	"slices"

	"github.com/visavis-netcode/visavis/netcode/internal/records"
	"github.com/visavis-netcode/visavis/rollback"
)

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

// attendance is what those who are there have said, and owns that.
type attendance struct {
	config  Config
	members []member // whose streams are live at the folded frame, in order
}

// meet keeps members for just the streams of a frame. Whose stream has ended takes its
// wishes along.
func (a *attendance) meet(content []records.Entry) {
	same := len(content) == len(a.members)
	for i := 0; same && i < len(content); i++ {
		same = content[i].Stream == a.members[i].id
		a.members[i].seats = 0
	}
	if same {
		return
	}
	was := a.members
	a.members = make([]member, len(content))
	for i := range content {
		a.members[i].id = content[i].Stream
		if at := slices.IndexFunc(was, func(m member) bool { return m.id == content[i].Stream }); at >= 0 {
			a.members[i] = was[at]
			a.members[i].seats = 0
		}
	}
}

func (a *attendance) member(id records.StreamID) *member {
	for i := range a.members {
		if a.members[i].id == id {
			return &a.members[i]
		}
	}
	return nil
}

// still reports whether a frame is of the streams of the one before, and none of them says
// anything.
func (a *attendance) still(content []records.Entry) bool {
	if len(content) != len(a.members) {
		return false
	}
	for i := range content {
		if m := &a.members[i]; content[i].Stream != m.id || len(content[i].Record) > m.inputs {
			return false
		}
	}
	return true
}

// take takes an entry that is of its author alone, if it is that. A request that is said again
// is his word, too, and says nothing new.
func (m *member) take(e *Entry) bool {
	switch {
	case e.Kind == Vote:
		m.vote = e.On
	case e.Kind == Away:
		m.away = e.On
	case e.Kind == Request:
		if e.Asked.Number > max(m.request.Asked.Number, m.answered) {
			m.request = *e
		}
	default:
		return false
	}
	return true
}

// piece takes the next piece of a member's command, and reports whether it was the last. One
// that becomes too long counts for nothing, up to there. Its first byte tells which of the
// machine's players says it.
func (a *attendance) piece(author *member, e *Entry) (last bool) {
	if len(author.command)+len(e.Bytes) > 1+MaxCommandBytes {
		author.spoiled = true
	}
	if !author.spoiled {
		author.command = append(author.command, e.Bytes...)
	}
	if !e.On {
		return false
	}
	if !author.spoiled && len(author.command) > 0 {
		a.say(author, int(author.command[0]), string(author.command[1:]))
	}
	author.command, author.spoiled = nil, false
	return true
}

// say notes a command of a member's player. What nobody says who stops when he learns of a
// pause counts for nothing: so much does not wait for its end.
func (a *attendance) say(author *member, player int, command string) {
	for seats := author.seats; seats != 0; seats &= seats - 1 {
		if player--; player >= 0 {
			continue
		}
		author.said = append(author.said, rollback.Command{Seat: bits.TrailingZeros16(seats), Bytes: command})
		if a.config.tooMuch(author.said) {
			author.said = author.said[:len(author.said)-1]
		}
		return
	}
}

// hear appends what has been said, unless the frame is paused: nobody would step it.
func (a *attendance) hear(dst []rollback.Command, paused bool) []rollback.Command {
	for i := range a.members {
		if m := &a.members[i]; !paused && len(m.said) > 0 {
			dst, m.said = append(dst, m.said...), nil
		}
	}
	return dst
}

// anyWish reports whether anybody wishes for something.
func (a *attendance) anyWish() bool {
	for i := range a.members {
		if m := &a.members[i]; m.vote || m.request.Asked.Number > m.answered {
			return true
		}
	}
	return false
}

// Away is the seats whose machines have said that nobody plays them for now.
func (a *attendance) Away() (seats uint16) {
	for i := range a.members {
		if a.members[i].away {
			seats |= a.members[i].seats
		}
	}
	return seats
}

// Votes returns the seats whose machines wish the match to stand, and all seats that
// are played, at the folded frame.
func (a *attendance) Votes() (pause, all uint16) {
	for i := range a.members {
		if a.members[i].away {
			continue
		}
		all |= a.members[i].seats
		if a.members[i].vote {
			pause |= a.members[i].seats
		}
	}
	return pause, all
}

// Requests appends the requests that nobody has answered, with whose they are.
func (a *attendance) Requests(dst []Entry) []Entry {
	for i := range a.members {
		if m := &a.members[i]; m.request.Asked.Number > m.answered {
			e := m.request
			e.Asked.Stream = m.id
			dst = append(dst, e)
		}
	}
	return dst
}

// Answered is the number of the newest of a stream's requests that was answered.
func (a *attendance) Answered(id records.StreamID) uint32 {
	if m := a.member(id); m != nil {
		return m.answered
	}
	return 0
}
