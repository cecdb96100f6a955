// Package matchlog is the log of a match: what it began with, what everybody pressed in
// every confirmed frame, who was in it, and what the worlds were by the way. A match is
// its confirmed inputs, so whoever has its log has the match: to be played again, to be
// looked at, to be joined late, to be checked. It is a list of blocks, the same ones in a
// file and over a link:
//
//	log := matchlog.Append(nil, &matchlog.Header{...})
//	block, err := matchlog.Parse(bytes)   // any bytes give a block or an error
//	switch b := block.(type) {
//	case *matchlog.Snapshot: ...
//	case *matchlog.Frames: ...
//	}
//
// Blocks are pure: no file, no clock, no goroutine. A Recorder writes those of a match that
// goes on to a file, by a goroutine of its own and without ever holding the match up; Open
// reads such a file.
//
// # Order
//
// A log begins with a Header. Before the first Frames stands a Snapshot with its Parts;
// further ones stand wherever their frame does: the world of a Snapshot is the one before
// the first frame of the next Frames block. Frames follow each other without a gap, but
// may begin anew at a Snapshot. A View stands before the frames that it is about,
// and so does a Command; a Checksum may stand anywhere behind the frame before its own. A Newcomer stands before the
// first frame of its stream, and again behind every Snapshot while there is that stream. Links
// stand in what those are sent who watch, anywhere, and not in a file: they are the word of who
// sends that. A
// Result is the last block; where worlds differed, a Desync and its DesyncWorlds stand
// before it.
//
// # Bytes of a block
//
// A block is at most MaxBlockBytes long: one byte for its kind and its fields, in the order
// in which they are declared here. What holds it says how long it is (a file's frame, a
// link's message). A reader that does not know a kind of 128 or more passes it by; below
// that it cannot read the log.
//
//	number   uvarint, as short as it can be
//	frame    number, one more than the frame (so 0 is the frame before the first)
//	sum      8 bytes, big-endian
//	key      32 bytes
//	bytes    number, then so many bytes
//	text     bytes, whole UTF-8
//	stream   machine (1 byte, below 16), born (number): records.StreamID
//	lineup   number: bit k: seat k is absent; bit 16: the frame is paused
//	piece    offset (number), total (number), bytes
//
//	1 Header    engine text, game text, rules sum, layout sum, arithmetic text,
//	            tick rate, input bytes, checksum frames, lead frames (numbers),
//	            absent (byte), match key, ordinal (number), seed sum, options bytes,
//	            length (number of frames, 0: until it is over), author (byte),
//	            began (number, milliseconds since 1970), start (frame),
//	            players (number, then for each: machine byte, key, name text, own bytes)
//	2 Snapshot  frame, view (number), lineup, inputs bytes, digest sum, world sum,
//	            sections (byte, a bit for each that follows)
//	3 Part      frame, section (byte), piece
//	4 View      number, piece
//	5 Frames    first (frame), spans (number, then for each: see below)
//	6 Checksum  frame, world sum, inputs sum
//	7 Signed    piece
//	8 Result    frame, world sum, agreed (byte), confirmed by (bytes), reason text
//	9 Command   frame, seat (byte), bytes
//	128 Marks   first (frame), bytes: of each world from there on the lowest of its sum
//	129 Desync  frame, agreed (frame), view (number), peer (byte), inputs (byte: 0 or 1),
//	            field, here, there, text, system, program (texts), rollbacks (number, then
//	            for each: from (frame), frames (number))
//	130 DesyncWorld  machine (byte), frame, piece
//	131 Newcomer  stream, key, players (number, then for each: name text, own bytes)
//	132 Links   machine (byte, below 16), stalls (number), links (number, then for each, by
//	            ascending machine: machine byte, ping, jitter (numbers of milliseconds, below
//	            65536), lost (number, of a thousand))
//
// The bytes of a View, put together, are membership's Commit of that view, and those of
// a Signed a Seal or a Proof (package membership, encode.go). A Seal stands behind the frames that it
// covers, and not so far behind that another 192 have followed:
//
//	12 (byte), stream, through (frame), beat (number), 1 (byte), digest (32 bytes), signature (64 bytes)
//
// The signature is Ed25519's, by the key of the stream's machine (in the Header for who was there
// from frame 0, else in the Newcomer), over "visavis match ", Header.Match and all that stands before
// the signature. A link is a stream's frames from one that 24 divides, or from the stream's first,
// up to the next that 24 divides. The digest through a link is the SHA-256 of the digest through the one before, which
// is zero for the stream's first, and the link's records: of those in a row that are as long as each
// other their length (number), how many they are (byte), and they themselves. A row ends, too, before a
// frame that P divides: with g for lead frames and r for the tick rate P is the smallest power of two
// above max(r, g) + 5g + 4r + 159.
//
// # Frames
//
// A span is some frames in a row in which the same streams are live, with the same seats,
// under the same lineup:
//
//	count (number), lineup, runs (byte, then for each, by ascending machine:)
//	   stream
//	   seats (number: bit k: seat k), no two runs have one in common
//	   changed: count bits, most significant first, padded with 0 to a byte
//	   for each set bit a record:
//	      0, mask, bytes   as long as the one before; a mask has a bit for each byte, most
//	                       significant first, padded to a byte; then the set bytes
//	      n+1, n bytes     any other
//
// A clear bit is the record before, once more; before the first one of a span there is
// the empty record. The mask is used where it is shorter than the record, and nowhere
// else, so there is one way to write a block. A record is the inputs of its seats, lowest
// first, Header.InputBytes each, and behind them entries (package seating); one that is too
// short for its inputs has none, and they count as zeros. A seat whose
// bit is in no run, or in the lineup's, is absent: what it did follows from Header.Absent.
//
// # File
//
// A file is 8 bytes (89 56 56 4c 0d 0a 1a, and the version of the format, 1) and chunks.
// All numbers are big-endian:
//
//	u32  number of the chunk, from 0
//	u32  1 more than the frame of the snapshot that it begins with, or 0
//	u8   1: it begins a group; 2: it begins with a snapshot
//	u32  bytes of its blocks, at most 262144: so many does unpacking it give
//	u32  n, at most 266304
//	n    its blocks, packed
//	u32  CRC-32C (Castagnoli) of all of that
//
// The packed bytes of the chunks of a group, one after the other, are the beginning of one
// Zstandard frame (RFC 8878) with a window of at most 262144 bytes; each chunk ends with the
// end of a Zstandard block. Unpacked it is its blocks, each behind its length as a u16. A
// reader that goes to a snapshot begins with the chunk that begins its group.
//
// Chunk 0 begins a group and holds the Header. Chunk 1 begins a group and a snapshot. Every
// snapshot is the beginning of a chunk, its one section is the world, its frame is a later
// one than that of the snapshot before, and no more than 32768 frames follow it. A snapshot
// before which the chunks of its group have 1048576 bytes of blocks or more begins another
// group, its parts have 33554432 bytes at most, and what stands between it and the next one has
// 67108864. So a reader that goes to a snapshot unpacks no more than that, and one that reads all
// of a file 262144 bytes for each chunk, which are at least 22. A chunk is
// written at once, and about every 0.9 s, so that much is missing where the writer was
// killed. A reader stops at the first chunk that is not whole, has another number than is
// due, or another sum.
package matchlog
