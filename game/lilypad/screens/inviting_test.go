package screens

import (
	"image"
	"strings"
	"testing"
	"time"

	"github.com/visavis-netcode/visavis/game/lilypad/ui"
	"github.com/visavis-netcode/visavis/nat"
	"github.com/visavis-netcode/visavis/nat/invite"
)

// twoGames are two games that know no server at all, and a way to let both run.
func twoGames(t *testing.T) (ana, ben *App, until func(what string, done func() bool)) {
	t.Helper()
	var games [2]*App
	for i, name := range []string{"Ana", "Ben"} {
		t.Setenv("XDG_CONFIG_HOME", t.TempDir()) // an identity each
		games[i] = New(Config{Name: name, Mute: true, Addr: "127.0.0.1:0"})
		t.Cleanup(games[i].Close)
		games[i].settings.ShowLAN = false
	}
	ana, ben = games[0], games[1]
	return ana, ben, func(what string, done func() bool) {
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
}

// Two whole games meet by an invite, which is all that Ben needs on one computer.
func TestMeetByInvite(t *testing.T) {
	ana, ben, until := twoGames(t)
	ana.openLobby()
	ana.openInvite()
	text := ""
	until("an invite", func() (ready bool) {
		text, ready = ana.online.lobby.Invite()
		return ready
	})
	until("its picture", func() bool { return top[*inviting](t, ana).picture.img != nil })
	ben.push(newJoin(ben))
	withBoard(ben)
	step(ben, ui.Input{Chars: []rune(text[:30])})
	if words, c := top[*join](t, ben).statusLine(ben); c != ui.Alarm {
		t.Errorf("a part of an invite reads %q", words)
	}
	step(ben, ui.Input{Chars: []rune(text[30:])})
	if words, c := top[*join](t, ben).statusLine(ben); c != ui.Good || !strings.Contains(words, "invite") {
		t.Errorf("an invite reads %q", words)
	}
	step(ben, ui.Input{Enter: true})
	until("meeting", func() bool { return shows[*lobby](ben) })
	if ben.settings.LastHost != "" {
		t.Errorf("the invite %q was kept for next time", ben.settings.LastHost)
	}
	until("news of it", func() bool {
		words, c := top[*inviting](t, ana).news(ana)
		return c == ui.Good && strings.Contains(words, "2 players are here")
	})
	step(ana, back)
	top[*lobby](t, ana)
}

// What is no reply is refused in words on the host's screen.
func TestInvitingRefuses(t *testing.T) {
	ana, _, until := twoGames(t)
	ana.openLobby()
	ana.openInvite()
	withBoard(ana)
	until("an invite", func() (ready bool) {
		_, ready = ana.online.lobby.Invite()
		return ready
	})
	v := top[*inviting](t, ana)
	text, _ := ana.online.lobby.Invite()
	for wrong, want := range map[string]string{"": "Paste the reply", "nonsense": "not a reply", text: "This is an invite"} {
		v.reply = ""
		step(ana, ui.Input{Chars: []rune(wrong)})
		v.form.Focus(&v.field)
		step(ana, ui.Input{Enter: true})
		if words, c := v.news(ana); c != ui.Alarm || !strings.Contains(words, want) {
			t.Errorf("%.20q is answered with %q", wrong, words)
		}
	}
	v.renew(ana)
	if again, _ := ana.online.lobby.Invite(); again == text || v.bad {
		t.Errorf("a new invite is the old one: %q", v.said)
	}
}

// A guest whose host cannot be reached unasked is shown a reply to send.
func TestReplyIsShown(t *testing.T) {
	_, ben, _ := twoGames(t)
	inv := invite.Invite{Host: [16]byte{1}, Secret: [8]byte{2}, Offer: nat.AppendOffer(nil, nat.Offer{})}
	ben.push(newJoining(ben, destination{address: inv.Text(), shown: "the host of the invite"}))
	for deadline := time.Now().Add(20 * time.Second); !shows[*replying](ben) && time.Now().Before(deadline); {
		step(ben, ui.Input{})
		if ben.online != nil {
			ben.online.node.Wait(2 * time.Millisecond)
		}
	}
	v := top[*replying](t, ben)
	step(ben, ui.Input{})
	text, _ := ben.online.lobby.Reply()
	if _, err := invite.ParseReply(text, inv.Secret); err != nil || v.picture.img == nil {
		t.Errorf("the reply %q: %v", text, err)
	}
	v.draw(ben, ui.NewPainter(picture, 1))
	step(ben, back)
	if ben.online.lobby != nil {
		t.Error("the search goes on")
	}
}

// The picture stands on whole pixels with a white rim of four squares, even that
// of the longest invite.
func TestPictureFits(t *testing.T) {
	longest := invite.Invite{Offer: make([]byte, invite.MaxOffer)}.Letters()
	var c qrPicture
	c.show(longest)
	if c.img == nil {
		t.Fatal("no picture")
	}
	if size := c.img.Bounds().Dx(); (size-2*quietZone-17)%4 != 0 || min(pictureAt.Dx(), pictureAt.Dy())/size < 4 {
		t.Errorf("%d squares in %v", size, pictureAt)
	}
	c.draw(ui.NewPainter(picture, 1), image.Rect(0, 0, 100, 100))
	c.show("")
	if c.img != nil {
		t.Error("nothing has a picture")
	}
}
