package pathfinder

import (
	"errors"
	"net/netip"
	"slices"

	"github.com/visavis-netcode/visavis/nat"
	"github.com/visavis-netcode/visavis/nat/invite"
)

// An offer comes in three forms. Bare it is nat.Offer's. Keyed, which is what this
// package calls an offer, it has a version byte and its sender's public key (32 bytes)
// before that. Short, in an invite or a reply, which name the key themselves, it has only
// the addresses that are worth most.
const offerVersion = 1

// ErrOffer is returned for bytes that are no offer.
var ErrOffer = errors.New("this is not another player's offer: it may be cut off, or from another version of the game")

// appendKeyed appends a keyed offer.
func appendKeyed(dst []byte, key [32]byte, o nat.Offer) []byte {
	return nat.AppendOffer(append(append(dst, offerVersion), key[:]...), o)
}

// parseKeyed reads what appendKeyed writes, and nothing else.
func parseKeyed(b []byte) (key [32]byte, o nat.Offer, err error) {
	if len(b) < 1+len(key) || b[0] != offerVersion {
		return key, o, ErrOffer
	}
	copy(key[:], b[1:])
	o, rest, err := nat.ParseOffer(b[1+len(key):])
	if err != nil || len(rest) > 0 {
		return [32]byte{}, nat.Offer{}, ErrOffer
	}
	return key, o, nil
}

// Seen returns an offer with an address added at which somebody else sees its
// owner: what a STUN server would have told, where there is none. An offer that
// is none, has the address or no room is returned as it is.
func Seen(offer []byte, public netip.AddrPort) []byte {
	key, o, err := parseKeyed(offer)
	public = netip.AddrPortFrom(public.Addr().Unmap(), public.Port())
	known := slices.ContainsFunc(o.Candidates, func(c nat.Candidate) bool { return c.Addr == public })
	if err != nil || known || len(o.Candidates) >= nat.MaxCandidates || !public.IsValid() {
		return offer
	}
	o.Candidates = append(slices.Clip(o.Candidates), nat.Candidate{Kind: nat.KindReflexive, Addr: public})
	return appendKeyed(nil, key, o)
}

// Candidates returns the addresses in an offer; none if it is no offer.
func Candidates(offer []byte) []nat.Candidate {
	_, o, _ := parseKeyed(offer)
	return o.Candidates
}

// Narrow returns an offer without the addresses that are not to be kept. What is no
// offer is returned as it is.
func Narrow(offer []byte, keep func(nat.Candidate) bool) []byte {
	key, o, err := parseKeyed(offer)
	if err != nil {
		return offer
	}
	o.Candidates = slices.DeleteFunc(o.Candidates, func(c nat.Candidate) bool { return !keep(c) })
	return appendKeyed(nil, key, o)
}

// maxShort is how many addresses an invite carries: with more of them it grows
// and reaches hardly anybody further.
const maxShort = 6

// appendShort appends an offer for an invite or a reply, which name the key
// themselves: at most invite.MaxOffer bytes, the addresses that are worth most.
func appendShort(dst []byte, o nat.Offer) []byte {
	short := nat.Offer{Descriptor: o.Descriptor}
	used := map[nat.Candidate]bool{}
	take := func(most int, want func(nat.Candidate) bool) {
		for _, c := range o.Candidates {
			if most == 0 || len(short.Candidates) == maxShort || used[c] || !want(c) {
				continue
			}
			longer := short
			longer.Candidates = append(short.Candidates[:len(short.Candidates):len(short.Candidates)], c)
			if len(nat.AppendOffer(nil, longer)) <= invite.MaxOffer {
				short, used[c] = longer, true
				most--
			}
		}
	}
	take(3, func(c nat.Candidate) bool { return c.Addr.Addr().Is4() && !isNear(c) && !isRelay(c) })
	take(1, isRelay)
	take(1, isNear)
	take(1, isGlobal6)
	take(maxShort, func(c nat.Candidate) bool { return !isGlobal6(c) })
	return nat.AppendOffer(dst, short)
}

// parseShort reads what appendShort writes.
func parseShort(b []byte) (nat.Offer, error) {
	o, rest, err := nat.ParseOffer(b)
	if err != nil || len(rest) > 0 {
		return nat.Offer{}, ErrOffer
	}
	return o, nil
}

func isNear(c nat.Candidate) bool { return c.Addr.Addr().IsPrivate() || c.Addr.Addr().IsLoopback() }

func isGlobal6(c nat.Candidate) bool { return c.Addr.Addr().Is6() && !isNear(c) && !isRelay(c) }

func isRelay(c nat.Candidate) bool { return c.Kind == nat.KindRelay }

// drawsPorts reports whether the router of an offer draws a port for each
// destination.
func drawsPorts(o nat.Offer) bool {
	return o.Descriptor.Mapping == nat.MappingPredictable || o.Descriptor.Mapping == nat.MappingRandom
}

// sameAddresses reports whether two offers lead to the same places. The port that
// a router drew for one server says nothing about the next.
func sameAddresses(a, b nat.Offer) bool {
	return drawsPorts(a) == drawsPorts(b) && slices.EqualFunc(a.Candidates, b.Candidates, func(x, y nat.Candidate) bool {
		return x == y || drawsPorts(a) && x.Kind == nat.KindReflexive && y.Kind == nat.KindReflexive && x.Addr.Addr() == y.Addr.Addr()
	})
}
