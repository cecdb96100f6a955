package pathconn

import "golang.org/x/sys/windows"

// errAddressInUse is what bind says when another program has the port.
const errAddressInUse = windows.WSAEADDRINUSE
