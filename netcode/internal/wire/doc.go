// Package wire is the bytes that peers exchange: input datagrams, packed by
// hand (data.go, run.go, bits.go), and control messages in msgpack (control.go). Both
// decoders are total: any bytes give a value or an error.
//
//	out := wire.AppendData(buf[:0], &data)    // header, acknowledgement, gossip now and then
//	run.Begin(out, first, before, limit)      // records since the peer's acknowledgement
//	for f := first; f <= newest && run.Add(record(f)); f++ { }
//	out, count := run.End(false)
//
//	rest, err := wire.ParseData(in, &data, near) // near: what the receiver knows, to widen short numbers
//	err = run.BeginOwn(rest, held)
//	for run.Count > 0 { err = run.Next(record) } // record holds the one before
//	rest = run.Rest()
//
// What goes out again and again until it is acknowledged is packed once, on a Tape: runs are
// cut out of it, and what a run repeats of what is on the receiver's is skipped.
//
//	tape.Append(record, before)
//	out, next = tape.AppendRun(out, first, newest, end, limit)
//	tape.Skip(&run)
//
// An input datagram, most significant bit first in each byte:
//
//	0  flags: 1 gossip, 2 margin, 4 own run, 8 foreign runs, high 4 bits match
//	1  view mod 16, born mod 16 (the view that admitted the sender's stream)
//	2  beat mod 256: grows by one each time the sender speaks to all
//	3  held+1 mod 65536: the newest frame I hold of your stream, without a gap
//	5  held - confirmed, at most 255
//	.. margin: int16, 0.1 ms (flag 2)
//	.. gossip (flag 1): see Gossip
//	.. a count of foreign runs (flag 8), and 128 with a seal, which follows it
//	.. own run (flag 4), then foreign runs: see run.go
//
// A stream is the records of one machine, admitted by one view; a record is
// what it says of one frame: the inputs of all its seats.
package wire
