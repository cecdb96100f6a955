package game

import (
	"errors"
	"image"
	"image/color"
	"strings"
	"time"

	"github.com/hajimehoshi/ebiten/v2"
	"github.com/hajimehoshi/ebiten/v2/inpututil"

	"github.com/visavis-netcode/visavis/netcode"
	"github.com/visavis-netcode/visavis/rollback"
)

// Runner plays a lobby's matches in a window: an ebiten.Game that ticks the
// match in Update and never in Draw. It is for games that need no menus of their
// own; others take its parts. Fill in the fields and give it to Run.
//
// When the lobby is over, Update shows for five seconds why, and then returns it as its
// error, which closes the window; after a Leave of one's own at once.
//
// It sets Ebitengine's ticks per second to the match's. Whatever the loop then does,
// the game keeps its pace: a Loop runs the ticks.
type Runner[S, I any] struct {
	Canvas // Width and Height must be set

	// Lobby is opened or joined by the caller, who also decides when to start:
	// see Idle. Required.
	Lobby *netcode.Lobby[S, I]
	// Read turns what a local player holds into the game's input; local counts
	// the players of this machine from 0. Required.
	Read func(held Buttons, local int, world *S) I
	// Paint draws a world. It must not change it. Required without PaintBetween.
	Paint func(dst *ebiten.Image, world *S)
	// PaintBetween, if set, is called in place of Paint, for screens that are faster
	// than the game: fraction says how far the picture lies from one world to the
	// one a frame later, 0 to 1. It must not change them either.
	PaintBetween func(dst *ebiten.Image, before, after *S, fraction float64)
	// Idle is called once per Update while no match runs, for a host to start
	// one and for guests to get ready; nil does nothing. After a match it is not called
	// for two seconds, in which its last picture is shown, and for five if the match
	// ended before its time, in which it is said why.
	Idle func(lobby *netcode.Lobby[S, I])
	// Begin is called at the start of every match, before its first tick, the rematch
	// too: for what is kept for one match outside the world, such as the board of its
	// sounds. May be nil.
	Begin func(match *netcode.Match[S, I])
	// Hear takes what Step has emitted, once per tick, also if that is nothing; may
	// be nil.
	Hear func(notices []rollback.Notice)
	// Heed is given what happens to the lobby and its matches (netcode.Room.AppendEvents),
	// which the Runner reads: who leaves a match that goes on without him, or comes into
	// it, is shown for some seconds anyway, and so is to a host why somebody could not come
	// in. May be nil.
	Heed func(event netcode.Event)
	// Devices is where input comes from; nil is the machine's own.
	Devices Devices
	// Graph is the overlay; F1 changes how much it shows.
	Graph Netgraph

	sampler   Sampler
	loop      Loop
	held      []Buttons
	tapped    []Buttons // buttons of ticks that took no input: the next one has them too
	inputs    []I
	notices   []rollback.Notice
	status    netcode.Status
	paced     bool
	match     *netcode.Match[S, I] // that runs, or ran last
	ended     bool                 // it has
	endedAt   time.Duration
	over      bool // the lobby is
	overAt    time.Duration
	events    []netcode.Event
	news      string // who has gone or come in this match, newest last; or why nobody comes
	newsUntil time.Duration
}

const (
	// waitWordsMs is how long a match must wait before it says so.
	waitWordsMs = 250
	// endTime is how long the end of a match is shown, and whyTime how long why it has
	// ended before its time, or the lobby has. newsTime is for who is gone or has come, and
	// troubleTime for why somebody could not: longer words, and nobody waits for them.
	endTime     = 2 * time.Second
	whyTime     = 5 * time.Second
	newsTime    = 4 * time.Second
	troubleTime = 10 * time.Second
)

// Update is part of ebiten.Game.
func (r *Runner[S, I]) Update() error {
	if !r.paced {
		r.paced = true
		ebiten.SetTPS(r.Lobby.TickRate())
	}
	if inpututil.IsKeyJustPressed(ebiten.KeyF1) {
		r.Graph.Cycle()
	}
	r.heed()
	if r.Lobby.State() == netcode.Ended {
		return r.end()
	}
	if m := r.Lobby.Match(); m != r.match {
		r.begin(m)
	}
	if r.Playing() {
		r.play()
		return nil
	}
	if r.Lobby.Poll(); r.Idle != nil && r.Lobby.Match() == r.match && !r.ending() {
		r.Idle(r.Lobby)
	}
	return nil
}

// end is why the lobby is over; nil for as long as that is shown.
func (r *Runner[S, I]) end() error {
	now, err := r.Lobby.Now(), r.Lobby.Err()
	if !r.over {
		r.over, r.overAt = true, now
	}
	if left, ok := errors.AsType[*netcode.LeftError](err); ok && left.You || now-r.overAt >= whyTime {
		return err
	}
	return nil
}

// heed reads what has happened since the last Update.
func (r *Runner[S, I]) heed() {
	now := r.Lobby.Now()
	if now >= r.newsUntil {
		r.news = ""
	}
	r.events = r.Lobby.AppendEvents(r.events[:0])
	for _, e := range r.events {
		switch e.Kind {
		case netcode.EventAbsent:
			if m := r.Lobby.Match(); m != nil && m.Absent() == netcode.AbsentEnds {
				break // the result says it
			}
			r.news, r.newsUntil = r.news+e.Err.Error()+"\n", now+newsTime
		case netcode.EventPresent:
			r.news, r.newsUntil = r.news+e.Name+" plays\n", now+newsTime
		case netcode.EventAway:
			r.news, r.newsUntil = r.news+e.Name+" is away\n", now+newsTime
		case netcode.EventHost:
			r.news, r.newsUntil = r.news+e.Text+"\n", now+newsTime
		case netcode.EventRefused, netcode.EventFirewall, netcode.EventUnlisted:
			r.news, r.newsUntil = e.Text+"\n", now+troubleTime
		}
		if r.Heed != nil {
			r.Heed(e)
		}
	}
}

// Playing reports whether a match runs.
func (r *Runner[S, I]) Playing() bool { return r.match != nil && !r.ended }

func (r *Runner[S, I]) begin(m *netcode.Match[S, I]) {
	r.match, r.ended, r.inputs = m, false, nil
	r.sit()
	r.status, r.loop = netcode.Status{}, Loop{}
	if r.Begin != nil {
		r.Begin(m)
	}
}

// sit makes room for what the players of this machine do who have a seat: who comes late
// has none at first.
func (r *Runner[S, I]) sit() {
	if seats := len(r.match.LocalSeats()); r.inputs == nil || seats != len(r.inputs) {
		r.held, r.tapped, r.inputs = make([]Buttons, seats), make([]Buttons, seats), make([]I, seats)
	}
}

// play runs the ticks that are due, as far as there is time for them.
func (r *Runner[S, I]) play() {
	r.loop.Run(r.Lobby.Now(), r.match.TickPeriod(), func(slow bool) {
		r.tick()
		r.Graph.ObserveMatch(r.match, r.status, slow)
	})
	if r.status.Over {
		r.ended, r.endedAt = true, r.Lobby.Now()
	}
}

func (r *Runner[S, I]) tick() {
	if r.Devices == nil {
		r.Devices = &Live{Canvas: &r.Canvas}
	}
	r.sampler.Devices = r.Devices
	r.sampler.Width, r.sampler.Height = r.Width, r.Height
	r.sit()
	r.sampler.Sample(r.held)
	for i := range r.inputs {
		r.held[i] |= r.tapped[i]
		r.inputs[i] = r.Read(r.held[i], i, r.match.World())
	}
	r.status = r.match.Tick(r.inputs...)
	for i, held := range r.held {
		r.tapped[i] = 0
		if r.status.TakenFrame == rollback.NoFrame {
			r.tapped[i] = held & (ButtonA | ButtonB | ButtonC | ButtonD)
		}
	}
	r.notices = r.match.AppendNotices(r.notices[:0])
	if r.Hear != nil {
		r.Hear(r.notices)
	}
}

// ending reports whether the end of a match is still shown.
func (r *Runner[S, I]) ending() bool {
	if !r.ended {
		return false
	}
	shown := endTime
	if result, _ := r.match.Result(); result.Err != nil {
		shown = whyTime
	}
	return r.Lobby.Now()-r.endedAt < shown
}

// Fraction returns how far the picture that is due lies from the world before to the
// newest one, 0 to 1: 1 while the match waits.
func (r *Runner[S, I]) Fraction() float64 {
	if r.status.Advanced == 0 {
		return 1
	}
	return r.loop.Fraction(r.Lobby.Now())
}

// Draw is part of ebiten.Game.
func (r *Runner[S, I]) Draw(dst *ebiten.Image) {
	if m := r.match; m != nil {
		if r.PaintBetween != nil {
			r.PaintBetween(dst, m.PreviousWorld(), m.World(), r.Fraction())
		} else {
			r.Paint(dst, m.World())
		}
		r.Graph.Draw(dst, nil, 4, 4)
	}
	if words := r.words(); words != "" {
		middle := r.Height / 2
		if r.match != nil {
			middle = r.Height * 5 / 6 // the game's own words stand higher
		}
		r.write(dst, words, middle)
	}
	if r.news != "" {
		r.write(dst, r.news, r.Height/6)
	}
}

// words are what stands over the picture: what the lobby does, why it is over or a
// match has ended, for whom it waits; "" while it plays.
func (r *Runner[S, I]) words() string {
	switch {
	case r.over:
		return r.Lobby.Err().Error()
	case r.ending():
		if result, _ := r.match.Result(); result.Err != nil {
			return result.Err.Error()
		}
	case r.match == nil || r.ended:
		return LobbyWords(r.Lobby.Room)
	case r.status.WaitingMs >= waitWordsMs:
		return WaitingWords(r.status)
	}
	return ""
}

// write shows words about a line, as far as it can without leaving the picture.
func (r *Runner[S, I]) write(dst *ebiten.Image, text string, middle int) {
	font := DebugFont{}
	var lines []string
	for line := range strings.Lines(text) {
		lines = append(lines, Wrap(font, line, r.Width-24)...)
	}
	width := 0
	for _, line := range lines {
		width = max(width, font.Measure(line))
	}
	height := len(lines) * font.Height()
	x, y := (r.Width-width)/2, max(min(middle-height/2, r.Height-height-6), 4)
	Fill(dst, image.Rect(x-6, y-4, x+width+6, y+height+6), graphBack)
	for i, line := range lines {
		font.DrawText(dst, line, x, y+i*font.Height(), color.White)
	}
}
