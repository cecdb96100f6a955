// Lilybot plays Lilypad Scrum without a window: to fill a seat, on a server, or
// to try a network.
//
//	lilybot -host -listen :7777 -players 2       # on one machine
//	lilybot -join 192.168.1.5:7777               # on another
//	lilybot -host -lan                           # on the lists of the local network
//	lilybot -join lan -wait 5m                   # takes a seat in any lobby there
//	lilybot -host -code -rendezvous example.org:3478    # through home routers: prints a code
//	lilybot -join K7QF-3MX9-TD4W -rendezvous example.org:3478
//	lilybot -host -invite -stun example.org:3478        # without such a server: prints an invite
//	lilybot -join VvDq3... -stun example.org:3478       # prints a reply, a line for the host's stdin
//	lilybot -host -code -rendezvous example.org:3478 -relay only \
//	    -turn turn:USER:PASSWORD@example.org?transport=tls      # nobody learns its address
//	lilybot -host -frames 216000                 # an hour, over as many rounds as that takes
//	lilybot -join 192.168.1.5:7777 -leave-after 600     # a bot takes over its seat
//	lilybot -join 192.168.1.5:7777 -identity ana.key    # and later its own seat again
//	lilybot -demo                                # both here: two processes, one match
//	lilybot -host -spectators open -watch-delay 5       # others may watch, 5 s behind
//	lilybot -host -code -spectators code -rendezvous rv.example.org:3478  # by a code, too, that seats nobody
//	lilybot -watch 192.168.1.5:7777                     # does, and compares every world
//	lilybot -watch lan                                  # a match on the local network
//	lilybot -host -record match.vvlog            # and afterwards, on any machine:
//	lilybot -replay match.vvlog                  # the same worlds? the first difference
//	lilybot -replay ana.vvlog -beside ben.vvlog  # where do two players' recordings differ?
//
// It prints one JSON object a line: "listening" (the host's address and
// fingerprint), "code", "watchCode", "invite", "reply" (to an invite; its text is the "code"),
// "refused" (a line of stdin, and why), "waiting" (with -join lan and -watch lan: for a lobby),
// "passed" (a lobby that did not let it in, and why: it goes on to the next),
// "stats" each second, "checksum" for every 60th confirmed frame of a round (the
// hash of the world before that frame is stepped), "round" (a game that was over
// before -frames: a rematch follows), "view" (somebody is in the match no more, or comes
// in: who is in it, and from which frame on), "host" (who hosts from now on, because the
// host is gone), "admitted" (to a match that ran already, or runs on without it as it was not
// heard for too long), and "end". Frames and totals count on from
// round to round; "end" has the hash of the last world, whether it is the result of
// all ("agree") and the players whose machines have told the same ("confirmedBy"; none
// of them, and nothing is agreed). What it waits for longer
// than a moment it says on stderr. A host who can be reached unasked needs no reply.
//
// With -watch it prints "watching" each second (the frame that it has seen, how far behind
// the players that is, who sends it, who hosts, and how many worlds it has compared that are
// the same; "seeking" while the host is gone and the next one is looked for),
// "checksum" as a player does, "round" for a match that another one has followed, and at last
// "end" with "verified": each match ("rounds") was seen to its end, and no world was another one
// than the players'. Frames are those of the round; "missed" are matches of which the end could not
// be had.
//
// It exits with 0 if all was played to its end and all agreed, 2 for wrong usage,
// 3 if it could not connect, 4 after a desync, 5 if it was lost to the others, if those
// have not confirmed the end ("finished apart"), or if somebody else was lost and
// -absent end says that the match is over then, and 130 if it was interrupted or has left
// (-leave-after). With -replay it exits with 0 if all worlds are the recorded ones, and with
// 1 if one is not, or the file cannot be played.
package main
