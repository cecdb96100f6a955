// Package link is the seam between the match and the wire: one connection to
// one peer, with lossy datagrams, one reliable stream of messages, and a feed beside
// it for bulk: blocks that arrive in order, too, and hold up no message.
//
// quiclink implements it over QUIC, memlink in memory under virtual time.
// Everything here is polled: no method blocks (but Endpoint.Wait), and nothing
// calls back on another goroutine. The owner's loop is
//
//	for l := endpoint.Accept(); l != nil; l = endpoint.Accept() { adopt(l) }
//	for _, l := range links {
//		l.Receive(handle)       // all that has arrived, oldest first
//		if l.State() == link.Closed { drop(l, l.Err()) }
//	}
//	l.Send(control); l.SendDatagram(inputs)
//	for l.FeedRoom() >= len(next) { l.SendFeed(next); ... } // a snapshot, bit by bit
package link

import (
	"crypto/sha256"
	"encoding/base32"
	"errors"
	"net/netip"
	"time"

	"github.com/visavis-netcode/visavis/nat/pathconn"
)

// Limits that both implementations keep.
const (
	MaxDatagramBytes = 1100     // the largest datagram; fits every QUIC path (RFC 9000 section 14)
	MaxMessageBytes  = 64 << 10 // the largest reliable message
	DatagramQueue    = 64       // arrived and unread datagrams; when full the oldest is dropped: inputs repeat
	MessageQueue     = 256      // arrived and unread messages; when full the sender is held back by flow control
	SendQueueBytes   = 1 << 20  // queued and unsent messages; when full Send returns ErrQueueFull

	MaxFeedBytes    = 16 << 10  // the largest block of a feed
	FeedQueueBytes  = 256 << 10 // queued and unsent blocks; when full SendFeed returns ErrQueueFull
	UnreadFeedBytes = 256 << 10 // arrived and unread blocks; when full the sender is held back by flow control
)

// SignatureBytes is how long an identity's signature is.
const SignatureBytes = 64

// Key is a peer's identity: its Ed25519 public key.
type Key [32]byte

var fingerprintEncoding = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// Fingerprint returns 26 letters and digits that stand for the key: 130 bits
// of its SHA-256, enough to pin it.
func (k Key) Fingerprint() string {
	sum := sha256.Sum256(k[:])
	return fingerprintEncoding.EncodeToString(sum[:])[:26]
}

// State is how far a link is. It only moves forward.
type State uint8

const (
	Connecting State = iota // dialled, not yet answered
	Open                    // authenticated; messages flow
	Closed                  // over; Err says why
)

// Kind tells what Receive hands out.
type Kind uint8

const (
	Datagram Kind = iota + 1
	Message
	Feed // one block
)

// Code says why a link was closed. It travels to the other side.
type Code uint32

const (
	CodeDone     Code = iota // nothing wrong, no longer needed
	CodeLeft                 // the player left
	CodeRefused              // hello differs, lobby full, wrong secret
	CodeProtocol             // the peer sent what no honest peer sends
	CodeLost                 // nothing was heard for too long
	CodeKicked               // the host asked the player to go
	CodeDesync               // the simulations differ
	CodeBusy                 // too many strangers came at the same time
	CodeCrashed              // the game on this side has a mistake and ends
)

// With returns the code with a detail, which travels with it and means something to
// the owners of both ends only.
func (c Code) With(detail uint8) Code { return c.Base() | Code(detail)<<8 }

// Base returns the code without its detail.
func (c Code) Base() Code { return c &^ 0xff00 }

// Detail returns what was given to With, 0 if nothing was.
func (c Code) Detail() uint8 { return uint8(c >> 8) }

// CloseError is why a link is closed.
type CloseError struct {
	Code   Code
	Reason string // one plain sentence, cleaned of control characters, at most 200 bytes
	Remote bool   // the peer closed it, not we
	Unsent bool   // nothing could be sent: it is this computer's network
}

func (e *CloseError) Error() string { return e.Reason }

// ErrQueueFull: SendQueueBytes of messages wait already, or FeedQueueBytes of blocks;
// the peer does not read, or the path has no room.
var ErrQueueFull = errors.New("link: the send queue is full")

// ErrClosed: the link is closed, or the message or block is longer than it may be.
var ErrClosed = errors.New("link: closed")

// Stats are counts since the link was made. Payload is what the owner handed
// over; wire counts stand in EndpointStats.
type Stats struct {
	RTT                              time.Duration // smoothed round trip as the transport sees it; 0 if unknown
	DatagramsSent, DatagramsReceived uint64
	DatagramBytesSent                uint64
	DatagramsWaiting                 int    // handed over, and not sent yet: the next one replaces them
	DatagramsUnsent                  uint64 // handed over, and replaced before the path had room for them
	DatagramsDropped                 uint64 // arrived, but the queue was full or it was malformed
}

// EndpointStats are counts of UDP packets and bytes (UDP payload, without IP
// and UDP headers) of one endpoint over all its links.
type EndpointStats struct {
	PacketsSent, PacketsReceived uint64
	BytesSent, BytesReceived     uint64
	SendErrors                   uint64 // transient, swallowed
}

// Link is one connection to one peer. All methods are for one goroutine, the
// owner's.
type Link interface {
	// Peer is the other side's identity; zero before the handshake is
	// complete. Who dials may know it while still Connecting.
	Peer() Key
	// Dialled reports whether this side opened the link.
	Dialled() bool
	// Binding is a secret that both sides of this very connection share and
	// nobody else: 32 bytes (RFC 8446 section 7.5). Zero before the handshake
	// is complete, like Peer.
	Binding() [32]byte
	// RemoteAddr is the peer's address as this side sees it now.
	RemoteAddr() netip.AddrPort
	// Source is the address that the peer's packets come from, the zero Addr
	// while that is not known or if somebody passes them on.
	Source() netip.Addr
	// Virtual is the peer's address on Endpoint.Paths, invalid while the link is not
	// open and where there are no paths.
	Virtual() netip.AddrPort
	// PathSecret is another secret of both sides of this connection, like Binding and
	// from the same moment: for the upkeep of its paths, which sends what follows from
	// it in the open.
	PathSecret() [32]byte
	// Received counts the packets that have come and decrypted: what a stranger sends
	// is none of them. It may be called from any goroutine.
	Received() uint64
	State() State
	// Err says why the link is Closed, nil before.
	Err() *CloseError
	// SendDatagram hands over one datagram of at most MaxDatagramBytes. It
	// copies b, never blocks and replaces a datagram not yet sent: the
	// latest wins.
	SendDatagram(b []byte)
	// SendAlso hands over a datagram to be sent after the one of SendDatagram, and
	// after another such one. A third replaces the second if that is not yet sent. It
	// goes unsent if SendDatagram is called before its turn.
	SendAlso(b []byte)
	// Send queues a reliable message; messages arrive whole and in order. It
	// copies b and never blocks. Messages sent while Connecting go with the
	// first flight.
	Send(b []byte) error
	// SendFeed queues a block of 1 to MaxFeedBytes; blocks arrive whole and in order,
	// and messages and datagrams pass them by. It copies block and never blocks. With
	// ErrQueueFull nothing is queued. Blocks sent while Connecting go once the link is
	// Open. What has not arrived when either side closes the link is gone.
	SendFeed(block []byte) error
	// FeedRoom is how long a block SendFeed takes now may be, over MaxFeedBytes if it
	// takes several; 0 on a closed link.
	FeedRoom() int
	// Receive calls handle for everything that has arrived since the last
	// call. at is Endpoint.Now at arrival. b is valid during the call only.
	// It does not allocate in steady state.
	Receive(handle func(kind Kind, at time.Duration, b []byte))
	// Close sends what is queued and then code and reason, in the background: for up
	// to three seconds, or one to a stranger and once the endpoint is closed. Closing
	// twice does nothing.
	Close(code Code, reason string)
	// Known tells the endpoint that the owner knows who has dialled: it is a
	// stranger no more, who may be closed with CodeBusy to make room for others. It
	// reports false if that has happened before.
	Known() bool
	Stats() Stats
}

// Endpoint is one socket with one identity: it dials and accepts links. There are
// never more strangers at a time than a source.Crowd holds.
type Endpoint interface {
	Key() Key
	// Sign signs b with the identity, and Verify reports whether somebody has signed it
	// with his. Both take some tens of microseconds, and may be called from any goroutine.
	Sign(b []byte) [SignatureBytes]byte
	Verify(key Key, b []byte, signature [SignatureBytes]byte) bool
	// Addr is the local address that the socket is bound to.
	Addr() netip.AddrPort
	// Paths is the socket below, to move peers to better paths; nil in memory, where
	// there is one path to everybody.
	Paths() *pathconn.Conn
	// Dial starts a link and returns at once, State Connecting. pin, if not
	// nil, is the only key that is accepted at the other end.
	Dial(addr netip.AddrPort, pin *Key) Link
	// Accept returns the next link that a peer has opened, nil if none waits.
	Accept() Link
	// TurnAway closes every link that a peer opens, and those that wait for Accept,
	// with what words says at that moment, for an owner who does not look; nil
	// ends it. words may be called on any goroutine.
	TurnAway(words func() (Code, string))
	// Now is the time of this endpoint's monotonic clock.
	Now() time.Duration
	// Wait returns when something has arrived since the last Receive or
	// Accept, or after d. In memory it returns at once.
	Wait(d time.Duration)
	// Wake ends one Wait: something that the owner wants to know has happened
	// elsewhere. It may be called from any goroutine.
	Wake()
	Stats() EndpointStats
	// CloseLinks closes all links with CodeLeft, and takes no new ones, but leaves
	// the socket open for whoever has to say goodbye to others on it. It returns when
	// the goodbyes have left.
	CloseLinks()
	// Close closes all links and then the socket.
	Close()
}
