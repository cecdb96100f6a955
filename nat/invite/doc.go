// Package invite is what players send each other so that their computers meet:
// a short code that a rendezvous server brings together, or a longer invite
// and its reply that need no server at all.
//
// # The short code
//
// Twelve characters such as K7QF-3MX9-TD4W: 55 random bits and a check
// character. A wrong character and two swapped ones are noticed while the
// player types, before anything is sent.
//
//	code, err := invite.NewCode(rand.Reader)      // the host shows code.String()
//	code, err := invite.ParseCode(typed)          // err says in a sentence what is wrong
//	keys := code.Keys()                           // slow on purpose: some 60 ms, not in a frame
//
// Keys has what the server may know (Lookup), what it must not (Seal) and what
// the two sides prove to each other once they are connected (Check):
//
//	mine := invite.Proof(keys.Check, invite.Guest, exported)
//	if !invite.Proven(keys.Check, invite.Host, exported, theirs) { ... }
//
// exported is keying material of the TLS connection (RFC 8446 section 7.5), so
// somebody in the middle, who has two connections, has two different ones and
// can pass no proof on.
//
// # The invite without a server
//
// An Invite names the host's key and carries the host's addresses; whoever has
// it can be let in. If the host can only be reached after it has itself sent
// something (most home routers), the guest's Reply goes back the same way, by
// chat or as a picture:
//
//	issued := invite.Issued{Invite: inv, Expires: now.Add(life), MaxGuests: 1}
//	show(issued.Text(), issued.Letters())         // to paste, to show as a QR code
//	inv, err := invite.Parse(pasted)              // the guest
//	text := invite.Reply{...}.Text(inv.Secret)
//	reply, err := issued.Accept(text, now)        // the host: not expired, not used up
//	err := issued.Admit(invite.KeyHash(key), now) // a guest who needed no reply
//
// Whether an invite is too old says only the host's clock, as two clocks may
// differ by hours: a guest tries, and is told by a Refusal.
package invite
