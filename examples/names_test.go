//go:build !race

package examples

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// exported is what of a package can be named from outside: functions, variables, constants
// and types, the latter with their fields and methods.
type exported struct {
	names    map[string]bool
	members  map[string]map[string]bool // by type
	embedded map[string][]string        // names of the types within, "package.Type" if of another
}

// load parses the package in a folder.
func load(t *testing.T, folder string) *exported {
	t.Helper()
	e := &exported{names: map[string]bool{}, members: map[string]map[string]bool{}, embedded: map[string][]string{}}
	files, err := filepath.Glob(filepath.Join(folder, "*.go"))
	if err != nil || len(files) == 0 {
		t.Fatal(folder, err)
	}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range file.Decls {
			e.declare(d)
		}
	}
	return e
}

func (e *exported) declare(d ast.Decl) {
	switch d := d.(type) {
	case *ast.FuncDecl:
		if d.Recv == nil {
			e.names[d.Name.Name] = true
		} else {
			e.member(typeName(d.Recv.List[0].Type), d.Name.Name)
		}
	case *ast.GenDecl:
		for _, s := range d.Specs {
			switch s := s.(type) {
			case *ast.ValueSpec:
				for _, n := range s.Names {
					e.names[n.Name] = true
				}
			case *ast.TypeSpec:
				e.names[s.Name.Name] = true
				e.fields(s.Name.Name, s.Type)
			}
		}
	}
}

// fields notes what a type has of its own: fields, or the methods of an interface; of
// another name for a type, that one's.
func (e *exported) fields(of string, kind ast.Expr) {
	var list []*ast.Field
	switch k := kind.(type) {
	case *ast.StructType:
		list = k.Fields.List
	case *ast.InterfaceType:
		list = k.Methods.List
	default:
		e.embedded[of] = append(e.embedded[of], typeName(kind))
	}
	for _, f := range list {
		for _, n := range f.Names {
			e.member(of, n.Name)
		}
		if len(f.Names) == 0 {
			within := typeName(f.Type)
			e.embedded[of] = append(e.embedded[of], within)
			e.member(of, within[strings.IndexByte(within, '.')+1:])
		}
	}
}

func (e *exported) member(of, name string) {
	if e.members[of] == nil {
		e.members[of] = map[string]bool{}
	}
	e.members[of][name] = true
}

// typeName is the name of a type without pointers and type arguments.
func typeName(x ast.Expr) string {
	switch x := x.(type) {
	case *ast.StarExpr:
		return typeName(x.X)
	case *ast.IndexExpr:
		return typeName(x.X)
	case *ast.IndexListExpr:
		return typeName(x.X)
	case *ast.SelectorExpr:
		return typeName(x.X) + "." + x.Sel.Name
	case *ast.Ident:
		return x.Name
	}
	return ""
}

// doors are the packages that documents speak of by their names, by folder: all but
// programs and the bundled game.
func doors(t *testing.T) map[string]string {
	t.Helper()
	folders := map[string]string{}
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (strings.HasPrefix(d.Name(), ".") && path != ".." || d.Name() == "lilypad" || d.Name() == "testdata" || d.Name() == "cmd"):
			return fs.SkipDir
		case strings.HasSuffix(path, ".go") && !strings.HasSuffix(path, "_test.go"):
			file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.PackageClauseOnly)
			if err == nil && file.Name.Name != "main" {
				folders[file.Name.Name] = filepath.Dir(path)
			}
			return err
		}
		return nil
	})
	if err != nil || len(folders) < 40 {
		t.Fatal(len(folders), err)
	}
	return folders
}

// library is all of them.
type library map[string]*exported

// has reports whether a package has a name, or a type of it a field or method.
func (l library) has(door, name, member string) bool {
	e := l[door]
	if !e.names[name] {
		return false
	}
	if member == "" || e.members[name][member] {
		return true
	}
	if _, isType := e.members[name]; !isType && e.embedded[name] == nil {
		return true // a variable, or a type of which nothing is known
	}
	for _, within := range e.embedded[name] {
		other, inner, elsewhere := strings.Cut(within, ".")
		if !elsewhere {
			other, inner = door, within
		}
		if l[other] != nil && l.has(other, inner, member) {
			return true
		}
	}
	return false
}

var (
	// qualified is package.Name or package.Type.Member in a text, and member a Type.Member
	// in the voice of a page or of a package's own documentation.
	qualified = regexp.MustCompile(`\b([a-z][a-z0-9]*)\.([A-Z]\w*)(?:\.([A-Z]\w*))?`)
	member    = regexp.MustCompile(`(?:^|[^\w.*/])([A-Z]\w*)\.([A-Z]\w*)( of quic-go)?`)
)

// TestDocumentsNameWhatThereIs: what the pages and the documentation of packages name is
// there under that name, so that nobody looks for what has gone or was renamed.
func TestDocumentsNameWhatThereIs(t *testing.T) {
	all := library{}
	for name, folder := range doors(t) {
		all[name] = load(t, folder)
	}
	checked := 0
	for path, text := range documents(t) {
		for _, found := range qualified.FindAllStringSubmatch(text, -1) {
			if all[found[1]] == nil || strings.Contains(text, found[1]+" := ") {
				continue // somebody else's package, or a variable
			}
			checked++
			if !all.has(found[1], found[2], found[3]) {
				t.Errorf("%s names %s, which is not there", path, found[0])
			}
		}
		for _, found := range member.FindAllStringSubmatch(text, -1) {
			if known, ok := all.knows(found[1], found[2]); known && found[3] == "" {
				checked++
				if !ok {
					t.Errorf("%s names %s.%s, which is not there", path, found[1], found[2])
				}
			}
		}
	}
	if checked < 400 {
		t.Errorf("only %d names were looked up", checked)
	}
}

// knows reports whether some package has a type of that name, and one of those the member.
func (l library) knows(name, inner string) (known, ok bool) {
	for door, e := range l {
		if _, isType := e.members[name]; isType {
			known = true
			ok = ok || l.has(door, name, inner)
		}
	}
	return known, ok
}

// documents are the pages of this repository, and the comments before the packages, but
// those of the bundled game, which has types of the same names.
func documents(t *testing.T) map[string]string {
	t.Helper()
	texts := map[string]string{}
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (strings.HasPrefix(d.Name(), ".") && path != ".." || d.Name() == "lilypad"):
			return fs.SkipDir
		case strings.HasSuffix(path, ".md"):
			b, err := os.ReadFile(path)
			texts[path] = string(b)
			return err
		case d.Name() == "doc.go":
			file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ParseComments|parser.PackageClauseOnly)
			if err == nil {
				texts[path] = file.Doc.Text()
			}
			return err
		}
		return nil
	})
	if err != nil || len(texts) < 30 {
		t.Fatal(len(texts), err)
	}
	return texts
}
