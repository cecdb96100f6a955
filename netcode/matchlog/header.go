package matchlog

import (
	"math"

	"github.com/visavis-netcode/visavis/netcode/internal/records"
	"github.com/visavis-netcode/visavis/rollback"
)

// Header is what a match is and what it began with.
type Header struct {
	Engine     string // version of the engine that has written the log
	Game       string
	Rules      uint64
	Layout     uint64 // of world and input: rollback.Shape
	Arithmetic string // how their floating-point numbers are rounded, "" without any

	TickRate       int   // frames a second
	InputBytes     int   // of one seat in one frame
	ChecksumFrames int   // frames apart, 0: none
	LeadFrames     int   // G: how far anybody's records may be beyond what he has confirmed
	Absent         uint8 // what becomes of a seat that nobody plays: netcode.Absence

	Match   [32]byte // tells one match from another
	Ordinal uint32   // the how many-th of its lobby
	Seed    uint64
	Options []byte         // the host's word to the game
	Length  rollback.Frame // 0: until the game is over
	Author  uint8          // machine that has written the log
	Began   int64          // milliseconds since 1970, by the author's clock
	Start   rollback.Frame // of the log's first snapshot
	Players []Player       // seat 0 first
}

// NoMachine is the machine of a seat that nobody plays at the start.
const NoMachine = records.MaxMachines

// Player is who has a seat at the start.
type Player struct {
	Machine uint8    // or NoMachine
	Key     [32]byte // its machine's
	Name    string
	Own     []byte // the player's own word to the game
}

func (h *Header) append(dst []byte) []byte {
	dst = appendBytes(appendBytes(dst, h.Engine), h.Game)
	dst = appendBytes(appendSum(appendSum(dst, h.Rules), h.Layout), h.Arithmetic)
	for _, n := range []int{h.TickRate, h.InputBytes, h.ChecksumFrames, h.LeadFrames} {
		dst = appendNumber(dst, uint64(n))
	}
	dst = append(append(dst, h.Absent), h.Match[:]...)
	dst = appendSum(appendNumber(dst, uint64(h.Ordinal)), h.Seed)
	dst = append(appendNumber(appendBytes(dst, h.Options), uint64(h.Length)), h.Author)
	dst = appendFrame(appendNumber(dst, uint64(h.Began)), h.Start)
	dst = appendNumber(dst, uint64(len(h.Players)))
	for _, player := range h.Players {
		dst = append(append(dst, player.Machine), player.Key[:]...)
		dst = appendBytes(appendBytes(dst, player.Name), player.Own)
	}
	return dst
}

func (h *Header) parse(p *parser) {
	h.Engine, h.Game = p.text(MaxTextBytes), p.text(MaxTextBytes)
	h.Rules, h.Layout, h.Arithmetic = p.Uint64(), p.Uint64(), p.text(MaxTextBytes)
	for _, n := range []*int{&h.TickRate, &h.InputBytes, &h.ChecksumFrames, &h.LeadFrames} {
		*n = int(p.Number(math.MaxUint16))
	}
	h.Absent, h.Match, h.Ordinal = p.Byte(), p.key(), uint32(p.Number(math.MaxUint32))
	h.Seed, h.Options = p.Uint64(), p.bytes(MaxOptionBytes)
	h.Length, h.Author = rollback.Frame(p.Number(math.MaxInt32/2)), p.machine()
	h.Began, h.Start = int64(p.Number(math.MaxInt64)), p.Frame()
	for range p.Number(MaxSeats) {
		machine := p.Byte()
		p.Bad = p.Bad || machine > NoMachine
		h.Players = append(h.Players, Player{machine, p.key(), p.text(MaxTextBytes), p.bytes(MaxOwnBytes)})
	}
	p.Bad = p.Bad || h.TickRate == 0 || h.InputBytes == 0 || h.InputBytes*MaxSeats > MaxInputsBytes || h.Start < 0
}
