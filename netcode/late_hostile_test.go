//go:build !race

package netcode

import (
	"bytes"
	"encoding/binary"
	"errors"
	"testing"

	"github.com/visavis-netcode/visavis/netcode/internal/link"
	"github.com/visavis-netcode/visavis/netcode/internal/membership"
	"github.com/visavis-netcode/visavis/netcode/internal/records"
	"github.com/visavis-netcode/visavis/netcode/internal/wire"
	"github.com/visavis-netcode/visavis/netcode/matchlog"
)

// bent is a link whose feed says something else than what its side means.
type bent struct {
	link.Link
	bend func(block []byte) [][]byte
}

func (l *bent) SendFeed(block []byte) error {
	for _, b := range l.bend(bytes.Clone(block)) {
		if err := l.Link.SendFeed(b); err != nil {
			return err
		}
	}
	return nil
}

// bend makes somebody a donor who lies from now on.
func (p *party) bend(who int, bend func(block []byte) [][]byte) {
	m := p.lobbies[who].Match()
	if m == nil {
		return
	}
	for _, d := range m.play.donor.donations {
		if _, is := d.conn.Link.(*bent); !is {
			c := *d.conn
			c.Link = &bent{c.Link, bend}
			d.conn = &c
		}
	}
}

// bendBlocks changes blocks of one kind.
func bendBlocks[B matchlog.Block](told *int, change func(B) bool) func([]byte) [][]byte {
	return func(b []byte) [][]byte {
		if b[0] != feedBlock {
			return [][]byte{b}
		}
		block, err := matchlog.Parse(b[1:])
		if of, is := block.(B); err == nil && is && change(of) {
			*told++
			return [][]byte{logBlock(of)}
		}
		return [][]byte{b}
	}
}

// bendAdmission changes the view that lets somebody in.
func bendAdmission(told *int, change func(*membership.Value)) func([]byte) [][]byte {
	return bendBlocks(told, func(b *matchlog.View) bool {
		m, err := membership.ParseMessage(b.Bytes)
		if err != nil || len(m.(*membership.Commit).Value.Joins) == 0 {
			return false
		}
		change(m.(*membership.Commit).Value)
		b.Bytes = membership.AppendMessage(nil, m)
		b.Total = len(b.Bytes)
		return true
	})
}

// stallsBelow are the stalls of the first players.
func (p *party) stallsBelow(peers int) (all []uint64) {
	for _, l := range p.lobbies[:peers] {
		all = append(all, l.Match().Stats().Stalls)
	}
	return all
}

// askP1 plays until somebody who comes late has asked P1 to let him in.
func (p *party) askP1(who int) {
	p.until(600, func() bool {
		n := p.lobbies[who].Room.late
		if n == nil || n.donor != nil && n.donor.Machine() == 1 {
			return n != nil
		}
		n.again(0)
		n.tried = 1<<0 | 1<<2
		return false
	})
}

// lies are what a donor may say that no honest one does.
func lies(told *int) map[string]func([]byte) [][]byte {
	part := func(section matchlog.Section, change func(*matchlog.Part)) func([]byte) [][]byte {
		return bendBlocks(told, func(b *matchlog.Part) bool {
			if b.Section == section {
				change(b)
			}
			return b.Section == section
		})
	}
	snapshot := func(change func(*matchlog.Snapshot)) func([]byte) [][]byte {
		return bendBlocks(told, func(b *matchlog.Snapshot) bool { change(b); return true })
	}
	frames := func(change func(*matchlog.Frames)) func([]byte) [][]byte {
		return bendBlocks(told, func(b *matchlog.Frames) bool { change(b); return true })
	}
	first := func(b *matchlog.Frames) *matchlog.Run { return &b.Spans[0].Runs[0] }
	return map[string]func([]byte) [][]byte{
		"another world":           part(matchlog.SectionWorld, func(b *matchlog.Part) { b.Bytes[9] ^= 1 }),
		"half a world":            part(matchlog.SectionWorld, func(b *matchlog.Part) { b.Total /= 2; b.Bytes = b.Bytes[:b.Total] }),
		"a world too large":       part(matchlog.SectionWorld, func(b *matchlog.Part) { b.Bytes = append(b.Bytes, 0); b.Total++ }),
		"broken records":          part(matchlog.SectionRecords, func(b *matchlog.Part) { b.Bytes[0] ^= 255 }),
		"no records":              part(matchlog.SectionRecords, func(b *matchlog.Part) { b.Bytes, b.Total = []byte{0, 0}, 2 }),
		"broken seats":            part(matchlog.SectionSeats, func(b *matchlog.Part) { b.Bytes[2] ^= 255 }),
		"seats of another":        part(matchlog.SectionSeats, func(b *matchlog.Part) { b.Bytes[0] ^= 1 }),
		"a later part":            part(matchlog.SectionWorld, func(b *matchlog.Part) { b.Offset, b.Total = 1, b.Total+1 }),
		"a snapshot near the end": snapshot(func(b *matchlog.Snapshot) { b.Frame = 1<<30 - 2 }),
		"a snapshot of frame 0":   snapshot(func(b *matchlog.Snapshot) { b.Frame = 0 }),
		"other inputs":            snapshot(func(b *matchlog.Snapshot) { b.Inputs = make([]byte, matchlog.MaxInputsBytes) }),
		"no section":              snapshot(func(b *matchlog.Snapshot) { b.Sections = 0 }),
		"another view":            snapshot(func(b *matchlog.Snapshot) { b.View++ }),
		"another digest":          snapshot(func(b *matchlog.Snapshot) { b.World++ }),
		"frames that skip":        frames(func(b *matchlog.Frames) { b.First++ }),
		"frames that go back":     frames(func(b *matchlog.Frames) { b.First-- }),
		"frames of the far end":   frames(func(b *matchlog.Frames) { b.First = 1<<30 - 2 }),
		"another lineup":          frames(func(b *matchlog.Frames) { b.Spans[0].Lineup.Absent ^= 1 }),
		"a pause":                 frames(func(b *matchlog.Frames) { b.Spans[0].Lineup.Paused = true }),
		"another stream":          frames(func(b *matchlog.Frames) { first(b).Stream.Born += 9 }),
		"nobody":                  frames(func(b *matchlog.Frames) { b.Spans[0].Runs = nil }),
		"a member without records": bendAdmission(told, func(v *membership.Value) {
			v.Members = append(v.Members, records.StreamID{Machine: 15})
		}),
		"let in without a place": bendAdmission(told, func(v *membership.Value) {
			last := len(v.Members) - 1
			v.Cuts = append(v.Cuts, membership.Cut{Stream: v.Members[last], Reason: membership.BySilence, Last: -1})
			v.Members = v.Members[:last]
		}),
		"everybody is gone": bendAdmission(told, func(v *membership.Value) { v.Members, v.Joins = nil, nil }),
		"nothing more": func(b []byte) [][]byte {
			if *told++; *told > 6 {
				return nil
			}
			return [][]byte{b}
		},
		"no beginning": func(b []byte) [][]byte {
			if b[0] == feedBegins {
				*told++
				return nil
			}
			return [][]byte{b}
		},
		"another beginning": func(b []byte) [][]byte {
			if b[0] == feedBegins {
				*told++
				binary.BigEndian.PutUint64(b[1:], 9)
			}
			return [][]byte{b}
		},
		"no such block": func(b []byte) [][]byte { *told++; return [][]byte{b, {feedBlock}, {9, 9}} },
		"all twice":     func(b []byte) [][]byte { *told++; return [][]byte{b, b} },
	}
}

// TestLyingDonor: whoever is fed what cannot be asks another member, and comes in; nobody
// else notices.
func TestLyingDonor(t *testing.T) {
	told := 0
	for name, lie := range lies(&told) {
		t.Run(name, func(t *testing.T) {
			told = 0
			game := lateGame(AbsentIdle, LateAnybody)
			p := newParty(t, 4, game, Conditions{DelayMs: 30})
			p.start(2400, 200)
			p.lobbies[3].Leave()
			p.gone[3] = true
			for range 60 {
				p.tick()
			}
			who := p.enter(game, 4)
			before := p.stallsBelow(3)
			p.askP1(who)
			p.until(1200, func() bool { p.bend(1, lie); return p.plays(who)() })
			results := p.end(2600)
			for i, n := range p.stallsBelow(3) {
				if n -= before[i]; n > 0 && (n > 33 || name != "everybody is gone") { // there the newcomer is in, and does not know it
					t.Errorf("P%d stalled for %d ticks", i, n)
				}
			}
			if told == 0 || results[0].Frame != 2400 || p.lobbies[who].Match().Stats().Frame != 2400 {
				t.Errorf("told %d times, %+v", told, results[0])
			}
		})
	}
}

// believable are lies that a newcomer cannot see through while it is fed.
func (p *party) believable(liar int, told *int) map[string]func([]byte) [][]byte {
	snapshot := func(change func(*matchlog.Snapshot)) func([]byte) [][]byte {
		return bendBlocks(told, func(b *matchlog.Snapshot) bool { change(b); return true })
	}
	wrong := func(w *attendance) { w.There[0] += 5 }
	session := p.lobbies[liar].Match().session
	world := bendBlocks(told, func(b *matchlog.Part) bool {
		var w attendance
		if b.Section != matchlog.SectionWorld || session.DecodeWorld(&w, b.Bytes) != nil {
			return false
		}
		wrong(&w)
		b.Bytes = session.AppendWorld(nil, &w)
		return true
	})
	hash := snapshot(func(b *matchlog.Snapshot) {
		w, _ := session.At(b.Frame)
		changed := *w
		wrong(&changed)
		b.World = session.Hash(&changed)
	})
	return map[string]func([]byte) [][]byte{
		"another world and its hash": func(b []byte) (out [][]byte) {
			for _, b := range hash(b) {
				out = append(out, world(b)...)
			}
			return out
		},
		"another digest of inputs": snapshot(func(b *matchlog.Snapshot) { b.Digest++ }),
		"another input": bendBlocks(told, func(b *matchlog.Frames) bool {
			for _, run := range b.Spans[0].Runs {
				for _, record := range run.Records {
					if len(record) > 0 {
						record[0] ^= 4
						return true
					}
				}
			}
			return false
		}),
		"no word of the admission": func(b []byte) [][]byte {
			if block, err := matchlog.Parse(b[min(len(b), 1):]); err == nil {
				if v, is := block.(*matchlog.View); is {
					if m, err := membership.ParseMessage(v.Bytes); err == nil && len(m.(*membership.Commit).Value.Joins) > 0 {
						*told++
						return nil
					}
				}
			}
			return [][]byte{b}
		},
		"let in at a later frame":    bendAdmission(told, func(v *membership.Value) { v.From += 40 }),
		"let in at an earlier frame": bendAdmission(told, func(v *membership.Value) { v.From-- }),
		"let in after another view":  bendAdmission(told, func(v *membership.Value) { v.Base[0] ^= 1 }),
		"another one is gone": bendAdmission(told, func(v *membership.Value) {
			v.Cuts = append(v.Cuts, membership.Cut{Stream: v.Members[0], Reason: membership.BySilence, Last: v.From - 1})
			v.Members = v.Members[1:]
		}),
	}
}

// TestMisled: whoever is fed what may be, and is not the match, is out of it again, by
// nobody's fault, and comes in by another member; the others play on, and wait half a
// second at most.
func TestMisled(t *testing.T) {
	told := 0
	for name := range newRunning(t, 2).believable(1, &told) {
		t.Run(name, func(t *testing.T) {
			p := newRunning(t, 3)
			told = 0
			lie := p.believable(1, &told)[name]
			game := lateGame(AbsentIdle, LateAnybody)
			who, before := p.enter(game, 3), p.stallsBelow(3)
			p.askP1(who)
			p.until(300, func() bool { p.bend(1, lie); return p.plays(who)() })
			results := p.end(2600)
			for i, n := range p.stallsBelow(3) {
				if n -= before[i]; n > 33 {
					t.Errorf("P%d stalled for %d ticks", i, n)
				}
			}
			if told == 0 {
				t.Error("nothing was told")
			}
			if m := p.lobbies[who].Match(); m == nil || !m.play.over() || len(m.LocalSeats()) != 0 {
				t.Errorf("P%d has not come in", who)
			}
			for i, r := range results {
				if r.Err != nil || r.Frame != 1800 || r.Hash != results[0].Hash || !r.Agreed {
					t.Errorf("P%d: %+v", i, r)
				}
			}
			p.nobodyBlamed()
		})
	}
}

// newRunning is a match of some that has begun.
func newRunning(t *testing.T, peers int) *party {
	p := newParty(t, peers, lateGame(AbsentIdle, LateAnybody), Conditions{DelayMs: 30})
	p.start(1800, 200)
	return p
}

// nobodyBlamed demands that nobody was told that a world differs.
func (p *party) nobodyBlamed() {
	p.t.Helper()
	for i, events := range p.events {
		for _, e := range events {
			if e.Kind == EventDesync {
				p.t.Errorf("P%d is told: %v", i, e.Err)
			}
		}
	}
}

// TestMisledByTheOnlyOne: with nobody else to ask the newcomer asks him again, so often that it may
// well be its own game that is wrong; then it is out, and knows why. The match goes on.
func TestMisledByTheOnlyOne(t *testing.T) {
	p := newRunning(t, 2)
	told := 0
	lie := p.believable(0, &told)["another world and its hash"]
	p.lobbies[1].Leave()
	p.gone[1] = true
	who := p.enter(lateGame(AbsentIdle, LateAnybody), 2)
	var out *Match[attendance, uint32]
	for range maxAstray {
		p.until(600, func() bool {
			p.bend(0, lie)
			return p.plays(who)() && p.lobbies[who].Match() != out
		})
		out = p.lobbies[who].Match()
		p.until(300, func() bool { return out.play.over() })
		r, _ := out.Result()
		if astray := new(ExcludedError); !errors.As(r.Err, &astray) || !astray.Astray || r.Agreed {
			t.Errorf("%+v", r)
		}
	}
	before := p.stallsBelow(1)[0]
	p.until(2600, func() bool { return p.lobbies[0].Match().play.over() })
	if r, _ := p.lobbies[0].Match().Result(); r.Err != nil || r.Frame != 1800 || p.lobbies[who].Match() != out {
		t.Errorf("%+v", r)
	}
	if n := p.stallsBelow(1)[0]; n > before {
		t.Errorf("P0 stalled for %d ticks", n-before)
	}
	p.nobodyBlamed()
}

// TestStrayIsPutOut: a newcomer who says that it has another world, and does not go, is put
// out; the others play on.
func TestStrayIsPutOut(t *testing.T) {
	p := newRunning(t, 3)
	who, before := p.enter(lateGame(AbsentIdle, LateAnybody), 3), p.stallsBelow(3)
	p.until(300, p.plays(who))
	for range 10 {
		p.tick()
	}
	for i := range 3 {
		m := p.lobbies[i].Match().play
		q, sum := m.byID[p.lobbies[who].me], m.accord.checksums.unread[len(m.accord.checksums.unread)-1]
		if !m.accord.jury.Doubtful(q.machine) {
			t.Fatalf("P%d has no doubt any more", i)
		}
		m.message(q.machine, &wire.Checksum{Match: 1, View: m.view, Frame: int32(sum.Frame), World: sum.World + 1})
	}
	p.until(300, func() bool { return p.lobbies[who].Match().play.over() })
	p.gone[who] = true
	results := p.end(2600)
	p.stallsSince(before, 30)
	if r := results[0]; r.Err != nil || r.Frame != 1800 || !r.Agreed {
		t.Errorf("%+v", r)
	}
	p.nobodyBlamed()
}

// TestReadyOfItself: who is no member, or no more, says only of itself that it is ready, and
// only while a member feeds it; nobody is let in by anything else.
func TestReadyOfItself(t *testing.T) {
	for _, late := range []LateJoin{LateNever, LateOwn, LateAnybody} {
		p := newParty(t, 3, lateGame(AbsentIdle, late), Conditions{DelayMs: 20})
		p.start(900, 200)
		plays := p.lobbies[1].Match().play
		own := plays.own.ID()
		p.lobbies[0].Kick(2)
		p.until(300, func() bool { return !plays.isMember(plays.byID[2]) })
		r := p.lobbies[1].Room
		view := plays.view
		for i := range 20 {
			ready := &membership.JoinReady{Join: membership.Join{Attempt: uint64(i), Machine: 2, Donor: own, Through: plays.sim.Confirmed()}}
			for _, part := range parted(1, ready) {
				plays.message(2, part)
			}
			ask := &wire.JoinAsk{Match: 1, Attempt: uint64(i)}
			plays.joinAsked(plays.byID[2].conn, 2, ask)
			p.tick()
		}
		for range 60 {
			p.tick()
		}
		if len(plays.donor.donations) > 0 || plays.view != view || r.State() != Playing {
			t.Errorf("%v: %d donations, view %d after %d", late, len(plays.donor.donations), plays.view, view)
		}
		p.gone[2] = true
		p.end(1200)
	}
}

// TestJoinAskFlood: who asks all the time is given one snapshot after the other, but not all
// the time.
func TestJoinAskFlood(t *testing.T) {
	game := lateGame(AbsentIdle, LateAnybody)
	p := newParty(t, 3, game, Conditions{DelayMs: 20})
	p.start(900, 200)
	p.lobbies[2].Leave()
	p.gone[2] = true
	for range 60 {
		p.tick()
	}
	who := p.enter(game, 3)
	p.until(300, func() bool { return p.lobbies[who].Room.late != nil && p.lobbies[who].Room.late.donor != nil })
	machine := uint8(p.lobbies[who].Room.me)
	plays, attempts := p.lobbies[0].Match().play, map[uint64]bool{}
	before := p.stallsBelow(2)
	for i := range 120 {
		p.lobbies[who].Room.late.attempt = uint64(i)
		for range 8 {
			p.lobbies[who].Room.mesh.To(0).Send(&wire.JoinAsk{Match: 1, Attempt: uint64(i)})
		}
		p.tick()
		if d := plays.donor.to(machine); d != nil {
			attempts[d.attempt] = true
		}
		if p.lobbies[who].Room.late == nil {
			break
		}
	}
	if n := len(attempts); n == 0 || n > 10 {
		t.Errorf("%d snapshots in 2 s", n)
	}
	for i, n := range p.stallsBelow(2) {
		if n != before[i] {
			t.Errorf("P%d stalled for %d ticks", i, n-before[i])
		}
	}
}

// FuzzFeed has a donor feed a newcomer whatever it likes, near enough to what it should.
// Nobody crashes or hangs, what is kept of it is bounded, and the others play on.
func FuzzFeed(f *testing.F) {
	f.Add([]byte{})
	for at := range byte(8) {
		f.Add(append(bytes.Repeat([]byte{0}, int(at)), 1, 9, at, 2, 200, 3, 4, 5, 6, 7))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) > 1500 {
			return
		}
		game := lateGame(AbsentIdle, LateAnybody)
		p := newParty(t, 3, game, Conditions{DelayMs: 10})
		p.start(1200, 60)
		who := p.enter(game, 3)
		p.askP1(who)
		tp := &tape{b}
		before := p.stallsBelow(3)
		for range 150 {
			p.bend(1, tp.bendBlock)
			p.tick()
			if n := p.lobbies[who].Room.late; n != nil && (n.waiting > maxFollowBytes+link.MaxFeedBytes || len(n.said) > 2<<20 || n.waiting < 0) {
				t.Fatalf("%d bytes wait", n.waiting)
			}
		}
		for i, n := range p.stallsBelow(3) {
			if l := p.lobbies[i]; l.State() != Playing || n > before[i]+30 {
				t.Fatalf("P%d: %v, %d stalls", i, l.State(), n-before[i])
			}
		}
	})
}

// bendBlock does something to a block of a feed.
func (t *tape) bendBlock(b []byte) [][]byte {
	if len(t.b) == 0 {
		return [][]byte{b}
	}
	switch t.byte() % 8 {
	case 1, 2:
		for range t.byte()%4 + 1 {
			b[int(t.number()%uint64(len(b)))] ^= t.byte() | 1
		}
	case 3:
		return nil
	case 4:
		return [][]byte{b, b}
	case 5:
		return [][]byte{b, append([]byte{feedBlock}, t.take(int(t.byte()))...)}
	case 6:
		b = b[:1+t.number()%uint64(len(b))]
	}
	return [][]byte{b}
}
