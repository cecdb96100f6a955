package rendezvous

import (
	"container/heap"
	"container/list"
	"net/netip"
	"time"
)

// rank is how well founded a claim to a place is.
type rank int

const (
	waiting rank = iota // one side alone: nobody has answered, or the other is not there
	active              // both sides are there

	ranks
)

// slot is what a lobby, a guest, an end of a relay or a TCP connection takes in
// the server. Only slots writes it.
type slot struct {
	owner  any // what has it, for takeBack
	holder *holder
	rank   rank
	seen   time.Duration
	age    *list.Element // in slots.age
	among  *list.Element // in holder
}

// held reports whether it is taken.
func (p *slot) held() bool { return p.holder != nil }

// slots are all those of one kind, and who holds them. Nothing is counted by
// anybody else: what is held is what is in here.
//
// Holders are nested: the addresses of a home, of the homes of a larger prefix,
// and so on (path). When there is no room, a place is taken back from the largest
// holder, within it from the largest, and so on, as long as it holds more than
// who asks would then: so many places as there are, nobody is kept out by fewer
// holders than that, and whoever holds one does not lose it to another. Those of
// one side alone go first, and of these the one that was not heard of for longest.
type slots struct {
	age     list.List // of *slot, longest unheard first
	top     *holder
	holders map[netip.Prefix]*holder // all but top
}

// holder is a prefix of addresses from which places are held.
type holder struct {
	prefix netip.Prefix
	weight int // how many ordinary holders it stands for: more than 1 for a hall
	up     *holder
	by     [ranks]holding
}

// holding is what a holder has of one rank.
type holding struct {
	count int       // its own and those of all within it
	kids  kids      // the holders within it that have any
	index int       // in the kids of up
	own   list.List // of *slot, longest unheard first
}

func newSlots() *slots {
	return &slots{holders: map[netip.Prefix]*holder{}, top: newHolder(netip.Prefix{}, 1, nil)}
}

func newHolder(prefix netip.Prefix, weight int, up *holder) *holder {
	h := &holder{prefix: prefix, weight: weight, up: up}
	for r := range h.by {
		h.by[r].index, h.by[r].kids.rank = -1, rank(r)
	}
	return h
}

// len is how many are taken.
func (ps *slots) len() int { return ps.age.Len() }

// take gives a place to a source.
func (ps *slots) take(now time.Duration, p *slot, who path) {
	p.seen, p.age = now, ps.age.PushBack(p)
	p.holder = ps.holder(who)
	ps.enter(p)
}

// release gives it back.
func (ps *slots) release(p *slot) {
	ps.age.Remove(p.age)
	ps.exit(p)
	*p = slot{owner: p.owner}
}

// heard notes that the owner of a place still wants it.
func (ps *slots) heard(now time.Duration, p *slot) {
	p.seen = now
	ps.age.MoveToBack(p.age)
	p.holder.by[p.rank].own.MoveToBack(p.among)
}

// move gives a place to another source.
func (ps *slots) move(p *slot, who path) {
	if p.holder.prefix == who.finest() {
		return
	}
	ps.exit(p)
	p.holder = ps.holder(who)
	ps.enter(p)
}

// set changes the rank of a place.
func (ps *slots) set(p *slot, r rank) {
	if p.rank == r {
		return
	}
	h := p.holder
	h.by[p.rank].own.Remove(p.among)
	h.count(p.rank, -1)
	p.rank = r
	p.among = h.by[r].own.PushBack(p)
	h.count(r, 1)
}

// oldest is the place that was not heard of for longest, nil if there is none.
func (ps *slots) oldest() *slot {
	if e := ps.age.Front(); e != nil {
		return e.Value.(*slot)
	}
	return nil
}

// of is how many a source holds.
func (ps *slots) of(who path) int {
	if h := ps.holders[who.finest()]; h != nil {
		return h.total()
	}
	return 0
}

// spare is the place to take back for one more of a source; nil if that source
// would hold as much then as anybody.
func (ps *slots) spare(who path) *slot {
	for r := range ranks {
		if p := ps.spareOf(r, who); p != nil {
			return p
		}
	}
	return nil
}

func (ps *slots) spareOf(r rank, who path) *slot {
	within := ps.top
	for _, prefix := range who.prefixes() {
		largest := within.by[r].kids.largest()
		if largest == nil {
			return nil
		}
		own := ps.holders[prefix]
		// After that the largest must not have less for its weight than who asks.
		if largest != own && (largest.by[r].count-1)*who.weight >= (own.claims(r)+1)*largest.weight {
			return largest.oldest(r)
		}
		if own == nil {
			return nil
		}
		within = own
	}
	return nil
}

// claims is how many places count against one more of a holder, if it is to be
// taken from those of a rank. A nil holder has none.
func (h *holder) claims(r rank) int {
	switch {
	case h == nil:
		return 0
	case r == waiting:
		return h.by[waiting].count
	}
	return h.total()
}

func (h *holder) total() (n int) {
	for r := range h.by {
		n += h.by[r].count
	}
	return n
}

// oldest is the longest unheard place of the largest holder within the largest.
func (h *holder) oldest(r rank) *slot {
	for k := h.by[r].kids.largest(); k != nil; k = h.by[r].kids.largest() {
		h = k
	}
	return h.by[r].own.Front().Value.(*slot)
}

// holder finds or makes the finest holder of a source.
func (ps *slots) holder(who path) *holder {
	h := ps.top
	for _, prefix := range who.prefixes() {
		kid := ps.holders[prefix]
		if kid == nil {
			kid = newHolder(prefix, who.weight, h)
			ps.holders[prefix] = kid
		}
		h = kid
	}
	return h
}

func (ps *slots) enter(p *slot) {
	p.among = p.holder.by[p.rank].own.PushBack(p)
	p.holder.count(p.rank, 1)
}

// exit takes a place from its holder, and forgets the holders that have none.
func (ps *slots) exit(p *slot) {
	h := p.holder
	h.by[p.rank].own.Remove(p.among)
	h.count(p.rank, -1)
	for ; h.up != nil && h.total() == 0; h = h.up {
		delete(ps.holders, h.prefix)
	}
}

// count is the only one that changes how many a holder and those around it have.
func (h *holder) count(r rank, change int) {
	for ; h.up != nil; h = h.up {
		h.by[r].count += change
		h.up.by[r].kids.changed(h)
	}
	h.by[r].count += change
}

// kids are holders by what they hold of a rank, the largest first.
type kids struct {
	rank rank
	list []*holder
}

// largest returns nil if nobody holds anything.
func (k *kids) largest() *holder {
	if len(k.list) == 0 {
		return nil
	}
	return k.list[0]
}

func (k *kids) changed(h *holder) {
	switch mine := &h.by[k.rank]; {
	case mine.index < 0:
		heap.Push(k, h)
	case mine.count == 0:
		heap.Remove(k, mine.index)
	default:
		heap.Fix(k, mine.index)
	}
}

// Len, Less, Swap, Push and Pop implement heap.Interface.
func (k *kids) Len() int { return len(k.list) }

func (k *kids) Less(i, j int) bool {
	a, b := k.list[i], k.list[j]
	return a.by[k.rank].count*b.weight > b.by[k.rank].count*a.weight
}

func (k *kids) Swap(i, j int) {
	k.list[i], k.list[j] = k.list[j], k.list[i]
	k.list[i].by[k.rank].index, k.list[j].by[k.rank].index = i, j
}

func (k *kids) Push(h any) {
	h.(*holder).by[k.rank].index = len(k.list)
	k.list = append(k.list, h.(*holder))
}

func (k *kids) Pop() any {
	last := len(k.list) - 1
	h := k.list[last]
	k.list[last] = nil
	k.list = k.list[:last]
	h.by[k.rank].index = -1
	return h
}
