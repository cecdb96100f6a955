package determinism

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"strings"
)

// readWrites finds out for every function what it writes besides its own variables, and
// notes as its findings which package variables these are.
func (c *checker) readWrites() {
	aliases := map[*types.Var]*types.Var{}
	for _, n := range c.order {
		c.noteAliases(n, aliases)
	}
	for _, n := range c.order {
		c.eachWrite(n.body(), func(pos token.Pos, target ast.Expr) {
			v, through := c.rootVar(target)
			if origin := aliases[v]; origin != nil && through {
				v = origin
			}
			c.noteWrite(n, pos, v, through)
		})
	}
	for range 8 { // a write goes up as many calls
		for _, n := range c.order {
			c.eachArgument(n, func(pos token.Pos, arg ast.Expr, into call) {
				v, through := c.rootVar(arg)
				if origin := aliases[v]; origin != nil {
					v, through = origin, true
				}
				if v != nil && (through || refers(v.Type()) || inPackage(v)) {
					c.noteWrite(n, pos, v, true)
				}
			})
		}
	}
	c.noteFlags()
}

// noteWrite notes a write to a variable, or through what it refers to.
func (c *checker) noteWrite(n *node, pos token.Pos, v *types.Var, through bool) {
	switch {
	case v == nil:
	case inPackage(v):
		if d, ok := n.syntax.(*ast.FuncDecl); !ok || d.Name.Name != "init" {
			c.written[v] = append(c.written[v], write{pos, n})
		}
		f := place{pos, fmt.Sprintf("writes package variable %s: a rollback does not bring it back, and no other machine has it", v.Name())}
		for _, known := range n.findings {
			if known.place == f {
				return
			}
		}
		n.findings = append(n.findings, finding{place: f})
	default:
		if i, is := n.param(v); is && through {
			n.writes |= 1 << i
		}
	}
}

func inPackage(v *types.Var) bool { return v.Pkg() != nil && v.Parent() == v.Pkg().Scope() }

// refers reports whether copies of a value share memory.
func refers(t types.Type) bool {
	switch t.Underlying().(type) {
	case *types.Pointer, *types.Slice, *types.Map:
		return true
	}
	return false
}

// eachWrite calls visit for everything that a body assigns to, deletes from or copies to.
func (c *checker) eachWrite(body ast.Node, visit func(token.Pos, ast.Expr)) {
	ast.Inspect(body, func(at ast.Node) bool {
		switch at := at.(type) {
		case *ast.AssignStmt:
			if at.Tok != token.DEFINE {
				for _, target := range at.Lhs {
					visit(target.Pos(), target)
				}
			}
		case *ast.IncDecStmt:
			visit(at.X.Pos(), at.X)
		case *ast.RangeStmt:
			if at.Tok == token.ASSIGN {
				for _, target := range []ast.Expr{at.Key, at.Value} {
					if target != nil {
						visit(target.Pos(), target)
					}
				}
			}
		case *ast.CallExpr:
			switch c.builtin(at) {
			case "delete", "clear", "copy": // what it refers to: as if it were indexed
				visit(at.Args[0].Pos(), &ast.IndexExpr{X: at.Args[0], Index: at.Args[0]})
			}
		}
		return true
	})
}

// eachArgument calls visit for every argument through which the function that is called
// writes.
func (c *checker) eachArgument(n *node, visit func(token.Pos, ast.Expr, call)) {
	ast.Inspect(n.body(), func(at ast.Node) bool {
		e, ok := at.(*ast.CallExpr)
		if !ok {
			return true
		}
		args := e.Args
		if selector, ok := ast.Unparen(e.Fun).(*ast.SelectorExpr); ok {
			if s := c.pass.TypesInfo.Selections[selector]; s != nil && s.Kind() == types.MethodVal {
				args = append([]ast.Expr{selector.X}, args...)
			}
		}
		for _, called := range c.callee(e) {
			writes := c.writesOf(called)
			if called.imported != nil && c.factsOf(called.imported.Pkg()) == nil {
				writes = c.mayWrite(called.imported, args)
			}
			for i, arg := range args {
				if i < 64 && writes>>i&1 != 0 {
					visit(arg.Pos(), arg, called)
				}
			}
		}
		return true
	})
}

// sortsInPlace reports whether a function of the standard library changes the slice that comes first.
func sortsInPlace(path, name string) bool {
	switch path {
	case "sort":
		return !strings.HasPrefix(name, "Search") && !strings.HasSuffix(name, "Sorted") && name != "Find"
	case "slices":
		return name == "Reverse" || strings.HasPrefix(name, "Sort") && !strings.HasPrefix(name, "Sorted")
	}
	return false
}

// mayWrite is through which arguments a function writes that was not looked at: those
// whose address it is given, as atomic.AddInt32(&n, 1) and n.Add(1) are, what a pointer points to
// whose method it is, as with rng.Intn(6), and what it sorts.
func (c *checker) mayWrite(f *types.Func, args []ast.Expr) (writes uint64) {
	for i, arg := range args {
		address, ok := ast.Unparen(arg).(*ast.UnaryExpr)
		if i < 64 && ok && address.Op == token.AND {
			writes |= 1 << i
		}
	}
	if len(args) == 0 {
		return writes
	}
	recv, first := f.Signature().Recv(), c.typeOf(args[0])
	switch {
	case recv != nil:
		if refers(recv.Type()) && !refers(first) || keepsState(first) {
			writes |= 1
		}
	case f.Pkg() != nil && sortsInPlace(f.Pkg().Path(), f.Name()) && refers(first):
		writes |= 1
	}
	return writes
}

func (c *checker) writesOf(called call) uint64 {
	if called.local != nil {
		return called.local.writes
	}
	return c.imported(called.imported).Writes
}

// noteAliases notes for a function's variables whose memory they refer to:
// p := &table[3], or t := table.
func (c *checker) noteAliases(n *node, aliases map[*types.Var]*types.Var) {
	ast.Inspect(n.body(), func(at ast.Node) bool {
		assign, ok := at.(*ast.AssignStmt)
		if !ok {
			return true
		}
		for i := range min(len(assign.Lhs), len(assign.Rhs)) {
			name, ok := assign.Lhs[i].(*ast.Ident)
			if !ok {
				continue
			}
			to, _ := c.pass.TypesInfo.ObjectOf(name).(*types.Var)
			from, _ := c.rootVar(assign.Rhs[i])
			if to == nil || from == nil || to == from || !refers(to.Type()) || inPackage(to) {
				continue
			}
			if origin := aliases[from]; origin != nil {
				from = origin
			}
			if _, is := n.param(from); is || inPackage(from) {
				aliases[to] = from
			}
		}
		return true
	})
}

// rootVar is the variable that an expression is a part of, and whether the way there
// leads through a pointer, slice or map. It is nil if that cannot be told.
func (c *checker) rootVar(e ast.Expr) (v *types.Var, through bool) {
	for {
		switch at := e.(type) {
		case *ast.Ident:
			v, _ := c.pass.TypesInfo.ObjectOf(at).(*types.Var)
			return v, through
		case *ast.ParenExpr:
			e = at.X
		case *ast.StarExpr:
			e, through = at.X, true
		case *ast.UnaryExpr:
			if at.Op != token.AND {
				return nil, false
			}
			e = at.X
		case *ast.IndexExpr:
			e, through = at.X, through || refers(c.typeOf(at.X))
		case *ast.SliceExpr:
			e, through = at.X, through || refers(c.typeOf(at.X))
		case *ast.SelectorExpr:
			if c.pass.TypesInfo.Selections[at] == nil { // of another package
				v, _ := c.pass.TypesInfo.Uses[at.Sel].(*types.Var)
				return v, through
			}
			e, through = at.X, through || refers(c.typeOf(at.X))
		default:
			return nil, false
		}
	}
}

// noteFlags notes package variables that are set from the command line.
func (c *checker) noteFlags() {
	for _, file := range c.files {
		ast.Inspect(file, func(at ast.Node) bool {
			switch at := at.(type) {
			case *ast.ValueSpec:
				for i := range min(len(at.Names), len(at.Values)) {
					call, ok := at.Values[i].(*ast.CallExpr)
					if !ok || len(c.outside(call)) < 5 || c.outside(call)[:5] != "flag." {
						continue
					}
					if v, ok := c.pass.TypesInfo.Defs[at.Names[i]].(*types.Var); ok && inPackage(v) {
						c.written[v] = append(c.written[v], write{at.Pos(), nil})
					}
				}
			case *ast.CallExpr:
				if name := c.outside(at); len(name) > 5 && name[:5] == "flag." && len(at.Args) > 0 {
					if v, _ := c.rootVar(at.Args[0]); v != nil && inPackage(v) {
						c.written[v] = append(c.written[v], write{at.Pos(), nil})
					}
				}
			}
			return true
		})
	}
}

// readsWritten reports that a package variable is named here which is written elsewhere.
func (c *checker) readsWritten(name *ast.Ident) (f finding, is bool) {
	v, ok := c.pass.TypesInfo.Uses[name].(*types.Var)
	if !ok || len(c.written[v]) == 0 {
		return finding{}, false
	}
	f.writes, f.pos = c.written[v], name.Pos()
	f.says = fmt.Sprintf("uses package variable %s, which is written to (%s): no other machine has its value", v.Name(), c.where(c.written[v][0].pos))
	return f, true
}
