// Package hunt finds out where the worlds of two machines have begun to differ: the first
// frame, and the first field in it.
//
//	h := hunt.New(match, say)
//	h.Attach(worlds)
//	h.Begin(peer, mine, theirs, agreed) // its checksum of a frame is another one
//	for each message about it {
//		h.TakeHashes(peer, m)       // or h.TakeParts, h.Answer, h.TakePart
//	}
//	if h.Over() { found := h.Found() }
//	h.Stop()                            // the match is over, or has waited for long enough
//
// Both sides have stopped stepping frames. Each tells the other the hashes of its worlds
// since the two last agreed (hunt.go), so both know the first frame that differs as far as
// these worlds are still kept, and then compare that world part by part (parts.go). It takes
// three messages each way.
//
// It is pure: messages go in, and out through say; it knows no time and no link. All that
// comes in is a stranger's: nobody gets more than one answer of a kind, and nothing that
// does not belong to the hunt that runs changes what it finds.
package hunt
