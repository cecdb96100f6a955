package netcode

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/visavis-netcode/visavis/netcode/internal/membership"
	"github.com/visavis-netcode/visavis/netcode/matchlog"
	"github.com/visavis-netcode/visavis/rollback"
)

// tapeFile is a file in memory, on a disk that may have no room.
type tapeFile struct {
	mu     sync.Mutex
	b      []byte
	room   int          // 0: any
	writes atomic.Int32 // that have begun
	closed bool
}

func (f *tapeFile) Write(b []byte) (int, error) {
	f.writes.Add(1)
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.room > 0 && len(f.b)+len(b) > f.room {
		return 0, errors.New("no space left on device")
	}
	f.b = append(f.b, b...)
	return len(b), nil
}

func (f *tapeFile) Close() error { f.closed = true; return nil }

func (f *tapeFile) open(t *testing.T) *matchlog.Log {
	t.Helper()
	l, err := matchlog.Open(bytes.NewReader(f.b), int64(len(f.b)), nil)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// record records a peer's match from here on.
func (tb *table) record(peer int) (*Recording, *tapeFile) {
	tb.t.Helper()
	f := &tapeFile{}
	r, err := tb.lobbies[peer].Match().Record(f)
	if err != nil {
		tb.t.Fatal(err)
	}
	tb.recordings = append(tb.recordings, r)
	return r, f
}

// replayed simulates a whole log from its first snapshot, and compares all that it says of
// worlds by the way.
func replayed(t *testing.T, game Config[ledger, uint32], l *matchlog.Log) (*rollback.Session[ledger, uint32], int) {
	t.Helper()
	var session *rollback.Session[ledger, uint32]
	compared := 0
	for i := range l.Starts() {
		s, err := l.Stretch(i)
		if err != nil {
			t.Fatal(err)
		}
		if session == nil {
			config := game.filled().session(ledger{}, len(l.Header.Players))
			session, _ = rollback.New(config)
			if err := session.DecodeWorld(&config.Start, s.World); err != nil {
				t.Fatal(err)
			}
			config.Origin, config.ChecksumFrames, config.Local = s.Snapshot.Origin(), 1, nil
			if session, err = rollback.New(config); err != nil {
				t.Fatal(err)
			}
		}
		if world := session.AppendWorld(nil, session.World()); !bytes.Equal(world, s.World) || session.Current() != s.Snapshot.Frame {
			t.Fatalf("at frame %d the world of frame %d is another one", session.Current(), s.Snapshot.Frame)
		}
		marks := map[rollback.Frame]byte{}
		for _, m := range s.Marks {
			for k, b := range m.Bytes {
				marks[m.First+rollback.Frame(k)] = b
			}
		}
		sums := map[rollback.Frame]rollback.Checksum{}
		for _, sum := range s.Checksums {
			sums[sum.Frame] = rollback.Checksum(sum)
		}
		for f := s.Snapshot.Frame; f < s.End(); f++ {
			feedFrame(t, session, s, f, l.Header.InputBytes)
			mine, _ := session.ChecksumAt(f)
			if mark, told := marks[f]; told {
				compared++
				if mark != byte(mine.World) {
					t.Fatalf("frame %d: another world", f)
				}
			}
			if sum, told := sums[f]; told && sum != mine {
				t.Fatalf("frame %d: %+v, recorded was %+v", f, mine, sum)
			}
		}
	}
	return session, compared
}

// feedFrame lets a session step a recorded frame.
func feedFrame(t *testing.T, session *rollback.Session[ledger, uint32], s *matchlog.Stretch, f rollback.Frame, size int) {
	t.Helper()
	span, place, ok := s.At(f)
	if !ok {
		t.Fatalf("frame %d is missing", f)
	}
	for _, run := range span.Runs {
		record := run.Records[place]
		for seat := range rollback.MaxSeats {
			if run.Seats>>seat&1 != 0 {
				if err := session.ConfirmPacked(seat, f, record[:size]); err != nil {
					t.Fatal(err)
				}
				record = record[size:]
			}
		}
	}
	if err := session.ConfirmLineup(f, span.Lineup); err != nil {
		t.Fatal(err)
	}
	session.Tick()
}

// viewsOf counts what was decided of who is in the match.
func viewsOf(t *testing.T, l *matchlog.Log) (n int) {
	for b, err := range l.Blocks() {
		v, ok := b.(*matchlog.View)
		if err != nil || !ok {
			continue
		}
		m, err := membership.ParseMessage(v.Bytes)
		if commit, ok := m.(*membership.Commit); err != nil || !ok || commit.Value.Number != v.Number || len(commit.Value.Cuts) != 1 {
			t.Errorf("%+v: %v", m, err)
		}
		n++
	}
	return n
}

// TestRecord: what every machine records of a match over a bad network is the match, to its
// result, with one who plays two seats and one who leaves.
func TestRecord(t *testing.T) {
	game := ledgerGame()
	game.Absent = AbsentFrozen
	tb := newTable(t, 3, 3, game, LobbyConfig{}, Conditions{DelayMs: 40, JitterMs: 15, LossPercent: 5})
	tb.start(7, 1500)
	tb.until(20, func() bool {
		return tb.lobbies[2].Match() != nil && tb.lobbies[0].Match() != nil && tb.lobbies[1].Match() != nil
	})
	var recordings []*Recording
	var files []*tapeFile
	for i := range 3 {
		r, f := tb.record(i)
		recordings, files = append(recordings, r), append(files, f)
	}
	tb.frame(2, 700)
	tb.lobbies[2].Match().Leave()
	tb.done[2] = true
	results := tb.playOut(60)
	for i, r := range recordings {
		<-r.Done()
		l := files[i].open(t)
		if r.Err() != nil || l.Cut != nil || l.Result == nil || !files[i].closed || r.Bytes() != int64(len(files[i].b)) {
			t.Fatalf("peer %d: %v, %+v", i, r.Err(), l)
		}
		session, compared := replayed(t, game, l)
		if session.Current() < l.Result.Frame || compared < int(l.Result.Frame-l.Header.Start)-10*i*(i-1) { // who leaves, the last, does so between two ticks
			t.Errorf("peer %d: %d frames of %d, %d compared", i, session.Current(), l.Result.Frame, compared)
		}
		if world, ok := session.At(l.Result.Frame); !ok || session.Hash(world) != l.Result.World {
			t.Errorf("peer %d: another result", i)
		}
		if i < 2 && (l.Result.Frame != results[0].Frame || l.Result.World != results[0].Hash || !l.Result.Agreed || len(l.Starts()) < 5 || l.Frames != l.Result.Frame || viewsOf(t, l) != 1) {
			t.Errorf("peer %d: %+v", i, l.Result)
		}
		if i == 2 && (l.Result.Agreed || l.Result.Reason == "") {
			t.Errorf("who has left: %+v", l.Result)
		}
		if h := l.Header; h.Match != tb.lobbies[0].Match().play.logID() || h.Players[1].Name != "P1" || h.Players[1].Key == [32]byte{} || int(h.Author) != i || h.Start > 30 || h.Seed != 7 {
			t.Errorf("%+v", h)
		}
	}
}

// TestRecordLate: a match can be recorded from anywhere on, stopped, and recorded again, but
// not twice at once.
func TestRecordLate(t *testing.T) {
	tb := newTable(t, 4, 2, ledgerGame(), LobbyConfig{LocalSeats: 1}, Conditions{DelayMs: 30})
	tb.start(7, 900)
	tb.frame(0, 400)
	r, f := tb.record(0)
	if _, err := tb.lobbies[0].Match().Record(&tapeFile{}); err == nil {
		t.Error("recorded twice at once")
	}
	tb.frame(0, 600)
	r.Stop()
	r.Stop()
	<-r.Done()
	l := f.open(t)
	if l.Header.Start < 350 || l.Frames < 550 || l.Result != nil || l.Cut != nil {
		t.Errorf("from frame %d to %d, %v", l.Header.Start, l.Frames, l.Cut)
	}
	replayed(t, ledgerGame(), l)
	again, g := tb.record(0)
	tb.playOut(30)
	<-again.Done()
	if l := g.open(t); l.Frames != 900 || l.Result == nil {
		t.Errorf("%d frames", l.Frames)
	}
	if _, err := tb.lobbies[0].Match().Record(&tapeFile{}); err == nil {
		t.Error("a match that is over is recorded")
	}
}

// TestRecordFullDisk: a disk without room ends the recording in words, and not the match.
func TestRecordFullDisk(t *testing.T) {
	tb := newTable(t, 4, 2, ledgerGame(), LobbyConfig{}, Conditions{})
	tb.start(7, 1200)
	tb.frame(0, 5)
	r, f := tb.record(0)
	f.mu.Lock()
	f.room = 3000
	f.mu.Unlock()
	results := tb.playOut(60)
	<-r.Done()
	if err := r.Err(); err == nil || !strings.Contains(err.Error(), "no space left on device") {
		t.Errorf("%v", err)
	}
	agree(t, results, func(err error) bool { return err == nil })
	if l := f.open(t); l.Frames < 100 || l.Frames >= 1200 || l.Result != nil {
		t.Errorf("%d frames", l.Frames)
	}
}

// TestRecordAfterFullDisk: where a recording has ended for want of room, another one may begin.
func TestRecordAfterFullDisk(t *testing.T) {
	tb := newTable(t, 4, 2, ledgerGame(), LobbyConfig{}, Conditions{})
	tb.start(7, 1200)
	tb.frame(0, 5)
	r, f := tb.record(0)
	f.mu.Lock()
	f.room = 3000
	f.mu.Unlock()
	tb.until(20, func() bool { return r.Err() != nil })
	again, g := tb.record(0)
	if _, err := tb.lobbies[0].Match().Record(&tapeFile{}); err == nil {
		t.Error("recorded twice at once")
	}
	tb.playOut(60)
	<-r.Done()
	<-again.Done()
	if l := g.open(t); l.Frames != 1200 || l.Result == nil || l.Header.Start < 100 {
		t.Errorf("from frame %d to %d", l.Header.Start, l.Frames)
	}
	if !f.closed {
		t.Error("the full disk's file is still open")
	}
}

// TestRecordSparse: where few worlds are kept.
func TestRecordSparse(t *testing.T) {
	game := ledgerGame()
	game.SaveEvery = 7
	tb := newTable(t, 5, 2, game, LobbyConfig{}, Conditions{DelayMs: 60, JitterMs: 30})
	tb.start(7, 1000)
	tb.frame(0, 5)
	r, f := tb.record(0)
	tb.playOut(60)
	<-r.Done()
	l := f.open(t)
	if l.Frames != 1000 || len(l.Starts()) < 3 {
		t.Errorf("%d frames, snapshots %v", l.Frames, l.Starts())
	}
	replayed(t, game, l)
}

// TestRecordToFile: to a real one.
func TestRecordToFile(t *testing.T) {
	name := filepath.Join(t.TempDir(), "match.vvlog")
	file, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	tb := newTable(t, 6, 1, ledgerGame(), LobbyConfig{}, Conditions{})
	tb.start(7, 200)
	tb.tick()
	r, err := tb.lobbies[0].Match().Record(file)
	if err != nil {
		t.Fatal(err)
	}
	tb.recordings = append(tb.recordings, r)
	tb.playOut(20)
	<-r.Done()
	if b, err := os.ReadFile(name); err != nil || int64(len(b)) != r.Bytes() {
		t.Errorf("%d bytes, %v", len(b), err)
	}
}
