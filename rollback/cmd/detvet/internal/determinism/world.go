package determinism

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
)

// checkTypes reports fields of the World and Input of a Config that rollback.New refuses.
// A World with functions of its own for copying may hold anything.
func (c *checker) checkTypes(at *ast.CompositeLit, t types.Type) {
	named, ok := types.Unalias(t).(*types.Named)
	if !ok || named.TypeArgs().Len() < 2 {
		return
	}
	world, input := named.TypeArgs().At(0), named.TypeArgs().At(1)
	if !c.copiesItself(at, t) {
		f := fields{checker: c, at: at.Pos(), plain: plain, seen: map[types.Type]bool{}}
		f.look(world, rootName(world, "World"), at.Pos())
	}
	f := fields{checker: c, at: at.Pos(), plain: true, seen: map[types.Type]bool{}}
	f.look(input, rootName(input, "Input"), at.Pos())
}

func rootName(t types.Type, role string) string {
	if named, ok := types.Unalias(t).(*types.Named); ok {
		return named.Obj().Name()
	}
	return role
}

// copiesItself reports whether a Config has a Copy, now or later.
func (c *checker) copiesItself(literal *ast.CompositeLit, config types.Type) (found bool) {
	for _, element := range literal.Elts {
		if pair, ok := element.(*ast.KeyValueExpr); ok {
			if name, ok := pair.Key.(*ast.Ident); ok && name.Name == "Copy" {
				return true
			}
		}
	}
	for _, file := range c.files {
		ast.Inspect(file, func(at ast.Node) bool {
			if assign, ok := at.(*ast.AssignStmt); ok {
				for _, target := range assign.Lhs {
					field, ok := target.(*ast.SelectorExpr)
					found = found || ok && field.Sel.Name == "Copy" && types.Identical(c.typeOf(field.X), config)
				}
			}
			return true
		})
	}
	return found
}

// fields looks through a type.
type fields struct {
	*checker
	at    token.Pos // of the Config
	plain bool
	seen  map[types.Type]bool
}

// look reports what stands at a path. pos is where its field is declared, if that is in
// this package.
func (f *fields) look(t types.Type, path string, pos token.Pos) {
	if _, generic := t.(*types.TypeParam); generic || f.seen[t] {
		return
	}
	f.seen[t] = true
	switch u := t.Underlying().(type) {
	case *types.Basic:
		switch u.Kind() {
		case types.Int, types.Uint, types.Uintptr:
			f.refuse(pos, path, "is "+u.Name()+", whose size differs between machines: give it one, such as int32")
		case types.UnsafePointer:
			f.refuse(pos, path, "is an address: rollback.New refuses it")
		case types.String:
			f.notPlain(pos, path, "a string")
		}
		delete(f.seen, t) // another field may be one, too
	case *types.Struct:
		for v := range u.Fields() {
			if v.Name() != "_" {
				f.look(v.Type(), path+"."+v.Name(), f.place(v, pos))
			}
		}
	case *types.Array:
		f.look(u.Elem(), path+"[]", pos)
	case *types.Slice:
		f.notPlain(pos, path, "a slice")
		f.look(u.Elem(), path+"[]", pos)
	case *types.Pointer:
		f.notPlain(pos, path, "a pointer")
		f.look(u.Elem(), path, pos)
	case *types.Map:
		f.notPlain(pos, path, "a map")
		f.look(u.Key(), path+"[key]", pos)
		f.look(u.Elem(), path+"[]", pos)
	case *types.Interface:
		f.refuse(pos, path, "is an interface: rollback.New refuses it")
	case *types.Signature:
		f.refuse(pos, path, "is a function: rollback.New refuses it")
	case *types.Chan:
		f.refuse(pos, path, "is a channel: rollback.New refuses it")
	}
}

// place is where a field is declared, or where the one around it is.
func (f *fields) place(v *types.Var, around token.Pos) token.Pos {
	if v.Pkg() == f.pass.Pkg {
		return v.Pos()
	}
	return around
}

func (f *fields) refuse(pos token.Pos, path, says string) { f.report(pos, path+" "+says, "") }

func (f *fields) notPlain(pos token.Pos, path, what string) {
	if f.plain {
		f.report(pos, fmt.Sprintf("%s is %s, which keeps it from being a plain value: its copies cost allocations", path, what), "")
	}
}
