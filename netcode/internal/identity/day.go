package identity

import (
	"crypto/ed25519"
	"crypto/hkdf"
	"crypto/sha256"
	"time"
)

// Day returns the key of the same player for one day, by UTC: whoever has seen
// it knows nothing of the player's key and nothing of those of other days. It
// follows from both, so that a game that is restarted on the same day is the same
// player again, and nothing more has to be kept. (HKDF with SHA-256: RFC 5869.)
func Day(key ed25519.PrivateKey, at time.Time) ed25519.PrivateKey {
	seed, err := hkdf.Key(sha256.New, key.Seed(), nil, "visavis key of the day "+at.UTC().Format(time.DateOnly), ed25519.SeedSize)
	if err != nil {
		panic("identity: " + err.Error()) // only for seeds of more than 255 hashes
	}
	return ed25519.NewKeyFromSeed(seed)
}
