// Package identity keeps a player's identity, an Ed25519 key, in a file.
//
//	id, err := identity.Load("")     // in the user's configuration folder
//	defer id.Close()
//	if id.Notice != "" { show(id.Notice) }
//	use(id.Key)
//
// The file is locked while it is in use: two copies of a game on one computer
// are two players, so the second gets a key of its own that is forgotten when
// it ends. The same happens when the file cannot be written. Notice tells the
// player; only a computer without chance to draw from is an error.
//
// The file is text of one line: "visavis-ed25519 " and the 32-byte seed in
// hexadecimal (RFC 8032 section 5.1.5).
package identity
