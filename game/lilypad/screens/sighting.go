package screens

import (
	"github.com/visavis-netcode/visavis/game/lilypad/netplay"
	"github.com/visavis-netcode/visavis/netcode"
	"github.com/visavis-netcode/visavis/netcode/matchlog"
	"github.com/visavis-netcode/visavis/rollback"
)

// sighting is what is recorded of a match that is watched here, from some frame on. Owner: who
// watches, a screen or a feed.
type sighting struct {
	live  *netcode.LiveLog // in memory, for those who are to see it, too
	log   *matchlog.Recorder
	first rollback.Frame
	kept  *take // as a replay, as one that is played here is saved; nil: nothing is kept
}

// leastKept is how much of a match one must have seen for a replay of it, in frames.
const leastKept = 300

// sight begins to record what is watched, after what was recorded before if that is not nil. The
// error is that there is nothing to be recorded now, or that it is recorded already.
func sight(a *App, w *netplay.Watcher, before *sighting) (s *sighting, err error) {
	s = &sighting{live: netcode.NewLiveLog()}
	draft := a.saving.begin()
	if before != nil && before.log.Err() != nil {
		draft = nil // the disk takes no more, and was found out once
	}
	if draft == nil {
		s.log, err = w.Record(s.live)
	} else {
		s.log, err = w.Record(copied{draft, s.live})
	}
	if err != nil {
		return nil, err
	}
	before.end()
	if s.first = s.log.Next(); draft != nil {
		s.kept = a.saving.add(&take{draft: draft, log: s.log, stop: s.log.Close})
	}
	return s, nil
}

// end keeps no replay of a match of which hardly anything was seen.
func (s *sighting) end() {
	if s != nil && s.kept != nil && s.log.Next()-s.first < leastKept {
		s.kept.draft.Drop()
	}
}
