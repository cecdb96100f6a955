package netcode

import (
	"math"
	"slices"
	"time"

	"github.com/visavis-netcode/visavis/netcode/matchlog"
)

// links are this machine's to the others in the match, for those who watch.
func (p *play) links() *matchlog.Links {
	b := &matchlog.Links{Machine: p.room.me, Stalls: uint32(min(p.stats.stalls, math.MaxUint32))}
	for _, q := range p.peers {
		if !p.isMember(q) || q.lost != nil {
			continue
		}
		b.To = append(b.To, matchlog.Link{
			Machine: q.machine, PingMs: upTo(math.MaxUint16, float64(q.conn.Link.Stats().RTT/time.Millisecond)),
			JitterMs: upTo(math.MaxUint16, q.traffic.jitterMicros/1000), Lost: upTo(1000, 10*q.traffic.lossPercent),
		})
	}
	slices.SortFunc(b.To, func(x, y matchlog.Link) int { return int(x.Machine) - int(y.Machine) })
	return b
}

// upTo is a figure that is none too big, and not negative.
func upTo(most, figure float64) uint16 { return uint16(max(0, min(most, math.Round(figure)))) }

// WatchedLinks are the links between the players of a match that is watched, as one of them measures
// his own: whoever makes what is shown, the host as a rule. It is his word, and nobody else's.
type WatchedLinks struct {
	Machine int    // whose they are
	Name    string // of its first player, fit to be shown; "" if that is not known
	Stalls  int    // ticks of the match so far in which it waited for somebody
	To      []WatchedLink
}

// WatchedLink is the link to another machine.
type WatchedLink struct {
	Machine     int
	Name        string
	PingMs      float64 // the way there and back
	JitterMs    float64
	LossPercent float64 // of the datagrams from there
}

// Links are the links between the players as they were when the frame that is shown was played,
// renewed about once a second. ok is false while nothing is known of them.
func (w *Watcher[S, I]) Links() (links WatchedLinks, ok bool) {
	if w.links == nil {
		return WatchedLinks{}, false
	}
	cast := w.AppendCast(nil)
	nameOf := func(machine uint8) string {
		i := slices.IndexFunc(cast, func(s Seated) bool { return s.Machine == int(machine) })
		if i < 0 {
			return ""
		}
		return cleanName(cast[i].Name)
	}
	links = WatchedLinks{Machine: int(w.links.Machine), Name: nameOf(w.links.Machine), Stalls: int(w.links.Stalls)}
	for _, l := range w.links.To {
		links.To = append(links.To, WatchedLink{int(l.Machine), nameOf(l.Machine), float64(l.PingMs), float64(l.JitterMs), float64(l.Lost) / 10})
	}
	return links, true
}
