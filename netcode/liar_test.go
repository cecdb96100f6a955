//go:build !race

package netcode

import (
	"errors"
	"fmt"
	"testing"

	"github.com/visavis-netcode/visavis/netcode/internal/membership"
	"github.com/visavis-netcode/visavis/netcode/internal/records"
	"github.com/visavis-netcode/visavis/netcode/internal/wire"
	"github.com/visavis-netcode/visavis/rollback"
)

// withLiar is a match of some, the last of whom lies, that goes on with what most have.
func withLiar(t *testing.T, peers int) (p *party, liar *play) {
	return withLiarWhere(t, peers, DesyncOutvotes)
}

// withLiarWhere is a match of some, the last of whom lies, where a difference has some outcome.
func withLiarWhere(t *testing.T, peers int, differs Discord) (p *party, liar *play) {
	game := lateGame(AbsentIdle, LateOwn)
	game.Desync = differs
	p = newParty(t, peers, game, Conditions{DelayMs: 30, JitterMs: 5})
	p.start(0, 100)
	return p, p.lobbies[peers-1].Match().play
}

// utter has the liar say something to one of the others.
func utter(liar *play, to uint8, m wire.Message) {
	if q := liar.byID[to]; q.lost == nil {
		q.conn.Send(m)
	}
}

// honest demands that all but the liar are in one match, with one world, that nobody has
// named one of them as one who did something, and that it goes on.
func (p *party) honest(liar int) {
	p.t.Helper()
	var all []int
	var before []rollback.Frame
	for i, l := range p.lobbies {
		if i == liar {
			continue
		}
		for _, e := range p.events[i] {
			fooled := new(LeftError)
			if (e.Kind == EventAbsent || e.Kind == EventDesync) && e.Machine != liar && !(errors.As(e.Err, &fooled) && fooled.MayReturn) {
				p.t.Errorf("P%d is told of P%d: %v", i, e.Machine, e.Err)
			}
		}
		if l.State() != Playing {
			p.t.Errorf("P%d: %v, %v: %s", i, l.State(), l.Err(), p.story(i))
			return
		}
		all, before = append(all, i), append(before, l.Match().session.Confirmed())
	}
	p.ticks(60 * 4) // within them a quarter may be lost to who holds it up now and then (H12)
	for k, i := range all {
		if now := p.lobbies[i].Match().session.Confirmed(); now < before[k]+120 {
			p.t.Errorf("P%d stands still: from frame %d to %d: %s", i, before[k], now, p.story(i))
		}
	}
	p.alike(all...)
}

// calm waits until the match goes on for all but the liar, three seconds in a row: who holds it
// up is put out for it, and who was led astray comes in again. What holds it up now and then is
// borne with for as long as its account lasts (package membership, H12 and K3).
func (p *party) calm(liar int) {
	confirmed := func() (least rollback.Frame) {
		least = 1 << 30
		for i, l := range p.lobbies {
			if i == liar {
				continue
			}
			if l.State() != Playing {
				return 0
			}
			least = min(least, l.Match().session.Confirmed())
		}
		return least
	}
	p.ticks(60 * 4)
	good := 0
	for range 24 {
		before := confirmed()
		if p.ticks(60); before == 0 || confirmed() < before+50 {
			good = 0
		} else if good++; good == 3 {
			return
		}
	}
}

// story is what somebody was told, and how his match ended, for a report.
func (p *party) story(i int) (s string) {
	for _, e := range p.events[i] {
		s += fmt.Sprintf("\n  event %d of P%d at frame %d: %v", e.Kind, e.Machine, e.Frame, e.Err)
	}
	if m := p.lobbies[i].Match(); m != nil {
		r, over := m.Result()
		s += fmt.Sprintf("\n  over %v: %+v", over, r)
	}
	return s
}

// TestWordsOfOneEndNothing: what one of several says of the world, the end or of others ends
// the match of nobody, and nobody is named for it but himself (findings S5: a word about a
// third, a text that is shown, an end at frame -1).
func TestWordsOfOneEndNothing(t *testing.T) {
	for name, m := range falseWords {
		t.Run(name, func(t *testing.T) {
			p, liar := withLiar(t, 3)
			for to := range uint8(2) {
				utter(liar, to, m(liar))
			}
			p.ticks(60)
			utter(liar, 0, m(liar)) // and to one only
			p.ticks(300)
			p.honest(2)
			p.gone[2] = true
		})
	}
}

// TestWordsToOneEndNothing: nor do they where any difference ends a match, as long as he says them
// to one only.
func TestWordsToOneEndNothing(t *testing.T) {
	for name, m := range falseWords {
		t.Run(name, func(t *testing.T) {
			p, liar := withLiarWhere(t, 3, DesyncEnds)
			for range 3 {
				utter(liar, 0, m(liar))
				p.ticks(150)
			}
			p.honest(2)
			p.gone[2] = true
		})
	}
}

// falseWords are what one of several may say of the world, the end or others.
var falseWords = func() map[string]func(p *play) wire.Message {
	const text = "P1 cheats"
	return map[string]func(p *play) wire.Message{
		"a finding about a third": func(p *play) wire.Message {
			return &wire.Finding{Match: p.match, Machine: 1, Frame: int32(p.sim.Confirmed()), Text: text}
		},
		"an end at frame -1":     func(p *play) wire.Message { return &wire.Checksum{Match: p.match, Frame: -1, Last: true} },
		"an end at frame 0":      func(p *play) wire.Message { return &wire.Checksum{Match: p.match, Last: true} },
		"an end long ago":        func(p *play) wire.Message { return &wire.Checksum{Match: p.match, Frame: 60, World: 1, Last: true} },
		"an end that is to come": func(p *play) wire.Message { return &wire.Checksum{Match: p.match, Frame: 1 << 30, Last: true} },
		"another world": func(p *play) wire.Message {
			return &wire.Checksum{Match: p.match, Frame: int32(p.sim.Confirmed()) / 60 * 60, World: 1, Inputs: 1}
		},
		"hashes of other worlds": func(p *play) wire.Message {
			return &wire.DesyncHashes{Match: p.match, First: int32(p.sim.Confirmed()) - 20, Hashes: make([]uint64, 20)}
		},
	}
}()

// twoFaced has a machine seal to one of the others what it has not sent the rest: other
// records from the next frame on.
func twoFaced(p *party, liar *play, fooled int) (step func()) {
	victim := p.lobbies[fooled].Match().play
	s := victim.streams[liar.room.me]
	if victim.member.TakeRecord(s.ID(), s.Held()+1, []byte{9, 9, 9, 9}, false) != records.Taken {
		p.t.Fatal("not taken")
	}
	sealed := s.Held()
	return func() {
		if due := (s.Held()+1)/24*24 - 1; due > sealed && victim.phase == running {
			sealed = due
			word := membership.Seal{Stream: s.ID(), Through: due, Beat: 1<<20 + uint32(due)}
			word.Digest, _ = victim.member.Records().DigestThrough(s.ID(), due)
			membership.SignedBy(newKeyring(p.nodes[liar.room.me].endpoint, liar.logID()), &word)
			word.Digest = records.Digest{}
			victim.member.TakeSeal(victim.room.now(), liar.room.me, &word)
		}
	}
}

// TestEquivocation: who sends one other records than the rest, and seals to each what it has
// sent it, is named by all with the proof, and is out. The match goes on; who was fooled
// comes in again, to its seat.
func TestEquivocation(t *testing.T) {
	for fooled := range 3 {
		p, liar := withLiar(t, 4)
		step := twoFaced(p, liar, fooled)
		for range 700 {
			step()
			p.tick()
		}
		for i := range 3 {
			if i == fooled {
				continue
			}
			named := false
			for _, e := range absences(p.events[i]) {
				named = named || e.Machine == 3 && ReasonOf(e.Err) == ReasonEquivocated
				if e.Machine != 3 && e.Machine != fooled {
					t.Errorf("fooled %d: P%d is told of P%d: %v", fooled, i, e.Machine, e.Err)
				}
			}
			if m := p.lobbies[i].Match().play.member; !named || m.ProofOf(3) == nil && m.View().Machines().Has(3) {
				t.Errorf("fooled %d: P%d has no proof: %+v", fooled, i, absences(p.events[i]))
			}
		}
		out := new(ExcludedError)
		if r, over := liar.result(); !over || !errors.As(r.Err, &out) || !out.Lied || r.Agreed {
			t.Errorf("fooled %d: the liar reads %+v", fooled, r)
		}
		if l := p.lobbies[fooled]; l.State() != Playing || len(l.Match().LocalSeats()) != 1 {
			t.Errorf("fooled %d: %v, %v", fooled, l.State(), l.Err())
			continue
		}
		p.alike(0, 1, 2)
	}
}

// TestOtherRecordsUnsealed: who sends one of the others other records than the rest, and stands
// by them to nobody, has nobody named for the world that comes of them, nor ends the match:
// who was fooled finds it out by what the others hold, goes, and comes in again.
func TestOtherRecordsUnsealed(t *testing.T) {
	for _, peers := range []int{3, 4} {
		for fooled := range peers - 1 {
			p, liar := withLiar(t, peers)
			twoFaced(p, liar, fooled)
			p.calm(peers - 1)
			p.honest(peers - 1)
			went := false
			for _, e := range p.events[fooled] {
				out := new(ExcludedError)
				went = went || e.Kind == EventEnded && errors.As(e.Err, &out) && out.Conflict != ""
			}
			if !went {
				t.Errorf("of %d, P%d: %s", peers, fooled, p.story(fooled))
			}
		}
	}
}

// TestNumberOfALiarGivenAgain: what is proven of a player is not proven of whoever has his number
// after him.
func TestNumberOfALiarGivenAgain(t *testing.T) {
	p, liar := withLiar(t, 4)
	step := twoFaced(p, liar, 0)
	for range 700 {
		step()
		p.tick()
	}
	l := p.lobbies[1]
	m := l.Match().play.member
	if m.ProofOf(3) == nil || m.View().Machines().Has(3) {
		t.Fatalf("there is no proof: %s", p.story(1))
	}
	l.Match().play.signing.refreshKeys()
	if m.ProofOf(3) == nil {
		t.Error("it is forgotten, though nobody else has his number")
	}
	l.members[3] = &member{RosterMember: wire.RosterMember{Machine: 3, Key: p.network.NewNode("Q").endpoint.Key()}}
	l.Match().play.signing.refreshKeys()
	if m.ProofOf(3) != nil {
		t.Error("whoever has the number now has the proof against him, too")
	}
}

// result is what the match has come to, if it is over.
func (p *play) result() (Result, bool) { return p.ending.result, p.phase == finished }

// TestDatagramsWithoutInputs: who is heard, and presses nothing, is put out as one who holds
// everybody up; the others stand for no longer than that takes.
func TestDatagramsWithoutInputs(t *testing.T) {
	p, liar := withLiar(t, 3)
	p.gone[2] = true
	for range 60 * 14 {
		p.lobbies[2].Poll()
		liar.sender.sendAllData(liar.room.now())
		p.tick()
	}
	p.honest(2)
	for i := range 2 {
		if gone := absences(p.events[i]); len(gone) != 1 || gone[0].Machine != 2 {
			t.Errorf("P%d is told %+v", i, gone)
		}
		if freeze := p.lobbies[i].Match().Stats().LongestFreeze; freeze.Seconds() > 12 {
			t.Errorf("P%d stood for %v", i, freeze)
		}
	}
}

// TestInputsWithheldFromOne: who sends one of the others nothing gets nobody blamed: what it
// presses comes by those who hear it.
func TestInputsWithheldFromOne(t *testing.T) {
	p, _ := withLiar(t, 3)
	p.network.network.Path(2, 1).SetDark(true)
	p.ticks(60 * 14)
	if n := len(absences(p.events[0])) + len(absences(p.events[1])); n > 0 {
		t.Errorf("%+v, %+v", p.events[0], p.events[1])
	}
	p.honest(2)
}
