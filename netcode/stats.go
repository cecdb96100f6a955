package netcode

import (
	"time"

	"github.com/visavis-netcode/visavis/rollback"
)

// Stats are a match's figures since its start.
type Stats struct {
	Frame       rollback.Frame // next to step
	Confirmed   rollback.Frame
	Agreed      rollback.Frame // newest frame whose world all peers have compared and found equal; 0 at the start
	DelayFrames int
	AutoDelay   bool

	View uint32 // how often the others have agreed on who is in the match, since the start

	Ticks     uint64
	Stalls    uint64 // ticks that stepped no new frame
	Rollbacks uint64
	Resteps   uint64 // frames stepped again
	// DepthHistogram counts rollbacks by depth in frames.
	DepthHistogram [rollback.MaxWindowFrames + 1]uint32
	MeanDepth      float64
	MaxDepth       int

	// NoticesMissed is how many of AppendNotices' went because nobody has read them in time.
	NoticesMissed uint64

	LastDepth     int           // frames stepped again in the newest tick
	ResimMicros   int           // how long that took
	LongestFreeze time.Duration // the longest time without a new frame, that of now and that before the end included
	// Connect is the time from the call of JoinLobby (with a code: from when
	// both sides knew each other's addresses; host: from the last newcomer's
	// greeting) to the first input of a peer; 0 before that.
	Connect time.Duration
	// Helping is for how many pairs of other machines this one passes packets on
	// now, because they have no direct way to each other: see Node.Helping.
	Helping int
	// BearsFrames is how deep a rollback this machine has time for in a tick, as it
	// tells the others, who then do not wait for it as far as that would deepen its
	// rollbacks; 15 is any depth.
	BearsFrames int
	SpeedPPM    int // how much faster (slower: negative) time synchronisation asks to play
}

// PeerStats are the figures of one other machine.
type PeerStats struct {
	Machine     int
	Name        string
	Seats       []int
	PingMs      float64
	JitterMs    float64
	LossPercent float64 // of its datagrams to here, over the last two seconds
	FramesAhead float64 // how far this side is ahead of it; negative: behind
	SilentMs    int     // since its newest datagram
	// UnackedFrames is for how many frames this machine's inputs are on their way to
	// it: those of a round trip; more if they are lost, or more than get through.
	UnackedFrames int
	// Resent is how many datagrams were sent to it besides one a tick, for inputs that
	// are too big to be repeated until it has them.
	Resent uint64
	// Unsent is how many datagrams to it were overtaken by newer ones before the path
	// had room for them: many, and it takes less than there is to send.
	Unsent    uint64
	Confirmed rollback.Frame
	Path      PathKind
	Malformed uint64 // datagrams of it that made no sense
	Lost      bool   // there is no link to it
	Absent    bool   // it is in the match no more
}

// playStats is what the play counts itself. Owner: the play.
type playStats struct {
	startedAt, advancedAt time.Duration
	ticks, stalls         uint64
	waiting               uint16
	freeze                time.Duration
}

// stopped notes that no frame is stepped any more: what the last one has waited
// for until now was a freeze like any other.
func (s *playStats) stopped(now time.Duration) { s.freeze = max(s.freeze, now-s.advancedAt) }

func (s *playStats) advanced(now time.Duration) {
	s.freeze = max(s.freeze, now-s.advancedAt)
	s.advancedAt = now
	s.waiting = 0
}

// lossDatagrams is how many datagrams one measurement of loss covers at least:
// two seconds.
const lossDatagrams = 120

// peerTraffic measures a peer's datagrams. The receiver, the pace and the sender count what is
// theirs.
type peerTraffic struct {
	malformed    uint64
	received     uint32 // datagrams of this match
	sentFrom     uint32 // the peer's count, and
	receivedFrom uint32 // this side's, when the measurement of loss began
	resent       uint64 // datagrams besides one a tick
	measuring    bool
	lossPercent  float64
	lastMargin   int64
	jitterMicros float64 // mean absolute difference of successive margins
}

// sent notes how many datagrams a peer says to have sent.
func (t *peerTraffic) sent(n uint32) {
	sent, received := n-t.sentFrom, t.received-t.receivedFrom
	switch {
	case !t.measuring:
	case sent < lossDatagrams || sent > 1<<20: // too few, or one overtaken
		return
	default:
		t.lossPercent = 100 * (1 - min(1, float64(received)/float64(sent)))
	}
	t.sentFrom, t.receivedFrom, t.measuring = n, t.received, true
}

// jitter smooths as RFC 3550 section 6.4.1 does.
func (t *peerTraffic) jitter(marginMicros int64) {
	difference := marginMicros - t.lastMargin
	t.lastMargin = marginMicros
	t.jitterMicros += (float64(max(difference, -difference)) - t.jitterMicros) / 16
}
