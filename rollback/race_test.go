package rollback_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// starters returns the functions of test files, by file, from which a goroutine of
// somebody's starts: by a go statement, a method Go, a bubble, a socket, or by a call
// to another of them.
func starters(files []*ast.File) map[*ast.File][]string {
	starts := map[string]bool{"Listen": true, "quiclink.Listen": true, "net.Listen": true, "net.ListenUDP": true, "synctest.Test": true}
	for before := 0; before < len(starts); {
		before = len(starts)
		for _, file := range files {
			for _, d := range file.Decls {
				if f, ok := d.(*ast.FuncDecl); ok && f.Body != nil && startsOne(f.Body, starts) {
					starts[f.Name.Name] = true
				}
			}
		}
	}
	found := map[*ast.File][]string{}
	for _, file := range files {
		for _, d := range file.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && starts[f.Name.Name] {
				found[file] = append(found[file], f.Name.Name)
			}
		}
	}
	return found
}

func startsOne(body ast.Node, starts map[string]bool) (found bool) {
	ast.Inspect(body, func(node ast.Node) bool {
		switch node := node.(type) {
		case *ast.GoStmt:
			found = true
		case *ast.CallExpr:
			switch f := node.Fun.(type) {
			case *ast.Ident:
				found = found || starts[f.Name]
			case *ast.SelectorExpr:
				of, _ := f.X.(*ast.Ident)
				found = found || f.Sel.Name == "Go" || of != nil && starts[of.Name+"."+f.Sel.Name]
			}
		}
		return !found
	})
	return found
}

// TestForbiddenGoroutines: a test file that is left out under the race detector starts
// no goroutine, in which there would be something to find. (Those of t.Parallel are let
// be: tests that share nothing.)
func TestForbiddenGoroutines(t *testing.T) {
	folders, alone := map[string][]*ast.File{}, map[*ast.File]string{}
	set := token.NewFileSet()
	err := filepath.WalkDir("..", func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		file, err := parser.ParseFile(set, path, nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		folder := filepath.Dir(path)
		folders[folder] = append(folders[folder], file)
		if len(file.Comments) > 0 && file.Comments[0].List[0].Text == "//go:build !race" {
			alone[file] = path
		}
		return nil
	})
	if err != nil || len(alone) == 0 {
		t.Fatalf("%d files, %v", len(alone), err)
	}
	seen := 0
	for _, folder := range slices.Sorted(maps.Keys(folders)) {
		for file, names := range starters(folders[folder]) {
			if path := alone[file]; path != "" {
				t.Errorf("%s: %v starts a goroutine: write it where the race detector looks, in a file without //go:build !race (or, if it only does at length what shorter tests do, with !race || soak)", path, names)
			}
			seen += len(names)
		}
	}
	if seen < 50 {
		t.Errorf("%d test functions of the whole module start a goroutine: the check is blind", seen)
	}
}
