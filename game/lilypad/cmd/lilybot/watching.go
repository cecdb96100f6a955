package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"time"

	"github.com/visavis-netcode/visavis/game/lilypad/netplay"
	"github.com/visavis-netcode/visavis/game/lilypad/rules"
	"github.com/visavis-netcode/visavis/netcode"
	"github.com/visavis-netcode/visavis/rollback"
)

const (
	// encoreTime is how long a watcher waits for another round after one.
	encoreTime = 3 * time.Second
	// showTime is how long a host stays for those who watch after what they see is over: they may
	// have to find somebody else who feeds them.
	showTime = 5 * time.Second
)

// watchFlags are the flags about those who watch.
func (o *options) watchFlags(f *flag.FlagSet) {
	f.StringVar(&o.watch, "watch", "", "watch the matches of the lobby at `ADDR`, HOST:PORT, HOST:PORT#FINGERPRINT, a code or an invite, or of any on the local network that may be watched: lan; and compare every world")
	f.Func("spectators", "with -host: who may watch, `open`, whoever could join, code, those and who has a code of its own for it, which needs -rendezvous, or none (default none)", func(word string) error {
		who, ok := map[string]netcode.Spectators{"open": netcode.SpectatorsOpen, "code": netcode.SpectatorsCode, "none": netcode.SpectatorsNone}[word]
		if o.spectators = who; !ok {
			return errors.New("it is one of open, code and none")
		}
		return nil
	})
	f.Float64Var(&o.watchDelay, "watch-delay", 3, "with -spectators: how many `SECONDS` behind the players they are, 0 to 60")
}

// spectatorWords says what of the flags about watching cannot be meant, "" if all can.
func (o *options) spectatorWords() string {
	switch {
	case o.spectators == netcode.SpectatorsCode && o.server == "":
		return "-spectators code needs -rendezvous ADDR"
	case o.spectators == netcode.SpectatorsCode && !o.code && !o.invite && o.secret == "":
		return "-spectators code goes with -code, -invite or -secret: else whoever has the code for watching could take a seat as well"
	case !(o.watchDelay >= 0 && o.watchDelay <= 60):
		return fmt.Sprintf("-watch-delay is %v; allowed is 0 to 60", o.watchDelay)
	}
	return ""
}

// lets adds who may watch to a host's lobby.
func (o *options) lets(lobby *netcode.LobbyConfig) {
	if lobby.Spectators = o.spectators; o.spectators == netcode.SpectatorsNone {
		return
	}
	if lobby.WatchDelayMs = int(o.watchDelay * 1000); lobby.WatchDelayMs == 0 {
		lobby.WatchDelayMs = -1
	}
}

// watcher is a bot that watches one lobby.
type watcher struct {
	*player
	watching *netcode.Watcher[rules.World, rules.Pad]
	last     netcode.WatchStatus // of a match that has begun to be seen
	result   netcode.Result      // of that, once over
	over     bool
	rounds   int  // seen to their ends
	spoilt   bool // one before the last was not the players'
	overAt   time.Time
}

// watch watches the matches of a lobby until no other comes.
func watch(ctx context.Context, o options, _ io.Reader, out io.Writer) (int, error) {
	p := &player{options: o, out: &lines{w: out}, began: time.Now()}
	if err := p.open(); err != nil {
		return exitNoConnect, err
	}
	defer p.node.Close()
	config := netplay.Config()
	config.Game = p.game
	address := p.options.watch
	if address == nearby {
		lobby, err := p.seekWatched(ctx, config.Game)
		if ctx.Err() != nil {
			return exitInterrupted, nil
		}
		if err != nil {
			return exitNoConnect, err
		}
		address = lobby.Address
	}
	watching, err := netcode.Watch(p.node, config, address, netcode.LobbyConfig{Secret: p.secret})
	if err != nil {
		return exitNoConnect, err
	}
	w := &watcher{player: p, watching: watching}
	err = w.run(ctx)
	code := w.finish(err)
	if ctx.Err() != nil {
		return exitInterrupted, nil
	}
	if code == exitAgreed {
		err = nil
	}
	return code, err
}

// run ticks until the lobby is over, or no other round comes.
func (w *watcher) run(ctx context.Context) error {
	period := time.Second / rollback.DefaultTickRate
	wait, next := w.begin(), time.Now()
	w.nextStats = next.Add(time.Second)
	for ctx.Err() == nil {
		status := w.watching.Tick()
		now := time.Now()
		if w.watching.World() != nil {
			w.tell(now, status)
		} else {
			wait.say(now, w.waitingFor())
		}
		if w.watching.State() == netcode.Ended {
			return w.watching.Err()
		}
		if !status.Over {
			w.overAt = time.Time{}
		} else if w.overAt.IsZero() {
			w.overAt = now
		} else if now.Sub(w.overAt) >= encoreTime && status.Next == 0 {
			return nil
		}
		if next = next.Add(period); time.Since(next) > 5*period {
			next = time.Now()
		}
		for d := time.Until(next); d > 0; d = time.Until(next) {
			w.node.Wait(d)
			if w.watching.State() != netcode.Playing {
				break
			}
		}
	}
	w.watching.Leave()
	return nil
}

// waitingFor says what there is nothing to see for.
func (w *watcher) waitingFor() string {
	if w.watching.State() == netcode.Connecting {
		return w.watching.Progress()
	}
	return "a match begins, or what was played so long ago arrives"
}

// tell prints the checksums that are new and, each second, how far it is.
func (w *watcher) tell(now time.Time, status netcode.WatchStatus) {
	if status.Match != w.last.Match {
		w.tellRound()
	}
	w.last = status
	if result, over := w.watching.Result(); over != w.over {
		w.result, w.over = result, over
	}
	w.sums = w.watching.AppendChecksums(w.sums[:0])
	for _, sum := range w.sums {
		w.out.print(checksum{"checksum", int32(sum.Frame), hash(sum.World)})
	}
	if status.Over || !w.statsDue(now) {
		return
	}
	w.out.print(watchingLine{"watching", int32(status.Frame), status.BehindMs, status.Parent, w.watching.Foyer().Host, status.Verified, status.Skipped, status.Deceived, status.Seeking})
}

// watchingLine is a second's line of one who watches.
type watchingLine struct {
	Event    string `json:"event"`
	Frame    int32  `json:"frame"`
	BehindMs int    `json:"behindMs"`
	Parent   string `json:"parent"`
	Host     string `json:"host"`
	Worlds   int    `json:"worlds"` // that were compared with the players' and are the same
	Skipped  int    `json:"skipped"`
	Deceived int    `json:"deceived,omitempty"` // how often it began anew, because it was fed what the host has not shown
	Seeking  bool   `json:"seeking,omitempty"`  // the host is gone, and the next one is looked for
}

// watched is a line of one who has watched, of a match: "round" if another one follows, "end" for
// the last.
type watched struct {
	Event    string `json:"event"`
	Round    int    `json:"round,omitempty"`  // from 1; 0 in "end"
	Rounds   int    `json:"rounds,omitempty"` // in "end": that were seen to their ends
	Missed   int    `json:"missed,omitempty"` // and those of which the end could not be had
	Frames   int32  `json:"frames"`
	Hash     string `json:"hash"`
	Verified bool   `json:"verified"` // it was seen to its end, and all worlds that were compared are the players'; in "end" it is so of all rounds
	Worlds   int    `json:"worlds"`
	Differs  *int32 `json:"differs,omitempty"` // the first frame of which the world is another one
	Forged   string `json:"forged,omitempty"`  // who is shown to press what he has not signed, and when
	Skipped  int    `json:"skipped"`
	Reason   string `json:"reason,omitempty"` // why there was no more to see
}

// watchedNow is what was seen of the newest match.
func (w *watcher) watchedNow() watched {
	s := &w.last
	e := watched{Frames: int32(s.Frame), Hash: hash(w.result.Hash), Worlds: s.Verified, Skipped: s.Skipped}
	e.Verified = w.over && s.Verified > 0 && s.Differs == rollback.NoFrame && s.Forged == nil
	if s.Differs != rollback.NoFrame {
		differs := int32(s.Differs)
		e.Differs = &differs
	}
	if s.Forged != nil {
		e.Forged = s.Forged.Error()
	}
	return e
}

// tellRound prints what was seen of a match that another one has followed.
func (w *watcher) tellRound() {
	if w.last.Match == 0 {
		return
	}
	e := w.watchedNow()
	e.Event, e.Round = "round", w.last.Match
	w.spoilt = w.spoilt || e.Differs != nil || e.Forged != ""
	if w.over {
		w.rounds++
	}
	w.out.print(e)
	w.result, w.over = netcode.Result{}, false
}

// finish prints the last line, and says what the process exits with.
func (w *watcher) finish(why error) int {
	if w.last.Match == 0 {
		return exitNoConnect
	}
	e := w.watchedNow()
	if w.over {
		w.rounds++
	}
	e.Event, e.Rounds, e.Missed = "end", w.rounds, w.last.Missed
	e.Verified = e.Verified && !w.spoilt && e.Missed == 0
	if why != nil {
		e.Reason = why.Error()
	}
	w.out.print(e)
	switch {
	case e.Differs != nil || e.Forged != "" || w.spoilt:
		return exitDesync
	case !w.over || e.Missed > 0:
		return exitLost
	}
	return exitAgreed
}

// showRest stays until those who watch have all there is to see, for a while.
func (p *player) showRest() {
	for until := time.Now().Add(p.lobby.WatchDelay() + showTime); p.lobby.State() != netcode.Ended && !p.lobby.ShownAll() && time.Now().Before(until); {
		p.lobby.Poll()
		p.node.Wait(pollPause)
	}
}
