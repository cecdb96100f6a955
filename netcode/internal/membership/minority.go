package membership

import (
	"cmp"
	"time"
)

const minorityLimit = 15 * time.Second // by default, for a majority to be reached again

// minority is how long this peer has been on the smaller side of a partition.
type minority struct {
	alone   bool
	aloneAt time.Duration
}

// Waiting reports whether so many are out of reach that those who are left can agree
// on nothing (X1).
func (p *Peer) Waiting() bool { return p.alone }

// giveUp ends this peer's part after a while without a majority (X2). It places no
// final mark, since it may have answered a ballot: to the others this is a crash.
func (p *Peer) giveUp(now time.Duration) {
	members := p.view.Machines() &^ p.inst.byes
	if p.status != Member || (members&^p.suspects(now)).quorumOf(members, p.config.NoTie) {
		p.alone = false
		return
	}
	if !p.alone {
		p.alone, p.aloneAt = true, now
	}
	limit := cmp.Or(p.config.MinorityAfter, minorityLimit)
	if now-p.aloneAt >= limit {
		p.status, p.reason, p.lead = Stopped, NoMajority, nil
	}
}
