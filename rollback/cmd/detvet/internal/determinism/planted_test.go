package determinism

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/go/analysis/analysistest"
)

// games are sound ones of three kinds. A mistake is planted where /*decls*/, /*field*/
// and /*step*/ or /*deep*/ stand: in Step itself, or three calls below it.
var games = map[string]string{
	"values": `
type Frog struct{ X, Y, Tongue int32 }
type World struct {
	Frogs [8]Frog
	Tick  int32
	/*field*/
}
func (w *World) Step(in rollback.Inputs[uint8]) {
	w.Tick++
	for i := range w.Frogs {
		w.Frogs[i].X += int32(in.At(i) & 3)
		w.move(i)
	}
	/*step*/
}
func (w *World) move(i int)  { w.Frogs[i].land(w) }
func (f *Frog) land(w *World) { splash(w) }
func splash(w *World) {
	w.Tick += w.Frogs[0].Y
	/*deep*/
}
var config = rollback.Config[World, uint8]{Step: (*World).Step}
`,
	"pointers": `
type Unit struct {
	Pos, Speed float64
	Target     int32
}
type World struct {
	Units []*Unit
	Names map[uint8]string
	Tick  int32
	/*field*/
}
type rule func(*World, *Unit)
var rules = []rule{chase}
func step(w *World, in rollback.Inputs[uint8]) {
	w.Units = append(w.Units, &Unit{Speed: 1.5})
	for _, u := range w.Units {
		u.Pos += float64(u.Speed * 0.3)
		each(w, u, rules[0])
	}
	/*step*/
}
func each(w *World, u *Unit, f rule) { f(w, u) }
func chase(w *World, u *Unit)        { hit(w) }
func hit(w *World) {
	w.Tick++
	/*deep*/
}
func newConfig() (c rollback.Config[World, uint8]) {
	c = rollback.Config[World, uint8]{}
	c.Step = step
	return c
}
`,
	"grid": `
type Cell uint8
type grid[C any] struct {
	Cells [16][16]C
}
func (g *grid[C]) at(x, y int32) *C { return &g.Cells[y&15][x&15] }
type World struct {
	Board grid[Cell]
	Tick  int32
	/*field*/
}
var falls = [4]int32{1, 0, -1, 0}
func fill(w *World, x, y int32) {
	*w.Board.at(x, y)++
	flood(w, x)
}
func flood(w *World, x int32) {
	w.Tick += falls[x&3]
	/*deep*/
}
func newConfig() netcode.Config[World, uint8] {
	return netcode.Config[World, uint8]{
		Start: func(netcode.Setup) World { return World{} },
		Step: func(w *World, in rollback.Inputs[uint8]) {
			func() { fill(w, int32(in.At(0)), 3) }()
			/*step*/
		},
	}
}
`,
}

// mistake is one that is planted, each with the comment that expects it.
type mistake struct{ imports, decls, field, code string }

var mistakes = map[string]mistake{
	"range":     {field: "Bag map[int8]int8", code: "for k := range w.Bag { w.Tick = int32(k) } // want `ranges over a map`"},
	"keys":      {imports: "maps", field: "Bag map[int8]int8", code: "for k := range maps.Keys(w.Bag) { w.Tick = int32(k) } // want `uses maps.Keys`"},
	"clock":     {imports: "time", code: "w.Tick = int32(time.Now().Second()) // want `uses time.Now`"},
	"rand":      {imports: "math/rand/v2", code: "w.Tick = rand.Int32N(6) // want `uses math/rand/v2.Int32N`"},
	"goroutine": {code: "go func() { w.Tick++ }() // want `starts a goroutine`"},
	"send":      {decls: "var queue = make(chan int32, 9)", code: "queue <- 1 // want `sends to a channel`"},
	"receive":   {decls: "var queue = make(chan int32, 9)", code: "w.Tick = <-queue // want `receives from a channel`"},
	"select":    {code: "select { default: w.Tick++ } // want `a select chooses`"},
	"fuse":      {field: "A, B, C float32", code: "w.C = w.A*w.B + w.C // want `a float product`"},
	"sine":      {imports: "math", field: "A float64", code: "w.A = math.Sin(w.A) // want `uses math.Sin`"},
	"int":       {field: "Count int // want `World.Count is int`", code: "w.Count++"},
	"uintptr":   {field: "At [3]uintptr // want `World.At.. is uintptr`", code: "w.At[0]++"},
	"global":    {decls: "var turns int32", code: "turns++ // want `writes package variable turns`"},
	"table":     {decls: "var lookup [9]struct{ Used int32 }", code: "entry := &lookup[3]; entry.Used = w.Tick // want `writes package variable lookup`"},
	"setting":   {decls: "var level int32\nfunc menu() { level++ }", code: "w.Tick += level // want `uses package variable level`"},
	"unsafe":    {imports: "unsafe", code: "w.Tick = *(*int32)(unsafe.Pointer(w)) // want `uses package unsafe`"},
	"print":     {imports: "fmt", field: "Name string", code: "w.Name = fmt.Sprint(&w.Tick) // want `prints a pointer`"},
	"stream":    {imports: "math/rand", decls: "var stream *rand.Rand", code: "w.Tick += stream.Int31n(6) // want `writes package variable stream`"},
	"function":  {imports: "math", decls: "var sine = math.Sin", field: "A float64", code: "w.A = sine(w.A) // want `package variable sine uses math.Sin`"},
	"cores":     {imports: "runtime", decls: "var cores = runtime.NumCPU()", code: "w.Tick += int32(cores) // want `package variable cores uses runtime.NumCPU`"},
	"sum":       {field: "Bag map[int8]int32", code: "for _, v := range w.Bag { w.Tick++; w.Bag[0] += v * w.Tick } // want `ranges over a map`"},
	"ties":      {imports: "slices", field: "Bag map[int8]int32", code: "var bag []int32; for _, v := range w.Bag { bag = append(bag, v) }; slices.SortFunc(bag, func(a, b int32) int { return int(a&1 - b&1) }) // want `ranges over a map`"},
	"zone":      {imports: "time", code: "w.Tick = int32(time.Unix(3, 0).Hour()) // want `uses time.Unix: its time zone`"},
	"unsigned":  {field: "A float64", code: "w.Tick = int32(uint8(w.A)) // want `turns a float into an integer`"},
	"group":     {imports: "sync", code: "var all sync.WaitGroup; all.Go(func() { w.Tick++ }) // want `starts a goroutine`"},
	"field":     {imports: "time", decls: "type watch struct{ read func() time.Time }\nvar wrist = watch{time.Now}", code: "w.Tick = int32(wrist.read().Second()) // want `package variable wrist uses time.Now`"},
	"device":    {imports: "os", code: "w.Tick = int32(os.Getpid()) // want `uses os.Getpid`"},
}

// planted is a game with a mistake at a place.
func planted(name, game string, m mistake, at string) string {
	var imports strings.Builder
	imports.WriteString(`import ("github.com/visavis-netcode/visavis/rollback";`)
	for _, path := range []string{m.imports, map[bool]string{true: "github.com/visavis-netcode/visavis/netcode"}[strings.Contains(game, "netcode.")]} {
		if path != "" {
			fmt.Fprintf(&imports, "%q;", path)
		}
	}
	expect := ""
	if m != (mistake{}) {
		expect = ` // want package:"functions"`
	}
	game = strings.NewReplacer("/*field*/", m.field, at, m.code).Replace(game)
	return fmt.Sprintf("package %s%s\n%s)\n%s\n%s", name, expect, imports.String(), game, m.decls)
}

// TestPlanted: every kind of mistake is found in every kind of game, in Step and in what
// it calls, and in the sound games nothing is.
func TestPlanted(t *testing.T) {
	needsGo(t)
	root := t.TempDir()
	if err := os.CopyFS(filepath.Join(root, "src/github.com"), os.DirFS("testdata/src/github.com")); err != nil {
		t.Fatal(err)
	}
	var packages []string
	put := func(name, source string) {
		path := "example.com/" + name
		if err := os.MkdirAll(filepath.Join(root, "src", path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(root, "src", path, "game.go"), []byte(source), 0o666); err != nil {
			t.Fatal(err)
		}
		packages = append(packages, path)
	}
	for _, kind := range slices.Sorted(maps.Keys(games)) {
		put(kind, strings.Replace(planted(kind, games[kind], mistake{}, "/*step*/"), "package "+kind, "package "+kind+` // want package:"functions"`, 1))
		for _, name := range slices.Sorted(maps.Keys(mistakes)) {
			for place, at := range map[string]string{"step": "/*step*/", "deep": "/*deep*/"} {
				put(kind+name+place, planted(kind, games[kind], mistakes[name], at))
			}
		}
	}
	if len(packages) != 3*(1+2*len(mistakes)) {
		t.Fatalf("%d packages", len(packages))
	}
	analysistest.Run(t, root, Analyzer, packages...)
}
