package seating

import "github.com/visavis-netcode/visavis/rollback"

// Commands are those that come into effect in the last folded frame, in the order of the
// streams: as a rule what that frame's records have completed, after a pause what was said
// in it. They are valid until the next frame is folded.
func (t *Table) Commands() []rollback.Command { return t.commands }

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

// splitCommand appends the pieces of a player's command.
func splitCommand(dst []Entry, player int, command string) []Entry {
	b := append([]byte{byte(player)}, command...)
	for ; len(b) > PieceBytes; b = b[PieceBytes:] {
		dst = append(dst, Entry{Kind: Piece, Bytes: b[:PieceBytes]})
	}
	return append(dst, Entry{Kind: Piece, On: true, Bytes: b})
}
