package wire

// RelayAsk names the machines that the sender cannot reach by itself. It asks
// the receiver, who has links to both, to pass packets on to and from them.
type RelayAsk struct {
	Machines uint16 // a bit for each, all that are wanted now; 0 takes everything back
}

// RelayWay answers a RelayAsk as soon as the other machine has asked as well.
type RelayWay struct {
	Machine uint8
	Header  [8]byte // of packets to and from it (package nat/relay); zero: not, or not any more
	Refusal Refusal // why not; 0 with a Header
}

func (m *RelayWay) inBounds() bool {
	if m.Header == [8]byte{} {
		return m.Machine < MaxMachines && m.Refusal >= RefusalUnwilling && m.Refusal <= RefusalOver
	}
	// Any other first byte would be QUIC's (package nat/pathconn).
	return m.Machine < MaxMachines && m.Refusal == 0 && m.Header[0] > 0 && m.Header[0] < 0x40
}

// Refusal is why a machine does not pass packets on.
type Refusal uint8

const (
	RefusalUnwilling Refusal = iota + 1 // its player does not want it to
	RefusalIndirect                     // it has no direct way to both itself
	RefusalFull                         // it passes on for as many others as it can
	RefusalOver                         // one of the two does not want it any more
)

// Reach says how the sender is reached now, to whom it has a link.
type Reach struct {
	Offer []byte // of package nat/pathfinder, without addresses that are of no use to the receiver
}

func (m *Reach) inBounds() bool { return len(m.Offer) <= maxOfferBytes }
