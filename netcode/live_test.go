//go:build !race

package netcode

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"strings"
	"testing"
	"time"

	"github.com/zeebo/xxh3"

	"github.com/visavis-netcode/visavis/netcode/internal/wire"
	"github.com/visavis-netcode/visavis/netcode/matchlog"
	"github.com/visavis-netcode/visavis/rollback"
)

// scribe writes the log of a match of nobody into a LiveLog, a second of it at a time.
type scribe struct {
	live  *LiveLog
	w     *matchlog.Writer
	frame rollback.Frame
	rng   rollback.Rand
}

func newScribe(t testing.TB) *scribe {
	s := &scribe{live: NewLiveLog(), rng: rollback.NewRand(7)}
	var err error
	s.w, err = matchlog.NewWriter(s.live, &matchlog.Header{Game: ledgerGame().Game, TickRate: 60, InputBytes: 1})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// second writes one, and some thousand bytes that cannot be packed.
func (s *scribe) second() {
	if s.frame%300 == 0 {
		world := make([]byte, 5000)
		for i := range world {
			world[i] = byte(s.rng.Uint32())
		}
		s.w.Snapshot(&matchlog.Snapshot{Frame: s.frame, Sections: matchlog.SectionWorld, World: xxh3.Hash(world)}, world)
	}
	for range 60 {
		s.w.Frame(s.frame, rollback.Lineup{}, nil)
		s.frame++
	}
	s.w.Flush()
}

// lively is a table whose host shows a match that goes on.
type lively struct {
	*table
	scribe *scribe
	beats  int
	also   func() // goes on in every tick; may be nil
}

// newLively has so many seconds of the match be there before it is shown.
func newLively(t *testing.T, peers, seconds int) *lively {
	l := &lively{table: newTable(t, 1, peers, ledgerGame(), LobbyConfig{}, Conditions{DelayMs: 25, JitterMs: 5, LossPercent: 1}), scribe: newScribe(t)}
	if err := l.lobbies[0].ShowLive(l.scribe.live); err != ErrNothingRecorded {
		t.Fatalf("before there is anything: %v", err)
	}
	for range seconds {
		l.scribe.second()
	}
	if err := l.lobbies[0].ShowLive(l.scribe.live); err != nil {
		t.Fatal(err)
	}
	for i := range peers {
		l.screen(i).Fetch()
	}
	return l
}

// goesOn lets the match go on for so many seconds.
func (l *lively) goesOn(seconds float64) {
	for range int(seconds * 60) {
		if l.beats++; l.beats%60 == 0 {
			l.scribe.second()
		}
		if l.also != nil {
			l.also()
		}
		l.tick()
	}
}

// TestLiveIsFetched: what is new of a match that goes on comes to all about every second, also to who
// comes later, and all see the newest of it; its end is known.
func TestLiveIsFetched(t *testing.T) {
	l := newLively(t, 3, 20)
	l.goesOn(10)
	host := l.screen(0)
	for i := range 3 {
		s := l.screen(i)
		if behind := host.End() - s.Frame(); !s.Playing() || !s.Grows() || behind < 50 || behind > 260 || host.GotBy(i) < host.Bytes()-1000 {
			t.Errorf("%d is at %d of %d, and has %d bytes of %d; playing %v", i, s.Frame(), host.End(), s.Got(), s.Bytes(), s.Playing())
		}
		if log, _ := l.scribe.live.read(); len(s.Log()) == 0 || !bytes.HasPrefix(log, s.Log()) || s.Err() != nil {
			t.Errorf("%d has another log: %v", i, s.Err())
		}
	}
	if behind := l.scribe.frame - host.End(); behind > 130 {
		t.Errorf("%d frames are held back", behind)
	}
	if l.screen(1).Use(l.screen(0).Log()) {
		t.Error("a recording of it is taken for all of it")
	}
	if err := l.lobbies[0].StartFromReplay(0); err == nil || !strings.Contains(err.Error(), "goes on") {
		t.Errorf("it can be played on from: %v", err)
	}
	l.scribe.live.Close()
	l.goesOn(8)
	log, _ := l.scribe.live.read()
	for i := range 3 {
		if s := l.screen(i); s.Grows() || s.Playing() || s.Frame() != s.End() || s.Frame() < l.scribe.frame-8*60-60 || !bytes.HasPrefix(log, s.Log()) {
			t.Errorf("at the end %d is at %d of %d, goes on: %v", i, s.Frame(), s.End(), s.Grows())
		}
	}
	if sent := l.lobbies[0].screening.lending.to[1].bytes; sent > l.screen(1).Bytes()+maxReelPiece {
		t.Errorf("%d bytes were sent of %d", sent, l.screen(1).Bytes())
	}
}

// TestLiveIsNotAsAnnounced: a host that alters what it has announced, or sends more, is found out, and
// nothing of that is ever taken for the match; what came before stays.
func TestLiveIsNotAsAnnounced(t *testing.T) {
	for name, lie := range map[string]func(l *lively){
		"altered": func(l *lively) {
			s := l.screen(0)
			l.also = func() { s.file.log = append(bytes.Clone(s.file.log[:len(s.file.log)-1]), 0x55) }
		},
		"more": func(l *lively) {
			s := l.screen(0)
			l.also = func() {
				to := &s.lending.to[1]
				block := append([]byte{feedReel}, s.reel.Name[:4]...)
				block = binary.BigEndian.AppendUint32(block, uint32(to.at))
				to.conn.Link.SendFeed(append(block, make([]byte, 3000)...))
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLively(t, 2, 10)
			l.goesOn(3)
			s := l.screen(1)
			before := bytes.Clone(s.Log())
			lie(l)
			l.goesOn(4)
			honest, _ := l.scribe.live.read()
			if s.Err() == nil || !strings.Contains(s.Err().Error(), "P0 has sent is not the recording that was announced") {
				t.Errorf("it reads %v, %q", s.Err(), s.Progress())
			}
			if !bytes.HasPrefix(s.Log(), before) || !bytes.HasPrefix(honest, s.Log()) {
				t.Error("what was altered is taken for the match")
			}
		})
	}
}

// TestLiveHostLies: who says ever more, less, or nothing that makes sense of how far a match goes, is
// believed some times a second at most, keeps little of this machine's memory, and ends nothing.
func TestLiveHostLies(t *testing.T) {
	tb := newTable(t, 1, 0, ledgerGame(), LobbyConfig{}, Conditions{DelayMs: 10})
	h := tb.newFakeHost(ledgerGame())
	lobby, l := h.victim(tb, nil)
	reel := wire.Reel{Name: [32]byte{1}, Bytes: 1000, First: 10, End: 50, Grows: true}
	l.say(&reel)
	tb.until(5, func() bool { return lobby.Screening() != nil })
	s := lobby.Screening()
	s.Fetch()
	taken := 0
	for n := range 600 {
		reel.Bytes, reel.End = uint32(1+n*7919%wire.MaxReelBytes), int32(10+n*31%5000)
		reel.Sum = [32]byte{byte(n)}
		was := s.reel
		l.say(&reel, &wire.CueNow{Cue: wire.Cue{Holder: 2, Speed: 64, Playing: true, Frame: 1 << 30}, End: int32(n * 7919 % 100_000), NowMicros: int64(n) * 16_000}, &wire.ReelHave{Name: reel.Name, Bytes: wire.MaxReelBytes})
		if tb.tick(); s.reel != was {
			taken++
		}
		if f := s.Frame(); f < 10 || f > max(rollback.Frame(s.reel.End), 5010) || len(s.file.marks) > maxReelMarks || s.End() < 10 {
			t.Fatalf("at %d of %d, with %d marks", f, s.End(), len(s.file.marks))
		}
	}
	if lobby.Screening() != s || taken > 35 || taken < 10 {
		t.Errorf("%d of its words were taken in 10 s", taken)
	}
	if s.Log() != nil || s.Err() != nil {
		t.Errorf("nothing has come, and it has %d bytes, %v", len(s.Log()), s.Err())
	}
}

// TestLiveIsAskedForAgainAndAgain: who does, from its beginning or beyond its end, is sent no more than
// twice the whole of it.
func TestLiveIsAskedForAgainAndAgain(t *testing.T) {
	l := newLively(t, 2, 10)
	name := l.screen(0).reel.Name
	l.also = func() {
		l.lobbies[1].guest.host.Send(&wire.ReelAsk{Name: name, Through: wire.MaxReelBytes})
		l.lobbies[1].guest.host.Send(&wire.ReelHave{Name: name})
	}
	l.goesOn(20)
	if sent, all := l.lobbies[0].screening.lending.to[1].bytes, len(l.screen(0).Log()); sent > maxReelTimes*all || sent < all {
		t.Errorf("%d bytes were sent of %d", sent, all)
	}
}

// TestLiveWaitsForAll: what is shown goes as far as all have it who keep up; who never has the newest is
// waited for for some seconds, again and again if he comes near each time, and holds nobody up for
// longer.
func TestLiveWaitsForAll(t *testing.T) {
	l := newLively(t, 3, 10)
	l.goesOn(5)
	host := l.screen(0)
	held := func() time.Duration { return time.Duration(l.scribe.frame-host.End()) * time.Second / 60 }
	if held() > 2200*time.Millisecond {
		t.Errorf("%v are held back while all keep up", held())
	}
	l.screen(2).file.wanted = false // nothing more is taken in
	l.goesOn(4)
	if held() < 3*time.Second {
		t.Errorf("%v are held back; one has not the newest", held())
	}
	l.goesOn(10)
	if held() > 2200*time.Millisecond {
		t.Errorf("%v are held back for one who was waited for", held())
	}
	l.also = func() {
		l.lobbies[2].guest.host.Send(&wire.ReelHave{Name: host.reel.Name, Bytes: uint32(host.broadcast.shared.bytes)})
	}
	longest := time.Duration(0)
	for range 20 {
		l.goesOn(1)
		longest = max(longest, held())
	}
	if longest > shareTime+2200*time.Millisecond {
		t.Errorf("who always lacks the newest holds %v back", longest)
	}
	if f := l.screen(1).Frame(); f < l.scribe.frame-12*60 {
		t.Errorf("the other is at %d of %d", f, l.scribe.frame)
	}
}

// TestLiveWithoutItsHost: with the host of the room the match ends for it, where the next host has it;
// who has it not yet, or comes then, is sent that much.
func TestLiveWithoutItsHost(t *testing.T) {
	l := newLively(t, 3, 10)
	l.goesOn(5)
	l.screen(2).file.wanted = false
	l.goesOn(3)
	l.leave(0)
	l.until(10, func() bool { return l.lobbies[1].Hosting() })
	l.screen(2).Fetch()
	l.seconds(5)
	honest, _ := l.scribe.live.read()
	for i := 1; i < 3; i++ {
		if s := l.screen(i); s.Grows() || len(s.Log()) != s.Bytes() || s.Err() != nil || !bytes.HasPrefix(honest, s.Log()) || s.Frame() != s.End() {
			t.Errorf("%d has %d bytes of %d, at %d of %d, goes on: %v, %v", i, len(s.Log()), s.Bytes(), s.Frame(), s.End(), s.Grows(), s.Err())
		}
	}
	if a, b := l.screen(1), l.screen(2); !bytes.Equal(a.Log(), b.Log()) || a.Holder() != 1 || b.Holder() != 1 {
		t.Error("they have not the same")
	}
}

// TestLiveLogIsFull: a match that is too long is shown up to there.
func TestLiveLogIsFull(t *testing.T) {
	log := NewLiveLog()
	if _, err := log.Write(make([]byte, MaxReplayBytes)); err != nil {
		t.Fatal(err)
	}
	if _, err := log.Write([]byte{1}); err == nil || !strings.Contains(err.Error(), "no more than 16 MB") {
		t.Error(err)
	}
	if _, err := log.Write(nil); err == nil || !strings.Contains(err.Error(), "has ended") {
		t.Errorf("after its end: %v", err)
	}
	if b, over := log.read(); len(b) != MaxReplayBytes || !over {
		t.Errorf("%d bytes, over: %v", len(b), over)
	}
}

// TestGivenFileGrows: what a machine had already is the beginning of what comes, and so is what it had
// got of that before it found it.
func TestGivenFileGrows(t *testing.T) {
	log := film(900)
	tb := newTable(t, 1, 2, ledgerGame(), LobbyConfig{}, Conditions{})
	r := tb.lobbies[1].Room
	reel := wire.Reel{Name: [32]byte{9}, Sum: sha256.Sum256(log[:500]), Bytes: 500, End: 100}
	block := func(at int, piece []byte) []byte {
		return append(binary.BigEndian.AppendUint32(append([]byte{feedReel}, reel.Name[:4]...), uint32(at)), piece...)
	}
	for _, got := range []int{0, 200} {
		s := newScreening(r, reel)
		f := &s.file
		s.Fetch()
		f.from, f.asked = r.guest.host, 500
		if got > 0 {
			f.fed(f.from, 0, block(0, make([]byte, got))) // of which nobody knows yet that it is something else
		}
		if !s.Use(log[:500]) {
			t.Fatal("what it has is not taken")
		}
		s.reel = wire.Reel{Name: reel.Name, Sum: sha256.Sum256(log), Bytes: uint32(len(log)), End: 200}
		f.announced(0, markOf(&s.reel))
		f.from, f.asked = r.guest.host, len(log)
		f.fed(f.from, 0, block(500, log[500:]))
		if !bytes.Equal(s.Log(), log) || s.Err() != nil {
			t.Errorf("after %d bytes of something else it has %d of %d bytes, %v", got, len(s.Log()), len(log), s.Err())
		}
	}
}

// FuzzReelGrows: whatever comes over the feed of a match that goes on, nothing is taken for it but what
// was announced, and no more kept than was asked for.
func FuzzReelGrows(f *testing.F) {
	log := film(900)
	name := [32]byte{9, 8, 7, 6}
	block := func(at int, piece []byte) []byte {
		return append(binary.BigEndian.AppendUint32(append([]byte{feedReel}, name[:4]...), uint32(at)), piece...)
	}
	f.Add(block(0, log[:400]), block(400, log[400:]), uint16(400))
	f.Add(block(0, log[:300]), block(200, log[200:]), uint16(250))
	f.Add(block(0, log), block(900, log), uint16(899))
	f.Add(block(0, log[:500]), block(500, append([]byte{1}, log[501:]...)), uint16(500))
	tb := newTable(f, 1, 2, ledgerGame(), LobbyConfig{}, Conditions{})
	r := tb.lobbies[1].Room
	f.Fuzz(func(t *testing.T, a, b []byte, first uint16) {
		n := 1 + int(first)%(len(log)-1)
		reel := wire.Reel{Name: name, Sum: sha256.Sum256(log[:n]), Bytes: uint32(n), End: 100, Grows: true}
		s := newScreening(r, reel)
		s.Fetch()
		for i, b := range [][]byte{a, b} {
			s.file.from, s.file.asked = r.guest.host, int(s.reel.Bytes)
			if len(b) > 0 {
				s.file.fed(r.guest.host, time.Duration(i), b)
			}
			if s.Got() > int(s.reel.Bytes) {
				t.Fatal("more is kept than was asked for")
			}
			if !bytes.HasPrefix(log, s.Log()) || s.Log() != nil && len(s.Log()) != n && len(s.Log()) != len(log) {
				t.Fatal("something else is taken for the match")
			}
			reel.Bytes, reel.Sum, reel.End, reel.Grows = uint32(len(log)), sha256.Sum256(log), 200, false
			r.guest.reelGrew(s, &reel)
		}
	})
}
