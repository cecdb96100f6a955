package rollbacktest

import (
	"bytes"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"unsafe"

	"github.com/visavis-netcode/visavis/rollback"
	"github.com/visavis-netcode/visavis/rollback/internal/reach"
)

// CopyError says that Config.Copy, or Append, or Decode, does not do what a world
// needs.
type CopyError struct {
	By    string // "Copy", "Append" or "Decode"; "Step" if only its panic shows what Copy did
	Field string // first difference, such as "Lines[2]" or "byte 12"; "" if Err says all
	// Shared is a way through the world to memory that Copy does not copy, such as
	// "World.Lines", where that may have to do with it; several if they all may; ""
	// otherwise. World.Units[] are the values of a map.
	Shared string
	Err    error // what Decode returned, or what it or another one panicked with
}

func (e *CopyError) Error() string {
	var said string
	switch {
	case e.Err != nil && e.By == "Decode":
		said = fmt.Sprintf("rollbacktest: Config.Decode fails on what Append wrote: %v", e.Err)
	case e.Err != nil:
		said = fmt.Sprintf("rollbacktest: Config.%s fails on a world of the game: %v", e.By, e.Err)
	case e.By == "Append":
		said = fmt.Sprintf("rollbacktest: Config.Append wrote one world twice and not the same bytes (first at %s): does it range over a map?", e.Field)
	default:
		said = fmt.Sprintf("rollbacktest: Config.%s leaves something out: the world it makes differs from its source at %s", e.By, e.Field)
	}
	return said + sharedWords(e.Shared)
}

func (e *CopyError) Unwrap() error { return e.Err }

// sharedWords is the sentence about memory that Copy does not copy.
func sharedWords(path string) string {
	if path == "" {
		return ""
	}
	return fmt.Sprintf("\nConfig.Copy does not copy %s: both worlds hold the same memory there, which is right only for what never changes", path)
}

// looksAtMemory is in how many copies Copy is watched for memory that it shares: the
// first ones, which is when a game has its first of everything, and one in 32.
const looksAtMemory = 64

// maxShared bounds the ways to shared memory that are remembered.
const maxShared = 16

// poison copies worlds into memory that was spoilt first, so that what a copy
// leaves out is not right by accident.
type poison[S any] struct {
	chance rollback.Rand
	user   func(dst, src *S) // Config.Copy, nil for worlds without one
	encode func([]byte, *S) []byte
	decode func(*S, []byte) error
	diff   func(a, b *S, limit int) []rollback.Difference
	plain  bool
	copies int
	shared []string // ways to memory that Copy was seen to share, a few
	err    error    // first *CopyError

	want, got []byte
}

func newPoison[S, I any](config rollback.Config[S, I], s *rollback.Session[S, I], seed uint64) *poison[S] {
	return &poison[S]{
		chance: rollback.NewRand(^seed), user: config.Copy,
		encode: s.AppendWorld, decode: s.DecodeWorld, diff: s.Diff, plain: rollback.Plain[S]() == nil,
	}
}

func (p *poison[S]) copy(dst, src *S) {
	switch {
	case p.user != nil:
		p.copyByUser(dst, src)
	case p.plain:
		memory := unsafe.Slice((*byte)(unsafe.Pointer(dst)), unsafe.Sizeof(*dst))
		for i := range memory {
			memory[i] = 0xA5
		}
		*dst = *src
	default: // by its canonical bytes, which are all there is of a world
		p.want = p.encode(p.want[:0], src)
		if err := p.decode(dst, p.want); err != nil {
			p.fail(&CopyError{By: "Decode", Err: err})
		}
	}
}

// copyByUser is Config.Copy, or Append and Decode one after the other, and a look at
// what they did. What fails is reported once; the copy is then left as it is.
func (p *poison[S]) copyByUser(dst, src *S) {
	by := "Append"
	defer func() {
		if problem := recover(); problem != nil {
			p.fail(&CopyError{By: by, Shared: p.suspects(), Err: fmt.Errorf("panic: %v", problem)})
		}
	}()
	p.want = p.encode(p.want[:0], src)
	if p.wavers(src, 1) {
		return
	}
	if by = "Copy"; p.chance.OneIn(8) {
		by = "Decode"
	}
	scramble(dst, &p.chance, by == "Decode" || p.chance.OneIn(2))
	if by == "Copy" {
		p.user(dst, src)
		p.watch(dst, src)
	} else if err := p.decode(dst, bytes.Clone(p.want)); err != nil {
		p.fail(&CopyError{By: by, Err: err})
		return
	}
	if p.got = p.encode(p.got[:0], dst); !bytes.Equal(p.got, p.want) && !p.wavers(src, 32) {
		p.fail(&CopyError{By: by, Field: p.firstField(dst, src)})
	}
}

// wavers reports whether Append, asked again and again, writes a world otherwise than
// before. The order of a small map may be the same a few times.
func (p *poison[S]) wavers(src *S, times int) bool {
	var again []byte
	for range times {
		if again = p.encode(again[:0], src); !bytes.Equal(again, p.want) {
			p.fail(&CopyError{By: "Append", Field: firstByte(again, p.want)})
			return true
		}
	}
	return false
}

// firstLook lets Append, Copy and Decode work on the start world, so that one which
// cannot is named before anything is built on it.
func firstLook[S, I any](config rollback.Config[S, I]) (err error) {
	by := "Append"
	defer func() {
		if problem := recover(); problem != nil {
			err = &CopyError{By: by, Err: fmt.Errorf("panic: %v", problem)}
		}
	}()
	b := config.Append(nil, &config.Start)
	by = "Copy"
	var copied, read S
	config.Copy(&copied, &config.Start)
	by = "Decode"
	if refused := config.Decode(&read, b); refused != nil {
		return &CopyError{By: by, Err: refused}
	}
	return nil
}

// watch looks for memory that a copy and its source share. By itself it is no
// fault: what never changes may be shared.
func (p *poison[S]) watch(dst, src *S) {
	if p.copies++; p.copies > looksAtMemory && !p.chance.OneIn(32) {
		return
	}
	mine, _ := reach.Of("", reflect.ValueOf(dst).Elem())
	theirs, _ := reach.Of("", reflect.ValueOf(src).Elem())
	for _, both := range reach.Common(mine, theirs, maxShared) {
		if len(p.shared) < maxShared && !slices.Contains(p.shared, both.A) {
			p.shared = append(p.shared, both.A)
		}
	}
}

// culprit is the way to shared memory that one of the fields lies on, "" if none
// does.
func (p *poison[S]) culprit(fields []rollback.Difference) string {
	for _, path := range p.shared {
		for _, d := range fields {
			if leads(path, "."+d.Field) {
				return p.world(path)
			}
		}
	}
	return ""
}

// leads reports whether a field lies on a way, in which [] stands for any key of a map.
func leads(way, field string) bool {
	for {
		before, after, anyKey := strings.Cut(way, "[]")
		rest, ok := strings.CutPrefix(field, before)
		if !ok || !anyKey {
			return ok
		}
		if _, field, ok = strings.Cut(rest, "]"); !ok {
			return false
		}
		way = after
	}
}

// suspects are all ways to shared memory, for a panic that names no field; "" if there
// are none.
func (p *poison[S]) suspects() string {
	var ways []string
	for _, path := range p.shared {
		ways = append(ways, p.world(path))
	}
	return strings.Join(ways, ", ")
}

// world is a path with the name of the world before it.
func (p *poison[S]) world(path string) string { return reflect.TypeFor[S]().Name() + path }

// firstField names the first difference of two worlds.
func (p *poison[S]) firstField(a, b *S) string {
	if fields := p.diff(a, b, 1); len(fields) > 0 && !strings.HasPrefix(fields[0].Field, "byte ") {
		return fields[0].Field
	}
	return firstByte(p.got, p.want)
}

func firstByte(a, b []byte) string {
	at := 0
	for at < min(len(a), len(b)) && a[at] == b[at] {
		at++
	}
	return fmt.Sprintf("byte %d of Append's %d", at, len(b))
}

func (p *poison[S]) fail(err *CopyError) {
	if p.err == nil {
		p.err = err
	}
}

// scramble gives every number and bool in v a random value. What refers to
// other memory is set to nil if drop says so and else left alone: a copy may
// use the memory again, and it may be shared rightly.
func scramble[T any](v *T, chance *rollback.Rand, drop bool) {
	scrambleValue(reflect.ValueOf(v).Elem(), chance, drop)
}

func scrambleValue(v reflect.Value, chance *rollback.Rand, drop bool) {
	switch v.Kind() {
	case reflect.Struct:
		for _, field := range v.Fields() {
			// Fields that are not exported too: reflect alone refuses them.
			scrambleValue(reflect.NewAt(field.Type(), field.Addr().UnsafePointer()).Elem(), chance, drop)
		}
	case reflect.Array:
		for i := range v.Len() {
			scrambleValue(v.Index(i), chance, drop)
		}
	case reflect.Bool:
		v.SetBool(chance.OneIn(2))
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		v.SetInt(int64(word(chance)))
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		v.SetUint(word(chance))
	case reflect.Float32, reflect.Float64:
		v.SetFloat(float64(chance.Between(-100, 100)) / 100) // a stick's range
	default:
		if drop {
			v.SetZero()
		}
	}
}

func word(chance *rollback.Rand) uint64 {
	return uint64(chance.Uint32())<<32 | uint64(chance.Uint32())
}
