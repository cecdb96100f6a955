package pathfinder

import (
	"crypto/rand"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/visavis-netcode/visavis/nat"
	"github.com/visavis-netcode/visavis/nat/invite"
	"github.com/visavis-netcode/visavis/nat/pathconn"
)

// InviteLife is how long an invite is good for unless told otherwise.
const InviteLife = 10 * time.Minute

// A knock is '#' and the text of the guest's reply: what a human may have to
// carry to the host, straight from the guest's socket. A host who can be reached
// unasked needs no human. Its first byte keeps it apart from QUIC, STUN, the
// rendezvous and questions (RFC 9443).
// The host's answer to one that comes too late is '#' and a refusal.
const firstKnock = 0x23

// maxPast is how many invites that are over are remembered, to tell who still
// knocks with them; the oldest are forgotten.
const maxPast = 8

// Host and guest of an invite know each other by these names in place of their
// public keys, which are too long for an invite.
var hostName = [32]byte{'h', 'o', 's', 't'}

func guestName(hash [16]byte) (name [32]byte) {
	copy(name[:], "guest")
	copy(name[16:], hash[:])
	return name
}

// Inviting keeps an invite open: guests who knock with it, and those whose
// replies Accept is given, are punched to in the background, so that they can
// connect.
type Inviting struct {
	f     *Finder
	view  atomic.Pointer[invitingView]
	kinds sync.Map // name of a guest to the kind of the path in use
	known sync.Map // and to when its reply came
	check [32]byte

	mu     sync.Mutex
	issued invite.Issued

	// The rest belongs to the Finder's goroutine.
	until   time.Duration
	most    int // pairs
	offer   nat.Offer
	ready   bool
	closing bool // no new guests
	trouble string
	pairs   map[[16]byte]*pair
}

type invitingView struct {
	text, letters, status string
	ready                 bool
}

// Invite makes an invite that lets at most maxGuests different players in, 1 to
// 255, within life; 0 is InviteLife. It needs no server, though STUN servers
// and a forwarded port make it work behind more routers.
func (f *Finder) Invite(maxGuests int, life time.Duration) (*Inviting, error) {
	secret, err := invite.NewSecret(rand.Reader)
	if err != nil {
		return nil, err
	}
	if life <= 0 {
		life = InviteLife
	}
	maxGuests = min(max(maxGuests, 1), 255)
	i := &Inviting{f: f, until: f.now() + life, pairs: map[[16]byte]*pair{},
		most: maxGuests + 4} // those beyond are told by whom they reach
	i.issued = invite.Issued{MaxGuests: maxGuests, Expires: time.Now().Add(life),
		Invite: invite.Invite{Host: invite.KeyHash(f.config.Key), Secret: secret}}
	i.check = i.issued.Check()
	i.view.Store(&invitingView{status: "Asking the router."})
	f.do(func() { f.invitings = append(f.invitings, i) })
	return i, nil
}

// open reports whether guests may still come.
func (i *Inviting) open(now time.Duration) bool { return !i.closing && now < i.until }

// Accept takes a reply that the player was sent. The error is an *invite.Error
// whose sentence says what is wrong with it; then nothing is sent to anybody.
func (i *Inviting) Accept(reply string) error {
	i.mu.Lock()
	r, err := i.issued.Accept(reply, time.Now())
	i.mu.Unlock()
	if err != nil {
		return err
	}
	remote, err := parseShort(r.Offer)
	if err != nil {
		return &invite.Error{Problem: invite.Version, Reason: "This reply was made by another version of the game: both sides need the same one."}
	}
	i.f.do(func() { i.met(i.f.now(), r.Guest, remote, true) })
	return nil
}

// Admit says whether a player with this key, who has proven to know Check, may
// come in. The error is an *invite.Error with a sentence for the guest.
func (i *Inviting) Admit(guest [32]byte) error {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.issued.Admit(invite.KeyHash(guest), time.Now())
}

// knock takes a packet that may be a guest's reply, and reports whether it was.
// Who cannot prove to know the invite learns nothing, not even that there is one;
// who comes too late is told.
func (i *Inviting) knock(now time.Duration, in packet) bool {
	r, err := invite.ParseReply(string(in.b[1:]), i.issued.Secret)
	if err != nil {
		return false
	}
	if !i.open(now) {
		problem := invite.Expired
		if i.closing {
			problem = invite.Closed
		}
		i.f.refuse(in, i.issued.Secret, r.Guest, problem)
		return true
	}
	remote, err := parseShort(r.Offer)
	if err != nil {
		return true
	}
	p := i.pairs[r.Guest]
	if p == nil || p.keep.active == nil && !sameAddresses(p.remote, remote) {
		p = i.met(now, r.Guest, remote, false)
	}
	if p != nil && p.punch != nil {
		p.punch.Knocked(now, in.by.Addr)
	}
	return true
}

// met searches a path to a guest, once more if it is known, whose reply the player
// has entered or which has knocked. It returns nil if there is no room.
func (i *Inviting) met(now time.Duration, guest [16]byte, remote nat.Offer, entered bool) *pair {
	if !i.open(now) {
		return nil
	}
	p := i.pairs[guest]
	switch {
	case p == nil && len(i.pairs) >= i.most:
		return nil
	case p == nil:
		path := i.issued.Path()
		p = &pair{key: guestName(guest), local: hostName, secret: path[:], remote: remote, hosting: i,
			introduction: introduction{awaited: true, entered: entered}}
		if err := i.f.begin(now, p); err != nil {
			i.f.log.Debug("pathfinder: guest", "err", err)
			return nil
		}
		i.pairs[guest] = p
		i.known.Store(p.key, now)
	case p.keep.active == nil || !sameAddresses(p.remote, remote): // it has come again
		p.began, p.tries, p.entered = now, 0, entered
		i.known.Store(p.key, now)
		p.learnt(now, remote)
	}
	i.trouble = ""
	return p
}

// uses implements host.
func (i *Inviting) uses(p *pair, kind Kind) { i.kinds.Store(p.key, kind) }

// remove implements host.
func (i *Inviting) remove(p *pair) {
	guest := [16]byte(p.key[16:])
	if i.pairs[guest] != p {
		return
	}
	delete(i.pairs, guest)
	i.kinds.Delete(p.key)
	i.known.Delete(p.key)
	if p.found == 0 && p.failed != "" {
		i.trouble = "The guest of the last reply could not be reached. " + p.failure().Error()
	}
	i.finish()
}

// Close lets no further guest in. The paths of those that came are kept until
// they are gone.
func (i *Inviting) Close() {
	i.f.do(func() {
		i.closing = true
		i.finish()
	})
}

func (i *Inviting) finish() {
	if i.closing && len(i.pairs) == 0 {
		i.f.invitings = remove(i.f.invitings, i)
		i.f.past = append(i.f.past[max(0, len(i.f.past)+1-maxPast):], i.issued.Secret)
		i.publish(i.f.now())
	}
}

// publish shows the outside how things stand.
func (i *Inviting) publish(now time.Duration) {
	i.ready = i.ready || i.f.gather.told(now)
	before := i.view.Load()
	v := &invitingView{text: before.text, letters: before.letters, ready: i.ready && i.open(now)}
	if current := i.f.gather.current; v.text == "" || !sameAddresses(current, i.offer) {
		i.offer = current
		i.mu.Lock()
		i.issued.Offer = appendShort(nil, current)
		v.text, v.letters = i.issued.Text(), i.issued.Letters()
		i.mu.Unlock()
	}
	trying, failed := 0, false
	for _, p := range i.pairs {
		if p.keep.active == nil {
			trying++
			failed = failed || p.failed != ""
		}
	}
	switch {
	case i.closing:
		v.status = "No further guests."
	case now >= i.until:
		v.status = "The invite has expired: make a new one."
	case !i.ready:
		v.status = "Asking the router."
	case failed:
		v.status = "A guest could not be reached yet: it is tried again soon. Is its game still waiting?"
	case trying == 1:
		v.status = "Trying to reach a guest."
	case trying > 1:
		v.status = fmt.Sprintf("Trying to reach %d guests.", trying)
	case i.trouble != "":
		v.status = i.trouble
	case i.f.gather.homely() != "":
		v.status = i.f.gather.homely()
	default:
		v.status = "The invite is open: send it, and enter the replies that come back."
	}
	i.view.Store(v)
}

func (i *Inviting) next(now time.Duration) time.Duration {
	switch {
	case !i.open(now):
		return nat.Never
	case !i.ready:
		return now + 20*time.Millisecond
	}
	return i.until
}

// Text returns the invite to paste into a chat, and whether all that is to be
// found out about our addresses stands in it. It may change while the invite is
// open, when our addresses do; what was sent before stays good as far as they
// are the same.
func (i *Inviting) Text() (text string, ready bool) {
	v := i.view.Load()
	return v.text, v.ready
}

// Letters returns the invite in capital letters and digits, for a QR code.
func (i *Inviting) Letters() string { return i.view.Load().letters }

// Expires returns when the invite stops to let guests in.
func (i *Inviting) Expires() time.Time { return i.issued.Expires }

// Status says in a sentence how it goes.
func (i *Inviting) Status() string { return i.view.Load().status }

// Check returns the secret that guests prove to know (invite.Invite.Check).
func (i *Inviting) Check() [32]byte { return i.check }

// Kind returns the kind of the path in use to a guest, by the guest's public key,
// NoPath while there is none.
func (i *Inviting) Kind(guest [32]byte) Kind {
	return kindIn(&i.kinds, guestName(invite.KeyHash(guest)))
}

// Known returns how long ago the reply of a guest came, by the guest's public
// key; 0 if none has.
func (i *Inviting) Known(guest [32]byte) time.Duration {
	if at, ok := i.known.Load(guestName(invite.KeyHash(guest))); ok {
		return i.f.now() - at.(time.Duration)
	}
	return 0
}

// takeKnock finds out whose invite a packet answers.
func (f *Finder) takeKnock(now time.Duration, in packet) bool {
	if len(in.b) < 2 || in.b[0] != firstKnock || in.by.Socket != 0 || in.by.Header != (pathconn.Header{}) {
		return false
	}
	for _, a := range f.attempts {
		if a.answer != nil && a.err == nil && (a.pair == nil || a.pair.found == 0) {
			a.err = a.answer.refused(f, in.b[1:])
		}
	}
	for _, i := range f.invitings {
		if i.knock(now, in) {
			return true
		}
	}
	for _, secret := range f.past {
		if r, err := invite.ParseReply(string(in.b[1:]), secret); err == nil {
			f.refuse(in, secret, r.Guest, invite.Closed)
			break
		}
	}
	return true
}

// refuse tells a guest who has knocked that it is too late, in a packet that is
// smaller than the knock.
func (f *Finder) refuse(in packet, secret [8]byte, guest [16]byte, problem invite.Problem) {
	f.paths.Send(append([]byte{firstKnock}, invite.Refusal(secret, guest, problem)...), in.by.Addr)
}

// errOwn: the player has pasted the invite that its own game shows.
var errOwn = errors.New("this is your own invite: send it to your guest, who joins with it")
