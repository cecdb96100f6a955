package membership

import (
	"slices"
	"time"

	"github.com/visavis-netcode/visavis/netcode/internal/records"
	"github.com/visavis-netcode/visavis/rollback"
)

const readyAgain = 500 * time.Millisecond // a newcomer says how far it is

// joining is this peer's own attempt to be let in, and owns how far that is.
type joining struct {
	*standing
	outbox  *outbox
	attempt uint64
	donor   records.StreamID
	dead    bool // the donor is gone: what it has fed counts for nothing
	near    bool // to be let in
	saidAt  time.Duration
}

// Rejoin is a peer that is to be let in: at a snapshot that a donor, a member, has sent
// it. attempt is 64 random bits. What else the donor sends goes to Follow and
// FollowView in the order in which it comes; records from anybody else are refused.
func Rejoin(config Config, snapshot Snapshot, me uint8, attempt uint64) *Peer {
	p := &Peer{standing: standing{config: config, me: me, status: Joining}}
	p.set = records.Resume(config.Records, snapshot.Records)
	p.furnish(snapshot.Views...)
	p.joining.attempt, p.joining.donor = attempt, snapshot.Donor
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
func (c *chronicle) Snapshot() Snapshot {
	return Snapshot{c.own, slices.Clone(c.values), c.set.Snapshot()}
}

// Dead reports whether this peer's attempt to join has come to nothing: another one,
// by another donor, begins from a new snapshot.
func (j *joining) Dead() bool { return j.dead }

// Follow takes the next frame that the donor has confirmed. It reports false if that
// cannot be: the attempt is dead then.
func (j *joining) Follow(f rollback.Frame, content []records.Entry) bool {
	if j.status != Joining || j.dead {
		return true // let in already
	}
	j.dead = !j.set.Follow(f, content)
	return !j.dead
}

// FollowView takes the next view that the donor has installed.
func (p *Peer) FollowView(now time.Duration, v *Value) {
	if p.status == Joining && !p.joining.dead && v.Number == p.view.Number+1 {
		p.takeValue(now, p.joining.donor.Machine, v, nil)
	}
}

// Ready says that this peer is near enough behind its donor to be let in. It is said
// again until it is.
func (j *joining) Ready() { j.near = true }

// ask asks the donor, now and then, that this peer be let in.
func (j *joining) ask(now time.Duration) {
	if j.status != Joining || j.dead || !j.near || j.saidAt > 0 && now-j.saidAt < readyAgain {
		return
	}
	j.saidAt = max(now, 1)
	m := &JoinReady{Join: Join{j.attempt, j.me, j.donor, j.set.Confirmed()}}
	j.outbox.sign(m)
	j.outbox.send(One(j.donor.Machine), m)
}

// admits reports whether a value lets this peer in by its present attempt.
func (j *joining) admits(v *Value) bool {
	in, ok := v.joined(j.me)
	return ok && j.status == Joining && in.Attempt == j.attempt
}

// checkDonor ends an attempt whose donor is not in the view (J4): it may have confirmed
// what the cut of its stream has undone.
func (j *joining) checkDonor() {
	if !j.isOpen(j.donor) {
		j.dead = true
	}
}

// takeJoinReady notes that a newcomer may be let in. Its donor tells everybody.
func (p *Peer) takeJoinReady(now time.Duration, from uint8, m *JoinReady) {
	j := m.Join
	if !p.newcomers.note(now, m) {
		return
	}
	if id, in := p.view.Stream(j.Machine); in && p.status == Member && id.Machine != p.me {
		p.Closed(j.Machine) // another process speaks for it (S3)
	}
	if j.Donor == p.own && p.status == Member {
		p.send(p.links&^One(j.Machine), m)
	} else {
		p.relay(from, j.Donor.Machine, m)
	}
}
