package pathfinder

import (
	"time"

	"github.com/visavis-netcode/visavis/nat"
	"github.com/visavis-netcode/visavis/nat/invite"
)

const (
	answerAlone = 2 * time.Second // a host who can be reached unasked has answered by then
	answerPause = 20 * time.Millisecond
)

// answer is what an Attempt has to do with an invite.
type answer struct {
	invite invite.Invite
	remote nat.Offer
	check  [32]byte      // of the invite
	until  time.Duration // we try
	offer  nat.Offer     // ours, as it stands in the reply

	text, letters string // the reply; "" before it is made
	told          bool   // it is worth being sent by hand
}

// Answer begins to search the host who has made an invite. If the host can be
// reached unasked it is found at once; otherwise the player has to send Reply
// back, and the search waits until the host's player has entered it, at most
// InviteLife. Whether the invite has expired says the host. The error says what is
// wrong with the invite.
func (f *Finder) Answer(inv invite.Invite) (*Attempt, error) {
	remote, err := parseShort(inv.Offer)
	switch {
	case err != nil:
		return nil, ErrOffer
	case inv.Host == invite.KeyHash(f.config.Key):
		return nil, errOwn
	}
	a := &Attempt{f: f, began: f.now()}
	a.answer = &answer{invite: inv, remote: remote, check: inv.Check(), until: f.now() + InviteLife}
	a.view.Store(&view{status: "Asking the router.", check: &a.answer.check})
	f.do(func() {
		if !a.closed {
			f.attempts = append(f.attempts, a)
		}
	})
	return a, nil
}

// stepAnswer makes the reply and begins to search, when our own addresses are
// known as well as they will be.
func (a *Attempt) stepAnswer(now time.Duration) {
	f, n := a.f, a.answer
	switch {
	case a.pair != nil && a.pair.found > 0:
		if a.pair.hopeless(now) {
			a.err = a.pair.failure()
		}
		return
	case now >= n.until:
		a.err = sentence("The host was not reached in ten minutes, which is as long as an invite is good for: ask for a new one.")
		return
	case a.pair == nil && !f.gather.settled(now):
		return
	}
	n.told = n.told || f.gather.told(now)
	guest := invite.KeyHash(f.config.Key)
	if current := f.gather.current; n.text == "" || !sameAddresses(n.offer, current) {
		n.offer = current
		reply := invite.Reply{Guest: guest, Offer: appendShort(nil, current)}
		n.text, n.letters = reply.Text(n.invite.Secret), reply.Letters(n.invite.Secret)
	}
	if a.pair == nil {
		path := n.invite.Path()
		p := &pair{key: hostName, local: guestName(guest), secret: path[:], remote: n.remote,
			introduction: introduction{learntFirst: true, until: n.until, knock: append([]byte{firstKnock}, n.text...)}}
		a.hold(now, p)
		return
	}
	if a.pair.never(now) {
		a.err = sentence("Without a server the two of you cannot meet: " + a.pair.punch.Hopeless() +
			". One of you can use another network, such as a phone's hotspot, or turn on UPnP or NAT-PMP in the router; one is enough.")
	}
}

// refused takes what the host may have answered to a knock.
func (n *answer) refused(f *Finder, b []byte) error {
	if err := invite.ParseRefusal(b, n.invite.Secret, invite.KeyHash(f.config.Key)); err != nil {
		return err
	}
	return nil
}

// hold begins to search, or takes part in a search that goes on.
func (a *Attempt) hold(now time.Duration, p *pair) {
	known := a.f.keeps[newKeepKey(p.secret, p.local, p.key).in]
	if known == nil {
		if a.err = a.f.begin(now, p); a.err != nil {
			return
		}
		known = p
	}
	known.holders++
	a.pair = known
}

// never reports whether two routers leave no way without a server, and there is
// none. Knocks have had their chance.
func (p *pair) never(now time.Duration) bool {
	blocked := func(o nat.Offer) bool { return o.Descriptor.Mapping == nat.MappingBlocked }
	return p.punch != nil && now-p.searched >= answerAlone && p.punch.Hopeless() != "" && !p.mayRelay() &&
		!blocked(p.f.gather.current) && !blocked(p.remote) // those may be in one network without internet
}

// status says how far it is.
func (n *answer) status(now time.Duration, p *pair) string {
	switch {
	case p == nil:
		return "Asking the router."
	case p.punch != nil && p.punch.Stats().Received > 0:
		return "The host answers; looking for the best path."
	case now-p.searched < answerAlone || !n.told:
		return "Trying to reach the host with the invite alone."
	case p.f.gather.current.Descriptor.Mapping == nat.MappingBlocked:
		return "Send the reply code to the host, who enters it. No server on the internet answers here, so the host must be in the same local network."
	}
	return "Send the reply code to the host, who enters it."
}

// Reply returns the reply to an invite that the player sends back to the host,
// and whether it is made; see Answer. It may change when our addresses do.
func (a *Attempt) Reply() (text string, ready bool) {
	v := a.view.Load()
	return v.reply, v.reply != ""
}

// ReplyLetters returns the reply in capital letters and digits, for a QR code.
func (a *Attempt) ReplyLetters() string { return a.view.Load().letters }
