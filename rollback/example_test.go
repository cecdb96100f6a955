package rollback_test

import (
	"fmt"

	"github.com/visavis-netcode/visavis/rollback"
)

// Pad is what a player does in one frame.
type Pad uint8

// World is a game in which everyone walks right and hops now and then.
type World struct {
	X    [2]int32
	Hops int32
}

const Hop Pad = 1 << 7

func (w *World) Step(in rollback.Inputs[Pad]) {
	for seat, pad := range in.All() {
		w.X[seat] += int32(pad &^ Hop)
		if pad&Hop != 0 {
			w.Hops++
			in.Emit(1, uint32(seat), int64(w.X[seat])) // a sound at that place
		}
	}
}

func newSession(local ...int) *rollback.Session[World, Pad] {
	session, err := rollback.New(rollback.Config[World, Pad]{
		Step: (*World).Step, Seats: 2, Local: local,
	})
	if err != nil {
		panic(err)
	}
	return session
}

func ExampleNew() {
	session, err := rollback.New(rollback.Config[World, Pad]{
		Start: World{X: [2]int32{10, 20}},
		Step:  (*World).Step,
		Seats: 2,
		Local: []int{0},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	session.Tick(3)
	fmt.Println(session.World().X)
	// Output: [13 20]
}

// A type that cannot be a world is refused, and all that is wrong with it is named.
func ExampleNew_refused() {
	type Snake struct {
		Length int
		Brain  interface{ Think() }
	}
	type Garden struct{ Snakes [4]Snake }
	_, err := rollback.New(rollback.Config[Garden, Pad]{
		Step: func(*Garden, rollback.Inputs[Pad]) {}, Seats: 4,
	})
	fmt.Println(err)
	// Output: rollback: Garden.Snakes[].Length is an int, whose size differs between machines (use int32 or int64); Garden.Snakes[].Brain is an interface
}

// A world may hold slices, maps, strings and pointers. Plain says, in a test of
// the game, what keeps it from being a plain value, which costs nothing to copy.
func ExamplePlain() {
	type Snake struct{ Body []int32 }
	type Garden struct {
		Snakes map[string]*Snake
		Apples [8]int32
	}
	fmt.Println(rollback.Plain[Garden]())
	session, err := rollback.New(rollback.Config[Garden, Pad]{
		Start: Garden{Snakes: map[string]*Snake{"Ana": {Body: []int32{1, 2}}}},
		Step: func(g *Garden, in rollback.Inputs[Pad]) {
			g.Snakes["Ana"].Body = append(g.Snakes["Ana"].Body, int32(in.At(0)))
		},
		Seats: 1, Local: []int{0},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	session.Tick(3)
	fmt.Println(session.World().Snakes["Ana"].Body)
	before, _ := session.At(0)
	fmt.Println(session.Diff(before, session.World(), 1)[0])
	// Output:
	// rollback: Garden.Snakes is a map
	// [1 2 3]
	// Snakes["Ana"].Body: len 2 here, len 3 there
}

func ExampleSession_Tick() {
	session := newSession(0)
	for range 9 {
		st := session.Tick(1)
		if !st.Advanced {
			fmt.Printf("waiting for seats %02b at frame %d\n", st.Waiting, st.Current)
		}
	}
	// Output: waiting for seats 10 at frame 8
}

func ExampleSession_Confirm() {
	session := newSession(0)
	for range 3 {
		session.Tick(1) // seat 1 is guessed to stand still
	}
	fmt.Println("guessed:", session.World().X)

	for f := range rollback.Frame(3) {
		if err := session.Confirm(1, f, 5); err != nil {
			fmt.Println(err)
		}
	}
	st := session.Tick(1) // goes on guessing that it walks by 5
	fmt.Println("known:  ", session.World().X, "after stepping", st.RolledBack, "frames again")
	// Output:
	// guessed: [3 0]
	// known:   [4 20] after stepping 3 frames again
}

// Two machines, with what each sends to the other.
func ExampleSession_AppendInput() {
	ana, ben := newSession(0), newSession(1)
	send := func(from, to *rollback.Session[World, Pad], seat int) {
		var packed []byte
		for f := to.Held(seat) + 1; f <= from.LocalThrough(); f++ {
			packed, _ = from.AppendInput(packed[:0], seat, f)
			if err := to.ConfirmPacked(seat, f, packed); err != nil {
				fmt.Println(err)
			}
		}
	}
	for f := range 10 {
		ana.Tick(1)
		ben.Tick(2)
		if f%3 == 0 { // the line is slow
			send(ana, ben, 0)
			send(ben, ana, 1)
		}
	}
	a, f := ana.ConfirmedWorld()
	b, _ := ben.ConfirmedWorld()
	fmt.Println(f, a.X, b.X)
	// Output: 10 [10 20] [10 20]
}

func ExampleInputs_Emit() {
	session := newSession(0)
	tell := func() {
		for _, n := range session.AppendNotices(nil) {
			phase := [...]string{rollback.Predicted: "predicted", rollback.Confirmed: "confirmed", rollback.Cancelled: "cancelled"}[n.Phase]
			fmt.Printf("frame %d, seat %d hops at %d: %s\n", n.Frame, n.Key, n.Value, phase)
		}
	}
	session.Confirm(1, 0, Hop)
	session.Tick(0)
	session.Tick(0) // seat 1 is guessed to hop again
	tell()
	session.Confirm(1, 1, 0) // it did not
	session.Tick(0)
	tell()
	// Output:
	// frame 0, seat 1 hops at 0: confirmed
	// frame 1, seat 1 hops at 0: predicted
	// frame 1, seat 1 hops at 0: cancelled
}

func ExampleInputsOf() {
	var world World // no session needed to test a game's rules
	world.Step(rollback.InputsOf[Pad](2, 3|Hop))
	fmt.Println(world.X, world.Hops)
	// Output: [2 3] 1
}

func ExampleSession_SetDelay() {
	session := newSession(0)
	session.Tick(1)
	session.SetDelay(2) // frames 1 and 2 repeat the last input
	session.Tick(9)
	for f := range session.LocalThrough() + 1 {
		input, _ := session.AppendInput(nil, 0, f)
		fmt.Print(input[0], " ")
	}
	// Output: 1 1 1 9
}

func ExampleSession_Follow() {
	watcher := newSession()
	for f := range rollback.Frame(5) {
		watcher.Confirm(0, f, 1)
		watcher.Confirm(1, f, 2)
	}
	fmt.Println(watcher.Follow(100), watcher.World().X)
	// Output: 5 [5 10]
}

func ExampleSession_AppendChecksums() {
	session, err := rollback.New(rollback.Config[World, Pad]{
		Step: (*World).Step, Seats: 1, Local: []int{0}, ChecksumFrames: 2,
	})
	if err != nil {
		panic(err)
	}
	for range 4 {
		session.Tick(1)
	}
	for _, sum := range session.AppendChecksums(nil) {
		fmt.Printf("frame %d: world %016x, inputs %016x\n", sum.Frame, sum.World, sum.Inputs)
	}
	// Output:
	// frame 0: world c4998f9169c2a4f0, inputs 0000000000000000
	// frame 2: world d0a5ee5f31c72b68, inputs 0ee8d1802ebfda34
	// frame 4: world 7ea3f743cde40843, inputs 56a0dd4bcab93583
}

func ExampleSession_Diff() {
	session := newSession(0)
	here, there := World{Hops: 1}, World{X: [2]int32{0, 7}}
	for _, d := range session.Diff(&here, &there, 8) {
		fmt.Println(d)
	}
	// Output:
	// X[1]: 0 here, 7 there
	// Hops: 1 here, 0 there
}

func ExampleRand() {
	type Dice struct{ Rand rollback.Rand }
	dice := Dice{Rand: rollback.NewRand(1)}
	saved := dice
	fmt.Println(dice.Rand.Between(1, 6), dice.Rand.Between(1, 6), dice.Rand.Below(100))
	dice = saved // a rollback rewinds chance too
	fmt.Println(dice.Rand.Between(1, 6), dice.Rand.Between(1, 6), dice.Rand.Below(100))
	// Output:
	// 2 3 2
	// 2 3 2
}
