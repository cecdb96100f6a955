package ui

import "image"

// Spot is a place of a picture that can be pressed, such as a frog: it shows nothing
// but a line around it while it has the focus.
type Spot struct {
	Press func()
	Off   func() bool // reports whether it is of no use now; nil: never
}

// Height is part of Widget: a spot has a place of its own.
func (s *Spot) Height(int) int { return 0 }

// Focusable is part of Widget.
func (s *Spot) Focusable() bool { return s.Off == nil || !s.Off() }

// Handle is part of Widget.
func (s *Spot) Handle(in *Input, r image.Rectangle) bool {
	if !in.Accept && !(in.Released && in.Pointer.In(r)) {
		return false
	}
	s.Press()
	return true
}

// Draw is part of Widget.
func (s *Spot) Draw(p *Painter, r image.Rectangle, focused bool) {
	if focused {
		p.rim(r, dark)
		p.rim(r.Inset(1), Bright)
		p.rim(r.Inset(2), dark)
	}
}

// help is what Form.Help returns for a widget that has the focus.
func (b *Button) help() string    { return b.Help }
func (t *Toggle) help() string    { return t.Help }
func (c *Choice) help() string    { return c.Help }
func (s *Slider) help() string    { return s.Help }
func (t *TextField) help() string { return t.About }
