// Package examples is a staircase: one idea a folder, each a step on the one before.
// Each runs without flags:
//
//	go run ./examples/local
//
//	local       a game on the rollback core: one machine, no network
//	synctest    how to find out whether a game can be rolled back
//	twowindows  the same game between two processes
//	lan         the others are found on the local network
//	code        they are found by a short code, through home routers
//	custom      a world of slices, maps and strings
//	chat        a lobby with chat, and rematches
//	dropin      somebody drops out of a match, and back into it
//	headless    a player without a window
//	lab         two whole machines in one window, and the line between them to choose
//
// The game that they play is package dots; custom and headless have one of their own.
package examples
