package screens

import (
	"path/filepath"
	"slices"
	"time"

	"github.com/visavis-netcode/visavis/game/lilypad/replays"
	"github.com/visavis-netcode/visavis/netcode/privatefile"
)

// saving are the recordings that are being written: every match that is played here is
// recorded by itself, and no match ever waits for that.
type saving struct {
	folder replays.Folder
	takes  []*take
	told   string // the last trouble that the player was told of
}

// take is the recording of a match.
type take struct {
	draft *replays.Draft
	log   recorder
	stop  func() // ends it before the match does; nothing if it has ended
}

// recorder is what writes one: a netcode.Recording, or a replay.Recorder.
type recorder interface {
	Done() <-chan struct{}
	Err() error
}

// replayFolder is where the replays of a player are who has settings in a file; without
// settings nothing is kept.
func replayFolder(settings string) replays.Folder {
	if settings == "" {
		return replays.Folder{}
	}
	return replays.Folder{Path: filepath.Join(filepath.Dir(settings), "replays")}
}

// begin returns the draft of a match that begins, nil if none is to be kept.
func (s *saving) begin() *replays.Draft {
	if s.folder.Path == "" {
		return nil
	}
	return s.folder.Begin(now())
}

// add takes care of a recording that has begun.
func (s *saving) add(t *take) *take {
	s.takes = append(s.takes, t)
	return t
}

// update says in a sentence, once, why a recording is not whole. It is called once per tick.
func (s *saving) update() (trouble string) {
	s.takes = slices.DeleteFunc(s.takes, func(t *take) bool {
		if !t.saved() {
			return false
		}
		if err := privatefile.Explain(t.log.Err()); err != nil && err.Error() != s.told {
			s.told = err.Error()
			trouble = sentence("the match is not saved as a replay: " + s.told)
		}
		return true
	})
	return trouble
}

// saved reports whether all is written that ever will be.
func (t *take) saved() bool {
	select {
	case <-t.log.Done():
		return true
	default:
		return false
	}
}

// watchable reports whether there is a replay to be watched.
func (t *take) watchable() bool { return t.saved() && t.log.Err() == nil && t.draft.Path() != "" }

// closeWait is how long the game stays for recordings that are being written, at its end.
const closeWait = time.Second

// close ends all recordings, and waits a little for the disk.
func (s *saving) close() {
	late := time.After(closeWait)
	for _, t := range s.takes {
		t.stop()
		select {
		case <-t.log.Done():
		case <-late:
			return
		}
	}
	s.takes = nil
}
