package membership

import "time"

// To sign and to look at signatures takes tens of microseconds each, which a game's tick
// has better use for. With Config.Deferred the peer leaves that to its owner: what is to be
// signed waits in Chores, and what others have signed waits there before it is taken. The
// owner has each done elsewhere and gives it back, in the order in which they came:
//
//	for _, c := range p.Chores() { work <- c }      // c.Do(keys), on any goroutine
//	p.Done(now, c)                                  // in the same order
//
// Meanwhile a message of this peer's own counts here already, and goes out when it is signed.

// maxWaiting is how many messages and seals of one machine wait to be looked at. What more it
// sends is dropped, and the next ballot makes up for what was lost. An honest one may show at
// once by what seals of all it goes.
const maxWaiting = 2 * keptSeals * MaxMachines

// Chore is a signature to be made or to be looked at.
type Chore struct {
	task      task
	from      uint8
	word      signed  // toSign: of this peer's own
	message   Message // toTake: that has come
	seal      Seal    // toSeal and toOpen
	body      []byte  // what the signature covers; not of toTake
	signature Signature
	genuine   bool
}

type task uint8

const (
	toSign task = iota
	toTake
	toSeal
	toOpen
)

// chores are what is still to be done. Owner: the peer.
type chores struct {
	waiting []*Chore         // for the owner to have them done
	spare   []*Chore         // done
	open    [MaxMachines]int // those of what a machine has sent
	asked   int              // signatures under messages of this peer's own,
	signed  int              // and those that are there
}

// Do does a chore: on any goroutine, with keys that know everybody whose words it may hold.
func (c *Chore) Do(keys Keys) {
	switch c.task {
	case toSign, toSeal:
		c.signature = keys.Sign(c.body)
	case toTake:
		c.genuine = genuine(keys, c.message)
	case toOpen:
		c.genuine = keys.Verify(c.seal.author(), c.body, c.seal.Signature)
	}
}

// Chores returns what is to be done, and forgets it. What it returns is used again by the
// next call.
func (p *Peer) Chores() []*Chore {
	if len(p.chores.waiting) == 0 {
		return nil // as in nearly every tick
	}
	list := p.chores.waiting
	p.chores.waiting = p.chores.waiting[:0]
	return list
}

// Done takes a chore back that was done. It reports whether Advance has something to do at
// once: not after a seal, as there are many of.
func (p *Peer) Done(now time.Duration, c *Chore) (stirs bool) {
	switch c.task {
	case toSign:
		*c.word.signature() = c.signature
		p.chores.signed++
	case toTake:
		p.chores.open[c.from]--
		if c.genuine {
			p.take(now, c.from, c.message)
		}
	case toSeal:
		c.seal.Signature = c.signature
		p.sealed(&c.seal)
	case toOpen:
		p.chores.open[c.from]--
		p.opened(now, c.from, &c.seal, c.genuine)
	}
	c.word, c.message, c.genuine = nil, nil, false
	p.chores.spare = append(p.chores.spare, c)
	return c.task == toSign || c.task == toTake
}

// chore begins one, nil if the machine that it is of has too many already. from is this peer
// itself for its own.
func (p *Peer) chore(t task, from uint8) *Chore {
	if from != p.me {
		if p.chores.open[from] == maxWaiting {
			return nil
		}
		p.chores.open[from]++
	}
	n := len(p.chores.spare)
	if n == 0 {
		return &Chore{task: t, from: from}
	}
	c := p.chores.spare[n-1]
	p.chores.spare = p.chores.spare[:n-1]
	c.task, c.from = t, from
	return c
}

// begins has a chore done: at once, or by the owner.
func (p *Peer) begins(now time.Duration, c *Chore) {
	if p.config.Deferred {
		p.chores.waiting = append(p.chores.waiting, c)
		return
	}
	c.Do(p.config.Keys)
	p.Done(now, c)
}
