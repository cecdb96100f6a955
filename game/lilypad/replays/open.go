package replays

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/visavis-netcode/visavis/game/lilypad/netplay"
	"github.com/visavis-netcode/visavis/game/lilypad/rules"
	"github.com/visavis-netcode/visavis/netcode"
	"github.com/visavis-netcode/visavis/netcode/matchlog"
	"github.com/visavis-netcode/visavis/netcode/privatefile"
	"github.com/visavis-netcode/visavis/netcode/replay"
	"github.com/visavis-netcode/visavis/rollback"
)

// Bounds of a recording: the longest match of this game, best of five rounds of three
// minutes, takes a twentieth of that. Whatever can be shown to others can be looked at alone.
const (
	MaxBytes  = netcode.MaxReplayBytes
	MaxFrames = 4 * 3600 * 60 // what is not told about longer ones is told of none
	maxStarts = 8192          // snapshots
)

// Replay is a recorded match of this game.
type Replay = replay.Replay[rules.World, rules.Pad]

// Load reads a file whole. Its errors are sentences.
func Load(path string) ([]byte, error) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, privatefile.Explain(err)
	case !info.Mode().IsRegular():
		return nil, errors.New("this is no file")
	case info.Size() > MaxBytes:
		return nil, TooLong(info.Size())
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, privatefile.Explain(err)
	}
	defer file.Close()
	return LoadFrom(file)
}

// LoadFrom reads an open file whole.
func LoadFrom(from io.Reader) ([]byte, error) {
	b, err := io.ReadAll(io.LimitReader(from, MaxBytes+1))
	if err != nil {
		return nil, privatefile.Explain(err)
	}
	if len(b) > MaxBytes {
		return nil, TooLong(int64(len(b)))
	}
	return b, nil
}

// TooLong says that no recorded match of this game has so many bytes, if it has more than
// MaxBytes.
func TooLong(size int64) error {
	return fmt.Errorf("this file has %d MB, and no recorded match of this game has more than %d", (size+1<<20-1)>>20, MaxBytes>>20)
}

// Open opens what Load has read, at its first frame. Several may be open of the same bytes,
// each for a goroutine of its own. progress may be nil. Its errors are sentences: no
// recording, another game, other rules, a newer version, nothing whole in it; or that ctx is
// over, which matters to Open only.
func Open(ctx context.Context, b []byte, progress replay.Progress) (*Replay, error) {
	from := &source{bytes.NewReader(b), ctx}
	r, err := open(from, int64(len(b)), progress)
	if cut := new(matchlog.CutError); errors.As(err, &cut) {
		return nil, fmt.Errorf("this recording is damaged or cut off, and nothing of it can be played: %w", cut)
	}
	if err != nil {
		return nil, err
	}
	if err := checkWorlds(r.Log()); err != nil {
		return nil, err
	}
	from.ctx = context.Background()
	return r, nil
}

// open tries the newest rules first, whose error it is if none do.
func open(from io.ReaderAt, size int64, progress replay.Progress) (r *Replay, err error) {
	for i, rules := range netplay.Played {
		opened, why := replay.Open(netplay.Recorded(rules), from, size, progress)
		if why == nil {
			return opened, nil
		}
		if i == 0 {
			err = why
		}
	}
	return nil, err
}

// source is a file that is not read any more when ctx is over.
type source struct {
	*bytes.Reader
	ctx context.Context
}

// ReadAt is part of io.ReaderAt.
func (s *source) ReadAt(b []byte, at int64) (int, error) {
	if err := s.ctx.Err(); err != nil {
		return 0, err
	}
	return s.Reader.ReadAt(b, at)
}

// checkWorlds looks at every world that the replay may begin with: Step trusts what is in
// one. It reads the file once from its beginning to its end.
func checkWorlds(l *matchlog.Log) error {
	if l.Stretches() > maxStarts || l.Frames > MaxFrames {
		return errors.New("this recording is of no match that this game can play: it is too long")
	}
	reader, err := rollback.New(netplay.Config().Replay(rules.World{}, l.Header, rollback.Origin{}))
	if err != nil {
		return err
	}
	var parts *matchlog.Assembly
	for block, err := range l.Blocks() {
		if err != nil {
			return fmt.Errorf("this recording is damaged: %w", err)
		}
		switch b := block.(type) {
		case *matchlog.Snapshot:
			parts = matchlog.Assemble(b)
		case *matchlog.Part:
			if parts == nil || parts.Take(b) != nil {
				return errors.New("this recording is damaged: its blocks are out of order")
			}
			if !parts.Whole() {
				continue
			}
			var w rules.World
			if err := reader.DecodeWorld(&w, parts.Section(matchlog.SectionWorld)); err != nil {
				return fmt.Errorf("this recording is damaged: %w", err)
			}
			if err := w.Check(); err != nil {
				return fmt.Errorf("this recording is damaged: no match comes to its %w", err)
			}
		}
	}
	return nil
}

// Whole says in words why a recording ends before its match did, "" if it does not.
func Whole(l *matchlog.Log) string {
	switch {
	case l.Cut != nil:
		return "This recording ends before its match: the rest of the file is missing or damaged."
	case l.Result == nil:
		return "This recording ends before its match: that went on, or the game was closed in the middle of it."
	}
	return ""
}
