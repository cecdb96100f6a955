package clock

import "time"

func (w *World) sound(in) { w.Wait = int64(3 * time.Second / time.Millisecond) }

func frames() <-chan time.Time { return time.Tick(time.Second) }
