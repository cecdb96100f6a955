package invite

// Problem is the kind of an Error, for a program that wants to act on it.
type Problem int

const (
	Empty     Problem = iota + 1 // there is no text
	Length                       // characters are missing, or there are too many
	Character                    // a character that no code contains
	Check                        // the check says that a character is wrong or two are swapped
	Kind                         // it is something else: a reply instead of an invite, say
	Version                      // it was made by another version
	Expired                      // its time has passed
	UsedUp                       // as many have come as may
	Foreign                      // a reply to another invite
	Closed                       // the host has taken it back
)

// Error says what is wrong with a code, invite or reply that a player entered.
type Error struct {
	Problem Problem
	Reason  string // a sentence for the player: what is wrong and what to do
}

func (e *Error) Error() string { return e.Reason }
