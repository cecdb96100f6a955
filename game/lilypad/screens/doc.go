// Package screens is what a player of Lilypad Scrum walks through: title,
// host, join (by the list of the local network, a link, a code, an invite or an address),
// lobby, invite and reply (as texts and pictures), match, results, replays, options
// and the Lab, as a stack of screens over one App, which is the ebiten.Game.
//
//	app := screens.New(screens.Config{Mute: true})
//	defer app.Close()
//	err := app.Run()
//
// Every match is recorded by itself (saving.go) to the folder that the shelf lists
// (shelf.go, replay_card.go); a playback (playback.go, timeline.go) shows a film of it,
// from which one can take over (takeover.go) and save a part as a GIF (filming.go, reel.go).
// Several look at one together in a lobby (hall.go), to whom its host's file comes (fetching.go),
// or at a match that goes on, which its host watches (feed.go).
//
// Whoever may join a lobby may watch its matches instead, if its host lets (watching.go,
// watching_draw.go, doorway.go): all of the pond, or what is around a frog, some seconds after
// the players, who read who watches (audience.go).
//
// A screen's update runs once per tick, its draw changes nothing, and neither
// ever waits. A lobby or a match with others goes on behind whatever covers it.
package screens
