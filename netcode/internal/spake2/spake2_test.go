//go:build !race

package spake2

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"testing"

	"filippo.io/nistec"
)

// TestVectors runs both sides of RFC 9382's appendix B for P-256.
func TestVectors(t *testing.T) {
	for _, v := range []struct{ a, b, w, x, y, pA, pB, cA, cB string }{
		{
			a: "server", b: "client",
			w:  "2ee57912099d31560b3a44b1184b9b4866e904c49d12ac5042c97dca461b1a5f",
			x:  "43dd0fd7215bdcb482879fca3220c6a968e66d70b1356cac18bb26c84a78d729",
			y:  "dcb60106f276b02606d8ef0a328c02e4b629f84f89786af5befb0bc75b6e66be",
			pA: "04a56fa807caaa53a4d28dbb9853b9815c61a411118a6fe516a8798434751470f9010153ac33d0d5f2047ffdb1a3e42c9b4e6be662766e1eeb4116988ede5f912c",
			pB: "0406557e482bd03097ad0cbaa5df82115460d951e3451962f1eaf4367a420676d09857ccbc522686c83d1852abfa8ed6e4a1155cf8f1543ceca528afb591a1e0b7",
			cA: "58ad4aa88e0b60d5061eb6b5dd93e80d9c4f00d127c65b3b35b1b5281fee38f0",
			cB: "d3e2e547f1ae04f2dbdbf0fc4b79f8ecff2dff314b5d32fe9fcef2fb26dc459b",
		},
		{
			a: "", b: "client",
			w:  "0548d8729f730589e579b0475a582c1608138ddf7054b73b5381c7e883e2efae",
			x:  "403abbe3b1b4b9ba17e3032849759d723939a27a27b9d921c500edde18ed654b",
			y:  "903023b6598908936ea7c929bd761af6039577a9c3f9581064187c3049d87065",
			pA: "04a897b769e681c62ac1c2357319a3d363f610839c4477720d24cbe32f5fd85f44fb92ba966578c1b712be6962498834078262caa5b441ecfa9d4a9485720e918a",
			pB: "04e0f816fd1c35e22065d5556215c097e799390d16661c386e0ecc84593974a61b881a8c82327687d0501862970c64565560cb5671f696048050ca66ca5f8cc7fc",
			cA: "47d29e6666af1b7dd450d571233085d7a9866e4d49d2645e2df975489521232b",
			cB: "3313c5cefc361d27fb16847a91c2a73b766ffa90a4839122a9b70a2f6bd1d6df",
		},
		{
			a: "server", b: "",
			w:  "626e0cdc7b14c9db3e52a0b1b3a768c98e37852d5db30febe0497b14eae8c254",
			x:  "07adb3db6bc623d3399726bfdbfd3d15a58ea776ab8a308b00392621291f9633",
			y:  "b6a4fc8dbb629d4ba51d6f91ed1532cf87adec98f25dd153a75accafafedec16",
			pA: "04f88fb71c99bfffaea370966b7eb99cd4be0ff1a7d335caac4211c4afd855e2e15a873b298503ad8ba1d9cbb9a392d2ba309b48bfd7879aefd0f2cea6009763b0",
			pB: "040c269d6be017dccb15182ac6bfcd9e2a14de019dd587eaf4bdfd353f031101e7cca177f8eb362a6e83e7d5e729c0732e1b528879c086f39ba0f31a9661bd34db",
			cA: "bc9f9bbe99f26d0b2260e6456e05a86196a3307ec6663a18bf6ac825736533b2",
			cB: "c2370e1bf813b086dff0d834e74425a06e6390f48f5411900276dcccc5a297ec",
		},
		{
			a: "", b: "",
			w:  "7bf46c454b4c1b25799527d896508afd5fc62ef4ec59db1efb49113063d70cca",
			x:  "8cef65df64bb2d0f83540c53632de911b5b24b3eab6cc74a97609fd659e95473",
			y:  "d7a66f64074a84652d8d623a92e20c9675c61cb5b4f6a0063e4648a2fdc02d53",
			pA: "04a65b367a3f613cf9f0654b1b28a1e3a8a40387956c8ba6063e8658563890f46ca1ef6a676598889fc28de2950ab8120b79a5ef1ea4c9f44bc98f585634b46d66",
			pB: "04589f13218822710d98d8b2123a079041052d9941b9cf88c6617ddb2fcc0494662eea8ba6b64692dc318250030c6af045cb738bc81ba35b043c3dcb46adf6f58d",
			cA: "dfb4db8d48ae5a675963ea5e6c19d98d4ea028d8e898dad96ea19a80ade95dca",
			cB: "d0f0609d1613138d354f7e95f19fb556bf52d751947241e8c7118df5ef0ae175",
		},
	} {
		a := newPassword(Dialler, unhex(v.w)).start(unhex(v.x))
		b := newPassword(Listener, unhex(v.w)).start(unhex(v.y))
		if pA, pB := hex.EncodeToString(a.Share()), hex.EncodeToString(b.Share()); pA != v.pA || pB != v.pB {
			t.Fatalf("%q, %q: shares %s and %s", v.a, v.b, pA, pB)
		}
		link := Link{Dialler: []byte(v.a), Listener: []byte(v.b)}
		ofA, errA := a.Finish(b.Share(), link)
		ofB, errB := b.Finish(a.Share(), link)
		if errA != nil || errB != nil {
			t.Fatal(errA, errB)
		}
		if cA, cB := hex.EncodeToString(ofA.Mine[:]), hex.EncodeToString(ofB.Mine[:]); cA != v.cA || cB != v.cB {
			t.Fatalf("%q, %q: proofs %s and %s", v.a, v.b, cA, cB)
		}
		if !ofA.Shown(ofB.Mine) || !ofB.Shown(ofA.Mine) {
			t.Fatalf("%q, %q: the two do not agree", v.a, v.b)
		}
	}
}

// TestFixedPoints derives M and N from their names as RFC 9382's appendix A does:
// nobody chose them.
func TestFixedPoints(t *testing.T) {
	for name, want := range map[string][]byte{"M": m, "N": n} {
		block := []byte("1.2.840.10045.3.1.7 point generation seed (" + name + ")")
		next := func() []byte {
			sum := sha256.Sum256(block)
			block = sum[:]
			return block
		}
		// A candidate is 33 bytes of the chain of hashes; the one after it begins
		// one hash later.
		first := next()
		for tries := 0; ; tries++ {
			second := next()
			candidate := append(bytes.Clone(first), second[0])
			candidate[0] = candidate[0]&1 | 2
			if _, err := nistec.NewP256Point().SetBytes(candidate); err == nil {
				if !bytes.Equal(candidate, want) {
					t.Errorf("%s is %x, not %x", name, candidate, want)
				}
				break
			}
			if tries == 100 {
				t.Fatalf("no point for %s", name)
			}
			first = second
		}
	}
}

// here is the link of the tests.
func here() Link {
	return Link{Dialler: []byte("Ana's key"), Listener: []byte("Bo's key"), Binding: []byte("this connection")}
}

// start begins a run with a secret.
func start(t testing.TB, side Side, secret string) *Run {
	t.Helper()
	run, err := New(side, "test", []byte(secret)).Start(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return run
}

// finish ends a run with an honest share.
func finish(t testing.TB, run *Run, share []byte, link Link) *Proofs {
	t.Helper()
	proofs, err := run.Finish(share, link)
	if err != nil {
		t.Fatal(err)
	}
	return proofs
}

// TestAgreement: only who holds the same secret, for the same use, on the same
// link, in the other role, agrees.
func TestAgreement(t *testing.T) {
	for _, c := range []struct {
		name        string
		side        Side // of the listener
		use, secret string
		change      func(*Link) // what the listener takes the link for
		want        bool
	}{
		{name: "the same", side: Listener, use: "test", secret: "frog", want: true},
		{name: "another secret", side: Listener, use: "test", secret: "toad"},
		{name: "no secret", side: Listener, use: "test"},
		{name: "another use", side: Listener, use: "tests", secret: "frog"},
		{name: "another link", side: Listener, use: "test", secret: "frog", change: func(l *Link) { l.Binding = []byte("another connection") }},
		{name: "no link", side: Listener, use: "test", secret: "frog", change: func(l *Link) { l.Binding = nil }},
		{name: "another dialler", side: Listener, use: "test", secret: "frog", change: func(l *Link) { l.Dialler = []byte("Mallory's key") }},
		{name: "another listener", side: Listener, use: "test", secret: "frog", change: func(l *Link) { l.Listener = []byte("Mallory's key") }},
		{name: "the two swapped", side: Listener, use: "test", secret: "frog", change: func(l *Link) { l.Dialler, l.Listener = l.Listener, l.Dialler }},
		{name: "the border between the two moved", side: Listener, use: "test", secret: "frog", change: func(l *Link) { l.Dialler, l.Listener = []byte("Ana's ke"), []byte("yBo's key") }},
		{name: "both dial", side: Dialler, use: "test", secret: "frog"},
	} {
		t.Run(c.name, func(t *testing.T) {
			theirs := here()
			if c.change != nil {
				c.change(&theirs)
			}
			a := start(t, Dialler, "frog")
			b, err := New(c.side, c.use, []byte(c.secret)).Start(rand.Reader)
			if err != nil {
				t.Fatal(err)
			}
			ofA, ofB := finish(t, a, b.Share(), here()), finish(t, b, a.Share(), theirs)
			if ofA.Shown(ofB.Mine) != c.want || ofB.Shown(ofA.Mine) != c.want {
				t.Fatalf("the dialler believes: %v, the listener: %v", ofA.Shown(ofB.Mine), ofB.Shown(ofA.Mine))
			}
		})
	}
}

// TestReflection: what one sent shows it nothing when it comes back.
func TestReflection(t *testing.T) {
	for _, side := range []Side{Dialler, Listener} {
		run := start(t, side, "frog")
		proofs := finish(t, run, run.Share(), here())
		if proofs.Shown(proofs.Mine) {
			t.Errorf("side %d takes its own share and proof for the other's", side)
		}
		a, b := start(t, side, "frog"), start(t, 1-side, "frog")
		if proofs := finish(t, a, b.Share(), here()); proofs.Shown(proofs.Mine) {
			t.Errorf("side %d takes its own proof for the other's", side)
		}
	}
}

// TestReplay: what an honest side once sent shows nothing in another run, even if
// that is on a link with the same binding.
func TestReplay(t *testing.T) {
	a, b := start(t, Dialler, "frog"), start(t, Listener, "frog")
	old := finish(t, a, b.Share(), here())
	if again := finish(t, start(t, Listener, "frog"), a.Share(), here()); again.Shown(old.Mine) {
		t.Fatal("an old share and proof were taken")
	}
	if bytes.Equal(start(t, Dialler, "frog").Share(), start(t, Dialler, "frog").Share()) {
		t.Fatal("two runs have the same share")
	}
}

// TestOneGuess: a run ends with the first share, whatever it was worth.
func TestOneGuess(t *testing.T) {
	run := start(t, Listener, "frog")
	finish(t, run, start(t, Dialler, "toad").Share(), here())
	if _, err := run.Finish(start(t, Dialler, "frog").Share(), here()); err != ErrFinished {
		t.Fatalf("a second share was taken: %v", err)
	}
	run = start(t, Listener, "frog")
	if _, err := run.Finish(nil, here()); err != ErrShare {
		t.Fatal(err)
	}
	if _, err := run.Finish(start(t, Dialler, "frog").Share(), here()); err != ErrFinished {
		t.Fatalf("a share was taken after a bad one: %v", err)
	}
}

// TestDictionary: who took part with a guess and tries a list of secrets against
// what he has seen finds the right one only if it was his guess.
func TestDictionary(t *testing.T) {
	list := []string{"newt", "toad", "frog", "tadpole"}
	for _, guess := range list {
		victim, hostile := start(t, Dialler, "frog"), start(t, Listener, guess)
		scalar := hostile.scalar
		shown := finish(t, victim, hostile.Share(), here()).Mine
		var found []string
		for _, secret := range list {
			// The listener's side of the run as it would be with this secret, but
			// for the share, which is out already.
			try := &Run{password: New(Listener, "test", []byte(secret)), scalar: scalar, share: hostile.share}
			if finish(t, try, victim.Share(), here()).Shown(shown) {
				found = append(found, secret)
			}
		}
		want := []string(nil)
		if guess == "frog" {
			want = []string{"frog"}
		}
		if fmt.Sprint(found) != fmt.Sprint(want) {
			t.Errorf("with the guess %q the list tells %q, want %q", guess, found, want)
		}
	}
}

// offCurve is a share whose point is on no curve of ours.
func offCurve(t testing.TB) []byte {
	b := bytes.Clone(start(t, Dialler, "frog").Share())
	b[ShareBytes-1] ^= 1
	return b
}

// TestBadShares: anything but a point of the group is refused, and so is the one
// that makes the common secret the point at infinity.
func TestBadShares(t *testing.T) {
	honest := start(t, Dialler, "frog").Share()
	point, err := nistec.NewP256Point().SetBytes(honest)
	if err != nil {
		t.Fatal(err)
	}
	listener := New(Listener, "test", []byte("frog"))
	for name, share := range map[string][]byte{
		"nothing":             nil,
		"infinity":            {0},
		"infinity, padded":    make([]byte, ShareBytes),
		"compressed":          point.BytesCompressed(),
		"hybrid form":         append([]byte{6}, honest[1:]...),
		"short":               honest[:ShareBytes-1],
		"long":                append(bytes.Clone(honest), 0),
		"off the curve":       offCurve(t),
		"no field elements":   append([]byte{4}, bytes.Repeat([]byte{0xff}, 64)...),
		"only the blinding":   New(Dialler, "test", []byte("frog")).blind.Bytes(),
		"zeros for the point": append([]byte{4}, make([]byte, 64)...),
	} {
		run, err := listener.Start(rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := run.Finish(share, here()); err != ErrShare {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestNoChance: a source that fails is an error, and numbers beyond the order of
// the group are drawn again.
func TestNoChance(t *testing.T) {
	p := New(Dialler, "test", []byte("frog"))
	broken := errors.New("broken")
	if _, err := p.Start(io.MultiReader(bytes.NewReader(make([]byte, 31)), failing{broken})); !errors.Is(err, broken) {
		t.Fatalf("%v", err)
	}
	good := bytes.Repeat([]byte{7}, 32)
	run, err := p.Start(bytes.NewReader(append(bytes.Clone(order), good...)))
	if err != nil || !bytes.Equal(run.scalar, good) {
		t.Fatalf("%x, %v", run.scalar, err)
	}
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

// FuzzFinish: whatever a share is, it is refused or it is a point; and then only
// who knows the scalar behind it can tell the proof.
func FuzzFinish(f *testing.F) {
	f.Add([]byte{}, false)
	f.Add(newPassword(Dialler, bytes.Repeat([]byte{1}, 32)).start(bytes.Repeat([]byte{2}, 32)).Share(), true)
	f.Add(New(Listener, "test", []byte("frog")).blind.Bytes(), false)
	f.Add(append([]byte{4}, make([]byte, 64)...), true)
	f.Add(m, true)
	f.Fuzz(func(t *testing.T, share []byte, listens bool) {
		side := Dialler
		if listens {
			side = Listener
		}
		run := start(t, side, "frog")
		proofs, err := run.Finish(share, here())
		point, notPoint := nistec.NewP256Point().SetBytes(share)
		if err != nil {
			blind := New(1-side, "test", []byte("frog")).blind.Bytes()
			if err != ErrShare || proofs != nil || len(share) == ShareBytes && notPoint == nil && !bytes.Equal(share, blind) {
				t.Fatalf("%x: %v", share, err)
			}
			return
		}
		if notPoint != nil || !bytes.Equal(point.Bytes(), share) || proofs.Shown(proofs.Mine) || proofs.Shown([ProofBytes]byte{}) {
			t.Fatalf("%x was taken", share)
		}
	})
}

// BenchmarkListener is what a run costs the one who listens.
func BenchmarkListener(b *testing.B) {
	p, share := New(Listener, "test", []byte("frog")), start(b, Dialler, "frog").Share()
	for b.Loop() {
		run, err := p.Start(rand.Reader)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := run.Finish(share, here()); err != nil {
			b.Fatal(err)
		}
	}
}
