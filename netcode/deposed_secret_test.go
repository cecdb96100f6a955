//go:build !race

package netcode

import "testing"

// TestResignedHostKeepsItsDoor: a host of whom nothing was heard resigns, hears from nobody who
// hosts, and hosts alone again when the links are over. Its lobby asks for the secret as before,
// and whom it has kicked does not come in.
func TestResignedHostKeepsItsDoor(t *testing.T) {
	p := newParty(t, 3, lateGame(AbsentBot, LateOwn), Conditions{DelayMs: 30})
	host := p.lobbies[0]
	if err := host.SetSecret("frogs"); err != nil {
		t.Fatal(err)
	}
	host.authority.guarding.kicked = append(host.authority.guarding.kicked, kicked{key: [32]byte{9}})
	p.start(0, 60)
	p.mute(0, true)
	p.until(600, func() bool { return !host.Hosting() })
	p.until(1800, func() bool { return host.Hosting() })
	if host.vouchers.password == nil {
		t.Error("the lobby asks for no secret any more")
	}
	if k := host.authority.guarding.kicked; len(k) != 1 || k[0].key != [32]byte{9} {
		t.Errorf("kicked are %v", k)
	}
}
