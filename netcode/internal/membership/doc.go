// Package membership decides who is in a match from which frame to which frame, and
// what may be confirmed meanwhile: leaving, dying, coming late and coming back, with
// any links down and any partition. It is pure: messages, frames and time come in,
// messages and a view come out.
//
//	p := membership.New(config, membership.Founding(match, machines), me)
//	p.Linked(them, true)                      // as links come and go
//	p.TakeData(now, them, &data)              // of every datagram, whatever else is in it
//	p.Take(now, them, message)                // as they arrive
//	p.TakeRecord(stream, frame, record, final)
//	p.Advance(now)                            // each tick: suspicion, ballots, time-outs
//	for p.MayProduce() { p.Produce(record) }
//	for p.Confirm() { ... }
//	for _, e := range p.Outbox() { send(e.To, e.Message) }
//	p.Beat(); p.Gossip(now, &data)            // the head of this tick's datagrams
//	runs = p.AppendForeign(runs, now, them)   // and what they lack of others' records
//
// # Words
//
// Every machine has one stream of records (package records). A view lists the
// streams that are open. Instance n decides view n: one round of single-decree
// Paxos (Lamport, "Paxos Made Simple", 2001) among the members of view n-1. A ballot
// wants to keep some members and to close the streams of the others. A report, the
// promise of that ballot, says what its author holds of those and freezes them there;
// the cut of a stream is the maximum of the reports, and the decided value carries the
// records that some lack. Whoever has reported confirms at most through its limit,
// and new streams begin above everybody's limit. So nothing that was confirmed is
// ever taken back, and one match never becomes two.
//
//	leader       Prepare ------------> Accept ------------------------->
//	members      <------- Report (all kept)     Accepted (to all) ----->
//	everybody                                   a quorum of votes: install
//
// # Rules
//
// The code names its rules where it keeps them:
//
//	A1 A3 A5   which records are taken and made            peer.go
//	A2 A4      what is asked for, told and passed on       data.go, forward.go
//	C1 C2      what is confirmed                           records.Set.Confirm
//	S1-S6      suspicion                                   suspect.go
//	P1         when a ballot begins, and with whom         ballot.go, newcomers.go
//	P2-P5      report, propose, accept, decide             agree.go, candidacy.go
//	V1         install                                     install.go, contradiction.go
//	L1-L4      leaving                                     leave.go, agree.go, ballot.go
//	J1-J6      joining                                     join.go
//	X1-X3      minority, two players                       minority.go
//	X4         finishing apart                             fork.go
//
// Nothing is kept on disk. A process that starts again has lost its promises: it
// never speaks for its old stream, and joins as a new one.
//
// Failures are crashes, sleep, and messages that are lost, late, doubled or out of
// order.
//
// # One liar
//
// With Config.Keys, one member of three and more may lie about the agreement, in any
// way, and removes nobody who is reached (K1), ends nobody's match, and leads nobody into
// a view of his own without a proof against him (K4). Not to be had: where an odd number
// votes, two sides that do not reach each other and both reach the liar may go on apart.
//
//	H1         everything is signed by its author          sign.go
//	H2 H9i H14 and so is what it records                   seal.go, candidacy.go (cut)
//	H3 H11     a ballot is answered on own evidence        evidence.go
//	H12        the time that somebody costs                account.go, obstruct.go
//	H4-H6      a proposal follows from its reports         justify.go, candidacy.go
//	H7 H8      what is decided is shown, and looked at     certificate.go
//	H9 H15     two words that contradict each other        proof.go, examine.go, install.go
//	H13        what worlds that differ have shown          suspect.go, evidence.go
//	H10        half is no quorum                           machines.go
//
// With Config.Deferred the caller has signatures made and looked at elsewhere: chore.go. It
// compares worlds, and calls Compare when they differ (H13); does not go by its donor's word
// alone when it comes late (H16); and bounds how long a message may be, since each costs
// signatures to look at. What a dead member has not sealed a liar can lengthen,
// and an author who sends two contents and seals neither stays unnamed: whoever holds what
// most do not has a Conflict, leaves with a goodbye that says so, and comes back.
//
// # Rooms
//
// A Peer is its rooms. Each owns its own state, and what one needs of another it names; a room
// knows only those that stand above it here, and none knows the Peer:
//
//	standing    status, view, streams and times: what all go by. The Peer alone writes it
//	outbox      links, messages that go out, signatures to be made or to be looked at
//	chronicle   the values that made the views, and what shows that they were decided
//	guilt       the proofs against those who have lied
//	gossip      what the others say that they hold and hear: what is still to be told to whom
//	hearing     who lives, who holds up whom: whom this peer would go on without
//	sealBook    what everybody has sealed, as far as it is known here
//	newcomers   who asks to be let in, and whether he may be
//	agreement   the instance: ballots led and answered, votes; and when the next one is due
//	joining     this peer's own way into the match,
//	leaving     and out of it
//	minority    how long nothing could be agreed on
//
// The instance (what was said since the last view) belongs to the agreement. A candidacy is one
// ballot and its reports, and says what follows from them: nothing else goes into that, so that
// all come to the same (H4).
//
// The Peer itself owns the order of a tick, and what becomes of a decision:
//
//	Advance    hearing judges; a farewell, a question to be let in and a minority get what
//	           is due; the agreement says whether it is this peer's turn, and a ballot begins
//	take       a message of the instance is looked at for a lie, noted, passed on, answered
//	decide     after both: what a quorum has voted for is installed (install.go), and every
//	           room is told of the new view, once
package membership
