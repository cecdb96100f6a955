package source

import (
	"net/netip"
	"slices"
	"sync"
)

// MaxStrangers is how many strangers a Crowd holds at a time.
const MaxStrangers = 128

// How many of them may be of one source, by its width: as in Nest, the narrowest
// first. A hall full of players behind one router fits.
var (
	most4 = []int{32, 64}
	most6 = []int{32, 48, 64, 96}
)

// Crowd holds the strangers at a door, so few that they cost little, and decides
// who has to go when more come. Whoever comes is let in, and the one who goes is
// the oldest of the largest source: the widest prefix that holds most strangers,
// in it the narrower one that does, and so on. So who comes from anywhere else
// than the many is never sent away for them, and where each comes from somewhere
// else everybody has the time until MaxStrangers more have come.
//
// The zero value is ready. A Crowd is safe for concurrent use.
type Crowd struct {
	mu        sync.Mutex
	strangers []*Stranger // the oldest first
}

// Stranger is somebody in a Crowd.
type Stranger struct {
	crowd *Crowd
	nest  []netip.Prefix // the widest first
	evict func()
}

// Enter takes a stranger in. If another has to go for that, his evict is called;
// it must not block. Addresses that are not valid are one source.
func (c *Crowd) Enter(addr netip.Addr, evict func()) *Stranger {
	s := &Stranger{crowd: c, nest: nestOrAll(addr), evict: evict}
	slices.Reverse(s.nest)
	c.mu.Lock()
	gone := c.tooMany(s)
	if gone != nil {
		c.remove(gone)
	}
	c.strangers = append(c.strangers, s)
	c.mu.Unlock()
	if gone != nil {
		gone.evict()
	}
	return s
}

// Leave takes a stranger out: he is gone, or known. It reports whether he was
// still there; otherwise he was evicted, or had left.
func (s *Stranger) Leave() bool {
	s.crowd.mu.Lock()
	defer s.crowd.mu.Unlock()
	return s.crowd.remove(s)
}

// Len is how many strangers there are.
func (c *Crowd) Len() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.strangers)
}

func (c *Crowd) remove(s *Stranger) bool {
	i := slices.Index(c.strangers, s)
	if i >= 0 {
		c.strangers = slices.Delete(c.strangers, i, i+1)
	}
	return i >= 0
}

// tooMany returns who has to go so that newcomer can come, nil if nobody has to.
// One is enough: nobody makes room by going but in all the prefixes that he is in.
func (c *Crowd) tooMany(newcomer *Stranger) *Stranger {
	most := most4
	if len(newcomer.nest) == len(most6) {
		most = most6
	}
	for i := range newcomer.nest { // the narrowest first: it lies in the others
		depth := len(newcomer.nest) - 1 - i
		inside := among(c.strangers, depth, newcomer.nest[depth])
		if len(inside) >= most[i] {
			return oldestOfLargest(inside, depth+1)
		}
	}
	if len(c.strangers) >= MaxStrangers {
		return oldestOfLargest(c.strangers, 0)
	}
	return nil
}

// among returns those of the strangers whose prefix at a depth is this one.
func among(strangers []*Stranger, depth int, prefix netip.Prefix) (inside []*Stranger) {
	for _, s := range strangers {
		if depth < len(s.nest) && s.nest[depth] == prefix {
			inside = append(inside, s)
		}
	}
	return inside
}

// oldestOfLargest goes down from one depth to the next by the prefix that holds
// most; of equal ones, by that of the oldest stranger.
func oldestOfLargest(strangers []*Stranger, depth int) *Stranger {
	for ; depth < len(strangers[0].nest); depth++ {
		counts := map[netip.Prefix]int{}
		for _, s := range strangers {
			counts[s.nest[depth]]++
		}
		largest := strangers[0].nest[depth]
		for _, s := range strangers {
			if counts[s.nest[depth]] > counts[largest] {
				largest = s.nest[depth]
			}
		}
		strangers = among(strangers, depth, largest)
	}
	return strangers[0]
}
