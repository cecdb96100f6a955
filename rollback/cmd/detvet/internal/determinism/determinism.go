// Package determinism is the analysis behind command detvet.
//
// It reads a package function by function, notes for each what differs between
// machines or between two runs of a frame, and whom it calls; what is bad about the
// functions that other packages may call is exported as a fact. From the functions that
// a simulation is made of, the roots, it then goes along the calls and reports what it
// comes by, each place once.
package determinism

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"path/filepath"
	"strings"

	"golang.org/x/tools/go/analysis"
)

// module is the path that the engine's packages begin with.
const module = "github.com/visavis-netcode/visavis"

// Analyzer finds what makes worlds differ.
var Analyzer = &analysis.Analyzer{
	Name:      "detvet",
	Doc:       "find what makes the worlds of a rollback game differ between machines",
	Run:       run,
	FactTypes: []analysis.Fact{new(summaries)},
}

// plain is the flag that asks for worlds without slices, maps, strings and pointers.
var plain bool

func init() {
	Analyzer.Flags.BoolVar(&plain, "plain", false, "report what keeps a World from being a plain value")
}

// finding is something bad in a function.
type finding struct {
	place
	writes []write // it is nothing new if all of these are found, too
}

type place struct {
	pos  token.Pos
	says string
}

// write is where a package variable is written, by a function or from the command line.
type write struct {
	pos token.Pos
	by  *node // nil: not by a function
}

// checker is the analysis of one package.
type checker struct {
	pass     *analysis.Pass
	files    []*ast.File
	nodes    map[any]*node                   // by *types.Func, generic ones by their origin, or *ast.FuncLit
	order    []*node                         // as they stand in the source
	literals map[types.Object][]*ast.FuncLit // what is assigned to a variable
	tables   map[types.Object][]*ast.Ident   // names of functions in a package variable's value
	written  map[*types.Var][]write          // package variables that some function writes
	given    map[*types.Var]string           // package variables that are not the same everywhere from the start
	excused  map[string]map[int]bool         // lines with //detvet:ok, by file
	facts    map[*types.Package]map[string]summary
	visited  map[*node]bool
	reported map[place]bool
	later    []finding // those with writers, until all functions are visited
}

func run(pass *analysis.Pass) (any, error) {
	if !ownModule(pass) {
		return nil, nil
	}
	c := &checker{
		pass: pass, nodes: map[any]*node{}, literals: map[types.Object][]*ast.FuncLit{}, tables: map[types.Object][]*ast.Ident{},
		written: map[*types.Var][]write{}, given: map[*types.Var]string{}, excused: map[string]map[int]bool{},
		facts:   map[*types.Package]map[string]summary{},
		visited: map[*node]bool{}, reported: map[place]bool{},
	}
	for _, file := range pass.Files {
		if !strings.HasSuffix(pass.Fset.Position(file.Package).Filename, "_test.go") {
			c.files = append(c.files, file)
			c.readExcuses(file)
		}
	}
	c.declare()
	c.readWrites()
	for _, n := range c.order {
		c.look(n)
	}
	c.noteGiven()
	c.export()
	c.reportRoots()
	return nil, nil
}

// ownModule reports whether a package belongs to whoever asks: not to the standard
// library nor to a module that is only required.
func ownModule(pass *analysis.Pass) bool {
	if pass.Module != nil && pass.Module.Path != "" {
		return pass.Module.Version == ""
	}
	first, _, _ := strings.Cut(pass.Pkg.Path(), "/") // without modules only names tell
	return strings.Contains(first, ".")
}

// readExcuses notes the lines that //detvet:ok stands for: its own and the next.
func (c *checker) readExcuses(file *ast.File) {
	for _, group := range file.Comments {
		for _, comment := range group.List {
			reason, found := strings.CutPrefix(comment.Text, "//detvet:ok ")
			if !found || strings.TrimSpace(reason) == "" {
				continue
			}
			at := c.pass.Fset.Position(comment.Pos())
			if c.excused[at.Filename] == nil {
				c.excused[at.Filename] = map[int]bool{}
			}
			c.excused[at.Filename][at.Line], c.excused[at.Filename][at.Line+1] = true, true
		}
	}
}

func (c *checker) isExcused(pos token.Pos) bool {
	at := c.pass.Fset.Position(pos)
	return c.excused[at.Filename][at.Line]
}

// where is a place as a message about another place has it.
func (c *checker) where(pos token.Pos) string {
	at := c.pass.Fset.Position(pos)
	return fmt.Sprintf("%s:%d", filepath.Base(at.Filename), at.Line)
}

// report says what is bad at a place, once; by is how one got there.
func (c *checker) report(pos token.Pos, says, by string) {
	f := place{pos, says}
	if c.reported[f] || c.isExcused(pos) {
		return
	}
	c.reported[f] = true
	c.pass.Report(analysis.Diagnostic{Pos: pos, Message: says + by})
}

// typeOf never returns nil.
func (c *checker) typeOf(e ast.Expr) types.Type {
	if t := c.pass.TypesInfo.TypeOf(e); t != nil {
		return t
	}
	return types.Typ[types.Invalid]
}
