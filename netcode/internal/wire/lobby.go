package wire

// Welcome tells a joiner who it is. The roster follows.
type Welcome struct {
	Lobby   uint64
	Machine uint8
	Host    uint8  // the sender's own number
	Term    uint32 // in which it hosts: see Roster
}

func (m *Welcome) inBounds() bool { return m.Machine < MaxMachines && m.Host < MaxMachines }

// Roster is the host's list of members, sent to all whenever it changes, to each
// with secrets of its own.
type Roster struct {
	Members  []RosterMember
	Options  []byte
	MaxSeats uint8
	Running  uint32 // the match that runs, 0: none
	Term     uint32 // in which the sender hosts, from 0: grows with every change of hosts, and is its machine modulo 16
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
	Matches      uint32 // that were started in it: the next one's number is higher
}

func (m *Will) inBounds() bool {
	return len(m.Code) <= maxCodeBytes && len(m.WatchCode) <= maxCodeBytes && len(m.Title) <= maxTitleBytes && len(m.Kicked) <= MaxKicked && m.WatchDelayMs <= MaxDelayMs
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

// Elsewhere is the word of who hosts no more to whom it has let in before it knew that.
type Elsewhere struct {
	Address string // of who hosts, with its fingerprint
}

// The longest is an IPv6 address with a zone, as Go writes it, and 26 letters.
func (m *Elsewhere) inBounds() bool { return len(m.Address) <= 2*maxAddrBytes }

// Status is a member's word to the host.
type Status struct {
	Players []Player // whom it wants seats for
	Ready   bool
	Linked  uint16
	Offer   []byte
}

func (m *Status) inBounds() bool { return saidPlayers(m.Players) && len(m.Offer) <= maxOfferBytes }

// NotSeated answers a Status that asks for more seats than there are.
type NotSeated struct {
	Seats uint8 // that the member has, and keeps
}

func (m *NotSeated) inBounds() bool { return m.Seats >= 1 && m.Seats <= MaxMachines }

// Say is a line of chat from the sender to the host, who passes it on as News.
type Say struct {
	Text string
}

func (m *Say) inBounds() bool { return len(m.Text) <= MaxTextBytes }

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

func (m *News) inBounds() bool {
	return m.Event >= Said && m.Event <= SentAway && m.Machine < MaxMachines && len(m.Name) <= MaxNameBytes && len(m.Text) <= MaxTextBytes
}
