package portmap

import (
	"context"
	"errors"
	"net/netip"
	"sync"
	"time"
)

const (
	// attemptBudget bounds one attempt to open the port, however slow the
	// routers are.
	attemptBudget = 10 * time.Second

	// closeBudget bounds closing it.
	closeBudget = 2 * time.Second

	// After a failure: the first pause, which doubles, and the longest one.
	retryFirst = 30 * time.Second
	retryLast  = 10 * time.Minute
)

// run opens the port, keeps it open and starts again when it is lost.
func (m *Mapper) run(ctx context.Context) {
	defer close(m.done)
	wanted := netip.AddrPortFrom(netip.IPv4Unspecified(), m.config.Port)
	pause := retryFirst
	for {
		a, err := m.attempt(ctx, wanted)
		if err == nil {
			pause = retryFirst
			wanted = m.hold(ctx, a)
		} else if ctx.Err() == nil {
			m.config.Logger.Debug("no port mapping", "error", err)
			m.publish(Mapping{}, m.explain(err))
		}
		a.close()
		if ctx.Err() != nil {
			m.publish(Mapping{}, "the port is closed again")
			return
		}
		if err == nil {
			continue // it was open and is lost: open it anew without a pause
		}
		select {
		case <-ctx.Done():
		case <-m.refresh:
			pause = retryFirst
		case <-time.After(pause):
			pause = min(2*pause, retryLast)
		}
	}
}

// attempt is one round of asking all routers.
type attempt struct {
	ways []way          // all that were asked
	busy sync.WaitGroup // those that still work
	won  result
}

// attempt asks all routers. Whatever becomes of it, the attempt must be closed.
func (m *Mapper) attempt(ctx context.Context, wanted netip.AddrPort) (*attempt, error) {
	a := new(attempt)
	sites, err := m.sites()
	if err != nil {
		return a, err
	}
	for _, s := range sites {
		a.ways = append(a.ways, s.ways...)
	}
	ctx, cancel := context.WithTimeout(ctx, attemptBudget)
	won, err := race(ctx, sites, wanted, &a.busy)
	cancel()
	a.won = won
	return a, err
}

// hold keeps an open port open until ctx ends or the port is lost. It returns
// the address to wish for next.
func (m *Mapper) hold(ctx context.Context, a *attempt) netip.AddrPort {
	w, g := a.won.way, a.won.grant
	expires := time.Now().Add(g.lifetime)
	for {
		m.publish(m.mappingOf(w, g))
		refreshed := false
		select {
		case <-ctx.Done():
			return g.public
		case <-m.refresh:
			refreshed = true
		case <-time.After(renewAfter(time.Until(expires), m.config.Lifetime)):
		}
		asking, cancel := context.WithTimeout(ctx, attemptBudget)
		renewed, err := w.open(asking, g.public)
		cancel()
		if err == nil {
			if renewed.restarted {
				m.config.Logger.Info("the router restarted since, and has opened the port again", "via", w.String())
			}
			g, expires = renewed, time.Now().Add(renewed.lifetime)
			continue
		}
		m.config.Logger.Debug("port mapping not renewed", "via", w.String(), "error", err)
		if refreshed || !time.Now().Before(expires) {
			m.publish(Mapping{}, "asking the router to open a port again")
			return g.public
		}
	}
}

// mappingOf is what the owner sees of a grant.
func (m *Mapper) mappingOf(w way, g grant) (Mapping, string) {
	mapping := Mapping{Public: g.public, Private: !isPublic(g.public.Addr()), Via: w.String()}
	return mapping, describe(mapping)
}

// close waits for all ways to come to rest and closes what they opened.
func (a *attempt) close() {
	a.busy.Wait()
	ctx, cancel := context.WithTimeout(context.Background(), closeBudget)
	defer cancel()
	for _, w := range a.ways {
		a.busy.Go(func() { w.close(ctx) })
	}
	a.busy.Wait()
}

// site is a router to ask and the ways to do so, the best first.
type site struct {
	ways []way
}

// way is one protocol spoken to one router. Its methods are not called at the
// same time, and each of them returns within seconds.
type way interface {
	// String is the name of the protocol.
	String() string
	// find looks whether the router speaks it, and changes nothing there.
	find(ctx context.Context) error
	// open opens the port or renews it, if possible at the wanted address. The
	// address may be unspecified.
	open(ctx context.Context, wanted netip.AddrPort) (grant, error)
	// close closes what open opened, and what it may have opened without being
	// told. It does nothing if there is nothing to close.
	close(ctx context.Context)
}

// grant is what a router says when it opened the port.
type grant struct {
	public    netip.AddrPort
	lifetime  time.Duration // from now on, never 0
	restarted bool          // the router has lost its table since the last time
}

// result is what became of one way.
type result struct {
	way   way
	grant grant
	err   error
}

// race opens the port through all sites at once and returns the first that has
// a public address, else the first of all in the order of sites. When it
// returns, ways may still work, which busy counts.
func race(ctx context.Context, sites []site, wanted netip.AddrPort, busy *sync.WaitGroup) (result, error) {
	ctx, cancel := context.WithCancel(ctx)
	total := 0
	for _, s := range sites {
		total += len(s.ways)
	}
	results := make(chan result, total) // never blocks the ways
	for _, s := range sites {
		s.race(ctx, wanted, results, busy)
	}
	defer cancel()
	var private result
	var errs []error
	for range total {
		r := <-results
		switch {
		case r.err != nil:
			errs = append(errs, r.err)
		case isPublic(r.grant.public.Addr()):
			return r, nil
		case private.way == nil:
			private = r
		}
	}
	if private.way != nil {
		return private, nil
	}
	return result{}, errors.Join(errs...)
}

// race starts all ways of a site. One success ends the others: they write into
// the same table.
func (s site) race(ctx context.Context, wanted netip.AddrPort, results chan<- result, busy *sync.WaitGroup) {
	ctx, settle := context.WithCancel(ctx)
	start := time.Now()
	failed := make([]chan struct{}, len(s.ways))
	for i := range failed {
		failed[i] = make(chan struct{})
	}
	var running sync.WaitGroup
	for i, w := range s.ways {
		running.Go(func() {
			err := w.find(ctx)
			if err == nil {
				err = awaitTurn(ctx, failed[:i], start)
			}
			var g grant
			if err == nil {
				g, err = w.open(ctx, wanted)
			}
			if err != nil {
				close(failed[i])
			} else {
				settle()
			}
			results <- result{w, g, err}
		})
	}
	busy.Go(func() {
		running.Wait()
		settle()
	})
}

// headStart is how long a way waits for each better one.
const headStart = 250 * time.Millisecond

// awaitTurn waits until all better ways have failed or had their head start.
func awaitTurn(ctx context.Context, better []chan struct{}, start time.Time) error {
	for i, failed := range better {
		select {
		case <-failed:
		case <-time.After(time.Until(start.Add(time.Duration(i+1) * headStart))):
		case <-ctx.Done():
		}
	}
	return ctx.Err()
}
