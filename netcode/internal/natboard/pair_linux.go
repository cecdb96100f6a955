package natboard

import (
	"slices"
	"strings"

	"github.com/visavis-netcode/visavis/nat/natsim"
)

// Pair is two kinds of home (natsim.Presets), the same ones in either order, or
// one of Shared and "".
type Pair [2]string

// Shared lists the towns in which two players have a router in common:
//
//	one-router            a port-restricted home with two computers
//	one-router+hairpin    the same; it turns packets to its own address round
//	one-symmetric-router  a symmetric one
//	one-carrier           two port-restricted homes of one carrier
//	one-carrier+hairpin   the same; the carrier turns packets round
//	one-blocked-router    a home that lets no UDP out
var Shared = []string{"one-router", "one-router+hairpin", "one-symmetric-router",
	"one-carrier", "one-carrier+hairpin", "one-blocked-router"}

// Pairs lists all that there are.
func Pairs() (list []Pair) {
	kinds := natsim.Presets()
	for i, a := range kinds {
		for _, b := range kinds[i:] {
			list = append(list, Pair{a, b})
		}
	}
	for _, name := range Shared {
		list = append(list, Pair{name})
	}
	return list
}

// Matching lists the pairs that a text names: "upnp x racy" in either order,
// "upnp" or "x upnp" for all with one, or one of Shared.
func Matching(text string) (list []Pair) {
	a, b, two := strings.Cut(strings.ReplaceAll(text, "×", "x"), "x ")
	a, b = strings.TrimSpace(a), strings.TrimSpace(b)
	for _, p := range Pairs() {
		switch {
		case p == Pair{a, b}, p == Pair{b, a},
			(!two || a == "") && p[1] != "" && slices.Contains(p[:], a+b):
			list = append(list, p)
		}
	}
	return list
}

// String is such as "portrestricted × symmetric".
func (p Pair) String() string { return strings.TrimSuffix(p[0]+" × "+p[1], " × ") }

// Verdict is what the routers of a pair allow.
type Verdict uint8

const (
	Direct  Verdict = iota // every trial finds a direct path
	Search                 // a port must be searched: most find one, within 4 s
	Perhaps                // what is found depends on luck
	Relayed                // there is no direct path
)

// Verdict says what is to be expected.
func (p Pair) Verdict() Verdict {
	is := func(names ...string) (n int) {
		for _, kind := range p {
			if slices.Contains(names, kind) {
				n++
			}
		}
		return n
	}
	switch {
	case p[0] == "one-carrier":
		return Relayed // only the carrier's inner addresses would do, and nobody tells them
	case p[1] == "":
		return Direct
	case is("udp-blocked") > 0:
		return Relayed
	case is("symmetric-sequential") == 2:
		return Perhaps
	case is("symmetric", "symmetric-sequential") == 2:
		return Relayed
	case is("symmetric") == 1 && is("portrestricted", "cgnat", "open-firewall", "racy") == 1:
		return Search
	}
	return Direct
}
