package netcode

import "errors"

// Reason is what a sentence of this package is about, for games that act on it or say
// it in another language: it stands beside the sentence in RefusedError, ConnectError,
// NotReadyError and NotSaidError, and ReasonOf finds it in any error.
type Reason uint8

// Why somebody was not let in. These travel from a host to who wants to join.
const (
	ReasonUnknown      Reason = iota // none of those below
	ReasonFull                       // all seats of the lobby are taken, or not enough are free
	ReasonPlaying                    // a match is running: try again when it is over
	ReasonSecretNeeded               // the lobby asks for a secret, its code or an invite
	ReasonSecretWrong                // the two have not been given the same secret, code or invite
	ReasonPause                      // many wrong secrets have come from this network: try later
	ReasonSentAway                   // the host has asked this player to leave
	ReasonTwice                      // a player with the same identity is in the lobby
	ReasonNotHosting                 // there is no lobby at that machine
	ReasonGame                       // the two play different games
	ReasonVersion                    // the two have different versions, or settings, of the game
	ReasonSeats                      // that many players do not fit the game or the machine
	ReasonInvite                     // the invite is over, or was used up
	ReasonImpostor                   // somebody else answers than the address or invite names
	ReasonUnplayable                 // the host wants what makes no sense here
	ReasonUnwatched                  // nobody may watch this lobby, or as many do as can
	lastRefusal        = ReasonUnwatched
)

// Why a lobby was not reached.
const (
	ReasonAddress     Reason = iota + lastRefusal + 1 // what was entered is no address
	ReasonCode                                        // nor a code
	ReasonInviteText                                  // nor an invite
	ReasonName                                        // no computer has that name
	ReasonNameService                                 // the name service does not answer
	ReasonUnanswered                                  // nobody has answered
	ReasonNoNetwork                                   // nothing could be sent from this computer
	ReasonNoServer                                    // a rendezvous server is needed, and none is set
	ReasonNoWay                                       // the two have found no way to each other, or the server does not know the code
	ReasonExpired                                     // the invite has expired
	ReasonBusy                                        // the host has too many strangers at its door
	ReasonStranger                                    // something else answers there, or another version of the protocol
	ReasonBroken                                      // the call has ended for another reason
)

// Why somebody is gone, or a match is over.
const (
	ReasonLeft        Reason = iota + ReasonBroken + 1 // a player has left
	ReasonYouLeft                                      // this machine's player has
	ReasonHostLeft                                     // the host has, before this machine was in his lobby
	ReasonSilent                                       // nothing was heard of a player for too long
	ReasonStoodStill                                   // this machine's game had stood still for too long
	ReasonUnheard                                      // the other side has heard nothing from here
	ReasonLost                                         // the connection broke for another reason
	ReasonDesync                                       // two machines computed different worlds
	ReasonCrashed                                      // a mistake has ended another player's game
	ReasonYouCrashed                                   // or this one
	ReasonExcluded                                     // the others have gone on without this machine
	ReasonEquivocated                                  // a player's game has told the others different things, with proof
)

// Why a match cannot start, or a line is not said.
const (
	ReasonNotHost   Reason = iota + ReasonEquivocated + 1 // only the host can do this
	ReasonEnded                                           // the lobby is over, or not entered yet
	ReasonNotReady                                        // players are not ready
	ReasonNotLinked                                       // two machines have not reached each other yet
	ReasonTooFew                                          // players are missing, or there are too many
	ReasonTooFast                                         // too many lines are still on their way
	ReasonTooLong                                         // the line is longer than one may be
)

// What a lobby is doing: see Room.Doing.
const (
	ReasonLookingUp Reason = iota + ReasonTooLong + 1 // the name service is asked
	ReasonCalling                                     // the host's address is called
	ReasonCallingOn                                   // and has not answered for a while: a firewall may have to be allowed
	ReasonMeeting                                     // a way to the others is being found, by code or invite
	ReasonGathering                                   // players meet
	ReasonInLine                                      // this machine's player waits for a place: see LobbyConfig.Wait
)

// Why somebody who is in the lobby does not come into the match that runs: see Coming.
const (
	ReasonTooBig Reason = iota + ReasonInLine + 1 // its world is too large to be sent
	ReasonUnread                                  // this copy of the game cannot read the world that was sent
	lastReason   = ReasonUnread
)

var reasonNames = [...]string{
	"unknown", "full", "playing", "secret needed", "secret wrong", "pause", "sent away", "twice", "not hosting", "game", "version", "seats", "invite", "impostor", "unplayable", "unwatched",
	"address", "code", "invite text", "name", "name service", "unanswered", "no network", "no server", "no way", "expired", "busy", "stranger", "broken",
	"left", "you left", "host left", "silent", "stood still", "unheard", "lost", "desync", "crashed", "you crashed", "excluded", "equivocated",
	"not host", "ended", "not ready", "not linked", "too few", "too fast", "too long",
	"looking up", "calling", "calling on", "meeting", "gathering", "in line",
	"too big", "unread",
}

// String returns a word or two, for logs.
func (r Reason) String() string {
	if r > lastReason {
		return "unknown"
	}
	return reasonNames[r]
}

// refusalOf is the reason that came with a refusal of the other side.
func refusalOf(detail uint8) Reason {
	if r := Reason(detail); r <= lastRefusal {
		return r
	}
	return ReasonUnknown
}

// ReasonOf returns what an error of this package is about, ReasonUnknown for nil and
// for errors of others.
func ReasonOf(err error) Reason {
	var about interface{ reason() Reason }
	switch {
	case errors.As(err, &about):
		return about.reason()
	case errors.Is(err, ErrNotHost):
		return ReasonNotHost
	}
	return ReasonUnknown
}

func (e *RefusedError) reason() Reason  { return e.Code }
func (e *ConnectError) reason() Reason  { return e.Code }
func (e *NotReadyError) reason() Reason { return e.Code }
func (e *NotSaidError) reason() Reason  { return e.Code }
func (e *DesyncError) reason() Reason   { return ReasonDesync }
func (e *CrashedError) reason() Reason  { return ReasonCrashed }
func (e *StepPanic) reason() Reason     { return ReasonYouCrashed }
func (e *crashError) reason() Reason    { return ReasonYouCrashed }
func (e *ExcludedError) reason() Reason { return ReasonExcluded }

func (e *EquivocatedError) reason() Reason { return ReasonEquivocated }

func (e *LeftError) reason() Reason {
	switch {
	case e.You:
		return ReasonYouLeft
	case e.Host:
		return ReasonHostLeft
	}
	return ReasonLeft
}

func (e *LostError) reason() Reason {
	switch {
	case e.StoodStillMs > 0:
		return ReasonStoodStill
	case e.SilentMs > 0:
		return ReasonSilent
	case e.Unheard:
		return ReasonUnheard
	}
	return ReasonLost
}
