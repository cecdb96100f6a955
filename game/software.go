package game

import (
	"os"
	"path/filepath"
	"runtime"
)

// inSoftware reports whether the processor draws the pictures, as far as can be told
// before there is a window: on Linux it is asked to, or there is no graphics card.
func inSoftware() bool {
	if runtime.GOOS != "linux" {
		return false
	}
	switch os.Getenv("LIBGL_ALWAYS_SOFTWARE") {
	case "1", "true":
		return true
	}
	return !anyFile("/dev/dri/*", "/dev/nvidia*", "/dev/dxg")
}

// libGL is where Linux keeps OpenGL for the X server.
var libGL = []string{"/usr/lib/libGL.so*", "/usr/lib64/libGL.so*", "/usr/lib/*/libGL.so*", "/usr/local/lib/libGL.so*"}

// shareMemory lets Ebitengine open its window by GLX if the processor draws: that hands
// pictures to the X server by shared memory. By EGL, Ebitengine's first choice, each of
// them goes through a socket, a fifth of the work of a picture of 1280x720. There is no
// option for it but this variable, which is meant for programs that draw over others.
func shareMemory() {
	const choice = "SteamEnv"
	if _, made := os.LookupEnv(choice); !made && inSoftware() && anyFile(libGL...) {
		os.Setenv(choice, "1") // its only error is a name that is none
	}
}

// anyFile reports whether there is a file of one of these patterns.
func anyFile(patterns ...string) bool {
	for _, pattern := range patterns {
		if found, _ := filepath.Glob(pattern); len(found) > 0 { // its only error is a pattern that is none
			return true
		}
	}
	return false
}
