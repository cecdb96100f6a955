//go:build !linux && !darwin && !freebsd

package pathconn

// quic-go sends no control messages on these systems.

func unmark(oob []byte) {}

func segmentSize(oob []byte) int { return 0 }

func segments(n int, oob []byte) int { return 1 }

func cannotSegment(err error, oob []byte) bool { return false }

func hasPacketInfo(oob []byte) bool { return false }

func withoutPacketInfo(to, oob []byte, is4 bool) []byte { return to }
