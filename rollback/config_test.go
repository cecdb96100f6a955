package rollback

import (
	"errors"
	"strings"
	"testing"
)

// TestNewRefuses: every bad use, and that the error names the field.
func TestNewRefuses(t *testing.T) {
	for _, test := range []struct {
		field  string
		change func(*Config[ledger, uint16])
	}{
		{"Step", func(c *Config[ledger, uint16]) { c.Step = nil }},
		{"Seats", func(c *Config[ledger, uint16]) { c.Seats, c.Local = 0, nil }},
		{"Seats", func(c *Config[ledger, uint16]) { c.Seats = -1 }},
		{"Seats", func(c *Config[ledger, uint16]) { c.Seats = MaxSeats + 1 }},
		{"Local", func(c *Config[ledger, uint16]) { c.Local = []int{-1} }},
		{"Local", func(c *Config[ledger, uint16]) { c.Local = []int{2} }},
		{"Local", func(c *Config[ledger, uint16]) { c.Local = []int{1, 0} }},
		{"Local", func(c *Config[ledger, uint16]) { c.Local = []int{0, 0} }},
		{"Local", func(c *Config[ledger, uint16]) { c.Local = []int{0, 1, 2} }},
		{"WindowFrames", func(c *Config[ledger, uint16]) { c.WindowFrames = -1 }},
		{"WindowFrames", func(c *Config[ledger, uint16]) { c.WindowFrames = MaxWindowFrames + 1 }},
		{"WindowFrames", func(c *Config[ledger, uint16]) { c.Lockstep, c.WindowFrames = true, 8 }},
		{"DelayFrames", func(c *Config[ledger, uint16]) { c.DelayFrames = -1 }},
		{"DelayFrames", func(c *Config[ledger, uint16]) { c.DelayFrames = MaxDelayFrames + 1 }},
		{"TickRate", func(c *Config[ledger, uint16]) { c.TickRate = -60 }},
		{"TickRate", func(c *Config[ledger, uint16]) { c.TickRate = MinTickRate - 1 }},
		{"TickRate", func(c *Config[ledger, uint16]) { c.TickRate = MaxTickRate + 1 }},
		{"SaveEvery", func(c *Config[ledger, uint16]) { c.SaveEvery = MaxWindowFrames + 1 }},
		{"Copy", func(c *Config[ledger, uint16]) { c.Copy = func(dst, src *ledger) { *dst = *src } }},
		{"Copy", func(c *Config[ledger, uint16]) { c.Append = func(b []byte, _ *ledger) []byte { return b } }},
	} {
		config := ledgerConfig(2, 0)
		test.change(&config)
		s, err := New(config)
		var wrong *ConfigError
		if s != nil || !errors.As(err, &wrong) || wrong.Field != test.field {
			t.Errorf("want %s refused, got %v", test.field, err)
			continue
		}
		if !strings.HasPrefix(err.Error(), "rollback: Config."+test.field+" ") {
			t.Errorf("error says %q", err)
		}
		if config.Check() == nil {
			t.Errorf("%s: New refuses what Check allows", test.field)
		}
	}
}

// TestNewTakesTheLimits: the ends of every range are allowed.
func TestNewTakesTheLimits(t *testing.T) {
	for _, change := range []func(*Config[ledger, uint16]){
		func(c *Config[ledger, uint16]) { c.Seats, c.Local = 1, []int{0} },
		func(c *Config[ledger, uint16]) { c.Seats, c.Local = MaxSeats, []int{0, MaxSeats - 1} },
		func(c *Config[ledger, uint16]) { c.WindowFrames = 1 },
		func(c *Config[ledger, uint16]) { c.WindowFrames = MaxWindowFrames },
		func(c *Config[ledger, uint16]) { c.DelayFrames = MaxDelayFrames },
		func(c *Config[ledger, uint16]) { c.TickRate = MinTickRate },
		func(c *Config[ledger, uint16]) { c.TickRate = MaxTickRate },
		func(c *Config[ledger, uint16]) { c.SaveEvery = MaxWindowFrames },
		func(c *Config[ledger, uint16]) { c.ChecksumFrames = -1 },
		func(c *Config[ledger, uint16]) { c.Lockstep = true },
	} {
		config := ledgerConfig(2, 0)
		change(&config)
		if err := config.Check(); err != nil {
			t.Error(err)
		}
	}
}

// refused is what New says of such types. (It asks Check first; a Session of each of them
// would take the compiler seconds.)
func refused[S, I any]() error {
	return Config[S, I]{Step: func(*S, Inputs[I]) {}, Seats: 1}.Check()
}

type (
	crate struct{ Items []int }
	depot struct{ Racks [4]struct{ Crates [2]crate } }
	word  string
)

// TestNewNamesTheField: types that cannot be snapshots or inputs.
func TestNewNamesTheField(t *testing.T) {
	if _, err := New(Config[ledger, int]{Step: func(*ledger, Inputs[int]) {}, Seats: 1}); err == nil || err.Error() != refused[ledger, int]().Error() {
		t.Errorf("New says %v", err)
	}
	for _, test := range []struct {
		err  error
		want string
	}{
		{refused[depot, uint8](), "depot.Racks[].Crates[].Items[] is an int"},
		{refused[struct {
			A []any
			B int8
			C map[string]struct{ D func() }
		}, uint8](), "World.A[] is an interface; World.C[].D is a func"},
		{refused[struct{ A map[float32]bool }, uint8](), "World.A is a map whose keys are or hold floating-point numbers"},
		{refused[struct{ A map[*int32]bool }, uint8](), "World.A is a map whose keys are or hold pointers"},
		{refused[struct{ A []struct{} }, uint8](), "World.A is a slice of values without content"},
		{refused[int, uint8](), "World is an int"},
		{refused[ledger, string](), "Input is a string"},
		{refused[ledger, word](), "word is a string"},
		{refused[ledger, int](), "Input is an int"},
		{refused[ledger, crate](), "crate.Items is a slice (use an array and a count)"},
		{refused[ledger, struct{}](), "Input is 0 bytes long; allowed is 1 to 64"},
		{refused[ledger, [65]uint8](), "Input is 65 bytes long; allowed is 1 to 64"},
		{refused[ledger, [9]int64](), "Input is 72 bytes long; allowed is 1 to 64"},
	} {
		var wrong *LayoutError
		if !errors.As(test.err, &wrong) || !strings.HasPrefix(test.err.Error(), "rollback: "+test.want) {
			t.Errorf("error is %v, want %s", test.err, test.want)
		}
	}
	for _, err := range []error{
		refused[ledger, [64]uint8](), refused[ledger, bool](), refused[struct{}, uint8](), refused[uint64, uint8](),
		refused[ledger, struct {
			A uint8
			B uint64
		}](),
	} {
		if err != nil {
			t.Error(err)
		}
	}
}

// TestDefaultWindowIsATime: as long at every tick rate, and always one that New takes.
func TestDefaultWindowIsATime(t *testing.T) {
	for rate, want := range map[int]int{MinTickRate: 4, 30: 4, 60: DefaultWindowFrames, 120: 16, MaxTickRate: MaxWindowFrames} {
		if got := DefaultWindow(rate); got != want {
			t.Errorf("%d ticks a second: a window of %d frames, want %d", rate, got, want)
		}
	}
	for rate := MinTickRate; rate <= MaxTickRate; rate++ {
		c := ledgerConfig(1, 0)
		c.TickRate = rate
		if s := mustNew(t, c); s.core.window != Frame(DefaultWindow(rate)) {
			t.Errorf("%d ticks a second: New has a window of %d", rate, s.core.window)
		}
	}
}
