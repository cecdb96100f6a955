// Package simtest plays whole matches in memory, from lobby to result, with
// everything drawn from a seed: players, seats, inputs, window, input delay,
// clocks, ticks that drift and stall, delay, jitter, loss, copies, paths that
// differ by direction, blackouts, who asks for other seats at the last moment, and who leaves, is asked to leave or vanishes
// when. Then it lets the network heal and asks whether everything is as it must
// be.
//
//	err := simtest.Run(simtest.Draw(seed))   // nil, or an error that says what is wrong
//
// What must be (see oracle.go): everybody's checksums of every compared frame
// are equal, and equal to those of a simulation that steps the confirmed inputs
// once, from the start, without any netcode; all were fed the same inputs, and
// of every player those that were put in, in order; nothing confirmed is taken
// back; the window is kept; rollbacks happened where they could not but happen,
// and none in lockstep; those who are left end with one result, within a time
// that follows from the plan.
//
// The seed alone reproduces a match. Run many, or one, with
//
//	go test ./netcode/internal/simtest -seeds 5000 -first 100000
//	go test ./netcode/internal/simtest -run TestSwarm -seed 4711 -v
//
// With DrawLiar one of four machines and more lies on his links (liar.go): then the honest must
// all play to the end, with one result, and none of them may be named as one who did something.
//
//	go test ./netcode/internal/simtest -run TestLiars -liars 1000
//
// Seeds that once found a bug stand in testdata/seeds and are always played.
package simtest
