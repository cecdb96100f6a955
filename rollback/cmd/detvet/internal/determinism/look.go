package determinism

import (
	"go/ast"
	"go/token"
	"go/types"
	"strings"
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
			if says := c.printsPointer(at); says != "" {
				n.findings = append(n.findings, finding{place: place{at.Pos(), says}})
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
	const atOnce = "what runs at the same time runs in no fixed order"
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
			if !c.orderless(at) && !c.collects(n, at) {
				return "ranges over a map: " + mapOrder
			}
		}
	case *ast.AssignStmt:
		if at.Tok == token.MUL_ASSIGN && floating(c.typeOf(at.Lhs[0])) && !c.exactFactor(at.Rhs[0]) {
			return mayFuse
		}
	}
	return ""
}

const mapOrder = "its order differs from run to run"

// orderless reports whether a loop does the same in whatever order: it only deletes, or
// adds up integers.
func (c *checker) orderless(loop *ast.RangeStmt) bool {
	for _, at := range loop.Body.List {
		switch at := at.(type) {
		case *ast.IncDecStmt:
			if floating(c.typeOf(at.X)) {
				return false
			}
		case *ast.AssignStmt:
			switch at.Tok {
			case token.ADD_ASSIGN, token.SUB_ASSIGN, token.OR_ASSIGN, token.AND_ASSIGN, token.XOR_ASSIGN:
			default:
				return false
			}
			if t, ok := c.typeOf(at.Lhs[0]).Underlying().(*types.Basic); !ok || t.Info()&types.IsInteger == 0 || hasCall(at.Rhs[0]) {
				return false
			}
		case *ast.ExprStmt:
			call, ok := at.X.(*ast.CallExpr)
			if !ok || c.builtin(call) != "delete" {
				return false
			}
		default:
			return false
		}
	}
	return true
}

func hasCall(e ast.Expr) (found bool) {
	ast.Inspect(e, func(at ast.Node) bool {
		_, call := at.(*ast.CallExpr)
		found = found || call
		return true
	})
	return found
}

// collects reports whether a loop only appends to one slice, which is sorted afterwards.
func (c *checker) collects(n *node, loop *ast.RangeStmt) bool {
	if len(loop.Body.List) != 1 {
		return false
	}
	assign, ok := loop.Body.List[0].(*ast.AssignStmt)
	if !ok || len(assign.Rhs) != 1 {
		return false
	}
	call, ok := assign.Rhs[0].(*ast.CallExpr)
	to, isName := assign.Lhs[0].(*ast.Ident)
	if !ok || !isName || c.builtin(call) != "append" {
		return false
	}
	slice, sorted := c.pass.TypesInfo.ObjectOf(to), false
	ast.Inspect(n.body(), func(at ast.Node) bool {
		call, ok := at.(*ast.CallExpr)
		if !ok || call.Pos() < loop.End() || len(call.Args) == 0 || !strings.HasPrefix(c.outside(call), "slices.Sort") && !strings.HasPrefix(c.outside(call), "sort.") {
			return true
		}
		if name, ok := ast.Unparen(call.Args[0]).(*ast.Ident); ok && c.pass.TypesInfo.Uses[name] == slice {
			sorted = true
		}
		return true
	})
	return sorted
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

// noteSorted notes a maps.Keys whose result goes straight to slices.Sorted.
func (c *checker) noteSorted(e *ast.CallExpr, fine map[*ast.Ident]bool) {
	if !strings.HasPrefix(c.outside(e), "slices.Sorted") || len(e.Args) == 0 {
		return
	}
	if keys, ok := ast.Unparen(e.Args[0]).(*ast.CallExpr); ok {
		if selector, ok := ast.Unparen(keys.Fun).(*ast.SelectorExpr); ok {
			fine[selector.Sel] = true
		}
	}
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

// foreign says what is wrong with using something of another package, "" for nothing.
func foreign(object types.Object) string {
	if name, ok := object.(*types.PkgName); ok && name.Imported().Path() == "unsafe" {
		return "uses package unsafe: addresses and layouts differ between machines"
	}
	if object == nil || object.Pkg() == nil {
		return ""
	}
	switch object.(type) {
	case *types.Func, *types.Var:
	default:
		return ""
	}
	path, name := object.Pkg().Path(), object.Name()
	if f, ok := object.(*types.Func); ok && f.Signature().Recv() != nil {
		switch recv := nameOf(f); {
		case path == "reflect" && (name == "MapKeys" || name == "MapRange"):
			return "asks reflect for a map's keys: " + mapOrder
		case path == "sync" && recv == "Map.Range":
			return "ranges over a sync.Map: " + mapOrder
		case path == "sync" && recv == "Pool.Get":
			return "takes from a sync.Pool: what comes of it differs from run to run"
		}
		return ""
	}
	if why := foreignName(path, name); why != "" {
		return "uses " + path + "." + name + ": " + why
	}
	return ""
}

func foreignName(path, name string) string {
	const (
		clock   = "clocks differ between machines, and a frame is stepped more than once: count frames in the world"
		chance  = "chance is a rollback.Rand inside the world, so that a rollback brings it back"
		machine = "machines differ in that: what they must agree on is in the world or the inputs"
		device  = "a device is read once, before the tick, and is an input for everybody"
	)
	switch path {
	case "time":
		switch name {
		case "Now", "Since", "Until", "Sleep", "After", "AfterFunc", "Tick", "NewTimer", "NewTicker", "Local":
			return clock
		}
	case "maps":
		switch name {
		case "All", "Keys", "Values":
			return "of a map " + mapOrder
		}
	case "math/rand", "math/rand/v2", "crypto/rand", "hash/maphash":
		return chance
	case "os", "syscall", "runtime", "flag":
		return machine
	case "math":
		if !exact[name] {
			return "its last bit differs between processors: package fixed has numbers that agree"
		}
	case "math/cmplx":
		return "its last bit differs between processors: package fixed has numbers that agree"
	}
	switch {
	case strings.HasPrefix(path, "os/"), path == "net", strings.HasPrefix(path, "net/"):
		return machine
	case path == "github.com/hajimehoshi/ebiten/v2", path == "github.com/hajimehoshi/ebiten/v2/inpututil":
		return device
	}
	return ""
}
