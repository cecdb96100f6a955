//go:build !race

package netcode

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"strings"
	"testing"
	"time"

	"github.com/visavis-netcode/visavis/netcode/internal/link"
	"github.com/visavis-netcode/visavis/netcode/internal/screening"
	"github.com/visavis-netcode/visavis/netcode/internal/wire"
	"github.com/visavis-netcode/visavis/rollback"
)

// film is a file of so many bytes. That it is no recording is for whoever opens it to find.
func film(size int) []byte {
	rng := rollback.NewRand(uint64(size))
	b := make([]byte, size)
	for i := range b {
		b[i] = byte(rng.Uint32())
	}
	return b
}

// show has a table's host show a file, as if it were of 5000 frames.
func (tb *table) show(log []byte) *Screening {
	r := tb.lobbies[0].Room
	reel := wire.Reel{Name: sha256.Sum256(log), Sum: sha256.Sum256(log), Bytes: uint32(len(log)), End: 5000}
	s := newScreening(r, reel)
	s.file.have(log, markOf(&reel))
	r.screening = s
	s.hosts(screening.Cue{Holder: r.me, At: r.now(), Speed: screening.RealSpeed})
	return s
}

// screen is what a peer looks at, once it knows of it.
func (tb *table) screen(peer int) *Screening {
	tb.t.Helper()
	tb.until(3, func() bool { return tb.lobbies[peer].Screening() != nil })
	return tb.lobbies[peer].Screening()
}

func newScreened(t *testing.T, peers int, log []byte) *table {
	tb := newTable(t, 1, peers, ledgerGame(), LobbyConfig{}, Conditions{DelayMs: 25, JitterMs: 5, LossPercent: 1})
	tb.show(log)
	for i := range peers {
		tb.screen(i)
	}
	return tb
}

// TestReplayIsFetched: the file comes whole, with words on the way, to all who want it.
func TestReplayIsFetched(t *testing.T) {
	log := film(3 << 20)
	tb := newScreened(t, 3, log)
	a, b := tb.screen(1), tb.screen(2)
	if a.Bytes() != len(log) || a.Log() != nil || a.Progress() != "" || a.Got() != 0 {
		t.Errorf("before: %d bytes, %q", a.Bytes(), a.Progress())
	}
	a.Fetch()
	tb.until(5, func() bool { return a.Got() > 1<<20 })
	if words := a.Progress(); !strings.HasPrefix(words, "the recording comes from P0: ") || !strings.Contains(words, " of 3146 kB") || a.Log() != nil {
		t.Errorf("on the way: %q", words)
	}
	if b.Got() != 0 {
		t.Error("it comes to who has not asked for it")
	}
	tb.until(20, func() bool { return a.Log() != nil })
	if !bytes.Equal(a.Log(), log) || a.Progress() != "" || a.Left() != 0 || a.Err() != nil {
		t.Errorf("%d bytes, %q, %v", len(a.Log()), a.Progress(), a.Err())
	}
	sent := tb.lobbies[0].screening.lending.to[2].bytes
	if wrong := film(len(log) - 1); b.Use(wrong) || b.Use(append(wrong, 0)) {
		t.Error("another file is taken for it")
	}
	if !b.Use(bytes.Clone(log)) {
		t.Error("the same file is not taken for it")
	}
	b.Fetch()
	tb.seconds(1)
	if sent != 0 || tb.lobbies[0].screening.lending.to[2].bytes != 0 {
		t.Error("a file that one has already is sent again")
	}
}

// TestReplayIsNotAsAnnounced: a host that sends another file, more than it has announced, or
// nothing: the words say so, what has come is forgotten, and the lobby goes on.
func TestReplayIsNotAsAnnounced(t *testing.T) {
	log := film(200_000)
	for name, c := range map[string]struct {
		lie  func(s *Screening)
		want string
	}{
		"other":   {func(s *Screening) { s.file.log = film(len(log) - 1); s.file.log = append(s.file.log, 1) }, "P0 has sent is not the recording that was announced"},
		"endless": {func(s *Screening) { s.file.log, s.file.checked = film(1<<20), 1<<20 }, "P0 has sent is not the recording that was announced"},
		"silent":  {func(s *Screening) { s.file.checked = 0 }, "nothing has come for 7 seconds: P0 is asked again"},
	} {
		tb := newScreened(t, 2, log)
		c.lie(tb.lobbies[0].screening)
		s := tb.screen(1)
		s.Fetch()
		tb.seconds(7.5)
		if words := s.Progress(); !strings.Contains(words, c.want) || s.Log() != nil || s.Got() != 0 || tb.lobbies[1].State() != Gathering {
			t.Errorf("%s: %q, %d bytes, %v", name, words, s.Got(), tb.lobbies[1].State())
		}
		if name == "silent" { // it was only slow
			tb.lobbies[0].screening.file.checked = len(log)
			tb.until(20, func() bool { return s.Log() != nil })
		}
	}
}

// TestReplayOfTheNextHost: who hosts next may not have the file yet: it comes from another one.
func TestReplayOfTheNextHost(t *testing.T) {
	log := film(300_000)
	tb := newScreened(t, 4, log)
	tb.screen(3).Fetch()
	tb.until(20, func() bool { return tb.screen(3).Log() != nil })
	tb.screen(1).Fetch()
	tb.until(20, func() bool { return tb.screen(1).Got() > 0 })
	tb.leave(0)
	tb.until(10, func() bool { return tb.lobbies[1].Hosting() })
	tb.screen(2).Fetch()
	tb.until(30, func() bool { return tb.screen(1).Log() != nil && tb.screen(2).Log() != nil })
	if !bytes.Equal(tb.screen(1).Log(), log) || !bytes.Equal(tb.screen(2).Log(), log) {
		t.Error("another file has come")
	}
}

// TestReplayNobodyHas: the words say so.
func TestReplayNobodyHas(t *testing.T) {
	tb := newScreened(t, 2, film(300_000))
	tb.screen(1).Fetch()
	tb.leave(0)
	tb.until(10, func() bool { return tb.lobbies[1].Hosting() })
	tb.seconds(1)
	if words := tb.screen(1).Progress(); !strings.Contains(words, "nobody here has the whole recording") {
		t.Errorf("%q", words)
	}
}

// TestReplayIsAskedForAgainAndAgain: nobody makes another one send without an end.
func TestReplayIsAskedForAgainAndAgain(t *testing.T) {
	log := film(100_000)
	tb := newScreened(t, 2, log)
	for range 1200 {
		tb.lobbies[1].guest.host.Send(&wire.ReelAsk{Name: sha256.Sum256(log), Through: uint32(len(log))})
		tb.tick()
	}
	if sent := tb.lobbies[0].screening.lending.to[1].bytes; sent > maxReelTimes*len(log) || sent < len(log) {
		t.Errorf("%d bytes were sent of %d", sent, len(log))
	}
}

// TestReplayUnasked: what somebody feeds who was not asked is nothing.
func TestReplayUnasked(t *testing.T) {
	log := film(100_000)
	tb := newScreened(t, 3, log)
	s := tb.screen(1)
	s.Fetch()
	tb.until(3, func() bool { return tb.lobbies[2].mesh.To(1) != nil })
	sum := sha256.Sum256(log)
	block := append([]byte{feedReel}, sum[:4]...)
	block = binary.BigEndian.AppendUint32(block, 0)
	block = append(block, 1, 2, 3)
	for _, b := range [][]byte{block, block[:3], block[:1], {feedReel}, append(bytes.Clone(block[:5]), 255, 255, 255, 255, 1)} {
		if err := tb.lobbies[2].mesh.To(1).Link.SendFeed(b); err != nil {
			t.Fatal(err)
		}
	}
	tb.until(20, func() bool { return s.Log() != nil || s.Err() != nil })
	if !bytes.Equal(s.Log(), log) || tb.lobbies[1].mesh.To(2).Link.State() != link.Open {
		t.Errorf("%v", s.Err())
	}
}

// TestControlsAreTheHostsWord: a member who has not the controls, says that he hosts, or seeks
// all the time: nobody's picture follows, or only so often.
func TestControlsAreTheHostsWord(t *testing.T) {
	tb := newScreened(t, 3, film(1000))
	host, liar := tb.screen(0), tb.lobbies[1]
	cue := wire.Cue{Holder: 1, Frame: 3000, Speed: 4, Playing: true}
	for n := range 120 {
		liar.guest.host.Send(&wire.CueAsk{Number: uint32(n), Cue: cue})
		liar.mesh.To(2).Send(&wire.CueNow{Cue: cue})
		liar.mesh.To(2).Send(&wire.Reel{Bytes: 5})
		liar.mesh.To(2).Send(&wire.CueAsk{Cue: cue})
		tb.tick()
	}
	if s := tb.screen(2); s.Frame() != 0 || s.Holder() != 0 || s.Bytes() != 1000 || host.Frame() != 0 {
		t.Errorf("at %d, held by %d", s.Frame(), s.Holder())
	}
	if err := host.HandOver(1); err != nil {
		t.Fatal(err)
	}
	tb.until(2, func() bool { return tb.screen(2).Holder() == 1 })
	words := 0
	for n := range 600 {
		cue.Frame, cue.Playing = int32(n), false
		liar.guest.host.Send(&wire.CueAsk{Number: uint32(n), Cue: cue})
		before := tb.screen(2).follower.Now(tb.lobbies[2].now()).Frame
		if tb.tick(); tb.screen(2).follower.Now(tb.lobbies[2].now()).Frame != before {
			words++
		}
	}
	if words > 110 {
		t.Errorf("who seeks all the time is followed %d times in 10 s", words)
	}
	tb.seconds(1)
	if f := tb.screen(2).Frame(); f != 599 {
		t.Errorf("at %d in place of where it went last", f)
	}
}

// TestFakeHostShows: a host that speaks of recordings before it has said who is there, shows ever
// something else, and is gone while something comes: nothing of it does harm.
func TestFakeHostShows(t *testing.T) {
	tb := newTable(t, 1, 0, ledgerGame(), LobbyConfig{}, Conditions{DelayMs: 10})
	h := tb.newFakeHost(ledgerGame())
	lobby, l := h.victim(tb, nil)
	node := tb.network.NewNode("early")
	early, err := JoinLobby(node, h.game, h.endpoint.Addr().String(), LobbyConfig{})
	if err != nil {
		t.Fatal(err)
	}
	tb.nodes, tb.lobbies, tb.done = append(tb.nodes, node), append(tb.lobbies, early), append(tb.done, false)
	tb.until(5, func() bool { return len(h.links) > 1 && last[*wire.Hello](h.links[1]) != nil })
	cue := &wire.CueNow{Cue: wire.Cue{Holder: 9, Speed: 4, Playing: true}, NowMicros: 1 << 49}
	h.links[1].say(hello(h.game, wire.Answer, "Host", 2), &wire.Welcome{Lobby: 77, Machine: 2}, &wire.Reel{Bytes: 9, End: 50}, cue, &wire.ReelAsk{}, &wire.CueAsk{Cue: cue.Cue})
	tb.seconds(1)
	if early.State() != Connecting || early.Screening() != nil {
		t.Errorf("%v, %v", early.State(), early.Screening())
	}
	shown := map[*Screening]bool{}
	for n := range 300 {
		l.say(&wire.Reel{Bytes: wire.MaxReelBytes, End: 50, Name: [32]byte{byte(n), byte(n >> 8)}}, cue)
		tb.tick()
		shown[lobby.Screening()] = true
	}
	if len(shown) > 12 {
		t.Errorf("%d recordings were shown in 5 s", len(shown))
	}
	s := lobby.Screening()
	s.Fetch()
	tb.seconds(1)
	if words := s.Progress(); words == "" || s.Frame() < 0 || s.Frame() > 50 || s.Holder() != 9 {
		t.Errorf("%q, at %d, held by %d", words, s.Frame(), s.Holder())
	}
	l.Close(link.CodeLeft, "left")
	tb.seconds(1)
	if words := s.Progress(); !strings.HasPrefix(words, "nobody here has") || !lobby.Hosting() || !s.Mine() {
		t.Errorf("without the host: %q, %v", words, s.Mine())
	}
}

// TestReplayStandsInAMatch: while a match runs nothing is shown and nothing is sent; afterwards
// it goes on where it stood.
func TestReplayStandsInAMatch(t *testing.T) {
	log := film(4 << 20)
	tb := newScreened(t, 2, log)
	s := tb.screen(1)
	tb.screen(0).Play()
	tb.seconds(1)
	s.Fetch()
	tb.until(10, func() bool { return s.Got() > 0 })
	tb.start(3, 300)
	tb.until(5, func() bool { return tb.lobbies[1].State() == Playing })
	tb.seconds(1)
	got, at := s.Got(), tb.screen(0).Frame()
	tb.seconds(2)
	if s.Got() != got || got == len(log) || tb.screen(0).Frame() != at {
		t.Errorf("in a match %d of %d bytes come, and it goes from %d to %d", s.Got()-got, len(log), at, tb.screen(0).Frame())
	}
	tb.until(60, func() bool { return s.Log() != nil })
	if f := s.Frame(); f != at {
		t.Errorf("at %d, and not at %d", f, at)
	}
}

// TestShowReplayRefuses: what cannot be shown is said in words.
func TestShowReplayRefuses(t *testing.T) {
	tb := newTable(t, 1, 2, ledgerGame(), LobbyConfig{}, Conditions{})
	if err := tb.lobbies[1].ShowReplay(nil); err != ErrNotHost {
		t.Error(err)
	}
	if err := tb.lobbies[0].ShowReplay(make([]byte, MaxReplayBytes+1)); err == nil || !strings.Contains(err.Error(), "17 MB, and no more than 16") {
		t.Error(err)
	}
	if err := tb.lobbies[0].ShowReplay(film(1000)); err == nil || !strings.Contains(err.Error(), "no recorded match") {
		t.Error(err)
	}
	if tb.lobbies[0].Screening() != nil {
		t.Error("it is shown all the same")
	}
}

// FuzzReelFed: whatever comes over the feed, no more is kept than was announced, and nothing
// else taken for the file.
func FuzzReelFed(f *testing.F) {
	log := film(600)
	sum := sha256.Sum256(log)
	block := func(at int, piece []byte) []byte {
		return append(binary.BigEndian.AppendUint32(append([]byte{feedReel}, sum[:4]...), uint32(at)), piece...)
	}
	f.Add(block(0, log[:400]), block(400, log[400:]))
	f.Add(block(0, log[:400]), block(300, log[300:]))
	f.Add(block(0, log), block(600, log))
	f.Add(block(0, append(bytes.Clone(log), 1)), []byte{feedReel})
	tb := newTable(f, 1, 2, ledgerGame(), LobbyConfig{}, Conditions{})
	r := tb.lobbies[1].Room
	f.Fuzz(func(t *testing.T, a, b []byte) {
		s := newScreening(r, wire.Reel{Name: sum, Sum: sum, Bytes: uint32(len(log)), End: 5000})
		s.Fetch()
		s.file.from, s.file.asked = r.guest.host, len(log)
		for n, b := range [][]byte{a, b} {
			if len(b) > 0 {
				s.file.fed(r.guest.host, time.Duration(n), b)
			}
			if s.Got() > len(log) {
				t.Fatal("more is kept than was announced")
			}
		}
		if s.Log() != nil && !bytes.Equal(s.Log(), log) {
			t.Fatal("another file is taken for it")
		}
	})
}
