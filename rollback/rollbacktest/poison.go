package rollbacktest

import (
	"bytes"
	"fmt"
	"reflect"
	"unsafe"

	"github.com/visavis-netcode/visavis/rollback"
)

// CopyError says that Config.Copy, or Append and Decode one after the other,
// made a world with other canonical bytes than its source has.
type CopyError struct {
	By    string // "Copy", or "Decode"
	Field string // first difference, such as "byte 12"
	Err   error  // what Decode returned, if it did
}

func (e *CopyError) Error() string {
	if e.Err != nil {
		return fmt.Sprintf("rollbacktest: Config.Decode refuses what Append wrote: %v", e.Err)
	}
	return fmt.Sprintf("rollbacktest: Config.%s leaves something out: the world it makes differs from its source at %s", e.By, e.Field)
}

func (e *CopyError) Unwrap() error { return e.Err }

// poison copies worlds into memory that was spoilt first, so that what a copy
// leaves out is not right by accident.
type poison[S any] struct {
	chance rollback.Rand
	user   func(dst, src *S) // Config.Copy, nil for plain values
	encode func([]byte, *S) []byte
	decode func(*S, []byte) error
	err    error // first *CopyError

	want, got []byte
}

func newPoison[S, I any](config rollback.Config[S, I], s *rollback.Session[S, I], seed uint64) *poison[S] {
	return &poison[S]{
		chance: rollback.NewRand(^seed),
		user:   config.Copy, encode: s.AppendWorld, decode: s.DecodeWorld,
	}
}

func (p *poison[S]) copy(dst, src *S) {
	if p.user == nil {
		memory := unsafe.Slice((*byte)(unsafe.Pointer(dst)), unsafe.Sizeof(*dst))
		for i := range memory {
			memory[i] = 0xA5
		}
		*dst = *src
		return
	}
	p.want = p.encode(p.want[:0], src)
	by := "Copy"
	if p.chance.OneIn(8) {
		by = "Decode"
		scramble(dst, &p.chance, true)
		if err := p.decode(dst, bytes.Clone(p.want)); err != nil {
			p.fail(&CopyError{By: by, Err: err})
			p.user(dst, src)
			return
		}
	} else {
		scramble(dst, &p.chance, p.chance.OneIn(2))
		p.user(dst, src)
	}
	if p.got = p.encode(p.got[:0], dst); !bytes.Equal(p.got, p.want) {
		at := 0
		for at < min(len(p.got), len(p.want)) && p.got[at] == p.want[at] {
			at++
		}
		p.fail(&CopyError{By: by, Field: fmt.Sprintf("byte %d of Append's %d", at, len(p.want))})
	}
}

func (p *poison[S]) fail(err error) {
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
