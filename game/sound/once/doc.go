// Package once turns the notices of a rollback session into cues that start
// once. A frame may be stepped eight times, and each time a guess may move what
// happened in it by a frame or two: a player must hear one splash all the same.
//
//	board := once.New(func(kind uint16) bool { return kind == rules.EventSplash })
//	for _, notice := range notices {        // once per tick
//		if cue, start := board.Feed(notice); start {
//			play(cue)
//		}
//	}
//	for _, cue := range board.Tick() {      // guesses that came to nothing
//		stop(cue)
//	}
//
// The board knows nothing of sound or pictures; both use it.
package once
