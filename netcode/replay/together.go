package replay

import (
	"bytes"

	"github.com/visavis-netcode/visavis/netcode"
	"github.com/visavis-netcode/visavis/rollback"
)

// Follow goes to the frame at which all in a lobby are to look at this recording: call it once
// per tick, in place of Tick. Where many frames lie between it stops when enough says so, and
// goes on in the next tick: so nobody who goes to and fro all the time can hold this machine up.
// What has come of a match that goes on is taken in by it. Of an error the others know nothing: it
// says what of the log cannot be played here.
func (r *Replay[S, I]) Follow(s *netcode.Screening, enough func() bool) error {
	if log := s.Log(); int64(len(log)) > r.log.Bytes() {
		if err := r.Grow(bytes.NewReader(log), int64(len(log))); err != nil {
			return err
		}
	}
	return r.toward(s.Frame(), enough)
}

// TakeOverAt is TakeOver at a frame, for netcode.Lobby.SetTakeover: the replay goes there.
func (r *Replay[S, I]) TakeOverAt(f rollback.Frame) (game netcode.Config[S, I], was netcode.Setup, err error) {
	if err := r.Seek(f); err != nil {
		return game, was, err
	}
	return r.TakeOver(), r.Setup(), nil
}
