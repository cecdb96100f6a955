package wire

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/vmihailenco/msgpack/v5"
)

// Control messages go over a link's reliable stream: one byte that says which,
// then the struct as a msgpack array. Unknown ones are errors: peers of another
// protocol version do not get past Hello.

// ErrControl: the bytes are not a control message of this protocol.
var ErrControl = errors.New("wire: malformed control message")

// Message is one of the structs below, by pointer.
type Message interface{ kind() byte }

// Bounds of what control messages may carry.
const (
	MaxTextBytes    = 500      // of one line of chat
	MaxOptionBytes  = 256      // the host's word to the game
	MaxAddrs        = 8        // addresses of one machine
	MaxDesyncHashes = 256      // frames in one report
	MaxWorldPart    = 32 << 10 // bytes of a world in one message
	MaxWorldParts   = 512      // 16 MiB
	MaxAskedParts   = 16       // at a time: they must leave room in the link's queue for everything else
	MaxKicked       = 64       // that a host remembers
	maxTitleBytes   = 4 * 48   // of package nat/lan's length in characters
	maxCodeBytes    = 32
	maxGameBytes    = 64
	maxOfferBytes   = 512
	maxAddrBytes    = 64
)

// Welcome tells a joiner who it is. The roster follows.
type Welcome struct {
	Lobby   uint64
	Machine uint8
	Host    uint8  // the sender's own number
	Term    uint32 // in which it hosts: see Roster
}

// Roster is the host's list of members, sent to all whenever it changes, to each
// with secrets of its own.
type Roster struct {
	Members  []RosterMember
	Options  []byte
	MaxSeats uint8
	Running  uint32 // the match that runs, 0: none
	Term     uint32 // in which the sender hosts, from 0: grows with every change of hosts
}

// HostWord is what a member says to another of the host (package succession).
type HostWord struct {
	Term    uint32 // whose host it means
	Gone    bool   // it has lost it; else it has it
	Playing bool   // the sender is in the match that runs
}

// Will is what a host leaves to the next one. All members are told it by the host, for
// each may be the next.
type Will struct {
	Password     [32]byte // of the lobby's secret (package spake2); zero: it asks for none
	Code         string   // by which it can be joined, "" for none
	WatchCode    string   // by which its matches can be watched, and no seat be had, likewise
	Watched      bool     // others may watch,
	WatchDelayMs uint32   // so far behind the players
	WatchSecret  [32]byte // what the keys that segments are signed with are made of, and the passes of those who watch
	LAN          bool     // it is on the lists of the local network
	Invite       bool     // it can be joined by an invite
	Title        string   // on those lists
	Kicked       [][32]byte
}

// RosterMember is one machine in the lobby.
type RosterMember struct {
	Machine uint8
	Key     [32]byte
	Visit   uint32 // the how many-th that was let in: one that has come back has another
	Seats   uint8  // that its game takes at most
	Players []Player
	Ready   bool
	Linked  uint16   // machines it has a link to
	Addrs   []string // as the host sees it first, then as it says itself
	Offer   []byte   // as it says itself
	Secret  [16]byte // of the receiver and this member: authenticates their checks until the two have a link; zero where there is no such pair
}

// InLine answers the Hello of a guest that waits: there is no place for its players yet.
type InLine struct {
	Before uint8 // how many wait before it
	Why    uint8 // the reason, as of a refusal
}

// Status is a member's word to the host.
type Status struct {
	Players []Player // whom it wants seats for
	Ready   bool
	Linked  uint16
	Offer   []byte
}

// NotSeated answers a Status that asks for more seats than there are.
type NotSeated struct {
	Seats uint8 // that the member has, and keeps
}

// Say is a line of chat from the sender to the host, who passes it on as News.
type Say struct {
	Text string
}

// Event is what News tells.
type Event uint8

const (
	Said     Event = iota + 1 // a member has said Text
	Came                      // a member has come in
	Left                      // and has left,
	Lost                      // or is not heard any more,
	SentAway                  // or was asked to leave by the host
)

// News is a line of chat, or of what happens to members, in the host's order: all
// members are sent the same.
type News struct {
	Event   Event
	Machine uint8
	Name    string // of the member, as the host shows it
	Text    string // Said
}

// RelayAsk names the machines that the sender cannot reach by itself. It asks
// the receiver, who has links to both, to pass packets on to and from them.
type RelayAsk struct {
	Machines uint16 // a bit for each, all that are wanted now; 0 takes everything back
}

// RelayWay answers a RelayAsk as soon as the other machine has asked as well.
type RelayWay struct {
	Machine uint8
	Header  [8]byte // of packets to and from it (package nat/relay); zero: not, or not any more
	Refusal Refusal // why not; 0 with a Header
}

// Refusal is why a machine does not pass packets on.
type Refusal uint8

const (
	RefusalUnwilling Refusal = iota + 1 // its player does not want it to
	RefusalIndirect                     // it has no direct way to both itself
	RefusalFull                         // it passes on for as many others as it can
	RefusalOver                         // one of the two does not want it any more
)

// Reach says how the sender is reached now, to whom it has a link.
type Reach struct {
	Offer []byte // of package nat/pathfinder, without addresses that are of no use to the receiver
}

// Start begins a match for all members: the first frame is 0.
type Start struct {
	Match      uint32 // grows by one with every match of the lobby
	Seed       uint64
	Frames     int32 // 0: until the game says that it is over
	Options    []byte
	WaitMicros uint32 // how long to wait when all are ready, so that all start at once
	Machines   []StartMachine
	Running    bool  // it has begun already: the receiver may come in late
	Empty      uint8 // seats that nobody plays yet, behind those of the machines
	// ReelWorld is the hash of the world that it begins with: the one of the reel before
	// ReelFrame. 0: the game's own beginning.
	ReelWorld uint64
	ReelFrame int32
}

// JoinAsk asks a member of a match for what it takes to come in late.
type JoinAsk struct {
	Match   uint32
	Attempt uint64 // the sender's, drawn anew for each
}

// JoinDenied answers a JoinAsk.
type JoinDenied struct {
	Match   uint32
	Attempt uint64
	Why     Denial
}

// Denial is why a member does not let somebody into a match.
type Denial uint8

const (
	DenialNotThere Denial = iota + 1 // it is not in that match itself, or not any more
	DenialClosed                     // nobody comes in late, or this one does not
	DenialBusy                       // it lets others in already
	DenialTooBig                     // its world is bigger than can be sent
)

// Show tells one who watches what match there is to see: all but the pass is zero where none
// runs.
type Show struct {
	Match   [32]byte // what its segments are signed for,
	Key     [32]byte // and by whom (package audience)
	DelayMs uint32   // how far behind the players everybody sees it
	Header  []byte   // of its log: a block of package matchlog
	Pass    [32]byte // the receiver's: by it he watches on when another hosts
}

// Foyer is what a host who lets others watch tells all: who does, and who is in the lobby.
type Foyer struct {
	Watching uint16   // how many watch
	Watchers []string // the names of those of them who have come last, the newest last
	Players  []FoyerPlayer
	MaxSeats uint8
	Machines [][32]byte // keys of those that are in the lobby: each may host it one day
}

// FoyerPlayer is a player of the lobby.
type FoyerPlayer struct {
	Name  string
	Ready bool
}

// Audience is a message of package audience.
type Audience struct {
	Tag   uint32 // of the match that it is about
	Bytes []byte
}

// Contact is how one who watches is reached, for another one. It travels in the messages of
// package audience that name him.
type Contact struct {
	Addrs  []string // as the host sees it first, then as it says itself
	Offer  []byte   // as it says itself
	Secret [16]byte // of the two: authenticates their checks until they have a link
}

// Bounds of what those are told who watch a match.
const (
	MaxFoyerNames    = 8
	MaxHeaderBytes   = 16 << 10
	MaxDelayMs       = 60_000
	MaxAudienceBytes = 4 << 10
)

// StartMachine is a machine in the match; seats are dealt in this order.
type StartMachine struct {
	Machine uint8
	Players []Player
}

// Checksum compares a confirmed frame. With Last set the frame is the match's
// end.
type Checksum struct {
	Match  uint32
	View   uint32 // of the sender: of a later one than his own nobody can judge
	Frame  int32
	World  uint64
	Inputs uint64
	Last   bool
}

// Finding says what the sender has found of a desync, for which it ends the match.
type Finding struct {
	Match   uint32
	Machine uint8  // whose world differs from the sender's
	Frame   int32  // the first whose world differs, as far as that is known
	Text    string // in words
}

// Members is a message of package membership, or a part of one.
type Members struct {
	Match uint32
	More  bool // the message goes on in the next one
	Bytes []byte
}

// maxTailBytes is how long a datagram can be.
const maxTailBytes = 1100

// MaxMembersBytes is how much of a message of package membership fits one of this.
const MaxMembersBytes = 60 << 10

// Tail is a datagram that must arrive: the last records of one who leaves.
type Tail struct {
	Datagram []byte
}

// DesyncHashes are the hashes of the sender's worlds at consecutive frames.
type DesyncHashes struct {
	Match  uint32
	First  int32
	Hashes []uint64
}

// DesyncParts is what the sender's world at the first frame that differs looks like:
// how long it is, and the hash of each part of MaxWorldPart bytes. Without a hash there
// is no such world any more, or it is too big.
type DesyncParts struct {
	Match  uint32
	Frame  int32
	Bytes  uint32
	Hashes []uint64
}

// DesyncAsk asks for parts of that world, and DesyncPart is one of them: the last one of
// a world is shorter than the others.
type DesyncAsk struct {
	Match uint32
	Frame int32
	First uint16
	Count uint16
}

type DesyncPart struct {
	Match uint32
	Frame int32
	Part  uint16
	Bytes []byte
}

// WorldParts is how many parts a world of so many bytes has.
func WorldParts(bytes int) int { return (bytes + MaxWorldPart - 1) / MaxWorldPart }

func (*Hello) kind() byte        { return 1 }
func (*Welcome) kind() byte      { return 2 }
func (*Roster) kind() byte       { return 3 }
func (*Status) kind() byte       { return 4 }
func (*Say) kind() byte          { return 5 }
func (*Start) kind() byte        { return 6 }
func (*Checksum) kind() byte     { return 7 }
func (*Finding) kind() byte      { return 8 }
func (*DesyncHashes) kind() byte { return 9 }
func (*DesyncParts) kind() byte  { return 10 }
func (*RelayAsk) kind() byte     { return 11 }
func (*RelayWay) kind() byte     { return 12 }
func (*News) kind() byte         { return 13 }
func (*Proof) kind() byte        { return 14 }
func (*Reach) kind() byte        { return 15 }
func (*NotSeated) kind() byte    { return 16 }
func (*DesyncAsk) kind() byte    { return 17 }
func (*DesyncPart) kind() byte   { return 18 }
func (*Members) kind() byte      { return 19 }
func (*Tail) kind() byte         { return 20 }
func (*JoinAsk) kind() byte      { return 21 }
func (*JoinDenied) kind() byte   { return 22 }
func (*Show) kind() byte         { return 23 }
func (*Audience) kind() byte     { return 24 }
func (*HostWord) kind() byte     { return 25 }
func (*Will) kind() byte         { return 26 }
func (*Foyer) kind() byte        { return 27 }
func (*Contact) kind() byte      { return 28 }
func (*Reel) kind() byte         { return 29 }
func (*ReelAsk) kind() byte      { return 30 }
func (*CueAsk) kind() byte       { return 31 }
func (*CueNow) kind() byte       { return 32 }
func (*InLine) kind() byte       { return 33 }

func newMessage(kind byte) Message {
	switch kind {
	case 1:
		return new(Hello)
	case 2:
		return new(Welcome)
	case 3:
		return new(Roster)
	case 4:
		return new(Status)
	case 5:
		return new(Say)
	case 6:
		return new(Start)
	case 7:
		return new(Checksum)
	case 8:
		return new(Finding)
	case 9:
		return new(DesyncHashes)
	case 10:
		return new(DesyncParts)
	case 11:
		return new(RelayAsk)
	case 12:
		return new(RelayWay)
	case 13:
		return new(News)
	case 14:
		return new(Proof)
	case 15:
		return new(Reach)
	case 16:
		return new(NotSeated)
	case 17:
		return new(DesyncAsk)
	case 18:
		return new(DesyncPart)
	case 19:
		return new(Members)
	case 20:
		return new(Tail)
	case 21:
		return new(JoinAsk)
	case 22:
		return new(JoinDenied)
	case 23:
		return new(Show)
	case 24:
		return new(Audience)
	case 25:
		return new(HostWord)
	case 26:
		return new(Will)
	case 27:
		return new(Foyer)
	case 28:
		return new(Contact)
	case 29:
		return new(Reel)
	case 30:
		return new(ReelAsk)
	case 31:
		return new(CueAsk)
	case 32:
		return new(CueNow)
	case 33:
		return new(InLine)
	}
	return nil
}

// MarshalMessage returns the bytes of a message.
func MarshalMessage(m Message) []byte {
	var b bytes.Buffer
	b.WriteByte(m.kind())
	e := msgpack.NewEncoder(&b)
	e.UseArrayEncodedStructs(true)
	if err := e.Encode(m); err != nil {
		panic(fmt.Sprintf("wire: %T cannot be encoded: %v", m, err)) // structs of plain fields always can
	}
	return b.Bytes()
}

// ParseMessage returns the message in b, or ErrControl for anything that an
// honest peer does not send: unknown kinds, trailing bytes, fields beyond their
// bounds.
func ParseMessage(b []byte) (Message, error) {
	if len(b) < 2 {
		return nil, ErrControl
	}
	m := newMessage(b[0])
	if m == nil || !wellFormed(b[1:]) {
		return nil, ErrControl
	}
	r := bytes.NewReader(b[1:])
	if err := msgpack.NewDecoder(r).Decode(m); err != nil || r.Len() > 0 {
		return nil, ErrControl
	}
	if bounded, ok := m.(interface{ inBounds() bool }); ok && !bounded.inBounds() {
		return nil, ErrControl
	}
	return m, nil
}

func addrsInBounds(addrs []string) bool {
	for _, a := range addrs {
		if len(a) > maxAddrBytes {
			return false
		}
	}
	return len(addrs) <= MaxAddrs
}

func (m *Status) inBounds() bool { return saidPlayers(m.Players) && len(m.Offer) <= maxOfferBytes }

func (m *NotSeated) inBounds() bool { return m.Seats >= 1 && m.Seats <= MaxMachines }

func (m *Say) inBounds() bool { return len(m.Text) <= MaxTextBytes }

func (m *News) inBounds() bool {
	return m.Event >= Said && m.Event <= SentAway && m.Machine < MaxMachines && len(m.Name) <= MaxNameBytes && len(m.Text) <= MaxTextBytes
}

func (m *Will) inBounds() bool {
	return len(m.Code) <= maxCodeBytes && len(m.WatchCode) <= maxCodeBytes && len(m.Title) <= maxTitleBytes && len(m.Kicked) <= MaxKicked && m.WatchDelayMs <= MaxDelayMs
}

func (m *Reach) inBounds() bool { return len(m.Offer) <= maxOfferBytes }

func (m *Welcome) inBounds() bool { return m.Machine < MaxMachines && m.Host < MaxMachines }

func (m *RelayWay) inBounds() bool {
	if m.Header == [8]byte{} {
		return m.Machine < MaxMachines && m.Refusal >= RefusalUnwilling && m.Refusal <= RefusalOver
	}
	// Any other first byte would be QUIC's (package nat/pathconn).
	return m.Machine < MaxMachines && m.Refusal == 0 && m.Header[0] > 0 && m.Header[0] < 0x40
}

func (m *Roster) inBounds() bool {
	seen := uint16(0)
	for _, r := range m.Members {
		if r.Machine >= MaxMachines || seen>>r.Machine&1 != 0 || !shownPlayers(r.Players) || !addrsInBounds(r.Addrs) || len(r.Offer) > maxOfferBytes {
			return false
		}
		seen |= 1 << r.Machine
	}
	return len(m.Members) <= MaxMachines && len(m.Options) <= MaxOptionBytes && m.MaxSeats <= MaxMachines
}

func (m *Start) inBounds() bool {
	seats, seen := m.Seats(), uint16(0)
	for _, s := range m.Machines {
		if s.Machine >= MaxMachines || seen>>s.Machine&1 != 0 || !shownPlayers(s.Players) {
			return false
		}
		seen |= 1 << s.Machine
	}
	return len(m.Machines) <= MaxMachines && seats > int(m.Empty) && seats <= MaxMachines &&
		m.Frames >= 0 && m.ReelFrame >= 0 && len(m.Options) <= MaxOptionBytes && m.WaitMicros <= 5_000_000
}

func (m *Checksum) inBounds() bool { return m.Frame >= 0 }

func (m *Finding) inBounds() bool { return m.Machine < MaxMachines && m.Frame >= 0 }

func (m *Members) inBounds() bool { return len(m.Bytes) >= 1 && len(m.Bytes) <= MaxMembersBytes }

func (m *JoinDenied) inBounds() bool { return m.Why >= DenialNotThere && m.Why <= DenialTooBig }

func (m *Show) inBounds() bool { return len(m.Header) <= MaxHeaderBytes && m.DelayMs <= MaxDelayMs }

func (m *Foyer) inBounds() bool {
	for _, name := range m.Watchers {
		if len(name) > MaxNameBytes {
			return false
		}
	}
	for _, p := range m.Players {
		if len(p.Name) > MaxNameBytes {
			return false
		}
	}
	return len(m.Watchers) <= min(MaxFoyerNames, int(m.Watching)) && len(m.Players) <= MaxMachines && m.MaxSeats <= MaxMachines && len(m.Machines) <= MaxMachines
}

func (m *Audience) inBounds() bool {
	return len(m.Bytes) >= 1 && len(m.Bytes) <= MaxAudienceBytes
}

func (m *Contact) inBounds() bool {
	return addrsInBounds(m.Addrs) && len(m.Offer) <= maxOfferBytes
}

func (m *Tail) inBounds() bool { return len(m.Datagram) <= maxTailBytes }

func (m *DesyncHashes) inBounds() bool {
	return m.First >= 0 && len(m.Hashes) <= MaxDesyncHashes
}

func (m *DesyncParts) inBounds() bool {
	return m.Frame >= 0 && m.Bytes <= MaxWorldParts*MaxWorldPart && len(m.Hashes) == WorldParts(int(m.Bytes))
}

func (m *DesyncAsk) inBounds() bool {
	return m.Frame >= 0 && m.Count >= 1 && m.Count <= MaxAskedParts && int(m.First)+int(m.Count) <= MaxWorldParts
}

func (m *DesyncPart) inBounds() bool {
	return m.Frame >= 0 && m.Part < MaxWorldParts && len(m.Bytes) >= 1 && len(m.Bytes) <= MaxWorldPart
}
