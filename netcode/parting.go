package netcode

import (
	"errors"
	"time"

	"github.com/visavis-netcode/visavis/netcode/internal/membership"
)

// parting is how this machine leaves a match: its last record goes over the reliable streams, so
// that nobody has to wait for it, or ask who holds it. Who has answered a ballot takes part in it to
// its end: he lingers when his own part is over. If he were gone before, the others might not be
// enough to agree without one who lies. Owner: the play.
type parting struct {
	who     *presence
	deal    *dealing
	sender  *sender
	signing *signing

	lingers bool // this machine's part in the match is over, and it is still to say goodbye
}

// begin begins to leave. why is what ends this machine's part.
func (p *parting) begin(now time.Duration, why error) {
	if out := new(ExcludedError); errors.As(why, &out) && (out.Conflict != "" || out.Astray) {
		p.who.member.Withdraw(now, membership.Conflict{What: out.Error()})
	} else {
		p.who.member.Leave(now, p.deal.inputs(p.who.own.Held()+1, nil))
	}
	p.say(now)
}

// say says that this machine leaves, if nothing stands against that.
func (p *parting) say(now time.Duration) {
	p.who.member.Advance(now)
	p.signing.signAll(now)
	if status, _ := p.who.member.Status(); status == membership.Left {
		for _, q := range p.who.peers {
			p.sender.sendTail(q)
		}
	}
	p.who.sayOutbox() // with the last seal: perhaps no datagram follows
}

// matchOver notes that this machine's part in the match is over.
func (p *parting) matchOver() {
	status, _ := p.who.member.Status()
	p.lingers = status == membership.Member && p.who.member.Leaving()
	p.signing.over = !p.lingers
}

// step does what a machine has left to do that lingers.
func (p *parting) step(now time.Duration) {
	if !p.lingers {
		return
	}
	if p.signing.take(now) {
		p.signing.handSeals()
		p.who.sayOutbox()
	}
	p.signing.handChores()
	if p.who.due(now) {
		p.who.membersAt, p.who.stirred = now, false
		p.say(now)
	}
	p.matchOver()
}
