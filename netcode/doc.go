// Package netcode joins players into rollback matches, straight from machine
// to machine. A game gives it a world, a step and an input:
//
//	config := netcode.Config[World, Pad]{
//		Game: "frogs", Rules: 1, MinSeats: 2, MaxSeats: 4,
//		Start: func(s netcode.Setup) World { return newWorld(s.Seed, s.Seats) },
//		Step:  (*World).Step,
//	}
//	node, err := netcode.Listen(netcode.NodeConfig{Addr: ":7777", Name: "Ana"})
//	lobby, err := netcode.OpenLobby(node, config, netcode.LobbyConfig{})          // one hosts
//	lobby, err := netcode.JoinLobby(node, config, address, netcode.LobbyConfig{}) // the others join
//
//	each tick, until lobby.Match() != nil {
//		lobby.Poll()                          // and show AppendMembers, SetReady, Start
//	}
//	match := lobby.Match()
//	each tick, until status.Over {
//		status := match.Tick(readPad())       // one for each player here; never blocks
//		draw(match.World())                   // never changes anything
//	}
//	result, _ := match.Result()               // then lobby.Start again, if you like
//
// Host and Join do the first part in one call.
//
// An input says what is held, and Step finds out what was just pressed, by the input
// of the frame before, which it keeps in the world:
//
//	func (w *World) Step(in rollback.Inputs[Pad]) {
//		for seat, pad := range in.All() {
//			if pressed := pad &^ w.Last[seat]; pressed&Jump != 0 { ... }
//			w.Last[seat] = pad
//		}
//	}
//
// For not every tick is a frame: a tick that waits for the others takes no input, and
// one that catches up with them takes its input for two frames. A bit that says "just
// pressed" is lost in the first and doubled in the second. Where a key may be
// pressed and let go within one tick, it is kept until Status.TakenFrame says that a
// tick has taken it. The example of Match.Tick shows both.
//
// What is too long or too rare for an input is a command (Match.Command, Inputs.Commands).
//
// A game says how many players it is for, MinSeats to MaxSeats, and no match has more or
// fewer. What the others put in is a stranger's bytes, even from a copy of the same game:
// Step bears every value of the input's type, or Config.Clean makes each a legal one.
//
// Several may play at one machine: LobbyConfig.LocalSeats and Players say how many and
// who, Room.SetLocalSeats and SetPlayer change it in the lobby, as the host grants it.
// Who they all are, with each player's own word to the game (a character, a colour),
// stands in Member for the lobby's screen and in Setup.Roster for the world.
//
// Everything happens on the caller's goroutine, in Poll and Tick; only the
// sockets have goroutines of their own. Waiting is a Status, not an error.
// What a stranger can do is bounded: his bytes are parsed strictly, his lists
// are short, and who floods or stalls harms himself. A lobby's secret is compared
// without being told (package internal/spake2), so nobody can try a list of secrets
// but at the host, who makes him wait.
//
// # How it hangs together
//
// A Node is a socket and an identity. A Room (Lobby without types) is who is in a lobby and
// what is said there. What it does not do itself it has others for, each the owner of its
// own state:
//
//	mesh        the links to the other members (package internal/mesh): told who is wanted,
//	            it tells who is up and down, and what they say
//	reception   judges greetings, and hands on what the mesh tells
//	authority   what the host decides: the roster, the order of all that is said, the start;
//	            nil at guests. Its guarding is who is let in and who not
//	doors       where others come in: code, invite, the local network's list, knocks
//	guest       what a guest takes from its host; its joining is how it has come to it
//	newcomer    the way of this machine into a match that runs: nil but on it
//	office      who hosts, and how another is found (package succession; will.go)
//	vouchers    what the two show each other to know the lobby's secret, code or invite
//	spectators  those who watch, at a host; watching is the other side of it, and its
//	            onlookers are the links of those who watch to each other
//	stage       what a player shows them, at a host and at its understudies
//	charter     what the host has said of the lobby, alike for all
//	series      the lobby's matches: the one that runs, and who has had which number in it
//	chat, events, vigil: lines, what has happened, and the clock of this loop
//
// A play (Match without types) sees of all that a venue: the mesh, the clock, where events
// go, and who was there when it began. It holds one stream of records per machine (package
// internal/records); every tick it sends each peer one datagram with all records that
// the peer has not acknowledged, and gives what arrives to the rollback.Session. The
// order of a tick stands in play.go. Records that are too
// big for that go out a few times each, and again when they are missed (flight.go).
// Who plays which seat in which frame is what the records say, in entries behind the
// inputs (package internal/seating; dealing.go): each member reads it out of the confirmed
// ones, into a table that is the same everywhere.
//
// The play composes others, each the owner of its own state, and owns itself how far the match
// is (phase) and the order of a tick:
//
//	presence    who is in the match (package internal/membership), and how they are reached
//	pace        when it begins, how fast this machine plays, and how far ahead it presses
//	producer    this machine's own records; the sender sends them, the receiver takes the
//	            others', and the feeder gives all to the simulation and confirms them
//	signing     what is to be signed, and what is signed
//	dealing     who plays which seat (package internal/seating)
//	donor       what those are given who come late
//	accord      whether all have the same world (its jury, package internal/agreement), and
//	            where they begin to differ if not (its hunt, package internal/hunt)
//	ending      how the match finds its end, and the result
//	parting     how this machine says goodbye to it
//	telling     what a log of the match is made of
//
// What one of them needs of the others it names, and what it decides it returns: none calls
// the play, but that the accord asks it how the match stands.
//
// Each of these runs on the loop's goroutine and is owned by what stands above it: the node
// owns its room, the room its parts and the play that runs, the mesh its links. A part may
// call the room, the play calls neither the room nor its parts, and the mesh nobody but its
// owner, the reception.
//
// The host is the lobby's memory: it orders what is said and who comes and goes, so
// that all read the same (chat.go), numbers names that look alike (names.go),
// grants seats (players.go), and passes on what members say of themselves at a rate of
// its own (status.go). Who is silent for Config.PeerTimeoutMs is lost, in the lobby as
// in a match (alive.go). Where there is no place for a guest who waits it stands in line at
// the host (line.go).
//
// Every two members hold a link. Two who have no direct way to each other ask
// members who have one to both, and one of these passes their packets on, unread
// (packages internal/mesh and nat/relay). That needs no server, and neither does the
// direct way through common routers: the host tells where it sees each member.
//
// A match is its confirmed inputs: Match.Record writes them to a file, with worlds now and
// then (package matchlog), and package replay plays that again, goes on from anywhere in it,
// and finds the first frame in which two copies of a game differ.
//
// A match belongs to everybody in it (package internal/membership; views.go). Who leaves says
// so with his last record, and nobody waits for him. Who is silent for Config.PeerTimeoutMs,
// on every path, or for two seconds where the game says nothing of that and he may come back,
// or has closed his connections without a word, is gone as soon as more than half of the
// others have agreed on what he did last; of two who lose each other only the one with the
// lower number goes on. Whoever is on the smaller side of a cut waits for a while and then
// stops, so a match never goes on divided. From then on Step finds the seat empty
// (Inputs.Present), and in it what Config.Absent says: nothing, the last input, a bot; or the
// match ends. The host is one of them. Whoever is called away hands his seats over himself
// (Match.SetAway). What Absent and LateJoin say is the host's word for all, as far as a
// guest's game can do it: AbsentBot needs a Bot in every copy. Two who hear nothing of each
// other play on as long as somebody hears both, who passes on what they press. EventAbsent
// says who is in the match no more, from which frame on, and why.
//
// # Without the host
//
// A lobby outlives its host. When he has left, or is heard no more by those who have links
// to him, the next in line hosts: the member with the lowest number, in a match the lowest
// who plays. The members, their names and whether they are ready, the options, the code, the
// entry in the lists, the secret, who was sent away, and what the host may do (Start, Kick,
// SetOptions ...) are the next one's; the others read one line, EventHost, and Room.Hosting
// says where. A code leads to the next host as soon as the rendezvous server has not
// heard the former one for 15 seconds, or has heard him leave. An invite names a machine and
// ends with it: the next host makes one of his own. Whoever hosted and comes back is a guest;
// in a match that has gone on without a host who was only silent he is that by himself, as
// soon as he is heard again.
//
// Nobody makes himself the host of those who hear theirs, whatever he says. Where a lobby is
// cut in two, the side without the host has another one, and they stay two lobbies; who
// alone has lost the host has lost the lobby. The rules are in package succession.
//
// For that every member is told what the next host must know: who is in a lobby could let
// others in, and could try to take over its code when the host is silent.
//
// # Coming late
//
// With Config.LateJoin others may come into a match that runs. They join its lobby as any
// guest does, by whoever hosts it; with LateOwn it takes only those who were in the
// match, whom it knows by their keys (NodeConfig.Key, or the identity that is kept on
// disk). Who comes back while the others do not know yet that he was gone takes the place
// of his former self. What then happens is this:
//
//	asked    the newcomer asks the nearest member to be its donor, and the next one if that
//	         has none to spare (two newcomers at a time), or is not heard for five seconds
//	fed      the donor sends, over the link's feed, the newest views, a snapshot of a
//	         confirmed world with the records and the table that belong to it, and then
//	         every frame that it confirms, in one order (package matchlog)
//	follows  the newcomer steps those frames, unseen, in Poll, some milliseconds at a time:
//	         the others wait for nothing
//	let in   as soon as it is near enough, the next view has it, with a stream that begins
//	         some frames later, beyond what anybody has confirmed. From here on it hears
//	         everybody itself
//	seated   the referee, the lowest machine in the match, deals it seats by an entry: those
//	         that it had, or with LateAnybody such as nobody plays. EventPresent tells
//	         everybody from which frame on
//
// Until it is let in, the lobby's State is Gathering, Lobby.Match is nil, the game calls
// Poll, and Room.Coming says how far it is. Then EventStarted comes, State is Playing, and
// the game calls Tick: the match is at the frame that the others are at, and Match.World
// is their world. At first Match.LocalSeats is empty, and Status.TakenFrame is
// rollback.NoFrame; the seats stand there a little before the frame that they are this
// machine's from, and what is pressed before that frame moves nothing. A machine
// with several players gets as many seats as are free. Where none is, LocalSeats stays empty
// until one is; Config.LateSeats gives a match seats that wait for those who come. Why
// somebody does not come in at all stands in Coming.Denied. Match.Seats is who was there as
// the match began. The result is the same for all, those who came late as well.
//
// Whoever feeds a newcomer may lie. That it is let in all members tell it, and two who say
// the same count (admission.go). Its world is its donor's word until the next checksums: if
// most of the others have another one it goes, with an ExcludedError that says Astray, and
// comes in again by somebody else, as long as there is anybody, three times at most. The
// others do not end a match for that, and wait for nobody who was let in and is not heard:
// about half a second at most (package internal/agreement).
//
// # One liar
//
// Among three and more one may lie, and harms the others little (package membership, H1 to
// H16). What members say of who is in the match they sign with the keys of their identities,
// and so does each his own inputs, some three times a second (signing.go); a goroutine of the
// node's makes and checks the signatures (notary.go). Nobody is put out by what one says of
// him, but by what each has seen for himself; nobody's match is ended by one who says that it
// is over, or that worlds differ, unless the game wants it to end for any difference
// (DesyncEnds), and he has said so to two. Who signs two words of which only one can be true is
// named to all, with an EquivocatedError, and is out; who was told the wrong one, the host as
// well, comes in again where LateJoin lets him. So does who was sent other records than the rest, signed or not, and
// nobody is named for it: when worlds differ all say first what records they hold
// (holding.go). A liar can have a match not agreed (Result), cost the others some
// seconds, and press for his own seats what he likes. Beside one who says whatever comes into
// his head, about one of 10,000 matches is still lost to one of the others (TestHostileMember).
//
// # Watching
//
// With LobbyConfig.Spectators others may watch the matches of a lobby (Watch), at any time
// and by the doors that players come by, without a seat:
//
//	watcher, err := netcode.Watch(node, config, address, netcode.LobbyConfig{})
//
//	each tick, until watcher.State() == netcode.Ended {
//		status := watcher.Tick()
//		draw(watcher.World()) // nil until there is something to see
//	}
//
// The host cuts what is confirmed into segments of a tenth of a second, as they stand in a
// match's log, holds them back for LobbyConfig.WatchDelayMs, and signs them (package
// internal/audience; showing.go, spectators.go). Who watches steps them himself, and compares
// every world that the players compare: WatchStatus.Verified and Differs.
//
// With SpectatorsCode there is a code, too, by which one can watch and get no seat.
//
// The host feeds two at most. These feed others, and so on: a thousand may watch. All have a
// link to the host, who says which of them may feed whom; for that they have links of their
// own, through routers as members have (onlookers.go), and each tells those few its addresses.
// Nobody can alter what he passes on, and who keeps it back, lags or is gone is left for
// another one, without a frame being lost. To the players all that costs nothing but the
// host's upload: what is sent to those two goes over links of their own, when the match has had
// its say, and who does not keep up begins anew with the newest world. The members are told who
// watches (Room.AppendWatching, EventWatching), and those who watch who is in the lobby
// (Watcher.Foyer; foyer.go), who plays which seat by now (Watcher.AppendCast; introducing.go),
// and how the links of who makes the segments are (Watcher.Links; links.go).
//
// Where one match follows another, each is seen to its end: the next one waits at the host until
// those who watch have all of the one before (wings.go), and then with them until that is seen
// (acts.go). WatchStatus.Missed counts what could not be had.
//
// Two other players are the host's understudies: they make the same segments, and stand by
// those two whom the host feeds, who ask them when the host stalls (understudy.go). When it is
// gone, those who watch go on: the next host says down the tree where it is, and they come to it
// with a pass that the host before has given them (seeking.go). A code leads to it as well.
// WatchStatus.Seeking says that somebody is on his way there. So any player could sign what
// nobody has played; but those who watch hear from the host itself, every two seconds or so,
// what the world is, and begin anew with others if it is not what they see (witness.go;
// WatchStatus.Deceived). And the feed holds what the players themselves have signed of what
// they pressed, as recordings do (attesting.go, package internal/seals): WatchStatus.Signed,
// and Forged if it is not that. A match of two is signed by nobody.
//
// # Looking at a recording together
//
// The host of a lobby can show all who are in it a recorded match (Room.ShowReplay), at the same
// frame, with the lobby's chat and the lobby's doors:
//
//	lobby.ShowReplay(file)            // at the host
//
//	each tick, while lobby.Screening() != nil {
//		lobby.Poll()
//		s := lobby.Screening()
//		s.Fetch()                     // until s.Log() is there: Progress says in words how far it is
//		r.Follow(s, enough)           // r is package replay's, of s.Log(), in place of r.Tick
//		draw(r.World())
//	}
//	s.Play(); s.Seek(1234); s.HandOver(machine) // whoever has the controls
//
// One machine has the controls, at first the host. It says what it wants to be shown, and the
// host, who orders that as it orders the chat, says to all: at this moment of my clock this
// frame, and from there on so fast. Everybody goes by his own clock, which the host's words set
// four times a second, within two frames of the others at real speed (package
// internal/screening; screening.go). Who is behind, or comes later, goes there by seeking. When
// who has the controls leaves, the host has them; when the host leaves, the next one goes on.
//
// The file comes over the feed of the link to the host, or to a member who has it, 16 MiB at
// most, and is checked by the sum that was announced; a machine that has it gives it with
// Screening.Use, and is sent nothing (reel.go, lending.go). While a match runs nothing is shown or
// sent.
//
// A match that goes on is looked at in the same way (Room.ShowLive): whoever hosts the room watches
// it, or plays in it, over another node, and has its recording written to a LiveLog. About every
// second he announces how far that goes by now, with the sum of all of it, and the others fetch what
// is new; Replay.Follow takes it in. What is shown goes as far as all have it who keep up, and
// Screening.Live leads there, some two seconds behind it. Who lags is waited for for five seconds at
// most (live.go). It is the host's word what the match is; with him it ends for the room, where the
// next host has it.
//
//	live := netcode.NewLiveLog()
//	watcher.Record(live)        // of netcode.Watch, over a node of its own
//	lobby.ShowLive(live)        // again, while it returns ErrNothingRecorded
//
// Lobby.StartFromReplay begins a match that goes on from the frame at which all stand
// (takeover.go).
//
// # When worlds differ
//
// A match ends for all, with a report that names the frame and the field (DesyncError), and a
// recording of it is a bundle for developers. With Config.Desync at DesyncOutvotes it goes on
// with the world that more than half of the machines have: whoever has another one is out and,
// where LateJoin lets him, comes in again by one of the others (package internal/agreement; outvote.go).
//
// # Words
//
//	node      a socket with an identity: one of the machines
//	identity  an Ed25519 key; whoever has it is the same, whatever his address
//	machine   the number of a member in a lobby, 0 to 15, dealt by the host; who opens it is 0
//	term      for which somebody hosts, from 0: grows when another does; it is his machine modulo 16
//	will      what the next host must know
//	member    a machine in a lobby: Member; what is known of it stands in the roster
//	player    somebody at a machine, which may have several
//	seat      a player's place in a match, counted over all machines: what Step is given
//	peer      another machine in a match; in the mesh, one that a link is wanted to
//	index     of a peer, in rollback.TimeSync
//	stranger  whoever has dialled and is no member yet
//	link      a connection to one other machine: messages, datagrams and a feed
//	way, path where packets go to reach a machine: straight, through a member, a server
//	offer     how a machine is reached through routers, as it says itself (package nat)
//	invite    a text by which others come without a server; a code does by a server
//	invitation  what a player has entered to join: an address, a code or an invite
//	room      a lobby without the game's types; play is a match without them
//	venue     what a play sees of the room
//	frame     number of a tick of the world, from 0; rollback.Frame, int32 on the wire
//	record    what one machine says of one frame: its players' inputs, and more
//	stream    all records of one machine since it was let in: records.StreamID
//	view      the numbered list of whose streams are open, and where the others end
//	entry     what a record says beside inputs: that a seat is somebody else's, for one
//	command   what a player says to the game once; its pieces are entries
//	table     who plays which seat from which frame on, as the confirmed entries say
//	referee   the lowest machine in the match: its entries about seats are those that count
//	newcomer  a machine on its way into a match that runs
//	donor     the member that feeds it
//	feed      of a link: blocks in order, which hold up neither messages nor datagrams
//	screening a match that all in a lobby look at together, recorded or going on; a reel is its file
//	controls  of a screening: one machine has them, and wishes; a cue is what the host makes of it
//	confirmed the last frame for which all have had their say; nothing changes up to there
//	spectator who watches, and is no member; a segment is what he is sent
//	roster    who is in the lobby; in Setup, who has which seat
package netcode
