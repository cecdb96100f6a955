package clock // want package:"functions"

import (
	"context"
	"time"

	"github.com/visavis-netcode/visavis/rollback"
)

type in = rollback.Inputs[uint8]

type World struct{ At, Wait int64 }

func (w *World) Step(in) {
	w.At = time.Now().Unix() // want `uses time.Now: clocks differ between machines`
	now := time.Since        // want `uses time.Since: clocks`
	_ = now
	time.Sleep(1)                                       // want `uses time.Sleep`
	w.At = int64(time.Unix(w.Wait, 0).Hour())           // want `uses time.Unix: its time zone is the machine's`
	w.At = int64(time.UnixMilli(w.Wait).Day())          // want `uses time.UnixMilli`
	w.At = int64(time.Time{}.Local().Hour())            // want `uses time.Time.Local: its time zone`
	at := time.Date(2000, 1, 1, 0, 0, 0, 0, time.Local) // want `uses time.Local: its time zone`
	lisbon, _ := time.LoadLocation("Europe/Lisbon")     // want `uses time.LoadLocation: machines differ`
	w.At = at.In(lisbon).Unix()
	ctx, stop := context.WithTimeout(context.Background(), 3) // want `uses context.WithTimeout: clocks`
	stop()
	_ = ctx
}
