package wire

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/vmihailenco/msgpack/v5"
)

// Control messages go over a link's reliable stream: one byte that says which,
// then the struct as a msgpack array. Unknown ones are errors: peers of another
// protocol version do not get past Hello.

// ErrControl: the bytes are not a control message of this protocol.
var ErrControl = errors.New("wire: malformed control message")

// Message is one of the structs of this package that have a kind, by pointer.
type Message interface{ kind() byte }

// Bounds of what control messages may carry.
const (
	MaxTextBytes    = 500      // of one line of chat
	MaxOptionBytes  = 256      // the host's word to the game
	MaxAddrs        = 8        // addresses of one machine
	MaxDesyncHashes = 256      // frames in one report
	MaxHeldStreams  = 32       // of one frame: a machine that has just come back has two
	MaxWorldPart    = 32 << 10 // bytes of a world in one message
	MaxWorldParts   = 512      // 16 MiB
	MaxAskedParts   = 16       // at a time: they must leave room in the link's queue for everything else
	MaxKicked       = 64       // that a host remembers
	maxTitleBytes   = 4 * 48   // of package nat/lan's length in characters
	maxCodeBytes    = 32
	maxGameBytes    = 64
	maxOfferBytes   = 512
	maxAddrBytes    = 64
)

func (*Hello) kind() byte        { return 1 }
func (*Welcome) kind() byte      { return 2 }
func (*Roster) kind() byte       { return 3 }
func (*Status) kind() byte       { return 4 }
func (*Say) kind() byte          { return 5 }
func (*Start) kind() byte        { return 6 }
func (*Checksum) kind() byte     { return 7 }
func (*Finding) kind() byte      { return 8 }
func (*DesyncHashes) kind() byte { return 9 }
func (*DesyncParts) kind() byte  { return 10 }
func (*RelayAsk) kind() byte     { return 11 }
func (*RelayWay) kind() byte     { return 12 }
func (*News) kind() byte         { return 13 }
func (*Proof) kind() byte        { return 14 }
func (*Reach) kind() byte        { return 15 }
func (*NotSeated) kind() byte    { return 16 }
func (*DesyncAsk) kind() byte    { return 17 }
func (*DesyncPart) kind() byte   { return 18 }
func (*Members) kind() byte      { return 19 }
func (*Tail) kind() byte         { return 20 }
func (*JoinAsk) kind() byte      { return 21 }
func (*JoinDenied) kind() byte   { return 22 }
func (*Show) kind() byte         { return 23 }
func (*Audience) kind() byte     { return 24 }
func (*HostWord) kind() byte     { return 25 }
func (*Will) kind() byte         { return 26 }
func (*Foyer) kind() byte        { return 27 }
func (*Contact) kind() byte      { return 28 }
func (*Reel) kind() byte         { return 29 }
func (*ReelAsk) kind() byte      { return 30 }
func (*CueAsk) kind() byte       { return 31 }
func (*CueNow) kind() byte       { return 32 }
func (*InLine) kind() byte       { return 33 }
func (*Holding) kind() byte      { return 34 }
func (*ReelHave) kind() byte     { return 35 }
func (*Elsewhere) kind() byte    { return 36 }

func newMessage(kind byte) Message {
	switch kind {
	case 1:
		return new(Hello)
	case 2:
		return new(Welcome)
	case 3:
		return new(Roster)
	case 4:
		return new(Status)
	case 5:
		return new(Say)
	case 6:
		return new(Start)
	case 7:
		return new(Checksum)
	case 8:
		return new(Finding)
	case 9:
		return new(DesyncHashes)
	case 10:
		return new(DesyncParts)
	case 11:
		return new(RelayAsk)
	case 12:
		return new(RelayWay)
	case 13:
		return new(News)
	case 14:
		return new(Proof)
	case 15:
		return new(Reach)
	case 16:
		return new(NotSeated)
	case 17:
		return new(DesyncAsk)
	case 18:
		return new(DesyncPart)
	case 19:
		return new(Members)
	case 20:
		return new(Tail)
	case 21:
		return new(JoinAsk)
	case 22:
		return new(JoinDenied)
	case 23:
		return new(Show)
	case 24:
		return new(Audience)
	case 25:
		return new(HostWord)
	case 26:
		return new(Will)
	case 27:
		return new(Foyer)
	case 28:
		return new(Contact)
	case 29:
		return new(Reel)
	case 30:
		return new(ReelAsk)
	case 31:
		return new(CueAsk)
	case 32:
		return new(CueNow)
	case 33:
		return new(InLine)
	case 34:
		return new(Holding)
	case 35:
		return new(ReelHave)
	case 36:
		return new(Elsewhere)
	}
	return nil
}

// MarshalMessage returns the bytes of a message.
func MarshalMessage(m Message) []byte {
	var b bytes.Buffer
	b.WriteByte(m.kind())
	e := msgpack.NewEncoder(&b)
	e.UseArrayEncodedStructs(true)
	if err := e.Encode(m); err != nil {
		panic(fmt.Sprintf("wire: %T cannot be encoded: %v", m, err)) // structs of plain fields always can
	}
	return b.Bytes()
}

// ParseMessage returns the message in b, or ErrControl for anything that an
// honest peer does not send: unknown kinds, trailing bytes, fields beyond their
// bounds.
func ParseMessage(b []byte) (Message, error) {
	if len(b) < 2 {
		return nil, ErrControl
	}
	m := newMessage(b[0])
	if m == nil || !wellFormed(b[1:]) {
		return nil, ErrControl
	}
	r := bytes.NewReader(b[1:])
	if err := msgpack.NewDecoder(r).Decode(m); err != nil || r.Len() > 0 {
		return nil, ErrControl
	}
	if bounded, ok := m.(interface{ inBounds() bool }); ok && !bounded.inBounds() {
		return nil, ErrControl
	}
	return m, nil
}

func addrsInBounds(addrs []string) bool {
	for _, a := range addrs {
		if len(a) > maxAddrBytes {
			return false
		}
	}
	return len(addrs) <= MaxAddrs
}
