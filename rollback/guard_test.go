package rollback

import "testing"

// TestGuard: who writes to a world that is shown is found by the next tick, with
// the field; Step itself, rollbacks and Disturb are no trespass.
func TestGuard(t *testing.T) {
	config := ledgerConfig(2, 0)
	config.Guard = true
	for _, test := range []struct {
		write func(s *Session[ledger, uint16])
		field string
	}{
		{func(s *Session[ledger, uint16]) {}, ""},
		{func(s *Session[ledger, uint16]) { s.Disturb(func(w *ledger) { w.Sum[1]++ }) }, ""},
		{func(s *Session[ledger, uint16]) { s.World().Sum[1]++ }, "Sum[1]"},
		{func(s *Session[ledger, uint16]) { w, _ := s.At(s.Current() - 1); w.Sum[0]++ }, "Sum[0]"},
		{func(s *Session[ledger, uint16]) { w, _ := s.ConfirmedWorld(); w.Frame-- }, "Frame"},
	} {
		s := mustNew(t, config)
		play(t, s, 50, 3, 5, nil)
		found := func() (found *TrespassError) {
			defer func() { found, _ = recover().(*TrespassError) }()
			test.write(s)
			s.Tick(1)
			return nil
		}()
		switch {
		case (found != nil) != (test.field != ""):
			t.Errorf("%q: %v", test.field, found)
		case found != nil && found.Field != test.field:
			t.Errorf("%v, want %s", found, test.field)
		}
	}
}

// TestGuardOfDeepWorlds finds a write through a pointer, too.
func TestGuardOfDeepWorlds(t *testing.T) {
	config := Config[bazaar, uint8]{
		Start: bazaar{First: &guest{Coins: 3}}, Seats: 1, Local: []int{0}, Guard: true,
		Step: func(w *bazaar, in Inputs[uint8]) { w.First.Coins += int32(in.At(0)) },
	}
	s := mustNew(t, config)
	s.Tick(1)
	s.Tick(2)
	defer func() {
		want := TrespassError{2, Difference{"First.Coins", "6", "1"}}
		if found, _ := recover().(*TrespassError); found == nil || *found != want {
			t.Errorf("%v", found)
		}
	}()
	s.World().First.Coins = 1
	s.Tick(3)
}
