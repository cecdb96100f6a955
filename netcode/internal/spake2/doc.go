// Package spake2 lets two sides find out whether they hold the same password,
// and tells nobody anything else of it: SPAKE2 (RFC 9382), ciphersuite
// SPAKE2-P256-SHA256-HKDF-SHA256-HMAC-SHA256, with key confirmation.
//
//	password := spake2.New(spake2.Dialler, "what it is for", secret) // once
//	run, err := password.Start(rand.Reader)                          // for each link
//	send(run.Share())
//	proofs, err := run.Finish(theirShare, spake2.Link{Dialler: a, Listener: b, Binding: ab})
//	send(proofs.Mine[:])
//	if !proofs.Shown(theirs) { ... }                                 // another password, or another link
//
// The dialler is the RFC's A and sends its proof first; the listener answers
// with its own only if that one is right. So every guess that the dialler makes
// is one that the listener has seen to be wrong, and a listener who does not know
// the password, but took part with a guess of his own, learns only whether this
// very guess is right. What goes over the wire, whoever records it or takes part,
// cannot be compared with a list of passwords afterwards.
//
// The two identities (A and B of the RFC) and the secret binding of the link
// (the RFC's associated data) are part of the proofs: they are worth nothing on
// any other link, so nobody in the middle can pass them on. A share or a proof
// that is sent back to its sender is refused, since the sides blind with different
// points and prove with different keys.
//
// # Why this one
//
// SPAKE2 is a published RFC whose vectors cover every byte that is sent, the
// proofs included. CPace (draft-irtf-cfrg-cpace), which needs no fixed points, is
// still a draft that has changed its encodings between versions and leaves the
// confirmation to its user; an augmented protocol (RFC 9383) is for servers that
// keep passwords of others, and here both sides hold the password as it is. The
// fixed points M and N were derived from their names, which a test repeats, so
// nobody knows their logarithms.
//
// The group is filippo.io/nistec v0.0.4 (BSD licence): the standard library's own
// P-256, exported by its maintainer with its history. Complete formulas, constant
// time, no allocation; points that are not on the curve cannot be represented. It
// depends on nothing but golang.org/x/sys/cpu.
//
// # Why no slow hash
//
// The RFC asks for a memory-hard hash of the password against those who get hold
// of something to compare guesses with. Here there is nothing: no side stores
// anything derived from the password, and what is sent tells nothing without the
// logarithm of M or N. Argon2id would cost each player memory and time, and a
// stranger, who is allowed one guess for each link, no more than the link itself.
// Guesses are slowed by who counts wrong proofs. A password's blinding points are
// computed once; a run then costs two multiplications on the curve, some 0.1 ms.
package spake2
