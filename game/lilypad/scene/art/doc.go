// Package art draws with the sprites and letters of package assets: what the
// scene of a match and the menus have in common.
//
//	water.Draw(screen, tick)                                 // an art.Water, the pond behind a menu
//	art.Logo(screen, 220, 20)
//	art.Panel(screen, art.PanelFocus, image.Rect(220, 150, 420, 174))
//	art.DrawText(screen, "Play now", 260, 158, 1, color.White)
//	width := art.Measure("Play now")                         // times the scale
//	art.Title.Draw(screen, "7", 300, 20, 1, art.SeatColour(3))
//	art.Frog{Seat: 3, Facing: 2}.Draw(screen, 320, 200)
//
// Everything lies in one sheet, so that Ebitengine draws a whole screen in a
// few batches. The sheet is decoded at the first use. Like Ebitengine's Draw,
// the package is for one goroutine.
package art
