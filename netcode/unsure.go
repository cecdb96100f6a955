package netcode

import "time"

// A host who was silent does not know it at first, nor, when he is heard again, that another hosts
// by now: until he reads so in the match (T8) he says and decides things that reach nobody. What
// he has said then he says again to the next host, and if he has decided anything he reads that it
// counts no more.

// sureAfter is how long it takes until what a host says and decides has reached the others, if
// they are heard all the while. Who is out of a match for his silence reads so sooner.
const sureAfter = time.Second

// unsure is what this host has said and decided of late, and may have reached nobody. Owner: the
// authority.
type unsure struct {
	lines   []spoken // at most maxUnheard
	decided bool
	at      time.Duration // when it last decided something
	heardAt time.Duration // since then most others are heard
}

// spoken is a line of this machine's, passed on at a time.
type spoken struct {
	text string
	at   time.Duration
}

func (u *unsure) said(now time.Duration, text string) {
	if len(u.lines) == maxUnheard {
		u.lines = append(u.lines[:0], u.lines[1:]...)
	}
	u.lines = append(u.lines, spoken{text, now})
}

func (u *unsure) decides(now time.Duration) { u.decided, u.at = true, now }

// settle forgets what has reached the others. heard says whether most of them are heard now.
func (u *unsure) settle(now time.Duration, heard bool) {
	if !heard {
		u.heardAt = now
	}
	sure := func(at time.Duration) bool { return now-max(at, u.heardAt) >= sureAfter }
	for len(u.lines) > 0 && sure(u.lines[0].at) {
		u.lines = append(u.lines[:0], u.lines[1:]...)
	}
	u.decided = u.decided && !sure(u.at)
}

// sayAgain has the lines said to the next host before those that no host has passed on.
func (c *chat) sayAgain(lines []spoken) {
	var texts []string
	for _, l := range lines {
		texts = append(texts, l.text)
	}
	c.unheard = append(texts, c.unheard...)
}

// hearsMost reports whether at least half of the other members are heard, and this machine's own
// loop has not stood still of late.
func (a *authority) hearsMost(now time.Duration) bool {
	heard, others := 0, 0
	for _, m := range a.room.members {
		if m == nil || m.Machine == a.room.me {
			continue
		}
		others++
		if c := a.room.mesh.To(m.Machine); c != nil && now-c.Heard() < sureAfter {
			heard++
		}
	}
	return 2*heard >= others && a.room.vigil.stoodStill(now) == 0
}
