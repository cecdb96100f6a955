package screens

import (
	"context"
	"crypto/rand"
	"maps"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/visavis-netcode/visavis/game/lilypad/ui"
	"github.com/visavis-netcode/visavis/nat/invite"
	"github.com/visavis-netcode/visavis/nat/rendezvous"
	"github.com/visavis-netcode/visavis/netcode"
)

const goodCode = "K7QF-3MX9-TD4W"

func TestCodesAndAddresses(t *testing.T) {
	tests := []struct {
		in, tidy string
		problem  string // part of it; "" for none
	}{
		{goodCode, goodCode, ""},
		{"k7qf3mx9td4w", goodCode, ""},
		{" k7qf 3mx9 td4w ", goodCode, ""},
		{"K7QF-3MX9-TD4V", "K7QF-3MX9-TD4V", "wrong character"},
		{"K7QF-3MX9-TD4", "K7QF-3MX9-TD4", "too short: it has 11 of 12"},
		{"K7QF-3MX9-TD4WW", "K7QF-3MX9-TD4WW", "too long"},
		{"K7QF-3UX9", "K7QF-3UX9", "letter U"},
		{"k7qf", "k7qf", ""}, // it may become anything
		{"", "", ""},
		{"192.168.1.5:7777", "192.168.1.5:7777", ""},
		{"192.168.1.5", "192.168.1.5", ""},
		{"[fd00::2]:7777", "[fd00::2]:7777", ""},
		{"10.0.0.1:7777#63lkeboppjqv7zpcypia3ianol", "10.0.0.1:7777#63lkeboppjqv7zpcypia3ianol", ""},
		{"localhost", "localhost", ""},
		{"ana-pc", "ana-pc", ""},
		{"raspberrypi4:7777", "raspberrypi4:7777", ""},
	}
	for _, test := range tests {
		if got := tidy(test.in); got != test.tidy {
			t.Errorf("%q is shown as %q, want %q", test.in, got, test.tidy)
		}
		got := codeProblem(test.in, true)
		if test.problem == "" && got != "" || !strings.Contains(got, test.problem) {
			t.Errorf("%q: %q, want %q", test.in, got, test.problem)
		}
	}
	if why := codeProblem(goodCode, false); !strings.Contains(why, "rendezvous server") {
		t.Errorf("a code without a server is answered with %q", why)
	}
}

// A mistyped code is told while it is typed, and nothing is sent.
func TestJoinReadsCodes(t *testing.T) {
	a := newTestApp(t, "Ben")
	withBoard(a)
	a.settings.Rendezvous = "127.0.0.1:7"
	a.push(newJoin(a))
	step(a, ui.Input{Chars: []rune("k7qf3mx9td4")})
	j := top[*join](t, a)
	if words, c := j.statusLine(a); !strings.Contains(words, "11 of 12") || c != ui.Alarm {
		t.Errorf("an unfinished code reads %q", words)
	}
	step(a, ui.Input{Enter: true})
	if j = top[*join](t, a); !strings.Contains(j.said, "11 of 12") {
		t.Errorf("an unfinished code was sent; %q", j.said)
	}
	step(a, ui.Input{Chars: []rune("w")})
	if words, c := j.statusLine(a); j.typed != goodCode || c != ui.Good {
		t.Errorf("the code became %q, and the screen says %q", j.typed, words)
	}
	step(a, ui.Input{Erase: true})
	step(a, ui.Input{Chars: []rune("x")})
	if j.typed != "K7QF-3MX9-TD4x" {
		t.Errorf("erasing the last letter and typing another gave %q", j.typed)
	}
	if words, c := j.statusLine(a); !strings.Contains(words, "wrong character") || c != ui.Alarm {
		t.Errorf("a mistyped code reads %q", words)
	}
	answer, ok := newLookup(goodCode).done()
	if !ok || answer.err != nil || answer.address != goodCode {
		t.Errorf("a code was looked up as a name: %+v", answer)
	}
}

// Two whole games meet by a code, typed in lower case, over a rendezvous server
// on loopback.
func TestMeetByCode(t *testing.T) {
	server := serveRendezvous(t)
	var games [2]*App
	for i, name := range []string{"Ana", "Ben"} {
		t.Setenv("XDG_CONFIG_HOME", t.TempDir()) // an identity each
		games[i] = New(Config{Name: name, Mute: true, Addr: "127.0.0.1:0", Rendezvous: server})
		t.Cleanup(games[i].Close)
		games[i].settings.ShowLAN = false
	}
	ana, ben := games[0], games[1]
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
		t.Fatalf("%s did not happen; Ben sees %T", what, ben.stack[len(ben.stack)-1])
	}
	ana.openLobby()
	code := ""
	until("a code", func() bool {
		known, ready := ana.online.lobby.Code()
		code = known
		return ready
	})
	ben.push(newJoin(ben))
	withBoard(ben)
	step(ben, ui.Input{Chars: []rune(strings.ToLower(code))})
	step(ben, ui.Input{Enter: true})
	j := top[*joining](t, ben)
	if j.to.name() != code {
		t.Errorf("the screen names %q, want the code %q", j.to.name(), code)
	}
	words := map[string]bool{}
	until("meeting", func() bool {
		if room := ben.online; room != nil && room.lobby != nil {
			words[room.lobby.Progress()] = true
		}
		return shows[*lobby](ben)
	})
	t.Log("Ben was told: ", slices.Sorted(maps.Keys(words)))
	if ben.settings.LastHost != "" {
		t.Errorf("the code %q was kept for next time", ben.settings.LastHost)
	}
	if l := ben.online.link(); l.Address != code || l.Rendezvous != server {
		t.Errorf("Ben's link is %v", l)
	}
	ben.online.rendezvous = "" // of who has come by an address
	if l := ben.online.link(); l.Address != ben.online.invitation() || l.Rendezvous != "" {
		t.Errorf("where no server is known, Ben's link is %v", l)
	}
}

// A host whose matches are watched by a code of their own reads both codes, and can copy that one.
func TestWatchCodeIsShown(t *testing.T) {
	server := serveRendezvous(t)
	for _, large := range []bool{false, true} {
		t.Setenv("XDG_CONFIG_HOME", t.TempDir())
		a := New(Config{Name: "Ana", Mute: true, Addr: "127.0.0.1:0", Rendezvous: server})
		t.Cleanup(a.Close)
		a.settings.ShowLAN, a.settings.Spectators, a.settings.LargeText, a.settings.Taught = false, 2, large, true
		h := newHands(t, a, ui.Keys)
		a.openLobby()
		ready := false
		for deadline := time.Now().Add(20 * time.Second); !ready && time.Now().Before(deadline); a.online.node.Wait(2 * time.Millisecond) {
			h.tick()
			_, ready = a.online.lobby.WatchCode()
		}
		players, _ := a.online.lobby.Code()
		watchers, _ := a.online.lobby.WatchCode()
		h.tick()
		h.look()
		var read strings.Builder
		for _, s := range h.strokes() {
			read.WriteString(s.Text + "\n")
		}
		if !ready || !strings.Contains(read.String(), players) || !strings.Contains(read.String(), "Who only watches: "+watchers) {
			t.Errorf("of %s and %s (%v) the host reads\n%s", players, watchers, ready, read.String())
		}
		if h.widget("Copy code to watch by") == nil {
			t.Error("it cannot be copied")
		}
	}
}

// Who hides the address is asked before somebody is called who would read it, once: not by a
// code or an invite, and not on a network of one's own.
func TestHiddenAddressIsAskedFor(t *testing.T) {
	a := newTestApp(t, "Ben")
	a.settings.Relay = slices.Index(relayChoice, netcode.RelayOnly)
	a.online = &online{node: netcode.NewMemoryNetwork(3).NewNode("Ben")}
	for _, text := range []string{"203.0.113.7:7777", "lilypad:[2001:db8::7]:7777#" + strings.Repeat("a", 26)} {
		a.goTo(text, false)
		steps(a, 2)
		if top[*question](t, a); a.online.open() {
			t.Errorf("%s was called unasked", text)
		}
		step(a, accept)
		top[*title](t, a)
	}
	a.goTo("203.0.113.7:7777", false)
	steps(a, 2)
	step(a, down)
	step(a, accept)
	steps(a, 2)
	if to := top[*joining](t, a).to; !to.open || !a.online.open() {
		t.Errorf("%+v is not called", to)
	}
	for text, want := range map[string]bool{
		goodCode: false, "192.168.1.5:7777": false, "127.0.0.1:7777": false, "[fe80::1]:7777": false, "[::ffff:10.0.0.1]:7777": false, "no address": false,
		"198.51.100.1:7777#abc": true,
	} {
		if readsAddress(text) != want {
			t.Errorf("%s: %v", text, !want)
		}
	}
}

// serveRendezvous runs a server for one test and returns its address.
func serveRendezvous(t *testing.T) string {
	t.Helper()
	udp, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() {
		ended <- rendezvous.Serve(ctx, rendezvous.ServeConfig{Server: rendezvous.ServerConfig{Rand: rand.Reader}}, udp, nil)
	}()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return udp.LocalAddr().String()
}

// Enter after Paste goes on with what was pasted: it does not paste again.
func TestEnterAfterPaste(t *testing.T) {
	a := newTestApp(t, "Ana")
	a.push(newJoin(a))
	j := top[*join](t, a)
	j.pasting = true
	a.clip.text <- "192.168.1.5:7777"
	step(a, ui.Input{})
	if j.typed != "192.168.1.5:7777" || j.form.Focused() != ui.Widget(&j.address) {
		t.Errorf("pasted: %q, and the focus is on %T", j.typed, j.form.Focused())
	}
	step(a, accept)
	top[*joining](t, a)
}

// A link is joined by, whatever a friend has written around it: pasted, typed, or given to the
// program; and the server of its code is the link's, for as long as that lobby is joined.
func TestJoinByLink(t *testing.T) {
	link := "lilypad:10.9.9.9:7777#" + strings.Repeat("a", 26)
	a := newTestApp(t, "Ben")
	a.online = &online{node: netcode.NewMemoryNetwork(3).NewNode("Ben")}
	withBoard(a)
	a.push(newJoin(a))
	j := top[*join](t, a)
	for _, text := range []string{link, "Hello! Play with me: " + link + ". See you!"} {
		j.typed = ""
		steps(a, 2)
		step(a, ui.Input{Chars: []rune(text)})
		if words, _ := j.statusLine(a); j.typed != link || !strings.Contains(words, "a link to a lobby") {
			t.Errorf("of %q is left %q, and the screen says %q", text, j.typed, words)
		}
	}
	step(a, ui.Input{Enter: true})
	if to := top[*joining](t, a).to; to.address != link[len("lilypad:"):] || !to.keep || to.rendezvous != "" {
		t.Errorf("it leads to %+v", to)
	}
	code, err := invite.NewCode(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if _, why := destinationOf("lilypad:"+code.String(), false); !strings.Contains(why, "rendezvous server") {
		t.Errorf("a code without a server: %q", why)
	}
	to, why := destinationOf("lilypad:"+code.String()+"@127.0.0.1:9", false)
	if why != "" || to.address != code.String() || to.rendezvous != "127.0.0.1:9" || to.keep {
		t.Errorf("%+v, %q", to, why)
	}
	b := New(Config{Name: "Ben", Mute: true, Addr: "127.0.0.1:0", Join: "lilypad:" + code.String() + "@127.0.0.1:9", Interfaces: []string{"lo"}})
	t.Cleanup(b.Close)
	steps(b, 3)
	if shows[*joining](b); b.online == nil || b.online.rendezvous != "127.0.0.1:9" {
		t.Fatalf("the program was given a link, and shows %T", b.stack[len(b.stack)-1])
	}
	step(b, back)
	b.openLobby()
	if b.online.rendezvous != "" {
		t.Error("a lobby of one's own is at a friend's server")
	}
	hidden := newTestApp(t, "Ben")
	hidden.settings.Relay = slices.Index(relayChoice, netcode.RelayOnly)
	hidden.goTo("lilypad:"+code.String()+"@127.0.0.1:9", false)
	steps(hidden, 3)
	if text := top[*trouble](t, hidden).text; hidden.online != nil || !strings.Contains(text, "127.0.0.1:9 would see your address") {
		t.Errorf("who hides the address is told %q", text)
	}
	wrong := New(Config{Name: "Ben", Mute: true, Join: "lilypad:" + code.String()})
	t.Cleanup(wrong.Close)
	if text := top[*trouble](t, wrong).text; !strings.Contains(text, "rendezvous server") {
		t.Errorf("a link that leads nowhere: %q", text)
	}
}
