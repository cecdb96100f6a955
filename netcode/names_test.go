//go:build !race

package netcode

import (
	"testing"
	"unicode/utf8"

	"github.com/visavis-netcode/visavis/netcode/internal/wire"
)

// TestEqualNamesAreNumbered: nobody can pose under another's name, nor under one
// that looks like it, and all machines show the same names.
func TestEqualNamesAreNumbered(t *testing.T) {
	for _, c := range []struct{ first, then, want string }{
		{"Ana", "Ana", "Ana 2"},
		{"Ana", "ANA", "ANA 2"},
		{"Ana", " a n a ", "a n a 2"},
		{"Ana", "A\u200bn\u2060a\u3164", "Ana 2"},
		{"Ana", "Ana\ufe0f", "Ana 2"},
		{"Ana", "Аnа", "Аnа 2"}, // Cyrillic А and а
		{"Ana", "Αna", "Αna 2"}, // Greek Α
		{"Ana", "Ａｎａ", "Ａｎａ 2"},
		{"Ana", "𝐀𝐧𝐚", "𝐀𝐧𝐚 2"},
		{"Ana", "Ána", "Ána 2"},
		{"Zoe\u0308", "Zo\u00eb", "Zoë 2"}, // one letter, written in two ways
		{"Ana", "Ana.", "Ana. 2"},
		{"Ian", "lan", "lan 2"},
		{"Bo", "B0", "B0 2"},
		{"Tom", "Torn", "Torn 2"},
		{"Wim", "VVim", "VVim 2"},
		{"...", "...", "... 2"},
		{"Ana 2", "Ana 2", "Ana 3"},
		{"Ana 2", "Ana2", "Ana2 2"},
		{"Sixteen letters!", "Sixteen letters!", "Sixteen letter 2"},
		{"", "", "Player 2"},
		{"Ana", "Anna", "Anna"},
		{"Ana", "Bo", "Bo"},
		{"Ana", "Ana 2", "Ana 2"},
	} {
		tb := newTable(t, 1, 0, ledgerGame(), LobbyConfig{}, Conditions{})
		host := tb.network.NewNode(c.first)
		lobby, err := OpenLobby(host, ledgerGame(), LobbyConfig{})
		if err != nil {
			t.Fatal(err)
		}
		tb.nodes, tb.lobbies, tb.done = append(tb.nodes, host), append(tb.lobbies, lobby), append(tb.done, false)
		guest := tb.enter(c.then, ledgerGame(), LobbyConfig{})
		tb.seconds(0.5)
		for i, l := range tb.lobbies {
			members := l.AppendMembers(nil)
			if len(members) != 2 || members[0].Name != cleanName(c.first) || members[1].Name != c.want {
				t.Errorf("%q and then %q: peer %d sees %+v, want %q", c.first, c.then, i, members, c.want)
			}
		}
		if lines := lobby.AppendLines(nil); len(lines) != 1 || lines[0].Text != c.want+" is here" {
			t.Errorf("%q and then %q: %v", c.first, c.then, lines)
		}
		guest.Say("hi")
		tb.seconds(0.5)
		if lines := lobby.AppendLines(nil); len(lines) != 1 || lines[0].From != c.want {
			t.Errorf("%q and then %q: %v", c.first, c.then, lines)
		}
	}
}

// TestNamesStayAndAreFreed: a name once given is kept until its owner wants
// another; renaming is no way around the numbers, for the host either.
func TestNamesStayAndAreFreed(t *testing.T) {
	tb := newTable(t, 1, 1, ledgerGame(), LobbyConfig{}, Conditions{DelayMs: 10})
	first := tb.enter("Ana", ledgerGame(), LobbyConfig{})
	tb.enter("Ana", ledgerGame(), LobbyConfig{})
	see := func(want string) {
		t.Helper()
		tb.seconds(2)
		for i, l := range tb.lobbies {
			if got := names(l); l.State() != Ended && got != want {
				t.Errorf("peer %d sees %q, want %q", i, got, want)
			}
		}
	}
	see("0:P0*1 1:Ana*1 2:Ana 2*1")
	for i, m := range tb.lobbies[2].AppendMembers(nil) {
		if m.Alike != (i > 0) {
			t.Errorf("%s is marked as alike: %v", m.Name, m.Alike)
		}
	}
	tb.nodes[0].SetName("ANA")
	see("0:ANA 3*1 1:Ana*1 2:Ana 2*1")
	tb.nodes[0].SetName("P0")
	first.Leave()
	see("0:P0*1 2:Ana 2*1") // whom the others have come to know under it
	tb.enter("Bo", ledgerGame(), LobbyConfig{})
	see("0:P0*1 1:Bo*1 2:Ana 2*1")
	tb.nodes[3].SetName("Ana 2")
	see("0:P0*1 1:Ana 3*1 2:Ana 2*1")
	tb.nodes[3].SetName("Ana")
	see("0:P0*1 1:Ana*1 2:Ana 2*1")
}

// TestLocalPlayersHaveNamesOfTheirOwn: two at one machine are numbered too, and
// nobody else is called what one of them is called.
func TestLocalPlayersHaveNamesOfTheirOwn(t *testing.T) {
	tb := newTable(t, 1, 1, ledgerGame(), LobbyConfig{LocalSeats: 2}, Conditions{DelayMs: 10})
	tb.enter("P0", ledgerGame(), LobbyConfig{LocalSeats: 2})
	tb.enter("P0 2", ledgerGame(), LobbyConfig{LocalSeats: 3})
	tb.start(1, 0)
	for range 10 { // without a tick of the match, for which this table has one input only
		tb.network.Advance(testTick)
		for _, l := range tb.lobbies {
			l.Poll()
		}
	}
	want := []string{"P0", "P0 2", "P0 3", "P0 4", "P0 5", "P0 6", "P0 7"}
	for i, l := range tb.lobbies {
		for j, s := range l.Match().Seats() {
			if s.Name != want[j] {
				t.Errorf("peer %d: seat %d is %q, want %q", i, j, s.Name, want[j])
			}
		}
	}
}

func FuzzNames(f *testing.F) {
	for _, name := range []string{"Ana", "ana 2", "\u202eА1 03", "e\u200b\u0301", "Sixteen letters!", "ﬃﷺ", "\xff", "Ana 999", "\u2800"} {
		f.Add(name, "Ana", uint8(2), uint8(3))
	}
	f.Fuzz(func(t *testing.T, one, other string, seats, more uint8) {
		name := cleanName(one)
		if cleanName(name) != name || utf8.RuneCountInString(name) > maxNameRunes || len(name) > wire.MaxNameBytes {
			t.Fatalf("%q is cleaned to %q and then to %q", one, name, cleanName(name))
		}
		if line := cleanLine(one); cleanLine(line) != line || len(line) > wire.MaxTextBytes || !utf8.ValidString(line) {
			t.Fatalf("%q is cleaned to %q and then to %q", one, line, cleanLine(line))
		}
		r := &Room{}
		r.authority = &authority{room: r}
		for i, wanted := range []string{one, other, one} {
			m := &member{RosterMember: wire.RosterMember{Machine: uint8(i)}}
			r.members.seat(m, append(players(wanted), make([]wire.Player, (seats>>i)%5)...))
			r.members[i] = m
		}
		looks := map[string]bool{}
		for _, m := range r.members {
			for seat := 0; m != nil && seat < len(m.Players); seat++ {
				name := m.Players[seat].Name
				if looks[look(name)] || cleanName(name) != name || !wire.Shown(name) {
					t.Fatalf("%q and %q: somebody else looks like %q, or it is shown as %q", one, other, name, cleanName(name))
				}
				looks[look(name)] = true
			}
		}
	})
}
