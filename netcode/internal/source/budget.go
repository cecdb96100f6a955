package source

import "time"

// Budget is how much of something somebody may cause: every use costs a time,
// and what has been used up may run so far ahead of the clock. (The leaky bucket
// in the form of the ATM Forum's generic cell rate algorithm: one number, and no
// queue.) The zero value is unspent.
type Budget struct {
	paid time.Duration // by when all uses so far are paid for
}

// Take spends a cost, if what has been spent before is less than burst ahead of
// now. So the first uses go at once, and the last of them may overdraw.
func (b *Budget) Take(now, cost, burst time.Duration) bool {
	if b.paid-now >= burst {
		return false
	}
	b.paid = max(b.paid, now) + cost
	return true
}
