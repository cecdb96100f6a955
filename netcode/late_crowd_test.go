//go:build !race

package netcode

import (
	"encoding/binary"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/visavis-netcode/visavis/netcode/internal/memlink"
	"github.com/visavis-netcode/visavis/rollback"
)

// freeSeat is a match of so many that has begun, and the last of them is gone again.
func freeSeat(t *testing.T, peers int, game Config[attendance, uint32], c Conditions) *party {
	p := newParty(t, peers, game, c)
	p.start(0, 120)
	p.lobbies[peers-1].Leave()
	p.gone[peers-1] = true
	for range 60 {
		p.tick()
	}
	return p
}

// stallsSince demands that none of the first players has stalled for more than so many
// ticks since.
func (p *party) stallsSince(before []uint64, most uint64) {
	p.t.Helper()
	for i, n := range p.stallsBelow(len(before)) {
		if n -= before[i]; n > most {
			p.t.Errorf("P%d stalled for %d ticks", i, n)
		}
	}
}

// alike demands that all who are there have the same world of a frame that is confirmed, and
// of which all still have it.
func (p *party) alike(who ...int) {
	p.t.Helper()
	for range 30 {
		f := rollback.Frame(1 << 30)
		for _, i := range who {
			f = min(f, p.lobbies[i].Match().play.sim.settled())
		}
		sums, all := make([]rollback.Checksum, len(who)), true
		for at, i := range who {
			kept := false
			sums[at], kept = p.lobbies[i].Match().session.ChecksumAt(f)
			all = all && kept
		}
		if !all {
			p.tick() // not every frame is saved everywhere
			continue
		}
		for at, i := range who {
			if sums[at].World != sums[0].World {
				p.t.Errorf("P%d has another world of frame %d", i, f)
			}
		}
		return
	}
	p.t.Error("there is no frame of which all have a world")
}

// TestComesAndGoes: one who comes and leaves again and again costs the others nothing, and
// nothing is left of him.
func TestComesAndGoes(t *testing.T) {
	times := 100
	if testing.Short() {
		times = 12
	}
	game := lateGame(AbsentIdle, LateAnybody)
	p := freeSeat(t, 3, game, Conditions{DelayMs: 20})
	who, before := p.enter(game, 3), p.stallsBelow(2)
	for i := range times {
		p.until(400, p.plays(who))
		for range i % 70 {
			p.tick()
		}
		p.lobbies[who].Leave()
		p.gone[who] = true
		for range i % 50 {
			p.tick()
		}
		l, err := JoinLobby(p.nodes[who], game, p.nodes[0].Addr().String(), LobbyConfig{})
		if err != nil {
			t.Fatal(err)
		}
		p.lobbies[who], p.gone[who] = l, false
	}
	p.until(400, p.plays(who))
	for range 600 {
		p.tick()
	}
	p.stallsSince(before, 0)
	p.alike(0, 1, who)
	for i := range 2 {
		play := p.lobbies[i].Match().play
		if n := len(play.member.Records().Streams(nil)); n > 8 || len(play.peers) > 3 || len(play.cast) > 3 || len(play.donor.donations) > 0 {
			t.Errorf("P%d keeps %d streams, %d peers, a cast of %d, %d donations", i, n, len(play.peers), len(play.cast), len(play.donor.donations))
		}
	}
}

// TestHundredComeAtOnce: as many as there is room for come in, the others read that there
// is none, and those who play notice next to nothing.
func TestHundredComeAtOnce(t *testing.T) {
	game := lateGame(AbsentIdle, LateAnybody)
	p := &party{t: t, network: &MemoryNetwork{network: memlink.NewNetwork(7, 128), seed: 7}, gone: make([]bool, 2), events: make([][]Event, 2)}
	p.network.SetConditions(Conditions{DelayMs: 20})
	for i := range 2 {
		node := p.network.NewNode(fmt.Sprintf("P%d", i))
		l, err := OpenLobby(node, game, LobbyConfig{})
		if i > 0 {
			l, err = JoinLobby(node, game, p.nodes[0].Addr().String(), LobbyConfig{Ready: true})
		}
		if err != nil {
			t.Fatal(err)
		}
		p.nodes, p.lobbies = append(p.nodes, node), append(p.lobbies, l)
	}
	p.until(900, func() bool { return p.lobbies[0].Blocker() == "" })
	p.start(0, 60)
	before := p.stallsBelow(2)
	for i := range 100 {
		p.enter(game, 2+i)
	}
	in, refused := 0, 0
	p.until(3600, func() bool {
		in, refused = 0, 0
		for _, l := range p.lobbies[2:] {
			switch l.State() {
			case Playing:
				in++
			case Ended:
				refused++
			}
		}
		return in+refused == 100
	})
	all := []int{0, 1}
	for i, l := range p.lobbies[2:] {
		if l.State() == Playing {
			all = append(all, 2+i)
		} else if why := ReasonOf(l.Err()); why != ReasonFull && why != ReasonBusy && why != ReasonUnanswered {
			t.Errorf("P%d: %v (%v)", 2+i, l.Err(), why)
		}
	}
	if in != 6 { // the game is for eight
		t.Errorf("%d have come in", in)
	}
	for range 120 {
		p.tick()
	}
	p.alike(all...)
	p.stallsSince(before, 3)
}

// TestTwoComeAtOnce: both come in, each to a seat of its own.
func TestTwoComeAtOnce(t *testing.T) {
	game := lateGame(AbsentIdle, LateAnybody)
	p := freeSeat(t, 4, game, Conditions{DelayMs: 20, LossPercent: 2})
	p.lobbies[2].Leave()
	p.gone[2] = true
	one, two, before := p.enter(game, 4), p.enter(game, 5), p.stallsBelow(2)
	p.until(600, func() bool {
		return p.plays(one)() && p.plays(two)() && len(p.lobbies[one].Match().LocalSeats()) == 1 && len(p.lobbies[two].Match().LocalSeats()) == 1
	})
	for range 120 {
		p.tick()
	}
	if a, b := p.lobbies[one].Match().LocalSeats(), p.lobbies[two].Match().LocalSeats(); a[0]+b[0] != 2+3 {
		t.Errorf("they play %v and %v", a, b)
	}
	p.stallsSince(before, 0)
	p.alike(0, 1, one, two)
}

// TestNewcomerDies: at whatever step of its way a newcomer dies, the others wait for it half
// a second at most before it has been heard, and the time-out once afterwards.
func TestNewcomerDies(t *testing.T) {
	game := lateGame(AbsentIdle, LateAnybody)
	game.PeerTimeoutMs = 1500
	for after := 0; after < 140; after += 7 {
		p := freeSeat(t, 3, game, Conditions{DelayMs: 25})
		who, before := p.enter(game, 3), p.stallsBelow(2)
		spoke := false
		for range after {
			p.tick()
			spoke = spoke || p.lobbies[who].State() == Playing
		}
		vanish(p.nodes[who])
		p.gone[who] = true
		for range 300 {
			p.tick()
		}
		most := uint64(30)
		if spoke {
			most = 100
		}
		p.stallsSince(before, most)
		p.alike(0, 1)
		if play := p.lobbies[0].Match().play; len(play.member.View().Members) != 2 {
			t.Errorf("after %d ticks: %d members", after, len(play.member.View().Members))
		}
	}
}

// TestDonorDies: whoever's donor dies or leaves while it feeds comes in by another one.
func TestDonorDies(t *testing.T) {
	game := lateGame(AbsentIdle, LateAnybody)
	game.PeerTimeoutMs = 1500
	for after := 0; after < 60; after += 4 {
		p := freeSeat(t, 4, game, Conditions{DelayMs: 25})
		who := p.enter(game, 4)
		p.askP1(who)
		for range after {
			p.tick()
		}
		if after%8 == 0 {
			vanish(p.nodes[1])
		} else {
			p.lobbies[1].Leave()
		}
		p.gone[1] = true
		p.until(600, p.plays(who))
		for range 240 {
			p.tick()
		}
		p.alike(0, 2, who)
		if play := p.lobbies[0].Match().play; len(play.member.View().Members) != 3 {
			t.Errorf("after %d ticks: %d members", after, len(play.member.View().Members))
		}
	}
}

// TestComesLateWithoutALink: who has no link to one of the members, or to none but the
// donor, comes in all the same, and nobody takes its silence there for its end.
func TestComesLateWithoutALink(t *testing.T) {
	for _, dark := range [][]int{{1}, {2}, {0, 2}, {1, 2}} {
		game := lateGame(AbsentIdle, LateAnybody)
		game.PeerTimeoutMs = 3000
		p := freeSeat(t, 4, game, Conditions{DelayMs: 25})
		who := p.enter(game, 4)
		if dark[0] == 0 {
			p.until(60, func() bool { return p.lobbies[who].Room.late != nil && p.lobbies[who].Room.mesh.To(1) != nil })
			p.ticks(2) // that it is ready leaves when it is signed
		}
		for _, i := range dark {
			p.network.network.Path(i, who).SetDark(true)
			p.network.network.Path(who, i).SetDark(true)
		}
		before := p.stallsBelow(3)
		p.until(600, p.plays(who))
		m := p.lobbies[who].Match()
		for range 240 {
			p.tick()
		}
		if m.play.over() || p.lobbies[who].Match() != m || len(m.LocalSeats()) != 1 {
			t.Errorf("without %v: over %t, plays %v", dark, m.play.over(), m.LocalSeats())
		}
		p.stallsSince(before, 30)
		p.alike(0, 1, 2, who)
	}
}

// TestSeveralPlayersComeLate: a machine with two players gets two seats if they are free,
// else one.
func TestSeveralPlayersComeLate(t *testing.T) {
	for free := 1; free <= 2; free++ {
		game := lateGame(AbsentIdle, LateAnybody)
		p := freeSeat(t, 4, game, Conditions{DelayMs: 20})
		if free == 2 {
			p.lobbies[2].Leave()
			p.gone[2] = true
		}
		who := p.enterWith(game, 4, LobbyConfig{LocalSeats: 2})
		p.until(300, p.plays(who))
		for range 200 {
			p.tick()
		}
		if got := p.lobbies[who].Match().LocalSeats(); len(got) != free {
			t.Errorf("plays %v, and %d seats were free", got, free)
		}
		p.alike(0, 1, who)
	}
}

// bigGame is one whose world has so many bytes that nothing makes shorter.
func bigGame(bytes int) Config[attendance, uint32] {
	game := lateGame(AbsentIdle, LateAnybody)
	padding := make([]byte, bytes)
	random := rollback.NewRand(3)
	for i := range padding {
		padding[i] = byte(random.Uint32())
	}
	game.Copy = func(dst, src *attendance) { *dst = *src }
	game.Append = func(b []byte, w *attendance) []byte {
		b = append(binary.LittleEndian.AppendUint32(b, uint32(w.Frame)), padding...)
		for i, n := range w.There {
			b = binary.LittleEndian.AppendUint64(binary.LittleEndian.AppendUint32(b, uint32(n)), w.Pushed[i])
		}
		return b
	}
	game.Decode = func(w *attendance, b []byte) error {
		if len(b) != 4+bytes+12*rollback.MaxSeats {
			return errors.New("no world")
		}
		w.Frame, b = int32(binary.LittleEndian.Uint32(b)), b[4+bytes:]
		for i := range w.There {
			w.There[i], w.Pushed[i], b = int32(binary.LittleEndian.Uint32(b)), binary.LittleEndian.Uint64(b[4:]), b[12:]
		}
		return nil
	}
	return game
}

// TestBigWorldsOverSlowLines: how long it takes until who comes late plays, in simulated
// time, from the moment at which it dials.
func TestBigWorldsOverSlowLines(t *testing.T) {
	for _, c := range []struct {
		bytes, bitsPerSecond int
		within               time.Duration
	}{
		{64 << 10, 2e6, 2 * time.Second},
		{1 << 20, 10e6, 3 * time.Second},
		{16<<20 - 4096, 50e6, 6 * time.Second},
	} {
		if testing.Short() && c.bytes > 1<<20 {
			continue
		}
		game := bigGame(c.bytes)
		p := freeSeat(t, 3, game, Conditions{DelayMs: 25})
		p.network.network.SetConditions(memlink.Conditions{Delay: 25 * time.Millisecond, FeedBytesPerSecond: c.bitsPerSecond / 8})
		who, before := p.enter(game, 3), p.stallsBelow(2)
		ticks := 0
		p.until(900, func() bool { ticks++; return p.plays(who)() && len(p.lobbies[who].Match().LocalSeats()) > 0 })
		if took := time.Duration(ticks) * testTick; took > c.within {
			t.Errorf("%d bytes at %d bit/s: plays after %v", c.bytes, c.bitsPerSecond, took)
		}
		t.Logf("%d bytes at %d bit/s: plays after %v", c.bytes, c.bitsPerSecond, time.Duration(ticks)*testTick)
		for range 60 {
			p.tick()
		}
		p.stallsSince(before, 0)
		p.alike(0, 1, who)
	}
}

// TestComesLateToSparseWorlds: worlds that are saved now and then only are enough, and so is
// lockstep.
func TestComesLateToSparseWorlds(t *testing.T) {
	for _, c := range []struct{ saveEvery, window int }{{4, 8}, {7, 3}, {1, 0}} {
		game := lateGame(AbsentIdle, LateAnybody)
		game.SaveEvery, game.WindowFrames, game.Lockstep = c.saveEvery, c.window, c.window == 0
		p := freeSeat(t, 3, game, Conditions{DelayMs: 20, JitterMs: 5})
		who := p.enter(game, 3)
		p.until(300, p.plays(who))
		for range 200 {
			p.tick()
		}
		if m := p.lobbies[who].Match(); len(m.LocalSeats()) != 1 || m.play.accord.jury.Doubts() {
			t.Errorf("%+v: plays %v", c, m.LocalSeats())
		}
	}
}

// TestWorldThatCannotBeRead: a game whose Decode fails is told so, and blames nobody: it
// stays in the lobby, and the others play on.
func TestWorldThatCannotBeRead(t *testing.T) {
	game := bigGame(100)
	p := freeSeat(t, 3, game, Conditions{DelayMs: 20})
	broken := game
	broken.Decode = func(*attendance, []byte) error { return errors.New("no such world") }
	who, before := p.enter(broken, 3), p.stallsBelow(2)
	for range 300 {
		p.tick()
	}
	c, coming := p.lobbies[who].Coming()
	if !coming || c.Denied == nil || c.Denied.Code != ReasonUnread || p.lobbies[who].State() != Gathering {
		t.Errorf("%v, %+v", p.lobbies[who].State(), c.Denied)
	}
	p.stallsSince(before, 0)
	p.alike(0, 1)
}
