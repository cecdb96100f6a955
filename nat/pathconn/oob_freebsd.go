package pathconn

import "golang.org/x/sys/unix"

const packetInfo4 = unix.IP_SENDSRCADDR
