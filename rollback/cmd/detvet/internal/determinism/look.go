package determinism

import (
	"go/ast"
	"go/token"
	"go/types"
)

// look notes what is bad about a function's body, and whom it calls. A literal inside
// it is part of it.
func (c *checker) look(n *node) {
	fine := map[*ast.Ident]bool{} // names of what is otherwise bad, used so that it is not
	var above []ast.Node
	ast.Inspect(n.body(), func(at ast.Node) bool {
		if at == nil {
			above = above[:len(above)-1]
			return true
		}
		above = append(above, at)
		if says := c.statement(n, at); says != "" {
			n.findings = append(n.findings, finding{place: place{at.Pos(), says}})
		}
		switch at := at.(type) {
		case *ast.CallExpr:
			c.noteSorted(at, fine)
			c.noteOwnChance(at, fine)
			c.noteUTC(at, fine)
			for _, says := range []string{c.printsPointer(at), c.overflows(at)} {
				if says != "" {
					n.findings = append(n.findings, finding{place: place{at.Pos(), says}})
				}
			}
		case *ast.BinaryExpr:
			if c.isProduct(at) && c.mayFuse(at, above[:len(above)-1]) {
				n.findings = append(n.findings, finding{place: place{at.Pos(), mayFuse}})
			}
		case *ast.Ident:
			n.calls = append(n.calls, c.called(at)...)
			if says := foreign(c.pass.TypesInfo.Uses[at]); says != "" && !fine[at] {
				n.findings = append(n.findings, finding{place: place{at.Pos(), says}})
			}
			if f, is := c.readsWritten(at); is {
				n.findings = append(n.findings, f)
			}
		}
		return true
	})
}

// statement says what is bad about a statement or an operator by itself, "" for nothing.
func (c *checker) statement(n *node, at ast.Node) string {
	switch at := at.(type) {
	case *ast.GoStmt:
		return "starts a goroutine: " + atOnce
	case *ast.SelectStmt:
		return "a select chooses by chance between channels that are ready"
	case *ast.SendStmt:
		return "sends to a channel: " + atOnce
	case *ast.UnaryExpr:
		if at.Op == token.ARROW {
			return "receives from a channel: " + atOnce
		}
	case *ast.RangeStmt:
		switch c.typeOf(at.X).Underlying().(type) {
		case *types.Chan:
			return "receives from a channel: " + atOnce
		case *types.Map:
			if c.orderless(at) {
				return ""
			}
			if collected, sorted := c.collects(n, at); !sorted {
				return "ranges over a map: " + mapOrder + collected
			}
		}
	case *ast.AssignStmt:
		if at.Tok == token.MUL_ASSIGN && floating(c.typeOf(at.Lhs[0])) && !c.exactFactor(at.Rhs[0]) {
			return mayFuse
		}
	}
	return ""
}

// outside is a function of another package that is called, such as "slices.Sort", "" if
// none is.
func (c *checker) outside(e *ast.CallExpr) string {
	fun := ast.Unparen(e.Fun)
	if index, ok := fun.(*ast.IndexExpr); ok {
		fun = index.X
	}
	selector, ok := fun.(*ast.SelectorExpr)
	if !ok {
		return ""
	}
	f, ok := c.pass.TypesInfo.Uses[selector.Sel].(*types.Func)
	if !ok || f.Pkg() == nil || f.Signature().Recv() != nil {
		return ""
	}
	return f.Pkg().Path() + "." + f.Name()
}

// noteOwnChance notes a rand.New that draws from the rollback.Rand of a world.
func (c *checker) noteOwnChance(e *ast.CallExpr, fine map[*ast.Ident]bool) {
	if path := c.outside(e); path != "math/rand.New" && path != "math/rand/v2.New" {
		return
	}
	source, isPointer := c.typeOf(e.Args[0]).(*types.Pointer)
	selector, isSelector := ast.Unparen(e.Fun).(*ast.SelectorExpr)
	if isPointer && isSelector && isEngineType(source.Elem(), "Rand", "/rollback") {
		fine[selector.Sel] = true
	}
}
