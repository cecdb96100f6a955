package screens

import (
	"image"
	"strings"
	"testing"

	"github.com/visavis-netcode/visavis/game/lilypad/ui"
	"github.com/visavis-netcode/visavis/netcode"
)

// longest is about as long as what netcode has to say gets: a reason from the
// other side of 200 bytes, and words around it.
var longest = strings.TrimSpace(strings.Repeat("nobody answered at 192.168.1.5:7777: is it open? ", 6))

// Every screen that says what happened has room for all of it, in both sizes of
// letters.
func TestLongSentencesAreShownWhole(t *testing.T) {
	for size := 1; size <= 2; size++ {
		a := newTestApp(t, "Ben")
		a.settings.LargeText = size == 2
		p := ui.NewPainter(picture, size)
		boxes := map[string]image.Rectangle{
			"trouble": troubleWordsAt, "joining": joiningWordsAt, "replying": replyingWordsAt, "results": whyAt,
			"inviting": inviteNewsAt(size), "join": newJoin(a).status.Inset(1),
		}
		for screen, box := range boxes {
			if lines, _ := p.Lines(sentence(longest)+"...", box, size); strings.Join(lines, " ") != sentence(longest)+"..." {
				t.Errorf("size %d, %s: %q", size, screen, lines)
			}
			if !box.In(image.Rect(0, 0, Width, Height)) {
				t.Errorf("size %d, %s: %v is not on the screen", size, screen, box)
			}
		}
	}
}

// The button of a match that cannot start says in a few words why, and all of it when it is
// pressed.
func TestBlockedStartSaysWhy(t *testing.T) {
	both := newTwoOnline(t, 5, 600)
	both.ana.openLobby()
	l := top[*lobby](t, both.ana)
	start := l.form.Focused().(*ui.Button)
	both.ben.push(newJoining(both.ben, destination{address: both.ana.online.invitation()}))
	both.until("meeting", func() bool { return shows[*lobby](both.ben) })
	both.until("waiting for Ben", func() bool { return start.Blocked() == "waiting for Ben" })
	step(both.ana, accept)
	if top[*lobby](t, both.ana); both.ana.toast.text != "Waiting until ready: Ben." {
		t.Errorf("it says %q", both.ana.toast.text)
	}
	for want, why := range map[string]*netcode.NotReadyError{
		"waiting for 7 players": {Code: netcode.ReasonNotReady, Who: make([]string, 7)}, "players still connect": {Code: netcode.ReasonNotLinked, Who: []string{"Ben", "Cleo"}},
		"the lobby is closed": {Code: netcode.ReasonEnded, Reason: "the lobby is closed"}, "": nil,
	} {
		if got := startBlocked(why); got != want {
			t.Errorf("%+v is said as %q", why, got)
		}
	}
}

// What a lobby says of who gets in follows from the settings.
func TestWhoGetsIn(t *testing.T) {
	for _, test := range []struct {
		lan    bool
		secret string
		code   string // part of it
		plain  string
	}{
		{true, "", "without the code", "Whoever comes gets in"},
		{true, "pond", "your secret will do", "All need your secret"},
		{false, "", "Nobody gets in without it", "Whoever knows it gets in"},
		{false, "pond", "without the code or your secret", "need your secret"},
	} {
		s := Settings{ShowLAN: test.lan, Secret: test.secret}
		if words := codeWords(&s); !strings.Contains(words, test.code) {
			t.Errorf("with a code, %+v: %q", test, words)
		}
		if words := addressWords(&s); !strings.Contains(words, test.plain) {
			t.Errorf("%+v: %q", test, words)
		}
	}
}
