package scoreboard

import (
	"syscall"
	"time"
)

const cpuClock = "thread CPU time"

// cpuTime is the processor time that the calling thread has used. The caller
// has locked itself to its thread.
func cpuTime() time.Duration {
	const thread = 1 // RUSAGE_THREAD, getrusage(2)
	var u syscall.Rusage
	if err := syscall.Getrusage(thread, &u); err != nil {
		panic("scoreboard: getrusage: " + err.Error()) // it cannot fail with these arguments
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
