package screens

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/visavis-netcode/visavis/game/lilypad/ui"
	"github.com/visavis-netcode/visavis/netcode"
)

// board is a list of lobbies that a test writes.
type board struct {
	lobbies []netcode.Nearby
	err     error
	closed  bool
}

func (b *board) AppendFound(dst []netcode.Nearby) []netcode.Nearby { return append(dst, b.lobbies...) }
func (b *board) Err() error                                        { return b.err }
func (b *board) Close()                                            { b.closed = true }

// withBoard lets the app find what is on a board.
func withBoard(a *App) *board {
	b := &board{}
	a.nearby.browse = func(netcode.BrowseConfig) (lister, error) { b.closed = false; return b, nil }
	return b
}

func steps(a *App, n int) {
	for range n {
		step(a, ui.Input{})
	}
}

func TestJoinShowsTheList(t *testing.T) {
	a := newTestApp(t, "Ben")
	a.settings.LastHost = "10.0.0.7:7777"
	b := withBoard(a)
	a.push(newJoin(a))
	steps(a, 3)
	j := top[*join](t, a)
	if words := j.list.Empty(); !strings.Contains(words, "No lobby on this network yet") || j.list.Focusable() {
		t.Errorf("an empty list reads %q", words)
	}
	b.err = errors.New("another program holds the port")
	if words := j.list.Empty(); words != "Another program holds the port." {
		t.Errorf("the trouble reads %q", words)
	}
	b.lobbies = []netcode.Nearby{
		{Address: "10.0.0.1:7777#a", Name: "Ana", Title: "after work", Seats: 2, MaxSeats: 8, RTT: 3400 * time.Microsecond},
		{Address: "10.0.0.2:7777#b", Name: "Cleo", Seats: 8, MaxSeats: 8, NeedsSecret: true, RTT: 200 * time.Microsecond},
		{Address: "10.0.0.3:7777#c", Name: "Dan", Seats: 3, MaxSeats: 8, Playing: true},
		{Address: "10.0.0.4:7777#d", Name: "Eve", Seats: 4, MaxSeats: 8, Playing: true, Watch: true},
	}
	steps(a, nearbyTicks)
	want := []ui.ListItem{
		{Key: "10.0.0.1:7777#a", Name: "Ana", About: "after work", Note: "3 ms, 6 of 8 free"},
		{Key: "10.0.0.3:7777#c", Name: "Dan", Note: "playing, 5 of 8 free"},
		{Key: "10.0.0.4:7777#d", Name: "Eve", Note: "watch, 4 of 8 free", Eye: true},
		{Key: "10.0.0.2:7777#b", Name: "Cleo", Note: "under 1 ms, 0 of 8 free", Locked: true, Faint: true},
	}
	for i, item := range want {
		if i >= len(j.list.Items) || j.list.Items[i] != item {
			t.Fatalf("the rows are %+v, want %+v", j.list.Items, want)
		}
	}
	if j.form.Focused() != ui.Widget(j.list) {
		t.Error("the first lobby on the list did not get the focus of an untouched screen")
	}
	if why := lobbyBlocked(b.lobbies[2]); why != "" {
		t.Errorf("into a match that runs nobody comes: %q", why)
	}
	for range 3 {
		step(a, down)
	}
	step(a, accept)
	if words, _ := top[*join](t, a).statusLine(a); !strings.Contains(words, "full") {
		t.Errorf("the screen says %q of a full lobby", words)
	}
	step(a, ui.Input{Chars: []rune("5")})
	if j.typed != "10.0.0.7:77775" || j.said != "" {
		t.Errorf("typing on the list gave the address %q; still said: %q", j.typed, j.said)
	}
	step(a, back)
	a.push(newLobbyOf(a))
	if !b.closed {
		t.Error("in a lobby the list is still kept up to date")
	}
}

// newLobbyOf opens a lobby on a network of memory.
func newLobbyOf(a *App) *lobby {
	a.online = &online{node: netcode.NewMemoryNetwork(9).NewNode("Ben")}
	a.openLobby()
	return a.stack[len(a.stack)-1].(*lobby)
}

// A lobby with a secret asks for it before anything is sent.
func TestJoinAsksForTheSecret(t *testing.T) {
	both := newTwoOnline(t, 4, 600)
	ana, ben, until := both.ana, both.ben, both.until
	ana.settings.Secret = "pond"
	ana.openLobby()
	b := withBoard(ben)
	b.lobbies = []netcode.Nearby{{Address: ana.online.invitation(), Name: "Ana", Seats: 1, MaxSeats: 8, NeedsSecret: true}}
	ben.push(newJoin(ben))
	steps(ben, 2)
	step(ben, accept)
	j := top[*join](t, ben)
	if j.form.Focused() != ui.Widget(&j.secret) || !strings.Contains(j.said, "Ana's lobby asks for a secret") {
		t.Fatalf("a locked lobby was picked, and the screen says %q", j.said)
	}
	step(ben, ui.Input{Chars: []rune("pool")})
	step(ben, ui.Input{Enter: true})
	until("the refusal", func() bool { return shows[*trouble](ben) })
	if text := top[*trouble](t, ben).text; !strings.Contains(text, "secret") {
		t.Errorf("a wrong secret is answered with %q", text)
	}
	step(ben, accept)
	for range 2 {
		step(ben, ui.Input{Erase: true})
	}
	step(ben, ui.Input{Chars: []rune("nd")})
	step(ben, ui.Input{Enter: true})
	until("getting in", func() bool { return shows[*lobby](ben) })
	if ben.settings.LastHost != "" || !ben.settings.Met {
		t.Errorf("a lobby of the list was kept as the address %q; met %v", ben.settings.LastHost, ben.settings.Met)
	}
}

func TestTitleHints(t *testing.T) {
	a := newTestApp(t, "Ben")
	b := withBoard(a)
	b.lobbies = []netcode.Nearby{{Address: "10.0.0.1:7777#a", Name: "Ana", Seats: 1, MaxSeats: 8}}
	steps(a, 2*nearbyTicks)
	if hint := a.nearby.hint(); hint != "" || a.nearby.list != nil {
		t.Errorf("a newcomer's title screen looked at the network: %q", hint)
	}
	a.settings.Met = true
	steps(a, 2*nearbyTicks)
	if hint := a.nearby.hint(); hint != "Ana's lobby is on this network: Join a match" {
		t.Errorf("the hint is %q", hint)
	}
	b.lobbies = append(b.lobbies, netcode.Nearby{Address: "10.0.0.2:7777#b", Name: "Cleo"})
	steps(a, 2*nearbyTicks)
	if hint := a.nearby.hint(); !strings.Contains(hint, "2 lobbies") {
		t.Errorf("the hint is %q", hint)
	}
}

func TestNoListIsASentence(t *testing.T) {
	a := newTestApp(t, "Ben")
	tries := 0
	a.nearby.browse = func(netcode.BrowseConfig) (lister, error) {
		tries++
		return nil, errors.New("this computer is on no network")
	}
	a.push(newJoin(a))
	steps(a, 50)
	if words := a.nearby.emptyWords(); words != "This computer is on no network." || tries != 1 {
		t.Errorf("%q after %d tries", words, tries)
	}
}

// Two whole games find each other on the loopback interface and meet.
func TestFoundNearby(t *testing.T) {
	only := []string{"lo"}
	games := [2]*App{}
	for i, name := range []string{"Ana", "Ben"} {
		t.Setenv("XDG_CONFIG_HOME", t.TempDir()) // an identity each
		games[i] = New(Config{Name: name, Mute: true, Addr: "127.0.0.1:0", Interfaces: only})
		t.Cleanup(games[i].Close)
	}
	ana, ben := games[0], games[1]
	ana.settings.Title = "after work"
	if list, err := netcode.Browse(netcode.BrowseConfig{Game: "lilypad", Interfaces: only}); err != nil {
		t.Skip("no list on loopback here: ", err)
	} else {
		list.Close()
	}
	ana.openLobby()
	if _, err := ben.network(""); err != nil {
		t.Fatal(err)
	}
	ben.push(newJoin(ben))
	until := func(what string, done func() bool) {
		t.Helper()
		for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); {
			if done() {
				return
			}
			step(ana, ui.Input{})
			step(ben, ui.Input{})
			ana.online.node.Wait(2 * time.Millisecond)
		}
		t.Fatalf("%s did not happen; Ben sees %T, %s", what, ben.stack[len(ben.stack)-1], ben.nearby.problem())
	}
	// Others on this machine may host lobbies of the same game: what is Ana's tells her key.
	own := func(address string) bool { return strings.HasSuffix(address, "#"+ana.online.node.Fingerprint()) }
	until("finding", func() bool {
		return slices.ContainsFunc(ben.nearby.found, func(f netcode.Nearby) bool { return own(f.Address) })
	})
	for _, f := range ben.nearby.found {
		if own(f.Address) && (f.Name != "Ana" || f.Title != "after work" || f.Seats != 1) {
			t.Errorf("found %+v", f)
		}
	}
	list := top[*join](t, ben).list
	until("choosing", func() bool {
		chosen, _ := list.Chosen()
		mine := slices.IndexFunc(list.Items, func(item ui.ListItem) bool { return own(item.Key) })
		switch at := slices.Index(list.Items, chosen); {
		case at < mine:
			step(ben, down)
		case at > mine:
			step(ben, ui.Input{Up: true})
		}
		return mine >= 0 && own(chosen.Key)
	})
	step(ben, accept)
	until("meeting", func() bool { return shows[*lobby](ben) })
	if n := len(ana.online.lobby.AppendMembers(nil)); n != 2 {
		t.Errorf("%d are in Ana's lobby", n)
	}
}
