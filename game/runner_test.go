package game

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hajimehoshi/ebiten/v2"

	"github.com/visavis-netcode/visavis/netcode"
	"github.com/visavis-netcode/visavis/rollback"
)

type dot struct{ X, Frames int32 }

func (d *dot) Step(in rollback.Inputs[Buttons]) {
	d.Frames++
	for seat, held := range in.All() {
		if held.Has(Right) {
			d.X += int32(seat) + 1
			in.Emit(1, uint32(seat), int64(d.X))
		}
	}
}

// runners are two Runners on a network of memory, a host and a guest.
func runners(t *testing.T, network *netcode.MemoryNetwork) []*Runner[dot, Buttons] {
	t.Helper()
	return runnersOf(t, network, "Ana", "Ben")
}

func dotGame() netcode.Config[dot, Buttons] {
	return netcode.Config[dot, Buttons]{
		Game: "dot", Start: func(netcode.Setup) dot { return dot{} }, Step: (*dot).Step,
		Over: func(d *dot) bool { return d.Frames >= 400 }, LateJoin: netcode.LateAnybody,
	}
}

func runnerOf(lobby *netcode.Lobby[dot, Buttons]) *Runner[dot, Buttons] {
	return &Runner[dot, Buttons]{
		Canvas: Canvas{Width: 320, Height: 180}, Lobby: lobby, Devices: hold(ebiten.KeyD),
		Read:  func(held Buttons, _ int, _ *dot) Buttons { return held },
		Paint: func(*ebiten.Image, *dot) {},
		Graph: Netgraph{Mode: GraphFull},
	}
}

// runnersOf are Runners on a network of memory, the host first.
func runnersOf(t *testing.T, network *netcode.MemoryNetwork, names ...string) (runners []*Runner[dot, Buttons]) {
	t.Helper()
	return runnersIn(t, network, dotGame(), names...)
}

func runnersIn(t *testing.T, network *netcode.MemoryNetwork, config netcode.Config[dot, Buttons], names ...string) (runners []*Runner[dot, Buttons]) {
	t.Helper()
	var host *netcode.Node
	for i, name := range names {
		node := network.NewNode(name)
		var lobby *netcode.Lobby[dot, Buttons]
		var err error
		if i == 0 {
			host = node
			lobby, err = netcode.OpenLobby(host, config, netcode.LobbyConfig{})
		} else {
			lobby, err = netcode.JoinLobby(node, config, host.Addr().String(), netcode.LobbyConfig{})
		}
		if err != nil {
			t.Fatal(err)
		}
		runners = append(runners, runnerOf(lobby))
		for range 30 { // seats go in order
			lobby.Poll()
			runners[0].Lobby.Poll()
			network.Advance(time.Second / 60)
		}
	}
	return runners
}

func TestRunnerPlaysAMatch(t *testing.T) {
	network := netcode.NewMemoryNetwork(5)
	network.SetConditions(netcode.Conditions{DelayMs: 30})
	both := runners(t, network)
	heard, hears, idle, begun := 0, 0, 0, 0
	both[1].Begin = func(m *netcode.Match[dot, Buttons]) {
		if begun++; m.World().Frames != 0 || hears != 0 {
			t.Error("Begin comes after the first frame")
		}
	}
	both[1].Hear = func(notices []rollback.Notice) { hears, heard = hears+1, heard+len(notices) }
	var painted [2]dot // last
	for i, r := range both {
		r.Paint = func(_ *ebiten.Image, d *dot) { painted[i] = *d }
		r.Idle = func(l *netcode.Lobby[dot, Buttons]) {
			idle++
			if m := l.Match(); m != nil {
				return // one match is enough
			}
			l.SetReady(true)
			if l.Hosting() && len(l.AppendMembers(nil)) == 2 && l.Blocker() == "" {
				if err := l.Start(1, 0); err != nil {
					t.Error(err)
				}
			}
		}
	}
	picture := ebiten.NewImage(320, 180)
	for tick := range 1200 {
		for _, r := range both {
			if err := r.Update(); err != nil {
				t.Fatal(err)
			}
			if tick%20 != 0 {
				continue // without a window pictures are only queued
			}
			var before dot
			if m := r.Lobby.Match(); m != nil {
				before = *m.World()
			}
			r.Draw(picture)
			if m := r.Lobby.Match(); m != nil && *m.World() != before {
				t.Fatal("Draw changed the world")
			}
		}
		network.Advance(time.Second / 60)
	}
	for i, r := range both {
		result, over := r.Lobby.Match().Result()
		if !over || result.Err != nil || result.Frame != 400 || !result.Agreed {
			t.Errorf("runner %d: %+v, over %v; want an agreed end at frame 400", i, result, over)
		}
		if world, ok := r.Lobby.Match().FinalWorld(); !ok || world.X == 0 {
			t.Errorf("runner %d: nobody moved", i)
		} else if painted[i] != *world {
			t.Errorf("runner %d: the last picture shows %+v, the result is %+v", i, painted[i], *world)
		}
		if len(r.Graph.Lines()) < 6 {
			t.Errorf("runner %d: the netgraph reads %q", i, r.Graph.Lines())
		}
	}
	if heard == 0 || idle == 0 {
		t.Errorf("%d events were heard, Idle was called %d times", heard, idle)
	}
	if begun != 1 {
		t.Errorf("Begin was called %d times for one match", begun)
	}
	if hears < 400 { // a board of cues counts its ticks by them
		t.Errorf("Hear was called %d times in 400 frames", hears)
	}
}

// startOnce is an Idle that starts one match as soon as both are there.
func startOnce(t *testing.T) func(*netcode.Lobby[dot, Buttons]) {
	return func(l *netcode.Lobby[dot, Buttons]) {
		if l.Match() != nil {
			return
		}
		l.SetReady(true)
		if l.Hosting() && len(l.AppendMembers(nil)) == 2 && l.Blocker() == "" {
			if err := l.Start(1, 0); err != nil {
				t.Error(err)
			}
		}
	}
}

// TestRunnerKeepsThePaceOfTheGame: a loop that goes at the monitor's rate plays no
// faster, and a fraction is to be had between two ticks.
func TestRunnerKeepsThePaceOfTheGame(t *testing.T) {
	for _, turns := range []int{30, 60, 144, 240} {
		network := netcode.NewMemoryNetwork(uint64(turns))
		network.SetConditions(netcode.Conditions{DelayMs: 15})
		both := runners(t, network)
		between := 0
		for _, r := range both {
			r.Idle = startOnce(t)
			r.PaintBetween = func(_ *ebiten.Image, before, after *dot, fraction float64) {
				if fraction > 0 && fraction < 1 && after.Frames == before.Frames+1 {
					between++
				}
			}
		}
		picture := ebiten.NewImage(320, 180)
		var began, ended int32
		for turn := range 6 * turns {
			for _, r := range both {
				if err := r.Update(); err != nil {
					t.Fatal(err)
				}
			}
			if turn%20 == 0 {
				both[0].Draw(picture)
			}
			if m := both[0].Lobby.Match(); m != nil {
				if ended = m.World().Frames; turn == 3*turns {
					began = ended
				}
			}
			network.Advance(time.Second / time.Duration(turns))
		}
		if frames := ended - began; frames < 178 || frames > 182 {
			t.Errorf("%d turns a second: %d frames in three seconds, want 180", turns, frames)
		}
		if turns > 60 && between == 0 {
			t.Errorf("%d turns a second: no picture lay between two frames", turns)
		}
	}
}

// TestRunnerShowsADesync: who looks away for a moment can still read that the games
// no longer agree; the next match waits for that.
func TestRunnerShowsADesync(t *testing.T) {
	network := netcode.NewMemoryNetwork(8)
	both := runners(t, network)
	started, restarted := false, time.Duration(0)
	for _, r := range both {
		start := startOnce(t)
		r.Idle = func(l *netcode.Lobby[dot, Buttons]) {
			if start(l); started && restarted == 0 {
				restarted = l.Now()
			}
		}
	}
	desynced := time.Duration(0)
	for range 900 {
		for _, r := range both {
			if err := r.Update(); err != nil {
				t.Fatal(err)
			}
		}
		m := both[1].Lobby.Match()
		if m != nil && m.World().Frames == 30 && !started {
			started = true
			m.Disturb(func(d *dot) { d.X++ })
		}
		if m != nil && desynced == 0 {
			if result, over := m.Result(); over {
				desynced = both[1].Lobby.Now()
				if words := both[1].words(); !errors.As(result.Err, new(*netcode.DesyncError)) || !strings.Contains(words, "X is") {
					t.Errorf("the match ended with %v, and the screen reads %q", result.Err, words)
				}
				if line := both[1].Graph.Lines()[0]; !strings.Contains(line, "OUT OF SYNC") {
					t.Errorf("the netgraph reads %q", line)
				}
			}
		}
		network.Advance(time.Second / 60)
	}
	if desynced == 0 || restarted-desynced < whyTime-100*time.Millisecond {
		t.Errorf("desync at %v, Idle again at %v", desynced, restarted)
	}
}

// TestRunnerShowsWhyTheLobbyIsOver: a window that closes by itself has said why before.
func TestRunnerShowsWhyTheLobbyIsOver(t *testing.T) {
	network := netcode.NewMemoryNetwork(10)
	both := runners(t, network)
	guest := both[1]
	if words := guest.words(); !strings.Contains(words, "waiting until you are ready") {
		t.Errorf("a guest who is not ready reads %q", words)
	}
	guest.Lobby.SetReady(true)
	if words := guest.words(); !strings.Contains(words, "waiting until the host starts") {
		t.Errorf("a guest who is ready reads %q", words)
	}
	host := both[0]
	for range 30 {
		host.Lobby.Poll()
		guest.Lobby.Poll()
		network.Advance(time.Second / 60)
	}
	if words := host.words(); !strings.Contains(words, "the others are ready and wait for you") {
		t.Errorf("a host who can start reads %q", words)
	}
	if host.Lobby.SetReady(true); strings.Contains(host.words(), "wait for you") {
		t.Errorf("a host who has said that he is ready reads %q", host.words())
	}
	if err := both[0].Lobby.Kick(1); err != nil {
		t.Fatal(err)
	}
	both[0].Lobby.Leave()
	if err := both[0].Update(); err == nil {
		t.Error("who leaves himself is shown that he left")
	}
	var err error
	shown := 0
	for range 420 {
		if err = guest.Update(); err != nil {
			break
		}
		if strings.HasSuffix(guest.words(), "asked you to leave") {
			shown++
		}
		guest.Draw(ebiten.NewImage(320, 180))
		network.Advance(time.Second / 60)
	}
	if netcode.ReasonOf(err) != netcode.ReasonSentAway || shown < 295 || shown > 305 {
		t.Errorf("%v, after it was to be read in %d updates", err, shown)
	}
}

// TestRunnerShowsWhoCouldNotComeIn: a host who waits reads that somebody's game is
// another version.
func TestRunnerShowsWhoCouldNotComeIn(t *testing.T) {
	network := netcode.NewMemoryNetwork(11)
	node := network.NewNode("Ana")
	lobby, err := netcode.OpenLobby(node, dotGame(), netcode.LobbyConfig{})
	if err != nil {
		t.Fatal(err)
	}
	host, other := runnerOf(lobby), dotGame()
	other.Rules = 7
	guest, err := netcode.JoinLobby(network.NewNode("Ben"), other, node.Addr().String(), netcode.LobbyConfig{})
	if err != nil {
		t.Fatal(err)
	}
	shown := 0
	for range 15 * 60 {
		if err := host.Update(); err != nil {
			t.Fatal(err)
		}
		guest.Poll()
		if strings.Contains(host.news, "Ben") && strings.Contains(host.news, "version") {
			shown++
		}
		network.Advance(time.Second / 60)
	}
	if shown < 590 || shown > 610 {
		t.Errorf("it was to be read in %d updates; the guest: %v", shown, guest.Err())
	}
}

// TestRunnerShowsWhoIsGone: a match of three goes on without the one who leaves. The others
// read that for some seconds, and the game is told as well.
func TestRunnerShowsWhoIsGone(t *testing.T) {
	network := netcode.NewMemoryNetwork(9)
	all := runnersOf(t, network, "Ana", "Ben", "Cem")
	var heeded []string
	all[0].Heed = func(e netcode.Event) {
		if e.Kind == netcode.EventAbsent {
			heeded = append(heeded, e.Name)
		}
	}
	for _, r := range all {
		r.Idle = func(l *netcode.Lobby[dot, Buttons]) {
			if l.SetReady(true); l.Match() == nil && l.Hosting() && len(l.AppendMembers(nil)) == len(all) && l.Blocker() == "" {
				if err := l.Start(1, 0); err != nil {
					t.Error(err)
				}
			}
		}
	}
	play := func(seconds int, all ...*Runner[dot, Buttons]) {
		for range 60 * seconds {
			for _, r := range all {
				if err := r.Update(); err != nil {
					t.Fatal(err)
				}
			}
			network.Advance(time.Second / 60)
		}
	}
	for all[2].match == nil || all[2].match.World().Frames < 30 {
		play(1, all...)
	}
	if all[0].news != "" {
		t.Errorf("before anybody is gone it reads %q", all[0].news)
	}
	all[2].Lobby.Leave()
	play(1, all[:2]...)
	all[0].Draw(ebiten.NewImage(320, 180))
	for i, r := range all[:2] {
		if r.news != "Cem left\n" || !r.Playing() {
			t.Errorf("runner %d reads %q, playing %v", i, r.news, r.Playing())
		}
	}
	play(4, all[:2]...)
	if all[0].news != "" || !slices.Equal(heeded, []string{"Cem"}) {
		t.Errorf("later it reads %q; the game was told of %q", all[0].news, heeded)
	}
}

// TestRunnerComesLate: who comes into a match that runs has no seat at first, and plays as
// soon as there is one.
func TestRunnerComesLate(t *testing.T) {
	network := netcode.NewMemoryNetwork(12)
	host := network.NewNode("Ana")
	room, err := netcode.OpenLobby(host, dotGame(), netcode.LobbyConfig{})
	if err != nil {
		t.Fatal(err)
	}
	all := []*Runner[dot, Buttons]{runnerOf(room)}
	join := func(name string) *Runner[dot, Buttons] {
		lobby, err := netcode.JoinLobby(network.NewNode(name), dotGame(), host.Addr().String(), netcode.LobbyConfig{})
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, runnerOf(lobby))
		return all[len(all)-1]
	}
	until := func(what string, done func() bool) {
		t.Helper()
		for range 300 {
			if done() {
				return
			}
			for _, r := range all {
				if err := r.Update(); err != nil {
					t.Fatal(err)
				}
			}
			network.Advance(time.Second / 60)
		}
		t.Fatalf("%s did not happen", what)
	}
	ben := join("Ben")
	until("meeting", func() bool { ben.Lobby.SetReady(true); return room.Blocker() == "" })
	if err := room.Start(1, 0); err != nil {
		t.Fatal(err)
	}
	until("some play", func() bool { return ben.Playing() && ben.match.World().Frames > 30 })
	cem := join("Cem")
	until("the way in", cem.Playing)
	if n := len(cem.inputs); n != 0 {
		t.Errorf("who watches has %d inputs", n)
	}
	ben.Lobby.Leave()
	all = []*Runner[dot, Buttons]{all[0], cem}
	until("a seat", func() bool { return len(cem.inputs) == 1 })
	frames := cem.match.World().Frames
	until("play", func() bool { return cem.match.World().Frames > frames+60 })
}

// TestRunnerSaysOnceWhoLeft: where who leaves ends the match, its end says so.
func TestRunnerSaysOnceWhoLeft(t *testing.T) {
	network := netcode.NewMemoryNetwork(12)
	game := dotGame()
	game.Absent, game.LateJoin = netcode.AbsentEnds, netcode.LateNever
	both := runnersIn(t, network, game, "Ana", "Ben")
	for range 300 {
		for _, r := range both {
			if err := r.Update(); err != nil {
				t.Fatal(err)
			}
		}
		both[1].Lobby.SetReady(true)
		if ana := both[0].Lobby; ana.Match() == nil && ana.Blocker() == "" {
			if err := ana.Start(1, 0); err != nil {
				t.Fatal(err)
			}
		}
		network.Advance(time.Second / 60)
	}
	both[1].Lobby.Leave()
	for range 60 {
		if err := both[0].Update(); err != nil {
			t.Fatal(err)
		}
		network.Advance(time.Second / 60)
	}
	if words, news := both[0].words(), both[0].news; words != "Ben left" || news != "" {
		t.Errorf("the end reads %q, and the news %q", words, news)
	}
}

// TestRunnersPlayAgain: a match follows another, whatever the one before has ended with, for
// as long as both are ready.
func TestRunnersPlayAgain(t *testing.T) {
	network := netcode.NewMemoryNetwork(11)
	both := runners(t, network)
	begun := 0
	both[1].Begin = func(*netcode.Match[dot, Buttons]) { begun++ }
	for _, r := range both {
		r.Idle = func(l *netcode.Lobby[dot, Buttons]) {
			if l.SetReady(true); l.Hosting() && len(l.AppendMembers(nil)) == len(both) && l.Blocker() == "" {
				if err := l.Start(1, 0); err != nil {
					t.Error(err)
				}
			}
		}
	}
	for range 60 * 40 {
		for _, r := range both {
			if err := r.Update(); err != nil {
				t.Fatal(err)
			}
		}
		if m := both[1].Lobby.Match(); begun == 2 && m.World().Frames == 30 {
			m.Disturb(func(d *dot) { d.X++ })
		}
		network.Advance(time.Second / 60)
	}
	if begun < 4 {
		t.Errorf("%d matches in 40 seconds: %q", begun, both[0].Lobby.Blocker())
	}
}
