package membership

import (
	"slices"
	"time"

	"github.com/visavis-netcode/visavis/netcode/internal/records"
	"github.com/visavis-netcode/visavis/rollback"
)

// newcomers are the latest words of attempts to be let in, the newest attempt last.
// One more than maxNewcomers takes the place of the oldest, which says it again.
type newcomers []newcomer

type newcomer struct {
	Join
	word *JoinReady
	at   time.Duration // when that came
}

const maxNewcomers = 2 * MaxMachines

// note reports whether a word is news.
func (n *newcomers) note(now time.Duration, m *JoinReady) bool {
	j := m.Join
	for i, was := range *n {
		if was.Machine == j.Machine && was.Attempt == j.Attempt {
			if j.Through > was.Through {
				(*n)[i] = newcomer{j, m, now}
			}
			return j.Through > was.Through
		}
	}
	if len(*n) == maxNewcomers {
		*n = slices.Delete(*n, 0, 1)
	}
	*n = append(*n, newcomer{j, m, now})
	return true
}

const (
	readyAgain = 500 * time.Millisecond // a newcomer says how far it is
	readyFresh = 2 * time.Second        // who has not said so for longer may be gone
)

// joining is this peer's own attempt to be let in.
type joining struct {
	attempt uint64
	donor   records.StreamID
	dead    bool // the donor is gone: what it has fed counts for nothing
	ready   bool
	saidAt  time.Duration
}

// Rejoin is a peer that is to be let in: at a snapshot that a donor, a member, has sent
// it. attempt is 64 random bits. What else the donor sends goes to Follow and
// FollowView in the order in which it comes; records from anybody else are refused.
func Rejoin(config Config, snapshot Snapshot, me uint8, attempt uint64) *Peer {
	p := &Peer{config: config, me: me, status: Joining}
	p.set = records.Resume(config.Records, snapshot.Records)
	p.begin(snapshot.Views...)
	p.joining = joining{attempt: attempt, donor: snapshot.Donor}
	return p
}

// Snapshot is what a donor begins with.
type Snapshot struct {
	Donor   records.StreamID
	Views   []*Value // that the donor knows, oldest first; at least one
	Records records.Snapshot
}

// Snapshot takes one for a newcomer at what is confirmed now. Each later view and
// confirmed frame is to be fed to it in the order in which they come about here.
func (p *Peer) Snapshot() Snapshot {
	return Snapshot{p.own, slices.Clone(p.values), p.set.Snapshot()}
}

// Dead reports whether this peer's attempt to join has come to nothing: another one,
// by another donor, begins from a new snapshot.
func (p *Peer) Dead() bool { return p.joining.dead }

// Follow takes the next frame that the donor has confirmed. It reports false if that
// cannot be: the attempt is dead then.
func (p *Peer) Follow(f rollback.Frame, content []records.Entry) bool {
	if p.status != Joining || p.joining.dead {
		return true // let in already
	}
	p.joining.dead = !p.set.Follow(f, content)
	return !p.joining.dead
}

// FollowView takes the next view that the donor has installed.
func (p *Peer) FollowView(now time.Duration, v *Value) {
	if p.status == Joining && !p.joining.dead && v.Number == p.view.Number+1 {
		p.takeValue(now, p.joining.donor.Machine, v, nil)
	}
}

// Ready says that this peer is near enough behind its donor to be let in. It is said
// again until it is.
func (p *Peer) Ready() { p.joining.ready = true }

func (p *Peer) join(now time.Duration) {
	j := &p.joining
	if p.status != Joining || j.dead || !j.ready || j.saidAt > 0 && now-j.saidAt < readyAgain {
		return
	}
	j.saidAt = max(now, 1)
	m := &JoinReady{Join: Join{j.attempt, p.me, j.donor, p.set.Confirmed()}}
	p.sign(m)
	p.send(One(j.donor.Machine), m)
}

// checkDonor ends an attempt whose donor is not in the view (J4): it may have confirmed
// what the cut of its stream has undone.
func (p *Peer) checkDonor() {
	if id, in := p.view.Stream(p.joining.donor.Machine); !in || id != p.joining.donor {
		p.joining.dead = true
	}
}

// takeJoinReady notes that a newcomer may be let in. Its donor tells everybody.
func (p *Peer) takeJoinReady(now time.Duration, from uint8, m *JoinReady) {
	j := m.Join
	if !p.ready.note(now, m) {
		return
	}
	if id, in := p.view.Stream(j.Machine); in && p.status == Member && id.Machine != p.me {
		p.watches[j.Machine].closed = true // another process speaks for it (S3)
	}
	if j.Donor == p.own && p.status == Member {
		p.send(p.links&^One(j.Machine), m)
	} else {
		p.relay(from, j.Donor.Machine, m)
	}
}

// forgetReady drops newcomers that are in, or whose donors are gone.
func (p *Peer) forgetReady() {
	p.ready = slices.DeleteFunc(p.ready, func(j newcomer) bool {
		id, in := p.view.Stream(j.Machine)
		return in && id.Born == p.view.Number || !p.isOpen(j.Donor)
	})
}

// isOpen reports whether a stream is a member's.
func (p *Peer) isOpen(id records.StreamID) bool {
	open, in := p.view.Stream(id.Machine)
	return in && open == id
}
