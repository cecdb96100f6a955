package scoreboard

import "github.com/visavis-netcode/visavis/rollback"

// rollFrames is how deep every rollback is.
const rollFrames = 7

// newSession returns the session of the first of so many players.
func newSession[S any](players int, step func(*S, rollback.Inputs[uint32])) (*rollback.Session[S, uint32], error) {
	var start S
	return rollback.New(rollback.Config[S, uint32]{
		Start: start, Step: step, Seats: players, Local: []int{0}, ChecksumFrames: -1,
	})
}

// alone is a session with nothing around it: all inputs arrive in time.
func alone(players int) (Cost, error) {
	session, err := newSession(players, func(*[0]byte, rollback.Inputs[uint32]) {})
	if err != nil {
		return Cost{}, err
	}
	ns, allocs := measure(300_000, func() {
		f := session.Current()
		for seat := 1; seat < players; seat++ {
			session.Confirm(seat, f, 7)
		}
		session.Tick(7)
	})
	if st := session.Stats(); st.Rollbacks != 0 || st.Stalls != 0 {
		return Cost{}, stuck("rollbacks and stalls of a session alone", st.Rollbacks+st.Stalls, 0)
	}
	return Cost{NsPerFrame: ns, Allocs: allocs}, nil
}

// roll makes every frame roll back seven: the inputs of that frame arrive only
// then, and are never what was predicted. bytes is the world as bytes, nil for
// a game that does nothing.
func roll[S any](players int, bytes func(*S) []byte) (Cost, error) {
	size := len(bytes(new(S)))
	if size == 0 {
		r, err := newRoller(players, bytes)
		if err != nil {
			return Cost{}, err
		}
		cost := Cost{}
		cost.NsPerFrame, cost.Allocs = measure(200_000, r.frame)
		return cost, r.check()
	}
	var engine, hand []float64
	cost := Cost{}
	for range repetitions {
		// Both are made anew each time: where a ring comes to lie in memory
		// makes a difference of a third to the copies.
		r, err := newRoller(players, bytes)
		if err != nil {
			return Cost{}, err
		}
		frames := max(200, 50_000_000/size)
		a, b := compare(frames, r.frame, byHand(players, bytes))
		engine, hand = append(engine, a), append(hand, b)
		cost.Allocs = allocations(min(frames, allocFrames), r.frame)
		if err := r.check(); err != nil {
			return Cost{}, err
		}
	}
	cost.NsPerFrame, cost.ByHandNs = median(engine), median(hand)
	cost.EngineShare = (cost.NsPerFrame - cost.ByHandNs) / cost.NsPerFrame
	return cost, nil
}

// roller is a session whose every tick rolls back.
type roller[S any] struct {
	session *rollback.Session[S, uint32]
	players int
}

func newRoller[S any](players int, bytes func(*S) []byte) (*roller[S], error) {
	step := func(*S, rollback.Inputs[uint32]) {}
	if len(bytes(new(S))) > 0 {
		step = func(w *S, in rollback.Inputs[uint32]) { mixInputs(bytes(w), in) }
	}
	session, err := newSession(players, step)
	return &roller[S]{session, players}, err
}

func (r *roller[S]) frame() {
	if f := r.session.Current() - rollFrames; f >= 0 {
		for seat := 1; seat < r.players; seat++ {
			r.session.Confirm(seat, f, uint32(f)*0x9E3779B9+1)
		}
	}
	r.session.Tick(7)
}

// check says whether every tick has rolled back.
func (r *roller[S]) check() error {
	st := r.session.Stats()
	if want := (st.Ticks - rollFrames) * rollFrames; st.Resteps < want || st.Stalls > 0 {
		return stuck("frames stepped again", st.Resteps, want)
	}
	return nil
}

// compare measures two things in turns of a few milliseconds, so that whatever
// else the machine does meets both.
func compare(frames int, a, b func()) (nsA, nsB float64) {
	const turns = 20
	once(frames/10, a)
	once(frames/10, b)
	for range turns {
		nsA += once(frames/turns, a) / turns
		nsB += once(frames/turns, b) / turns
	}
	return nsA, nsB
}

// byHand is what the session does in a frame of roll, without the session:
// eight times a copy into the next place of a ring, and a step there.
func byHand[S any](players int, bytes func(*S) []byte) func() {
	ring := make([]S, rollFrames+2)
	fold := make([]byte, players)
	at, f := 0, uint32(0)
	return func() {
		at = (at + len(ring) - rollFrames) % len(ring)
		for range rollFrames + 1 {
			next := (at + 1) % len(ring)
			ring[next] = ring[at]
			at = next
			for p := range fold {
				fold[p] = foldOf(f * 0x9E3779B9)
			}
			mix(bytes(&ring[at]), fold)
			f++
		}
	}
}
