package rollback_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// The tests of this file hold the whole module to its architecture. They list
// what exists, so a new package is held to it from its first day.

const (
	module = "github.com/visavis-netcode/visavis"
	ebiten = "github.com/hajimehoshi/ebiten"
)

// listed is what go list says about one package.
type listed struct {
	ImportPath, Dir, Doc, Export      string
	GoFiles, CgoFiles, IgnoredGoFiles []string
	TestImports, XTestImports, Deps   []string
	Error                             *struct{ Err string }
}

// path is the package's folder in the module: "netcode/internal/wire".
func (p listed) path() string {
	return strings.TrimPrefix(strings.TrimPrefix(p.ImportPath, module), "/")
}

// golist runs go list and decodes what it prints.
func golist(t *testing.T, args ...string) []listed {
	t.Helper()
	if runtime.GOOS == "js" || runtime.GOOS == "wasip1" {
		t.Skip("no processes here, so no go list: the native run of this test covers every target")
	}
	var diagnostics bytes.Buffer
	command := exec.Command("go", append([]string{"list"}, args...)...)
	command.Stderr = &diagnostics
	out, err := command.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, &diagnostics)
	}
	var packages []listed
	for decoder := json.NewDecoder(bytes.NewReader(out)); ; {
		var p listed
		if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
			return packages
		} else if err != nil {
			t.Fatal(err)
		}
		packages = append(packages, p)
	}
}

func modulePackages(t *testing.T) []listed {
	t.Helper()
	packages := golist(t, "-e", "-json=ImportPath,Dir,Doc,GoFiles,CgoFiles,IgnoredGoFiles,TestImports,XTestImports,Deps,Error", module+"/...")
	if len(packages) == 0 {
		t.Fatal("go list found no package")
	}
	return packages
}

// imports returns what a package's files import, on whatever system they are
// built; files that no build takes up ("//go:build ignore") are left out.
func (p listed) imports(t *testing.T) []string {
	t.Helper()
	var found []string
	for _, name := range slices.Concat(p.GoFiles, p.CgoFiles, p.IgnoredGoFiles) {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		source, err := os.ReadFile(filepath.Join(p.Dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(source, []byte("\n//go:build ignore\n")) || bytes.HasPrefix(source, []byte("//go:build ignore\n")) {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, source, parser.ImportsOnly)
		if err != nil {
			t.Errorf("%s: %v", p.path(), err)
			continue
		}
		for _, spec := range file.Imports {
			path, _ := strconv.Unquote(spec.Path.Value)
			found = append(found, path)
		}
	}
	slices.Sort(found)
	return slices.Compact(found)
}

// under reports whether path is one of the folders or below one of them. A
// folder that ends in * stands for every folder that begins like it.
func under(path string, folders ...string) bool {
	for _, folder := range folders {
		prefix, open := strings.CutSuffix(folder, "*")
		if path == folder || strings.HasPrefix(path, folder+"/") || open && strings.HasPrefix(path, prefix) {
			return true
		}
	}
	return false
}

// rooms says for every top-level folder which others it may import, and why.
var rooms = map[string]struct {
	may []string
	why string
}{
	"rollback": {[]string{"rollback"}, "the core stands alone, so that it can be tested and embedded without a network or a window"},
	"nat":      {[]string{"nat"}, "finding a path knows nothing of games, so that it serves any program"},
	"netcode":  {[]string{"netcode", "rollback", "nat"}, "netcode joins the core and the path; what draws stands above it"},
	"assets":   {[]string{"assets"}, "assets are data and what draws them, for anyone to use"},
	"game":     {[]string{"game", "netcode", "rollback", "nat", "assets"}, "examples show the game side, they are no part of it"},
	"examples": {[]string{"examples", "game", "netcode", "rollback", "nat", "assets"}, ""},
}

// windowless must build and run without the window library.
var windowless = []string{"rollback", "nat", "netcode", "assets", "game/lilypad/rules", "game/lilypad/bot*", "game/lilypad/cmd/lilybot"}

func TestImportDirections(t *testing.T) {
	for _, p := range modulePackages(t) {
		path := p.path()
		room, _, _ := strings.Cut(path, "/")
		allowed, known := rooms[room]
		if !known {
			t.Errorf("%s: the top level is closed: put it into the room that owns it", p.ImportPath)
			continue
		}
		if p.Error != nil {
			t.Logf("%s: only its own imports are checked, go list says: %s", path, p.Error.Err)
		}
		for _, imported := range slices.Concat(p.imports(t), p.TestImports, p.XTestImports) {
			inside, ours := strings.CutPrefix(imported, module+"/")
			if ours && !under(inside, allowed.may...) {
				t.Errorf("%s imports %s, but %s may import only %s: %s", path, inside, room, strings.Join(allowed.may, ", "), allowed.why)
			}
		}
		if under(path, windowless...) {
			for _, imported := range slices.Concat(p.imports(t), p.Deps, p.TestImports, p.XTestImports) {
				if strings.HasPrefix(imported, ebiten) {
					t.Errorf("%s needs %s, but it must run where there is no window: servers, bots, tests, other engines", path, imported)
					break
				}
			}
		}
		for _, needed := range p.Deps {
			if strings.HasPrefix(needed, "github.com/pion/") {
				t.Errorf("%s needs %s, which is for tests only: nat/stun and nat/turn speak these protocols themselves", path, needed)
				break
			}
		}
	}
}

// simulation holds the packages in which the same inputs must give the same
// bits on every machine.
func simulation(path string) bool {
	return path == "rollback" || path == "game/lilypad/rules" ||
		under(path, "rollback") && !under(path, "rollback/cmd", "rollback/rollbacktest")
}

// TestSimulationImports keeps the outside world out of the simulation.
func TestSimulationImports(t *testing.T) {
	banned := map[string]string{
		"net":         "the core moves no bytes: netcode does",
		"os":          "files and processes differ between machines",
		"syscall":     "the operating system differs between machines",
		"math/rand":   "chance is a rollback.Rand inside the world, so that a rollback rewinds it",
		"crypto/rand": "chance is a rollback.Rand inside the world, so that a rollback rewinds it",
	}
	libraries := []string{"github.com/zeebo/xxh3", "github.com/klauspost/cpuid/v2"}
	for _, p := range modulePackages(t) {
		if !simulation(p.path()) {
			continue
		}
		for _, imported := range p.imports(t) {
			for outside, why := range banned {
				if under(imported, outside) {
					t.Errorf("%s imports %s: %s", p.path(), imported, why)
				}
			}
		}
		for _, needed := range slices.Concat(p.imports(t), p.Deps) {
			first, _, _ := strings.Cut(needed, "/")
			if strings.Contains(first, ".") && !under(needed, append(libraries, module)...) {
				t.Errorf("%s needs %s: the core rests on the standard library and one hash (%s) alone, so that nothing else can change a result",
					p.path(), needed, libraries[0])
			}
		}
	}
}

// TestSimulationCode type-checks the simulation and looks at every expression.
func TestSimulationCode(t *testing.T) {
	var paths []string
	for _, p := range modulePackages(t) {
		if simulation(p.path()) && len(p.GoFiles) > 0 {
			paths = append(paths, p.ImportPath)
		}
	}
	packages, exports := exported(t, paths...)
	for _, p := range packages {
		if !slices.Contains(paths, p.ImportPath) {
			continue
		}
		t.Run(p.path(), func(t *testing.T) {
			files := token.NewFileSet()
			var parsed []*ast.File
			for _, name := range p.GoFiles {
				file, err := parser.ParseFile(files, filepath.Join(p.Dir, name), nil, parser.SkipObjectResolution)
				if err != nil {
					t.Fatal(err)
				}
				parsed = append(parsed, file)
			}
			for _, offence := range offences(t, files, parsed, exports) {
				t.Error(offence)
			}
		})
	}
}

// exported lists packages with all they need, and where the compiler left what
// each of them exports.
func exported(t *testing.T, paths ...string) (packages []listed, exports map[string]string) {
	t.Helper()
	packages = golist(t, append([]string{"-export", "-deps", "-json=ImportPath,Dir,GoFiles,Export"}, paths...)...)
	exports = map[string]string{}
	for _, p := range packages {
		exports[p.ImportPath] = p.Export
	}
	return packages, exports
}

// offences type-checks a package and says what forbidden things stand where.
func offences(t *testing.T, files *token.FileSet, parsed []*ast.File, exports map[string]string) (found []string) {
	t.Helper()
	config := types.Config{Importer: importer.ForCompiler(files, "gc", func(path string) (io.ReadCloser, error) {
		return os.Open(exports[path])
	})}
	info := &types.Info{
		Types: map[ast.Expr]types.TypeAndValue{},
		Uses:  map[*ast.Ident]types.Object{},
		Defs:  map[*ast.Ident]types.Object{},
	}
	if _, err := config.Check("simulation", files, parsed, info); err != nil {
		t.Fatal(err)
	}
	for _, file := range parsed {
		ast.Inspect(file, func(node ast.Node) bool {
			if why := forbidden(node, info); why != "" {
				found = append(found, files.Position(node.Pos()).String()+": "+why)
			}
			return true
		})
	}
	return found
}

// forbidden says what is wrong with a node in simulation code, "" for nothing.
// A float that only passes through, from a call into a call, is let be: it is
// shown, not computed with.
func forbidden(node ast.Node, info *types.Info) string {
	const noFloats = "processors and compilers round floats differently: use rollback/fixed"
	switch node := node.(type) {
	case *ast.GoStmt:
		return "a go statement: what runs at the same time runs in no fixed order"
	case *ast.SelectStmt:
		return "a select: it chooses by chance between ready channels"
	case *ast.RangeStmt:
		if _, ok := info.TypeOf(node.X).Underlying().(*types.Map); ok {
			return "a range over a map: its order differs from run to run"
		}
	case *ast.BasicLit:
		if node.Kind == token.FLOAT || node.Kind == token.IMAG {
			return "the literal " + node.Value + ": " + noFloats
		}
	case *ast.BinaryExpr:
		if floating(info.TypeOf(node.X)) {
			return "arithmetic on a float: " + noFloats
		}
	case *ast.Ident:
		object := info.ObjectOf(node)
		if object == nil {
			return ""
		}
		if floating(object.Type()) {
			return node.Name + " is a float: " + noFloats
		}
		if object.Pkg() == nil || object.Parent() != object.Pkg().Scope() {
			return "" // a word of the language, a local or a method
		}
		switch name := object.Pkg().Path() + "." + object.Name(); name {
		case "time.Now", "time.Since", "time.Until", "time.Sleep", "time.After", "time.AfterFunc",
			"time.Tick", "time.NewTimer", "time.NewTicker":
			return name + ": time is an argument, so that a test or a replay can give it"
		case "maps.All", "maps.Keys", "maps.Values":
			return name + ": the order of a map differs from run to run"
		}
	}
	return ""
}

func floating(kind types.Type) bool {
	if kind == nil {
		return false
	}
	basic, ok := kind.Underlying().(*types.Basic)
	return ok && basic.Info()&(types.IsFloat|types.IsComplex) != 0
}

// TestForbidden shows each kind of offence to the check above, and its near
// neighbours: a check that finds nothing would pass everything.
func TestForbidden(t *testing.T) {
	_, exports := exported(t, "fmt", "maps", "math", "time")
	for _, c := range []struct {
		statement string
		want      string // a part of the offence, "" for none
	}{
		{"go func() {}()", "go statement"},
		{"select {}", "select"},
		{"for range map[int]int{} {}", "range over a map"},
		{"type m map[int]int; for range (m{}) {}", "range over a map"},
		{"for range []int{} {}", ""},
		{"for range maps.Keys(map[int]int{}) {}", "maps.Keys"},
		{"_ = maps.Clone(map[int]int{})", ""},
		{"_ = time.Now()", "time.Now"},
		{"wait := time.Sleep; _ = wait", "time.Sleep"},
		{"_ = 2 * time.Second", ""},
		{"_ = time.Time{}.After(time.Time{})", ""},
		{"x := 0.5; _ = int(x)", "0.5"},
		{"var x float32; _ = x", "float32"},
		{"type f float64; _ = f(1)", "float64"},
		{"_ = struct{ a float64 }{}", "float64"},
		{"x := math.Sqrt(2); _ = x", "x is a float"},
		{"_ = math.Pi * 2", "arithmetic on a float"},
		{"_ = math.Sqrt(2) < math.Sqrt(3)", "arithmetic on a float"},
		{"_ = 1e3 * 2", "1e3"},
		{"_ = 2i", "2i"},
		{"_ = 3 / 2", ""},
		{"_ = math.MaxInt32", ""},
		{"fmt.Print(math.Sqrt(2))", ""},
	} {
		files := token.NewFileSet()
		source := "package x\nimport (\"fmt\"; \"maps\"; \"math\"; \"time\")\n" +
			"var _, _, _, _ = fmt.Print, maps.Clone[map[int]int], math.MaxInt8, time.Second\n" +
			"func f() {\n" + c.statement + "\n}"
		file, err := parser.ParseFile(files, "x.go", source, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		found := strings.Join(offences(t, files, []*ast.File{file}, exports), "\n")
		if (found != "") != (c.want != "") || !strings.Contains(found, c.want) {
			t.Errorf("%s: found %q, want %q", c.statement, found, c.want)
		}
	}
}

func TestEveryPackageHasAComment(t *testing.T) {
	for _, p := range modulePackages(t) {
		if p.Doc == "" && len(p.GoFiles) > 0 {
			t.Errorf("%s has no package comment: say in its doc.go what it is for and show its use", p.path())
		}
	}
}
