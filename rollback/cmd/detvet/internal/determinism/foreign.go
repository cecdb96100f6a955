package determinism

import (
	"go/ast"
	"go/types"
	"slices"
	"strings"
)

// What is wrong with what other packages have.
const (
	clock   = "clocks differ between machines, and a frame is stepped more than once: count frames in the world"
	zone    = "its time zone is the machine's: ask for UTC at once, as in time.Unix(s, 0).UTC()"
	chance  = "chance is a rollback.Rand inside the world, so that a rollback brings it back"
	machine = "machines differ in that: what they must agree on is in the world or the inputs"
	device  = "a device is read once, before the tick, and is an input for everybody"
	lastBit = "its last bit differs between processors: package fixed has numbers that agree"
	atOnce  = "what runs at the same time runs in no fixed order"
	address = "addresses differ from run to run"
)

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
		return foreignMethod(path, nameOf(f))
	}
	if why := foreignName(path, name); why != "" {
		return "uses " + path + "." + name + ": " + why
	}
	return ""
}

// foreignMethod says what is wrong with a method of another package, which is called as nameOf
// says, "" for nothing.
func foreignMethod(path, name string) string {
	switch path {
	case "reflect":
		switch name {
		case "Value.MapKeys", "Value.MapRange":
			return "asks reflect for a map's keys: " + mapOrder
		case "Value.Pointer", "Value.UnsafePointer", "Value.UnsafeAddr":
			return "asks reflect for an address: " + address
		}
	case "sync":
		switch name {
		case "Map.Range":
			return "ranges over a sync.Map: " + mapOrder
		case "Pool.Get":
			return "takes from a sync.Pool: what comes of it differs from run to run"
		case "WaitGroup.Go":
			return "starts a goroutine: " + atOnce
		}
	case "golang.org/x/sync/errgroup":
		if name == "Group.Go" || name == "Group.TryGo" {
			return "starts a goroutine: " + atOnce
		}
	case "hash/maphash":
		return "uses hash/maphash." + name + ": " + chance
	case "time":
		if name == "Time.Local" {
			return "uses time." + name + ": " + zone
		}
	}
	return ""
}

// foreignName says what is wrong with a function or variable of another package, "" for nothing.
func foreignName(path, name string) string {
	switch path {
	case "time":
		switch name {
		case "Now", "Since", "Until", "Sleep", "After", "AfterFunc", "Tick", "NewTimer", "NewTicker":
			return clock
		case "Local", "Unix", "UnixMilli", "UnixMicro":
			return zone
		case "LoadLocation":
			return machine
		}
	case "context":
		if strings.HasPrefix(name, "WithTimeout") || strings.HasPrefix(name, "WithDeadline") || name == "AfterFunc" {
			return clock
		}
	case "maps":
		switch name {
		case "All", "Keys", "Values":
			return "of a map " + mapOrder
		}
	case "reflect":
		if name == "Select" {
			return "it chooses by chance between channels that are ready"
		}
	case "math/rand", "math/rand/v2", "crypto/rand", "hash/maphash":
		return chance
	case "os", "syscall", "runtime", "flag":
		return machine
	case "math":
		if !exact[name] {
			return lastBit
		}
	case "math/cmplx":
		return lastBit
	}
	switch {
	case strings.HasPrefix(path, "os/"), path == "net", strings.HasPrefix(path, "net/"), strings.HasPrefix(path, "runtime/"):
		return machine
	case path == "github.com/hajimehoshi/ebiten/v2", path == "github.com/hajimehoshi/ebiten/v2/inpututil":
		return device
	}
	return ""
}

// steady are types of other packages whose methods leave no trace in what a pointer to one points
// to, or that are used so.
var steady = []string{"regexp.Regexp", "strings.Replacer", "time.Location", "math/big.Int", "math/big.Rat", "math/big.Float"}

// keepsState reports whether the methods of what a pointer points to may change that.
func keepsState(t types.Type) bool {
	p, ok := types.Unalias(t).(*types.Pointer)
	if !ok {
		return false
	}
	named, ok := types.Unalias(p.Elem()).(*types.Named)
	if !ok || named.Obj().Pkg() == nil {
		return false
	}
	return !slices.Contains(steady, named.Obj().Pkg().Path()+"."+named.Obj().Name())
}

// noteUTC notes a time.Unix of which UTC is asked at once, or the seconds.
func (c *checker) noteUTC(e *ast.CallExpr, fine map[*ast.Ident]bool) {
	method, ok := ast.Unparen(e.Fun).(*ast.SelectorExpr)
	if !ok {
		return
	}
	switch method.Sel.Name {
	case "UTC", "In", "Unix", "UnixMilli", "UnixMicro", "UnixNano", "Sub", "Before", "After", "Equal", "Compare":
	default:
		return
	}
	unix, ok := ast.Unparen(method.X).(*ast.CallExpr)
	if !ok || !strings.HasPrefix(c.outside(unix), "time.Unix") {
		return
	}
	if name, ok := ast.Unparen(unix.Fun).(*ast.SelectorExpr); ok {
		fine[name.Sel] = true
	}
}
