//go:build darwin || dragonfly || freebsd || netbsd || openbsd

package lan

import "syscall"

// share lets several programs on this computer listen on one UDP port: each
// gets every broadcast and multicast packet. The BSDs want SO_REUSEPORT.
func share(fd uintptr) error {
	if err := syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_REUSEADDR, 1); err != nil {
		return err
	}
	return syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_REUSEPORT, 1)
}
