package rendezvous

import (
	"net/netip"
	"time"
)

// NoticeKind says what a Notice is about.
type NoticeKind int

const (
	// SourceLimit: a source has as many places as it may, and more are asked for
	// from there. It may be a hall: see ServerConfig.Halls.
	SourceLimit NoticeKind = iota + 1
	// LobbiesFull, GuestsFull and RelaysFull: all places are taken, and nobody has
	// more of them than somebody who was refused.
	LobbiesFull
	GuestsFull
	RelaysFull
)

// Notice is something that the operator of a server should know.
type Notice struct {
	Kind   NoticeKind
	Source netip.Prefix // SourceLimit: as it is counted
	Limit  int          // how many places there are
}

// The same is said once in ten minutes, and no more than a few things in a minute.
const (
	maxNotices = 16 // that nobody has taken; further ones are lost
	noticeGap  = 10 * time.Minute
)

var noticePace = pace{interval: 6 * time.Second, burst: 10}

// notices are what is to be said.
type notices struct {
	list  []Notice
	said  limiter // per source
	full  [RelaysFull + 1]time.Duration
	total time.Duration
}

func newNotices() (n notices) {
	n.said.pace = pace{interval: noticeGap, burst: 1}
	return n
}

// add notes something, unless it was said lately or too much is said.
func (n *notices) add(now time.Duration, s *secret, notice Notice) {
	total, ok := noticePace.after(n.total, now, 1)
	if !ok || len(n.list) >= maxNotices {
		return
	}
	if notice.Kind == SourceLimit {
		ok = n.said.allow(now, s, path{list: [3]netip.Prefix{notice.Source}, n: 1})
	} else if ok = now >= n.full[notice.Kind]; ok {
		n.full[notice.Kind] = now + noticeGap
	}
	if ok {
		n.total, n.list = total, append(n.list, notice)
	}
}

// AppendNotices appends what the operator should know, and forgets it.
func (s *Server) AppendNotices(dst []Notice) []Notice {
	dst = append(dst, s.notices.list...)
	s.notices.list = s.notices.list[:0]
	return dst
}

// fullOf says that all places of a kind are taken.
func (s *Server) fullOf(ps *slots) Notice {
	switch ps {
	case s.lobbySlots:
		return Notice{Kind: LobbiesFull, Limit: s.config.MaxLobbies}
	case s.guestSlots:
		return Notice{Kind: GuestsFull, Limit: s.config.maxAllGuests()}
	}
	return Notice{Kind: RelaysFull, Limit: s.config.MaxRelays}
}
