//go:build !windows

package pathconn

import "syscall"

// errAddressInUse is what bind says when another program has the port.
const errAddressInUse = syscall.EADDRINUSE

// passingErrors are read errors that say nothing of our own socket.
var passingErrors = []error{syscall.ECONNREFUSED, syscall.ECONNRESET, syscall.EHOSTUNREACH, syscall.EHOSTDOWN,
	syscall.ENETUNREACH, syscall.EMSGSIZE, syscall.EINTR, syscall.ENOBUFS, syscall.ENOMEM}

// lastingErrors are those of a send by a socket that is of no use any more.
var lastingErrors = []error{syscall.EBADF, syscall.ENOTSOCK, syscall.ENOTCONN, syscall.EPIPE, syscall.ESHUTDOWN}
