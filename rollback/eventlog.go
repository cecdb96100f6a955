package rollback

import "math/bits"

// noticeQueue is how many notices wait for the embedder; when full the oldest
// are dropped: somebody who does not read them does not miss them.
const noticeQueue = 1024

// eventLog turns what Step emits, each time a frame is stepped, into notices
// that come once each. Owner: the session.
type eventLog struct {
	frames  []frameEvents // ring by frame, a power of two long; covers all that may be stepped again
	open    *frameEvents  // the frame being stepped
	before  frameEvents   // what the open frame emitted the last time
	sure    bool          // the open frame's inputs are all confirmed
	final   Frame         // all events through this frame are settled
	pending bool          // some frame in the ring has events

	notices []Notice
	first   int // index of the oldest unread one
}

type frameEvents struct {
	frame  Frame
	n      int
	events [MaxEventsPerFrame]Event
	told   [MaxEventsPerFrame]bool // Predicted has been said
}

func newEventLog(frames int) *eventLog {
	l := &eventLog{frames: make([]frameEvents, 1<<bits.Len(uint(frames))), final: NoFrame}
	for i := range l.frames {
		l.frames[i].frame = NoFrame
	}
	return l
}

func (l *eventLog) at(f Frame) *frameEvents { return &l.frames[int(f)&(len(l.frames)-1)] }

// begin opens frame f for emitting. sure says that all its inputs are
// confirmed, so that what it emits needs no Predicted.
func (l *eventLog) begin(f Frame, sure bool) {
	at := l.at(f)
	l.before.n = 0
	if at.frame == f && at.n > 0 {
		l.before.n = at.n
		copy(l.before.events[:at.n], at.events[:at.n])
		copy(l.before.told[:at.n], at.told[:at.n])
	}
	at.frame, at.n = f, 0
	l.open, l.sure = at, sure
}

func (l *eventLog) emit(e Event) {
	at := l.open
	if at == nil || at.n == MaxEventsPerFrame || at.find(e) >= 0 {
		return
	}
	at.events[at.n], at.told[at.n] = e, false
	at.n++
	l.pending = true
}

// end settles what the open frame emitted now against what it emitted before.
func (l *eventLog) end() {
	at := l.open
	l.open = nil
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
	if l.pending {
		for g := max(l.final+1, f-Frame(len(l.frames))+1); g <= f; g++ {
			at := l.at(g)
			if at.frame != g {
				continue
			}
			for i := range at.n {
				l.notify(at.events[i], Confirmed)
			}
			at.n = 0
		}
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
