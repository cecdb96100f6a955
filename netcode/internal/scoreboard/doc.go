// Package scoreboard measures the engine with the same work that other
// rollback engines were measured with, and prints the figures side by side:
//
//	go run ./netcode/cmd/visavis scoreboard            // everything, a few minutes
//	go run ./netcode/cmd/visavis scoreboard -row B4    // one row
//
//	board, err := scoreboard.Run(scoreboard.Options{Rows: []string{"B4"}, Seeds: []uint64{1, 2, 3}})
//	board.WriteText(os.Stdout)
//
// Part A is processor time: rollback.Session alone (A-alone), a live match of
// whole peers over perfect links in which nothing is rolled back (A-live, with j over
// links with jitter), a match with seven frames of delay one way and new inputs in
// every frame (A-lag7), and a session with a rollback of 7 frames in every frame
// (A-roll7). Parts B, C and F are matches of 3,600 frames over bad
// links: whole lobbies and matches of package netcode, in virtual time, so that
// the game columns are exact and the same on every run.
//
// Signatures are made and checked by a goroutine of their own in a match, and by nobody in
// these rows: they count apart, as many as there are at what one takes. What a match has to do
// so that they are made, and with what they say, is in its cost.
//
// # The yardsticks
//
// A machine's speed changes by a factor of two within seconds, and no two machines
// are alike. So the engine and a yardstick take turns of some milliseconds in one
// run, and what counts is the median of their ratios. The yardstick is what the work
// cannot do without, by hand and without an engine: bareLive for the rows of live
// matches, alone and lag7, bareRoll for roll7, and for roll7 with a world the same
// copies and steps. Both bare ones are frozen. The other engines were measured in
// turns with the same yardsticks, too. A ratio whose turns lie around 1 is told as
// "in the noise".
//
// # What a frame costs, and what stops it
//
// In a live match of two a frame takes a peer some 7,200 instructions: 3,100 in package
// netcode, 1,300 in rollback, 660 in records, 440 for the links in memory, 430 in wire, 400 in
// membership, 270 in mesh, the rest for copying and the runtime. No function has more than four
// per cent. When a match was inputs and nothing else it took 4,600: the rest is what came with
// members who come and go. For each frame it is settled who takes part in it; a record is
// compared with what is known, kept by its stream, put into the session's log, and packed
// again for those who lack it; and each tick asks who is heard, who is in doubt, whether the
// match is over, what is to be signed. The copies and checks of records are about a third of
// it. Less than some 5,000 would need one owner of a record, in whose memory the session steps:
// then package rollback could not be used alone.
//
// # Recordings and watching
//
// Of these others publish little, and none of it was measured here in the same run:
//
//	osu!      a player's frames go to a server 200 ms after those before, or as soon as more than
//	          30 wait, and from there to all who watch (osu.Game/Online/Spectator/SpectatorClient.cs)
//	GGRS      a player sends to all who watch him, who keep 60 frames, and step two at a time when
//	          they are more than 10 behind (p2p_spectator_session.rs)
//	Slippi    116 bytes for each character and frame and 14 for each frame, by the sizes in its
//	          format's description (slippi-wiki, SPEC.md, version 3.0): 1.3 MB for 90 s of two
//
// Here what is watched goes out ten times a second, by two links of a player at most and from
// viewer to viewer; of 500 of them 95 in a hundred are less than 300 ms later than the host has
// chosen (TestFiveHundred in package audience). 90 s of eight frogs take less than 40 kB, with
// worlds and signatures, and are verified over 200 times as fast as they were played
// (TestRecording in game/lilypad/netplay).
//
// # The links
//
// Each direction between two of n peers draws from a splitmix64 generator
// seeded with hash2(seed, 1000 + from*n + to): for every packet a and then b.
// It is lost in the dark and if a%10000 is below the loss; else it arrives after
// delay + b%(2*jitter+1) - jitter microseconds and may overtake another.
// F1 to F6 are matches that one other engine publishes figures of; their round
// trip is halved for the delay, and their jitter taken as plus and minus each
// way.
//
// # The columns
//
// They are per peer and summed over its links, medians over all peers and all
// seeds. Payload is what is handed to the links in input datagrams. A stalled
// tick is one that steps no new frame. The freeze is the longest time between
// two new frames; resume is the time from the end of the darkness to the next
// new frame. The wire columns are UDP packets, with 28 bytes of headers each,
// that quic-go really makes of the same match over the same links: encrypted,
// its acknowledgements and checksum messages included. quic-go takes no clock,
// so they come from a testing/synctest bubble: Run starts "go test" on this
// package as a child, and leaves them empty where that cannot be. The wire's
// resume is what the same blackout takes over quic-go, whose congestion control
// and probe timers have a say in it; it differs from run to run.
package scoreboard
