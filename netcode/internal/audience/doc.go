// Package audience is how those who watch a match come to what is confirmed of it, without
// being a burden to those who play. A player feeds two of them at most; these feed others,
// and so on: a tree. It is pure: time is an argument, and what is to be sent it hands out.
//
//	source    a player who makes the segments and signs them: Stamp
//	reserve   a source that only stands by, for those whom another one feeds: Desk.Reserve
//	segment   a tenth of a second of the match's log (package matchlog): the unit of a feed
//	ring      the newest segments, of 30 s at least, and the newest world: Ring
//	feeder    whoever feeds others from its ring, the source or a viewer: Stand
//	viewer    who watches: Viewer. One feeder is its parent, two are its stand-bys
//	desk      at the host: knows the whole tree, and says who feeds whom: Desk
//	tag       stands for a match, where one follows another: Tag
//
// # Why nobody can alter anything
//
// Every segment is signed by the source over the match and the segment's number. One in
// fifty comes with the SHA-256 of the world before its first frame, so the world may come
// from anybody: a viewer makes the worlds that it serves to newcomers out of its own
// simulation. All players have the key to that, for each may be the next source; what one of
// them signs that is not so is found out by the host's own word to each viewer: Sum, and then
// Viewer.Distrust. What any other feeder can do is to keep back. A viewer hears four times a
// second how far its stand-bys are, and leaves a parent that is silent or behind them.
//
// # How it heals
//
// When a parent is silent for silentAfter all stand-bys are asked for the next segment that is
// missing, and the first that has it is the new parent: it may be the old one, who was only
// busy. A ring holds more than that takes, so nothing is lost. If none of them can help the desk
// names others, who have a parent themselves, as far as there are such.
// Where processors are busy words come late, by as much as these did lately all wait longer
// (lulls), or all would leave each other in the very moment in which nobody has time for more.
// A parent that is there and keeps back what the stand-bys have is left after a second for
// one of them or, if none has room, by way of the desk.
// A viewer whose parent is there and has nothing itself stays with it: it is being healed
// further up.
//
// Who reaches no other viewer, but the players, is fed by a reserve as far as that leaves the
// reserves what those need whom the source feeds: two such are, behind two reserves. Nobody passes
// on what is sent to the others: it would be a player's upload, or that of a viewer who reaches them.
//
// With the host its desk is gone, and the tree goes on as it is, fed by reserves. Who hosts then
// says so down the tree, signed: Successor. Its desk lets viewers keep their places (Desk.Return),
// and numbers them as the one before has done, for the numbers are those of their keys.
//
// Nobody feeds whom it is fed by: with the signs of life goes the path of feeders up to the
// source, and who stands in it is not fed. Two who ask each other in the same moment find
// out by that.
//
// # Bounds
//
// A feed is short: what waits in a link for one viewer is for the link's owner to bound. A
// viewer that does not keep up falls out of the ring and goes on with the newest world.
// Whoever asks again and again is answered once a second. The desk takes so many viewers,
// and so many new ones a second.
package audience
