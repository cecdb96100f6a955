// Package draw makes the sprite sheet of the game. Figures are small solids
// that a software camera looks at, so that eight directions and every pose
// keep their proportions; letters and icons are rows of text; the pond and the
// title are drawn by distance. It uses no chance and no clock, and rounds every
// product, so that every machine draws the same pixels:
//
//	sheet, index, err := draw.Sheet()
//
// The command assets/cmd/drawsheet writes both to files; a test of package
// assets compares the committed files with what is drawn.
package draw
