package replays

import (
	"context"
	"strings"
	"time"
	"unicode"

	"github.com/visavis-netcode/visavis/game/lilypad/rules"
	"github.com/visavis-netcode/visavis/netcode"
	"github.com/visavis-netcode/visavis/netcode/matchlog"
	"github.com/visavis-netcode/visavis/netcode/replay"
	"github.com/visavis-netcode/visavis/rollback"
)

// About is what a recording says of its match.
type About struct {
	Err     error // why it cannot be played, a sentence; nothing else is known then
	Began   time.Time
	Players []Player // by seat; bots have the seats behind them, until somebody comes late
	Frames  rollback.Frame
	Last    rules.World // as far as the recording goes,
	AtEnd   []string    // and who played each seat then, "" where a bot did
	Cut     string      // why it ends before its match: see Whole
}

// Player is who had a seat when the match began.
type Player struct {
	Name string // a stranger's words, made fit to be shown
	Own  []byte // what the player's frog shall look like
	Here bool   // at the machine that has recorded the match
}

// Read returns what there is to say of a file.
func Read(ctx context.Context, path string) About {
	b, err := Load(path)
	if err != nil {
		return About{Err: err}
	}
	return Of(ctx, b)
}

// Of returns what there is to say of a file that was loaded.
func Of(ctx context.Context, b []byte) About {
	r, err := Open(ctx, b, nil)
	if err != nil {
		return About{Err: err}
	}
	about := Tell(r)
	if err := r.Seek(r.End()); err != nil {
		return About{Err: err}
	}
	about.Last = *r.World()
	for _, who := range r.AppendCast(nil) {
		name := ""
		if who.Machine != netcode.NoMachine {
			name = cleanName(who.Name)
		}
		about.AtEnd = append(about.AtEnd, name)
	}
	return about
}

// Tell is Of without the end, for a replay that is open: it stays where it is.
func Tell(r *Replay) About {
	h := r.Log().Header
	about := About{Began: time.UnixMilli(h.Began), Frames: r.End() - r.First(), Cut: Whole(r.Log())}
	for _, p := range h.Players {
		if p.Machine == matchlog.NoMachine {
			break
		}
		about.Players = append(about.Players, Player{Name: cleanName(p.Name), Own: p.Own, Here: p.Machine == h.Author})
	}
	return about
}

// maxNameRunes is what fits on a frog.
const maxNameRunes = 12

// cleanName keeps what can be shown of a name; who has none is somebody.
func cleanName(name string) string {
	var out []rune
	for _, r := range strings.TrimSpace(name) {
		if unicode.IsPrint(r) && len(out) < maxNameRunes {
			out = append(out, r)
		}
	}
	if name = strings.TrimSpace(string(out)); name == "" {
		return "Somebody"
	}
	return name
}

// TimeLeft is how long something is going to take: see replay.Left.
func TimeLeft(done, total int64, since time.Duration) time.Duration {
	return replay.Left(done, total, since)
}
