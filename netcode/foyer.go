package netcode

import (
	"reflect"
	"slices"
	"time"

	"github.com/visavis-netcode/visavis/netcode/internal/wire"
)

// A host tells its members who watches, and those who watch who is in the lobby. All are
// told the same, and only what has changed: once a second, and more seldom the more there
// are to be told, some at a time, so that a crowd costs the host as much as a few.

const (
	foyerPause = time.Second           // between two words of it,
	foyerEach  = 10 * time.Millisecond // and so much longer for each of those who are told,
	foyerBurst = 16                    // who are so many at once
)

// Foyer is who is in a lobby and who watches its matches, as its host says.
type Foyer struct {
	Host     string // his name
	Players  []FoyerPlayer
	MaxSeats int      // how many players have room
	Watching int      // how many watch
	Watchers []string // the names of those of them who have come last, at most 8, the newest last
}

// FoyerPlayer is one of a lobby's players, in the order of Room.AppendMembers.
type FoyerPlayer struct {
	Name  string
	Ready bool // for the next match
}

// foyer is what there is to know of that here. Owner: the room.
type foyer struct {
	room   *Room
	due    time.Duration // when the host looks next
	newest *wire.Foyer   // the host's word: its own, or as it has come; nil: none
	begun  bool          // not all have been told it, perhaps
}

// Watching is how many watch this lobby's matches, as the host says.
func (r *Room) Watching() int {
	switch {
	case r.spectators != nil:
		return len(r.spectators.all)
	case r.foyer.newest != nil:
		return int(r.foyer.newest.Watching)
	}
	return 0
}

// AppendWatching appends the names of those who watch, as the host says: of those who have
// come last if they are more than 8, the newest last.
func (r *Room) AppendWatching(dst []string) []string {
	if r.spectators != nil {
		return append(dst, r.spectators.names()...)
	}
	return r.foyer.names(dst)
}

// names appends the names of those who watch, as the host has said.
func (f *foyer) names(dst []string) []string {
	if f.newest == nil {
		return dst
	}
	for _, name := range f.newest.Watchers {
		dst = append(dst, cleanName(name))
	}
	return dst
}

// names are those of who has come last.
func (s *spectators) names() (names []string) {
	for _, one := range s.all[max(0, len(s.all)-wire.MaxFoyerNames):] {
		names = append(names, one.name)
	}
	return names
}

// step tells all what they have not been told yet. Only a host who lets others watch has
// something to tell.
func (f *foyer) step(now time.Duration) {
	r := f.room
	if now < f.due {
		return
	}
	if word := f.word(); !f.begun && !reflect.DeepEqual(word, f.newest) {
		f.newest = word // what changes meanwhile is told when all know this
	}
	told := 0
	for _, m := range r.members {
		if m != nil && m.Machine != r.me && m.announced && m.foyer != f.newest {
			m.foyer = f.newest
			r.mesh.To(m.Machine).Send(f.newest)
			told++
		}
	}
	for _, one := range r.spectators.all {
		if told >= foyerBurst {
			break
		}
		if shown := one.told || r.spectators.show == nil; shown && one.foyer != f.newest {
			one.foyer = f.newest
			one.conn.Send(f.newest)
			told++
		}
	}
	f.due, f.begun = now+time.Duration(told)*foyerEach, told >= foyerBurst
	if !f.begun {
		f.due += foyerPause
	}
}

// word is what there is to tell.
func (f *foyer) word() *wire.Foyer {
	r := f.room
	word := &wire.Foyer{Watching: uint16(len(r.spectators.all)), Watchers: r.spectators.names(), MaxSeats: uint8(r.maxSeats)}
	for _, m := range r.members {
		if m != nil {
			word.Machines = append(word.Machines, m.Key)
		}
	}
	for _, m := range r.AppendMembers(nil) {
		for _, p := range m.Players {
			word.Players = append(word.Players, wire.FoyerPlayer{Name: p.Name, Ready: m.Ready})
		}
	}
	return word
}

// hear takes the host's word, and notes who watches now and did not, and the other way
// round, as far as the names tell that.
func (f *foyer) hear(word *wire.Foyer) {
	before, was := f.newest, f.names(nil)
	f.newest = word
	if before == nil {
		return // who watches already is no news
	}
	noted := func(name string) {
		f.room.events.happened(Event{Kind: EventWatching, Name: name, Count: int(word.Watching)})
	}
	for _, name := range f.names(nil) {
		if i := slices.Index(was, name); i >= 0 {
			was = slices.Delete(was, i, i+1)
		} else if word.Watching > before.Watching || namesAll(before) {
			noted(name)
		}
	}
	for _, name := range was {
		if namesAll(word) {
			noted(name)
		}
	}
}

// namesAll reports whether the host names all who watch: else who is named newly may have
// been there for long, and who is named no more may be there still.
func namesAll(word *wire.Foyer) bool { return int(word.Watching) == len(word.Watchers) }

// Foyer is who is in the lobby and who watches, as its host has said last.
func (w *Watcher[S, I]) Foyer() Foyer {
	f := Foyer{Host: w.room.watching.name}
	if word := w.room.foyer.newest; word != nil {
		f.MaxSeats, f.Watching, f.Watchers = int(word.MaxSeats), int(word.Watching), w.room.foyer.names(nil)
		for _, p := range word.Players {
			f.Players = append(f.Players, FoyerPlayer{Name: cleanName(p.Name), Ready: p.Ready})
		}
	}
	return f
}
