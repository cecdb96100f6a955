package membership

import "time"

// Among strangers nobody is suspected of stalling for one long pause only (S2), since a
// record now and then would hold a match for ever: there is an account of the time that
// each has cost (H12). What is made good at once is no cost, as jitter is, and it falls by
// a quarter of what all confirmed frames last, so that a machine which is a fifth too slow
// is borne with. It costs time, too, not to stand by what was recorded, while nothing is
// confirmed: those who do not hear a member itself know by its seals only that it is there, and
// who is heard by some and silent to the rest has them obstruct each other.
type account struct {
	cost   time.Duration
	stalls bool // it was above stuckTime, and has not come below half of that
}

func (a *account) charge(d, patience time.Duration) {
	a.cost = max(0, a.cost+d)
	switch {
	case a.cost >= patience:
		a.stalls = true
	case a.cost < patience/2:
		a.stalls = false
	}
}

// keepAccounts charges those who obstruct for the time since the last call, and credits
// all with the frames that were confirmed in it. Who has answered a ballot confirms no further
// than a limit, and so records no further: what comes of that is for whoever holds up the ballot
// to answer for.
func (h *hearing) keepAccounts(now, passed time.Duration, frames int, obstruct Machines) {
	lacks, bound := Machines(0), false // bound: one of them is, by what it has answered
	for _, id := range h.view.Members {
		if h.awaits(id) {
			lacks |= One(id.Machine)
			bound = bound || h.said.hasAnswered(id.Machine)
		}
	}
	if frames > 0 {
		h.movedAt = now
	}
	if h.hearsNobody(now) || now-h.movedAt <= h.patience {
		lacks = 0
	}
	for m := range (h.view.Machines() &^ One(h.me)).All {
		a := &h.watches[m].account
		switch {
		case obstruct.Has(m), frames == 0 && h.isVague(now, m) && !lacks.Has(m):
			a.charge(passed, h.stuckTime())
		case frames > 0:
			caughtUp := max(0, time.Duration(frames)*h.config.Tick-passed)
			a.charge(-caughtUp-time.Duration(frames)*h.config.Tick/4, h.stuckTime())
		case lacks == One(m) && !bound:
			a.charge(passed, h.stuckTime())
		}
	}
}

// isVague reports whether a member is heard, and has not stood by anything for so long that it is
// silent to whoever does not hear it.
func (h *hearing) isVague(now time.Duration, m uint8) bool {
	return h.sealing() && now-h.watches[m].stoodAt >= h.silentTime() && !h.set.Frozen(h.streamOf(m))
}

// SetPatience sets how long the next frame is waited for as a matter of course, where a
// window does not hide the way of a record: nobody is charged for that. 0 is not at all.
func (h *hearing) SetPatience(d time.Duration) { h.patience = d }

// hearsNobody reports whether nobody at all is heard: that is nobody's obstruction, but a cut, or
// this peer's own line.
func (h *hearing) hearsNobody(now time.Duration) bool {
	for m := range (h.view.Machines() &^ One(h.me)).All {
		if now-h.watches[m].beatAt < directlyHeard {
			return false
		}
	}
	return true
}
