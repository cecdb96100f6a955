package rules

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// Setup is everything that a round follows from.
type Setup struct {
	Seed           uint64
	Seats          int             // 1 to MaxSeats
	Levels         [MaxSeats]uint8 // bot that plays each seat: 1 to MaxLevel, 0 for a player
	DurationFrames int32           // MinRoundFrames to MaxRoundFrames, 0 for RoundFrames
	Pond           uint8           // AnyPond to MaxPond; the puddle has room for 4 frogs
	Rounds         int             // 1, 3 or 5: who has won most of them wins the match
	Teams          bool            // of two seats each: 0 and 1, 2 and 3, ...; bots fill up to at least two teams
	Waiting        uint8           // bit set: the seats whose bots play until somebody comes late; no part of the options
}

// Options are the part of a Setup that the host of a lobby chooses, as 9 bytes:
// one byte format (3), four bytes of levels (four bits a seat, seat 0 lowest),
// two bytes of duration, little-endian both, one byte of pond, and one of
// rounds, plus optionsTeams for teams.
const (
	optionsFormat = 3
	optionsLength = 9
	optionsTeams  = 1 << 7
)

// AppendOptions appends the options of s, made valid as New does, to dst.
func (s Setup) AppendOptions(dst []byte) []byte {
	s = s.valid()
	var levels uint32
	for seat, level := range s.Levels {
		levels |= uint32(level) << (4 * seat)
	}
	dst = binary.LittleEndian.AppendUint32(append(dst, optionsFormat), levels)
	rounds := byte(s.Rounds)
	if s.Teams {
		rounds |= optionsTeams
	}
	return append(binary.LittleEndian.AppendUint16(dst, uint16(s.DurationFrames)), s.Pond, rounds)
}

var errOptionsLength = errors.New("the options of the game have a wrong length: the host may have another version")

// DecodeSetup returns the setup of a round from what a lobby knows: the seed,
// the seats that players hold, and the host's options (none means no bots and
// a usual round). Seats beyond the players' that have a bot are added. It is
// total: whatever the bytes are, it returns a valid Setup or an error, which
// is a sentence for people.
func DecodeSetup(seed uint64, seats int, options []byte) (Setup, error) {
	s := Setup{Seed: seed, Seats: seats}
	if len(options) == 0 {
		return s.valid(), nil
	}
	if len(options) != optionsLength {
		return Setup{}, errOptionsLength
	}
	if options[0] != optionsFormat {
		return Setup{}, fmt.Errorf("the options of the game have format %d, this version knows %d: update the older one", options[0], optionsFormat)
	}
	levels := binary.LittleEndian.Uint32(options[1:])
	for seat := range s.Levels {
		if s.Levels[seat] = uint8(levels >> (4 * seat) & 15); int(s.Levels[seat]) > MaxLevel {
			return Setup{}, fmt.Errorf("the options ask for a bot of level %d: there are %d", s.Levels[seat], MaxLevel)
		}
	}
	s.DurationFrames = int32(binary.LittleEndian.Uint16(options[5:]))
	if s.Pond = options[7]; s.Pond > MaxPond {
		return Setup{}, fmt.Errorf("the options ask for pond %d: there are %d", s.Pond, MaxPond)
	}
	s.Teams, s.Rounds = options[8]&optionsTeams != 0, int(options[8]&^optionsTeams)
	if s.Rounds != oddRounds(s.Rounds) {
		return Setup{}, fmt.Errorf("the options ask for the best of %d rounds: it must be 1, 3 or 5", s.Rounds)
	}
	if s.DurationFrames < MinRoundFrames || s.DurationFrames > MaxRoundFrames {
		return Setup{}, fmt.Errorf("the options ask for a round of %d frames: it must have %d to %d", s.DurationFrames, MinRoundFrames, MaxRoundFrames)
	}
	return s.valid(), nil
}

// valid returns s with everything moved into its range, and with as many
// seats as its bots need.
func (s Setup) valid() Setup {
	s.Seats = min(max(s.Seats, 1), MaxSeats)
	for seat := range s.Levels {
		s.Levels[seat] = min(s.Levels[seat], uint8(MaxLevel))
		if s.Levels[seat] > 0 {
			s.Seats = max(s.Seats, seat+1)
		}
	}
	if s.Teams {
		for s.Seats < 4 || s.Seats%2 != 0 {
			s.Levels[s.Seats] = AutoLevel
			s.Seats++
		}
	}
	s.Pond = min(s.Pond, MaxPond)
	s.Rounds = oddRounds(s.Rounds)
	if s.DurationFrames == 0 {
		s.DurationFrames = RoundFrames
	}
	s.DurationFrames = min(max(s.DurationFrames, MinRoundFrames), MaxRoundFrames)
	return s
}

// levels returns those of the world.
func (s Setup) levels() [MaxSeats]uint8 {
	for seat, level := range s.Levels {
		if level > 0 && s.Waiting>>seat&1 != 0 {
			s.Levels[seat] |= Waits
		}
	}
	return s.Levels
}

// oddRounds returns 1, 3 or 5, whichever is next.
func oddRounds(n int) int { return min(max(n, 1)|1, 5) }
