package netcode

import (
	"runtime"
	"runtime/debug"
	"strings"

	"github.com/visavis-netcode/visavis/netcode/matchlog"
	"github.com/visavis-netcode/visavis/rollback"
)

// The recording of a match that has ended because two worlds differed is a bundle: with the
// log it holds the finding, both worlds as far as they are here, what this machine is, and
// what it has rolled back shortly before. Laid beside the bundle of another player it tells
// what kind of mistake it was: see replay.Compare. No address of anybody is in it.

// keptRollbacks is how many of the newest rollbacks a bundle tells.
const keptRollbacks = 64

// rollbackLog holds the newest rollbacks. Owner: Recording.
type rollbackLog struct {
	ring [keptRollbacks]matchlog.Rollback
	n    int
}

// note notes what a tick has stepped again.
func (l *rollbackLog) note(st rollback.Status) {
	if st.RolledBack == 0 {
		return
	}
	from := st.Current - rollback.Frame(st.RolledBack)
	if st.Advanced {
		from--
	}
	l.ring[l.n%keptRollbacks] = matchlog.Rollback{From: max(0, from), Frames: st.RolledBack}
	l.n++
}

// newest returns them, the oldest first.
func (l *rollbackLog) newest() []matchlog.Rollback {
	var all []matchlog.Rollback
	for i := max(0, l.n-keptRollbacks); i < l.n; i++ {
		all = append(all, l.ring[i%keptRollbacks])
	}
	return all
}

// desync tells why the match has ended: worlds differed.
func (r *Recording) desync(t *telling, e *DesyncError) {
	text := func(s string) string { return cleanText(s, maxReasonRunes) }
	r.log.Block(&matchlog.Desync{
		Frame: e.Frame, Agreed: e.Agreed, View: t.who.view, Peer: uint8(e.machine), Inputs: e.Inputs,
		Field: text(e.Field), Here: text(e.Here), There: text(e.There), Text: firstBytes(cleanText(e.Text, maxFinding), matchlog.MaxTextBytes),
		System: runtime.GOOS + "/" + runtime.GOARCH + ", " + runtime.Version(), Program: programVersion(),
		Rollbacks: r.rollbacks.newest(),
	})
	if world, kept := t.worlds.AppendWorldAt(nil, e.Frame); kept {
		r.desyncWorld(t.who.room.me, e.Frame, world)
	}
}

// firstBytes returns as much of a text as fits so many bytes.
func firstBytes(s string, most int) string {
	return strings.ToValidUTF8(s[:min(len(s), most)], "")
}

// desyncWorld tells a machine's world, if it is not too big.
func (r *Recording) desyncWorld(machine uint8, f rollback.Frame, world []byte) {
	if len(world) > matchlog.MaxSaidBytes {
		return
	}
	for piece := range matchlog.Pieces(world) {
		r.log.Block(&matchlog.DesyncWorld{Machine: machine, Frame: f, Piece: piece})
	}
}

// programVersion is which build of its program this is, as far as the build says.
func programVersion() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	version := []string{info.Main.Path, info.Main.Version}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" || s.Key == "vcs.modified" && s.Value == "true" {
			version = append(version, s.Key[len("vcs."):]+" "+s.Value)
		}
	}
	return cleanText(strings.Join(version, " "), maxReasonRunes)
}
