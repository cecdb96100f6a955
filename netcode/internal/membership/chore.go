package membership

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
