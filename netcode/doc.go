// Package netcode joins players into rollback matches, straight from machine
// to machine. A game gives it a world, a step and an input:
//
//	config := netcode.Config[World, Pad]{
//		Game: "frogs", Rules: 1, MinSeats: 2, MaxSeats: 4,
//		Start: func(s netcode.Setup) World { return newWorld(s.Seed, s.Seats) },
//		Step:  (*World).Step,
//	}
//	node, err := netcode.Listen(netcode.NodeConfig{Addr: ":7777", Name: "Ana"})
//	lobby, err := netcode.OpenLobby(node, config, netcode.LobbyConfig{})          // one hosts
//	lobby, err := netcode.JoinLobby(node, config, address, netcode.LobbyConfig{}) // the others join
//
//	each tick, until lobby.Match() != nil {
//		lobby.Poll()                          // and show AppendMembers, SetReady, Start
//	}
//	match := lobby.Match()
//	each tick, until status.Over {
//		status := match.Tick(readPad())       // never blocks
//		draw(match.World())                   // never changes anything
//	}
//	result, _ := match.Result()               // then lobby.Start again, if you like
//
// Host and Join do the first part in one call.
//
// An input says what is held, and Step finds out what was just pressed, by the input
// of the frame before, which it keeps in the world:
//
//	func (w *World) Step(in rollback.Inputs[Pad]) {
//		for seat, pad := range in.All() {
//			if pressed := pad &^ w.Last[seat]; pressed&Jump != 0 { ... }
//			w.Last[seat] = pad
//		}
//	}
//
// For not every tick is a frame: a tick that waits for the others takes no input, and
// one that catches up with them takes its input for two frames. A bit that says "just
// pressed" is lost in the first and doubled in the second. Where a key may be
// pressed and let go within one tick, it is kept until Status.TakenFrame says that a
// tick has taken it. The example of Match.Tick shows both.
//
// A game says how many players it is for, MinSeats to MaxSeats, and no match has more or
// fewer. What the others put in is a stranger's bytes, even from a copy of the same game:
// Step bears every value of the input's type, or Config.Clean makes each a legal one.
//
// Several may play at one machine: LobbyConfig.LocalSeats and Players say how many and
// who, Room.SetLocalSeats and SetPlayer change it in the lobby, as the host grants it.
// Who they all are, with each player's own word to the game (a character, a colour),
// stands in Member for the lobby's screen and in Setup.Roster for the world.
//
// Everything happens on the caller's goroutine, in Poll and Tick; only the
// sockets have goroutines of their own. Waiting is a Status, not an error.
// What a stranger can do is bounded: his bytes are parsed strictly, his lists
// are short, and who floods or stalls harms himself. A lobby's secret is compared
// without being told (package internal/spake2), so nobody can try a list of secrets
// but at the host, who makes him wait.
//
// How it hangs together: a Node is a socket and an identity. A Room (Lobby
// without types) holds the links to all other members and speaks with them in
// package internal/wire's control messages over each link's reliable stream.
// A play (Match without types) holds one stream of records per machine (package
// internal/records); every tick it sends each peer one datagram with all records that
// the peer has not acknowledged, and gives what arrives to the rollback.Session. The
// order of a tick stands in play.go. Records that are too
// big for that go out a few times each, and again when they are missed (flight.go).
//
// The host is the lobby's memory: it orders what is said and who comes and goes, so
// that all read the same (chat.go), numbers names that look alike (names.go),
// grants seats (players.go), and passes on what members say of themselves at a rate of
// its own (status.go). Who is silent for Config.PeerTimeoutMs is lost, in the lobby as
// in a match (alive.go).
//
// Every two members hold a link. Two who have no direct way to each other ask
// members who have one to both, and one of these passes their packets on, unread
// (relaying.go, package nat/relay). That needs no server, and neither does the
// direct way through common routers: the host tells where it sees each member.
//
// A match belongs to everybody in it (package internal/membership; views.go). Who leaves
// says so with his last record, and nobody waits for him. Who is silent for
// Config.PeerTimeoutMs, on every path, or has closed his connections without a word, is
// gone as soon as more than half of the others have agreed on what he did last; of two
// who lose each other only the one with the lower number goes on. Whoever is on the
// smaller side of a cut waits for a while and then stops, so a match never goes on
// divided. From then on Step finds the seat empty (Inputs.Present), and in it what
// Config.Absent says: nothing, the last input, a bot; or the match ends. Two who hear
// nothing of each other play on as long as somebody hears both, who passes on what they
// press.
package netcode
