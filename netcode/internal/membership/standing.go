package membership

import (
	"time"

	"github.com/visavis-netcode/visavis/netcode/internal/records"
	"github.com/visavis-netcode/visavis/rollback"
)

// standing is where this peer stands in the match: what every room goes by. Owner: the
// Peer, which alone writes it; of the set, each rule that changes it is named where it does.
type standing struct {
	config Config
	me     uint8
	own    records.StreamID // while Member or Left
	status Status
	reason Reason // of Out and Stopped
	set    *records.Set
	view   View
	rtt    time.Duration
}

// View is who is in the match as far as this peer knows.
func (s *standing) View() *View { return &s.view }

// Records are the streams that this peer knows. They are read only: what is added
// goes through the peer.
func (s *standing) Records() *records.Set { return s.set }

// Status is this peer's part in the match; reason says why it is over.
func (s *standing) Status() (status Status, reason Reason) { return s.status, s.reason }

// SetRTT sets the largest smoothed round trip between members: time-outs follow it.
func (s *standing) SetRTT(rtt time.Duration) { s.rtt = rtt }

// strangers reports whether this peer takes into account that a member may lie.
func (s *standing) strangers() bool { return s.config.Keys != nil }

// sealing reports whether the members seal what they record.
func (s *standing) sealing() bool { return s.strangers() && s.view.machines.Len() > 2 }

// isOpen reports whether a stream is a member's.
func (s *standing) isOpen(id records.StreamID) bool {
	open, in := s.view.Stream(id.Machine)
	return in && open == id
}

func (s *standing) streamOf(m uint8) records.StreamID {
	id, _ := s.view.Stream(m)
	return id
}

// silentTime is how long nothing may be heard of a member (S1).
func (s *standing) silentTime() time.Duration {
	switch {
	case s.config.SilentAfter > 0:
		return s.config.SilentAfter
	case len(s.view.Members) <= 2:
		return silentAfterTwo
	}
	return max(silentAfter, 10*s.rtt)
}

// stuckTime is how long a member that is heard may hold everybody up (S2): not less than
// one may that is not heard.
func (s *standing) stuckTime() time.Duration { return max(stuckAfter, s.config.SilentAfter) }

// ballotTime is what a ballot of a round may take.
func (s *standing) ballotTime(round uint32) time.Duration {
	d := ballotBase + 6*s.rtt
	for ; round > 1 && d < ballotMost; round-- {
		d *= 2
	}
	return min(d, ballotMost)
}

// voteTime is how long the votes of others are waited for.
func (s *standing) voteTime() time.Duration { return 2*s.rtt + 100*time.Millisecond }

// limitFrames is B: an agreement of usual length ends before anybody gets there.
func (s *standing) limitFrames() int {
	c := s.config.Records
	return min(c.LeadFrames+4+int(4*s.rtt/s.config.Tick), c.LimitFrames)
}

// reached is a frame that somebody has confirmed: this peer, or, if it was let in itself
// a moment ago and is behind, whoever was furthest when the view was agreed on. Limits
// are at most LimitFrames beyond what their authors had confirmed, and new streams begin
// right above the highest. By this, newcomers of newcomers are not ever further behind.
func (s *standing) reached() rollback.Frame {
	return max(s.set.Confirmed(), s.view.from-1-rollback.Frame(s.config.Records.LimitFrames))
}

// holding is what this peer holds of a stream, as a report tells it.
func (s *standing) holding(id records.StreamID) Holding {
	_, held, end := s.set.Bounds(id)
	h := Holding{Stream: id, Held: held, Ended: end == held}
	h.Digest, _ = s.set.DigestThrough(id, h.Held)
	h.First, h.Records = s.set.Tail(id, s.config.Records.TailFrames())
	return h
}

// changeStreams ends the streams that are cut, and opens those of newcomers. admitted: the value
// lets this peer in.
func (s *standing) changeStreams(v *Value, admitted bool) {
	for _, c := range v.Cuts {
		if s.status == Joining && !admitted {
			s.set.End(c.Stream, c.Last) // what lacks of it comes with the feed
		} else if s.status != Out {
			s.set.Cut(c.Stream, c.Last, c.First, c.Records)
		}
	}
	for _, id := range v.Members {
		if id.Born == v.Number {
			s.set.Open(id, v.From)
		}
	}
}
