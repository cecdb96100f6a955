package wire

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

func (m *JoinDenied) inBounds() bool { return m.Why >= DenialNotThere && m.Why <= DenialTooBig }

// Denial is why a member does not let somebody into a match.
type Denial uint8

const (
	DenialNotThere Denial = iota + 1 // it is not in that match itself, or not any more
	DenialClosed                     // nobody comes in late, or this one does not
	DenialBusy                       // it lets others in already
	DenialTooBig                     // its world is bigger than can be sent
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

func (m *Checksum) inBounds() bool { return m.Frame >= 0 }

// Holding is what the sender holds of everybody's records before a frame of which worlds
// differ: who holds others than the rest was told something else, and has computed nothing
// wrong. And whose worlds differ from its own: what one has told a single one ends no match.
type Holding struct {
	Match   uint32
	Frame   int32
	Asks    bool   // to be told the same by the receiver
	Differ  uint16 // the machines that have told the sender of another world than its own, a bit for each
	Streams []HeldStream
}

// HeldStream is the digest of a stream's records before that frame.
type HeldStream struct {
	Machine uint8
	Born    uint32
	Digest  [32]byte
}

func (m *Holding) inBounds() bool {
	for i := range m.Streams {
		if m.Streams[i].Machine >= MaxMachines {
			return false
		}
	}
	return m.Frame >= 0 && len(m.Streams) <= MaxHeldStreams
}

// Finding says what the sender has found of a desync, for which it ends the match.
type Finding struct {
	Match   uint32
	Machine uint8  // whose world differs from the sender's
	Frame   int32  // the first whose world differs, as far as that is known
	Text    string // in words
}

func (m *Finding) inBounds() bool { return m.Machine < MaxMachines && m.Frame >= 0 }

// Members is a message of package membership, or a part of one.
type Members struct {
	Match uint32
	More  bool // the message goes on in the next one
	Bytes []byte
}

func (m *Members) inBounds() bool { return len(m.Bytes) >= 1 && len(m.Bytes) <= MaxMembersBytes }

// maxTailBytes is how long a datagram can be.
const maxTailBytes = 1100

// MaxMembersBytes is how much of a message of package membership fits one of this.
const MaxMembersBytes = 60 << 10

// Tail is a datagram that must arrive: the last records of one who leaves.
type Tail struct {
	Datagram []byte
}

func (m *Tail) inBounds() bool { return len(m.Datagram) <= maxTailBytes }
