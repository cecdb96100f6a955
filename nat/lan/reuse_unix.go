//go:build unix && !darwin && !dragonfly && !freebsd && !netbsd && !openbsd

package lan

import "syscall"

// share lets several programs on this computer listen on one UDP port: each
// gets every broadcast and multicast packet. SO_REUSEPORT would do the same but
// only for programs of one user.
func share(fd uintptr) error {
	return syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_REUSEADDR, 1)
}
