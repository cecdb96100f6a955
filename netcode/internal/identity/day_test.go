package identity

import (
	"crypto/ed25519"
	"encoding/hex"
	"testing"
	"time"
)

func TestDay(t *testing.T) {
	ana, bo := ed25519.NewKeyFromSeed(make([]byte, 32)), ed25519.NewKeyFromSeed([]byte("a seed that is 32 bytes long ...")[:32])
	day := time.Date(2026, 11, 28, 23, 59, 59, 0, time.UTC)
	key := Day(ana, day)
	for name, other := range map[string]ed25519.PrivateKey{
		"the player's own": ana,
		"another player's": Day(bo, day),
		"the next day's":   Day(ana, day.Add(time.Second)),
		"the last year's":  Day(ana, day.AddDate(-1, 0, 0)),
	} {
		if key.Equal(other) {
			t.Errorf("the key is %s", name)
		}
	}
	elsewhere := time.FixedZone("elsewhere", 9*3600)
	if !key.Equal(Day(ana, day.Add(-12*time.Hour).In(elsewhere))) {
		t.Error("the same day gives another key")
	}
	// Whoever changes this makes another player of everybody who restarts the game.
	const golden = "a08843301f9e28bc38d164ea3684a9fec2d30cc86ab7f1e9fd3ebbd5c1b64a4c"
	if got := hex.EncodeToString(key.Seed()); got != golden {
		t.Errorf("the key is %s, want %s", got, golden)
	}
}
