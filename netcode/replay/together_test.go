package replay

import (
	"bytes"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/visavis-netcode/visavis/netcode"
	"github.com/visavis-netcode/visavis/rollback"
)

// friends are some machines in a lobby that look at one recording.
type friends struct {
	t       *testing.T
	game    netcode.Config[pond, uint16]
	network *netcode.MemoryNetwork
	nodes   []*netcode.Node
	lobbies []*netcode.Lobby[pond, uint16]
	replays []*Replay[pond, uint16]
	gone    []bool
	also    func() // goes on in every tick; may be nil
}

func togetherGame() netcode.Config[pond, uint16] {
	game := pondGame()
	game.LateJoin = netcode.LateAnybody
	return game
}

// watchTogether has so many meet, and the first one show them a recording.
func watchTogether(t *testing.T, machines int, log []byte) *friends {
	t.Helper()
	f := &friends{t: t, game: togetherGame(), network: netcode.NewMemoryNetwork(7)}
	f.network.SetConditions(netcode.Conditions{DelayMs: 25, JitterMs: 10, LossPercent: 1})
	for range machines {
		f.enter()
	}
	if err := f.lobbies[0].ShowReplay(log); err != nil {
		t.Fatal(err)
	}
	f.until(20, func() bool { return f.all(func(i int) bool { return f.replays[i] != nil }) })
	return f
}

// enter has one more come in.
func (f *friends) enter() *netcode.Lobby[pond, uint16] {
	f.t.Helper()
	node := f.network.NewNode(fmt.Sprint("P", len(f.nodes)))
	var l *netcode.Lobby[pond, uint16]
	var err error
	if len(f.nodes) == 0 {
		l, err = netcode.OpenLobby(node, f.game, netcode.LobbyConfig{Spectators: netcode.SpectatorsOpen, WatchDelayMs: -1})
	} else {
		l, err = netcode.JoinLobby(node, f.game, f.nodes[f.host()].Addr().String(), netcode.LobbyConfig{Ready: true})
	}
	if err != nil {
		f.t.Fatal(err)
	}
	f.nodes, f.lobbies, f.replays, f.gone = append(f.nodes, node), append(f.lobbies, l), append(f.replays, nil), append(f.gone, false)
	f.until(5, func() bool { return l.State() == netcode.Gathering })
	return l
}

func (f *friends) host() int {
	for i, l := range f.lobbies {
		if l.Hosting() && !f.gone[i] {
			return i
		}
	}
	f.t.Fatal("nobody hosts")
	return 0
}

func (f *friends) all(is func(i int) bool) bool {
	for i := range f.lobbies {
		if !f.gone[i] && !is(i) {
			return false
		}
	}
	return true
}

// tick lets a tick pass, in which every machine plays or looks.
func (f *friends) tick() {
	if f.also != nil {
		f.also()
	}
	for i, l := range f.lobbies {
		f.network.Advance(time.Second / 60 / time.Duration(len(f.lobbies)))
		if f.gone[i] {
			continue
		}
		if l.State() == netcode.Playing && l.Match() != nil {
			m := l.Match()
			m.Tick(make([]uint16, len(m.LocalSeats()))...)
			continue
		}
		l.Poll()
		f.look(i)
	}
}

// look opens the recording on a machine as soon as it is there, and follows it.
func (f *friends) look(i int) {
	l := f.lobbies[i]
	s := l.Screening()
	if s == nil {
		return
	}
	s.Fetch()
	l.SetReady(true)
	if f.replays[i] == nil && s.Log() != nil {
		r, err := Open(f.game, bytes.NewReader(s.Log()), int64(s.Bytes()), nil)
		if err != nil {
			f.t.Fatal(err)
		}
		f.replays[i] = r
		l.SetTakeover(r.TakeOverAt)
	}
	if f.replays[i] != nil {
		if err := f.replays[i].Follow(s, func() bool { return false }); err != nil {
			f.t.Fatal(err)
		}
	}
}

func (f *friends) until(seconds int, ok func() bool) {
	f.t.Helper()
	for range seconds * 60 {
		if ok() {
			return
		}
		f.tick()
	}
	for i, l := range f.lobbies {
		f.t.Logf("%d: %v, %v, %q", i, l.State(), l.Err(), l.Blocker())
	}
	f.t.Fatalf("not within %d s", seconds)
}

// apart is by how many frames those are who are furthest from each other.
func (f *friends) apart() rollback.Frame {
	low, high := rollback.Frame(1<<30), rollback.Frame(-1)
	for i, r := range f.replays {
		if !f.gone[i] && r != nil {
			low, high = min(low, r.Frame()), max(high, r.Frame())
		}
	}
	return high - low
}

// near runs for some seconds, and checks that all see the same frame within two.
func (f *friends) near(seconds int, when string) {
	f.t.Helper()
	for range seconds * 60 {
		f.tick()
		if n := f.apart(); n > 2 {
			f.t.Fatalf("%s: %d frames apart", when, n)
		}
	}
}

// TestTogether: all see the same frame while somebody has the controls, hands them over, and
// comes; and whoever comes later sees it as well.
func TestTogether(t *testing.T) {
	f := watchTogether(t, 3, golden(t))
	f.until(2, func() bool { return f.lobbies[2].Screening().Holder() == 0 })
	screen := func(i int) *netcode.Screening { return f.lobbies[i].Screening() }
	if err := screen(1).Play(); err != netcode.ErrNotAtControls {
		t.Errorf("who has not the controls: %v", err)
	}
	screen(0).Play()
	f.near(1, "the host plays")
	if at := f.replays[0].Frame(); at < 55 || at > 61 {
		t.Errorf("after a second it is at %d", at)
	}
	screen(0).HandOver(2)
	f.until(1, func() bool { return screen(2).Mine() && screen(1).Holder() == 2 })
	if screen(0).Pause() != netcode.ErrNotAtControls {
		t.Error("who has handed them over has the controls")
	}
	screen(2).Seek(700)
	f.until(1, func() bool { return f.apart() <= 2 && f.replays[1].Frame() >= 700 })
	f.near(1, "another seeks")
	screen(2).Pause()
	f.until(1, func() bool { return f.apart() == 0 })
	screen(2).Step(-3)
	stands := f.replays[2].Frame() - 3
	f.until(1, func() bool { return f.apart() == 0 && f.replays[0].Frame() == stands })
	screen(2).SetSpeed(2)
	f.until(1, func() bool { return screen(0).Speed() == 2 })
	screen(2).SetSpeed(math.NaN()) // no number, and nothing that the others would not read
	f.until(1, func() bool { return screen(0).Speed() == 1 })
	screen(2).SetSpeed(-1)
	screen(2).Play()
	f.until(1, func() bool { return f.apart() <= 2 && f.replays[0].Frame() < stands-10 })
	f.near(1, "back")
	f.enter()
	f.until(3, func() bool { return f.replays[3] != nil && f.apart() <= 2 })
	f.near(1, "with one who came later")
	for i := range f.replays {
		if at := f.replays[i].Frame(); f.replays[i].World().Frame != int32(at) {
			t.Errorf("%d shows another world than that of %d", i, at)
		}
	}
	if err := screen(0).TakeBack(); err != nil {
		t.Fatal(err)
	}
	f.until(1, func() bool { return screen(0).Mine() && screen(3).Holder() == 0 && !screen(2).Mine() })
	if screen(3).TakeBack() != netcode.ErrNotHost {
		t.Error("anybody takes the controls")
	}
}

// TestTogetherGoesOn: without who has the controls the host has them, without the host the next
// one, and it goes on where it was; also if the next one has not all of the recording yet.
func TestTogetherGoesOn(t *testing.T) {
	f := watchTogether(t, 4, golden(t))
	f.lobbies[0].Screening().Play()
	f.near(1, "before")
	f.lobbies[0].Screening().HandOver(3)
	f.until(1, func() bool { return f.lobbies[3].Screening().Mine() })
	f.lobbies[3].Leave()
	f.gone[3] = true
	f.until(3, func() bool { return f.lobbies[0].Screening().Mine() && f.lobbies[1].Screening().Holder() == 0 })
	before := f.replays[1].Frame()
	f.lobbies[0].Leave()
	f.gone[0] = true
	f.until(5, func() bool { return f.lobbies[1].Hosting() && f.lobbies[2].Screening().Holder() == 1 })
	f.near(1, "under the next host")
	if at := f.replays[2].Frame(); at < before+60 || at > before+6*60 {
		t.Errorf("at %d, from %d", at, before)
	}
	if err := f.lobbies[1].Screening().Seek(30); err != nil {
		t.Error(err)
	}
	f.until(1, func() bool { return f.replays[2].Frame() < 60 && f.apart() <= 2 })
	late := f.enter()
	f.until(3, func() bool { return late.Screening() != nil && late.Screening().Log() != nil })
}

// TestMatchFromReplay: a match goes on from the frame that all look at, with as many seats as
// the recorded one had; who finds none comes in late and watches, and seats that are left wait.
func TestMatchFromReplay(t *testing.T) {
	for _, machines := range []int{2, 4} { // for three seats
		f := watchTogether(t, machines, golden(t))
		host := f.lobbies[0]
		host.Screening().Seek(400)
		f.until(2, func() bool { return f.apart() == 0 && f.replays[1].Frame() == 400 })
		want := *f.replays[0].World()
		f.until(5, func() bool { return host.Blocker() == "" })
		f.until(2, func() bool { return f.all(func(i int) bool { return host.Screening().Has(i) }) })
		watcher, err := netcode.Watch(f.network.NewNode("Wim"), f.game, f.nodes[0].Addr().String(), netcode.LobbyConfig{})
		if err != nil {
			t.Fatal(err)
		}
		f.also = func() { watcher.Tick() }
		f.until(3, func() bool { return host.Watching() == 1 })
		if err := host.StartFromReplay(240); err != nil {
			t.Fatal(err)
		}
		file := &memory{}
		recording, err := host.Match().Record(file)
		if err != nil {
			t.Fatal(err)
		}
		f.until(5, func() bool { return f.all(func(i int) bool { return f.lobbies[i].State() == netcode.Playing }) })
		setup := host.Match().Setup()
		if setup.Seats != 3 || string(setup.Options) != "wet" || setup.Seed != 11 {
			t.Errorf("%+v", setup)
		}
		for i, l := range f.lobbies {
			if mine := len(l.Match().LocalSeats()); mine != 1 && i < 3 || i == 3 && mine != 0 {
				t.Errorf("%d has %d seats", i, mine)
			}
		}
		f.until(20, func() bool { return f.all(func(i int) bool { return f.lobbies[i].State() == netcode.Gathering }) })
		for i, l := range f.lobbies {
			if r, over := l.Match().Result(); !over || r.Err != nil || !r.Agreed || l.Match().World().Frame != 640 {
				t.Errorf("%d: %+v, at %d", i, r, l.Match().World().Frame)
			}
		}
		f.until(10, func() bool { return watcher.World() != nil && watcher.World().Frame == 640 })
		if w := watcher.Tick(); w.Differs != rollback.NoFrame || w.Verified == 0 {
			t.Errorf("who watches sees %+v", w)
		}
		<-recording.Done()
		if r := openBytes(t, f.game, file.b); *r.World() != want {
			t.Error("it did not begin where all stood")
		}
		f.near(1, "after the match")
	}
}

// TestMatchFromAnotherWorld: whose world there is another one reads that, and is out.
func TestMatchFromAnotherWorld(t *testing.T) {
	f := watchTogether(t, 3, golden(t))
	astray := openBytes(t, otherStep(300), golden(t))
	f.lobbies[2].SetTakeover(astray.TakeOverAt)
	f.lobbies[0].Screening().Seek(399)
	f.until(5, func() bool { return f.apart() == 0 && f.lobbies[0].Blocker() == "" })
	if err := f.lobbies[0].StartFromReplay(60); err != nil {
		t.Fatal(err)
	}
	f.until(2, func() bool { return f.lobbies[2].State() == netcode.Ended })
	if err := f.lobbies[2].Err(); netcode.ReasonOf(err) != netcode.ReasonUnplayable || !strings.Contains(err.Error(), "frame 399") {
		t.Error(err)
	}
	if f.gone[2] = true; f.lobbies[1].State() != netcode.Playing {
		t.Error(f.lobbies[1].State())
	}
}

// TestMatchFromReplayRefused: what is missing is said.
func TestMatchFromReplayRefused(t *testing.T) {
	f := watchTogether(t, 2, golden(t))
	host := f.lobbies[0]
	if err := f.lobbies[1].StartFromReplay(0); err != netcode.ErrNotHost {
		t.Error(err)
	}
	f.until(5, func() bool { return host.Blocker() == "" })
	host.SetTakeover(nil)
	if err := host.StartFromReplay(0); err == nil || !strings.Contains(err.Error(), "no recording here") {
		t.Error(err)
	}
	strict := openBytes(t, pondGame(), golden(t))
	host.SetTakeover(func(at rollback.Frame) (netcode.Config[pond, uint16], netcode.Setup, error) {
		game, was, err := strict.TakeOverAt(at)
		game.Over = func(w *pond) bool { return w.Frame >= 900 }
		return game, was, err
	})
	host.Screening().Seek(1000)
	if err := host.StartFromReplay(0); err == nil || !strings.Contains(err.Error(), "over here") {
		t.Error(err)
	}
}

// TestTowardStops: who goes far goes there bit by bit, however often he is sent elsewhere on the
// way, and comes to the same world.
func TestTowardStops(t *testing.T) {
	r, want := openBytes(t, pondGame(), golden(t)), openBytes(t, pondGame(), golden(t))
	if err := want.Seek(1400); err != nil {
		t.Fatal(err)
	}
	always := func() bool { return true }
	for n := range 50 {
		if err := r.toward([]rollback.Frame{1499, 290}[n%2], always); err != nil {
			t.Fatal(err)
		}
		if start := r.stretch.Snapshot.Frame; r.Frame() > start+enoughEvery {
			t.Fatalf("%d frames at once", r.Frame()-start)
		}
	}
	calls := 0
	for ; r.Frame() != 1400 && calls < 100; calls++ {
		if err := r.toward(1400, always); err != nil {
			t.Fatal(err)
		}
	}
	if *r.World() != *want.World() || calls < 5 {
		t.Errorf("after %d calls at %d", calls, r.Frame())
	}
}
