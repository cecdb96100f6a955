//go:build !race

package netcode

import (
	"errors"
	"testing"

	"github.com/visavis-netcode/visavis/netcode/internal/records"
	"github.com/visavis-netcode/visavis/netcode/internal/seals"
	"github.com/visavis-netcode/visavis/netcode/matchlog"
	"github.com/visavis-netcode/visavis/rollback"
)

// signedTail is what of a match its players need not have signed: what they have sealed last does
// not cover it.
const signedTail = 3 * records.LinkFrames

// TestSignedWhileWatched: those who watch see for themselves that all who play have signed what they
// press: who is there from the start, who comes later, through others, on a bad network.
func TestSignedWhileWatched(t *testing.T) {
	g := newTree(t, 3, 4, 1500, badLine)
	first := rollback.NoFrame
	g.until(900, func() bool { first = g.watchers[0].Status().Signed; return first > 0 })
	if first%attestedFrames != attestedFrames-1 {
		t.Errorf("the first that is signed is frame %d", first)
	}
	g.watch()
	g.seenByAll()
	for i, w := range g.watchers {
		if s := w.Status(); s.Signed < 1500-signedTail || s.Signed >= 1500 || s.Forged != nil || s.Deceived > 0 {
			t.Errorf("V%d has seen signatures through frame %d: %+v", i, s.Signed, s)
		}
	}
}

// TestTwoSignNothing: of two nobody signs what he presses, and those who watch are not told
// otherwise.
func TestTwoSignNothing(t *testing.T) {
	g := newTree(t, 2, 2, 700, Conditions{DelayMs: 20})
	g.seenByAll()
	for i, w := range g.watchers {
		if s := w.Status(); s.Signed != rollback.NoFrame {
			t.Errorf("V%d has seen signatures through frame %d", i, s.Signed)
		}
	}
}

// TestForgedIsNotSigned: one who knows the players' key shows others keys that nobody has held. The
// host's own word does not reach them, and they find it by what the players have signed.
func TestForgedIsNotSigned(t *testing.T) {
	g := newTree(t, 3, 8, 2400, Conditions{DelayMs: 20})
	showing := g.lobbies[0].stage.showing
	liar, lied := g.relays()[0], 0
	for range 15 * 60 {
		g.twist(liar, func(b []byte) []byte {
			lied++
			return forge(t, showing.match, showing.key, b)
		})
		g.lobbies[0].stage.sum = nil
		g.watchedTick()
	}
	deceived := 0
	for _, w := range g.watchers {
		deceived += w.Status().Deceived
	}
	if deceived == 0 || lied == 0 {
		t.Fatalf("%d were deceived: the test shows nothing", deceived)
	}
	g.until(2400, func() bool {
		for _, w := range g.watchers {
			if !w.Status().Over {
				return false
			}
		}
		return true
	})
	want, _ := g.lobbies[0].Match().Result()
	for i, w := range g.watchers {
		if got, ok := w.Result(); !ok || got.Hash != want.Hash {
			t.Errorf("V%d has seen %+v, after %+v: %+v", i, got, w.Status(), want)
		}
	}
}

// TestForgedAgainAndAgain: who was deceived as often as somebody can be is told by whose signatures
// what he sees is not signed.
func TestForgedAgainAndAgain(t *testing.T) {
	g := newTree(t, 3, 1, 1500, Conditions{DelayMs: 20})
	w := g.watchers[0]
	g.until(900, func() bool { return w.Status().Signed > 0 })
	if w.Status().Forged != nil {
		t.Fatalf("%v", w.Status().Forged)
	}
	w.status.Deceived = maxDeceived
	signed := w.Status().Signed
	g.until(600, func() bool {
		for i := range w.items {
			for log := w.items[i].Log; len(log) > 0; {
				block, rest, err := shownBlock(log)
				if _, is := block.(*matchlog.Signed); is && err == nil {
					log[len(log)-len(rest)-1] ^= 1
				}
				log = rest
			}
		}
		return w.Status().Forged != nil
	})
	if f := w.Status().Forged; f.From != signed+1 || f.Through != signed+attestedFrames || f.Name[0] != 'P' || !f.Signature {
		t.Errorf("what is signed through frame %d is forged like this: %+v", signed, f)
	}
}

// TestRecordSigned: a recording holds what the players have signed, theirs who have come late as
// well, be it one from the start or from the middle, of a player or of one who watches. With one
// record altered it is forged, and says so.
func TestRecordSigned(t *testing.T) {
	g := newTree(t, 4, 1, 1600, badLine)
	whole, middle, watched := &tapeFile{}, &tapeFile{}, &tapeFile{}
	first, err := g.lobbies[1].Match().Record(whole)
	if err != nil {
		t.Fatal(err)
	}
	g.records = []record{first}
	g.until(900, func() bool { return g.lobbies[2].Match().session.Current() > 500 })
	second, err := g.lobbies[2].Match().Record(middle)
	if err != nil {
		t.Fatal(err)
	}
	third, err := g.watchers[0].Record(watched)
	if err != nil {
		t.Fatal(err)
	}
	g.records = []record{first, second, third}
	g.seenByAll()
	<-first.Done()
	<-second.Done()
	<-third.Done()
	for what, f := range map[string]*tapeFile{"whole": whole, "from the middle": middle, "of one who watches": watched} {
		l := f.open(t)
		signed, err := seals.OfLog(l, g.nodes[0].endpoint.Verify)
		if err != nil || len(signed) != 4 {
			t.Fatalf("%s: %v, %v", what, signed, err)
		}
		for _, s := range signed {
			if s.Through < 1600-signedTail || s.From-s.First > attestedFrames || s.Key != g.nodes[s.Stream.Machine].endpoint.Key() {
				t.Errorf("%s: %+v", what, s)
			}
		}
		if forged, is := errors.AsType[*matchlog.ForgedError](altered(l, g.nodes[0])); !is || forged.Name != "P1" || forged.From > 1001 || forged.Through < 1001 {
			t.Errorf("%s, with P1's record of frame 1001 altered: %v", what, forged)
		}
	}
}

// TestRecordSignedUntilTwo: of three one leaves, and the two who are left seal nothing any more. What
// all have sealed until then stands in a recording, and is seen by those who watch.
func TestRecordSignedUntilTwo(t *testing.T) {
	g := newTree(t, 3, 1, 1600, badLine)
	file := &tapeFile{}
	recording, err := g.lobbies[1].Match().Record(file)
	if err != nil {
		t.Fatal(err)
	}
	g.records = []record{recording}
	g.until(900, func() bool { return g.lobbies[0].Match().session.Current() > 500 })
	left := g.lobbies[0].Match().session.Current()
	g.gone[2] = true
	g.lobbies[2].Leave()
	g.seenByAll()
	<-recording.Done()
	signed, err := seals.OfLog(file.open(t), g.nodes[0].endpoint.Verify)
	if err != nil || len(signed) != 3 {
		t.Fatalf("%v, %v", signed, err)
	}
	for _, s := range signed {
		if s.First > 100 || s.Through < left-signedTail || s.Key != g.nodes[s.Stream.Machine].endpoint.Key() {
			t.Errorf("of three until frame %d: %+v", left, s)
		}
	}
	if s := g.watchers[0].Status(); s.Signed < left-signedTail {
		t.Errorf("who watches has seen signatures through frame %d of %d", s.Signed, left)
	}
}

// altered is what is found of a log in which one machine presses something else, once.
func altered(l *matchlog.Log, node *Node) error {
	c, done := seals.NewCheck(l.Header, node.endpoint.Verify), false
	for block, err := range l.Blocks() {
		switch b := block.(type) {
		case *matchlog.Frames:
			for i := range b.Spans {
				span := &b.Spans[i]
				for at := range span.Count {
					if f := b.First + rollback.Frame(at); f > 1000 && !done {
						done = true
						record := append([]byte{}, span.Runs[1].Records[at]...)
						record[0] ^= 1
						span.Runs[1].Records[at] = record
					}
					c.Frame(b.First+rollback.Frame(at), span, at)
				}
				b.First += rollback.Frame(span.Count)
			}
		case *matchlog.Signed:
			err = c.Take(b)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
