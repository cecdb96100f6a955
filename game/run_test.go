package game

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/hajimehoshi/ebiten/v2"
)

func TestExplain(t *testing.T) {
	tests := []struct{ cause, want string }{
		{"glfw: failed to load any of [libX11.so.6 libX11.so]", "apt-get install libx11-6 libgl1"},
		{"gl: failed to load libGL.so and libGLESv2.so", "apt-get install libx11-6 libgl1"},
		{"ui: no window system is available: fbdev: failed to open /dev/fb0", "no display"},
		{"opengl: getContext for webgl2 failed", "WebGL 2"},
		{"audio: audio error: oto: initialization failed", "-mute"},
	}
	for _, test := range tests {
		cause := errors.New(test.cause)
		err := Explain(fmt.Errorf("wrapped: %w", cause))
		var trouble *Trouble
		if !errors.As(err, &trouble) || !errors.Is(err, cause) {
			t.Errorf("%q became %#v: it must be a *Trouble around its cause", test.cause, err)
			continue
		}
		if text := err.Error(); !strings.Contains(text, test.want) || strings.Contains(text, "\n") {
			t.Errorf("%q became %q, which should hold %q in one line", test.cause, text, test.want)
		}
	}
}

func TestExplainLeavesOthersAlone(t *testing.T) {
	if err := Explain(nil); err != nil {
		t.Error(err)
	}
	if err := Explain(ebiten.Termination); err != nil {
		t.Errorf("quitting is no error, got %v", err)
	}
	own := errors.New("the pond is dry")
	if err := Explain(own); err != own {
		t.Errorf("an unknown error became %v", err)
	}
}

// still is a game that has nothing of its own but what it must have.
type still struct{ updates int }

func (s *still) Update() error                       { s.updates++; return nil }
func (s *still) Draw(*ebiten.Image)                  {}
func (s *still) Layout(width, height int) (int, int) { return 2 * width, 3 * height }

func TestInterruptEndsTheGame(t *testing.T) {
	signals := make(chan os.Signal, 1)
	g := &still{}
	i := &interruptible{Game: g, signals: signals}
	if err := i.Update(); err != nil || g.updates != 1 {
		t.Errorf("%v after %d updates", err, g.updates)
	}
	if w, h := i.LayoutF(10.5, 0.25); w != 20 || h != 3 {
		t.Errorf("the picture is %v x %v", w, h)
	}
	signals <- os.Interrupt
	if err := i.Update(); !errors.Is(err, ebiten.Termination) || g.updates != 1 {
		t.Errorf("after an interrupt: %v, %d updates", err, g.updates)
	}
}
