// Package records keeps what everybody pressed: one append-only stream for each
// machine in a match, one record for each frame. It is pure: no clock, no network,
// no goroutine; what may be taken, and when, is decided by package membership, and
// what a record says is read by package seating.
//
//	set := records.New(config, founders, own)
//	if set.MayProduce() { set.Produce(record) }       // one's own next record, a frame
//	switch set.Take(stream, frame, record, false) {   // somebody else's, from whomever
//	case records.Conflict:                            // two contents for one frame: a desync or a liar
//	}
//	for set.Confirm() {                               // every live stream has this frame
//		content = set.AppendContent(content[:0], set.Confirmed())
//	}
//
// A stream is (machine, born): the records of one machine since the view that let
// it in. It is known without a gap from its first frame through held. It ends where
// its machine has put a final mark or where a view has cut it, and an ended stream
// takes no part in frames beyond its end.
//
//	         from                held          end
//	....------+===================+.............|......   frames
//	          |<-- known here --->|<-- lacking->|
//
// A frame is confirmed when every stream that is live at it is held through it. A
// limit holds confirming back while the members agree on a new view.
//
// # Bounds
//
// Config.LeadFrames is G: nobody's newest record is further than that beyond his
// own confirmed frame. Config.LimitFrames is the largest B, how far confirming may
// go on during an agreement. What members hold of one stream differs by
// TailFrames at most, and rings of RingFrames keep all that may be asked for.
package records
