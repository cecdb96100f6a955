//go:build !race

package netcode

import (
	"reflect"
	"strings"
	"testing"

	"github.com/visavis-netcode/visavis/netcode/internal/wire"
	"github.com/visavis-netcode/visavis/rollback"
)

type (
	fieldsA struct {
		Ball struct{ X, Y int32 }
		Cups [8]uint16
		Wind int8
		Rand rollback.Rand
	}
	fieldsMore struct { // a field more in the middle
		Ball struct{ X, Y, Z int32 }
		Cups [8]uint16
		Wind int8
		Rand rollback.Rand
	}
	fieldsFirst struct { // and at the beginning
		Zeal bool
		Ball struct{ X, Y int32 }
		Cups [8]uint16
		Wind int8
		Rand rollback.Rand
	}
	fieldsKind struct { // other types
		Ball struct{ X, Y int32 }
		Cups [9]uint16
		Wind int16
		Rand rollback.Rand
	}
	fieldsOrder struct {
		Ball struct{ X, Y int32 }
		Wind int8
		Cups [8]uint16
		Rand rollback.Rand
	}
	fieldsFew struct{ Rand rollback.Rand }
)

func fieldsOf[S, I any]() []rollback.ShapeField { return rollback.ShapeOf[S, I]().Fields }

// TestFieldsThatDifferAreNamed, by each side's own names.
func TestFieldsThatDifferAreNamed(t *testing.T) {
	a := fieldsOf[fieldsA, uint8]()
	for _, row := range []struct {
		ours, theirs []rollback.ShapeField
		want         string
	}{
		{a, fieldsOf[fieldsMore, uint8](), "there is more after fieldsA.Ball.Y"},
		{fieldsOf[fieldsMore, uint8](), a, "without fieldsMore.Ball.Z"},
		{a, fieldsOf[fieldsFirst, uint8](), "there is more at the beginning"},
		{a, fieldsOf[fieldsKind, uint8](), "fieldsA.Cups is no [8]uint16 there, fieldsA.Wind is no int8 there"},
		{a, fieldsOf[fieldsA, uint16](), "Input is no uint8 there"},
		{a, fieldsOf[fieldsOrder, uint8](), "the fields are in another order"},
		{a, fieldsOf[fieldsFew, uint8](), "without fieldsA.Ball.X, fieldsA.Ball.Y, fieldsA.Cups, and 1 more"},
		{fieldsOf[fieldsFew, struct{ A, B bool }](), fieldsOf[fieldsFew, struct{ A, C bool }](), "without Input.B; there is more after Input.A"},
		{a, a, ""},
		{a, nil, ""},
		{a, fieldsOf[struct{}, uint8](), ""},
		{fieldsOf[struct{}, uint8](), fieldsOf[struct{}, uint16](), "Input is no uint8 there"},
	} {
		if got := fieldsDiffer(row.ours, fieldMarks(row.theirs)); got != row.want {
			t.Errorf("%q, want %q", got, row.want)
		}
	}
}

// manyFields is a struct of so many fields, and of one more before them if first.
func manyFields(n int, first bool) []rollback.ShapeField {
	all := fieldsOf[fieldsFew, uint8]()[:0:0]
	if first {
		all = append(all, rollback.ShapeField{Role: "World", Path: ".New", Kind: "int8"})
	}
	for i := range n {
		all = append(all, rollback.ShapeField{Role: "World", Path: "." + strings.Repeat("x", i+1), Kind: "int8"})
	}
	return all[:min(len(all), wire.MaxFields)]
}

// TestFieldsBeyondTheList: of a list that is cut off nothing is said that may not be so.
func TestFieldsBeyondTheList(t *testing.T) {
	same, more := manyFields(200, false), manyFields(200, true)
	if got := fieldsDiffer(same, fieldMarks(more)); got != "there is more at the beginning" {
		t.Errorf("%q", got)
	}
	if got := fieldsDiffer(more, fieldMarks(same)); got != "without .New" {
		t.Errorf("%q", got)
	}
	if got := fieldsDiffer(same, fieldMarks(same)); got != "" {
		t.Errorf("%q, and all that is told is the same", got)
	}
}

// TestMarksOfStrangers: whatever is sent for the fields, what is read are fields of this
// side's own, in few words.
func TestMarksOfStrangers(t *testing.T) {
	ours := termsOf(t, gameOf[fieldsA]())
	chance := rollback.NewRand(1)
	for n := range 2000 {
		marks := make([]byte, wire.FieldMarkBytes*int(chance.Between(0, wire.MaxFields)))
		for i := range marks {
			marks[i] = byte(chance.Uint32())
		}
		if n%2 == 0 { // some of them are ours
			copy(marks, fieldMarks(ours.fields))
		}
		hello := ours.hello()
		hello.Layout++
		hello.Fields = marks
		words := ours.difference(&hello, "Ana")
		if len(words) > 400 || !strings.HasPrefix(words, "Ana's game keeps another world or other inputs than yours") || !strings.HasSuffix(words, ": both need the same version") {
			t.Fatalf("%q", words)
		}
	}
}

// TestBothSidesReadWhichField: through a real greeting.
func TestBothSidesReadWhichField(t *testing.T) {
	network := NewMemoryNetwork(1)
	host, err := OpenLobby(network.NewNode("Ana"), gameOf[fieldsA](), LobbyConfig{})
	if err != nil {
		t.Fatal(err)
	}
	guest, err := JoinLobby(network.NewNode("Ben"), gameOf[fieldsMore](), host.node.Addr().String(), LobbyConfig{})
	if err != nil {
		t.Fatal(err)
	}
	for range 120 {
		network.Advance(testTick)
		host.Poll()
		guest.Poll()
	}
	var told []string
	for _, e := range refusedEvents(host.Room) {
		told = append(told, e.Text)
	}
	if want := []string{"Ben tried to join and could not: Ben's game keeps another world or other inputs than yours (there is more after fieldsA.Ball.Y): both need the same version"}; !reflect.DeepEqual(told, want) {
		t.Errorf("the host reads %q", told)
	}
	if want := "Ana's game keeps another world or other inputs than yours (without fieldsMore.Ball.Z): both need the same version"; guest.Err() == nil || guest.Err().Error() != want {
		t.Errorf("the guest reads %v", guest.Err())
	}
}
