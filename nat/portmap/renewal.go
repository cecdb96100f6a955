package portmap

import "time"

// renewMin is the shortest pause between renewals, whatever a router grants
// (RFC 6887 section 11.2.1).
const renewMin = 4 * time.Second

// renewAfter is the pause until the next renewal, for the time that is left and
// the time that was asked for: half of what is left, so that a router that did
// not answer is asked again at 3/4, 7/8 and so on. Who grants more than was
// asked for is still asked as if it had granted just that: it may restart.
func renewAfter(left, asked time.Duration) time.Duration {
	return max(min(left, asked)/2, renewMin)
}

// epoch follows the clock of a router that tells how long it knows its table
// (RFC 6887 section 8.5, RFC 6886 section 3.6).
type epoch struct {
	known   bool
	seconds uint32    // what it said last
	at      time.Time // when
}

// observe takes what the router's clock says now and reports whether it has
// lost its table since the last time.
func (e *epoch) observe(seconds uint32, now time.Time) (lost bool) {
	if e.known {
		client := max(int64(now.Sub(e.at)/time.Second), 0)
		server := int64(seconds) - int64(e.seconds)
		lost = server < -1 ||
			client+2 < server-server/16 ||
			server+2 < client-client/16
	}
	*e = epoch{true, seconds, now}
	return lost
}
