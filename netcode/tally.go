package netcode

import (
	"fmt"
	"time"
)

// nextTally is how long after a line of a tally the next one comes. What comes
// meanwhile is one line.
const nextTally = 10 * time.Second

// tally is how often something was tried that the host has not been told of yet.
// Anybody can try, under any name, as often as he likes: of all that come within a
// while the first is named and the others are counted. Owner: the room.
type tally struct {
	count  int
	name   string // the first one's
	more   bool   // others came under other names
	lineAt time.Duration
}

// add counts one, and reports whether it is the first.
func (t *tally) add(name string) bool {
	switch t.count++; {
	case t.count == 1:
		t.name, t.more = name, false
	case name != t.name:
		t.more = true
	}
	return t.count == 1
}

// due reports whether it is time for a line.
func (t *tally) due(now time.Duration) bool { return t.count > 0 && now >= t.lineAt }

// take begins anew and returns, for a line, how many there were, who and how often.
func (t *tally) take(now time.Duration) (count int, who, often string) {
	who = t.name
	if t.more {
		who += ", and others,"
	}
	if t.count > 1 {
		often = fmt.Sprintf(" %d times", t.count)
	}
	count, t.count, t.lineAt = t.count, 0, now+nextTally
	return count, who, often
}
