package determinism

import (
	"go/ast"
	"go/token"
	"go/types"
)

// node is a function with a body in this package.
type node struct {
	name     string
	syntax   ast.Node // *ast.FuncDecl or *ast.FuncLit
	params   []*types.Var
	findings []finding
	calls    []call
	writes   uint64 // the params through whose pointers, slices and maps it writes, by bit
}

// call is a function that is called or named in another one.
type call struct {
	pos      token.Pos
	local    *node       // of this package,
	imported *types.Func // or of another
}

func (n *node) body() *ast.BlockStmt {
	if f, ok := n.syntax.(*ast.FuncDecl); ok {
		return f.Body
	}
	return n.syntax.(*ast.FuncLit).Body
}

// param is the number of a variable among the params, the receiver being the first.
func (n *node) param(v types.Object) (i int, is bool) {
	for i, p := range n.params {
		if p == v {
			return i, i < 64
		}
	}
	return 0, false
}

// declare makes the nodes, and notes which function literals variables stand for.
func (c *checker) declare() {
	for _, file := range c.files {
		ast.Inspect(file, func(at ast.Node) bool {
			switch at := at.(type) {
			case *ast.FuncDecl:
				if f, ok := c.pass.TypesInfo.Defs[at.Name].(*types.Func); ok && at.Body != nil {
					c.add(f, nameOf(f), at, f.Signature())
				}
			case *ast.FuncLit:
				if sig, ok := c.typeOf(at).(*types.Signature); ok {
					c.add(at, "a function literal", at, sig)
				}
			case *ast.AssignStmt:
				for i := range min(len(at.Lhs), len(at.Rhs)) {
					c.noteLiteral(at.Lhs[i], at.Rhs[i])
				}
			case *ast.ValueSpec:
				for i := range min(len(at.Names), len(at.Values)) {
					c.noteLiteral(at.Names[i], at.Values[i])
				}
			case *ast.CompositeLit:
				c.noteFields(at)
			}
			return true
		})
	}
}

func (c *checker) add(key any, name string, syntax ast.Node, sig *types.Signature) {
	n := &node{name: name, syntax: syntax}
	if sig.Recv() != nil {
		n.params = append(n.params, sig.Recv())
	}
	for v := range sig.Params().Variables() {
		n.params = append(n.params, v)
	}
	c.nodes[key] = n
	c.order = append(c.order, n)
}

// noteFields notes the functions that a struct's fields are given.
func (c *checker) noteFields(literal *ast.CompositeLit) {
	t, ok := c.typeOf(literal).Underlying().(*types.Struct)
	if !ok {
		return
	}
	for i, element := range literal.Elts {
		if pair, ok := element.(*ast.KeyValueExpr); ok {
			c.noteLiteral(pair.Key, pair.Value)
		} else if i < t.NumFields() {
			c.noteFunction(t.Field(i), element)
		}
	}
}

// noteLiteral notes what a variable or a field is given, if that is a function.
func (c *checker) noteLiteral(to, from ast.Expr) {
	switch at := ast.Unparen(to).(type) {
	case *ast.Ident:
		if v, ok := c.pass.TypesInfo.ObjectOf(at).(*types.Var); ok {
			c.noteFunction(v, from)
		}
	case *ast.SelectorExpr:
		if v, ok := c.pass.TypesInfo.Uses[at.Sel].(*types.Var); ok {
			c.noteFunction(v, from)
		}
	}
}

func (c *checker) noteFunction(v *types.Var, from ast.Expr) {
	v = v.Origin()
	if literal, ok := ast.Unparen(from).(*ast.FuncLit); ok {
		c.literals[v] = append(c.literals[v], literal)
	} else if _, isFunction := v.Type().Underlying().(*types.Signature); inPackage(v) || v.IsField() && isFunction {
		c.noteTable(v, from)
	}
}

// noteTable notes the functions that stand in what a package variable or a field is given.
func (c *checker) noteTable(v *types.Var, value ast.Expr) {
	ast.Inspect(value, func(at ast.Node) bool {
		switch at := at.(type) {
		case *ast.CallExpr:
			return false // it is called once, before any frame
		case *ast.FuncLit:
			c.literals[v] = append(c.literals[v], at)
			return false
		case *ast.Ident:
			if _, ok := c.pass.TypesInfo.Uses[at].(*types.Func); ok {
				c.tables[v] = append(c.tables[v], at)
			}
		}
		return true
	})
}

// nameOf is a function as messages call it: World.move, or rules.Move of another package.
func nameOf(f *types.Func) string {
	if recv := f.Signature().Recv(); recv != nil {
		t := recv.Type()
		if p, ok := t.(*types.Pointer); ok {
			t = p.Elem()
		}
		if named, ok := t.(*types.Named); ok {
			return named.Obj().Name() + "." + f.Name()
		}
	}
	return f.Name()
}

// called returns the functions that a name stands for.
func (c *checker) called(name *ast.Ident) (found []call) {
	switch object := c.pass.TypesInfo.Uses[name].(type) {
	case *types.Func:
		f := object.Origin()
		if recv := f.Signature().Recv(); recv != nil && types.IsInterface(recv.Type()) {
			return c.implementations(f, name.Pos())
		}
		if n := c.nodes[f]; n != nil {
			return []call{{pos: name.Pos(), local: n}}
		}
		if f.Pkg() != nil && f.Pkg() != c.pass.Pkg {
			return []call{{pos: name.Pos(), imported: f}}
		}
	case *types.Var:
		object = object.Origin()
		for _, literal := range c.literals[object] {
			found = append(found, call{pos: name.Pos(), local: c.nodes[literal]})
		}
		for _, f := range c.tables[object] {
			for _, called := range c.called(f) {
				called.pos = name.Pos()
				found = append(found, called)
			}
		}
	}
	return found
}

// implementations are the methods of this package that may stand behind an interface's.
func (c *checker) implementations(method *types.Func, pos token.Pos) (found []call) {
	face, ok := method.Signature().Recv().Type().Underlying().(*types.Interface)
	if !ok {
		return nil
	}
	for _, n := range c.order {
		f, ok := n.syntax.(*ast.FuncDecl)
		if !ok || f.Recv == nil || f.Name.Name != method.Name() {
			continue
		}
		t := n.params[0].Type()
		if types.Implements(t, face) || types.Implements(types.NewPointer(t), face) {
			found = append(found, call{pos: pos, local: n})
		}
	}
	return found
}

// callee is the function that a call expression calls, if that can be told.
func (c *checker) callee(e *ast.CallExpr) (found []call) {
	fun := ast.Unparen(e.Fun)
	for {
		switch at := fun.(type) {
		case *ast.IndexExpr:
			fun = ast.Unparen(at.X)
			continue
		case *ast.IndexListExpr:
			fun = ast.Unparen(at.X)
			continue
		case *ast.Ident:
			return c.called(at)
		case *ast.SelectorExpr:
			return c.called(at.Sel)
		case *ast.FuncLit:
			return []call{{pos: at.Pos(), local: c.nodes[at]}}
		}
		return nil
	}
}

// builtin is the name of the language's own function that is called, "" for others.
func (c *checker) builtin(e *ast.CallExpr) string {
	if name, ok := ast.Unparen(e.Fun).(*ast.Ident); ok {
		if b, ok := c.pass.TypesInfo.Uses[name].(*types.Builtin); ok {
			return b.Name()
		}
	}
	return ""
}
