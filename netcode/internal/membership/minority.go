package membership

import (
	"cmp"
	"time"
)

const minorityLimit = 15 * time.Second // by default, for a majority to be reached again

// minority is how long this peer has been on the smaller side of a partition, and owns that.
type minority struct {
	alone   bool
	aloneAt time.Duration
}

// Waiting reports whether so many are out of reach that those who are left can agree
// on nothing (X1).
func (m *minority) Waiting() bool { return m.alone }

// lasts notes whether this peer is alone, and reports whether it has been for a limit.
func (m *minority) lasts(now time.Duration, alone bool, limit time.Duration) bool {
	if alone && !m.alone {
		m.aloneAt = now
	}
	m.alone = alone
	return alone && now-m.aloneAt >= limit
}

// giveUp ends this peer's part after a while without a majority (X2). It places no
// final mark, since it may have answered a ballot: to the others this is a crash.
func (p *Peer) giveUp(now time.Duration, suspects Machines) {
	members := p.view.Machines() &^ p.inst.byes
	alone := p.status == Member && !(members&^suspects).quorumOf(members, p.config.NoTie)
	if p.minority.lasts(now, alone, cmp.Or(p.config.MinorityAfter, minorityLimit)) {
		p.end(NoMajority)
	}
}
