package membership

// outbox is what this peer has to say, and what is still to be signed, or looked at, before
// it goes out or is taken. Owner of the links, of the messages that wait and of the chores.
type outbox struct {
	*standing
	links  Machines // there is a link to them
	out    []Envelope
	chores chores
}

// Envelope is a message and whom it goes to: those of the set that there is a link to.
type Envelope struct {
	To      Machines
	Message Message
	after   int // as many signatures of this peer's are there
}

// chores are what is still to be done.
type chores struct {
	waiting []*Chore         // for the owner to have them done
	spare   []*Chore         // done
	open    [MaxMachines]int // those of what a machine has sent
	asked   int              // signatures under messages of this peer's own,
	signed  int              // and those that are there
}

// send has a message go to those of a set that there is a link to.
func (o *outbox) send(to Machines, m Message) {
	if to &= o.links; to != 0 {
		o.out = append(o.out, Envelope{to, m, o.chores.asked})
	}
}

// due returns what is to be sent, as far as it is signed, and forgets it.
func (o *outbox) due() []Envelope {
	n := 0
	for n < len(o.out) && o.out[n].after <= o.chores.signed {
		n++
	}
	out := o.out[:n:n]
	if o.out = o.out[n:]; len(o.out) == 0 {
		o.out = nil
	}
	return out
}

// sign puts this peer's name under a message, now or later: it goes out when it is there.
func (o *outbox) sign(m signed) {
	switch {
	case !o.strangers():
	case !o.config.Deferred:
		*m.signature() = o.config.Keys.Sign(appendBody(nil, m))
	default:
		c := o.chore(toSign, o.me)
		c.word, c.body = m, appendBody(c.body[:0], m)
		o.chores.asked++
		o.chores.waiting = append(o.chores.waiting, c)
	}
}

// signed notes that a message of this peer's own is signed.
func (o *outbox) signed(c *Chore) {
	*c.word.signature() = c.signature
	o.chores.signed++
	o.close(c)
}

// Chores returns what is to be done, and forgets it. What it returns is used again by the
// next call.
func (o *outbox) Chores() []*Chore {
	if len(o.chores.waiting) == 0 {
		return nil // as in nearly every tick
	}
	list := o.chores.waiting
	o.chores.waiting = o.chores.waiting[:0]
	return list
}

// chore begins one, nil if the machine that it is of has too many already. from is this peer
// itself for its own.
func (o *outbox) chore(t task, from uint8) *Chore {
	if from != o.me {
		if o.chores.open[from] == maxWaiting {
			return nil
		}
		o.chores.open[from]++
	}
	n := len(o.chores.spare)
	if n == 0 {
		return &Chore{task: t, from: from}
	}
	c := o.chores.spare[n-1]
	o.chores.spare = o.chores.spare[:n-1]
	c.task, c.from = t, from
	return c
}

// begin has a chore done: at once, or by the owner. It reports whether it is done.
func (o *outbox) begin(c *Chore) (done bool) {
	if o.config.Deferred {
		o.chores.waiting = append(o.chores.waiting, c)
		return false
	}
	c.Do(o.config.Keys)
	return true
}

// open notes that what has come of a machine was looked at.
func (o *outbox) open(c *Chore) { o.chores.open[c.from]-- }

// close puts a chore away of which everything was taken that came of it.
func (o *outbox) close(c *Chore) {
	c.word, c.message, c.genuine = nil, nil, false
	o.chores.spare = append(o.chores.spare, c)
}
