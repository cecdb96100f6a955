package rollback

import (
	"errors"
	"reflect"
)

// compileDeep makes the deepLayout of a type, or a *LayoutError with all fields
// that have no place in a world.
func compileDeep(t reflect.Type, name string) (*deepLayout, error) {
	c := deepCompiler{done: map[reflect.Type]*structCodec{}}
	root := c.compile(t, name)
	if len(c.faults) > 0 {
		return nil, &LayoutError{Faults: c.faults}
	}
	return &deepLayout{root: root, typ: t, name: name}, nil
}

type deepCompiler struct {
	done   map[reflect.Type]*structCodec // which may hold themselves
	faults []LayoutFault
}

func (c *deepCompiler) fault(name, kind string) codec {
	c.faults = append(c.faults, LayoutFault{name, kind})
	return plainCodec{&layout{}}
}

func (c *deepCompiler) compile(t reflect.Type, name string) codec {
	if l, err := compileLayout(t, name); err == nil {
		return plainCodec{l}
	}
	switch t.Kind() {
	case reflect.String:
		return stringCodec{}
	case reflect.Struct:
		return c.compileStruct(t, name)
	case reflect.Array:
		return &arrayCodec{elem: c.compile(t.Elem(), name+"[]"), size: t.Elem().Size(), n: t.Len()}
	case reflect.Slice:
		if l, err := compileLayout(t.Elem(), name); err == nil && l.size == 0 {
			return c.fault(name, "a slice of values without content (use a count)")
		}
		return &sliceCodec{typ: t, elem: c.compile(t.Elem(), name+"[]")}
	case reflect.Pointer:
		return &pointerCodec{typ: t.Elem(), elem: c.compile(t.Elem(), name)}
	case reflect.Map:
		return c.compileMap(t, name)
	}
	return c.fault(name, describeKind(t))
}

func (c *deepCompiler) compileStruct(t reflect.Type, name string) codec {
	if known := c.done[t]; known != nil {
		return known
	}
	s := &structCodec{}
	c.done[t] = s
	for f := range t.Fields() {
		if f.Name == "_" {
			continue
		}
		field := c.compile(f.Type, name+"."+f.Name)
		s.fields = append(s.fields, fieldCodec{f.Offset, field})
		s.least += field.minBytes()
	}
	return s
}

func (c *deepCompiler) compileMap(t reflect.Type, name string) codec {
	if why := noKey(t.Key()); why != "" {
		return c.fault(name, "a map whose keys are or hold "+why)
	}
	return &mapCodec{typ: t, key: c.compile(t.Key(), name+"[key]"), elem: c.compile(t.Elem(), name+"[]")}
}

// noKey says what keeps a type from being the key of a map in a world: keys must
// be equal when their bytes are, and the other way round.
func noKey(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Float32, reflect.Float64:
		return "floating-point numbers, which may not equal themselves"
	case reflect.Pointer, reflect.Chan, reflect.UnsafePointer:
		return "pointers, which say nothing on another machine"
	case reflect.Array:
		return noKey(t.Elem())
	case reflect.Struct:
		for f := range t.Fields() {
			if f.Name == "_" {
				return "a blank field"
			}
			if why := noKey(f.Type); why != "" {
				return why
			}
		}
	}
	return ""
}

// Plain reports what keeps S from being a plain value, whose snapshot is one
// assignment: a *LayoutError that lists all fields, or nil. Worlds that hold
// slices, maps, strings or pointers are taken too, but each frame then costs
// allocations; a game's test can see to it that they stay out.
func Plain[S any]() error {
	_, err := compileLayout(reflect.TypeFor[S](), typeName[S]("World"))
	return err
}

// compileWorld returns the layout of a plain world or, if it is not one, its
// deepLayout. Its error lists only what neither takes.
func compileWorld(t reflect.Type, name string) (*layout, *deepLayout, error) {
	plain, err := compileLayout(t, name)
	if err == nil {
		return plain, nil, nil
	}
	deep, err := compileDeep(t, name)
	var fault *LayoutError
	if errors.As(err, &fault) {
		return nil, nil, fault
	}
	return nil, deep, nil
}
