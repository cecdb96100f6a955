package simtest

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/visavis-netcode/visavis/netcode"
	"github.com/visavis-netcode/visavis/netcode/internal/link"
	"github.com/visavis-netcode/visavis/netcode/internal/memlink"
)

// Ending is how a plan's match ends.
type Ending uint8

const (
	Length    Ending = iota // at the agreed length
	Over                    // when the game says so
	Leave                   // some leave
	Vanish                  // some vanish without a word
	Kick                    // the host asks somebody to leave
	Partition               // the network is dark for longer than the time-out
	Return                  // some vanish or leave, and come back as other processes
	endings
)

func (e Ending) String() string {
	return [...]string{"length", "over", "leave", "vanish", "kick", "partition", "return"}[e]
}

// Plan is all that a match is drawn from. The zero values of faults are none.
type Plan struct {
	Seed           uint64
	Peers          []PeerPlan
	TickRate       int
	WindowFrames   int // 0: lockstep
	ChecksumFrames int
	TimeoutMs      int
	Absent         netcode.Absence
	Paths          [][]memlink.Conditions // [from][to]

	Matches int // played one after the other in the same lobby
	Frames  int // length of each
	Ending  Ending
	// Gone are the peers that leave, vanish or are kicked in the last match,
	// and when after its start.
	Gone map[int]time.Duration
	Back map[int]time.Duration // and of these those who come back, and when

	Blackouts []Blackout
	Stalls    []Stall
	Reseats   []Reseat

	// Liar is who lies, and how, whom he fools, and from when on, if anybody does.
	Lie          Lie
	Liar, Fooled int
	LiesFrom     time.Duration

	Sabotage Sabotage // to see that the oracles see it
}

// PeerPlan is one machine.
type PeerPlan struct {
	Seats       int
	ManualDelay bool
	DelayFrames int
	DelayEvery  int           // samples between two changes of the delay by hand, 0: none
	HoldFrames  int           // how long an input is held
	Clock       time.Duration // ahead of the network's
	Phase       time.Duration // of its first tick
	DriftPPM    int           // its ticks are longer by this
	Paced       bool          // Config.CallerPaced
}

// Blackout is a time, counted from a match's start, in which paths are dark.
type Blackout struct {
	Match      int
	From, To   int // directed; both -1: all paths
	Start, End time.Duration
}

// Stall is a time, counted from a match's start, in which a peer does nothing.
type Stall struct {
	Match, Peer int
	Start, End  time.Duration
}

// Reseat is a peer that asks for other seats while a match is about to start: the
// host may have said already who plays.
type Reseat struct {
	Match, Peer, Seats int
}

// Sabotage breaks a match in a way that must be found.
type Sabotage uint8

const (
	None           Sabotage = iota
	HiddenVariable          // the last peer's rules count how often they are asked
	DisturbedWorld          // the last peer's world is changed behind the rules' back
)

// Draw returns the plan of a seed.
func Draw(seed uint64) Plan {
	r := rand.New(rand.NewPCG(seed, 0x51A7E57))
	pick := func(values ...int) int { return values[r.IntN(len(values))] }
	p := Plan{
		Seed:           seed,
		Peers:          make([]PeerPlan, pick(1, 2, 2, 2, 3, 3, 4, 4, 5, 6, 8)),
		TickRate:       pick(20, 30, 60, 60, 60, 60, 120, 240),
		WindowFrames:   pick(0, 0, 1, 2, 4, 8, 8, 8, 8, 16, 32),
		ChecksumFrames: pick(1, 10, 30, 60, 60),
		TimeoutMs:      pick(1500, 3000, 10_000, 10_000),
		Matches:        pick(1, 1, 1, 2),
		Frames:         60 + r.IntN(340),
		Ending:         Ending(pick(0, 0, 0, 0, 0, 0, 1, 1, 2, 2, 3, 4, 5)),
		Gone:           map[int]time.Duration{},
	}
	free := pick(8, 8, 8, 16) - len(p.Peers)
	drift := pick(0, 200, 2000, 5000)
	for i := range p.Peers {
		seats := 1 + r.IntN(min(free, 3)+1)
		free -= seats - 1
		p.Peers[i] = PeerPlan{
			Seats: seats, ManualDelay: r.IntN(2) == 0, DelayFrames: pick(0, 0, 0, 1, 2, 3, 6, 16),
			DelayEvery: pick(0, 0, 0, 7, 50), HoldFrames: pick(1, 1, 4, 15, 1000), Clock: time.Duration(r.Int64N(int64(1000 * time.Hour))),
			Phase: time.Duration(r.Int64N(int64(p.tick()))), DriftPPM: r.IntN(2*drift+1) - drift, Paced: r.IntN(2) == 0,
		}
	}
	p.drawPaths(r)
	if len(p.Peers) > 1 {
		p.drawEnding(r)
		p.drawFaults(r)
	} else if p.Ending != Over {
		p.Ending = Length
	}
	p.drawReseats(seed)
	p.Absent = netcode.Absence(rand.New(rand.NewPCG(seed, 0xAB5E27)).IntN(int(netcode.AbsentEnds) + 1))
	p.drawReturns(seed)
	return p
}

// returners are those who come back.
func (p *Plan) returners() []int { return slices.Sorted(maps.Keys(p.Back)) }

func (p *Plan) tick() time.Duration { return time.Second / time.Duration(p.TickRate) }

// key is a player's identity.
func (p *Plan) key(who int) link.Key {
	var seed [16]byte
	binary.LittleEndian.PutUint64(seed[:], p.Seed)
	seed[8] = byte(who)
	return link.Key(sha256.Sum256(seed[:]))
}

// drawPaths: one quality for all, or each path its own.
func (p *Plan) drawPaths(r *rand.Rand) {
	draw := func() memlink.Conditions {
		delay := time.Duration(r.IntN(1+[]int{0, 5, 40, 120}[r.IntN(4)])) * time.Millisecond
		return memlink.Conditions{
			Delay:           delay,
			Jitter:          time.Duration(r.Int64N(int64(delay/2 + 5*time.Millisecond))),
			LossPer10k:      []int{0, 0, 100, 500, 1500, 2500}[r.IntN(6)],
			DuplicatePer10k: []int{0, 0, 0, 200, 3000}[r.IntN(5)],
		}
	}
	same, all := r.IntN(3) > 0, draw()
	for range p.Peers {
		var row []memlink.Conditions
		for range p.Peers {
			if same {
				row = append(row, all)
			} else {
				row = append(row, draw())
			}
		}
		p.Paths = append(p.Paths, row)
	}
}

func (p *Plan) length() time.Duration { return time.Duration(p.Frames) * p.tick() }

// drawEnding draws who goes when. Somebody stays, and the host if it must kick.
func (p *Plan) drawEnding(r *rand.Rand) {
	when := func() time.Duration { return time.Duration(r.Int64N(int64(p.length() + p.length()/4))) }
	switch p.Ending {
	case Leave, Vanish:
		first := when()
		for range 1 + r.IntN(2) {
			if len(p.Gone) < len(p.Peers)-1 {
				at := first
				if r.IntN(2) == 0 {
					at += time.Duration(r.Int64N(int64(300 * time.Millisecond)))
				}
				who := r.IntN(len(p.Peers))
				if who == 0 && p.Ending == Vanish { // not with its word of the start on its tongue
					at = max(at, 2*time.Second)
				}
				p.Gone[who] = at
			}
		}
	case Kick:
		p.Gone[1+r.IntN(len(p.Peers)-1)] = when()
	case Partition:
		start := when() / 2
		p.Blackouts = append(p.Blackouts, Blackout{Match: p.Matches - 1, From: -1, To: -1, Start: start, End: start + time.Duration(p.TimeoutMs)*time.Millisecond*3/2 + 4*time.Second})
	}
}

// drawFaults draws stalls for all, and blackouts, shorter than the time-out, for
// those matches that nobody leaves: in the dark nobody can agree on an end.
func (p *Plan) drawFaults(r *rand.Rand) {
	for range r.IntN(4) {
		start := time.Duration(r.Int64N(int64(p.length())))
		s := Stall{
			Match: r.IntN(p.Matches), Peer: r.IntN(len(p.Peers)),
			Start: start, End: start + time.Duration(r.Int64N(int64(time.Second))),
		}
		again := func(other Stall) bool { return other.Match == s.Match && other.Peer == s.Peer }
		if !slices.ContainsFunc(p.Stalls, again) { // two could add up to more than the time-out
			p.Stalls = append(p.Stalls, s)
		}
	}
	if p.Ending > Over {
		return
	}
	// All blackouts of a match together stay below the time-out, so that
	// nobody is lost even if they meet.
	budget := time.Duration(p.TimeoutMs)*time.Millisecond - 1300*time.Millisecond
	for n := r.IntN(4); n > 0 && budget > 0; n-- {
		b := Blackout{Match: r.IntN(p.Matches), From: -1, To: -1, Start: time.Duration(r.Int64N(int64(p.length())))}
		long := min(budget, []time.Duration{100 * time.Millisecond, 500 * time.Millisecond, 2 * time.Second, 8 * time.Second}[r.IntN(4)])
		b.End = b.Start + time.Duration(r.Int64N(int64(long)))
		budget -= b.End - b.Start
		if r.IntN(2) == 0 {
			b.From = r.IntN(len(p.Peers))
			b.To = (b.From + 1 + r.IntN(len(p.Peers)-1)) % len(p.Peers)
		}
		p.Blackouts = append(p.Blackouts, b)
	}
}

// drawReseats has chance of its own: a seed's plan is the same but for it.
func (p *Plan) drawReseats(seed uint64) {
	r := rand.New(rand.NewPCG(seed, 0x5EA75))
	for match := range p.Matches {
		if r.IntN(4) > 0 {
			continue
		}
		for peer := range p.Peers {
			if r.IntN(2) == 0 {
				p.Reseats = append(p.Reseats, Reseat{match, peer, 1 + r.IntN(4)})
			}
		}
	}
}

// drawReturns makes some of those matches that nobody leaves ones with comings and goings.
// It has chance of its own.
func (p *Plan) drawReturns(seed uint64) {
	r := rand.New(rand.NewPCG(seed, 0x2E7024))
	if p.Ending != Length || len(p.Peers) < 2 || r.IntN(3) > 0 {
		return
	}
	p.Ending, p.Absent = Return, netcode.Absence(r.IntN(int(netcode.AbsentEnds)))
	p.Back = map[int]time.Duration{}
	p.Blackouts = nil
	p.Frames += int((4*time.Second + time.Duration(p.TimeoutMs)*time.Millisecond) / p.tick())
	for range 1 + r.IntN(2) {
		who := 1 + r.IntN(len(p.Peers)-1)
		if _, again := p.Gone[who]; !again && len(p.Gone) == len(p.Peers)/2 {
			continue // the others must be able to agree
		}
		p.Gone[who] = time.Second + time.Duration(r.Int64N(int64(time.Second)))
		p.Back[who] = p.Gone[who] + 600*time.Millisecond + time.Duration(r.Int64N(int64(p.length())))
	}
}

// String says what the plan is, for a report.
func (p Plan) String() string {
	window := fmt.Sprintf("window %d", p.WindowFrames)
	if p.WindowFrames == 0 {
		window = "lockstep"
	}
	var s strings.Builder
	s.WriteString(fmt.Sprintf("seed %d: %d peers, %d Hz, %s, checksums every %d, time-out %d ms, absent %d, %d matches of %d frames, ending %s, gone %v, back %v\n",
		p.Seed, len(p.Peers), p.TickRate, window, p.ChecksumFrames, p.TimeoutMs, p.Absent, p.Matches, p.Frames, p.Ending, p.Gone, p.Back))
	if p.Lie != Truth {
		s.WriteString(fmt.Sprintf("  peer %d %v from %v on, and fools %d\n", p.Liar, p.Lie, p.LiesFrom, p.Fooled))
	}
	for i, peer := range p.Peers {
		s.WriteString(fmt.Sprintf("  peer %d: %+v\n    to others: %+v\n", i, peer, p.Paths[i]))
	}
	for _, b := range p.Blackouts {
		s.WriteString(fmt.Sprintf("  blackout %+v\n", b))
	}
	for _, reseat := range p.Reseats {
		s.WriteString(fmt.Sprintf("  reseat %+v\n", reseat))
	}
	for _, st := range p.Stalls {
		s.WriteString(fmt.Sprintf("  stall %+v\n", st))
	}
	return s.String()
}

// bound is how long a match may take: its length at the speed of the slowest
// path, all faults, and the time-outs of its ending.
func (p *Plan) bound() time.Duration {
	slowest, faults := time.Duration(0), time.Duration(0)
	for _, row := range p.Paths {
		for _, c := range row {
			slowest = max(slowest, c.Delay+c.Jitter)
		}
	}
	for _, b := range p.Blackouts {
		faults = max(faults, b.End)
	}
	for _, s := range p.Stalls {
		faults = max(faults, s.End)
	}
	frame := p.tick()*110/100 + (2*slowest+3*p.tick())*2/time.Duration(p.WindowFrames+1)
	bound := faults + time.Duration(p.Frames)*frame + 8*slowest + 6*time.Second
	if p.Ending >= Leave {
		bound += 2*time.Duration(p.TimeoutMs)*time.Millisecond + 21*time.Second // silence, and waiting for a majority
	}
	if p.Lie != Truth {
		bound += 20 * time.Second // until whoever holds everybody up is out (package membership, H12)
	}
	return bound
}
