package determinism

import (
	"fmt"
	"go/token"
	"go/types"
	"slices"
	"strings"
)

// maxFaults is how many faults of one function other packages are told.
const maxFaults = 8

// summaries is the fact about a package: what there is to know of its functions when
// another one calls them. Functions of which there is nothing to know are left out.
type summaries struct{ Functions []summary }

type summary struct {
	Name   string // types.Func.FullName
	Faults []string
	Writes uint64 // see node
}

func (*summaries) AFact() {}

func (s *summaries) String() string { return fmt.Sprintf("%d functions", len(s.Functions)) }

func (c *checker) export() {
	var all summaries
	for key, n := range c.nodes { //detvet:ok they are sorted below
		if f, ok := key.(*types.Func); ok {
			s := summary{Name: f.FullName(), Faults: c.faults(n), Writes: n.writes}
			if len(s.Faults) > 0 || s.Writes != 0 {
				all.Functions = append(all.Functions, s)
			}
		}
	}
	slices.SortFunc(all.Functions, func(a, b summary) int { return strings.Compare(a.Name, b.Name) })
	c.pass.ExportPackageFact(&all)
}

// faults are what is bad about a function and all that it calls, with places.
func (c *checker) faults(root *node) (says []string) {
	seen := map[*node]bool{}
	var later []finding
	var visit func(n *node)
	visit = func(n *node) {
		if seen[n] {
			return
		}
		seen[n] = true
		for _, f := range n.findings {
			switch {
			case c.isExcused(f.pos):
			case f.writes != nil:
				later = append(later, f)
			default:
				says = append(says, fmt.Sprintf("%s (%s)", f.says, c.where(f.pos)))
			}
		}
		for _, called := range n.calls {
			switch {
			case c.isExcused(called.pos):
			case called.local != nil:
				visit(called.local)
			default:
				says = append(says, c.imported(called.imported).Faults...)
			}
		}
	}
	visit(root)
	for _, f := range later {
		if !allIn(f.writes, seen) {
			says = append(says, fmt.Sprintf("%s (%s)", f.says, c.where(f.pos)))
		}
	}
	slices.Sort(says)
	says = slices.Compact(says)
	return says[:min(len(says), maxFaults)]
}

// allIn reports whether all writes stand in functions that were seen. One in a literal
// is in the function around it, too.
func allIn(writes []write, seen map[*node]bool) bool {
	found := map[token.Pos]bool{}
	for _, w := range writes {
		found[w.pos] = found[w.pos] || seen[w.by]
	}
	return !slices.ContainsFunc(writes, func(w write) bool { return !found[w.pos] })
}

// imported is what is known of a function of another package.
func (c *checker) imported(f *types.Func) summary { return c.factsOf(f.Pkg())[f.FullName()] }

// factsOf is what is known of another package's functions, nil if it was not looked at.
func (c *checker) factsOf(pkg *types.Package) map[string]summary {
	known, read := c.facts[pkg]
	if read {
		return known
	}
	var fact summaries
	if c.pass.ImportPackageFact(pkg, &fact) {
		known = map[string]summary{}
		for _, s := range fact.Functions {
			known[s.Name] = s
		}
	}
	c.facts[pkg] = known
	return known
}
