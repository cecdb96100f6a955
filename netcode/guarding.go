package netcode

import (
	"fmt"
	"net/netip"
	"time"

	"github.com/visavis-netcode/visavis/netcode/internal/link"
	"github.com/visavis-netcode/visavis/netcode/internal/source"
	"github.com/visavis-netcode/visavis/netcode/internal/wire"
)

const (
	firstGuessLine = 2 * time.Second // from a wrong proof to the line that tells the host
	kickPause      = time.Minute     // for who comes from where somebody was kicked
	maxKicked      = 64              // kicked ones that are remembered; when full the oldest is forgotten

	// What may be recognised at a time: links of one member, who dials all its
	// addresses at once, and links of those whom the roster does not name yet.
	// More stay strangers.
	maxOfMember   = 2 * wire.MaxAddrs
	maxUnlisted   = wire.MaxMachines
	maxUnlistedOf = 4 // of one network: who was here before knows the lobby's number, too
)

// helloTimeout is how long a stranger's hello may take: it comes with the first
// flight, or with the next if it carries a proof, and may be lost twice.
func helloTimeout(rtt time.Duration) time.Duration {
	return 2*time.Second + 4*min(rtt, time.Second)
}

// guarding is what a host knows of those whom it does not let in. Owner: the room.
type guarding struct {
	pauses  source.Pauses // after wrong proofs
	guesses tally         // wrong proofs
	misfits misfits
	kicked  []kicked
}

// kicked is somebody whom the host has asked to go. Who makes himself a new
// identity is at least held up.
type kicked struct {
	key   link.Key
	from  netip.Prefix // the host's network; the zero Prefix if that is not known
	until time.Duration
}

// recognise tells the endpoint that a link is of this lobby, by its key or by what
// was said on it, and so does not go to make room for strangers.
func (r *Room) recognise(c *conn) {
	from := hostNetwork(c.link.Source())
	ofPeer, unlisted, ofNetwork := 0, 0, 0
	for _, other := range r.conns {
		if other == c || !other.ours {
			continue
		}
		if other.link.Peer() == c.link.Peer() {
			ofPeer++
		}
		if r.memberByKey(other.link.Peer()) == nil {
			unlisted++
			if hostNetwork(other.link.Source()) == from {
				ofNetwork++
			}
		}
	}
	listed := r.memberByKey(c.link.Peer()) != nil
	if ofPeer < maxOfMember && (listed || unlisted < maxUnlisted && ofNetwork < maxUnlistedOf) {
		c.ours = c.link.Known()
	}
}

// wrongProof notes that a connection has tried a secret that is not one of this
// lobby. Who calls it closes the connection.
func (r *Room) wrongProof(c *conn) {
	now, from := r.now(), c.link.Source()
	r.guarding.pauses.Wrong(from, now)
	g := &r.guarding.guesses
	where := "someone who comes through a relay"
	if from.IsValid() {
		where = "someone at " + from.Unmap().WithZone("").String()
	}
	if g.add(where) {
		g.lineAt = max(g.lineAt, now+firstGuessLine)
	}
}

// mayTry reports whether a connection may try a secret now: a source of many wrong
// ones has to wait, and until then its proofs are not looked at.
func (r *Room) mayTry(c *conn) bool { return r.guarding.pauses.Wait(c.link.Source(), r.now()) <= 0 }

// pauseWords says so to a guest.
func (r *Room) pauseWords(c *conn) string {
	wait := r.guarding.pauses.Wait(c.link.Source(), r.now())
	return fmt.Sprintf("many wrong secrets have come from your network: try again in %d seconds", int(wait/time.Second)+1)
}

// tellGuesses tells the host of wrong proofs, all that came within a while in one
// line.
func (r *Room) tellGuesses(now time.Duration) {
	g := &r.guarding.guesses
	if !g.due(now) {
		return
	}
	count, who, often := g.take(now)
	r.happenedIn(Event{Kind: EventGuess, Count: count, Text: who + " tried a wrong secret" + often})
}

// keepOut remembers somebody who was kicked.
func (r *Room) keepOut(m *member) {
	k := kicked{key: m.Key, until: r.now() + kickPause}
	if c := m.newestConn(); c != nil && !c.link.Source().IsLoopback() {
		k.from = hostNetwork(c.link.Source())
	}
	all := &r.guarding.kicked
	if len(*all) == maxKicked {
		*all = append((*all)[:0], (*all)[1:]...)
	}
	*all = append(*all, k)
}

// keptOut says in words why a connection is not let in after somebody was kicked,
// "" if nothing is in its way. On this very computer only the key counts: copies
// of the game that run side by side come from one address.
func (r *Room) keptOut(c *conn) string {
	from, now := hostNetwork(c.link.Source()), r.now()
	for _, k := range r.guarding.kicked {
		switch {
		case k.key == c.link.Peer():
			return "the host has asked you to leave this lobby"
		case from.IsValid() && from == k.from && now < k.until:
			return "the host has asked a player at your address to leave: try again in a minute"
		}
	}
	return ""
}

// hostNetwork is what one household's computer may choose its addresses from, the
// zero Prefix if the address is not known.
func hostNetwork(addr netip.Addr) netip.Prefix {
	if nest := source.Nest(addr); len(nest) > 0 {
		return nest[0]
	}
	return netip.Prefix{}
}
