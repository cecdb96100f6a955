package netcode

import (
	"github.com/visavis-netcode/visavis/netcode/internal/link"
	"github.com/visavis-netcode/visavis/netcode/internal/membership"
	"github.com/visavis-netcode/visavis/netcode/internal/seals"
	"github.com/visavis-netcode/visavis/netcode/internal/wire"
)

// What members say of a match that binds, and what they press, they sign with the key of
// their identity (package membership, H1 and H2). To sign takes some thirty microseconds and
// to look at a signature eighty, which a tick has better use for: a notary does both on a
// goroutine of its own, in the order in which it is asked.

// maxNotarized is how much a notary has in hand at most; whoever asks keeps the rest, and
// package membership bounds what waits of each machine.
const maxNotarized = 256

// notary signs and looks at signatures. In memory, where time is what its owner makes it, it
// does so when it is asked what is done, so a match follows from its seed there as well.
// Owner: the node.
type notary struct {
	todo, done chan deed // nil in memory
	tasks      []deed    // in memory
	inHand     int
	waited     deed // by wait
	has        bool
	closed     bool
}

// deed is a chore of a match, and the keys that it takes.
type deed struct {
	signing *signing
	chore   *membership.Chore
	keys    *keyring
}

// newNotary returns one that works on a goroutine of its own, until it is closed.
func newNotary() *notary {
	n := &notary{todo: make(chan deed, maxNotarized), done: make(chan deed, maxNotarized)}
	go func(todo <-chan deed, done chan<- deed) {
		for d := range todo {
			d.chore.Do(d.keys)
			done <- d // there is room: no more than fits is in hand
		}
	}(n.todo, n.done)
	return n
}

// close ends it. What it still has in hand is for nobody.
func (n *notary) close() {
	if n.todo != nil {
		close(n.todo)
		*n = notary{closed: true}
	}
}

// idle reports whether it has nothing in hand.
func (n *notary) idle() bool { return n.inHand == 0 }

// wait returns when the oldest deed is done: next has it.
func (n *notary) wait() {
	if n.done != nil && n.inHand > 0 {
		n.waited, n.has = <-n.done, true
	}
}

// takes reports whether it takes another deed.
func (n *notary) takes() bool { return n.inHand < maxNotarized && !n.closed }

// ask gives it a deed. It must take it.
func (n *notary) ask(d deed) {
	n.inHand++
	if n.done == nil {
		n.tasks = append(n.tasks, d)
		return
	}
	n.todo <- d
}

// next returns the oldest deed that is done, if one is.
func (n *notary) next() (d deed, ok bool) {
	switch {
	case n.has:
		d, n.has = n.waited, false
	case n.done == nil && len(n.tasks) == 0:
		return d, false
	case n.done == nil:
		d = n.tasks[0]
		n.tasks = n.tasks[:copy(n.tasks, n.tasks[1:])]
		d.chore.Do(d.keys)
	default:
		select {
		case d = <-n.done:
		default:
			return d, false
		}
	}
	n.inHand--
	return d, true
}

// keyring are the keys by which the members of a match sign, for that match alone. Its keys
// and its domain do not change; Sign and Verify, and the scratch, are for one goroutine.
type keyring struct {
	endpoint link.Endpoint
	keys     [wire.MaxMachines]link.Key
	domain   string // stands before all that is signed
	scratch  []byte
}

func newKeyring(endpoint link.Endpoint, match [32]byte) *keyring {
	return &keyring{endpoint: endpoint, domain: seals.Domain(match)}
}

// with returns a keyring with other keys.
func (k *keyring) with(keys *[wire.MaxMachines]link.Key) *keyring {
	return &keyring{endpoint: k.endpoint, keys: *keys, domain: k.domain}
}

// Sign signs for this match.
func (k *keyring) Sign(b []byte) membership.Signature {
	return k.endpoint.Sign(k.inDomain(b))
}

// Verify reports whether a machine has signed for this match.
func (k *keyring) Verify(machine uint8, b []byte, s membership.Signature) bool {
	if machine >= wire.MaxMachines || k.keys[machine] == (link.Key{}) {
		return false
	}
	return k.endpoint.Verify(k.keys[machine], k.inDomain(b), s)
}

// inDomain is what is signed for b, until the next call.
func (k *keyring) inDomain(b []byte) []byte {
	k.scratch = append(append(k.scratch[:0], k.domain...), b...)
	return k.scratch
}
