package rollback

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"unsafe"

	"github.com/visavis-netcode/visavis/rollback/internal/reach"
	"pgregory.net/rapid"
)

// bazaar is a world with everything that a plain one cannot hold.
type bazaar struct {
	Name   string
	Stalls []stall
	Guests map[string]*guest
	Prices map[[2]int16]uint32
	First  *guest
	Crowd  [2][]*guest
	open   bool
	_      int32
	Nested map[int8]map[bool][]string
	Done   map[uint16]struct{}
	Rand   Rand
}

type stall struct {
	Goods []uint16
	Owner string
	Open  bool
}

type guest struct {
	Coins int32
	Next  *guest
	Bag   []stall
}

// draw makes a world by chance.
func drawBazaar(t *rapid.T) bazaar {
	numbers := rapid.SliceOfN(rapid.Uint16(), 0, 4)
	word := rapid.StringN(0, 6, 12)
	oneStall := rapid.Custom(func(t *rapid.T) stall {
		return stall{numbers.Draw(t, "goods"), word.Draw(t, "owner"), rapid.Bool().Draw(t, "open")}
	})
	stalls := rapid.SliceOfN(oneStall, 0, 3)
	someGuest := rapid.Custom(func(t *rapid.T) *guest {
		if rapid.IntRange(0, 3).Draw(t, "nil") == 0 {
			return nil
		}
		g := &guest{Coins: rapid.Int32().Draw(t, "coins"), Bag: stalls.Draw(t, "bag")}
		if rapid.Bool().Draw(t, "next") {
			g.Next = &guest{Coins: 7}
		}
		return g
	})
	w := bazaar{
		Name: word.Draw(t, "name"), Stalls: stalls.Draw(t, "stalls"),
		Guests: rapid.MapOfN(word, someGuest, 0, 4).Draw(t, "guests"),
		First:  someGuest.Draw(t, "first"), open: rapid.Bool().Draw(t, "doors"),
		Crowd: [2][]*guest{rapid.SliceOfN(someGuest, 0, 3).Draw(t, "crowd")},
		Done:  rapid.MapOfN(rapid.Uint16(), rapid.Just(struct{}{}), 0, 3).Draw(t, "done"),
		Rand:  NewRand(rapid.Uint64().Draw(t, "seed")),
	}
	if rapid.Bool().Draw(t, "prices") {
		w.Prices = map[[2]int16]uint32{{1, -2}: 3, {-1, 0}: rapid.Uint32().Draw(t, "price"), {300, 5}: 0}
		w.Nested = map[int8]map[bool][]string{-1: {true: {"a", ""}, false: nil}, 4: nil, 5: {}}
	}
	return w
}

func deepOf[S any](t testing.TB) *deepLayout {
	t.Helper()
	d, err := compileDeep(reflect.TypeFor[S](), "World")
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// TestDeepCopy: a copy is equal, shares no memory, has the same bytes, and so has
// what is read back from them.
func TestDeepCopy(t *testing.T) {
	d := deepOf[bazaar](t)
	rapid.Check(t, func(t *rapid.T) {
		w, older := drawBazaar(t), drawBazaar(t)
		olderBytes := d.append(nil, unsafe.Pointer(&older))
		kept := older // its memory must stay as it is when older is overwritten
		d.copy(unsafe.Pointer(&older), unsafe.Pointer(&w))
		if !reflect.DeepEqual(w, older) {
			t.Fatalf("copied %+v\nto %+v", w, older)
		}
		mine, _ := reach.Of("w", reflect.ValueOf(&w).Elem())
		theirs, _ := reach.Of("copy", reflect.ValueOf(&older).Elem())
		if shared := reach.Common(mine, theirs, 1); shared != nil {
			t.Fatalf("%v", shared)
		}
		if !bytes.Equal(d.append(nil, unsafe.Pointer(&kept)), olderBytes) {
			t.Fatal("the memory of the world that was there before was written to")
		}
		b := d.append(nil, unsafe.Pointer(&w))
		if !bytes.Equal(b, d.append(nil, unsafe.Pointer(&older))) {
			t.Fatal("a copy has other bytes")
		}
		var back bazaar
		if err := d.decode(unsafe.Pointer(&back), b); err != nil || !reflect.DeepEqual(w, back) {
			t.Fatalf("%v: %+v\nread back as %+v", err, w, back)
		}
		if cut := rapid.IntRange(0, len(b)-1).Draw(t, "cut"); d.decode(unsafe.Pointer(&back), b[:cut]) == nil {
			t.Fatalf("%d of %d bytes are a world", cut, len(b))
		}
		if !reflect.DeepEqual(w, back) {
			t.Fatal("bytes that are refused change the world")
		}
		if fields := diff(reflect.ValueOf(&w).Elem(), reflect.ValueOf(&back).Elem(), 9); fields != nil {
			t.Fatalf("equal worlds differ: %v", fields)
		}
	})
}

// TestDeepDiff names what differs.
func TestDeepDiff(t *testing.T) {
	one := func() *bazaar {
		return &bazaar{
			Name: "souk", Stalls: []stall{{Owner: "Ana"}, {Goods: []uint16{1, 2}}}, Guests: map[string]*guest{"Ben": {Coins: 3}},
			Prices: map[[2]int16]uint32{{1, 2}: 3}, First: &guest{Next: &guest{}},
		}
	}
	for _, test := range []struct {
		change func(w *bazaar)
		want   string
	}{
		{func(w *bazaar) { w.Name = strings.Repeat("x", 100) }, `Name: "souk" here, "` + strings.Repeat("x", 80) + `"... (100 bytes`},
		{func(w *bazaar) { w.Stalls[1].Goods[1] = 9 }, "Stalls[1].Goods[1]: 2 here, 9 there"},
		{func(w *bazaar) { w.Stalls = w.Stalls[:1] }, "Stalls: len 2 here, len 1 there"},
		{func(w *bazaar) { w.Stalls = nil }, "Stalls: not nil here, nil there"},
		{func(w *bazaar) { w.Guests["Ben"].Coins = 4 }, `Guests["Ben"].Coins: 3 here, 4 there`},
		{func(w *bazaar) { w.Guests["Cleo"] = nil }, `Guests["Cleo"]: absent here, present there`},
		{func(w *bazaar) { delete(w.Prices, [2]int16{1, 2}) }, "Prices[[1 2]]: present here, absent there"},
		{func(w *bazaar) { w.First.Next = nil }, "First.Next: not nil here, nil there"},
		{func(w *bazaar) { w.open = true }, "open: false here, true there"},
	} {
		a, b := one(), one()
		test.change(b)
		d := diff(reflect.ValueOf(a).Elem(), reflect.ValueOf(b).Elem(), 5)
		if len(d) != 1 || !strings.HasPrefix(d[0].String(), test.want) {
			t.Errorf("%v, want %s", d, test.want)
		}
	}
}

// TestSharedMemory: what a copy would part is refused by New, with both ways to
// it, and found when Step makes it later.
func TestSharedMemory(t *testing.T) {
	start := func(change func(w *bazaar)) Config[bazaar, uint8] {
		w := bazaar{Stalls: make([]stall, 3), Guests: map[string]*guest{}, First: &guest{}}
		change(&w)
		return Config[bazaar, uint8]{Start: w, Seats: 1, Local: []int{0}, Step: func(*bazaar, Inputs[uint8]) {}}
	}
	for _, test := range []struct {
		change     func(w *bazaar)
		one, other string
	}{
		{func(w *bazaar) { w.First.Next = w.First }, "bazaar.First", "bazaar.First.Next"},
		{func(w *bazaar) { w.Guests["Ana"] = w.First }, "bazaar.Guests[]", "bazaar.First"},
		{func(w *bazaar) { w.First.Bag = w.Stalls[1:2] }, "bazaar.Stalls", "bazaar.First.Bag"},
		{func(w *bazaar) { w.First.Bag = w.Stalls[:0] }, "bazaar.Stalls", "bazaar.First.Bag"},
		{func(w *bazaar) { w.Crowd[1] = make([]*guest, 2); w.Crowd[0] = w.Crowd[1][1:] }, "bazaar.Crowd[1]", "bazaar.Crowd[0]"},
		{func(w *bazaar) { w.Nested = map[int8]map[bool][]string{0: {}, 1: nil}; w.Nested[1] = w.Nested[0] }, "bazaar.Nested[]", "bazaar.Nested[]"},
	} {
		config := start(test.change)
		_, err := New(config)
		var shared *SharedError
		if !errors.As(err, &shared) || shared.Field != test.one || shared.Other != test.other {
			t.Errorf("%v, want %s and %s", err, test.one, test.other)
		}
		if errors.As(config.Check(), &shared) != true {
			t.Error("Check allows what New refuses")
		}
	}

	later := start(func(w *bazaar) {})
	later.Step = func(w *bazaar, in Inputs[uint8]) {
		if in.Frame() == 3 {
			w.First.Next = &guest{Next: w.First}
		}
	}
	s := mustNew(t, later)
	defer func() {
		shared, ok := recover().(*SharedError)
		if !ok || shared.Field != "bazaar.First" || shared.Other != "bazaar.First.Next.Next" {
			t.Errorf("a ring that Step made: %v", shared)
		}
	}()
	for range 10 {
		s.Tick(0)
	}
	t.Error("a world without an end was copied")
}

// TestDeepSession plays a world of slices and maps late and in lockstep, by its
// compiled layout alone.
func TestDeepSession(t *testing.T) {
	config := func(local ...int) Config[scroll, uint8] {
		c := scrollConfig(local...)
		c.Copy, c.Append, c.Decode = nil, nil, nil
		return c
	}
	late, truth := mustNew(t, config(0)), mustNew(t, config())
	playScroll(t, late, truth)
	b := late.AppendWorld(nil, late.World())
	var back scroll
	if err := late.DecodeWorld(&back, b); err != nil || late.Hash(&back) != late.Hash(late.World()) {
		t.Errorf("a world comes back as %v (%v)", back, err)
	}
	back.Lines[0] ^= 0x300
	if d := late.Diff(late.World(), &back, 5); len(d) != 1 || d[0].Field != "Lines[0]" {
		t.Errorf("diff %v", d)
	}
}

// TestDeepList: a list as long as the limit is a world, a longer one is refused on
// both ways, not followed until the stack ends.
func TestDeepList(t *testing.T) {
	type node struct{ Next *node }
	d := deepOf[node](t)
	list := func(n int) *node {
		first := &node{}
		for range n {
			first = &node{first}
		}
		return first
	}
	var back node
	b := d.append(nil, unsafe.Pointer(list(maxNesting)))
	if err := d.decode(unsafe.Pointer(&back), b); err != nil {
		t.Error(err)
	}
	if err := d.decode(unsafe.Pointer(&back), append(bytes.Repeat([]byte{1}, 1<<20), 0)); err == nil || !strings.Contains(err.Error(), "deep") {
		t.Errorf("a million of pointers: %v", err)
	}
	defer func() {
		if said := fmt.Sprint(recover()); !strings.Contains(said, "deeper than") {
			t.Error(said)
		}
	}()
	d.append(nil, unsafe.Pointer(list(maxNesting+1)))
}

// FuzzDeepDecode: whatever a stranger sends is a world, which is written as it was
// read, or is refused; and it costs no more memory than its length allows.
func FuzzDeepDecode(f *testing.F) {
	d := deepOf[bazaar](f)
	full := bazaar{
		Name: "souk", Stalls: []stall{{Goods: []uint16{1, 2}, Owner: "Ana"}, {}},
		Guests: map[string]*guest{"Ben": {Coins: 3, Next: &guest{}}, "Cleo": nil}, Prices: map[[2]int16]uint32{{1, 2}: 3},
		Nested: map[int8]map[bool][]string{-1: {true: {"a"}}}, Done: map[uint16]struct{}{7: {}},
	}
	f.Add(d.append(nil, unsafe.Pointer(&bazaar{})))
	f.Add(d.append(nil, unsafe.Pointer(&full)))
	f.Fuzz(func(t *testing.T, b []byte) {
		var w bazaar
		if err := d.decode(unsafe.Pointer(&w), b); err != nil {
			return
		}
		if again := d.append(nil, unsafe.Pointer(&w)); !bytes.Equal(again, b) {
			t.Fatalf("% x was read, and written as % x", b, again)
		}
	})
}
