package screens

import (
	"crypto/ed25519"
	"fmt"
	"io"
	"time"

	"github.com/visavis-netcode/visavis/game"
	"github.com/visavis-netcode/visavis/game/lilypad/ui"
	"github.com/visavis-netcode/visavis/netcode"
	"github.com/visavis-netcode/visavis/rollback"
)

// feed is a match that this player watches, and shows to all in a lobby of his own. It comes over
// a socket of its own, for a socket is in one lobby at a time. Owner: online.
type feed struct {
	from    *online // its socket, and who watches by it
	loop    game.Loop
	seen    *sighting // what is recorded of it, at first by the screen that it was watched on; nil: nothing
	shown   bool      // to the others, or it never can be
	ended   bool      // there is no more to see
	tick    int
	notices []rollback.Notice
}

// watchTogether opens a lobby in which all see what is watched here, with what came before as far as
// this machine has seen it.
func (v *watching) watchTogether(a *App) {
	from := a.online
	below := len(a.stack)
	_, a.passing, _ = ed25519.GenerateKey(nil) // never fails (crypto/rand)
	a.online = nil
	a.openLobby()
	a.passing = nil
	if a.online == nil || a.online.lobby == nil { // it says why
		a.unplug()
		a.online = from
		return
	}
	a.online.feed = &feed{from: from, seen: v.sighting}
	a.sound.end()
	a.stack = append(a.stack[:below-1], a.stack[below:]...)
}

// run goes on with what is watched, and shows it to the others as soon as something is recorded of it.
func (f *feed) run(a *App) {
	if f == nil || f.ended {
		return
	}
	w, room := f.from.watching, a.online.lobby
	f.loop.Run(f.from.node.Now(), time.Second/rollback.DefaultTickRate, func(bool) { w.Tick() })
	f.notices = w.AppendNotices(f.notices[:0]) // nobody here sees them
	if f.tick++; f.tick%20 != 0 || room.State() != netcode.Gathering || !room.Hosting() {
		return
	}
	if w.State() == netcode.Ended {
		f.ended = true
		a.say("The match is watched no more: " + sentence(w.Err().Error()))
		return
	}
	if f.shown || f.seen == nil { // the next one of its lobby, or what comes after a gap
		if seen, err := sight(a, w, f.seen); err == nil {
			f.seen, f.shown = seen, false
		}
	}
	if f.shown || f.seen == nil {
		return
	}
	switch err := room.ShowLive(f.seen.live); err {
	case netcode.ErrNothingRecorded:
	case nil:
		f.shown = true
	default:
		f.shown = true
		a.say(sentence(err.Error()))
	}
}

func (f *feed) close() {
	if f != nil {
		f.seen.end()
		f.from.close()
	}
}

// copied writes to a file and, as far as it takes that, to a log in memory.
type copied struct {
	io.WriteCloser
	live *netcode.LiveLog
}

func (c copied) Write(b []byte) (int, error) {
	c.live.Write(b) // if it is full the file goes on
	return c.WriteCloser.Write(b)
}

func (c copied) Close() error {
	c.live.Close()
	return c.WriteCloser.Close()
}

// placeLive puts onto a player's form what leads to the newest of a match that goes on.
func (h *hall) placeLive(a *App, put func(w ui.Widget, wide int)) {
	if h.grows = h.of.Grows(); h.grows {
		put(&ui.Button{Text: "Live", Help: "Goes to what is newest of the match.", Press: func() { h.want(a, h.of.Live()) }}, 52+20*(a.settings.textSize()-1))
	}
}

// markedFrames is how much there must be of a match that goes on until it is looked again for what has
// happened in it.
const markedFrames = 10 * rollback.DefaultTickRate

// grow takes in what has come of a match that goes on.
func (h *hall) grow(b *playback) {
	b.line.end = h.of.End()
	log := h.of.Log()
	if len(log) == len(b.bytes) {
		return
	}
	b.bytes = log
	if end := h.of.End(); b.marking == nil && (end >= h.marked+markedFrames || !h.of.Grows()) {
		h.marked = end
		b.stop()
		b.findMarks(log)
	}
}

// newestFrames is how far behind the newest frame what is shown counts as live: what is recorded comes
// about a second at a time.
const newestFrames = 4 * rollback.DefaultTickRate

// liveWords say how far behind the match that goes on it is; "" if none does.
func (h *hall) liveWords() string {
	behind := int(h.of.End() - h.of.Frame())
	switch {
	case !h.of.Grows():
		return ""
	case behind < newestFrames:
		return " Live."
	}
	return fmt.Sprintf(" %s behind.", clock(int32(behind)))
}

// present are who is here; at the host with how much of the replay they have who have not all of it.
func (h *hall) present(a *App) (words string) {
	for i, m := range h.lobby.members {
		if i > 0 {
			words += ", "
		}
		words += m.Name
		if !m.You && a.online.lobby.Hosting() {
			words += h.lacks(m.Machine)
		}
	}
	return words
}

// lacks says how much of the replay a member has, "" if it is all, or nearly all of a match that goes
// on.
func (h *hall) lacks(machine int) string {
	percent := 100 * h.of.GotBy(machine) / max(h.of.Bytes(), 1)
	if percent == 100 || h.of.Grows() && percent > 90 {
		return ""
	}
	return fmt.Sprintf(" (has %d%%)", percent)
}
