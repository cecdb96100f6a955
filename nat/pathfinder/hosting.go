package pathfinder

import (
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/visavis-netcode/visavis/nat"
	"github.com/visavis-netcode/visavis/nat/invite"
	"github.com/visavis-netcode/visavis/nat/rendezvous"
)

// Hosting keeps a code working: guests that come with it are punched to in the
// background, so that they can connect.
type Hosting struct {
	f     *Finder
	view  atomic.Pointer[hostingView]
	kinds sync.Map // key of a guest to the kind of the path in use
	known sync.Map // key of a guest to when both offers were known

	// The rest belongs to the Finder's goroutine.
	max     int
	keys    *invite.Keys
	meeting *meeting
	ready   bool
	closing bool // no new guests
	yields  bool // the server is still to be told that the code is another's
	over    bool
	err     error
	pairs   map[rendezvous.ID]*pair
}

type hostingView struct {
	status string
	ready  bool
	check  *[32]byte
	err    error
}

// Host makes a code work for at most maxGuests different players, 1 to 255, at
// a time. One who leaves makes room at once, one whose computer has crashed after
// half a minute, so a lobby that turns surplus guests away itself should allow
// for more than it has seats.
func (f *Finder) Host(code invite.Code, maxGuests int) *Hosting {
	h := &Hosting{f: f, max: min(max(maxGuests, 1), 255), pairs: map[rendezvous.ID]*pair{}}
	if f.config.Rendezvous == "" {
		h.err = errors.New("a code needs a rendezvous server, and this game has none set: send an invite instead")
	}
	h.publish()
	if h.err != nil {
		return h
	}
	f.spawn(func() {
		keys := code.Keys()
		f.do(func() { h.begin(keys) })
	})
	return h
}

func (h *Hosting) begin(keys invite.Keys) {
	if h.closing {
		return
	}
	h.keys = &keys
	h.f.hostings = append(h.f.hostings, h)
	h.meeting = h.f.server.meet(&meeting{keys: keys, host: true, guests: h.max, on: h.onMeeting})
}

func (h *Hosting) onMeeting(now time.Duration, e rendezvous.Event) {
	switch e.Kind {
	case rendezvous.Registered:
		h.ready = true
	case rendezvous.Met:
		h.met(now, e)
	case rendezvous.Yielded:
		h.yields = false
		h.finish()
	default:
		if p := h.pairs[e.Peer]; p != nil {
			p.onMeeting(now, e)
		}
	}
}

// met takes a guest's offer.
func (h *Hosting) met(now time.Duration, e rendezvous.Event) {
	if p := h.pairs[e.Peer]; p != nil {
		p.onMeeting(now, e)
		return
	}
	key, remote, err := parseKeyed(e.Offer)
	if err != nil || h.closing {
		h.meeting.client.Remove(e.Peer)
		return
	}
	h.f.restraint.Vouch(now, e.Seen)
	p := h.f.keeps[newKeepKey(h.keys.Check[:], h.f.config.Key, key).in]
	if p != nil { // it has come again
		if p.hosting != h {
			h.meeting.client.Remove(e.Peer)
			return
		}
		h.known.Store(key, now)
		h.meeting.client.Remove(p.byServer.id)
		delete(h.pairs, p.byServer.id)
		p.byServer.shut(now, p)
		p.byServer.wanted, p.byServer.asked = false, false
		p.byServer.id = e.Peer
		h.pairs[e.Peer] = p
		p.learnt(now, remote)
		return
	}
	p = &pair{key: key, secret: h.keys.Check[:], remote: remote, hosting: h,
		introduction: introduction{at: e.Seen, learntFirst: e.LearntFirst},
		byServer:     serverRelay{meeting: h.meeting, id: e.Peer, known: true}}
	if err := h.f.begin(now, p); err != nil {
		h.f.log.Debug("pathfinder: guest", "err", err)
		h.meeting.client.Remove(e.Peer)
		return
	}
	h.pairs[e.Peer] = p
	h.known.Store(key, now)
}

// learnt takes the offer of a peer that has started again.
func (p *pair) learnt(now time.Duration, remote nat.Offer) {
	p.remote = p.named(now, remote)
	_ = p.search(now) // cannot fail: it did not the first time
}

// uses implements host.
func (h *Hosting) uses(p *pair, kind Kind) { h.kinds.Store(p.key, kind) }

// remove forgets a guest, whose place is free again.
func (h *Hosting) remove(p *pair) {
	if h.pairs[p.byServer.id] != p {
		return
	}
	delete(h.pairs, p.byServer.id)
	h.kinds.Delete(p.key)
	switch again := h.pairOf(p.key); { // it may have come again before this was over
	case again == nil:
		h.known.Delete(p.key)
	case again.keep.active != nil:
		h.kinds.Store(p.key, again.keep.active.kind)
	}
	if h.meeting != nil && h.meeting.client != nil && !h.meeting.closed {
		h.meeting.client.Remove(p.byServer.id)
	}
	h.finish()
}

// pairOf is the pair with a guest, by its public key; nil without one.
func (h *Hosting) pairOf(guest [32]byte) *pair {
	for _, p := range h.pairs {
		if p.key == guest {
			return p
		}
	}
	return nil
}

// Kind returns the kind of the path in use to a guest, by the guest's public key,
// NoPath while there is none.
func (h *Hosting) Kind(guest [32]byte) Kind { return kindIn(&h.kinds, guest) }

// Known returns how long ago our offer and that of a guest, by its public key,
// were both known here, 0 if they are not.
func (h *Hosting) Known(guest [32]byte) time.Duration {
	if at, ok := h.known.Load(guest); ok {
		return h.f.now() - at.(time.Duration)
	}
	return 0
}

// Close lets no further guest in. The paths of those that came are kept, and so
// is the place at the server that they may need for a relay, until they are
// gone.
func (h *Hosting) Close() {
	h.f.do(func() {
		h.closing = true
		h.finish()
	})
}

// Yield is Close for a code that somebody else hosts with from now on: it leads to him as
// soon as the server knows him. The paths of those that came are kept, with the relays.
func (h *Hosting) Yield() {
	h.f.do(func() {
		h.closing = true
		if h.meeting != nil && h.meeting.client != nil && !h.over {
			h.yields = true
			h.meeting.client.Yield(h.f.now())
		}
		h.finish()
	})
}

// finish leaves the server when nobody needs it any more.
func (h *Hosting) finish() {
	if !h.closing || len(h.pairs) > 0 || h.yields || h.over {
		return
	}
	h.over = true
	h.ready = false
	h.publish()
	h.f.server.leave(h.meeting)
	h.f.hostings = remove(h.f.hostings, h)
}

func (h *Hosting) publish() {
	v := &hostingView{ready: h.ready && !h.closing, err: h.err}
	switch {
	case h.err != nil:
		v.status = h.err.Error()
	case h.closing:
		v.status = "No further guests."
	case h.meeting == nil:
		v.status = "Preparing the code."
	default:
		v.status = h.f.server.status(h.meeting)
	}
	if h.keys != nil {
		v.check = &h.keys.Check
	}
	h.view.Store(v)
}

// Status says in a sentence whether the code works, or what is in the way.
func (h *Hosting) Status() string { return h.view.Load().status }

// Ready reports whether the code works.
func (h *Hosting) Ready() bool { return h.view.Load().ready }

// Err returns a sentence when the code can never work.
func (h *Hosting) Err() error { return h.view.Load().err }

// Check returns the secret that guests prove to know (invite.Keys.Check), once
// it is derived.
func (h *Hosting) Check() ([32]byte, bool) {
	if check := h.view.Load().check; check != nil {
		return *check, true
	}
	return [32]byte{}, false
}
