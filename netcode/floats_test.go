//go:build !race

package netcode

import (
	"bytes"
	"log/slog"
	"math"
	"runtime"
	"strings"
	"testing"

	"github.com/visavis-netcode/visavis/netcode/internal/wire"
	"github.com/visavis-netcode/visavis/rollback"
)

// pitch is a world with floating-point numbers; slope is a later version of it.
type (
	pitch struct {
		Ball struct{ X, Y float32 }
		Rand rollback.Rand
	}
	slope struct {
		Ball struct{ X, Y, Tilt float32 }
		Rand rollback.Rand
	}
	// thicket is a world that says itself what of it counts.
	thicket struct {
		Trees []uint8
		Drawn *int
	}
)

func gameOf[S any]() Config[S, uint8] {
	return Config[S, uint8]{Game: "ball", Rules: 1, Start: func(Setup) (w S) { return w }, Step: func(*S, rollback.Inputs[uint8]) {}}
}

func termsOf[S, I any](t *testing.T, c Config[S, I]) terms {
	t.Helper()
	terms, err := c.terms()
	if err != nil {
		t.Fatal(err)
	}
	return terms
}

// TestLayoutsAreCompared: a world or an input that was changed without a new Rules is
// found in the greeting, on both sides.
func TestLayoutsAreCompared(t *testing.T) {
	tb := newTable(t, 1, 1, ledgerGame(), LobbyConfig{}, Conditions{DelayMs: 10})
	changed := attendanceGame(AbsentEnds)
	changed.Game = "ledger"
	l, err := JoinLobby(tb.network.NewNode("Ana"), changed, tb.nodes[0].Addr().String(), LobbyConfig{})
	if err != nil {
		t.Fatal(err)
	}
	for range 200 {
		tb.tick()
		l.Poll()
	}
	if l.Err() == nil || !strings.Contains(l.Err().Error(), "P0's game keeps another world or other inputs than yours") {
		t.Errorf("the guest: %v", l.Err())
	}
	ours := termsOf(t, ledgerGame())
	theirs := termsOf(t, changed).hello()
	if d := ours.difference(&theirs, "Ana"); !strings.Contains(d, "Ana's game keeps another world") {
		t.Errorf("the host: %q", d)
	}
	if a, b := termsOf(t, gameOf[pitch]()), termsOf(t, gameOf[slope]()); a.layout == b.layout {
		t.Error("a field more makes no other layout")
	}
}

// TestWorldsOfTheirOwn: of a world with Copy, Append and Decode only the input is
// compared: what it does not send may be another thing on another system.
func TestWorldsOfTheirOwn(t *testing.T) {
	own := gameOf[thicket]()
	own.Copy = func(dst, src *thicket) { dst.Trees = append(dst.Trees[:0], src.Trees...) }
	own.Append = func(b []byte, w *thicket) []byte { return append(b, w.Trees...) }
	own.Decode = func(w *thicket, b []byte) error { w.Trees = bytes.Clone(b); return nil }
	if a, b := termsOf(t, own), termsOf(t, gameOf[struct{}]()); a.layout != b.layout {
		t.Error("memory of its own was compared")
	}
}

// TestArithmeticIsCompared: copies that round floating-point numbers otherwise refuse
// each other in words; without such numbers nobody asks.
func TestArithmeticIsCompared(t *testing.T) {
	game := gameOf[pitch]()
	here, without := termsOf(t, game), termsOf(t, ledgerGame())
	if here.arithmetic != arithmeticHere() || without.arithmetic != "" {
		t.Errorf("%q with, %q without", here.arithmetic, without.arithmetic)
	}
	game.PortableFloats = true
	portable := termsOf(t, game)
	far := here
	far.arithmetic = "vax"
	for _, c := range []struct {
		ours, theirs terms
		want         string
	}{
		{here, here, ""},
		{portable, portable, ""},
		{here, far, "Ana's game rounds floating-point numbers as vax does, yours as " + here.arithmetic + " does"},
		{far, here, "Ana's game rounds floating-point numbers as " + here.arithmetic + " does, yours as vax does"},
		{here, portable, "as any processor does, yours as " + here.arithmetic},
	} {
		theirs := c.theirs.hello()
		if d := c.ours.difference(&theirs, "Ana"); c.want == "" && d != "" || !strings.Contains(d, c.want) {
			t.Errorf("%q, want %q", d, c.want)
		}
	}
	hostile := here.hello()
	hostile.Arithmetic = "a\x1b[31m\nb" + strings.Repeat("x", wire.MaxArithmeticBytes)
	if d := here.difference(&hostile, "Ana"); strings.ContainsAny(d, "\x1b\n") || len(d) > 250 {
		t.Errorf("%q", d)
	}
}

// TestArithmeticOnBothSides plays it through a greeting.
func TestArithmeticOnBothSides(t *testing.T) {
	var log bytes.Buffer
	tb := newTable(t, 1, 0, ledgerGame(), LobbyConfig{}, Conditions{})
	host, guest := tb.network.NewNode("Ben"), tb.network.NewNode("Ana")
	host.config.Logger = slog.New(slog.NewTextHandler(&log, nil))
	lobby, err := OpenLobby(host, gameOf[pitch](), LobbyConfig{})
	if err != nil {
		t.Fatal(err)
	}
	lobby.terms.arithmetic = "vax"
	l, err := JoinLobby(guest, gameOf[pitch](), host.Addr().String(), LobbyConfig{})
	if err != nil {
		t.Fatal(err)
	}
	for range 200 {
		tb.network.Advance(testTick)
		lobby.Poll()
		l.Poll()
	}
	if l.Err() == nil || !strings.Contains(l.Err().Error(), "as vax does, yours as "+runtime.GOARCH) {
		t.Errorf("the guest: %v", l.Err())
	}
	if lines := lobby.AppendLines(nil); len(lines) != 1 || !strings.HasPrefix(lines[0].Text, "Ana tried to join and could not: Ana's game rounds floating-point numbers as "+runtime.GOARCH) || !strings.Contains(lines[0].Text, "yours as vax does") {
		t.Errorf("the host: %q", lines)
	}
	if text := log.String(); strings.Count(text, "level=WARN") != 1 || !strings.Contains(text, "pitch.Ball.X pitch.Ball.Y") {
		t.Errorf("the log: %s", text)
	}
}

// TestFuses: what is told of this build is what it does.
func TestFuses(t *testing.T) {
	x, y := 1+1.0/(1<<30), -1-2.0/(1<<30)
	if math.FMA(x, x, y) == 0 || math.FMA(x, x, y) == float64(x*x)+y {
		t.Fatal("these numbers do not tell the two apart")
	}
	switch runtime.GOARCH {
	case "386", "wasm", "arm", "mips", "mipsle":
		if fuses(x, y) {
			t.Error("no compiler fuses here")
		}
	case "arm64", "ppc64le", "s390x", "riscv64", "loong64":
		if !fuses(x, y) {
			t.Error("the compiler fuses here")
		}
	}
	if fuses(1, -1) {
		t.Error("fusing was seen where it changes nothing")
	}
}
