package netcode

import (
	"crypto/hmac"
	"crypto/sha256"
)

// proof shows that this side knows a secret, for this very link and role; it is
// zero without one. Nobody in the middle can pass it on: he has two links, and
// each has a binding of its own.
func (c *conn) proof(secret []byte, dialler bool) (mac [32]byte) {
	if len(secret) == 0 {
		return mac
	}
	h := hmac.New(sha256.New, secret)
	binding := c.link.Binding()
	h.Write(binding[:])
	if dialler {
		h.Write([]byte("dialler"))
	}
	return [32]byte(h.Sum(nil))
}

// provenBy returns the secret that a dialler's proof shows it to know, nil if
// there is none.
func (c *conn) provenBy(proof [32]byte) []byte {
	for _, secret := range c.room.secrets() {
		if want := c.proof(secret, true); hmac.Equal(want[:], proof[:]) {
			return secret
		}
	}
	return nil
}

// secrets are what a guest may prove to know.
func (r *Room) secrets() (all [][]byte) {
	if check, ok := r.codeCheck(); ok {
		all = append(all, check[:])
	}
	if i := r.meeting.inviting; i != nil {
		check := i.Check()
		all = append(all, check[:])
	}
	if r.config.Secret != "" {
		all = append(all, []byte(r.config.Secret))
	}
	return all
}

// secret is what this guest was told, nil for nothing.
func (r *Room) secret() []byte {
	if all := r.secrets(); len(all) > 0 {
		return all[0]
	}
	return nil
}

// needsSecret reports whether a guest must prove something. A secret is asked of
// everybody. A code or an invite is for those far away: a lobby on the list of the
// local network is open to whoever is on a network of this computer.
func (r *Room) needsSecret(c *conn) bool {
	return r.asksNearby() || r.asksAfar() && !r.node.networks.local(c.link.Source(), r.now())
}

// asksNearby reports whether a guest from a local network must prove something.
func (r *Room) asksNearby() bool {
	return r.config.Secret != "" || r.asksAfar() && !r.config.LAN
}

// asksAfar reports whether a guest from elsewhere must.
func (r *Room) asksAfar() bool {
	return r.config.Secret != "" || r.meeting.coded || r.config.Invite
}
