package pathconn

import "golang.org/x/sys/windows"

// errAddressInUse is what bind says when another program has the port.
const errAddressInUse = windows.WSAEADDRINUSE

// passingErrors are read errors that say nothing of our own socket. WSAENETRESET
// is a packet of ours whose TTL ran out on the way, such as an opener.
var passingErrors = []error{windows.WSAECONNRESET, windows.WSAENETRESET, windows.WSAEHOSTUNREACH, windows.WSAEHOSTDOWN,
	windows.WSAENETUNREACH, windows.WSAEMSGSIZE, windows.WSAEINTR, windows.WSAENOBUFS}

// lastingErrors are those of a send by a socket that is of no use any more.
var lastingErrors = []error{windows.WSAENOTSOCK, windows.WSAENOTCONN, windows.WSAESHUTDOWN}
