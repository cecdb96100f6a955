package scoreboard

import "github.com/visavis-netcode/visavis/rollback"

// rollFrames is how deep every rollback is.
const rollFrames = 7

// How many benches a row is measured with. Of worlds there are many: nothing makes
// more difference than where their copies lie.
const (
	benches      = 3
	worldBenches = 13
)

// newSession returns the session of the first of so many players.
func newSession[S any](players int, step func(*S, rollback.Inputs[uint32])) (*rollback.Session[S, uint32], error) {
	var start S
	return rollback.New(rollback.Config[S, uint32]{
		Start: start, Step: step, Seats: players, Local: []int{0}, ChecksumFrames: -1,
	})
}

// alone is a session with nothing around it: all inputs arrive in time.
func alone(players int) (Cost, error) {
	return measure(benches, func() (bench, error) {
		session, err := newSession(players, func(*[0]byte, rollback.Inputs[uint32]) {})
		if err != nil {
			return bench{}, err
		}
		_, yardstick := bareLive(players)
		return bench{
			enginePeers: 1, yardstickPeers: players, yardstick: yardstick,
			engine: func() {
				f := session.Current()
				for seat := 1; seat < players; seat++ {
					session.Confirm(seat, f, 7)
				}
				session.Tick(7)
			},
			check: func() error {
				if st := session.Stats(); st.Rollbacks != 0 || st.Stalls != 0 {
					return stuck("rollbacks and stalls of a session alone", st.Rollbacks+st.Stalls, 0)
				}
				return nil
			},
		}, nil
	})
}

// roll makes every frame roll back seven: the inputs of that frame arrive only
// then, and are never what was predicted.
func roll(players int) (Cost, error) {
	return measure(benches, func() (bench, error) {
		_, yardstick := bareRoll(players)
		return rollBench(players, func(*[0]byte, rollback.Inputs[uint32]) {}, yardstick)
	})
}

// rollWorld is roll with a world that takes copying and stepping; bytes is the
// world as bytes.
func rollWorld[S any](players int, bytes func(*S) []byte) (Cost, error) {
	step := func(w *S, in rollback.Inputs[uint32]) { mixInputs(bytes(w), in) }
	return measure(worldBenches, func() (bench, error) {
		return rollBench(players, step, byHand(players, bytes))
	})
}

func rollBench[S any](players int, step func(*S, rollback.Inputs[uint32]), yardstick func()) (bench, error) {
	session, err := newSession(players, step)
	return bench{
		enginePeers: 1, yardstickPeers: 1, yardstick: yardstick,
		engine: func() {
			if f := session.Current() - rollFrames; f >= 0 {
				for seat := 1; seat < players; seat++ {
					session.Confirm(seat, f, uint32(f)*0x9E3779B9+1)
				}
			}
			session.Tick(7)
		},
		check: func() error { // every tick has rolled back
			st := session.Stats()
			if want := (st.Ticks - rollFrames) * rollFrames; st.Resteps < want || st.Stalls > 0 {
				return stuck("frames stepped again", st.Resteps, want)
			}
			return nil
		},
	}, err
}

// byHand is what the session does in a frame of rollWorld, without the session:
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
