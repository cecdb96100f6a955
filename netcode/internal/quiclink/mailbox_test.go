package quiclink

import (
	"strings"
	"testing"
)

// TestMailbox: the latest datagram is sent first, then what goes after it, whatever
// each of them is of, and what is not sent when there is a new latest goes stale.
func TestMailbox(t *testing.T) {
	var m mailbox
	var buf []byte
	for i, c := range []struct {
		puts string // upper case: goes after the latest
		want string
		lost uint64
	}{{"", "", 0}, {"a", "a", 0}, {"aB", "aB", 0}, {"ab", "b", 1}, {"aBc", "c", 2}, {"aBcD", "cD", 2}, {"aBC", "aBC", 0}, {"aBCD", "aBD", 1}, {"aBCd", "d", 3}, {"B", "B", 0}} {
		before := m.replaced
		for _, b := range []byte(c.puts) {
			if b < 'a' {
				m.putAlso([]byte{b})
			} else {
				m.put([]byte{b})
			}
		}
		if m.waiting() != len(c.want) {
			t.Errorf("%d: %d wait", i, m.waiting())
		}
		var got strings.Builder
		for full := true; full; {
			if buf, full = m.take(buf); full {
				got.WriteString(string(buf))
			}
		}
		if got.String() != c.want || m.replaced-before != c.lost {
			t.Errorf("%d: %q were put, %q sent, %d lost", i, c.puts, got.String(), m.replaced-before)
		}
	}
	if n := testing.AllocsPerRun(100, func() {
		m.put([]byte{1})
		m.putAlso([]byte{2})
		m.putAlso([]byte{3})
		buf, _ = m.take(buf)
		buf, _ = m.take(buf)
		buf, _ = m.take(buf)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
