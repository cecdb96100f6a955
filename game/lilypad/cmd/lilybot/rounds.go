package main

import (
	"context"
	"errors"
	"time"

	"github.com/visavis-netcode/visavis/netcode"
	"github.com/visavis-netcode/visavis/rollback"
)

// errThinned: the next round lacks players.
var errThinned = errors.New("somebody left between two rounds")

// played is what the rounds that are over come to. Owner: the player.
type played struct {
	rounds  int
	matches int           // whose figures stats has: a round may have been played in several
	stats   netcode.Stats // Frame is the frames of all rounds
	scores  []int32       // by seat
}

// playRounds plays as many rounds as the host's -frames takes: a game that is
// over before the length that the host gave the match goes on in a rematch of the
// frames that are left. Guests see that length in their matches.
func (p *player) playRounds(ctx context.Context) (int, error) {
	for {
		p.startRecording()
		interrupted := p.run(ctx)
		p.endRecording()
		if !interrupted && p.comeAgain(ctx) {
			continue
		}
		result, _ := p.match.Result()
		p.count(result)
		code := exitCode(result, p.alone())
		why := endWords(result, code)
		if interrupted {
			code = exitInterrupted
		}
		if code == exitAgreed && result.Frame < p.match.Length() {
			p.out.print(round{"round", p.played.rounds, int32(p.played.stats.Frame), hash(result.Hash), p.played.scores})
			switch code, why = p.gather(ctx); code {
			case exitAgreed:
				continue
			case exitNoConnect:
				code = exitLost
			}
		}
		p.showRest()
		if err := p.finish(result, why); err != nil {
			return exitLost, err
		}
		if interrupted {
			why = nil // nobody needs to be told
		}
		return code, why
	}
}

// comeAgain waits while this bot is on its way back into the match that the others play on
// without it, as they had not heard it for too long. It reports whether it is in again.
func (p *player) comeAgain(ctx context.Context) bool {
	was := p.match
	p.began = time.Now()
	for ctx.Err() == nil {
		p.lobby.Poll() // first of all, as it is here that the match's end is the lobby's
		p.tellEvents(time.Now())
		if m := p.lobby.Match(); m != was {
			p.played.take(was.Stats(), 0)
			p.match = m
			return true
		}
		if _, coming := p.lobby.Coming(); !coming {
			return false
		}
		p.node.Wait(pollPause)
	}
	return false
}

// take adds the figures of a match that has played so many frames of a round to its end.
func (p *played) take(st netcode.Stats, frames rollback.Frame) {
	totals := p.with(st)
	totals.Frame = p.stats.Frame + frames
	p.matches++
	p.stats = totals
}

// count adds the round that is over.
func (p *player) count(result netcode.Result) {
	p.played.take(p.match.Stats(), result.Frame)
	p.played.rounds++
	world, ok := p.match.FinalWorld()
	if !ok {
		return
	}
	for seat := range int(world.Seats) {
		if seat == len(p.played.scores) {
			p.played.scores = append(p.played.scores, 0)
		}
		p.played.scores[seat] += int32(world.Frogs[seat].Score)
	}
}

// with returns the figures of a match and of those before it together.
func (p *played) with(st netcode.Stats) netcode.Stats {
	if p.matches == 0 {
		return st
	}
	before := &p.stats
	if all := before.Rollbacks + st.Rollbacks; all > 0 {
		st.MeanDepth = (before.MeanDepth*float64(before.Rollbacks) + st.MeanDepth*float64(st.Rollbacks)) / float64(all)
	}
	st.Frame += before.Frame
	st.Confirmed += before.Frame
	st.Rollbacks += before.Rollbacks
	st.Stalls += before.Stalls
	st.MaxDepth = max(before.MaxDepth, st.MaxDepth)
	st.LongestFreeze = max(before.LongestFreeze, st.LongestFreeze)
	st.Connect = before.Connect
	return st
}
