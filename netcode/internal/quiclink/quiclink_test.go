package quiclink

import (
	"bytes"
	"crypto/ed25519"
	"net/netip"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/visavis-netcode/visavis/netcode/internal/link"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// testKey returns a key made from one byte.
func testKey(seed byte) ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed(bytes.Repeat([]byte{seed}, ed25519.SeedSize))
}

// loopback opens an endpoint on a free port of this computer.
func loopback(t testing.TB, seed byte) *Endpoint {
	t.Helper()
	e, err := Listen(Config{Bind: netip.MustParseAddrPort("127.0.0.1:0"), Key: testKey(seed)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(e.Close)
	return e
}

// await polls until done says so.
func await(t testing.TB, e *Endpoint, what string, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); !done(); {
		if time.Now().After(deadline) {
			t.Fatalf("timed out waiting for %s", what)
		}
		e.Wait(10 * time.Millisecond)
	}
}

// connect returns both ends of a link from a to b.
func connect(t testing.TB, a, b *Endpoint) (dialler, listener link.Link) {
	t.Helper()
	key := b.Key()
	dialler = a.Dial(b.Addr(), &key)
	await(t, b, "a link to accept", func() bool { listener = b.Accept(); return listener != nil })
	await(t, a, "the dialler to open", func() bool { return dialler.State() == link.Open })
	return dialler, listener
}

func TestBasic(t *testing.T) {
	a, b := loopback(t, 1), loopback(t, 2)
	d, l := connect(t, a, b)
	if d.Peer() != b.Key() || l.Peer() != a.Key() {
		t.Error("the peers' keys are wrong")
	}
	if d.Binding() != l.Binding() || d.Binding() == [32]byte{} {
		t.Error("the bindings differ")
	}
	d.Send([]byte("hello"))
	l.SendDatagram([]byte("inputs"))
	var got string
	await(t, b, "hello", func() bool {
		l.Receive(func(kind link.Kind, at time.Duration, b []byte) { got += string(b) })
		return got == "hello"
	})
	got = ""
	await(t, a, "inputs", func() bool {
		d.Receive(func(kind link.Kind, at time.Duration, b []byte) { got += string(b) })
		return got == "inputs"
	})
	d.Close(link.CodeKicked, "bye\nbye")
	await(t, b, "close", func() bool { return l.State() == link.Closed })
	if *l.Err() != (link.CloseError{Code: link.CodeKicked, Reason: "bye bye", Remote: true}) {
		t.Errorf("got %+v", l.Err())
	}
}
