package determinism

import (
	"fmt"
	"go/ast"
	"go/types"
	"strings"
)

// noteGiven finds the package variables whose value was not the same on every machine when the
// program began, and notes where a function uses one. All functions must have been looked at.
func (c *checker) noteGiven() {
	c.readGiven()
	for _, n := range c.order {
		ast.Inspect(n.body(), func(at ast.Node) bool {
			name, ok := at.(*ast.Ident)
			if !ok {
				return true
			}
			v, ok := c.pass.TypesInfo.Uses[name].(*types.Var)
			if !ok {
				return true
			}
			if says := c.given[v]; says != "" {
				says = fmt.Sprintf("package variable %s %s", v.Name(), says)
				n.findings = append(n.findings, finding{place: place{name.Pos(), says}})
			}
			return true
		})
	}
}

// readGiven reads what package variables are declared with and what functions called init give them.
func (c *checker) readGiven() {
	for _, file := range c.files {
		for _, declaration := range file.Decls {
			switch at := declaration.(type) {
			case *ast.GenDecl:
				for _, spec := range at.Specs {
					if spec, ok := spec.(*ast.ValueSpec); ok {
						c.givenBySpec(spec)
					}
				}
			case *ast.FuncDecl:
				if at.Name.Name == "init" && at.Recv == nil {
					c.givenByInit(at.Body)
				}
			}
		}
	}
}

func (c *checker) givenBySpec(spec *ast.ValueSpec) {
	for i, name := range spec.Names {
		v, ok := c.pass.TypesInfo.Defs[name].(*types.Var)
		if ok && len(spec.Values) > 0 {
			c.give(v, spec.Values[min(i, len(spec.Values)-1)])
		}
	}
}

func (c *checker) givenByInit(body *ast.BlockStmt) {
	ast.Inspect(body, func(at ast.Node) bool {
		if assign, ok := at.(*ast.AssignStmt); ok {
			for i, to := range assign.Lhs {
				if v, _ := c.rootVar(to); v != nil && inPackage(v) {
					c.give(v, assign.Rhs[min(i, len(assign.Rhs)-1)])
				}
			}
		}
		return true
	})
}

// give notes what is wrong with a value that a package variable is given.
func (c *checker) give(v *types.Var, value ast.Expr) {
	if says := c.differs(value); says != "" && c.given[v] == "" && !c.isExcused(value.Pos()) {
		c.given[v] = says
	}
}

// differs says what is wrong with an expression whose value differs between machines, "" for
// nothing. What stands in it and is only named, or is a function's body, is looked at where it is
// called.
func (c *checker) differs(e ast.Expr) (says string) {
	ast.Inspect(e, func(at ast.Node) bool {
		switch at := at.(type) {
		case *ast.FuncLit:
			return false
		case *ast.CallExpr:
			if strings.HasPrefix(c.outside(at), "flag.") {
				return false // see noteFlags
			}
			for _, called := range c.callee(at) {
				says = c.differsBy(called)
			}
		case *ast.Ident:
			object := c.pass.TypesInfo.Uses[at]
			if why := foreign(object); why != "" {
				says = why
			} else if v, ok := object.(*types.Var); ok {
				says = c.given[v]
			}
		}
		return says == ""
	})
	return says
}

// differsBy says what is wrong with a function by which a value is made.
func (c *checker) differsBy(called call) string {
	name, faults := "", []string(nil)
	if called.local != nil {
		name, faults = called.local.name, c.faults(called.local)
	} else {
		name, faults = called.imported.Name(), c.imported(called.imported).Faults
	}
	if len(faults) == 0 {
		return ""
	}
	return fmt.Sprintf("is made by %s: %s", name, faults[0])
}
