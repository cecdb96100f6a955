package rollback

// plan is what one tick must do, in this order: load the world of frame load
// (unless NoFrame), then step frames from to through, one after another,
// saving the world before each frame that saves says. It is made whole before
// anything is touched, so a tick either does all of it or, with from > through
// and no load, nothing.
type plan struct {
	load          Frame
	from, through Frame
	fresh         bool // the last step is of a new frame
}

// plan says what a tick must do now. At the window's edge it steps no new
// frame, but a rollback that is due still runs.
func (c *core) plan() plan {
	p := plan{load: NoFrame, from: c.current, through: c.current - 1}
	if c.firstWrong != NoFrame {
		p.load = c.savedAtOrBefore(c.firstWrong)
		p.from = p.load
	}
	if c.mayStep() {
		p.through, p.fresh = c.current, true
	}
	return p
}

// mayStep reports whether a new frame fits the window: after it, at most
// window frames are predicted, and the end is not passed.
func (c *core) mayStep() bool {
	return c.current-c.confirmed <= c.window && (c.end == NoFrame || c.current < c.end)
}

// saves reports whether the world before frame f is kept. The first one always is:
// there is none before it to go back to.
func (c *core) saves(f Frame) bool {
	return c.saveEvery == 1 || f%c.saveEvery == 0 || c.saveChecks > 0 && f%c.saveChecks == 0 || f == c.first
}

// savedAtOrBefore returns the newest saved frame that is not after f.
func (c *core) savedAtOrBefore(f Frame) Frame {
	for !c.saves(f) {
		f--
	}
	return f
}

// done books a plan that has been carried out.
func (c *core) done(p plan) {
	c.firstWrong = NoFrame
	if p.fresh {
		c.current++
	}
}
