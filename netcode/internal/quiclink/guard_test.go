package quiclink

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/visavis-netcode/visavis/netcode/internal/link"
	"github.com/visavis-netcode/visavis/netcode/internal/source"
)

// TestSentAway: who has to make room reads so, at whatever step it was.
func TestSentAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newSimNet(20 * time.Millisecond)
		host, _ := n.endpoint(t, "10.9.9.9:7777", 2)
		old, _ := n.endpoint(t, "10.0.0.1:1", 3)
		l := old.Dial(host.Addr(), nil)
		accepted := accept(t, host)
		var others []*Endpoint
		var links []link.Link
		for i := range source.MaxStrangers {
			e, _ := n.endpoint(t, fmt.Sprintf("10.0.0.1:%d", 100+i), byte(4+i))
			others, links = append(others, e), append(links, e.Dial(host.Addr(), nil))
			time.Sleep(3 * time.Millisecond) // some are in the midst of their handshakes
		}
		if end := awaitClosed(t, host, accepted); end.Code != link.CodeBusy || end.Remote {
			t.Errorf("the owner reads %+v", end)
		}
		if accepted.Known() {
			t.Error("it is known all the same")
		}
		time.Sleep(time.Second)
		open := 0
		for i, l := range append(links, l) {
			switch {
			case l.State() == link.Open:
				open++
			case l.Err() == nil || l.Err().Code != link.CodeBusy || !l.Err().Remote || !strings.HasPrefix(l.Err().Reason, "too many players are knocking"):
				t.Errorf("%d reads %+v", i, l.Err())
			}
		}
		if open != 32 {
			t.Errorf("%d are open", open)
		}
		waiting := 0
		for got := host.Accept(); got != nil; got = host.Accept() {
			if got.State() == link.Open {
				waiting++
			}
		}
		if waiting != open {
			t.Errorf("%d wait for the owner", waiting)
		}
		for _, e := range append(others, old, host) {
			e.Close()
		}
	})
}

// TestNobodyAccepts: who comes and goes while the owner does not look leaves
// nothing behind but a bounded list.
func TestNobodyAccepts(t *testing.T) {
	inBubble(t, func(t *testing.T, n *simNet, a, b *Endpoint) {
		for range 3 * source.MaxStrangers {
			l := a.Dial(b.Addr(), nil)
			time.Sleep(100 * time.Millisecond)
			l.Close(link.CodeLeft, "")
		}
		time.Sleep(time.Second)
		b.mu.Lock()
		waiting := len(b.waiting)
		b.mu.Unlock()
		if waiting > source.MaxStrangers || b.strangers() != 0 {
			t.Errorf("%d wait, %d strangers", waiting, b.strangers())
		}
		for l := b.Accept(); l != nil; l = b.Accept() {
			l.Receive(func(link.Kind, time.Duration, []byte) {})
			l.State()
		}
		if got := b.unread.Load(); got != 0 {
			t.Errorf("%d are unread", got)
		}
	})
}

// TestCloseAtEveryStep: the listener goes at every step of a dial. The dialler
// reads that the game was closed, or, before the handshake is through, that it takes
// nobody, or that nobody answers once the socket is gone.
func TestCloseAtEveryStep(t *testing.T) {
	for at := time.Duration(0); at <= 200*time.Millisecond; at += 4 * time.Millisecond {
		inBubble(t, func(t *testing.T, n *simNet, a, b *Endpoint) {
			other, _ := n.endpoint(t, "10.0.0.3:1", 3)
			connect(t, other, b) // whom b has to take leave of
			l := a.Dial(b.Addr(), nil)
			l.Send([]byte("hello"))
			time.Sleep(at)
			b.Close()
			end := awaitClosed(t, a, l)
			told := end.Code == link.CodeLeft && end.Remote && (end.Reason == leaving || strings.HasSuffix(end.Reason, "is being closed"))
			gone := end.Code == link.CodeLost && strings.HasPrefix(end.Reason, "nobody answered")
			refused := end.Code == link.CodeBusy && strings.HasSuffix(end.Reason, "try again in a moment") // a half-open one
			if !told && (!gone && !refused || at > 20*time.Millisecond) {
				t.Errorf("closed after %v: %+v", at, end)
			}
			other.Close()
		})
	}
}

// TestBegunIsBounded: first flights that never become whole.
func TestBegunIsBounded(t *testing.T) {
	inBubble(t, func(t *testing.T, n *simNet, a, b *Endpoint) {
		b.guard.begun.Add(maxBegun)
		if end, _ := dialFails(t, a, b.Addr(), nil); end.Code != link.CodeBusy {
			t.Errorf("got %+v", end)
		}
		b.guard.begun.Add(-maxBegun)
		connect(t, a, b)
	})
}
