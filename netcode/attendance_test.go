package netcode

import "github.com/visavis-netcode/visavis/rollback"

// attendance is a world that knows who was there in how many frames, and what bots did.
type attendance struct {
	Frame  int32
	There  [rollback.MaxSeats]int32
	Pushed [rollback.MaxSeats]uint64
}

const botPush = 77

func (w *attendance) Step(in rollback.Inputs[uint32]) {
	for seat, v := range in.All() {
		if in.Present(seat) {
			w.There[seat]++
		}
		w.Pushed[seat] = w.Pushed[seat]*31 + uint64(v)
	}
	w.Frame++
}

func attendanceGame(absent Absence) Config[attendance, uint32] {
	game := Config[attendance, uint32]{
		Game: "attendance", Rules: 1, Step: (*attendance).Step, Absent: absent,
		Start: func(Setup) attendance { return attendance{} },
	}
	if absent == AbsentBot {
		game.Bot = func(w *attendance, seat int) uint32 { return botPush + uint32(w.Frame)%2 }
	}
	return game
}

func lateGame(absent Absence, late LateJoin) Config[attendance, uint32] {
	game := attendanceGame(absent)
	game.LateJoin = late
	return game
}
