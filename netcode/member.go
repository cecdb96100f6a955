package netcode

import (
	"github.com/visavis-netcode/visavis/netcode/internal/link"
	"github.com/visavis-netcode/visavis/netcode/internal/wire"
)

// Member is one machine in a lobby.
type Member struct {
	Machine     int
	Name        string   // its first player's
	Seats       int      // players on it
	Players     []Player // they themselves; not to be written to
	Ready       bool
	Host, You   bool
	Fingerprint string // of its identity
	Alike       bool   // another member's name is the same but for its number: Fingerprint tells them apart
	PingMs      int    // to this machine; 0 for yourself and while unknown
	Linked      bool   // there is a link from here to it, or it is you
}

// member is what is known of a machine. Owner: the room.
type member struct {
	wire.RosterMember
	charge

	Name       string   // of its first player: see show
	shown      []Player // likewise of all; never changed, but replaced
	pingMs     int      // to this machine
	shownReady bool     // as the newest event says
	shownPath  PathKind
}

// roster is who is in the lobby, by their numbers.
type roster [wire.MaxMachines]*member

// at is the member with a number, nil if there is none.
func (r *roster) at(machine int) *member {
	if machine < 0 || machine >= len(r) {
		return nil
	}
	return r[machine]
}

// byKey is the member with an identity, nil if there is none.
func (r *roster) byKey(key link.Key) *member {
	for _, m := range r {
		if m != nil && m.Key == key {
			return m
		}
	}
	return nil
}

// seats is how many players have one.
func (r *roster) seats() (n int) {
	for _, m := range r {
		if m != nil {
			n += len(m.Players)
		}
	}
	return n
}

// seated gives those members seats, in the order of their numbers, who play, and returns how
// many others there are.
func (r *roster) seated(plays func(*member) bool) (machines []wire.StartMachine, others int) {
	for _, m := range r {
		switch {
		case m == nil:
		case plays(m):
			machines = append(machines, wire.StartMachine{Machine: m.Machine, Players: m.Players})
		default:
			others++
		}
	}
	return machines, others
}

// apart are two members who have not both said that there is a link between them; nil if
// there are none such.
func (r *roster) apart() (one, other *member) {
	for i, one := range r {
		for _, other := range r[i+1:] {
			if one != nil && other != nil && (one.Linked>>other.Machine&1 == 0 || other.Linked>>one.Machine&1 == 0) {
				return one, other
			}
		}
	}
	return nil, nil
}

// nameOf is what a machine's first player is called here, or something else as long as it has
// no name.
func (r *roster) nameOf(machine uint8, otherwise string) string {
	if m := r[machine]; m != nil {
		return m.Name
	}
	return otherwise
}

// alike reports whether another member's name is the same but for the number.
func (r *roster) alike(m *member) bool {
	root, _ := cutNumber(m.Name)
	for _, other := range r {
		if other != nil && other != m {
			if name, _ := cutNumber(other.Name); look(name) == look(root) {
				return true
			}
		}
	}
	return false
}

// show makes players those of a member, as all see them.
func (m *member) show(players []wire.Player) {
	m.Players = players
	m.Name = cleanName(players[0].Name)
	m.shown = make([]Player, len(players))
	for i, p := range players {
		m.shown[i] = Player{Name: cleanName(p.Name), Own: p.Own}
	}
}

// AppendMembers appends the machines in the lobby, the host first, then those with numbers
// above its own, then the others.
func (r *Room) AppendMembers(dst []Member) []Member {
	for i := range r.members {
		m := r.members[(i+int(r.office.host))%len(r.members)]
		if m == nil {
			continue
		}
		you := m.Machine == r.me
		dst = append(dst, Member{
			Machine: int(m.Machine), Name: m.Name, Seats: len(m.Players), Players: m.shown, Ready: m.Ready || m.Machine == r.office.host,
			Host: m.Machine == r.office.host, You: you, Fingerprint: link.Key(m.Key).Fingerprint(),
			Alike: r.members.alike(m), PingMs: m.pingMs, Linked: you || r.mesh.To(m.Machine) != nil,
		})
	}
	return dst
}
