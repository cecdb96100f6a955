package netcode

import (
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/visavis-netcode/visavis/rollback"
)

// ledger is a world in which everything that was ever fed leaves a trace.
type ledger struct {
	Sum   [rollback.MaxSeats]uint64
	Frame int32
	Rand  rollback.Rand
}

func (w *ledger) Step(in rollback.Inputs[uint32]) {
	w.Frame++
	noise := uint64(w.Rand.Uint32())
	for seat, v := range in.All() {
		w.Sum[seat] = (w.Sum[seat]^uint64(v))*0x9E3779B97F4A7C15 + noise
	}
}

func ledgerGame() Config[ledger, uint32] {
	return Config[ledger, uint32]{
		Game: "ledger", Rules: 1, Step: (*ledger).Step, MinSeats: 1, Absent: AbsentEnds,
		Start: func(s Setup) ledger { return ledger{Rand: rollback.NewRand(s.Seed)} },
	}
}

// table is several peers on one memory network, one tick each in turn.
type table struct {
	t       testing.TB
	network *MemoryNetwork
	nodes   []*Node
	lobbies []*Lobby[ledger, uint32]
	done    []bool // this peer does nothing any more
	ticks   int
	// strangers are polled after everybody's turn.
	strangers []*stranger
	// recordings are waited for: a second of these matches passes faster than a disk turns.
	recordings []*Recording
}

const testTick = time.Second / 60

func newTable(t testing.TB, seed uint64, peers int, game Config[ledger, uint32], lobby LobbyConfig, c Conditions) *table {
	t.Helper()
	tb := &table{t: t, network: NewMemoryNetwork(seed), done: make([]bool, peers)}
	tb.network.SetConditions(c)
	for i := range peers {
		node := tb.network.NewNode(fmt.Sprintf("P%d", i))
		var l *Lobby[ledger, uint32]
		var err error
		if i == 0 {
			l, err = OpenLobby(node, game, lobby)
		} else {
			l, err = JoinLobby(node, game, tb.nodes[0].Addr().String(), lobby)
		}
		if err != nil {
			t.Fatal(err)
		}
		tb.nodes, tb.lobbies = append(tb.nodes, node), append(tb.lobbies, l)
		tb.until(5, func() bool { return l.State() == Gathering })
	}
	return tb
}

// tick lets a frame's time pass and gives every peer its turn.
func (tb *table) tick() {
	tb.ticks++
	for i, l := range tb.lobbies {
		tb.network.Advance(testTick / time.Duration(len(tb.lobbies)))
		if tb.done[i] {
			continue
		}
		if m := l.Match(); m != nil && l.State() == Playing {
			m.Tick(slices.Repeat([]uint32{heldInput(i, int32(m.session.Current()))}, len(m.LocalSeats()))...)
		} else {
			l.SetReady(true)
			l.Poll()
		}
	}
	for _, s := range tb.strangers {
		s.poll()
	}
	tb.written()
}

// written waits until all that is recorded is written.
func (tb *table) written() {
	for _, r := range tb.recordings {
		for r.log != nil && r.log.Recording() && r.log.Pending() > 0 {
			runtime.Gosched()
		}
	}
}

// heldInput changes one frame in eight.
func heldInput(peer int, f int32) uint32 {
	r := rollback.NewRand(uint64(peer)<<32 | uint64(f/8))
	return r.Uint32()
}

func (tb *table) until(seconds int, ok func() bool) {
	tb.t.Helper()
	for range seconds * 60 {
		if ok() {
			return
		}
		tb.tick()
	}
	for i, l := range tb.lobbies {
		tb.t.Logf("peer %d: state %d, err %v, blocker %q", i, l.State(), l.Err(), l.Blocker())
		if m := l.Match(); m != nil {
			tb.t.Logf("  %+v phase %d", m.Stats(), m.play.phase)
		}
	}
	tb.t.Fatalf("not within %d s", seconds)
}

func (tb *table) start(seed uint64, frames int32) {
	tb.t.Helper()
	tb.until(10, func() bool { return tb.lobbies[0].Blocker() == "" })
	if err := tb.lobbies[0].Start(seed, frames); err != nil {
		tb.t.Fatal(err)
	}
}

func (tb *table) playOut(seconds int) (results []Result) {
	tb.t.Helper()
	tb.until(seconds, func() bool {
		for i, l := range tb.lobbies {
			if tb.done[i] {
				continue
			}
			if l.Match() == nil || !l.Match().play.over() {
				return false
			}
		}
		return true
	})
	for i, l := range tb.lobbies {
		if !tb.done[i] {
			r, _ := l.Match().Result()
			results = append(results, r)
		}
	}
	return results
}

// enter adds a peer that joins the table's lobby and waits until that is
// decided.
func (tb *table) enter(name string, game Config[ledger, uint32], config LobbyConfig) *Lobby[ledger, uint32] {
	tb.t.Helper()
	return tb.enterAt(name, tb.nodes[0].Addr().String(), game, config)
}

func (tb *table) enterAt(name, address string, game Config[ledger, uint32], config LobbyConfig) *Lobby[ledger, uint32] {
	tb.t.Helper()
	node := tb.network.NewNode(name)
	l, err := JoinLobby(node, game, address, config)
	if err != nil {
		tb.t.Fatal(err)
	}
	tb.nodes, tb.lobbies, tb.done = append(tb.nodes, node), append(tb.lobbies, l), append(tb.done, false)
	tb.until(20, func() bool { return l.State() == Gathering || l.State() == Ended })
	return l
}

// frame lets time pass until peer's match has come to a frame.
func (tb *table) frame(peer int, f rollback.Frame) {
	tb.t.Helper()
	tb.until(30, func() bool { m := tb.lobbies[peer].Match(); return m != nil && m.session.Current() >= f })
}

func names(l *Lobby[ledger, uint32]) (s string) {
	for _, m := range l.AppendMembers(nil) {
		s += fmt.Sprintf("%d:%s*%d ", m.Machine, m.Name, m.Seats)
	}
	return strings.TrimSpace(s)
}

// said are the lines of one member, or of all with "".
func said(lines []Line, from string) (texts []string) {
	for _, l := range lines {
		if l.From == from || from == "" && l.From != "" {
			texts = append(texts, l.Text)
		}
	}
	return texts
}

// agree demands that all results are the same but for the error, which each
// must have as want says. The one who is left of several has nobody who agrees.
func agree(t *testing.T, results []Result, want func(error) bool) {
	t.Helper()
	for i, r := range results {
		if r.Frame != results[0].Frame || r.Hash != results[0].Hash || r.Hash == 0 || r.Agreed != (len(results) > 1) || r.Agreed != (len(r.ConfirmedBy) > 0) || !want(r.Err) {
			t.Fatalf("peer %d: %+v\npeer 0: %+v", i, r, results[0])
		}
	}
}

func left(name string) func(error) bool {
	return func(err error) bool { e := new(LeftError); return errors.As(err, &e) && e.Name == name }
}

// heard are events in short.
func heard(events []Event) (all []string) {
	for _, e := range events {
		text := strings.TrimSpace(e.Kind.String() + " " + e.Name)
		if e.Err != nil {
			text += ": " + ReasonOf(e.Err).String()
		}
		all = append(all, text)
	}
	return all
}

// disturb changes one peer's world and returns the first frame that differs and
// the value there, before and after.
func (tb *table) disturb(peer int) (f rollback.Frame, before, after string) {
	m := tb.lobbies[peer].Match()
	w, f := m.session.ConfirmedWorld()
	was := w.Sum[0]
	m.Disturb(func(w *ledger) { w.Sum[0] ^= 1 })
	return f, fmt.Sprint(was), fmt.Sprint(was ^ 1)
}
