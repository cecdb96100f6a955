package netcode

import (
	"crypto/rand"
	"net/netip"
	"slices"
	"time"

	"github.com/visavis-netcode/visavis/nat/stun"
)

const (
	maxKnockers   = 16               // remembered; when full the one that was heard longest ago is forgotten
	openPause     = time.Second      // between two packets to one of them
	knockerLife   = 10 * time.Second // then who knocks begins anew
	stuckKnocks   = 3                // so many knocks,
	stuckAfter    = 3 * time.Second  // and so long after the first without a connection: it does not get through
	nextStuckLine = time.Minute      // from one line that tells the host so to the next
)

// knocking is what a host knows of those on its local networks who call it and may
// not be heard, because a firewall lets in answers only: see lan.Knock. A packet to
// where the call comes from makes the next call an answer. Owner: the doors.
type knocking struct {
	door     door // nil on simulated networks
	knockers []knocker
	lineAt   time.Duration    // no line before
	heard    []netip.AddrPort // of one step
}

// door is where knocks are heard: that of the lists, or where the lobby is on none one
// that tells nobody of it.
type door interface {
	AppendKnocks(dst []netip.AddrPort) []netip.AddrPort
	Close() error
}

// knocker is somebody who has knocked and has not come through since.
type knocker struct {
	at          netip.AddrPort
	first, last time.Duration // knocks
	count       int
	openedAt    time.Duration // when a packet was due to it last
}

// hear takes a knock and reports whether a packet to where it comes from is due.
func (k *knocking) hear(at netip.AddrPort, now time.Duration) (due bool) {
	i := slices.IndexFunc(k.knockers, func(other knocker) bool { return other.at == at })
	switch {
	case i < 0:
		if len(k.knockers) == maxKnockers {
			oldest := slices.MinFunc(k.knockers, func(a, b knocker) int { return int(a.last - b.last) })
			k.forget(func(other knocker) bool { return other.at == oldest.at })
		}
		k.knockers = append(k.knockers, knocker{at: at, first: now, last: now, count: 1, openedAt: now})
		return true
	case now-k.knockers[i].last > knockerLife:
		k.knockers[i] = knocker{at: at, first: now, last: now, count: 1, openedAt: now}
		return true
	}
	one := &k.knockers[i]
	one.count, one.last = one.count+1, now
	if due = now-one.openedAt >= openPause; due {
		one.openedAt = now
	}
	return due
}

// came notes that a connection has come from an address.
func (k *knocking) came(from netip.Addr) {
	from = from.Unmap().WithZone("")
	k.forget(func(one knocker) bool { return one.at.Addr().WithZone("") == from })
}

func (k *knocking) forget(which func(knocker) bool) {
	k.knockers = slices.DeleteFunc(k.knockers, which)
}

// stuck reports whether it is time to tell the host that somebody does not get
// through: all who do not, within a while, are one line.
func (k *knocking) stuck(now time.Duration) bool {
	if now < k.lineAt || !slices.ContainsFunc(k.knockers, func(one knocker) bool {
		return one.count >= stuckKnocks && one.last-one.first >= stuckAfter && now-one.last <= knockerLife
	}) {
		return false
	}
	k.lineAt = now + nextStuckLine
	return true
}

// stepKnocking takes the knocks that have come, and tells the host of those who do
// not get through all the same.
func (d *doors) stepKnocking(now time.Duration) {
	k := &d.knocking
	if k.door != nil {
		k.heard = k.door.AppendKnocks(k.heard[:0])
		for _, at := range k.heard {
			d.knocked(at, now)
		}
	}
	if k.stuck(now) {
		d.room.chat.happened(Event{Kind: EventFirewall, Text: "somebody on your network tries to join and does not get through: allow the game in the firewall of this computer"})
	}
}

// knocked opens a firewall of this computer to somebody who knocks, as far as the
// node's Restraint allows: he may be somebody else than he seems.
func (d *doors) knocked(at netip.AddrPort, now time.Duration) {
	if d.knocking.hear(at, now) && d.room.node.restraint.Spend(d.room.node.restraint.Now(), at) {
		d.room.node.openTo(at)
	}
}

// openTo sends a packet that asks for nothing (RFC 8489 section 2: an indication),
// so that what comes from there is taken for the answer to it.
func (n *Node) openTo(at netip.AddrPort) {
	var id stun.TxID
	rand.Read(id[:]) // never fails (crypto/rand)
	if paths := n.endpoint.Paths(); paths != nil {
		_ = paths.Send(stun.New(stun.BindingIndication, id), at) // lost: another knock comes
	}
}
