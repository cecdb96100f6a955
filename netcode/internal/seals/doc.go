// Package seals finds out what of a match's log its players have signed, each with the key of
// his identity: the seals that package membership has among three and more (H2), some of which
// stand in the log as matchlog.Signed. Whoever has the log, or is shown it, needs to believe
// nobody else for that. It is pure: frames go in as they are played, and seals as they are read.
//
//	c := seals.NewCheck(header, verify)
//	c.Newcomer(block)          // in the order of the log
//	c.Frame(f, span, at)
//	err := c.Take(block)       // the log is not what they have pressed: of whom, and when
//	c.Through()                // through which frame all have signed
//
// A seal is over the digest of all records of its author's stream (package records). Who reads a
// log from the middle does not know what was before: of each stream the first seal that comes is
// what he begins with, and from the second one on he knows that what lies between is what its
// author has signed.
//
// Of two nobody seals; where a match has come down to two, what was sealed until then stands in its
// log. What a player presses last is never sealed, nor what somebody pressed
// just before he was lost.
package seals
