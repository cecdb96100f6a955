package quiclink

// mailbox is the datagrams to be sent next: the latest, and the one that goes after
// it. What was not sent when there is a new latest is stale, and dropped.
type mailbox struct {
	latest, also         []byte
	latestFull, alsoFull bool
	replaced             uint64 // datagrams that went stale
}

// put replaces everything by a copy of b.
func (m *mailbox) put(b []byte) {
	m.drop(m.latestFull)
	m.drop(m.alsoFull)
	m.latest, m.latestFull = append(m.latest[:0], b...), true
	m.alsoFull = false
}

// putAlso replaces the second datagram by a copy of b.
func (m *mailbox) putAlso(b []byte) {
	m.drop(m.alsoFull)
	m.also, m.alsoFull = append(m.also[:0], b...), true
}

// waiting is how many datagrams are in it.
func (m *mailbox) waiting() (n int) {
	for _, full := range []bool{m.latestFull, m.alsoFull} {
		if full {
			n++
		}
	}
	return n
}

func (m *mailbox) drop(full bool) {
	if full {
		m.replaced++
	}
}

// take moves the next datagram out, into buf's memory or in exchange for it. It
// reports false if there is none.
func (m *mailbox) take(buf []byte) (b []byte, full bool) {
	switch {
	case m.latestFull:
		b, m.latest, m.latestFull = m.latest, buf, false
	case m.alsoFull:
		b, m.also, m.alsoFull = m.also, buf, false
	default:
		return buf, false
	}
	return b, true
}
