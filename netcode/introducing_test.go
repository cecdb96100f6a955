//go:build !race

package netcode

import (
	"slices"
	"strings"
	"testing"

	"github.com/visavis-netcode/visavis/netcode/internal/records"
	"github.com/visavis-netcode/visavis/netcode/internal/seals"
	"github.com/visavis-netcode/visavis/netcode/matchlog"
	"github.com/visavis-netcode/visavis/rollback"
)

// namesOf are the names of a cast, "-" for a seat that nobody plays.
func namesOf(cast []Seated) (names []string) {
	for _, who := range cast {
		if who.Machine == NoMachine {
			who.Name = "-"
		}
		names = append(names, who.Name)
	}
	return names
}

// TestIntroduced: who comes to a match that runs is known by name to those who watch, whether
// they were there before or come after, and to what the players and who watches record: in
// every stretch with frames of his.
func TestIntroduced(t *testing.T) {
	g := newGalleryOf(t, 3, lateGame(AbsentIdle, LateAnybody), Conditions{DelayMs: 25}, 200)
	g.start(3000, 300)
	before := g.watch()
	g.until(300, func() bool { return before.State() == Playing && before.Status().Frame > 10 })
	file, seen := &tapeFile{}, &tapeFile{}
	recording, err := g.lobbies[0].Match().Record(file)
	if err != nil {
		t.Fatal(err)
	}
	watched, err := before.Record(seen)
	if err != nil {
		t.Fatal(err)
	}
	g.records = []record{recording, watched}
	g.lobbies[1].Leave()
	g.gone[1] = true
	g.until(400, func() bool { return slices.Equal(namesOf(before.AppendCast(nil)), []string{"P0", "-", "P2"}) })
	who := g.enter(g.game, 3)
	g.until(300, g.plays(who))
	want := []string{"P0", "P3", "P2"}
	g.until(400, func() bool { return slices.Equal(namesOf(before.AppendCast(nil)), want) })
	after := g.watch()
	g.until(900, func() bool { return after.State() == Playing && after.Status().Frame > 10 })
	if got := namesOf(after.AppendCast(nil)); !slices.Equal(got, want) {
		t.Errorf("who watches since then sees %q", got)
	}
	g.until(3600, func() bool { return before.Status().Over && after.Status().Over })
	<-recording.Done()
	<-watched.Done()
	verify := g.nodes[0].endpoint.Verify
	checkIntroduced(t, "the host", file.open(t), verify)
	checkIntroduced(t, "who watches", seen.open(t), verify)
}

// checkIntroduced fails unless a log knows whose each stream is in each of its stretches, and that he
// has signed it.
func checkIntroduced(t *testing.T, name string, l *matchlog.Log, verify seals.Verify) {
	t.Helper()
	signed, err := seals.OfLog(l, verify)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range signed {
		if s.Stream.Machine != 1 && s.Through < s.Last-attestedFrames {
			t.Errorf("%s: of frames %d to %d those from %d to %d are signed by %v", name, s.First, s.Last, s.From, s.Through, s.Stream)
		}
	}
	late := 0
	for i := range l.Starts() {
		s, err := l.Stretch(i)
		if err != nil {
			t.Fatal(err)
		}
		for _, block := range s.Frames {
			for k := range block.Spans {
				span := &block.Spans[k]
				for _, run := range span.Runs {
					if n := s.Newcomers.Of(run.Stream); n != nil && n.Key == [32]byte{} {
						t.Fatalf("%s, stretch %d: the key of %v is %x", name, i, n.Stream, n.Key)
					}
				}
				for seat, who := range AppendCast(nil, l.Header, &s.Newcomers, span) {
					if who.Machine != NoMachine && who.Name == "" || seat != 1 && who.Machine == NoMachine {
						t.Fatalf("%s, stretch %d: seat %d is %+v's", name, i, seat, who)
					}
					if who.Name == "P3" {
						late += span.Count
					}
				}
			}
		}
	}
	if late < 1000 {
		t.Errorf("%s: P3 is known to have played %d frames", name, late)
	}
}

// TestCastOfAStranger: what a stranger's log calls who plays is fit to be shown, founder or
// newcomer; who is not known, and who is not there, has no name.
func TestCastOfAStranger(t *testing.T) {
	evil := "\u202eA\x1b[31mna\n" + strings.Repeat("x", 900)
	h := &matchlog.Header{Players: []matchlog.Player{{Name: evil}, {Machine: 1}, {Machine: 2}, {Machine: matchlog.NoMachine}}}
	span := &matchlog.Span{Lineup: rollback.Lineup{Absent: 8}, Runs: []matchlog.Run{{Seats: 1}}}
	for machine := uint8(1); machine < 3; machine++ {
		id := records.StreamID{Machine: machine, Born: 1}
		span.Runs = append(span.Runs, matchlog.Run{Stream: id, Seats: 1 << machine})
	}
	var known matchlog.Newcomers
	known.Take(&matchlog.Newcomer{Stream: span.Runs[1].Stream, Players: []matchlog.Newcome{{Name: evil}}})
	want := cleanName(evil)
	if got := namesOf(AppendCast(nil, h, &known, span)); !slices.Equal(got, []string{want, want, "", "-"}) {
		t.Errorf("the cast is %q", got)
	}
}
