package replay

import (
	"fmt"

	"github.com/zeebo/xxh3"

	"github.com/visavis-netcode/visavis/netcode"
	"github.com/visavis-netcode/visavis/netcode/matchlog"
	"github.com/visavis-netcode/visavis/rollback"
)

// simulation steps the frames of a log, from one of its snapshots on.
type simulation[S, I any] struct {
	header  *matchlog.Header
	session *rollback.Session[S, I]
}

// begin begins at a stretch's snapshot.
func begin[S, I any](config netcode.Config[S, I], h *matchlog.Header, s *matchlog.Stretch) (*simulation[S, I], error) {
	if xxh3.Hash(s.World) != s.Snapshot.World {
		return nil, fmt.Errorf("the log is damaged: the world of frame %d has another hash than it says", s.Snapshot.Frame)
	}
	var world S
	start := netcode.SetupOf(h)
	if config.Decode != nil { // it may need a world that Start has made
		world = config.Start(start)
	}
	reader, err := rollback.New(config.Replay(config.Start(start), h, rollback.Origin{}))
	if err != nil {
		return nil, err
	}
	if err := reader.DecodeWorld(&world, s.World); err != nil {
		return nil, fmt.Errorf("the world of frame %d cannot be read: %w", s.Snapshot.Frame, err)
	}
	if config.Check != nil { // a stranger may have written it
		if err := config.Check(&world); err != nil {
			return nil, fmt.Errorf("the log is damaged: the game refuses the world of frame %d: %w", s.Snapshot.Frame, err)
		}
	}
	session, err := rollback.New(config.Replay(world, h, s.Snapshot.Origin()))
	if err != nil {
		return nil, err
	}
	return &simulation[S, I]{h, session}, nil
}

// step steps the next frame, which a stretch should hold.
func (m *simulation[S, I]) step(s *matchlog.Stretch) error {
	f := m.session.Current()
	span, place, ok := s.At(f)
	if !ok {
		return fmt.Errorf("the log lacks frame %d", f)
	}
	if err := span.Confirm(m.session, m.header, f, place, s.Commands.At(f)); err != nil {
		return err
	}
	if st := m.session.Tick(); !st.Advanced {
		return fmt.Errorf("frame %d of the log says nothing of a seat that is not absent", f)
	}
	return nil
}
