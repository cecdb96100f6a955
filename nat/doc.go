// Package nat finds a way from one player's computer to another's: through
// home routers, carrier NATs and firewalls, without a server in the middle
// where that is possible. It knows nothing of games.
//
// Its rooms:
//
//	pathconn    one UDP socket for everything that a game sends, with a
//	            constant virtual address for each peer, below QUIC
package nat
