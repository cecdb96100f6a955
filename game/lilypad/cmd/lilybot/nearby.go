package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"time"

	"github.com/visavis-netcode/visavis/netcode"
)

// nearby in place of an address is any lobby on the local network.
const nearby = "lan"

const (
	// answerTime is how long a lobby may take to answer while another one could be
	// asked.
	answerTime = 4 * time.Second
	// A lobby that did not let the bot in is asked again after a pause, which
	// doubles each time: a seat may have become free.
	firstPause = time.Second
	maxPause   = 16 * time.Second
)

// search goes through the lobbies of the local network. Time is an argument.
// Owner: the player.
type search struct {
	list     func() []netcode.Nearby
	patience time.Duration // for all of it, without the time inside lobbies
	secret   bool          // there is one to show
	deadline time.Time
	tried    map[string]*refusal // by address; of lobbies that are on the list
	asked    netcode.Nearby      // the lobby that is asked now
	askedAt  time.Time
	insideAt time.Time // when it let the bot in; zero if it has not
	last     error     // why nothing came of the lobby before
}

// refusal is a lobby that was asked, and when it may be asked again.
type refusal struct {
	pause time.Duration
	again time.Time
}

func newSearch(now time.Time, patience time.Duration, secret bool, list func() []netcode.Nearby) *search {
	return &search{list: list, patience: patience, secret: secret, deadline: now.Add(patience), tried: map[string]*refusal{}}
}

// next returns the first lobby on the list, other than the one that is asked,
// that may be asked now.
func (s *search) next(now time.Time) (netcode.Nearby, bool) {
	for _, lobby := range s.list() {
		switch before := s.tried[lobby.Address]; {
		case lobby.Address == s.asked.Address, lobby.Playing, lobby.Seats >= lobby.MaxSeats:
		case lobby.NeedsSecret && !s.secret:
		case before != nil && now.Before(before.again):
		default:
			return lobby, true
		}
	}
	return netcode.Nearby{}, false
}

// ask notes that a lobby is asked now.
func (s *search) ask(now time.Time, lobby netcode.Nearby) {
	s.asked, s.askedAt, s.insideAt = lobby, now, time.Time{}
}

// entered notes that the lobby that was asked has let the bot in.
func (s *search) entered(now time.Time) {
	if s.insideAt.IsZero() {
		s.insideAt = now
	}
}

// refused notes why nothing came of the lobby that was asked. Time that was spent
// inside does not count.
func (s *search) refused(now time.Time, why error) {
	before := s.tried[s.asked.Address]
	if before == nil {
		before = &refusal{pause: firstPause}
		s.tried[s.asked.Address] = before
	}
	before.again = now.Add(before.pause)
	before.pause = min(2*before.pause, maxPause)
	if !s.insideAt.IsZero() {
		s.deadline = s.deadline.Add(now.Sub(s.insideAt))
	}
	s.last = fmt.Errorf("%s: %w", s.asked.Name, why)
	s.asked = netcode.Nearby{}
	s.forget()
}

// forget drops what is known of lobbies that are not on the list any more.
func (s *search) forget() {
	listed := map[string]bool{}
	for _, lobby := range s.list() {
		listed[lobby.Address] = true
	}
	maps.DeleteFunc(s.tried, func(address string, _ *refusal) bool { return !listed[address] })
}

// over says why the search is over, nil while it is not.
func (s *search) over(now time.Time) error {
	switch {
	case now.Before(s.deadline):
		return nil
	case s.last != nil:
		return fmt.Errorf("no lobby on the local network let this bot in within %v; the last was %w", s.patience, s.last)
	}
	return fmt.Errorf("no lobby with a free seat showed up on the local network within %v", s.patience)
}

// tired says why a lobby that has not answered yet is not waited for any longer,
// nil while it is.
func (s *search) tired(now time.Time) error {
	if !now.Before(s.deadline) {
		return errors.New("it did not answer in time")
	}
	if now.Sub(s.askedAt) < answerTime {
		return nil
	}
	if _, other := s.next(now); other {
		return errors.New("it does not answer")
	}
	return nil
}

// seekNearby goes from lobby to lobby of the local network until a match begins
// in one of them, or the time is over.
func (p *player) seekNearby(ctx context.Context, config gameConfig, lobby netcode.LobbyConfig) (code int, err error) {
	list, err := netcode.Browse(netcode.BrowseConfig{Game: config.Game, Except: p.node, Interfaces: p.interfaces})
	if err != nil {
		return exitNoConnect, err
	}
	defer list.Close()
	found := func() []netcode.Nearby { return list.AppendFound(nil) }
	p.search = newSearch(time.Now(), p.patience, p.secret != "", found)
	for {
		switch next, err := p.awaitNearby(ctx); {
		case ctx.Err() != nil:
			return exitInterrupted, nil
		case err != nil && list.Err() != nil:
			return exitNoConnect, fmt.Errorf("%w (%w)", err, list.Err())
		case err != nil:
			return exitNoConnect, err
		default:
			p.search.ask(time.Now(), next)
		}
		asked := p.search.asked
		p.lobby, err = netcode.JoinLobby(p.node, config, asked.Address, lobby)
		if err == nil {
			code, err = p.gather(ctx)
			if p.match != nil || code == exitInterrupted {
				return code, err
			}
			p.lobby.Leave()
		}
		p.search.refused(time.Now(), err)
		p.out.print(passed{"passed", asked.Name, asked.Address, err.Error()})
	}
}

// awaitNearby waits for a lobby that may be asked.
func (p *player) awaitNearby(ctx context.Context) (netcode.Nearby, error) {
	const what = "a lobby with a free seat on the local network"
	wait := p.begin()
	for ctx.Err() == nil {
		now := time.Now()
		if next, ok := p.search.next(now); ok {
			return next, nil
		}
		if err := p.search.over(now); err != nil {
			return netcode.Nearby{}, err
		}
		if wait.say(now, what) {
			p.out.print(waiting{"waiting", what})
		}
		p.node.Wait(pollPause)
	}
	return netcode.Nearby{}, ctx.Err()
}

// seekWatched waits for a lobby on the local network that may be watched.
func (p *player) seekWatched(ctx context.Context, game string) (netcode.Nearby, error) {
	const what = "a lobby on the local network that may be watched"
	list, err := netcode.Browse(netcode.BrowseConfig{Game: game, Except: p.node, Interfaces: p.interfaces})
	if err != nil {
		return netcode.Nearby{}, err
	}
	defer list.Close()
	wait, until := p.begin(), time.Now().Add(p.patience)
	for ctx.Err() == nil {
		now := time.Now()
		if lobby, ok := watchable(list.AppendFound(nil), p.secret != ""); ok {
			return lobby, nil
		}
		if !now.Before(until) {
			return netcode.Nearby{}, fmt.Errorf("%s did not show up within %v", what, p.patience)
		}
		if wait.say(now, what) {
			p.out.print(waiting{"waiting", what})
		}
		p.node.Wait(pollPause)
	}
	return netcode.Nearby{}, ctx.Err()
}

// watchable is the first lobby that one may watch, one where a match is played if there is such.
func watchable(list []netcode.Nearby, secret bool) (found netcode.Nearby, ok bool) {
	for _, lobby := range list {
		if lobby.Watch && (secret || !lobby.NeedsSecret) && (!ok || lobby.Playing && !found.Playing) {
			found, ok = lobby, true
		}
	}
	return found, ok
}
