package netcode

import (
	"bytes"
	"time"

	"github.com/visavis-netcode/visavis/netcode/internal/mesh"
	"github.com/visavis-netcode/visavis/netcode/internal/source"
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
// and with what he says last. Owner: the authority.
type changes struct {
	newest *wire.Status // nil: nothing new
	spent  source.Budget
}

// stepChanges takes over what members have said of themselves. Only the host
// hears it.
func (a *authority) stepChanges(now time.Duration) {
	for _, m := range a.room.members {
		if m == nil || m.changes.newest == nil {
			continue
		}
		news := m.changes.newest
		m.learnWanted(news.Players)
		if !m.changedBy(news) {
			m.changes.newest = nil
			continue
		}
		if !m.changes.spent.Take(now, changeCost, changeBurst) {
			continue
		}
		m.changes.newest = nil
		m.Ready, m.Linked, m.Offer = news.Ready, news.Linked, news.Offer
		a.seatsAsked(m, news.Players)
		a.rosterChanged()
	}
}

// changedBy reports whether a member's word says anything new.
func (m *member) changedBy(news *wire.Status) bool {
	return m.Ready != news.Ready || m.Linked != news.Linked || !samePlayers(m.wanted, wishes(news.Players)) || !bytes.Equal(m.Offer, news.Offer)
}

// tellStatus notes that this member's players, readiness or links may have changed.
func (r *Room) tellStatus() {
	r.authority.rosterChanged()
	if r.guest != nil {
		r.guest.status.due = true
	}
}

// renewPings measures the members' pings, and looks which way their packets take.
func (r *roster) renewPings(links *mesh.Mesh, pathOf func(uint8, *mesh.Conn) PathKind, events *events) {
	for _, m := range r {
		if m == nil || links.To(m.Machine) == nil {
			continue
		}
		c := links.To(m.Machine)
		if kind := pathOf(m.Machine, c); kind != m.shownPath {
			m.shownPath = kind
			events.happened(Event{Kind: EventPath, Machine: int(m.Machine), Name: m.Name, Path: kind})
		}
		ping := int(min(c.Link.Stats().RTT/time.Millisecond, 9999))
		if diff := ping - m.pingMs; diff > 5 || diff < -5 {
			m.pingMs = ping
		}
	}
}
