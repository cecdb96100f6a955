package pathfinder

import (
	"crypto/hmac"
	"crypto/sha256"
	"time"

	"github.com/visavis-netcode/visavis/nat"
	"github.com/visavis-netcode/visavis/nat/invite"
	"github.com/visavis-netcode/visavis/nat/rendezvous"
)

// relayIdle is how long a relay is kept beside a direct path.
const relayIdle = 10 * time.Second

// serverRelay is a pair's way through the rendezvous server.
type serverRelay struct {
	meeting *meeting
	own     bool // the meeting is this pair's alone
	id      rendezvous.ID
	known   bool // id is
	wanted  bool
	asked   bool
	channel rendezvous.Channel
	path    *path // nil if it is not open

	asks   int           // questions of the peer that came by the relay since window
	window time.Duration // began
}

// want asks for the relay; it opens once the peer has asked too. Players who
// have not met by a code meet at the server now, under a name that follows from
// their secret.
func (r *serverRelay) want(p *pair) {
	if r.wanted || p.f.config.Rendezvous == "" {
		return
	}
	r.wanted = true
	if r.meeting == nil {
		r.own = true
		secret := p.secret
		if p.bond != nil {
			secret = p.bond.Secret[:]
		}
		r.meeting = p.f.server.meet(&meeting{keys: meetingKeys(secret, p.f.config.Key, p.peer()),
			host: larger(p.f.config.Key, p.peer()), guests: 2, on: p.onMeeting})
	}
}

// meetingKeys derives what two players who share a secret need to meet.
func meetingKeys(secret []byte, a, b [32]byte) (keys invite.Keys) {
	if larger(a, b) {
		a, b = b, a
	}
	derive := func(label string) []byte {
		mac := hmac.New(sha256.New, secret)
		mac.Write([]byte("visavis meeting v1 " + label))
		mac.Write(a[:])
		mac.Write(b[:])
		return mac.Sum(nil)
	}
	copy(keys.Lookup[:], derive("lookup"))
	copy(keys.Seal[:], derive("seal"))
	return keys
}

// onMeeting takes the events of the pair's own meeting, and those of a shared
// one that are about this pair.
func (p *pair) onMeeting(now time.Duration, e rendezvous.Event) {
	r := &p.byServer
	switch e.Kind {
	case rendezvous.Met:
		key, offer, err := parseKeyed(e.Offer)
		if err != nil || key != p.peer() || p.bond != nil && r.known && r.id != e.Peer {
			return // somebody else who knows the code, when there is a connection already
		}
		p.f.restraint.Vouch(now, e.Seen)
		if r.id != e.Peer {
			r.id, r.known, r.asked = e.Peer, true, false
		}
		p.learn(now, offer)
	case rendezvous.RelayOpen:
		r.open(now, p, e.Channel)
	case rendezvous.RelayClosed:
		r.shut(now, p)
	}
}

// open takes a relay that works.
func (r *serverRelay) open(now time.Duration, p *pair, channel rendezvous.Channel) {
	wasActive := r.path != nil && p.keep.active == r.path
	r.shut(now, p)
	r.channel, r.asks, r.window = channel, 0, now
	route := p.f.server.route(channel)
	way := p.keep.add(now, route, "server-relay")
	if way == nil {
		return
	}
	r.path = way
	p.expect(route)
	switch {
	case p.bond != nil:
		way.soon = true // whoever is at the other end has to show that it is the peer
	case wasActive || p.keep.active == nil:
		p.keep.use(now, way)
		p.switched(now)
	}
}

// shut forgets the relay's path. A route that uses it stays until there is
// another: there is nothing better to send by.
func (r *serverRelay) shut(now time.Duration, p *pair) {
	if r.path == nil {
		return
	}
	way := r.path
	r.path = nil
	p.drop(now, way)
}

// advance asks for the relay, and ends it when it has not been needed for a
// while by either side.
func (r *serverRelay) advance(now time.Duration, p *pair) {
	if r.meeting == nil || r.meeting.client == nil {
		return
	}
	client := r.meeting.client
	if r.wanted && !r.asked {
		if !r.known && !r.meeting.host {
			r.id, r.known = client.Self(), true
		}
		r.asked = r.known && client.Relay(now, r.id)
	}
	if r.path == nil || now-r.window < relayIdle {
		return
	}
	// Whoever uses the relay asks by it once a second, otherwise every five.
	used := r.asks > int(relayIdle/askStandby)+2 || now-r.path.quic < relayIdle/2
	r.asks, r.window = 0, now
	if a := p.keep.active; a != nil && a.rank < rankServer && now-p.since >= relayIdle && !used && p.f.config.Relay == Auto {
		client.EndRelay(r.id)
		r.shut(now, p)
		r.wanted, r.asked = false, false
	}
}

func (r *serverRelay) next() time.Duration {
	if r.path == nil {
		return nat.Never
	}
	return r.window + relayIdle
}

// doubt takes the server's packets by TCP when questions pass by the relay and
// QUIC's packets do not.
func (r *serverRelay) doubt(now time.Duration, p *pair) {
	if r.path != nil && r.path.barren > now && p.f.server.stream == nil && p.f.server.mayDial() && now >= p.f.server.dialAfter {
		p.f.server.dial()
	}
}

// setCarrier takes the relay's packets by the way to the server that is used
// now.
func (r *serverRelay) setCarrier(p *pair) {
	if r.path == nil {
		return
	}
	r.path.route = p.f.server.route(r.channel)
	r.path.missed, r.path.barren = 0, 0 // that was the other carrier
	p.expect(r.path.route)
	if p.keep.active == r.path {
		p.f.paths.SetRoute(p.virtual, r.path.route)
	}
}

// end gives the relay back.
func (r *serverRelay) end(p *pair) {
	if r.path != nil {
		p.f.paths.Unexpect(r.path.route)
	}
	if r.meeting == nil {
		return
	}
	if r.meeting.client != nil && r.known {
		r.meeting.client.EndRelay(r.id)
	}
	if r.own {
		p.f.server.leave(r.meeting)
	}
}
