package netcode

import (
	"fmt"
	"slices"
	"strings"

	"github.com/zeebo/xxh3"

	"github.com/visavis-netcode/visavis/netcode/internal/wire"
	"github.com/visavis-netcode/visavis/rollback"
)

const (
	// trustedFields is up to which place a field is looked for in a list that is cut off:
	// further on it may only have been pushed out by others before it.
	trustedFields = wire.MaxFields / 2
	// namedFields is how many fields a sentence names.
	namedFields = 3
)

// fieldMarks stand for the fields of the world and of the input in a greeting, three
// bytes each: of the path, and of what stands there. The other side learns no name, and
// can put none into this one's mouth.
func fieldMarks(fields []rollback.ShapeField) []byte {
	var marks []byte
	for _, f := range fields[:min(len(fields), wire.MaxFields)] {
		path, kind := xxh3.HashString(f.Role+f.Path), xxh3.HashString(f.Kind)
		marks = append(marks, byte(path), byte(path>>8), byte(kind))
	}
	return marks
}

// marksOf takes a list of marks apart.
func marksOf(marks []byte) (paths []uint16, kinds []byte) {
	for m := range slices.Chunk(marks, wire.FieldMarkBytes) {
		paths, kinds = append(paths, uint16(m[0])|uint16(m[1])<<8), append(kinds, m[2])
	}
	return paths, kinds
}

// layoutDiffers says in words, by this side's own fields, what another layout is that a
// peer's marks stand for.
func (t terms) layoutDiffers(theirs []byte, name string) string {
	said := fmt.Sprintf("%s's game keeps another world or other inputs than yours", name)
	if what := fieldsDiffer(t.fields, theirs); what != "" {
		said += " (" + what + ")"
	}
	return said + ": both need the same version"
}

// fieldsDiffer names the first fields of ours that a peer does not have, or has as another
// type, and where it has more; "" if the marks do not tell, or have nothing in common.
func fieldsDiffer(ours []rollback.ShapeField, marks []byte) string {
	var missing, others, after []string
	common := len(ours) > 0 && ours[0].Role != "World" // this one's has functions of its own
	paths, kinds := marksOf(marks)
	ownPaths, ownKinds := marksOf(fieldMarks(ours))
	look := wire.MaxFields
	if len(paths) == wire.MaxFields || len(ours) >= wire.MaxFields {
		look = trustedFields
	}
	for i := range min(look, len(ownPaths)) {
		switch at := slices.Index(paths, ownPaths[i]); {
		case at < 0:
			missing = append(missing, ours[i].String())
			continue
		case kinds[at] != ownKinds[i]:
			others = append(others, fmt.Sprintf("%s is no %s there", ours[i], ours[i].Kind))
		}
		common = common || ours[i].Role == "World"
	}
	if !common {
		return "" // all is another, or theirs has functions of its own (Config.Append), and tells no fields
	}
	previous := "at the beginning"
	for _, path := range paths[:min(look, len(paths))] {
		if at := slices.Index(ownPaths, path); at >= 0 {
			previous = "after " + ours[at].String()
		} else if where := "there is more " + previous; !slices.Contains(after, where) {
			after = append(after, where)
		}
	}
	var all []string
	if len(missing) > 0 {
		all = append(all, "without "+firstOf(missing, ", "))
	}
	for _, more := range [][]string{others, after} {
		if len(more) > 0 {
			all = append(all, firstOf(more, ", "))
		}
	}
	if len(all) == 0 && !slices.Equal(paths, ownPaths) && len(paths) > 0 {
		return "the fields are in another order"
	}
	return strings.Join(all, "; ")
}

// firstOf joins the first of some words.
func firstOf(all []string, between string) string {
	if len(all) > namedFields {
		return fmt.Sprintf("%s%sand %d more", strings.Join(all[:namedFields], between), between, len(all)-namedFields)
	}
	return strings.Join(all, between)
}
