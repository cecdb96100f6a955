package replay

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/visavis-netcode/visavis/netcode"
	"github.com/visavis-netcode/visavis/netcode/matchlog"
	"github.com/visavis-netcode/visavis/rollback"
)

// Recorder writes the log of a match that one machine plays without a lobby, as
// netcode.Match.Record does with one over a network. All seats of its session are local, and
// it has rollback.Config.Lineups: what a log says of the inputs counts those in. Nothing
// waits for the disk.
type Recorder[S, I any] struct {
	session *rollback.Session[S, I]
	log     *matchlog.Recorder
	seats   uint16 // bit k: seat k
	sums    rollback.Frame
	told    rollback.Frame // the first frame whose world is not told yet

	origin   rollback.Origin         // memory for the newest
	snapshot matchlog.Snapshot       // likewise
	content  []matchlog.Record       // likewise
	world    func(dst []byte) []byte // appends the world before the next frame
}

// NewRecorder begins to record a session from where it is. setup is what its match started
// from, with a player in the roster for each seat, and began when it did, in milliseconds
// since 1970. to is closed when all is written. The error is the config's, or that a log has no
// room for so much: of all seats' inputs it takes matchlog.MaxRecordBytes.
func NewRecorder[S, I any](config netcode.Config[S, I], setup netcode.Setup, session *rollback.Session[S, I], began int64, to io.WriteCloser) (*Recorder[S, I], error) {
	header, err := config.Header(setup)
	if err != nil {
		return nil, err
	}
	header.Began, header.Start = began, session.Current()
	header.Match = sha256.Sum256(binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(nil, setup.Seed), uint64(began)))
	if n := len(header.Players) * header.InputBytes; n > matchlog.MaxRecordBytes {
		return nil, fmt.Errorf("this match cannot be recorded: the inputs of its %d seats are %d bytes a frame, and a log takes %d", len(header.Players), n, matchlog.MaxRecordBytes)
	}
	if _, err := matchlog.Parse(matchlog.Append(nil, &header)); err != nil {
		return nil, errors.New("this match cannot be recorded: its setup has more players, longer names or longer options than a log takes")
	}
	r := &Recorder[S, I]{
		session: session, log: matchlog.NewRecorder(to, &header), seats: 1<<len(header.Players) - 1,
		sums: rollback.Frame(header.ChecksumFrames), told: header.Start, content: make([]matchlog.Record, 1),
	}
	r.world = func(dst []byte) []byte {
		world, _ := session.At(r.log.Next())
		return session.AppendWorld(dst, world)
	}
	r.Tick()
	return r, nil
}

// Tick takes in what the session has stepped: call it after each of its ticks.
func (r *Recorder[S, I]) Tick() {
	for r.log.Recording() {
		f := r.log.Next()
		if f >= r.told {
			r.tellWorld(f)
		}
		if f >= r.session.Current() || !r.session.ReadOrigin(&r.origin, f+1) {
			return
		}
		for _, c := range r.session.CommandsAt(f) {
			r.log.Block(&matchlog.Command{Frame: f, Command: c})
		}
		r.content[0] = matchlog.Record{Seats: r.seats, Bytes: r.origin.Inputs}
		r.log.Frame(r.origin.Lineup, r.content)
	}
}

// tellWorld tells the world before a frame.
func (r *Recorder[S, I]) tellWorld(f rollback.Frame) {
	sum, ok := r.session.ChecksumAt(f)
	if !ok {
		return
	}
	r.told = f + 1
	if r.log.WantsSnapshot() && r.session.ReadOrigin(&r.origin, f) {
		r.snapshot = matchlog.Snapshot{Frame: f, Lineup: r.origin.Lineup, Inputs: r.origin.Inputs, Digest: r.origin.Digest}
		r.log.Snapshot(&r.snapshot, r.world)
	}
	r.log.Mark(sum.World)
	if r.sums > 0 && f%r.sums == 0 {
		r.log.Checksum(sum)
	}
}

// Finish ends the recording: the match is over. A reason says in words why, if it was not
// played to its end.
func (r *Recorder[S, I]) Finish(reason string) {
	world, frame := r.session.ConfirmedWorld()
	r.log.Finish(&matchlog.Result{Frame: frame, World: r.session.Hash(world), Reason: reason})
}

// Done is closed when all is written and the file is closed.
func (r *Recorder[S, I]) Done() <-chan struct{} { return r.log.Done() }

// Err says in a sentence why the recording has ended before the match, nil if it has not.
func (r *Recorder[S, I]) Err() error { return r.log.Err() }

// Pending is how many batches wait for the disk: more than a few, and the recording ends.
func (r *Recorder[S, I]) Pending() int { return r.log.Pending() }
