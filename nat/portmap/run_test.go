package portmap

import (
	"context"
	"errors"
	"net/netip"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// script is a way that does as it is told, in the time of synctest.
type script struct {
	name    string
	foundIn time.Duration // find takes that long
	opensIn time.Duration // and open
	deaf    bool          // and nothing can interrupt them
	findErr error
	openErr func(call int) error // nil opens
	grant   grant
	start   time.Time

	mu sync.Mutex
	seen
}

// seen is what a script was told to do.
type seen struct {
	opens    []time.Duration // when, since start
	wanted   []netip.AddrPort
	closings int
}

func (s *script) look() seen {
	s.mu.Lock()
	defer s.mu.Unlock()
	return seen{slices.Clone(s.opens), slices.Clone(s.wanted), s.closings}
}

func (s *script) String() string { return s.name }

func (s *script) find(ctx context.Context) error {
	return errors.Join(s.pass(ctx, s.foundIn), s.findErr)
}

func (s *script) open(ctx context.Context, wanted netip.AddrPort) (grant, error) {
	s.mu.Lock()
	s.opens = append(s.opens, time.Since(s.start))
	s.wanted = append(s.wanted, wanted)
	call := len(s.opens)
	s.mu.Unlock()
	if err := s.pass(ctx, s.opensIn); err != nil {
		return grant{}, err
	}
	if s.openErr != nil {
		if err := s.openErr(call); err != nil {
			return grant{}, err
		}
	}
	return s.grant, nil
}

func (s *script) close(context.Context) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closings++
}

func (s *script) pass(ctx context.Context, d time.Duration) error {
	if s.deaf {
		ctx = context.WithoutCancel(ctx)
	}
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

var (
	publicGrant  = grant{public: netip.MustParseAddrPort("203.0.113.7:15000"), lifetime: 20 * time.Minute}
	privateGrant = grant{public: netip.MustParseAddrPort("192.168.1.3:15000"), lifetime: 20 * time.Minute}
)

// startScripts starts a mapper whose routers are scripts. It must run in a bubble.
func startScripts(sites ...[]*script) *Mapper {
	now := time.Now()
	return start(Config{Port: 5000}.withDefaults(), func() ([]site, error) {
		var all []site
		for _, ways := range sites {
			var s site
			for _, w := range ways {
				w.start = now
				s.ways = append(s.ways, w)
			}
			all = append(all, s)
		}
		return all, nil
	})
}

func minutes(all ...float64) []time.Duration {
	var d []time.Duration
	for _, m := range all {
		d = append(d, time.Duration(m*float64(time.Minute)))
	}
	return d
}

func TestRenewedAtHalfLife(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{name: "PCP", grant: publicGrant}
		m := startScripts([]*script{s})
		time.Sleep(35 * time.Minute)
		synctest.Wait()
		saw := s.look()
		if want := minutes(0, 10, 20, 30); !slices.Equal(saw.opens, want) {
			t.Errorf("opened at %v, want %v", saw.opens, want)
		}
		if saw.wanted[0] != netip.MustParseAddrPort("0.0.0.0:5000") || saw.wanted[1] != publicGrant.public {
			t.Errorf("wished for %v", saw.wanted)
		}
		if err := m.Close(t.Context()); err != nil || s.look().closings != 1 {
			t.Errorf("Close: %v, and closed %d times", err, s.look().closings)
		}
	})
}

func TestLostWhenNotRenewed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{name: "PCP", grant: publicGrant, openErr: func(call int) error {
			if call == 1 || call == 14 {
				return nil
			}
			return errSilent
		}}
		m := startScripts([]*script{s})
		defer m.Close(t.Context())
		time.Sleep(20*time.Minute - 5*time.Second)
		synctest.Wait()
		// 10, 15, 17.5 ... minutes: each at half of what is left, until 4 seconds.
		if opens := s.look().opens; len(opens) < 8 || !slices.Equal(opens[:4], minutes(0, 10, 15, 17.5)) {
			t.Errorf("opened at %v", opens)
		}
		if _, ok := m.Mapped(); !ok {
			t.Error("lost before its time")
		}
		time.Sleep(10 * time.Second)
		synctest.Wait()
		if public, ok := m.Mapped(); ok {
			t.Errorf("%v is still open after its time; opened at %v", public, s.look().opens)
		}
		if s.look().closings == 0 {
			t.Error("what is lost was not closed")
		}
		time.Sleep(5 * time.Minute)
		synctest.Wait()
		if _, ok := m.Mapped(); !ok {
			t.Errorf("not open again; opened at %v", s.look().opens)
		}
	})
}

func TestPausesAfterFailure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{name: "PCP", openErr: func(int) error { return errSilent }}
		m := startScripts([]*script{s})
		defer m.Close(t.Context())
		time.Sleep(37 * time.Minute)
		synctest.Wait()
		if want := minutes(0, 0.5, 1.5, 3.5, 7.5, 15.5, 25.5, 35.5); !slices.Equal(s.look().opens, want) {
			t.Errorf("tried at %v, want %v", s.look().opens, want)
		}
		m.Refresh()
		synctest.Wait()
		if opens := s.look().opens; opens[len(opens)-1] != 37*time.Minute {
			t.Errorf("not tried at Refresh but at %v", opens)
		}
	})
}

func TestRefreshFindsAnotherRouter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		old := &script{name: "PCP", grant: publicGrant, openErr: func(call int) error {
			if call > 1 {
				return errSilent
			}
			return nil
		}}
		m := startScripts([]*script{old, {name: "UPnP", grant: grant{netip.MustParseAddrPort("198.51.100.2:5000"), time.Hour, false}}})
		defer m.Close(t.Context())
		time.Sleep(time.Minute)
		synctest.Wait()
		m.Refresh()
		synctest.Wait()
		mapping, _ := m.Mapping()
		if mapping.Via != "UPnP" || mapping.Public.Port() != 5000 {
			t.Errorf("mapping is %+v; the old one was asked at %v", mapping, old.look().opens)
		}
	})
}

func TestTurns(t *testing.T) {
	second := time.Second
	silent := func(int) error { return errSilent }
	for _, c := range []struct {
		name  string
		sites [][]*script
		via   string
		after time.Duration
		calls [][]int // of open
	}{
		{"the best answers", [][]*script{{{name: "a", opensIn: 200 * time.Millisecond, grant: publicGrant}, {name: "b", grant: publicGrant}, {name: "c", grant: publicGrant}}},
			"a", 200 * time.Millisecond, [][]int{{1, 0, 0}}},
		{"the best fails", [][]*script{{{name: "a", findErr: errSilent}, {name: "b", grant: publicGrant}, {name: "c", grant: publicGrant}}},
			"b", 0, [][]int{{0, 1, 0}}},
		{"the best is mute", [][]*script{{{name: "a", opensIn: second, openErr: silent}, {name: "b", grant: publicGrant}, {name: "c", grant: publicGrant}}},
			"b", 250 * time.Millisecond, [][]int{{1, 1, 0}}},
		{"two are mute", [][]*script{{{name: "a", opensIn: second, openErr: silent}, {name: "b", foundIn: second, findErr: errSilent}, {name: "c", grant: publicGrant}}},
			"c", 500 * time.Millisecond, [][]int{{1, 0, 1}}},
		{"one cannot be interrupted", [][]*script{{{name: "a", opensIn: 2 * second, deaf: true, openErr: silent}, {name: "b", grant: publicGrant}}},
			"b", 250 * time.Millisecond, [][]int{{1, 1}}},
		{"the second gateway is a public one", [][]*script{{{name: "a", grant: privateGrant}}, {{name: "b", opensIn: second, grant: publicGrant}}},
			"b", second, [][]int{{1}, {1}}},
		{"both gateways are private", [][]*script{{{name: "a", opensIn: 2 * second, grant: privateGrant}}, {{name: "b", opensIn: second, grant: privateGrant}}},
			"b", 2 * second, [][]int{{1}, {1}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m := startScripts(c.sites...)
				start := time.Now()
				<-m.Changed()
				if mapping, _ := m.Mapping(); mapping.Via != c.via || time.Since(start) != c.after {
					t.Errorf("open by %q after %v, want %q after %v", mapping.Via, time.Since(start), c.via, c.after)
				}
				if err := m.Close(t.Context()); err != nil {
					t.Error(err)
				}
				for i, ways := range c.sites {
					for j, w := range ways {
						saw := w.look()
						if len(saw.opens) != c.calls[i][j] {
							t.Errorf("%s was told to open %d times, want %d", w.name, len(saw.opens), c.calls[i][j])
						}
						if saw.closings != 1 {
							t.Errorf("%s was closed %d times", w.name, saw.closings)
						}
					}
				}
			})
		})
	}
}

func TestNoRouter(t *testing.T) {
	for err, want := range map[error]string{
		errNoGateway: "this network has no router that could open a port",
		errOwnPublic: "this computer has a public address: no router needs to open a port",
	} {
		synctest.Test(t, func(t *testing.T) {
			m := start(Config{Port: 5000}.withDefaults(), func() ([]site, error) { return nil, err })
			<-m.Changed()
			if m.Status() != want {
				t.Errorf("status is %q, want %q", m.Status(), want)
			}
			if err := m.Close(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
}
