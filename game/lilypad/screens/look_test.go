package screens

import (
	"fmt"
	"image"
	"image/color"
	"slices"
	"strings"
	"testing"

	"github.com/visavis-netcode/visavis/assets"
	"github.com/visavis-netcode/visavis/game/lilypad/scene/art"
	"github.com/visavis-netcode/visavis/game/lilypad/ui"
)

// plateColours are the colours of plates, from the sheet.
var plateColours = func() (all [art.Ribbon + 1]color.NRGBA) {
	for kind, name := range [...]string{"panel/plain", "panel/button", "panel/focus", "panel/pressed", "panel/off", "panel/primary", "panel/primaryfocus", "ribbon/plain"} {
		all[kind] = sheetColour(name)
	}
	return all
}()

// sheetColour is the colour in the middle of a picture of the sheet.
func sheetColour(name string) color.NRGBA {
	sheet, err := assets.Sheet()
	if err != nil {
		panic(err)
	}
	sprites, err := assets.Sprites()
	if err != nil {
		panic(err)
	}
	r := sprites[name].Rect
	return color.NRGBAModel.Convert(sheet.At((r.Min.X+r.Max.X)/2, (r.Min.Y+r.Max.Y)/2)).(color.NRGBA)
}

var waterColour = sheetColour("water")

// mixed lays a colour over another.
func mixed(below, above color.NRGBA, alpha float64) color.NRGBA {
	mix := func(b, a uint8) uint8 { return uint8(float64(b)*(1-alpha) + float64(a)*alpha) }
	return color.NRGBA{mix(below.R, above.R), mix(below.G, above.G), mix(below.B, above.B), 255}
}

// look finds what is wrong with a picture: words that cannot be read, lie on each other,
// are cut or stick out, and a focus that cannot be seen. Each fault is told once.
func (h *hands) look() {
	h.t.Helper()
	all := h.strokes()
	screen := fmt.Sprintf("%T", h.app.stack[len(h.app.stack)-1])
	faults := append(faultsOf(all), cutWords(all, h.written())...)
	for _, fault := range append(faults, h.focusFault(all)...) {
		if key := screen + fault; !h.seen[key] {
			h.seen[key] = true
			h.t.Errorf("%s, large text %v: %s", screen, h.app.settings.LargeText, fault)
		}
	}
}

// faultsOf are the faults of words.
func faultsOf(all []art.Stroke) (faults []string) {
	bounds := image.Rect(0, 0, Width, Height)
	seam := 0
	for i, s := range all {
		if s.Kind == art.SeamStroke {
			seam = i
		}
	}
	for i, s := range all {
		if s.Kind != art.TextStroke || s.At.Empty() {
			continue
		}
		if hidden, _ := covered(all, i); hidden {
			continue
		}
		if !s.At.In(bounds) {
			faults = append(faults, fmt.Sprintf("%q at %v is not in the picture", s.Text, s.At))
		}
		if worst, back := contrastOf(all, i); worst < 4.5 && s.Ink.A > 230 { // what fades was read
			faults = append(faults, fmt.Sprintf("%q has a contrast of %.1f with %v", s.Text, worst, back))
		}
		if i < seam {
			continue // frogs and their signs move about
		}
		if _, cut := covered(all, i); cut != nil {
			faults = append(faults, fmt.Sprintf("%q at %v is cut by what lies at %v", s.Text, s.At, cut.At))
		}
		for _, o := range all[seam:i] {
			if o.Kind == art.TextStroke && o.At.Overlaps(s.At) && !hiddenBetween(all, o, i) {
				faults = append(faults, fmt.Sprintf("%q at %v lies on %q at %v", s.Text, s.At, o.Text, o.At))
			}
		}
	}
	return faults
}

// written are what people have written, and the names of bots: however long it is, the
// game may shorten it.
func (h *hands) written() []string {
	a := h.app
	all := append([]string{a.settings.Name, a.settings.Title, a.settings.LastHost}, botNames[:]...)
	all = append(all, a.pond.view.Names[:]...)
	switch s := a.stack[len(a.stack)-1].(type) {
	case *playback:
		all = append(all, s.film.view.Names[:]...)
		if s.hall != nil {
			all = append(all, s.hall.line)
		}
	case *filming:
		all = append(all, s.film.view.Names[:]...)
	case *replayCard:
		for _, p := range s.about.Players {
			all = append(all, p.Name)
		}
	case *join:
		all = append(all, s.typed)
		for _, item := range s.list.Items {
			all = append(all, item.Name, item.About)
		}
	case *watching:
		all = append(append(all, s.foyer.Host), append(s.foyer.Watchers, s.view.Names[:]...)...)
		for _, p := range s.foyer.Players {
			all = append(all, p.Name)
		}
	}
	if o := a.online; o != nil && o.lobby != nil {
		for _, m := range o.lobby.AppendMembers(nil) {
			for _, p := range m.Players {
				all = append(all, p.Name)
			}
		}
	}
	return all
}

// cutWords are the faults of words of the game's own that had no room. Lists of what people
// have written may be cut as well.
func cutWords(all []art.Stroke, written []string) (faults []string) {
	for i, s := range all {
		before, _, cut := strings.Cut(s.Text, "…")
		if hidden, _ := covered(all, i); !cut || s.Kind != art.TextStroke || hidden {
			continue
		}
		theirs := func(part string) bool {
			return slices.ContainsFunc(written, func(w string) bool { return strings.HasPrefix(w, strings.TrimSpace(part)) })
		}
		own := func(part string) bool { return !theirs(part) }
		if own(before) && slices.ContainsFunc(strings.Split(before, ","), own) {
			faults = append(faults, fmt.Sprintf("%q at %v has no room", s.Text, s.At))
		}
	}
	return faults
}

// opaque reports whether a stroke hides what is below it.
func opaque(s art.Stroke) bool {
	switch s.Kind {
	case art.FillStroke:
		return s.Ink.A > 200
	case art.PlateStroke:
		return s.Fade < 0.3
	case art.WaterStroke:
		return true
	}
	return false
}

// covered reports whether all of a stroke is under later ones, or what cuts into it.
func covered(all []art.Stroke, i int) (hidden bool, cut *art.Stroke) {
	for k := i + 1; k < len(all); k++ {
		if !opaque(all[k]) || !all[k].At.Overlaps(all[i].At) {
			continue
		}
		if all[i].At.In(all[k].At) {
			return true, nil
		}
		if all[k].At.Dx() > 2 && cut == nil { // the caret of a field may stand between two letters
			cut = &all[k]
		}
	}
	return false, cut
}

// hiddenBetween reports whether words were hidden before stroke i was drawn.
func hiddenBetween(all []art.Stroke, o art.Stroke, i int) bool {
	found := false
	for k := range i {
		if found = found || all[k] == o; found && opaque(all[k]) && o.At.In(all[k].At) {
			return true
		}
	}
	return false
}

// contrastOf is the contrast of words with what they stand on, the worst of it.
func contrastOf(all []art.Stroke, i int) (worst float64, with color.NRGBA) {
	s := all[i]
	ink := s.Ink
	worst = 99
	against := func(back color.NRGBA) {
		if c := assets.Contrast(mixed(back, ink, float64(ink.A)/255), back); c < worst {
			worst, with = c, back
		}
	}
	if s.Shaded {
		against(mixed(waterColour, art.Shade, float64(art.Shade.A)/255))
		return worst, with
	}
	for k := i - 1; k >= 0; k-- {
		o := all[k]
		if !opaque(o) || !o.At.Overlaps(s.At) {
			continue
		}
		switch o.Kind {
		case art.FillStroke:
			if o.At.Dx() > 2 && o.At.Dy() > 2 {
				against(o.Ink)
			}
		case art.PlateStroke:
			against(mixed(plateColours[o.Plate], waterColour, float64(o.Fade)))
		case art.WaterStroke:
			against(waterColour)
		}
		if s.At.In(o.At) {
			break
		}
	}
	return worst, with
}

// focusFault tells if nobody can see where the focus is.
func (h *hands) focusFault(all []art.Stroke) []string {
	f := h.form()
	if f == nil || f.Focused() == nil || f.Quiet {
		return nil
	}
	at := f.At(f.Focused()).Inset(-2) // one that has just got it is a little larger
	for i, s := range all {
		lit := s.Kind == art.PlateStroke && (s.Plate == art.PanelFocus || s.Plate == art.PanelPrimaryFocus || s.Plate == art.PanelPressed) ||
			s.Kind == art.FillStroke && s.Ink == ui.Bright
		if !lit || !s.At.Overlaps(at) || !s.At.In(image.Rect(0, 0, Width, Height)) {
			continue
		}
		if hidden, _ := covered(all[:], i); s.Kind == art.PlateStroke || !hidden {
			return nil
		}
	}
	return []string{fmt.Sprintf("the focus on %q at %v cannot be seen", textOf(f.Focused()), at)}
}

// The looking itself finds every fault that it is for.
func TestLookFindsFaults(t *testing.T) {
	for want, draw := range map[string]func(p *ui.Painter){
		"not in the picture": func(p *ui.Painter) { p.Shaded("Hello", image.Rect(600, 10, 680, 30), 2, ui.Ink) },
		"contrast": func(p *ui.Painter) {
			p.Panel(image.Rect(0, 0, 200, 60))
			p.Text("Hello", 10, 10, 1, color.NRGBA{60, 90, 100, 255})
		},
		"lies on": func(p *ui.Painter) {
			p.Shaded("Hello", image.Rect(0, 10, 200, 30), 1, ui.Ink)
			p.Shaded("there", image.Rect(0, 13, 200, 30), 1, ui.Ink)
		},
		"has no room": func(p *ui.Painter) {
			(&ui.Button{Text: "Start", Blocked: func() string { return "waiting for all of the others, who are many" }}).Draw(p, image.Rect(0, 0, 120, 20), false)
		},
		"is cut by": func(p *ui.Painter) {
			p.Shaded("Hello", image.Rect(0, 10, 200, 30), 1, ui.Ink)
			p.Panel(image.Rect(100, 0, 200, 60))
		},
	} {
		var all []art.Stroke
		stop := art.Watch(func(s art.Stroke) { all = append(all, s) })
		art.StillWater(picture)
		draw(ui.NewPainter(picture, 1))
		stop()
		if faults := append(faultsOf(all), cutWords(all, nil)...); len(faults) != 1 || !containsAny(faults, want) {
			t.Errorf("%s: the faults are %q", want, faults)
		}
	}
}

func containsAny(all []string, part string) bool {
	for _, text := range all {
		if strings.Contains(text, part) {
			return true
		}
	}
	return false
}
