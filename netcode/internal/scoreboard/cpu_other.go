//go:build !linux

package scoreboard

import "time"

const cpuClock = "wall time, as this system has no thread CPU time here"

var processStart = time.Now()

func cpuTime() time.Duration { return time.Since(processStart) }
