package pathfinder

import (
	"encoding/hex"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"sync/atomic"
	"time"

	"github.com/visavis-netcode/visavis/nat"
	"github.com/visavis-netcode/visavis/nat/invite"
	"github.com/visavis-netcode/visavis/nat/rendezvous"
)

// Attempt is a search for a path to one player, and the upkeep of what it has
// found until Close.
type Attempt struct {
	f    *Finder
	view atomic.Pointer[view]

	// The rest belongs to the Finder's goroutine.
	began   time.Duration
	coded   bool // by a code; otherwise by an offer or an invite
	keys    *invite.Keys
	meeting *meeting
	answer  *answer // to an invite, nil without
	pair    *pair
	err     error
	closed  bool
}

// view is what the outside sees of an Attempt.
type view struct {
	status  string
	virtual netip.AddrPort
	hoped   bool // nothing is proven yet
	kind    Kind
	key     [32]byte
	check   *[32]byte
	began   time.Duration // both offers were known
	found   time.Duration // from then to the first path
	reply   string
	letters string // the reply in
	trouble string
	err     error
}

var errClosed = errors.New("the game has closed the connection")

// Join begins to search the host who has made a code.
func (f *Finder) Join(code invite.Code) *Attempt {
	a := &Attempt{f: f, began: f.now(), coded: true}
	if f.config.Rendezvous == "" {
		a.err = errors.New("a code needs a rendezvous server, and this game has none set: ask the host for an invite instead")
	}
	a.publish()
	if a.err != nil {
		return a
	}
	f.spawn(func() {
		keys := code.Keys()
		f.do(func() { a.join(keys) })
	})
	return a
}

func (a *Attempt) join(keys invite.Keys) {
	if a.closed {
		return
	}
	a.keys, a.began = &keys, a.f.now() // the derivation takes as long as this computer is slow
	a.f.attempts = append(a.f.attempts, a)
	a.meeting = a.f.server.meet(&meeting{keys: keys, on: a.onMeeting})
}

// Connect begins to search a player whose Offer has come by some other way.
// Secret is known to both and nobody else, at least 8 bytes. learntFirst is true
// on the side that had the other's offer first; exactly one side should say so.
// The error says what is wrong with the offer or the secret.
func (f *Finder) Connect(offer []byte, secret []byte, learntFirst bool) (*Attempt, error) {
	key, remote, err := parseKeyed(offer)
	switch {
	case err != nil:
		return nil, err
	case len(secret) < 8:
		return nil, nat.ErrShortSecret
	case key == f.config.Key:
		return nil, nat.ErrSameKey
	}
	secret = append([]byte(nil), secret...)
	a := &Attempt{f: f, began: f.now()}
	a.view.Store(&view{status: "Trying to reach the other player.", key: key})
	f.do(func() {
		if a.closed {
			return
		}
		f.attempts = append(f.attempts, a)
		now := f.now()
		p := f.keeps[newKeepKey(secret, f.config.Key, key).in]
		if p != nil {
			p.learn(now, remote)
		} else {
			p = &pair{key: key, secret: secret, remote: remote, introduction: introduction{learntFirst: learntFirst}}
			if a.err = f.begin(now, p); a.err != nil {
				return
			}
		}
		p.holders++
		a.pair = p
	})
	return a, nil
}

// onMeeting takes the events of a guest's meeting.
func (a *Attempt) onMeeting(now time.Duration, e rendezvous.Event) {
	switch {
	case e.Kind == rendezvous.Refused:
		if a.pair == nil || a.pair.keep.active == nil {
			a.err = errors.New(e.Text)
		}
	case a.pair != nil:
		a.pair.onMeeting(now, e)
	case e.Kind == rendezvous.Met:
		key, remote, err := parseKeyed(e.Offer)
		if err != nil {
			a.err = err
			return
		}
		a.f.restraint.Vouch(now, e.Seen)
		p := &pair{key: key, secret: a.keys.Check[:], remote: remote, holders: 1,
			introduction: introduction{at: e.Seen, learntFirst: e.LearntFirst},
			byServer:     serverRelay{meeting: a.meeting, id: e.Peer, known: true}}
		if a.err = a.f.begin(now, p); a.err == nil {
			a.pair = p
			p.hope.begin(now, p)
		}
	}
}

// advance notices when it has failed.
func (a *Attempt) advance(now time.Duration) {
	switch {
	case a.closed:
	case a.err != nil:
		if a.pair != nil && a.pair.keep.active != nil && !a.pair.hopeless(now) {
			a.err = nil // somebody passes packets on after all
		}
	case a.answer != nil:
		a.stepAnswer(now)
	case a.pair == nil:
		if now-a.began >= a.f.config.meetLimit {
			a.err = errors.New(a.f.server.failure(a.meeting))
		}
	case a.pair.hopeless(now):
		a.err = a.pair.failure()
	}
}

func (a *Attempt) next(now time.Duration) time.Duration {
	if n := a.answer; n != nil {
		switch {
		case a.err != nil || a.pair != nil && a.pair.found > 0:
			return nat.Never
		case a.pair == nil || !n.told:
			return now + answerPause
		case now < a.pair.searched+answerAlone:
			return a.pair.searched + answerAlone
		}
		return n.until
	}
	if a.pair == nil && a.err == nil {
		return a.began + a.f.config.meetLimit
	}
	return nat.Never
}

// sentence is an error that is written for players, and so like a sentence.
type sentence string

func (s sentence) Error() string { return string(s) }

// failure is a sentence about a meeting that did not come about.
func (s *server) failure(m *meeting) string {
	if m.trouble != "" || m.client == nil {
		return s.status(m)
	}
	return "The host's game does not answer: ask whether it is still open."
}

// failure is a sentence about a search that has failed.
func (p *pair) failure() error {
	switch {
	case p.keep.active != nil:
		return sentence("Nothing has come from the other player for half a minute: the connection is lost.")
	case p.f.config.Relay != Only:
		r := p.punch.Report()
		return sentence(strings.TrimSpace(r.Summary + " " + r.Advice + " " + p.f.turn.trouble()))
	case p.f.turn.trouble() != "":
		return sentence(p.f.turn.trouble())
	case !p.mayRelay():
		return sentence("This game may only play by way of a relay, and none is set: name a rendezvous or a TURN server.")
	}
	return sentence("No relay connects the two of you: it may have no room, or the other player does not allow relays.")
}

// publish shows the outside how things stand.
func (a *Attempt) publish() {
	v := &view{status: a.status(), err: a.err}
	if n := a.answer; n != nil {
		if v.check = &n.check; n.told {
			v.reply, v.letters = n.text, n.letters
		}
	}
	if a.keys != nil {
		v.check = &a.keys.Check
	}
	if p := a.pair; p != nil {
		v.key, v.began, v.found, v.trouble = p.key, p.began, p.found, p.keep.trouble(a.f.now())
		if a.answer != nil {
			v.key = [32]byte{} // the connection will show it
		}
		if p.found > 0 || p.hope.ends > 0 {
			v.virtual, v.hoped = p.virtual, p.found == 0
		}
		if p.keep.active != nil {
			v.kind = p.keep.active.kind
		}
	}
	before := a.view.Swap(v)
	if changed := a.f.config.Changed; changed != nil && before != nil && (before.virtual != v.virtual || before.hoped != v.hoped || (before.err == nil) != (v.err == nil)) {
		changed()
	}
}

// status says how far it is.
func (a *Attempt) status() string {
	switch {
	case a.err != nil:
		return a.err.Error()
	case a.answer != nil && (a.pair == nil || a.pair.found == 0):
		return a.answer.status(a.f.now(), a.pair)
	case a.pair != nil:
		return a.pair.status()
	case a.meeting == nil:
		return "Preparing the code."
	}
	return a.f.server.status(a.meeting)
}

func (p *pair) status() string {
	if a := p.keep.active; a != nil {
		return strings.TrimSpace(a.describe() + " " + p.keep.trouble(p.f.now()))
	}
	switch {
	case p.found > 0:
		return "The path was lost; searching another."
	case p.failed != "" && !p.mayRelay():
		return "No direct path; asking whether another player passes packets on."
	case p.failed != "":
		return "No direct path; asking " + p.asked() + " to relay."
	}
	switch tried := len(direct(p.remote).Candidates); {
	case p.punch == nil || tried == 0:
		return "Asking " + p.asked() + " to relay."
	case tried == 1:
		return "Trying 1 path."
	default:
		return fmt.Sprintf("Trying %d paths.", tried)
	}
}

// asked is who is asked to relay, for a player.
func (p *pair) asked() string {
	if p.f.config.Rendezvous == "" && p.mayTURN() {
		return "the TURN server"
	}
	return "the server"
}

// describe names a path for a player.
func (p *path) describe() string {
	name := p.kind.words()
	if p.by != "" {
		name = "By way of " + p.by
	}
	if p.rtt == 0 {
		return name + "."
	}
	return fmt.Sprintf("%s, %d ms.", name, max(1, p.rtt.Round(time.Millisecond).Milliseconds()))
}

func nameOf(key [32]byte) string { return hex.EncodeToString(key[:4]) }

// trouble is a sentence about a direct path by which checks pass and QUIC does not,
// "" without one.
func (k *keeper) trouble(now time.Duration) string {
	const trouble = "The two of you reach each other, but the game's packets do not pass"
	for _, way := range k.paths {
		switch {
		case way.rank != rankDirect || way.barren <= now:
		case way.width.known < way.missedAt:
			return trouble + "."
		case way.width.narrow:
			return trouble + ": the way carries small packets only, as a tunnel (VPN) does. Without the VPN it may work."
		default:
			return trouble + ": a firewall drops QUIC."
		}
	}
	return ""
}

// Trouble is a sentence about what keeps the game from a path that was found, ""
// if nothing does as far as is known.
func (a *Attempt) Trouble() string { return a.view.Load().trouble }

// Status says in a sentence how far the search is.
func (a *Attempt) Status() string { return a.view.Load().status }

// Virtual returns the address to dial, once there is a path. It stays the same
// while paths change behind it.
func (a *Attempt) Virtual() (netip.AddrPort, bool) {
	v := a.view.Load()
	return v.virtual, v.virtual.IsValid() && !v.hoped
}

// Hoped returns the address to dial in the hope that it will be Virtual's: for a
// moment after both offers are known the first packet of a connection may go
// with the checks, if one address is likely enough. Who has dialled it should
// dial again when there is a path and still no answer.
func (a *Attempt) Hoped() (netip.AddrPort, bool) {
	v := a.view.Load()
	return v.virtual, v.virtual.IsValid() && v.hoped
}

// Kind returns the kind of the path in use, NoPath without any.
func (a *Attempt) Kind() Kind { return a.view.Load().kind }

// PeerKey returns the public key that the other side has named in its offer,
// zero before and in the case of an invite. It is proven only by the connection.
func (a *Attempt) PeerKey() [32]byte { return a.view.Load().key }

// Check returns the secret that the two who share a code prove to each other
// (invite.Keys.Check), once it is derived.
func (a *Attempt) Check() ([32]byte, bool) {
	if check := a.view.Load().check; check != nil {
		return *check, true
	}
	return [32]byte{}, false
}

// Found returns the time from when both offers were known to the first path, 0
// before.
func (a *Attempt) Found() time.Duration { return a.view.Load().found }

// Known returns how long ago both offers were known here, 0 if they are not.
func (a *Attempt) Known() time.Duration {
	if began := a.view.Load().began; began > 0 {
		return a.f.now() - began
	}
	return 0
}

// Err returns a sentence when the attempt has failed: for good, unless a Detour
// comes after all.
func (a *Attempt) Err() error { return a.view.Load().err }

// Close ends the search and the upkeep. The route stays as it is.
func (a *Attempt) Close() { a.f.do(a.close) }

func (a *Attempt) close() {
	if a.closed {
		return
	}
	a.closed = true
	a.publishClosed()
	a.f.attempts = remove(a.f.attempts, a)
	if a.pair != nil {
		a.pair.holders--
		if a.pair.holders == 0 {
			a.pair.closed = a.pair.hosting == nil
		}
	}
	a.f.server.leave(a.meeting)
}

func (a *Attempt) publishClosed() {
	v := *a.view.Load()
	if v.err == nil {
		v.err = errClosed
	}
	a.view.Store(&v)
}

func remove[T comparable](list []T, gone T) []T {
	kept := list[:0]
	for _, t := range list {
		if t != gone {
			kept = append(kept, t)
		}
	}
	var zero T
	for i := len(kept); i < len(list); i++ {
		list[i] = zero
	}
	return kept
}
