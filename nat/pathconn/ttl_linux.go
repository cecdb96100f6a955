package pathconn

import (
	"encoding/binary"
	"unsafe"

	"golang.org/x/sys/unix"
)

// canSetTTL says whether ttlControl works here.
const canSetTTL = true

// ttlControl is the control message for one packet's TTL (ip(7)) or hop limit
// (RFC 3542 section 6.3).
func ttlControl(ttl int, is4 bool) []byte {
	level, kind := int32(unix.IPPROTO_IP), int32(unix.IP_TTL)
	if !is4 {
		level, kind = unix.IPPROTO_IPV6, unix.IPV6_HOPLIMIT
	}
	b := make([]byte, unix.CmsgSpace(4))
	header := (*unix.Cmsghdr)(unsafe.Pointer(&b[0]))
	header.Level, header.Type = level, kind
	header.SetLen(unix.CmsgLen(4))
	binary.NativeEndian.PutUint32(b[unix.CmsgLen(0):], uint32(ttl))
	return b
}
