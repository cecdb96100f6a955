package netcode

import (
	"fmt"
	"strings"
	"time"

	"github.com/visavis-netcode/visavis/netcode/internal/hunt"
)

// huntWords says in sentences what a hunt has found.
type huntWords struct {
	found *hunt.Found
	e     *DesyncError
	tick  time.Duration // a frame's
	fault string        // what in this machine's copy of the game is to blame, if that is known
	guard bool          // Config.Guard is set
	over  bool          // the game was over here, and goes on at the peer
}

// say says it for a reader: mine is this machine's game, and its is whose that is; here and
// there are the two sides as he sees them.
func (w *huntWords) say(mine, its, here, there string) string {
	return w.finding(mine, here, there) + w.cause(here) + verdict(w.e, its)
}

// verdict says how many are on which side, "" if it is one against one. mine is whose
// the world here is, for the reader.
func verdict(e *DesyncError, mine string) string {
	whose := func(names []string, too string) string {
		games := "game has"
		if len(names) > 1 {
			games = "games have"
		}
		return fmt.Sprintf("%s's %s the same world as %s", strings.Join(names, "'s and "), games, too)
	}
	here, there := len(e.Alike), len(e.Against)
	numbers := [...]string{"one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen"}
	switch {
	case here+there == 0:
		return ""
	case there == 0:
		return fmt.Sprintf(" It is %s against one: %s.", numbers[here], whose(e.Alike, mine))
	case here == 0:
		return fmt.Sprintf(" It is %s against one: %s.", numbers[there], whose(e.Against, e.Peer+"'s"))
	}
	return fmt.Sprintf(" It is %s against %s: %s, and %s.", numbers[here], numbers[there], whose(e.Alike, mine), whose(e.Against, e.Peer+"'s"))
}

// finding says in a sentence where the worlds begin to differ.
func (w *huntWords) finding(mine, here, there string) string {
	e := w.e
	clock := time.Duration(e.Frame) * w.tick
	at := fmt.Sprintf("frame %d (%d:%02d)", e.Frame, clock/time.Minute, clock%time.Minute/time.Second)
	since := fmt.Sprintf("%s and %s's no longer agree since %s", mine, e.Peer, at)
	if e.Frame > e.Agreed+1 && !w.found.First {
		since = fmt.Sprintf("%s and %s's agreed at frame %d and no longer at %s", mine, e.Peer, e.Agreed, at)
	}
	switch {
	case e.Inputs:
		return fmt.Sprintf("%s and %s's no longer agree since %s or shortly before: the two machines were fed different inputs.", mine, e.Peer, at)
	case w.over:
		return fmt.Sprintf("%s was over at %s, and %s's goes on. Nobody did anything wrong: the rules for the end are not the same.", mine, at, e.Peer)
	case w.found.Equal:
		return fmt.Sprintf("%s goes on after %s, at which %s's was over. Nobody did anything wrong: the rules for the end are not the same.", mine, at, e.Peer)
	case e.Field != "":
		return fmt.Sprintf("%s: %s is %s %s and %s %s.", since, e.Field, e.Here, here, e.There, there)
	}
	return since + " or shortly before."
}

// cause says in a sentence what is to blame, as far as it is known here; where is this
// machine for the reader. Without a fault here it may be on the peer's machine.
func (w *huntWords) cause(where string) string {
	switch {
	case w.e.Inputs || w.found.Equal:
		return "" // finding has said it
	case w.fault != "":
		return fmt.Sprintf(" Nobody did anything wrong, there is a mistake in the game: %s %s.", where, w.fault)
	}
	gave := "the game's rules gave two answers"
	if w.e.Frame == 0 {
		gave = "the game's Start made two worlds of one Setup"
	}
	if !w.guard {
		gave += ", or something has written to a world outside them, which Config.Guard finds"
	}
	return " Nobody did anything wrong: " + gave + "."
}
