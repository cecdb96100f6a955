package seating

import (
	"math/bits"

	"github.com/visavis-netcode/visavis/rollback"
)

// Commands are those that come into effect in the last folded frame, in the order of the
// streams: as a rule what that frame's records have completed, after a pause what was said
// in it. They are valid until the next frame is folded.
func (t *Table) Commands() []rollback.Command { return t.commands }

// piece takes the next piece of a member's command, and reports whether it was the last. One
// that becomes too long counts for nothing, up to there. Its first byte tells which of the
// machine's players says it.
func (t *Table) piece(author *member, e *Entry) (last bool) {
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
		t.say(author, int(author.command[0]), string(author.command[1:]))
	}
	author.command, author.spoiled = nil, false
	return true
}

// say notes a command of a member's player. What nobody says who stops when he learns of a
// pause counts for nothing: so much does not wait for its end.
func (t *Table) say(author *member, player int, command string) {
	for seats := author.seats; seats != 0; seats &= seats - 1 {
		if player--; player >= 0 {
			continue
		}
		author.said = append(author.said, rollback.Command{Seat: bits.TrailingZeros16(seats), Bytes: command})
		if t.config.tooMuch(author.said) {
			author.said = author.said[:len(author.said)-1]
		}
		return
	}
}

// tooMuch reports whether one member cannot have said so much in the frames of a pause that
// it did not know of: a command of those was begun before them.
func (c Config) tooMuch(said []rollback.Command) bool {
	n := 0
	for _, command := range said {
		n += len(command.Bytes)
	}
	return len(said) > c.unawareFrames() || n > MaxCommandBytes+c.unawareFrames()*MaxEntryBytes
}

// unawareFrames is how many records beyond the folded frame a machine makes at most.
func (c Config) unawareFrames() int { return c.LeadFrames + 1 }

// hear gives out what has been said, unless the frame is paused: nobody would step it.
func (t *Table) hear(paused bool) {
	for i := range t.members {
		if m := &t.members[i]; !paused && len(m.said) > 0 {
			t.commands, m.said = append(t.commands, m.said...), nil
		}
	}
}

// splitCommand appends the pieces of a player's command.
func splitCommand(dst []Entry, player int, command string) []Entry {
	b := append([]byte{byte(player)}, command...)
	for ; len(b) > PieceBytes; b = b[PieceBytes:] {
		dst = append(dst, Entry{Kind: Piece, Bytes: b[:PieceBytes]})
	}
	return append(dst, Entry{Kind: Piece, On: true, Bytes: b})
}
