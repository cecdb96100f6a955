package screens

import (
	"github.com/hajimehoshi/ebiten/v2"

	"github.com/visavis-netcode/visavis/game/lilypad/replays"
	"github.com/visavis-netcode/visavis/game/lilypad/scene"
	"github.com/visavis-netcode/visavis/netcode"
	"github.com/visavis-netcode/visavis/netcode/replay"
	"github.com/visavis-netcode/visavis/rollback"
)

// film is a replay, and what it looks like.
type film struct {
	r       *replays.Replay
	about   replays.About
	scene   *scene.Scene
	view    scene.View
	notices []rollback.Notice
}

func newFilm(r *replays.Replay, s *Settings) *film {
	f := &film{r: r, about: replays.Tell(r), scene: scene.New()}
	var own [][]byte
	for seat, player := range f.about.Players {
		own = append(own, player.Own)
		f.view.Mine[seat] = player.Here
	}
	f.scene.Styles = stylesOf(own)
	v := &f.view
	v.Names = seatNames(r.AppendCast(nil))
	v.CalmFlash, v.CalmShake, v.LargeText, v.Plain = s.ReduceFlash, s.ReduceFlash, s.LargeText, s.Plain
	return f
}

// seek leaps to a frame: nothing flies about there yet.
func (f *film) seek(to rollback.Frame) error {
	err := f.r.Seek(to)
	f.land()
	return err
}

// land forgets what flew about before a leap.
func (f *film) land() {
	f.notices = f.r.AppendNotices(f.notices[:0])
	f.scene.Begin()
	f.mark()
	f.view.Names = seatNames(f.r.AppendCast(nil))
}

// advance lets a tick pass, and returns what happened in it: nothing on the way back.
func (f *film) advance() ([]rollback.Notice, error) {
	if f.r.Paused() {
		return nil, nil
	}
	before := f.r.Frame()
	err := f.r.Tick()
	if f.r.Frame() < before {
		f.land()
		f.scene.Tick()
		return nil, err
	}
	return f.hear(), err
}

// follow goes to the frame at which all look at it, and returns what has happened since: nothing
// on the way back, or after a leap.
func (f *film) follow(s *netcode.Screening, enough func() bool) ([]rollback.Notice, error) {
	before := f.r.Frame()
	err := f.r.Follow(s, enough)
	switch went := f.r.Frame() - before; {
	case went == 0:
		return nil, err
	case went < 0 || went > 2*replay.MaxSpeed:
		f.land()
		f.scene.Tick()
		return nil, err
	}
	return f.hear(), err
}

// hear lets the air move on by what was played.
func (f *film) hear() []rollback.Notice {
	f.notices = f.r.AppendNotices(f.notices[:0])
	f.scene.Hear(f.notices)
	f.scene.Tick()
	if f.mark(); f.r.Frame()%castFrames == 0 {
		f.view.Names = seatNames(f.r.AppendCast(nil))
	}
	return f.notices
}

// mark shows which frogs are played by bots for people who have left.
func (f *film) mark() {
	lineup := f.r.Lineup()
	for seat := range f.about.Players {
		f.view.Signals[seat] = scene.SignalNone
		if !lineup.Present(seat) {
			f.view.Signals[seat] = scene.SignalAway
		}
	}
}

func (f *film) draw(dst *ebiten.Image) { f.scene.Draw(dst, f.r.World(), f.view) }
