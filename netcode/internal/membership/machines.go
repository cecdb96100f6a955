package membership

import (
	"math/bits"

	"github.com/visavis-netcode/visavis/netcode/internal/records"
)

// MaxMachines is how many machines a match may ever have.
const MaxMachines = records.MaxMachines

// Machines is a set of machines, a bit each.
type Machines uint16

// One returns the set of one machine.
func One(m uint8) Machines { return 1 << m }

// Has reports whether a machine is in the set.
func (s Machines) Has(m uint8) bool { return m < MaxMachines && s>>m&1 != 0 }

// Len is how many there are.
func (s Machines) Len() int { return bits.OnesCount16(uint16(s)) }

// Lowest returns the lowest machine, MaxMachines of an empty set.
func (s Machines) Lowest() uint8 { return uint8(bits.TrailingZeros16(uint16(s))) }

// Below returns those of the set that are lower than a machine.
func (s Machines) Below(m uint8) Machines { return s & (1<<m - 1) }

// All yields the machines in order.
func (s Machines) All(yield func(uint8) bool) {
	for ; s != 0; s &= s - 1 {
		if !yield(s.Lowest()) {
			return
		}
	}
}

// quorumOf reports whether the set is more than half of all, or exactly half with
// the lowest of them. Any two quorums share a machine. With noTie half is enough of two
// only (H10): of an even number, any two quorums then share two machines.
func (s Machines) quorumOf(all Machines, noTie bool) bool {
	s &= all
	twice := 2 * s.Len()
	if twice == all.Len() && all != 0 && s.Has(all.Lowest()) {
		return !noTie || all.Len() == 2
	}
	return twice > all.Len()
}
