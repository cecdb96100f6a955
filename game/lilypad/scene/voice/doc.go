// Package voice is what a round of Lilypad Scrum and its menus sound like.
// Everything is synthesised at the start.
//
//	speaker := sound.Open()
//	v := voice.New(speaker)
//	v.Menu(voice.Select)             // a button was pressed
//
//	v.Begin(640)                     // a round begins: music
//	v.Hear(notices)                  // Update, once per tick
//	v.Tick()                         // Update, once per tick, also in menus
//	v.End()
//
// Each event of the simulation is heard at most once, however often its frame
// is stepped again; what costs or gives points is heard when it is confirmed.
package voice
