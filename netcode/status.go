package netcode

import (
	"bytes"
	"time"

	"github.com/visavis-netcode/visavis/netcode/internal/wire"
)

// Bounds of what members say of themselves. A change goes to all with the next
// roster, so one word of a member is many of the host's.
const (
	changeCost  = time.Second            // one change a second from one member,
	changeBurst = 16 * time.Second       // and sixteen at once: who comes in links to that many
	statusPause = 50 * time.Millisecond  // between two statuses of this machine
	pingsEvery  = 500 * time.Millisecond // how often pings are renewed
)

// changes is a member's word about itself as far as the others have not been told
// of it: the newest only. One who changes all the time is heard once a second,
// and with what he says last. Owner: the room.
type changes struct {
	newest *wire.Status // nil: nothing new
	spent  budget
}

// stepChanges takes over what members have said of themselves. Only the host
// hears it.
func (r *Room) stepChanges(now time.Duration) {
	for _, m := range r.members {
		if m == nil || m.changes.newest == nil {
			continue
		}
		news := m.changes.newest
		if !r.changed(m, news) {
			m.changes.newest = nil
			continue
		}
		if !m.changes.spent.take(now, changeCost, changeBurst) {
			continue
		}
		m.changes.newest = nil
		m.Ready, m.Linked, m.Offer = news.Ready, news.Linked, news.Offer
		r.seatsAsked(m, news.Players)
		r.rosterChanged()
	}
}

// changed reports whether a member's word says anything new.
func (r *Room) changed(m *member, news *wire.Status) bool {
	return m.Ready != news.Ready || m.Linked != news.Linked || !samePlayers(m.wanted, wishes(news.Players)) || !bytes.Equal(m.Offer, news.Offer)
}

// ownStatus is what the host has been told of this machine. Owner: the room.
type ownStatus struct {
	due    bool // something may have changed since
	told   *wire.Status
	notYet time.Duration // the next one does not go before
}

// tellStatus notes that this member's players, readiness or links may have changed.
func (r *Room) tellStatus() {
	r.rosterChanged()
	r.status.due = true
}

// sendStatus tells the host what has changed here.
func (r *Room) sendStatus(now time.Duration) {
	if r.host || !r.status.due || now < r.status.notYet || r.members[0] == nil {
		return
	}
	r.status.due = false
	status := &wire.Status{Players: r.said(), Ready: r.ready, Linked: r.linkedMachines(), Offer: r.node.offer()}
	if told := r.status.told; told != nil && samePlayers(told.Players, status.Players) && told.Ready == status.Ready &&
		told.Linked == status.Linked && bytes.Equal(told.Offer, status.Offer) {
		return
	}
	r.status.told, r.status.notYet = status, now+statusPause
	r.members[0].conn.send(status)
}

// linkedMachines is the set of machines that this one has a link to, itself
// included.
func (r *Room) linkedMachines() uint16 {
	set := uint16(1) << r.me
	for _, m := range r.members {
		if m != nil && m.conn != nil {
			set |= 1 << m.Machine
		}
	}
	return set
}

// renewPings measures the members' pings, and looks which way their packets take.
func (r *Room) renewPings() {
	for _, m := range r.members {
		if m == nil || m.conn == nil {
			continue
		}
		r.lookAtPath(m)
		ping := int(min(m.conn.link.Stats().RTT/time.Millisecond, 9999))
		if diff := ping - m.pingMs; diff > 5 || diff < -5 {
			m.pingMs = ping
		}
	}
}

// renamed: the node has another name.
func (r *Room) renamed() { r.playersChanged() }
