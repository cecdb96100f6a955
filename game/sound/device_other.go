//go:build !linux || android

package sound

// deviceLikely reports whether it is worth asking for a device: these systems
// say no without a word.
func deviceLikely() bool { return true }
