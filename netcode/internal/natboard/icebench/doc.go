// Package icebench plays the trials of package natboard with pion/ice beside
// this engine, between the same homes, one after the other. It is a module of
// its own, so that nothing else needs pion/ice.
//
//	cd netcode/internal/natboard/icebench
//	go test                                            # a few pairs of homes, once
//	go test -run TestTable -table -parallel 3 -timeout 4h          # all of them, into TABLE.md
//
// # What pion/ice does in a trial
//
// Each player has an ICE agent (RFC 8445) with pion's defaults, on IPv4, with
// three of the STUN servers and, for a relay, pion's own TURN server over UDP and
// TCP. It gathers before anything is told. The guest's candidates are carried to
// the host in 30 ms, the host's to the guest in as much and the skew: as the
// rendezvous does it for this engine. The guest is the controlling side. Both
// send a small packet 60 times a second as soon as they are connected. The clock
// starts when the guest has the host's candidates and stops at the first packet
// that it receives.
//
// So pion/ice is spared what this engine's time includes: an encrypted and
// authenticated connection, the lobby, and the start of the match.
package icebench
