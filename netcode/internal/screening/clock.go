package screening

import "time"

// readings is how many of the newest readings of the host's clock count.
const readings = 32

// clock knows what the host's clock shows. A word that was held up on its way, or has waited
// until this program looked, makes that clock seem slow: so of the newest readings the one
// counts by which it is furthest, and of the ways the shortest.
type clock struct {
	ahead [readings]time.Duration // by what the host's clock was before this one's when it was read here
	ways  [readings]time.Duration // there and back, 0 if that was not known
	n     int
}

func (c *clock) note(now, host, rtt time.Duration) {
	c.ahead[c.n%readings], c.ways[c.n%readings] = host-now, max(0, rtt)
	c.n++
}

// unread reports whether the host's clock was not read yet.
func (c *clock) unread() bool { return c.n == 0 }

// host is what the host's clock shows now; this one's, as long as it was not read.
func (c *clock) host(now time.Duration) time.Duration {
	if c.unread() {
		return now
	}
	ahead, way := c.ahead[0], time.Duration(0)
	for i := range min(c.n, readings) {
		ahead = max(ahead, c.ahead[i])
		if w := c.ways[i]; w > 0 && (way == 0 || w < way) {
			way = w
		}
	}
	return now + ahead + way/2
}
