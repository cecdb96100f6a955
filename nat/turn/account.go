package turn

import (
	"bytes"
	"crypto/md5"

	"github.com/visavis-netcode/visavis/nat/stun"
)

// maxQuoted is the longest realm or nonce (RFC 8489 sections 14.9 and 14.10).
const maxQuoted = 763

// account is who we are at a server, by its long-term credential mechanism (RFC
// 8489 section 9.2). Only MD5 and SHA-1 are spoken, which every server takes.
type account struct {
	user, password string
	realm, nonce   []byte
	key            []byte // nil until the server has told its realm
}

// learn takes realm and nonce from a refusal, and reports whether they are worth
// another try.
func (a *account) learn(m stun.Message) bool {
	nonce, ok := m.Get(attrNonce)
	realm, told := m.Get(attrRealm)
	if !told {
		realm = a.realm
	}
	if !ok || len(nonce) == 0 || len(nonce) > maxQuoted || len(realm) == 0 || len(realm) > maxQuoted {
		return false
	}
	a.realm, a.nonce = bytes.Clone(realm), bytes.Clone(nonce)
	sum := md5.Sum([]byte(a.user + ":" + string(realm) + ":" + a.password))
	a.key = sum[:]
	return true
}

// sign ends a request: who asks, and the proof.
func (a *account) sign(b []byte) []byte {
	if a.key == nil {
		return b
	}
	b = stun.Add(b, stun.AttrUsername, []byte(a.user))
	b = stun.Add(b, attrRealm, a.realm)
	b = stun.Add(b, attrNonce, a.nonce)
	return stun.Seal(b, a.key)
}
