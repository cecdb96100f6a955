package clock

import "time"

func (w *World) sound(in) { w.Wait = int64(3 * time.Second / time.Millisecond) }

func (w *World) night(in) {
	w.At = int64(time.Unix(w.Wait, 0).UTC().Hour()) + time.UnixMilli(w.Wait).Unix()
	w.At += int64(time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC).Weekday())
}

func frames() <-chan time.Time { return time.Tick(time.Second) }
