package nat

import (
	"net/netip"
	"slices"
)

// Mapping is how our router chooses the public port of a socket (RFC 4787
// section 4.1), as far as STUN answers tell.
type Mapping uint8

const (
	// MappingUnknown: fewer than two destinations answered, or two contradict
	// each other.
	MappingUnknown Mapping = iota
	// MappingNone: the public address is our own.
	MappingNone
	// MappingIndependent (EIM, "cone"): one public port for all destinations.
	MappingIndependent
	// MappingPredictable (EDM): a new port for each destination, counted on by
	// a fixed step.
	MappingPredictable
	// MappingRandom (EDM, "symmetric"): a new port for each destination.
	MappingRandom
	// MappingBlocked: no server answered at all; UDP does not get out.
	MappingBlocked

	mappings
)

// String is the mapping in a few words, for a report.
func (m Mapping) String() string {
	switch m {
	case MappingUnknown:
		return "unknown"
	case MappingNone:
		return "public address"
	case MappingIndependent:
		return "one port for all (cone)"
	case MappingPredictable:
		return "counted ports (symmetric)"
	case MappingRandom:
		return "random ports (symmetric)"
	case MappingBlocked:
		return "UDP blocked"
	}
	return "invalid"
}

// dependent says whether each destination gets a port of its own.
func (m Mapping) dependent() bool { return m == MappingPredictable || m == MappingRandom }

// constant says whether all destinations see one address and port.
func (m Mapping) constant() bool { return m == MappingNone || m == MappingIndependent }

// Descriptor tells the other side what our router does, so that both choose
// the same tactics.
type Descriptor struct {
	Mapping Mapping
	// PortMapped says that the offer has a mapped candidate.
	PortMapped bool
	// Delta is the step and Port the last port seen, of MappingPredictable.
	Delta int16
	Port  uint16
}

// Observation is one answer of a STUN server about our main socket.
type Observation struct {
	Server netip.AddrPort // where we asked
	Public netip.AddrPort
	// By is the server that has named Server as an address of its own; zero if we
	// knew it.
	By netip.Addr
}

// voter is the server whose word an answer is.
func (o Observation) voter() netip.Addr {
	if o.By.IsValid() {
		return o.By
	}
	return o.Server.Addr()
}

// maxStep is the largest distance between two ports in a row that is taken for
// counting: other programs draw ports in between.
const maxStep = 16

// Describe classifies the mapping from answers of one address family in the
// order of asking. Local holds our own addresses; silent says that servers were
// asked so long ago that no answer of any means something.
//
// What matters is how many different destinations have answered, be they ports
// of one server: our router sees a flow for each. Whose answers contradict those
// of most servers is outvoted; see believed.
func Describe(local []netip.AddrPort, answers []Observation, silent bool) Descriptor {
	switch {
	case len(answers) == 0 && silent:
		return Descriptor{Mapping: MappingBlocked}
	case len(answers) == 0:
		return Descriptor{}
	}
	var seen []netip.AddrPort // one for each destination
	var asked []netip.AddrPort
	var addrs []netip.Addr
	for _, o := range believed(answers) {
		if slices.Contains(asked, o.Server) {
			continue
		}
		asked, seen = append(asked, o.Server), append(seen, o.Public)
		if !slices.Contains(addrs, o.Public.Addr()) {
			addrs = append(addrs, o.Public.Addr())
		}
	}
	same := !slices.ContainsFunc(seen, func(a netip.AddrPort) bool { return a != seen[0] })
	switch {
	case same && slices.Contains(local, seen[0]):
		return Descriptor{Mapping: MappingNone}
	case same && len(seen) > 1:
		return Descriptor{Mapping: MappingIndependent}
	case same, len(addrs) == 2 && len(voters(answers)) == 2:
		// Of two servers that name different addresses one is wrong, more likely
		// than that our router has several.
		return Descriptor{}
	}
	step := countedBy(seen)
	if step == 0 {
		return Descriptor{Mapping: MappingRandom}
	}
	return Descriptor{Mapping: MappingPredictable, Delta: int16(step), Port: seen[len(seen)-1].Port()}
}

// believed leaves out the answers that contradict most servers: a router that
// gives each destination another port does not show two of them the same one. A
// server has one vote, whatever its second address says. If there is no majority
// all answers stay.
func believed(answers []Observation) []Observation {
	all := len(voters(answers))
	for _, o := range answers {
		alike := keep(answers, func(other Observation) bool { return other.Public == o.Public })
		if votes := len(voters(alike)); votes >= 2 && 2*votes > all {
			return alike
		}
	}
	return answers
}

// voters are the servers that have answered.
func voters(answers []Observation) (list []netip.Addr) {
	for _, o := range answers {
		if by := o.voter(); !slices.Contains(list, by) {
			list = append(list, by)
		}
	}
	return list
}

// countedBy returns the step by which ports follow each other, 0 if they do
// not. Two answers count only if they are close neighbours.
func countedBy(seen []netip.AddrPort) int {
	limit := maxStep
	if len(seen) == 2 {
		limit = 4
	}
	step := 0
	for k := 1; k < len(seen); k++ {
		d := int(seen[k].Port()) - int(seen[k-1].Port())
		if seen[k].Addr() != seen[0].Addr() || d == 0 || d > limit || d < -limit || d*step < 0 {
			return 0
		}
		step = divisor(d, step)
	}
	return step
}

// divisor is the greatest common divisor of two numbers of one sign, with it.
func divisor(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}
