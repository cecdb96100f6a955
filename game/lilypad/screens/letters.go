package screens

import (
	"image"

	"github.com/visavis-netcode/visavis/game/lilypad/ui"
)

// letters is a keyboard on the screen, for those who have no other: it comes up over a
// screen when they press one of its fields, with a mouse the button in it. Keys of a real keyboard type
// into it as well.
type letters struct {
	form   ui.Form
	tick   int
	into   *ui.TextField // of the screen below
	field  ui.TextField  // the same text, shown above the letters
	page   int           // index of letterPages
	struck []rune        // typed on the screen in this tick
	erase  bool
}

// letterPages are the letters that there are, four rows of ten.
var letterPages = [...][4]string{
	{"1234567890", "qwertyuiop", "asdfghjkl-", "zxcvbnm.:_"},
	{"1234567890", "QWERTYUIOP", "ASDFGHJKL-", "ZXCVBNM.:_"},
	{"#/@?=&+%!,", "äöüßéèêáàâ", "íìîóòôúùûñ", "çæøåœ'\"()*"},
}

// pageNames are what the button says that turns to a page.
var pageNames = [len(letterPages)]string{"abc", "ABC", "#ä!"}

// Where the parts of the keyboard lie.
var (
	lettersFieldAt = image.Rect(40, 44, Width-40, 78)
	lettersRowsAt  = image.Rect(40, 92, Width-40, 350)
)

// openLetters lets the player type into a field without a keyboard.
func (a *App) openLetters(into *ui.TextField) {
	l := &letters{into: into, field: *into}
	l.field.NoLetters = true
	if *into.Value == "" {
		l.page = 1 // names and codes begin with a capital
	}
	l.build(a)
	a.push(l)
}

func (l *letters) build(a *App) {
	old := l.form
	l.form = ui.Form{TextSize: 2, Typing: true}
	f, at := &l.form, lettersRowsAt
	const gap, tall = 4, 38
	wide := (at.Dx() - 9*gap) / 10
	place := func(row, column, columns int, b *ui.Button) {
		x, y := at.Min.X+column*(wide+gap), at.Min.Y+row*(tall+gap)
		f.Place(b, image.Rect(x, y, x+columns*wide+(columns-1)*gap, y+tall))
	}
	for row, all := range letterPages[l.page] {
		column := 0
		for _, r := range all {
			place(row, column, 1, &ui.Button{Text: string(r), Press: func() { l.struck = append(l.struck, r) }})
			column++
		}
	}
	next := (l.page + 1) % len(letterPages)
	place(4, 0, 2, &ui.Button{Text: pageNames[next], Press: func() { l.turn(a, next) }})
	place(4, 2, 3, &ui.Button{Text: "Space", Press: func() { l.struck = append(l.struck, ' ') }})
	place(4, 5, 2, &ui.Button{Text: "Erase", Press: func() { l.erase = true }})
	done := &ui.Button{Text: "Done", Primary: true, Press: func() { l.done(a) }}
	place(4, 7, 3, done)
	place(5, 0, 10, &ui.Button{Text: "Back", Press: a.pop})
	if f.Focus(f.Widget(14)); old.Len() > 0 { // the middle of the letters, at first
		f.FocusLike(&old)
	}
}

// turn shows other letters.
func (l *letters) turn(a *App, page int) {
	l.page = page
	l.build(a)
}

// done goes back, and on to what Enter does in the field.
func (l *letters) done(a *App) {
	a.pop()
	if l.into.Enter != nil {
		l.into.Enter()
	}
}

// leave is called when the keyboard goes, for whatever reason: what was typed stays.
func (l *letters) leave(*App) { l.into.ToEnd() }

func (l *letters) update(a *App, in ui.Input) {
	l.tick++
	if in.Back {
		a.pop()
		return
	}
	l.field.Enter, l.field.Clipboard = nil, l.into.Clipboard
	if in.Enter && in.Hand == ui.Keys {
		l.done(a)
		return
	}
	typed := ui.Input{Chars: in.Chars, Erase: in.Erase, Delete: in.Delete, Copy: in.Copy, Paste: in.Paste}
	if in.Hand == ui.Keys {
		in.Accept = false // Space is a letter
	}
	first := *l.field.Value == ""
	l.struck, l.erase = l.struck[:0], false
	a.sound.menu(l.form.Update(in))
	typed.Chars = append(typed.Chars, l.struck...)
	typed.Erase = typed.Erase || l.erase
	l.field.Handle(&typed, image.Rectangle{})
	if first && l.page == 1 && len(l.struck) > 0 {
		l.turn(a, 0)
	}
}

func (l *letters) draw(a *App, p *ui.Painter) {
	a.pond.backdrop(p, l.tick)
	p.TextSize = 2
	p.Shaded(l.field.Text, image.Rect(0, 12, Width, 40), 2, ui.Bright)
	shown := l.field
	shown.Text = ""
	shown.Draw(p, lettersFieldAt, true)
	l.form.Draw(p)
}
