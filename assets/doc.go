// Package assets holds the pictures of the bundled game: one sprite sheet, the
// index that says where each sprite is, and the looks of the seats. Everything
// is drawn by code in package draw; the sounds of the game are synthesised by
// package game/sound and need no files.
//
//	sheet, err := assets.Sheet()            // decode once, at load
//	sprites, err := assets.Sprites()
//	fly := sprites["fly/0"]                 // fly.Rect lies in the sheet
//
// After a change of package draw, draw the sheet anew:
//
//	go run ./assets/cmd/drawsheet
//
// The package does not import Ebitengine: package game/lilypad/scene/art is
// what draws these sprites and writes with their letters.
package assets
