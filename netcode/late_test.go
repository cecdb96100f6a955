//go:build !race

package netcode

import (
	"encoding/binary"
	"fmt"
	"testing"

	"github.com/visavis-netcode/visavis/netcode/matchlog"
	"github.com/visavis-netcode/visavis/rollback"
)

// enter has a new process join the lobby: with the identity of a player who was there, or
// as somebody new.
func (p *party) enter(game Config[attendance, uint32], as int) (who int) {
	p.t.Helper()
	return p.enterWith(game, as, LobbyConfig{})
}

func (p *party) enterWith(game Config[attendance, uint32], as int, config LobbyConfig) (who int) {
	p.t.Helper()
	var node *Node
	if who = as; as < len(p.nodes) {
		node = newMemoryNode(p.network.network.NewEndpoint(p.nodes[as].endpoint.Key()), p.nodes[as].Name())
		p.network.nodes++
	} else {
		node = p.network.NewNode(fmt.Sprintf("P%d", as))
		p.nodes, p.lobbies = append(p.nodes, nil), append(p.lobbies, nil)
		p.gone, p.events = append(p.gone, false), append(p.events, nil)
	}
	l, err := JoinLobby(node, game, p.nodes[0].Addr().String(), config)
	if err != nil {
		p.t.Fatal(err)
	}
	p.nodes[who], p.lobbies[who], p.gone[who], p.events[who] = node, l, false, nil
	return who
}

func (p *party) plays(who int) func() bool {
	return func() bool {
		l := p.lobbies[who]
		if l.State() == Ended {
			p.t.Fatalf("P%d: %v", who, l.Err())
		}
		return l.State() == Playing
	}
}

// seatOf says from when on somebody plays a seat again, as another one was told.
func presences(events []Event) (all []Event) {
	for _, e := range events {
		if e.Kind == EventPresent {
			all = append(all, e)
		}
	}
	return all
}

// TestComeBack: a process that has died comes back as another one, by its key, and has its
// own seat again, before or after the others have given it up; nobody stalls for its coming.
func TestComeBack(t *testing.T) {
	for _, peers := range []int{2, 3, 4} {
		for _, after := range []int{45, 240} {
			comeBack(t, peers, after)
		}
	}
}

func comeBack(t *testing.T, peers, afterTicks int) {
	{
		game := lateGame(AbsentBot, LateOwn)
		game.PeerTimeoutMs = 1000
		p := newParty(t, peers, game, Conditions{DelayMs: 25, JitterMs: 5, LossPercent: 2})
		p.start(1800, 200)
		who := peers - 1
		vanish(p.nodes[who])
		p.gone[who] = true
		for range afterTicks {
			p.tick()
		}
		before := p.stalls()
		p.enter(game, who)
		p.until(300, p.plays(who))
		back := p.lobbies[0].Match().session.Current()
		results := p.end(2400)
		after := p.stalls()
		for i, l := range p.lobbies {
			most := uint64(0)
			if afterTicks < 60 {
				most = 60 // it is given up as soon as it asks to come in
			}
			if n := after[i] - before[i]; i != who && n > most {
				t.Errorf("%d peers, after %d ticks: P%d stalled for %d ticks", peers, afterTicks, i, n)
			}
			came := presences(p.events[i])
			if len(came) != 1 || came[0].Name != p.nodes[who].Name() || came[0].Count != who || came[0].Frame < back-60 || came[0].Frame > back+120 {
				t.Errorf("%d peers: P%d, at frame %d, is told %+v", peers, i, back, came)
			}
			w, kept := l.Match().FinalWorld()
			if want := 1800 - int32(came[0].Frame); !kept || w.There[who] < want+190 || w.There[who] > want+215 || w.There[0] != 1800 {
				t.Errorf("%d peers: P%d: %+v", peers, i, w)
			}
		}
		if r := results[0]; r.Frame != 1800 || !r.Agreed {
			t.Errorf("%d peers: %+v", peers, r)
		}
	}
}

// TestComeLate: somebody new takes the seat of one who has left.
func TestComeLate(t *testing.T) {
	game := lateGame(AbsentIdle, LateAnybody)
	p := newParty(t, 3, game, Conditions{DelayMs: 30})
	p.start(1500, 200)
	p.lobbies[1].Leave()
	p.gone[1] = true
	for range 60 {
		p.tick()
	}
	who := p.enter(game, 3)
	p.until(300, p.plays(who))
	results := p.end(2000)
	w, _ := p.lobbies[who].Match().FinalWorld()
	if got := p.lobbies[who].Match().LocalSeats(); len(got) != 1 || got[0] != 1 || w.There[1] < 1300 || w.There[1] > 1480 {
		t.Errorf("plays seats %v, %+v", got, w)
	}
	if r := results[0]; r.Frame != rollback.Frame(1500) || !r.Agreed {
		t.Errorf("%+v", r)
	}
}

// TestWorldTooBigToBeSent: who asks for a world that cannot be sent is told so, and the
// donor does not take it again and again.
func TestWorldTooBigToBeSent(t *testing.T) {
	game, padding, taken := lateGame(AbsentIdle, LateAnybody), make([]byte, matchlog.MaxSnapshotBytes), 0
	game.ChecksumFrames = -1
	game.Copy = func(dst, src *attendance) { *dst = *src }
	game.Append = func(b []byte, w *attendance) []byte {
		taken++
		return binary.LittleEndian.AppendUint32(append(b, padding...), uint32(w.Frame))
	}
	game.Decode = func(*attendance, []byte) error { return nil }
	p := newParty(t, 2, game, Conditions{DelayMs: 20})
	p.start(400, 100)
	who := p.enter(game, 2)
	p.until(200, func() bool { _, asks := p.lobbies[who].Coming(); return asks })
	taken = 0
	before := p.lobbies[0].Match().Stats().Stalls
	for range 120 {
		p.tick()
	}
	if taken == 0 || taken > 20 {
		t.Errorf("the world was taken %d times in two seconds", taken)
	}
	if c, _ := p.lobbies[who].Coming(); c.Denied == nil || c.Denied.Code != ReasonTooBig {
		t.Errorf("the newcomer reads %+v", c.Denied)
	}
	if p.lobbies[who].State() != Gathering || p.lobbies[0].Match().Stats().Stalls != before {
		t.Errorf("P%d is %v, and P0 has stalled", who, p.lobbies[who].State())
	}
}

// TestHostsWord: what becomes of the gone, and who comes late, is what the host says, as
// far as a guest's game can do it.
func TestHostsWord(t *testing.T) {
	host := lateGame(AbsentBot, LateAnybody)
	guest := attendanceGame(AbsentIdle)
	host.MinSeats, guest.MinSeats = 1, 1
	p := newParty(t, 1, host, Conditions{DelayMs: 20})
	p.enter(guest, 1)
	p.until(300, func() bool { return p.lobbies[1].State() == Ended })
	if why := ReasonOf(p.lobbies[1].Err()); why != ReasonVersion {
		t.Errorf("a guest without bots: %v", p.lobbies[1].Err())
	}
	guest.Bot = host.Bot
	for who := 1; who <= 2; who++ {
		p.enter(guest, who)
		p.until(300, func() bool { return p.lobbies[who].State() == Gathering })
		p.lobbies[who].SetReady(true)
	}
	p.until(600, func() bool { return p.lobbies[0].Blocker() == "" })
	p.start(600, 100)
	if m := p.lobbies[1].Match(); m.Absent() != AbsentBot || m.LateJoin() != LateAnybody {
		t.Errorf("a guest takes the host's word for %d, %d", m.Absent(), m.LateJoin())
	}
	p.lobbies[2].Leave()
	p.gone[2] = true
	results := p.end(900)
	if r := results[1]; r.Frame != 600 {
		t.Errorf("%+v", r)
	}
}

// TestSeatsThatWait: who has started alone has seats for those who come late, and until they
// come what becomes of absent seats is done with them, from frame 0 on.
func TestSeatsThatWait(t *testing.T) {
	game := lateGame(AbsentBot, LateAnybody)
	game.MinSeats, game.LateSeats = 1, 2
	setups := 0
	game.Start = func(s Setup) attendance {
		if setups++; s.Seats != 3 || len(s.Roster) != 3 || s.Roster[0].Machine != 0 || s.Roster[2].Machine != NoMachine || s.Roster[2].Name != "" {
			t.Errorf("%+v", s)
		}
		return attendance{}
	}
	p := newParty(t, 1, game, Conditions{DelayMs: 25})
	room := p.lobbies[0].Room
	if room.SetLateSeats(-1) == nil || room.SetLateSeats(9) == nil || room.SetLateSeats(3) != nil {
		t.Error("the host may not have 3 seats, or may have -1 or too many")
	}
	p.start(1200, 200)
	who := p.enter(game, 1)
	if err := p.lobbies[who].SetLateSeats(1); err != ErrNotHost {
		t.Errorf("a guest: %v", err)
	}
	p.until(300, p.plays(who))
	p.until(200, func() bool { return len(p.lobbies[who].Match().LocalSeats()) == 1 })
	results := p.end(1800)
	seats := p.lobbies[who].Match().Seats()
	w, _ := p.lobbies[who].Match().FinalWorld()
	if r := results[0]; r.Frame != 1200 || !r.Agreed || r.Err != nil {
		t.Errorf("%+v", r)
	}
	bots := uint64(0)
	for f := range uint64(1200) {
		bots = bots*31 + botPush + f%2
	}
	if w.There[0] != 1200 || w.There[1] < 700 || w.There[1] > 1000 || w.There[2] != 0 || w.Pushed[2] != bots {
		t.Errorf("%+v", w)
	}
	if came := presences(p.events[0]); len(came) != 1 || came[0].Count != 1 || len(seats) != 3 || seats[2].Machine != NoMachine || seats[2].You || setups != 2 {
		t.Errorf("%+v, %+v, %d worlds", came, seats, setups)
	}
	if w, ok := p.lobbies[0].Match().FinalWorld(); !ok || p.lobbies[0].Match().Stats().Rollbacks > 200 {
		t.Errorf("%+v: %+v", w, p.lobbies[0].Match().Stats())
	}
	host := p.lobbies[0].Match()
	header := host.play.logHeader(host.setup)
	block, err := matchlog.Parse(matchlog.Append(nil, &header))
	if read, is := block.(*matchlog.Header); err != nil || !is || fmt.Sprint(SetupOf(read)) != fmt.Sprint(host.setup) {
		t.Errorf("%v, %+v", err, block)
	}
	for _, wrong := range []func(c *Config[attendance, uint32]){
		func(c *Config[attendance, uint32]) { c.LateSeats = 9 },
		func(c *Config[attendance, uint32]) { c.LateSeats = -1 },
		func(c *Config[attendance, uint32]) { c.LateJoin = LateOwn },
	} {
		c := game
		if wrong(&c); c.filled().check() == nil {
			t.Errorf("LateSeats %d with %v is taken", c.LateSeats, c.LateJoin)
		}
	}
}
