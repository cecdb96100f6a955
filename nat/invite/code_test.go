//go:build !race

package invite

import (
	"encoding/hex"
	"errors"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"
)

func source(seed byte) *rand.ChaCha8 { return rand.NewChaCha8([32]byte{seed}) }

func newCode(t testing.TB, random *rand.ChaCha8) Code {
	t.Helper()
	code, err := NewCode(random)
	if err != nil {
		t.Fatal(err)
	}
	return code
}

// problem is what an *Error says it is, 0 for no error.
func problem(t testing.TB, err error) Problem {
	t.Helper()
	if err == nil {
		return 0
	}
	var e *Error
	if !errors.As(err, &e) {
		t.Fatalf("%v is no *Error", err)
	}
	if !strings.HasSuffix(e.Reason, ".") || len(e.Reason) < 20 {
		t.Errorf("%q is no sentence for a player", e.Reason)
	}
	return e.Problem
}

func TestCodeRoundTrip(t *testing.T) {
	random := source(1)
	for range 2000 {
		code := newCode(t, random)
		text := code.String()
		if len(text) != CodeLength+2 {
			t.Fatalf("%q has %d characters", text, len(text))
		}
		for _, typed := range []string{
			text,
			strings.ToLower(text),
			strings.ReplaceAll(text, "-", ""),
			" " + strings.ReplaceAll(text, "-", " – ") + "\n",
			strings.NewReplacer("0", "O", "1", "l").Replace(text),
			strings.NewReplacer("0", "o", "1", "I").Replace(text),
		} {
			if got, err := ParseCode(typed); err != nil || got != code {
				t.Fatalf("%q: %v, %v; want %v", typed, got, err, code)
			}
		}
	}
}

// Every single wrong character and every pair that changed places is caught,
// not only most.
func TestCodeChecks(t *testing.T) {
	random := source(2)
	for range 200 {
		text := strings.ReplaceAll(newCode(t, random).String(), "-", "")
		for i := range text {
			for _, other := range alphabet {
				if byte(other) == text[i] {
					continue
				}
				wrong := text[:i] + string(other) + text[i+1:]
				if _, err := ParseCode(wrong); problem(t, err) != Check {
					t.Fatalf("%s for %s: %v", wrong, text, err)
				}
			}
			for j := range i {
				swapped := []byte(text)
				swapped[i], swapped[j] = swapped[j], swapped[i]
				if string(swapped) == text {
					continue
				}
				if _, err := ParseCode(string(swapped)); problem(t, err) != Check {
					t.Fatalf("%s for %s: %v", swapped, text, err)
				}
			}
		}
	}
}

func TestCodeSentences(t *testing.T) {
	for _, c := range []struct {
		text string
		want Problem
	}{
		{"K7QF-3MX9-TD4W", 0},
		{"", Empty},
		{" - ", Empty},
		{"K7QF-3MX9-TD4", Length},
		{"K7QF-3MX9-TD4WW", Length},
		{strings.Repeat("K", 5000), Length},
		{"U7QF-3MX9-TD4W", Character},
		{"K7QF-3MX9-TD4!", Character},
		{"K7QF-3MX9-TD4\x00", Character},
		{"K7QF-3MX9-TD4\xff", Character},
		{"K7QF-3MX9-TD4\u0416", Character},
		{"0000-0000-0000", Check},
		{"7KQF-3MX9-TD4W", Check},
	} {
		if _, err := ParseCode(c.text); problem(t, err) != c.want {
			t.Errorf("%q: %v, want problem %d", c.text, err, c.want)
		}
	}
}

// The derivation is part of the protocol: two versions that differ never meet.
func TestKeysGolden(t *testing.T) {
	code, err := ParseCode("K7QF-3MX9-TD4W")
	if err != nil {
		t.Fatal(err)
	}
	k := code.Keys()
	for _, c := range []struct{ name, got, want string }{
		{"lookup", hex.EncodeToString(k.Lookup[:]), "c4035a9481ef83d51f67c3f4c2fa916b"},
		{"seal", hex.EncodeToString(k.Seal[:]), "2ac116b451e16c7ae0ba54987f07f0dac38cde19b0a9918ae97b619a0cfa6eaa"},
		{"check", hex.EncodeToString(k.Check[:]), "43f4fa7c78f63e573de9f1f2f9bbfc70b6c5b35563d551d4b127f0bc763ca10b"},
	} {
		if c.got != c.want {
			t.Errorf("%s is %s, was %s", c.name, c.got, c.want)
		}
	}
}

// A code costs little more memory than the derivation is meant to take.
func TestKeysMemory(t *testing.T) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	Code{1}.Keys()
	runtime.ReadMemStats(&after)
	if used := after.TotalAlloc - before.TotalAlloc; used > 5<<20 {
		t.Errorf("keys took %d bytes", used)
	}
}

func TestProofs(t *testing.T) {
	check, other := [32]byte{1}, [32]byte{2}
	here, there := []byte("exported on one connection, long"), []byte("exported on another one, as long")
	proof := Proof(check, Host, here)
	for _, c := range []struct {
		name     string
		check    [32]byte
		side     Side
		exported []byte
		proof    []byte
		want     bool
	}{
		{"right", check, Host, here, proof[:], true},
		{"sent back as the other side's", check, Guest, here, proof[:], false},
		{"another code", other, Host, here, proof[:], false},
		{"carried over from another connection", check, Host, there, proof[:], false},
		{"cut off", check, Host, here, proof[:16], false},
		{"none", check, Host, here, nil, false},
	} {
		if got := Proven(c.check, c.side, c.exported, c.proof); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}

func FuzzParseCode(f *testing.F) {
	for _, text := range []string{"K7QF-3MX9-TD4W", "k7qf 3mx9 td4w", "O0Il-....", "", "\xff\xfe", "Vvx"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		code, err := ParseCode(text)
		if problem(t, err) != 0 {
			return
		}
		again, err := ParseCode(code.String())
		if err != nil || again != code {
			t.Fatalf("%q is %v, which is %v, %v", text, code, again, err)
		}
	})
}

func BenchmarkKeys(b *testing.B) {
	code, err := ParseCode("K7QF-3MX9-TD4W")
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		code.Keys()
	}
}
