// Package replay plays a recorded match again (netcode.Match.Record): forward and back, from
// any frame, at any speed; it takes over from there; and it verifies that this copy of the
// game makes the same worlds of it, and that it holds what its players have signed as they played.
// Any game has it:
//
//	r, err := replay.OpenFile(config, "match.vvlog", nil)
//	each tick {
//		r.Tick()                 // as many frames as the speed says
//		draw(r.World())
//	}
//	r.Seek(1234); r.SetSpeed(-4); r.Pause()
//	lobby, err := netcode.OpenLobby(node, r.TakeOver(), ...) // a match that goes on from here
//
// Several look at it together, at the same frame, in a lobby whose host shows it
// (netcode.Room.ShowReplay): Follow goes to that frame in place of Tick, and with TakeOverAt the
// lobby plays on from there.
//
// A match that one machine plays without a lobby is recorded by a Recorder.
//
// A game's program has the commands info, verify and desync, which lays the recordings of two
// players beside each other whose worlds differed:
//
//	if len(os.Args) > 1 && os.Args[1] == "replay" {
//		os.Exit(replay.Command(config, os.Args[2:], os.Stdout, os.Stderr))
//	}
//
// A Replay belongs to one goroutine. How such a file is made stands in package matchlog.
package replay
