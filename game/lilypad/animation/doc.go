// Package animation writes animated GIFs, a picture at a time, so that however long one is
// only a few pictures are in memory:
//
//	w := animation.NewWriter(file, image.Pt(640, 360))
//	err := w.Add(pixels, 4) // shown for 4 hundredths of a second
//	err = w.Close()
//
// Every picture has a palette of its own, of the colours of what has changed in it; the rest
// stays as it was.
package animation
