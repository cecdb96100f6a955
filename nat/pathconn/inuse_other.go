//go:build !windows

package pathconn

import "syscall"

// errAddressInUse is what bind says when another program has the port.
const errAddressInUse = syscall.EADDRINUSE
