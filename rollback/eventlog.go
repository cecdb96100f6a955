package rollback

// eventLog collects what Step emits. Owner: the session that steps.
type eventLog struct{}

func (l *eventLog) emit(Event) {}
