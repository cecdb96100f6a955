package determinism

import (
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"strings"
)

// exact are the functions of package math whose result is the same on all processors:
// those that round once or not at all.
var exact = map[string]bool{
	"Abs": true, "Ceil": true, "Copysign": true, "Dim": true, "FMA": true,
	"Float32bits": true, "Float32frombits": true, "Float64bits": true, "Float64frombits": true,
	"Floor": true, "Frexp": true, "Ilogb": true, "Inf": true, "IsInf": true, "IsNaN": true,
	"Ldexp": true, "Logb": true, "Max": true, "Min": true, "Mod": true, "Modf": true, "NaN": true,
	"Nextafter": true, "Nextafter32": true, "Remainder": true, "Round": true, "RoundToEven": true,
	"Signbit": true, "Sqrt": true, "Trunc": true,
}

const mayFuse = "a float product that some processors round together with a sum, wherever it is added: write the type around it, float64(a*b), or use package fixed"

func floating(t types.Type) bool {
	basic, ok := t.Underlying().(*types.Basic)
	return ok && basic.Info()&(types.IsFloat|types.IsComplex) != 0
}

// isProduct reports whether an expression is a float product that is rounded. One by a
// power of two is not.
func (c *checker) isProduct(e *ast.BinaryExpr) bool {
	return e.Op == token.MUL && floating(c.typeOf(e)) && c.pass.TypesInfo.Types[e].Value == nil &&
		!c.exactFactor(e.X) && !c.exactFactor(e.Y)
}

// exactFactor reports whether an expression is a constant power of two.
func (c *checker) exactFactor(e ast.Expr) bool {
	value := c.pass.TypesInfo.Types[e].Value
	if value == nil {
		return false
	}
	f := constant.ToFloat(value)
	if f.Kind() != constant.Float {
		return false
	}
	x, ok := constant.Float64Val(f)
	if !ok || x == 0 {
		return x == 0
	}
	for ; x > 1 || x < -1; x /= 2 {
	}
	for ; x < 1 && x > -1; x *= 2 {
	}
	return x == 1 || x == -1
}

// mayFuse reports whether the product can become an operand of a sum before it is
// rounded. The language allows that across statements, and calls that are inlined, so only what
// comes of it at once tells: a conversion rounds; quotients, products and comparisons
// are never fused.
func (c *checker) mayFuse(product ast.Expr, above []ast.Node) bool {
	for i := len(above) - 1; i >= 0; i-- {
		switch at := above[i].(type) {
		case *ast.ParenExpr:
			continue
		case *ast.UnaryExpr:
			continue
		case *ast.BinaryExpr:
			return at.Op == token.ADD || at.Op == token.SUB
		case *ast.CallExpr:
			return !c.rounds(at)
		}
		break
	}
	return true
}

// rounds reports whether a call is a conversion, or one of package math.
func (c *checker) rounds(e *ast.CallExpr) bool {
	if c.pass.TypesInfo.Types[e.Fun].IsType() {
		return true
	}
	return strings.HasPrefix(c.outside(e), "math.")
}

// overflows says what is wrong with turning a float into an integer that it may not fit into: what
// comes of that is up to the processor.
func (c *checker) overflows(e *ast.CallExpr) string {
	if !c.pass.TypesInfo.Types[e.Fun].IsType() || len(e.Args) != 1 || !floating(c.typeOf(e.Args[0])) || c.pass.TypesInfo.Types[e.Args[0]].Value != nil {
		return ""
	}
	to, ok := c.typeOf(e).Underlying().(*types.Basic)
	if !ok || to.Info()&types.IsInteger == 0 || c.bounded(e.Args[0], "min", "Min") && c.bounded(e.Args[0], "max", "Max") {
		return ""
	}
	return "turns a float into an integer that it may not fit into, which each processor does in its own way (uint8(-1.0) is 255 or 0): bound it first, " +
		types.ExprString(e.Fun) + "(max(0, min(x, 100))), or use package fixed"
}

// bounded reports whether a value comes of a min or a max, with whatever is between.
func (c *checker) bounded(e ast.Expr, builtin, name string) bool {
	call, ok := ast.Unparen(e).(*ast.CallExpr)
	if !ok {
		return false
	}
	if c.builtin(call) == builtin || c.outside(call) == "math."+name {
		return true
	}
	through := c.builtin(call) != "" || strings.HasPrefix(c.outside(call), "math.") || c.pass.TypesInfo.Types[call.Fun].IsType()
	for _, arg := range call.Args {
		if through && c.bounded(arg, builtin, name) {
			return true
		}
	}
	return false
}

// printsPointer says what is wrong with printing what a call of package fmt prints.
func (c *checker) printsPointer(e *ast.CallExpr) string {
	name, ok := strings.CutPrefix(c.outside(e), "fmt.")
	if !ok || strings.Contains(name, "Scan") || strings.Contains(name, "scan") {
		return ""
	}
	for i, arg := range e.Args {
		if i == 0 && strings.HasPrefix(name, "Fprint") || e.Ellipsis.IsValid() && i == len(e.Args)-1 {
			continue // the writer; a list that hides its types
		}
		if value := c.pass.TypesInfo.Types[arg].Value; value != nil && value.Kind() == constant.String && strings.Contains(constant.StringVal(value), "%p") {
			return "prints an address: it differs from run to run"
		}
		if t := c.typeOf(arg); holdsAddress(t, true, map[types.Type]bool{}) {
			return "prints a pointer, of type " + types.TypeString(t, types.RelativeTo(c.pass.Pkg)) + ": addresses differ from run to run"
		}
	}
	return ""
}

// holdsAddress reports whether package fmt prints an address for a value. What a pointer
// at the top points to is printed itself.
func holdsAddress(t types.Type, top bool, seen map[types.Type]bool) bool {
	if seen[t] || printsItself(t) {
		return false
	}
	seen[t] = true
	switch u := t.Underlying().(type) {
	case *types.Pointer:
		switch u.Elem().Underlying().(type) {
		case *types.Struct, *types.Array, *types.Slice, *types.Map:
			return !top || holdsAddress(u.Elem(), false, seen)
		}
		return true
	case *types.Chan, *types.Signature:
		return true
	case *types.Basic:
		return u.Kind() == types.UnsafePointer
	case *types.Slice:
		return holdsAddress(u.Elem(), false, seen)
	case *types.Array:
		return holdsAddress(u.Elem(), false, seen)
	case *types.Map:
		return holdsAddress(u.Key(), false, seen) || holdsAddress(u.Elem(), false, seen)
	case *types.Struct:
		for f := range u.Fields() {
			if holdsAddress(f.Type(), false, seen) {
				return true
			}
		}
	}
	return false
}

// printsItself reports whether a type says how it is printed.
func printsItself(t types.Type) bool {
	for _, name := range []string{"Format", "Error", "String"} {
		if object, _, _ := types.LookupFieldOrMethod(t, false, nil, name); object != nil {
			if _, ok := object.(*types.Func); ok {
				return true
			}
		}
	}
	return false
}
