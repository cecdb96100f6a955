package netcode

import (
	"errors"

	"github.com/visavis-netcode/visavis/netcode/internal/membership"
	"github.com/visavis-netcode/visavis/netcode/internal/wire"
)

// parted is a message of package membership in as many parts as it takes.
func parted(match uint32, message membership.Message) (parts []*wire.Members) {
	said := membership.AppendMessage(nil, message)
	for len(said) > 0 {
		part := said[:min(len(said), wire.MaxMembersBytes)]
		said = said[len(part):]
		parts = append(parts, &wire.Members{Match: match, More: len(said) > 0, Bytes: part})
	}
	return parts
}

// maxMembersMessage is how long a message in parts may be: all that many may lack of the
// records of as many who are gone.
const maxMembersMessage = 1 << 20

// partedMessage is what has come of a message of package membership that is not whole yet.
type partedMessage []byte

// What no honest machine sends.
var (
	errTooLong   = errors.New("a message about the members that is too long")
	errSenseless = errors.New("a message about the members that makes no sense")
)

// take takes the next part, and returns the message when it is whole; before, and with an
// error, it is nil.
func (parts *partedMessage) take(m *wire.Members) (membership.Message, error) {
	if len(*parts)+len(m.Bytes) > maxMembersMessage {
		return nil, errTooLong
	}
	if *parts = append(*parts, m.Bytes...); m.More {
		return nil, nil
	}
	said, err := membership.ParseMessage(*parts)
	if *parts = (*parts)[:0]; err != nil {
		return nil, errSenseless
	}
	return said, nil
}
