// Package rollback keeps a deterministic game in step between machines that
// hear of each other's inputs late. It is pure: no network, no clock, no
// goroutine. The whole loop is
//
//	type World struct { Frogs [8]Frog; Rand rollback.Rand } // the whole game, as a value
//	func (w *World) Step(in rollback.Inputs[Pad]) { ... }   // the only place where it changes
//
//	session, err := rollback.New(rollback.Config[World, Pad]{
//		Start: newWorld(seed), Step: (*World).Step, Seats: 2, Local: []int{0},
//	})
//	for each tick {
//		for each input that has arrived {
//			session.Confirm(seat, frame, input) // known now, for ever
//		}
//		session.Tick(readPad())                 // rolls back if a guess was wrong, then one new frame
//		draw(session.World())
//		send(session.AppendInput(...), through session.LocalThrough())
//	}
//
// A frame is stepped as soon as it is due, with the inputs that are known and a
// guess for those that are not. When an input arrives that differs from what
// was used, the next Tick loads the world before that frame and steps all
// frames since again.
//
// The words: frame f is the f-th tick, from 0; the world at f is the world
// before f is stepped. confirmed is the last frame through which all seats'
// inputs are known here. current is the next frame to step. predicted =
// current-1-confirmed never exceeds the prediction window W. At the window's
// edge a tick steps no new frame, but a rollback that is due still runs.
//
// Players may come and go while the match runs. With Config.Lineups every frame has a
// Lineup beside its inputs: which seats are absent, and whether the frame is paused.
// It comes like an input, in order and for ever, by ConfirmLineup; until it is known the
// last one is taken to go on, and a wrong guess rolls back. Nothing is confirmed beyond
// the newest lineup, so who knows them decides how far confirming goes. A seat that is
// absent needs no input: it is idle, frozen or played by Config.Bot, as Config.Absent
// says, and Step asks in.Present(seat). A paused frame is a frame with inputs like any
// other, but Step is not called for it. Who comes late begins at Config.Origin, with the
// world before that frame: OriginAt says what else there is to know of the frames before.
//
// What is too long or too rare for an input is a Command: ConfirmLineup takes those of a
// frame, nobody guesses any, and Step reads in.Commands.
//
// Inputs are a stranger's bytes: another player's copy of the game may be changed, and
// then sends what this one never would. Step bears every value of the input's type, or
// Config.Clean makes each a legal one, alike on every machine. A seat that an input
// names is checked before it is an index, a speed has its limit in Step.
//
// A World is best a plain value: fixed-size integers, bools and arrays and structs
// of them. Then a snapshot is one assignment, which allocates nothing; Plain tells.
// It may also hold slices, maps, strings and pointers: they are copied by a layout
// that New compiles, without sharing and slower, or by Copy, Append and Decode of
// the game's own. Either way its canonical bytes and hash are the same on every
// machine, and a report can name the field that differs. New refuses the rest (int
// and uint, whose size differs between machines, interfaces, functions, memory that
// is reached twice) and names every field that stands in the way. Floating-point
// numbers are allowed but unwise: the same source rounds differently on different
// processors. Package fixed has numbers that do not.
package rollback
