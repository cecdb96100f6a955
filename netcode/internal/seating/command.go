package seating

import (
	"bytes"

	"github.com/visavis-netcode/visavis/netcode/internal/records"
)

// Command is what a game has sent through one machine's records to all: it belongs to
// the frame in whose record its last piece stands.
type Command struct {
	Stream records.StreamID
	Bytes  []byte
}

// Commands are those that the last folded frame has completed, in the order of the
// streams. They are valid until the next one is folded.
func (t *Table) Commands() []Command { return t.commands }

// piece takes the next piece of a member's command. One that becomes too long counts
// for nothing, up to its last piece.
func (t *Table) piece(author *member, e *Entry) {
	if len(author.command)+len(e.Bytes) > MaxCommandBytes {
		author.spoiled = true
	}
	if !author.spoiled {
		author.command = append(author.command, e.Bytes...)
	}
	if !e.On {
		return
	}
	if !author.spoiled {
		t.commands = append(t.commands, Command{author.id, author.command})
	}
	author.command, author.spoiled = nil, false
}

// splitCommand appends the pieces of a command, which share its bytes.
func splitCommand(dst []Entry, b []byte) []Entry {
	for ; len(b) > PieceBytes; b = b[PieceBytes:] {
		dst = append(dst, Entry{Kind: Piece, Bytes: b[:PieceBytes]})
	}
	return append(dst, Entry{Kind: Piece, On: true, Bytes: bytes.Clone(b)})
}
