package determinism

import (
	"go/ast"
	"go/token"
	"go/types"
)

const mapOrder = "its order differs from run to run"

// orderless reports whether a loop over a map does the same in whatever order: it only deletes, or
// adds up integers, and nothing of that depends on the rest.
func (c *checker) orderless(loop *ast.RangeStmt) bool {
	if loop.Tok == token.ASSIGN {
		return false // what comes last is left in a variable
	}
	sums := map[string]token.Token{} // what is added up, and how
	var read []ast.Expr
	for _, at := range loop.Body.List {
		switch at := at.(type) {
		case *ast.IncDecStmt:
			if !c.addsUp(sums, at.X, token.ADD_ASSIGN) {
				return false
			}
			read = append(read, indexes(at.X)...)
		case *ast.AssignStmt:
			if len(at.Lhs) != 1 || !c.addsUp(sums, at.Lhs[0], at.Tok) || c.hasCall(at.Rhs[0]) {
				return false
			}
			read = append(append(read, at.Rhs[0]), indexes(at.Lhs[0])...)
		case *ast.ExprStmt:
			call, ok := at.X.(*ast.CallExpr)
			if !ok || c.builtin(call) != "delete" || !c.deletesOwn(loop, call) {
				return false
			}
			read = append(read, call.Args[1])
		default:
			return false
		}
	}
	for _, e := range read {
		if mentions(e, sums) {
			return false
		}
	}
	return true
}

// addsUp notes that an integer is added to, always in the same way. It reports false for anything
// else.
func (c *checker) addsUp(sums map[string]token.Token, to ast.Expr, by token.Token) bool {
	switch by {
	case token.SUB_ASSIGN:
		by = token.ADD_ASSIGN
	case token.ADD_ASSIGN, token.OR_ASSIGN, token.AND_ASSIGN, token.XOR_ASSIGN:
	default:
		return false
	}
	if t, ok := c.typeOf(to).Underlying().(*types.Basic); !ok || t.Info()&types.IsInteger == 0 || c.hasCall(to) {
		return false
	}
	for {
		index, ok := ast.Unparen(to).(*ast.IndexExpr)
		if !ok {
			break
		}
		to = index.X
	}
	name := types.ExprString(to)
	before, known := sums[name]
	sums[name] = by
	return !known || before == by
}

// indexes are the expressions that stand in an expression's brackets.
func indexes(e ast.Expr) (found []ast.Expr) {
	ast.Inspect(e, func(at ast.Node) bool {
		if index, ok := at.(*ast.IndexExpr); ok {
			found = append(found, index.Index)
		}
		return true
	})
	return found
}

// mentions reports whether an expression reads something that is added up, or may.
func mentions(e ast.Expr, sums map[string]token.Token) (found bool) {
	ast.Inspect(e, func(at ast.Node) bool {
		if e, ok := at.(ast.Expr); ok {
			_, star := at.(*ast.StarExpr)
			_, summed := sums[types.ExprString(e)]
			found = found || summed || star && len(sums) > 0
		}
		return true
	})
	return found
}

// deletesOwn reports whether a delete takes from another map than the loop's, or the key that the
// loop is at.
func (c *checker) deletesOwn(loop *ast.RangeStmt, call *ast.CallExpr) bool {
	if c.hasCall(call.Args[0]) || c.hasCall(call.Args[1]) {
		return false
	}
	if types.ExprString(call.Args[0]) != types.ExprString(loop.X) {
		return true
	}
	key, isName := loop.Key.(*ast.Ident)
	name, ok := ast.Unparen(call.Args[1]).(*ast.Ident)
	return isName && ok && c.pass.TypesInfo.ObjectOf(name) == c.pass.TypesInfo.ObjectOf(key)
}

// hasCall reports whether an expression calls a function, and not only converts.
func (c *checker) hasCall(e ast.Expr) (found bool) {
	ast.Inspect(e, func(at ast.Node) bool {
		if call, ok := at.(*ast.CallExpr); ok && !c.pass.TypesInfo.Types[call.Fun].IsType() {
			found = true
		}
		return true
	})
	return found
}

// collects reports whether a loop over a map only appends to one slice, which is sorted before
// anything else is done with it. says is what is wrong if it does but for how that is sorted.
func (c *checker) collects(n *node, loop *ast.RangeStmt) (says string, sorted bool) {
	if len(loop.Body.List) != 1 || loop.Tok == token.ASSIGN {
		return "", false
	}
	assign, ok := loop.Body.List[0].(*ast.AssignStmt)
	if !ok || len(assign.Rhs) != 1 {
		return "", false
	}
	call, ok := assign.Rhs[0].(*ast.CallExpr)
	to, isName := assign.Lhs[0].(*ast.Ident)
	if !ok || !isName || c.builtin(call) != "append" {
		return "", false
	}
	slice := c.pass.TypesInfo.ObjectOf(to)
	for i, arg := range call.Args {
		if c.hasCall(arg) || c.names(arg, slice) != (i == 0) {
			return "", false
		}
	}
	switch next := c.nextUse(n.body(), loop, slice).(type) {
	case *ast.ExprStmt:
		if call, ok := next.X.(*ast.CallExpr); ok {
			return c.sorts(call, slice)
		}
	}
	return "", false
}

// names reports whether something is named in a piece of code.
func (c *checker) names(in ast.Node, object types.Object) (found bool) {
	ast.Inspect(in, func(at ast.Node) bool {
		name, ok := at.(*ast.Ident)
		found = found || ok && c.pass.TypesInfo.ObjectOf(name) == object
		return true
	})
	return found
}

// nextUse is the first statement behind a loop that names a variable, in the block that the loop is
// in or in one around that; nil if there is none, or what is around the loop names it, too.
func (c *checker) nextUse(body *ast.BlockStmt, loop ast.Stmt, v types.Object) (next ast.Stmt) {
	ast.Inspect(body, func(at ast.Node) bool {
		if at == nil || at.Pos() > loop.Pos() || at.End() < loop.End() {
			return false
		}
		var list []ast.Stmt
		switch at := at.(type) {
		case *ast.BlockStmt:
			list = at.List
		case *ast.CaseClause:
			list = at.Body
		case *ast.CommClause:
			list = at.Body
		}
		for _, s := range list { // those further in come later, and are nearer
			if s.Pos() > loop.End() && c.names(s, v) {
				next = s
				break
			}
		}
		return true
	})
	return next
}

// sorts reports whether a call sorts a slice so that it does not matter how it was before: by all
// that there is in an element.
func (c *checker) sorts(call *ast.CallExpr, slice types.Object) (says string, sorted bool) {
	const ties = ", and where two are equal to what it is sorted by it stays so: sort by all that there is in one"
	if len(call.Args) == 0 {
		return "", false
	}
	name, ok := ast.Unparen(call.Args[0]).(*ast.Ident)
	if !ok || c.pass.TypesInfo.Uses[name] != slice {
		return "", false
	}
	switch c.outside(call) {
	case "slices.Sort", "sort.Ints", "sort.Strings", "sort.Float64s":
		return "", true
	case "slices.SortFunc", "slices.SortStableFunc", "sort.Slice", "sort.SliceStable":
		if len(call.Args) == 2 && c.comparesWhole(call.Args[1], slice) {
			return "", true
		}
		return ties, false
	}
	return "", false
}

// comparesWhole reports whether a function compares two elements by themselves: so those that are
// equal to it are the same.
func (c *checker) comparesWhole(by ast.Expr, slice types.Object) bool {
	switch by := ast.Unparen(by).(type) {
	case *ast.SelectorExpr, *ast.IndexExpr:
		return wholly(c.outside(&ast.CallExpr{Fun: by}))
	case *ast.FuncLit:
		if len(by.Body.List) != 1 {
			return false
		}
		result, ok := by.Body.List[0].(*ast.ReturnStmt)
		if !ok || len(result.Results) != 1 {
			return false
		}
		switch at := ast.Unparen(result.Results[0]).(type) {
		case *ast.CallExpr:
			return wholly(c.outside(at)) && len(at.Args) == 2 && c.isElement(by, at.Args[0], slice) && c.isElement(by, at.Args[1], slice)
		case *ast.BinaryExpr:
			return (at.Op == token.LSS || at.Op == token.GTR) && c.isElement(by, at.X, slice) && c.isElement(by, at.Y, slice)
		}
	}
	return false
}

func wholly(compare string) bool {
	return compare == "cmp.Compare" || compare == "strings.Compare" || compare == "bytes.Compare"
}

// isElement reports whether an expression is an element of what is sorted: a param of the function
// that compares, or the slice at one.
func (c *checker) isElement(by *ast.FuncLit, e ast.Expr, slice types.Object) bool {
	e = ast.Unparen(e)
	if index, ok := e.(*ast.IndexExpr); ok {
		name, ok := ast.Unparen(index.X).(*ast.Ident)
		if !ok || c.pass.TypesInfo.Uses[name] != slice {
			return false
		}
		e = ast.Unparen(index.Index)
	}
	name, ok := e.(*ast.Ident)
	if !ok {
		return false
	}
	at := c.pass.TypesInfo.Uses[name]
	return at != nil && at.Pos() >= by.Type.Pos() && at.Pos() < by.Type.End()
}

// noteSorted notes a maps.Keys whose result goes straight to slices.Sorted.
func (c *checker) noteSorted(e *ast.CallExpr, fine map[*ast.Ident]bool) {
	switch c.outside(e) {
	case "slices.Sorted":
	case "slices.SortedFunc", "slices.SortedStableFunc":
		if len(e.Args) != 2 || !c.comparesWhole(e.Args[1], nil) {
			return
		}
	default:
		return
	}
	if keys, ok := ast.Unparen(e.Args[0]).(*ast.CallExpr); ok {
		if selector, ok := ast.Unparen(keys.Fun).(*ast.SelectorExpr); ok {
			fine[selector.Sel] = true
		}
	}
}
