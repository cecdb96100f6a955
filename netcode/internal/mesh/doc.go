// Package mesh keeps the links of a node: one to each machine that it is told to want,
// and those of strangers until somebody knows what they are.
//
//	m := mesh.New(mesh.Config{Endpoint: endpoint, Finder: finder, SilentAfter: 8 * time.Second}, owner)
//	m.Enter(lobby, me)
//	m.Believe(host)            // whose roster it is
//	m.Want(&entry)             // of the roster; the mesh reads it from then on
//	each tick {
//		m.Adopt(link)      // for every link that somebody has dialled
//		m.Poll(now, awake) // what has come: Owner.Message, Datagram, Down ...
//		m.Keep(now)        // paths are kept,
//		m.Help(now)        // packets passed on,
//		m.DialFound()      // wanted machines dialled
//	}
//	m.To(machine).Send(message)
//
// In goes who is wanted; out come links that are up or down, messages, blocks of feeds
// and datagrams. It knows no lobby and no match: what a greeting says is written and
// judged by its owner, and until a link is that of a wanted machine so is every message.
//
// Of two machines the one with the larger key dials, by the way to the other that the
// finder has found (dial.go). Who dials may try several addresses; the first to answer
// is kept, the other side learns of the choice when something is said on it, and holds
// what else is open as a spare until then (mesh.go). Every link's way is looked after
// for as long as it is up (paths.go). Who reaches two others passes packets on for them
// that have no way to each other (relays.go).
//
// Everything happens on the owner's goroutine.
package mesh
