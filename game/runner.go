package game

import (
	"fmt"
	"image"
	"image/color"
	"time"

	"github.com/hajimehoshi/ebiten/v2"
	"github.com/hajimehoshi/ebiten/v2/inpututil"

	"github.com/visavis-netcode/visavis/netcode"
	"github.com/visavis-netcode/visavis/rollback"
)

// Runner plays a lobby's matches in a window: an ebiten.Game that ticks the
// match exactly once per Update, never in Draw, and leaves its pace to the
// match. It is for games that need no menus of their own; others take its
// parts. Fill in the fields and give it to Run.
type Runner[S, I any] struct {
	Canvas // Width and Height must be set

	// Lobby is opened or joined by the caller, who also decides when to start:
	// see Idle. Required.
	Lobby *netcode.Lobby[S, I]
	// Read turns what a local player holds into the game's input; local counts
	// the players of this machine from 0. Required.
	Read func(held Buttons, local int, world *S) I
	// Paint draws a world. It must not change it. Required.
	Paint func(dst *ebiten.Image, world *S)
	// Idle is called once per tick while no match runs, for a host to start
	// one and for guests to get ready; nil does nothing.
	Idle func(lobby *netcode.Lobby[S, I])
	// Hear takes what Step has emitted, once per tick; may be nil.
	Hear func(notices []rollback.Notice)
	// Devices is where input comes from; nil is the machine's own.
	Devices Devices
	// Graph is the overlay; F1 changes how much it shows.
	Graph Netgraph

	sampler Sampler
	budget  Budget
	held    []Buttons
	inputs  []I
	notices []rollback.Notice
	peers   []netcode.PeerStats
	graphed []GraphPeer
	status  netcode.Status
	seats   int
	match   *netcode.Match[S, I]
}

// waitWordsMs is how long a match must wait before it says so.
const waitWordsMs = 250

// Update is part of ebiten.Game.
func (r *Runner[S, I]) Update() error {
	if inpututil.IsKeyJustPressed(ebiten.KeyF1) {
		r.Graph.Cycle()
	}
	if r.Lobby.State() == netcode.Ended {
		return r.Lobby.Err()
	}
	m := r.Lobby.Match()
	if _, over := result(m); m == nil || over {
		r.Lobby.Poll()
		if r.Idle != nil {
			r.Idle(r.Lobby)
		}
		return nil
	}
	began := time.Now() // for the budget: the simulation has no clock
	if !r.budget.Allow(began) {
		return nil
	}
	r.tick(m)
	r.budget.Spend(time.Since(began))
	return nil
}

func result[S, I any](m *netcode.Match[S, I]) (netcode.Result, bool) {
	if m == nil {
		return netcode.Result{}, false
	}
	return m.Result()
}

func (r *Runner[S, I]) tick(m *netcode.Match[S, I]) {
	if m != r.match {
		r.match, r.seats = m, len(m.LocalSeats())
		r.held, r.inputs = make([]Buttons, r.seats), make([]I, r.seats)
	}
	if r.Devices == nil {
		r.Devices = &Live{Canvas: &r.Canvas}
	}
	r.sampler.Devices = r.Devices
	r.sampler.Width, r.sampler.Height = r.Width, r.Height
	r.sampler.Sample(r.held)
	for i := range r.inputs {
		r.inputs[i] = r.Read(r.held[i], i, m.World())
	}
	r.status = m.Tick(r.inputs...)
	r.notices = m.AppendNotices(r.notices[:0])
	if r.Hear != nil && len(r.notices) > 0 {
		r.Hear(r.notices)
	}
	r.observe(m)
}

func (r *Runner[S, I]) observe(m *netcode.Match[S, I]) {
	r.peers = m.AppendPeers(r.peers[:0])
	r.graphed = r.graphed[:0]
	for _, p := range r.peers {
		r.graphed = append(r.graphed, PeerOf(p))
	}
	s := SampleOf(m.Stats(), r.status, r.graphed)
	s.TPS, s.FPS = ebiten.ActualTPS(), ebiten.ActualFPS()
	r.Graph.Observe(s)
}

// Draw is part of ebiten.Game.
func (r *Runner[S, I]) Draw(dst *ebiten.Image) {
	m := r.Lobby.Match()
	if m == nil {
		r.write(dst, r.Lobby.Progress())
		return
	}
	r.Paint(dst, m.World())
	r.Graph.Draw(dst, nil, 4, 4)
	if end, over := m.Result(); over && end.Err != nil {
		r.write(dst, end.Err.Error())
	} else if r.status.WaitingMs >= waitWordsMs && !over {
		r.write(dst, fmt.Sprintf("waiting for %s, %d ms", r.status.Waiting, r.status.WaitingMs))
	}
}

// write shows a line in the middle.
func (r *Runner[S, I]) write(dst *ebiten.Image, text string) {
	font := DebugFont{}
	w := font.Measure(text)
	x, y := (r.Width-w)/2, r.Height/2
	Fill(dst, image.Rect(x-6, y-4, x+w+6, y+font.Height()+6), graphBack)
	font.DrawText(dst, text, x, y, color.White)
}
