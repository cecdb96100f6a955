//go:build !linux

package pathconn

// canSetTTL says whether ttlControl works here. Elsewhere a TTL is an option of
// the whole socket, which QUIC's packets would share.
const canSetTTL = false

func ttlControl(ttl int, is4 bool) []byte { return nil }
