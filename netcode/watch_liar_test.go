//go:build !race

package netcode

import (
	"crypto/ed25519"
	"slices"
	"testing"

	"github.com/visavis-netcode/visavis/netcode/internal/audience"
	"github.com/visavis-netcode/visavis/netcode/internal/link"
	"github.com/visavis-netcode/visavis/netcode/internal/wire"
	"github.com/visavis-netcode/visavis/netcode/matchlog"
	"github.com/visavis-netcode/visavis/rollback"
)

// forge is what somebody feeds who knows the players' key: segments in which other keys are
// held, without the worlds that would give that away. Blocks are whole segments.
func forge(t *testing.T, match [32]byte, key ed25519.PrivateKey, block []byte) []byte {
	const headBytes = 17
	segment, err := audience.ParseSegment(block[headBytes:])
	if err != nil || segment.World != nil || segment.Number < 12 {
		return block
	}
	var log []byte
	for rest := segment.Log; len(rest) > 0; {
		var b matchlog.Block
		if b, rest, err = shownBlock(rest); err != nil {
			t.Fatal(err)
		}
		switch b := b.(type) {
		case *matchlog.Checksum:
			continue
		case *matchlog.Frames:
			for _, span := range b.Spans {
				for _, run := range span.Runs {
					for i, record := range run.Records {
						run.Records[i] = append([]byte{record[0] ^ 1}, record[1:]...)
					}
				}
			}
		}
		forged := showing{}
		forged.segment.Log = log
		forged.say(b)
		log = forged.segment.Log
	}
	segment.Log = log
	forged := segment.Stamp(match, key)
	head := append([]byte(nil), block[:headBytes]...)
	copy(head[13:], []byte{0, 0, byte(len(forged) >> 8), byte(len(forged))}) // the total
	return append(head, forged...)
}

// TestForgedByAPlayersFriend: one who watches knows the players' key, and feeds others another
// match, well signed. They hear another word from the host, and begin anew with others; all see
// the true one in the end.
func TestForgedByAPlayersFriend(t *testing.T) {
	g := newTree(t, 2, 8, 2400, Conditions{DelayMs: 20})
	showing := g.lobbies[0].stage.showing
	liar := g.relays()[0]
	lied := 0
	for range 15 * 60 {
		g.twist(liar, func(b []byte) []byte {
			lied++
			return forge(t, showing.match, showing.key, b)
		})
		g.watchedTick()
	}
	deceived := 0
	for i, w := range g.watchers {
		if s := w.Status(); s.Deceived > 0 {
			deceived++
		} else if i == liar && s.Differs != rollback.NoFrame {
			t.Errorf("the liar itself: %+v", s)
		}
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
		if got, ok := w.Result(); !ok || got.Hash != want.Hash || w.Status().Deceived > 2 {
			t.Errorf("V%d has seen %+v, after %+v: %+v", i, got, w.Status(), want)
		}
	}
}

// TestFalseHeirs: who watches says that somebody hosts who is not in the lobby, or that one hosts who
// does not say so itself, or a player says it while the host is there. Nobody goes there.
func TestFalseHeirs(t *testing.T) {
	g := newTree(t, 2, 4, 1200, Conditions{DelayMs: 20})
	elsewhere := g.network.NewNode("F")
	if _, err := OpenLobby(elsewhere, g.game, LobbyConfig{Spectators: SpectatorsOpen}); err != nil {
		t.Fatal(err)
	}
	match := g.lobbies[0].stage.showing.match
	liar := g.watchers[g.relays()[0]].room.watching
	for _, c := range []struct {
		says, signs *Node
		closed      bool
	}{{elsewhere, elsewhere, false}, {g.nodes[1], g.nodes[1], false}, {g.nodes[1], elsewhere, true}} {
		word := &audience.Successor{Term: 9, Host: audience.Neighbour{ID: 5, Key: c.says.endpoint.Key()}}
		if word.Signature = c.signs.endpoint.Sign(word.Words(match)); c.closed {
			word.Term++
		}
		var links []link.Link
		for _, n := range liar.others.all {
			if n.conn != nil && n.ID >= audience.FirstViewer { // what a player hears of that is nothing to him
				links = append(links, n.conn.Link)
				n.conn.Send(inAudience(audience.Tag(match), word))
			}
		}
		for range 60 {
			g.watchedTick()
		}
		for _, l := range links {
			if closed := l.State() == link.Closed; closed != c.closed {
				t.Errorf("%v says it, %v signs it: the link is %v", c.says.Name(), c.signs.Name(), l.State())
			}
		}
		if len(links) == 0 {
			t.Fatal("nobody is told: the test shows nothing")
		}
	}
	for i, w := range g.watchers {
		if w.Foyer().Host != "P0" {
			t.Errorf("V%d watches at %q", i, w.Foyer().Host)
		}
		if slices.ContainsFunc(w.room.watching.others.heirs, func(h heir) bool { return h.word.Host.Key == elsewhere.endpoint.Key() }) {
			t.Errorf("V%d passes on that somebody hosts who is not in the lobby", i)
		}
	}
	g.seenByAll()
}

// TestCrowdOfHeirs: a player and his friends say again and again that somebody hosts. That costs
// each who watches a few words, and all find the next host when there is one.
func TestCrowdOfHeirs(t *testing.T) {
	g := newTree(t, 4, 6, 3000, Conditions{DelayMs: 20})
	match, nowhere := g.lobbies[0].stage.showing.match, wire.MarshalMessage(&wire.Contact{Addrs: []string{"192.0.2.7:7777"}})
	g.until(300, func() bool {
		for _, w := range g.watchers {
			if w.room.foyer.newest == nil {
				return false
			}
		}
		return true
	})
	for term := range uint32(40) {
		for _, liar := range []*Node{g.nodes[3], g.network.NewNode("F")} {
			word := &audience.Successor{Term: 100 + term, Host: audience.Neighbour{ID: 3, Key: liar.endpoint.Key(), Contact: nowhere}}
			word.Signature = liar.endpoint.Sign(word.Words(match))
			for _, w := range g.watchers {
				w.room.watching.heir(w.room.watching.host, word)
			}
		}
		g.watchedTick()
	}
	for i, w := range g.watchers {
		if heirs := w.room.watching.others.heirs; len(heirs) != 1 || heirs[0].word.Term != 100+maxHeirWords-1 {
			t.Errorf("V%d passes on %+v", i, heirs)
		}
	}
	g.hostGoes(false, 1)
	g.seenByAll()
}

// TestForgedSuccessor: a host gives an understudy a word that is not signed, or another's. It passes
// none of them on, so nobody who watches takes it for a liar.
func TestForgedSuccessor(t *testing.T) {
	g := newTree(t, 3, 4, 900, Conditions{DelayMs: 20})
	match, under := g.lobbies[0].stage.showing.match, &g.lobbies[1].understudy
	host := audience.Neighbour{ID: 0, Key: g.nodes[0].endpoint.Key()}
	unsigned, anothers, good := &audience.Successor{Term: 7, Host: host}, &audience.Successor{Term: 7}, &audience.Successor{Term: 8, Host: host}
	anothers.Host.Key = g.nodes[2].endpoint.Key()
	anothers.Signature = g.nodes[2].endpoint.Sign(anothers.Words(match))
	good.Signature = g.nodes[0].endpoint.Sign(good.Words(match))
	for _, word := range []*audience.Successor{unsigned, anothers} {
		if under.told(inAudience(0, word)); len(under.watchers.heirs) > 0 {
			t.Errorf("%+v is passed on", word)
		}
	}
	if under.told(inAudience(0, good)); len(under.watchers.heirs) != 1 {
		t.Error("the host's own word is not passed on")
	}
	g.seenByAll()
}

// TestWatchPass: a pass is good for him only whom a host has given it, for watching only, and
// not for who was sent away.
func TestWatchPass(t *testing.T) {
	g := newTree(t, 3, 2, 6000, Conditions{DelayMs: 20})
	thief := g.watchers[0].room.watching
	thief.pass = g.watchers[1].room.watching.pass
	g.hostLeaves(1)
	g.until(300, func() bool { return g.watchers[1].Foyer().Host == "P1" })
	for range 300 {
		g.tick()
	}
	if thief.host != nil || g.lobbies[1].Watching() != 1 {
		t.Errorf("%d watch, of whom one has the other's pass", g.lobbies[1].Watching())
	}
	thief.pass = watchPass(g.lobbies[1].authority.watchSecret, thief.room.node.endpoint.Key())
	g.until(300, func() bool { return thief.host != nil })

	own := g.watchers[1].room
	g.lobbies[1].authority.guarding.kicked = append(g.lobbies[1].authority.guarding.kicked, kicked{key: own.node.endpoint.Key()})
	own.watching.host.Link.Close(link.CodeLost, "a cut")
	for range 300 {
		g.tick()
	}
	if own.watching.host != nil {
		t.Error("who was sent away watches on")
	}
}
