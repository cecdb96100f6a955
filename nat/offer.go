package nat

import (
	"encoding/binary"
	"errors"
	"net/netip"
	"slices"
)

// Offer is what a player tells another so that the two may find a path: where
// it may be reached and how its router behaves. It goes into invite codes and
// through a rendezvous.
type Offer struct {
	Candidates []Candidate // at most MaxCandidates, best first
	Descriptor Descriptor
}

// ErrOffer is what ParseOffer returns for bytes that are no offer.
var ErrOffer = errors.New("nat: not a valid offer; it may be cut off or from another version of the game")

// An offer in bytes:
//
//	1      mapping (3 bits) | port-mapped (8) | candidates follow (16) | version 0 (2 bits)
//	4      step, last port: only for MappingPredictable
//	then for each candidate
//	1      kind (3 bits) | address form (2 bits) | port as before (32) | another follows (64)
//	2..16  the address
//	2      the port, unless as before
//
// All numbers are big-endian. Each offer has one form only: ParseOffer rejects
// whatever AppendOffer would write otherwise.
const (
	offerPortMapped = 8
	offerCandidates = 16
	offerKnown      = 0x1f

	candidateForm     = 3
	candidateSamePort = 32
	candidateMore     = 64
	candidateKnown    = 0x7f
)

// Forms of addresses, as private ones of homes are most of those sent.
const (
	form4   = iota // IPv4
	form192        // 192.168.x.y, as 2 bytes
	form10         // 10.x.y.z, as 3 bytes
	form6          // IPv6
)

// AppendOffer appends the offer in 1 to about 300 bytes; one LAN address and
// one public address with the same port take 11. Candidates over the limit or
// with unusable addresses are left out.
func AppendOffer(dst []byte, o Offer) []byte {
	list := make([]Candidate, 0, MaxCandidates)
	for _, c := range o.Candidates {
		c.Addr = netip.AddrPortFrom(c.Addr.Addr().Unmap(), c.Addr.Port())
		if len(list) < MaxCandidates && c.valid() {
			list = append(list, c)
		}
	}
	d := o.Descriptor
	head := byte(d.Mapping)
	if d.PortMapped {
		head |= offerPortMapped
	}
	if len(list) > 0 {
		head |= offerCandidates
	}
	dst = append(dst, head)
	if d.Mapping == MappingPredictable {
		dst = binary.BigEndian.AppendUint16(dst, uint16(d.Delta))
		dst = binary.BigEndian.AppendUint16(dst, d.Port)
	}
	var port uint16
	for k, c := range list {
		form, addr := formOf(c.Addr.Addr())
		head := byte(c.Kind) | form<<candidateForm
		if c.Addr.Port() == port {
			head |= candidateSamePort
		}
		if k+1 < len(list) {
			head |= candidateMore
		}
		dst = append(append(dst, head), addr...)
		if c.Addr.Port() != port {
			port = c.Addr.Port()
			dst = binary.BigEndian.AppendUint16(dst, port)
		}
	}
	return dst
}

// ParseOffer reads an offer from the beginning of b and returns what follows it.
func ParseOffer(b []byte) (o Offer, rest []byte, err error) {
	if len(b) < 1 || b[0]&^offerKnown != 0 || Mapping(b[0]&7) >= mappings {
		return Offer{}, nil, ErrOffer
	}
	head := b[0]
	b = b[1:]
	o.Descriptor = Descriptor{Mapping: Mapping(head & 7), PortMapped: head&offerPortMapped != 0}
	if o.Descriptor.Mapping == MappingPredictable {
		if len(b) < 4 {
			return Offer{}, nil, ErrOffer
		}
		o.Descriptor.Delta = int16(binary.BigEndian.Uint16(b))
		o.Descriptor.Port = binary.BigEndian.Uint16(b[2:])
		b = b[4:]
	}
	var port uint16
	for more := head&offerCandidates != 0; more; {
		var c Candidate
		if c, more, b, err = parseCandidate(b, port); err != nil || len(o.Candidates) == MaxCandidates {
			return Offer{}, nil, ErrOffer
		}
		port = c.Addr.Port()
		o.Candidates = append(o.Candidates, c)
	}
	return o, b, nil
}

func parseCandidate(b []byte, port uint16) (c Candidate, more bool, rest []byte, err error) {
	if len(b) < 1 || b[0]&^candidateKnown != 0 {
		return c, false, nil, ErrOffer
	}
	head := b[0]
	form := head >> candidateForm & 3
	size := [...]int{form4: 4, form192: 2, form10: 3, form6: 16}[form]
	if b = b[1:]; len(b) < size {
		return c, false, nil, ErrOffer
	}
	var addr netip.Addr
	switch form {
	case form4:
		addr = netip.AddrFrom4([4]byte(b))
	case form192:
		addr = netip.AddrFrom4([4]byte{192, 168, b[0], b[1]})
	case form10:
		addr = netip.AddrFrom4([4]byte{10, b[0], b[1], b[2]})
	case form6:
		addr = netip.AddrFrom16([16]byte(b))
	}
	b = b[size:]
	if head&candidateSamePort == 0 {
		if len(b) < 2 || binary.BigEndian.Uint16(b) == port {
			return c, false, nil, ErrOffer
		}
		port = binary.BigEndian.Uint16(b)
		b = b[2:]
	}
	c = Candidate{Kind(head & 7), netip.AddrPortFrom(addr, port)}
	if shortest, _ := formOf(addr); shortest != form || !c.valid() {
		return c, false, nil, ErrOffer
	}
	return c, head&candidateMore != 0, b, nil
}

// formOf is the shortest form of an address.
func formOf(addr netip.Addr) (form byte, bytes []byte) {
	bytes = addr.AsSlice()
	switch {
	case len(bytes) == 16:
		return form6, bytes
	case bytes[0] == 192 && bytes[1] == 168:
		return form192, bytes[2:]
	case bytes[0] == 10:
		return form10, bytes[1:]
	}
	return form4, bytes
}

// valid says whether a candidate may stand in an offer. Loopback may, for two
// players on one machine; Punch asks before it sends there.
func (c Candidate) valid() bool {
	return c.Kind < kinds && c.Kind != KindPeerReflexive && c.Addr.Port() != 0 && reachable(c.Addr.Addr(), true)
}

// has says whether the offer has an address of a family.
func (o Offer) has(family func(netip.Addr) bool) bool {
	return slices.ContainsFunc(o.Candidates, func(c Candidate) bool { return family(c.Addr.Addr()) })
}

// public returns the offer's first public IPv4 address of a kind.
func (o Offer) public(kind ...Kind) (netip.AddrPort, bool) {
	for _, k := range kind {
		i := slices.IndexFunc(o.Candidates, func(c Candidate) bool {
			return c.Kind == k && c.Addr.Addr().Is4() && !onLAN(c.Addr.Addr())
		})
		if i >= 0 {
			return o.Candidates[i].Addr, true
		}
	}
	return netip.AddrPort{}, false
}
