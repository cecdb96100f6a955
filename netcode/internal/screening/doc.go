// Package screening is the controls of a recorded match that several machines look at together,
// all at the same frame. It knows no network and no clock: words and times go in, and the frame
// that is to be shown comes out.
//
// Whoever has the controls wishes for something: to play, to stand still, to go elsewhere, to
// give the controls to another. The host puts the wishes in one order (Desk), and what it takes
// is a Cue, which all follow: at this moment of the host's clock this frame is shown, and from
// there on it goes so fast. Between two cues everybody goes by his own clock (Follower), which
// the cues have set: they say what the host's shows as they leave.
//
//	desk.Hear(machine, wish)                // at the host: what somebody at the controls wants
//	if desk.Step(now, isHere) { desk.Cue() } // and what is shown from now on
//
//	follower.Take(now, hostNow, rtt, cue)   // everywhere
//	follower.Wish(now, func(c *Cue) { c.Playing = false })
//	wish, due := follower.Outbox(now)       // for the host
//	follower.Frame(now)                     // is to be shown
//
// A wish is all that is to be shown, and not what is to be changed of it. So of many wishes of
// one machine only the newest counts, whoever goes to and fro all the time costs the others no
// more than ten cues a second, and a word that is lost with a host is said again to the next.
//
// Who makes a wish sees it granted at once, and everybody as soon as the cue is there. One that
// is not granted, because the controls were somebody else's by then, is forgotten with the next
// cue.
package screening
