//go:build !race

package netcode

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"slices"
	"testing"
	"time"

	"github.com/visavis-netcode/visavis/netcode/internal/link"
	"github.com/visavis-netcode/visavis/netcode/internal/mesh"
	"github.com/visavis-netcode/visavis/netcode/internal/spake2"
	"github.com/visavis-netcode/visavis/netcode/internal/wire"
)

// words is what a hostile machine guesses with; every test's secret is in it.
var words = []string{"newt", "toad", "frog", "tadpole", "1234"}

// guesser takes part in greetings by hand, with a guess at the secret, and keeps
// its random number to try other words afterwards.
type guesser struct {
	side   spake2.Side
	scalar []byte
}

func newGuesser(side spake2.Side) guesser {
	return guesser{side, bytes.Repeat([]byte{0x5a}, 32)}
}

func (g guesser) run(t testing.TB, guess string) *spake2.Run {
	t.Helper()
	run, err := spake2.New(g.side, secretUse, []byte(guess)).Start(bytes.NewReader(g.scalar))
	if err != nil {
		t.Fatal(err)
	}
	return run
}

// proofs are those of a link on which the other side has sent share.
func (g guesser) proofs(t testing.TB, l *strangerLink, own link.Key, guess string, share []byte) *spake2.Proofs {
	t.Helper()
	peer, binding := l.Peer(), l.Binding()
	here := spake2.Link{Dialler: own[:], Listener: peer[:], Binding: binding[:]}
	if g.side == spake2.Listener {
		here.Dialler, here.Listener = here.Listener, here.Dialler
	}
	proofs, err := g.run(t, guess).Finish(share, here)
	if err != nil {
		t.Fatal(err)
	}
	return proofs
}

// fitting returns the words that fit what came over a link: a keyed hash of the
// link under the word, wherever in it, or the proof that the word would lead to.
func (g guesser) fitting(t testing.TB, l *strangerLink, own link.Key) (fit []string) {
	t.Helper()
	var seen []byte
	for _, m := range l.messages {
		seen = append(seen, wire.MarshalMessage(m)...)
	}
	greeting, proof := last[*wire.Hello](l), last[*wire.Proof](l)
	binding := l.Binding()
	for _, word := range words {
		found := false
		for _, role := range []string{"", "dialler", "listener"} {
			mac := hmac.New(sha256.New, []byte(word))
			mac.Write(append(bytes.Clone(binding[:]), role...))
			found = found || bytes.Contains(seen, mac.Sum(nil))
		}
		if greeting != nil && proof != nil && len(greeting.Share) > 0 {
			found = found || g.proofs(t, l, own, word, greeting.Share).Shown(proof.MAC)
		}
		if found {
			fit = append(fit, word)
		}
	}
	return fit
}

// TestGuessing: what the dictionary finds where there is something to find.
func TestGuessing(t *testing.T) {
	tb := newTable(t, 1, 1, ledgerGame(), LobbyConfig{}, Conditions{})
	s := tb.newStranger("Mallory")
	l := s.dial(tb.nodes[0])
	tb.seconds(1)
	binding := l.Binding()
	mac := hmac.New(sha256.New, []byte("frog"))
	mac.Write(append(binding[:], "dialler"...))
	l.messages = []wire.Message{&wire.Hello{Proof: [32]byte(mac.Sum(nil))}}
	if fit := newGuesser(spake2.Dialler).fitting(t, l, s.endpoint.Key()); !slices.Equal(fit, []string{"frog"}) {
		t.Fatalf("%q", fit)
	}
}

// joining adds a peer that joins at an address, and does not wait.
func (tb *table) joining(name, address string, config LobbyConfig) *Lobby[ledger, uint32] {
	tb.t.Helper()
	node := tb.network.NewNode(name)
	lobby, err := JoinLobby(node, ledgerGame(), address, config)
	if err != nil {
		tb.t.Fatal(err)
	}
	tb.nodes, tb.lobbies, tb.done = append(tb.nodes, node), append(tb.lobbies, lobby), append(tb.done, false)
	return lobby
}

// called is a guest with a secret, and its link to the fake host that it greets.
func (h *fakeHost) called(tb *table, secret string) (*Lobby[ledger, uint32], *strangerLink) {
	tb.t.Helper()
	lobby := tb.joining("Ana", h.endpoint.Addr().String(), LobbyConfig{Secret: secret})
	tb.until(5, func() bool { return len(h.links) > 0 && last[*wire.Hello](h.links[0]) != nil })
	return lobby, h.links[0]
}

// TestHostileListener: whoever answers at an address, takes part with a guess and
// records all learns whether that guess is right, and nothing of any other word.
func TestHostileListener(t *testing.T) {
	for _, guess := range words {
		tb := newTable(t, 1, 0, ledgerGame(), LobbyConfig{}, Conditions{DelayMs: 10})
		host, g := tb.newFakeHost(ledgerGame()), newGuesser(spake2.Listener)
		lobby, l := host.called(tb, "frog")
		if fit := g.fitting(t, l, host.endpoint.Key()); fit != nil {
			t.Fatalf("the greeting tells of %q", fit)
		}
		answer := hello(ledgerGame(), wire.Answer, "Host", 1)
		answer.Share = g.run(t, guess).Share()
		l.say(answer)
		tb.seconds(1)
		want := []string(nil)
		if guess == "frog" {
			want = []string{"frog"} // the host of the lobby, for all that Ana can know
		}
		if fit := g.fitting(t, l, host.endpoint.Key()); !slices.Equal(fit, want) || last[*wire.Proof](l) == nil {
			t.Fatalf("with the guess %q the list tells %q, want %q", guess, fit, want)
		}
		l.say(&wire.Proof{MAC: g.proofs(t, l, host.endpoint.Key(), guess, last[*wire.Hello](l).Share).Mine})
		tb.seconds(1)
		if guess != "frog" {
			refusal(t, lobby, "Host's lobby has another secret than the one you gave")
		}
	}
}

// TestHostileDialler: who dials with a guess is told whether it is right, once for
// a link, and is shown nothing that could be compared with other words.
func TestHostileDialler(t *testing.T) {
	tb := newTable(t, 1, 1, ledgerGame(), LobbyConfig{Secret: "frog"}, Conditions{DelayMs: 10})
	s := tb.newStranger("Mallory")
	for _, guess := range words {
		l, g := s.dial(tb.nodes[0]), newGuesser(spake2.Dialler)
		h := hello(ledgerGame(), wire.JoinLobby, "Mallory", 1)
		h.Credential, h.Share = wire.CredentialSecret, g.run(t, guess).Share()
		l.say(h)
		tb.seconds(1)
		answer := last[*wire.Hello](l)
		if answer == nil || len(answer.Share) == 0 || len(l.messages) != 1 || l.State() != link.Open {
			t.Fatalf("%d messages, %+v", len(l.messages), answer)
		}
		if fit := g.fitting(t, l, s.endpoint.Key()); fit != nil {
			t.Fatalf("the answer tells of %q", fit)
		}
		proofs := g.proofs(t, l, s.endpoint.Key(), guess, answer.Share)
		l.say(&wire.Proof{MAC: proofs.Mine}, &wire.Proof{MAC: proofs.Mine})
		tb.seconds(1)
		shown := last[*wire.Proof](l)
		if guess == "frog" {
			if shown == nil || !proofs.Shown(shown.MAC) || last[*wire.Welcome](l) == nil {
				t.Fatalf("who knows the secret is not let in: %v", l.Err())
			}
			continue
		}
		if shown != nil || last[*wire.Welcome](l) != nil {
			t.Fatalf("%q was answered with %+v", guess, shown)
		}
		if why := l.Err(); why == nil || why.Code.Base() != link.CodeRefused || why.Reason != "the secret is not the one of this lobby: ask the host for the secret" {
			t.Fatalf("%q: %v", guess, why)
		}
	}
}

// TestStrangersAreToldLittle: whoever dials reads the host's name and game. The
// number of the lobby, with which a member is known, and its addresses are for
// those who are let in.
func TestStrangersAreToldLittle(t *testing.T) {
	tb := newTable(t, 1, 2, ledgerGame(), LobbyConfig{Secret: "frog"}, Conditions{DelayMs: 10})
	for _, purpose := range []wire.Purpose{wire.JoinLobby, wire.JoinMesh} {
		for i := range tb.lobbies {
			l := tb.newStranger("Mallory").dial(tb.nodes[i])
			l.say(hello(ledgerGame(), purpose, "Mallory", 1))
			tb.seconds(1)
			want := hello(ledgerGame(), wire.Answer, tb.nodes[i].name, 0)
			if answer := last[*wire.Hello](l); answer == nil || string(wire.MarshalMessage(answer)) != string(wire.MarshalMessage(want)) || len(l.messages) != 1 {
				t.Errorf("%d messages, %+v", len(l.messages), answer)
			}
		}
	}
}

// TestSomebodyBetween: guest and host hold the same secret, and who passes their
// words on between two links of his own gets neither to believe him.
func TestSomebodyBetween(t *testing.T) {
	tb := newTable(t, 1, 1, ledgerGame(), LobbyConfig{Secret: "frog"}, Conditions{DelayMs: 10})
	fake := tb.newFakeHost(ledgerGame())
	lobby, guest := fake.called(tb, "frog")
	host := fake.dial(tb.nodes[0])
	for range 120 {
		for _, way := range [][2]*strangerLink{{guest, host}, {host, guest}} {
			way[1].say(way[0].messages...)
			way[0].messages = nil
		}
		tb.tick()
	}
	if why := host.Err(); why == nil || why.Reason != "the secret is not the one of this lobby: ask the host for the secret" {
		t.Fatalf("the host says %v", why)
	}
	if lobby.State() == Gathering || names(tb.lobbies[0]) != "0:P0*1" {
		t.Fatalf("state %d, %s", lobby.State(), names(tb.lobbies[0]))
	}
}

// TestSecretOutOfTurn: what a dialler shows too early, twice, in another form or
// from another link lets nobody in and disturbs nobody.
func TestSecretOutOfTurn(t *testing.T) {
	g := newGuesser(spake2.Dialler)
	greeting := func(change func(*wire.Hello)) *wire.Hello {
		h := hello(ledgerGame(), wire.JoinLobby, "Mallory", 1)
		h.Credential, h.Share = wire.CredentialSecret, g.run(t, "frog").Share()
		if change != nil {
			change(h)
		}
		return h
	}
	for _, c := range []struct {
		name string
		say  []wire.Message
		why  string // the link is closed with
	}{
		{"a proof and no greeting", []wire.Message{&wire.Proof{MAC: [32]byte{1}}}, "a message came before the greeting"},
		{"no share", []wire.Message{greeting(func(h *wire.Hello) { h.Share = nil })}, "the other side sent something that is not visavis"},
		{"a share that is no point", []wire.Message{greeting(func(h *wire.Hello) { h.Share[9]++ })}, "the other side sent something that is not visavis"},
		{"a share and a proof of zeros", []wire.Message{greeting(nil), &wire.Proof{}}, "the secret is not the one of this lobby: ask the host for the secret"},
		{"a second greeting", []wire.Message{greeting(nil), greeting(nil), &wire.Proof{}}, "the secret is not the one of this lobby: ask the host for the secret"},
		{"nothing", []wire.Message{greeting(func(h *wire.Hello) { h.Credential = wire.CredentialNone })}, "this lobby asks for a secret"},
		{"a code", []wire.Message{greeting(func(h *wire.Hello) { h.Credential = wire.CredentialCode })}, "this lobby asks for a secret"},
		{"an invite", []wire.Message{greeting(func(h *wire.Hello) { h.Credential, h.Proof = wire.CredentialInvite, [32]byte{1} })}, "this lobby asks for a secret"},
		{"a share and then nothing", []wire.Message{greeting(nil)}, "the secret was not shown in time"},
	} {
		t.Run(c.name, func(t *testing.T) {
			tb := newTable(t, 1, 1, ledgerGame(), LobbyConfig{Secret: "frog"}, Conditions{DelayMs: 10})
			l := tb.newStranger("Mallory").dial(tb.nodes[0])
			l.say(c.say...)
			tb.seconds(mesh.StrangerTimeout.Seconds() + 1)
			if why := l.Err(); why == nil || why.Reason != c.why {
				t.Errorf("closed with %v, want %q", why, c.why)
			}
			if last[*wire.Welcome](l) != nil || last[*wire.Proof](l) != nil || len(tb.lobbies[0].mesh.Conns()) != 0 {
				t.Errorf("%d links, %+v", len(tb.lobbies[0].mesh.Conns()), l.messages)
			}
			if l := tb.enter("Ana", ledgerGame(), LobbyConfig{Secret: "frog"}); l.State() != Gathering {
				t.Error(l.Err())
			}
		})
	}
}

// TestOldSecretsWords: what an honest guest has said on one link is worth nothing
// on another.
func TestOldSecretsWords(t *testing.T) {
	tb := newTable(t, 1, 1, ledgerGame(), LobbyConfig{Secret: "frog"}, Conditions{DelayMs: 10})
	s, g := tb.newStranger("Mallory"), newGuesser(spake2.Dialler)
	h := hello(ledgerGame(), wire.JoinLobby, "Mallory", 1)
	h.Credential, h.Share = wire.CredentialSecret, g.run(t, "frog").Share()
	first := s.dial(tb.nodes[0])
	first.say(h)
	tb.seconds(1)
	proof := &wire.Proof{MAC: g.proofs(t, first, s.endpoint.Key(), "frog", last[*wire.Hello](first).Share).Mine}
	second := s.dial(tb.nodes[0])
	second.say(h, proof)
	tb.seconds(1)
	if why := second.Err(); why == nil || why.Reason != "the secret is not the one of this lobby: ask the host for the secret" {
		t.Fatalf("%v", why)
	}
}

// TestNewSecretDuringAGreeting: a greeting that was begun with the secret before
// is not brought to its end with it.
func TestNewSecretDuringAGreeting(t *testing.T) {
	for _, secret := range []string{"toad", ""} {
		tb := newTable(t, 1, 1, ledgerGame(), LobbyConfig{Secret: "frog"}, Conditions{DelayMs: 10})
		s, g := tb.newStranger("Mallory"), newGuesser(spake2.Dialler)
		l := s.dial(tb.nodes[0])
		h := hello(ledgerGame(), wire.JoinLobby, "Mallory", 1)
		h.Credential, h.Share = wire.CredentialSecret, g.run(t, "frog").Share()
		l.say(h)
		tb.until(5, func() bool { return last[*wire.Hello](l) != nil })
		l.say(&wire.Proof{MAC: g.proofs(t, l, s.endpoint.Key(), "frog", last[*wire.Hello](l).Share).Mine})
		if err := tb.lobbies[0].SetSecret(secret); err != nil {
			t.Fatal(err)
		}
		tb.seconds(1)
		if why := l.Err(); why == nil || why.Reason != "the secret of this lobby has just changed: ask the host for the new one" {
			t.Errorf("%v", why)
		}
		if names(tb.lobbies[0]) != "0:P0*1" {
			t.Error(names(tb.lobbies[0]))
		}
	}
}

// TestHostWithoutTheSecret: a guest believes no host who has not shown that it
// knows the secret, however it welcomes him.
func TestHostWithoutTheSecret(t *testing.T) {
	const other = "Host's lobby has another secret than the one you gave"
	for _, c := range []struct {
		name string
		say  func(guest *wire.Hello, answer *wire.Hello) []wire.Message
	}{
		{"no share", func(_, answer *wire.Hello) []wire.Message { return []wire.Message{answer} }},
		{"the guest's share", func(guest, answer *wire.Hello) []wire.Message {
			answer.Share = guest.Share
			return []wire.Message{answer, &wire.Proof{}}
		}},
		{"a share that is no point", func(guest, answer *wire.Hello) []wire.Message {
			answer.Share = append(bytes.Clone(guest.Share[:64]), ^guest.Share[64])
			return []wire.Message{answer}
		}},
		{"a welcome in the place of a proof", func(_, answer *wire.Hello) []wire.Message {
			answer.Share = newGuesser(spake2.Listener).run(t, "toad").Share()
			return []wire.Message{answer, &wire.Welcome{Lobby: 77, Machine: 1}}
		}},
		{"a welcome after a wrong proof", func(_, answer *wire.Hello) []wire.Message {
			answer.Share = newGuesser(spake2.Listener).run(t, "toad").Share()
			return []wire.Message{answer, &wire.Proof{MAC: [32]byte{1}}, &wire.Welcome{Lobby: 77, Machine: 1}}
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			tb := newTable(t, 1, 0, ledgerGame(), LobbyConfig{}, Conditions{DelayMs: 10})
			host := tb.newFakeHost(ledgerGame())
			lobby, l := host.called(tb, "frog")
			l.say(c.say(last[*wire.Hello](l), hello(ledgerGame(), wire.Answer, "Host", 1))...)
			tb.seconds(1)
			refusal(t, lobby, other)
		})
	}
	t.Run("a proof that nobody asked for", func(t *testing.T) {
		tb := newTable(t, 1, 0, ledgerGame(), LobbyConfig{}, Conditions{DelayMs: 10})
		lobby, l := tb.newFakeHost(ledgerGame()).called(tb, "")
		l.say(hello(ledgerGame(), wire.Answer, "Host", 1), &wire.Proof{}, &wire.Welcome{Lobby: 77, Machine: 1})
		tb.seconds(1)
		if why := lobby.Err(); lobby.State() != Ended || why == nil || why.Error() != "a proof that nobody asked for" {
			t.Fatalf("state %d, %v", lobby.State(), why)
		}
	})
	t.Run("the guest's own proof", func(t *testing.T) {
		tb := newTable(t, 1, 0, ledgerGame(), LobbyConfig{}, Conditions{DelayMs: 10})
		lobby, l := tb.newFakeHost(ledgerGame()).called(tb, "frog")
		answer := hello(ledgerGame(), wire.Answer, "Host", 1)
		answer.Share = last[*wire.Hello](l).Share
		l.say(answer)
		tb.until(5, func() bool { return last[*wire.Proof](l) != nil })
		l.say(last[*wire.Proof](l), &wire.Welcome{Lobby: 77, Machine: 1})
		tb.seconds(1)
		refusal(t, lobby, other)
	})
}

// TestSecretCostsARoundTrip: with a secret a join takes one round trip more than
// without, and no more than that.
func TestSecretCostsARoundTrip(t *testing.T) {
	const delayMs = 50
	took := func(secret string) time.Duration {
		tb := newTable(t, 1, 1, ledgerGame(), LobbyConfig{Secret: secret}, Conditions{DelayMs: delayMs})
		began := tb.ticks
		if l := tb.enter("Ana", ledgerGame(), LobbyConfig{Secret: secret}); l.State() != Gathering {
			t.Fatal(l.Err())
		}
		return time.Duration(tb.ticks-began) * testTick
	}
	without, with := took(""), took("frog")
	t.Logf("%v, with a secret %v", without, with)
	if more := with - without; more > 2*delayMs*time.Millisecond+3*testTick {
		t.Errorf("a secret takes %v more", more)
	}
}

// FuzzGreeting brings greetings, shares and proofs of somebody who does not know
// the secret to a host and to a guest. Neither believes him, the lobby stays as it
// is, and his links end.
func FuzzGreeting(f *testing.F) {
	f.Add([]byte{})
	f.Add([]byte{0, 0, 1, 1, 2, 0, 3, 1, 4, 0, 5, 1})
	f.Add([]byte{2, 3, 0, 1, 2, 5, 5, 0, 0, 5, 2, 3, 1, 3, 3, 3})
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) > 400 {
			return
		}
		tb := newTable(t, 1, 1, ledgerGame(), LobbyConfig{Secret: "frog"}, Conditions{})
		toHost := tb.newStranger("Mallory").dial(tb.nodes[0])
		victim, toVictim := tb.newFakeHost(ledgerGame()).called(tb, "frog")
		tp := &tape{b}
		for len(tp.b) > 0 {
			l, purpose, g := toHost, wire.JoinLobby, newGuesser(spake2.Dialler)
			if tp.byte()%2 == 1 {
				l, purpose, g = toVictim, wire.Answer, newGuesser(spake2.Listener)
			}
			switch op := tp.byte(); op % 6 {
			case 0:
				tb.tick()
			case 1:
				l.Send(tp.take(int(tp.byte())))
			case 2:
				proof := &wire.Proof{}
				copy(proof.MAC[:], tp.take(2))
				l.say(proof)
			case 3:
				l.say(&wire.Welcome{Lobby: 1 + tp.number(), Machine: 1 + tp.byte()%15})
			default:
				h := hello(ledgerGame(), purpose, "Mallory", 1)
				h.Credential = wire.Credential(tp.byte() % 4)
				switch tp.byte() % 4 {
				case 0:
					h.Share = g.run(t, "toad").Share()
				case 1:
					h.Share = append(bytes.Clone(tp.take(65)), make([]byte, 65)...)[:65]
				case 2:
					if theirs := last[*wire.Hello](l); theirs != nil {
						h.Share = theirs.Share
					}
				}
				l.say(h)
			}
		}
		tb.seconds(joinTimeout.Seconds() + 1)
		if victim.State() != Ended || victim.Err() == nil {
			t.Fatalf("the guest: state %d, %v", victim.State(), victim.Err())
		}
		if host := tb.lobbies[0]; host.State() != Gathering || names(host) != "0:P0*1" || len(host.mesh.Conns()) != 0 {
			t.Fatalf("the host: state %d, %s, %d links", host.State(), names(host), len(host.mesh.Conns()))
		}
		if last[*wire.Proof](toHost) != nil {
			t.Fatal("the host has shown its proof")
		}
	})
}
