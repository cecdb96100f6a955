package netcode

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"runtime/debug"
	"time"

	"github.com/visavis-netcode/visavis/netcode/internal/membership"
	"github.com/visavis-netcode/visavis/netcode/matchlog"
	"github.com/visavis-netcode/visavis/rollback"
)

// Recording is the log of a match that is being written: see Match.Record.
type Recording struct {
	to     io.WriteCloser
	header matchlog.Header
	log    *matchlog.Recorder // nil until the first frame is there
	closed bool               // by Stop, or because the match is over
	done   chan struct{}      // closed when it ends without having begun
	view   uint32             // the newest that is told
	sums   rollback.Frame     // frames apart at which checksums are told, 0: never,
	marks  bool               // worlds are small enough to hash each,
	summed rollback.Frame     // and the first frame of which none of that is told yet
	origin rollback.Origin

	rollbacks  rollbackLog
	introduces introducer
	attests    attester

	snapshot matchlog.Snapshot       // memory for the newest
	world    func(dst []byte) []byte // appends the world before the next frame
}

// markedBytes is up to which size every world is hashed: some microseconds.
const markedBytes = 64 << 10

// maxReasonRunes is how much of a reason is recorded.
const maxReasonRunes = 200

// crashWait is how long a program that is about to end waits for its recording to be
// written.
const crashWait = time.Second

// Record writes the match's log to a file from here on: as a rule right when the match has
// begun, so that all of it is there. It is closed at the end of the match. A goroutine of
// its own packs and writes; the match never waits for that, and goes on where the disk is
// full or too slow: Recording.Err says so, and another one may begin. Package replay plays such a file again.
func (m *Match[S, I]) Record(to io.WriteCloser) (*Recording, error) {
	p := m.play
	if p.over() {
		return nil, errors.New("netcode: the match is over")
	}
	if before := p.recording; before != nil {
		if before.Err() == nil && before.recording() {
			return nil, errors.New("netcode: the match is being recorded already")
		}
		before.Stop()
	}
	r := &Recording{to: to, header: p.logHeader(m.setup), done: make(chan struct{}), attests: attester{apart: recordedFrames}, sums: rollback.Frame(p.terms.checksums)}
	world, _ := m.session.ConfirmedWorld()
	r.marks = len(m.session.AppendWorld(nil, world)) <= markedBytes
	r.world = func(dst []byte) []byte {
		dst, _ = p.telling.worlds.AppendWorldAt(dst, r.log.Next())
		return dst
	}
	p.recording = r
	p.writeLog()
	return r, nil
}

// logHeader is the beginning of the match's log.
func (p *play) logHeader(setup Setup) matchlog.Header {
	h := p.terms.header()
	h.Match, h.Ordinal, h.Seed, h.Options, h.Length = p.logID(), p.match, setup.Seed, setup.Options, p.ending.frames
	h.Author, h.Began = p.room.me, time.Now().UnixMilli()
	for _, seated := range setup.Roster {
		player := matchlog.Player{Machine: matchlog.NoMachine, Name: seated.Name, Own: seated.Own}
		if seated.Machine != NoMachine {
			player.Machine = uint8(seated.Machine)
			if member := p.room.members[seated.Machine]; member != nil {
				player.Key = [32]byte(member.Key)
			}
		}
		h.Players = append(h.Players, player)
	}
	return h
}

// matchID names a match of a lobby.
func matchID(lobby uint64, match uint32) [32]byte {
	return sha256.Sum256(binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint64(nil, lobby), match))
}

// engineVersion is what the program was built with.
func engineVersion() string {
	const module = "github.com/visavis-netcode/visavis"
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, dep := range append(info.Deps, &info.Main) {
			if dep.Path == module {
				return dep.Version
			}
		}
	}
	return ""
}

// Stop ends the recording before the match does. What has come about so far is still
// written: see Done.
func (r *Recording) Stop() {
	if r.closed {
		return
	}
	r.closed = true
	if r.log == nil {
		r.to.Close()
		close(r.done)
		return
	}
	r.log.Close()
}

// recording reports whether anything of the match is still taken, or will be.
func (r *Recording) recording() bool { return !r.closed && (r.log == nil || r.log.Recording()) }

// Done is closed when all is written and the file is closed. A disk that hangs keeps it
// waiting.
func (r *Recording) Done() <-chan struct{} {
	if r.log == nil {
		return r.done
	}
	return r.log.Done()
}

// Err says in a sentence why the recording has ended before the match has, nil if it has
// not.
func (r *Recording) Err() error {
	if r.log == nil {
		return nil
	}
	return r.log.Err()
}

// Bytes is how long the file is by now.
func (r *Recording) Bytes() int64 {
	if r.log == nil {
		return 0
	}
	return r.log.Bytes()
}

// Pending is how many batches of it wait for the disk: more than a few, and it ends.
func (r *Recording) Pending() int {
	if r.log == nil {
		return 0
	}
	return r.log.Pending()
}

// Frames is the first frame that is not recorded yet.
func (r *Recording) Frames() rollback.Frame {
	if r.log == nil {
		return 0
	}
	return r.log.Next()
}

// writeLog tells the recording, if there is one, what is settled since, and how the match
// has ended.
func (p *play) writeLog() {
	r := p.recording
	if r == nil || r.closed {
		return
	}
	if r.write(&p.telling, p.settledThrough(), p.over()); !p.over() || r.closed {
		return
	}
	if e, ok := errors.AsType[*DesyncError](p.ending.err); ok && e.Frame >= 0 {
		r.desync(&p.telling, e)
		if theirs, known := p.accord.hunt.TheirWorld(e.Frame); known {
			r.desyncWorld(uint8(e.machine), e.Frame, theirs)
		}
	}
	r.finish(&p.ending.result)
}

// settledThrough is the newest frame whose world will not change any more: everybody is known
// to have had his say in those before it. None is beyond the end.
func (p *play) settledThrough() rollback.Frame {
	if through := p.sim.settled(); p.phase < finishing {
		return through
	} else {
		return min(through, p.ending.frame)
	}
}

// write tells what is settled through a frame. over: the match is, and no more comes.
func (r *Recording) write(t *telling, through rollback.Frame, over bool) {
	switch {
	case r.log != nil:
	case t.worlds.ReadOrigin(&r.origin, through):
		r.header.Start, r.attests.first = through, through
		r.log = matchlog.NewRecorder(r.to, &r.header)
	case over:
		r.Stop()
		return
	default:
		return // in the next tick, it may be
	}
	for r.log.Next() <= through && r.log.Recording() {
		if !r.tellWorld(t, through, over) || r.log.Next() == through {
			break
		}
		r.tellFrame(t, r.log.Next())
	}
	for b := r.attests.next(t.who, r.log.Next(), over); b != nil; b = r.attests.next(t.who, r.log.Next(), over) {
		r.log.Block(b)
	}
}

// unsettledFrames is how far what is confirmed may be ahead of what the session has settled.
const unsettledFrames = 64

// tellWorld tells what there is to say before the next frame: the world, or its sums. It
// reports false while the session has yet to settle that.
func (r *Recording) tellWorld(t *telling, through rollback.Frame, over bool) bool {
	f := r.log.Next()
	summed := r.sums > 0 && f%r.sums == 0
	if f < r.summed || !summed && !r.marks && !r.log.WantsSnapshot() {
		return true
	}
	sum, kept := t.worlds.ChecksumAt(f)
	if !kept && !over && through-f < unsettledFrames && !t.worlds.ReadOrigin(&r.origin, f) {
		return false
	}
	r.summed = f + 1
	if !kept {
		return true
	}
	if o := &r.origin; r.log.WantsSnapshot() && t.worlds.ReadOrigin(o, f) {
		r.snapshot = matchlog.Snapshot{Frame: f, View: t.who.view, Lineup: o.Lineup, Inputs: o.Inputs, Digest: o.Digest}
		r.log.Snapshot(&r.snapshot, r.world)
		r.introduces.anew()
	}
	if r.marks {
		r.log.Mark(sum.World)
	}
	if summed {
		r.log.Checksum(sum)
	}
	return true
}

// tellFrame tells a frame, and the views that have come about before it.
func (r *Recording) tellFrame(t *telling, f rollback.Frame) {
	r.tellViews(t.who)
	lineup, content, known := t.frame(f)
	if !known {
		r.log.Fail(fmt.Errorf("the recording has ended: frame %d is no longer known", f))
		return
	}
	r.introduces.introduce(f, content, t.worlds.CommandsAt(f), t.whose, r.log.Block)
	r.log.Frame(lineup, content)
}

// tellViews tells what was decided of who is in the match.
func (r *Recording) tellViews(who *presence) {
	if r.view == who.view {
		return
	}
	for _, v := range who.member.ViewsAfter(r.view) {
		said := membership.AppendMessage(nil, &membership.Commit{Value: v, Author: who.room.me})
		if len(said) > matchlog.MaxSaidBytes {
			continue
		}
		for piece := range matchlog.Pieces(said) {
			r.log.Block(&matchlog.View{Number: v.Number, Piece: piece})
		}
	}
	r.view = who.view
}

// finish tells how the match has ended.
func (r *Recording) finish(result *Result) {
	r.log.Finish(result.block())
	r.closed = true
}

// block is the result as the match's log has it.
func (r *Result) block() *matchlog.Result {
	b := &matchlog.Result{Frame: r.Frame, World: r.Hash, Agreed: r.Agreed}
	for _, machine := range r.ConfirmedBy {
		b.ConfirmedBy = append(b.ConfirmedBy, uint8(machine))
	}
	if r.Err != nil {
		b.Reason = cleanText(r.Err.Error(), maxReasonRunes)
	}
	return b
}

// settle waits a little for what was told to be written: the program may be over at once.
func (r *Recording) settle() {
	if r == nil {
		return
	}
	r.Stop()
	select {
	case <-r.Done():
	case <-time.After(crashWait):
	}
}
