package determinism

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"
)

// simulated are the fields of a Config whose functions run on every machine alike.
var simulated = []string{"Step", "Bot", "Clean", "Predict", "Append", "Copy", "Decode", "Over", "Start"}

// reportRoots reports what is reached from the functions that make up a simulation.
func (c *checker) reportRoots() {
	for _, n := range c.order {
		if slices.ContainsFunc(n.params, isInputs) {
			c.follow(n, n.name)
		}
	}
	for _, file := range c.files {
		ast.Inspect(file, func(at ast.Node) bool {
			switch at := at.(type) {
			case *ast.CompositeLit:
				c.literalConfig(at)
			case *ast.AssignStmt:
				for i := range min(len(at.Lhs), len(at.Rhs)) {
					field, ok := ast.Unparen(at.Lhs[i]).(*ast.SelectorExpr)
					if ok && isConfig(c.typeOf(field.X)) && slices.Contains(simulated, field.Sel.Name) {
						c.root(field.Sel.Name, at.Rhs[i])
					}
				}
			}
			return true
		})
	}
	for _, f := range c.later {
		if !allIn(f.writes, c.visited) {
			c.report(f.pos, f.says, "")
		}
	}
}

func (c *checker) literalConfig(at *ast.CompositeLit) {
	t := c.typeOf(at)
	if !isConfig(t) {
		return
	}
	c.checkTypes(at, t)
	for _, element := range at.Elts {
		pair, ok := element.(*ast.KeyValueExpr)
		if !ok {
			continue
		}
		if field, ok := pair.Key.(*ast.Ident); ok && slices.Contains(simulated, field.Name) {
			c.root(field.Name, pair.Value)
		}
	}
}

// root reports what is reached from an expression that stands for a function.
func (c *checker) root(field string, e ast.Expr) {
	if _, ok := c.typeOf(e).Underlying().(*types.Signature); !ok {
		return // Start may be a value
	}
	switch at := ast.Unparen(e).(type) {
	case *ast.FuncLit:
		c.rootNode(field, c.nodes[at])
	case *ast.Ident:
		c.rootCalls(field, c.called(at))
	case *ast.SelectorExpr:
		found := c.called(at.Sel)
		c.rootCalls(field, found)
		if s := c.pass.TypesInfo.Selections[at]; s != nil && s.Kind() == types.MethodVal {
			for _, f := range found {
				if c.writesOf(f)&1 != 0 {
					c.report(at.Pos(), fmt.Sprintf("%s is a method that writes to %s, which is no part of the world: a rollback does not bring it back", field, types.ExprString(at.X)), "")
				}
			}
		}
	case *ast.IndexExpr:
		c.root(field, at.X)
	case *ast.IndexListExpr:
		c.root(field, at.X)
	case *ast.CallExpr: // it makes the function, with what stands in it
		c.rootCalls(field, c.callee(at))
	}
}

func (c *checker) rootCalls(field string, calls []call) {
	for _, called := range calls {
		if called.local != nil {
			c.rootNode(field, called.local)
			continue
		}
		if slices.ContainsFunc(slices.Collect(called.imported.Signature().Params().Variables()), isInputs) {
			continue // it is a root of its own package, and reported there
		}
		for _, says := range c.imported(called.imported).Faults {
			c.report(called.pos, fmt.Sprintf("%s of Config: %s", field, says), "")
		}
	}
}

func (c *checker) rootNode(field string, n *node) {
	if literal, ok := n.syntax.(*ast.FuncLit); ok {
		for _, w := range c.captured(literal) {
			c.report(w.pos, w.says, "")
		}
		c.follow(n, field)
		return
	}
	c.follow(n, n.name)
}

// follow reports what is bad about a function and all that it calls. way is how one gets
// there, from the root on.
func (c *checker) follow(n *node, way string) {
	if c.visited[n] {
		return
	}
	c.visited[n] = true
	by := ""
	if strings.Contains(way, " > ") {
		by = fmt.Sprintf(" (by %s)", way)
	}
	for _, f := range n.findings {
		if f.writes != nil {
			c.later = append(c.later, f)
		} else {
			c.report(f.pos, f.says, by)
		}
	}
	for _, called := range n.calls {
		switch {
		case c.isExcused(called.pos):
		case called.local != nil:
			c.follow(called.local, way+" > "+called.local.name)
		default:
			for _, says := range c.imported(called.imported).Faults {
				c.report(called.pos, fmt.Sprintf("%s.%s: %s", called.imported.Pkg().Name(), nameOf(called.imported), says), by)
			}
		}
	}
}

// isEngineType reports whether a type, or what it points to, is one of the engine's.
func isEngineType(t types.Type, name string, packages ...string) bool {
	if p, ok := types.Unalias(t).(*types.Pointer); ok {
		t = p.Elem()
	}
	named, ok := types.Unalias(t).(*types.Named)
	if !ok || named.Obj().Name() != name || named.Obj().Pkg() == nil {
		return false
	}
	inside, ours := strings.CutPrefix(named.Obj().Pkg().Path(), module)
	return ours && slices.Contains(packages, inside)
}

func isInputs(v *types.Var) bool { return isEngineType(v.Type(), "Inputs", "/rollback") }

func isConfig(t types.Type) bool { return isEngineType(t, "Config", "/rollback", "/netcode") }

// captured are the writes of a function literal to variables around it.
func (c *checker) captured(literal *ast.FuncLit) (found []place) {
	c.eachWrite(literal.Body, func(pos token.Pos, target ast.Expr) {
		v, _ := c.rootVar(target)
		if v == nil || v.IsField() || v.Parent() == nil || v.Pkg() == nil || v.Parent() == v.Pkg().Scope() {
			return
		}
		if v.Pos() < literal.Pos() || v.Pos() > literal.End() {
			found = append(found, place{pos, fmt.Sprintf("writes %s, which is no part of the world: a rollback does not bring it back", v.Name())})
		}
	})
	return found
}
