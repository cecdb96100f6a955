package rollbacktest

import (
	"bytes"
	"fmt"

	"github.com/visavis-netcode/visavis/rollback"
)

// BotError says that Config.Bot has changed the world, which only Step may do.
type BotError struct {
	Seat       int
	Difference rollback.Difference // the field: A before Bot was asked, B after
}

func (e *BotError) Error() string {
	return fmt.Sprintf("rollbacktest: Config.Bot has changed the world when it was asked for seat %d: %s was %s and is %s; only Step may", e.Seat, e.Difference.Field, e.Difference.A, e.Difference.B)
}

// botWatch asks a game's Bot and looks whether that leaves the world alone.
type botWatch[S, I any] struct {
	bot    func(*S, int) I
	encode func([]byte, *S) []byte
	decode func(*S, []byte) error
	diff   func(a, b *S, limit int) []rollback.Difference
	err    error // first *BotError

	before, after []byte
}

func (w *botWatch[S, I]) ask(world *S, seat int) I {
	w.before = w.encode(w.before[:0], world)
	input := w.bot(world, seat)
	if w.after = w.encode(w.after[:0], world); w.err == nil && !bytes.Equal(w.before, w.after) {
		w.err = &BotError{seat, w.firstDifference(world)}
	}
	return input
}

func (w *botWatch[S, I]) firstDifference(now *S) rollback.Difference {
	var was S
	if w.decode(&was, bytes.Clone(w.before)) == nil {
		if fields := w.diff(&was, now, 1); len(fields) > 0 {
			return fields[0]
		}
	}
	return rollback.Difference{Field: "the world", A: "other bytes", B: "these"}
}
