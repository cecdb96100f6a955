// Package natboard measures how players behind real routers get into a match:
// who reaches whom directly, who by a relay, and how long it takes from when
// both know each other's addresses to the first input that is delivered. The
// routers are the kernel's (package netlab), the players are processes of their
// own that host and join by a code.
//
//	go test ./netcode/internal/natboard                                      // a few pairs of homes, once
//	go test ./netcode/internal/natboard -run TestTable -table -parallel 3 -timeout 90m   // all of them, into TABLE.md
//
//	go test ./netcode/internal/natboard -run TestTable -pairs 'racy, one-router' -runs 3 -meet invite
//
// -meet invite is for an invite and a reply instead of the code: without the
// rendezvous server, and so without a relay. Then it is the host who learns last,
// by the skew. Other tests disturb a match in its middle (TestMidMatch) and play
// one on a local network alone (TestLAN), also where the host's firewall lets in
// answers only (TestFirewallOnLAN).
//
// It needs what netlab needs, and skips its tests with the reason elsewhere.
// pion/ice is measured by the same trials in a module of its own, folder
// icebench.
//
// # A trial
//
//	town := natboard.NewTown(t, natboard.Pair{"portrestricted", "symmetric"})
//	result := town.Try(natboard.Visavis, natboard.Trial{Host: 1, Skew: 300 * time.Millisecond})
//
// Both routers forget all they know. The host opens a lobby on a socket of its
// own and gets a code from the rendezvous server, the guest joins by it. The
// guest's addresses reach the host, and the host's the guest, later by the skew:
// so the host is the side that learns first, and its first packets must die on
// the way, before they reach the guest's router. The clock starts when the guest
// knows the host's addresses and stops at the guest's first input of the host,
// lobby and start of the match included. Then the match is played until both have
// compared a world, and longer while a direct path may still take over from the
// relay.
package natboard
