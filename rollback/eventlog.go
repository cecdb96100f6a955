package rollback

import "math/bits"

// noticeQueue is how many notices wait for the embedder; when full the oldest
// are dropped, and Stats counts them.
const noticeQueue = 1024

// eventLog turns what Step emits, each time a frame is stepped, into notices
// that come once each. Owner: the session.
type eventLog struct {
	frames []frameEvents // ring by frame, a power of two long; covers all that may be stepped again
	open   Frame         // the frame being stepped, NoFrame between two steps
	before frameEvents   // what the open frame emitted the last time
	sure   bool          // the open frame's inputs are all confirmed
	final  Frame         // all events through this frame are settled
	newest Frame         // no frame after this one has emitted anything yet

	notices []Notice
	first   int // index of the oldest unread one
	missed  uint64
}

type frameEvents struct {
	frame  Frame
	n      int
	events [MaxEventsPerFrame]Event
	told   [MaxEventsPerFrame]bool // Predicted has been said
}

func newEventLog(frames int) *eventLog {
	l := &eventLog{frames: make([]frameEvents, 1<<bits.Len(uint(frames))), open: NoFrame, final: NoFrame, newest: NoFrame}
	for i := range l.frames {
		l.frames[i].frame = NoFrame
	}
	return l
}

func (l *eventLog) at(f Frame) *frameEvents { return &l.frames[int(f)&(len(l.frames)-1)] }

// place returns where the events of frame f stand, emptied of another frame's.
func (l *eventLog) place(f Frame) *frameEvents {
	at := l.at(f)
	if at.frame != f {
		at.frame, at.n = f, 0
	}
	return at
}

// begin opens frame f for emitting. sure says that all its inputs are
// confirmed, so that what it emits needs no Predicted. Most frames emit nothing:
// their places are not touched.
func (l *eventLog) begin(f Frame, sure bool) {
	l.open, l.sure, l.before.n = f, sure, 0
	if f <= l.newest {
		l.reopen(f)
	}
}

// reopen sets aside what a frame emitted when it was stepped before. It is seldom
// called, and stays out of begin, which then needs no call itself.
//
//go:noinline
func (l *eventLog) reopen(f Frame) {
	at := l.place(f)
	l.before.n = at.n
	copy(l.before.events[:at.n], at.events[:at.n])
	copy(l.before.told[:at.n], at.told[:at.n])
	at.n = 0
}

func (l *eventLog) emit(e Event) {
	if l.open == NoFrame {
		return
	}
	at := l.place(l.open)
	if at.n == MaxEventsPerFrame || at.find(e) >= 0 {
		return
	}
	at.events[at.n], at.told[at.n] = e, false
	at.n++
	l.newest = max(l.newest, l.open)
}

// end closes the open frame.
func (l *eventLog) end() {
	if l.open <= l.newest {
		l.settle()
	}
	l.open = NoFrame
}

// settle compares what the open frame emitted now with what it emitted before.
func (l *eventLog) settle() {
	at := l.at(l.open)
	for i := range l.before.n {
		if !l.before.told[i] {
			continue
		}
		if k := at.find(l.before.events[i]); k >= 0 {
			at.told[k] = true
		} else {
			l.notify(l.before.events[i], Cancelled)
		}
	}
	if l.sure {
		return // finalize says Confirmed
	}
	for i := range at.n {
		if !at.told[i] {
			at.told[i] = true
			l.notify(at.events[i], Predicted)
		}
	}
}

// finalize confirms the events of all frames through f: nothing can roll
// those back any more.
func (l *eventLog) finalize(f Frame) {
	if l.final >= f {
		return
	}
	for g := max(l.final+1, f-Frame(len(l.frames))+1); g <= min(f, l.newest); g++ {
		at := l.at(g)
		if at.frame != g {
			continue
		}
		for i := range at.n {
			l.notify(at.events[i], Confirmed)
		}
		at.n = 0
	}
	l.final = f
}

func (at *frameEvents) find(e Event) int {
	for i := range at.n {
		if at.events[i].Kind == e.Kind && at.events[i].Key == e.Key {
			return i
		}
	}
	return -1
}

func (l *eventLog) notify(e Event, phase Phase) {
	if len(l.notices)-l.first == noticeQueue {
		l.first++
		l.missed++
	}
	if l.first > noticeQueue {
		l.notices = l.notices[:copy(l.notices, l.notices[l.first:])]
		l.first = 0
	}
	l.notices = append(l.notices, Notice{e, phase})
}

// read appends the unread notices and forgets them.
func (l *eventLog) read(dst []Notice) []Notice {
	dst = append(dst, l.notices[l.first:]...)
	l.notices, l.first = l.notices[:0], 0
	return dst
}
