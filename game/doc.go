// Package game is what an Ebitengine game imports to play a visavis match: it
// drives the match, turns devices into input, shows the network, and explains
// errors of the window.
//
//	lobby, err := netcode.JoinLobby(node, config, address, netcode.LobbyConfig{})
//	...
//	err = game.Run(&game.Runner[World, Pad]{
//		Canvas: game.Canvas{Width: 640, Height: 360},
//		Lobby:  lobby,
//		Read:   func(held game.Buttons, w *World) Pad { return Pad(held) },
//		Paint:  func(dst *ebiten.Image, w *World) { ... },
//	})
//
// Each part works without the others: Sampler reads one Buttons per local
// player and tick from keyboard, gamepads and touch screen; Netgraph is the
// overlay; Canvas is a small picture in a window of any size; Budget keeps a
// slow machine drawing; Store keeps the settings; Run is ebiten.RunGame whose
// errors say what to do.
//
// Ebitengine calls Update sixty times a second whatever the screen does, and
// Draw whenever a picture is due. So a match is ticked in Update, exactly once,
// and Draw only looks.
package game
