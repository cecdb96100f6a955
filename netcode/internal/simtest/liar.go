package simtest

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"time"

	"github.com/visavis-netcode/visavis/netcode"
	"github.com/visavis-netcode/visavis/netcode/internal/link"
	"github.com/visavis-netcode/visavis/netcode/internal/wire"
	"github.com/visavis-netcode/visavis/rollback"
)

// Lie is how the liar of a plan lies: on his links, whatever his game means.
type Lie uint8

const (
	Truth       Lie = iota // there is no liar
	Equivocates            // one of the others is sent other datagrams now and then
	Withholds              // one is sent nothing
	Idles                  // the same datagram again and again
	Miscounts              // other checksums than his world has
	Accuses                // of others that their worlds differ
	Babbles                // bytes that mean nothing
	// Repeats is not drawn: old words and datagrams, his own and others', to anybody. It leads
	// one of the honest astray, or ends a match of four, in one of seven matches.
	Repeats
	lies
)

func (l Lie) String() string {
	return [...]string{"truth", "equivocates", "withholds", "idles", "miscounts", "accuses", "babbles", "repeats"}[l]
}

// DrawLiar returns the plan of a seed with one liar among three honest machines and more: the
// first of those that are drawn from the seed on which has so many, and to its end. Who
// lies, how, to whom and from when on has chance of its own.
func DrawLiar(seed uint64) Plan {
	p := Draw(seed)
	for again := uint64(1); len(p.Peers) < 4; again++ {
		p = Draw(seed + again<<40)
	}
	r := rand.New(rand.NewPCG(seed, 0x11A2))
	p.Seed, p.Ending, p.Matches, p.Absent = seed, Length, 1, netcode.AbsentIdle
	p.Gone, p.Back, p.Blackouts, p.Stalls, p.Reseats = nil, nil, nil, nil, nil
	p.TimeoutMs = max(p.TimeoutMs, 3000)
	p.Liar = 1 + r.IntN(len(p.Peers)-1)
	p.Lie = Lie(1 + r.IntN(int(Repeats)-1))
	p.Fooled = (p.Liar + 1 + r.IntN(len(p.Peers)-1)) % len(p.Peers)
	p.LiesFrom = time.Duration(r.Int64N(int64(2 * time.Second)))
	p.Frames = max(p.Frames, 60) + int(20*time.Second/p.tick())
	return p
}

// liar is what is between the liar's game and his links.
type liar struct {
	lie    Lie
	random *rand.Rand
	lies   bool // now
	fooled link.Key
	kept   [2][][]byte // words and datagrams that were heard and said
	match  uint32
}

func newLiar(p *Plan) *liar {
	return &liar{lie: p.Lie, random: rand.New(rand.NewPCG(p.Seed, 0x11A3)), fooled: p.key(p.Fooled)}
}

// maxKept bounds what a liar repeats, of each kind.
const maxKept = 100

func (l *liar) keep(words int, b []byte) {
	list := &l.kept[words]
	if b = bytes.Clone(b); len(*list) < maxKept {
		*list = append(*list, b)
	} else {
		(*list)[l.random.IntN(maxKept)] = b
	}
}

// old is something that was heard or said before, nil if nothing was.
func (l *liar) old(words int) []byte {
	if list := l.kept[words]; len(list) > 0 {
		return list[l.random.IntN(len(list))]
	}
	return nil
}

// liarEndpoint is the endpoint of a liar.
type liarEndpoint struct {
	link.Endpoint
	liar *liar
}

func (e *liarEndpoint) Accept() link.Link { return e.bend(e.Endpoint.Accept()) }

func (e *liarEndpoint) Dial(addr netip.AddrPort, pin *link.Key) link.Link {
	return e.bend(e.Endpoint.Dial(addr, pin))
}

func (e *liarEndpoint) bend(l link.Link) link.Link {
	if l == nil {
		return nil
	}
	return &liarLink{Link: l, liar: e.liar}
}

// liarLink is a link over which he lies.
type liarLink struct {
	link.Link
	liar *liar
	last []byte // datagram
}

func (k *liarLink) Receive(handle func(link.Kind, time.Duration, []byte)) {
	k.Link.Receive(func(kind link.Kind, at time.Duration, b []byte) {
		switch kind {
		case link.Message:
			k.liar.keep(0, b)
		case link.Datagram:
			k.liar.keep(1, b)
		}
		handle(kind, at, b)
	})
}

func (k *liarLink) toFooled() bool { return k.Link.Peer() == k.liar.fooled }

func (k *liarLink) SendDatagram(b []byte) {
	l := k.liar
	l.keep(1, b)
	switch r := l.random; {
	case !l.lies:
	case l.lie == Equivocates && k.toFooled() && r.IntN(30) == 0 && len(b) > 0:
		b = bytes.Clone(b)
		b[r.IntN(len(b))] ^= 1 << r.IntN(8)
	case l.lie == Withholds && k.toFooled():
		return
	case l.lie == Repeats && r.IntN(4) == 0:
		k.Link.SendDatagram(l.old(1))
	case l.lie == Idles && k.last != nil:
		b = k.last
	case l.lie == Babbles && r.IntN(4) == 0:
		k.Link.SendDatagram(l.noise())
	}
	if l.lie == Idles {
		k.last = bytes.Clone(b)
	}
	k.Link.SendDatagram(b)
}

func (l *liar) noise() []byte {
	b := make([]byte, 1+l.random.IntN(80))
	for i := range b {
		b[i] = byte(l.random.Uint32())
	}
	return b
}

func (k *liarLink) Send(b []byte) error {
	l, r := k.liar, k.liar.random
	l.keep(0, b)
	sum, _ := wire.ParseMessage(b)
	told, isSum := sum.(*wire.Checksum)
	if isSum {
		l.match = told.Match
	}
	switch {
	case !l.lies:
	case l.lie == Withholds && k.toFooled():
		return nil
	case l.lie == Miscounts && isSum:
		told.World ^= 1 << r.IntN(64)
		b = wire.MarshalMessage(told)
	case l.lie == Accuses && isSum:
		k.Link.Send(wire.MarshalMessage(&wire.Finding{Match: l.match, Machine: uint8(r.IntN(8)), Frame: told.Frame, Text: "somebody else's game"}))
	case l.lie == Repeats && r.IntN(4) == 0:
		k.Link.Send(l.old(0))
	}
	return k.Link.Send(b)
}

// endures asks whether the honest machines of a match with a liar are as they must be: all of
// them in it to its end, with one result, and none named as one who did something.
func (r *run) endures() error {
	liar := r.peers[0].matches[r.number].machineNamed(r.peers[r.plan.Liar].name)
	var first *netcode.Result
	for _, p := range r.peers {
		if r.isLiar(p) {
			continue
		}
		for _, e := range p.lobby.AppendEvents(nil) {
			astray := new(netcode.LeftError)
			if (e.Kind == netcode.EventAbsent || e.Kind == netcode.EventDesync) && e.Machine != liar && !(errors.As(e.Err, &astray) && astray.MayReturn) {
				return fmt.Errorf("peer %d is told of machine %d, which is honest: %w", p.index, e.Machine, e.Err)
			}
		}
		result, over := p.matches[r.number].result()
		if !over || result.Err != nil || result.Frame != rollback.Frame(r.plan.Frames) {
			return fmt.Errorf("peer %d has over %v, %+v: %w", p.index, over, result, result.Err)
		}
		if first == nil {
			first = &result
		}
		if result.Hash != first.Hash {
			return fmt.Errorf("peer %d has the result %+v, another one %+v", p.index, result, *first)
		}
	}
	return nil
}

func (r *run) isLiar(p *peer) bool { return r.plan.Lie != Truth && p.index == r.plan.Liar }

// machineNamed is the number that somebody had as a match began, -1 if he was not there.
func (m *match) machineNamed(name string) int {
	for _, seat := range m.Seats() {
		if seat.Name == name {
			return seat.Machine
		}
	}
	return -1
}

// lieNow has the liar lie from his time on, for twelve seconds: then all must go on in peace.
func (r *run) lieNow() {
	since := r.network.Now() - r.started
	r.liar.lies = r.started > 0 && since >= r.plan.LiesFrom && since < r.plan.LiesFrom+12*time.Second
}
