package membership

// keptViews is how many views a peer can tell whoever is behind. A member is at most
// one behind; who has missed more than these comes back by a snapshot.
const keptViews = 64

// keptCertificates is of how many views a peer can show to who is behind that they were
// decided.
const keptCertificates = 8

// chronicle is how the view has come about: what was decided, and what shows that. Owner of
// both.
type chronicle struct {
	*standing
	outbox       *outbox
	values       []*Value    // that made the views up to this one, oldest first
	certificates []shownView // of the newest views
}

// add notes what has made the view.
func (c *chronicle) add(v *Value, why *Certificate) {
	if c.values = append(c.values, v); len(c.values) > keptViews {
		c.values = append(c.values[:0], c.values[len(c.values)-keptViews:]...)
	}
	c.certificates = append(c.certificates, shownView{why: why})
	if n := len(c.certificates); n > keptCertificates {
		c.certificates = append(c.certificates[:0], c.certificates[n-keptCertificates:]...)
	}
}

// last is what has made the view.
func (c *chronicle) last() *Value { return c.values[len(c.values)-1] }

// keeps reports whether this peer can tell all views after one.
func (c *chronicle) keeps(after uint32) bool {
	return after+1 >= c.values[0].Number && after <= c.view.Number && c.canShow(after+1)
}

// ViewsAfter returns the values that have made the views after one, as far as they are
// kept.
func (c *chronicle) ViewsAfter(number uint32) []*Value {
	for i, v := range c.values {
		if v.Number > number {
			return c.values[i:]
		}
	}
	return nil
}

// shownView is what shows that a view was decided, nil if nobody has shown that, and the
// commit by which this peer tells it, nil if it has not yet.
type shownView struct {
	why    *Certificate
	commit *Commit
}

// shownOf returns how a view is shown, nil if that is not kept.
func (c *chronicle) shownOf(number uint32) *shownView {
	if back := int(c.view.Number - number); back >= 0 && back < len(c.certificates) && c.certificates[len(c.certificates)-1-back].why != nil {
		return &c.certificates[len(c.certificates)-1-back]
	}
	return nil
}

// canShow reports whether this peer can tell a view so that it is believed, or knows none
// of that number.
func (c *chronicle) canShow(number uint32) bool {
	return !c.strangers() || number > c.view.Number || c.shownOf(number) != nil
}

// sendCommit tells a value, and shows that it was decided.
func (c *chronicle) sendCommit(to Machines, v *Value) {
	shown := c.shownOf(v.Number)
	switch {
	case to&c.outbox.links == 0:
	case !c.strangers():
		c.outbox.send(to, &Commit{Value: v, Author: c.me})
	case shown != nil:
		if shown.commit == nil {
			shown.commit = &Commit{Value: v, Author: c.me, Why: shown.why}
			c.outbox.sign(shown.commit)
		}
		c.outbox.send(to, shown.commit)
	}
}

// wordsAgainst are those that have made the view, if a commit tells another one that follows
// the same: two decisions were led apart, if the commit shows that it was decided.
func (c *chronicle) wordsAgainst(m *Commit) []signed {
	shown := c.shownOf(c.view.Number)
	if m.Why == nil || shown == nil || len(c.values) < 2 || m.Value.base() != c.values[len(c.values)-2].Ref() {
		return nil
	}
	return shown.why.words()
}
