package lan

import (
	"bytes"
	"crypto/ed25519"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// Flags say how a lobby can be joined.
type Flags uint8

const (
	Open    Flags = 1 << iota // whoever comes is let in
	Secret                    // only who knows the lobby's secret or code is let in
	Playing                   // the match has started
	Watch                     // its matches may be watched

	goodbye Flags = 0x80 // the lobby is closing: take it off the list

	knownFlags = Open | Secret | Playing | Watch | goodbye
)

// Longest texts of a beacon, in bytes.
const (
	MaxGame  = 32
	MaxName  = 32
	MaxTitle = 48
)

// Info is what a lobby says of itself and what may change while it is open.
type Info struct {
	Port  uint16 // the UDP port on which the lobby is joined, 1 to 65535
	Flags Flags
	Taken uint8  // seats taken, at most Seats
	Seats uint8  // seats in all, 1 to 255
	Name  string // the host's name; what is longer than MaxName bytes is cut off
	Title string // the lobby's title; what is longer than MaxTitle bytes is cut off
}

// A beacon is, in this order and big-endian:
//
//	magic "vvB" and version 1         4 bytes
//	key, the lobby's Ed25519 key     32
//	sequence, milliseconds of a clock 8
//	port                              2
//	flags                             1
//	taken, seats                      2
//	length and bytes of game    1 to 33
//	length and bytes of name    1 to 33
//	length and bytes of title   1 to 49
//	signature (RFC 8032) of all above,
//	    behind beaconContext         64
type beacon struct {
	key      [ed25519.PublicKeySize]byte
	sequence uint64 // grows with every beacon of one key
	game     string
	info     Info
}

const (
	beaconMagic  = "vvB\x01"
	solicitMagic = "vvS\x01"

	// Signed before the packet itself, so that a signature made here means
	// nothing to any other use of the same key.
	beaconContext = "visavis LAN beacon\x00"

	beaconHeader = len(beaconMagic) + ed25519.PublicKeySize + 8 + 2 + 1 + 2
	minBeacon    = beaconHeader + 3 + ed25519.SignatureSize
	maxBeacon    = minBeacon + MaxGame + MaxName + MaxTitle

	maxSolicit = len(solicitMagic) + 8 + 1 + MaxGame
)

var errMalformed = errors.New("lan: not a beacon or solicit of this version")

// appendBeacon appends b, signed with the private key that belongs to b.key.
func appendBeacon(dst []byte, b *beacon, private ed25519.PrivateKey) []byte {
	start := len(dst)
	dst = appendUnsigned(dst, b)
	return append(dst, ed25519.Sign(private, signed(dst[start:]))...)
}

// appendUnsigned appends b without its signature.
func appendUnsigned(dst []byte, b *beacon) []byte {
	dst = append(dst, beaconMagic...)
	dst = append(dst, b.key[:]...)
	dst = binary.BigEndian.AppendUint64(dst, b.sequence)
	dst = binary.BigEndian.AppendUint16(dst, b.info.Port)
	dst = append(dst, byte(b.info.Flags), b.info.Taken, b.info.Seats)
	dst = appendText(dst, b.game)
	dst = appendText(dst, b.info.Name)
	return appendText(dst, b.info.Title)
}

// decodeBeacon reads a beacon. The signature is not checked: see verify.
// Every packet that it accepts is the only encoding of what it returns.
func decodeBeacon(packet []byte) (b beacon, err error) {
	if len(packet) < minBeacon || len(packet) > maxBeacon || string(packet[:len(beaconMagic)]) != beaconMagic {
		return beacon{}, errMalformed
	}
	rest := packet[len(beaconMagic):]
	rest = rest[copy(b.key[:], rest):]
	b.sequence = binary.BigEndian.Uint64(rest)
	b.info.Port = binary.BigEndian.Uint16(rest[8:])
	b.info.Flags, b.info.Taken, b.info.Seats = Flags(rest[10]), rest[11], rest[12]
	rest = rest[13:]
	if b.info.Port == 0 || b.info.Flags&^knownFlags != 0 || b.info.Seats == 0 || b.info.Taken > b.info.Seats {
		return beacon{}, errMalformed
	}
	texts := [...]struct {
		text *string
		max  int
	}{{&b.game, MaxGame}, {&b.info.Name, MaxName}, {&b.info.Title, MaxTitle}}
	for _, t := range texts {
		if *t.text, rest, err = cutText(rest, t.max); err != nil {
			return beacon{}, err
		}
	}
	if b.game == "" || len(rest) != ed25519.SignatureSize {
		return beacon{}, errMalformed
	}
	return b, nil
}

// verify reports whether the signature of a packet, from which b was decoded,
// is of b's key. It costs some 60 microseconds: decode, compare and count first.
func (b *beacon) verify(packet []byte) bool {
	end := len(packet) - ed25519.SignatureSize
	return ed25519.Verify(b.key[:], signed(packet[:end]), packet[end:])
}

func signed(unsigned []byte) []byte {
	return append([]byte(beaconContext), unsigned...)
}

// A solicit asks the lobbies of a game to answer with their beacon: magic
// "vvS" and version 1, a nonce of 8 bytes, length and bytes of the game. The
// nonce only tells copies of one question apart.
type solicit struct {
	nonce uint64
	game  string
}

func appendSolicit(dst []byte, s solicit) []byte {
	dst = append(dst, solicitMagic...)
	dst = binary.BigEndian.AppendUint64(dst, s.nonce)
	return appendText(dst, s.game)
}

func decodeSolicit(packet []byte) (solicit, error) {
	if len(packet) < len(solicitMagic)+8 || string(packet[:len(solicitMagic)]) != solicitMagic {
		return solicit{}, errMalformed
	}
	nonce := binary.BigEndian.Uint64(packet[len(solicitMagic):])
	game, rest, err := cutText(packet[len(solicitMagic)+8:], MaxGame)
	if err != nil || game == "" || len(rest) != 0 {
		return solicit{}, errMalformed
	}
	return solicit{nonce: nonce, game: game}, nil
}

// appendText appends a text of at most 255 bytes behind its length.
func appendText(dst []byte, text string) []byte {
	return append(append(dst, byte(len(text))), text...)
}

// cutText reads a text of at most limit bytes of UTF-8 and returns what follows.
func cutText(data []byte, limit int) (text string, rest []byte, err error) {
	if len(data) == 0 {
		return "", nil, errMalformed
	}
	length := int(data[0])
	if length > limit || length > len(data)-1 || !utf8.Valid(data[1:1+length]) {
		return "", nil, errMalformed
	}
	return string(data[1 : 1+length]), data[1+length:], nil
}

// bounded returns info as it can be sent: texts valid and cut to length. Its
// error is a sentence for whoever wrote the program.
func (info Info) bounded() (Info, error) {
	switch {
	case info.Port == 0:
		return Info{}, errors.New("lan: Info.Port is 0: give the UDP port on which the lobby is joined")
	case info.Seats == 0:
		return Info{}, errors.New("lan: Info.Seats is 0: give the number of seats of the lobby")
	case info.Taken > info.Seats:
		return Info{}, fmt.Errorf("lan: %d of %d seats cannot be taken", info.Taken, info.Seats)
	case info.Flags&^(Open|Secret|Playing|Watch) != 0:
		return Info{}, fmt.Errorf("lan: Info.Flags has unknown bits: %#x", uint8(info.Flags))
	}
	info.Name = cutTo(info.Name, MaxName)
	info.Title = cutTo(info.Title, MaxTitle)
	return info, nil
}

// cutTo returns text as valid UTF-8 of at most limit bytes, cut between two
// characters.
func cutTo(text string, limit int) string {
	// Cut before the copy: a text of a megabyte must not cost one.
	if len(text) > limit+utf8.UTFMax {
		text = text[:limit+utf8.UTFMax]
	}
	text = strings.ToValidUTF8(text, "\uFFFD")
	if len(text) <= limit {
		return text
	}
	end := limit
	for !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end]
}

// checkGame refuses a game id that no beacon can carry.
func checkGame(game string) error {
	if game == "" || len(game) > MaxGame || !utf8.ValidString(game) {
		return fmt.Errorf("lan: the game id %q must be 1 to %d bytes of UTF-8", game, MaxGame)
	}
	return nil
}

// isSolicit tells the two packets apart without decoding them.
func isSolicit(packet []byte) bool {
	return bytes.HasPrefix(packet, []byte(solicitMagic))
}
