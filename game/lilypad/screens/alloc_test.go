package screens

import (
	"runtime"
	"strings"
)

// allocatedAt returns how often this project's code of some packages has allocated so far, by
// the functions that did. Ebitengine's own does not count: without a window it keeps every
// call for later. Before the first call everything must be profiled (runtime.MemProfileRate).
func allocatedAt(packages string) map[string]int64 {
	runtime.GC()
	runtime.GC() // the profile is that of the last collection but one
	records := make([]runtime.MemProfileRecord, 50_000)
	n, _ := runtime.MemProfile(records, true)
	at := make(map[string]int64)
	for _, r := range records[:n] {
		frames := runtime.CallersFrames(r.Stack())
		for more := true; more; {
			var frame runtime.Frame
			frame, more = frames.Next()
			if strings.Contains(frame.Function, "/ebiten/") {
				break
			}
			if strings.Contains(frame.Function, "/visavis/") {
				if !strings.Contains(frame.Function, "allocatedAt") {
					at[frame.Function] += r.AllocObjects
				}
				break
			}
		}
	}
	return at
}
