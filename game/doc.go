// Package game is what an Ebitengine game imports to play a visavis match: it
// drives the match, turns devices into input, shows the network, and explains
// errors of the window. README.md beside this file is the way in: a game of one
// machine becomes one for several, step by step, with the usual mistakes.
//
//	lobby, err := netcode.JoinLobby(node, config, address, netcode.LobbyConfig{})
//	...
//	err = game.Run(&game.Runner[World, game.Buttons]{
//		Canvas: game.Canvas{Width: 640, Height: 360},
//		Lobby:  lobby,
//		Read:   func(held game.Buttons, local int, w *World) game.Buttons { return held },
//		Paint:  func(dst *ebiten.Image, w *World) { ... },
//		Idle:   func(lobby *netcode.Lobby[World, game.Buttons]) { ... }, // get ready, start
//	})
//
// Runner is for games without menus of their own. Each of its parts works without the
// others, in any loop: Sampler reads one Buttons per local player and tick from
// keyboard, gamepads and touch screen; Loop runs the ticks that are due, with Metronome,
// by which the game keeps its pace at any rate of the loop, and which tells how far a picture
// lies between two ticks, and with Budget, which keeps a slow machine drawing; Netgraph is the overlay, which
// ObserveMatch feeds; LobbyWords and WaitingWords say what a player wants to know;
// Canvas is a small picture in a window of any size; Store keeps the settings; Run is
// ebiten.RunGame whose errors say what to do. Package sound and, below it, once play
// what Step emits, each sound once whatever is rolled back.
//
// Ebitengine calls Update so often a second as SetTPS says, and Draw whenever a picture
// is due. A match is ticked in Update, when the loop says so, and Draw only looks.
//
// What the devices of other players gave comes as a stranger's bytes: Step must bear
// every value of its input, or netcode.Config.Clean makes each a legal one.
package game
