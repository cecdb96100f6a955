package wire

// Show tells one who watches what match there is to see: all but the pass is zero where none
// runs.
type Show struct {
	Match   [32]byte // what its segments are signed for,
	Key     [32]byte // and by whom (package audience)
	DelayMs uint32   // how far behind the players everybody sees it
	Header  []byte   // of its log: a block of package matchlog
	Pass    [32]byte // the receiver's: by it he watches on when another hosts
}

func (m *Show) inBounds() bool { return len(m.Header) <= MaxHeaderBytes && m.DelayMs <= MaxDelayMs }

// Foyer is what a host who lets others watch tells all: who does, and who is in the lobby.
type Foyer struct {
	Watching uint16   // how many watch
	Watchers []string // the names of those of them who have come last, the newest last
	Players  []FoyerPlayer
	MaxSeats uint8
	Machines [][32]byte // keys of those that are in the lobby: each may host it one day
}

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

func (m *Audience) inBounds() bool {
	return len(m.Bytes) >= 1 && len(m.Bytes) <= MaxAudienceBytes
}

// Contact is how one who watches is reached, for another one. It travels in the messages of
// package audience that name him.
type Contact struct {
	Addrs  []string // as the host sees it first, then as it says itself
	Offer  []byte   // as it says itself
	Secret [16]byte // of the two: authenticates their checks until they have a link
}

func (m *Contact) inBounds() bool {
	return addrsInBounds(m.Addrs) && len(m.Offer) <= maxOfferBytes
}

// Bounds of what those are told who watch a match.
const (
	MaxFoyerNames    = 8
	MaxHeaderBytes   = 16 << 10
	MaxDelayMs       = 60_000
	MaxAudienceBytes = 4 << 10
)
