package netcode

import (
	"fmt"
	"time"

	"github.com/visavis-netcode/visavis/netcode/internal/wire"
	"github.com/visavis-netcode/visavis/rollback"
)

// Config says what the game is. It must be the same in every copy of the game
// that is to meet another; what differs is refused in words when two copies
// greet each other, as far as it can be compared: of functions only whether Over and
// Clean are there. CallerPaced, Guard and SaveEvery are each copy's own. Zero values
// mean the default given at each field. Game, Start and Step are required.
type Config[S, I any] struct {
	// Game names the game, 1 to 64 bytes.
	Game string
	// Rules is a version or hash of the simulation's rules and data.
	Rules uint64
	// Start makes the world at frame 0. The same Setup must give the same
	// world on every machine.
	Start func(Setup) S
	// Step advances the world by one frame: see rollback.Config. It gets the inputs of
	// strangers: what Clean does not make legal it must bear.
	Step func(*S, rollback.Inputs[I])
	// Over reports whether the game has ended in this confirmed world; the
	// match then ends for all at this very frame. It stays true from there on: with
	// SaveEvery it is asked of the saved worlds only. nil: never.
	Over func(*S) bool

	// TickRate is frames per second, 10 to 240; 0 means 60.
	TickRate int
	// WindowFrames is the prediction window, 1 to 32 frames; 0 means 133 ms of them:
	// 8 at 60 ticks a second, 4 at 30, 32 at 240 (rollback.DefaultWindow).
	WindowFrames int
	// Lockstep plays without prediction: a frame runs when all inputs are here.
	Lockstep bool
	// MinSeats and MaxSeats are how many players the game can be played by: the world
	// has room for MaxSeats, and no match starts with fewer than MinSeats or with more.
	// A game for exactly two says 2 and 2, and one that somebody may play alone 1.
	// MaxSeats is 1 to 16, 0 means 8; MinSeats is 1 to MaxSeats, 0 means 2, if MaxSeats
	// is not less. A lobby is its host's: a copy of the game that takes fewer players
	// than the lobby or needs more is refused.
	MinSeats int
	MaxSeats int
	// ChecksumFrames is how many frames apart the peers compare their worlds;
	// 0 means 60, a negative number never.
	ChecksumFrames int
	// Desync is what becomes of a match in which worlds differ. In a lobby it is the host's
	// that counts.
	Desync Discord
	// PeerTimeoutMs is how long a peer may be silent before it counts as lost, in
	// a match and in the lobby, in milliseconds: 500 to an hour; 0 means 10,000. Where those
	// who are lost may come back (LateJoin), 0 means less in a match: 2,000, or ten round
	// trips if that is longer, and 8,000 of two players. Who is heard again within the 10,000
	// is still in the lobby, and comes back into the match by himself.
	// Silent is whose game's loop calls neither Tick nor Poll, too.
	PeerTimeoutMs int
	// Absent is what becomes of a seat whose machine has left the match or was lost. The
	// others play on: they do not wait for who has left, and for who is lost as PeerTimeoutMs
	// says. Step asks Inputs.Present who is there, and EventAbsent tells the game. In
	// a lobby it is the host's that counts: a guest's game that cannot do that (AbsentBot
	// without a Bot) is refused.
	Absent Absence
	// Bot is what an absent seat does with AbsentBot: see rollback.Config. A game that has
	// one can be played with any host.
	Bot func(world *S, seat int) I
	// LateJoin is who may come into a match that runs, through the lobby of its host: nobody,
	// whoever was in it, known by his key, or anybody. Whoever was in it has his seats again;
	// somebody else has one that nobody plays, and watches until there is one. The others
	// wait for nothing, and EventPresent tells them from which frame on he plays. Not with
	// AbsentEnds, where a match is over when somebody is gone. In a lobby it is the host's
	// that counts.
	LateJoin LateJoin
	// LateSeats is, with LateAnybody, how many seats a match has at least, up to MaxSeats and
	// what the lobby takes: those that nobody plays yet are Absent from frame 0 and wait for
	// who comes late. 0: as many as there are players. In a lobby it is the host's that
	// counts, and Setup tells it; Room.SetLateSeats changes it from match to match.
	LateSeats int
	// CallerPaced leaves time synchronisation's slewing to the caller, who
	// calls Tick whenever Match.TickPeriod has passed. Otherwise Tick is
	// called TickRate times a second and now and then runs no frame, or two.
	CallerPaced bool

	// PortableFloats says that the floating-point numbers in the world and in the input
	// come out the same on every processor, because the rules see to it: they convert
	// each product before it is added to, as in float64(x*y) + z, which keeps the
	// compiler from fusing the two, and of package math they take nothing but Sqrt, Abs,
	// Floor and the like. Without it, copies whose processors or builds (GOAMD64) may
	// round otherwise are refused, if there are such numbers at all: rollback.ShapeOf
	// names them. Package rollback/fixed has numbers that need no such care.
	PortableFloats bool

	// SaveEvery saves every so many frames only: for worlds of a megabyte and more.
	// See rollback.Config. Each machine may have its own.
	SaveEvery int
	// Guard is for development: a program that writes to the world outside Step,
	// while it draws it for instance, is stopped by the next Tick with the name of the
	// field. See rollback.Config.
	Guard bool
	// Predict guesses a seat's next input from its last one; nil repeats it. Not with
	// Lockstep.
	Predict func(last I) I
	// Clean makes any input a legal one, on every machine alike; nil if all are. What
	// other machines send is a stranger's bytes. See rollback.Config.
	Clean func(input I) I
	// Check reports what is wrong with a world, if no match can lead to it; nil takes every
	// world. Who comes late, or watches, begins with a world that another machine has sent:
	// one that does not pass is not stepped, so that Step and whoever draws may trust what
	// the rules keep true.
	Check func(world *S) error
	// Copy, Append and Decode may be given for worlds that are not plain values: see
	// rollback.Config. They are called with worlds that Start has made, or that came
	// from one of those.
	Copy   func(dst, src *S)
	Append func(dst []byte, src *S) []byte
	Decode func(dst *S, src []byte) error
}

// Setup is what the worlds of a match start from, the same on every machine.
type Setup struct {
	Seed    uint64   // chosen by the host
	Seats   int      // 1 to 16; more than players with Config.LateSeats
	Roster  []Seated // who they are, seat 0 first; names and own words are a stranger's bytes; NoMachine: nobody
	Options []byte   // the host's word to the game, at most 256 bytes; see Room.SetOptions
}

const (
	defaultPeerTimeoutMs = 10_000
	minPeerTimeoutMs     = 500
	maxPeerTimeoutMs     = 3_600_000 // below package quiclink's own
	defaultMinSeats      = 2
	defaultMaxSeats      = 8
)

// checkSent reports what is wrong with a world that another machine has sent.
func (c Config[S, I]) checkSent(world *S) error {
	if c.Check == nil {
		return nil
	}
	return c.Check(world)
}

// filled returns a copy with the defaults in place.
func (c Config[S, I]) filled() Config[S, I] {
	if c.TickRate == 0 {
		c.TickRate = rollback.DefaultTickRate
	}
	if c.WindowFrames == 0 && !c.Lockstep {
		c.WindowFrames = rollback.DefaultWindow(c.TickRate)
	}
	if c.ChecksumFrames == 0 {
		c.ChecksumFrames = rollback.DefaultChecksumFrames
	}
	if c.MaxSeats == 0 {
		c.MaxSeats = max(defaultMaxSeats, c.MinSeats)
	}
	if c.MinSeats == 0 {
		c.MinSeats = min(defaultMinSeats, c.MaxSeats)
	}
	if c.PeerTimeoutMs == 0 {
		c.PeerTimeoutMs = defaultPeerTimeoutMs
	}
	return c
}

// check reports the first field that is wrong.
func (c Config[S, I]) check() error {
	bad := func(field, format string, args ...any) error {
		return fmt.Errorf("netcode: Config.%s %s", field, fmt.Sprintf(format, args...))
	}
	switch {
	case c.Game == "" || len(c.Game) > 64:
		return bad("Game", "is %d bytes long; allowed is 1 to 64", len(c.Game))
	case c.Start == nil:
		return bad("Start", "is missing")
	case c.MaxSeats < 1 || c.MaxSeats > rollback.MaxSeats:
		return bad("MaxSeats", "is %d; allowed is 1 to %d", c.MaxSeats, rollback.MaxSeats)
	case c.MinSeats < 1 || c.MinSeats > c.MaxSeats:
		return bad("MinSeats", "is %d; allowed is 1 to MaxSeats, %d", c.MinSeats, c.MaxSeats)
	case c.PeerTimeoutMs < minPeerTimeoutMs || c.PeerTimeoutMs > maxPeerTimeoutMs:
		return bad("PeerTimeoutMs", "is %d; allowed is %d to %d", c.PeerTimeoutMs, minPeerTimeoutMs, maxPeerTimeoutMs)
	case c.Absent > AbsentEnds:
		return bad("Absent", "is none of AbsentIdle, AbsentFrozen, AbsentBot and AbsentEnds")
	case c.LateJoin > LateAnybody:
		return bad("LateJoin", "is none of LateNever, LateOwn and LateAnybody")
	case c.Desync > DesyncOutvotes:
		return bad("Desync", "is none of DesyncEnds and DesyncOutvotes")
	case c.Desync == DesyncOutvotes && c.Absent == AbsentEnds:
		return bad("Desync", "is DesyncOutvotes, with AbsentEnds, where a match is over when somebody is gone")
	case c.Desync == DesyncOutvotes && c.ChecksumFrames < 0:
		return bad("Desync", "is DesyncOutvotes, with ChecksumFrames below 0, where nobody compares worlds")
	case c.LateJoin != LateNever && c.Absent == AbsentEnds:
		return bad("LateJoin", "is set with AbsentEnds, where a match is over when somebody is gone")
	case c.LateSeats < 0 || c.LateSeats > c.MaxSeats:
		return bad("LateSeats", "is %d; allowed is 0 to MaxSeats, %d", c.LateSeats, c.MaxSeats)
	case c.LateSeats > 0 && c.LateJoin != LateAnybody:
		return bad("LateSeats", "is set without LateAnybody, so nobody would come to these seats")
	case c.Absent == AbsentBot && c.Bot == nil:
		return bad("Bot", "is missing: Absent is AbsentBot")
	case c.Predict != nil && c.Lockstep:
		return bad("Predict", "is set with Lockstep, where nothing is guessed")
	case c.ChecksumFrames > 65535:
		return bad("ChecksumFrames", "is %d; at most 65535", c.ChecksumFrames)
	}
	var world S
	return c.session(world, 1).Check()
}

// exactly returns the game for a match of so many players, no more and no fewer. It
// reports an error if the game cannot be played by so many.
func (c Config[S, I]) exactly(seats int) (Config[S, I], error) {
	switch {
	case seats < 1 || seats > rollback.MaxSeats:
		return c, fmt.Errorf("netcode: Host for %s; allowed is 1 to %d", inPlayers(seats), rollback.MaxSeats)
	case seats < c.MinSeats:
		return c, fmt.Errorf("netcode: Host for %s, but Config.MinSeats is %d", inPlayers(seats), c.MinSeats)
	case c.MaxSeats != 0 && seats > c.MaxSeats:
		return c, fmt.Errorf("netcode: Host for %s, but Config.MaxSeats is %d", inPlayers(seats), c.MaxSeats)
	}
	c.MinSeats, c.MaxSeats = seats, seats
	return c, nil
}

// inPlayers says how many players, as a sentence has it.
func inPlayers(n int) string {
	if n == 1 {
		return "1 player"
	}
	return fmt.Sprintf("%d players", n)
}

// session is the core's configuration for one match.
func (c Config[S, I]) session(world S, seats int) rollback.Config[S, I] {
	config := rollback.Config[S, I]{
		Start: world, Step: c.Step, Seats: seats, Lineups: true,
		WindowFrames: c.WindowFrames, Lockstep: c.Lockstep,
		TickRate: c.TickRate, ChecksumFrames: c.ChecksumFrames,
		SaveEvery: c.SaveEvery, Guard: c.Guard, Predict: c.Predict, Clean: c.Clean, Copy: c.Copy, Append: c.Append, Decode: c.Decode,
	}
	if c.Absent != AbsentEnds {
		config.Absent = rollback.Absence(c.Absent)
	}
	if c.Absent == AbsentBot {
		config.Bot = c.Bot
	}
	return config
}

// Absence is what becomes of a seat whose machine has left the match or was lost.
type Absence uint8

const (
	AbsentIdle   = Absence(rollback.AbsentIdle)   // its input is the zero one, as Clean makes it
	AbsentFrozen = Absence(rollback.AbsentFrozen) // its last input goes on and on
	AbsentBot    = Absence(rollback.AbsentBot)    // Config.Bot plays it
	AbsentEnds   = AbsentBot + 1                  // the match ends for all, with the last frame that everybody was in
)

// LateJoin is who may come into a match that runs.
type LateJoin uint8

const (
	LateNever   LateJoin = iota // nobody: who is gone stays gone
	LateOwn                     // who was in it, to the seat that was his
	LateAnybody                 // likewise, and whoever is in the lobby, to a seat that nobody plays
)

// Discord is what becomes of a match in which worlds differ.
type Discord uint8

const (
	// DesyncEnds: it ends for all, with a report (DesyncError).
	DesyncEnds Discord = iota
	// DesyncOutvotes: where more than half of the machines have the same world it goes on with
	// that one. Whoever has another is out, with an ExcludedError, and comes in again by what
	// LateJoin allows; EventDesync tells the others. Without such a majority it ends.
	DesyncOutvotes
)

// terms is what two copies of a game must agree on, and what the lobby and the
// match need to know of a Config without its types.
type terms struct {
	game          string
	rules         uint64
	tickRate      int
	windowFrames  int
	inputBytes    int
	checksums     int // frames apart, 0 for none
	minSeats      int
	maxSeats      int
	peerTimeoutMs int
	timeoutSet    bool // by the game: it says so of a match, too
	over          bool // the rules say when a match is over
	clean         bool // and which inputs are legal
	bot           bool // and what an absent seat does
	absent        Absence
	lateJoin      LateJoin
	lateSeats     int // the host's word, too
	discord       Discord
	callerPaced   bool
	guard         bool
	layout        uint64                // of world and input
	fields        []rollback.ShapeField // which these are
	arithmetic    string                // how floating-point numbers are rounded, "" if there are none,
	floats        []string              // and where the first of them are
}

func (c Config[S, I]) terms() (terms, error) {
	timeoutSet := c.PeerTimeoutMs != 0
	c = c.filled()
	if err := c.check(); err != nil {
		return terms{}, err
	}
	inputBytes, err := rollback.InputBytes[I]()
	if err != nil {
		return terms{}, err
	}
	shape, arithmetic := c.shape()
	return terms{
		layout: shape.Hash, fields: shape.Fields, arithmetic: arithmetic, floats: shape.Floats,
		game: c.Game, rules: c.Rules, tickRate: c.TickRate, windowFrames: c.WindowFrames,
		inputBytes: inputBytes, checksums: max(0, c.ChecksumFrames),
		minSeats: c.MinSeats, maxSeats: c.MaxSeats, peerTimeoutMs: c.PeerTimeoutMs, timeoutSet: timeoutSet, over: c.Over != nil, clean: c.Clean != nil, bot: c.Bot != nil, absent: c.Absent, lateJoin: c.LateJoin, lateSeats: c.LateSeats, discord: c.Desync, callerPaced: c.CallerPaced, guard: c.Guard,
	}, nil
}

// tick is how long a frame is.
func (t *terms) tick() time.Duration { return time.Second / time.Duration(t.tickRate) }

// hello returns the part of a greeting that both sides compare.
func (t terms) hello() wire.Hello {
	return wire.Hello{
		Protocol: wire.Protocol, Game: t.game, Rules: t.rules,
		TickRate: uint16(t.tickRate), InputBytes: uint16(t.inputBytes),
		Window: uint8(t.windowFrames), Checksums: uint16(t.checksums),
		MinSeats: uint8(t.minSeats), MaxSeats: uint8(t.maxSeats), TimeoutMs: uint32(t.peerTimeoutMs), Over: t.over, Clean: t.clean, Absent: uint8(t.absent), Late: uint8(t.lateJoin), Desync: uint8(t.discord),
		Layout: t.layout, Arithmetic: t.arithmetic, Fields: fieldMarks(t.fields),
	}
}

// differs is the reason of a difference.
func (t terms) differs(theirs *wire.Hello) Reason {
	if theirs.Game != t.game {
		return ReasonGame
	}
	return ReasonVersion
}

// difference says in words, seen from this side, why two copies cannot play
// with each other, or "" if they can.
func (t terms) difference(theirs *wire.Hello, name string) string {
	ours := t.hello()
	switch {
	case theirs.Game != ours.Game:
		return fmt.Sprintf("%s plays %q, you play %q", name, cleanText(theirs.Game, 64), ours.Game)
	case theirs.Protocol < ours.Protocol:
		return fmt.Sprintf("%s's copy of the game is older than yours: %s needs the version that you have", name, name)
	case theirs.Protocol > ours.Protocol:
		return fmt.Sprintf("your copy of the game is older than %s's: you need the version that %s has", name, name)
	case theirs.Rules != ours.Rules:
		return fmt.Sprintf("%s has rules version %x of the game, you have %x: both need the same version", name, theirs.Rules, ours.Rules)
	case theirs.TickRate != ours.TickRate:
		return fmt.Sprintf("%s runs at %d ticks a second, you at %d", name, theirs.TickRate, ours.TickRate)
	case theirs.InputBytes != ours.InputBytes:
		return fmt.Sprintf("%s's input is %d bytes long, yours %d", name, theirs.InputBytes, ours.InputBytes)
	case theirs.Layout != ours.Layout:
		return t.layoutDiffers(theirs.Fields, name)
	case theirs.Arithmetic != ours.Arithmetic:
		return roundsOtherwise(name, theirs.Arithmetic, ours.Arithmetic)
	case theirs.Window != ours.Window:
		return fmt.Sprintf("%s's prediction window is %d frames, yours %d", name, theirs.Window, ours.Window)
	case theirs.Checksums != ours.Checksums:
		return fmt.Sprintf("%s compares worlds every %d frames, you every %d", name, theirs.Checksums, ours.Checksums)
	case theirs.TimeoutMs != ours.TimeoutMs:
		return fmt.Sprintf("%s's game gives a silent player up after %.1f seconds, yours after %.1f", name, float64(theirs.TimeoutMs)/1000, float64(ours.TimeoutMs)/1000)
	case theirs.Over && !ours.Over:
		return fmt.Sprintf("%s's game ends by its rules, yours does not: both need the same version", name)
	case theirs.Over != ours.Over:
		return fmt.Sprintf("your game ends by its rules, %s's does not: both need the same version", name)
	case theirs.Clean != ours.Clean:
		return fmt.Sprintf("of your game and %s's only one makes inputs legal before it plays them (Config.Clean): both need the same version", name)
	}
	return ""
}

// tooMuch says in words why so many players on one machine have more input than can
// be sent in time, or "" if they do not.
func (t terms) tooMuch(seats int) string {
	sum := seats * t.inputBytes
	if sum <= wire.MaxInputBytes {
		return ""
	}
	return fmt.Sprintf("%d players on one machine with %d bytes of input each are %d bytes a frame; at most %d can be sent, which is %d players",
		seats, t.inputBytes, sum, wire.MaxInputBytes, wire.MaxInputBytes/t.inputBytes)
}
