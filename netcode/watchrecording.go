package netcode

import (
	"errors"
	"io"
	"slices"

	"github.com/visavis-netcode/visavis/netcode/matchlog"
	"github.com/visavis-netcode/visavis/rollback"
)

// Record writes the log of the match that is shown to a file, from the world that is shown
// now on, as Match.Record does with one that is played here. It is closed when all of the
// match was shown or no more of it comes, another one begins, or frames had to be left out.
// Nothing waits for the disk. The error is that nothing is shown yet, or that the match is over or recorded
// already.
func (w *Watcher[S, I]) Record(to io.WriteCloser) (*matchlog.Recorder, error) {
	switch {
	case w.session == nil:
		return nil, errors.New("netcode: there is no match to be recorded yet")
	case w.result != nil:
		return nil, errors.New("netcode: the match is over")
	case w.recorder != nil && w.recorder.Recording():
		return nil, errors.New("netcode: the match is being recorded already")
	}
	header := *w.header
	header.Author, header.Start = nobody(w.header), w.session.Current()
	w.recorder = matchlog.NewRecorder(to, &header)
	return w.recorder, nil
}

// nobody is a machine that none of a match's players has, as long as there is one.
func nobody(h *matchlog.Header) (machine uint8) {
	has := func(p matchlog.Player) bool { return p.Machine == machine }
	for machine = matchlog.NoMachine - 1; machine > 0 && slices.ContainsFunc(h.Players, has); machine-- {
	}
	return machine
}

// record tells the recording the next frame, which is the at-th of a span, its commands, and
// now and then the world before it. The checksums in it are the players': see compare.
func (w *Watcher[S, I]) record(f rollback.Frame, span *matchlog.Span, at int, commands []rollback.Command) {
	r := w.recorder
	if r == nil || !r.Recording() {
		return
	}
	world := w.session.World()
	var origin rollback.Origin
	if r.WantsSnapshot() && w.session.ReadOrigin(&origin, f) {
		r.Snapshot(&matchlog.Snapshot{Frame: f, Lineup: origin.Lineup, Inputs: origin.Inputs, Digest: origin.Digest}, func(dst []byte) []byte {
			return w.session.AppendWorld(dst, world)
		})
		w.introduces.anew()
	}
	w.content = w.content[:0]
	for _, run := range span.Runs {
		w.content = append(w.content, matchlog.Record{Stream: run.Stream, Seats: run.Seats, Bytes: run.Records[at]})
	}
	w.introduces.introduce(f, w.content, commands, w.newcomers.Of, r.Block)
	r.Frame(span.Lineup, w.content)
}

// unrecorded ends it before that.
func (w *Watcher[S, I]) unrecorded() {
	if w.recorder != nil {
		w.recorder.Close()
	}
}
