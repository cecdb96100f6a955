package scene

import (
	"runtime"
	"strings"
	"testing"

	"github.com/hajimehoshi/ebiten/v2"

	"github.com/visavis-netcode/visavis/game/lilypad/rules"
)

// allocated returns how often code of this project has allocated so far, by the places
// that did. Ebitengine's own does not count: before there is a window it keeps every
// call for later.
func allocated() map[string]int64 {
	runtime.GC()
	runtime.GC() // the profile is that of the last collection but one
	records := make([]runtime.MemProfileRecord, 20000)
	n, ok := runtime.MemProfile(records, true)
	if !ok {
		return nil
	}
	at := make(map[string]int64)
	for _, r := range records[:n] {
		frames := runtime.CallersFrames(r.Stack())
		for {
			frame, more := frames.Next()
			if strings.Contains(frame.Function, "/ebiten/") {
				break
			}
			if strings.Contains(frame.Function, "/visavis/") {
				if !strings.Contains(frame.Function, "scene.allocated") {
					at[frame.Function] += r.AllocObjects
				}
				break
			}
			if !more {
				break
			}
		}
	}
	return at
}

// Once it was drawn before, a picture of a round allocates nothing.
func TestDrawAllocatesNothing(t *testing.T) {
	defer func(rate int) { runtime.MemProfileRate = rate }(runtime.MemProfileRate)
	runtime.MemProfileRate = 1
	worlds := round(t, 8, 60)
	dst := ebiten.NewImage(Width, Height)
	s := New()
	v := View{Names: [rules.MaxSeats]string{"José", "Zoë", "Ana", "Benedikt"}, Mine: [rules.MaxSeats]bool{true}}
	s.word(particle{x: 200, y: 100}, "+1", lime)
	draw := func() (pictures int) {
		for i := range worlds {
			if p := worlds[i].Phase; p == rules.Play || p == rules.Final {
				s.Draw(dst, &worlds[i], v)
				pictures++
			}
		}
		return pictures
	}
	draw()
	before := allocated()
	pictures := draw()
	if pictures < 8 || before == nil {
		t.Fatalf("%d pictures, profile %d", pictures, len(before))
	}
	for where, n := range allocated() {
		if more := n - before[where]; more > int64(pictures/10) {
			t.Errorf("%s allocates %d times in %d pictures", where, more, pictures)
		}
	}
}
