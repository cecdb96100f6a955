package screens

import (
	"fmt"
	"image"
	"image/color"
	"time"

	"github.com/visavis-netcode/visavis/game/lilypad/netplay"
	"github.com/visavis-netcode/visavis/game/lilypad/ui"
	"github.com/visavis-netcode/visavis/nat/invite"
	"github.com/visavis-netcode/visavis/netcode"
)

// maxInviteRunes is room for an invite or a reply in letters, and for what a
// chat puts around it.
const maxInviteRunes = 1024

// isInvite reports whether somebody who typed or pasted this meant an invite.
func isInvite(text string) bool { return invite.IsInvite(text) }

// inviteProblem says what is wrong with an invite before anything is sent; "" if
// it is right, or no invite at all.
func inviteProblem(text string) string {
	if !isInvite(text) {
		return ""
	}
	if _, err := invite.Parse(text); err != nil {
		return err.Error()
	}
	return ""
}

// Where an invite or a reply is shown: the picture on the left, the words beside
// it.
var (
	pictureAt = image.Rect(12, 34, 266, 348)
	wordsAt   = image.Rect(276, 34, 628, 348)
)

// copyText gives a text to the desktop and says so.
func (a *App) copyText(text, said string) {
	if !a.clip.available() {
		a.say("This desktop has no program that copies text (xclip, xsel or wl-copy): it has to be read off the screen.")
		return
	}
	a.clip.Copy(text)
	a.say(said)
}

// inviting shows the host's invite and takes the replies to it.
type inviting struct {
	form    ui.Form
	field   ui.TextField
	picture qrPicture
	tick    int
	reply   string // in the field
	seen    string
	said    string // of the last reply
	bad     bool   // it was refused
	pasting bool
	members int
}

// openInvite shows the invite of the lobby that is open, a new one if need be.
func (a *App) openInvite() {
	room := a.online.lobby
	if time.Until(room.InviteExpires()) < time.Minute {
		if err := room.NewInvite(); err != nil {
			a.push(newTrouble(a, "No invite", sentence(err.Error())))
			return
		}
	}
	a.push(newInviting(a))
}

func newInviting(a *App) *inviting {
	v := &inviting{}
	size := a.settings.textSize()
	f := &v.form
	f.TextSize, f.Typing = size, true
	left, right, row := wordsAt.Min.X+8, wordsAt.Max.X-8, 12*size+8
	v.field = ui.TextField{Text: "Reply", Hint: "paste it here", Value: &v.reply, Max: maxInviteRunes,
		Clipboard: a.clip, Enter: func() { v.accept(a) }}
	half := (right - left - 4) / 2
	place := func(w ui.Widget, column, y int) {
		f.Place(w, image.Rect(left+column*(half+4), y, left+column*(half+4)+half, y+row))
	}
	first, second, last := inviteRows(size)
	send := &ui.Button{Text: "Copy invite", Press: func() {
		text, _ := a.online.lobby.Invite()
		a.copyText(netplay.Link{Address: text}.String(), "Copied. Send it to your guest, who pastes it under Join a match.")
	}}
	place(send, 0, first)
	place(&ui.Button{Text: "New invite", Press: func() { v.renew(a) }}, 1, first)
	f.Place(&v.field, image.Rect(left, second, right, second+row))
	place(&ui.Button{Text: "Paste reply", Press: func() { v.paste(a) }}, 0, last)
	place(&ui.Button{Text: "Back", Press: a.pop}, 1, last)
	f.Focus(send)
	return v
}

// inviteRows are where the rows of widgets stand, at a text size.
func inviteRows(size int) (invite, reply, last int) {
	row := 12*size + 8
	return 118, 118 + row + 50, wordsAt.Max.Y - 8 - row
}

// inviteNewsAt is where it says how it goes.
func inviteNewsAt(size int) image.Rectangle {
	_, reply, last := inviteRows(size)
	return image.Rect(wordsAt.Min.X+8, reply+12*size+16, wordsAt.Max.X-8, last-4)
}

func (v *inviting) renew(a *App) {
	if err := a.online.lobby.NewInvite(); err != nil {
		v.said, v.bad = sentence(err.Error()), true
		return
	}
	v.said, v.bad = "This is a new invite: the one before lets nobody in any more.", false
}

func (v *inviting) paste(a *App) {
	if !a.clip.available() {
		v.said, v.bad = "This desktop has no program that pastes text (xclip, xsel or wl-paste): type it by hand.", true
		return
	}
	v.pasting = true
	a.clip.Ask()
}

// accept takes the reply in the field.
func (v *inviting) accept(a *App) {
	if v.reply == "" {
		v.said, v.bad = "Paste the reply that your guest has sent.", true
		return
	}
	if err := a.online.lobby.AcceptReply(v.reply); err != nil {
		v.said, v.bad = sentence(err.Error()), true
		return
	}
	v.reply, v.seen, v.said, v.bad = "", "", "", false
}

func (v *inviting) update(a *App, in ui.Input) {
	v.tick++
	room := a.online.lobby
	room.Poll()
	if in.Back || room.State() == netcode.Ended {
		a.pop() // the lobby says what has happened
		return
	}
	v.picture.show(room.InviteLetters())
	v.members = len(room.AppendMembers(nil))
	if v.pasting {
		if text, ok := a.clip.Paste(); ok {
			v.pasting = false
			v.reply, v.seen = firstRunes(text, maxInviteRunes), text
			v.field.ToEnd()
			v.accept(a)
		}
	}
	if len(in.Chars) > 0 && in.Chars[0] != ' ' {
		v.form.Focus(&v.field)
	}
	a.sound.menu(v.form.Update(in))
	if v.reply != v.seen {
		v.seen, v.said, v.bad = v.reply, "", false
	}
}

// news is how it goes, and how that is meant.
func (v *inviting) news(a *App) (string, color.NRGBA) {
	switch {
	case v.bad:
		return v.said, ui.Alarm
	case v.said != "":
		return v.said, ui.Good
	case v.members > 1:
		return fmt.Sprintf("%s here. %s", countOf(v.members, "player is", "players are"), sentence(a.online.lobby.InviteStatus())), ui.Good
	}
	return sentence(a.online.lobby.InviteStatus()), ui.Ink
}

func countOf(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

func (v *inviting) draw(a *App, p *ui.Painter) {
	a.pond.backdrop(p, v.tick)
	room := a.online.lobby
	text, ready := room.Invite()
	left := time.Until(room.InviteExpires())
	p.Shaded("Invite without a server", image.Rect(0, 4, Width, 24), 2, ui.Bright)
	p.Panel(wordsAt)
	size := a.settings.textSize()
	row := 12*size + 8
	first, _, _ := inviteRows(size)
	y := wordsAt.Min.Y + 6
	para := func(text string, lines int, c color.NRGBA) {
		for _, line := range p.Wrap(text, wordsAt.Dx()-16, 1, lines) {
			p.Text(line, wordsAt.Min.X+8, y, 1, c)
			y += p.LineHeight(1)
		}
	}
	para("1. Send this to your guest: by chat, or let the picture be photographed. It is good for "+minutes(left)+".", 2, ui.Ink)
	if !ready && left > 0 {
		text = ""
	}
	drawCode(p, text, image.Rect(wordsAt.Min.X+8, y+4, wordsAt.Max.X-8, first-4))
	y = first + row + 10
	para("2. Some guests are in at once. The others see a reply: they send it back to you, and you paste it here.", 3, ui.Ink)
	words, c := v.news(a)
	p.Paragraph(words, inviteNewsAt(size), size, c)
	if ready {
		v.picture.draw(p, pictureAt)
	}
	v.form.Draw(p)
}

// minutes says how long something lasts.
func minutes(left time.Duration) string {
	switch n := int((left + time.Minute - 1) / time.Minute); {
	case left <= 0:
		return "no more: make a new one"
	case n == 1:
		return "one more minute"
	default:
		return fmt.Sprintf("%d more minutes", n)
	}
}

// drawCode writes a text without spaces into a hollow, on as many lines as it
// takes.
func drawCode(p *ui.Painter, text string, r image.Rectangle) {
	var lines []string
	for rest := []rune(text); len(rest) > 0; {
		n := 1
		for n < len(rest) && p.Width(string(rest[:n+1]), 1) <= r.Dx()-8 {
			n++
		}
		lines, rest = append(lines, string(rest[:n])), rest[n:]
	}
	if len(lines) == 0 {
		lines = []string{"..."}
	}
	r.Max.Y = min(r.Max.Y, r.Min.Y+len(lines)*p.LineHeight(1)+6)
	p.Well(r)
	for i, line := range lines {
		p.Text(line, r.Min.X+4, r.Min.Y+3+i*p.LineHeight(1), 1, ui.Bright)
	}
}
