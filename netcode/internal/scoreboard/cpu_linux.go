package scoreboard

import (
	"time"

	"golang.org/x/sys/unix"
)

const cpuClock = "thread CPU time"

// cpuTime is the processor time that the calling thread has used, to the nanosecond
// (clock_gettime(2); getrusage counts in ticks of the scheduler). The caller has
// locked itself to its thread.
func cpuTime() time.Duration {
	var t unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &t); err != nil {
		panic("scoreboard: clock_gettime: " + err.Error()) // it cannot fail with these arguments
	}
	return time.Duration(t.Nano())
}
