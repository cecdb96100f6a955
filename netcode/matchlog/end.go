package matchlog

import "errors"

// ending is the last stretch with a whole snapshot.
type ending struct {
	at      int
	stretch *Stretch // nil: there is none
	damaged error    // what is wrong behind its snapshot, nil if nothing is
	behind  error    // and with the stretches behind it, nil without any
}

// findEnd finds where the file ends, from its last stretch back: what stands behind that is as if it
// were not there. No chunk is unpacked more than twice for it, and no more than maxSoughtBytes and
// a group.
func (l *Log) findEnd() error {
	r := l.Reader()
	defer r.Close()
	through := len(l.all)
	found := r.lastWhole(through-1, through)
	for found.stretch == nil && through > 0 && !isNewer(found.behind) && r.unpacked() <= maxSoughtBytes {
		from, behind := l.groupOf(through-1), found.behind
		if found, through = r.lastWhole(from, through), from; found.behind == nil {
			found.behind = behind
		}
	}
	if found.stretch == nil {
		l.Cut = found.behind
		return l.Cut
	}
	return l.endsWith(&found)
}

// followEnd reads what Grow has brought, each chunk of it once.
func (l *Log) followEnd() error {
	l.starts = l.all[:len(l.starts)] // they may have moved
	if l.tail == nil {
		l.tail = l.Reader()
	}
	found := l.tail.lastWhole(max(len(l.starts)-1, l.tail.index), len(l.all))
	if found.stretch != nil || isNewer(found.behind) {
		return l.endsWith(&found)
	}
	l.Cut = found.behind // a snapshot may be still to come
	return nil
}

// groupOf is the first stretch that is in the group of another one.
func (l *Log) groupOf(i int) int {
	for i > 0 && l.all[i-1].group == l.all[i].group {
		i--
	}
	return i
}

// endsWith takes what was found for the end of the file.
func (l *Log) endsWith(e *ending) error {
	for _, err := range []error{e.behind, e.damaged} {
		if isNewer(err) {
			return err
		}
	}
	s := e.stretch
	l.starts, l.Frames = l.all[:e.at+1], s.End()
	l.Result, l.Desync, l.Worlds = nil, nil, nil
	switch {
	case e.damaged == nil:
		l.Result, l.Desync, l.Worlds = s.Result, s.Desync, s.Worlds
	case l.Cut == nil:
		l.Cut = e.damaged
	}
	if e.behind != nil {
		l.Cut = e.behind
	}
	return nil
}

// lastWhole reads stretches in a row and returns the last of them that is whole.
func (r *Reader) lastWhole(from, through int) (e ending) {
	for i := from; i < through; i++ {
		s, err := r.Stretch(i)
		switch {
		case s != nil:
			e = ending{i, s, err, nil}
		case e.behind == nil || isNewer(err):
			e.behind = err
		}
	}
	return e
}

func isNewer(err error) bool {
	_, newer := errors.AsType[*NewerError](err)
	return newer
}
