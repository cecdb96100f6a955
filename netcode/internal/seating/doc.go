// Package seating reads what the records of a match say beside inputs: who plays
// which seat from which frame on, when the match stands, and the commands of the
// game. It is pure, and goes by confirmed content alone, so all members come to the
// same answer.
//
//	table := seating.New(config, founders)           // seat k is founders[k]'s
//	word := table.Fold(f, set.AppendContent(nil, f)) // each confirmed frame, in order
//	word, ok := table.Repeat(f)                      // or that, of one like the one before
//	for _, c := range table.Commands() { ... }       // that come into effect in this frame
//	word = table.Predict(f, set)                     // of a frame that is not confirmed yet
//	seats := table.Seats(stream, f)                  // whose inputs a record of this frame has
//	inputs, entries := seating.Split(record, size)
//
// A record is the inputs of all seats that its machine plays in that frame, in their
// order, and entries behind them; most have none. Nothing tells where the inputs end:
// the table does.
//
// # Rules
//
// R1: what is for all (seats, pause) counts in the record of the referee only, the
// lowest machine whose stream is live at that frame. R2: it holds from the frame that
// it names, and is predicted to be absent. R3: the referee writes by level: AppendWants
// compares what is with what ought to be; so what a cut has undone the next referee
// writes again. R4: a seat whose stream has ended is empty, without an entry. R5:
// requests ride in the asker's own record and are numbered; the referee's entry names
// the request that it answers, and a second answer is ignored. Commands ride in the
// player's own record and need no referee; what is said in a paused frame waits for the end
// of the pause. So does the word that its seats are to be as if nobody played them: it holds
// from the next frame on. R6: a paused frame is a frame, whose world is the one before. R7: delay needs no entry.
//
// # When a seat changes hands
//
// An entry in the record of frame f names the frame g from which on the seat is
// somebody else's, and counts only if g >= f + 2G + 1, where G is how far anybody's
// newest record may be beyond his confirmed frame. Hence who plays what in the frames
// through folded+2G+1 is settled (Through): inputs of those frames go to the simulation
// as soon as they come, and none is ever taken back.
//
// And nothing else comes, to whom has been a member for so long. Let c be what M has
// confirmed, and n the frame of a record of X that it holds. X made it at n <= x+G+1
// (G, and one more if it was its last), where x is what X had confirmed. So X held M's
// record of frame x, which M has made when it had confirmed x-G at least: x <= c+G. So
// n <= c+2G+1. An entry that M does not know stands in a record of f >= c+1, and names
// g >= c+2G+2.
//
// Whoever has just been let in may be further behind, and holds records from beyond
// that. They have to wait until the table has come so far.
package seating
