package lan

import "syscall"

// share lets several programs on this computer listen on one UDP port: each
// gets every broadcast and multicast packet.
func share(fd uintptr) error {
	return syscall.SetsockoptInt(syscall.Handle(fd), syscall.SOL_SOCKET, syscall.SO_REUSEADDR, 1)
}
