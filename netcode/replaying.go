package netcode

import (
	"fmt"

	"github.com/visavis-netcode/visavis/netcode/matchlog"
	"github.com/visavis-netcode/visavis/rollback"
)

// Replays says in words why this copy of the game cannot play a recorded match, nil if it
// can: see package replay.
func (c Config[S, I]) Replays(h *matchlog.Header) error {
	t, err := c.terms()
	if err != nil {
		return err
	}
	differs := func(format string, args ...any) error {
		return fmt.Errorf("this match cannot be played here: "+format, args...)
	}
	switch {
	case h.Game != t.game:
		return differs("it is one of %q, and this is %q", cleanText(h.Game, 64), t.game)
	case h.Rules != t.rules:
		return differs("it was played by rules version %x, and this game has %x", h.Rules, t.rules)
	case h.TickRate != t.tickRate:
		return differs("it ran at %d ticks a second, and this game does at %d", h.TickRate, t.tickRate)
	case h.InputBytes != t.inputBytes:
		return differs("its inputs are %d bytes long, and this game's %d", h.InputBytes, t.inputBytes)
	case h.Layout != t.layout:
		return differs("its world or its inputs have other fields than this game's: another version has recorded it")
	case h.Arithmetic != t.arithmetic:
		return differs("it was recorded where floating-point numbers are rounded as %s does, and here they are as %s does", cleanText(h.Arithmetic, 48), t.arithmetic)
	case h.Absent > uint8(AbsentEnds), h.Absent == uint8(AbsentBot) && !t.bot:
		return differs("bots played in the seats of those who left, and this game has none (Config.Bot)")
	case len(h.Players) == 0 || len(h.Players) > t.maxSeats:
		return differs("it has %d players, and this game is for 1 to %d", len(h.Players), t.maxSeats)
	}
	return nil
}

// Replay is how a session simulates a recorded match from a world on. It knows no player
// of this machine, and makes no checksums.
func (c Config[S, I]) Replay(world S, h *matchlog.Header, origin rollback.Origin) rollback.Config[S, I] {
	c.Absent = Absence(h.Absent)
	config := c.filled().session(world, len(h.Players))
	config.Origin, config.ChecksumFrames, config.SaveEvery, config.Guard = origin, -1, 1, false
	return config
}

// SetupOf is what the worlds of a recorded match started from, names as the log has them: a
// stranger may have written it.
func SetupOf(h *matchlog.Header) Setup {
	setup := Setup{Seed: h.Seed, Seats: len(h.Players), Options: append([]byte(nil), h.Options...)}
	for _, p := range h.Players {
		setup.Roster = append(setup.Roster, seatedOf(p))
	}
	return setup
}

// seatedOf is a player of a log.
func seatedOf(p matchlog.Player) Seated {
	machine := int(p.Machine)
	if p.Machine == matchlog.NoMachine {
		machine = NoMachine
	}
	return Seated{Player{p.Name, append([]byte(nil), p.Own...)}, machine}
}

// AppendCast appends who plays each seat in the frames of a span of a log, seat 0 first. The
// Machine of a seat that nobody plays is NoMachine; whose name the log does not tell has none.
// Names are fit to be shown, whoever has written the log; own words are a stranger's bytes.
func AppendCast(dst []Seated, h *matchlog.Header, known *matchlog.Newcomers, s *matchlog.Span) []Seated {
	for _, p := range known.AppendCast(nil, h, s) {
		who := seatedOf(p)
		if who.Name != "" {
			who.Name = cleanName(who.Name)
		}
		dst = append(dst, who)
	}
	return dst
}

// Header begins the log of a match that is played without a lobby, by one machine: see
// replay.Recorder. What tells the match from others, and when it began, is left to the
// caller.
func (c Config[S, I]) Header(setup Setup) (matchlog.Header, error) {
	t, err := c.terms()
	if err != nil {
		return matchlog.Header{}, err
	}
	h := t.header()
	h.Seed, h.Options = setup.Seed, setup.Options
	for _, seated := range setup.Roster {
		machine := uint8(matchlog.NoMachine)
		if seated.Machine != NoMachine {
			machine = uint8(seated.Machine)
		}
		h.Players = append(h.Players, matchlog.Player{Machine: machine, Name: seated.Name, Own: seated.Own})
	}
	return h, nil
}

// header is what a log says of the game.
func (t *terms) header() matchlog.Header {
	return matchlog.Header{
		Engine: engineVersion(), Game: t.game, Rules: t.rules, Layout: t.layout, Arithmetic: t.arithmetic,
		TickRate: t.tickRate, InputBytes: t.inputBytes, ChecksumFrames: t.checksums, LeadFrames: t.leadFrames(), Absent: uint8(t.absent),
	}
}
