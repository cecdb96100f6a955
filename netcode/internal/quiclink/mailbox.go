package quiclink

// maxLetters is how many datagrams there may be for a tick: the latest, one more of this
// machine's own records, and one of others' that the peer does not hear.
const maxLetters = 3

// mailbox is the datagrams to be sent next: the latest, and those that go after
// it. What was not sent when there is a new latest is stale, and dropped.
type mailbox struct {
	letters     [maxLetters][]byte
	first, past int    // which of them wait: from one to before another
	replaced    uint64 // datagrams that went stale
}

// put replaces everything by a copy of b.
func (m *mailbox) put(b []byte) {
	m.replaced += uint64(m.waiting())
	m.first, m.past = 0, 0
	m.add(b)
}

// putAlso adds a copy of b, in place of the last one if there are as many as may be.
func (m *mailbox) putAlso(b []byte) {
	if m.waiting() == 0 {
		m.first, m.past = 0, 0
	} else if m.past == maxLetters {
		m.past--
		m.replaced++
	}
	m.add(b)
}

func (m *mailbox) add(b []byte) {
	m.letters[m.past] = append(m.letters[m.past][:0], b...)
	m.past++
}

// waiting is how many datagrams are in it.
func (m *mailbox) waiting() int { return m.past - m.first }

// take moves the next datagram out, into buf's memory or in exchange for it. It
// reports false if there is none.
func (m *mailbox) take(buf []byte) (b []byte, full bool) {
	if m.waiting() == 0 {
		return buf, false
	}
	b, m.letters[m.first] = m.letters[m.first], buf
	m.first++
	return b, true
}
