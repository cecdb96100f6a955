package pathfinder

import (
	"errors"

	"github.com/visavis-netcode/visavis/nat"
)

// An offer is a version byte, the sender's public key (32 bytes) and the offer
// of package nat.
const offerVersion = 1

// ErrOffer is returned for bytes that are no offer.
var ErrOffer = errors.New("this is not another player's offer: it may be cut off, or from another version of the game")

func appendOffer(dst []byte, key [32]byte, o nat.Offer) []byte {
	return nat.AppendOffer(append(append(dst, offerVersion), key[:]...), o)
}

// parseOffer reads what appendOffer writes, and nothing else.
func parseOffer(b []byte) (key [32]byte, o nat.Offer, err error) {
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
