//go:build linux || darwin || freebsd

package pathconn

import (
	"encoding/binary"
	"errors"

	"golang.org/x/sys/unix"
)

// udpSegment is UDP_SEGMENT of Linux (udp(7)): the size at which the kernel
// cuts what is sent into packets.
const udpSegment = 103

// segmentSize returns the size at which the kernel cuts, 0 if it does not.
func segmentSize(oob []byte) int {
	for len(oob) > 0 {
		header, body, rest, err := unix.ParseOneSocketControlMessage(oob)
		if err != nil {
			break
		}
		if header.Level == unix.IPPROTO_UDP && header.Type == udpSegment && len(body) >= 2 {
			return int(binary.NativeEndian.Uint16(body))
		}
		oob = rest
	}
	return 0
}

// segments returns into how many packets the kernel cuts n bytes.
func segments(n int, oob []byte) int {
	const smallest = 1200 // quic-go cuts nothing smaller (RFC 9000 section 14)
	if n <= smallest {
		return 1
	}
	if size := segmentSize(oob); size > 0 {
		return (n + size - 1) / size
	}
	return 1
}

// cannotSegment reports whether err says that this interface cannot cut
// packets. quic-go handles that: it sends them one by one from then on.
func cannotSegment(err error, oob []byte) bool {
	return errors.Is(err, unix.EIO) && segmentSize(oob) > 0
}

// unmark makes packets leave as Not-ECT (RFC 3168 section 5), whatever QUIC asks
// for: some routers drop marked ones, and a game's few packets gain nothing by it.
// QUIC sees that no marks arrive and stops asking (RFC 9000 section 13.4.2). It
// writes its control messages anew for each packet, so they may be changed here.
func unmark(oob []byte) {
	for len(oob) > 0 {
		header, body, rest, err := unix.ParseOneSocketControlMessage(oob)
		if err != nil {
			return
		}
		if header.Level == unix.IPPROTO_IP && header.Type == unix.IP_TOS || header.Level == unix.IPPROTO_IPV6 && header.Type == unix.IPV6_TCLASS {
			clear(body)
		}
		oob = rest
	}
}

func hasPacketInfo(oob []byte) bool {
	for len(oob) > 0 {
		header, _, rest, err := unix.ParseOneSocketControlMessage(oob)
		if err != nil {
			return false
		}
		if isPacketInfo(header) {
			return true
		}
		oob = rest
	}
	return false
}

func isPacketInfo(header unix.Cmsghdr) bool {
	return header.Level == unix.IPPROTO_IP && header.Type == packetInfo4 ||
		header.Level == unix.IPPROTO_IPV6 && header.Type == unix.IPV6_PKTINFO
}

// withoutPacketInfo appends the control messages of oob that fit a packet to
// the given family: never the local address.
func withoutPacketInfo(to, oob []byte, is4 bool) []byte {
	for len(oob) > 0 {
		header, _, rest, err := unix.ParseOneSocketControlMessage(oob)
		if err != nil {
			break
		}
		otherFamily := header.Level == unix.IPPROTO_IP && !is4 || header.Level == unix.IPPROTO_IPV6 && is4
		if !isPacketInfo(header) && !otherFamily {
			to = append(to, oob[:len(oob)-len(rest)]...)
		}
		oob = rest
	}
	return to
}
